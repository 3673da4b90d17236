/** Answers `GET /` with the page, under a content policy that lets it load and reach nothing but this server. */
import { createHash } from 'node:crypto';
import type { Clock } from '@tracewright/std';
import type { Reader } from '@tracewright/storage';
import type { ApiAnswer, ApiRequest } from '../exchange.ts';
import type { StatusSource } from '../status.ts';
import { PAGE_SCRIPT } from './page-script.ts';
import { PAGE_STYLE } from './page-style.ts';
import { readLists, sendEndpoint } from './page-view.ts';
import { renderPage } from './render-page.ts';

export type PageContext = {
  readonly reader: Reader;
  readonly status: StatusSource;
  readonly tenant: string;
  readonly clock: Clock;
  /** Whether senders must show a token, so that the page can say so. */
  readonly sendNeedsToken: boolean;
};

const OTLP_HTTP_PORT = 4318;
const OTLP_GRPC_PORT = 4317;

export const PAGE_POLICY: string = [
  `default-src 'none'`,
  `style-src '${digest(PAGE_STYLE)}'`,
  `script-src '${digest(PAGE_SCRIPT)}'`,
  `connect-src 'self'`,
  `img-src data:`,
  `base-uri 'none'`,
  `form-action 'none'`,
  `frame-ancestors 'none'`,
].join('; ');

export async function answerPage(request: ApiRequest, context: PageContext): Promise<ApiAnswer> {
  const [status, lists] = await Promise.all([
    context.status(),
    readLists(context.reader, context.tenant, request.signal),
  ]);
  const host = readHost(request);
  const html = renderPage({
    status,
    ...lists,
    nowMs: context.clock.nowMs(),
    origin: `http://${host.all}`,
    sendHttp: sendEndpoint(status, /http/, host.name, OTLP_HTTP_PORT),
    sendGrpc: sendEndpoint(status, /grpc/, host.name, OTLP_GRPC_PORT),
    sendNeedsToken: context.sendNeedsToken,
  });
  return {
    status: 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': PAGE_POLICY,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    },
    body: html,
  };
}

/** The name by which the page was reached; anything strange becomes the usual one. */
function readHost(request: ApiRequest): { readonly all: string; readonly name: string } {
  const header = request.header('host') ?? '';
  const parts = /^([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/.exec(header);
  if (parts === null) return { all: 'localhost:16686', name: 'localhost' };
  return { all: header, name: parts[1] ?? 'localhost' };
}

function digest(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
