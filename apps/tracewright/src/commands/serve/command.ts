/** `tracewright serve`: the server. */
import { type Command, defineCommand } from '../../cli/command.ts';

const options = {
  config: {
    kind: 'path',
    flag: '--config',
    short: '-c',
    placeholder: 'file',
    summary: 'Configuration file; TRACEWRIGHT_CONFIG, or tracewright.yaml in this folder if it is there.',
    complete: 'file',
  },
} as const;

export type ServeOptions = typeof options;

export const serveCommand: Command = defineCommand(
  {
    name: 'serve',
    summary: 'Run the server: take in traces and logs, keep them, answer questions.',
    examples: [
      { line: 'tracewright serve', about: 'everything with its defaults, reachable from this machine only' },
      { line: 'tracewright serve --data ./traces', about: 'with the data in a folder of your own' },
      { line: 'tracewright serve --host 0.0.0.0 --config prod.yaml', about: 'reachable from other machines' },
      { line: 'tracewright serve --api.port 8080 --wal.sync group', about: 'any setting as a flag' },
    ],
    class: 'server',
    options,
    settings: true,
  },
  async () => (await import('./run.ts')).runServe,
);
