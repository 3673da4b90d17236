/** The entry of an ingest worker thread: an IngestLoop behind a message port. */
import fs from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { armFailpoints, assert } from '@tracewright/std';
import { IngestLoop } from './ingest-loop.ts';
import type { FromWorker, ToWorker, WorkerOptions } from './messages.ts';

const port = parentPort;
assert(port !== null, 'The ingest worker runs as a worker thread only');

armFailpoints({ process, fs, setTimeout });

const loop = new IngestLoop(
  workerData as WorkerOptions,
  (message: FromWorker) => port.postMessage(message),
  { nowMs: Date.now, monotonicMs: () => performance.now() },
  { set: setTimeout, clear: (timer) => clearTimeout(timer as NodeJS.Timeout | undefined) },
);

port.on('message', (message: ToWorker) => {
  if (message.type === 'submit') loop.submit(message);
  else if (message.type === 'stored') loop.stored(message.segment);
  else if (message.type === 'setAside') loop.setAside(message.segment);
  else {
    loop.close();
    port.close();
  }
});
