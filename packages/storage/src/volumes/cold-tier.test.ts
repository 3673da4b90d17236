/** Hot and cold: the same questions with the same answers wherever a day lies, in a folder and in a bucket. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { EVERYTHING } from '@tracewright/query';
import type { Result } from '@tracewright/std';
import { applyRetention } from '../retention.ts';
import { BucketServer } from '../testing/bucket-server.ts';
import { traceId } from '../testing/rows.ts';
import { expectOk } from '../testing/store.ts';
import {
  DAY_MS,
  FILL,
  openTieredStore,
  storeDay,
  type TieredStore,
  TODAY_MS,
} from '../testing/tiered-store.ts';
import type { ColdTier } from './cold-tier.ts';
import { ColdVolume } from './cold-volume.ts';

const folders: string[] = [];
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'tracewright-tiers-'));
  folders.push(path);
  return path;
}

const nano = (ms: number): bigint => BigInt(ms) * 1_000_000n;
const everything = {
  tenant: 'default',
  fromNano: 0n,
  toNano: nano(TODAY_MS + DAY_MS),
  where: EVERYTHING,
  limit: 5000,
};
const lookup = (daysAgo: number) =>
  ({ kind: 'traceLookup', tenant: 'default', traceId: traceId(daysAgo + 1), lowOnly: false }) as const;

/** What a person would ask, of all days and of single ones. */
async function answers({ reader }: TieredStore): Promise<unknown> {
  const day = {
    kind: 'attribute',
    scope: 'span',
    key: 'day',
    operator: '=',
    value: { type: 'int', value: 8n },
  } as const;
  return [
    expectOk(await reader.searchSpans({ kind: 'spanSearch', ...everything })),
    expectOk(await reader.searchTraces({ kind: 'traceSearch', ...everything, limit: 10 })),
    expectOk(await reader.searchTraces({ kind: 'traceSearch', ...everything, where: day, limit: 10 })),
    expectOk(await reader.searchLogs({ kind: 'logSearch', ...everything, order: 'oldest' })),
    expectOk(await reader.trace(lookup(10))),
    expectOk(await reader.trace(lookup(0))),
    expectOk(await reader.services('default')),
  ];
}

