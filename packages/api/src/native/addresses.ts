/** Where the routes of the native API are: shared by the routes and by the client, which needs nothing else. */
import type { Address } from '../route.ts';

export const NATIVE_BASE = '/api/tracewright/v1';

export type NativeRouteId =
  | 'getTrace'
  | 'search'
  | 'searchByPredicate'
  | 'searchLogs'
  | 'listServices'
  | 'listOperations'
  | 'getStatus'
  | 'retryQuarantined'
  | 'takeSnapshot'
  | 'keepSnapshot'
  | 'releaseSnapshot'
  | 'inspectStore'
  | 'checkPart'
  | 'getOpenapi';

export const NATIVE_ADDRESSES: Readonly<Record<NativeRouteId, Address>> = {
  getTrace: { method: 'GET', path: '/traces/{id}' },
  search: { method: 'GET', path: '/search' },
  searchByPredicate: { method: 'POST', path: '/search' },
  searchLogs: { method: 'GET', path: '/logs' },
  listServices: { method: 'GET', path: '/services' },
  listOperations: { method: 'GET', path: '/operations' },
  getStatus: { method: 'GET', path: '/status' },
  retryQuarantined: { method: 'POST', path: '/quarantine/{segment}/retry' },
  takeSnapshot: { method: 'POST', path: '/snapshots' },
  keepSnapshot: { method: 'POST', path: '/snapshots/{snapshot}/keep' },
  releaseSnapshot: { method: 'POST', path: '/snapshots/{snapshot}/release' },
  inspectStore: { method: 'POST', path: '/check' },
  checkPart: { method: 'POST', path: '/check/part' },
  getOpenapi: { method: 'GET', path: '/openapi.json' },
};
