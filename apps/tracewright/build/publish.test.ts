/**
 * The program as it is published: bundled, laid out as npm would install it, far from the sources.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { entrySources } from '../src/entries.ts';
import { bundle } from './bundle.ts';

const home = fileURLToPath(new URL('..', import.meta.url));
const root = join(home, '..', '..');
const deadlineMs = 30_000;
let place = '';
let launcher = '';

before(async () => {
  place = realpathSync(mkdtempSync(join(tmpdir(), 'tracewright-publish-')));
  const installed = join(place, 'node_modules', 'tracewright');
  mkdirSync(installed, { recursive: true });
  cpSync(join(home, 'package.json'), join(installed, 'package.json'));
  cpSync(join(home, 'bin'), join(installed, 'bin'), { recursive: true });
  const out = join(installed, 'dist');
  await bundle({ root, out, entries: entrySources, external: ['chdb'] });
  const chdb = dirname(createRequire(import.meta.url).resolve('chdb/package.json'));
  symlinkSync(chdb, join(place, 'node_modules', 'chdb'));
  launcher = join(installed, 'bin', 'tracewright.mjs');
});
after(() => rmSync(place, { recursive: true, force: true }));

async function until<T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > end) assert.fail(`${what} did not come within ${deadlineMs} ms`);
    await pause(50);
  }
}

async function stop(server: ChildProcess): Promise<number | null> {
  if (server.exitCode !== null) return server.exitCode;
  const ended = once(server, 'exit');
  server.kill('SIGTERM');
  return (await ended)[0] as number | null;
}

test('the published program says its version and its help from an empty folder', () => {
  const say = (...args: string[]): string =>
    execFileSync(process.execPath, [launcher, ...args], { cwd: place, encoding: 'utf8' });
  assert.match(say('--version'), /^\d+\.\d+\.\d+\n$/);
  assert.match(say('--help'), /serve[\s\S]*search[\s\S]*trace/);
});

test('the published program takes a span in, gives it back, and stops with code 0', async () => {
  const ports = ['receivers.otlp.grpc', 'receivers.otlp.http', 'api', 'health', 'metrics'];
  const server = spawn(
    process.execPath,
    [launcher, 'serve', '--data', join(place, 'data'), ...ports.flatMap((one) => [`--${one}.port`, '0'])],
    { cwd: place, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  try {
    let said = '';
    for (const stream of [server.stdout, server.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
    }
    const address = (what: RegExp): Promise<string> =>
      until(`the address of ${what} in the banner`, () => {
        assert.equal(server.exitCode, null, said);
        return said
          .split('\n')
          .find((line) => what.test(line))
          ?.match(/http:\/\/[\w.:[\]]+/)?.[0];
      });
    const traceId = '5b8efff798038103d269b633813fc60c';
    const span = {
      traceId,
      spanId: 'eee19b7ec3c1b174',
      name: 'published',
      startTimeUnixNano: '1',
      endTimeUnixNano: '2',
    };
    const sent = await fetch(`${await address(/OTLP over HTTP/)}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }),
    });
    assert.equal(sent.status, 200, await sent.text());
    const api = await address(/native API/);
    const found = await until('the span', async () => {
      const answer = await fetch(`${api}/api/tracewright/v1/traces/${traceId}`);
      return answer.ok ? await answer.text() : undefined;
    });
    assert.match(found, /"name":\s*"published"/);
    assert.equal(await stop(server), 0, said);
    assert.ok(existsSync(join(place, 'data')));
  } finally {
    server.kill('SIGKILL');
  }
});
