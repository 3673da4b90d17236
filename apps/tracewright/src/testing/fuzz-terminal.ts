/**
 * Fuzz targets of the terminal: answers of a server that is none of ours, and what people type. What always holds: it is
 * shown without an exception, and nothing of a stranger's text moves the cursor, colours the window or breaks a line.
 */
import assert from 'node:assert/strict';
import { type FuzzTarget, mutateText, type Random } from '@tracewright/std/testing';
import { cut, displayWidth, fit, visible, withoutColour } from '../cli/display-text.ts';
import type { OtlpAnswer } from '../cli/otlp-json.ts';
import { createStyle } from '../cli/style.ts';
import { timeParameter, timeParameters } from '../cli/time-flag.ts';
import { fixedTrace } from '../commands/trace/fixed-trace.ts';
import { readTraces } from '../commands/trace/view.ts';
import { renderWaterfall } from '../commands/trace/waterfall.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
/** C0, DEL and C1, which terminals obey. */
const CONTROL = /\p{Cc}/u;
const NOW_MS = 1_760_000_000_000;

const TEXTS = [
  '\u001b[2J\u001b[H',
  '\u001b]0;title\u0007',
  '\u009b31m',
  '\r\n\t',
  '\u202eevil',
  '\ud800',
  '雪'.repeat(40),
  '👩‍👩‍👧‍👦',
  'a\u0300'.repeat(30),
  '',
  '__proto__',
];
const ODD = [
  null,
  0,
  -1,
  1e300,
  'x',
  '99999999999999999999999',
  [],
  {},
  true,
  '18446744073709551615',
  ...TEXTS,
];

/** The fixed trace with values exchanged for odd ones, and spans that hang on others. */
function makeAnswer(random: Random): string {
  const share = random.pick([0.01, 0.05, 0.2]);
  const ids: string[] = [];
  return JSON.stringify(fixedTrace, (name, value: unknown) => {
    if (name === 'spanId' && typeof value === 'string') ids.push(value);
    if (name === 'parentSpanId' && random.chance(share * 4)) return random.pick([...ids, '']);
    if (typeof value === 'string' && random.chance(share)) return random.pick(TEXTS);
    if (name !== '' && typeof value !== 'object' && random.chance(share / 4)) return random.pick(ODD);
    return value;
  });
}

/** Only what a server of ours could answer as to its shape: the client has no schema to check against. */
function isAnswer(value: unknown): value is OtlpAnswer {
  return typeof value === 'object' && value !== null && 'resourceSpans' in value;
}

const waterfall: FuzzTarget = {
  name: 'terminal-waterfall',
  make: (random) => encoder.encode(makeAnswer(random)),
  check: (input) => {
    let answer: unknown;
    try {
      answer = JSON.parse(decoder.decode(input));
    } catch {
      return 'refused';
    }
    if (!isAnswer(answer) || !Array.isArray(answer.resourceSpans)) return 'refused';
    const width = 20 + (input.length % 120);
    const style = createStyle(0);
    for (const view of readTraces(answer)) {
      for (const line of renderWaterfall(view, {
        width,
        style,
        unicode: input.length % 2 === 0,
        utc: true,
        all: input.length % 3 === 0,
        logs: true,
      })) {
        assert.ok(!CONTROL.test(line), JSON.stringify(line));
        assert.ok(displayWidth(line) <= Math.max(width, 12), `${width} columns: ${line}`);
      }
    }
    return 'taken';
  },
};

const texts: FuzzTarget = {
  name: 'terminal-text',
  make: (random) => {
    const text = random.list(random.below(6), () => random.pick(TEXTS)).join(random.pick(['', ' ', 'a']));
    return encoder.encode(random.chance(0.7) ? mutateText(text, random, TEXTS) : text);
  },
  check: (input) => {
    const text = decoder.decode(input);
    const shown = visible(text);
    assert.ok(!CONTROL.test(shown) && shown.isWellFormed(), JSON.stringify(shown));
    assert.equal(visible(shown), shown);
    assert.equal(withoutColour(shown), shown);
    for (const width of [0, 1, 2, 7, 80]) {
      assert.ok(displayWidth(cut(shown, width)) <= width, `${width}: ${shown}`);
      assert.equal(displayWidth(fit(shown, width)), width, `${width}: ${shown}`);
    }
    return shown === text ? 'taken' : 'refused';
  },
};

const TIMES = [
  '3h',
  '10',
  '12:30',
  '2026-11-24',
  '2026-02-31 25:61',
  '2026-11-24 10:00:00.123456789',
  'yesterday',
];

const times: FuzzTarget = {
  name: 'terminal-times',
  make: (random) => {
    const text = random.pick(TIMES);
    return encoder.encode(
      random.chance(0.3) ? text : mutateText(text, random, ['-', ':', '.', 'T', '9', ' ', 'h']),
    );
  },
  check: (input) => {
    const text = decoder.decode(input);
    assert.equal(typeof timeParameter(text, NOW_MS), 'string');
    const since = timeParameters({ since: text, from: undefined, to: text }, NOW_MS);
    return since.ok ? 'taken' : 'refused';
  },
};

export const terminalFuzzTargets: readonly FuzzTarget[] = [waterfall, texts, times];
