import assert from 'node:assert/strict';
import { test } from 'node:test';
import { displayWidth, withoutColour } from '../../cli/display-text.ts';
import type { OtlpAnswer, OtlpSpan } from '../../cli/otlp-json.ts';
import { createStyle } from '../../cli/style.ts';
import { fixedTrace, otlpSpan, resource } from './fixed-trace.ts';
import type { WaterfallOptions } from './frame.ts';
import { readTraces, type TraceView } from './view.ts';
import { renderWaterfall, rowsMax } from './waterfall.ts';

const plain: WaterfallOptions = {
  width: 100,
  style: createStyle(0),
  unicode: true,
  utc: true,
  all: false,
  logs: true,
};

function viewOf(answer: OtlpAnswer): TraceView {
  const [view] = readTraces(answer);
  assert.ok(view !== undefined);
  return view;
}

function render(answer: OtlpAnswer, options: Partial<WaterfallOptions> = {}): string[] {
  return [...renderWaterfall(viewOf(answer), { ...plain, ...options })];
}

const answerOf = (service: string, spans: readonly OtlpSpan[]): OtlpAnswer => ({
  resourceSpans: [{ resource: resource(service), scopeSpans: [{ spans }] }],
});

test('the fixed trace in a window of 100 columns', () => {
  assert.deepEqual(render(fixedTrace, { highlight: '0000000000000006' }), [
    'Trace 4bf92f3577b34da6a3ce929d0e0e4736',
    'checkout POST /cart',
    '330ms · 43 spans · 3 services · 2 errors · 3 log records · 2026-11-24T17:33:01.123Z',
    'Critical path: payments POST /charge 206ms (66%), checkout POST /cart 67.4ms (22%), cart GET',
    '/items/␛[2J 12.2ms (4%)',
    'Note: 1 span names a parent that is not here',
    'Note: the clock of cart is at least 3ms behind that of checkout',
    '',
    'SPAN                                                DURATION      SELF  0                      330ms',
    'checkout POST /cart                                  312.4ms    67.4ms  ━──━━━━━─────────────────━━',
    '├─ checkout GET                                         35ms       5ms  ──━━',
    '│  └─ cart GET /items/␛[2J (starts 3ms early)           33ms    14.5ms  ━━━',
    '│     └─ ×37 cart SELECT items                        18.5ms    18.5ms  ━━━',
    '└─ ✖ checkout POST                                     210ms       4ms         ━─────────────────━',
    '   │  ✖ bank did not answer',
    '   └─ ▶ ✖ payments POST /charge                        206ms     206ms         ━━━━━━━━━━━━━━━━━━━',
    '         ✖ TimeoutError: bank did not answer',
    '         · 17:33:01.273 INFO asking the bank',
    '         · 17:33:01.413 ERROR no answer after 3 tries',
    'payments settle later (parent missing)                  25ms      25ms                           ───',
    '',
    'Logs that name no span of this trace',
    '· 17:33:01.443 WARN left over',
  ]);
});

test('every line fits every window, in any style, and colour changes nothing but colour', () => {
  for (const width of [1, 10, 24, 40, 60, 80, 133, 200]) {
    for (const unicode of [true, false]) {
      for (const all of [true, false]) {
        const bare = render(fixedTrace, { width, unicode, all });
        for (const line of bare) assert.ok(displayWidth(line) <= Math.max(width, 12), `${width}: ${line}`);
        for (const depth of [16, 256] as const) {
          const coloured = render(fixedTrace, { width, unicode, all, style: createStyle(depth) });
          assert.deepEqual(coloured.map(withoutColour), bare);
        }
      }
    }
  }
});

test('piped, names are whole', () => {
  const name = 'a'.repeat(300);
  const lines = render(answerOf('s', [otlpSpan({ id: '1', name, from: 0, to: 1 })]), { width: undefined });
  assert.ok(lines.some((line) => line.startsWith(`s ${name} `)));
});

test('ASCII terminals get ASCII', () => {
  const answer = answerOf('s', [
    otlpSpan({ id: '1', name: 'long '.repeat(40), from: 0, to: 0.0042 }),
    otlpSpan({ id: '2', parent: '1', name: 'x', from: 0.001, to: 0.002, error: 'bad' }),
  ]);
  for (const line of render(answer, { unicode: false }))
    assert.ok(
      [...line].every((c) => c >= ' ' && c <= '~'),
      line,
    );
});

test('a control character in a name reaches the terminal in no place', () => {
  const text = render(fixedTrace, { all: true, width: undefined }).join('\n');
  assert.ok(!text.includes('\x1b'));
});

test('a thousand equal children are one row, with how many and how long', () => {
  const spans = [otlpSpan({ id: 'a', name: 'loop', from: 0, to: 1000 })];
  for (let i = 0; i < 1000; i++)
    spans.push(
      otlpSpan({
        id: `b${i.toString(16).padStart(4, '0')}`,
        parent: 'a',
        name: 'SELECT',
        kind: 3,
        from: i,
        to: i + (i === 7 ? 0.9 : 0.5),
      }),
    );
  const lines = render(answerOf('db', spans));
  assert.ok(lines.length < 12, String(lines.length));
  assert.ok(
    lines.some((line) => line.includes('└─ ×1000 db SELECT (p50 500µs, max 900µs)')),
    lines.join('\n'),
  );
  assert.equal(
    render(answerOf('db', spans), { all: true }).filter((line) => line.includes('SELECT')).length,
    1001,
  );
});

