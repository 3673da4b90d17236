/** GET /services: names of everything that ever sent spans or logs. */
import { ok } from '@tracewright/std';
import { jsonAnswer } from '../exchange.ts';
import { readOptions } from '../read-options.ts';
import { defineRoute, type Route } from '../route.ts';
import { NATIVE_ADDRESSES } from './addresses.ts';
import type { ServicesJson } from './answers.ts';
import type { NativeContext } from './context.ts';
import { SERVICES_SCHEMA } from './schemas.ts';

export type ListServicesInput = Readonly<Record<never, never>>;
export type ListServicesRoute = Route<ListServicesInput, ServicesJson, NativeContext>;

export const listServices: ListServicesRoute = defineRoute<ListServicesInput, ServicesJson, NativeContext>({
  id: 'listServices',
  address: NATIVE_ADDRESSES.listServices,
  summary: 'Names of the services, sorted',
  parameters: {},
  answer: { summary: 'The names', json: SERVICES_SCHEMA },
  failures: ['unavailable', 'deadline'],
  handle: async ({ request }, { reader, tenant }) => {
    const services = await reader.services(tenant, readOptions(request));
    return services.ok ? ok(jsonAnswer({ services: services.value })) : services;
  },
});
