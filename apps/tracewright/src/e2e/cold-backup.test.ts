/**
 * Backups of a store with a cold tier, in a folder on another disk and in a bucket: all of it is in them, or what was
 * left in its bucket is found again or named as lost; and a bucket serves one data folder at a time.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { BucketServer } from '@tracewright/storage/testing/bucket-server';
import { encodeTracesProtobuf } from '@tracewright/wire';
import { numberedSpan, numberedSpans } from '../testing/numbered-spans.ts';
import { RunningServer, runProgram } from '../testing/running-server.ts';
import { postOtlp } from '../testing/send-otlp.ts';

/** The program, five days ago. */
const EARLIER = {
  NODE_OPTIONS:
    '--import=data:text/javascript,const{now}=Date;globalThis.Date=class%20extends%20Date{constructor(...a){a.length?super(...a):super(Date.now())}static%20now(){return%20now()-432e6}}',
};
const ROWS = 10;
const NOBODY = ['--server', 'http://127.0.0.1:9'];

type Tier = Readonly<Record<string, string>>;

function bucketTier(bucket: BucketServer): Tier {
  const { endpoint, bucket: name, prefix, accessKeyId, secretAccessKey } = bucket.tier();
  const s3 = 'TRACEWRIGHT_STORAGE_TIERS_COLD_S3';
  return {
    TRACEWRIGHT_STORAGE_TIERS_COLD_AFTER: '1d',
    [`${s3}_ENDPOINT`]: endpoint,
    [`${s3}_BUCKET`]: name,
    [`${s3}_PREFIX`]: prefix,
    [`${s3}_ACCESS_KEY_ID`]: accessKeyId,
    [`${s3}_SECRET_ACCESS_KEY`]: secretAccessKey,
  };
}

function folderTier(path: string): Tier {
  return { TRACEWRIGHT_STORAGE_TIERS_COLD_AFTER: '1d', TRACEWRIGHT_STORAGE_TIERS_COLD_PATH: path };
}

async function coldRows(server: RunningServer): Promise<number | undefined> {
  return (await server.status())?.storage.tiers?.find(({ tier }) => tier === 'cold')?.rows;
}

/** A server with ten spans that are cold and ten that are not. */
async function startTiered(tier: Tier): Promise<RunningServer> {
  const server = await RunningServer.reserve();
  server.env = EARLIER;
  await server.restart();
  await send(server, 0);
  await server.settled();
  assert.equal(await server.stop(), 0);
  server.env = tier;
  await server.restart();
  await send(server, 100);
  await server.settled();
  await server.until('the day is cold', async () => (await coldRows(server)) === ROWS);
  return server;
}

async function send(server: RunningServer, from: number): Promise<void> {
  const post = await postOtlp(server, 'traces', encodeTracesProtobuf(numberedSpans(from, ROWS)));
  assert.equal(post.status, 200);
}

/** Starts a server on the folder, and sees that all is found and well; gives how many rows are cold. */
async function answers(dataPath: string, tier: Tier): Promise<number> {
  const server = await RunningServer.reserve([], undefined, { dataPath });
  server.env = tier;
  try {
    await server.restart();
    await server.settled();
    for (const number of [0, 100]) {
      const found = await fetch(server.api(`/traces/${numberedSpan(number).traceId}`));
      assert.equal(found.status, 200, `${number}: ${await found.text()}`);
    }
    const checked = await runProgram(['check', '--json', '--server', server.url('api')], tier).ended;
    const { ok, rows } = JSON.parse(checked.stdout) as { ok: boolean; rows: number };
    assert.ok(ok && rows > 0, checked.stdout);
    const cold = (await coldRows(server)) ?? 0;
    assert.equal(await server.stop(), 0);
    return cold;
  } finally {
    await server.dispose();
  }
}

/** The path of each cold part's `data.bin` in a backup, with its inode. */
function coldFiles(backup: string): ReadonlyMap<string, number> {
  const day = new Date(Date.now() - 432e6).toISOString().slice(0, 10).replaceAll('-', '');
  const store = join(backup, 'engine', 'store');
  const names = readdirSync(store, { recursive: true, encoding: 'utf8' });
  const found = names.filter((name) => name.includes(`/${day}_`) && name.endsWith('data.bin'));
  return new Map(found.map((name) => [name, statSync(join(store, name)).ino]));
}

/** Where there is a disk of its own, so that nothing can be linked from there. */
function otherDisk(): string {
  return mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'tracewright-cold-disk-'));
}

