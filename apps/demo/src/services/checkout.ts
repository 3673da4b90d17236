// Turns a cart into an order: prices, tax and stock, then the charge, then the word to shipping. Version 2 of it
// is the one to beware of: it asks for everything item by item.

import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { trace } from '@opentelemetry/api';
import mqtt from 'mqtt';
import { callPeer } from '../process/call-peer.ts';
import { HttpProblem } from '../process/http-problem.ts';
import { isFaultOn, peerAddress, peerReady } from '../process/peers.ts';
import { createLog, runService } from '../process/run-service.ts';
import { chargeAttempts } from '../retry-storm.ts';
import { publishEvent } from '../telemetry/messaging.ts';

interface Item {
  readonly productId: number;
  readonly quantity: number;
}

const log = createLog('checkout');
const version = process.env['SHOP_VERSION'] ?? '1.0.0';
const asksItemByItem = Number(version.split('.')[0]) >= 2;
const broker = peerReady('broker').then((address) => mqtt.connectAsync(address));

async function priceOf(items: readonly Item[]): Promise<number> {
  const ids = items.map((item) => item.productId).join(',');
  const products = (await callPeer('catalogue', `/products?ids=${ids}`)) as {
    id: number;
    price_cents: number;
  }[];
  const prices = new Map(products.map((product) => [product.id, product.price_cents]));
  return items.reduce((sum, item) => sum + (prices.get(item.productId) ?? 0) * item.quantity, 0);
}

/**
 * The legacy service is asked with the classic client, as it always was. The instrumentation patches the module
 * object, so that a named import of `get` would go unseen.
 */
function taxOn(cents: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = http.get(
      `${peerAddress('tax')}/quote?cents=${cents}`,
      { timeout: 5_000 },
      async (response) => {
        try {
          const answer = (await response.setEncoding('utf8').toArray()).join('');
          if (response.statusCode !== 200) throw new Error(`tax answered ${response.statusCode}: ${answer}`);
          resolve((JSON.parse(answer) as { taxCents: number }).taxCents);
        } catch (error) {
          reject(error);
        }
      },
    );
    request.on('timeout', () => request.destroy(new Error('tax did not answer in time')));
    request.on('error', (cause) => reject(new HttpProblem(502, 'tax cannot be reached', { cause })));
  });
}

async function reserve(orderId: string, items: readonly Item[]): Promise<void> {
  await callPeer('inventory', '/reservations', { method: 'POST', body: { orderId, items } });
}

async function totalOf(orderId: string, items: readonly Item[]): Promise<number> {
  if (!asksItemByItem) {
    const [cents] = await Promise.all([priceOf(items), reserve(orderId, items)]);
    return cents + (await taxOn(cents));
  }
  let total = 0;
  for (const item of items) {
    const cents = await priceOf([item]);
    total += cents + (await taxOn(cents));
    // The new version asks again whether the stock is there, and waits for the replica to catch up.
    await sleep(40);
    await reserve(orderId, [item]);
  }
  return total;
}

async function charge(card: string, cents: number): Promise<string> {
  const attempts = isFaultOn('retry-storm') ? chargeAttempts : 1;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const charged = await callPeer('payment', '/charges', { method: 'POST', body: { card, cents } });
      return (charged as { authorisation: string }).authorisation;
    } catch (error) {
      if (attempt >= attempts) throw error;
      log.warn({ attempt, reason: (error as Error).message }, 'charge failed, trying again at once');
    }
  }
}

async function placeOrder(cartId: string, card: string): Promise<{ orderId: string; cents: number }> {
  const orderId = randomUUID();
  const span = trace.getActiveSpan();
  span?.setAttribute('shop.order.id', orderId);
  const { items } = (await callPeer('cart', `/carts/${encodeURIComponent(cartId)}`)) as {
    items: readonly Item[];
  };
  if (items.length === 0) throw new HttpProblem(409, 'the cart is empty');
  const cents = await totalOf(orderId, items);
  span?.setAttributes({ 'shop.order.cents': cents, 'shop.order.items': items.length });
  const authorisation = await charge(card, cents);
  await publishEvent(await broker, 'orders/placed', {
    source: 'checkout',
    type: 'shop.order.placed',
    data: { orderId, items, authorisation },
  });
  await callPeer('cart', `/carts/${encodeURIComponent(cartId)}`, { method: 'DELETE' });
  log.info({ orderId, cents, items: items.length }, 'order complete');
  return { orderId, cents };
}

runService(
  {
    name: 'checkout',
    stop: async () => (await broker).endAsync(),
    routes: [
      {
        method: 'POST',
        path: '/orders',
        handle: async ({ body }) => {
          const { cartId, card } = (body ?? {}) as { cartId?: unknown; card?: { number?: unknown } };
          if (typeof cartId !== 'string' || typeof card?.number !== 'string') {
            throw new HttpProblem(400, 'an order has a cartId and a card with a number');
          }
          return { status: 201, body: await placeOrder(cartId, card.number) };
        },
      },
    ],
  },
  log,
);
