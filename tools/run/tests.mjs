/**
 * Finds the test files and words the command for Node's test runner.
 *
 * A test file is any `*.test.ts` under packages, apps, tools and sdk, outside of node_modules and dist.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative, resolve, sep } from 'node:path';

const rooms = ['packages', 'apps', 'tools', 'sdk'];
const skipped = new Set(['node_modules', 'dist', 'fixtures']);
/** A test that hangs is reported by name instead of holding up the run for ever. */
const testTimeoutMs = 600_000;

/**
 * The arguments for `node` that run the tests which `args` select: existing files and folders (from `cwd` or
 * `root`), texts that a path contains, and options (with a leading dash) that go to Node as they are. All without any.
 * @param {string} root
 * @param {string[]} args
 * @param {string} cwd
 * @returns {{ arguments: string[], failure?: undefined } | { arguments?: undefined, failure: string }}
 */
export function testArguments(root, args, cwd) {
  const options = args.filter((arg) => arg.startsWith('-'));
  const selectors = args.filter((arg) => !arg.startsWith('-'));
  const all = rooms.flatMap((room) => testFiles(join(root, room))).sort();
  const chosen =
    selectors.length === 0
      ? all
      : all.filter((file) => selectors.some((selector) => selects(selector, file, root, cwd)));
  if (chosen.length === 0) {
    const which = selectors.length === 0 ? '' : ` matches ${selectors.map((one) => `"${one}"`).join(' or ')}`;
    return { failure: `No test file (*.test.ts under ${rooms.join(', ')})${which || ' is there'}.` };
  }
  const concurrency = Math.max(2, availableParallelism() - 1);
  return {
    arguments: [
      '--test',
      `--test-concurrency=${concurrency}`,
      `--test-timeout=${testTimeoutMs}`,
      ...options,
      ...chosen.map((file) => relative(root, file)),
    ],
  };
}

function selects(selector, file, root, cwd) {
  for (const base of [cwd, root]) {
    const path = resolve(base, selector);
    if (file === path || file.startsWith(path + sep)) return true;
    if (existsSync(path) && statSync(path).isFile() && file === path.replace(/\.ts$/, '.test.ts'))
      return true;
  }
  return relative(root, file).includes(selector);
}

function testFiles(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : testFiles(path);
    return entry.name.endsWith('.test.ts') ? [path] : [];
  });
}
