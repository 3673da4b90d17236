/**
 * Backups of a running server: all that was acknowledged before is in them, once; what is restored answers the same;
 * a backup that was cut short does not look like one; and nothing is replaced or believed unseen.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { encodeTracesProtobuf } from '@tracewright/wire';
import { runCli } from '../cli/run-cli.ts';
import { testTerminal } from '../cli/testing/test-terminal.ts';
import { SPANS_A_REQUEST, startNumberedLoad } from '../testing/numbered-load.ts';
import { numberedSpan, numberedSpans } from '../testing/numbered-spans.ts';
import { type Run, RunningServer } from '../testing/running-server.ts';
import { postOtlp } from '../testing/send-otlp.ts';
import { storedNumbers } from '../testing/stored-rows.ts';

const PROGRAM = fileURLToPath(new URL('../main.ts', import.meta.url));
let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracewright-backup-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** In this process: a start of the program costs more than most of what is asked of it here. */
async function run(...args: string[]): Promise<Run> {
  const { terminal, out, err } = testTerminal({ env: { HOME: folder } });
  const code = await runCli(args, terminal);
  return { code, stdout: out(), stderr: err() };
}
const idOf = (number: number): string => (number + 1).toString(16).padStart(16, '0');

test('under load: all that was acknowledged before is in the backup, once, and answers the same', {
  timeout: 180_000,
}, async (t) => {
  const server = await RunningServer.start();
  const [first, second, restored] = ['first', 'second', 'restored'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  let promised: readonly number[] = [];
  let sent = new Set<number>();
  try {
    await using load = startNumberedLoad(server, 3, ['traces', 'traces', 'logs'], { pauseMs: 50 });
    await server.until('there is load', async () => load.acknowledged.length > 60);
    const made = await run('backup', first, '--server', server.url('api'));
    assert.deepEqual([made.code, made.stdout], [0, ''], made.stderr);
    assert.match(made.stderr, /^Backing up: .* 100 %\n(?:.*\n)*Backed up .* files to /m);

    promised = [...load.acknowledged];
    const again = await run(
      'backup',
      second,
      '--base',
      first,
      '--server',
      server.url('api'),
      '--copy',
      '--json',
    );
    assert.equal(again.code, 0, again.stderr);
    const told = JSON.parse(again.stdout);
    t.diagnostic(`${promised.length} requests before; ${told.files} files, ${told.bytes} bytes`);
    await load.stop();
    sent = new Set([...load.acknowledged, ...load.unknown]);
    await server.settled();
    const { wal, storage } = (await server.status()) ?? assert.fail('no status');
    assert.deepEqual([wal.quarantined, storage.setAside], [[], []]);
    assert.ok(
      !existsSync(join(server.dataPath, 'snapshots')) ||
        readdirSync(join(server.dataPath, 'snapshots')).length === 0,
    );
    const ino = (backup: string) =>
      new Map(partFiles(backup).map((path) => [path, statSync(join(backup, path)).ino]));
    const [before, since] = [ino(first), ino(second)];
    assert.ok(
      [...since].some(([path, number]) => before.get(path) === number),
      'what did not change is linked',
    );

    const back = await run('restore', second, '--data', restored);
    assert.equal(back.code, 0, back.stderr);
    assert.match(back.stderr, /Restored .* as of 20/);
    const trace = numberedSpan(promised[0] ?? 0).traceId;
    const asked = await (await fetch(server.api(`/traces/${trace}`))).json();
    await server.kill();
    const copy = await RunningServer.start([], undefined, { dataPath: restored });
    try {
      await copy.settled();
      assert.deepEqual(await (await fetch(copy.api(`/traces/${trace}`))).json(), asked);
      const status = (await copy.status()) ?? assert.fail('no status');
      assert.deepEqual([status.wal.quarantined, status.storage.setAside], [[], []]);
      assert.equal(
        (await postOtlp(copy, 'traces', encodeTracesProtobuf(numberedSpans(5_000_000, 1)))).status,
        200,
      );
      assert.equal(await copy.stop(), 0);
    } finally {
      await copy.dispose();
    }
  } finally {
    await server.dispose();
  }
  const rows = await storedNumbers(restored);
  const faults: string[] = [];
  for (const request of promised)
    for (let number = request; number < request + SPANS_A_REQUEST; number++)
      if (rows.get(idOf(number))?.count !== 1)
        faults.push(`${number}: ${rows.get(idOf(number))?.count ?? 0}`);
  assert.deepEqual(faults.slice(0, 10), []);
  for (const [id, { count }] of rows) {
    const number = Number.parseInt(id, 16) - 1;
    assert.ok(
      number >= 5_000_000 || (count === 1 && sent.has(number - (number % SPANS_A_REQUEST))),
      `${id}: ${count}`,
    );
  }
});

test('segments that wait and the floor are in it, and a stopped folder can be backed up, too', {
  timeout: 120_000,
}, async () => {
  const server = await RunningServer.start(['--wal.segmentInterval', '2s']);
  const [running, stopped] = [join(folder, 'running'), join(folder, 'stopped')];
  try {
    await postOtlp(server, 'traces', encodeTracesProtobuf(numberedSpans(0, 10)));
    await server.settled();
    const post = await postOtlp(server, 'traces', encodeTracesProtobuf(numberedSpans(100, 10)));
    assert.equal(post.status, 200);
    // The segment is open: the backup waits until it is closed, and has it.
    const made = await run('backup', running, '--server', server.url('api'));
    assert.equal(made.code, 0, made.stderr);
    const held = await run('backup', stopped, '--data', server.dataPath, '--server', 'http://127.0.0.1:9');
    assert.equal(held.code, 1);
    assert.match(held.stderr, /in use by process \d+.*--server/);
    await postOtlp(server, 'traces', encodeTracesProtobuf(numberedSpans(200, 10)));
    await server.kill();
    const off = await run('backup', stopped, '--data', server.dataPath, '--server', 'http://127.0.0.1:9');
    assert.equal(off.code, 0, off.stderr);
    assert.equal(readdirSync(join(stopped, 'wal')).length, 1);
    for (const [backup, numbers] of [
      [running, [0, 100]],
      [stopped, [0, 100, 200]],
    ] as const) {
      const dataPath = `${backup}-restored`;
      assert.equal((await run('restore', backup, '--data', dataPath, '--copy')).code, 0);
      assert.match(readFileSync(join(dataPath, 'segment-floor'), 'utf8'), /^\d+\n$/);
      const copy = await RunningServer.start([], undefined, { dataPath });
      try {
        await copy.settled();
        await copy.until('each is there once', async () => {
          const tables = (await copy.status())?.storage.tables;
          return tables?.find(({ table }) => table === 'spans')?.rows === numbers.length * 10;
        });
        for (const number of numbers) {
          const found = await fetch(copy.api(`/traces/${numberedSpan(number).traceId}`));
          assert.equal(found.headers.get('x-tracewright-spans'), '10');
          await found.arrayBuffer();
        }
        assert.equal(await copy.stop(), 0);
      } finally {
        await copy.dispose();
      }
    }
  } finally {
    await server.dispose();
  }
});

test('a backup or restore that is cut short does not look complete, and damage is found', {
  timeout: 120_000,
}, async () => {
  const server = await RunningServer.start();
  const [cut, good] = [join(folder, 'cut'), join(folder, 'good')];
  try {
    await postOtlp(server, 'traces', encodeTracesProtobuf(numberedSpans(0, 50)));
    await server.settled();
    // A backup that is killed again and again, soon after it has begun to copy.
    for (const delayMs of [0, 5, 10, 20]) {
      const child = spawn(
        process.execPath,
        [PROGRAM, 'backup', cut, '--server', server.url('api'), '--copy'],
        {
          stdio: 'ignore',
        },
      );
      const ended = once(child, 'exit');
      await server.until('it copies', async () => {
        return existsSync(`${cut}.partial`) || existsSync(cut) || child.exitCode !== null;
      });
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      child.kill('SIGKILL');
      await ended;
      assert.ok(existsSync(`${cut}.partial`) || existsSync(cut), 'it had begun');
      if (existsSync(cut)) assert.ok(existsSync(join(cut, 'backup.json')), 'with its name it is complete');
      rmSync(cut, { recursive: true, force: true });
      rmSync(`${cut}.partial`, { recursive: true, force: true });
      await releaseSnapshots(server);
    }
    // What a killed one left is of no use to the next.
    mkdirSync(join(`${good}.partial`, 'left'), { recursive: true });
    assert.equal((await run('backup', good, '--server', server.url('api'), '--copy')).code, 0);
    assert.ok(!existsSync(join(good, 'left')));
    assert.equal(
      (await run('backup', good, '--server', server.url('api'))).code,
      2,
      'a backup replaces nothing',
    );
  } finally {
    await server.dispose();
  }
  const target = join(folder, 'target');
  const [part = ''] = partFiles(good).filter((path) => path.endsWith('data.bin'));
  const bytes = readFileSync(join(good, part));
  const flipped = Buffer.from(bytes);
  flipped[7] = (flipped[7] ?? 0) ^ 1;
  writeFileSync(join(good, part), flipped);
  const damaged = await run('restore', good, '--data', target);
  assert.equal(damaged.code, 1);
  assert.match(damaged.stderr, /The backup is damaged: 1 of its files .*data\.bin\. Nothing was restored/);
  writeFileSync(join(good, part), bytes);

  mkdirSync(join(target, 'restoring'), { recursive: true });
  const serve = await run('serve', '--data', target);
  assert.equal(serve.code, 1);
  assert.match(serve.stderr, /A restore into .* was cut short: run .*tracewright restore.* again/);
  assert.equal((await run('restore', good, '--data', target)).code, 0);
  assert.ok(!existsSync(join(target, 'restoring')));

  const full = await run('restore', good, '--data', target);
  assert.equal(full.code, 2);
  assert.match(full.stderr, /holds data already .*--force/);
  const itself = await run('restore', good, '--data', join(good, 'data'));
  assert.equal(itself.code, 2);
  assert.match(itself.stderr, /lies in the backup itself/);
  const forced = await run('restore', good, '--data', target, '--force');
  assert.match(forced.stderr, /What was there is in .*before-restore-/);
  assert.equal(forced.code, 0);

  const manifest = readFileSync(join(good, 'backup.json'), 'utf8');
  writeFileSync(join(good, 'backup.json'), manifest.replace(/"schemaVersion":\d+/, '"schemaVersion":999'));
  const newer = await run('restore', good, '--data', join(folder, 'never'));
  assert.equal(newer.code, 1);
  assert.match(newer.stderr, /tables of version 999, and this program knows versions up to \d+/);
  rmSync(join(good, 'backup.json'));
  assert.match(
    (await run('restore', good, '--data', join(folder, 'never'))).stderr,
    /is no backup: it holds no backup\.json/,
  );
});

test('a folder of something else is neither checked nor backed up, and stays as it is', async () => {
  const [other, good] = [join(folder, 'other'), join(folder, 'of nothing')];
  mkdirSync(join(other, 'data'), { recursive: true });
  const file = join(other, 'file');
  writeFileSync(file, '');
  for (const path of [other, file, join(folder, 'nowhere')])
    for (const command of [['check'], ['backup', good]]) {
      const refused = await run(...command, '--data', path, '--server', 'http://127.0.0.1:9');
      assert.equal(refused.code, 1);
      assert.match(refused.stderr, /is no data folder|there is no folder/);
    }
  assert.ok(!existsSync(good));
  assert.deepEqual(readdirSync(other).sort(), ['data', 'file']);
});

test('only this machine, or who has the token, may ask for a snapshot', { timeout: 60_000 }, async () => {
  const server = await RunningServer.start();
  try {
    const ask = (headers: Record<string, string>) =>
      fetch(server.api('/snapshots'), { method: 'POST', headers });
    const forwarded = await ask({ 'x-forwarded-for': '192.0.2.1' });
    assert.equal(forwarded.status, 403);
    assert.match(await forwarded.text(), /for this machine only while no token is asked for/);
    const taken = await ask({});
    assert.equal(taken.status, 200);
    const { snapshot, path } = (await taken.json()) as { snapshot: string; path: string };
    assert.ok(path.startsWith(server.dataPath), 'it lies in the data folder');
    assert.equal((await ask({})).status, 429, 'one at a time');
    const gone = await fetch(server.api(`/snapshots/${snapshot}/release`), { method: 'POST' });
    assert.equal(gone.status, 200);
    assert.ok(!existsSync(path));
    const unknown = await fetch(server.api(`/snapshots/${encodeURIComponent('../..')}/release`), {
      method: 'POST',
    });
    assert.equal(unknown.status, 404);
  } finally {
    await server.dispose();
  }
});

/** What a killed backup holds is let go of by time; here by a restart of nothing but its name. */
async function releaseSnapshots(server: RunningServer): Promise<void> {
  const held = join(server.dataPath, 'snapshots');
  for (const name of existsSync(held) ? readdirSync(held) : [])
    await fetch(server.api(`/snapshots/${name}/release`), { method: 'POST' });
}

function partFiles(backup: string): readonly string[] {
  return readdirSync(join(backup, 'engine', 'store'), { recursive: true, encoding: 'utf8' })
    .filter((path) => /^[^/]+\/[^/]+\/[^/]+\/[^/]+$/.test(path))
    .map((path) => `engine/store/${path}`);
}
