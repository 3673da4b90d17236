/** Metrics on their own port: `/metrics` for Prometheus, in whichever of its two formats the scraper asks for. */
import { textAnswer } from '../exchange.ts';
import { type NodeHandler, serve } from '../serve.ts';
import type { MetricsSource } from './metric-family.ts';
import { printMetrics } from './print-metrics.ts';

const TEXT = 'text/plain; version=0.0.4; charset=utf-8';
const OPENMETRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

export function createMetrics(source: MetricsSource, onFault?: (error: unknown) => void): NodeHandler {
  return serve(
    async (request) => {
      if (request.path !== '/metrics') return textAnswer(404, 'Metrics are at /metrics');
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        const answer = textAnswer(405, 'Only GET and HEAD are answered here');
        return { ...answer, headers: { ...answer.headers, allow: 'GET, HEAD' } };
      }
      const openMetrics = (request.header('accept') ?? '').includes('application/openmetrics-text');
      return {
        status: 200,
        headers: { 'content-type': openMetrics ? OPENMETRICS : TEXT },
        body: printMetrics(await source(), openMetrics ? 'openmetrics' : 'text'),
      };
    },
    onFault === undefined ? {} : { onFault },
  );
}
