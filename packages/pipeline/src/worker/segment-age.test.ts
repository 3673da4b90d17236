/** When a segment is closed: after its interval, or after half of it when it is large. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { SEGMENT_BYTES_LARGE } from '../limits.ts';
import { IngestLoop } from './ingest-loop.ts';
import type { SubmitMessage } from './messages.ts';

function message(id: number, nameLength: number): SubmitMessage {
  const span = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
  const spans = [{ ...span, name: 'n'.repeat(nameLength) }];
  const text = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
  return {
    type: 'submit',
    id,
    signal: 'traces',
    format: 'otlp/json',
    coding: 'identity',
    body: new Uint8Array(Buffer.from(text)),
    bodyBytesMax: 64 * 1024 * 1024,
    tenant: 'default',
    receiver: 'test',
  };
}

test('a small segment is closed after its interval, a large one after half of it', () => {
  for (const [nameLength, closedAtMs] of [
    [10, 600],
    [SEGMENT_BYTES_LARGE + 1, 300],
  ] as const) {
    const directory = mkdtempSync(join(tmpdir(), 'tracewright-age-'));
    const now = { ms: 0 };
    let closed = 0;
    const loop = new IngestLoop(
      {
        directory,
        sync: false,
        groupIntervalMs: 1_000,
        segmentIntervalMs: 600,
        segmentBytesMax: 1024 ** 3,
        segmentFloor: 0n,
        index: 0,
        node: 0,
      },
      (said) => {
        if (said.type === 'segment') closed++;
      },
      { nowMs: () => 1_790_000_000_000, monotonicMs: () => now.ms },
      { set: () => undefined, clear: () => undefined },
    );
    try {
      for (const [id, ms] of [0, closedAtMs - 1, closedAtMs].entries()) {
        now.ms = ms;
        loop.submit(message(id, id === 0 ? nameLength : 10));
        loop.commit();
        assert.equal(closed, ms < closedAtMs ? 0 : 1, `after ${ms} ms`);
      }
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }
});
