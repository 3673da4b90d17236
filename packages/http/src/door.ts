/** Door: a listener as its component shows it: where it is found, and why it does not listen. */
import { ok, type Result } from '@tracewright/std';
import { type ListenAddress, urlOf } from './listen.ts';

export type DoorStatus = {
  readonly listening: boolean;
  /** Where it is found, or would be: `http://127.0.0.1:4318`. */
  readonly endpoint: string;
  /** Why it does not listen. */
  readonly error?: string;
};

type Listener = {
  listen(): Promise<Result<ListenAddress>>;
  address(): ListenAddress | undefined;
};

export class Door {
  readonly #listener: Listener;
  readonly #wanted: string;
  #error: string | undefined;

  constructor(listener: Listener, host: string, port: number) {
    this.#listener = listener;
    this.#wanted = urlOf(host, port);
  }

  /** May be called again after a failure. */
  async open(): Promise<Result<void>> {
    const listening = await this.#listener.listen();
    this.#error = listening.ok ? undefined : listening.failure.message;
    return listening.ok ? ok(undefined) : listening;
  }

  status(): DoorStatus {
    const address = this.#listener.address();
    return {
      listening: address !== undefined,
      endpoint: address?.url ?? this.#wanted,
      ...(this.#error === undefined ? {} : { error: this.#error }),
    };
  }
}
