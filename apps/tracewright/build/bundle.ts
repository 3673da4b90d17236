/**
 * Bundles the program for publishing: TypeScript sources in, `dist/*.js` out, without anything of the repository
 * left to load at run time except files that the sources read (SQL, pages), which are copied.
 *
 * Every entry is its own file, what they share lies in chunks beside them. Files are found at run time by
 * `new URL('./x.sql', import.meta.url)` as in the sources: the bundle answers `import.meta.url` of each module
 * with its place in the tree of copied files (`dist/files/…`).
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { type OutputChunk, rolldown } from 'rolldown';

export type BundleOptions = {
  /** The repository's root. */
  readonly root: string;
  /** The folder to fill; emptied first. */
  readonly out: string;
  /** Name of each entry and its source, relative to `root`. */
  readonly entries: Readonly<Record<string, string>>;
  /** Packages that are installed beside the bundle instead of being part of it. */
  readonly external: readonly string[];
};

/** Modules whose `import.meta.url` is to be that of the bundled file itself. */
const ownUrl = /\/apps\/tracewright\/src\/entries\.ts$/;
const sourceRooms = /\/(?:packages|apps)\/[^/]+\/src\//;
/** What a source folder holds besides sources; everything else is a file that a source reads. */
const notRead = /(?:\.ts|\.mts|\.cts|\.md)$/;

export async function bundle(options: BundleOptions): Promise<void> {
  const { root, out, external } = options;
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const input: Record<string, string> = {};
  for (const [name, source] of Object.entries(options.entries)) {
    input[name] = join(root, source);
    if (!existsSync(input[name])) throw new Error(`Cannot bundle ${name}: ${source} is not there`);
  }
  const build = await rolldown({
    input,
    platform: 'node',
    external: (id) => isBuiltin(id) || external.some((name) => id === name || id.startsWith(`${name}/`)),
    plugins: [
      {
        name: 'module-urls',
        transform: (code, id) => {
          const path = id.split(sep).join('/');
          if (!sourceRooms.test(path) || ownUrl.test(path) || !code.includes('import.meta.url')) return;
          const place = `./files/${relative(root, id).split(sep).join('/')}`;
          return code.replaceAll(
            /\bimport\.meta\.url\b/g,
            `new URL(${JSON.stringify(place)}, import.meta.url).href`,
          );
        },
      },
    ],
    onLog: (level, log, report) => {
      if (log.code === 'UNRESOLVED_IMPORT') throw new Error(log.message);
      report(level, log);
    },
  });
  const result = await build.write({
    dir: out,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'chunk-[name]-[hash].js',
    comments: { legal: true, annotation: true, jsdoc: false },
  });
  await build.close();
  const chunks = result.output.filter((one): one is OutputChunk => one.type === 'chunk');
  const modules = new Set(chunks.flatMap((chunk) => chunk.moduleIds));
  copyReadFiles(root, join(out, 'files'), modules);
  writeFileSync(join(out, 'THIRD-PARTY.txt'), thirdPartyNotices(modules));
}

/** Copies what lies beside the bundled sources and is read at run time. */
function copyReadFiles(root: string, to: string, modules: ReadonlySet<string>): void {
  const rooms = new Set<string>();
  for (const id of modules) {
    const match = sourceRooms.exec(id.split(sep).join('/'));
    if (match !== null) rooms.add(id.slice(0, match.index + match[0].length));
  }
  for (const room of rooms) {
    for (const entry of readdirSync(room, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || notRead.test(entry.name)) continue;
      const file = join(entry.parentPath, entry.name);
      const target = join(to, relative(root, file));
      mkdirSync(dirname(target), { recursive: true });
      cpSync(file, target);
    }
  }
}

/** The licences of the packages that are part of the bundle, each text in full, as those licences ask. */
function thirdPartyNotices(modules: ReadonlySet<string>): string {
  const folders = new Set<string>();
  for (const id of modules) {
    const match = /^(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/.exec(id);
    if (match?.[1] !== undefined) folders.add(match[1]);
  }
  const notices = [...folders].sort().map((folder) => {
    const about = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>;
    const texts = readdirSync(folder)
      .filter((name) => /^(?:licen[cs]e|notice|copying)/i.test(name))
      .map((name) => readFileSync(join(folder, name), 'utf8').trim());
    return [`${about['name']} ${about['version']} (${about['license']})`, ...texts].join('\n\n');
  });
  return `${['Parts of these packages are in this bundle.', ...notices].join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}
