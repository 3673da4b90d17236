/**
 * Failpoints: named steps at which a test may have the program end, as if it were killed just there.
 *
 * `failpoint('insert.sent')` stands where a kill would be worst. Unless the process's entry armed it, that is one
 * look at a variable. An order reads `step`, `step@3` (at the third pass), `step+5ms` (so much later) or `step!thread`
 * (only the thread ends, where it is a worker's); several are separated by commas.
 */

/** What an entry hands in of its process. */
export type FailpointProcess = {
  readonly pid: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  kill(pid: number, signal: 'SIGKILL'): unknown;
  exit(code: number): never;
};

export type FailpointRim = {
  readonly process: FailpointProcess;
  /** Says a line at once, for it is the last one. */
  readonly say: (line: string) => void;
  readonly after: (delayMs: number, callback: () => void) => unknown;
};

type Order = { readonly step: string; left: number; readonly delayMs: number; readonly thread: boolean };

export const FAILPOINT_VARIABLE = 'TRACEWRIGHT_FAILPOINT';

let reached: ((step: string) => void) | undefined;

/** Marks a step. Does nothing in a process that was not told otherwise at its start. */
export function failpoint(step: string): void {
  if (reached !== undefined) reached(step);
}

/** Arms what the environment orders; each process and each thread does so for itself. */
export function armFailpoints({ process, say, after }: FailpointRim): void {
  const orders = (process.env[FAILPOINT_VARIABLE] ?? '').split(',').flatMap(parseOrder);
  if (orders.length === 0) return;
  reached = (step) => {
    for (const order of orders) {
      if (order.step !== step || --order.left !== 0) continue;
      const end = (): void => {
        say(`failpoint ${step} reached\n`);
        if (order.thread) process.exit(1);
        process.kill(process.pid, 'SIGKILL');
      };
      if (order.delayMs === 0) end();
      else after(order.delayMs, end);
    }
  };
}

function parseOrder(text: string): Order[] {
  const match = /^([a-z.]+)(?:@(\d+))?(?:\+(\d+)ms)?(!thread)?$/.exec(text.trim());
  if (match?.[1] === undefined) return [];
  return [
    {
      step: match[1],
      left: Number(match[2] ?? 1),
      delayMs: Number(match[3] ?? 0),
      thread: match[4] !== undefined,
    },
  ];
}
