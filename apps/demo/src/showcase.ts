// The commands that show what the shop has produced, with ids of traces that really exist: the last orders, and
// the last of what went wrong.

import { findFault } from './faults.ts';
import type { SeenTrace } from './load.ts';

export class Showcase {
  #order: SeenTrace | undefined;
  #failure: SeenTrace | undefined;
  #slowest: SeenTrace | undefined;

  get hasOrder(): boolean {
    return this.#order !== undefined;
  }

  add(seen: SeenTrace): void {
    if (seen.action === 'checkout' && seen.status === 201) this.#order = seen;
    if (seen.status >= 500) this.#failure = seen;
    if (seen.durationMs > (this.#slowest?.durationMs ?? 0)) this.#slowest = seen;
  }

  print(): string {
    const lines = [
      'What to look at:',
      '  curl -s -G http://localhost:16686/api/traces --data-urlencode "service=checkout"',
      '  npx tracewright services',
      '  npx tracewright search --service checkout',
      // Every failure that customers see is one of the frontend; before the first it takes a fault to find any.
      this.#failure === undefined
        ? `  npx tracewright search ${findFault('error-burst')?.search}    # with error-burst on`
        : '  npx tracewright search --service frontend --errors',
    ];
    const order = this.#order;
    if (order !== undefined) {
      lines.push(`  npx tracewright trace ${order.traceId}    # an order`);
      lines.push(`  npx tracewright logs --trace ${order.traceId}`);
      lines.push(`  curl -s http://localhost:16686/api/traces/${order.traceId}`);
    }
    if (this.#failure !== undefined) {
      lines.push(`  npx tracewright trace ${this.#failure.traceId}    # failed with ${this.#failure.status}`);
    }
    if (this.#slowest !== undefined) {
      const { traceId, action, durationMs } = this.#slowest;
      lines.push(
        `  npx tracewright trace ${traceId}    # the slowest: ${action}, ${Math.round(durationMs)} ms`,
      );
    }
    return lines.join('\n');
  }
}
