/** Locks of real processes: killed, racing, and such as live where their ids mean nothing here. */
import assert from 'node:assert/strict';
import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { claimPath, type DataLock, type LockOptions, lockDataFolder } from './data-lock.ts';
import type { LockAnswer } from './testing/lock-process.ts';

const ELSEWHERE: LockOptions = { host: 'other', place: 'another pid namespace' };
const QUICK: LockOptions = { beatIntervalMs: 20, staleMs: 400 };

function folder(): Disposable & { path: string; lock: string } {
  const path = mkdtempSync(join(tmpdir(), 'data-lock-'));
  const remove = (): void => rmSync(path, { recursive: true, force: true });
  return { path, lock: join(path, 'tracewright.lock'), [Symbol.dispose]: remove };
}

class Contender implements AsyncDisposable {
  readonly child: ChildProcess = fork(join(import.meta.dirname, 'testing/lock-process.ts'));

  ask(directory: string): Promise<LockAnswer> {
    return new Promise((resolve, reject) => {
      const onExit = (): void => reject(new Error('The process ended'));
      this.child.once('exit', onExit).once('message', (answer: LockAnswer) => {
        this.child.off('exit', onExit);
        resolve(answer);
      });
      this.child.send(directory);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await gone;
  }
}

function taken(directory: string, options?: LockOptions): DataLock {
  const locked = lockDataFolder(directory, options);
  assert.ok(locked.ok, locked.ok ? '' : locked.failure.message);
  return locked.value;
}

function refused(directory: string, options?: LockOptions): string {
  const locked = lockDataFolder(directory, options);
  if (locked.ok) locked.value.release();
  assert.ok(!locked.ok);
  return locked.failure.message;
}

/** What a killed process leaves: a pid that lived here, and does no more. */
function leaveStale(path: string): void {
  const script = `
    import { lockDataFolder } from ${JSON.stringify(join(import.meta.dirname, 'data-lock.ts'))};
    lockDataFolder(process.argv[1]);
    process.kill(process.pid, 'SIGKILL');`;
  spawnSync(process.execPath, ['--input-type=module', '-e', script, path]);
  assert.ok(readdirSync(path).includes('tracewright.lock'));
}

test('a lock is held until it is released, and leaves nothing behind', async () => {
  using data = folder();
  const lock = taken(data.path);
  assert.match(refused(data.path), new RegExp(`in use by process ${process.pid} since .*--data DIR`));
  await using other = new Contender();
  assert.match((await other.ask(data.path)).message, new RegExp(`process ${process.pid}`));
  lock.release();
  assert.deepEqual(readdirSync(data.path), []);
  assert.ok((await other.ask(data.path)).held);
  assert.match(refused(data.path), new RegExp(`process ${other.child.pid}`));
});

test('the lock of a killed process is taken over at once', async () => {
  using data = folder();
  for (let round = 0; round < 3; round++) {
    await using contender = new Contender();
    assert.ok((await contender.ask(data.path)).held);
    assert.match(refused(data.path), /in use/);
  }
  taken(data.path).release();
  assert.deepEqual(readdirSync(data.path), []);
});

test('of processes that start at once exactly one gets the folder, free or left by a killed process', async () => {
  using free = folder();
  using left = folder();
  leaveStale(left.path);
  const stale = readFileSync(left.lock, 'utf8');
  await using first = new Contender();
  await using second = new Contender();
  await using third = new Contender();
  const all = [first, second, third];
  for (let round = 0; round < 300; round++) {
    const directory = round % 2 === 0 ? free.path : left.path;
    // Another lock of the same dead process each time.
    if (directory === left.path) writeFileSync(left.lock, stale.replace(/"nonce":"/, `"nonce":"${round}`));
    const answers = await Promise.all(all.map((contender) => contender.ask(directory)));
    assert.equal(answers.filter(({ held }) => held).length, 1, `${round}: ${JSON.stringify(answers)}`);
    await Promise.all(all.map((contender) => contender.ask('')));
    assert.deepEqual(readdirSync(directory), []);
  }
});

test('a takeover that was killed halfway is taken over itself', () => {
  using data = folder();
  using claimant = folder();
  leaveStale(data.path);
  leaveStale(claimant.path);
  const stale = readFileSync(data.lock, 'utf8');
  writeFileSync(claimPath(data.lock, stale), readFileSync(claimant.lock));
  assert.equal(readdirSync(data.path).length, 2);
  taken(data.path).release();
  assert.deepEqual(readdirSync(data.path), []);
});

test('a lock file that is still empty, or broken, counts as held while it is young', () => {
  using data = folder();
  for (const text of ['', '{', '{}']) {
    writeFileSync(data.lock, text);
    utimesSync(data.lock, new Date(), new Date(Date.now() + 1_000));
    const beganMs = performance.now();
    taken(data.path, QUICK).release();
    assert.ok(performance.now() - beganMs >= 400);
    writeFileSync(data.lock, text);
    utimesSync(data.lock, new Date(0), new Date(0));
    taken(data.path).release();
    assert.deepEqual(readdirSync(data.path), []);
  }
});

test('the living holder of another container is seen by its heartbeat, and its file named', async () => {
  using data = folder();
  await using holder = new Contender();
  assert.ok((await holder.ask(data.path)).held);
  const message = refused(data.path, ELSEWHERE);
  assert.match(message, new RegExp(`process ${holder.child.pid} on host \\S+ since`));
  assert.ok(message.includes(`remove ${data.lock}`), message);
});

test('the lock of a container that was killed is taken over once its heartbeat has stopped', async () => {
  using data = folder();
  {
    await using holder = new Contender();
    assert.ok((await holder.ask(data.path)).held);
  }
  const beganMs = performance.now();
  const lock = taken(data.path, { ...ELSEWHERE, ...QUICK });
  assert.ok(performance.now() - beganMs < 10_000);
  // The killed one's machine, seen from here, has no such heartbeat any more: an old one waits for nothing.
  lock.release();
  leaveStale(data.path);
  utimesSync(data.lock, new Date(0), new Date(0));
  taken(data.path, ELSEWHERE).release();
});

test('who loses the lock is told', async () => {
  using data = folder();
  const lost = Promise.withResolvers<void>();
  const lock = taken(data.path, { ...QUICK, onLost: () => lost.resolve() });
  rmSync(data.lock);
  const other = taken(data.path);
  await lost.promise;
  lock.release();
  assert.match(refused(data.path), /in use/);
  other.release();
});

test('what killed processes left while they tried is cleared away, and what is young left alone', () => {
  using data = folder();
  for (const name of ['old', 'young']) writeFileSync(`${data.lock}.${name}`, '');
  utimesSync(`${data.lock}.old`, new Date(0), new Date(0));
  taken(data.path).release();
  assert.deepEqual(readdirSync(data.path), ['tracewright.lock.young']);
});

test('a folder that cannot be written to is refused with the reason', () => {
  using data = folder();
  assert.match(refused(join(data.path, 'absent')), /Cannot lock the data folder .*ENOENT/);
});
