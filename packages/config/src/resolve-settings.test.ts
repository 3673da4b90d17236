import assert from 'node:assert/strict';
import { test } from 'node:test';
import { environmentLayer } from './environment-layer.ts';
import { fileLayer } from './file-layer.ts';
import { flagLayer } from './flag-layer.ts';
import { configAsJson, printedSettings } from './print-config.ts';
import { printOrigin, printProblem } from './problem.ts';
import { type Config, originOf, resolveSettings } from './resolve-settings.ts';
import { testSettings } from './test-settings.ts';

type Given = { file?: string; env?: Record<string, string>; flags?: string[] };

function resolve({
  file = '',
  env = {},
  flags = [],
}: Given): ReturnType<typeof resolveSettings<typeof testSettings.tree>> {
  return resolveSettings(testSettings, {
    layers: [
      fileLayer(testSettings, file, 't.yaml'),
      environmentLayer(testSettings, env, []),
      flagLayer(testSettings, flags, []),
    ],
    defaults: { 'storage.path': '/var/data' },
    expandPath: (path) => path.replace(/^~/, '/home/me'),
  });
}

function resolved(given: Given): Config<typeof testSettings.tree> {
  const result = resolve(given);
  assert.ok(result.ok, result.ok ? '' : result.failure.map(printProblem).join('\n'));
  return result.value;
}

test('flag wins over environment, environment over file, file over default', () => {
  const file = 'wal: {sync: group}\nlisten: {host: file.example}\napi: {port: 1}\n';
  const env = { TRACEWRIGHT_LISTEN_HOST: 'env.example', TRACEWRIGHT_API_PORT: '2' };
  const config = resolved({ file, env, flags: ['--api.port', '3'] });
  // The types of the values come from the tree: an enum is its words, a port is a number.
  const sync: 'none' | 'group' = config.values.wal.sync;
  const port: number = config.values.api.port;
  assert.deepEqual([sync, config.values.listen.host, port], ['group', 'env.example', 3]);
  assert.equal(config.values.storage.retention.age, 14 * 86_400_000);
  const from = (key: string): string => printOrigin(originOf(config, key));
  assert.equal(from('wal.sync'), 't.yaml:1');
  assert.equal(from('listen.host'), 'env TRACEWRIGHT_LISTEN_HOST');
  assert.equal(from('api.port'), 'flag --api.port');
  assert.equal(from('storage.retention.age'), 'default');
});

test('paths are expanded, and the machine may know a default', () => {
  assert.equal(resolved({}).values.storage.path, '/var/data');
  assert.equal(resolved({ flags: ['--data', '~/d'] }).values.storage.path, '/home/me/d');
});

test('all problems of all layers are reported at once, also those a stronger layer hides', () => {
  const result = resolve({
    file: 'wal: {sync: grup}\nstorage:\n  memoryMax: 1MiB\n  retention: {age: 14}\n',
    env: { TRACEWRIGHT_API_ENABLED: 'perhaps', TRACEWRIGHT_X: '1' },
    flags: ['--wal.sync', 'none', '--api.port', 'http', '--listen.hst', 'x'],
  });
  assert.ok(!result.ok);
  assert.deepEqual(result.failure.map(printProblem), [
    'env TRACEWRIGHT_X: unknown variable TRACEWRIGHT_X',
    'flag --listen.hst: unknown flag --listen.hst; did you mean --listen.host?',
    't.yaml:1:13: wal.sync cannot be "grup"; expected one of none, group; did you mean group?',
    't.yaml:3:14: storage.memoryMax cannot be "1MiB"; expected a size such as 64MiB or 1.5GiB of at least 256MiB',
    't.yaml:4:20: storage.retention.age cannot be "14"; expected a duration such as 300ms, 30s or 14d',
    'env TRACEWRIGHT_API_ENABLED: api.enabled cannot be "perhaps"; expected true or false',
    'flag --api.port: api.port cannot be "http"; expected a port from 0 (any free one) to 65535',
  ]);
});

test('rules between settings are asked when each value is right', () => {
  const rules = (config: Config<typeof testSettings.tree>) =>
    config.values.api.port === 7 ? [{ origin: originOf(config, 'api.port'), message: 'seven is taken' }] : [];
  const layers = [fileLayer(testSettings, 'api: {port: 7}', 't.yaml')];
  const result = resolveSettings(testSettings, { layers, rules });
  assert.deepEqual(result.ok ? [] : result.failure.map(printProblem), ['t.yaml:1:13: seven is taken']);
});

test('secrets are shown neither in print, nor in JSON, nor in problems', () => {
  const config = resolved({ file: 'auth: {token: hunter2}' });
  assert.equal(config.values.auth.token, 'hunter2');
  const printed = printedSettings(config).find((setting) => setting.key === 'auth.token');
  assert.deepEqual([printed?.text, printed?.from], ['(set)', 't.yaml:1']);
  assert.equal(printedSettings(resolved({})).find((setting) => setting.key === 'auth.token')?.text, '');
  assert.ok(!JSON.stringify(configAsJson(config)).includes('hunter2'));
  assert.equal(configAsJson(config).find((setting) => setting.key === 'auth.token')?.set, true);
  const wrong = resolve({ file: 'auth: {token: "hunter2\\n"}' });
  assert.ok(!wrong.ok && !wrong.failure.map(printProblem).join().includes('hunter2'));
});
