/**
 * Health on its own port: `/status` in the shape of the OpenTelemetry Collector's health check, which Jaeger
 * serves too, and `/live` and `/ready` apart, as orchestrators ask.
 *
 * Live means that this process answers; nothing it waits for may turn that into a restart. Ready means that the
 * store is open and the listeners are up.
 */

import type { ApiAnswer, ApiRequest } from '../exchange.ts';
import { textAnswer } from '../exchange.ts';
import { type NodeHandler, serve } from '../serve.ts';

export type HealthComponent = {
  readonly id: string;
  readonly healthy: boolean;
  /** What it waits for, or why it fails. */
  readonly error?: string;
  /** Since when it is so. */
  readonly sinceUnixMs: number;
};

export type HealthReport = {
  readonly state: 'starting' | 'ready' | 'degraded' | 'stopping';
  readonly startedUnixMs: number;
  /** Since when the state holds. */
  readonly sinceUnixMs: number;
  readonly components: readonly HealthComponent[];
};

/** Never fails and never waits. */
export type HealthSource = () => HealthReport;

const STATUS: Readonly<Record<HealthReport['state'], string>> = {
  starting: 'StatusStarting',
  ready: 'StatusOK',
  degraded: 'StatusRecoverableError',
  stopping: 'StatusStopping',
};

export function createHealth(source: HealthSource): NodeHandler {
  return serve(async (request) => answerHealth(request, source));
}

function answerHealth(request: ApiRequest, source: HealthSource): ApiAnswer {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    const answer = textAnswer(405, 'Only GET and HEAD are answered here');
    return { ...answer, headers: { ...answer.headers, allow: 'GET, HEAD' } };
  }
  switch (request.path) {
    case '/status':
      return statusAnswer(source(), request.query.has('verbose') && request.query.get('verbose') !== 'false');
    case '/live':
    case '/livez':
      return json(200, { live: true });
    case '/ready':
    case '/readyz': {
      const report = source();
      const ready = report.state === 'ready';
      const waiting = report.components
        .filter((component) => !component.healthy)
        .map(({ id, error }) => (error === undefined ? id : `${id}: ${error}`));
      return json(ready ? 200 : 503, {
        ready,
        state: report.state,
        ...(waiting.length === 0 ? {} : { waiting }),
      });
    }
    default:
      return textAnswer(404, 'Health is at /status, /live and /ready');
  }
}

function statusAnswer(report: HealthReport, verbose: boolean): ApiAnswer {
  const healthy = report.state === 'ready';
  const failing = report.components.find((component) => !component.healthy);
  return json(healthy ? 200 : 503, {
    start_time: time(report.startedUnixMs),
    healthy,
    status: STATUS[report.state],
    ...(report.state === 'degraded' && failing?.error !== undefined ? { error: failing.error } : {}),
    status_time: time(report.sinceUnixMs),
    ...(verbose
      ? {
          components: Object.fromEntries(
            report.components.map((component) => [
              component.id,
              {
                healthy: component.healthy,
                status: component.healthy
                  ? STATUS.ready
                  : STATUS[report.state === 'starting' ? 'starting' : 'degraded'],
                ...(component.error === undefined ? {} : { error: component.error }),
                status_time: time(component.sinceUnixMs),
              },
            ]),
          ),
        }
      : {}),
  });
}

function json(status: number, value: unknown): ApiAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    body: JSON.stringify(value),
  };
}

function time(unixMs: number): string {
  return new Date(unixMs).toISOString();
}
