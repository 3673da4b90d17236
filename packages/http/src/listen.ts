/** Binding a server to its port, with words for every way it can fail. */
import type { AddressInfo, Server } from 'node:net';
import { err, ok, type Result } from '@tracewright/std';
import { BACKLOG } from './limits.ts';
import { listenFailure, type WantedPort } from './listen-failure.ts';

export type ListenAddress = {
  readonly host: string;
  readonly port: number;
  /** `http://127.0.0.1:4318`; an IPv6 address in brackets. */
  readonly url: string;
};

/** Fails with `unavailable` when the port cannot be had; the server may be asked to listen again. */
export async function listenOn(server: Server, wanted: WantedPort): Promise<Result<ListenAddress>> {
  const { host, port } = wanted;
  const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    const onError = (cause: NodeJS.ErrnoException): void => {
      server.off('listening', onListening);
      resolve(cause);
    };
    const onListening = (): void => {
      server.off('error', onError);
      resolve(undefined);
    };
    server.once('error', onError).once('listening', onListening);
    server.listen({ host, port, backlog: BACKLOG });
  });
  if (error !== undefined) return err(await listenFailure(error, wanted));
  return ok(addressOf(server, host) ?? { host, port, url: urlOf(host, port) });
}

/** Undefined while the server does not listen. */
export function addressOf(server: Server, host: string): ListenAddress | undefined {
  const address = server.address() as AddressInfo | null;
  return address === null ? undefined : { host, port: address.port, url: urlOf(host, address.port) };
}

export function urlOf(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
