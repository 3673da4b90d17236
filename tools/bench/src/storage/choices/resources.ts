// Where a span's resource lies: a 64-bit reference into a table of resources is in use.

import { resourcesOf, SERVICES } from '../../generate/shop-resources.ts';
import type { Attribute } from '../../generate/workload.ts';
import { type Choice, IN_USE, type Variant } from '../variants.ts';

function textOf({ value }: Attribute): string {
  return value.kind === 'string' ? value.text : '';
}

/**
 * The twelve attributes of a resource of the same service, as a literal by service. Decoding them for each span and
 * the larger segments are not counted, so what is measured is a lower bound.
 */
function resourceMap(): string {
  const { resources, instancesPerService } = resourcesOf(1, 12);
  const arms = SERVICES.map((service, index) => {
    const instances = resources.slice(index * instancesPerService, (index + 1) * instancesPerService);
    const maps = instances.map(
      ({ attributes }) => `map(${attributes.map((each) => `'${each.key}', '${textOf(each)}'`).join(', ')})`,
    );
    return `service = '${service}', [${maps.join(', ')}][resource_id % ${maps.length} + 1]`;
  });
  return `multiIf(${arms.join(', ')}, map('', ''))`;
}

function inRow(name: string, what: string, type: string): Variant {
  return {
    ...IN_USE,
    name,
    what,
    table: (table) => ({
      ...table,
      columns: new Map([...table.columns, ['resource', `${type} CODEC(ZSTD(1))`]]),
      indexes: [
        ...table.indexes,
        'INDEX i_resource_values mapValues(resource) TYPE bloom_filter(0.01) GRANULARITY 1',
      ],
    }),
    source: (column) => (column === 'resource' ? resourceMap() : column),
  };
}

export const resourcesChoice: Choice = {
  name: 'resources',
  summary: "where a span's resource lies",
  spans: 1_000_000,
  variants: [
    IN_USE,
    inRow(
      'dictionary-map-in-row',
      'and its 12 attributes in each row, Map(LowCardinality(String), LowCardinality(String))',
      'Map(LowCardinality(String), LowCardinality(String))',
    ),
    inRow(
      'map-in-row',
      'and its 12 attributes in each row, Map(LowCardinality(String), String)',
      'Map(LowCardinality(String), String)',
    ),
  ],
};
