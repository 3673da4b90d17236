/**
 * FrontEngine: the embedded engine with a handful of sessions, one statement at a time on each.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Session } from 'chdb';

const SESSIONS = 6;
const MEBIBYTE = 1024 * 1024;

/** What bounds the memory of an engine that shares a machine with several others. */
const CONFIG = `<clickhouse>
  <max_server_memory_usage>${1200 * MEBIBYTE}</max_server_memory_usage>
  <mark_cache_size>${32 * MEBIBYTE}</mark_cache_size>
  <primary_index_cache_size>${32 * MEBIBYTE}</primary_index_cache_size>
  <uncompressed_cache_size>0</uncompressed_cache_size>
  <database_atomic_delay_before_drop_table_sec>0</database_atomic_delay_before_drop_table_sec>
</clickhouse>
`;

export class EngineException extends Error {
  readonly code: number;

  constructor(message: string) {
    super(message);
    this.code = Number(/Code: (\d+)\./.exec(message)?.[1] ?? 0);
  }
}

export class FrontEngine {
  readonly folder: string;
  readonly #free: Session[];
  readonly #waiting: ((session: Session) => void)[] = [];

  private constructor(folder: string, sessions: Session[]) {
    this.folder = folder;
    this.#free = sessions;
  }

  static open(folder: string): FrontEngine {
    const configPath = join(folder, 'front.xml');
    writeFileSync(configPath, CONFIG);
    const sessions = Array.from(
      { length: SESSIONS },
      () => new Session(folder, { connectionArgs: [`--config-file=${configPath}`] }),
    );
    return new FrontEngine(folder, sessions);
  }

  /** The answer as it comes, in `format` unless the statement names another. Throws EngineException. */
  async *run(sql: string, format: string): AsyncGenerator<Uint8Array> {
    const session = await this.#take();
    try {
      if (!hasRows(sql)) {
        await session.queryAsync(sql, { format: 'Null' });
        return;
      }
      // The engine streams what it selects, and gives whole what it explains and lists.
      if (!isStreamed(sql)) {
        yield (await session.queryAsync(sql, { format })).bytes();
        return;
      }
      for await (const chunk of session.queryStream(sql, { format })) yield chunk.raw();
    } catch (cause) {
      throw new EngineException(cause instanceof Error ? cause.message : String(cause));
    } finally {
      this.#give(session);
    }
  }

  close(): void {
    for (const session of this.#free) session.close();
  }

  #take(): Promise<Session> {
    // In turn: the engine lists a killed statement until its session has the next one.
    const session = this.#free.shift();
    if (session !== undefined) return Promise.resolve(session);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #give(session: Session): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(session);
    else next(session);
  }
}

function isStreamed(sql: string): boolean {
  return /^\s*(?:\/\*.*?\*\/\s*)?(?:SELECT|WITH)\b/is.test(sql);
}

function hasRows(sql: string): boolean {
  return /^\s*(?:\/\*.*?\*\/\s*)?(?:SELECT|WITH|EXPLAIN|SHOW|DESCRIBE|DESC|EXISTS)\b/is.test(sql);
}
