/** GET /openapi.json: the description of this API, generated from the routes themselves. */
import { ok } from '@tracewright/std';
import { jsonAnswer } from '../exchange.ts';
import { describeRoutes } from '../openapi.ts';
import { defineRoute, type Route, type RouteData } from '../route.ts';
import { NATIVE_ADDRESSES, NATIVE_BASE } from './addresses.ts';
import type { NativeContext } from './context.ts';

export type GetOpenapiInput = Readonly<Record<never, never>>;
export type OpenapiJson = Readonly<Record<string, unknown>>;
export type GetOpenapiRoute = Route<GetOpenapiInput, OpenapiJson, NativeContext>;

/** The list comes as a function because this route is a part of it. */
export function getOpenapi(routes: () => readonly RouteData<NativeContext>[]): GetOpenapiRoute {
  return defineRoute<GetOpenapiInput, OpenapiJson, NativeContext>({
    id: 'getOpenapi',
    address: NATIVE_ADDRESSES.getOpenapi,
    summary: 'This description, as OpenAPI 3.1',
    parameters: {},
    answer: { summary: 'The document', json: { type: 'object', additionalProperties: true } },
    handle: async (_call, { version }) => ok(jsonAnswer(describeRoutes(routes(), NATIVE_BASE, version))),
  });
}
