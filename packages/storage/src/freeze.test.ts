/** Pictures of what lies in a bucket: it is held while they are, let go of afterwards, and notes that are printed anew are as good. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { coldPicture, freezeStore, listColdPictures, thawStore } from './freeze.ts';
import { applyRetention } from './retention.ts';
import { BucketServer } from './testing/bucket-server.ts';
import { expectOk } from './testing/store.ts';
import { DAY_MS, openTieredStore, storeDay, TODAY_MS } from './testing/tiered-store.ts';
import { parseBucketFile, printBucketFile } from './volumes/bucket-file.ts';
import { listObjects } from './volumes/bucket-request.ts';

const NAME = 'c0ffee00c0ffee00c0ffee00c0ffee00';

async function until(what: string, holds: () => boolean): Promise<void> {
  const endsAtMs = performance.now() + 20_000;
  while (!holds()) {
    assert.ok(performance.now() < endsAtMs, `It does not come to this: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function filesBelow(folder: string): readonly string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.map((name) => join(folder, name)).filter((path) => statSync(path).isFile());
}

test('objects of a picture stay while it is held, whatever retention does, and go when it is let go', async () => {
  const data = mkdtempSync(join(tmpdir(), 'tracewright-freeze-'));
  await using server = await BucketServer.start();
  try {
    await using store = await openTieredStore(data, server.tier());
    for (const day of [10, 0]) await storeDay(store, data, day, 50);
    await store.move();
    const { partsPath } = store.volume;
    const enginePath = join(data, 'engine');
    expectOk(await freezeStore(store.engine, enginePath, NAME, join(data, 'picture'), partsPath));
    assert.deepEqual(await listColdPictures(partsPath), [NAME]);
    const objects = filesBelow(coldPicture(partsPath, NAME)).flatMap((path) =>
      expectOk(parseBucketFile(readFileSync(path, 'utf8'), path)),
    );
    assert.ok(objects.length > 10);
    const days = expectOk(await applyRetention(store.engine, { ageMsMax: 5 * DAY_MS }, TODAY_MS));
    assert.equal(days.dropped.length, 1);
    const there = await listObjects(server.tier(), new AbortController().signal);
    for (const { key, bytes } of objects) assert.equal(there.get(key), bytes, key);
    expectOk(await thawStore(store.engine, partsPath, NAME));
    assert.deepEqual(await listColdPictures(partsPath), []);
    await until('no object is left', () => server.objects() <= 2);
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
});

test('notes on a bucket that are printed anew are read and cleared by the engine as its own', async () => {
  const data = mkdtempSync(join(tmpdir(), 'tracewright-freeze-'));
  await using server = await BucketServer.start();
  try {
    let partsPath = '';
    {
      await using store = await openTieredStore(data, server.tier());
      for (const day of [10, 0]) await storeDay(store, data, day, 50);
      await store.move();
      ({ partsPath } = store.volume);
      // What a picture was taken of counts it among its names.
      expectOk(await freezeStore(store.engine, join(data, 'engine'), NAME, join(data, 'picture'), partsPath));
    }
    rmSync(coldPicture(partsPath, NAME), { recursive: true });
    for (const path of filesBelow(join(partsPath, 'store'))) {
      const objects = expectOk(parseBucketFile(readFileSync(path, 'utf8'), path));
      writeFileSync(path, printBucketFile(objects));
    }
    await using store = await openTieredStore(data, server.tier());
    assert.deepEqual(await store.rows(), { hot: 51, cold: 51 });
    expectOk(await applyRetention(store.engine, { ageMsMax: 5 * DAY_MS }, TODAY_MS));
    await until('no object is left', () => server.objects() <= 2);
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
});

test('a note that says more than is known is refused with its path', () => {
  for (const text of [
    '',
    '3\n1\t5\n5\tkey\n0\n0\n',
    '5\n2\t5\n5\tkey\n0\n0\n\n',
    '5\n1\t2\n2\tkey\n0\n0\nhi\n',
  ]) {
    const parsed = parseBucketFile(text, '/a/note');
    assert.match(parsed.ok ? '' : parsed.failure.message, /^\/a\/note says in an unknown way/, text);
  }
});
