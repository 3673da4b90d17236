import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createStyle, serviceSlotCount, serviceSlots } from './style.ts';
import { type ColourDepth, type ColourMode, colourDepth, hasUnicode } from './terminal.ts';

test('the flag, then force, then NO_COLOR, then the terminal decide on colour', () => {
  const cases: readonly (readonly [ColourMode, Record<string, string>, boolean, ColourDepth])[] = [
    ['auto', {}, true, 16],
    ['auto', {}, false, 0],
    ['auto', { TERM: 'xterm-256color' }, true, 256],
    ['auto', { COLORTERM: 'truecolor' }, true, 256],
    ['auto', { TERM: 'dumb' }, true, 0],
    ['auto', { NO_COLOR: '1' }, true, 0],
    ['auto', { NO_COLOR: '' }, true, 16],
    ['auto', { FORCE_COLOR: '1' }, false, 16],
    ['auto', { FORCE_COLOR: '3' }, false, 256],
    ['auto', { FORCE_COLOR: '' }, false, 16],
    ['auto', { FORCE_COLOR: '0' }, true, 0],
    ['auto', { FORCE_COLOR: '1', NO_COLOR: '1' }, false, 16],
    ['auto', { CLICOLOR_FORCE: '1' }, false, 16],
    ['auto', { CLICOLOR: '0' }, true, 0],
    ['always', { NO_COLOR: '1' }, false, 16],
    ['always', { TERM: 'dumb' }, false, 16],
    ['never', { FORCE_COLOR: '1' }, true, 0],
  ];
  for (const [mode, env, isTty, depth] of cases)
    assert.equal(colourDepth(mode, env, isTty), depth, `${mode} ${JSON.stringify(env)} ${isTty}`);
});

test('only a locale that says so forbids more than ASCII', () => {
  assert.equal(hasUnicode({}), true);
  assert.equal(hasUnicode({ LANG: 'C' }), false);
  assert.equal(hasUnicode({ LANG: 'C', LC_ALL: 'en_US.UTF-8' }), true);
  assert.equal(hasUnicode({ LANG: 'C.UTF-8' }), true);
  assert.equal(hasUnicode({ TERM: 'dumb' }), false);
});

test('a service keeps its colour, and no two share one while there are free ones', () => {
  const alone = serviceSlots(['checkout']).get('checkout');
  assert.equal(serviceSlots(['checkout']).get('checkout'), alone);
  const ten = Array.from({ length: serviceSlotCount }, (_, i) => `service-${i}`);
  assert.equal(new Set(serviceSlots(ten).values()).size, serviceSlotCount);
  assert.deepEqual(serviceSlots(ten.toReversed()), serviceSlots(ten));
  for (const slot of serviceSlots([...ten, 'one more']).values())
    assert.ok(slot >= 0 && slot < serviceSlotCount);
});

test('without colour, style changes nothing', () => {
  const style = createStyle(0);
  for (const paint of [style.bold, style.dim, style.error, style.warn, style.good])
    assert.equal(paint('x'), 'x');
  assert.equal(style.service(1, 'x'), 'x');
  assert.match(createStyle(16).error('x'), /31m/);
});
