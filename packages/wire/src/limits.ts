/**
 * The limits of this room. Sizes of whole requests are the receivers' to check before they call; what stands
 * here bounds how deep and how far a decoder walks whatever it is given.
 */

/** Bodies are walked with offsets that must stay small integers in every engine. */
export const BODY_BYTES_MAX: number = 0x3fff_fff0;

/** How many spans or log records one request may hold; a trace of 100,000 spans passes in one. */
export const RECORDS_PER_REQUEST_MAX = 200_000;

/** How many resources one request may name, and how many scopes in all of them, used or not. */
export const RESOURCES_PER_REQUEST_MAX = 20_000;
export const SCOPES_PER_REQUEST_MAX = 20_000;

/** How many attributes one span or record may have, and how many events, links and attributes of these one span. */
export const ENTRIES_PER_RECORD_MAX = 1_000_000;

/**
 * How many bytes of columns one request may append: an empty record is 2 bytes in a request and about 200 in
 * columns, and a long service name is repeated in each row. It is passed by at most one record's bytes.
 */
export const COLUMN_BYTES_PER_REQUEST_MAX: number = 256 * 1024 * 1024;

/** How deep arrays and maps may nest within an attribute value or a log body. */
export const VALUE_DEPTH_MAX = 64;

/** How deep unknown protobuf groups may nest before they are no longer skipped. */
export const GROUP_DEPTH_MAX = 32;

/** How deep JSON may nest; enough for values of VALUE_DEPTH_MAX, each level of which takes four levels of JSON. */
export const JSON_DEPTH_MAX: number = 4 * VALUE_DEPTH_MAX + 24;

/** How much of a sender's own text an error repeats. */
export const QUOTED_CHARS_MAX = 48;
