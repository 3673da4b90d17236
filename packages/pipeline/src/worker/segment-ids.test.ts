/** Ids of segments: no two of all nodes and workers that share a store are ever the same. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { IngestLoop } from './ingest-loop.ts';
import { NODES_MAX, type SubmitMessage, WORKERS_MAX } from './messages.ts';

/** One request with one span, in OTLP/JSON. */
const BODY = JSON.stringify({
  resourceSpans: [
    {
      scopeSpans: [
        {
          spans: [
            {
              traceId: '0af7651916cd43dd8448eb211c80319c',
              spanId: 'b7ad6b7169203331',
              name: 'one',
              startTimeUnixNano: '1',
              endTimeUnixNano: '2',
            },
          ],
        },
      ],
    },
  ],
});

test('nodes and workers at the same moment, and each one at every later one, make different ids', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tracewright-ids-'));
  const ids: bigint[] = [];
  const now = { ms: 1_790_000_000_000 };
  let requests = 0;
  try {
    for (const node of [0, 1, 7, NODES_MAX - 1]) {
      for (const index of [0, 1, WORKERS_MAX - 1]) {
        const directory = join(folder, `${node}-${index}`);
        mkdirSync(directory);
        const loop = new IngestLoop(
          {
            directory,
            sync: false,
            groupIntervalMs: 1_000,
            segmentIntervalMs: 1_000,
            segmentBytesMax: 1_000_000,
            segmentFloor: 0n,
            index,
            node,
          },
          (message) => {
            if (message.type === 'opened') ids.push(message.segment);
          },
          { nowMs: () => now.ms, monotonicMs: () => 0 },
          { set: () => undefined, clear: () => undefined },
        );
        for (let segment = 0; segment < 5; segment++) {
          const body = new Uint8Array(Buffer.from(BODY));
          const message: SubmitMessage = {
            type: 'submit',
            id: requests++,
            signal: 'traces',
            format: 'otlp/json',
            coding: 'identity',
            body,
            bodyBytesMax: 1_000_000,
            tenant: 'default',
            receiver: 'test',
          };
          loop.submit(message);
          loop.commit();
          loop.rotate();
        }
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  assert.equal(ids.length, 4 * 3 * 5);
  assert.equal(new Set(ids).size, ids.length);
  // The time of arrival stays readable to a few milliseconds.
  for (const id of ids) assert.ok(id - 1_790_000_000_000_000n < 10_000n, String(id));
});
