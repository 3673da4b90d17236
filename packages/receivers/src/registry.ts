/**
 * Registry: every receiver there is, in the order in which they start. A new one is its folder, a line in
 * `receiverSettings` (settings.ts), and a line in `createReceivers`.
 */
import { otlpGrpc } from './otlp/grpc.ts';
import { otlpHttp } from './otlp/http.ts';
import type { Component, SharedOptions } from './receiver.ts';
import type { ReceiverValues } from './settings.ts';

/** The receivers that the configuration enables; none of them listens yet. */
export function createReceivers(values: ReceiverValues, shared: SharedOptions): readonly Component[] {
  const { otlp } = values;
  const components: Component[] = [];
  if (otlp.grpc.enabled) components.push(otlpGrpc.create({ ...shared, settings: otlp.grpc }));
  if (otlp.http.enabled) components.push(otlpHttp.create({ ...shared, settings: otlp.http }));
  return components;
}
