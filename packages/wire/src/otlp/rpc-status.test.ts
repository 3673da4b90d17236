import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printHex } from '@tracewright/std';
import { encodeRpcStatus } from './rpc-status.ts';

const RETRY_TYPE = printHex(new TextEncoder().encode('type.googleapis.com/google.rpc.RetryInfo'));

/** As protobuf's Python encoder writes google.rpc.Status with a packed RetryInfo. */
const WITNESSED: [number | undefined, string, string | undefined][] = [
  [undefined, '080e120462757379', undefined],
  [1500, `080e1204627573791a360a28${RETRY_TYPE}120a0a0808011080cab5ee01`, '1.500s'],
  [2000, `080e1204627573791a300a28${RETRY_TYPE}12040a020802`, '2s'],
  [30, `080e1204627573791a330a28${RETRY_TYPE}12070a05108087a70e`, '0.030s'],
];

test('a status is the bytes and the JSON that protobuf writes', () => {
  for (const [retryAfterMs, hex, delay] of WITNESSED) {
    assert.equal(printHex(encodeRpcStatus(14, 'busy', retryAfterMs, 'protobuf')), hex);
    const details = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: delay }];
    assert.deepEqual(
      JSON.parse(new TextDecoder().decode(encodeRpcStatus(14, 'busy', retryAfterMs, 'json'))),
      {
        code: 14,
        message: 'busy',
        ...(delay === undefined ? {} : { details }),
      },
    );
  }
  assert.equal(printHex(encodeRpcStatus(-1, '', undefined, 'protobuf')), '08ffffffffffffffffff01');
});
