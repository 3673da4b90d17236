/**
 * Fuzz target of the query side: any address, parameters and bodies, over HTTP. What always holds: an answer that is
 * no fault of this program; a failure is said in JSON with its code; what is answered with 200 is whole.
 */
import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { type FuzzTarget, mutateText, type Random } from '@tracewright/std/testing';
import { type StartedApi, startApi } from './start-api.ts';

const BASE = '/api/tracewright/v1';
const PATHS = [
  `${BASE}/search`,
  `${BASE}/search`,
  `${BASE}/logs`,
  `${BASE}/services`,
  `${BASE}/operations`,
  `${BASE}/status`,
  `${BASE}/openapi.json`,
  `${BASE}/traces/${'a'.repeat(32)}`,
  `${BASE}/traces/..%2f..%2fetc`,
  `${BASE}/traces/%ff`,
  `${BASE}/nothing`,
  '/api/traces',
  '/api/traces',
  `/api/traces/${'0'.repeat(32)}`,
  '/api/services',
  '/api/services/x/operations',
  '/api/operations',
  '/',
];
const NAMES = [
  ...[
    'q',
    'where',
    'service',
    'name',
    'kind',
    'status',
    'minDuration',
    'maxDuration',
    'tag',
    'from',
    'to',
    'limit',
  ],
  ...['cursor', 'of', 'order', 'trace', 'span', 'severity', 'grep', 'tags', 'start', 'end', 'traceID', 'raw'],
  ...['operation', 'lookback', 'format', 'logs', '__proto__', 'constructor', 'toString', ''],
];
const VALUES = [
  ...[
    '',
    '1',
    '0',
    '-1',
    '20',
    '1e9',
    '99999999999999999999',
    'true',
    'checkout',
    'traces',
    'spans',
    'newest',
    'ok',
  ],
  ...[
    '-1h',
    'now',
    '2026-11-24T10:00:00Z',
    '100ms',
    '5x',
    'a=b',
    'a:b',
    '{"a":"b"}',
    '{',
    '[]',
    'null',
    '\u0000',
  ],
  ...[
    '{ name = "x" }',
    '{ .a = 1 && duration > 1s }',
    '{',
    `{ ${'('.repeat(500)}`,
    '%',
    '☃',
    'x'.repeat(2_000),
  ],
  ...[
    '{"kind":"and","of":[]}',
    '{"kind":"attribute","key":"a","operator":"=~","value":"(a+)+$"}',
    'a'.repeat(32),
  ],
];
const WORDS = ['&', '=', '%00', '%', '+', '?', '/', ';', '"', '{', '[', '\\', '☃'];

function makeQuery(random: Random): string {
  const parameters = new URLSearchParams();
  for (let left = random.below(5); left > 0; left--)
    parameters.append(random.pick(NAMES), random.pick(VALUES));
  const text = parameters.toString();
  return random.chance(0.2) ? mutateText(text, random, WORDS) : text;
}

function makeBody(random: Random): string {
  const members = random.list(random.below(5), () => {
    const value = random.pick(VALUES);
    const isJson = /^[[{]|^(?:null|true|\d)/.test(value) && random.chance(0.5);
    return `${JSON.stringify(random.pick(NAMES))}:${isJson ? value : JSON.stringify(value)}`;
  });
  if (random.chance(0.05)) return random.pick(['[', '{"a":', '{"where":{"kind":"not","of":']).repeat(5_000);
  const text = `{${members.join(',')}}`;
  return random.chance(0.2) ? mutateText(text, random, WORDS) : text;
}

type Asked = { readonly method: string; readonly path: string; readonly body: string };

/** A line with the method, a line with the address, and the body. */
function parseAsked(input: Uint8Array): Asked {
  const [method = 'GET', path = '/', ...rest] = new TextDecoder('latin1').decode(input).split('\n');
  const allowed = ['GET', 'POST', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'];
  // Node's own client refuses to write other characters; they are tried on the sockets.
  const target = `/${path.replace(/[^\x21-\x7e]/g, '')}`.replace(/^\/+/, '/');
  return { method: allowed.includes(method) ? method : 'GET', path: target, body: rest.join('\n') };
}

type Answered = { readonly status: number; readonly type: string; readonly text: string };

function ask(url: string, agent: Agent, { method, path, body }: Asked): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const bytes = method === 'GET' || method === 'HEAD' ? undefined : Buffer.from(body, 'latin1');
    const length = bytes === undefined ? {} : { 'content-length': bytes.length };
    const headers = { 'content-type': 'application/json', ...length };
    const asking = request({ hostname, port, agent, method, path, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      answer.on('error', reject).on('end', () => {
        resolve({ status: answer.statusCode ?? 0, type: answer.headers['content-type'] ?? '', text });
      });
    });
    asking.on('error', reject);
    asking.end(bytes);
  });
}

function apiRequests(): FuzzTarget {
  let started: Promise<StartedApi> | undefined;
  let agent: Agent | undefined;
  return {
    name: 'api-request',
    make: (random) => {
      const method = random.pick(['GET', 'GET', 'GET', 'POST', 'POST', 'HEAD', 'DELETE']);
      const path = random.chance(0.1) ? mutateText(random.pick(PATHS), random, WORDS) : random.pick(PATHS);
      const query = random.chance(0.9) ? `?${makeQuery(random)}` : '';
      return new TextEncoder().encode(`${method}\n${path.slice(1)}${query}\n${makeBody(random)}`);
    },
    check: async (input) => {
      started ??= startApi({});
      agent ??= new Agent({ keepAlive: true });
      const { url, faults } = await started;
      const { status, type, text } = await ask(url, agent, parseAsked(input));
      assert.deepEqual(faults, []);
      assert.ok(status >= 200 && status < 500, `${status} ${text}`);
      if (/json/.test(type) && text !== '') JSON.parse(text);
      return status < 400 ? 'taken' : 'refused';
    },
    close: async () => {
      agent?.destroy();
      await (await started)?.[Symbol.asyncDispose]();
      agent = started = undefined;
    },
  };
}

export const apiFuzzTargets: readonly FuzzTarget[] = [apiRequests()];
