/**
 * ConnectionWords: why a server could not be spoken with, where an address or a certificate in the settings is to blame,
 * and what to do about it.
 */

const UNKNOWN_SIGNER: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** Undefined where the error's own words have to do. */
export function connectionWords(cause: unknown, url: string): string | undefined {
  const { message, code } = partsOf(cause);
  const { protocol, hostname } = new URL(url);
  if (
    protocol === 'https:' &&
    /wrong version number|packet length too long|WRONG_VERSION/i.test(`${code} ${message}`)
  )
    return 'storage.url says https there, and the port speaks plain HTTP: write http, or the port for TLS (8443 as a rule)';
  if (protocol === 'http:' && /^HPE_/.test(code))
    return 'storage.url says http there, and what the port speaks is no HTTP: if it is one for TLS (8443 as a rule) write https, else name the port for HTTP (8123 as a rule)';
  if (UNKNOWN_SIGNER.has(code))
    return 'its certificate is signed by nobody who is known here: name the authority in storage.server.caFile';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return `its certificate is not for ${hostname}: name it in storage.url as the certificate does`;
  if (code === 'CERT_HAS_EXPIRED') return 'its certificate has expired';
  return undefined;
}

/** Of a server that hung up on the first word: one for TLS does so, and so does one that dies. */
export function hungUpWords(reason: string, url: string): string {
  if (!url.startsWith('http:') || !/socket hang up|ECONNRESET/.test(reason)) return reason;
  return `${reason}; if the port is one for TLS (8443 as a rule) write https in storage.url`;
}

function partsOf(cause: unknown): { readonly message: string; readonly code: string } {
  if (cause instanceof AggregateError && cause.errors.length > 0) return partsOf(cause.errors[0]);
  if (!(cause instanceof Error)) return { message: String(cause), code: '' };
  return { message: cause.message, code: 'code' in cause ? String(cause.code) : '' };
}
