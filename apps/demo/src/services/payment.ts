// Charges cards at a processor, whose answer takes a while.

import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { trace } from '@opentelemetry/api';
import { setClockSkew } from '../process/clock.ts';
import { HttpProblem } from '../process/http-problem.ts';
import { isFaultOn } from '../process/peers.ts';
import { createLog, runService } from '../process/run-service.ts';
import { refusalsInARow } from '../retry-storm.ts';

const log = createLog('payment');
const tracer = trace.getTracer('shop-payment', '1.9.7');
const skewMs = -3_000;
let charges = 0;
let refusals = 0;

class ProcessorError extends Error {
  override readonly name = 'ProcessorError';
}

function authorise(card: string, cents: number): Promise<string> {
  return tracer.startActiveSpan(
    'authorise card',
    { attributes: { 'shop.charge.cents': cents } },
    async (span) => {
      try {
        await sleep(8 + (cents % 17));
        charges += 1;
        if (isFaultOn('error-burst') && charges % 2 === 0)
          throw new ProcessorError('processor answered: internal error 4711');
        return createHash('sha256').update(`${card}:${cents}:${randomUUID()}`).digest('hex').slice(0, 12);
      } catch (error) {
        span.recordException(error as Error);
        span.setStatus({ code: 2, message: (error as Error).message });
        span.setAttribute('error.type', (error as Error).name);
        throw error;
      } finally {
        span.end();
      }
    },
  );
}

runService(
  {
    name: 'payment',
    onState: () => setClockSkew(isFaultOn('clock-skew') ? skewMs : 0),
    routes: [
      {
        method: 'POST',
        path: '/charges',
        handle: async ({ body }) => {
          const { card, cents } = (body ?? {}) as { card?: unknown; cents?: unknown };
          if (typeof card !== 'string' || typeof cents !== 'number') {
            throw new HttpProblem(400, 'a charge has a card and cents');
          }
          if (isFaultOn('retry-storm') && refusals < refusalsInARow) {
            refusals += 1;
            throw new HttpProblem(503, 'payment is over capacity, try again later');
          }
          refusals = 0;
          const authorisation = await authorise(card, cents);
          log.info({ cents, authorisation }, 'card charged');
          return { status: 201, body: { authorisation } };
        },
      },
    ],
  },
  log,
);
