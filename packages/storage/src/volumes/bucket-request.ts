/**
 * BucketRequest: signed requests to a bucket (AWS Signature Version 4), for looking whether it can be used before the
 * engine is told of it, for saying in words why it cannot, and for backups of what lies in it.
 */
import { createHash, createHmac } from 'node:crypto';
import { err, failure, ok, type Result } from '@tracewright/std';
import type { BucketObject } from './bucket-file.ts';
import { bucketUrl, type ColdBucket } from './cold-tier.ts';

const TIMEOUT_MS = 3000;
const BODY_CHARS_MAX = 10_000;
/** How long nothing may come of an object or a list that is being read. */
const SILENCE_MS = 10_000;
/** How often reading an object goes on where it was cut off, without a byte more. */
const TRIES_MAX = 4;
const RETRY_MS = 500;

/** The object's text; undefined where there is no such object. */
export type BucketAnswer = string | undefined;

export async function askBucket(
  tier: ColdBucket,
  method: 'GET' | 'PUT' | 'DELETE',
  key: string,
  body: string = '',
  now: Date = new Date(),
): Promise<Result<BucketAnswer>> {
  const url = new URL(bucketUrl(tier) + key);
  try {
    const response = await fetch(url, {
      method,
      headers: sign(tier, method, url, body, now),
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(method === 'PUT' ? { body } : {}),
    });
    const text = (await response.text()).slice(0, BODY_CHARS_MAX);
    if (response.ok) return ok(text);
    const code = /<Code>([^<]*)<\/Code>/.exec(text)?.[1] ?? '';
    if (response.status === 404 && code !== 'NoSuchBucket') return ok(undefined);
    return err(failure('unavailable', inWords(tier, response.status, code)));
  } catch (cause) {
    return err(failure('unavailable', `${tier.endpoint} does not answer: ${reasonOf(cause)}`));
  }
}

/** The bytes of an object, in pieces. Throws the Failure's words when it cannot be had, also in the middle. */
export async function* readObject(
  tier: ColdBucket,
  { key, bytes }: BucketObject,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (let tries = 1; at < bytes; tries++) {
    try {
      for await (const piece of receive(tier, `/${tier.bucket}/${key}`, { range: `bytes=${at}-` }, signal)) {
        at += piece.length;
        tries = 0;
        yield piece;
      }
      if (at < bytes) throw new Error(`object ${key} ends after ${at} of ${bytes} bytes`);
    } catch (cause) {
      if (signal.aborted || cause instanceof Refusal || tries >= TRIES_MAX) throw cause;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
  if (at > bytes) throw new Error(`object ${key} has more than the ${bytes} bytes that it should have`);
}

/** Bytes by key of all that lies below the tier's prefix. Throws as `readObject` does. */
export async function listObjects(
  tier: ColdBucket,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  const prefix = tier.prefix === '' ? '' : `${tier.prefix}/`;
  let next: string | undefined;
  do {
    const query = new URLSearchParams({ 'list-type': '2', prefix });
    if (next !== undefined) query.set('continuation-token', next);
    query.sort();
    // A signature counts a space as %20.
    const asked = `/${tier.bucket}?${query.toString().replaceAll('+', '%20').replaceAll('*', '%2A')}`;
    const pieces: Uint8Array[] = [];
    for await (const piece of receive(tier, asked, {}, signal)) pieces.push(piece);
    const text = Buffer.concat(pieces).toString('utf8');
    for (const [, item = ''] of text.matchAll(/<Contents>(.*?)<\/Contents>/gs)) {
      const bytes = /<Size>(\d+)<\/Size>/.exec(item)?.[1];
      const key = /<Key>([^<]*)<\/Key>/.exec(item)?.[1];
      if (key !== undefined && bytes !== undefined) found.set(plainText(key), Number(bytes));
    }
    next = /<NextContinuationToken>([^<]*)<\/NextContinuationToken>/.exec(text)?.[1];
    if (next !== undefined) next = plainText(next);
  } while (next !== undefined);
  return found;
}

/** The service gave an answer, and it is no: asking again would not help. */
class Refusal extends Error {}

async function* receive(
  tier: ColdBucket,
  path: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const url = new URL(tier.endpoint.replace(/\/+$/, '') + path);
  const silence = new AbortController();
  const watch = setTimeout(() => silence.abort(), SILENCE_MS);
  try {
    const response = await fetch(url, {
      headers: { ...sign(tier, 'GET', url, '', new Date()), ...headers },
      redirect: 'manual',
      signal: AbortSignal.any([signal, silence.signal]),
    });
    if (!response.ok) {
      const text = (await response.text()).slice(0, BODY_CHARS_MAX);
      const code = /<Code>([^<]*)<\/Code>/.exec(text)?.[1] ?? '';
      if (code === 'NoSuchKey') throw new Refusal(`bucket ${tier.bucket} has no object${url.pathname}`);
      const words = inWords(tier, response.status, code);
      throw response.status < 500 ? new Refusal(words) : new Error(words);
    }
    for await (const piece of response.body ?? []) {
      watch.refresh();
      yield piece;
    }
  } catch (cause) {
    if (cause instanceof Refusal || signal.aborted) throw cause;
    const reason = silence.signal.aborted ? `nothing came for ${SILENCE_MS / 1000} s` : reasonOf(cause);
    throw new Error(`${tier.endpoint} does not answer: ${reason}`, { cause });
  } finally {
    clearTimeout(watch);
  }
}

function plainText(xml: string): string {
  const names: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
  return xml.replace(/&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return names[name] ?? whole;
    return String.fromCodePoint(decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal));
  });
}

