/** What every HTTP surface shares: listening, guarding, reading bodies, answering. */
export { BEARER_CHALLENGE, createTokenCheck, type TokenCheck } from './bearer-token.ts';
export { ByteBudget } from './byte-budget.ts';
export { Door, type DoorStatus } from './door.ts';
export {
  createGrpcListener,
  type GrpcLimits,
  type GrpcListener,
  type GrpcListenerOptions,
} from './grpc/grpc-listener.ts';
export { createHealthService, type HealthService } from './grpc/health.ts';
export type {
  GrpcCoding,
  GrpcMethod,
  GrpcReply,
  GrpcRequest,
  GrpcStream,
  ServerStreamMethod,
  UnaryMethod,
} from './grpc/method.ts';
export { GRPC_CODE, type GrpcStatus } from './grpc/status.ts';
export {
  type ClientError,
  createHttpListener,
  type HttpHandler,
  type HttpListener,
  type HttpListenerOptions,
  type ListenerLimits,
  type RequestContext,
} from './http-listener.ts';
export type { ListenAddress } from './listen.ts';
export { listenFailure, type WantedPort } from './listen-failure.ts';
export { findPortHolder, type PortHolder } from './port-holder.ts';
export { type BodyOptions, readBody } from './read-body.ts';
export { remoteKey } from './remote-key.ts';
export {
  bareName,
  createRequestGuard,
  type GuardOptions,
  type GuardVerdict,
  isLoopback,
  type RequestGuard,
} from './request-guard.ts';
export { type Answer, respond, textAnswer } from './respond.ts';
