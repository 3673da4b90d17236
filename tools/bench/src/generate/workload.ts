// What a workload is: the shape of one batch of spans as plain values, from which the encoders make bytes with
// holes. Values that differ from send to send are named by kind here and written into the holes by `patch.ts`.

/** An attribute's value. The last three are holes of a fixed length that are filled anew for every send. */
export type AttributeValue =
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'double'; readonly value: number }
  | { readonly kind: 'bool'; readonly value: boolean }
  /** Sixteen hexadecimal digits that no other span of the run has. */
  | { readonly kind: 'unique' }
  /** `prefix` and a number below `below` in decimal digits with leading zeros. */
  | { readonly kind: 'digits'; readonly prefix: string; readonly below: number; readonly salt: number }
  /** `usual`, but once in `Workload.rare.everySpans` spans the rare text of the same length. */
  | { readonly kind: 'rare'; readonly usual: string };

export type Attribute = { readonly key: string; readonly value: AttributeValue };

export type SpanEvent = {
  readonly name: string;
  readonly offsetNs: number;
  readonly attributes: readonly Attribute[];
};

export type SpanShape = {
  /** Index into `BatchShape.resources`. */
  readonly resource: number;
  /** Which trace of the batch, and which span of that trace. */
  readonly traceSlot: number;
  readonly spanIndex: number;
  /** The `spanIndex` of the parent, −1 for a root. */
  readonly parentIndex: number;
  readonly name: string;
  /** OTLP's number: 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number;
  readonly startOffsetNs: number;
  readonly endOffsetNs: number;
  /** An error's message, or undefined where the status is unset. */
  readonly error: string | undefined;
  readonly attributes: readonly Attribute[];
  readonly events: readonly SpanEvent[];
};

export type ScopeShape = { readonly name: string; readonly version: string };

export type ResourceShape = { readonly attributes: readonly Attribute[]; readonly scope: ScopeShape };

export type BatchShape = {
  readonly resources: readonly ResourceShape[];
  readonly spans: readonly SpanShape[];
};

/** Whose rare text is written over the usual one, and how often. */
export type RareValue = { readonly key: string; readonly text: string; readonly everySpans: number };

export type Workload = {
  readonly name: string;
  readonly spansPerTrace: number;
  readonly tracesPerBatch: number;
  /** How many different templates the workload needs to show its whole variety. */
  readonly templateCount: number;
  /** Whether starts and durations get random low bits, as a real clock's have. */
  readonly jitter: boolean;
  readonly rare: RareValue | undefined;
  /** The shape of template number `template`; the tree of a trace slot is the same in all templates. */
  readonly shape: (template: number) => BatchShape;
};

export function text(key: string, value: string): Attribute {
  return { key, value: { kind: 'string', text: value } };
}

export function int(key: string, value: number): Attribute {
  return { key, value: { kind: 'int', value } };
}

/** How many digits a `digits` value is written with. */
export function digitWidth(below: number): number {
  return String(below - 1).length;
}
