import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JSON_DEPTH_MAX } from '../limits.ts';
import { JsonReader } from './json-reader.ts';

const encoder = new TextEncoder();

/** Reads a whole document into values, by the reader's own steps. */
function value(reader: JsonReader): unknown {
  const kind = reader.kind();
  switch (kind) {
    case 'object': {
      const object: { [name: string]: unknown } = Object.create(null);
      reader.enter();
      while (reader.key()) {
        const name = text(reader);
        reader.place(name);
        object[name] = value(reader);
      }
      return object;
    }
    case 'array': {
      const array: unknown[] = [];
      reader.enter();
      while (reader.item()) array.push(value(reader));
      return array;
    }
    case 'string':
      reader.string();
      return text(reader);
    case 'number':
      reader.number();
      return Number(text(reader));
    case 'fault':
      return undefined;
    default:
      reader.word(kind);
      return kind === 'null' ? null : kind === 'true';
  }
}

function text(reader: JsonReader): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(
    reader.text.subarray(reader.textFrom, reader.textTo),
  );
}

function parse(source: string): { value: unknown; fault: string; path: string } {
  const reader = new JsonReader(encoder.encode(source));
  const result = value(reader);
  reader.end();
  return { value: result, fault: reader.fault, path: reader.faultPath };
}

function verdict(source: string): boolean {
  const reader = new JsonReader(encoder.encode(source));
  reader.skip();
  reader.end();
  return reader.fault === '';
}

function accepts(source: string): boolean {
  try {
    JSON.parse(source);
    return true;
  } catch {
    return false;
  }
}

const DOCUMENTS = [
  '{}',
  '[]',
  ' [ 1 , -2.5e+3 , "a" , true , false , null , { "k" : [ ] } ] ',
  '"\\u0041\\u00e9\\u96ea\\ud834\\udd1e\\n\\t\\"\\\\\\/\\b\\f\\r\\u0000"',
  '{"a":{"b":[{"c":"d"}]},"":0,"a":1}',
  '-0',
  '1E5',
  '"plain ☃ 𝄞"',
  '[[[]],[{}],{"x":[1,2,3]}]',
];

test('documents read as JSON.parse reads them', () => {
  for (const source of DOCUMENTS) {
    const parsed = parse(source);
    assert.equal(parsed.fault, '', source);
    assert.deepEqual(
      JSON.parse(JSON.stringify(parsed.value)),
      JSON.parse(JSON.stringify(JSON.parse(source))),
    );
    assert.ok(verdict(source), source);
  }
});

test('every cut and every changed character gets the verdict of JSON.parse', () => {
  const characters = '{}[]",:0-9.eE+\\utfn \u0001x';
  for (const source of DOCUMENTS) {
    for (let at = 0; at <= source.length; at++) {
      const cut = source.slice(0, at);
      assert.equal(verdict(cut), accepts(cut), cut);
      assert.equal(parse(cut).fault === '', accepts(cut), cut);
      for (const character of characters) {
        for (const changed of [cut + character + source.slice(at), cut + character + source.slice(at + 1)]) {
          assert.equal(verdict(changed), accepts(changed), changed);
          assert.equal(parse(changed).fault === '', accepts(changed), changed);
        }
      }
    }
  }
});

test('a fault names its place', () => {
  assert.equal(parse('{"a":[{"b":1},{"b":tru}]}').path, 'a[1].b');
  assert.equal(parse('[[1,2],[3,x]]').path, '[1][1]');
  assert.equal(parse('nope').path, '');
  assert.equal(parse('{"a":[1],"b":}').path, 'b');
});

test('half a surrogate pair becomes U+FFFD, as in every UTF-8 encoder', () => {
  for (const source of [
    '"\\ud834"',
    '"\\udd1e"',
    '"\\ud834x"',
    '"\\ud834\\ud834\\udd1e"',
    '"\\udd1e\\ud834"',
  ]) {
    assert.equal(parse(source).value, new TextDecoder().decode(encoder.encode(JSON.parse(source))), source);
  }
});

test('bytes that are not UTF-8 pass through strings untouched', () => {
  const reader = new JsonReader(Uint8Array.of(34, 0xff, 0xc0, 92, 110, 0xfe, 34));
  reader.string();
  assert.deepEqual([...reader.text.subarray(reader.textFrom, reader.textTo)], [0xff, 0xc0, 10, 0xfe]);
});

test('nesting has a limit', () => {
  assert.ok(verdict('['.repeat(JSON_DEPTH_MAX) + ']'.repeat(JSON_DEPTH_MAX)));
  const deep = '['.repeat(100_000);
  assert.match(parse(deep).fault, /nested deeper/);
  assert.match(parse('{"a":'.repeat(100_000)).fault, /nested deeper/);
});

test('a byte order mark in front is passed over', () => {
  assert.equal(verdict('\ufeff{}'), true);
});
