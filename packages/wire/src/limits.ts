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
