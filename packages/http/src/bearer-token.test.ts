import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTokenCheck } from './bearer-token.ts';

test('without a token everybody passes', () => {
  for (const token of [undefined, '']) {
    const check = createTokenCheck(token);
    assert.equal(check(undefined), undefined);
    assert.equal(check('Bearer anything'), undefined);
  }
});

test('with one, only who shows it', () => {
  const check = createTokenCheck('s3cret/+=');
  for (const right of ['Bearer s3cret/+=', 'bearer s3cret/+=', 'BEARER   s3cret/+= '])
    assert.equal(check(right), undefined, right);
  for (const wrong of [
    undefined,
    '',
    's3cret/+=',
    'Bearer',
    'Bearer ',
    'Bearer s3cret',
    'Bearer s3cret/+== ',
    'Bearer S3CRET/+=',
    'Bearer s3cret/+= x',
    'Basic s3cret/+=',
  ])
    assert.equal(check(wrong)?.code, 'unauthenticated', String(wrong));
});

test('a token of several words is one token', () => {
  const check = createTokenCheck('open sesame');
  assert.equal(check('Bearer open sesame'), undefined);
  for (const wrong of ['Bearer open', 'Bearer sesame', 'Bearer open  sesame', 'Bearer opensesame'])
    assert.equal(check(wrong)?.code, 'unauthenticated', wrong);
});

test('a refusal never repeats the token', () => {
  assert.doesNotMatch(createTokenCheck('s3cret')('Bearer other')?.message ?? '', /s3cret|other/);
});
