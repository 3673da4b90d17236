// What the program says of itself: its accounts and its tables, over the native API.

import { BenchFailure } from './bench-failure.ts';
import type { Program } from './program.ts';

export type SpanAccounts = {
  readonly accepted: number;
  readonly rejected: number;
  readonly stored: number;
  readonly inFlight: number;
  readonly quarantined: number;
};

export type ProgramStatus = {
  readonly engine: string;
  readonly spans: SpanAccounts;
  /** Rows of the table of spans, and its active parts. */
  readonly spanRows: number;
  readonly parts: number;
  /** Of all tables together, indexes included, parts that were merged away not. */
  readonly bytesOnDisk: number;
};

type StatusAnswer = {
  readonly accounts: { readonly spans: SpanAccounts };
  readonly storage: {
    readonly engine: string;
    readonly tables: readonly {
      readonly table: string;
      readonly rows: number;
      readonly bytesOnDisk: number;
      readonly parts: number;
    }[];
  };
};

const PATIENCE_MS = 30_000;

export async function readStatus(program: Program, signal: AbortSignal): Promise<ProgramStatus> {
  const response = await fetch(`${program.api}/api/tracewright/v1/status`, {
    signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]),
  });
  const body = await response.text();
  if (!response.ok)
    throw new BenchFailure(`The program's status is ${response.status}: ${body.slice(0, 300)}`);
  const { accounts, storage } = JSON.parse(body) as StatusAnswer;
  const spans = storage.tables.find(({ table }) => table === 'spans');
  return {
    engine: storage.engine,
    spans: accounts.spans,
    spanRows: spans?.rows ?? 0,
    parts: spans?.parts ?? 0,
    bytesOnDisk: storage.tables.reduce((sum, { bytesOnDisk }) => sum + bytesOnDisk, 0),
  };
}

const REPLAY_PATIENCE_MS = 5 * 60_000;

/** Waits until nothing acknowledged is on its way into the tables; gives the spans that are stored then. */
export function untilReplayed(program: Program, signal: AbortSignal): Promise<number> {
  return program.until(
    'everything replayed',
    async () => {
      const status = await readStatus(program, signal);
      return status.spans.inFlight === 0 ? status.spanRows : undefined;
    },
    signal,
    REPLAY_PATIENCE_MS,
  );
}
