// Stock, reserved in SQL transactions.

import { HttpProblem } from '../process/http-problem.ts';
import { openPool } from '../process/open-pool.ts';
import { createLog, runService } from '../process/run-service.ts';

interface Item {
  readonly productId: number;
  readonly quantity: number;
}

const log = createLog('inventory');
const pool = openPool(4, log);

async function reserve(orderId: string, items: readonly Item[]): Promise<void> {
  const client = await (await pool).connect();
  try {
    await client.query('BEGIN');
    const ids = items.map((item) => item.productId);
    const quantities = items.map((item) => item.quantity);
    const taken = await client.query(
      `UPDATE stock SET quantity = stock.quantity - wanted.quantity
       FROM unnest($1::int[], $2::int[]) AS wanted(product_id, quantity)
       WHERE stock.product_id = wanted.product_id AND stock.quantity >= wanted.quantity`,
      [ids, quantities],
    );
    if (taken.rowCount !== items.length) throw new HttpProblem(409, 'not everything is in stock');
    await client.query(
      'INSERT INTO reservations (order_id, product_id, quantity) SELECT $1, * FROM unnest($2::int[], $3::int[])',
      [orderId, ids, quantities],
    );
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}

runService(
  {
    name: 'inventory',
    stop: async () => (await pool).end(),
    routes: [
      {
        method: 'POST',
        path: '/reservations',
        handle: async ({ body }) => {
          const { orderId, items } = (body ?? {}) as { orderId?: unknown; items?: readonly Item[] };
          if (typeof orderId !== 'string' || !Array.isArray(items)) {
            throw new HttpProblem(400, 'a reservation has an orderId and items');
          }
          await reserve(orderId, items as readonly Item[]);
          log.info({ orderId, items: items.length }, 'stock reserved');
          return { status: 201, body: { orderId } };
        },
      },
    ],
  },
  log,
);
