/** A terminal that remembers what was written to it. */
import type { Terminal } from '../terminal.ts';

export interface TestTerminal {
  readonly terminal: Terminal;
  readonly out: () => string;
  readonly err: () => string;
  readonly interrupt: () => void;
}

export interface TestTerminalOptions {
  readonly columns?: number;
  readonly isTty?: boolean;
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  readonly nowMs?: () => number;
}

export function testTerminal(options: TestTerminalOptions = {}): TestTerminal {
  let [out, err] = ['', ''];
  const controller = new AbortController();
  const isTty = options.isTty ?? options.columns !== undefined;
  const stream = (add: (text: string) => void) => ({ write: add, isTty, columns: options.columns });
  return {
    terminal: {
      stdout: stream((text) => {
        out += text;
      }),
      stderr: stream((text) => {
        err += text;
      }),
      env: options.env ?? {},
      cwd: options.cwd ?? '/',
      nowMs: options.nowMs ?? (() => Date.now()),
      interrupted: () => controller.signal,
      drained: async () => undefined,
    },
    out: () => out,
    err: () => err,
    interrupt: () => controller.abort(),
  };
}
