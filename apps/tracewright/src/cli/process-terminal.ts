/**
 * The terminal of this very process: the rim where output, signals and the environment are real.
 *
 * When the reader of stdout goes away, as `head` does, nothing is said and the process ends: nobody is left to
 * be told.
 */
import type { Output, Terminal } from './terminal.ts';

export function processTerminal(): Terminal {
  let interrupted: AbortSignal | undefined;
  let gone = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') throw error;
    gone = true;
    process.exit(process.exitCode ?? 0);
  });
  return {
    stdout: output(process.stdout),
    stderr: output(process.stderr),
    env: process.env,
    cwd: process.cwd(),
    nowMs: () => Date.now(),
    interrupted: () => {
      interrupted ??= onInterrupt();
      return interrupted;
    },
    drained: () =>
      new Promise((resolve) => {
        if (gone || process.stdout.writableLength === 0) resolve();
        else process.stdout.once('drain', resolve);
      }),
  };
}

function output(stream: NodeJS.WriteStream): Output {
  return {
    write: (text) => {
      stream.write(text);
    },
    isTty: stream.isTTY === true,
    get columns() {
      return stream.isTTY === true ? stream.columns : undefined;
    },
  };
}

/** The first Ctrl-C asks; a second one ends the process at once, as if nobody had listened. */
function onInterrupt(): AbortSignal {
  const controller = new AbortController();
  process.once('SIGINT', () => controller.abort());
  return controller.signal;
}
