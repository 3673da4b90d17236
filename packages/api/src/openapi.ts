/** The OpenAPI 3.1 document of a list of routes. */
import type { FailureCode } from '@tracewright/std';
import { type ErrorJson, FAILURE_STATUS } from './failures.ts';
import { type Parameter, pathNames, type RouteData } from './route.ts';
import type { Schema, SchemaData } from './schema.ts';

const ERROR_SCHEMA: Schema<ErrorJson> = {
  type: 'object',
  properties: {
    error: {
      type: 'object',
      properties: {
        code: { type: 'string', examples: ['invalid'] },
        message: { type: 'string', description: 'One sentence: the action, the place and the reason.' },
        field: { type: 'string', description: 'The parameter it is about.' },
        position: { type: 'integer', minimum: 0, description: 'Where in an expression the fault lies.' },
        length: { type: 'integer', minimum: 0 },
        expected: { type: 'string' },
        suggestion: { type: 'string', description: 'What would work.' },
      },
      required: ['code', 'message'],
    },
  },
  required: ['error'],
};

export const FAILURE_WORDS: Readonly<Record<FailureCode, string>> = {
  invalid: 'A parameter is wrong; the message says which and why',
  unauthenticated: 'A token is needed',
  forbidden: 'Not allowed',
  'not-found': 'There is none',
  'too-large': 'The body is too large',
  unsupported: 'The body has another content type than JSON',
  overloaded: 'Too many requests at once; try again later',
  cancelled: 'The caller went away',
  internal: 'A fault of this program',
  unavailable: 'The store is absent or starting; try again later',
  deadline: 'It took too long; narrow the search',
  resource: 'The answer needs more memory than one request may use; narrow the search',
};

export function describeRoutes(
  routes: readonly RouteData<never>[],
  base: string,
  version: string,
): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = base + route.address.path;
    const methods = paths[path] ?? {};
    methods[route.address.method.toLowerCase()] = describeRoute(route);
    paths[path] = methods;
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tracewright',
      version,
      description: 'Traces and logs: by id, by search, page by page.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: { Error: ERROR_SCHEMA },
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'Only where the server was started with a token.',
        },
      },
    },
    security: [{}, { token: [] }],
  };
}

function describeRoute(route: RouteData<never>): Record<string, unknown> {
  const inPath = pathNames(route.address.path);
  const entries = Object.entries(route.parameters);
  const isPost = route.address.method === 'POST';
  const asParameters = entries.filter(([name]) => inPath.includes(name) || !isPost);
  const asMembers = entries.filter(([name]) => !inPath.includes(name) && isPost);
  const responses: Record<string, unknown> = {
    [route.answers.status]: {
      description: route.answers.summary,
      content: Object.fromEntries(
        route.answers.contents.map(({ type, schema }) => [type, schema === undefined ? {} : { schema }]),
      ),
    },
  };
  for (const code of [...route.failures, 'unauthenticated'] as const) {
    responses[FAILURE_STATUS[code]] = {
      description: FAILURE_WORDS[code],
      content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
    };
  }
  return {
    operationId: route.id,
    summary: route.summary,
    ...(route.description === '' ? {} : { description: route.description }),
    ...(asParameters.length === 0
      ? {}
      : {
          parameters: asParameters.map(([name, parameter]) => ({
            name,
            in: inPath.includes(name) ? 'path' : 'query',
            description: parameter.summary,
            required: inPath.includes(name) || parameter.required === true,
            schema: parameterSchema(parameter),
            ...(parameter.type === 'list' ? { style: 'form', explode: true } : {}),
            ...(parameter.example === undefined || parameter.type === 'list'
              ? {}
              : { example: parameter.example }),
          })),
        }),
    ...(asMembers.length === 0
      ? {}
      : {
          requestBody: {
            content: {
              'application/json': {
                schema: {
                  type: 'object',
                  properties: Object.fromEntries(
                    asMembers.map(([name, parameter]) => [
                      name,
                      { ...parameterSchema(parameter), description: parameter.summary },
                    ]),
                  ),
                  additionalProperties: false,
                },
              },
            },
          },
        }),
    responses,
  };
}

function parameterSchema(parameter: Parameter): SchemaData {
  switch (parameter.type) {
    case 'text':
      return { type: 'string', ...(parameter.choices === undefined ? {} : { enum: parameter.choices }) };
    case 'integer':
      return {
        type: 'integer',
        minimum: parameter.min,
        maximum: parameter.max,
        ...(parameter.default === undefined ? {} : { default: parameter.default }),
      };
    case 'flag':
      return { type: 'boolean' };
    case 'list':
      return {
        type: 'array',
        items: { type: 'string' },
        ...(parameter.example === undefined ? {} : { examples: [[parameter.example]] }),
      };
    case 'json':
      return {};
  }
}
