/** What a query may cost before it runs: every parser of this room refuses more than this. */

/** Characters of a query in any language. */
export const QUERY_CHARS_MAX: number = 128 * 1024;
/** Parentheses, negations and nodes of a predicate tree inside each other. */
export const QUERY_DEPTH_MAX = 64;
/** Comparisons of one query; each becomes at most six nodes of a plan. */
export const QUERY_CONDITIONS_MAX = 150;
export const PATTERN_CHARS_MAX: number = 8 * 1024;
/** RE2 refuses to repeat more often. */
export const PATTERN_REPEAT_MAX = 1000;
/** Traces, spans or logs of one page. */
export const PAGE_ROWS_MAX = 1000;
export const PAGE_ROWS_DEFAULT = 20;
/** Repeated parameters of one request. */
export const REPEATED_PARAMETERS_MAX = 100;
/** Times are unsigned 64-bit nanoseconds. */
export const NANO_MAX: bigint = 2n ** 64n - 1n;
