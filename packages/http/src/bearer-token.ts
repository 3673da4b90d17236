/**
 * The bearer token of a surface: one shared secret, or none. The comparison takes the same time whatever the
 * caller sends, and however long it is.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { type Failure, failure } from '@tracewright/std';

/** Checks an `Authorization` value; undefined means the caller may pass. */
export type TokenCheck = (authorization: string | undefined) => Failure | undefined;

/** What `WWW-Authenticate` says beside a 401. */
export const BEARER_CHALLENGE = 'Bearer realm="tracewright"';

/** Without a token, or with an empty one, everybody passes. */
export function createTokenCheck(token: string | undefined): TokenCheck {
  if (token === undefined || token === '') return () => undefined;
  const expected = digest(token.trim());
  return (authorization) => {
    if (authorization === undefined)
      return failure(
        'unauthenticated',
        'This server wants a token: send the header Authorization: Bearer TOKEN',
      );
    const given = /^bearer +(\S.*?) *$/i.exec(authorization)?.[1];
    if (given === undefined)
      return failure('unauthenticated', 'The Authorization header is not of the form: Bearer TOKEN');
    // Digests have one length, so that the comparison does not tell how long the token is.
    if (!timingSafeEqual(digest(given), expected))
      return failure('unauthenticated', 'The bearer token is not the one this server was started with');
    return undefined;
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
