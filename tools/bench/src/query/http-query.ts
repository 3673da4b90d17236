// Asks one question over HTTP and measures from the first byte sent to the last byte received; parsing the answer
// is the asker's own work and not measured.

import { Agent, request } from 'node:http';
import { BenchFailure } from '../harness/bench-failure.ts';

export type TimedAnswer = { readonly elapsedMs: number; readonly status: number; readonly body: string };

/** Connections stay open between questions, as a browser's or a Grafana's do. */
const agent = new Agent({ keepAlive: true });

export type HttpQuestion = {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  /** Sent as JSON. */
  readonly body?: unknown;
};

export async function ask(question: HttpQuestion): Promise<TimedAnswer> {
  const body = question.body === undefined ? undefined : JSON.stringify(question.body);
  const startMs = performance.now();
  return await new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      reject(new BenchFailure(`Cannot ask ${question.url}: ${error.message}`));
    };
    const outgoing = request(
      question.url,
      {
        method: question.method,
        agent,
        timeout: 60_000,
        headers:
          body === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', fail);
        response.on('end', () => {
          const elapsedMs = performance.now() - startMs;
          resolve({
            elapsedMs,
            status: response.statusCode ?? 0,
            body: Buffer.concat(parts).toString('utf8'),
          });
        });
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer within 60 s')));
    outgoing.on('error', fail);
    outgoing.end(body);
  });
}

/** Closes the idle connections. */
export function closeConnections(): void {
  agent.destroy();
}
