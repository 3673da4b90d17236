/** Parts that are damaged on disk: found by a read, named, set aside, and the rest goes on being read. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { damagedPartIn } from './damaged-part.ts';
import { createEmbeddedEngine } from './engine/embedded.ts';
import type { Engine } from './engine/engine.ts';
import { decodeNativeBlocks } from './native/decode.ts';
import { checkPart, listSetAside, setAsideIfDamaged } from './set-aside.ts';
import { makeSpan, spanId } from './testing/rows.ts';
import { countRows, expectOk, openTestStore, type TestStore } from './testing/store.ts';

const DAY = 1_795_478_400_000_000n;
const ROWS = 40;

async function storeParts(store: TestStore, parts: number): Promise<void> {
  await store.command('SYSTEM STOP MERGES');
  for (let part = 1; part <= parts; part++) {
    const spans = Array.from({ length: ROWS }, (_, at) =>
      makeSpan({ spanId: spanId(part * 1000 + at), name: `part ${part} ${at}` }),
    );
    await store.store(DAY + BigInt(part) * 1_000_000n, { spans });
  }
}

async function partFolders(engine: Engine): Promise<readonly string[]> {
  const answer = expectOk(
    await engine.query({
      sql: "SELECT path AS folder FROM system.parts WHERE database = 'tracewright' AND table = 'spans' AND active ORDER BY min_block_number",
      class: 'scan',
      deadlineMs: 20_000,
    }),
  );
  const [block] = expectOk(decodeNativeBlocks(answer.blocks));
  const folders = block?.strings('folder');
  return Array.from({ length: block?.rows ?? 0 }, (_, row) => folders?.text(row) ?? '');
}

function flipBytes(file: string): void {
  const bytes = readFileSync(file);
  for (let at = 0; at < bytes.length; at += 97) bytes[at] = (bytes[at] ?? 0) ^ 0x5a;
  writeFileSync(file, bytes);
}

const readAll = (engine: Engine) =>
  engine.query({
    sql: 'SELECT toUInt32(uniqExact(span_id, name, trace_id)) AS rows FROM tracewright.spans',
    class: 'scan',
    deadlineMs: 20_000,
  });

test('a part that is damaged while the engine runs is named by the read, set aside, and the rest is read', async () => {
  await using store = await openTestStore();
  const { engine } = store;
  await storeParts(store, 3);
  const [first = ''] = await partFolders(engine);
  assert.equal(expectOk(await checkPart(engine, namedBy(first))).whole, true);
  assert.equal(expectOk(await setAsideIfDamaged(engine, namedBy(first))), false, 'a whole part stays');
  flipBytes(join(first, 'data.bin'));

  const read = await readAll(engine);
  assert.ok(!read.ok);
  const part = namedBy(first);
  assert.deepEqual(read.failure.cause, part);
  assert.match(read.failure.message, new RegExp(`^Part ${part.part} of spans is damaged on disk`));
  assert.match(expectOk(await checkPart(engine, part)).reason, /[Cc]hecksum/);
  assert.equal(expectOk(await setAsideIfDamaged(engine, part)), true);

  expectOk(await readAll(engine));
  assert.equal(await countRows(store, 'spans', '1'), 2 * ROWS);
  const [aside, ...others] = expectOk(await listSetAside(engine));
  assert.deepEqual([aside?.table, aside?.part, aside?.reason, others], ['spans', part.part, 'detached', []]);
  assert.ok((aside?.bytes ?? 0) > 0 && aside?.path.includes('/detached/'));
});

test('what a start finds damaged is set aside by name, whatever is wrong with it', async (t) => {
  await using store = await openTestStore();
  const damages: readonly [string, (folder: string) => void][] = [
    ['checksums', (folder) => flipBytes(join(folder, 'checksums.txt'))],
    ['data cut off', (folder) => truncateSync(join(folder, 'data.bin'), 100)],
    ['data gone', (folder) => rmSync(join(folder, 'data.bin'))],
    ['index', (folder) => flipBytes(join(folder, fileOf(folder, /^primary\./)))],
    ['marks', (folder) => flipBytes(join(folder, fileOf(folder, /^data\.c?mrk/)))],
    ['metadata version', (folder) => writeFileSync(join(folder, 'metadata_version.txt'), 'x')],
    ['columns', (folder) => flipBytes(join(folder, 'columns.txt'))],
    ['count', (folder) => rmSync(join(folder, 'count.txt'))],
    [
      'empty folder',
      (folder) => {
        for (const name of readdirSync(folder)) rmSync(join(folder, name));
      },
    ],
  ];
  await storeParts(store, damages.length + 2);
  const folders = await partFolders(store.engine);
  await store.engine[Symbol.asyncDispose]();
  for (const [at, [, damage]] of damages.entries()) damage(folders[at] ?? '');

  await using engine = createEmbeddedEngine({ path: join(store.folder, 'engine') });
  expectOk(await engine.start());
  // What the start does not look into, the first reads find.
  for (let tries = 0; tries < damages.length; tries++) {
    const read = await readAll(engine);
    if (read.ok) break;
    const { cause, message } = read.failure;
    assert.ok(typeof cause === 'object' && cause !== null && 'part' in cause, message);
    expectOk(await setAsideIfDamaged(engine, cause as ReturnType<typeof namedBy>));
  }
  const aside = expectOk(await listSetAside(engine));
  for (const { part, reason, bytes } of aside) t.diagnostic(`${part}: ${reason}, ${bytes} bytes`);
  const survivors = await partFolders(engine);
  for (const folder of folders.slice(damages.length))
    assert.ok(survivors.includes(folder), 'whole parts stay');
  for (const [at, [what]] of damages.entries()) {
    const name = namedBy(folders[at] ?? '').part;
    const isAside = aside.some(({ part }) => part.endsWith(name));
    // A part may also be whole enough to be read: then all of it is.
    assert.ok(isAside || survivors.includes(folders[at] ?? ''), what);
  }
  assert.ok(aside.length >= 7, `${aside.length} are set aside`);
  const read = expectOk(await readAll(engine));
  const [block] = expectOk(decodeNativeBlocks(read.blocks));
  assert.equal(block?.numbers('rows')[0], survivors.length * ROWS);
});

test('only damage names a part', () => {
  const message =
    'Code: 40. (while reading from part /d/store/07a/07ab33d3-a267-4309-8c3c-0e6b0077304a/20261124_1_1_0/ in table tracewright.spans (07ab33d3) located on disk default)';
  assert.deepEqual(damagedPartIn(40, message), {
    database: 'tracewright',
    table: 'spans',
    part: '20261124_1_1_0',
  });
  assert.equal(damagedPartIn(241, message), undefined, 'memory');
  assert.equal(damagedPartIn(40, 'Checksum does not match'), undefined);
});

function namedBy(folder: string): { database: string; table: string; part: string } {
  return { database: 'tracewright', table: 'spans', part: folder.replace(/\/$/, '').split('/').at(-1) ?? '' };
}

function fileOf(folder: string, name: RegExp): string {
  return readdirSync(folder).find((file) => name.test(file)) ?? '';
}
