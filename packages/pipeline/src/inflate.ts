/**
 * Inflates request bodies on the worker, within a limit, so that a small body cannot grow without end.
 */
import { gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import { err, failure, ok, type Result } from '@tracewright/std';
import type { ContentCoding } from './ingest.ts';

export function inflate(body: Uint8Array, coding: ContentCoding, bytesMax: number): Result<Uint8Array> {
  if (coding === 'identity') {
    return body.length <= bytesMax ? ok(body) : err(tooLarge(bytesMax));
  }
  // An empty body stays an empty message whatever coding its sender declares.
  if (body.length === 0) return ok(body);
  try {
    const inflated = inflaters[coding](body, bytesMax);
    return ok(new Uint8Array(inflated.buffer, inflated.byteOffset, inflated.length));
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE')
      return err(tooLarge(bytesMax));
    const reason = cause instanceof Error ? cause.message : String(cause);
    return err(failure('invalid', `Cannot decompress the body as ${coding}: ${reason}`));
  }
}

const inflaters = {
  gzip: (body: Uint8Array, maxOutputLength: number) => gunzipSync(body, { maxOutputLength }),
  // "deflate" means zlib's format; some clients send the raw stream, told apart by its first byte.
  deflate: (body: Uint8Array, maxOutputLength: number) =>
    ((body[0] ?? 0) & 15) === 8
      ? inflateSync(body, { maxOutputLength })
      : inflateRawSync(body, { maxOutputLength }),
  zstd: (body: Uint8Array, maxOutputLength: number) => zstdDecompressSync(body, { maxOutputLength }),
};

function tooLarge(bytesMax: number): ReturnType<typeof failure> {
  return failure(
    'too-large',
    `Cannot accept the body: it holds more than ${bytesMax} bytes when decompressed`,
  );
}
