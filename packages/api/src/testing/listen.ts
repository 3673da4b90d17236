/** A handler on a free port of this machine, until the test is over. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { NodeHandler } from '../serve.ts';

export type Listening = AsyncDisposable & { readonly url: string; readonly port: number };

export async function listen(handler: NodeHandler): Promise<Listening> {
  const server = createServer((request, response) => void handler(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
