// Calls from one service to another: JSON over HTTP with the built-in fetch, which the SDK instruments.

import type { ServiceName } from '../services.ts';
import { HttpProblem } from './http-problem.ts';
import { peerAddress } from './peers.ts';

const callDeadlineMs = 10_000;

export interface PeerCall {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly body?: unknown;
}

/** Calls a peer and gives its JSON body. Throws an HttpProblem: a 4xx as it came, anything else as 502. */
export async function callPeer(peer: ServiceName, path: string, call: PeerCall = {}): Promise<unknown> {
  const address = peerAddress(peer);
  if (address === undefined) throw new HttpProblem(503, `${peer} does not run`);
  let response: Response;
  try {
    response = await fetch(address + path, {
      method: call.method ?? 'GET',
      signal: AbortSignal.timeout(callDeadlineMs),
      ...(call.body === undefined
        ? {}
        : { body: JSON.stringify(call.body), headers: { 'content-type': 'application/json' } }),
    });
  } catch (cause) {
    throw new HttpProblem(502, `${peer} cannot be reached`, { cause });
  }
  const body: unknown = await response.json();
  if (response.ok) return body;
  const status = response.status < 500 || response.status === 503 ? response.status : 502;
  throw new HttpProblem(status, `${peer} answered ${response.status}: ${messageOf(body)}`);
}

function messageOf(body: unknown): string {
  return typeof body === 'object' && body !== null && 'error' in body
    ? String(body.error)
    : 'no reason given';
}
