// The child's view of the shop: where the other processes answer and which faults are on. It is replaced as a
// whole by each message of the parent; those who ask early wait until the parent has told.

import type { FaultName } from '../faults.ts';
import type { PeerName } from '../services.ts';
import type { Peers } from './messages.ts';

let peers: Peers = {};
let faults: ReadonlySet<FaultName> = new Set();
const turns = new Map<PeerName, number>();
const waiting = new Map<PeerName, ((address: string) => void)[]>();

/** Takes over the state that the parent sent. */
export function setState(newPeers: Peers, newFaults: readonly FaultName[]): void {
  peers = newPeers;
  faults = new Set(newFaults);
  for (const [name, resolvers] of waiting) {
    const address = peerAddress(name);
    if (address === undefined) continue;
    waiting.delete(name);
    for (const resolve of resolvers) resolve(address);
  }
}

/** The address of a peer, or undefined when it does not run. With several addresses each call takes the next. */
export function peerAddress(name: PeerName): string | undefined {
  const addresses = peers[name] ?? [];
  const turn = (turns.get(name) ?? 0) + 1;
  turns.set(name, turn);
  return addresses[turn % Math.max(1, addresses.length)];
}

/** Waits until the parent has told where the peer answers. */
export function peerReady(name: PeerName): Promise<string> {
  const address = peerAddress(name);
  if (address !== undefined) return Promise.resolve(address);
  return new Promise((resolve) => {
    waiting.set(name, [...(waiting.get(name) ?? []), resolve]);
  });
}

/** The name of the peer that answers at an origin such as `http://127.0.0.1:4000`. */
export function peerNameAt(origin: string): string | undefined {
  return Object.entries(peers).find(([, addresses]) => addresses?.includes(origin))?.[0];
}

export function isFaultOn(name: FaultName): boolean {
  return faults.has(name);
}
