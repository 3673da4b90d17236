/**
 * BucketRequest: one signed request for one object of a bucket (AWS Signature Version 4), for looking whether a
 * bucket can be used before the engine is told of it, and for saying in words why it cannot.
 */
import { createHash, createHmac } from 'node:crypto';
import { err, failure, ok, type Result } from '@tracewright/std';
import { bucketUrl, type ColdBucket } from './cold-tier.ts';

const TIMEOUT_MS = 3000;
const BODY_CHARS_MAX = 10_000;

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
    '',
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
