/**
 * The verbs of `tracewright config`. They change nothing but the file that `init` or `reference -o` writes.
 */
import { writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import {
  configAsJson,
  type Problem,
  printedSettings,
  printProblem,
  referencePage,
  sampleFile,
} from '@tracewright/config';
import type { Call } from '../../cli/command.ts';
import { exitCode } from '../../cli/exit-code.ts';
import { checkConfigFile, loadConfig } from '../../cli/load-config.ts';
import { expandPath } from '../../cli/platform-folders.ts';
import { reportProblems } from '../../cli/report-problems.ts';
import { printTable } from '../../cli/table.ts';
import { settings } from '../../settings.ts';
import type { CheckOptions, InitOptions, PrintOptions, ReferenceOptions } from './command.ts';

export const referenceCommandLine = 'tracewright config reference';

export async function runPrint(call: Call<PrintOptions>): Promise<number> {
  const { terminal, options, settingFlags, style } = call;
  const loaded = loadConfig({
    env: terminal.env,
    cwd: terminal.cwd,
    flags: settingFlags,
    file: options.config,
  });
  if (!loaded.ok) return refuse(call, loaded.failure, 'There is nothing to print');
  const { config, file } = loaded.value;
  const isShown = (origin: { kind: string }): boolean => !options.changed || origin.kind !== 'default';
  if (options.json) {
    const values = configAsJson(config).filter((setting) => isShown(setting.from));
    writeJson(call, { ...(file === undefined ? {} : { file }), settings: values });
    return exitCode.ok;
  }
  const rows = printedSettings(config)
    .filter((setting) => isShown(setting.origin))
    .map(({ key, text, from, origin }) => {
      const isDefault = origin.kind === 'default';
      return [key, isDefault ? text : style.bold(text), isDefault ? style.dim(from) : from];
    });
  terminal.stdout.write(
    printTable([{ title: 'SETTING' }, { title: 'VALUE', cut: true }, { title: 'FROM' }], rows, call),
  );
  return exitCode.ok;
}

export async function runCheck(call: Call<CheckOptions>): Promise<number> {
  const { terminal, options } = call;
  const path = call.arguments[0] ?? settings.fileName;
  const checked = checkConfigFile(path, terminal.env, terminal.cwd);
  if (!checked.ok) return refuse(call, checked.failure, `${path} is not right`);
  if (options.json) writeJson(call, { file: path, ok: true, problems: [] });
  else terminal.stderr.write(`${path} is right.\n`);
  return exitCode.ok;
}

export async function runInit(call: Call<InitOptions>): Promise<number> {
  const path = call.arguments[0] ?? settings.fileName;
  return writeOut(call, path, sampleFile(settings), call.options.force, call.options.json);
}

export async function runReference(call: Call<ReferenceOptions>): Promise<number> {
  const { terminal, options } = call;
  if (options.json) {
    const list = settings.entries.map(({ key, env, flag, setting, defaultValue }) => ({
      key,
      env,
      flag,
      ...setting,
      defaultValue,
    }));
    writeJson(call, { settings: list });
    return exitCode.ok;
  }
  const page = referencePage(settings, referenceCommandLine);
  if (options.output !== undefined) return writeOut(call, options.output, page, true, false);
  terminal.stdout.write(page);
  return exitCode.ok;
}

function writeOut(
  { terminal }: Pick<Call, 'terminal'>,
  path: string,
  text: string,
  replace: boolean,
  json: boolean,
): number {
  try {
    writeFileSync(expandPath(path, homedir(), terminal.cwd), text, { flag: replace ? 'w' : 'wx' });
  } catch (cause) {
    const exists = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
    const reason = cause instanceof Error ? cause.message : String(cause);
    terminal.stderr.write(
      exists ? `${path} is already there; --force replaces it.\n` : `Cannot write ${path}: ${reason}\n`,
    );
    return exitCode.failure;
  }
  if (json) terminal.stdout.write(`${JSON.stringify({ file: path })}\n`);
  else terminal.stderr.write(`Wrote ${path}.\n`);
  return exitCode.ok;
}

function refuse(
  call: Pick<Call, 'terminal'> & { readonly options: { readonly json: boolean } },
  problems: readonly Problem[],
  consequence: string,
): number {
  if (call.options.json)
    writeJson(call, {
      ok: false,
      problems: problems.map((problem) => ({ ...problem, text: printProblem(problem) })),
    });
  reportProblems(call, problems, consequence);
  return exitCode.usage;
}

function writeJson({ terminal }: Pick<Call, 'terminal'>, value: unknown): void {
  terminal.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}
