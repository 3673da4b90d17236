/**
 * ContextColumns: the columns of what all rows of one request, resource and scope have in common.
 *
 * Rows of one context are counted, and written at once when the context changes or the batch is looked at. The bytes
 * of a context are copied when its first row comes, so that nothing refers to the request after it.
 */
import { Column } from './column.ts';
import type { RowContext } from './row-context.ts';

const NO_CONTEXT: Uint8Array = new Uint8Array(0);

export class ContextColumns {
  readonly tenant: Column = new Column();
  readonly arrived: Column = new Column();
  readonly service: Column = new Column();
  readonly resourceId: Column = new Column();
  readonly scopeId: Column = new Column();
  readonly dialect: Column = new Column();
  readonly receiver: Column = new Column();
  readonly #columns: readonly Column[] = [
    this.tenant,
    this.arrived,
    this.service,
    this.resourceId,
    this.scopeId,
    this.dialect,
    this.receiver,
  ];
  /** One value for each column: that of the current context. */
  readonly #values: readonly Column[] = this.#columns.map(() => new Column(16));
  /** Rows of the current context that are not written yet. */
  #pending = 0;
  #tenant = NO_CONTEXT;
  #service = NO_CONTEXT;
  #dialect = NO_CONTEXT;
  #receiver = NO_CONTEXT;
  #arrivedMs = -1;
  #resourceIdLow = 0;
  #resourceIdHigh = 0;
  #scopeIdLow = 0;
  #scopeIdHigh = 0;

  row(context: RowContext): void {
    if (
      context.service !== this.#service ||
      context.scopeIdLow !== this.#scopeIdLow ||
      context.scopeIdHigh !== this.#scopeIdHigh ||
      context.resourceIdLow !== this.#resourceIdLow ||
      context.resourceIdHigh !== this.#resourceIdHigh ||
      context.arrivedMs !== this.#arrivedMs ||
      context.tenant !== this.#tenant ||
      context.dialect !== this.#dialect ||
      context.receiver !== this.#receiver
    ) {
      this.flush();
      this.#change(context);
    }
    this.#pending++;
  }

  /** Writes the rows that wait. */
  flush(): void {
    if (this.#pending === 0) return;
    for (let at = 0; at < this.#columns.length; at++)
      (this.#columns[at] as Column).repeat((this.#values[at] as Column).used(), this.#pending);
    this.#pending = 0;
  }

  /** Forgets the rows that wait, and what the context was: its bytes may be overwritten by others. */
  forget(): void {
    this.#pending = 0;
    this.#service = NO_CONTEXT;
    this.#arrivedMs = -1;
  }

  #change(context: RowContext): void {
    const [tenant, arrived, service, resourceId, scopeId, dialect, receiver] = this.#values as Seven;
    for (const value of this.#values) value.reset();
    tenant.string(context.tenant, 0, context.tenant.length);
    arrived.count(context.arrivedMs);
    service.string(context.service, 0, context.service.length);
    resourceId.u64(context.resourceIdLow, context.resourceIdHigh);
    scopeId.u64(context.scopeIdLow, context.scopeIdHigh);
    dialect.string(context.dialect, 0, context.dialect.length);
    receiver.string(context.receiver, 0, context.receiver.length);
    this.#tenant = context.tenant;
    this.#service = context.service;
    this.#dialect = context.dialect;
    this.#receiver = context.receiver;
    this.#arrivedMs = context.arrivedMs;
    this.#resourceIdLow = context.resourceIdLow;
    this.#resourceIdHigh = context.resourceIdHigh;
    this.#scopeIdLow = context.scopeIdLow;
    this.#scopeIdHigh = context.scopeIdHigh;
  }
}

type Seven = readonly [Column, Column, Column, Column, Column, Column, Column];
