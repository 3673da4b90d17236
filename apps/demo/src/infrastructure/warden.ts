// Runs the Tracewright server on behalf of the demo, and watches over it: the server ends when the demo ends,
// however that comes about, even by a kill that leaves the demo no time for anything.

import { type ChildProcess, spawn } from 'node:child_process';
import { isAccepting } from '../otlp-probe.ts';
import { liveAsChild, sayReady } from '../process/child.ts';

const stopDeadlineMs = 20_000;
const pollIntervalMs = 100;

const endpoint = process.env['WARDEN_ENDPOINT'] ?? '';
const program = process.env['WARDEN_PROGRAM'] ?? '';
const server: ChildProcess = spawn(process.execPath, [program, 'serve'], { stdio: 'inherit' });
const ended = new Promise<void>((resolve) => {
  server.once('exit', () => resolve());
  server.once('error', () => resolve());
});
let stopping = false;

liveAsChild(
  async () => {
    stopping = true;
    server.kill('SIGTERM');
    await ended;
  },
  undefined,
  stopDeadlineMs,
);
void ended.then(() => {
  if (!stopping) process.exit(server.exitCode === 0 ? 1 : (server.exitCode ?? 1));
});
process.on('exit', () => server.kill('SIGKILL'));

while (!stopping && !(await isAccepting(endpoint))) {
  await new Promise((resolve) => setTimeout(resolve, pollIntervalMs));
}
if (!stopping) sayReady(endpoint);
