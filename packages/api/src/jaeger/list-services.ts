/** GET /api/services. */
import { readOptions } from '../read-options.ts';
import { isPretty, type JaegerRoute } from './context.ts';
import { failureEnvelope, listAnswer } from './envelope.ts';

export const listServices: JaegerRoute = {
  address: { method: 'GET', path: '/api/services' },
  handle: async (request, _path, { reader, tenant }) => {
    const services = await reader.services(tenant, readOptions(request));
    if (!services.ok) return failureEnvelope(services.failure);
    return listAnswer(services.value, isPretty(request));
  },
};
