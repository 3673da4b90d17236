import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeCommands } from './resp.ts';

const twoCommands = Buffer.from('*1\r\n$4\r\nPING\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$4\r\na\r\nb\r\n');

test('commands are decoded, also with line ends in a value', () => {
  const decoded = decodeCommands(twoCommands);
  assert.deepEqual(decoded?.commands, [['PING'], ['SET', 'k', 'a\r\nb']]);
  assert.equal(decoded?.rest.length, 0);
});

test('a command that is cut anywhere waits for the rest', () => {
  for (let cut = 0; cut <= twoCommands.length; cut += 1) {
    const first = decodeCommands(twoCommands.subarray(0, cut));
    assert(first !== undefined, `cut at ${cut}`);
    const second = decodeCommands(Buffer.concat([first.rest, twoCommands.subarray(cut)]));
    assert.deepEqual([...first.commands, ...(second?.commands ?? [])], [['PING'], ['SET', 'k', 'a\r\nb']]);
  }
});

test('other bytes are refused', () => {
  for (const text of ['GET / HTTP/1.1\r\n', '*x\r\n', '*-1\r\n', `*${'1'.repeat(64)}`, '*1\r\n:5\r\n']) {
    assert.equal(decodeCommands(Buffer.from(text)), undefined, text);
  }
});
