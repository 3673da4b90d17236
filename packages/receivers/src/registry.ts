/**
 * Registry: every receiver there is, in the order in which they start. A new one is its folder, a line in
 * `receiverSettings`, and a line in `createReceivers`.
 */
import type { ValuesOf } from '@tracewright/config';
import { otlpGrpc } from './otlp/grpc.ts';
import { otlpHttp } from './otlp/http.ts';
import { otlpGrpcSettings, otlpHttpSettings } from './otlp/settings.ts';
import type { Component, SharedOptions } from './receiver.ts';

/** The section `receivers` of the configuration, nested as the ids of the receivers are. */
export const receiverSettings: {
  readonly $about: string;
  readonly otlp: {
    readonly $about: string;
    readonly grpc: typeof otlpGrpcSettings;
    readonly http: typeof otlpHttpSettings;
  };
} = {
  $about: 'What senders speak.',
  otlp: { $about: 'The OpenTelemetry protocol.', grpc: otlpGrpcSettings, http: otlpHttpSettings },
};

export type ReceiverValues = ValuesOf<typeof receiverSettings>;

/** The receivers that the configuration enables; none of them listens yet. */
export function createReceivers(values: ReceiverValues, shared: SharedOptions): readonly Component[] {
  const { otlp } = values;
  const components: Component[] = [];
  if (otlp.grpc.enabled) components.push(otlpGrpc.create({ ...shared, settings: otlp.grpc }));
  if (otlp.http.enabled) components.push(otlpHttp.create({ ...shared, settings: otlp.http }));
  return components;
}
