import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startOtlpSink } from './otlp-sink.ts';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));

interface Demo extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<number | null>;
}

async function startDemo(endpoint: string, ...flags: string[]): Promise<Demo> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'demo-main-'));
  const args = [main, '--endpoint', endpoint, '--data', dataFolder, '--no-python', ...flags];
  const env = {
    ...process.env,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_BSP_SCHEDULE_DELAY: '60',
  };
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    child,
    output: () => output,
    ended,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM');
      await ended;
      rmSync(dataFolder, { recursive: true, force: true });
    },
  };
}

async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 40_000;
  while (!holds()) {
    assert(performance.now() < deadline, `waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function curl(
  address: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string }> {
  const response = await fetch(address, { headers });
  return { status: response.status, text: await response.text() };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function processIdsIn(status: string): readonly number[] {
  const list = /^Processes: (.*)$/m.exec(status)?.[1] ?? '';
  return [...list.matchAll(/ (\d+)(?:,|$)/g)].map((match) => Number(match[1]));
}

test('the demo takes commands by curl, shows real traces, and leaves nothing behind on Ctrl-C', async () => {
  await using sink = await startOtlpSink();
  await using demo = await startDemo(sink.endpoint, '--rate', '8', '--fault', 'n-plus-one');
  await until('the shop to open', () => demo.output().includes('n-plus-one is on'));
  const control = /http:\/\/localhost:\d+/.exec(demo.output())?.[0] ?? '';

  const on = await curl(`${control}/faults/error-burst/on`);
  assert.equal(on.status, 200);
  assert.match(on.text, /error-burst is on/);
  assert.match((await curl(`${control}/faults`)).text, /n-plus-one +ON .*\n.*error-burst +ON/);
  assert.match((await curl(`${control}/faults/error-burst/off`)).text, /error-burst is off/);
  assert.equal((await curl(`${control}/faults/no-such-fault/on`)).status, 400);
  assert.equal((await curl(`${control}/rate/-1`)).status, 400);
  assert.match((await curl(`${control}/rate/12`)).text, /12 actions a second/);
  assert.equal((await curl(`${control}/faults`, { origin: 'http://elsewhere.example' })).status, 403);

  await until('an order to show', () => /tracewright trace [0-9a-f]{32} +# an order/.test(demo.output()));
  const traceId = /trace ([0-9a-f]{32}) +# an order/.exec(demo.output())?.[1] ?? '';
  await until('its spans', () =>
    sink.spans.some((span) => span.traceId === traceId && span.service === 'payment'),
  );

  const status = (await curl(`${control}/status`)).text;
  assert.match(status, /\d+ actions \(.*\d+ requests \(.*faults: n-plus-one$/m);
  const pids = processIdsIn(status);
  assert.equal(pids.length, 11);
  assert(pids.every(isAlive));

  // As under npm: the terminal sends it, and npm forwards its own.
  demo.child.kill('SIGINT');
  await new Promise((resolve) => setTimeout(resolve, 10));
  demo.child.kill('SIGINT');
  assert.equal(await demo.ended, 0);
  assert.match(demo.output(), /Closing the shop …\n$/);
  assert.deepEqual(pids.filter(isAlive), []);
  assert(sink.bodies.has('/v1/metrics application/json'), 'what the SDKs had gathered was sent at the end');
});
