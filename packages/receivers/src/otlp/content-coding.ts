/** Content-Encoding of requests: what is understood, under which names. */
import type { ContentCoding } from '@tracewright/pipeline';
import { err, failure, ok, type Result } from '@tracewright/std';

/** The codings by their own names, for `Accept-Encoding` and for messages. */
export const ACCEPTED_CODINGS = 'gzip, deflate, zstd, identity';

const CODINGS: ReadonlyMap<string, ContentCoding> = new Map([
  ['identity', 'identity'],
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['deflate', 'deflate'],
  ['zlib', 'deflate'],
  ['zstd', 'zstd'],
]);

/** `identity` beside another coding says nothing; two real codings are more than any sender uses. */
export function codingOf(header: string | undefined): Result<ContentCoding> {
  const names = (header ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && name !== 'identity');
  const coding = CODINGS.get(names[0] ?? 'identity');
  if (coding !== undefined && names.length <= 1) return ok(coding);
  return err(
    failure(
      'unsupported',
      `Content-Encoding ${names.join(', ')} is not supported; supported: ${ACCEPTED_CODINGS}`,
    ),
  );
}
