/**
 * PythonSdk: a Python with the OpenTelemetry SDK, in a virtual environment that is made once a machine and kept in
 * the folder for temporary files. Where that is impossible, it says why.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export type PythonSdk =
  | { readonly ok: true; readonly interpreter: string }
  | { readonly ok: false; readonly reason: string };

const VERSION = '1.45.2';
const REQUIREMENTS = [
  `opentelemetry-sdk==${VERSION}`,
  `opentelemetry-exporter-otlp-proto-http==${VERSION}`,
  `opentelemetry-exporter-otlp-proto-grpc==${VERSION}`,
];
const INSTALL_DEADLINE_MS = 180_000;

const run = promisify(execFile);

export async function preparePythonSdk(): Promise<PythonSdk> {
  const python = process.platform === 'win32' ? 'python' : 'python3';
  let version: string;
  try {
    const { stdout } = await run(python, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])']);
    version = stdout.trim();
  } catch {
    return { ok: false, reason: `there is no ${python} on this machine` };
  }
  const folder = join(tmpdir(), `tracewright-python-${version}-opentelemetry-${VERSION}`);
  if (await works(folder)) return { ok: true, interpreter: interpreterIn(folder) };
  const building = mkdtempSync(`${folder}-`);
  try {
    await run(python, ['-m', 'venv', building], { timeout: INSTALL_DEADLINE_MS });
    const flags = ['--quiet', '--disable-pip-version-check', '--retries', '1', '--only-binary', ':all:'];
    const install = ['-m', 'pip', 'install', ...flags, ...REQUIREMENTS];
    await run(interpreterIn(building), install, { timeout: INSTALL_DEADLINE_MS });
    writeFileSync(join(building, 'complete'), '');
    // Two runs may do this at once: the first puts its own in place, and the other one uses that.
    if (!(await works(folder))) {
      rmSync(folder, { recursive: true, force: true });
      renameSync(building, folder);
    }
    return { ok: true, interpreter: interpreterIn(folder) };
  } catch (error) {
    if (await works(folder)) return { ok: true, interpreter: interpreterIn(folder) };
    return { ok: false, reason: `the SDK for Python cannot be installed: ${lastLine(error)}` };
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
}

async function works(folder: string): Promise<boolean> {
  if (!existsSync(join(folder, 'complete'))) return false;
  return run(interpreterIn(folder), ['-c', 'import opentelemetry.sdk']).then(
    () => true,
    () => false,
  );
}

/** The environment was moved after it was made, which its interpreter bears and its scripts do not. */
function interpreterIn(folder: string): string {
  return join(folder, 'bin', 'python');
}

function lastLine(error: unknown): string {
  const said = String(Object(error)['stderr'] ?? '').trim();
  return (said === '' ? String(error) : said).split('\n').at(-1) ?? '';
}
