/**
 * Rows for conditions: each type of value under each sort of key in each place, and text that is meant to
 * break out of a literal.
 */
import type { AttributeValue, LogRecord, Span } from '@tracewright/model';
import { attributesOf, makeLog, makeSpan, NOON_NANO, resourceOf, SCOPE, spanId, traceId } from './rows.ts';

export const HOSTILE: readonly string[] = [
  `'; DROP TABLE tracewright.spans; --`,
  `\\' OR 1=1 --`,
  'a\\',
  `"quoted" \`ticked\` {param:String} ?`,
  'nul \u0000 inside',
  'line\nbreak\r\ttab',
  'Grüße 🎉 \u202e',
  '%_*',
  ' /* comment */ ',
  "unhex('41')",
  '$$here$$',
];

const list: AttributeValue = { type: 'array', value: [{ type: 'int', value: 1n }] };
const nothing: AttributeValue = { type: 'empty' };

/** Values that one key has in turn, so that each comparison meets each type. */
const VALUES: readonly (string | bigint | number | boolean | AttributeValue)[] = [
  '',
  'a',
  'abc',
  'ABC',
  '5',
  'true',
  'x\ny',
  ...HOSTILE,
  0n,
  5n,
  200n,
  -7n,
  70_000n,
  2n ** 53n + 1n,
  -(2n ** 63n),
  2n ** 63n - 1n,
  0,
  -0,
  5,
  5.5,
  1e21,
  -1.5e-7,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  2 ** 53,
  true,
  false,
  list,
  nothing,
];

/** Keys of the maps, of the promoted columns, and such as nobody should use. */
export const KEYS: readonly string[] = [
  'k',
  'http.route',
  'user.id',
  'http.response.status_code',
  `it's "a" key\\`,
  '',
];

export function conditionRows(): { readonly spans: Span[]; readonly logs: LogRecord[] } {
  const spans: Span[] = [];
  const logs: LogRecord[] = [];
  let id = 0;
  const next = (span: Partial<Span>): Span => {
    id++;
    return makeSpan({
      traceId: traceId(0xabc00 + (id >> 1)),
      spanId: spanId(id),
      startUnixNano: NOON_NANO + BigInt(id),
      ...span,
    });
  };
  for (const value of VALUES) {
    for (const key of KEYS) spans.push(next({ attributes: attributesOf({ [key]: value }) }));
    const attributes = attributesOf({ k: value });
    spans.push(
      next({ resource: resourceOf('checkout', attributes) }),
      next({ scope: { ...SCOPE, attributes } }),
      next({ events: [event('first'), { ...event('second'), attributes }] }),
      next({
        links: [
          { ...link(), attributes: attributesOf({ other: 'z' }) },
          { ...link(), attributes },
        ],
      }),
    );
    logs.push(
      makeLog({ attributes, timeUnixNano: NOON_NANO + BigInt(logs.length) }),
      makeLog({ resource: resourceOf('pay', attributes), timeUnixNano: NOON_NANO + BigInt(logs.length) }),
    );
  }
  for (const text of ['', 'abc', 'ABC', ...HOSTILE]) {
    spans.push(
      next({ name: text }),
      next({ statusMessage: text, traceState: text, receiver: text }),
      next({ resource: resourceOf(text), scope: { ...SCOPE, name: text, version: text } }),
      next({ events: [event('other'), event(text)] }),
    );
    logs.push(
      makeLog({
        body: { type: 'string', value: text },
        severityText: text,
        timeUnixNano: NOON_NANO + BigInt(logs.length),
      }),
      makeLog({
        eventName: text,
        receiver: text,
        resource: resourceOf(text),
        timeUnixNano: NOON_NANO + BigInt(logs.length),
      }),
      makeLog({
        scope: { ...SCOPE, name: text },
        traceId: traceId(0xabc00 + 1),
        spanId: spanId(3),
        timeUnixNano: NOON_NANO + BigInt(logs.length),
      }),
    );
  }
  spans.push(
    next({ kind: 0, statusCode: 2, parentSpanId: spanId(3) }),
    next({ kind: 5, statusCode: 1, endUnixNano: 0n }),
    next({ endUnixNano: NOON_NANO - 5n }),
    next({ endUnixNano: NOON_NANO + 5_000_000_000n }),
    next({ startUnixNano: 0n, endUnixNano: 2n ** 64n - 1n }),
  );
  return { spans, logs };
}

function event(name: string): Span['events'][number] {
  return { timeUnixNano: NOON_NANO, name, attributes: [], droppedAttributes: 0 };
}
function link(): Span['links'][number] {
  return {
    traceId: traceId(9),
    spanId: spanId(9),
    traceState: '',
    attributes: [],
    droppedAttributes: 0,
    flags: 0,
  };
}
