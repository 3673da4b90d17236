// Takes commands over HTTP on the loopback interface: the path is the command, so that
// `curl localhost:PORT/faults/slow-query/on` does what typing `slow-query on` does. Since a plain GET has an effect
// here, requests that a browser makes for another site's page, or for another host's name, are refused.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { runCommand, type Stage } from './commands.ts';

export interface Control extends AsyncDisposable {
  readonly address: string;
}

/** Listens on the port, or on a free one for 0. Rejects when the port is taken. */
export async function startControl(port: number, stage: Stage): Promise<Control> {
  const server = createServer((request, response) => {
    const answer = (status: number, text: string): void => {
      response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
    };
    const host = (request.headers.host ?? '').replace(/:\d+$/, '');
    if (!['localhost', '127.0.0.1'].includes(host)) return answer(403, 'This is for localhost only');
    if (request.headers.origin !== undefined || request.headers['sec-fetch-site'] === 'cross-site') {
      return answer(403, 'This is not for other sites');
    }
    const words = new URL(request.url ?? '/', 'http://localhost').pathname
      .split('/')
      .filter((word) => word !== '');
    if (words.length > 1 && words[0] === 'faults') words.shift();
    runCommand(words.join(' '), stage).then(
      ({ ok, text }) => answer(ok ? 200 : 400, text),
      (error: unknown) => answer(500, error instanceof Error ? error.message : String(error)),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    address: `http://localhost:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
