// The life of every child of the shop: it says when it is ready, takes the state that the parent sends, and
// ends when the parent asks for it or is gone. It never ends by itself on Ctrl-C, which a terminal sends to the
// whole group at once: the parent decides on the order.

import type { ParentMessage, ReadyMessage } from './messages.ts';
import { setState } from './peers.ts';

const stopDeadlineDefaultMs = 4_000;

/** Ties this process to its parent; `stop` closes what keeps the process alive. */
export function liveAsChild(
  stop: () => Promise<void>,
  onState: () => void = () => {},
  stopDeadlineMs: number = stopDeadlineDefaultMs,
): void {
  let stopping = false;
  const stopOnce = (): void => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), stopDeadlineMs).unref();
    void stop().finally(() => {
      // With the channel closed nothing holds the event loop, so that `beforeExit` comes and telemetry flushes.
      if (process.connected) process.disconnect?.();
    });
  };
  process.on('SIGINT', () => {});
  process.on('SIGTERM', stopOnce);
  process.on('disconnect', stopOnce);
  process.on('message', (message: ParentMessage) => {
    if (message.kind === 'stop') return stopOnce();
    setState(message.peers, message.faults);
    onState();
  });
}

/** Tells the parent that this process serves at the address. */
export function sayReady(address: string): void {
  const message: ReadyMessage = { kind: 'ready', address };
  process.send?.(message);
}
