// The shop's message queue: an MQTT broker on a free port of the loopback interface.

import { type AddressInfo, createServer } from 'node:net';
import { Aedes } from 'aedes';
import { liveAsChild, sayReady } from '../process/child.ts';

const broker = await Aedes.createBroker();
const server = createServer(broker.handle);
liveAsChild(async () => {
  await new Promise<void>((resolve) => broker.close(resolve));
  server.close();
});
server.listen(0, '127.0.0.1', () => {
  sayReady(`mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
