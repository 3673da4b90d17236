/**
 * ServerDialect: the statements of this program in the words of the operator's server: another name of the
 * database, replicated tables, and definitions that a whole cluster carries out.
 *
 * All SQL is written once, for plain tables in the database `tracewright`. Here its words are exchanged, and
 * only words: what stands in quotes is data and passes as it is, but for the name of the database where it is
 * compared with a column of that name.
 */
import { DATABASE } from '../schema/v0001.ts';

export type TableEngines =
  /** Tables of one server, or of a service that replicates by itself. */
  | { readonly kind: 'plain' }
  | { readonly kind: 'replicated'; readonly path: string; readonly replica: string };

export type ServerDialect = {
  readonly database: string;
  readonly tables: TableEngines;
  /** Name of the cluster whose servers all carry out a definition; absent: only the one that is asked. */
  readonly onCluster?: string;
};

/** Where replicas of a table find each other; the server fills in the macros. */
export const REPLICA_PATH = '/clickhouse/tables/{shard}/{database}/{table}';
export const REPLICA_NAME = '{replica}';

/** How many inserts, and for how many seconds, replicas remember by their tokens. */
const REPLICATED_WINDOW = 'replicated_deduplication_window = 10000';
const REPLICATED_WINDOW_SECONDS = 'replicated_deduplication_window_seconds = 1209600';

const TOKEN = /'(?:[^'\\]|\\.|'')*'|`(?:[^`\\]|\\.|``)*`|--[^\n]*|[A-Za-z_][A-Za-z0-9_]*|\s+|[\s\S]/g;
const DEFINES = /^\s*(?:CREATE|ALTER|DROP|RENAME|TRUNCATE|EXCHANGE)\b/i;

export function translate(sql: string, dialect: ServerDialect): string {
  const named = dialect.database === DATABASE ? sql : renameDatabase(sql, dialect.database);
  if (!DEFINES.test(named)) return named;
  const packed = compress(named);
  const replicated =
    dialect.tables.kind === 'replicated' ? replicate(packed, dialect.tables, dialect.database) : packed;
  return dialect.onCluster === undefined ? replicated : onCluster(replicated, dialect.onCluster);
}

/** What a server takes for its default codec is the operator's matter, and LZ4 takes half as much room again. */
function compress(sql: string): string {
  return sql.replace(/\bCODEC\(((?:Delta, )?)Default\)/g, 'CODEC($1ZSTD(1))');
}

/** Whether a name can stand in SQL without quotes, which is all that is supported for databases and clusters. */
export function isPlainName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(name);
}

function renameDatabase(sql: string, database: string): string {
  const tokens = sql.match(TOKEN) ?? [];
  return tokens
    .map((token, at) => {
      if (token === DATABASE) {
        const isQualifier = tokens[at + 1] === '.';
        const isNamed = /^(?:DATABASE|EXISTS)$/i.test(wordBefore(tokens, at, 0));
        return isQualifier || isNamed ? database : token;
      }
      if (token !== `'${DATABASE}'`) return token;
      return wordBefore(tokens, at, 0) === '=' && wordBefore(tokens, at, 1) === 'database'
        ? `'${database}'`
        : token;
    })
    .join('');
}

/** The `nth` token before `at` that is no space. */
function wordBefore(tokens: readonly string[], at: number, nth: number): string {
  let left = nth;
  for (let before = at - 1; before >= 0; before--) {
    const token = tokens[before] as string;
    if (/^\s/.test(token)) continue;
    if (left-- === 0) return token;
  }
  return '';
}

/** `ENGINE = ReplacingMergeTree(v)` becomes `ENGINE = ReplicatedReplacingMergeTree('path', 'replica', v)`. */
function replicate(
  sql: string,
  { path, replica }: { readonly path: string; readonly replica: string },
  database: string,
): string {
  const table = /^\s*CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(?:\w+\.)?(\w+)/i.exec(sql)?.[1];
  if (table === undefined) return sql;
  // The server knows {database} and {table} only in some of its versions; both are known here.
  const place = path.replaceAll('{database}', database).replaceAll('{table}', table);
  const names = `'${place}', '${replica}'`;
  return sql
    .replace(/\bENGINE\s*=\s*(\w*MergeTree)\b(\(([^()]*)\))?/i, (_, engine: string, __, inner?: string) => {
      const rest = inner === undefined || inner.trim() === '' ? '' : `, ${inner}`;
      return `ENGINE = Replicated${engine}(${names}${rest})`;
    })
    .replace(
      /\bnon_replicated_deduplication_window\s*=\s*\d+/i,
      `${REPLICATED_WINDOW}, ${REPLICATED_WINDOW_SECONDS}`,
    );
}

const OBJECT =
  /^(\s*(?:CREATE|ALTER|DROP|TRUNCATE)\s+(?:DATABASE|TABLE|MATERIALIZED\s+VIEW|VIEW)\s+(?:IF\s+(?:NOT\s+)?EXISTS\s+)?[\w.]+)/i;

/** A lock is of the server that is asked: what all servers make at once, two may make at the same time. */
const LOCAL = /\bmigration_lock/;

function onCluster(sql: string, cluster: string): string {
  if (LOCAL.test(sql)) return sql;
  return sql.replace(OBJECT, `$1 ON CLUSTER ${cluster}`);
}
