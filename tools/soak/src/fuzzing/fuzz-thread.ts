/** FuzzThread: the worker thread from outside, with a watch on whether it moves. A stuck or dead one is made anew. */
import { Worker } from 'node:worker_threads';
import type { FuzzAnswer, FuzzOrder, FuzzWorkerData } from './fuzz-worker.ts';

const STUCK_MS = 30_000;
const WATCH_MS = 500;
const HEAP_MEGABYTES_MAX = 1_024;

/** An answer, or why there is none, with the input that was being tried. */
export type FuzzEnd =
  | { readonly ok: true; readonly answer: FuzzAnswer }
  | { readonly ok: false; readonly index: number; readonly reason: string };

export class FuzzThread {
  readonly #seed: number;
  readonly #shared = new SharedArrayBuffer(16);
  readonly #numbers = new BigInt64Array(this.#shared);
  #worker: Worker | undefined;
  #end: (end: FuzzEnd) => void = () => undefined;

  constructor(seed: number) {
    this.#seed = seed;
  }

  async run(order: FuzzOrder): Promise<FuzzEnd> {
    this.#worker ??= this.#start();
    const { promise: ended, resolve } = Promise.withResolvers<FuzzEnd>();
    this.#end = resolve;
    let moved = Atomics.load(this.#numbers, 1);
    let movedMs = performance.now();
    const watch = setInterval(() => {
      const now = Atomics.load(this.#numbers, 1);
      if (now !== moved) {
        moved = now;
        movedMs = performance.now();
      } else if (performance.now() - movedMs > STUCK_MS) {
        this.#broken(`one input takes more than ${STUCK_MS} ms`);
      }
    }, WATCH_MS);
    this.#worker.postMessage(order);
    const end = await ended;
    clearInterval(watch);
    if (!end.ok) await this.close();
    return end;
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    this.#end = () => undefined;
    await worker?.terminate();
  }

  #start(): Worker {
    const workerData: FuzzWorkerData = { seed: this.#seed, progress: this.#shared };
    const worker = new Worker(new URL('./fuzz-worker.ts', import.meta.url), {
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MEGABYTES_MAX },
    });
    worker.on('message', (answer: FuzzAnswer) => this.#end({ ok: true, answer }));
    worker.on('error', (error: unknown) => {
      this.#broken(error instanceof Error ? (error.stack ?? error.message) : String(error));
    });
    worker.on('exit', (code) => this.#broken(`the thread ended with ${code}`));
    return worker;
  }

  #broken(reason: string): void {
    this.#end({ ok: false, index: Number(Atomics.load(this.#numbers, 0)), reason });
  }
}
