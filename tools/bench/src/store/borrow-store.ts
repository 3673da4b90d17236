// A filled folder to measure on: the one that is named, or one that is built where it is not there yet.
// A named or kept folder is never changed: the program runs on a copy whose large files are hard links.

import { copyFileSync, existsSync, linkSync, lstatSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { BenchFailure } from '../harness/bench-failure.ts';
import { registerFolder } from '../harness/leftovers.ts';
import { removeFolder } from '../harness/program.ts';
import { type BuildOptions, buildStore } from './build-store.ts';
import {
  expectStoreContent,
  readStoreContent,
  type StoreContent,
  type StoreRecipe,
} from './store-content.ts';

export type StorePlace =
  /** Built there unless it is there already. */
  | { readonly kind: 'kept'; readonly folder: string }
  /** Must be there; what it was filled with counts, not the recipe. */
  | { readonly kind: 'given'; readonly folder: string };

export type BorrowedStore = AsyncDisposable & { readonly folder: string; readonly content: StoreContent };

export async function borrowStore(
  place: StorePlace,
  recipe: StoreRecipe,
  options: BuildOptions,
): Promise<BorrowedStore> {
  const original = resolve(place.folder);
  if (place.kind === 'kept' && readStoreContent(original) === undefined)
    await buildWhole(original, recipe, options);
  const content = expectStoreContent(original, place.kind === 'kept' ? recipe : {});
  const folder = folderBeside(original);
  linkFolder(original, folder);
  return {
    folder,
    content,
    [Symbol.asyncDispose]: () => removeFolder(folder),
  };
}

/** The folder gets its name when it is filled to the end, so that none is half there. */
async function buildWhole(original: string, recipe: StoreRecipe, options: BuildOptions): Promise<void> {
  if (existsSync(original) && readdirSync(original).length > 0)
    throw new BenchFailure(`${original} is not empty, and holds no store that the bench has filled`);
  options.say(`  filling ${original}`);
  const folder = folderBeside(original);
  try {
    await buildStore(folder, recipe, options);
    renameSync(folder, original);
  } finally {
    await removeFolder(folder);
  }
}

/** On the same file system, over which hard links and renames do not reach; deleted at the latest when the bench ends. */
function folderBeside(original: string): string {
  const folder = join(dirname(original), `.tracewright-bench-${process.pid}-${Date.now()}`);
  registerFolder(folder);
  return folder;
}

/**
 * Copies a folder, but links the files of parts, which the engine writes once and never changes: 10 GB are there at
 * once. All other files are small and are copied.
 */
export function linkFolder(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    if (entry.isDirectory()) linkFolder(source, target);
    else if (entry.isFile() && isPartFile(source)) linkSync(source, target);
    else if (entry.isFile()) copyFileSync(source, target);
  }
}

/** A data file of a part lies in a folder named `partition_block_block_level`. */
function isPartFile(path: string): boolean {
  return /^[^_]+_\d+_\d+_\d+$/.test(dirname(path).split('/').at(-1) ?? '') && lstatSync(path).size > 4_096;
}
