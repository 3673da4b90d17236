// Connections to the shop's database, opened once the parent has told where it answers.

import pg from 'pg';
import type { Logger } from 'pino';
import { peerReady } from './peers.ts';

/** A pool of connections. One that breaks while idle is logged and replaced with the next query. */
export async function openPool(connectionsMax: number, log: Logger): Promise<pg.Pool> {
  const pool = new pg.Pool({ connectionString: await peerReady('database'), max: connectionsMax });
  pool.on('error', (error) => log.warn({ err: error }, 'a database connection broke'));
  return pool;
}
