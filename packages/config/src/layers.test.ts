import assert from 'node:assert/strict';
import { test } from 'node:test';
import { environmentLayer } from './environment-layer.ts';
import { fileLayer } from './file-layer.ts';
import { flagLayer } from './flag-layer.ts';
import type { Layer } from './layer.ts';
import { printProblem } from './problem.ts';
import { testSettings } from './test-settings.ts';

const problemsOf = (layer: Layer): string[] => layer.problems.map(printProblem);
const entriesOf = (layer: Layer): unknown[] => layer.entries.map(({ key, raw }) => [key, raw]);

test('the file gives keys with line and column', () => {
  const text = 'listen:\n  host: 0.0.0.0\n  allowedHosts: [a, 7]\nauth:\n  token: 0012\napi:\n';
  const layer = fileLayer(testSettings, text, 't.yaml');
  assert.deepEqual(problemsOf(layer), []);
  assert.deepEqual(entriesOf(layer), [
    ['listen.host', '0.0.0.0'],
    ['listen.allowedHosts', ['a', '7']],
    ['auth.token', '0012'],
  ]);
  assert.deepEqual(layer.entries[0]?.origin, { kind: 'file', path: 't.yaml', line: 2, column: 9 });
});

test('all mistakes of a file are reported, each with its place and the nearest key', () => {
  const text = [
    'listen:',
    '  hsot: x',
    'wall:',
    '  sync: none',
    'storage:',
    '  retention: 14d',
    '  path:',
    'api: { port: [1], enabled: {} }',
    'listen.host: x',
    'colour: red',
    'auth: {token: [a]}',
  ].join('\n');
  assert.deepEqual(problemsOf(fileLayer(testSettings, text, 't.yaml')), [
    't.yaml:2:3: unknown key listen.hsot; did you mean listen.host?',
    't.yaml:3:1: unknown key wall; did you mean wal?',
    't.yaml:6:14: section storage.retention is no mapping; expected key: value',
    't.yaml:7:8: storage.path has no value; expected a path',
    't.yaml:8:14: api.port is a list; expected a port from 0 (any free one) to 65535',
    't.yaml:8:28: api.enabled is a mapping; expected true or false',
    't.yaml:9:1: key listen.host is dotted; expected nested sections',
    't.yaml:10:1: unknown key colour',
    't.yaml:11:15: auth.token is a list; expected a text on one line that is not empty',
  ]);
});

test('files that are no YAML, or more than one document, are refused with a line', () => {
  assert.match(
    problemsOf(fileLayer(testSettings, 'api:\n  port: [1\nwal: {}\n', 't.yaml'))[0] ?? '',
    /^t\.yaml:\d+:\d+: /,
  );
  assert.match(
    problemsOf(fileLayer(testSettings, 'api: {}\napi: {}\n', 't.yaml'))[0] ?? '',
    /^t\.yaml:2:1: map keys/i,
  );
  assert.match(
    problemsOf(fileLayer(testSettings, 'api:\n---\nwal:\n', 't.yaml'))[0] ?? '',
    /second YAML document/,
  );
  assert.match(problemsOf(fileLayer(testSettings, '- a\n', 't.yaml'))[0] ?? '', /the file is no mapping/);
});

test('empty files, comments and anchors are understood; a cycle of anchors ends', () => {
  assert.deepEqual(entriesOf(fileLayer(testSettings, '', 't.yaml')), []);
  assert.deepEqual(entriesOf(fileLayer(testSettings, '# nothing\n', 't.yaml')), []);
  const shared = fileLayer(testSettings, 'listen:\n  host: &h ::1\n  allowedHosts: [*h]\n', 't.yaml');
  assert.deepEqual(entriesOf(shared), [
    ['listen.host', '::1'],
    ['listen.allowedHosts', ['::1']],
  ]);
  const cycle = fileLayer(testSettings, 'storage: &a\n  retention: *a\n', 't.yaml');
  assert.deepEqual(problemsOf(cycle), [
    't.yaml:2:3: unknown key storage.retention.retention; did you mean storage.retention.age?',
  ]);
  const inherited = fileLayer(testSettings, '__proto__: {}\ntoString: 1\n$about: x\n', 't.yaml');
  assert.equal(inherited.problems.length, 3);
});

