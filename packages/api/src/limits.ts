/** What one request to the query side may cost. */

/** A JSON predicate is small; whatever is larger is a mistake. */
export const REQUEST_BODY_BYTES_MAX: number = 1024 * 1024;
/** Below this, compressing costs more than it saves. */
export const COMPRESS_BYTES_MIN = 1400;
export const STREAM_CHUNK_BYTES: number = 64 * 1024;
/** Spans that are encoded at once while a trace is streamed; fewer when they are large. */
export const STREAM_SPANS = 500;
export const STREAM_SPANS_BYTES: number = 1024 * 1024;
/** What all answers that are read, made and sent may take together. */
export const ANSWERS_BYTES_MAX: number = 384 * 1024 * 1024;
/** What Jaeger's adjustments keep of each span: its head, and what finds it by its id. */
export const HEAD_BYTES = 400;
/** A client that takes nothing of its answer for so long is given up. */
export const STALLED_CLIENT_MS = 120_000;
/** A trace of more spans is worked on in steps, with a turn for others after each. */
export const SPANS_AT_ONCE = 5_000;
/** Log records that come with a trace. */
export const TRACE_LOGS_MAX = 10_000;
/** Traces that are read at once while a list of whole traces is streamed; fewer when they are large. */
export const TRACES_IN_MEMORY = 20;
