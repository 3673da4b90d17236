import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expectation, parseValue, printValue } from './parse-value.ts';
import type { SettingValue, ValueSpec } from './setting.ts';

const accepted: readonly (readonly [ValueSpec, string, SettingValue])[] = [
  [{ kind: 'string' }, '', ''],
  [{ kind: 'secret' }, '12345', '12345'],
  [{ kind: 'path' }, './data', './data'],
  [{ kind: 'host' }, '0.0.0.0', '0.0.0.0'],
  [{ kind: 'host' }, '::1', '::1'],
  [{ kind: 'host' }, 'fe80::1%eth0', 'fe80::1%eth0'],
  [{ kind: 'host' }, 'my-host.local', 'my-host.local'],
  [{ kind: 'url' }, 'http://localhost:8123', 'http://localhost:8123'],
  [{ kind: 'url' }, '', ''],
  [{ kind: 'boolean' }, 'TRUE', true],
  [{ kind: 'boolean' }, 'off', false],
  [{ kind: 'enum', values: ['none', 'group'] }, 'group', 'group'],
  [{ kind: 'integer' }, '-3', -3],
  [{ kind: 'integer', min: 1 }, '1_000', 1000],
  [{ kind: 'port' }, '0', 0],
  [{ kind: 'duration', min: '1ms', max: '1h' }, '1ms', 1],
  [{ kind: 'bytes' }, '64MiB', 67_108_864],
  [{ kind: 'list' }, 'a, b,,c', ['a', 'b', 'c']],
  [{ kind: 'list' }, '', []],
];

const refused: readonly (readonly [ValueSpec, string])[] = [
  [{ kind: 'secret' }, ''],
  [{ kind: 'secret' }, 'a\nb'],
  [{ kind: 'path' }, ''],
  [{ kind: 'host' }, '127.0.0'],
  [{ kind: 'host' }, '127.0.0.256'],
  [{ kind: 'host' }, 'localhost:80'],
  [{ kind: 'host' }, 'http://localhost'],
  [{ kind: 'host' }, '1:2:3'],
  [{ kind: 'host' }, ''],
  [{ kind: 'url' }, 'localhost:8123'],
  [{ kind: 'url' }, 'http://'],
  [{ kind: 'boolean' }, 'maybe'],
  [{ kind: 'enum', values: ['none', 'group'] }, 'Group'],
  [{ kind: 'integer' }, '1.5'],
  [{ kind: 'integer' }, '99999999999999999999'],
  [{ kind: 'integer', min: 1, max: 4 }, '5'],
  [{ kind: 'port' }, '65536'],
  [{ kind: 'duration', min: '1ms', max: '1h' }, '2h'],
  [{ kind: 'bytes', min: '1MiB' }, '1000'],
];

test('accepted texts become values, and printing reads back', () => {
  for (const [spec, text, value] of accepted) {
    assert.deepEqual(parseValue(spec, text), { ok: true, value }, `${spec.kind} ${text}`);
    assert.deepEqual(parseValue(spec, printValue(spec, value)), { ok: true, value }, `${spec.kind} ${text}`);
  }
});

test('refused texts say what was expected', () => {
  for (const [spec, text] of refused) {
    const result = parseValue(spec, text);
    assert.equal(result.ok, false, `${spec.kind} ${text}`);
    if (!result.ok) assert.equal(result.failure.expected, expectation(spec));
  }
});

test('the expectation names bounds and words', () => {
  assert.equal(expectation({ kind: 'integer', min: 1, max: 4 }), 'a whole number from 1 to 4');
  assert.equal(
    expectation({ kind: 'bytes', min: '1MiB' }),
    'a size such as 64MiB or 1.5GiB of at least 1MiB',
  );
  assert.equal(expectation({ kind: 'enum', values: ['a', 'b'] }), 'one of a, b');
});
