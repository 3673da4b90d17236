import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isAccepting } from './otlp-probe.ts';
import { startProcess } from './supervised-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'demo-process-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const cache = fileURLToPath(new URL('./infrastructure/cache.ts', import.meta.url));
const warden = fileURLToPath(new URL('./infrastructure/warden.ts', import.meta.url));

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!(await holds())) {
    assert(performance.now() < deadline, `waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Starts a parent in a process of its own, which starts one child and prints that child's id. */
async function startParent(
  script: string,
  environment: Record<string, string>,
): Promise<{ parent: ChildProcess; pid: number }> {
  const command = {
    label: 'child',
    logFile: join(folder, 'child.log'),
    environment,
    program: { kind: 'node', script, imports: [] },
  };
  const code = `
    const { startProcess } = await import(${JSON.stringify(new URL('./supervised-process.ts', import.meta.url).href)});
    const child = startProcess(${JSON.stringify(command)});
    await child.ready;
    console.log(child.pid);`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await parent.stdout.take(1).toArray();
  return { parent, pid: Number(String(line)) };
}

test('a child says where it serves and stops when asked', async () => {
  const program = { kind: 'node', script: cache, imports: [] } as const;
  const child = startProcess({
    label: 'cache',
    logFile: join(folder, 'cache.log'),
    environment: {},
    program,
  });
  assert.match(await child.ready, /^redis:\/\/127\.0\.0\.1:\d+$/);
  await child.stop();
  assert.equal(await child.ended, 'exit code 0');
});

test('a child that ends before it is ready is told with its log file', async () => {
  const script = join(folder, 'broken.mjs');
  writeFileSync(script, 'process.exit(3)');
  const program = { kind: 'node', script, imports: [] } as const;
  const child = startProcess({
    label: 'broken',
    logFile: join(folder, 'broken.log'),
    environment: {},
    program,
  });
  await assert.rejects(child.ready, /broken ended before it was ready \(exit code 3\); see .*broken\.log/);
});

test('a child ends when its parent is killed', async () => {
  const { parent, pid } = await startParent(cache, {});
  assert(isAlive(pid));
  parent.kill('SIGKILL');
  await until('the child to end', () => !isAlive(pid));
});

test('the server that the demo started ends when the demo is killed', async () => {
  const script = join(folder, 'server.mjs');
  writeFileSync(
    script,
    `import { createServer } from 'node:http';
     createServer((request, response) => response.end('{}')).listen(Number(process.env.PORT), '127.0.0.1');`,
  );
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const environment = { WARDEN_PROGRAM: script, WARDEN_ENDPOINT: endpoint, PORT: String(port) };
  const { parent, pid } = await startParent(warden, environment);
  assert.equal(await isAccepting(endpoint), true);
  parent.kill('SIGKILL');
  await until('the warden to end', () => !isAlive(pid));
  assert.equal(await isAccepting(endpoint), false);
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
