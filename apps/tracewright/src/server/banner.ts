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
};

const TITLES: Readonly<Record<string, string>> = {
  'otlp/grpc': 'OTLP over gRPC',
  'otlp/http': 'OTLP over HTTP',
  api: 'page, Jaeger and native API',
  health: 'health: /status',
  metrics: 'Prometheus: /metrics',
};

export function printBanner({ terminal, values, dataPath, components, startedUnixMs }: BannerParts): void {
  const { stderr } = terminal;
  const lines = [
    '',
    `  Tracewright is ready after ${((Date.now() - startedUnixMs) / 1000).toFixed(1)} s`,
    '',
  ];
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
    const token = (values.auth.token ?? values.auth.queryToken ?? '') !== '';
    lines.push(
      `  reach  everybody who reaches ${values.listen.host}${token ? ' and has the token' : ', WITHOUT a token'}`,
    );
  }
  lines.push('  send   OTEL_EXPORTER_OTLP_ENDPOINT to one of the first two; npm run demo makes traces', '');
  stderr.write(`${lines.join('\n')}\n`);
}
