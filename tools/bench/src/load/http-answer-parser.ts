// Parses HTTP/1.1 answers from a keep-alive socket, one at a time and just as much of the standard as a receiver's
// short answers need: status line, headers, a body by length, in chunks, or up to the end of the connection.

import type { HttpAnswer } from './otlp-answer.ts';

/** More than this is not an answer to an export. */
const ANSWER_BYTES_MAX = 1024 * 1024;
const HEADER_END = Buffer.from('\r\n\r\n');

export type ParsedAnswer = HttpAnswer & {
  /** Whether the server closes the connection after this answer. */
  readonly closes: boolean;
};

export type ParseStep =
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'answer'; readonly answer: ParsedAnswer }
  | { readonly kind: 'invalid'; readonly reason: string };

const INCOMPLETE: ParseStep = { kind: 'incomplete' };

export class HttpAnswerParser {
  #bytes: Buffer = Buffer.alloc(0);

  /** Takes what arrived; tells the answer once it is whole. */
  push(chunk: Buffer): ParseStep {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    if (this.#bytes.length > ANSWER_BYTES_MAX) return { kind: 'invalid', reason: 'the answer exceeds 1 MiB' };
    return this.#parse(false);
  }

  /** The connection ended: an answer without a length is whole now. */
  end(): ParseStep {
    return this.#parse(true);
  }

  #parse(ended: boolean): ParseStep {
    const headerEnd = this.#bytes.indexOf(HEADER_END);
    if (headerEnd < 0) return INCOMPLETE;
    const lines = this.#bytes.toString('latin1', 0, headerEnd).split('\r\n');
    const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(lines[0] ?? '')?.[1] ?? Number.NaN);
    if (Number.isNaN(status))
      return { kind: 'invalid', reason: `not an HTTP/1.1 status line: ${lines[0]?.slice(0, 80)}` };
    const bodyStart = headerEnd + HEADER_END.length;
    if (status >= 100 && status < 200) {
      this.#bytes = this.#bytes.subarray(bodyStart);
      return this.#parse(ended);
    }
    const headers = new Map<string, string>();
    for (const line of lines.slice(1)) {
      const colon = line.indexOf(':');
      if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
    }
    const body = this.#bodyOf(status, headers, bodyStart, ended);
    if (body === undefined) return INCOMPLETE;
    if (typeof body === 'string') return { kind: 'invalid', reason: body };
    this.#bytes = this.#bytes.subarray(body.end);
    const closes =
      (headers.get('connection') ?? '').toLowerCase().includes('close') ||
      (ended && !headers.has('content-length'));
    return { kind: 'answer', answer: { status, headers, body: body.bytes, closes } };
  }

  /** The body and where it ends; undefined while it is incomplete, a string where it is wrong. */
  #bodyOf(
    status: number,
    headers: ReadonlyMap<string, string>,
    start: number,
    ended: boolean,
  ): { readonly bytes: Buffer; readonly end: number } | string | undefined {
    if (status === 204 || status === 304) return { bytes: Buffer.alloc(0), end: start };
    if ((headers.get('transfer-encoding') ?? '').toLowerCase().includes('chunked'))
      return this.#chunks(start);
    const length = headers.get('content-length');
    if (length === undefined)
      return ended ? { bytes: this.#bytes.subarray(start), end: this.#bytes.length } : undefined;
    if (!/^\d+$/.test(length)) return `wrong content-length: ${length}`;
    const end = start + Number(length);
    return end <= this.#bytes.length ? { bytes: this.#bytes.subarray(start, end), end } : undefined;
  }

  #chunks(start: number): { readonly bytes: Buffer; readonly end: number } | string | undefined {
    const parts: Buffer[] = [];
    let at = start;
    for (;;) {
      const lineEnd = this.#bytes.indexOf('\r\n', at);
      if (lineEnd < 0) return undefined;
      const size = Number.parseInt(this.#bytes.toString('latin1', at, lineEnd), 16);
      if (Number.isNaN(size)) return 'wrong chunk size';
      const dataEnd = lineEnd + 2 + size;
      if (dataEnd + 2 > this.#bytes.length) return undefined;
      if (size === 0) return { bytes: Buffer.concat(parts), end: dataEnd + 2 };
      parts.push(this.#bytes.subarray(lineEnd + 2, dataEnd));
      at = dataEnd + 2;
    }
  }
}
