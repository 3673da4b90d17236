/** Why a parameter of the native API was refused; `field` is the parameter's name. */
import { type Err, err } from '@tracewright/std';
import type { QueryError } from '../traceql/syntax.ts';

export type ParameterError = {
  readonly field: string;
  readonly message: string;
  /** Set when the parameter is an expression: where in it the fault lies, and what would be right. */
  readonly query?: Omit<QueryError, 'message'>;
};

/** `phrase` follows the field's name: `limit must be …`. */
export function refuseParameter(field: string, phrase: string): Err<ParameterError> {
  return err({ field, message: `${field} ${phrase}` });
}

export function refuseQuery(field: string, error: QueryError): Err<ParameterError> {
  const { message, ...query } = error;
  const hint = query.suggestion === undefined ? '' : `; did you mean ${query.suggestion}?`;
  const expected = query.expected === undefined ? '' : `, expected ${query.expected}`;
  return err({
    field,
    message: `${field}, position ${query.position + 1}: ${message}${expected}${hint}`,
    query,
  });
}