test('the environment gives keys, and unknown variables are named', () => {
  const layer = environmentLayer(
    testSettings,
    {
      TRACEWRIGHT_LISTEN_ALLOWED_HOSTS: 'a,b',
      TRACEWRIGHT_AUTH_TOKEN: '',
      TRACEWRIGHT_WALL_SYNC: 'none',
      TRACEWRIGHT_CONFIG: 'x',
      PATH: '/bin',
    },
    ['TRACEWRIGHT_CONFIG'],
  );
  assert.deepEqual(entriesOf(layer), [['listen.allowedHosts', 'a,b']]);
  assert.deepEqual(problemsOf(layer), [
    'env TRACEWRIGHT_WALL_SYNC: unknown variable TRACEWRIGHT_WALL_SYNC; did you mean TRACEWRIGHT_WAL_SYNC?',
  ]);
});

test('variables that Kubernetes makes for a service of the same name are no settings', () => {
  const layer = environmentLayer(
    testSettings,
    {
      TRACEWRIGHT_SERVICE_HOST: '10.0.0.7',
      TRACEWRIGHT_SERVICE_PORT: '4317',
      TRACEWRIGHT_SERVICE_PORT_OTLP_GRPC: '4317',
      TRACEWRIGHT_PORT: 'tcp://10.0.0.7:4317',
      TRACEWRIGHT_PORT_4317_TCP: 'tcp://10.0.0.7:4317',
      TRACEWRIGHT_PORT_4317_TCP_ADDR: '10.0.0.7',
      TRACEWRIGHT_PORT_4317_TCP_PROTO: 'tcp',
      TRACEWRIGHT_API_PORT: 'tcp://10.0.0.8:16686',
    },
    [],
  );
  assert.deepEqual(layer, { entries: [], problems: [] });
});

test('flags in every spelling give keys; the rest stays for the command', () => {
  const args = [
    '--listen.host',
    '::1',
    '--wal.sync=group',
    '--data',
    'd',
    '--json',
    '--api.enabled',
    '--api.port',
    '0',
    'x',
  ];
  const layer = flagLayer(testSettings, args, ['--json']);
  assert.deepEqual(problemsOf(layer), []);
  assert.deepEqual(layer.rest, ['--json', 'x']);
  assert.deepEqual(entriesOf(layer), [
    ['listen.host', '::1'],
    ['wal.sync', 'group'],
    ['storage.path', 'd'],
    ['api.enabled', 'true'],
    ['api.port', '0'],
  ]);
});

test('a boolean is switched by --no-, a word, or standing alone; lists add up; the last of others wins', () => {
  const of = (...args: string[]): unknown[] => entriesOf(flagLayer(testSettings, args, []));
  assert.deepEqual(of('--no-api.enabled'), [['api.enabled', 'false']]);
  assert.deepEqual(of('--api.enabled', 'off'), [['api.enabled', 'off']]);
  assert.deepEqual(of('--listen.allowedHosts', 'a,b', '--listen.allowedHosts=c'), [
    ['listen.allowedHosts', ['a', 'b', 'c']],
  ]);
  assert.deepEqual(of('--host', 'a', '--host', 'b'), [['listen.host', 'b']]);
  assert.deepEqual(flagLayer(testSettings, ['--', '--wal.sync'], []).rest, ['--', '--wal.sync']);
});

test('unknown flags and missing values are all reported', () => {
  const layer = flagLayer(
    testSettings,
    ['--listen.hots', 'x', '--wal.sync', '--dta=d', '--verbose', '-c', 'f'],
    ['--config'],
  );
  assert.deepEqual(problemsOf(layer), [
    'flag --listen.hots: unknown flag --listen.hots; did you mean --listen.host?',
    'flag --wal.sync: no value follows',
    'flag --dta: unknown flag --dta; did you mean --data?',
    'flag --verbose: unknown flag --verbose',
  ]);
  assert.deepEqual(layer.rest, ['-c', 'f']);
});
