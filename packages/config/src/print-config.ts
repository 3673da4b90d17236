/**
 * What `config print` shows: each value and where it came from, for people and for programs.
 *
 * A secret is never printed, only whether it is set.
 */
import { printValue } from './parse-value.ts';
import { type Origin, printOrigin } from './problem.ts';
import type { Config, ResolvedSetting } from './resolve-settings.ts';
import type { SettingValue } from './setting.ts';

export interface PrintedSetting {
  readonly key: string;
  /** As a user would write it; secrets are "(set)" or empty. */
  readonly text: string;
  /** "default", "tracewright.yaml:3", "env NAME", "flag --name". */
  readonly from: string;
  readonly origin: Origin;
}

export function printedSettings(config: Config): readonly PrintedSetting[] {
  return config.resolved.map((resolved) => ({
    key: resolved.entry.key,
    text: textOf(resolved),
    from: printOrigin(resolved.origin),
    origin: resolved.origin,
  }));
}

export interface SettingAsJson {
  readonly key: string;
  /** Milliseconds for durations, bytes for sizes; absent for a secret. */
  readonly value?: SettingValue;
  /** For secrets, in place of the value. */
  readonly set?: boolean;
  readonly text: string;
  readonly from: Origin;
  readonly env: string;
  readonly flag: string;
}

export function configAsJson(config: Config): readonly SettingAsJson[] {
  return config.resolved.map((resolved) => {
    const { entry, value, origin } = resolved;
    const secret = entry.setting.kind === 'secret';
    return {
      key: entry.key,
      ...(secret ? { set: value !== undefined } : { value }),
      text: textOf(resolved),
      from: origin,
      env: entry.env,
      flag: entry.flag,
    };
  });
}

function textOf({ entry, value }: ResolvedSetting): string {
  if (entry.setting.kind === 'secret') return value === undefined ? '' : '(set)';
  return printValue(entry.setting, value);
}
