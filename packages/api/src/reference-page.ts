/** The reference page of the native API, printed from its routes. */
import { FAILURE_STATUS } from './failures.ts';
import { NATIVE_BASE } from './native/addresses.ts';
import { nativeRouteList } from './native/routes.ts';
import { FAILURE_WORDS } from './openapi.ts';
import { type Parameter, pathNames, type RouteData } from './route.ts';
import type { SchemaData } from './schema.ts';

export function printReference(): string {
  const routes = nativeRouteList();
  return `${[
    '# Native API',
    '',
    'Generated from the routes by `npm run reference -w packages/api`; a test holds it to them.',
    '',
    `The API lies under \`${NATIVE_BASE}\` on port 16686 (\`api.port\`) and speaks JSON. The same description, for`,
    `machines, is at \`${NATIVE_BASE}/openapi.json\`; a typed client is \`@tracewright/api/client\`.`,
    '',
    '- Nanoseconds and 64-bit integers are decimal strings, because the numbers of JSON lose them; counts are numbers.',
    '- Lists come in pages. `next` is the `cursor` of the page behind; without it there is none. Pages are complete and',
    '  do not overlap.',
    '- `q` is a filter expression: [filter.md](filter.md).',
    '- Unknown parameters are refused, so that a typo is not silence. An empty parameter counts as absent.',
    '- A failure is `{"error":{"code":…,"message":…}}` with the status of its code; `field` names the parameter, and for an',
    '  expression `position`, `length`, `expected` and `suggestion` say where the fault lies and what would work.',
    '- With `auth.token` or `auth.queryToken` set, every request shows it: `Authorization: Bearer …`.',
    '',
    '## Routes',
    '',
    '| Route | |',
    '|---|---|',
    ...routes.map((route) => `| [\`${title(route)}\`](#${anchor(route)}) | ${cell(route.summary)} |`),
    '',
    ...routes.flatMap(routeLines),
    '## Failures',
    '',
    '| Code | Status | |',
    '|---|---|---|',
    ...Object.entries(FAILURE_STATUS)
      .filter(([code]) => code !== 'cancelled')
      .map(
        ([code, status]) =>
          `| \`${code}\` | ${status} | ${cell(FAILURE_WORDS[code as keyof typeof FAILURE_WORDS])} |`,
      ),
  ].join('\n')}\n`;
}

function title({ address }: RouteData<never>): string {
  return `${address.method} ${address.path}`;
}

/** As GitHub makes anchors of headings. */
function anchor(route: RouteData<never>): string {
  return title(route)
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
}

function routeLines(route: RouteData<never>): string[] {
  const parameters = Object.entries(route.parameters);
  const inPath = pathNames(route.address.path);
  const where = route.address.method === 'GET' ? 'query' : 'body';
  const json = route.answers.contents.find(({ schema }) => schema !== undefined)?.schema;
  const otherTypes = route.answers.contents
    .filter(({ schema }) => schema === undefined)
    .map(({ type }) => `\`${type}\``);
  return [
    `### \`${title(route)}\``,
    '',
    sentence(route.summary),
    ...(route.description === '' ? [] : ['', route.description]),
    ...(parameters.length === 0
      ? []
      : [
          '',
          '| Parameter | In | Type | |',
          '|---|---|---|---|',
          ...parameters.map(
            ([name, parameter]) =>
              `| \`${name}\` | ${inPath.includes(name) ? 'path' : where} | ${cell(typeOf(parameter))} | ${cell(about(parameter))} |`,
          ),
        ]),
    '',
    `Answers ${route.answers.status}: ${lowerFirst(route.answers.summary)}${otherTypes.length === 0 ? '' : `, also as ${otherTypes.join(', ')}`}.`,
    ...(json === undefined ? [] : ['', '```text', printShape(json, ''), '```']),
    '',
    `Fails with ${route.failures.map((code) => `\`${code}\``).join(', ')}.`,
    '',
  ];
}

function typeOf(parameter: Parameter): string {
  switch (parameter.type) {
    case 'text':
      return parameter.choices === undefined
        ? 'text'
        : parameter.choices.map((each) => `\`${each}\``).join(', ');
    case 'integer':
      return `${parameter.min} to ${parameter.max}${parameter.default === undefined ? '' : `, default ${parameter.default}`}`;
    case 'flag':
      return '`true` or `false`';
    case 'list':
      return 'text, repeatable';
    case 'json':
      return 'JSON';
  }
}

function about(parameter: Parameter): string {
  const required = parameter.required === true ? ' (required)' : '';
  const example = parameter.example === undefined ? '' : `; for example \`${parameter.example}\``;
  return parameter.summary + required + example;
}

/** A schema as one would sketch it: names, types, optional members with a question mark. */
function printShape(schema: SchemaData, indent: string): string {
  const { type, properties, required, items, additionalProperties } = schema as {
    readonly type?: string;
    readonly properties?: Readonly<Record<string, SchemaData>>;
    readonly required?: readonly string[];
    readonly items?: SchemaData;
    readonly additionalProperties?: boolean;
  };
  if (type === 'array' && items !== undefined) return `[${printShape(items, indent)}, …]`;
  if (type === 'object' && properties !== undefined) {
    const inner = `${indent}  `;
    const members = Object.entries(properties).map(([name, member]) => {
      const optional = required?.includes(name) === true ? '' : '?';
      return `${inner}${name}${optional}: ${printShape(member, inner)}`;
    });
    return `{\n${members.join('\n')}\n${indent}}`;
  }
  if (type === 'object' && additionalProperties === true) return '{ … }';
  const choices = schema['enum'] as readonly string[] | undefined;
  if (choices !== undefined) return choices.map((each) => JSON.stringify(each)).join(' | ');
  const description = typeof schema['description'] === 'string' ? `  (${schema['description']})` : '';
  return `${type ?? 'any'}${description}`;
}

/** A bar ends a cell of a table. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
