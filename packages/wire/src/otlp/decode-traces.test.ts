import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Acceptance, REJECTIONS_TOLD_MAX, RecordBatch, type Span } from '@tracewright/model';
import { ProtobufWriter } from '../primitives/protobuf-writer.ts';
import { readSpans } from '../testing/read-batch.ts';
import {
  attribute,
  goodSpan,
  message,
  requestOf,
  SPAN_ID,
  TRACE_ID,
  type Write,
} from '../testing/span-message.ts';
import { testContext } from '../testing/test-context.ts';
import { decodeOtlpTraces } from './decode-traces.ts';

function decode(
  body: Uint8Array,
  batch: RecordBatch = new RecordBatch(),
): { acceptance: Acceptance; spans: Span[] } {
  const decoded = decodeOtlpTraces(body, batch, testContext());
  assert.ok(decoded.ok, decoded.ok ? '' : decoded.failure.message);
  assert.equal(batch.spans.rows, decoded.value.accepted);
  return { acceptance: decoded.value, spans: readSpans(batch) };
}

test('an empty body, and frames without spans, are accepted and leave no rows', () => {
  for (const body of [new Uint8Array(0), Uint8Array.of(0x0a, 0), requestOf()]) {
    const batch = new RecordBatch();
    assert.deepEqual(decode(body, batch).acceptance, { accepted: 0, rejected: 0, rejections: [] });
    assert.equal(batch.rows('shared'), 0);
  }
});

test('a span whose ids cannot stand is refused alone, in words', () => {
  const ids = (traceId: Uint8Array, spanId: Uint8Array, parentId?: Uint8Array): Write => {
    return (writer) => {
      writer.bytes(1, traceId);
      writer.bytes(2, spanId);
      if (parentId !== undefined) writer.bytes(4, parentId);
      attribute(writer, 9, 'http.route', '/lost');
      message(writer, 11, () => writer.string(2, 'lost'));
      message(writer, 13, () => attribute(writer, 4, 'lost', 'too'));
    };
  };
  const { acceptance, spans } = decode(
    requestOf(
      goodSpan((writer) => writer.string(5, 'first')),
      ids(new Uint8Array(10).fill(1), SPAN_ID),
      ids(new Uint8Array(16), SPAN_ID),
      ids(TRACE_ID, new Uint8Array(4).fill(1)),
      ids(TRACE_ID, new Uint8Array(8)),
      ids(TRACE_ID, SPAN_ID, new Uint8Array(7).fill(1)),
      () => {},
      goodSpan((writer) => writer.string(5, 'last')),
    ),
  );
  assert.deepEqual(
    acceptance.rejections.map(({ index, code, kind, reason }) => [index, code, kind, reason]),
    [
      [1, 'invalid', 'trace-id-length', 'Cannot accept span 1: trace id is 10 bytes, expected 16'],
      [2, 'invalid', 'trace-id-zero', 'Cannot accept span 2: trace id is all zeros'],
      [3, 'invalid', 'span-id-length', 'Cannot accept span 3: span id is 4 bytes, expected 8'],
      [4, 'invalid', 'span-id-zero', 'Cannot accept span 4: span id is all zeros'],
      [
        5,
        'invalid',
        'parent-id-length',
        'Cannot accept span 5: parent span id is 7 bytes, expected 8 or none',
      ],
      [6, 'invalid', 'trace-id-missing', 'Cannot accept span 6: trace id is missing'],
    ],
  );
  assert.deepEqual([acceptance.accepted, acceptance.rejected], [2, 6]);
  assert.deepEqual(
    spans.map(({ name, attributes, events, links }) => [
      name,
      attributes.length,
      events.length,
      links.length,
    ]),
    [
      ['first', 0, 0, 0],
      ['last', 0, 0, 0],
    ],
  );
});

test('all refusals are counted and the first few are told', () => {
  const { acceptance } = decode(requestOf(...new Array<Write>(20).fill(() => {})));
  assert.equal(acceptance.rejected, 20);
  assert.equal(acceptance.rejections.length, REJECTIONS_TOLD_MAX);
});

