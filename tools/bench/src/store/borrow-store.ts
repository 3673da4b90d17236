// A filled folder to measure on: the one that is named, one that is built and kept, or one that is built and deleted.
// A named or kept folder is never changed: the program runs on a copy whose large files are hard links.

import { copyFileSync, linkSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { forgetFolder, registerFolder } from '../harness/leftovers.ts';
import { makeFolder, removeFolder } from '../harness/program.ts';
import { type BuildOptions, buildStore } from './build-store.ts';
import {
  expectStoreContent,
  readStoreContent,
  type StoreContent,
  type StoreRecipe,
} from './store-content.ts';

export type StorePlace =
  /** Built for this measurement. */
  | { readonly kind: 'temporary' }
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
  if (place.kind === 'temporary') {
    const folder = makeFolder('store');
    options.say(`  filling ${folder}`);
    const content = await buildStore(folder, recipe, options);
    return { folder, content, [Symbol.asyncDispose]: () => removeFolder(folder) };
  }
  const original = resolve(place.folder);
  if (place.kind === 'kept' && readStoreContent(original) === undefined) {
    options.say(`  filling ${original}`);
    await buildStore(original, recipe, options);
  }
  const content = expectStoreContent(original, place.kind === 'kept' ? recipe : {});
  // Beside the original: hard links do not reach over file systems.
  const folder = join(dirname(original), `.tracewright-bench-${process.pid}-${Date.now()}`);
  registerFolder(folder);
  linkFolder(original, folder);
  return {
    folder,
    content,
    [Symbol.asyncDispose]: async () => {
      await removeFolder(folder);
      forgetFolder(folder);
    },
  };
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
