/**
 * Receiver: a way in. It listens, takes bytes in its protocol, hands them to ingest, and answers in the
 * protocol's own words.
 *
 * A receiver is one value; its settings are data, from which validation, help and reference pages come. Its id is
 * its folder, its configuration key below `receivers` (with dots), its metric label and its page in the docs.
 */
import type { SettingsTree, ValuesOf } from '@tracewright/config';
import type { DoorStatus } from '@tracewright/http';
import type { Ingest } from '@tracewright/pipeline';
import type { Result } from '@tracewright/std';

export type Component = {
  readonly id: string;
  /** Starts listening. A failure leaves the component as it was; it may be started again. */
  start(): Promise<Result<void>>;
  check(): ComponentStatus;
  /** Stops listening, answers what is in flight, then ends what does not end by itself. */
  [Symbol.asyncDispose](): Promise<void>;
};

export type ComponentStatus = DoorStatus & {
  /** Requests that reached the protocol, whatever the answer. */
  readonly requests: number;
  /** Spans and records that were answered as accepted. */
  readonly accepted: number;
  /** Spans and records that were answered as rejected, within requests that were accepted in part. */
  readonly rejected: number;
  /** Requests that were refused whole; how much they held is not known. */
  readonly refused: number;
  /** Requests that were accepted and discarded by design. */
  readonly discarded: number;
  /** Milliseconds since the Unix epoch. */
  readonly lastRequestAt?: number;
};

export type Stability = 'stable' | 'beta' | 'experimental';

export type ReceiverOptions<T extends SettingsTree> = SharedOptions & { readonly settings: ValuesOf<T> };

/** What all receivers of a program have in common. */
export type SharedOptions = {
  readonly ingest: Ingest;
  readonly listen: {
    readonly host: string;
    readonly allowedHosts: readonly string[];
    readonly allowedOrigins: readonly string[];
  };
  /** The bearer token that senders must show; nobody must when it is absent. */
  readonly token: string | undefined;
  /** Whose data it is when the sender does not say. */
  readonly tenant: string;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: () => number;
  /** Says what an operator should know, in a sentence. */
  readonly report: (
    level: 'info' | 'warn' | 'error',
    message: string,
    fields?: Record<string, unknown>,
  ) => void;
  /** How long requests in flight may go on once the component is disposed. */
  readonly drainTimeoutMs?: number;
};

export type ReceiverDefinition<T extends SettingsTree> = {
  readonly id: string;
  readonly title: string;
  readonly stability: Stability;
  readonly settings: T;
  create(options: ReceiverOptions<T>): Component;
};

export function defineReceiver<const T extends SettingsTree>(
  definition: ReceiverDefinition<T>,
): ReceiverDefinition<T> {
  return definition;
}

/** The configuration key of a receiver: `otlp/http` → `receivers.otlp.http`. */
export function configKey(id: string): string {
  return `receivers.${id.replaceAll('/', '.')}`;
}
