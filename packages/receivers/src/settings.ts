/**
 * The settings of all receivers, as data. Apart from the receivers themselves, so that whoever only reads a
 * configuration loads no listener.
 */
import type { ValuesOf } from '@tracewright/config';
import { otlpGrpcSettings, otlpHttpSettings } from './otlp/settings.ts';

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
