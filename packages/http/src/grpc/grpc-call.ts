/**
 * GrpcCall: one call on one HTTP/2 stream: reads its one message, has the method handle it, and writes the answer.
 *
 * An answer is written at most once. Who is refused early is not read to the end: the status goes out and the
 * stream is closed, while the connection stays good for the calls beside it. Whoever makes a call listens to the
 * `error` of its stream.
 */
import {
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { type Failure, failure } from '@tracewright/std';
import { BodyPace } from '../body-pace.ts';
import type { ByteBudget } from '../byte-budget.ts';
import { GrowingBody } from '../growing-body.ts';
import { overBudget, tooSlow } from '../read-body.ts';
import { linger } from './linger.ts';
import type { GrpcCoding, GrpcMethod } from './method.ts';
import { GRPC_CODE, type GrpcStatus, statusHeaders } from './status.ts';
import { parseTimeoutMs } from './timeout.ts';

const HEAD_BYTES = 5;
const EMPTY_FRAME: Uint8Array = new Uint8Array(HEAD_BYTES);
const ANSWER = {
  ':status': 200,
  'content-type': 'application/grpc',
  'grpc-accept-encoding': 'identity,gzip,deflate,zstd',
} as const;
const WITH_TRAILERS = { waitForTrailers: true, sendDate: false } as const;
const WITHOUT_BODY = { endStream: true, sendDate: false } as const;
const OK_TRAILERS = { 'grpc-status': '0' } as const;

const CODINGS: ReadonlyMap<unknown, GrpcCoding> = new Map([
  ['identity', 'identity'],
  ['gzip', 'gzip'],
  ['deflate', 'deflate'],
  ['zstd', 'zstd'],
]);

export type CallOptions = {
  readonly budget: ByteBudget;
  readonly remoteAddress: string | undefined;
  readonly paceWindowMs: number;
  /** Told of what a method threw: a fault of this program. */
  readonly onFault: (error: unknown) => void;
  /** Called once, when nothing of the call is left. */
  readonly onEnd: (call: GrpcCall) => void;
};

export class GrpcCall {
  readonly startedMs: number = performance.now();
  readonly #pace: BodyPace;
  readonly #stream: ServerHttp2Stream;
  readonly #method: GrpcMethod;
  readonly #options: CallOptions;
  readonly #encoding: string | undefined;
  #coding: GrpcCoding = 'identity';
  #head: Uint8Array | undefined;
  #headLength = 0;
  #claimed = 0;
  #received = 0;
  #body: GrowingBody | undefined;
  #state: 'reading' | 'handling' | 'streaming' | 'answered' = 'reading';
  #cleanUp: (() => void) | undefined;
  /** Set when the caller said how long it waits. */
  readonly #deadline: NodeJS.Timeout | undefined;

  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    method: GrpcMethod,
    options: CallOptions,
  ) {
    this.#stream = stream;
    this.#method = method;
    this.#options = options;
    this.#pace = new BodyPace(this.startedMs, options.paceWindowMs);
    this.#encoding = headers['grpc-encoding']?.toString();
    const timeoutMs = parseTimeoutMs(headers['grpc-timeout']);
    if (timeoutMs !== undefined) this.#deadline = setTimeout(() => this.#expire(), timeoutMs);
    stream.on('close', () => this.#onClose());
  }

  get isReading(): boolean {
    return this.#state === 'reading';
  }

  read(): void {
    this.#stream.on('data', (chunk: Buffer) => {
      try {
        this.#onData(chunk);
      } catch (error) {
        this.#onFault(error);
      }
    });
    this.#stream.on('end', () => {
      try {
        this.#onEnd();
      } catch (error) {
        this.#onFault(error);
      }
    });
  }

  refuse(cause: Failure): void {
    if (this.#state !== 'reading') return;
    this.#fail(this.#method.refuse(cause));
  }

  /** To be called at about every `intervalMs`: refuses a message that stands in the way of others. */
  checkPace(nowMs: number, intervalMs: number): void {
    const account = this.#body?.account;
    if (account === undefined || this.#state !== 'reading') return;
    if (this.#pace.isTooSlow(nowMs, intervalMs, account, this.#options.budget)) this.refuse(tooSlow());
  }

  /** Cuts the call off without an answer. */
  destroy(): void {
    this.#stream.destroy();
  }

  /** Ends a call that would go on for ever by itself. */
  endStream(status: GrpcStatus): void {
    if (this.#state === 'streaming') this.#endStream(status);
  }

  #onData(chunk: Buffer): void {
    if (this.#state !== 'reading') return;
    this.#pace.arrived(chunk.length);
    let at = 0;
    if (this.#headLength < HEAD_BYTES) {
      this.#head ??= new Uint8Array(HEAD_BYTES);
      while (this.#headLength < HEAD_BYTES && at < chunk.length)
        this.#head[this.#headLength++] = chunk[at++] as number;
      if (this.#headLength < HEAD_BYTES) return;
      const refusal = this.#begin(this.#head);
      if (refusal !== undefined) {
        this.refuse(refusal);
        return;
      }
    }
    if (at === chunk.length) return;
    this.#received += chunk.length - at;
    if (this.#received > this.#claimed)
      this.refuse(failure('unsupported', 'The method takes one message; more came'));
    else if (this.#body?.append(at === 0 ? chunk : chunk.subarray(at)) === false) this.refuse(overBudget());
  }

  #begin(head: Uint8Array): Failure | undefined {
    this.#claimed = new DataView(head.buffer).getUint32(1);
    const { messageBytesMax, discard } = this.#method;
    if (this.#claimed > messageBytesMax)
      return failure(
        'too-large',
        `The message is ${this.#claimed} bytes long, more than the limit of ${messageBytesMax} bytes`,
      );
    if (head[0] !== 0) {
      const coding = CODINGS.get(this.#encoding);
      if (coding === undefined || coding === 'identity')
        return failure(
          'unsupported',
          `The message is compressed as ${JSON.stringify(this.#encoding ?? '')}; supported: gzip, deflate, zstd`,
        );
      this.#coding = coding;
    }
    const { budget, remoteAddress } = this.#options;
    if (discard !== true)
      this.#body = new GrowingBody({
        claimed: this.#claimed,
        bytesMax: messageBytesMax,
        budget,
        remoteAddress,
      });
    return undefined;
  }

  #onEnd(): void {
    // A stream that is torn down ends too; `close` follows and counts it as cancelled.
    if (this.#state !== 'reading' || !this.#isOpen()) return;
    if (this.#headLength === 0) {
      this.refuse(failure('unsupported', 'The method takes one message; none came'));
      return;
    }
    if (this.#headLength < HEAD_BYTES || this.#received < this.#claimed) {
      const missing = `${this.#received} of ${this.#claimed} bytes`;
      this.refuse(failure('invalid', `The message ends before its time, after ${missing}`));
      return;
    }
    const message = this.#body?.finish() ?? new Uint8Array(0);
    this.#release();
    this.#state = 'handling';
    this.#handle(message).catch((error: unknown) => this.#onFault(error));
  }

  #onFault(error: unknown): void {
    this.#options.onFault(error);
    this.#fail({ code: GRPC_CODE.internal, message: 'This server failed at the call; its log says more' });
  }

  async #handle(message: Uint8Array<ArrayBuffer>): Promise<void> {
    const request = { message, coding: this.#coding, remoteAddress: this.#options.remoteAddress };
    if (this.#method.kind === 'unary') {
      const reply = await this.#method.handle(request);
      if (reply.ok) this.#succeed(reply.message);
      else this.#fail(reply.status);
      return;
    }
    this.#state = 'streaming';
    this.#stream.respond(ANSWER, WITH_TRAILERS);
    this.#cleanUp = this.#method.handle(request, {
      send: (part) => {
        if (this.#state === 'streaming' && this.#isOpen()) this.#stream.write(frame(part));
      },
      end: (status) => this.#endStream(status),
    });
    if (this.#state !== 'streaming' || !this.#isOpen()) this.#runCleanUp();
  }

  #succeed(message: Uint8Array): void {
    if (this.#state !== 'handling' || !this.#isOpen()) return;
    this.#state = 'answered';
    this.#stream.respond(ANSWER, WITH_TRAILERS);
    this.#sendTrailersLater(OK_TRAILERS);
    this.#stream.end(message.length === 0 ? EMPTY_FRAME : frame(message));
  }

  #endStream(status: GrpcStatus | undefined): void {
    if (this.#state !== 'streaming') return;
    this.#state = 'answered';
    if (!this.#isOpen()) return;
    const trailers = status === undefined ? OK_TRAILERS : statusHeaders(status);
    this.#sendTrailersLater(trailers);
    this.#stream.end();
  }

  #sendTrailersLater(trailers: OutgoingHttpHeaders): void {
    this.#stream.once('wantTrailers', () => {
      if (this.#isOpen()) this.#stream.sendTrailers(trailers);
    });
  }

  #fail(status: GrpcStatus): void {
    if (this.#state === 'answered') return;
    const isEnded = this.#state !== 'reading';
    this.#state = 'answered';
    this.#release();
    if (!this.#isOpen()) return;
    if (this.#stream.headersSent) {
      this.#stream.close(constants.NGHTTP2_INTERNAL_ERROR);
      return;
    }
    this.#stream.respond({ ...ANSWER, ...statusHeaders(status) }, WITHOUT_BODY);
    if (!isEnded) linger(this.#stream);
  }

  #isOpen(): boolean {
    return !this.#stream.destroyed && !this.#stream.closed;
  }

  /** The caller waits no longer. What was handed on already is done all the same, as gRPC leaves it open. */
  #expire(): void {
    const status = { code: GRPC_CODE.deadlineExceeded, message: 'The time that the caller gave is over' };
    if (this.#state === 'streaming') this.#endStream(status);
    else if (this.#state !== 'answered') {
      if (this.#state === 'reading') this.#method.refuse(failure('deadline', status.message));
      this.#fail(status);
    }
  }

  #onClose(): void {
    clearTimeout(this.#deadline);
    if (this.#state === 'reading') {
      this.#state = 'answered';
      this.#method.refuse(failure('cancelled', 'The client went away before its message was complete'));
    }
    this.#release();
    this.#state = 'answered';
    this.#runCleanUp();
    this.#options.onEnd(this);
  }

  #runCleanUp(): void {
    const cleanUp = this.#cleanUp;
    this.#cleanUp = undefined;
    cleanUp?.();
  }

  #release(): void {
    this.#body?.release();
    this.#body = undefined;
  }
}

function frame(message: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + message.length);
  bytes[0] = 0;
  bytes.writeUInt32BE(message.length, 1);
  bytes.set(message, HEAD_BYTES);
  return bytes;
}
