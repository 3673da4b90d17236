/** The OpenAPI document: sound in itself, and true of what the routes really answer. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { attributes, log, resource, span } from '@tracewright/query/testing';
import { createClient } from './client.ts';
import { NATIVE_ADDRESSES, NATIVE_BASE } from './native/addresses.ts';
import { NATIVE_ROUTES, nativeRouteList } from './native/routes.ts';
import { describeRoutes } from './openapi.ts';
import { printReference } from './reference-page.ts';
import { pathNames } from './route.ts';
import { checkSchema, checkValue } from './testing/check-schema.ts';
import { startApi } from './testing/start-api.ts';

type Operation = {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly {
    name: string;
    in: string;
    required: boolean;
    schema: unknown;
    description: string;
  }[];
  readonly requestBody?: { content: Record<string, { schema: unknown }> };
  readonly responses: Record<string, { description: string; content: Record<string, { schema?: unknown }> }>;
};
type Document = {
  readonly openapi: string;
  readonly info: { title: string; version: string };
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { schemas: Record<string, unknown>; securitySchemes: Record<string, unknown> };
};

function describe(): Document {
  // Through JSON, as it is served.
  return JSON.parse(JSON.stringify(describeRoutes(nativeRouteList(), NATIVE_BASE, '0.1.0'))) as Document;
}

test('the document is sound: unique ids, declared path parameters, schemas and references that hold', () => {
  const document = describe();
  assert.equal(document.openapi, '3.1.0');
  assert.ok(document.info.title !== '' && document.info.version === '0.1.0');
  const seen = new Set<string>();
  for (const [path, methods] of Object.entries(document.paths)) {
    assert.ok(path.startsWith(`${NATIVE_BASE}/`), path);
    for (const [method, operation] of Object.entries(methods)) {
      const at = `${method} ${path}`;
      assert.ok(!seen.has(operation.operationId), `${operation.operationId} twice`);
      seen.add(operation.operationId);
      assert.ok(operation.summary !== '', at);
      const parameters = operation.parameters ?? [];
      const inPath = parameters.filter((each) => each.in === 'path').map((each) => each.name);
      assert.deepEqual(inPath, pathNames(path), at);
      for (const parameter of parameters) {
        assert.ok(parameter.description !== '', `${at} ${parameter.name}`);
        assert.ok(parameter.in !== 'path' || parameter.required, `${at} ${parameter.name}`);
        assert.deepEqual(checkSchema(parameter.schema), [], `${at} ${parameter.name}`);
      }
      const body = operation.requestBody?.content['application/json']?.schema;
      if (body !== undefined) assert.deepEqual(checkSchema(body), [], at);
      assert.ok(
        Object.keys(operation.responses).some((status) => status.startsWith('2')),
        at,
      );
      for (const [status, response] of Object.entries(operation.responses)) {
        assert.match(status, /^[1-5]\d\d$/);
        assert.ok(response.description !== '', `${at} ${status}`);
        for (const { schema } of Object.values(response.content)) {
          if (schema === undefined) continue;
          const reference = (schema as { $ref?: string }).$ref;
          if (reference === undefined) assert.deepEqual(checkSchema(schema), [], `${at} ${status}`);
          else
            assert.ok(
              reference.replace('#/components/schemas/', '') in document.components.schemas,
              reference,
            );
        }
      }
    }
  }
  for (const schema of Object.values(document.components.schemas)) assert.deepEqual(checkSchema(schema), []);
});

test('routes, addresses and the client have the same ids', () => {
  assert.deepEqual(Object.keys(NATIVE_ROUTES).sort(), Object.keys(NATIVE_ADDRESSES).sort());
  const client = createClient({ url: 'http://127.0.0.1:1' });
  assert.deepEqual(Object.keys(client).sort(), Object.keys(NATIVE_ROUTES).sort());
  for (const [id, route] of Object.entries(NATIVE_ROUTES)) assert.equal(route.id, id);
});

test('what the routes answer is what the document says', async () => {
  const full = {
    spans: [
      span({ trace: 'a1', kind: 2, statusCode: 2, attributes: attributes({ a: 1n }) }),
      span({ trace: 'b2', parent: '9', kind: 9, resource: resource('') }),
    ],
    logs: [log(), log({ traceId: span().traceId, spanId: span().spanId, eventName: 'e', body: undefined })],
  };
  await using api = await startApi(full);
  const document = describe();
  const check = async (
    method: string,
    route: string,
    path: string,
    init: RequestInit = {},
  ): Promise<void> => {
    const response = await fetch(`${api.url}${NATIVE_BASE}${path}`, {
      method: method.toUpperCase(),
      ...init,
    });
    const described = document.paths[`${NATIVE_BASE}${route}`]?.[method]?.responses[response.status];
    assert.ok(
      described !== undefined,
      `${method} ${path} answered ${response.status}, which is not described`,
    );
    const schema = described.content['application/json']?.schema as { $ref?: string };
    const resolved = schema.$ref === undefined ? schema : document.components.schemas['Error'];
    assert.deepEqual(checkValue(await response.json(), resolved), [], `${method} ${path}`);
  };
  const json = (body: unknown): RequestInit => ({
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  });
  await check('get', '/traces/{id}', '/traces/a1?logs=true');
  await check('get', '/traces/{id}', '/traces/ff');
  await check('get', '/traces/{id}', '/traces/zz');
  await check('get', '/search', '/search');
  await check('get', '/search', '/search?limit=1&of=spans');
  await check('get', '/search', '/search?q=%7B%20bad%20%7D');
  await check(
    'post',
    '/search',
    '/search',
    json({ where: { kind: 'field', field: 'service', value: 'shop' }, tag: ['a'], limit: 1 }),
  );
  await check('post', '/search', '/search', json({ where: { kind: 'nonsense' } }));
  await check('post', '/search', '/search', { body: 'x', headers: { 'content-type': 'text/plain' } });
  await check('post', '/search', '/search', json({ q: 'x'.repeat(2_000_000) }));
  await check('get', '/logs', '/logs?limit=1');
  await check('get', '/services', '/services');
  await check('get', '/operations', '/operations');
  await check('get', '/status', '/status');
  await check('post', '/quarantine/{segment}/retry', '/quarantine/s-1/retry');
  await check('post', '/quarantine/{segment}/retry', '/quarantine/s-2/retry');
  await check('get', '/openapi.json', '/openapi.json');
  assert.deepEqual(api.faults, []);
});

test('the reference page is what the routes say', () => {
  const page = readFileSync(new URL('../../../docs/reference/api.md', import.meta.url), 'utf8');
  assert.equal(page, printReference(), 'run "npm run reference -w packages/api"');
});
