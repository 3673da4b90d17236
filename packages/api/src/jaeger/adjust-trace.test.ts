/** The adjusters, one by one, on small traces. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Span } from '@tracewright/model';
import { attributes, resource, span } from '@tracewright/query/testing';
import { adjustTrace } from '../testing/adjust-trace.ts';
import type { SpanView } from './trace-view.ts';

const MS = 1_000_000n;
const T0 = 1_700_000_000_000_000_000n;

function adjust(spans: readonly Span[], maxClockSkewNano: bigint = 0n): readonly SpanView[] {
  return adjustTrace(spans, maxClockSkewNano);
}
const short = (id: string): string => id.replace(/^0+(?=.)/, '');

test('the server half of a shared id gets an id of its own, and the children below it', () => {
  const view = adjust([
    span({ id: 'a', kind: 3 }),
    span({ id: 'a', kind: 2 }),
    span({ id: '1', parent: 'a', kind: 1 }),
    span({ id: 'b', parent: 'a', kind: 3 }),
    span({ id: 'c', kind: 2 }),
  ]);
  assert.deepEqual(
    view.map(({ span: each }) => `${short(each.spanId)}<${short(each.parentSpanId)}`),
    // 1 is taken, so the new id is 2.
    ['a<', '2<a', '1<2', 'b<2', 'c<'],
  );
});

test('spans that are equal in all they hold are shown once, others with the same id stay', () => {
  const twice = span({ id: '1', attributes: attributes({ b: 1n, a: 2n }) });
  const reordered = { ...twice, attributes: attributes({ a: 2n, b: 1n }) };
  const other = { ...twice, name: 'other' };
  const view = adjust([twice, reordered, other]);
  assert.deepEqual(
    view.map(({ span: each }) => each.name),
    ['work', 'other'],
  );
  assert.deepEqual(view[1]?.warnings, ['duplicate span IDs; skipping clock skew adjustment']);
});

const early = resource('client', { 'host.name': 'h1' });
const late = resource('server', { 'host.name': 'h2' });
const SKEWED = [
  span({ id: '1', startUnixNano: T0, endUnixNano: T0 + 100n * MS, resource: early }),
  span({
    id: '2',
    parent: '1',
    startUnixNano: T0 - 50n * MS,
    endUnixNano: T0 + 30n * MS,
    resource: late,
    events: [{ timeUnixNano: T0, name: 'e', attributes: [], droppedAttributes: 0 }],
  }),
  // On the same host as its parent: moved with it.
  span({ id: '3', parent: '2', startUnixNano: T0 - 40n * MS, endUnixNano: T0 - 30n * MS, resource: late }),
];

test('clock skew is told when the adjustment is off', () => {
  const view = adjust(SKEWED);
  assert.deepEqual(
    view.map(({ warnings }) => warnings),
    [
      [],
      ['clock skew adjustment disabled; not applying calculated delta of 60ms'],
      ['clock skew adjustment disabled; not applying calculated delta of 60ms'],
    ],
  );
  assert.equal(view[1]?.span.startUnixNano, T0 - 50n * MS);
});

test('clock skew within the limit moves spans and their events to the middle of the parent', () => {
  const view = adjust(SKEWED, 60n * MS);
  assert.equal(view[1]?.span.startUnixNano, T0 + 10n * MS);
  assert.equal(view[1]?.span.endUnixNano, T0 + 90n * MS);
  assert.equal(view[1]?.span.events[0]?.timeUnixNano, T0 + 60n * MS);
  assert.equal(view[2]?.span.startUnixNano, T0 + 20n * MS);
  assert.deepEqual(view[2]?.warnings, ["This span's timestamps were adjusted by 60ms"]);
});

test('clock skew beyond the limit is told', () => {
  const view = adjust(SKEWED, 59n * MS);
  assert.deepEqual(view[1]?.warnings, [
    'max clock skew adjustment delta of 59ms exceeded; not applying calculated delta of 60ms',
  ]);
});

test('a child that lasts longer than its parent only must not start before it', () => {
  const long = (startUnixNano: bigint): Span =>
    span({ id: '2', parent: '1', startUnixNano, endUnixNano: startUnixNano + 500n * MS, resource: late });
  const parent = span({ id: '1', startUnixNano: T0, endUnixNano: T0 + 100n * MS, resource: early });
  assert.deepEqual(adjust([parent, long(T0 + 90n * MS)])[1]?.warnings, []);
  assert.deepEqual(adjust([parent, long(T0 - 1n)])[1]?.warnings, [
    'clock skew adjustment disabled; not applying calculated delta of 1ns',
  ]);
});

test('cycles, missing parents and very deep traces end', () => {
  const cycle = adjust([span({ id: '1', parent: '2' }), span({ id: '2', parent: '1' })]);
  assert.deepEqual(
    cycle.map(({ warnings }) => warnings),
    [[], []],
  );
  const orphan = adjust([span({ id: '1', parent: 'ff' })]);
  assert.deepEqual(orphan[0]?.warnings, [
    'parent span ID=00000000000000ff is not in the trace; skipping clock skew adjustment',
  ]);
  const deep = Array.from({ length: 50_000 }, (_, at) =>
    span({ id: (at + 1).toString(16), ...(at === 0 ? {} : { parent: at.toString(16) }) }),
  );
  assert.equal(adjust(deep).length, 50_000);
});

test('numeric addresses become dotted, library attributes move to the process', () => {
  const shared = resource('shop', { 'telemetry.sdk.name': 'opentelemetry' });
  const view = adjust([
    span({
      resource: shared,
      attributes: attributes({
        ip: 2130706433n,
        'peer.ipv4': -1062731775n,
        'telemetry.sdk.language': 'go',
        'telemetry.sdk.name': 'other',
        'telemetry.distro.name': 'd',
      }),
    }),
  ]);
  const only = view[0];
  assert.deepEqual(
    only?.span.attributes,
    attributes({ ip: '127.0.0.1', 'peer.ipv4': '192.168.0.1', 'telemetry.sdk.name': 'other' }),
  );
  assert.deepEqual(only?.warnings, [
    'conflicting values between Span and Resource for attribute telemetry.sdk.name',
  ]);
  assert.deepEqual(
    only?.span.resource.attributes.map(({ key }) => key),
    ['service.name', 'telemetry.sdk.name', 'telemetry.distro.name', 'telemetry.sdk.language'],
  );
  assert.equal(shared.attributes.length, 2, 'the resource that other spans share stays as it was');
});
