// Finds a Python and gives it the OpenTelemetry SDK: a virtual environment in the demo's data folder, made on the
// first run. Where that is impossible it says why, and the shop goes without its Python service.

import { execFile } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

export type PythonResult =
  | { readonly ok: true; readonly interpreter: string }
  | { readonly ok: false; readonly reason: string };

const run = promisify(execFile);
const candidates = ['python3', 'python'];
const versionMin = [3, 10] as const;
const installDeadlineMs = 180_000;
const requirements = [
  'opentelemetry-sdk==1.45.2',
  'opentelemetry-exporter-otlp-proto-http==1.45.2',
  'opentelemetry-instrumentation-logging==0.66b2',
];
const wanted = requirements.join('\n');

/** Gives the interpreter of an environment with the SDK, installing it when it is not there yet. */
export async function preparePython(
  dataFolder: string,
  tell: (sentence: string) => void,
): Promise<PythonResult> {
  const folder = join(dataFolder, 'python');
  if (await isUsable(folder)) return { ok: true, interpreter: interpreterIn(folder) };
  const python = await findPython();
  if (python === undefined) {
    return { ok: false, reason: `there is no Python ${versionMin.join('.')} or newer on this machine` };
  }
  tell('Installing the OpenTelemetry SDK for Python (once; a few seconds) …');
  // Two demos may do this at once: each builds its own, and the first to be done puts it in place.
  const building = `${folder}-${process.pid}`;
  try {
    return await build(python, building, folder);
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
}

async function build(python: string, building: string, folder: string): Promise<PythonResult> {
  try {
    await run(python, ['-m', 'venv', building], { timeout: installDeadlineMs });
  } catch (error) {
    return { ok: false, reason: `${python} cannot make a virtual environment: ${lastLine(error)}` };
  }
  try {
    const flags = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--retries', '1'];
    await run(interpreterIn(building), [...flags, ...requirements], { timeout: installDeadlineMs });
  } catch (error) {
    return { ok: false, reason: `pip cannot install the OpenTelemetry SDK: ${lastLine(error)}` };
  }
  writeFileSync(stampIn(building), wanted);
  if (!(await isUsable(folder))) {
    rmSync(folder, { recursive: true, force: true });
    renameSync(building, folder);
  }
  return { ok: true, interpreter: interpreterIn(folder) };
}

/** True when the environment is whole, with what is wanted now, and its Python works. */
async function isUsable(folder: string): Promise<boolean> {
  const stamp = stampIn(folder);
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted && (await works(interpreterIn(folder)));
}

function interpreterIn(folder: string): string {
  return join(folder, 'bin', 'python');
}

/** The file that is written last, so that an interrupted installation is begun anew. */
function stampIn(folder: string): string {
  return join(folder, 'installed.txt');
}

async function findPython(): Promise<string | undefined> {
  for (const candidate of candidates) {
    try {
      const { stdout } = await run(candidate, ['-c', 'import sys; print(*sys.version_info[:2])'], {
        timeout: 10_000,
      });
      const [major = 0, minor = 0] = stdout.trim().split(' ').map(Number);
      if (major === versionMin[0] && minor >= versionMin[1]) return candidate;
    } catch {
      // Not there, or not working: the next one may be.
    }
  }
  return undefined;
}

async function works(interpreter: string): Promise<boolean> {
  return run(interpreter, ['-c', ''], { timeout: 10_000 }).then(
    () => true,
    () => false,
  );
}

function lastLine(error: unknown): string {
  const stderr =
    typeof error === 'object' && error !== null && 'stderr' in error ? String(error.stderr).trim() : '';
  return (stderr === '' ? String(error) : stderr).split('\n').at(-1) ?? '';
}
