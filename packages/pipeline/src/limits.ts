/** The bounds of this room that no setting changes, in one place. Those that a user sees are in the settings. */

/** A group is written early when it holds this many bytes. */
export const GROUP_BYTES_MAX: number = 8 * 1024 * 1024;
/** A segment of this size is closed after half of its interval: larger ones cost hardly less a row. */
export const SEGMENT_BYTES_LARGE: number = 16 * 1024 * 1024;
/** What an overloaded sender is told to wait. */
export const RETRY_AFTER_MS = 1000;
/** Shared values remembered as stored; beyond it the memory is cleared and rows are written again. */
export const KNOWN_SHARED_MAX = 100_000;
/** Pause between tries to insert a segment: doubles from the first to the last. */
export const INSERT_RETRY_FIRST_MS = 100;
export const INSERT_RETRY_LAST_MS = 5_000;
/** A segment that fails this often while others succeed is set aside. */
export const INSERT_TRIES_MAX = 8;
/** A worker that dies is started again after this pause, which doubles up to the last. */
export const WORKER_RESTART_FIRST_MS = 50;
export const WORKER_RESTART_LAST_MS = 5_000;
/** How many reasons for rejection are kept apart in the accounts. */
export const REASONS_MAX = 200;
/** After a segment could not be opened, requests are refused for this long without a look at the disk. */
export const OPEN_PAUSE_MS = 250;
/** Segments that wait for the engine, before senders are told to wait. */
export const SEGMENTS_WAITING_MAX = 100_000;
/** What each worker has in hand before further requests wait for their turn: about a tenth of a second of work. */
export const HANDED_BYTES_PER_WORKER: number = 8 * 1024 * 1024;
/** How much longer compressed bodies usually are once inflated. */
export const INFLATION_SUPPOSED = 8;
/** While the store is behind, a request is held so long at most before it is decoded, and the store looked at so often. */
export const HELD_MS_MAX = 500;
export const HELD_POLL_MS = 10;
/** A store that took nothing for so long is away rather than behind: holding senders would not help it. */
export const BEHIND_UNLESS_IDLE_MS = 5_000;
