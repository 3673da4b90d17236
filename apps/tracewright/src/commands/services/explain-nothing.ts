/**
 * Why an answer is empty, as far as the list of services tells: nothing has arrived at all, or no service has
 * that name.
 */
import { nearestName } from '@tracewright/config';
import type { Connection } from '../../cli/connect.ts';
import { visible } from '../../cli/display-text.ts';

export const nothingYet =
  'Nothing has arrived yet; point an OpenTelemetry SDK at port 4317 (gRPC) or 4318 (HTTP).';

/** `otherwise` where both are well, or the list cannot be had: it is only a help. */
export async function explainNothing(
  server: Connection,
  service: string | undefined,
  otherwise: string,
): Promise<string> {
  const answer = await server.ask('services', (client, how) => client.listServices({}, how));
  if (!answer.ok) return otherwise;
  const { services } = answer.value;
  if (services.length === 0) return nothingYet;
  if (service === undefined || services.includes(service)) return otherwise;
  const nearest = nearestName(service, services);
  const hint =
    nearest === undefined ? '"tracewright services" lists them' : `did you mean ${visible(nearest)}?`;
  return `${otherwise} No service is called ${visible(service)}; ${hint}`;
}
