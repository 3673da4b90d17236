/**
 * Reading a request's body into one buffer that spans its ArrayBuffer alone, so that it can be transferred to a
 * worker thread without a copy.
 *
 * Memory follows what has really arrived: a client that only claims a large body gets the first piece, and each
 * further piece once the one before is full. A body of known length that fits into the first piece, which is the
 * normal case, is written in place without a copy.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { err, failure, ok, type Result } from '@tracewright/std';
import type { ByteBudget } from './byte-budget.ts';
import { BODY_FIRST_BYTES } from './limits.ts';

export type BodyOptions = {
  /** More than this is refused as `too-large`, before or while it is read. */
  readonly bytesMax: number;
  /** Shared by all requests of a listener; `overloaded` when it is used up. */
  readonly budget?: ByteBudget;
};

const EMPTY: Uint8Array<ArrayBuffer> = new Uint8Array(0);
const GROWTH = 4;

/**
 * The whole body, or `too-large`, `overloaded`, or `cancelled` when the client went away. After a failure the rest
 * of the body is still in the socket; `respond` deals with it. Sends `100 Continue` when the client waits for it.
 */
export async function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  options: BodyOptions,
): Promise<Result<Uint8Array<ArrayBuffer>>> {
  const claimed = claimedLength(request);
  if (claimed !== undefined && claimed > options.bytesMax) return tooLarge(options.bytesMax, claimed);
  if (claimed === 0) return ok(new Uint8Array(0));
  if (request.headers.expect !== undefined) response.writeContinue();
  return new Promise((resolve) => {
    const body = new GrowingBody(claimed, options);
    const settle = (result: Result<Uint8Array<ArrayBuffer>>): void => {
      request.off('data', onData).off('end', onEnd).off('close', onGone).off('error', onGone);
      body.release();
      if (!result.ok) request.pause();
      resolve(result);
    };
    const onData = (chunk: Buffer): void => {
      const refusal = body.append(chunk);
      if (refusal !== undefined) settle(refusal);
    };
    const onEnd = (): void => settle(ok(body.finish()));
    const onGone = (): void =>
      settle(err(failure('cancelled', 'The client went away before its request was complete')));
    request.on('data', onData).on('end', onEnd).on('close', onGone).on('error', onGone);
    if (request.destroyed) onGone();
  });
}

class GrowingBody {
  readonly #claimed: number | undefined;
  readonly #options: BodyOptions;
  #bytes: Uint8Array<ArrayBuffer> = EMPTY;
  #length = 0;

  constructor(claimed: number | undefined, options: BodyOptions) {
    this.#claimed = claimed;
    this.#options = options;
  }

  append(chunk: Buffer): ReturnType<typeof tooLarge> | undefined {
    const length = this.#length + chunk.length;
    if (length > this.#options.bytesMax) return tooLarge(this.#options.bytesMax, undefined);
    if (length > this.#bytes.length && !this.#grow(length))
      return err(
        failure('overloaded', 'Too many bytes of unfinished requests are in memory', { retryAfterMs: 1000 }),
      );
    this.#bytes.set(chunk, this.#length);
    this.#length = length;
    return undefined;
  }

  finish(): Uint8Array<ArrayBuffer> {
    return this.#length === this.#bytes.length ? this.#bytes : this.#bytes.slice(0, this.#length);
  }

  release(): void {
    this.#options.budget?.give(this.#bytes.length);
  }

  #grow(needed: number): boolean {
    const wanted = Math.max(needed, this.#claimed ?? 0);
    const known = this.#claimed !== undefined && this.#length === 0 ? BODY_FIRST_BYTES : 64 * 1024;
    const size = Math.max(
      needed,
      Math.min(Math.max(known, this.#bytes.length * GROWTH), this.#ceiling(wanted)),
    );
    if (this.#options.budget?.take(size - this.#bytes.length) === false) return false;
    const bytes = new Uint8Array(Buffer.allocUnsafeSlow(size).buffer as ArrayBuffer);
    bytes.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = bytes;
    return true;
  }

  #ceiling(wanted: number): number {
    return this.#claimed === undefined ? this.#options.bytesMax : wanted;
  }
}

function claimedLength(request: IncomingMessage): number | undefined {
  const header = request.headers['content-length'];
  if (header !== undefined) return Number(header);
  return request.headers['transfer-encoding'] === undefined ? 0 : undefined;
}

function tooLarge(bytesMax: number, claimed: number | undefined): Result<never> {
  const size = claimed === undefined ? 'longer than' : `${claimed} bytes long, more than`;
  return err(failure('too-large', `The request's body is ${size} the limit of ${bytesMax} bytes`));
}