test('a zero parent id is no parent, and an empty one neither', () => {
  const { spans } = decode(
    requestOf(
      goodSpan((writer) => writer.bytes(4, new Uint8Array(8))),
      goodSpan((writer) => writer.bytes(4, new Uint8Array(0))),
      goodSpan((writer) => writer.bytes(4, SPAN_ID)),
    ),
  );
  assert.deepEqual(
    spans.map((span) => span.parentSpanId),
    ['', '', '65666768696a6b6c'],
  );
});

test('fields come in any order and the last of a repeated scalar counts; messages merge', () => {
  const { spans } = decode(
    requestOf((writer) => {
      writer.fixed32(16, 1);
      message(writer, 15, () => writer.unsigned(3, 2));
      message(writer, 15, () => writer.string(2, 'merged'));
      message(writer, 11, () => {
        attribute(writer, 3, 'before', 'the name');
        writer.string(2, 'event');
        writer.fixed64(1, 7n);
      });
      message(writer, 9, () => {
        message(writer, 2, () => writer.string(1, 'value before key'));
        writer.string(1, 'a');
      });
      writer.string(5, 'first name');
      writer.bytes(1, new Uint8Array(3));
      writer.bytes(2, SPAN_ID);
      writer.string(5, 'last name');
      writer.bytes(1, TRACE_ID);
      message(writer, 9, () => {
        writer.string(1, 'b');
        message(writer, 2, () => {
          writer.string(1, 'overridden');
          writer.unsigned(3, 5);
        });
      });
      writer.fixed32(16, 257);
    }),
  );
  const [span] = spans;
  assert.ok(span !== undefined);
  assert.deepEqual(
    [span.name, span.flags, span.statusCode, span.statusMessage],
    ['last name', 257, 2, 'merged'],
  );
  assert.deepEqual(span.attributes, [
    { key: 'a', value: { type: 'string', value: 'value before key' } },
    { key: 'b', value: { type: 'int', value: 5n } },
  ]);
  assert.deepEqual(span.events, [
    {
      timeUnixNano: 7n,
      name: 'event',
      attributes: [{ key: 'before', value: { type: 'string', value: 'the name' } }],
      droppedAttributes: 0,
    },
  ]);
});

test('a resource that follows its spans, or comes in pieces, is theirs; so are schema URLs', () => {
  const writer = new ProtobufWriter();
  message(writer, 1, () => {
    message(writer, 2, () => {
      writer.string(3, 'urn:scope');
      message(writer, 2, goodSpan());
      message(writer, 1, () => writer.string(1, 'scope'));
      message(writer, 1, () => writer.string(2, 'v1'));
    });
    writer.string(3, 'urn:first');
    message(writer, 1, () => attribute(writer, 1, 'host.name', 'h'));
    writer.string(3, 'urn:resource');
    message(writer, 1, () => attribute(writer, 1, 'service.name', 'late'));
    message(writer, 1, () => writer.unsigned(2, 9));
  });
  const [span] = decode(writer.finish()).spans;
  assert.deepEqual(span?.resource, {
    service: 'late',
    attributes: [
      { key: 'host.name', value: { type: 'string', value: 'h' } },
      { key: 'service.name', value: { type: 'string', value: 'late' } },
    ],
    droppedAttributes: 9,
    schemaUrl: 'urn:resource',
  });
  assert.deepEqual(span?.scope, {
    name: 'scope',
    version: 'v1',
    attributes: [],
    droppedAttributes: 0,
    schemaUrl: 'urn:scope',
  });
});

test('the service is the first service.name that is a string with something in it', () => {
  const serviceOf = (write: Write): string | undefined => {
    const writer = new ProtobufWriter();
    message(writer, 1, () => {
      message(writer, 1, write);
      message(writer, 2, () => message(writer, 2, goodSpan()));
    });
    return decode(writer.finish()).spans[0]?.resource.service;
  };
  assert.equal(
    serviceOf(() => {}),
    'unknown_service',
  );
  assert.equal(
    serviceOf((writer) => attribute(writer, 1, 'service.name', '')),
    'unknown_service',
  );
  assert.equal(
    serviceOf((writer) => {
      attribute(writer, 1, 'service.name', '');
      attribute(writer, 1, 'service.names', 'x');
      attribute(writer, 1, 'service.name', 'one');
      attribute(writer, 1, 'service.name', 'two');
    }),
    'one',
  );
});

