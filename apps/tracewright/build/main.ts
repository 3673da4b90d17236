/**
 * `npm run build`: fills `apps/tracewright/dist`, and puts the licence beside it, ready for `npm pack`.
 */
import { copyFileSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { entrySources } from '../src/entries.ts';
import { bundle } from './bundle.ts';

const home = fileURLToPath(new URL('..', import.meta.url));
const root = join(home, '..', '..');
const out = join(home, 'dist');
const started = performance.now();
const about = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>;
};

await bundle({ root, out, entries: entrySources, external: Object.keys(about.dependencies) });
copyFileSync(join(root, 'LICENSE'), join(home, 'LICENSE'));

const bytes = readdirSync(out, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
const seconds = ((performance.now() - started) / 1000).toFixed(1);
process.stderr.write(
  `Bundled ${Object.keys(entrySources).join(', ')} into dist: ${(bytes / 1024).toFixed(0)} KiB in ${seconds} s.\n`,
);
