import assert from 'node:assert/strict';
import { type AddressInfo, connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { createPostgresServer } from './postgres-server.ts';

describe('the database over the network', () => {
  let database: PGlite;
  let port: number;
  let closeServer: () => Promise<void>;
  const pools: pg.Pool[] = [];

  before(async () => {
    database = await PGlite.create();
    await database.exec(
      'CREATE TABLE counters (id integer PRIMARY KEY, value integer NOT NULL); INSERT INTO counters VALUES (1, 0)',
    );
    const { server, close } = createPostgresServer(database);
    closeServer = close;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
    for (let pool = 0; pool < 4; pool += 1) {
      pools.push(new pg.Pool({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres', max: 3 }));
    }
  });

  after(async () => {
    await Promise.all(pools.map((pool) => pool.end()));
    await closeServer();
    await database.close();
  });

  /** Runs work many times, spread over all pools and all at once. */
  function atOnce(times: number, work: (pool: pg.Pool, index: number) => Promise<void>): Promise<unknown> {
    return Promise.all(
      Array.from({ length: times }, (_, index) => work(pools[index % pools.length] as pg.Pool, index)),
    );
  }

  test('queries with parameters, at once on many connections, each get their own answer', async () => {
    await atOnce(400, async (pool, index) => {
      const one = await pool.query<{ v: string }>('SELECT $1::text AS v', [`value ${index}`]);
      assert.equal(one.rows[0]?.v, `value ${index}`);
      const many = await pool.query<{ n: number }>(
        'SELECT n FROM generate_series(1, $1::int) n WHERE n > $2::int',
        [index, index - 2],
      );
      assert.deepEqual(
        many.rows.map((row) => row.n),
        [index - 1, index].filter((n) => n > 0),
      );
    });
  });

  test('transactions, at once, do not mix', async () => {
    await atOnce(40, async (pool, index) => {
      const client = await pool.connect();
      await client.query('BEGIN');
      const { rows } = await client.query<{ value: number }>('SELECT value FROM counters WHERE id = $1', [1]);
      await client.query('UPDATE counters SET value = $1 WHERE id = 1', [(rows[0]?.value ?? 0) + 1]);
      await client.query(index % 4 === 0 ? 'ROLLBACK' : 'COMMIT');
      client.release();
    });
    const { rows } = await database.query<{ value: number }>('SELECT value FROM counters');
    assert.equal(rows[0]?.value, 30);
  });

  test('an error ends its own query and nothing else', async () => {
    await atOnce(60, async (pool, index) => {
      if (index % 3 === 0)
        await assert.rejects(pool.query('SELECT $1::int / 0', [index]), /division by zero/);
      else if (index % 3 === 1) await assert.rejects(pool.query('SELEC $1', [index]), /syntax error/);
      else assert.equal((await pool.query<{ v: number }>('SELECT $1::int AS v', [index])).rows[0]?.v, index);
    });
  });

  test('a connection that breaks within a transaction is rolled back, and others go on', async () => {
    const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres' });
    client.on('error', () => {});
    await client.connect();
    await client.query('BEGIN');
    await client.query('UPDATE counters SET value = -1');
    const waiting = pools[0]?.query<{ value: number }>('SELECT value FROM counters');
    (client as unknown as { connection: { stream: { destroy: () => void } } }).connection.stream.destroy();
    assert.notEqual((await waiting)?.rows[0]?.value, -1);
  });

  test('bytes that are not the protocol end their connection only', async () => {
    for (const text of ['GET / HTTP/1.1\r\n\r\n', '\0\0\0\x01aaaa']) {
      const socket = connect(port, '127.0.0.1');
      socket.end(text, 'latin1');
      await new Promise((resolve) => socket.once('close', resolve).resume());
    }
    assert.equal((await pools[0]?.query('SELECT 1'))?.rowCount, 1);
  });
});
