/**
 * NumberedLoad: senders that never tire, and know of each request what became of it. Spans and log records are
 * numbered in one row, so that afterwards each can be looked for.
 */
import { encodeTracesProtobuf } from '@tracewright/wire';
import { numberedSpans } from './numbered-spans.ts';
import { encodeMessage } from './otlp-messages.ts';
import type { RunningServer } from './running-server.ts';
import { GrpcSender } from './send-otlp.ts';
import type { StoredRow } from './stored-rows.ts';

export const SPANS_A_REQUEST = 50;
const PAUSE_AFTER_FAILURE_MS = 20;
const GRPC_UNAVAILABLE = 14;

export type NumberedLoad = AsyncDisposable & {
  /** First numbers of requests that were acknowledged, and of those whose fate the sender never learnt. */
  readonly acknowledged: readonly number[];
  readonly unknown: readonly number[];
  /** Answers that are neither an acknowledgement nor an invitation to try again. */
  readonly refused: readonly string[];
  /** How long each acknowledgement took. */
  readonly answerMs: readonly number[];
  stop(): Promise<void>;
};

/** What requests carry, in turn: spans unless told otherwise. */
type Kinds = readonly ('traces' | 'logs')[];

export type NumberedLoadOptions = {
  /** How the senders send, in turn. */
  readonly transports?: readonly ('http' | 'grpc')[];
  /** What a sender waits between an answer and its next request. */
  readonly pauseMs?: number;
  /** Random bytes that each span carries besides, which nothing makes smaller. */
  readonly ballastBytes?: number;
};

type Fate = 'acknowledged' | 'later' | `refused ${string}`;

export function startNumberedLoad(
  server: RunningServer,
  senders: number,
  kinds: Kinds = ['traces'],
  { transports = ['http'], pauseMs = 0, ballastBytes = 0 }: NumberedLoadOptions = {},
): NumberedLoad {
  const acknowledged: number[] = [];
  const unknown: number[] = [];
  const refused: string[] = [];
  const answerMs: number[] = [];
  let next = 0;
  let stopping = false;

  async function sender(at: number): Promise<void> {
    using grpc = transports[at % transports.length] === 'grpc' ? new GrpcSender(server) : undefined;
    while (!stopping) {
      const first = next;
      next += SPANS_A_REQUEST;
      const kind = kinds[(first / SPANS_A_REQUEST) % kinds.length] ?? 'traces';
      const body = kind === 'logs' ? numberedLogs(first) : numberedTraces(first, ballastBytes);
      const beganMs = performance.now();
      try {
        const fate = grpc === undefined ? await post(server, kind, body) : await call(grpc, kind, body);
        if (fate === 'acknowledged') {
          acknowledged.push(first);
          answerMs.push(performance.now() - beganMs);
        } else {
          // A refusal says that nothing was accepted, but a worker may have been lost after it wrote.
          unknown.push(first);
          if (fate !== 'later') refused.push(fate);
          else if (grpc !== undefined || ballastBytes > 0) await wait(PAUSE_AFTER_FAILURE_MS);
        }
      } catch {
        unknown.push(first);
        await wait(PAUSE_AFTER_FAILURE_MS);
      }
      if (pauseMs > 0) await wait(pauseMs);
    }
  }

  const running = Array.from({ length: senders }, (_, at) => sender(at));
  const stop = async (): Promise<void> => {
    stopping = true;
    await Promise.all(running);
  };
  return { acknowledged, unknown, refused, answerMs, stop, [Symbol.asyncDispose]: stop };
}

async function post(
  server: RunningServer,
  kind: 'traces' | 'logs',
  body: Uint8Array<ArrayBuffer>,
): Promise<Fate> {
  const answer = await fetch(server.url('receivers.otlp.http', `/v1/${kind}`), {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body,
  });
  const text = await answer.text();
  if (answer.status === 200) return 'acknowledged';
  return answer.status === 503 ? 'later' : `refused ${answer.status} ${text}`;
}

async function call(grpc: GrpcSender, kind: 'traces' | 'logs', body: Uint8Array): Promise<Fate> {
  const { code, message } = await grpc.call(kind, body);
  if (code === 0) return 'acknowledged';
  return code === GRPC_UNAVAILABLE ? 'later' : `refused ${code} ${message}`;
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function numberedTraces(first: number, ballastBytes: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(encodeTracesProtobuf(numberedSpans(first, SPANS_A_REQUEST, ballastBytes)));
}

/** A record's time is its number and one. */
function numberedLogs(first: number): Uint8Array<ArrayBuffer> {
  const logRecords = Array.from({ length: SPANS_A_REQUEST }, (_, at) => ({
    timeUnixNano: String(first + at + 1),
    body: { stringValue: `record ${first + at}` },
  }));
  return encodeMessage('LogsData', { resourceLogs: [{ scopeLogs: [{ logRecords }] }] });
}

export type Tally = {
  /** Rows that were acknowledged, those of them that are stored, and rows that are there more than once. */
  readonly acknowledged: number;
  readonly found: number;
  readonly doubles: number;
  /** Each missing and doubled row. */
  readonly faults: readonly string[];
};

/** What is stored of these requests, by the first numbers of each. */
export function tallyStored(
  acknowledged: readonly number[],
  unknown: readonly number[],
  rows: ReadonlyMap<string, StoredRow>,
): Tally {
  const faults: string[] = [];
  let found = 0;
  let doubles = 0;
  const look = (first: number, promised: boolean): void => {
    for (let number = first; number < first + SPANS_A_REQUEST; number++) {
      const { count, segments } = rows.get(rowId(number)) ?? { count: 0, segments: '' };
      if (promised && count > 0) found++;
      if (promised && count === 0) faults.push(`${number} is missing`);
      if (count > 1) {
        doubles++;
        faults.push(`${number} is there ${count} times, from segments ${segments}`);
      }
    }
  };
  for (const first of acknowledged) look(first, true);
  for (const first of unknown) look(first, false);
  return { acknowledged: acknowledged.length * SPANS_A_REQUEST, found, doubles, faults };
}

/** Rows that no request brought. */
export function inventedRows(load: NumberedLoad, rows: ReadonlyMap<string, StoredRow>): readonly string[] {
  const sent = new Set([...load.acknowledged, ...load.unknown]);
  return [...rows.keys()].filter((id) => {
    const number = Number.parseInt(id, 16) - 1;
    return !sent.has(number - (number % SPANS_A_REQUEST));
  });
}

/** That all that was acknowledged is stored, and nothing twice, and nothing that was not sent. */
export function assertStoredOnce(
  load: NumberedLoad,
  rows: ReadonlyMap<string, StoredRow>,
  server: RunningServer,
): void {
  const { faults } = tallyStored(load.acknowledged, load.unknown, rows);
  const all = [...faults, ...inventedRows(load, rows).map((id) => `${id} was never sent`)];
  if (all.length === 0) return;
  const shown = all.filter((_, at) => at % SPANS_A_REQUEST === 0).slice(0, 60);
  throw new Error(`${all.length} faults: ${shown.join('; ')}\nThe server said:\n${server.log}`);
}

function rowId(number: number): string {
  return (number + 1).toString(16).padStart(16, '0');
}
