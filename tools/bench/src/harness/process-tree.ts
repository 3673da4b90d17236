// What a process and all its descendants have used: CPU time over all threads, including children that have
// ended and been waited for, and resident memory. Linux reads /proc, macOS asks `ps`.

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

export type ProcessUse = {
  readonly pid: number;
  readonly parent: number;
  /** User and system time; on Linux with the time of ended children. */
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  readonly command: string;
};

export type TreeUse = {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  readonly processes: readonly ProcessUse[];
};

/** The use of `root` and everything below it; zeros when it has ended. */
export function useOfTree(root: number): TreeUse {
  const all = process.platform === 'linux' ? readProc() : parsePs(runPs());
  const processes = descendants(all, root);
  return {
    cpuSeconds: processes.reduce((sum, each) => sum + each.cpuSeconds, 0),
    residentBytes: processes.reduce((sum, each) => sum + each.residentBytes, 0),
    processes,
  };
}

/** `root` and all its descendants among the given processes. */
export function descendants(all: readonly ProcessUse[], root: number): readonly ProcessUse[] {
  const children = Map.groupBy(all, (each) => each.parent);
  const found: ProcessUse[] = all.filter((each) => each.pid === root);
  for (let index = 0; index < found.length; index++) {
    const pid = found[index]?.pid;
    if (pid !== undefined) found.push(...(children.get(pid) ?? []).filter((child) => child.pid !== pid));
  }
  return found;
}

/** Parses /proc/PID/stat: the command may hold spaces and brackets, so fields count from the last bracket. */
export function parseStat(stat: string, ticksPerSecond: number, pageBytes: number): ProcessUse | undefined {
  const open = stat.indexOf('(');
  const close = stat.lastIndexOf(')');
  if (open < 0 || close < 0) return undefined;
  // The first field after the command is number 3, the state.
  const fields = stat.slice(close + 2).split(' ');
  const field = (number: number): number => Number(fields[number - 3] ?? Number.NaN);
  const ticks = field(14) + field(15) + field(16) + field(17);
  if (Number.isNaN(ticks)) return undefined;
  return {
    pid: Number(stat.slice(0, open)),
    parent: field(4),
    cpuSeconds: ticks / ticksPerSecond,
    residentBytes: field(24) * pageBytes,
    command: stat.slice(open + 1, close),
  };
}

/** Parses `ps -axo pid=,ppid=,time=,rss=,comm=`; times are [[dd-]hh:]mm:ss.cc, sizes are KiB. */
export function parsePs(output: string): readonly ProcessUse[] {
  return output.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(?:(\d+)-)?([\d:.]+)\s+(\d+)\s+(.*)$/.exec(line);
    if (match === null) return [];
    const clock = (match[4] ?? '').split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
    return [
      {
        pid: Number(match[1]),
        parent: Number(match[2]),
        cpuSeconds: Number(match[3] ?? 0) * 86_400 + clock,
        residentBytes: Number(match[5]) * 1024,
        command: match[6] ?? '',
      },
    ];
  });
}

let systemUnits: { readonly ticksPerSecond: number; readonly pageBytes: number } | undefined;

function readProc(): readonly ProcessUse[] {
  systemUnits ??= {
    ticksPerSecond: Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' })) || 100,
    pageBytes: Number(execFileSync('getconf', ['PAGESIZE'], { encoding: 'utf8' })) || 4096,
  };
  const { ticksPerSecond, pageBytes } = systemUnits;
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      return parseStat(readFileSync(`/proc/${entry}/stat`, 'utf8'), ticksPerSecond, pageBytes) ?? [];
    } catch {
      // It ended between listing and reading.
      return [];
    }
  });
}

function runPs(): string {
  return execFileSync('ps', ['-axo', 'pid=,ppid=,time=,rss=,comm='], {
    encoding: 'utf8',
    maxBuffer: 16 * 1024 * 1024,
  });
}
