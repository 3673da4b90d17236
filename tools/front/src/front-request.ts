/**
 * FrontRequest: what a request asks the engine for, in the engine's own words.
 *
 * The statement stands in the parameter `query`, in the body, or begins in the one and goes on in the other;
 * an insert's data follows it in the body. Data is written to a file and read from there, because the embedded
 * engine takes no stream. Every parameter with an unknown name is a setting.
 */
import { createWriteStream } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { pipeline as pipe, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';

export type Statement = {
  readonly sql: string;
  /** File with the data of an insert, to be removed afterwards. */
  readonly dataPath: string | undefined;
};

export type Asked = {
  readonly queryId: string;
  readonly database: string;
  readonly format: string;
  readonly settings: ReadonlyMap<string, string>;
  readonly waitEndOfQuery: boolean;
  readonly compressAnswer: boolean;
};

export class BadRequest extends Error {
  readonly code: number;

  constructor(code: number, name: string, message: string) {
    super(`Code: ${code}. DB::Exception: ${message}. (${name})`);
    this.code = code;
  }
}

const NO_SETTINGS: ReadonlySet<string> = new Set([
  'query',
  'query_id',
  'database',
  'default_format',
  'wait_end_of_query',
  'enable_http_compression',
  'user',
  'password',
  'session_id',
  'session_timeout',
  'role',
  'compress',
  'decompress',
  'buffer_size',
  'output_format_json_quote_64bit_integers',
  'http_write_exception_in_output_format',
  // Replication and the connection are what this engine does not have.
  'insert_quorum',
  'insert_quorum_parallel',
  'distributed_ddl_output_mode',
  'cancel_http_readonly_queries_on_client_close',
]);

const STATEMENT_BYTES_MAX: number = 16 * 1024 * 1024;
const DATA_INSERT = /^\s*INSERT\s+INTO\s+.*\bFORMAT\s+(\w+)\s*;?\s*$/is;

export function readParameters(url: URL, header: (name: string) => string | undefined): Asked {
  const get = (name: string): string | undefined => url.searchParams.get(name) ?? undefined;
  const settings = new Map<string, string>();
  for (const [name, value] of url.searchParams) {
    if (!NO_SETTINGS.has(name) && !name.startsWith('param_')) settings.set(name, value);
  }
  return {
    queryId: get('query_id') ?? header('x-clickhouse-query-id') ?? '',
    database: get('database') ?? header('x-clickhouse-database') ?? 'default',
    format: get('default_format') ?? header('x-clickhouse-format') ?? 'TabSeparated',
    settings,
    waitEndOfQuery: get('wait_end_of_query') === '1',
    compressAnswer: get('enable_http_compression') === '1',
  };
}

/** Reads the body and words the statement. `dataFolder` takes the data of inserts. */
export async function readStatement(
  request: IncomingMessage,
  inUrl: string,
  asked: Asked,
  dataFolder: string,
): Promise<Statement> {
  const body = decompressed(request);
  if (DATA_INSERT.test(inUrl)) {
    const dataPath = join(dataFolder, `insert-${asked.queryId.replace(/[^\w-]/g, '')}.data`);
    await pipeline(body, createWriteStream(dataPath));
    return { sql: insertFromFile(inUrl, dataPath, asked), dataPath };
  }
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > STATEMENT_BYTES_MAX) throw new BadRequest(62, 'SYNTAX_ERROR', 'The statement is too long');
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  const sql = (inUrl === '' ? text : text === '' ? inUrl : `${inUrl}\n${text}`).trim().replace(/;$/, '');
  if (sql === '') throw new BadRequest(62, 'SYNTAX_ERROR', 'Empty query');
  return { sql: withSettings(sql, asked), dataPath: undefined };
}

function decompressed(request: IncomingMessage): Readable {
  const coding = request.headers['content-encoding'];
  const through = (inflater: NodeJS.ReadWriteStream): Readable =>
    pipe(request, inflater as never, () => undefined) as unknown as Readable;
  switch (coding) {
    case undefined:
    case '':
    case 'identity':
      return request;
    case 'gzip':
      return through(createGunzip());
    case 'deflate':
      return through(createInflate());
    case 'zstd':
      return through(createZstdDecompress());
    case 'br':
      return through(createBrotliDecompress());
    default:
      throw new BadRequest(48, 'NOT_IMPLEMENTED', `Unknown compression method: ${coding}`);
  }
}

/** `… SELECT … FROM input('structure') FORMAT F` or `INSERT INTO t (columns) FORMAT F`, with the data in a file. */
function insertFromFile(sql: string, path: string, asked: Asked): string {
  const format = DATA_INSERT.exec(sql)?.[1] ?? 'Native';
  const head = sql.replace(/\bFORMAT\s+\w+\s*;?\s*$/i, '').trim();
  const source = (structure: string): string =>
    `file('${path.replaceAll("'", "\\'")}', '${format}'${structure === '' ? '' : `, ${structure}`})`;
  const input = /\binput\(\s*('(?:[^'\\]|\\.)*')\s*\)/i;
  if (input.test(head)) {
    return withSettings(
      head.replace(input, (_, structure: string) => source(structure)),
      asked,
    );
  }
  const columns = /\(([^()]*)\)\s*$/.exec(head)?.[1];
  return withSettings(`${head} SELECT ${columns ?? '*'} FROM ${source('')}`, asked);
}

/** Statements that take settings get those of the request; definitions take none. */
function withSettings(sql: string, { settings, queryId }: Asked): string {
  const mark = queryId === '' ? '' : `/*query_id=${queryId}*/ `;
  const killed = sql.replace(
    /^\s*KILL\s+QUERY\s+WHERE\s+query_id\s*=\s*'([^']*)'/i,
    (_, id: string) => `KILL QUERY WHERE query LIKE '/*query\\_id=${id}*/%'`,
  );
  if (settings.size === 0 || !/^\s*(?:SELECT|WITH|INSERT|EXPLAIN)\b/i.test(sql)) return `${mark}${killed}`;
  const clauses = [...settings].map(([name, value]) =>
    /^-?\d+(?:\.\d+)?$/.test(value) ? `${name}=${value}` : `${name}='${value.replaceAll("'", "\\'")}'`,
  );
  return `${mark}${sql}\nSETTINGS ${clauses.join(', ')}`;
}
