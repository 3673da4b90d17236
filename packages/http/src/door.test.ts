import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { Door } from './door.ts';
import { createHttpListener } from './http-listener.ts';

test('a door says where it would be and why it is closed, and opens when it can', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const address = holder.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const listener = createHttpListener({
    host: '127.0.0.1',
    port,
    portSetting: 'test.port',
    handler: () => undefined,
    guard: { allowedHosts: [], allowedOrigins: [] },
  });
  const door = new Door(listener, '127.0.0.1', port);
  const endpoint = `http://127.0.0.1:${port}`;
  try {
    assert.deepEqual(door.status(), { listening: false, endpoint });
    assert.equal((await door.open()).ok, false);
    const { error, ...closed } = door.status();
    assert.deepEqual(closed, { listening: false, endpoint });
    assert.match(error ?? '', /already listens there|in use/);
    holder.close();
    await once(holder, 'close');
    assert.equal((await door.open()).ok, true);
    assert.deepEqual(door.status(), { listening: true, endpoint });
  } finally {
    await listener.close();
    holder.close();
  }
  assert.equal(new Door(listener, '::1', 4318).status().endpoint, 'http://[::1]:4318');
});