test('scopes under the deprecated field count only where there are no others', () => {
  const frame = (both: boolean): Uint8Array => {
    const writer = new ProtobufWriter();
    message(writer, 1, () => {
      message(writer, 1000, () => {
        message(writer, 1, () => writer.string(1, 'old'));
        message(writer, 2, goodSpan());
      });
      if (both)
        message(writer, 2, () =>
          message(
            writer,
            2,
            goodSpan((span) => span.string(5, 'new')),
          ),
        );
    });
    return writer.finish();
  };
  const old = decode(frame(false)).spans;
  assert.deepEqual([old.length, old[0]?.scope.name], [1, 'old']);
  const both = decode(frame(true)).spans;
  assert.deepEqual([both.length, both[0]?.name], [1, 'new']);
});

test('shared values are written once for a tenant, and again only for another one', () => {
  const batch = new RecordBatch();
  const body = requestOf(goodSpan(), goodSpan());
  decode(body, batch);
  assert.equal(batch.rows('shared'), 2);
  assert.ok(decodeOtlpTraces(body, batch, testContext()).ok);
  assert.equal(batch.rows('shared'), 2);
  assert.ok(decodeOtlpTraces(body, batch, testContext('other')).ok);
  assert.equal(batch.rows('shared'), 4);
  assert.equal(batch.known.size, 4);
  batch.reset();
  assert.ok(decodeOtlpTraces(body, batch, testContext()).ok);
  assert.equal(batch.rows('shared'), 0, 'what is known needs no row');
});

test('unknown fields and groups are passed over at every level', () => {
  const unknown: Write = (writer) => {
    writer.unsigned(500, 1);
    writer.fixed64(501, 1n);
    writer.fixed32(502, 1);
    writer.string(503, 'x');
    writer.raw(Uint8Array.of(0xa3, 0x1f, 0x08, 1, 0xa4, 0x1f));
  };
  const writer = new ProtobufWriter();
  unknown(writer);
  message(writer, 1, () => {
    unknown(writer);
    message(writer, 1, unknown);
    message(writer, 2, () => {
      unknown(writer);
      message(writer, 1, unknown);
      message(
        writer,
        2,
        goodSpan(() => {
          unknown(writer);
          message(writer, 11, unknown);
          message(writer, 13, unknown);
          message(writer, 15, unknown);
          message(writer, 9, () => {
            unknown(writer);
            writer.string(1, 'k');
            message(writer, 2, () => {
              unknown(writer);
              writer.string(1, 'v');
            });
          });
        }),
      );
    });
  });
  const [span] = decode(writer.finish()).spans;
  assert.deepEqual(span?.attributes, [{ key: 'k', value: { type: 'string', value: 'v' } }]);
  assert.deepEqual([span?.events.length, span?.links.length], [1, 1]);
});

test('bytes that are not UTF-8, and NUL, are kept as they are', () => {
  const odd = Uint8Array.of(0xff, 0x00, 0xc0, 0x80, 0xed, 0xa0, 0x80);
  const batch = new RecordBatch();
  const { spans } = decode(
    requestOf(
      goodSpan((writer) => {
        writer.bytes(5, odd);
        writer.bytes(3, odd);
        message(writer, 9, () => {
          writer.bytes(1, odd);
          message(writer, 2, () => writer.bytes(1, odd));
        });
      }),
    ),
    batch,
  );
  assert.equal(spans[0]?.name, new TextDecoder().decode(odd));
  const block = Buffer.concat(batch.block('spans', 1n));
  let found = 0;
  for (let at = block.indexOf(odd); at >= 0; at = block.indexOf(odd, at + 1)) found++;
  assert.equal(found, 4);
});

test('100,000 attributes on one span and 100,000 spans in one request are kept', () => {
  const wide = decode(
    requestOf(
      goodSpan((writer) => {
        for (let at = 0; at < 100_000; at++) attribute(writer, 9, `key.${at}`, `value ${at}`);
      }),
    ),
  );
  assert.equal(wide.spans[0]?.attributes.length, 100_000);
  const batch = new RecordBatch();
  const long = decodeOtlpTraces(
    requestOf(...new Array<Write>(100_000).fill(goodSpan())),
    batch,
    testContext(),
  );
  assert.ok(long.ok);
  assert.deepEqual([long.value.accepted, batch.rows('spans')], [100_000, 100_000]);
});
