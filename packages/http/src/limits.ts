/**
 * Limits of every HTTP surface. They bound what one client may hold without having said anything useful yet;
 * what a request may weigh is the surface's own decision.
 */

/** All header lines of a request together; more is answered 431. */
export const HEADER_BYTES_MAX: number = 32 * 1024;

/** Header lines of a request; as many or more are answered 431. Each costs far more memory than its bytes. */
export const HEADER_LINES_MAX = 500;

/** How long a client may take for its header lines; longer is answered 408. */
export const HEADERS_TIMEOUT_MS = 15_000;

/** How long a client may take for a whole request, body included; longer is answered 408. */
export const REQUEST_TIMEOUT_MS = 60_000;

/** How often slow clients are looked for. */
export const CONNECTIONS_CHECK_INTERVAL_MS = 2_000;

/**
 * How long an idle connection stays. Exporters of metrics speak once a minute: a shorter time makes each of
 * their requests race with the end of its connection.
 */
export const KEEP_ALIVE_TIMEOUT_MS = 75_000;

/** Connections of one listener; further ones are closed at once. */
export const CONNECTIONS_MAX = 8_192;

/**
 * Requests that one connection may send ahead of their answers. Nobody who means well comes near it, and who never reads
 * would otherwise have requests without end in memory; such a connection is cut off.
 */
export const PIPELINED_MAX = 100;

/** Waiting connections that the kernel keeps before the program takes them. */
export const BACKLOG = 1_024;

/** How long requests in flight may go on once a listener closes. */
export const DRAIN_TIMEOUT_MS = 10_000;

/**
 * What is still read, and thrown away, after an answer that came before the end of the body. A connection that
 * is reset with unread bytes takes the answer with it, before the client could read it.
 */
export const LINGER_BYTES_MAX: number = 1024 * 1024;
export const LINGER_TIMEOUT_MS = 2_000;

/**
 * First piece of memory for a body: while memory is plenty, up to so much of what the client claims, or when it
 * claims nothing; and while it is not, whatever is claimed.
 */
export const BODY_FIRST_BYTES: number = 1024 * 1024;
export const BODY_FIRST_BYTES_UNKNOWN: number = 64 * 1024;
export const BODY_FIRST_BYTES_SCARCE: number = 16 * 1024;

/** Bodies that hold no more than this have a reserve of memory to themselves. */
export const SMALL_BODY_BYTES: number = 64 * 1024;

/** Slower than this, over each window of time, is too slow for a body that stands in the way of others. */
export const PACE_BYTES_PER_SECOND = 1_024;
export const PACE_WINDOW_MS = 10_000;
export const PACE_CHECK_INTERVAL_MS = 1_000;

/** How long the search for the holder of a port may take. */
export const PORT_HOLDER_TIMEOUT_MS = 2_000;

/**
 * How many bytes a gRPC client may send ahead on one stream and on one connection. The defaults of HTTP/2 would
 * make a message of a quarter of a megabyte wait for four round trips.
 */
export const STREAM_WINDOW_BYTES: number = 1024 * 1024;
export const CONNECTION_WINDOW_BYTES: number = 8 * 1024 * 1024;

/** Calls that one gRPC connection may have in flight; clients queue further ones themselves. */
export const STREAMS_MAX = 256;

/** Memory, in megabytes, that HTTP/2 may use for one connection besides the messages themselves. */
export const SESSION_MEMORY_MEGABYTES = 32;
