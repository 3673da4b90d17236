import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faults } from './faults.ts';
import { parseFlags, printHelp } from './flags.ts';

function messageOf(...args: string[]): string {
  const result = parseFlags(args, {});
  return result.kind === 'wrong' ? result.message : result.kind;
}

test('flags are parsed, and what is left out has a default', () => {
  const result = parseFlags(
    ['--rate', '2.5', '--fault', 'slow-query,n-plus-one', '--fault=clock-skew', '--duration', '60'],
    {},
  );
  assert.deepEqual(result, {
    kind: 'flags',
    flags: {
      actionsPerSecond: 2.5,
      durationSeconds: 60,
      faults: ['slow-query', 'n-plus-one', 'clock-skew'],
      controlPort: 0,
      endpoint: undefined,
      dataFolder: undefined,
      withPython: true,
    },
  });
});

test('the endpoint of the environment counts, a flag counts more', () => {
  const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' };
  const fromEnvironment = parseFlags([], environment);
  assert(fromEnvironment.kind === 'flags');
  assert.equal(fromEnvironment.flags.endpoint, 'http://127.0.0.1:1');
  const fromFlag = parseFlags(['--endpoint', 'http://127.0.0.1:2'], environment);
  assert(fromFlag.kind === 'flags');
  assert.equal(fromFlag.flags.endpoint, 'http://127.0.0.1:2');
});

test('a mistake is told in a sentence', () => {
  assert.match(messageOf('--rate', 'fast'), /--rate is fast, expected a number from 0 to/);
  assert.match(messageOf('--rate', '-1'), /--rate/);
  assert.match(messageOf('--duration', '0'), /--duration is 0, expected/);
  assert.match(messageOf('--control-port', '70000'), /expected a port/);
  assert.match(messageOf('--fault', 'slow'), /There is no fault slow; there are slow-query, /);
  assert.match(messageOf('--endpoint', 'localhost:4318'), /expected an address such as/);
  assert.match(messageOf('--no-such-flag'), /no-such-flag/);
});

test('the help names every fault', () => {
  for (const fault of faults) assert(printHelp().includes(fault.name));
  assert.equal(parseFlags(['-h'], {}).kind, 'help');
});
