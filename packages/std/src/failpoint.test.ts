/** Failpoints end the process at the step and pass that is ordered, once, and nowhere else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { armFailpoints, FAILPOINT_VARIABLE, failpoint } from './failpoint.ts';

test('a file of its name ends the process at a step: once, at its pass, after its delay', () => {
  const done: string[] = [];
  const files = new Map<string, string>();
  const arm = (folder: string | undefined): void =>
    armFailpoints({
      process: {
        pid: 7,
        env: { [FAILPOINT_VARIABLE]: folder },
        kill: (pid, signal) => done.push(`kill ${pid} ${signal}`),
        exit: (code) => {
          throw new Error(`exit ${code}`);
        },
      },
      fs: {
        existsSync: (path) => files.has(path),
        readFileSync: (path) => files.get(path) ?? assert.fail(path),
        writeFileSync: (path, text) => files.set(path, text),
        unlinkSync: (path) => {
          if (!files.delete(path)) throw new Error('ENOENT');
        },
      },
      setTimeout: (callback, delayMs) => {
        done.push(`after ${delayMs}`);
        callback();
      },
    });
  files.set('/f/one', '');
  arm(undefined);
  failpoint('one');
  assert.deepEqual(done, [], 'nothing is armed without a folder');

  arm('/f');
  failpoint('other');
  assert.deepEqual(done, []);
  failpoint('one');
  failpoint('one');
  assert.deepEqual(done.splice(0), ['kill 7 SIGKILL']);
  files.set('/f/two', '{"pass":3,"delayMs":5}');
  failpoint('two');
  failpoint('two');
  assert.deepEqual(done, []);
  failpoint('two');
  assert.deepEqual(done.splice(0), ['after 5', 'kill 7 SIGKILL']);
  files.set('/f/three', '{"thread":true}');
  assert.throws(() => failpoint('three'), /exit 1/);
  assert.equal(files.size, 0);
});
