/**
 * Cursors: the place where a page ended, as one opaque word.
 *
 * A cursor carries a check sum and a digest of the search it belongs to, so that a damaged one, or one that
 * is used with another search, is refused instead of giving a wrong page. It is no secret and no signature.
 */
import { err, ok, type Result } from '@tracewright/std';
import type { Cursor, Plan } from '../plan.ts';

const VERSION = 1;
const TEXT_BYTES_MAX = 255;

/** A digest of what is searched; the time range and the page are not part of it, since `-1h` moves. */
export function digestSearch(plan: Exclude<Plan, { kind: 'traceLookup' }>): number {
  const order = plan.kind === 'logSearch' ? plan.order : '';
  const text = JSON.stringify([plan.kind, plan.tenant, order, plan.where], (_, value: unknown) =>
    typeof value === 'bigint' ? `${value}n` : value,
  );
  return fnv1a(new TextEncoder().encode(text));
}

export function printCursor(cursor: Cursor, digest: number): string {
  const encoder = new TextEncoder();
  const texts = [encoder.encode(cursor.traceId), encoder.encode(cursor.spanId)];
  const size = 1 + 4 + 8 + texts.reduce((sum, text) => sum + 1 + text.length, 0) + 4;
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, VERSION);
  view.setUint32(1, digest);
  view.setBigUint64(5, cursor.timeNano);
  let at = 13;
  for (const text of texts) {
    view.setUint8(at, text.length);
    bytes.set(text, at + 1);
    at += 1 + text.length;
  }
  view.setUint32(at, fnv1a(bytes.subarray(0, at)));
  return toBase64Url(bytes);
}

/** The failure is a phrase that follows the parameter's name. */
export function parseCursor(text: string, digest: number): Result<Cursor, string> {
  const damaged = 'is damaged: use the value of "next" exactly as it was given';
  const bytes = fromBase64Url(text);
  if (bytes === undefined || bytes.length < 19 || bytes.length > 17 + 2 * (1 + TEXT_BYTES_MAX))
    return err(damaged);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = bytes.length - 4;
  if (view.getUint32(end) !== fnv1a(bytes.subarray(0, end)) || view.getUint8(0) !== VERSION)
    return err(damaged);
  const texts: string[] = [];
  let at = 13;
  for (let count = 0; count < 2; count++) {
    if (at >= end) return err(damaged);
    const length = view.getUint8(at);
    if (at + 1 + length > end) return err(damaged);
    texts.push(new TextDecoder().decode(bytes.subarray(at + 1, at + 1 + length)));
    at += 1 + length;
  }
  if (at !== end) return err(damaged);
  if (view.getUint32(1) !== digest) return err('belongs to another search: start that one without a cursor');
  return ok({ timeNano: view.getBigUint64(5), traceId: texts[0] ?? '', spanId: texts[1] ?? '' });
}

function fnv1a(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

function toBase64Url(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function fromBase64Url(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9_-]+$/.test(text) || text.length % 4 === 1) return undefined;
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0));
  // Bits that base64 leaves over must be zero, so that each cursor has one spelling.
  return toBase64Url(bytes) === text ? bytes : undefined;
}
