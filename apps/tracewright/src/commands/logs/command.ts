/** `tracewright logs`: log records, once or as they arrive. */
import { type Command, defineCommand, jsonOption, serverOptions } from '../../cli/command.ts';

const options = {
  follow: {
    kind: 'boolean',
    flag: '--follow',
    short: '-f',
    summary: 'Go on and print records as they arrive.',
  },
  trace: {
    kind: 'string',
    flag: '--trace',
    placeholder: 'id',
    summary: 'Records of this trace, in any spelling of its id.',
  },
  span: { kind: 'string', flag: '--span', placeholder: 'id', summary: 'Records of this span.' },
  service: {
    kind: 'string',
    flag: '--service',
    short: '-s',
    placeholder: 'name',
    summary: 'Records of this service.',
    complete: 'service',
  },
  severity: {
    kind: 'enum',
    values: ['trace', 'debug', 'info', 'warn', 'error', 'fatal'],
    flag: '--severity',
    placeholder: 'level',
    summary: 'Records at least this severe: trace, debug, info, warn, error or fatal.',
  },
  grep: {
    kind: 'string',
    flag: '--grep',
    short: '-g',
    placeholder: 'text',
    summary: 'Records whose body contains this text.',
  },
  query: {
    kind: 'string',
    flag: '--query',
    short: '-q',
    placeholder: 'expression',
    summary: 'An expression that the record must satisfy as well.',
  },
  since: { kind: 'string', flag: '--since', placeholder: 'time', summary: 'At most this old, such as 15m.' },
  from: {
    kind: 'string',
    flag: '--from',
    placeholder: 'time',
    summary:
      'From this time on: 19:20 or 2026-11-24 19:20 (local), ISO 8601 with a zone, seconds since 1970, or -1h.',
  },
  to: { kind: 'string', flag: '--to', placeholder: 'time', summary: 'Before this time.' },
  limit: {
    kind: 'integer',
    min: 0,
    max: 10_000,
    flag: '--limit',
    placeholder: 'n',
    default: '100',
    summary:
      'How many to print, the newest (100, at most 10000); with --follow, how many to begin with: 0 for only new ones.',
  },
  cursor: {
    kind: 'string',
    flag: '--cursor',
    placeholder: 'cursor',
    summary: 'Go on where an earlier page ended.',
  },
} as const;

export type LogsOptions = typeof options & typeof jsonOption & typeof serverOptions;

export const logsCommand: Command = defineCommand<LogsOptions>(
  {
    name: 'logs',
    summary: 'Print log records, the newest last, or follow them as they arrive.',
    examples: [
      { line: 'tracewright logs --follow --severity warn', about: 'warnings and errors as they arrive' },
      { line: 'tracewright logs --trace 4bf92f3577b34da6a3ce929d0e0e4736', about: 'what one trace logged' },
      { line: 'tracewright logs -s checkout --since 15m --grep timeout', about: 'by service, time and text' },
      { line: 'tracewright logs -f --json | jq .body', about: 'one JSON object a line' },
    ],
    class: 'stream',
    options: { ...options, ...jsonOption, ...serverOptions },
  },
  async () => (await import('./run.ts')).runLogs,
);
