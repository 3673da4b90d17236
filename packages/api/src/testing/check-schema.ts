/** Checks a JSON value against the words of JSON Schema that this room uses; any other word is an error. */

const KNOWN = new Set([
  'type',
  'properties',
  'required',
  'items',
  'enum',
  'pattern',
  'minimum',
  'maximum',
  'format',
  'description',
  'examples',
  'additionalProperties',
  'default',
]);
const TYPES = new Set(['string', 'integer', 'number', 'boolean', 'array', 'object']);

type Json = Readonly<Record<string, unknown>>;

/** What is wrong with a schema itself, by path. */
export function checkSchema(schema: unknown, path: string = '$'): string[] {
  if (typeof schema !== 'object' || schema === null) return [`${path} is no schema`];
  const { type, properties, required, items, pattern } = schema as Json;
  const problems = Object.keys(schema)
    .filter((word) => !KNOWN.has(word))
    .map((word) => `${path} has the word ${word}`);
  if (type !== undefined && !TYPES.has(String(type))) problems.push(`${path} has the type ${String(type)}`);
  if (type === 'array') problems.push(...checkSchema(items, `${path}[]`));
  if (typeof pattern === 'string') new RegExp(pattern, 'u');
  const names = Object.keys((properties ?? {}) as Json);
  for (const name of (required ?? []) as readonly string[]) {
    if (!names.includes(name)) problems.push(`${path} requires ${name}, which is no property`);
  }
  for (const [name, property] of Object.entries((properties ?? {}) as Json)) {
    problems.push(...checkSchema(property, `${path}.${name}`));
  }
  return problems;
}

/** Where a value does not fit; properties that the schema does not name count as misfits, unless it allows any. */
export function checkValue(value: unknown, schema: unknown, path: string = '$'): string[] {
  const { type, properties, required, items, pattern, minimum, maximum, additionalProperties, ...rest } =
    schema as Json;
  const choices = rest['enum'] as readonly unknown[] | undefined;
  if (choices !== undefined && !choices.includes(value))
    return [`${path} is not one of ${choices.join(', ')}`];
  switch (type) {
    case undefined:
      return [];
    case 'string':
      if (typeof value !== 'string') return [`${path} is no string`];
      return typeof pattern === 'string' && !new RegExp(pattern, 'u').test(value)
        ? [`${path} does not match ${pattern}`]
        : [];
    case 'boolean':
      return typeof value === 'boolean' ? [] : [`${path} is no boolean`];
    case 'integer':
    case 'number':
      if (typeof value !== 'number' || (type === 'integer' && !Number.isInteger(value)))
        return [`${path} is no ${type}`];
      return value < Number(minimum ?? -Infinity) || value > Number(maximum ?? Infinity)
        ? [`${path} is out of range`]
        : [];
    case 'array':
      if (!Array.isArray(value)) return [`${path} is no array`];
      return value.flatMap((item, at) => checkValue(item, items, `${path}[${at}]`));
    case 'object': {
      if (typeof value !== 'object' || value === null || Array.isArray(value))
        return [`${path} is no object`];
      const known = (properties ?? {}) as Json;
      return [
        ...((required ?? []) as readonly string[])
          .filter((name) => !(name in value))
          .map((name) => `${path}.${name} is missing`),
        ...Object.entries(value).flatMap(([name, each]) => {
          if (Object.hasOwn(known, name)) return checkValue(each, known[name], `${path}.${name}`);
          return additionalProperties === true ? [] : [`${path}.${name} is not described`];
        }),
      ];
    }
    default:
      return [`${path} has the type ${String(type)}`];
  }
}
