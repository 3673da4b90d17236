/** `tracewright trace <id>`: one trace as a waterfall. */
import { type Command, defineCommand, jsonOption, serverOptions } from '../../cli/command.ts';

const options = {
  all: {
    kind: 'boolean',
    flag: '--all',
    summary: 'Every span on a row of its own; nothing folded or left out.',
  },
  span: {
    kind: 'string',
    flag: '--span',
    placeholder: 'id',
    summary: 'Mark this span and show all of its details.',
  },
  noLogs: { kind: 'boolean', flag: '--no-logs', summary: 'Leave out the log records.' },
} as const;

export type TraceOptions = typeof options & typeof jsonOption & typeof serverOptions;

export const traceCommand: Command = defineCommand<TraceOptions>(
  {
    name: 'trace',
    summary: 'Show one trace as a waterfall: who called whom, how long, what failed, what was logged.',
    description:
      'Any spelling of the id is understood: 32 or 16 hex digits, upper case, with dashes, a whole traceparent header (its span is marked), or the form of X-Ray.',
    examples: [
      {
        line: 'tracewright trace 4bf92f3577b34da6a3ce929d0e0e4736',
        about: 'the trace, as wide as the window',
      },
      {
        line: 'tracewright trace 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
        about: 'from a header, with that span marked',
      },
      {
        line: 'tracewright trace a3ce929d0e0e4736 --span 00f067aa0ba902b7',
        about: 'with attributes and events of a span',
      },
      { line: 'tracewright trace a3ce929d0e0e4736 --json > trace.json', about: 'as OTLP' },
    ],
    class: 'finite',
    arguments: [{ name: 'id', summary: 'The trace, in any spelling.' }],
    options: { ...options, ...jsonOption, ...serverOptions },
  },
  async () => (await import('./run.ts')).runTrace,
);
