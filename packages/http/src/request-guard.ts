/**
 * The guard against browsers that were led here. A page of a foreign site can make a browser send requests to
 * this machine in two ways: across origins, which the `Origin` header tells, and by DNS rebinding, where the
 * site's own name suddenly resolves to this address, which only the `Host` header tells. Both are refused before
 * anything of the request is read.
 *
 * A name that nobody outside can register proves that no rebinding took place: loopback names, addresses, and,
 * for a server that is reachable from other machines, names without a dot (containers call each other so) and
 * names under the top-level domains that are reserved for private use.
 */
import { isIP } from 'node:net';
import { type Failure, failure } from '@tracewright/std';

export type GuardOptions = {
  /** The address the listener is bound to. */
  readonly listenHost: string;
  /** More names under which the server is called; `.example.com` stands for all names below, `*` for any. */
  readonly allowedHosts: readonly string[];
  /** Origins of pages that may call: `https://shop.example`, `http://localhost:*`, `*` for any. */
  readonly allowedOrigins: readonly string[];
};

export type GuardVerdict =
  | {
      readonly ok: true;
      /** The foreign origin that was let in, to be named in CORS answers; undefined for everybody else. */
      readonly crossOrigin: string | undefined;
    }
  | { readonly ok: false; readonly failure: Failure };

export type RequestGuard = (host: string | undefined, origin: string | undefined) => GuardVerdict;

const SAME_ORIGIN: GuardVerdict = { ok: true, crossOrigin: undefined };
const PRIVATE_SUFFIXES = ['.local', '.internal', '.home.arpa', '.svc'];

export function createRequestGuard(options: GuardOptions): RequestGuard {
  const hosts = options.allowedHosts.map((host) => bareName(host) ?? host.toLowerCase());
  const listenHost = bareName(options.listenHost) ?? '';
  const reachable = !isLoopback(listenHost);
  const origins = options.allowedOrigins.map(originPattern);

  return (host, origin) => {
    const name = host === undefined ? undefined : bareName(host);
    // HTTP/1.0 clients may send no Host; no browser is among them.
    if (host !== undefined && (name === undefined || !isOwnName(name)))
      return refuse(
        `This server is not called ${quote(host)}. If it should be, add the name to listen.allowedHosts`,
      );
    if (origin === undefined) return SAME_ORIGIN;
    const foreign = origin.toLowerCase();
    if (host !== undefined && isSameHost(foreign, host.toLowerCase())) return SAME_ORIGIN;
    if (origins.some((pattern) => pattern.test(foreign))) return { ok: true, crossOrigin: origin };
    return refuse(
      `Pages of ${quote(origin)} may not call this server. If they should, add the origin to listen.allowedOrigins`,
    );
  };

  function isOwnName(name: string): boolean {
    if (isLoopback(name) || isIP(name) !== 0 || name === listenHost) return true;
    if (hosts.some((pattern) => matchesHost(pattern, name))) return true;
    return reachable && (!name.includes('.') || PRIVATE_SUFFIXES.some((suffix) => name.endsWith(suffix)));
  }
}

/** True for `localhost`, names below it, 127.0.0.0/8 and ::1. */
export function isLoopback(name: string): boolean {
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    name === '::1' ||
    (isIP(name) === 4 && name.startsWith('127.'))
  );
}

/** `Name:80` → `name`, `[::1]:80` → `::1`; undefined for what no Host header may hold. */
export function bareName(host: string): string | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]\s/@]+))(?::\d{1,5})?$/i.exec(host);
  if (match === null) return isIP(host) === 6 ? host.toLowerCase() : undefined;
  return (match[1] ?? match[2] ?? '').toLowerCase().replace(/\.$/, '');
}

function matchesHost(pattern: string, name: string): boolean {
  if (pattern === '*') return true;
  const suffix = pattern.startsWith('*.') ? pattern.slice(1) : pattern;
  return suffix.startsWith('.') ? name.endsWith(suffix) : name === suffix;
}

/** A star stands for any port, or none, at the end; for names below a domain elsewhere; never for a scheme. */
function originPattern(origin: string): RegExp {
  if (origin === '*') return /^/;
  const source = origin
    .toLowerCase()
    .replace(/\/$/, '')
    .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replace(/:\*$/, '(?::\\d{1,5})?')
    .replace(/\*/g, '[a-z0-9.-]+');
  return new RegExp(`^${source}$`);
}

function isSameHost(origin: string, host: string): boolean {
  return origin === `http://${host}` || origin === `https://${host}`;
}

function refuse(message: string): GuardVerdict {
  return { ok: false, failure: failure('forbidden', message) };
}

function quote(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}