for (const kind of ['a folder on another disk', 'a bucket'] as const) {
  test(`what lies in ${kind} is in a backup, and is fetched once`, { timeout: 240_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tracewright-cold-backup-'));
    const disk = otherDisk();
    await using bucket = await BucketServer.start();
    const tier = kind === 'a bucket' ? bucketTier(bucket) : folderTier(join(disk, 'cold'));
    const server = await startTiered(tier);
    const [first, second, third] = ['1', '2', '3'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    const run = (...args: string[]) => runProgram(args, tier).ended;
    try {
      const made = await run('backup', first, '--server', server.url('api'));
      assert.equal(made.code, 0, made.stderr);
      assert.match(made.stderr, /^Backing up: .* 100 %$/m);
      const more = await run('backup', second, '--base', first, '--server', server.url('api'));
      assert.equal(more.code, 0, more.stderr);
      const [before, since] = [coldFiles(first), coldFiles(second)];
      assert.ok(before.size > 0);
      assert.deepEqual(since, before, 'what did not change is linked, and not fetched again');
      const cold =
        kind === 'a bucket' ? join(server.dataPath, 'engine', 'cold-metadata') : join(disk, 'cold');
      await server.until('nothing is held any more', async () => held(cold).length === 0);

      if (kind === 'a bucket') {
        const blind = await runProgram(['backup', third, '--server', server.url('api')]).ended;
        assert.equal(blind.code, 2, blind.stderr);
        assert.match(blind.stderr, /bucket http.*does not name it.*--leave-cold/);
      } else {
        const left = await run('backup', third, '--leave-cold', '--server', server.url('api'));
        assert.equal(left.code, 2);
        assert.match(left.stderr, /--leave-cold is for a bucket/);
      }
      assert.ok(!existsSync(third) && !existsSync(`${third}.partial`));
      const nowhere = await run('backup', '/proc/nowhere/backup', '--server', server.url('api'));
      assert.equal(nowhere.code, 1);
      assert.match(nowhere.stderr, /Cannot back up to \/proc\/nowhere\/backup: /);

      // A server that dies while a backup goes on leaves nothing held for ever.
      const taken = await fetch(server.api('/snapshots'), { method: 'POST' });
      assert.equal(taken.status, 200);
      assert.equal(held(cold).length, 1);
      await server.kill();
      const stopped = await run('backup', third, '--data', server.dataPath, ...NOBODY);
      assert.equal(stopped.code, 0, stopped.stderr);
      assert.equal(coldFiles(third).size, before.size);
      await server.restart();
      await server.until('nothing is held any more', async () => held(cold).length === 0);
      assert.equal(await server.stop(), 0);

      if (kind !== 'a bucket') {
        renameSync(join(disk, 'cold'), join(disk, 'away'));
        const torn = await run('backup', join(folder, 'torn'), '--data', server.dataPath, ...NOBODY);
        assert.equal(torn.code, 1);
        assert.match(
          torn.stderr,
          /would lack what lies on the cold tier, which is away: .*is its disk mounted/,
        );
      }
      for (const backup of [second, third]) {
        const target = `${backup}-restored`;
        const restored = await run('restore', backup, '--data', target);
        assert.equal(restored.code, 0, restored.stderr);
        assert.equal(await answers(target, {}), 0);
      }
    } finally {
      await server.dispose();
      for (const path of [folder, disk]) rmSync(path, { recursive: true, force: true });
    }
  });
}

/** The pictures that the engine holds of a tier. */
function held(cold: string): readonly string[] {
  const shadow = join(cold, 'shadow');
  return existsSync(shadow) ? readdirSync(shadow).filter((name) => /^[\da-f]{32}$/.test(name)) : [];
}

test('what was left in its bucket is found by a restore, which takes the bucket over', {
  timeout: 240_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tracewright-cold-backup-'));
  await using bucket = await BucketServer.start();
  const tier = bucketTier(bucket);
  const server = await startTiered(tier);
  const backup = join(folder, 'backup');
  const [one, two] = [join(folder, 'one'), join(folder, 'two')];
  const run = (...args: string[]) => runProgram(args, tier).ended;
  try {
    // The command needs no key for it.
    const made = await runProgram(['backup', backup, '--leave-cold', '--server', server.url('api')]).ended;
    assert.equal(made.code, 0, made.stderr);
    assert.match(made.stderr, /in (\d+) objects stay in http:.*: a restore needs them there/);
    const manifest = readFileSync(join(backup, 'backup.json'), 'utf8');
    const left = [...manifest.matchAll(/"path":"(store\/[^"]*)","objects"/g)].map(([, path = '']) => path);
    assert.ok(left.length > 0 && left.every((path) => !existsSync(join(backup, 'engine', path))));
    assert.ok(
      /"objects":\[\{"key":"cold\/[^"]+","bytes":\d+\}/.test(manifest) && !manifest.includes('S3RVER'),
    );
    assert.equal(await server.stop(), 0);

    const blind = await runProgram(['restore', backup, '--data', one]).ended;
    assert.equal(blind.code, 2);
    assert.match(blind.stderr, /the configuration at hand does not name it/);
    for (const target of [one, two]) {
      const restored = await run('restore', backup, '--data', target);
      assert.equal(restored.code, 0, restored.stderr);
      assert.match(restored.stderr, /parts stay in http:.*, which belongs to this folder from now on/);
      assert.equal(await answers(target, tier), ROWS);
    }
    for (const former of [server.dataPath, one]) {
      const old = await RunningServer.reserve([], undefined, { dataPath: former });
      old.env = tier;
      try {
        await old.restart();
        assert.match(old.log, /is the cold tier of another data folder/);
        assert.equal(await old.stop(), 0);
      } finally {
        await old.dispose();
      }
    }

    bucket.loseOne();
    const lost = join(folder, 'lost');
    const refused = await run('restore', backup, '--data', lost);
    assert.equal(refused.code, 2);
    assert.match(
      refused.stderr,
      /\d of \d cold parts, of what arrived on \d{8}, lack objects.*--without-lost/,
    );
    assert.ok(!existsSync(join(lost, 'engine')));
    const partly = await run('restore', backup, '--data', lost, '--without-lost');
    assert.equal(partly.code, 0, partly.stderr);
    assert.match(partly.stderr, /cold parts, of what arrived on \d{8}, are left out/);
    const copy = await RunningServer.reserve([], undefined, { dataPath: lost });
    copy.env = tier;
    try {
      await copy.restart();
      assert.equal((await fetch(copy.api(`/traces/${numberedSpan(100).traceId}`))).status, 200);
      assert.equal(await copy.stop(), 0);
    } finally {
      await copy.dispose();
    }
  } finally {
    await server.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
});
