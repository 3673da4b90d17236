/**
 * Random OTLP: spans and logs in which every field has a value and every kind of value occurs, also those that no
 * SDK would send. The same seed gives the same message.
 */
import type { Message } from './otlp-messages.ts';

export type Random = { below(limit: number): number; chance(of: number): boolean };

export function createRandom(seed: number): Random {
  let state = seed;
  const below = (limit: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return Math.floor(((state >>> 0) / 2 ** 32) * limit);
  };
  return { below, chance: (of) => below(of) === 0 };
}

const TEXTS = [
  '',
  'a',
  'GET /orders/{id}',
  'nul \u0000 inside',
  'Schnee ☃ 雪 𝄞 \u{10ffff}',
  'quote \' " \\ ` ; -- ) OR 1=1',
  '\ufeffbyte order mark',
  '\r\n\t\u0001\u001b[31m',
  'x'.repeat(300),
];
const KEYS = [
  '',
  'key',
  'http.request.method',
  'http.response.status_code',
  'service.name',
  'k.ü',
  "k'\\",
  'nul\u0000',
];
const INTS = ['0', '1', '-1', '200', '9007199254740993', '9223372036854775807', '-9223372036854775808'];
const DOUBLES = [0, -0, 1, 42, 0.1, -1.5e300, 5e-324, Number.MAX_VALUE, Infinity, -Infinity, NaN];
const TIMES = ['0', '1', '1760000000123456789', '4102444800000000000', '18446744073709551615'];

export function randomTraces(random: Random, traceId: Uint8Array, spans: number): Message {
  const { below, chance } = random;
  const spanIds = Array.from({ length: spans }, (_, at) => idBytes(8, at + 1));
  const span = (at: number): Message => ({
    traceId,
    spanId: spanIds[at],
    ...(chance(3) ? {} : { parentSpanId: spanIds[below(spans)] }),
    traceState: chance(2) ? 'vendor=value,other@tenant=1' : pick(random, TEXTS),
    flags: pick(random, [0, 1, 0x101, 0x301, 0xffffffff]),
    name: pick(random, TEXTS),
    kind: below(6),
    startTimeUnixNano: pick(random, TIMES),
    endTimeUnixNano: pick(random, TIMES),
    ...attributed(random, 12),
    events: times(below(3), () => ({
      timeUnixNano: pick(random, TIMES),
      name: pick(random, TEXTS),
      ...attributed(random, 4),
    })),
    droppedEventsCount: below(2) * 4_294_967_295,
    links: times(below(3), () => ({
      traceId: idBytes(16, below(9)),
      spanId: idBytes(8, below(9)),
      traceState: pick(random, TEXTS),
      flags: below(4) * 256,
      ...attributed(random, 4),
    })),
    droppedLinksCount: below(3),
    ...(chance(3) ? {} : { status: { code: below(3), message: pick(random, TEXTS) } }),
  });
  let next = 0;
  const groups = Math.min(4, spans);
  return {
    resourceSpans: times(groups, (group) => ({
      resource: resource(random),
      schemaUrl: pick(random, ['', 'https://example.com/schemas/1.38.0']),
      scopeSpans: times(2, (half) => ({
        scope: { name: pick(random, TEXTS), version: pick(random, ['', '1.2.3']), ...attributed(random, 3) },
        schemaUrl: pick(random, ['', 'https://example.com/schemas/1.0.0']),
        spans: times(sizeOf(group * 2 + half, groups * 2, spans), () => span(next++)),
      })),
    })),
  };
}

export function randomLogs(random: Random, traceId: Uint8Array, records: number): Message {
  const { below, chance } = random;
  return {
    resourceLogs: times(2, (half) => ({
      resource: resource(random),
      schemaUrl: pick(random, ['', 'https://example.com/schemas/1.38.0']),
      scopeLogs: [
        {
          scope: { name: pick(random, TEXTS), version: pick(random, ['', '9']), ...attributed(random, 3) },
          schemaUrl: pick(random, ['', 'https://example.com/schemas/1.0.0']),
          logRecords: times(sizeOf(half, 2, records), () => ({
            timeUnixNano: pick(random, TIMES),
            observedTimeUnixNano: pick(random, TIMES),
            severityNumber: below(25),
            severityText: pick(random, TEXTS),
            ...(chance(5) ? {} : { body: anyValue(random, 3) }),
            ...attributed(random, 8),
            flags: below(3) * 128,
            traceId,
            ...(chance(3) ? {} : { spanId: idBytes(8, below(40) + 1) }),
            eventName: pick(random, TEXTS),
          })),
        },
      ],
    })),
  };
}

/** An id that is not all zeros. */
export function idBytes(length: number, number: number): Buffer {
  const bytes = Buffer.alloc(length, 0xa5);
  bytes.writeUInt32BE(number, length - 4);
  return bytes;
}

function resource(random: Random): Message {
  return {
    ...attributed(random, 5),
    entityRefs: times(random.below(2), () => ({
      schemaUrl: 'https://example.com/e',
      type: 'host',
      idKeys: ['host.id'],
      descriptionKeys: ['host.name', 'host.arch'],
    })),
  };
}

function attributed(random: Random, most: number): Message {
  const attributes = times(random.below(most + 1), () => ({
    key: pick(random, KEYS),
    ...(random.chance(12) ? {} : { value: anyValue(random, 3) }),
  }));
  return { attributes, droppedAttributesCount: random.below(3) };
}

function anyValue(random: Random, depth: number): Message {
  switch (random.below(depth > 0 ? 8 : 6)) {
    case 0:
      return { stringValue: pick(random, TEXTS) };
    case 1:
      return { boolValue: random.chance(2) };
    case 2:
      return { intValue: pick(random, INTS) };
    case 3:
      return { doubleValue: pick(random, DOUBLES) };
    case 4:
      return { bytesValue: Buffer.from(times(random.below(6), () => random.below(256))) };
    case 5:
      return {};
    case 6:
      return { arrayValue: { values: times(random.below(4), () => anyValue(random, depth - 1)) } };
    default:
      return {
        kvlistValue: {
          values: times(random.below(4), () => ({
            key: pick(random, KEYS),
            value: anyValue(random, depth - 1),
          })),
        },
      };
  }
}

function times<T>(count: number, make: (at: number) => T): T[] {
  return Array.from({ length: count }, (_, at) => make(at));
}

/** The size of the part `at` when `total` is dealt out to `parts`. */
function sizeOf(at: number, parts: number, total: number): number {
  return Math.floor(((at + 1) * total) / parts) - Math.floor((at * total) / parts);
}

function pick<T>(random: Random, values: readonly T[]): T {
  return values[random.below(values.length)] as T;
}