function inWords(tier: ColdBucket, status: number, code: string): string {
  switch (code) {
    case 'InvalidAccessKeyId':
      return `${tier.endpoint} does not know the access key id`;
    case 'SignatureDoesNotMatch':
      return `the secret access key is not the one that belongs to the access key id, says ${tier.endpoint}`;
    case 'AccessDenied':
      return `the key may not read, write and delete in bucket ${tier.bucket} below "${tier.prefix}", says ${tier.endpoint}`;
    case 'NoSuchBucket':
      return `there is no bucket ${tier.bucket} at ${tier.endpoint}`;
    case 'PermanentRedirect':
    case 'AuthorizationHeaderMalformed':
      return `bucket ${tier.bucket} is not in region ${tier.region}, says ${tier.endpoint}`;
    case 'RequestTimeTooSkewed':
      return `this machine's clock is too far from that of ${tier.endpoint}`;
    default:
      return `${tier.endpoint} answers ${status}${code === '' ? '' : ` (${code})`} for bucket ${tier.bucket}`;
  }
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  if (cause.name === 'TimeoutError') return `nothing came within ${TIMEOUT_MS} ms`;
  // fetch says only that it failed; what failed stands in its cause.
  const inner = cause.cause;
  if (inner instanceof Error && 'code' in inner) return String(inner.code);
  return inner instanceof Error ? inner.message : cause.message;
}

function sign(tier: ColdBucket, method: string, url: URL, body: string, now: Date): Record<string, string> {
  const time = now.toISOString().replace(/[-:]|\.\d+/g, '');
  const day = time.slice(0, 8);
  const bodyHash = sha256(body);
  const headers: Record<string, string> = {
    host: url.host,
    'x-amz-content-sha256': bodyHash,
    'x-amz-date': time,
  };
  const names = Object.keys(headers).sort();
  const request = [
    method,
    url.pathname,
    url.search.slice(1),
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    bodyHash,
  ].join('\n');
  const scope = `${day}/${tier.region}/s3/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', time, scope, sha256(request)].join('\n');
  let key: string | Buffer = `AWS4${tier.secretAccessKey}`;
  for (const step of [day, tier.region, 's3', 'aws4_request']) key = hmac(key, step);
  const signature = hmac(key, toSign).toString('hex');
  const { host: _, ...sent } = headers;
  return {
    ...sent,
    authorization: `AWS4-HMAC-SHA256 Credential=${tier.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
