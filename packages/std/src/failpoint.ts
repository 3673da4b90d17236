/**
 * Failpoints: named steps at which a test may have the program end, as if it were killed just there.
 *
 * `failpoint('insert.done')` stands where a kill would be worst. Unless the entry of the process armed it, that is one
 * look at a variable. Armed, each step looks into a folder for a file of its name: whoever removes the file ends. So a
 * test orders a death by writing a file, at any time, and knows by its absence that the step was reached.
 */

/** What the file of a step may say, as JSON; an empty one says: at once, the whole process. */
type Order = {
  /** At this pass of the step; 1 when absent. */
  readonly pass?: number;
  /** So much later, whatever is done meanwhile. */
  readonly delayMs?: number;
  /** Only the thread ends, where it is a worker's. */
  readonly thread?: boolean;
};

/** What an entry hands in of its surroundings. */
export type FailpointRim = {
  readonly process: {
    readonly pid: number;
    readonly env: Readonly<Record<string, string | undefined>>;
    kill(pid: number, signal: 'SIGKILL'): unknown;
    exit(code: number): never;
  };
  readonly fs: {
    existsSync(path: string): boolean;
    readFileSync(path: string, encoding: 'utf8'): string;
    writeFileSync(path: string, text: string): void;
    unlinkSync(path: string): void;
  };
  readonly setTimeout: (callback: () => void, delayMs: number) => unknown;
};

/** Names the folder; nothing is armed without it. */
export const FAILPOINT_VARIABLE = 'TRACEWRIGHT_FAILPOINTS';

let reached: ((step: string) => void) | undefined;

/** Marks a step. Does nothing in a process that was not told otherwise at its start. */
export function failpoint(step: string): void {
  if (reached !== undefined) reached(step);
}

/** Arms the failpoints if the environment says so; each process and each thread does it for itself. */
export function armFailpoints({ process, fs, setTimeout }: FailpointRim): void {
  const folder = process.env[FAILPOINT_VARIABLE];
  if (folder === undefined || folder === '') return;
  reached = (step) => {
    const path = `${folder}/${step}`;
    if (!fs.existsSync(path)) return;
    let order: Order;
    try {
      order = JSON.parse(fs.readFileSync(path, 'utf8') || '{}') as Order;
      if (order.pass !== undefined && order.pass > 1) {
        fs.writeFileSync(path, JSON.stringify({ ...order, pass: order.pass - 1 }));
        return;
      }
      fs.unlinkSync(path);
    } catch {
      // Another one was first.
      return;
    }
    const end = (): void => {
      if (order.thread === true) process.exit(1);
      process.kill(process.pid, 'SIGKILL');
    };
    if (order.delayMs === undefined) end();
    else setTimeout(end, order.delayMs);
  };
}
