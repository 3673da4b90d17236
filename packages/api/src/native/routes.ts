/** The registry of the native API: every route is named here and nowhere found by itself. */
import type { RouteData } from '../route.ts';
import type { NativeContext } from './context.ts';
import { type GetOpenapiRoute, getOpenapi } from './get-openapi.ts';
import { type GetStatusRoute, getStatus } from './get-status.ts';
import { type GetTraceRoute, getTrace } from './get-trace.ts';
import { type ListOperationsRoute, listOperations } from './list-operations.ts';
import { type ListServicesRoute, listServices } from './list-services.ts';
import {
  type CheckPartRoute,
  checkPart,
  type InspectStoreRoute,
  inspectStore,
  type KeepSnapshotRoute,
  keepSnapshot,
  type ReleaseSnapshotRoute,
  releaseSnapshot,
  type TakeSnapshotRoute,
  takeSnapshot,
} from './maintenance.ts';
import { type RetryQuarantinedRoute, retryQuarantined } from './retry-quarantined.ts';
import { type PredicateSearchRoute, type SearchRoute, search, searchByPredicate } from './search.ts';
import { type SearchLogsRoute, searchLogs } from './search-logs.ts';

/** The types by which the client is derived. */
export type NativeRoutes = {
  readonly getTrace: GetTraceRoute;
  readonly search: SearchRoute;
  readonly searchByPredicate: PredicateSearchRoute;
  readonly searchLogs: SearchLogsRoute;
  readonly listServices: ListServicesRoute;
  readonly listOperations: ListOperationsRoute;
  readonly getStatus: GetStatusRoute;
  readonly retryQuarantined: RetryQuarantinedRoute;
  readonly takeSnapshot: TakeSnapshotRoute;
  readonly keepSnapshot: KeepSnapshotRoute;
  readonly releaseSnapshot: ReleaseSnapshotRoute;
  readonly inspectStore: InspectStoreRoute;
  readonly checkPart: CheckPartRoute;
  readonly getOpenapi: GetOpenapiRoute;
};

export const NATIVE_ROUTES: NativeRoutes = {
  getTrace,
  search,
  searchByPredicate,
  searchLogs,
  listServices,
  listOperations,
  getStatus,
  retryQuarantined,
  takeSnapshot,
  keepSnapshot,
  releaseSnapshot,
  inspectStore,
  checkPart,
  getOpenapi: getOpenapi(() => nativeRouteList()),
};

export function nativeRouteList(): readonly RouteData<NativeContext>[] {
  return Object.values(NATIVE_ROUTES);
}
