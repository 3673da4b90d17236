import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { createHttpListener } from './http-listener.ts';
import { findPortHolder, listeningInodes, parseLsof } from './port-holder.ts';

test('the inode of a listening socket is found by its port', () => {
  const table = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    '   0: 0100007F:10DE 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4242 1 0 100 0 0 10 0',
    '   1: 0100007F:10DE 0100007F:9999 01 00000000:00000000 00:00000000 00000000  1000        0 4343 1 0 100 0 0 10 0',
    '   2: 00000000:0010 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4444 1 0 100 0 0 10 0',
    '',
  ].join('\n');
  assert.deepEqual(listeningInodes(table, 0x10de), ['4242']);
  assert.deepEqual(listeningInodes(table, 16), ['4444']);
  assert.deepEqual(listeningInodes(table, 80), []);
});

test('the first process of lsof is read', () => {
  assert.deepEqual(parseLsof('p123\ncnode\nf21\np200\ncother\n'), { pid: 123, command: 'node' });
  assert.equal(parseLsof(''), undefined);
});

test('a port held by another process is refused with its name and number, the setting and the port', async (t) => {
  const script = `require('node:net').createServer().listen(0, '127.0.0.1', function () { console.log(this.address().port) })`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill());
  const [printed] = await once(child.stdout, 'data');
  const port = Number(String(printed));
  const listener = createHttpListener({
    host: '127.0.0.1',
    port,
    portSetting: 'receivers.test.port',
    guard: { allowedHosts: [], allowedOrigins: [] },
    handler: () => undefined,
  });
  const result = await listener.listen();
  assert.ok(!result.ok);
  assert.equal(result.failure.code, 'unavailable');
  const { message } = result.failure;
  assert.ok(
    message.startsWith(
      `Cannot listen on 127.0.0.1:${port} (setting receivers.test.port): the port is in use`,
    ),
  );
  const holder = await findPortHolder(port);
  if (process.platform === 'linux') assert.equal(holder?.pid, child.pid);
  if (holder !== undefined) assert.match(message, new RegExp(`by .* \\(process ${child.pid}\\)$`));
  // Its arguments may be secret.
  assert.doesNotMatch(message, /createServer/);
});

test('an address that is not of this machine, and a name that is none, are told apart', async () => {
  for (const [host, reason] of [
    ['192.0.2.1', /no address of this machine/],
    ['no-such-name.invalid', /resolves to no address/],
  ] as const) {
    const listener = createHttpListener({
      host,
      port: 0,
      portSetting: 'x.port',
      guard: { allowedHosts: [], allowedOrigins: [] },
      handler: () => undefined,
    });
    const result = await listener.listen();
    assert.ok(!result.ok);
    assert.match(result.failure.message, reason);
  }
});
