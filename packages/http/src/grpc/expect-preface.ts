/**
 * Looks at the first bytes of a connection before HTTP/2 takes it over. Sending OTLP over HTTP to the gRPC port is
 * the commonest mistake there is; who makes it gets a sentence to read instead of a reset.
 */
import type { Socket } from 'node:net';

export type PrefaceOptions = {
  /** How long a connection may say nothing; then it is closed. */
  readonly timeoutMs: number;
  /** The socket is paused, and what was read has been put back. */
  readonly onHttp2: () => void;
  readonly onOther: (isHttp1: boolean) => void;
};

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
/** So many bytes tell HTTP/2 from any other protocol. */
const TELLING_BYTES = 6;

export function expectPreface(socket: Socket, options: PrefaceOptions): void {
  let seen: Buffer = Buffer.alloc(0);
  const timer = setTimeout(() => socket.destroy(), options.timeoutMs);
  const onData = (chunk: Buffer): void => {
    seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
    const compared = Math.min(seen.length, TELLING_BYTES);
    const isPreface = seen.subarray(0, compared).equals(PREFACE.subarray(0, compared));
    if (isPreface && compared < TELLING_BYTES) return;
    clearTimeout(timer);
    socket.off('data', onData);
    socket.pause();
    if (!isPreface) {
      options.onOther(/^[A-Z]{3,7} /.test(seen.subarray(0, 8).toString('latin1')));
      return;
    }
    socket.unshift(seen);
    options.onHttp2();
  };
  socket.on('data', onData).once('close', () => clearTimeout(timer));
}
