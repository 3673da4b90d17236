// On what a figure was measured: without it a figure says nothing.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';

export type Machine = {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly os: string;
  readonly node: string;
  readonly engine: string;
  /** Of this repository, with `+changes` where the tree differed from it. */
  readonly commit: string;
};

export function describeMachine(repository: string): Machine {
  const [first] = cpus();
  return {
    cpu: first?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    os: `${type()} ${release()} ${process.arch}`,
    node: process.version,
    engine: engineVersion(repository),
    commit: commitOf(repository),
  };
}

function engineVersion(repository: string): string {
  try {
    const text = readFileSync(join(repository, 'node_modules', 'chdb', 'package.json'), 'utf8');
    return `chdb ${(JSON.parse(text) as { version: string }).version}`;
  } catch {
    return 'unknown';
  }
}

function commitOf(repository: string): string {
  const git = (...args: string[]): string =>
    execFileSync('git', args, {
      cwd: repository,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  try {
    return `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain') === '' ? '' : '+changes'}`;
  } catch {
    return 'unknown';
  }
}
