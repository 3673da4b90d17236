import assert from 'node:assert/strict';
import { test } from 'node:test';
import { remoteKey } from './remote-key.ts';

test('an IPv4 address counts alone, an IPv6 address with its network', () => {
  const cases: readonly (readonly [string | undefined, string])[] = [
    ['10.0.0.1', '10.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:DB8:1:2::6', '2001:db8:1:2'],
    ['2001:db8::6', '2001:db8:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['::1', '0:0:0:0'],
    ['1:2::', '1:2:0:0'],
    [undefined, ''],
  ];
  for (const [address, key] of cases) assert.equal(remoteKey(address), key);
});
