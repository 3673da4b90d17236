import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { FaultName } from './faults.ts';
import { type OtlpSink, type SinkSpan, startOtlpSink } from './otlp-sink.ts';
import { preparePython } from './python.ts';
import { Shop } from './shop.ts';

const server = 2;
const client = 3;
const consumer = 5;
const itemsPerOrder = 3;
/** Longer than the SDKs keep spans back. */
const quietMs = 250;

describe('the shop', () => {
  const logFolder = mkdtempSync(join(tmpdir(), 'demo-shop-'));
  let sink: OtlpSink;
  let shop: Shop;
  let whyNoPython: string | undefined;
  let healthySearchNs = 0n;
  const told: string[] = [];

  before(async () => {
    Object.assign(process.env, {
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '60',
      OTEL_BLRP_SCHEDULE_DELAY: '60',
    });
    sink = await startOtlpSink();
    // The Python environment stays in the demo's own folder, for it takes a while to make.
    const python = await preparePython(fileURLToPath(new URL('../data', import.meta.url)), () => {});
    whyNoPython = python.ok ? undefined : python.reason;
    shop = new Shop({
      endpoint: sink.endpoint,
      logFolder,
      python: python.ok ? python.interpreter : undefined,
      tell: (sentence) => told.push(sentence),
    });
    await shop.start();
  });

  after(async () => {
    await shop.stop();
    await sink[Symbol.asyncDispose]();
    rmSync(logFolder, { recursive: true, force: true });
  });

  async function ask(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ traceId: string; status: number }> {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    const response = await fetch(`${shop.frontend}${path}`, init);
    await response.arrayBuffer();
    const traceId = /00-([0-9a-f]{32})-/.exec(response.headers.get('server-timing') ?? '')?.[1];
    assert(traceId !== undefined, `${path} names no trace`);
    return { traceId, status: response.status };
  }

  let carts = 0;
  async function order(): Promise<{ traceId: string; status: number }> {
    carts += 1;
    for (let item = 1; item <= itemsPerOrder; item += 1) {
      await ask('POST', `/carts/test-${carts}/items`, { productId: item * 7, quantity: 1 });
    }
    return ask('POST', `/carts/test-${carts}/checkout`, { number: '4111 1111 1111 1111' });
  }

  const spansOf = (traceId: string): readonly SinkSpan[] =>
    sink.spans.filter((span) => span.traceId === traceId);
  const childrenOf = (span: SinkSpan): readonly SinkSpan[] =>
    spansOf(span.traceId).filter((other) => other.parentSpanId === span.spanId);
  /** The client spans of calls to a peer. */
  const callsTo = (peer: string, spans: readonly SinkSpan[]): readonly SinkSpan[] =>
    spans.filter((span) => span.attributes.get('service.peer.name') === peer);
  const servicesOf = (spans: readonly SinkSpan[]): readonly string[] =>
    [...new Set(spans.map((span) => span.service))].sort();

  /**
   * Waits until a trace is there: its root, the parent of every span, what the test expects of it, and for a while
   * nothing new, so that what must not come has had its time.
   */
  async function settledTrace(
    traceId: string,
    expected: (spans: readonly SinkSpan[]) => boolean = () => true,
  ): Promise<readonly SinkSpan[]> {
    let count = 0;
    let quietSince = performance.now();
    await until(`all of trace ${traceId}`, () => {
      const spans = spansOf(traceId);
      if (spans.length !== count) quietSince = performance.now();
      count = spans.length;
      const ids = new Set(['', ...spans.map((span) => span.spanId)]);
      const isWhole = spans.every((span) => ids.has(span.parentSpanId));
      const hasRoot = spans.some((span) => span.parentSpanId === '');
      return hasRoot && isWhole && performance.now() - quietSince > quietMs && expected(spans);
    });
    return spansOf(traceId);
  }

  async function withFault(name: FaultName, look: () => Promise<void>): Promise<void> {
    await shop.switchFault(name, true);
    assert.deepEqual(shop.faults, [name]);
    try {
      await look();
    } finally {
      await shop.switchFault(name, false);
    }
  }

  async function assertHealthyOrder(): Promise<void> {
    const placed = await order();
    assert.equal(placed.status, 201);
    const spans = await settledTrace(placed.traceId, (sofar) => servicesOf(sofar).length >= 7);
    assert.equal(spans.filter((span) => span.kind === consumer).length, 1);
    assert.deepEqual(servicesOf(spans), [
      'cart',
      'catalogue',
      'checkout',
      'frontend',
      'inventory',
      'payment',
      'shipping',
    ]);
    const ids = new Set(spans.map((span) => span.spanId));
    assert.equal(ids.size, spans.length, 'no span twice');
    const roots = spans.filter((span) => !ids.has(span.parentSpanId));
    assert.deepEqual(
      roots.map((span) => `${span.service} ${span.name} ${span.parentSpanId}`),
      ['frontend POST /carts/:id/checkout '],
    );
    assert.deepEqual(
      spans.filter((span) => span.isError),
      [],
    );
  }

  test('an order is one trace through seven services, and its logs carry its id', async () => {
    await assertHealthyOrder();
    const { traceId } = await order();
    await settledTrace(traceId, (sofar) => servicesOf(sofar).length >= 7);
    await until('the logs of four services', () => logServices(traceId).length >= 4);
    const ids = new Set(spansOf(traceId).map((span) => span.spanId));
    for (const log of sink.logs.filter(
      (record) => record.traceId === traceId && record.service === 'payment',
    )) {
      assert(ids.has(log.spanId));
      assert.equal(log.body, 'card charged');
    }
  });

  function logServices(traceId: string): readonly string[] {
    return [...new Set(sink.logs.filter((log) => log.traceId === traceId).map((log) => log.service))];
  }

  test('each service says who it is', async () => {
    const { traceId } = await order();
    const spans = await settledTrace(traceId, (sofar) => servicesOf(sofar).length >= 7);
    assert.equal(new Set(spans.map((span) => span.instance)).size, servicesOf(spans).length);
    assert.equal(spans.find((span) => span.service === 'checkout')?.version, '1.4.2');
  });

  test('the legacy service shows only as a client span that ends in nothing', async () => {
    const { traceId } = await order();
    const spans = await settledTrace(traceId, (sofar) => callsTo('tax', sofar).length > 0);
    const [call] = callsTo('tax', spans);
    assert(call !== undefined);
    assert.equal(call.kind, client);
    assert.deepEqual(childrenOf(call), []);
  });

  test('a dispatched batch links to the orders in it', async () => {
    const { traceId } = await order();
    await until('a batch with the order', () =>
      sink.spans.some(
        (span) => span.name === 'dispatch parcels' && span.links.some((link) => link.traceId === traceId),
      ),
    );
    const batch = sink.spans.find((span) => span.name === 'dispatch parcels');
    assert.equal(batch?.parentSpanId, '');
    assert.notEqual(batch?.traceId, traceId);
  });

  test('the Python service takes part in the trace of a product page', async (t) => {
    if (whyNoPython !== undefined) return t.skip(whyNoPython);
    const { traceId, status } = await ask('GET', '/products/5');
    assert.equal(status, 200);
    const idBytes = Buffer.from(traceId, 'hex');
    await until('a batch of Python with the trace', () =>
      sink.binaryBodies.some((body) => body.includes('recommendation') && body.includes(idBytes)),
    );
    await until('the call back', () => spansOf(traceId).some((span) => span.name === 'GET /products'));
    const called = spansOf(traceId).find((span) => span.name === 'GET /products');
    assert(
      sink.binaryBodies.some((body) => body.includes(Buffer.from(called?.parentSpanId ?? '', 'hex'))),
      'its parent came from Python',
    );
  });

  test('without the fault a search uses the index', async () => {
    const select = await searchSelect();
    assert.match(String(select.attributes.get('db.query.text')), /words @@/);
    healthySearchNs = select.end - select.start;
  });

  async function searchSelect(): Promise<SinkSpan> {
    // The first query of a connection pays for its opening.
    await ask('GET', '/search?q=gift');
    const { traceId } = await ask('GET', '/search?q=wobbly');
    const spans = await settledTrace(traceId, (sofar) => servicesOf(sofar).includes('catalogue'));
    const select = spans.find((span) => span.attributes.has('db.query.text'));
    assert(select !== undefined);
    return select;
  }

  test('slow-query: one query takes its time', () =>
    withFault('slow-query', async () => {
      const select = await searchSelect();
      assert.match(String(select.attributes.get('db.query.text')), /to_tsvector\('simple', p\.name/);
      assert(select.end - select.start > healthySearchNs * 2n);
    }));

  test('n-plus-one: the same query for each product', () =>
    withFault('n-plus-one', async () => {
      const { traceId } = await ask('GET', '/products?category=rugs');
      const spans = await settledTrace(traceId, (sofar) => servicesOf(sofar).includes('catalogue'));
      const texts = spans.map((span) => String(span.attributes.get('db.query.text')));
      assert.equal(texts.filter((text) => text.includes('WHERE product_id = $1')).length, 25);
    }));

  test('error-burst: an error climbs from payment to the frontend', () =>
    withFault('error-burst', async () => {
      const placed = [await order(), await order()];
      const failed = placed.find(({ status }) => status === 502);
      assert.equal(placed.filter(({ status }) => status === 201).length, 1);
      assert(failed !== undefined);
      const spans = await settledTrace(failed.traceId, (sofar) => servicesOf(sofar).includes('payment'));
      const wrong = spans.filter((span) => span.isError);
      assert.deepEqual(servicesOf(wrong), ['checkout', 'frontend', 'payment']);
      const origin = wrong.find((span) => span.name === 'authorise card');
      assert.deepEqual(origin?.events, ['exception']);
      assert.equal(origin?.attributes.get('error.type'), 'ProcessorError');
      const isLogged = (): boolean =>
        sink.logs.some((log) => log.traceId === failed.traceId && log.severity === 17);
      await until('an error log', isLogged);
    }));

  test('retry-storm: attempts multiply', () =>
    withFault('retry-storm', async () => {
      const { traceId, status } = await order();
      assert.equal(status, 201);
      const spans = await settledTrace(traceId, (sofar) => chargesIn(sofar).length === 10);
      const statuses = chargesIn(spans).map((span) =>
        Number(span.attributes.get('http.response.status_code')),
      );
      assert.equal(statuses.filter((code) => code === 503).length, 9);
      // Five attempts each by two orders: the frontend tried again as well.
      assert.equal(spans.filter((span) => span.name === 'POST /orders').length, 2);
    }));

  function chargesIn(spans: readonly SinkSpan[]): readonly SinkSpan[] {
    return spans.filter((span) => span.service === 'payment' && span.kind === server);
  }

  test('dropped-context: inventory is in a trace of its own', () =>
    withFault('dropped-context', async () => {
      const seen = new Set(
        sink.spans.filter((span) => span.name === 'POST /reservations').map((span) => span.spanId),
      );
      const { traceId, status } = await order();
      assert.equal(status, 201);
      const spans = await settledTrace(traceId, (sofar) => callsTo('inventory', sofar).length > 0);
      assert(!servicesOf(spans).includes('inventory'));
      const isLost = (span: SinkSpan): boolean =>
        span.name === 'POST /reservations' && !seen.has(span.spanId);
      await until('the lost span', () => sink.spans.some(isLost));
      assert.equal(sink.spans.find(isLost)?.parentSpanId, '');
    }));

  test('uninstrumented: cart is not to be seen', () =>
    withFault('uninstrumented', async () => {
      const { traceId, status } = await order();
      assert.equal(status, 201);
      const spans = await settledTrace(traceId, (sofar) => callsTo('cart', sofar).length >= 2);
      assert(!servicesOf(spans).includes('cart'));
      const calls = callsTo('cart', spans);
      assert.equal(calls.length, 2);
      for (const call of calls) assert.deepEqual(childrenOf(call), []);
    }));

  test('clock-skew: payment ends before it is called', () =>
    withFault('clock-skew', async () => {
      const { traceId } = await order();
      const spans = await settledTrace(traceId, (sofar) => servicesOf(sofar).includes('payment'));
      const charge = spans.find((span) => span.service === 'payment' && span.kind === server);
      const call = spans.find((span) => span.spanId === charge?.parentSpanId);
      assert(charge !== undefined && call !== undefined);
      assert(charge.end < call.start);
      assert(charge.end >= charge.start);
    }));

  test('slow-version: the new version takes half of the orders, item by item', () =>
    withFault('slow-version', async () => {
      const versions = new Map<string, number>();
      for (let tries = 0; versions.size < 2 && tries < 8; tries += 1) {
        const { traceId } = await order();
        const spans = await settledTrace(traceId, (sofar) => {
          const calls = callsTo('inventory', sofar);
          return calls.length > 0 && calls.every((call) => childrenOf(call).length > 0);
        });
        const version = spans.find((span) => span.name === 'POST /orders')?.version ?? '';
        versions.set(version, spans.filter((span) => span.name === 'POST /reservations').length);
      }
      assert.equal(versions.get('1.4.2'), 1);
      assert.equal(versions.get('2.0.0'), itemsPerOrder);
    }));

  test('a service that is killed is restarted, and takes part again', async () => {
    const pid = (): number => Number(/payment (\d+)/.exec(shop.processes.join())?.[1]);
    const old = pid();
    process.kill(old, 'SIGKILL');
    await until('another payment process', () => Number.isInteger(pid()) && pid() !== old);
    assert.deepEqual(told, ['payment ended unexpectedly (SIGKILL); restarting it']);
    await until('its address', () => shop.isComplete);
  });

  test('with all faults off an order is whole again', assertHealthyOrder);
});

async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!holds()) {
    assert(performance.now() < deadline, `waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
