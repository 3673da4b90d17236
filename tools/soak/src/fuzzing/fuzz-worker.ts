/**
 * The thread in which inputs are tried: so that one that never ends, or takes all memory, ends this thread and not the
 * run. It writes the number of each input into shared memory before it tries it, and tells what each slice gave and
 * what it holds in memory afterwards.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort, workerData } from 'node:worker_threads';
import { type FuzzReport, fuzz } from '@tracewright/std/testing';
import { FUZZ_TARGETS } from './targets.ts';

export type FuzzOrder = {
  readonly target: string;
  readonly from: number;
  readonly inputs: number;
  readonly durationMs: number;
};
export type FuzzAnswer = { readonly report: FuzzReport; readonly heldBytes: number };

export type FuzzWorkerData = {
  readonly seed: number;
  /** Two 64-bit numbers: the input that is being tried, and how many were tried, which grows while anything moves. */
  readonly progress: SharedArrayBuffer;
};

const { seed, progress } = workerData as FuzzWorkerData;
const shared = new BigInt64Array(progress);
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

parentPort?.on('message', async (order: FuzzOrder) => {
  const found = FUZZ_TARGETS.find(({ target }) => target.name === order.target);
  if (found === undefined) throw new Error(`There is no target ${order.target}`);
  const report = await fuzz(found.target, {
    seed,
    from: order.from,
    inputs: order.inputs,
    durationMs: order.durationMs,
    onProgress: (index) => {
      Atomics.store(shared, 0, BigInt(index));
      Atomics.add(shared, 1, 1n);
    },
  });
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  parentPort?.postMessage({ report, heldBytes: heapUsed + arrayBuffers } satisfies FuzzAnswer);
});
