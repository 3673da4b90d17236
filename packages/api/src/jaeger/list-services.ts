/** GET /api/services. */
import { READ_DEADLINE_MS } from '../limits.ts';
import { isPretty, type JaegerRoute } from './context.ts';
import { failureEnvelope, listAnswer } from './envelope.ts';

export const listServices: JaegerRoute = {
  address: { method: 'GET', path: '/api/services' },
  handle: async (request, _path, { reader, tenant }) => {
    const services = await reader.services(tenant, { signal: request.signal, deadlineMs: READ_DEADLINE_MS });
    if (!services.ok) return failureEnvelope(services.failure);
    return listAnswer(services.value, isPretty(request));
  },
};
