/** Failpoints end the process at the step and pass that is ordered, and nowhere else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { armFailpoints, failpoint } from './failpoint.ts';

test('an order names a step, its pass, a delay, and whether only the thread ends', () => {
  const done: string[] = [];
  const arm = (order: string | undefined): void =>
    armFailpoints({
      process: {
        pid: 7,
        env: { TRACEWRIGHT_FAILPOINT: order },
        kill: (pid, signal) => done.push(`kill ${pid} ${signal}`),
        exit: (code) => {
          throw new Error(`exit ${code}`);
        },
      },
      say: (line) => done.push(line),
      after: (delayMs, callback) => {
        done.push(`after ${delayMs}`);
        callback();
      },
    });
  arm(undefined);
  failpoint('one');
  assert.deepEqual(done, []);

  arm('one@2, two+5ms,three!thread');
  failpoint('other');
  failpoint('one');
  assert.deepEqual(done, []);
  failpoint('one');
  assert.deepEqual(done.splice(0), ['failpoint one reached\n', 'kill 7 SIGKILL']);
  failpoint('one');
  assert.deepEqual(done, [], 'once');
  failpoint('two');
  assert.deepEqual(done.splice(0), ['after 5', 'failpoint two reached\n', 'kill 7 SIGKILL']);
  assert.throws(() => failpoint('three'), /exit 1/);
});
