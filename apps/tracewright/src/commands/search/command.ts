/** `tracewright search`: traces and spans by what they are. */
import { type Command, defineCommand, jsonOption, serverOptions } from '../../cli/command.ts';

const options = {
  service: {
    kind: 'string',
    flag: '--service',
    short: '-s',
    placeholder: 'name',
    summary: 'Spans of this service.',
    complete: 'service',
  },
  name: { kind: 'string', flag: '--name', short: '-n', placeholder: 'name', summary: 'Spans of this name.' },
  minDuration: {
    kind: 'string',
    flag: '--min-duration',
    placeholder: 'time',
    summary: 'Spans that took at least this long, such as 100ms.',
  },
  maxDuration: {
    kind: 'string',
    flag: '--max-duration',
    placeholder: 'time',
    summary: 'Spans that took at most this long.',
  },
  status: {
    kind: 'enum',
    values: ['ok', 'error', 'unset'],
    flag: '--status',
    placeholder: 'status',
    summary: 'Spans of this status: ok, error or unset.',
  },
  errors: { kind: 'boolean', flag: '--errors', short: '-e', summary: 'Short for --status error.' },
  kind: {
    kind: 'enum',
    values: ['internal', 'server', 'client', 'producer', 'consumer'],
    flag: '--kind',
    placeholder: 'kind',
    summary: 'Spans of this kind: internal, server, client, producer or consumer.',
  },
  tag: {
    kind: 'string',
    flag: '--tag',
    short: '-t',
    placeholder: 'key=value',
    summary: 'Spans with this attribute, in whatever scope; key alone: with any value. May be repeated.',
    repeat: true,
  },
  query: {
    kind: 'string',
    flag: '--query',
    short: '-q',
    placeholder: 'expression',
    summary: 'A TraceQL filter in braces that the span must satisfy as well.',
  },
  since: {
    kind: 'string',
    flag: '--since',
    placeholder: 'time',
    summary: 'Started at most this long ago, such as 1h.',
  },
  from: {
    kind: 'string',
    flag: '--from',
    placeholder: 'time',
    summary:
      'Started at this time or later: 19:20 or 2026-11-24 19:20 (local), ISO 8601 with a zone, seconds since 1970, or -1h.',
  },
  to: { kind: 'string', flag: '--to', placeholder: 'time', summary: 'Started before this time.' },
  limit: {
    kind: 'integer',
    min: 1,
    max: 10_000,
    flag: '--limit',
    placeholder: 'n',
    default: '20',
    summary: 'How many to show, newest first (20, at most 10000).',
  },
  cursor: {
    kind: 'string',
    flag: '--cursor',
    placeholder: 'cursor',
    summary: 'Go on where an earlier page ended.',
  },
  spans: { kind: 'boolean', flag: '--spans', summary: 'Show the spans themselves instead of their traces.' },
} as const;

export type SearchOptions = typeof options & typeof jsonOption & typeof serverOptions;

export const searchCommand: Command = defineCommand<SearchOptions>(
  {
    name: 'search',
    summary: 'Find traces by their spans, newest first. All conditions must hold on one span.',
    examples: [
      { line: 'tracewright search --errors --since 1h', about: 'what failed in the last hour' },
      { line: 'tracewright search -s checkout --min-duration 500ms', about: 'slow spans of a service' },
      { line: 'tracewright search -t http.response.status_code=503 -t user.id=42', about: 'by attributes' },
      {
        line: `tracewright search -q '{ resource.service.name =~ "pay.*" && duration > 1s }'`,
        about: 'by an expression',
      },
    ],
    class: 'finite',
    options: { ...options, ...jsonOption, ...serverOptions },
  },
  async () => (await import('./run.ts')).runSearch,
);
