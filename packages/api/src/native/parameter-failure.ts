/** A refused parameter of the query room as a failure of a route. */
import type { ParameterError } from '@tracewright/query';
import { type Err, err, failure } from '@tracewright/std';
import type { RouteFailure } from '../failures.ts';

export function parameterFailure(error: ParameterError): Err<RouteFailure> {
  const { field, message, query } = error;
  return err({ ...failure('invalid', message), field, ...(query === undefined ? {} : { query }) });
}
