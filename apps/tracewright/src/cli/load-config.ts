/**
 * The rim of configuration: reads the file, the environment and the flags of this process, and resolves them.
 */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import {
  environmentLayer,
  type FlagLayer,
  type Layer,
  type Problem,
  resolveSettings,
} from '@tracewright/config';
import { fileLayer } from '@tracewright/config/file';
import { err, type Result } from '@tracewright/std';
import { isInside } from '../backup/is-inside.ts';
import { checkTogether, type ResolvedConfig, reservedVariables, settings } from '../settings.ts';
import { dataFolder, expandPath } from './platform-folders.ts';

export interface ConfigSource {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Flags of settings, split from the command's own. */
  readonly flags: FlagLayer;
  /** The file that was asked for; without it the one in `cwd`, which may be absent. */
  readonly file?: string | undefined;
}

export interface LoadedConfig {
  readonly config: ResolvedConfig;
  /** The file that was read, if there was one. */
  readonly file?: string;
}

/** What the process was started with, understood; or every mistake in it. */
export function loadConfig(source: ConfigSource): Result<LoadedConfig, readonly Problem[]> {
  const { env, cwd, flags } = source;
  const asked = source.file ?? (env['TRACEWRIGHT_CONFIG'] || undefined);
  const path = asked ?? settings.fileName;
  const file = readConfigFile(expandPath(path, homedir(), cwd), path, asked !== undefined);
  const stray: Problem[] = flags.rest.map((arg) => ({
    origin: { kind: 'flag', name: arg },
    message: `${arg} belongs to nothing`,
  }));
  const layers = [
    ...(file === undefined ? [] : [file]),
    environmentLayer(settings, env, reservedVariables),
    { entries: flags.entries, problems: [...flags.problems, ...stray] },
  ];
  return resolve(layers, env, cwd, file === undefined ? undefined : path);
}

/** A file by itself, without environment and flags: what `config check` judges. */
export function checkConfigFile(
  path: string,
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
): Result<LoadedConfig, readonly Problem[]> {
  const file = readConfigFile(expandPath(path, homedir(), cwd), path, true);
  return resolve(file === undefined ? [] : [file], env, cwd, path);
}

function resolve(
  layers: readonly Layer[],
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
  file: string | undefined,
): Result<LoadedConfig, readonly Problem[]> {
  const home = homedir();
  const result = resolveSettings(settings, {
    layers,
    defaults: { 'storage.path': dataFolder({ platform: process.platform, home, env }) },
    expandPath: (path) => expandPath(path, home, cwd),
    rules: (config) => checkTogether(config, isInside),
  });
  if (!result.ok) return err(result.failure);
  return { ok: true, value: { config: result.value, ...(file === undefined ? {} : { file }) } };
}

/** Undefined when nobody asked for the file and there is none. */
function readConfigFile(absolute: string, shown: string, asked: boolean): Layer | undefined {
  try {
    return fileLayer(settings, readFileSync(absolute, 'utf8'), shown);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    if (code === 'ENOENT' && !asked) return undefined;
    const reason = {
      ENOENT: 'there is no such file',
      EISDIR: 'it is a folder',
      EACCES: 'it may not be read',
    }[code];
    const origin = { kind: 'file', path: shown, line: 1, column: 1 } as const;
    const message = `cannot be read: ${reason ?? (cause instanceof Error ? cause.message : String(cause))}`;
    return { entries: [], problems: [{ origin, message }] };
  }
}
