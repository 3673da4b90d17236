/** A client that writes the bytes it is told to, as no library would. For tests of hostile and broken clients. */
import { connect, type Socket } from 'node:net';

export type RawSocket = {
  /** A string stands for one byte a character. */
  write(bytes: string | Uint8Array): void;
  /** Everything that the server has sent so far, one character a byte. */
  text(): string;
  /** Resolves once `pattern` has come; rejects when the connection ends without it. */
  until(pattern: RegExp, timeoutMs?: number): Promise<string>;
  /** Resolves with everything once the server has closed the connection. */
  closed(timeoutMs?: number): Promise<string>;
  destroy(): void;
};

const TIMEOUT_MS = 10_000;

export async function openRawSocket(
  url: string,
  /** With `allowHalfOpen` this side does not end when the server does. */
  options: { readonly allowHalfOpen?: boolean } = {},
): Promise<RawSocket> {
  const { hostname, port } = new URL(url);
  const socket = await new Promise<Socket>((resolve, reject) => {
    const target = { ...options, host: hostname, port: Number(port) };
    const opening = connect(target, () => resolve(opening)).once('error', reject);
  });
  let text = '';
  let isClosed = false;
  let watch: () => void = () => undefined;
  socket.setEncoding('latin1').on('error', () => undefined);
  socket.on('data', (part: string) => {
    text += part;
    watch();
  });
  socket.on('close', () => {
    isClosed = true;
    watch();
  });
  const wait = (isDone: () => boolean, what: string, timeoutMs: number): Promise<string> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`No ${what} in time; got ${text}`)), timeoutMs);
      watch = () => {
        if (!isDone() && !isClosed) return;
        clearTimeout(timer);
        if (isDone()) resolve(text);
        else reject(new Error(`Closed without ${what}; got ${text}`));
      };
      watch();
    });
  return {
    write: (bytes) => void socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes),
    text: () => text,
    until: (pattern, timeoutMs = TIMEOUT_MS) => wait(() => pattern.test(text), String(pattern), timeoutMs),
    closed: (timeoutMs = TIMEOUT_MS) => wait(() => isClosed, 'end', timeoutMs),
    destroy: () => void socket.destroy(),
  };
}

/** Sends all of `bytes` and returns what the server says until it closes the connection. */
export async function exchange(url: string, bytes: string | Uint8Array): Promise<string> {
  const socket = await openRawSocket(url);
  socket.write(bytes);
  return socket.closed();
}
