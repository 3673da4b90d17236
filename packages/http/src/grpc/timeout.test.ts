import assert from 'node:assert/strict';
import { connect } from 'node:http2';
import { test } from 'node:test';
import { createTokenCheck } from '../bearer-token.ts';
import { ByteBudget } from '../byte-budget.ts';
import { createGrpcListener } from './grpc-listener.ts';
import type { GrpcMethod } from './method.ts';
import { GRPC_CODE } from './status.ts';
import { parseTimeoutMs } from './timeout.ts';

test('a timeout is digits and a unit; anything else is none', () => {
  assert.deepEqual(
    ['1S', '250m', '2M', '1H', '1500u', '1n', '0S'].map(parseTimeoutMs),
    [1_000, 250, 120_000, 3_600_000, 2, 1, 1],
  );
  assert.equal(parseTimeoutMs('99999999H'), 2 ** 31 - 1);
  for (const header of [undefined, '', '1', 'S', '123456789S', '-1S', '1.5S', '1s'])
    assert.equal(parseTimeoutMs(header), undefined);
});

test('a call whose time is over hears so, in the middle of its message and while it is handled', async () => {
  const refused: string[] = [];
  const method: GrpcMethod = {
    kind: 'unary',
    messageBytesMax: 1_000,
    refuse: ({ code }) => {
      refused.push(code);
      return { code: GRPC_CODE.internal, message: code };
    },
    handle: () => new Promise(() => undefined),
  };
  const listener = createGrpcListener({
    host: '127.0.0.1',
    port: 0,
    portSetting: 'test.port',
    methods: new Map([['/test/Wait', method]]),
    checkToken: createTokenCheck(undefined),
    budget: new ByteBudget(100_000),
    keepaliveIntervalMs: 60_000,
    keepaliveTimeoutMs: 60_000,
    http1Hint: 'gRPC',
    onFault: (error) => assert.fail(String(error)),
  });
  const listening = await listener.listen();
  assert.ok(listening.ok);
  const client = connect(listening.value.url);
  try {
    for (const isWhole of [false, true]) {
      const stream = client.request({
        ':method': 'POST',
        ':path': '/test/Wait',
        'content-type': 'application/grpc',
        'grpc-timeout': '50m',
      });
      stream.write(Uint8Array.of(0, 0, 0, 0, 2, 7));
      if (isWhole) stream.end(Uint8Array.of(8));
      const status = await new Promise<unknown>((resolve, reject) => {
        stream.on('response', (headers) => resolve(headers['grpc-status']));
        stream.on('error', reject);
      });
      assert.equal(status, String(GRPC_CODE.deadlineExceeded));
      stream.on('error', () => undefined).close();
    }
    assert.deepEqual(refused.slice(0, 1), ['deadline']);
  } finally {
    client.destroy();
    await listener.close(0);
  }
});
