/**
 * The health service of gRPC, `grpc.health.v1.Health`: `Check` answers once, `Watch` until either side ends it.
 * Load balancers and orchestrators ask it without a token.
 */
import { gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import type { GrpcMethod, GrpcRequest, GrpcStream, ServerStreamMethod, UnaryMethod } from './method.ts';
import { GRPC_CODE, type GrpcStatus } from './status.ts';

export type HealthService = {
  readonly methods: ReadonlyMap<string, GrpcMethod>;
  /** Tells all watchers. Starts as serving. */
  set(isServing: boolean): void;
};

const SERVING = Uint8Array.of(0x08, 1);
const NOT_SERVING = Uint8Array.of(0x08, 2);
const SERVICE_UNKNOWN = Uint8Array.of(0x08, 3);
const MESSAGE_BYTES_MAX = 1024;
const WATCHERS_MAX = 1024;

/** `services` are the full names that may be asked for beside the empty one, which means the whole server. */
export function createHealthService(services: readonly string[]): HealthService {
  const watchers = new Set<GrpcStream>();
  let isServing = true;
  const state = (): Uint8Array => (isServing ? SERVING : NOT_SERVING);
  const isKnown = (service: string): boolean => service === '' || services.includes(service);
  const base = {
    messageBytesMax: MESSAGE_BYTES_MAX,
    open: true,
    refuse: (cause: { readonly message: string }): GrpcStatus => invalid(cause.message),
  };

  const check: UnaryMethod = {
    ...base,
    kind: 'unary',
    handle: async (request) => {
      const service = readService(request);
      if (service === undefined)
        return { ok: false, status: invalid('The request is no HealthCheckRequest') };
      if (isKnown(service)) return { ok: true, message: state() };
      return { ok: false, status: { code: GRPC_CODE.notFound, message: 'unknown service' } };
    },
  };
  const watch: ServerStreamMethod = {
    ...base,
    kind: 'server-stream',
    handle: (request, stream) => {
      const service = readService(request);
      if (service === undefined) stream.end(invalid('The request is no HealthCheckRequest'));
      else if (watchers.size >= WATCHERS_MAX)
        stream.end({ code: GRPC_CODE.resourceExhausted, message: 'Too many watchers' });
      // A service that may appear later is watched too; here none ever does.
      else if (!isKnown(service)) stream.send(SERVICE_UNKNOWN);
      else {
        watchers.add(stream);
        stream.send(state());
      }
      return () => {
        watchers.delete(stream);
      };
    },
  };
  return {
    methods: new Map<string, GrpcMethod>([
      ['/grpc.health.v1.Health/Check', check],
      ['/grpc.health.v1.Health/Watch', watch],
    ]),
    set: (serving) => {
      if (serving === isServing) return;
      isServing = serving;
      for (const stream of watchers) stream.send(state());
    },
  };
}

/** `service` of a HealthCheckRequest, its only field; undefined when the bytes are something else. */
function readService({ message, coding }: GrpcRequest): string | undefined {
  const bytes = inflate(message, coding);
  if (bytes === undefined) return undefined;
  if (bytes.length === 0) return '';
  const length = bytes[1] ?? 0;
  // A name of 128 bytes or more would need a longer length; no service here is called so.
  if (bytes[0] !== 0x0a || length > 127) return bytes[0] === 0x0a ? '\u0000' : undefined;
  return bytes.length === length + 2 ? new TextDecoder().decode(bytes.subarray(2)) : undefined;
}

function inflate(bytes: Uint8Array, coding: GrpcRequest['coding']): Uint8Array | undefined {
  const limit = { maxOutputLength: MESSAGE_BYTES_MAX };
  try {
    switch (coding) {
      case 'gzip':
        return gunzipSync(bytes, limit);
      case 'deflate':
        return inflateSync(bytes, limit);
      case 'zstd':
        return zstdDecompressSync(bytes, limit);
      case 'identity':
        return bytes;
    }
  } catch {
    return undefined;
  }
}

function invalid(message: string): GrpcStatus {
  return { code: GRPC_CODE.invalidArgument, message };
}
