/** Frames come out as they went in, however the pipe cuts them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ChildMessage, encodeFrame, FrameReader } from './frame.ts';

const messages: readonly (readonly [ChildMessage, Uint8Array])[] = [
  [{ kind: 'opened', version: '1' }, new Uint8Array(0)],
  [{ kind: 'block', id: 7 }, Uint8Array.from({ length: 300 }, (_, at) => at % 256)],
  [{ kind: 'failed', id: 8, code: 241, message: 'Grüße\n🎉' }, new Uint8Array(0)],
  [{ kind: 'block', id: 9 }, Uint8Array.of(0)],
];
const whole = new Uint8Array(
  Buffer.concat(messages.flatMap(([head, body]) => encodeFrame(head, body.length === 0 ? undefined : body))),
);

test('in pieces of every size', () => {
  for (let size = 1; size <= whole.length; size++) {
    const got: [ChildMessage, Uint8Array][] = [];
    const reader = new FrameReader<ChildMessage>((head, body) => got.push([head, body]));
    for (let at = 0; at < whole.length; at += size) reader.push(whole.slice(at, at + size));
    assert.deepEqual(got, messages);
  }
});

test('what is no frame is a fault of this program and throws', () => {
  const reader = new FrameReader<ChildMessage>(() => undefined);
  assert.throws(() => reader.push(new Uint8Array(8).fill(255)), /no possible length/);
});
