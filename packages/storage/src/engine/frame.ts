/**
 * Frame: how the supervisor and the engine's child talk over their pipe. A frame is the lengths of its two
 * parts as 32-bit little-endian numbers, a head in JSON and a body of raw bytes.
 *
 * Both ends are this program, so a frame that breaks the limits is a fault and not input: it throws, and
 * whoever reads ends the connection.
 */
import { assert } from '@tracewright/std';

const LENGTHS_BYTES = 8;
const HEAD_BYTES_MAX = 64 * 1024 * 1024;
const BODY_BYTES_MAX = 1024 * 1024 * 1024;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What the supervisor says to the child. */
export type ParentMessage =
  | {
      readonly kind: 'open';
      readonly path: string;
      readonly configPath: string;
      readonly sessions: number;
    }
  | {
      readonly kind: 'query';
      readonly id: number;
      readonly session: number;
      readonly sql: string;
      /** Whether the statement has an answer, which then comes block by block. */
      readonly answers: boolean;
    }
  /** Nobody waits for the statement any more. */
  | { readonly kind: 'cancel'; readonly id: number }
  | { readonly kind: 'stop' };

/** What the child says to the supervisor. The body of `block` is one or more Native blocks. */
export type ChildMessage =
  | { readonly kind: 'opened'; readonly version: string }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'block'; readonly id: number }
  | { readonly kind: 'done'; readonly id: number }
  | { readonly kind: 'failed'; readonly id: number; readonly code: number; readonly message: string };

/** The chunks of a frame, to be written one after the other. */
export function encodeFrame(head: ParentMessage | ChildMessage, body?: Uint8Array): Uint8Array[] {
  const text = encoder.encode(JSON.stringify(head));
  const bodyBytes = body?.length ?? 0;
  assert(text.length <= HEAD_BYTES_MAX, 'The head of a frame is too long');
  assert(bodyBytes <= BODY_BYTES_MAX, 'The body of a frame is too long');
  const first = new Uint8Array(LENGTHS_BYTES + text.length);
  const view = new DataView(first.buffer);
  view.setUint32(0, text.length, true);
  view.setUint32(4, bodyBytes, true);
  first.set(text, LENGTHS_BYTES);
  return body === undefined || bodyBytes === 0 ? [first] : [first, body];
}

/** Puts frames together again from whatever pieces the pipe delivers; a body is copied once. */
export class FrameReader<Head> {
  readonly #onFrame: (head: Head, body: Uint8Array) => void;
  #part: Uint8Array = new Uint8Array(LENGTHS_BYTES);
  #filled = 0;
  #stage: 'lengths' | 'head' | 'body' = 'lengths';
  #bodyBytes = 0;
  #head: Head | undefined;

  constructor(onFrame: (head: Head, body: Uint8Array) => void) {
    this.#onFrame = onFrame;
  }

  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length || this.#filled === this.#part.length) {
      const size = Math.min(chunk.length - at, this.#part.length - this.#filled);
      this.#part.set(chunk.subarray(at, at + size), this.#filled);
      at += size;
      this.#filled += size;
      if (this.#filled < this.#part.length) return;
      this.#advance();
    }
  }

  #advance(): void {
    const part = this.#part;
    switch (this.#stage) {
      case 'lengths': {
        const view = new DataView(part.buffer);
        const headBytes = view.getUint32(0, true);
        this.#bodyBytes = view.getUint32(4, true);
        assert(headBytes > 0 && headBytes <= HEAD_BYTES_MAX, 'The head of a frame has no possible length');
        assert(this.#bodyBytes <= BODY_BYTES_MAX, 'The body of a frame has no possible length');
        this.#expect('head', headBytes);
        return;
      }
      case 'head':
        this.#head = JSON.parse(decoder.decode(part)) as Head;
        this.#expect('body', this.#bodyBytes);
        return;
      case 'body': {
        const head = this.#head as Head;
        this.#head = undefined;
        this.#expect('lengths', LENGTHS_BYTES);
        this.#onFrame(head, part);
      }
    }
  }

  #expect(stage: 'lengths' | 'head' | 'body', bytes: number): void {
    this.#stage = stage;
    this.#part = new Uint8Array(bytes);
    this.#filled = 0;
  }
}
