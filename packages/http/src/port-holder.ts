/**
 * Who holds a TCP port. On Linux the kernel's tables lead from the port to a socket's inode and from there to the
 * process that has it open; elsewhere `lsof` knows. Processes of other users stay unseen: then nothing is said
 * rather than something guessed.
 */
import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { PORT_HOLDER_TIMEOUT_MS } from './limits.ts';

export type PortHolder = { readonly pid: number; readonly command: string };

/** The first process found that listens on the port; undefined when there is none or it cannot be seen. */
export async function findPortHolder(port: number): Promise<PortHolder | undefined> {
  try {
    return process.platform === 'linux' ? await holderFromProc(port) : await holderFromLsof(port);
  } catch {
    return undefined;
  }
}

async function holderFromProc(port: number): Promise<PortHolder | undefined> {
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readOrEmpty(path)));
  const sockets = new Set(
    tables.flatMap((table) => listeningInodes(table, port)).map((i) => `socket:[${i}]`),
  );
  if (sockets.size === 0) return undefined;
  const deadline = performance.now() + PORT_HOLDER_TIMEOUT_MS;
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    if (performance.now() > deadline) return undefined;
    const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
    for (const descriptor of descriptors) {
      const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
      if (sockets.has(target)) return { pid: Number(pid), command: await commandOf(pid) };
    }
  }
  return undefined;
}

/** Inodes of the sockets in state LISTEN on the port, from the text of `/proc/net/tcp`. */
export function listeningInodes(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(suffix) === true && fields[3] === '0A')
    .map((fields) => fields[9] ?? '')
    .filter((inode) => inode !== '' && inode !== '0');
}

/** The program and what it runs, without its flags: they may hold secrets, and this goes into a log. */
async function commandOf(pid: string): Promise<string> {
  const [program = '', ...rest] = (await readOrEmpty(`/proc/${pid}/cmdline`)).split('\0');
  if (program === '') return (await readOrEmpty(`/proc/${pid}/comm`)).trim();
  const name = program.slice(program.lastIndexOf('/') + 1);
  const subject = rest[0] === undefined || rest[0].startsWith('-') ? '' : ` ${rest[0]}`;
  return `${name}${subject}`.slice(0, 160).trim();
}

async function holderFromLsof(port: number): Promise<PortHolder | undefined> {
  const output = await new Promise<string>((resolve) => {
    const listed = ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'];
    execFile('lsof', listed, { timeout: PORT_HOLDER_TIMEOUT_MS }, (_error, stdout) => resolve(stdout));
  });
  return parseLsof(output);
}

/** The first process of `lsof -F pc`: a line `p` with its id, then a line `c` with its name. */
export function parseLsof(output: string): PortHolder | undefined {
  const pid = /^p(\d+)$/m.exec(output)?.[1];
  const command = /^c(.+)$/m.exec(output)?.[1];
  return pid === undefined ? undefined : { pid: Number(pid), command: command ?? 'unknown' };
}

function readOrEmpty(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
