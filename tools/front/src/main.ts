/**
 * Front: the real engine behind ClickHouse's HTTP interface, so that what talks to a server can be run where
 * no server is. One process, one data folder, one port; it ends when it is told to, or when its parent does.
 *
 *   node tools/front/src/main.ts --data /tmp/shard-1 --port 8123 --user tracewright --password secret
 */
import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { FrontEngine } from './front-engine.ts';
import { createFrontServer } from './front-server.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '0' },
    user: { type: 'string', default: 'default' },
    password: { type: 'string', default: '' },
    exceptions: { type: 'string', default: 'tagged' },
    version: { type: 'string', default: '' },
  },
});
if (values.data === undefined) {
  process.stderr.write('front: --data names the folder of the engine\n');
  process.exit(2);
}
mkdirSync(values.data, { recursive: true });
const engine = FrontEngine.open(values.data);
const server = createFrontServer({
  engine,
  user: values.user,
  password: values.password,
  exceptions: values.exceptions === 'plain' ? 'plain' : 'tagged',
  version: values.version,
});
server.listen(Number(values.port), values.host, () => {
  const address = server.address();
  process.stdout.write(`${JSON.stringify({ port: typeof address === 'object' ? address?.port : 0 })}\n`);
});
// Whoever started it and is gone does not need it.
process.stdin.on('end', () => process.exit(0)).resume();
process.on('SIGTERM', () => process.exit(0));
