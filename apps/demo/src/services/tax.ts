// The legacy service: a bare HTTP server that knows nothing of tracing and is never given an SDK. Its caller's
// client span is all that a trace shows of it.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { liveAsChild, sayReady } from '../process/child.ts';

const server = createServer((request, response) => {
  const cents = Number(new URL(request.url ?? '/', 'http://localhost').searchParams.get('cents'));
  const known = Number.isFinite(cents) && cents >= 0;
  setTimeout(
    () => {
      response.writeHead(known ? 200 : 400, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify(known ? { taxCents: Math.round(cents * 0.19) } : { error: 'cents is not a number' }),
      );
    },
    12 + (known ? cents % 9 : 0),
  );
});
liveAsChild(async () => {
  server.close();
  server.closeAllConnections();
});
server.listen(0, '127.0.0.1', () => sayReady(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
