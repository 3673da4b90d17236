import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OtlpSpan } from '../../cli/otlp-json.ts';
import { type AssembledTrace, assembleTrace } from './assemble.ts';
import { criticalPath, criticalTimes } from './critical-path.ts';
import { otlpSpan, resource } from './fixed-trace.ts';
import { readTraces } from './view.ts';

function assemble(...groups: readonly (readonly [string, ...OtlpSpan[]])[]): AssembledTrace {
  const resourceSpans = groups.map(([service, ...spans]) => ({
    resource: resource(service),
    scopeSpans: [{ spans }],
  }));
  const [view] = readTraces({ resourceSpans });
  return assembleTrace(view?.spans ?? [], []);
}

const ms = (nano: bigint): number => Number(nano) / 1e6;

test('self time is what no child covers, whether children overlap, outlive or precede their parent', () => {
  const { nodes } = assemble([
    's',
    otlpSpan({ id: '1', name: 'root', from: 0, to: 100 }),
    otlpSpan({ id: '2', parent: '1', name: 'a', from: 10, to: 40 }),
    otlpSpan({ id: '3', parent: '1', name: 'b', from: 30, to: 50 }),
    otlpSpan({ id: '4', parent: '1', name: 'c', from: 35, to: 38 }),
    otlpSpan({ id: '5', parent: '1', name: 'late', from: 90, to: 140 }),
  ]);
  const self = Object.fromEntries(nodes.map((node) => [node.span.name, ms(node.self)]));
  assert.deepEqual(self, { root: 50, a: 30, b: 20, c: 3, late: 50 });
});

test('the critical path covers the root exactly once and follows what ended last', () => {
  const { roots } = assemble([
    's',
    otlpSpan({ id: '1', name: 'root', from: 0, to: 100 }),
    otlpSpan({ id: '2', parent: '1', name: 'long', from: 10, to: 80 }),
    otlpSpan({ id: '3', parent: '1', name: 'hidden', from: 20, to: 70 }),
    otlpSpan({ id: '4', parent: '2', name: 'inner', from: 30, to: 60 }),
    otlpSpan({ id: '5', parent: '1', name: 'last', from: 85, to: 120 }),
  ]);
  const [root] = roots;
  assert.ok(root !== undefined);
  const segments = criticalPath(root);
  const times = Object.fromEntries(
    [...criticalTimes(segments)].map(([node, time]) => [node.span.name, ms(time)]),
  );
  assert.deepEqual(times, { root: 15, long: 40, inner: 30, last: 15 });
  const ordered = segments.toSorted((a, b) => (a.from < b.from ? -1 : 1));
  for (const [i, segment] of ordered.entries())
    assert.equal(segment.from, i === 0 ? root.span.start : ordered[i - 1]?.to);
  assert.equal(ordered.at(-1)?.to, root.span.end);
});

test('a server that shares the id of its client hangs below it', () => {
  const trace = assemble(
    [
      'front',
      otlpSpan({ id: '1', name: 'root', from: 0, to: 9 }),
      otlpSpan({ id: '2', parent: '1', name: 'call', kind: 3, from: 1, to: 8 }),
    ],
    [
      'back',
      otlpSpan({ id: '2', parent: '1', name: 'serve', kind: 2, from: 2, to: 7 }),
      otlpSpan({ id: '3', parent: '2', name: 'work', from: 3, to: 6 }),
    ],
  );
  const line = trace.nodes.map((node) => node.span.name);
  assert.deepEqual(line, ['root', 'call', 'serve', 'work']);
  assert.equal(trace.nodes.find((node) => node.span.name === 'call')?.children[0]?.span.name, 'serve');
  assert.equal(trace.sameId, 0);
});

test('clocks are compared only between services, and the largest difference of a pair counts', () => {
  const trace = assemble(
    [
      'a',
      otlpSpan({ id: '1', name: 'root', from: 10, to: 90 }),
      otlpSpan({ id: '2', parent: '1', name: 'own', from: 5, to: 20 }),
    ],
    [
      'b',
      otlpSpan({ id: '3', parent: '1', name: 'x', from: 8, to: 20 }),
      otlpSpan({ id: '4', parent: '1', name: 'y', from: 4, to: 20 }),
    ],
  );
  assert.deepEqual(trace.clocks, [{ behind: 'b', of: 'a', by: 6_000_000n }]);
  assert.equal(trace.nodes.find((node) => node.span.name === 'own')?.skew, 0n);
});

test('orphans stand behind the root, and every span stands in the tree once', () => {
  const trace = assemble([
    's',
    otlpSpan({ id: '7', parent: '99', name: 'orphan', from: 0, to: 1 }),
    otlpSpan({ id: '8', parent: '7', name: 'its child', from: 0, to: 1 }),
    otlpSpan({ id: '1', name: 'root', from: 5, to: 9 }),
  ]);
  assert.deepEqual(
    trace.roots.map((node) => node.span.name),
    ['root', 'orphan'],
  );
  assert.deepEqual(
    trace.nodes.map((node) => node.span.name),
    ['root', 'orphan', 'its child'],
  );
  assert.equal(trace.orphans, 1);
  assert.equal(trace.roots[1]?.size, 2);
});
