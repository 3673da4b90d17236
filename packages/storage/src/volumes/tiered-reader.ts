/**
 * TieredReader: the Reader of a store that has a cold tier.
 *
 * While the tier can be used, questions are asked of everything, except those for times of which nothing is cold:
 * they leave the cold parts and their indexes alone. While it cannot, a question is answered from what is hot when
 * the cold rows could not have changed the answer, and fails in words otherwise. A trace by its id is given with the
 * spans that are hot; when there are none it fails, since the trace may be cold.
 */
import type { Cursor } from '@tracewright/query';
import { err, type Failure, failure, type Result } from '@tracewright/std';
import { createReader, type ReaderOptions } from '../create-reader.ts';
import type { Engine } from '../engine/engine.ts';
import type { Reader } from '../reader.ts';
import { DATABASE } from '../schema/v0001.ts';
import { COLD_DISK } from './cold-tier.ts';
import type { ColdVolume } from './cold-volume.ts';

export type TieredReaderOptions = ReaderOptions & {
  readonly volume: ColdVolume;
  /** Called when a question failed because the cold tier does. */
  readonly onColdFailure?: () => void;
};

export function createTieredReader(options: TieredReaderOptions): Reader {
  const { volume } = options;
  const all = createReader(options);
  const hot = createReader({ ...options, engine: hotOnly(options.engine) });
  const usable = (): boolean => volume.attached && volume.problem === undefined;

  function explain<T>(result: Result<T>): Result<T> {
    if (result.ok || !isColdFailure(result.failure)) return result;
    options.onColdFailure?.();
    return err(coldIsAway(volume, result.failure.message));
  }

  async function search<
    S extends { readonly fromNano: bigint; readonly after?: Cursor; readonly order?: string },
    P extends { readonly next?: Cursor },
  >(
    table: 'spans' | 'logs',
    asked: S,
    ask: (reader: Reader, search: S) => Promise<Result<P>>,
  ): Promise<Result<P>> {
    const newestCold = volume.newestNano(table);
    if (newestCold === undefined || asked.fromNano > newestCold) return ask(hot, asked);
    if (usable()) return explain(await ask(all, asked));
    // Newest first, a page that ends above all that is cold is the same with it.
    if (asked.order === 'oldest') return err(coldIsAway(volume));
    const page = await ask(hot, asked);
    if (!page.ok) return page;
    const end = page.value.next;
    return end !== undefined && end.timeNano > newestCold ? page : err(coldIsAway(volume));
  }

  async function byId<T extends { readonly length: number }>(
    ask: (reader: Reader) => Promise<Result<T>>,
  ): Promise<Result<T>> {
    if (volume.newestNano('spans') === undefined) return ask(hot);
    if (usable()) return explain(await ask(all));
    const found = await ask(hot);
    return !found.ok || found.value.length > 0 ? found : err(coldIsAway(volume));
  }

  return {
    trace: (lookup, read) => byId((reader) => reader.trace(lookup, read)),
    traces: (tenant, traceIds, read) => byId((reader) => reader.traces(tenant, traceIds, read)),
    searchTraces: (asked, read) => search('spans', asked, (reader, one) => reader.searchTraces(one, read)),
    searchSpans: (asked, read) => search('spans', asked, (reader, one) => reader.searchSpans(one, read)),
    searchLogs: (asked, read) => search('logs', asked, (reader, one) => reader.searchLogs(one, read)),
    services: (tenant, read) => all.services(tenant, read),
    operations: (tenant, service, read) => all.operations(tenant, service, read),
    tables: (read) => all.tables(read),
  };
}

/** A map from tables to conditions. It stands in a statement as text between quotes, so its own are escaped. */
const HOT_FILTER = escapeText(
  `{${['spans', 'logs'].map((table) => `'${DATABASE}.${table}': ${`'${escapeText(`_disk_name != '${COLD_DISK}'`)}'`}`).join(', ')}}`,
);

function escapeText(text: string): string {
  return text.replace(/[\\']/g, '\\$&');
}

/** The engine, asked only of parts that are not cold: the others are left out before any index is looked at. */
function hotOnly(engine: Engine): Engine {
  return {
    id: engine.id,
    start: () => engine.start(),
    check: () => engine.check(),
    command: (sql, options) => engine.command(sql, options),
    onState: (listener) => engine.onState(listener),
    query: (query) =>
      engine.query({
        ...query,
        sql: query.sql,
        settings: { ...query.settings, additional_table_filters: HOT_FILTER },
      }),
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  };
}

/** What the engine says when an object cannot be had, or a folder's disk is gone. */
function isColdFailure({ message }: Failure): boolean {
  return /\(S3_ERROR\)|S3Exception|\bS3 disk\b|\(NETWORK_ERROR\)/.test(message);
}

function coldIsAway(volume: ColdVolume, said?: string): Failure {
  const days = Object.keys(volume.days).sort();
  const reason = volume.problem ?? (said === undefined ? 'the engine still runs without it' : said);
  return failure(
    'unavailable',
    `The question needs what arrived up to ${dayText(days.at(-1))}, which lies on the cold tier, and that cannot be used: ${reason}`,
  );
}

function dayText(day: string | undefined): string {
  return day === undefined ? 'some day' : `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`;
}
