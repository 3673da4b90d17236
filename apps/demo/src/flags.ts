// The flags of `npm run demo`: parsing them, and the help that names them all.

import { parseArgs } from 'node:util';
import { type FaultName, faults, findFault } from './faults.ts';

export interface Flags {
  readonly actionsPerSecond: number;
  /** Ends by itself after this time; undefined runs until it is stopped. */
  readonly durationSeconds: number | undefined;
  readonly faults: readonly FaultName[];
  /** 0 takes a free port. */
  readonly controlPort: number;
  /** Where telemetry goes; undefined means the Tracewright of this machine, started when it does not run. */
  readonly endpoint: string | undefined;
  readonly dataFolder: string | undefined;
  readonly withPython: boolean;
}

export type FlagsResult =
  | { readonly kind: 'flags'; readonly flags: Flags }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly message: string };

export const rateMax = 500;
const rateDefault = 10;

/** Parses the arguments after the program's name; a mistake is told in a sentence. */
export function parseFlags(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): FlagsResult {
  let values: ReturnType<typeof parse>['values'];
  try {
    values = parse(args).values;
  } catch (error) {
    return wrong(error instanceof Error ? error.message : String(error));
  }
  if (values.help === true) return { kind: 'help' };
  const actionsPerSecond = Number(values.rate ?? rateDefault);
  if (!(actionsPerSecond >= 0 && actionsPerSecond <= rateMax)) {
    return wrong(`--rate is ${values.rate}, expected a number from 0 to ${rateMax}`);
  }
  const durationSeconds = values.duration === undefined ? undefined : Number(values.duration);
  if (durationSeconds !== undefined && !(durationSeconds > 0)) {
    return wrong(`--duration is ${values.duration}, expected a number of seconds`);
  }
  const controlPort = Number(values['control-port'] ?? 0);
  if (!Number.isInteger(controlPort) || controlPort < 0 || controlPort > 65_535) {
    return wrong(`--control-port is ${values['control-port']}, expected a port`);
  }
  const names = (values.fault ?? []).flatMap((list) => list.split(','));
  const unknown = names.find((name) => findFault(name) === undefined);
  if (unknown !== undefined) {
    return wrong(`There is no fault ${unknown}; there are ${faults.map((fault) => fault.name).join(', ')}`);
  }
  const endpoint = values.endpoint ?? environment['OTEL_EXPORTER_OTLP_ENDPOINT'];
  if (endpoint !== undefined && !/^https?:$/.test(URL.parse(endpoint)?.protocol ?? '')) {
    return wrong(`The endpoint is ${endpoint}, expected an address such as http://127.0.0.1:4318`);
  }
  return {
    kind: 'flags',
    flags: {
      actionsPerSecond,
      durationSeconds,
      faults: names.flatMap((name) => findFault(name)?.name ?? []),
      controlPort,
      endpoint,
      dataFolder: values.data,
      withPython: values['no-python'] !== true,
    },
  };
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    options: {
      rate: { type: 'string' },
      duration: { type: 'string' },
      fault: { type: 'string', multiple: true },
      'control-port': { type: 'string' },
      endpoint: { type: 'string' },
      data: { type: 'string' },
      'no-python': { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  } as const);
}

function wrong(message: string): FlagsResult {
  return { kind: 'wrong', message };
}

/** The help, with every flag and every fault. */
export function printHelp(): string {
  return `A small shop of really instrumented services, with faults to switch on and off.

Usage: npm run demo -- [flags]

  --rate N             customers' actions a second, 0 to ${rateMax} (default ${rateDefault}); an order is one action of 3 to 5
                       requests
  --duration SECONDS   stop after this time (default: when told to, with Ctrl-C)
  --fault NAME         switch a fault on from the start; may be repeated, or a list with commas
  --endpoint URL       where telemetry goes, over OTLP/HTTP (default: $OTEL_EXPORTER_OTLP_ENDPOINT, else the
                       Tracewright on http://127.0.0.1:4318, which is started when it does not run)
  --control-port PORT  where to listen for curl on the loopback interface (default: a free port, printed)
  --data DIR           logs and the Python environment (default: apps/demo/data)
  --no-python          leave out the service that is written in Python
  -h, --help           this

Faults, switched while it runs by typing their name or number, or with curl:

${faults.map((fault, index) => `  ${index + 1}  ${fault.name.padEnd(16)} ${fault.service}: ${fault.summary}`).join('\n')}
`;
}
