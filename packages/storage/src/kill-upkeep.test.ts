/**
 * Killed at each step of what is done to the tables beside inserting (dropping old days, setting part sync, moving days to
 * the cold volume), a process leaves tables on which the next one ends it, with each row that should stay there once.
 *
 * The process that dies is this file, run with the name of what it has to do; its engine dies with it.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs, { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { armFailpoints, FAILPOINT_VARIABLE } from '@tracewright/std';
import type { Engine } from './engine/engine.ts';
import { decodeNativeBlocks } from './native/decode.ts';
import { setPartSync } from './part-sync.ts';
import { applyRetention } from './retention.ts';
import { makeLog, makeSpan, spanId } from './testing/rows.ts';
import { writeSegment } from './testing/segments.ts';
import { expectOk } from './testing/store.ts';
import { openTieredStore, type TieredStore } from './testing/tiered-store.ts';
import { createWriter } from './writer.ts';

const DAY_MS = 86_400_000;
const NOW_MS: number = Date.UTC(2026, 4, 20, 12);
const DAYS_AGO: readonly number[] = [9, 8, 0];
const SPANS_A_DAY = 20;
const KEPT_MS: number = 3 * DAY_MS;

type Deed = 'drop days' | 'set part sync' | 'move days';
type Case = { readonly deed: Deed; readonly step: string; readonly pass: number };

/** After the first table, and before one in the middle. */
const CASES: readonly Case[] = [
  { deed: 'drop days', step: 'retention.drop.done', pass: 1 },
  { deed: 'drop days', step: 'retention.drop.begin', pass: 6 },
  { deed: 'set part sync', step: 'sync.set.done', pass: 1 },
  { deed: 'set part sync', step: 'sync.set.begin', pass: 4 },
  { deed: 'move days', step: 'tier.before-move', pass: 1 },
  { deed: 'move days', step: 'tier.before-move', pass: 3 },
];

/** With a cold tier that nothing moves to by itself. */
async function withStore<T>(folder: string, body: (store: TieredStore) => Promise<T>): Promise<T> {
  await using store = await openTieredStore(folder, { kind: 'folder', path: join(folder, 'cold') });
  return await body(store);
}

async function fill(engine: Engine, folder: string): Promise<void> {
  const writer = createWriter({ engine });
  for (const daysAgo of DAYS_AGO) {
    const segment = writeSegment(folder, BigInt(NOW_MS - daysAgo * DAY_MS) * 1000n, {
      spans: Array.from({ length: SPANS_A_DAY }, (_, at) => makeSpan({ spanId: spanId(at + 1) })),
      logs: [makeLog({})],
    });
    expectOk(await writer.insert(segment));
  }
}

async function carryOut(deed: Deed, { engine, move }: TieredStore): Promise<void> {
  if (deed === 'set part sync') expectOk(await setPartSync(engine, true));
  else if (deed === 'move days') assert.deepEqual((await move()).failed, []);
  else expectOk(await applyRetention(engine, { ageMsMax: KEPT_MS }, NOW_MS));
}

async function count(engine: Engine, from: string): Promise<number> {
  const sql = `SELECT toUInt32(count()) AS number FROM ${from}`;
  const answer = expectOk(await engine.query({ sql, class: 'scan', deadlineMs: 10_000 }));
  return expectOk(decodeNativeBlocks(answer.blocks))[0]?.numbers('number')[0] ?? -1;
}

async function checkDone(deed: Deed, { engine, rows }: TieredStore): Promise<void> {
  const tables = "system.tables WHERE database = 'tracewright' AND engine LIKE '%MergeTree'";
  if (deed === 'set part sync') {
    const unset = `${tables} AND name != 'schema_migrations' AND engine_full NOT LIKE '%fsync_after_insert = 1%'`;
    assert.equal(await count(engine, unset), 0);
  }
  const days = deed === 'drop days' ? 1 : DAYS_AGO.length;
  const cold = deed === 'move days' ? days - 1 : 0;
  assert.deepEqual(await rows(), {
    hot: (days - cold) * (SPANS_A_DAY + 1),
    cold: cold * (SPANS_A_DAY + 1),
  });
  assert.equal(await count(engine, 'tracewright.spans'), days * SPANS_A_DAY);
  assert.equal(await count(engine, 'tracewright.logs'), days);
  const today = (BigInt(NOW_MS) * 1000n) / BigInt(DAY_MS * 1000);
  for (const table of ['spans', 'logs', 'operations', 'log_services', 'trace_segments']) {
    const old = `tracewright.${table} WHERE intDiv(segment, ${DAY_MS * 1000}) < ${today}`;
    assert.equal((await count(engine, old)) > 0, deed !== 'drop days', table);
  }
}

function checkAll(): void {
  for (const { deed, pass, step } of CASES) {
    test(`killed at ${step}, pass ${pass}`, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'tracewright-kill-upkeep-'));
      try {
        await withStore(folder, ({ engine }) => fill(engine, folder));
        const orders = join(folder, 'orders');
        mkdirSync(orders);
        writeFileSync(join(orders, step), JSON.stringify({ pass }));
        const died = spawnSync(process.execPath, [fileURLToPath(import.meta.url), deed, folder], {
          env: { ...process.env, NODE_TEST_CONTEXT: undefined, [FAILPOINT_VARIABLE]: orders },
        });
        assert.equal(died.signal, 'SIGKILL', String(died.stderr));
        assert.ok(!existsSync(join(orders, step)), 'it was killed there');
        await withStore(folder, async (store) => {
          await carryOut(deed, store);
          await checkDone(deed, store);
        });
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
  }
}

const [, , deed, folder] = process.argv;
if (folder === undefined) checkAll();
else {
  armFailpoints({ process, fs, setTimeout });
  await withStore(folder, (store) => carryOut(deed as Deed, store));
}
