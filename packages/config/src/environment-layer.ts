/**
 * The layer of environment variables.
 *
 * Every variable with the program's prefix must be known. Two exceptions: names the program itself reserves, and
 * the variables Kubernetes puts into each container of a namespace for a service that happens to be called like
 * the program (`TRACEWRIGHT_PORT=tcp://10.0.0.7:4317` and its kin), which nobody wrote on purpose.
 */
import type { Settings } from './define-settings.ts';
import type { Layer, LayerEntry } from './layer.ts';
import { type Problem, unknownName } from './problem.ts';

export function environmentLayer(
  settings: Settings,
  environment: Readonly<Record<string, string | undefined>>,
  reserved: readonly string[],
): Layer {
  const byName = new Map(settings.entries.map((entry) => [entry.env, entry]));
  const known = [...byName.keys(), ...reserved];
  const entries: LayerEntry[] = [];
  const problems: Problem[] = [];
  for (const [name, raw] of Object.entries(environment)) {
    if (!name.startsWith(settings.envPrefix) || raw === undefined || reserved.includes(name)) continue;
    if (isServiceLink(settings.envPrefix, name, raw)) continue;
    const entry = byName.get(name);
    const origin = { kind: 'env', name } as const;
    if (entry === undefined) problems.push(unknownName(origin, 'variable', name, known));
    // Compose files often pass variables on that are empty; that means "not set".
    else if (raw !== '') entries.push({ key: entry.key, raw, origin });
  }
  return { entries, problems };
}

function isServiceLink(prefix: string, name: string, value: string): boolean {
  if (/_PORT(_\d+_(TCP|UDP|SCTP))?$/.test(name) && /^(tcp|udp|sctp):\/\//.test(value)) return true;
  const rest = `_${name.slice(prefix.length)}`;
  return (
    /_SERVICE_(HOST|PORT(_\w+)?)$/.test(rest) || /_PORT_\d+_(TCP|UDP|SCTP)_(PROTO|PORT|ADDR)$/.test(rest)
  );
}
