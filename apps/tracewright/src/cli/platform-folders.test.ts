import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dataFolder, expandPath } from './platform-folders.ts';

test('data lies where the platform keeps it', () => {
  const home = '/home/me';
  assert.equal(dataFolder({ platform: 'linux', home, env: {} }), '/home/me/.local/share/tracewright');
  assert.equal(dataFolder({ platform: 'linux', home, env: { XDG_DATA_HOME: '/x' } }), '/x/tracewright');
  assert.equal(
    dataFolder({ platform: 'linux', home, env: { XDG_DATA_HOME: 'relative' } }),
    '/home/me/.local/share/tracewright',
  );
  assert.equal(
    dataFolder({ platform: 'darwin', home, env: {} }),
    '/home/me/Library/Application Support/tracewright',
  );
});

test('paths become absolute', () => {
  assert.equal(expandPath('~', '/home/me', '/w'), '/home/me');
  assert.equal(expandPath('~/d', '/home/me', '/w'), '/home/me/d');
  assert.equal(expandPath('~other/d', '/home/me', '/w'), '/w/~other/d');
  assert.equal(expandPath('../d', '/home/me', '/w'), '/d');
  assert.equal(expandPath('/d', '/home/me', '/w'), '/d');
});
