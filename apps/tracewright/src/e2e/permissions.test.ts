/**
 * A data folder that may not be used as a whole: the start says in a sentence what, and ends with 1. Nobody is
 * acknowledged into a folder where half of the files fail.
 *
 * To root nothing is forbidden, so where the tests run as root the program runs as another user.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { freePort, LISTENERS, type Run, runProgram } from '../testing/running-server.ts';
import { makeSmallDisk } from '../testing/small-disk.ts';

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
const user = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
const SEGMENT = 'wal/00001760000000123456';
const WORDS = /Cannot use the data folder [^\n]*: [^\n]*/;

let base = '';
before(() => {
  base = mkdtempSync(join(tmpdir(), 'tracewright-permissions-'));
  chmodSync(base, 0o755);
});
after(() => {
  execFileSync('chmod', ['-R', 'u+rwx', base]);
  rmSync(base, { recursive: true });
});

/** A path that the program may use; with `forbidden` one that it may not. */
function make(path: string, kind: 'folder' | 'file', forbidden: boolean = false): string {
  if (kind === 'folder') mkdirSync(path);
  else writeFileSync(path, '1\n');
  if (isRoot && !forbidden) chownSync(path, NOBODY, NOBODY);
  if (forbidden) chmodSync(path, kind === 'folder' ? 0o500 : 0o400);
  return path;
}

async function start(dataPath: string, as: Parameters<typeof runProgram>[2] = user): Promise<Run> {
  const ports = LISTENERS.flatMap((key) => [`--${key}.port`, '0']);
  return runProgram(['serve', '--data', dataPath, ...ports], { HOME: base }, as).ended;
}

function assertTold({ code, stderr }: Run, words: RegExp): void {
  assert.equal(code, 1, stderr);
  const [sentence = ''] = WORDS.exec(stderr) ?? [];
  assert.match(sentence, words, stderr);
  assert.equal(stderr.trim().split('\n').length, 1, stderr);
}

test('a data folder that may not be written, or not be made', async () => {
  const locked = make(join(base, 'locked'), 'folder', true);
  assertTold(await start(locked), /may not write in .*locked\..*--data DIR/);
  assertTold(await start(join(locked, 'below')), /may not (?:write in|make) .*locked/);
});

test('a folder or file in it that belongs to another', async () => {
  const cases: readonly (readonly [path: string, kind: 'folder' | 'file'])[] = [
    ['wal', 'folder'],
    [SEGMENT, 'folder'],
    ['quarantine', 'folder'],
    ['engine', 'folder'],
    ['engine/engine.xml', 'file'],
    ['snapshots', 'folder'],
    ['segment-floor', 'file'],
    ['schema-version', 'file'],
    ['tracewright.lock', 'file'],
  ];
  for (const [at, [path, kind]] of cases.entries()) {
    const data = make(join(base, `data-${at}`), 'folder');
    const parts = path.split('/');
    for (let depth = 1; depth < parts.length; depth++) make(join(data, ...parts.slice(0, depth)), 'folder');
    make(join(data, path), kind, true);
    const told = new RegExp(`may not read and write ${join(data, path)}, which belongs to user \\d+`);
    assertTold(await start(data), told);
    assert.equal(existsSync(join(data, 'reserve')), false, 'nothing was begun');
  }
});

test('what the program makes it may use again, and what is not its own is left alone', async () => {
  const data = make(join(base, 'own'), 'folder');
  make(join(data, 'wal'), 'folder');
  make(join(data, 'wal', 'notes.txt'), 'file', true);
  make(join(data, 'lost+found'), 'folder', true);
  for (let life = 1; life <= 2; life++) {
    const port = await freePort();
    const ports = LISTENERS.flatMap((key) => [`--${key}.port`, key === 'health' ? String(port) : '0']);
    const running = runProgram(['serve', '--data', data, ...ports], { HOME: base }, user);
    const isReady = async (): Promise<boolean> => {
      const answer = await fetch(`http://127.0.0.1:${port}/ready`).catch(() => undefined);
      return answer?.status === 200;
    };
    let hasEnded = false;
    void running.ended.then(() => {
      hasEnded = true;
    });
    while (!hasEnded && !(await isReady())) await new Promise((resolve) => setTimeout(resolve, 50));
    const { code, stderr } = await running.stop();
    assert.equal(code, 0, stderr);
    assert.match(stderr, /Tracewright is ready/);
  }
});

test('a read-only file system', {
  skip: process.platform !== 'linux' && 'it is made by mounting',
}, async () => {
  await using disk = await makeSmallDisk(4);
  const [program = '', ...rest] = [...disk.prefix, 'mount', '-o', 'remount,ro', disk.path];
  mkdirSync(join(disk.seenAt, 'data'));
  execFileSync(program, rest);
  for (const name of ['data', 'new/below'])
    assertTold(
      await start(join(disk.path, name), { prefix: disk.prefix }),
      /lies on a file system that is read-only\. .*--data DIR/,
    );
});
