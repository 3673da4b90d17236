/**
 * Result: the value of anything that may fail on bad input.
 *
 * Decoders, parsers and I/O at the rim return a Result and never throw for what a sender, a user or the
 * engine did; exceptions are kept for programmers' errors.
 */
import type { Failure } from './failure.ts';

export type Ok<T> = { readonly ok: true; readonly value: T };
export type Err<F> = { readonly ok: false; readonly failure: F };
export type Result<T, F = Failure> = Ok<T> | Err<F>;

export function ok<T>(value: T): Ok<T> {
  return { ok: true, value };
}

export function err<F>(failure: F): Err<F> {
  return { ok: false, failure };
}
