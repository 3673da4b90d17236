/**
 * The limits of this room. Sizes of whole requests are the receivers' to check before they call; what stands
 * here bounds how deep and how far a decoder walks whatever it is given.
 */

/** Bodies are walked with offsets that must stay small integers in every engine. */
export const BODY_BYTES_MAX: number = 0x3fff_fff0;

/** How deep arrays and maps may nest within an attribute value or a log body. */
export const VALUE_DEPTH_MAX = 64;

/** How deep unknown protobuf groups may nest before they are no longer skipped. */
export const GROUP_DEPTH_MAX = 32;

/** How deep JSON may nest; enough for values of VALUE_DEPTH_MAX, each level of which takes four levels of JSON. */
export const JSON_DEPTH_MAX: number = 4 * VALUE_DEPTH_MAX + 24;

/** How much of a sender's own text an error repeats. */
export const QUOTED_CHARS_MAX = 48;
