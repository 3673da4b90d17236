/**
 * Groups spans or log records as OTLP frames them: by resource and in it by scope, both told apart by object
 * identity, in the order in which they first appear.
 */
import type { Resource, Scope } from '@tracewright/model';

export type ScopeGroup<R> = { readonly scope: Scope; readonly records: R[] };
export type ResourceGroup<R> = { readonly resource: Resource; readonly scopes: readonly ScopeGroup<R>[] };

export function groupRecords<R extends { readonly resource: Resource; readonly scope: Scope }>(
  records: readonly R[],
): ResourceGroup<R>[] {
  const resources = new Map<Resource, Map<Scope, ScopeGroup<R>>>();
  for (const record of records) {
    let scopes = resources.get(record.resource);
    if (scopes === undefined) {
      scopes = new Map();
      resources.set(record.resource, scopes);
    }
    const group = scopes.get(record.scope);
    if (group === undefined) scopes.set(record.scope, { scope: record.scope, records: [record] });
    else group.records.push(record);
  }
  return [...resources].map(([resource, scopes]) => ({ resource, scopes: [...scopes.values()] }));
}
