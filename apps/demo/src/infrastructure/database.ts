// The shop's SQL database: PostgreSQL compiled to WebAssembly, in memory, behind its own network protocol. It is
// filled anew at each start with products, stock and reviews, always the same ones.

import type { AddressInfo } from 'node:net';
import { PGlite } from '@electric-sql/pglite';
import { liveAsChild, sayReady } from '../process/child.ts';
import { createPostgresServer } from './postgres-server.ts';

const schema = `
  CREATE TABLE products (
    id integer PRIMARY KEY, category text NOT NULL, name text NOT NULL, price_cents integer NOT NULL);
  CREATE INDEX products_category ON products (category);
  CREATE TABLE stock (product_id integer PRIMARY KEY, quantity bigint NOT NULL);
  CREATE TABLE reviews (
    id integer PRIMARY KEY, product_id integer NOT NULL, rating integer NOT NULL, body text NOT NULL,
    words tsvector GENERATED ALWAYS AS (to_tsvector('simple', body)) STORED);
  CREATE INDEX reviews_product ON reviews (product_id);
  CREATE INDEX reviews_words ON reviews USING gin (words);
  CREATE TABLE reservations (order_id text, product_id integer, quantity integer, at timestamptz DEFAULT now());
  CREATE TABLE shipments (order_id text PRIMARY KEY, parcels integer NOT NULL, dispatched_at timestamptz);
`;

// Everything comes from the row number, so that two runs have equal data.
const seed = `
  INSERT INTO products SELECT n,
    (ARRAY['lamps','chairs','tables','shelves','rugs','plants','mirrors','clocks'])[1 + n % 8],
    (ARRAY['Oak','Linen','Brass','Walnut','Paper','Steel','Moss'])[1 + n % 7] || ' No. ' || n,
    900 + (n * 7919) % 24000 FROM generate_series(1, 200) n;
  INSERT INTO stock SELECT n, 1000000000 FROM generate_series(1, 200) n;
  INSERT INTO reviews (id, product_id, rating, body) SELECT n, 1 + (n * 31) % 200, 1 + (n * 17) % 5,
    (ARRAY['sturdy','lovely','wobbly','bright','soft','heavy','quiet','cheap','elegant','odd','warm'])[1 + n % 11]
    || ' and ' ||
    (ARRAY['fits','arrived late','smells of wood','easy to build','hard to clean','a gift','well made'])[1 + n % 7]
    || ', order ' || n || ' ' || repeat('would buy it again or not, ', 1 + n % 6)
    FROM generate_series(1, 6000) n;
  ANALYZE;
`;

const database = await PGlite.create();
await database.exec(schema);
await database.exec(seed);
const { server, close } = createPostgresServer(database);
liveAsChild(async () => {
  await close();
  await database.close();
});
server.listen(0, '127.0.0.1', () => {
  sayReady(`postgres://postgres@127.0.0.1:${(server.address() as AddressInfo).port}/postgres`);
});
