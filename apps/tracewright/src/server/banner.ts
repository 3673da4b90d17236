/** The banner: what listens where, where the data lies, and what to do next. Printed once, when all is open. */
import { printDuration } from '@tracewright/config';
import { isLoopback } from '@tracewright/http';
import type { Terminal } from '../cli/terminal.ts';
import type { SettingsValues } from '../settings.ts';

export type BannerParts = {
  readonly terminal: Terminal;
  readonly values: SettingsValues;
  readonly dataPath: string;
  readonly components: readonly {
    readonly id: string;
    check(): { readonly listening: boolean; readonly endpoint: string; readonly error?: string };
  }[];
  readonly startedUnixMs: number;
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

/** Sending and looking have a token each, or share one. */
export function whoMayWithoutToken({ auth }: Pick<SettingsValues, 'auth'>): {
  readonly sending: boolean;
  readonly looking: boolean;
} {
  return {
    sending: (auth.ingestToken ?? auth.token ?? '') === '',
    looking: (auth.queryToken ?? auth.token ?? '') === '',
  };
}

/** What to say of a server that others reach; undefined when all that it lets them do needs a token. */
export function openDoorWarning(values: Pick<SettingsValues, 'auth' | 'listen'>): string | undefined {
  const { sending, looking } = whoMayWithoutToken(values);
  const { host } = values.listen;
  if (isLoopback(host) || !(sending || looking)) return undefined;
  if (sending && looking)
    return `Whoever reaches ${host} can send and read everything: auth.token asks for a bearer token`;
  if (sending) return `Whoever reaches ${host} can send: auth.ingestToken asks for a bearer token there, too`;
  return `Whoever reaches ${host} can read everything: auth.queryToken asks for a bearer token there, too`;
}

export function printBanner(parts: BannerParts): void {
  const { terminal, values, dataPath, components, startedUnixMs, storeProblem } = parts;
  const { stderr } = terminal;
  const after = `after ${((Date.now() - startedUnixMs) / 1000).toFixed(1)} s`;
  const lines = [''];
  if (storeProblem === undefined) lines.push(`  Tracewright is ready ${after}`);
  else {
    lines.push(`  Tracewright takes in ${after}, but THE STORE IS NOT OPEN: nothing can be found yet`);
    lines.push(`  store  ${storeProblem}`);
  }
  lines.push('');
  for (const component of components) {
    const { endpoint, listening, error } = component.check();
    const what = TITLES[component.id] ?? component.id;
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
  lines.push('  send   OTEL_EXPORTER_OTLP_ENDPOINT to one of the first two; npm run demo makes traces', '');
  stderr.write(`${lines.join('\n')}\n`);
}
