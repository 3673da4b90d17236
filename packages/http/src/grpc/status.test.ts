import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeMessage, statusHeaders } from './status.ts';

test('messages are percent-encoded where HTTP/2 or a reader would stumble', () => {
  assert.equal(encodeMessage('plain words, even ~ and !'), 'plain words, even ~ and !');
  for (const text of ['100%', 'größe', 'line\nbreak', '\u0000', '日本', 'tab\t'])
    assert.equal(decodeURIComponent(encodeMessage(text)), text);
  assert.match(encodeMessage('größe 100%\n'), /^[ -~]*$/);
  assert.equal(encodeMessage('\ud800'), '%EF%BF%BD');
});

test('details are base64 of exactly their bytes', () => {
  const shared = Uint8Array.of(9, 9, 1, 2, 3, 9);
  const headers = statusHeaders({ code: 14, message: 'm', details: shared.subarray(2, 5) });
  assert.deepEqual([...Buffer.from(String(headers['grpc-status-details-bin']), 'base64')], [1, 2, 3]);
  assert.equal('grpc-status-details-bin' in statusHeaders({ code: 3, message: '' }), false);
});
