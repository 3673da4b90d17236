/**
 * The files that the rules look at: what git tracks or would track, read once.
 *
 * Paths run from the repository's root with forward slashes on every platform. A repository is a value, so that
 * the tests of a rule write theirs down in a few lines.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ModuleFacts, readModule } from './module-facts.ts';

export type Repository = {
  /** All files, sorted. */
  readonly files: readonly string[];
  has(path: string): boolean;
  /** The text of a file that exists; binary files read as the empty text. */
  read(path: string): string;
  /** What a TypeScript or JavaScript file says, parsed once. */
  module(path: string): ModuleFacts;
};

/** The parsed `package.json` of a workspace or of the root. */
export type Manifest = {
  readonly name?: string;
  readonly exports?: unknown;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
};

/** The working tree at `root`. */
export function openRepository(root: string): Repository {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
  // A file deleted in the working tree is still listed; links are checked where they point.
  const files = listed
    .split('\0')
    .filter((path) => path !== '' && existsSync(join(root, path)) && lstatSync(join(root, path)).isFile());
  return createRepository(files, (path) => readFileSync(join(root, path)));
}

/** A repository of these texts by path; for tests. */
export function repositoryOf(texts: Readonly<Record<string, string>>): Repository {
  return createRepository(Object.keys(texts), (path) => Buffer.from(texts[path] ?? ''));
}

/** Whether a path is a source that `module` reads. */
export function isSource(path: string): boolean {
  return /\.(?:ts|mts|mjs|js|tsx)$/.test(path);
}

/** Whether a path is a test, or a file that only tests use. */
export function isTest(path: string): boolean {
  return /\.test\.tsx?$/.test(path) || /(?:^|\/)(?:testing|test)(?:\/|-[^/]*\.ts$)/.test(path);
}

/** The folder of the workspace that a path lies in (`packages/wire`), if it lies in one. */
export function workspaceOf(path: string): string | undefined {
  return /^(?:(?:packages|apps|tools|sdk)\/[^/]+)(?=\/)/.exec(path)?.[0];
}

/** A manifest as it stands; an empty one where there is none. */
export function readManifest(repository: Repository, folder: string): Manifest {
  const path = folder === '' ? 'package.json' : `${folder}/package.json`;
  return repository.has(path) ? (JSON.parse(repository.read(path)) as Manifest) : {};
}

function createRepository(paths: readonly string[], load: (path: string) => Buffer): Repository {
  const files = [...new Set(paths)].sort();
  const known = new Set(files);
  const texts = new Map<string, string>();
  const modules = new Map<string, ModuleFacts>();
  const repository: Repository = {
    files,
    has: (path) => known.has(path),
    read: (path) => {
      let text = texts.get(path);
      if (text === undefined) {
        const bytes = load(path);
        text = bytes.includes(0) ? '' : bytes.toString('utf8');
        texts.set(path, text);
      }
      return text;
    },
    module: (path) => {
      let facts = modules.get(path);
      if (facts === undefined) {
        facts = readModule(path, repository.read(path));
        modules.set(path, facts);
      }
      return facts;
    },
  };
  return repository;
}
