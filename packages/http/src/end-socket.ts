/**
 * Last words on a connection that cannot go on. They are written, and what the client still sends is thrown away
 * for a moment, since a reset would take the words with it; then the socket is gone, whether the client reads or not.
 */
import type { Socket } from 'node:net';
import { LINGER_TIMEOUT_MS } from './limits.ts';

export function endSocket(socket: Socket, words: string): void {
  const timer = setTimeout(() => socket.destroy(), LINGER_TIMEOUT_MS);
  socket.once('close', () => clearTimeout(timer));
  socket.end(words);
  socket.resume();
}
