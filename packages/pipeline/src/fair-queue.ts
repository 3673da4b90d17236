/**
 * FairQueue: which of the requests that wait is decoded next, and how much of the memory for them one sender may have.
 *
 * A sender is whoever the receiver says, usually a remote address. Workers get no more at a time than keeps them busy;
 * what waits behind that is taken from the senders in turn, one request each, so that a sender with a hundred
 * connections delays one with a single connection by one request and not by all that it has sent. One sender holds at
 * most half of the memory, and an eighth is kept for those who hold next to nothing.
 *
 * While the store is behind, each request is held for as long as the store is behind and for a moment at most: whoever
 * sends waits for the answer, so intake settles at what the store can take without anybody being refused.
 */
import type { Acceptance } from '@tracewright/model';
import type { Result } from '@tracewright/std';
import type { IngestRequest } from './ingest.ts';
import { HANDED_BYTES_PER_WORKER, HELD_MS_MAX, HELD_POLL_MS, INFLATION_SUPPOSED } from './limits.ts';

const SENDER_SHARE = 1 / 2;
const RESERVE = 1 / 8;
/** Who holds no more than this share is served from the reserve. */
const MODEST_SHARE = 1 / 32;

type Waiting = {
  readonly request: IngestRequest;
  readonly sinceMs: number;
  readonly resolve: (result: Result<Acceptance>) => void;
};

export class FairQueue {
  readonly #bytesMax: number;
  readonly #handedMax: number;
  readonly #hand: (request: IngestRequest) => Promise<Result<Acceptance>>;
  readonly #behindMs: () => number;
  #holdTimer: NodeJS.Timeout | undefined;
  /** In the order in which senders have their turn. */
  readonly #waiting: Map<string, Waiting[]> = new Map();
  readonly #bySender: Map<string, number> = new Map();
  #bytes = 0;
  /** What the workers have in hand, in bytes as they will be once inflated. */
  #handedWork = 0;
  #handed = 0;

  constructor(
    bytesMax: number,
    workers: number,
    hand: (request: IngestRequest) => Promise<Result<Acceptance>>,
    behindMs: () => number = () => 0,
  ) {
    this.#bytesMax = bytesMax;
    this.#handedMax = workers * HANDED_BYTES_PER_WORKER;
    this.#hand = hand;
    this.#behindMs = behindMs;
  }

  /** Bytes of all requests without an answer. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Requests that no worker has yet, and how long the oldest of them waits. */
  get waiting(): { readonly requests: number; readonly oldestMs: number } {
    let requests = 0;
    let oldestMs = 0;
    const nowMs = performance.now();
    for (const list of this.#waiting.values()) {
      requests += list.length;
      oldestMs = Math.max(oldestMs, nowMs - (list[0]?.sinceMs ?? nowMs));
    }
    return { requests, oldestMs };
  }

  /** Whether there is room for a request of this sender; alone, a request of any size has. */
  admits(sender: string, bytes: number): boolean {
    if (this.#bytes === 0) return true;
    const ofSender = (this.#bySender.get(sender) ?? 0) + bytes;
    const isModest = ofSender <= this.#bytesMax * MODEST_SHARE;
    const room = isModest ? this.#bytesMax : this.#bytesMax * (1 - RESERVE);
    return ofSender <= this.#bytesMax * SENDER_SHARE && this.#bytes + bytes <= room;
  }

  /** Takes the request, whose room `admits` has granted. */
  submit(request: IngestRequest): Promise<Result<Acceptance>> {
    const { sender = '', body } = request;
    this.#count(sender, body.length);
    const sinceMs = performance.now();
    if (this.#waiting.size === 0 && this.#mayHand(request, sinceMs)) return this.#handOver(request);
    return new Promise((resolve) => {
      const waiting = { request, sinceMs, resolve };
      const list = this.#waiting.get(sender);
      if (list === undefined) this.#waiting.set(sender, [waiting]);
      else list.push(waiting);
    });
  }

  /** Hands over all that waits, however much it is: nothing comes behind it any more. */
  flush(): void {
    while (this.#waiting.size > 0) this.#handNext();
  }

  #mayHand(request: IngestRequest, sinceMs: number): boolean {
    if (this.#handed > 0 && this.#handedWork + workOf(request) > this.#handedMax) return false;
    if (performance.now() - sinceMs >= Math.min(this.#behindMs(), HELD_MS_MAX)) return true;
    // Nothing may be in hand whose answer would come back here.
    this.#holdTimer ??= setTimeout(() => {
      this.#holdTimer = undefined;
      this.#refill();
    }, HELD_POLL_MS);
    return false;
  }

  #handNext(): void {
    const [turn] = this.#waiting;
    if (turn === undefined) return;
    const [sender, list] = turn;
    const next = list.shift();
    this.#waiting.delete(sender);
    if (list.length > 0) this.#waiting.set(sender, list);
    if (next !== undefined) void this.#handOver(next.request).then(next.resolve);
  }

  async #handOver(request: IngestRequest): Promise<Result<Acceptance>> {
    const { sender = '' } = request;
    // The body is the worker's from here on, and its length is zero then.
    const bytes = request.body.length;
    const work = workOf(request);
    this.#handed++;
    this.#handedWork += work;
    try {
      return await this.#hand(request);
    } finally {
      this.#handed--;
      this.#handedWork -= work;
      this.#count(sender, -bytes);
      this.#refill();
    }
  }

  #refill(): void {
    for (;;) {
      const [turn] = this.#waiting.values();
      const next = turn?.[0];
      if (next === undefined || !this.#mayHand(next.request, next.sinceMs)) return;
      this.#handNext();
    }
  }

  #count(sender: string, bytes: number): void {
    this.#bytes += bytes;
    const held = (this.#bySender.get(sender) ?? 0) + bytes;
    if (held === 0) this.#bySender.delete(sender);
    else this.#bySender.set(sender, held);
  }
}

function workOf({ body, coding }: IngestRequest): number {
  return coding === 'identity' ? body.length : body.length * INFLATION_SUPPOSED;
}
