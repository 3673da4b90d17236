// Gives out filled requests and takes the templates back once nothing holds their bytes any more. All templates
// are encoded when the source is made; batch numbers are handed out in order and decide every id.

import { type IdentityWords, identityWords } from './identity.ts';
import { encodeJsonTemplate } from './otlp-json.ts';
import { encodeProtobufTemplate } from './otlp-protobuf.ts';
import { type Fill, fillTemplate } from './patch.ts';
import type { Encoding, Template } from './template.ts';
import type { Workload } from './workload.ts';

/** How long before its batch is sent a trace began: longer than the longest trace, so that it has ended. */
const TRACE_AGE_NS = 5_000_000_000n;

export type RequestSourceOptions = {
  readonly workload: Workload;
  readonly encoding: Encoding;
  /** Free bytes in front of each message. */
  readonly headroom: number;
  readonly seed: number;
  /** How many requests may be out at the same time; at least that many templates are made. */
  readonly inFlightMax: number;
  readonly scatter: number;
  /** The time at which a batch is sent, for its spans' times; nanoseconds since 1970. */
  readonly nowNs: () => bigint;
};

export type FilledRequest = { readonly batch: number; readonly template: Template };

export class RequestSource {
  readonly words: IdentityWords;
  readonly #free: Template[] = [];
  readonly #options: RequestSourceOptions;
  readonly #starts: BigInt64Array;
  readonly #firstStart: bigint;
  #nextBatch = 0;

  constructor(options: RequestSourceOptions) {
    this.#options = options;
    this.words = identityWords(options.seed);
    const count = Math.max(options.workload.templateCount, options.inFlightMax + 1);
    for (let number = 0; number < count; number++) {
      const shape = options.workload.shape(number);
      this.#free.push(
        options.encoding === 'json'
          ? encodeJsonTemplate(shape)
          : encodeProtobufTemplate(shape, options.headroom),
      );
    }
    this.#starts = new BigInt64Array(options.scatter * (options.workload.spansPerTrace - 1) + 1);
    this.#firstStart = options.nowNs() - TRACE_AGE_NS;
  }

  /** Mean bytes a span on the wire, over all templates. */
  get bytesPerSpan(): number {
    const bytes = this.#free.reduce((sum, template) => sum + template.bytes.length - template.headroom, 0);
    return bytes / this.#free.reduce((sum, template) => sum + template.spanCount, 0);
  }

  /** How many batches were given out. */
  get batches(): number {
    return this.#nextBatch;
  }

  /** The next request; it must come back through `giveBack`. */
  take(): FilledRequest {
    const template = this.#free.shift();
    if (template === undefined) throw new Error('All templates are in flight: more requests than announced');
    const batch = this.#nextBatch++;
    this.#starts[batch % this.#starts.length] = this.#options.nowNs() - TRACE_AGE_NS;
    fillTemplate(template, this.#fillOf(batch));
    return { batch, template };
  }

  /** Says that no socket holds the bytes any more. */
  giveBack(request: FilledRequest): void {
    this.#free.push(request.template);
  }

  #fillOf(batch: number): Fill {
    const { workload, scatter } = this.#options;
    return {
      words: this.words,
      batch,
      tracesPerBatch: workload.tracesPerBatch,
      spansPerTrace: workload.spansPerTrace,
      scatter,
      jitter: workload.jitter,
      rare: workload.rare && { ...workload.rare, bytes: Buffer.from(workload.rare.text) },
      traceStartNs: (of) => (of < 0 ? this.#firstStart : (this.#starts[of % this.#starts.length] ?? 0n)),
    };
  }
}
