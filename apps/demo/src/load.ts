// The customers: act at a steady rate, as people would who look around, search, fill a cart and sometimes buy; each
// action sends one or more requests to the frontend. Actions start when they are due, however slow the shop is (otherwise a slow shop would
// look like a quiet one), up to a limit beyond which they are skipped and counted.

import { setTimeout as sleep } from 'node:timers/promises';

export interface LoadTotals {
  /** What customers began to do; one action is one request, or several for an order. */
  readonly actions: number;
  /** Requests. */
  readonly sent: number;
  /** Answers with 5xx, and requests that failed without an answer. */
  readonly failed: number;
  readonly orders: number;
  /** Actions not begun, for too many were under way. */
  readonly skipped: number;
}

/** A trace that a customer caused, by what was asked. */
export interface SeenTrace {
  readonly traceId: string;
  readonly action: ActionName;
  readonly status: number;
  readonly durationMs: number;
}

export type ActionName = 'browse' | 'product' | 'search' | 'checkout';

export interface LoadOptions {
  /** Where the frontend answers now; undefined while it is being restarted. */
  readonly frontend: () => string | undefined;
  readonly actionsPerSecond: number;
  /** Called for each answer that names its trace. */
  readonly onTrace: (seen: SeenTrace) => void;
}

const underWayMax = 64;
const answerDeadlineMs = 20_000;
const tickMs = 20;

/** What customers do, with how often out of a hundred. */
const actions: readonly (readonly [ActionName, number])[] = [
  ['browse', 30],
  ['product', 30],
  ['search', 15],
  ['checkout', 25],
];
const categories = ['lamps', 'chairs', 'tables', 'shelves', 'rugs', 'plants', 'mirrors', 'clocks'];
const words = ['sturdy', 'lovely', 'wobbly', 'bright', 'soft', 'heavy', 'quiet', 'elegant', 'wood', 'gift'];

export class Load {
  readonly #options: LoadOptions;
  readonly #durations: number[] = [];
  #rate: number;
  #totals = { actions: 0, sent: 0, failed: 0, orders: 0, skipped: 0 };
  #underWay = new Set<Promise<void>>();
  #customers = 0;
  #stopped = false;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#rate = options.actionsPerSecond;
  }

  get totals(): LoadTotals {
    return { ...this.#totals };
  }

  get rate(): number {
    return this.#rate;
  }

  set rate(actionsPerSecond: number) {
    this.#rate = actionsPerSecond;
  }

  /** The durations of answers since the last call, in milliseconds, sorted. */
  takeDurations(): readonly number[] {
    return this.#durations.splice(0).sort((a, b) => a - b);
  }

  /** Sends until stopped; resolves when the last answer is there. */
  async run(): Promise<void> {
    let due = 0;
    let before = performance.now();
    while (!this.#stopped) {
      const now = performance.now();
      due += ((now - before) / 1000) * this.#rate;
      before = now;
      for (; due >= 1; due -= 1) this.#begin();
      await sleep(tickMs);
    }
    await Promise.all(this.#underWay);
  }

  stop(): void {
    this.#stopped = true;
  }

  #begin(): void {
    if (this.#underWay.size >= underWayMax) {
      this.#totals.skipped += 1;
      return;
    }
    this.#totals.actions += 1;
    const action = this.#act(pickAction()).finally(() => this.#underWay.delete(action));
    this.#underWay.add(action);
  }

  async #act(action: ActionName): Promise<void> {
    switch (action) {
      case 'browse':
        return void (await this.#send(action, 'GET', `/products?category=${pick(categories)}`));
      case 'product':
        // Now and then someone follows a dead link.
        return void (await this.#send(action, 'GET', `/products/${1 + Math.floor(Math.random() * 203)}`));
      case 'search':
        return void (await this.#send(action, 'GET', `/search?q=${pick(words)}`));
      case 'checkout':
        return this.#buy();
    }
  }

  async #buy(): Promise<void> {
    this.#customers += 1;
    const cart = `customer-${process.pid}-${this.#customers}`;
    const first = Math.floor(Math.random() * 150);
    const items = 2 + Math.floor(Math.random() * 3);
    for (let item = 0; item < items && !this.#stopped; item += 1) {
      const body = { productId: 1 + first + item * 11, quantity: 1 + (item % 2) };
      await this.#send('checkout', 'POST', `/carts/${cart}/items`, body, false);
    }
    const status = await this.#send('checkout', 'POST', `/carts/${cart}/checkout`, {
      number: '4111 1111 1111 1111',
    });
    if (status === 201) this.#totals.orders += 1;
  }

  async #send(
    action: ActionName,
    method: string,
    path: string,
    body?: unknown,
    tells = true,
  ): Promise<number | undefined> {
    const began = performance.now();
    this.#totals.sent += 1;
    try {
      const frontend = this.#options.frontend();
      if (frontend === undefined) throw new Error('the frontend is being restarted');
      const response = await fetch(frontend + path, {
        method,
        signal: AbortSignal.timeout(answerDeadlineMs),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      await response.arrayBuffer();
      const durationMs = performance.now() - began;
      this.#durations.push(durationMs);
      if (response.status >= 500) this.#totals.failed += 1;
      const traceId = /00-([0-9a-f]{32})-/.exec(response.headers.get('server-timing') ?? '')?.[1];
      if (tells && traceId !== undefined)
        this.#options.onTrace({ traceId, action, status: response.status, durationMs });
      return response.status;
    } catch {
      this.#totals.failed += 1;
      return undefined;
    }
  }
}

function pickAction(): ActionName {
  let at = Math.random() * 100;
  for (const [action, share] of actions) {
    at -= share;
    if (at < 0) return action;
  }
  return 'browse';
}

function pick(choices: readonly string[]): string {
  return choices[Math.floor(Math.random() * choices.length)] ?? '';
}
