// Products and their reviews, in SQL.

import { HttpProblem } from '../process/http-problem.ts';
import { openPool } from '../process/open-pool.ts';
import { isFaultOn } from '../process/peers.ts';
import { createLog, runService } from '../process/run-service.ts';

interface Product {
  readonly id: number;
  readonly name: string;
  readonly price_cents: number;
  readonly rating?: string;
}

const log = createLog('catalogue');
const pool = openPool(4, log);

const listWithRatings = `
  SELECT p.id, p.name, p.price_cents, r.rating FROM products p
  LEFT JOIN (SELECT product_id, avg(rating) AS rating FROM reviews GROUP BY product_id) r ON r.product_id = p.id
  WHERE p.category = $1 ORDER BY p.id`;

async function listProducts(category: string): Promise<readonly Product[]> {
  const database = await pool;
  if (!isFaultOn('n-plus-one')) return (await database.query<Product>(listWithRatings, [category])).rows;
  const list = 'SELECT id, name, price_cents FROM products WHERE category = $1 ORDER BY id';
  const products: Product[] = [];
  for (const product of (await database.query<Product>(list, [category])).rows) {
    const rating = 'SELECT avg(rating) AS rating FROM reviews WHERE product_id = $1';
    const found = await database.query<{ rating: string }>(rating, [product.id]);
    products.push({ ...product, rating: found.rows[0]?.rating ?? '0' });
  }
  return products;
}

async function findProducts(ids: readonly number[]): Promise<readonly Product[]> {
  const database = await pool;
  const text = 'SELECT id, name, price_cents FROM products WHERE id = ANY($1)';
  return (await database.query<Product>(text, [ids])).rows;
}

async function searchReviews(word: string): Promise<unknown[]> {
  const database = await pool;
  if (!isFaultOn('slow-query')) {
    const text = `SELECT product_id, count(*) FROM reviews WHERE words @@ to_tsquery('simple', $1)
      GROUP BY product_id ORDER BY count(*) DESC LIMIT 10`;
    return (await database.query(text, [word])).rows;
  }
  // A change that wished to search product names as well: the text is computed, so that no index can serve it.
  const text = `SELECT r.product_id, count(*) FROM reviews r JOIN products p ON p.id = r.product_id
    WHERE to_tsvector('simple', p.name || ' ' || r.body) @@ to_tsquery('simple', $1)
    GROUP BY r.product_id ORDER BY count(*) DESC LIMIT 10`;
  return (await database.query(text, [word])).rows;
}

function parseIds(text: string): readonly number[] {
  return text.split(',').map(Number).filter(Number.isSafeInteger);
}

runService(
  {
    name: 'catalogue',
    stop: async () => (await pool).end(),
    routes: [
      {
        method: 'GET',
        path: '/products',
        handle: async ({ query }) => {
          const ids = query.get('ids');
          return {
            body:
              ids === null
                ? await listProducts(query.get('category') ?? '')
                : await findProducts(parseIds(ids)),
          };
        },
      },
      {
        method: 'GET',
        path: '/products/:id',
        handle: async ({ params }) => {
          const [product] = await findProducts(parseIds(params['id'] ?? ''));
          if (product === undefined) throw new HttpProblem(404, `there is no product ${params['id']}`);
          return { body: product };
        },
      },
      {
        method: 'GET',
        path: '/search',
        handle: async ({ query }) => {
          const word = (query.get('q') ?? '').toLowerCase();
          if (!/^[a-z]{2,30}$/.test(word)) throw new HttpProblem(400, 'search for one word of letters');
          const found = await searchReviews(word);
          log.info({ word, found: found.length }, 'searched reviews');
          return { body: found };
        },
      },
    ],
  },
  log,
);
