// The shop's services and the resources their instances send: three instances of each of ten services.

import { Random } from './random.ts';
import { type Attribute, type ResourceShape, text } from './workload.ts';

/** In the order of their traffic. */
export const SERVICES: readonly string[] = [
  'storefront',
  'checkout',
  'catalog',
  'pricing',
  'inventory',
  'payment',
  'shipping',
  'recommendation',
  'mailer',
  'fraud-check',
];

const INSTANCES_PER_SERVICE = 3;
const LANGUAGES = ['nodejs', 'go', 'java', 'python'] as const;
const REGIONS = ['eu-central-1', 'eu-west-1', 'us-east-1'] as const;

export function resourcesOf(
  seed: number,
  attributeCount: number,
): { readonly resources: readonly ResourceShape[]; readonly instancesPerService: number } {
  const resources: ResourceShape[] = [];
  SERVICES.forEach((service, index) => {
    for (let instance = 0; instance < INSTANCES_PER_SERVICE; instance++) {
      const random = new Random(seed, 3, index, instance);
      const language = LANGUAGES[index % LANGUAGES.length] ?? 'nodejs';
      resources.push({
        attributes: resourceAttributes(service, language, instance, random, attributeCount),
        scope: { name: `@opentelemetry/instrumentation-${language}`, version: `0.${50 + index}.0` },
      });
    }
  });
  return { resources, instancesPerService: INSTANCES_PER_SERVICE };
}

function resourceAttributes(
  service: string,
  language: string,
  instance: number,
  random: Random,
  count: number,
): readonly Attribute[] {
  const token = random.bits().toString(16).padStart(8, '0');
  const known: readonly Attribute[] = [
    text('service.name', service),
    text('service.version', `2.${random.below(12)}.${random.below(40)}`),
    text('service.instance.id', `${service}-${token}`),
    text('service.namespace', 'shop'),
    text('deployment.environment.name', 'production'),
    text('host.name', `node-${random.below(24)}`),
    text('k8s.pod.name', `${service}-5d9c7b8f6-${token.slice(0, 5)}`),
    text('k8s.namespace.name', 'shop-production'),
    text('cloud.provider', 'aws'),
    text('cloud.region', REGIONS[instance % REGIONS.length] ?? REGIONS[0]),
    text('telemetry.sdk.language', language),
    text('telemetry.sdk.name', 'opentelemetry'),
  ];
  const more = Array.from({ length: Math.max(0, count - known.length) }, (_, extra) =>
    text(`shop.label.${String(extra).padStart(2, '0')}`, `label-${random.below(8)}`),
  );
  // A span without a service is found by no search; the name is always sent.
  return [...known, ...more].slice(0, Math.max(1, count));
}
