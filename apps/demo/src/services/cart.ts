// Carts, in the cache, forgotten after an hour.

import { Redis } from 'ioredis';
import { HttpProblem } from '../process/http-problem.ts';
import { peerReady } from '../process/peers.ts';
import { createLog, runService } from '../process/run-service.ts';

const log = createLog('cart');
const lifetimeSeconds = 3_600;
const cache = peerReady('cache').then((address) => new Redis(address, { disableClientInfo: true }));

runService(
  {
    name: 'cart',
    stop: async () => (await cache).disconnect(),
    routes: [
      {
        method: 'GET',
        path: '/carts/:id',
        handle: async ({ params }) => {
          const fields = await (await cache).hgetall(`cart:${params['id']}`);
          const items = Object.entries(fields).map(([id, quantity]) => ({
            productId: Number(id),
            quantity: Number(quantity),
          }));
          return { body: { items } };
        },
      },
      {
        method: 'POST',
        path: '/carts/:id/items',
        handle: async ({ params, body }) => {
          const { productId, quantity } = (body ?? {}) as { productId?: unknown; quantity?: unknown };
          if (!Number.isSafeInteger(productId) || !Number.isSafeInteger(quantity)) {
            throw new HttpProblem(400, 'an item has a productId and a quantity');
          }
          const key = `cart:${params['id']}`;
          const redis = await cache;
          const total = await redis.hincrby(key, String(productId), Number(quantity));
          await redis.expire(key, lifetimeSeconds);
          log.info({ productId, total }, 'item in cart');
          return { status: 201, body: { productId, quantity: total } };
        },
      },
      {
        method: 'DELETE',
        path: '/carts/:id',
        handle: async ({ params }) => ({
          body: { removed: await (await cache).del(`cart:${params['id']}`) },
        }),
      },
    ],
  },
  log,
);