test('a thousand different spans are cut to the rows that are read, errors first, and say what is hidden', () => {
  const spans = [otlpSpan({ id: 'a', name: 'wide', from: 0, to: 2000 })];
  for (let i = 0; i < 1000; i++) {
    spans.push(
      otlpSpan({
        id: `b${i.toString(16).padStart(4, '0')}`,
        parent: 'a',
        name: `step ${i}`,
        from: i,
        to: i + 1,
      }),
    );
    const error = i === 990 ? { error: 'deep trouble' } : {};
    spans.push(
      otlpSpan({
        id: `c${i.toString(16).padStart(4, '0')}`,
        parent: `b${i.toString(16).padStart(4, '0')}`,
        name: `part ${i}`,
        from: i,
        to: i + 1,
        ...error,
      }),
    );
  }
  const lines = render(answerOf('s', spans), { width: 120 });
  const title = lines.findIndex((line) => line.startsWith('SPAN '));
  const rows = lines.slice(title + 1).filter((line) => /^[│├└─ ]*(✖ )?s (wide|step|part)/.test(line));
  assert.equal(rows.length, rowsMax);
  assert.ok(
    lines.some((line) => line.includes('part 990')),
    'the error is shown',
  );
  assert.ok(lines.some((line) => line.includes('deep trouble')));
  const hidden = lines.reduce((sum, line) => sum + Number(/\((\d+) below\)/.exec(line)?.[1] ?? 0), 0);
  assert.equal(hidden + rows.length, 2001);
});

test('a chain of 100,000 spans, a circle and a crowd of equal ids end', () => {
  const id = (i: number): string => (i + 1).toString(16).padStart(16, '0');
  const chain = Array.from({ length: 100_000 }, (_, i) =>
    otlpSpan({ id: id(i), ...(i === 0 ? {} : { parent: id(i - 1) }), name: 'n', from: 0, to: 1 }),
  );
  const lines = render(answerOf('s', chain));
  assert.ok(lines.length <= rowsMax + 10);
  assert.ok(lines.some((line) => /\(\d+ below\)/.test(line)));
  const everything = render(answerOf('s', chain), { all: true });
  assert.ok(everything.length > 100_000);

  const circle = [
    otlpSpan({ id: '1', parent: '3', name: 'one', from: 1, to: 2 }),
    otlpSpan({ id: '2', parent: '1', name: 'two', from: 0, to: 2 }),
    otlpSpan({ id: '3', parent: '2', name: 'three', from: 2, to: 2 }),
    otlpSpan({ id: '4', parent: '4', name: 'own parent', from: 3, to: 3 }),
  ];
  const shown = render(answerOf('s', circle));
  assert.ok(
    shown.some((line) => line.startsWith('s two (parents form a circle)')),
    shown.join('\n'),
  );
  assert.ok(shown.some((line) => line.startsWith('Note: 1 circle of parents was cut')));
  for (const name of ['one', 'two', 'three', 'own parent'])
    assert.equal(shown.filter((line) => line.includes(`s ${name} `)).length, 1 + Number(name === 'two'));

  const crowd = Array.from({ length: 20_000 }, () =>
    otlpSpan({ id: '1', parent: '1', name: 'same', from: 0, to: 1 }),
  );
  assert.ok(
    render(answerOf('s', crowd)).some((line) =>
      line.includes('19999 spans have an id that another span has too'),
    ),
  );
});

test('odd times and missing fields are shown, not refused', () => {
  const lines = render({
    resourceSpans: [
      {
        scopeSpans: [
          {
            spans: [
              {
                traceId: 'AB',
                spanId: '01',
                startTimeUnixNano: '18446744073709551615',
                endTimeUnixNano: '5',
              },
              { traceId: 'AB' },
            ],
          },
        ],
      },
    ],
  });
  assert.ok(lines.some((line) => line.includes('unknown_service (no name)')));
  assert.ok(lines.some((line) => line.includes('ends before it starts')));
  assert.deepEqual(readTraces({}), []);
});

test('more logs than are read are counted, with the command that shows them', () => {
  const logRecords = Array.from({ length: 12 }, (_, i) => ({
    timeUnixNano: `${1000 + i}`,
    severityNumber: 9,
    body: { stringValue: `line ${i}` },
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    spanId: '0000000000000001',
  }));
  const answer = {
    ...answerOf('s', [otlpSpan({ id: '1', name: 'n', from: 0, to: 1 })]),
    resourceLogs: [{ resource: resource('s'), scopeLogs: [{ logRecords }] }],
  };
  const lines = render(answer, { width: undefined });
  assert.equal(lines.filter((line) => line.includes('INFO line')).length, 5);
  assert.ok(
    lines.some((line) =>
      line.includes(
        '… 7 more log records (tracewright logs --trace 4bf92f3577b34da6a3ce929d0e0e4736 --span 0000000000000001)',
      ),
    ),
  );
  assert.equal(render(answer, { all: true }).filter((line) => line.includes('INFO line')).length, 12);
  assert.equal(render(answer, { logs: false }).filter((line) => line.includes('INFO line')).length, 0);
});
