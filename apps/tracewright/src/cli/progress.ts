/**
 * Progress: how far long work has come, on stderr: one line that is written over on a terminal, and elsewhere a line at
 * each quarter, so that a log does not fill with it.
 */
import type { Terminal } from './terminal.ts';

export type Progress = {
  /** So much of the whole is done. */
  at(done: number, total: number, unit: (amount: number) => string): void;
  /** Leaves the line to whatever comes next. */
  end(): void;
};

const EVERY_MS = 100;

export function showProgress(terminal: Terminal, what: string, isSilent: boolean): Progress {
  const { stderr } = terminal;
  let shownMs = Number.NEGATIVE_INFINITY;
  let quarter = 0;
  let isOpen = false;
  return {
    at: (done, total, unit) => {
      if (isSilent) return;
      const share = total === 0 ? 1 : done / total;
      const text = `${what}: ${unit(done)} of ${unit(total)}, ${Math.floor(share * 100)} %`;
      if (stderr.isTty) {
        const nowMs = terminal.nowMs();
        if (nowMs - shownMs < EVERY_MS && done < total) return;
        shownMs = nowMs;
        stderr.write(`\r\x1b[K${text}`);
        isOpen = true;
        return;
      }
      const reached = Math.floor(share * 4);
      if (reached <= quarter) return;
      quarter = reached;
      stderr.write(`${text}\n`);
    },
    end: () => {
      if (isOpen) stderr.write('\r\x1b[K');
      isOpen = false;
    },
  };
}
