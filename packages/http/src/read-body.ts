/** Reading the body of an HTTP/1.1 request, whole and within limits. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { err, type Failure, failure, ok, type Result } from '@tracewright/std';
import { BodyPace } from './body-pace.ts';
import type { ByteBudget } from './byte-budget.ts';
import { GrowingBody } from './growing-body.ts';
import { PACE_CHECK_INTERVAL_MS } from './limits.ts';

export type BodyOptions = {
  /** More than this is refused as `too-large`, before or while it is read. */
  readonly bytesMax: number;
  /** Shared by all requests of a listener; `overloaded` when it is used up, `deadline` for who holds it up. */
  readonly budget?: ByteBudget;
  readonly pace?: { readonly windowMs: number; readonly checkIntervalMs: number };
};

/**
 * The whole body in a buffer of its own, or `too-large`, `overloaded`, `deadline`, or `cancelled` when the client went away.
 * After a failure the rest of the body is still in the socket; `respond` deals with it. Sends `100 Continue` when
 * the client waits for it.
 */
export async function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  options: BodyOptions,
): Promise<Result<Uint8Array<ArrayBuffer>>> {
  const { bytesMax, budget } = options;
  const claimed = claimedLength(request);
  if (claimed !== undefined && claimed > bytesMax) return err(tooLarge(bytesMax, claimed));
  if (claimed === 0) return ok(new Uint8Array(0));
  if (request.headers.expect !== undefined) response.writeContinue();
  return new Promise((resolve) => {
    const { remoteAddress } = request.socket;
    const body = new GrowingBody({ claimed, bytesMax, budget, remoteAddress });
    const intervalMs = options.pace?.checkIntervalMs ?? PACE_CHECK_INTERVAL_MS;
    const pace = new BodyPace(performance.now(), options.pace?.windowMs);
    const checkPace = (): void => {
      const { account } = body;
      if (account === undefined || budget === undefined) return;
      if (pace.isTooSlow(performance.now(), intervalMs, account, budget)) settle(err(tooSlow()));
    };
    const pacing = budget === undefined ? undefined : setInterval(checkPace, intervalMs);
    const settle = (result: Result<Uint8Array<ArrayBuffer>>): void => {
      request.off('data', onData).off('end', onEnd).off('close', onGone).off('error', onGone);
      clearInterval(pacing);
      body.release();
      if (!result.ok) request.pause();
      resolve(result);
    };
    const onData = (chunk: Buffer): void => {
      pace.arrived(chunk.length);
      if (body.length + chunk.length > bytesMax) settle(err(tooLarge(bytesMax, undefined)));
      else if (!body.append(chunk)) settle(err(overBudget()));
    };
    const onEnd = (): void => settle(ok(body.finish()));
    const onGone = (): void =>
      settle(err(failure('cancelled', 'The client went away before its request was complete')));
    request.on('data', onData).on('end', onEnd).on('close', onGone).on('error', onGone);
    if (request.destroyed) onGone();
  });
}

/** What a sender is told when the unfinished requests of all senders fill the memory set aside for them. */
export function overBudget(): Failure {
  return failure('overloaded', 'Too many bytes of unfinished requests are in memory', { retryAfterMs: 1000 });
}

/** What a sender is told whose body comes so slowly that it stands in the way of others. */
export function tooSlow(): Failure {
  return failure('deadline', 'The message came too slowly', { retry: 'later' });
}

function claimedLength(request: IncomingMessage): number | undefined {
  const header = request.headers['content-length'];
  if (header !== undefined) return Number(header);
  return request.headers['transfer-encoding'] === undefined ? 0 : undefined;
}

function tooLarge(bytesMax: number, claimed: number | undefined): Failure {
  const size = claimed === undefined ? 'longer than' : `${claimed} bytes long, more than`;
  return failure('too-large', `The request's body is ${size} the limit of ${bytesMax} bytes`);
}
