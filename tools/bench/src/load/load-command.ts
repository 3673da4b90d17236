// `bench load`: sends a workload to any OTLP address and prints what happened. The same bytes can be sent to
// this program or to another one that understands OTLP.

import { writeFileSync } from 'node:fs';
import { type OptionTable, type ParsedOptions, parseOptions, printOptions } from '../command-line.ts';
import { describeLoad } from './describe-load.ts';
import { type LoadOptions, PROTOCOLS, type Protocol, runLoad, WORKLOADS } from './run-load.ts';

export const LOAD_OPTIONS: OptionTable = {
  url: {
    kind: 'text',
    summary:
      'where to send; a URL without a path gets /v1/traces (default http://127.0.0.1:4318, grpc :4317)',
  },
  protocol: { kind: 'choice', choices: PROTOCOLS, fallback: 'http/protobuf', summary: 'how to send' },
  rate: {
    kind: 'whole',
    min: 1,
    summary: 'spans a second, by a timetable; without it as fast as answers come',
  },
  duration: { kind: 'duration', min: 1, summary: 'how long; 10s if neither --duration nor --spans is given' },
  spans: { kind: 'whole', min: 1, summary: 'stop after so many spans, rounded up to whole batches' },
  connections: {
    kind: 'whole',
    min: 1,
    fallback: '4',
    summary: 'connections, each with one request under way',
  },
  batch: {
    kind: 'whole',
    min: 1,
    fallback: '512',
    summary: 'spans in a request, rounded down to whole traces',
  },
  workload: {
    kind: 'choice',
    choices: WORKLOADS,
    fallback: 'standard',
    summary: "what to send: the shop, or Jaeger's public recipe",
  },
  attributes: { kind: 'whole', fallback: '12', summary: 'attributes a span (standard workload)' },
  'resource-attributes': {
    kind: 'whole',
    min: 1,
    fallback: '12',
    summary: 'attributes a resource (standard workload)',
  },
  seed: { kind: 'whole', summary: 'decides all ids and values; by default taken from the clock and printed' },
  scatter: {
    kind: 'whole',
    fallback: '0',
    summary: 'batches between two spans of a trace; 0 keeps traces together',
  },
  ago: { kind: 'duration', fallback: '0s', summary: 'how far in the past the spans lie' },
  token: { kind: 'text', summary: 'bearer token' },
  timeout: { kind: 'duration', min: 1, fallback: '30s', summary: 'how long to wait for an answer' },
  insecure: { kind: 'flag', summary: 'accept any certificate over https' },
  json: {
    kind: 'text',
    summary: 'also write the result as JSON to this file ("-": only JSON, to the output)',
  },
  acknowledged: {
    kind: 'text',
    summary: 'write the seed and the numbers of the accepted batches to this file',
  },
  help: { kind: 'flag', summary: 'this text' },
};

export const LOAD_HELP: string = `npm run bench -- load [options]

Sends OTLP traces to any receiver and reports accepted spans a second, latencies and refusals.
With --rate latencies count from when a request was due, so that a stalled server cannot hide the stall.

${printOptions(LOAD_OPTIONS)}

Examples:
  npm run bench -- load --duration 60s
  npm run bench -- load --rate 50000 --duration 60s --protocol grpc
  npm run bench -- load --url http://jaeger.example:4318 --spans 10000000 --seed 1
`;

/** Runs the command; the result is the exit code: 0 all accepted, 1 something was not, 2 wrong usage. */
export async function loadCommand(args: readonly string[]): Promise<number> {
  const parsed = parseOptions(args, LOAD_OPTIONS);
  const options = parsed.ok ? loadOptionsOf(parsed.options) : parsed.message;
  if (parsed.ok && parsed.options.flag('help')) {
    process.stdout.write(LOAD_HELP);
    return 0;
  }
  if (!parsed.ok || typeof options === 'string') {
    process.stderr.write(`${typeof options === 'string' ? options : ''}\n`);
    return 2;
  }
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  const result = await runLoad(options, stop.signal);
  process.off('SIGINT', interrupt);
  process.off('SIGTERM', interrupt);
  const { acceptedBatches, ...figures } = result;
  const json = JSON.stringify(figures, (key, value: unknown) => (key === 'token' ? undefined : value), 2);
  const target = parsed.options.text('json');
  if (target !== undefined && target !== '-') writeFileSync(target, `${json}\n`);
  process.stdout.write(target === '-' ? `${json}\n` : describeLoad(result));
  const acknowledged = parsed.options.text('acknowledged');
  if (acknowledged !== undefined) {
    const { seed, scatter } = options;
    const { spansPerBatch, spansPerTrace } = result;
    writeFileSync(
      acknowledged,
      JSON.stringify({ seed, scatter, spansPerBatch, spansPerTrace, acceptedBatches }),
    );
  }
  return figures.accounts.acceptedSpans === figures.accounts.sentSpans && figures.accounts.sentSpans > 0
    ? 0
    : 1;
}

function loadOptionsOf(parsed: ParsedOptions): LoadOptions | string {
  if (parsed.positionals.length > 0) return `Unexpected: ${parsed.positionals.join(' ')}; see --help.`;
  const protocol = parsed.text('protocol') as Protocol;
  const url = parsed.text('url') ?? (protocol === 'grpc' ? 'http://127.0.0.1:4317' : 'http://127.0.0.1:4318');
  const scheme = URL.parse(url)?.protocol;
  if (scheme !== 'http:' && scheme !== 'https:')
    return `--url expects an http:// or https:// address, found ${url}.`;
  const spans = parsed.number('spans');
  return {
    url,
    protocol,
    workload: parsed.text('workload') === 'jaeger' ? 'jaeger' : 'standard',
    rate: parsed.number('rate'),
    durationMs: parsed.number('duration') ?? (spans === undefined ? 10_000 : undefined),
    spans,
    connections: parsed.number('connections') ?? 4,
    batch: parsed.number('batch') ?? 512,
    attributes: parsed.number('attributes') ?? 12,
    resourceAttributes: parsed.number('resource-attributes') ?? 12,
    seed: parsed.number('seed') ?? Date.now() % 0x1_0000_0000,
    scatter: parsed.number('scatter') ?? 0,
    agoMs: parsed.number('ago') ?? 0,
    token: parsed.text('token'),
    timeoutMs: parsed.number('timeout') ?? 30_000,
    insecure: parsed.flag('insecure'),
  };
}
