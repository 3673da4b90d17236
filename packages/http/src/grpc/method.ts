/**
 * Methods of a gRPC service, as the listener calls them. Messages are bytes on both sides: nothing here knows a
 * schema, and a compressed request stays compressed until someone who need not hurry inflates it.
 */
import type { Failure } from '@tracewright/std';
import type { GrpcStatus } from './status.ts';

export type GrpcCoding = 'identity' | 'gzip' | 'deflate' | 'zstd';

export type GrpcRequest = {
  /** The message, in a buffer that spans its ArrayBuffer alone and now belongs to the method. */
  readonly message: Uint8Array<ArrayBuffer>;
  /** How the message is compressed. */
  readonly coding: GrpcCoding;
  readonly remoteAddress: string | undefined;
};

export type GrpcReply =
  | { readonly ok: true; readonly message: Uint8Array }
  | { readonly ok: false; readonly status: GrpcStatus };

type MethodBase = {
  /** The longest message, as it comes over the wire. */
  readonly messageBytesMax: number;
  /** Whether callers need no token. */
  readonly open?: boolean;
  /** Whether the message is only counted: `handle` gets an empty one. */
  readonly discard?: boolean;
  /** Called for each call before anything of it is judged. */
  begin?(): void;
  /**
   * Gives a call that is refused before it came to `handle` its status. Also called, with `cancelled`, for a caller
   * that went away in the middle of its message; nobody hears the answer then.
   */
  refuse(failure: Failure): GrpcStatus;
};

export type UnaryMethod = MethodBase & {
  readonly kind: 'unary';
  handle(request: GrpcRequest): Promise<GrpcReply>;
};

export type ServerStreamMethod = MethodBase & {
  readonly kind: 'server-stream';
  /** Sends as it likes; the function it returns is called once when the stream is over, whoever ended it. */
  handle(request: GrpcRequest, stream: GrpcStream): () => void;
};

export type GrpcStream = {
  send(message: Uint8Array): void;
  end(status?: GrpcStatus): void;
};

export type GrpcMethod = UnaryMethod | ServerStreamMethod;
