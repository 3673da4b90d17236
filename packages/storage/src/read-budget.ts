/**
 * ReadBudget: how much memory the answers that are read, made and sent may take together.
 *
 * What an answer takes stands on its account from its first rows until it has been sent. Small answers are served
 * from a reserve, whatever the large ones do. A large one that finds no room waits in line, first come, first
 * served, and holds only what it uses meanwhile, so that those that wait do not wait for each other. An answer that
 * has begun, which can no longer be refused in words, goes before those that have not.
 */
import { assert, err, failure, ok, type Result } from '@tracewright/std';

/** What an answer may take of the reserve. */
export const SMALL_ANSWER_BYTES: number = 2 * 1024 * 1024;
const RESERVE = 1 / 8;
/** Above this share, answers are looked at before they are read whole. */
const TIGHT = 1 / 2;
const WAITING_MAX = 256;
const RETRY_AFTER_MS = 2000;
const MEBIBYTE = 1024 * 1024;

/** `bytes` is what the account will hold beside what it uses. */
type Waiter = { readonly bytes: number; readonly account: ReadAccount; readonly grant: () => void };
type WaitBounds = { readonly deadlineMs: number; readonly signal?: AbortSignal };

export class ReadBudget {
  readonly bytesMax: number;
  /** What large answers may take together. */
  readonly largeBytesMax: number;
  #line: Waiter[] = [];
  #taken = 0;
  #peak = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
    this.largeBytesMax = Number.isFinite(bytesMax) ? Math.floor(bytesMax * (1 - RESERVE)) : bytesMax;
  }

  get taken(): number {
    return this.#taken;
  }

  /** The most that was ever taken. */
  get peak(): number {
    return this.#peak;
  }

  get waiting(): number {
    return this.#line.length;
  }

  get isTight(): boolean {
    return this.#line.length > 0 || this.#taken > this.largeBytesMax * TIGHT;
  }

  /** An account that holds nothing yet, for one answer; to be closed when the answer is out. */
  open(): ReadAccount {
    return new ReadAccount(this);
  }

  /** For the account alone: whether it may hold `bytes` more. */
  admits(account: ReadAccount, bytes: number): boolean {
    const isSmall = account.held + bytes <= SMALL_ANSWER_BYTES;
    if (isSmall) return this.#taken + bytes <= this.bytesMax;
    // Nobody overtakes the line, but who is past it already need not go back.
    if (this.#line.length > 0 && account.held <= SMALL_ANSWER_BYTES) return false;
    return this.#taken + bytes <= this.largeBytesMax;
  }

  /** For the account alone. */
  move(bytes: number): void {
    this.#taken += bytes;
    this.#peak = Math.max(this.#peak, this.#taken);
    assert(this.#taken >= 0, 'No answer gives back what it did not take');
    if (bytes < 0) this.#serve();
  }

  /** For the account alone: waits until it may hold `bytes` beside what it uses, and gives back the rest. */
  wait(account: ReadAccount, bytes: number, { deadlineMs, signal }: WaitBounds): Promise<Result<void>> {
    const total = account.used + bytes;
    if (total > this.largeBytesMax) return Promise.resolve(err(failure('resource', this.#tooLarge(total))));
    if (signal?.aborted === true) return Promise.resolve(err(failure('cancelled', 'The asker went away')));
    if (this.#line.length >= WAITING_MAX) {
      return Promise.resolve(overloaded('Too many large answers wait for memory'));
    }
    return new Promise((resolve) => {
      const leave = (result: Result<void>): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
        this.#line = this.#line.filter((one) => one !== waiter);
        resolve(result);
        this.#serve();
      };
      const waiter: Waiter = { bytes, account, grant: () => leave(ok(undefined)) };
      const abort = (): void => leave(err(failure('cancelled', 'The asker went away')));
      const timer = setTimeout(
        () => leave(overloaded(`Other large answers took all memory for ${Math.ceil(deadlineMs)} ms`)),
        deadlineMs,
      );
      signal?.addEventListener('abort', abort, { once: true });
      const begun = this.#line.filter((one) => one.account.hasBegun).length;
      this.#line.splice(account.hasBegun ? begun : this.#line.length, 0, waiter);
      // From its place in the line, so that nobody behind it gets what it gives back.
      account.release();
      this.#serve();
    });
  }

  #serve(): void {
    const next = this.#line[0];
    if (next === undefined || this.#taken + next.bytes > this.largeBytesMax) return;
    this.#line.shift();
    next.account.grant(next.bytes);
    next.grant();
  }

  #tooLarge(bytes: number): string {
    const [wanted, most] = [bytes, this.largeBytesMax].map((each) => Math.ceil(each / MEBIBYTE));
    return `The answer takes about ${wanted} MiB of memory, and all answers together have ${most} MiB: ask for less`;
  }
}

/** What one answer takes. What it holds and does not use is room that it was promised. */
export class ReadAccount {
  readonly #budget: ReadBudget;
  #held = 0;
  #used = 0;
  #hasBegun = false;
  #closed = false;

  constructor(budget: ReadBudget) {
    this.#budget = budget;
  }

  get held(): number {
    return this.#held;
  }

  get used(): number {
    return this.#used;
  }

  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** No answer can have more than this. */
  get bytesMax(): number {
    return this.#budget.largeBytesMax;
  }

  /** So much is taken by others that a large answer will hardly find room at once. */
  get isTight(): boolean {
    return this.#budget.isTight;
  }

  /** Takes more at once; false, and nothing taken, when so much cannot be had. */
  take(bytes: number): boolean {
    if (this.#closed) return false;
    const more = Math.max(0, this.#used + bytes - this.#held);
    if (more > 0 && !this.#budget.admits(this, more)) return false;
    if (more > 0) this.grant(more);
    this.#used += bytes;
    return true;
  }

  /** No longer uses some of what it took, and goes on holding it. */
  drop(bytes: number): void {
    if (this.#closed) return;
    this.#used -= bytes;
    assert(this.#used >= 0, 'An answer drops what it took');
  }

  /** Waits in line until `bytes` more can be used. */
  async wait(bytes: number, bounds: WaitBounds): Promise<Result<void>> {
    if (this.#hasBegun && this.#used + bytes <= this.#held) return ok(undefined);
    const waited = await this.#budget.wait(this, bytes, bounds);
    // Whoever has gone meanwhile holds nothing.
    if (this.#closed) this.#hold(0);
    return waited;
  }

  /** For the budget: so much more is held. */
  grant(bytes: number): void {
    this.#hold(this.#held + bytes);
  }

  /** For the budget: holds no more than it uses. */
  release(): void {
    this.#hold(this.#used);
  }

  /** The answer has begun: from here on it can be broken, but not refused. */
  begin(): void {
    this.#hasBegun = true;
  }

  close(): void {
    this.#closed = true;
    this.#used = 0;
    this.#hold(0);
  }

  #hold(bytes: number): void {
    const change = bytes - this.#held;
    this.#held = bytes;
    if (change !== 0) this.#budget.move(change);
  }
}

export function overloaded(reason: string): Result<never> {
  return err(failure('overloaded', reason, { retryAfterMs: RETRY_AFTER_MS }));
}