function messageOf(result: Result<unknown>): string {
  assert.ok(!result.ok, 'It has to fail');
  assert.equal(result.failure.code, 'unavailable');
  return result.failure.message;
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const endsAtMs = performance.now() + 20_000;
  while (!(await holds())) {
    assert.ok(performance.now() < endsAtMs, `It does not come to this: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const DAYS = [10, 8, 2, 1, 0];

for (const kind of ['folder', 's3'] as const) {
  test(`${kind}: old days move, are asked as before, and go with retention`, async () => {
    const data = folder();
    await using server = await BucketServer.start();
    const tier: ColdTier = kind === 's3' ? server.tier() : { kind, path: folder() };
    let before: unknown;
    {
      await using store = await openTieredStore(data, tier);
      for (const day of DAYS) await storeDay(store, data, day);
      before = await answers(store);
      const report = await store.move();
      assert.deepEqual(report.failed, []);
      assert.deepEqual(
        report.moved.map(({ day, table, to }) => `${day} ${table} ${to}`),
        ['20260510 logs cold', '20260510 spans cold', '20260512 logs cold', '20260512 spans cold'],
      );
      assert.deepEqual(await store.rows(), { hot: 603, cold: 402 });
      assert.deepEqual(await answers(store), before);
      assert.deepEqual((await store.move()).moved, []);
      if (kind === 's3') assert.ok(server.objects() > 10);
    }
    await using store = await openTieredStore(data, tier);
    assert.deepEqual(await store.rows(), { hot: 603, cold: 402 });
    assert.deepEqual(await answers(store), before);
    const report = expectOk(await applyRetention(store.engine, { ageMsMax: 5 * DAY_MS }, TODAY_MS));
    assert.deepEqual(
      report.dropped.map(({ day, rows }) => [day, rows]),
      [
        [20260510, 201],
        [20260512, 201],
      ],
    );
    assert.deepEqual(await store.rows(), { hot: 603, cold: 0 });
    assert.equal(expectOk(await store.reader.trace(lookup(10))).length, 0);
    await store.move();
    assert.deepEqual(store.volume.days, {});
    // What is dropped is removed by the engine in its own time, which a start brings about.
    if (kind === 's3') await until('no object is left', () => server.objects() <= 2);
  });
}

test('days come back, and nothing moves when it is told to hold', async () => {
  const data = folder();
  await using store = await openTieredStore(data, { kind: 'folder', path: folder() });
  for (const day of DAYS) await storeDay(store, data, day);
  assert.deepEqual((await store.move({ ...FILL, use: 'hold' })).moved, []);
  await store.move();
  assert.equal((await store.rows()).cold, 402);
  const back = await store.move({ ...FILL, use: 'empty' });
  assert.deepEqual(
    back.moved.map(({ day, to }) => [day, to]),
    [
      [20260512, 'hot'],
      [20260512, 'hot'],
      [20260510, 'hot'],
      [20260510, 'hot'],
    ],
  );
  assert.deepEqual(await store.rows(), { hot: 1005, cold: 0 });
});

test('a hot volume that is too full gives its oldest days away early, but never today', async () => {
  const data = folder();
  await using store = await openTieredStore(data, { kind: 'folder', path: folder() });
  for (const day of DAYS) await storeDay(store, data, day);
  const report = await store.move({ use: 'fill', afterMs: 100 * DAY_MS, hotBytesMax: 1 });
  assert.deepEqual(
    [...new Set(report.moved.map(({ day }) => day))],
    [20260510, 20260512, 20260518, 20260519],
  );
  assert.deepEqual(await store.rows(), { hot: 201, cold: 804 });
});

test('a bucket that does not answer stops neither ingest nor what is hot, at a start and later', async () => {
  const data = folder();
  await using server = await BucketServer.start();
  const tier = server.tier();
  {
    await using store = await openTieredStore(data, tier);
    for (const day of DAYS) await storeDay(store, data, day);
    await store.move();
    await server.down();
    // The engine does not know yet: a question that needs the bucket finds out.
    rmSync(join(data, 'engine', 'cache'), { recursive: true, force: true });
    const recent = { ...everything, fromNano: nano(TODAY_MS - 3 * DAY_MS) };
    assert.equal(
      expectOk(await store.reader.searchSpans({ kind: 'spanSearch', ...recent })).spans.length,
      600,
    );
    assert.match(messageOf(await store.volume.look()), /does not answer: ECONNREFUSED/);
    assert.match(
      messageOf(await store.reader.trace(lookup(10))),
      /up to 2026-05-12, which lies on the cold tier.*ECONNREFUSED/,
    );
    assert.equal(expectOk(await store.reader.trace(lookup(0))).length, 200);
    await storeDay(store, data, 4);
    const stuck = await store.move();
    assert.deepEqual(
      stuck.failed.map(({ day }) => day),
      [20260516],
    );
    assert.equal((await store.rows()).hot, 804);
  }
  {
    await using store = await openTieredStore(data, tier);
    assert.equal(store.volume.attached, false);
    assert.deepEqual(await store.rows(), { hot: 804, cold: 0 });
    // Newest first: a full page that ends above what is cold is what it would be with it.
    const page = expectOk(await store.reader.searchSpans({ kind: 'spanSearch', ...everything, limit: 50 }));
    assert.equal(page.spans.length, 50);
    assert.match(
      messageOf(await store.reader.searchSpans({ kind: 'spanSearch', ...everything })),
      /cold tier/,
    );
    assert.match(
      messageOf(await store.reader.searchLogs({ kind: 'logSearch', ...everything, order: 'oldest' })),
      /cold tier/,
    );
    assert.match(messageOf(await store.reader.trace(lookup(8))), /cold tier/);
    await storeDay(store, data, 3);
    await server.up();
    expectOk(await store.volume.look());
  }
  await using store = await openTieredStore(data, tier);
  await until('the bucket is attached', () => store.volume.attached);
  await store.move();
  assert.deepEqual(await store.rows(), { hot: 804, cold: 603 });
  assert.equal(
    expectOk(await store.reader.searchSpans({ kind: 'spanSearch', ...everything })).spans.length,
    1400,
  );
});

test('what is wrong with a bucket is said in words, without its secret, and the engine opens', async () => {
  await using server = await BucketServer.start();
  const cases: readonly [Parameters<BucketServer['tier']>[0], RegExp][] = [
    [{ secretAccessKey: 'not-the-secret' }, /secret access key is not the one/],
    [{ accessKeyId: 'NOBODY' }, /does not know the access key id/],
    [{ bucket: 'elsewhere' }, /no bucket elsewhere/],
  ];
  for (const [change, words] of cases) {
    const data = folder();
    await using store = await openTieredStore(data, server.tier(change));
    assert.match(store.volume.problem ?? '', words);
    assert.doesNotMatch(store.volume.problem ?? '', /not-the-secret/);
    await storeDay(store, data, 0, 10);
    assert.equal((await store.rows()).hot, 11);
  }
});

test('a folder that cannot be made is said in words, and the engine opens', {
  skip: process.platform !== 'linux' && 'there is no /proc',
}, async () => {
  const data = folder();
  await using store = await openTieredStore(data, { kind: 'folder', path: '/proc/nowhere/cold' });
  assert.match(store.volume.problem ?? '', /^\/proc\/nowhere\/cold cannot be used: .*\/proc/);
  await storeDay(store, data, 0, 10);
  assert.equal((await store.rows()).hot, 11);
});

test('secrets are in no file of the data folder', async () => {
  const data = folder();
  await using server = await BucketServer.start();
  await using store = await openTieredStore(data, server.tier());
  for (const day of DAYS) await storeDay(store, data, day, 10);
  await store.move();
  assert.equal((await store.rows()).cold, 22);
  const files = readdirSync(data, { recursive: true }).map((name) => join(data, String(name)));
  for (const file of files.filter((path) => statSync(path).isFile() && /\.(xml|json|sql|txt)$/.test(path)))
    assert.ok(!readFileSync(file, 'latin1').includes('S3RVER'), file);
});

test('a tier that holds data can be neither left out nor exchanged; an empty one can', async () => {
  const data = folder();
  const path = folder();
  {
    await using store = await openTieredStore(data, { kind: 'folder', path });
    for (const day of DAYS) await storeDay(store, data, day);
    await store.move();
  }
  const engine = join(data, 'engine');
  const open = (tier?: ColdTier) => ColdVolume.open(tier, engine);
  const left = open();
  assert.match(
    left.ok ? '' : left.failure.message,
    /cannot be left out: folder .* 2 days from 20260510 to 20260512.*use: empty/,
  );
  const other = open({ kind: 'folder', path: folder() });
  assert.match(other.ok ? '' : other.failure.message, /cannot be another one/);
  // A mount point without its disk.
  renameSync(path, `${path}.away`);
  {
    await using store = await openTieredStore(data, { kind: 'folder', path });
    assert.match(store.volume.problem ?? '', /lacks this data folder's marker.*mounted/);
    assert.match(messageOf(await store.reader.trace(lookup(10))), /cold tier/);
    assert.ok(!open().ok, 'What is out of sight is not gone');
  }
  rmSync(path, { recursive: true, force: true });
  renameSync(`${path}.away`, path);
  {
    await using store = await openTieredStore(data, { kind: 'folder', path });
    await store.move({ ...FILL, use: 'empty' });
    await store.move({ ...FILL, use: 'empty' });
    assert.deepEqual(await store.rows(), { hot: 1005, cold: 0 });
    const data2 = folder();
    const stranger = expectOk(ColdVolume.open({ kind: 'folder', path }, join(data2, 'engine')));
    assert.match(messageOf(await (stranger as ColdVolume).look()), /of another data folder/);
  }
  assert.equal(expectOk(open()), undefined);
});
