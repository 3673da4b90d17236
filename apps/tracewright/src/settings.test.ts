import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { flagLayer, printProblem, resolveSettings, sampleFile } from '@tracewright/config';
import { fileLayer } from '@tracewright/config/file';
import { checkConfigFile, loadConfig } from './cli/load-config.ts';
import { settings } from './settings.ts';

const none = flagLayer(settings, [], []);
const load = (flags: string[], env: Record<string, string> = {}): string[] | undefined => {
  const result = loadConfig({ env, cwd: '/', flags: flagLayer(settings, flags, []) });
  return result.ok ? undefined : result.failure.map(printProblem);
};

test('the defaults are right by themselves and together', () => {
  assert.equal(load([]), undefined);
});

test('the sample with everything uncommented says the defaults', () => {
  const text = sampleFile(settings).replace(/^( *)#(?=\w)/gm, '$1');
  const result = resolveSettings(settings, { layers: [fileLayer(settings, text, 's.yaml')] });
  assert.ok(result.ok, result.ok ? '' : result.failure.map(printProblem).join('\n'));
  for (const { entry, value } of result.value.resolved)
    if (entry.setting.kind !== 'secret' && entry.setting.kind !== 'path')
      assert.deepEqual(value, entry.defaultValue);
});

test('two listeners on one port are refused, unless one of them does not listen or takes any port', () => {
  assert.deepEqual(load(['--api.port', '4317']), [
    'flag --api.port: api.port and receivers.otlp.grpc.port are both 4317; expected different ports',
  ]);
  assert.deepEqual(load([], { TRACEWRIGHT_RECEIVERS_OTLP_GRPC_PORT: '8888' }), [
    'env TRACEWRIGHT_RECEIVERS_OTLP_GRPC_PORT: metrics.port and receivers.otlp.grpc.port are both 8888; expected different ports',
  ]);
  assert.equal(load(['--api.port', '4317', '--no-receivers.otlp.grpc.enabled']), undefined);
  assert.equal(load(['--api.port', '0', '--health.port', '0']), undefined);
});

test('one question may not have more memory than the engine', () => {
  assert.match(load(['--storage.memoryMax', '512MiB'])?.[0] ?? '', /storage.query.memoryMax is above/);
});

test('a file that was asked for must be there; the usual one may be absent; a folder is no file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tracewright-config-'));
  try {
    const env = {};
    const missing = loadConfig({ env, cwd: folder, flags: none, file: 'other.yaml' });
    assert.deepEqual(missing.ok ? [] : missing.failure.map(printProblem), [
      'other.yaml:1:1: cannot be read: there is no such file',
    ]);
    assert.equal(loadConfig({ env, cwd: folder, flags: none }).ok, true);
    assert.match(JSON.stringify(checkConfigFile('.', env, folder)), /it is a folder/);
    writeFileSync(join(folder, 'tracewright.yaml'), 'api: {port: 7}\nstorage: {path: d}\n');
    const found = loadConfig({ env, cwd: folder, flags: flagLayer(settings, ['--data', '~/e'], []) });
    assert.ok(found.ok);
    assert.equal(found.value.file, 'tracewright.yaml');
    assert.equal(found.value.config.values.api.port, 7);
    assert.match(found.value.config.values.storage.path, /^\/.*\/e$/);
    const named = loadConfig({
      env: { TRACEWRIGHT_CONFIG: join(folder, 'tracewright.yaml') },
      cwd: '/',
      flags: none,
    });
    assert.ok(named.ok);
    // Relative paths count from where the program was started, like those of every other command.
    assert.equal(named.value.config.values.storage.path, '/d');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
