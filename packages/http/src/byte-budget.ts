/**
 * ByteBudget: how much memory all unfinished bodies of a listener may take together. A limit for each body
 * alone would not bound what thousands of slow clients hold.
 *
 * Nobody can take all of it. An eighth is kept for small bodies, which are what most senders send, and one remote
 * address gets half, so that the senders of other addresses are served whatever one of them does. Half still holds
 * one body of the largest size, since a budget is made for two.
 */
import { SMALL_BODY_BYTES } from './limits.ts';
import { remoteKey } from './remote-key.ts';

const SMALL_RESERVE = 1 / 8;
const REMOTE_SHARE = 1 / 2;
const PLENTY = 1 / 4;
const TIGHT = 1 / 2;

/** What one body takes of a budget. */
export type BodyAccount = {
  /** What is taken now. */
  readonly held: number;
  /** Takes or gives back until `bytes` are held; false, and nothing done, when so much cannot be had. */
  hold(bytes: number): boolean;
};

export class ByteBudget {
  readonly #max: number;
  readonly #byRemote = new Map<string, number>();
  #taken = 0;

  constructor(bytesMax: number) {
    this.#max = bytesMax;
  }

  /** An account that holds nothing yet, for a body that comes from the address. */
  open(remoteAddress: string | undefined): BodyAccount {
    const remote = remoteKey(remoteAddress);
    const account = {
      held: 0,
      hold: (bytes: number): boolean => {
        const more = bytes - account.held;
        if (more > 0 && !this.#admits(more, bytes <= SMALL_BODY_BYTES, remote)) return false;
        this.#take(more, remote);
        account.held = bytes;
        return true;
      },
    };
    return account;
  }

  get taken(): number {
    return this.#taken;
  }

  /** So much is free that memory may be given for what is only claimed. */
  get isPlenty(): boolean {
    return this.#taken < this.#max * PLENTY;
  }

  /** So much is taken that slow senders are at the expense of others. */
  get isTight(): boolean {
    return this.#taken > this.#max * TIGHT;
  }

  #admits(more: number, isSmall: boolean, remote: string): boolean {
    const reserve = this.#max * SMALL_RESERVE;
    const ofRemote = (this.#byRemote.get(remote) ?? 0) + more;
    // A small body of an address whose large ones took its half is still served.
    const share = this.#max * REMOTE_SHARE + (isSmall ? reserve / 2 : 0);
    return ofRemote <= share && this.#taken + more <= (isSmall ? this.#max : this.#max - reserve);
  }

  #take(more: number, remote: string): void {
    this.#taken += more;
    const ofRemote = (this.#byRemote.get(remote) ?? 0) + more;
    if (ofRemote === 0) this.#byRemote.delete(remote);
    else this.#byRemote.set(remote, ofRemote);
  }
}
