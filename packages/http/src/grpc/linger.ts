/**
 * What follows an answer that came before the end of a call's message. A stream that is reset at once takes the
 * answer with it, so a bounded rest of the message is read and thrown away before the stream is closed. The
 * connection stays good for the calls beside it.
 */
import { constants, type ServerHttp2Stream } from 'node:http2';
import { LINGER_BYTES_MAX, LINGER_TIMEOUT_MS } from '../limits.ts';

/** To be called once, after the answer; the stream's own listeners must ignore what they still get. */
export function linger(stream: ServerHttp2Stream): void {
  let left = LINGER_BYTES_MAX;
  const close = (): void => {
    clearTimeout(timer);
    if (!stream.destroyed && !stream.closed) stream.close(constants.NGHTTP2_NO_ERROR);
  };
  const timer = setTimeout(close, LINGER_TIMEOUT_MS);
  stream.once('close', () => clearTimeout(timer));
  stream.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left <= 0) close();
  });
}
