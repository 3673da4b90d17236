/** A damaged part of the table of where traces are is set aside while the program runs, and its entries are made again. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createEmbeddedEngine, type Engine } from '@tracewright/storage';
import { openStore } from './open-store.ts';
import { guardParts } from './part-guard.ts';

const SEGMENTS = 4;
const TRACES = 500;

/** The one value of the answer, as text. */
async function ask(engine: Engine, value: string, from: string): Promise<string> {
  const sql = `SELECT concat('<', toString(${value}), '>') AS line FROM ${from}`;
  const answer = await engine.query({ sql, class: 'scan', deadlineMs: 20_000 });
  assert.ok(answer.ok, answer.ok ? '' : answer.failure.message);
  const text = answer.value.blocks.map((block) => new TextDecoder('latin1').decode(block)).join('');
  return /<(.*)>/.exec(text)?.[1] ?? '';
}

test('entries of traces that a damaged part held are made again at once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tracewright-part-guard-'));
  const said: string[] = [];
  const log = (_level: string, message: string): void => void said.push(message);
  const embedded = createEmbeddedEngine({ path: join(folder, 'engine') });
  const guard = guardParts(embedded, log, ({ table }) => store.partLost?.(table));
  const store = openStore(guard.engine, false, log);
  const { engine } = guard;
  try {
    await store.open();
    assert.ok(store.ready());
    const entries = (): Promise<string> => ask(engine, 'count()', 'tracewright.trace_segments FINAL');
    for (let segment = 1; segment <= SEGMENTS; segment++) {
      const stored = await engine.command(
        `INSERT INTO tracewright.spans (tenant, segment, trace_id, span_id)
SELECT 'default', 1795478400000000 + ${segment}, MD5(toString(number)), substring(MD5(toString(number)), 1, 8) FROM numbers(${TRACES})`,
        { deadlineMs: 20_000 },
      );
      assert.ok(stored.ok, stored.ok ? '' : stored.failure.message);
    }
    assert.equal(await entries(), String(SEGMENTS * TRACES));

    const path = await ask(
      engine,
      'path',
      `system.parts WHERE database = 'tracewright' AND table = 'trace_segments' AND active LIMIT 1`,
    );
    const part = path.split('/').at(-2) ?? '';
    const data = join(path, 'data.bin');
    writeFileSync(
      data,
      readFileSync(data).map((byte) => byte ^ 0x5a),
    );

    const deadline = Date.now() + 20_000;
    const isSaid = (words: RegExp): boolean => said.some((sentence) => words.test(sentence));
    while (!isSaid(/Entered where older traces are/)) {
      assert.ok(Date.now() < deadline, said.join('\n'));
      // The question that meets the damage fails; those after it pass.
      await engine.query({
        sql: 'SELECT sum(key), sum(segment) FROM tracewright.trace_segments',
        class: 'scan',
        deadlineMs: 20_000,
      });
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.ok(isSaid(new RegExp(`^Part ${part} of trace_segments is damaged on disk and was set aside`)));
    assert.equal(await entries(), String(SEGMENTS * TRACES));
    assert.equal(await ask(engine, 'argMax(until, at)', 'tracewright.trace_segments_missing'), '0');
  } finally {
    guard.stop();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
