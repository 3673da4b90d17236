/**
 * Claims: what several nodes of one store must agree on, kept in the store itself.
 *
 * - One node migrates at a time: whoever creates the table `migration_lock` has the lock, for a server creates
 *   a table once. A lock that its holder left behind is moved aside by its age, under a name made of the holder,
 *   so that two who come for it cannot move the lock of a third.
 * - A node's number belongs to one process: segment ids of different nodes differ by it. Each node says
 *   regularly that it is there; another that says the same number is refused while it does.
 * - A server knows which shard it is, of how many: a list of addresses in another order is refused.
 */
import { err, failure, ok, type Result } from '@tracewright/std';
import { printText } from '../compile/literal.ts';
import type { Engine } from '../engine/engine.ts';
import { MIGRATIONS, type MigrationReport, migrate } from '../migrate.ts';
import { decodeNativeBlocks } from '../native/decode.ts';
import type { NativeBlock } from '../native/native-block.ts';
import { DATABASE } from '../schema/v0001.ts';

export type NodeIdentity = {
  readonly number: number;
  /** Differs from that of every other node, and stays with the data folder. */
  readonly instance: string;
  readonly host: string;
};

const DEADLINE_MS = 30_000;
/** No migration takes as long. */
const LOCK_STALE_SECONDS = 900;
const LOCK_WAIT_MS = 60_000;
const LOCK_POLL_MS = 250;
const TABLE_ALREADY_EXISTS = '(TABLE_ALREADY_EXISTS)';
/** A node that has not been heard of for so long has lost its number. */
const NODE_SILENT_SECONDS = 60;

