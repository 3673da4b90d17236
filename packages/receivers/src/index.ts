/** The ways in. */
export { otlpGrpc } from './otlp/grpc.ts';
export { otlpHttp } from './otlp/http.ts';
export {
  type Component,
  type ComponentStatus,
  configKey,
  defineReceiver,
  type ReceiverDefinition,
  type ReceiverOptions,
  type SharedOptions,
  type Stability,
} from './receiver.ts';
export { createReceivers } from './registry.ts';
