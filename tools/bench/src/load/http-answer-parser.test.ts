import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HttpAnswerParser, type ParseStep } from './http-answer-parser.ts';

/** Feeds a text in pieces of `size` bytes and returns the last step. */
function feed(parser: HttpAnswerParser, text: string, size: number): ParseStep {
  const bytes = Buffer.from(text, 'latin1');
  let step: ParseStep = { kind: 'incomplete' };
  for (let at = 0; at < bytes.length; at += size) step = parser.push(bytes.subarray(at, at + size));
  return step;
}

test('answers are whole wherever the pieces are cut', () => {
  const text = 'HTTP/1.1 429 Too Many\r\nRetry-After: 7\r\nContent-Length: 5\r\n\r\nlater';
  for (const size of [1, 2, 7, 1_000]) {
    const parser = new HttpAnswerParser();
    for (let round = 0; round < 2; round++) {
      const step = feed(parser, text, size);
      assert.equal(step.kind, 'answer');
      if (step.kind !== 'answer') return;
      assert.equal(step.answer.status, 429);
      assert.equal(step.answer.headers.get('retry-after'), '7');
      assert.equal(step.answer.body.toString(), 'later');
      assert.equal(step.answer.closes, false);
    }
  }
});

test('chunks, interim answers, empty answers and answers up to the end are understood', () => {
  const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n';
  const cases: [string, string, number][] = [
    [chunked, 'abcde', 200],
    ['HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', '', 200],
    ['HTTP/1.1 204 No Content\r\n\r\n', '', 204],
  ];
  for (const [text, body, status] of cases) {
    const step = feed(new HttpAnswerParser(), text, 1);
    assert.equal(step.kind === 'answer' && step.answer.body.toString(), body);
    assert.equal(step.kind === 'answer' && step.answer.status, status);
  }
  const parser = new HttpAnswerParser();
  assert.equal(feed(parser, 'HTTP/1.1 500 X\r\n\r\noops', 1_000).kind, 'incomplete');
  const step = parser.end();
  assert.equal(step.kind === 'answer' && step.answer.body.toString(), 'oops');
  assert.equal(step.kind === 'answer' && step.answer.closes, true);
});

test('what is not HTTP/1.1 is said to be so', () => {
  assert.equal(feed(new HttpAnswerParser(), 'SSH-2.0-x\r\n\r\n', 100).kind, 'invalid');
  assert.equal(
    feed(new HttpAnswerParser(), 'HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n', 100).kind,
    'invalid',
  );
});
