import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AttributeValue, attributeText, findAttribute } from './attribute.ts';

test('every type has a text', () => {
  const cases: [AttributeValue, string][] = [
    [{ type: 'string', value: 'a "b"' }, 'a "b"'],
    [{ type: 'bool', value: false }, 'false'],
    [{ type: 'int', value: 9007199254740993n }, '9007199254740993'],
    [{ type: 'double', value: 1.5 }, '1.5'],
    [{ type: 'double', value: Number.NaN }, 'NaN'],
    [{ type: 'empty' }, ''],
    [{ type: 'bytes', value: Uint8Array.of(0, 255) }, '"AP8="'],
    [
      {
        type: 'array',
        value: [{ type: 'int', value: 1n }, { type: 'string', value: 'x' }, { type: 'empty' }],
      },
      '[1,"x",null]',
    ],
    [{ type: 'array', value: [{ type: 'int', value: 9007199254740993n }] }, '["9007199254740993"]'],
    [{ type: 'map', value: [{ key: 'a', value: { type: 'map', value: [] } }] }, '{"a":{}}'],
  ];
  for (const [value, text] of cases) assert.equal(attributeText(value), text);
});

test('a hostile key of a map is a key like others', () => {
  const value: AttributeValue = {
    type: 'map',
    value: [{ key: '__proto__', value: { type: 'int', value: 1n } }],
  };
  assert.equal(attributeText(value), '{"__proto__":1}');
});

test('the first value of a repeated key is the one that is found', () => {
  const attributes = [
    { key: 'a', value: { type: 'int', value: 1n } },
    { key: 'a', value: { type: 'int', value: 2n } },
  ] as const;
  assert.deepEqual(findAttribute(attributes, 'a'), { type: 'int', value: 1n });
  assert.equal(findAttribute(attributes, 'b'), undefined);
});
