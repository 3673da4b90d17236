/** Retention: which days go, which stay, and what is said about it. */
import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { readMerges } from './merges.ts';
import { decodeNativeBlocks } from './native/decode.ts';
import { applyRetention, type RetentionPolicy, type RetentionReport, setPartSizes } from './retention.ts';
import { attributesOf, makeLog, makeSpan, resourceOf, spanId, traceId } from './testing/rows.ts';
import { countRows, expectOk, openTestStore, type TestStore } from './testing/store.ts';

const DAY_MS = 86_400_000;
const TODAY = Date.UTC(2026, 4, 20, 12);
const DAYS = [20260510, 20260512, 20260518, 20260519, 20260520];

let store: TestStore;
before(async () => {
  store = await openTestStore();
});
after(async () => {
  await store[Symbol.asyncDispose]();
});

beforeEach(async () => {
  for (const table of ['spans', 'logs', 'shared', 'operations', 'log_services']) {
    await store.command(`TRUNCATE TABLE tracewright.${table}`);
  }
  for (const [at, daysAgo] of [10, 8, 2, 1, 0].entries()) {
    const segment = BigInt(TODAY - daysAgo * DAY_MS) * 1000n + BigInt(Math.floor(performance.now() * 1000));
    await store.store(segment, {
      spans: Array.from({ length: 50 }, (_, n) =>
        makeSpan({
          traceId: traceId(at + 1),
          spanId: spanId(n + 1),
          resource: resourceOf(`service-${at}`),
          attributes: attributesOf({ text: `${n} `.repeat(20) }),
        }),
      ),
      logs: [makeLog({ resource: resourceOf(`service-${at}`) })],
    });
  }
});

async function apply(policy: RetentionPolicy): Promise<RetentionReport> {
  return expectOk(await applyRetention(store.engine, policy, TODAY));
}

function spansLeft(): Promise<number> {
  return countRows(store, 'spans', '1');
}

test('without limits nothing goes', async () => {
  const report = await apply({ ageMsMax: 0 });
  assert.deepEqual(report.dropped, []);
  assert.ok(report.bytesOnDisk > 0);
  assert.equal(report.bytesOverLimit, 0);
  assert.equal(await spansLeft(), 250);
});

test('by age: days that are wholly older than the limit go from every table', async () => {
  const report = await apply({ ageMsMax: 7 * DAY_MS });
  assert.deepEqual(
    report.dropped.map(({ day, reason, rows }) => [day, reason, rows]),
    [
      [DAYS[0], 'age', 51],
      [DAYS[1], 'age', 51],
    ],
  );
  assert.equal(await spansLeft(), 150);
  assert.equal(await countRows(store, 'logs', '1'), 3);
  assert.deepEqual(expectOk(await store.reader.services('default')), ['service-2', 'service-3', 'service-4']);
  const trace = { kind: 'traceLookup', tenant: 'default', lowOnly: false } as const;
  assert.equal(expectOk(await store.reader.trace({ ...trace, traceId: traceId(1) })).length, 0);
  const kept = expectOk(await store.reader.trace({ ...trace, traceId: traceId(3) }));
  assert.equal(kept.at(0).resource.attributes.length, 1);
  assert.deepEqual((await apply({ ageMsMax: 7 * DAY_MS })).dropped, []);
});

test('a day of which a part is young enough stays', async () => {
  const report = await apply({ ageMsMax: 2 * DAY_MS });
  assert.deepEqual(
    report.dropped.map(({ day }) => day),
    [DAYS[0], DAYS[1]],
  );
});

test('by size: the oldest days go until the tables fit', async () => {
  const before = (await apply({})).bytesOnDisk;
  const report = await apply({ diskBytesMax: Math.floor(before * 0.7) });
  assert.ok(report.dropped.length >= 1 && report.dropped.length <= 3);
  assert.deepEqual(
    report.dropped.map(({ day, reason }) => [day, reason]),
    DAYS.slice(0, report.dropped.length).map((day) => [day, 'disk']),
  );
  assert.ok(report.bytesOnDisk <= before * 0.7);
  assert.equal(report.bytesOverLimit, 0);
});

