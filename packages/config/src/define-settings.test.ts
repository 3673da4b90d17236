import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineSettings, envName } from './define-settings.ts';
import { testSettings } from './test-settings.ts';

const names = { program: 'P', fileName: 'p.yaml', envPrefix: 'P_' };

test('every key has one variable and one flag', () => {
  const hosts = testSettings.entries.find((entry) => entry.key === 'listen.allowedHosts');
  assert.equal(hosts?.env, 'TRACEWRIGHT_LISTEN_ALLOWED_HOSTS');
  assert.equal(hosts?.flag, '--listen.allowedHosts');
  assert.equal(envName('P_', ['wal', 'groupIntervalMs']), 'P_WAL_GROUP_INTERVAL_MS');
});

test('defaults are parsed by their own kind', () => {
  const values = Object.fromEntries(testSettings.entries.map((entry) => [entry.key, entry.defaultValue]));
  assert.equal(values['storage.memoryMax'], 1.5 * 2 ** 30);
  assert.equal(values['storage.retention.age'], 14 * 86_400_000);
  assert.equal(values['auth.token'], undefined);
});

test('mistakes of the program end it at once', () => {
  const text = { kind: 'string', default: '', summary: 's' } as const;
  assert.throws(() => defineSettings(names, { a: { bC: text }, aB: { c: text } }), /P_A_B_C/);
  assert.throws(() => defineSettings(names, { a: { ...text, alias: '--b' }, b: text }), /--b/);
  assert.throws(
    () => defineSettings(names, { a: { kind: 'port', default: 70_000, summary: 's' } }),
    /default of a/,
  );
  assert.throws(() => defineSettings(names, { a: { kind: 'port', summary: 's' } }), /needs a default/);
});
