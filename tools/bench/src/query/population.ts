// Which spans a load of the standard workload has sent, by number: ids, services and values follow from the seed,
// so that a question can be made about a span anywhere in the data and its answer can be judged.

import { digitsOf, type IdentityWords, identityWords, traceIdHex, uniqueHex } from '../generate/identity.ts';
import { Random } from '../generate/random.ts';
import { SERVICES } from '../generate/shop-resources.ts';
import { STANDARD_FACTS, standardWorkload } from '../generate/standard-workload.ts';
import { digitWidth } from '../generate/workload.ts';

export type PopulationOptions = {
  readonly seed: number;
  readonly batch: number;
  /** Batches that were sent, all of them accepted. */
  readonly batches: number;
  readonly scatter: number;
};

export type PickedSpan = {
  readonly traceId: string;
  readonly service: string;
  readonly orderRef: string;
  readonly userId: string;
};

export class Population {
  readonly spansPerTrace: number;
  readonly #words: IdentityWords;
  readonly #wholeTraces: number;
  readonly #tracesPerBatch: number;
  readonly #services: readonly string[];
  readonly #random: Random;

  constructor(options: PopulationOptions) {
    const workload = standardWorkload({ ...options, attributes: 12, resourceAttributes: 12 });
    this.spansPerTrace = workload.spansPerTrace;
    this.#tracesPerBatch = workload.tracesPerBatch;
    this.#words = identityWords(options.seed);
    // The last scattered traces have sent only their first spans.
    const wholeBatches = options.batches - options.scatter * (workload.spansPerTrace - 1);
    this.#wholeTraces = Math.max(0, wholeBatches * workload.tracesPerBatch);
    const shape = workload.shape(0);
    const instances = shape.resources.length / SERVICES.length;
    // Ordered by trace slot and span index, as the workload lists them.
    this.#services = shape.spans.map((span) => SERVICES[Math.floor(span.resource / instances)] ?? '');
    this.#random = new Random(options.seed, 9);
  }

  /** How many traces have all their spans. */
  get wholeTraces(): number {
    return this.#wholeTraces;
  }

  /** Any span of any whole trace from this one on, each as likely as the others. */
  pick(fromTrace: number = 0): PickedSpan {
    const trace = fromTrace + this.#random.below(this.#wholeTraces - fromTrace);
    const index = this.#random.below(this.spansPerTrace);
    const span = trace * this.spansPerTrace + index;
    const { prefix, below, salt } = STANDARD_FACTS.wellKnown;
    const user = String(digitsOf(this.#words, span, salt, below)).padStart(digitWidth(below), '0');
    return {
      traceId: traceIdHex(this.#words, trace),
      service: this.#services[(trace % this.#tracesPerBatch) * this.spansPerTrace + index] ?? '',
      orderRef: uniqueHex(this.#words, span),
      userId: `${prefix}${user}`,
    };
  }
}