test('today stays, and the report says how much too much it is', async () => {
  const report = await apply({ diskBytesMax: 1 });
  assert.deepEqual(
    report.dropped.map(({ day }) => day),
    DAYS.slice(0, 4),
  );
  assert.equal(await spansLeft(), 50);
  assert.equal(report.bytesOverLimit, report.bytesOnDisk - 1);
  const trace = { kind: 'traceLookup', tenant: 'default', traceId: traceId(5), lowOnly: false } as const;
  assert.equal(expectOk(await store.reader.trace(trace)).at(0).resource.attributes.length, 1);
});

test('by size within today: the oldest parts go, the newest stay, and their space is there at once', async () => {
  await store.command('SYSTEM STOP MERGES');
  const base = BigInt(TODAY) * 1000n + 1_000_000_000n;
  for (let part = 1; part <= 6; part++) {
    await store.store(base + BigInt(part) * 1_000_000n, {
      spans: Array.from({ length: 200 }, (_, n) =>
        makeSpan({
          traceId: traceId(1000 * part + n),
          spanId: spanId(1000 * part + n),
          attributes: attributesOf({
            text: Math.sin(1000 * part + n)
              .toString(36)
              .repeat(5),
          }),
        }),
      ),
    });
  }
  await apply({ ageMsMax: DAY_MS / 2 });
  const segments = await segmentsLeft();
  const before = (await apply({})).bytesOnDisk;
  const files = folderBytes(store.folder);
  const report = await apply({ excessBytes: Math.floor(before / 3) });
  const [dropped, ...others] = report.dropped;
  assert.deepEqual([dropped?.day, dropped?.reason, others], [DAYS.at(-1), 'disk', []]);
  assert.equal(report.bytesOverLimit, 0);
  assert.equal((await apply({})).bytesOnDisk, report.bytesOnDisk);
  assert.ok(files - folderBytes(store.folder) >= (dropped?.bytes ?? 0) / 2, 'the files are gone');
  const left = await segmentsLeft();
  assert.deepEqual(left, segments.slice(segments.length - left.length), 'what is newer is not touched');
  assert.ok(left.length < segments.length && left.length >= 3);
  assert.equal(dropped?.untilUnixMs, Number((segments[segments.length - left.length - 1] ?? 0n) / 1000n));

  const all = await apply({ diskBytesMax: 1 });
  assert.equal((await segmentsLeft()).length, 1, 'the newest part is never deleted');
  assert.ok(all.bytesOverLimit > 0);
  await store.command('SYSTEM START MERGES');
});

test('with a limit on the disk parts are merged only so far', async () => {
  const setting = async (): Promise<string> => {
    const sql =
      "SELECT extract(engine_full, 'max_bytes_to_merge_at_max_space_in_pool = (\\\\d+)') AS bytes FROM system.tables WHERE database = 'tracewright' AND name = 'spans'";
    const { blocks } = expectOk(await store.engine.query({ sql, class: 'scan', deadlineMs: 20_000 }));
    return expectOk(decodeNativeBlocks(blocks))[0]?.strings('bytes').text(0) ?? '';
  };
  expectOk(await setPartSizes(store.engine, 16_000_000_000));
  assert.equal(await setting(), '1000000000');
  expectOk(await setPartSizes(store.engine, 0));
  assert.equal(await setting(), '161061273600');
});

async function segmentsLeft(): Promise<readonly bigint[]> {
  const sql = 'SELECT DISTINCT segment FROM tracewright.spans ORDER BY segment';
  const { blocks } = expectOk(await store.engine.query({ sql, class: 'scan', deadlineMs: 20_000 }));
  return expectOk(decodeNativeBlocks(blocks)).flatMap((block) => [...block.bigs('segment')]);
}

/** What the files of the engine take. */
function folderBytes(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).reduce(
    (sum, file) =>
      sum +
      (file.isFile()
        ? (statSync(join(file.parentPath, file.name), { throwIfNoEntry: false })?.size ?? 0)
        : 0),
    0,
  );
}

test('merges come to rest', async () => {
  await store.command('OPTIMIZE TABLE tracewright.operations FINAL');
  const end = performance.now() + 20_000;
  let status = expectOk(await readMerges(store.engine));
  while (!status.settled && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    status = expectOk(await readMerges(store.engine));
  }
  assert.ok(status.settled);
  assert.ok(status.parts > 0);
});
