/**
 * CORS for browsers that send to a receiver from a page of another origin. Which origins may do so is decided by
 * the listener's guard; here are the answers' headers for an origin that was let in.
 */
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { CORS_MAX_AGE_SECONDS } from '../limits.ts';

/** Headers of every answer to a page of `origin`. */
export function corsHeaders(origin: string): OutgoingHttpHeaders {
  return {
    'Access-Control-Allow-Origin': origin,
    // `navigator.sendBeacon`, which exporters use when a page closes, always sends credentials.
    'Access-Control-Allow-Credentials': 'true',
    'Access-Control-Expose-Headers': 'Retry-After',
    Vary: 'Origin',
  };
}

/** Headers of the answer to a browser's question whether it may send. Any header is welcome from that origin. */
export function preflightHeaders(request: IncomingMessage, origin: string): OutgoingHttpHeaders {
  const wanted = request.headers['access-control-request-headers'];
  const headers: OutgoingHttpHeaders = {
    ...corsHeaders(origin),
    'Access-Control-Allow-Methods': 'POST',
    'Access-Control-Max-Age': String(CORS_MAX_AGE_SECONDS),
    Vary: 'Origin, Access-Control-Request-Headers',
  };
  if (wanted !== undefined) headers['Access-Control-Allow-Headers'] = wanted;
  if (request.headers['access-control-request-private-network'] === 'true')
    headers['Access-Control-Allow-Private-Network'] = 'true';
  return headers;
}
