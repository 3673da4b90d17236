/** What every HTTP surface shares: listening, guarding, reading bodies, answering. */
export { BEARER_CHALLENGE, createTokenCheck, type TokenCheck } from './bearer-token.ts';
export { ByteBudget } from './byte-budget.ts';
export {
  type ClientError,
  createHttpListener,
  type HttpHandler,
  type HttpListener,
  type HttpListenerOptions,
  type ListenAddress,
  type ListenerLimits,
  type RequestContext,
  urlOf,
} from './http-listener.ts';
export { listenFailure, type WantedPort } from './listen-failure.ts';
export { findPortHolder, type PortHolder } from './port-holder.ts';
export { type BodyOptions, readBody } from './read-body.ts';
export {
  bareName,
  createRequestGuard,
  type GuardOptions,
  type GuardVerdict,
  isLoopback,
  type RequestGuard,
} from './request-guard.ts';
export { type Answer, respond, textAnswer } from './respond.ts';
