/**
 * BodyPace: whether a body comes so slowly that its sender is cut off before the limit of time for whole requests.
 *
 * Honest slow links are not hurt. A body that holds more than a small body's memory and comes more slowly than this
 * pace would never be complete within the time for a request, so nothing is lost but the wait. A small body may come
 * as slowly as it likes, within that time, until memory is tight and it stands in the way of others; its sender is
 * then told to try again. Time counts only while this program looks: bytes that wait in the socket because the
 * program was busy are not the sender's fault.
 */
import type { BodyAccount, ByteBudget } from './byte-budget.ts';
import { PACE_BYTES_PER_SECOND, PACE_WINDOW_MS, SMALL_BODY_BYTES } from './limits.ts';

export class BodyPace {
  readonly #windowMs: number;
  #bytes = 0;
  #elapsedMs = 0;
  #seenMs: number;

  constructor(nowMs: number, windowMs: number = PACE_WINDOW_MS) {
    this.#seenMs = nowMs;
    this.#windowMs = windowMs;
  }

  arrived(bytes: number): void {
    this.#bytes += bytes;
  }

  /** To be asked at about every `intervalMs`; true when the last window was too slow. */
  isTooSlow(nowMs: number, intervalMs: number, account: BodyAccount, budget: ByteBudget): boolean {
    this.#elapsedMs += Math.min(nowMs - this.#seenMs, intervalMs * 2);
    this.#seenMs = nowMs;
    if (this.#elapsedMs < this.#windowMs) return false;
    const isSlow = this.#bytes * 1000 < PACE_BYTES_PER_SECOND * this.#elapsedMs;
    this.#bytes = 0;
    this.#elapsedMs = 0;
    return isSlow && account.held > 0 && (account.held > SMALL_BODY_BYTES || budget.isTight);
  }
}
