/**
 * The programs that Tracewright is made of besides the main one, and where each one's file lies.
 *
 * In the repository an entry is a TypeScript source; in the published package it is a bundled file beside this
 * one's. The build reads the same table, so a name that is not in it can be neither started nor published.
 * This is the one module whose `import.meta.url` the build leaves alone.
 */

/** Each entry's source, from the repository's root. */
export const entrySources: {
  readonly main: string;
  readonly 'ingest-worker': string;
  readonly 'embedded-child': string;
} = {
  main: 'apps/tracewright/src/main.ts',
  'ingest-worker': 'packages/pipeline/src/worker/ingest-worker.ts',
  'embedded-child': 'packages/storage/src/engine/embedded-child.ts',
};

export type EntryName = keyof typeof entrySources;

/** The file to start a worker thread or a child process with: a `.ts` source here, a `.js` file when bundled. */
export function entryUrl(name: EntryName): URL {
  const self = import.meta.url;
  return self.endsWith('.ts')
    ? new URL(`../../../${entrySources[name]}`, self)
    : new URL(`./${name}.js`, self);
}
