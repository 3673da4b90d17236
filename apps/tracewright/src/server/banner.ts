/** The banner: what listens where, where the data lies, and what to do next. Printed once, when all is open. */
import { printDuration } from '@tracewright/config';
import { isLoopback } from '@tracewright/http';
import type { Terminal } from '../cli/terminal.ts';
import type { SettingsValues } from '../settings.ts';

export type BannerParts = {
  readonly terminal: Pick<Terminal, 'stderr'>;
  readonly values: SettingsValues;
  readonly dataPath: string;
  readonly components: readonly {
    readonly id: string;
    check(): { readonly listening: boolean; readonly endpoint: string; readonly error?: string };
  }[];
  readonly startedUnixMs: number;
  /** Addresses or folder of the store. */
  readonly storePlace: string;
  /** Why what is sent cannot be found yet; undefined when the store is open. */
  readonly storeProblem: string | undefined;
};

const TITLES: Readonly<Record<string, string>> = {
  'otlp/grpc': 'OTLP over gRPC',
  'otlp/http': 'OTLP over HTTP',
  api: 'page, Jaeger and native API',
  health: 'health: /status',
  metrics: 'Prometheus: /metrics',
};

/** Listeners that take nothing in. */
const SURFACES: ReadonlySet<string> = new Set(['api', 'health', 'metrics']);

type Doors = Pick<SettingsValues, 'auth' | 'listen' | 'receivers' | 'api' | 'metrics'>;

/** What the listeners that are open let anybody do. Sending and looking have a token each, or share one. */
function whoMayWithoutToken({ auth, receivers, api, metrics }: Doors): {
  readonly sending: boolean;
  readonly looking: boolean;
} {
  const { grpc, http } = receivers.otlp;
  return {
    sending: (grpc.enabled || http.enabled) && (auth.ingestToken ?? auth.token ?? '') === '',
    looking: (api.enabled || metrics.enabled) && (auth.queryToken ?? auth.token ?? '') === '',
  };
}

/** What to say of a server that others reach; undefined when all that it lets them do needs a token. */
export function openDoorWarning(values: Doors): string | undefined {
  const { sending, looking } = whoMayWithoutToken(values);
  const { host } = values.listen;
  if (isLoopback(host) || !(sending || looking)) return undefined;
  if (sending && looking)
    return `Whoever reaches ${host} can send and read everything: auth.token asks for a bearer token`;
  if (sending) return `Whoever reaches ${host} can send: auth.ingestToken asks for a bearer token there`;
  return `Whoever reaches ${host} can read everything: auth.queryToken asks for a bearer token there`;
}

export function printBanner(parts: BannerParts): void {
  const { terminal, values, dataPath, components, startedUnixMs, storePlace, storeProblem } = parts;
  const after = `after ${((Date.now() - startedUnixMs) / 1000).toFixed(1)} s`;
  const doors = components.map((component) => ({ id: component.id, ...component.check() }));
  const receivers = doors.filter(({ id }) => !SURFACES.has(id));
  const isAccepting = receivers.some(({ listening }) => listening);
  const isWhole = doors.every(({ listening }) => listening);
  const state = isWhole && storeProblem === undefined ? 'is ready' : isAccepting ? 'is accepting' : 'runs';
  const closed = isWhole ? '' : ', but not all of its ports are open';
  const store =
    storeProblem === undefined ? '' : `; the store at ${storePlace} cannot be used yet: ${storeProblem}`;
  const lines = ['', `  Tracewright ${state} ${after}${closed}${store}`, ''];
  for (const { id, endpoint, listening, error } of doors) {
    const what = TITLES[id] ?? id;
    lines.push(`  ${endpoint.padEnd(28)} ${what}${listening ? '' : `: NOT LISTENING. ${error ?? ''}`}`);
  }
  const age = values.storage.retention.age;
  lines.push('', `  data   ${dataPath} (kept ${age === 0 ? 'for good' : printDuration(age)})`);
  if (isLoopback(values.listen.host)) {
    lines.push('  reach  this machine only; --listen.host 0.0.0.0 opens it to others, with auth.token set');
  } else {
    const { sending, looking } = whoMayWithoutToken(values);
    const open = sending && looking ? 'send and look' : sending ? 'send' : 'look';
    lines.push(
      `  reach  everybody who reaches ${values.listen.host}${sending || looking ? ` may ${open} WITHOUT a token` : ' and has the token'}`,
    );
  }
  if (receivers.length > 0) {
    const where = receivers.length === 1 ? 'the first address' : 'one of the first two';
    lines.push(`  send   OTEL_EXPORTER_OTLP_ENDPOINT to ${where}; npm run demo makes traces`);
  }
  terminal.stderr.write(`${lines.join('\n')}\n\n`);
}
