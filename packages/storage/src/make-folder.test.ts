/** Every reason why a folder cannot be made is said in words, and none of them hangs. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeFolder } from './make-folder.ts';

test('folders are made with their parents, and again without harm', () => {
  const base = mkdtempSync(join(tmpdir(), 'tracewright-folder-'));
  try {
    const path = join(base, 'a', 'b c', 'd');
    assert.ok(makeFolder(path).ok);
    assert.ok(makeFolder(path).ok);
    assert.ok(statSync(path).isDirectory());
    writeFileSync(join(base, 'file'), '');
    const below = makeFolder(join(base, 'file', 'x'));
    assert.match(below.ok ? '' : below.failure.message, /file is a file, not a folder/);
  } finally {
    rmSync(base, { recursive: true });
  }
});

test('a parent that can hold nothing is named', {
  skip: process.platform !== 'linux' && 'there is no /proc',
}, () => {
  const result = makeFolder('/proc/nope/data');
  assert.match(result.ok ? '' : result.failure.message, /^\/proc cannot hold folders$/);
});
