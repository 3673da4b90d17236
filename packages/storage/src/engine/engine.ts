/**
 * Engine: the one way to a ClickHouse, whichever it is. The embedded engine in a child process and a server
 * over HTTP look the same from here: statements go in as SQL text, answers come back as `Native` blocks.
 *
 * Every statement belongs to a class, which decides who goes first when sessions are short, and has a
 * deadline that includes its waiting. Nothing here rejects: what went wrong is a Failure.
 */
import type { Result } from '@tracewright/std';

/**
 * `write` has a session of its own. Among reads, `id` (a trace by its id) goes before `search` (a page of an
 * ordered list) and `search` before `scan` (whole-table questions, maintenance).
 */
export type QueryClass = 'write' | ReadClass;
export type ReadClass = 'id' | 'search' | 'scan';

export type EngineState = 'ready' | 'starting' | 'absent';

/** Stands in a statement for the rows of its `input`, where a table would stand. */
export const INPUT = '{input}';

/** A file of `Native` blocks: read by path where the engine shares the disk, sent along where it does not. */
export type EngineInput = {
  readonly path: string;
  /** Names and types of the file's columns, as in `a UInt8, b String`. */
  readonly structure: string;
};

export type EngineQuery = {
  readonly sql: string;
  readonly input?: EngineInput;
  readonly class: QueryClass;
  /** Milliseconds from now until the answer is of no use; the time in the queue counts. */
  readonly deadlineMs: number;
  /** Most memory that the statement may use in the engine; the class's default when absent. */
  readonly memoryBytesMax?: number;
  /** Most rows of the answer: a longer one fails with `resource` rather than being cut. */
  readonly rowsMax?: number;
  readonly settings?: Readonly<Record<string, number | string>>;
  /** A statement that has not started is dropped, one that reads is killed; the embedded engine lets writes end. */
  readonly signal?: AbortSignal;
  /**
   * Takes each block as soon as it is there; ownership passes. Without it the blocks are collected in the
   * answer. A statement whose blocks were handed out is not repeated when the engine dies under it.
   */
  readonly onBlock?: (block: Uint8Array) => void;
};

export type EngineAnswer = {
  /** Each holds one or more whole Native blocks. Empty when `onBlock` took them. */
  readonly blocks: readonly Uint8Array[];
  readonly waitedMs: number;
  readonly ranMs: number;
};

export type EngineHealth = {
  readonly state: EngineState;
  /** Why the engine is not ready, in a sentence. */
  readonly reason?: string;
  readonly restarts: number;
  /** Statements that run and that wait, by class. */
  readonly running: Readonly<Record<QueryClass, number>>;
  readonly waiting: Readonly<Record<QueryClass, number>>;
};

export type Engine = {
  /** As the configuration and the metrics name it. */
  readonly id: string;
  /** Ok as soon as the engine answers; a failure leaves it retrying in the background. */
  start(): Promise<Result<void>>;
  check(): EngineHealth;
  query(query: EngineQuery): Promise<Result<EngineAnswer>>;
  /** A statement without an answer, on the writer's session. */
  command(sql: string, options: { readonly deadlineMs: number }): Promise<Result<void>>;
  /** Calls `listener` with each new state; returns what ends that. */
  onState(listener: (state: EngineState, reason?: string) => void): () => void;
  [Symbol.asyncDispose](): Promise<void>;
};
