// What customers talk to. Each answer names its trace in the `server-timing` header, so that whoever sent the
// request can look it up.

import { trace } from '@opentelemetry/api';
import { callPeer } from '../process/call-peer.ts';
import { HttpProblem } from '../process/http-problem.ts';
import { isFaultOn, peerAddress } from '../process/peers.ts';
import { createLog, runService } from '../process/run-service.ts';
import { orderAttempts } from '../retry-storm.ts';

const log = createLog('frontend');

async function placeOrder(cartId: string, card: unknown): Promise<unknown> {
  const attempts = isFaultOn('retry-storm') ? orderAttempts : 1;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await callPeer('checkout', '/orders', { method: 'POST', body: { cartId, card } });
    } catch (error) {
      const refused = error instanceof HttpProblem && error.status < 500;
      if (refused || attempt >= attempts) throw error;
      log.warn({ attempt, cartId }, 'checkout failed, trying again at once');
    }
  }
}

/** Recommendations are a nicety: a page without them is still a page. */
async function recommendationsFor(productId: string): Promise<unknown> {
  if (peerAddress('recommendation') === undefined) return [];
  try {
    return await callPeer('recommendation', `/recommendations?product=${encodeURIComponent(productId)}`);
  } catch (error) {
    log.warn({ err: error, productId }, 'showing the product without recommendations');
    return [];
  }
}

runService(
  {
    name: 'frontend',
    headers: (): Record<string, string> => {
      const span = trace.getActiveSpan()?.spanContext();
      if (span === undefined) return {};
      const flags = span.traceFlags.toString(16).padStart(2, '0');
      return { 'server-timing': `traceparent;desc="00-${span.traceId}-${span.spanId}-${flags}"` };
    },
    routes: [
      {
        method: 'GET',
        path: '/products',
        handle: async ({ query }) => ({
          body: await callPeer(
            'catalogue',
            `/products?category=${encodeURIComponent(query.get('category') ?? 'lamps')}`,
          ),
        }),
      },
      {
        method: 'GET',
        path: '/products/:id',
        handle: async ({ params }) => {
          const id = params['id'] ?? '';
          const [product, recommended] = await Promise.all([
            callPeer('catalogue', `/products/${encodeURIComponent(id)}`),
            recommendationsFor(id),
          ]);
          return { body: { product, recommended } };
        },
      },
      {
        method: 'GET',
        path: '/search',
        handle: async ({ query }) => ({
          body: await callPeer('catalogue', `/search?q=${encodeURIComponent(query.get('q') ?? '')}`),
        }),
      },
      {
        method: 'POST',
        path: '/carts/:id/items',
        handle: async ({ params, body }) => ({
          status: 201,
          body: await callPeer('cart', `/carts/${encodeURIComponent(params['id'] ?? '')}/items`, {
            method: 'POST',
            body,
          }),
        }),
      },
      {
        method: 'POST',
        path: '/carts/:id/checkout',
        handle: async ({ params, body }) => {
          const order = await placeOrder(params['id'] ?? '', body);
          log.info({ order }, 'order placed');
          return { status: 201, body: order };
        },
      },
    ],
  },
  log,
);
