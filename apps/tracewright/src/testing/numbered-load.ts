/**
 * NumberedLoad: senders that never tire, and know of each request what became of it. Spans and log records are
 * numbered in one row, so that afterwards each can be looked for.
 */
import { encodeTracesProtobuf } from '@tracewright/wire';
import { numberedSpans } from './numbered-spans.ts';
import { encodeMessage } from './otlp-messages.ts';
import type { RunningServer } from './running-server.ts';
import type { StoredRow } from './stored-rows.ts';

export const SPANS_A_REQUEST = 50;
const PAUSE_AFTER_FAILURE_MS = 20;

export type NumberedLoad = AsyncDisposable & {
  /** First numbers of requests that were acknowledged, and of those whose fate the sender never learnt. */
  readonly acknowledged: readonly number[];
  readonly unknown: readonly number[];
  /** Answers that are neither 200 nor an invitation to try again. */
  readonly refused: readonly string[];
  stop(): Promise<void>;
};

/** What requests carry, in turn: spans unless told otherwise. */
type Kinds = readonly ('traces' | 'logs')[];

export function startNumberedLoad(
  server: RunningServer,
  senders: number,
  kinds: Kinds = ['traces'],
): NumberedLoad {
  const acknowledged: number[] = [];
  const unknown: number[] = [];
  const refused: string[] = [];
  let next = 0;
  let stopping = false;

  async function sender(): Promise<void> {
    while (!stopping) {
      const first = next;
      next += SPANS_A_REQUEST;
      const kind = kinds[(first / SPANS_A_REQUEST) % kinds.length] ?? 'traces';
      try {
        const answer = await fetch(server.url('receivers.otlp.http', `/v1/${kind}`), {
          method: 'POST',
          headers: { 'content-type': 'application/x-protobuf' },
          body:
            kind === 'logs'
              ? numberedLogs(first)
              : new Uint8Array(encodeTracesProtobuf(numberedSpans(first, SPANS_A_REQUEST))),
        });
        const text = await answer.text();
        if (answer.status === 200) acknowledged.push(first);
        else {
          // A refusal says that nothing was accepted, but a worker may have been lost after it wrote.
          unknown.push(first);
          if (answer.status !== 503) refused.push(`${answer.status} ${text}`);
        }
      } catch {
        unknown.push(first);
        await new Promise((resolve) => setTimeout(resolve, PAUSE_AFTER_FAILURE_MS));
      }
    }
  }

  const running = Array.from({ length: senders }, sender);
  const stop = async (): Promise<void> => {
    stopping = true;
    await Promise.all(running);
  };
  return { acknowledged, unknown, refused, stop, [Symbol.asyncDispose]: stop };
}

/** A record's time is its number and one. */
function numberedLogs(first: number): Uint8Array<ArrayBuffer> {
  const logRecords = Array.from({ length: SPANS_A_REQUEST }, (_, at) => ({
    timeUnixNano: String(first + at + 1),
    body: { stringValue: `record ${first + at}` },
  }));
  return encodeMessage('LogsData', { resourceLogs: [{ scopeLogs: [{ logRecords }] }] });
}

/** That all that was acknowledged is stored, and nothing twice, and nothing that was not sent. */
export function assertStoredOnce(
  load: NumberedLoad,
  rows: ReadonlyMap<string, StoredRow>,
  server: RunningServer,
): void {
  const faults: string[] = [];
  const known = new Set<string>();
  for (const [requests, promised] of [
    [load.acknowledged, true],
    [load.unknown, false],
  ] as const) {
    for (const first of requests) {
      for (let number = first; number < first + SPANS_A_REQUEST; number++) {
        const id = (number + 1).toString(16).padStart(16, '0');
        known.add(id);
        const { count, segments } = rows.get(id) ?? { count: 0, segments: '' };
        if (promised && count === 0) faults.push(`${number} is missing`);
        if (count > 1) faults.push(`${number} is there ${count} times, from segments ${segments}`);
      }
    }
  }
  for (const id of rows.keys()) if (!known.has(id)) faults.push(`${id} was never sent`);
  if (faults.length === 0) return;
  const shown = faults.filter((_, at) => at % SPANS_A_REQUEST === 0).slice(0, 60);
  throw new Error(`${faults.length} faults: ${shown.join('; ')}\nThe server said:\n${server.log}`);
}
