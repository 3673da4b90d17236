/** What a receiver knows about a request beyond its bytes. Text is handed over as UTF-8, ready for the columns. */
export type IngestContext = {
  readonly tenant: Uint8Array;
  readonly arrivedMs: number;
  /** The listener that took the request. */
  readonly receiver: Uint8Array;
  /** The protocol that it spoke. */
  readonly dialect: Uint8Array;
};