export const CLUSTER_TABLES: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS ${DATABASE}.cluster_nodes
(
  number UInt32,
  instance String,
  host String,
  said_at DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC'),
  valid_until DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree(said_at)
ORDER BY (number, instance)`,
  `CREATE TABLE IF NOT EXISTS ${DATABASE}.cluster_shards
(
  shard UInt32,
  shards UInt32,
  at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(at)
ORDER BY (shard, shards)`,
];

/** Migrates unless the tables are there already; nodes that come at the same time wait for the first. */
export async function migrateOnce(engine: Engine, node: NodeIdentity): Promise<Result<MigrationReport>> {
  const newest = MIGRATIONS.at(-1)?.version ?? 0;
  const endsAtMs = performance.now() + LOCK_WAIT_MS;
  for (;;) {
    const version = await readVersion(engine);
    if (!version.ok) return version;
    if (version.value === newest) return ok({ from: newest, to: newest });
    const created = await engine.command(`CREATE DATABASE IF NOT EXISTS ${DATABASE}`, {
      deadlineMs: DEADLINE_MS,
    });
    if (!created.ok) return created;
    const locked = await lock(engine, node);
    if (!locked.ok) return locked;
    if (locked.value) break;
    if (performance.now() > endsAtMs) {
      return err(failure('unavailable', 'Another node is migrating the tables and has not ended yet'));
    }
    await new Promise((resolve) => setTimeout(resolve, LOCK_POLL_MS));
  }
  try {
    const report = await migrate(engine);
    if (!report.ok) return report;
    for (const sql of CLUSTER_TABLES) {
      const made = await engine.command(sql, { deadlineMs: DEADLINE_MS });
      if (!made.ok) return made;
    }
    return report;
  } finally {
    await engine.command(`DROP TABLE IF EXISTS ${DATABASE}.migration_lock`, { deadlineMs: DEADLINE_MS });
  }
}

/** The version of a store that has all its tables; 0 for one that lacks any. */
async function readVersion(engine: Engine): Promise<Result<number>> {
  const tables = await rows(
    engine,
    `SELECT toUInt32(countIf(name = 'schema_migrations')) AS versions,
toUInt32(countIf(name IN ('cluster_nodes', 'cluster_shards'))) AS claims
FROM system.tables WHERE database = '${DATABASE}'`,
  );
  if (!tables.ok) return tables;
  const isThere = tables.value?.numbers('versions')[0] === 1 && tables.value.numbers('claims')[0] === 2;
  if (!isThere) return ok(0);
  const version = await rows(engine, `SELECT max(version) AS version FROM ${DATABASE}.schema_migrations`);
  return version.ok ? ok(version.value?.numbers('version')[0] ?? 0) : version;
}

async function lock(engine: Engine, node: NodeIdentity): Promise<Result<boolean>> {
  const made = await engine.command(
    `CREATE TABLE ${DATABASE}.migration_lock (holder String) ENGINE = Memory COMMENT ${printText(node.instance)}`,
    { deadlineMs: DEADLINE_MS },
  );
  if (made.ok) return ok(true);
  if (!made.failure.message.includes(TABLE_ALREADY_EXISTS)) return made;
  const found = await rows(
    engine,
    `SELECT comment, toUInt32(dateDiff('second', metadata_modification_time, now())) AS age
FROM system.tables WHERE database = '${DATABASE}' AND name = 'migration_lock'`,
  );
  if (!found.ok) return found;
  const age = found.value?.numbers('age')[0];
  const holder = found.value?.strings('comment').text(0) ?? '';
  if (age === undefined) return ok(false);
  if (holder !== node.instance && age < LOCK_STALE_SECONDS) return ok(false);
  const aside = `migration_lock_of_${holder.replace(/\W/g, '_')}_${age}`;
  await engine.command(`RENAME TABLE ${DATABASE}.migration_lock TO ${DATABASE}.${aside}`, {
    deadlineMs: DEADLINE_MS,
  });
  await engine.command(`DROP TABLE IF EXISTS ${DATABASE}.${aside}`, { deadlineMs: DEADLINE_MS });
  return ok(false);
}

/** Takes the number for this node; a failure when another process has it. */
export async function claimNode(engine: Engine, node: NodeIdentity): Promise<Result<void>> {
  const before = await rows(engine, `${holders(node)} LIMIT 1`);
  if (!before.ok) return before;
  if (before.value !== undefined) return err(taken(node, before.value));
  const said = await renewNode(engine, node);
  if (!said.ok) return said;
  // Of two that came at the same moment, the one that said so first has it.
  const after = await rows(
    engine,
    `WITH (SELECT max(said_at) FROM ${DATABASE}.cluster_nodes
WHERE number = ${node.number} AND instance = ${printText(node.instance)}) AS mine
SELECT * FROM (${holders(node)}) WHERE (said, instance) < (mine, ${printText(node.instance)}) LIMIT 1`,
  );
  if (!after.ok) return after;
  if (after.value === undefined) return ok(undefined);
  await releaseNode(engine, node);
  return err(taken(node, after.value));
}

/** Says that this node is still there. */
export function renewNode(engine: Engine, node: NodeIdentity): Promise<Result<void>> {
  return say(engine, node, `now64(6, 'UTC') + INTERVAL ${NODE_SILENT_SECONDS} SECOND`);
}

/** Gives the number back, so that another process may have it at once. */
export function releaseNode(engine: Engine, node: NodeIdentity): Promise<Result<void>> {
  return say(engine, node, "now64(6, 'UTC')");
}

function say(engine: Engine, { number, instance, host }: NodeIdentity, until: string): Promise<Result<void>> {
  return engine.command(
    `INSERT INTO ${DATABASE}.cluster_nodes (number, instance, host, valid_until) SELECT ${number}, ${printText(instance)}, ${printText(host)}, ${until}`,
    { deadlineMs: DEADLINE_MS },
  );
}

/** Other processes that have this number now. */
function holders({ number, instance }: NodeIdentity): string {
  return `SELECT instance, argMax(host, said_at) AS host, max(said_at) AS said
FROM ${DATABASE}.cluster_nodes WHERE number = ${number} AND instance != ${printText(instance)}
GROUP BY instance HAVING argMax(valid_until, said_at) > now64(6, 'UTC')`;
}

function taken(node: NodeIdentity, block: NativeBlock): ReturnType<typeof failure> {
  const host = block.strings('host').text(0);
  return failure(
    'unavailable',
    `Another node, on ${host}, has the number ${node.number}: storage.node must differ for every node of a store`,
  );
}

/** Checks that the server has always been this shard, and notes of how many. */
export async function claimShard(engine: Engine, shard: number, shards: number): Promise<Result<void>> {
  const found = await rows(
    engine,
    `SELECT argMax(shard, at) AS shard, argMax(shards, at) AS shards FROM ${DATABASE}.cluster_shards HAVING count() > 0`,
  );
  if (!found.ok) return found;
  const before = found.value?.numbers('shard')[0];
  if (before !== undefined && before !== shard) {
    return err(
      failure(
        'unsupported',
        `The server is shard ${before} of its cluster, and storage.url names it as shard ${shard}: the order of the addresses must stay`,
      ),
    );
  }
  if (before === shard && found.value?.numbers('shards')[0] === shards) return ok(undefined);
  return engine.command(`INSERT INTO ${DATABASE}.cluster_shards (shard, shards) SELECT ${shard}, ${shards}`, {
    deadlineMs: DEADLINE_MS,
  });
}

/** The first block of an answer, undefined when it has no rows. */
async function rows(engine: Engine, sql: string): Promise<Result<NativeBlock | undefined>> {
  const answer = await engine.query({ sql, class: 'write', deadlineMs: DEADLINE_MS });
  if (!answer.ok) return answer;
  const blocks = decodeNativeBlocks(answer.value.blocks);
  return blocks.ok ? ok(blocks.value[0]) : blocks;
}
