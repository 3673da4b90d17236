/**
 * Options of a scenario as data: one table gives parsing, defaults and `--help`. All values are numbers (counts, and
 * times in milliseconds), since that is what a long run is asked: how often, how long, how much.
 */
import { parseArgs } from 'node:util';
import { err, failure, ok, type Result } from '@tracewright/std';

export type OptionSpec = {
  readonly kind: 'count' | 'duration';
  readonly summary: string;
  /** As a user would write it. */
  readonly fallback: string;
};

export type OptionTable = Readonly<Record<string, OptionSpec>>;

/** By option name: a count, or milliseconds. */
export type OptionValues = Readonly<Record<string, number>>;

export type ParsedArguments = {
  readonly positionals: readonly string[];
  readonly values: OptionValues;
  readonly flags: ReadonlySet<string>;
  readonly texts: Readonly<Record<string, string>>;
};

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Parses `--name value` and `--name=value` of the table, `--json FILE`, and `--help`. */
export function parseOptions(args: readonly string[], table: OptionTable): Result<ParsedArguments> {
  const names = Object.keys(table);
  let parsed: ReturnType<typeof parseArgs>;
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        ...Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
        json: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    return err(failure('invalid', error instanceof Error ? error.message : String(error)));
  }
  const values: Record<string, number> = {};
  for (const [name, spec] of Object.entries(table)) {
    const written = parsed.values[name];
    const value = readValue(spec, typeof written === 'string' ? written : spec.fallback);
    if (value === undefined) {
      const expected = spec.kind === 'count' ? 'a whole number' : 'a time such as 90s, 10m or 2h';
      return err(failure('invalid', `--${name} expects ${expected}, found ${String(written)}`));
    }
    values[name] = value;
  }
  const { json, help } = parsed.values;
  return ok({
    positionals: parsed.positionals,
    values,
    flags: new Set(help === true ? ['help'] : []),
    texts: typeof json === 'string' ? { json } : {},
  });
}

/** One line for each option, aligned. */
export function printOptions(table: OptionTable): string {
  const rows = Object.entries(table).map(([name, { kind, summary, fallback }]) => ({
    left: `--${name} ${kind === 'count' ? 'N' : 'TIME'}`,
    right: `${summary} (default ${fallback})`,
  }));
  const width = Math.max(...rows.map(({ left }) => left.length));
  return rows.map(({ left, right }) => `    ${left.padEnd(width)}  ${right}`).join('\n');
}

function readValue(spec: OptionSpec, written: string): number | undefined {
  if (spec.kind === 'count') {
    const digits = written.replaceAll(/(?<=\d)[_,](?=\d)/g, '');
    const value = /^\d+$/.test(digits) ? Number(digits) : Number.NaN;
    return Number.isSafeInteger(value) ? value : undefined;
  }
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(written);
  const unitMs = UNITS_MS[match?.[2] ?? 's'];
  return match === null || unitMs === undefined ? undefined : Math.round(Number(match[1]) * unitMs);
}
