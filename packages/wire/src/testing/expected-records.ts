/**
 * What a message that is right must be decoded to, read off its tree and not off its bytes: plain records, in the form
 * of `plain-record.ts`.
 */
import { printHex } from '@tracewright/std';
import type { Node, Scalar, Tree } from './otlp-tree.ts';
import { sortPlain } from './plain-record.ts';

type Plain = { readonly [name: string]: unknown };

export type ExpectedRecords = { readonly accepted: readonly Plain[]; readonly rejected: number };

export function expectedRecords(request: Tree, signal: 'traces' | 'logs'): ExpectedRecords {
  const accepted: Plain[] = [];
  let rejected = 0;
  for (const frame of request) {
    const resourceFrame = frame.value as Tree;
    const resource = expectedResource(treeAt(resourceFrame, 'resource'), textAt(resourceFrame, 'schemaUrl'));
    for (const scopes of listAt(resourceFrame, signal === 'traces' ? 'scopeSpans' : 'scopeLogs')) {
      const scopeFrame = scopes.value as Tree;
      const scope = expectedScope(treeAt(scopeFrame, 'scope'), textAt(scopeFrame, 'schemaUrl'));
      for (const { value } of listAt(scopeFrame, signal === 'traces' ? 'spans' : 'logRecords')) {
        const record = value as Tree;
        if (signal === 'logs') accepted.push(sortPlain({ ...expectedLog(record), resource, scope }));
        else if (isRefused(record)) rejected++;
        else accepted.push(sortPlain({ ...expectedSpan(record), resource, scope }));
      }
    }
  }
  return { accepted, rejected };
}

function isRefused(span: Tree): boolean {
  const parent = bytesAt(span, 'parentSpanId');
  return (
    !isId(bytesAt(span, 'traceId'), 16) ||
    !isId(bytesAt(span, 'spanId'), 8) ||
    (parent.length !== 0 && parent.length !== 8)
  );
}

function isId(bytes: Uint8Array, length: number): boolean {
  return bytes.length === length && bytes.some((byte) => byte !== 0);
}

function expectedSpan(span: Tree): Plain {
  const status = treeAt(span, 'status') ?? [];
  const parent = bytesAt(span, 'parentSpanId');
  return {
    traceId: printHex(bytesAt(span, 'traceId')),
    spanId: printHex(bytesAt(span, 'spanId')),
    parentSpanId: isId(parent, 8) ? printHex(parent) : '',
    traceState: textAt(span, 'traceState'),
    flags: numberAt(span, 'flags'),
    name: textAt(span, 'name'),
    kind: numberAt(span, 'kind'),
    startUnixNano: nanoAt(span, 'startTimeUnixNano'),
    endUnixNano: nanoAt(span, 'endTimeUnixNano'),
    statusCode: numberAt(status, 'code'),
    statusMessage: textAt(status, 'message'),
    ...described(span),
    events: listAt(span, 'events').map(({ value }) => ({
      timeUnixNano: nanoAt(value as Tree, 'timeUnixNano'),
      name: textAt(value as Tree, 'name'),
      ...described(value as Tree),
    })),
    droppedEvents: numberAt(span, 'droppedEventsCount'),
    links: listAt(span, 'links').map(({ value }) => ({
      traceId: printHex(bytesAt(value as Tree, 'traceId')),
      spanId: printHex(bytesAt(value as Tree, 'spanId')),
      traceState: textAt(value as Tree, 'traceState'),
      ...described(value as Tree),
      flags: numberAt(value as Tree, 'flags'),
    })),
    droppedLinks: numberAt(span, 'droppedLinksCount'),
  };
}

function expectedLog(log: Tree): Plain {
  const traceId = bytesAt(log, 'traceId');
  const spanId = bytesAt(log, 'spanId');
  const body = treeAt(log, 'body');
  return {
    timeUnixNano: nanoAt(log, 'timeUnixNano'),
    observedUnixNano: nanoAt(log, 'observedTimeUnixNano'),
    severityNumber: numberAt(log, 'severityNumber'),
    severityText: textAt(log, 'severityText'),
    ...(body === undefined ? {} : { body: expectedValue(body) }),
    ...described(log),
    flags: numberAt(log, 'flags'),
    traceId: isId(traceId, 16) ? printHex(traceId) : '',
    spanId: isId(spanId, 8) ? printHex(spanId) : '',
    eventName: textAt(log, 'eventName'),
  };
}

function expectedResource(resource: Tree = [], schemaUrl: string): Plain {
  const { attributes, droppedAttributes } = described(resource);
  const named = attributes.find(({ key, value }) => {
    const { type, value: text } = value as Plain;
    return key === 'service.name' && type === 'string' && text !== '';
  });
  const entityRefs = listAt(resource, 'entityRefs').map(({ value }) => ({
    schemaUrl: textAt(value as Tree, 'schemaUrl'),
    type: textAt(value as Tree, 'type'),
    idKeys: listAt(value as Tree, 'idKeys').map((node) => node.value),
    descriptionKeys: listAt(value as Tree, 'descriptionKeys').map((node) => node.value),
  }));
  return {
    service: named === undefined ? 'unknown_service' : (named['value'] as Plain)['value'],
    attributes,
    droppedAttributes,
    schemaUrl,
    ...(entityRefs.length === 0 ? {} : { entityRefs }),
  };
}

function expectedScope(scope: Tree = [], schemaUrl: string): Plain {
  return { name: textAt(scope, 'name'), version: textAt(scope, 'version'), ...described(scope), schemaUrl };
}

function described(owner: Tree): {
  readonly attributes: readonly Plain[];
  readonly droppedAttributes: number;
} {
  const attributes = listAt(owner, 'attributes').map((node) => expectedAttribute(node.value as Tree));
  return { attributes, droppedAttributes: numberAt(owner, 'droppedAttributesCount') };
}

function expectedAttribute(pair: Tree): Plain {
  return { key: textAt(pair, 'key'), value: expectedValue(treeAt(pair, 'value') ?? []) };
}

function expectedValue(value: Tree): Plain {
  const [node] = value;
  if (node === undefined) return { type: 'empty' };
  const inner = node.value;
  switch (node.field.name) {
    case 'stringValue':
      return { type: 'string', value: inner };
    case 'boolValue':
      return { type: 'bool', value: inner };
    case 'intValue':
      return { type: 'int', value: String(inner) };
    case 'doubleValue':
      if (Object.is(inner, -0)) return { type: 'double', value: '-0' };
      return { type: 'double', value: Number.isFinite(inner) ? inner : String(inner) };
    case 'bytesValue':
      return { type: 'bytes', value: printHex(inner as Uint8Array) };
    case 'arrayValue':
      return { type: 'array', value: (inner as Tree).map((each) => expectedValue(each.value as Tree)) };
    default:
      return { type: 'map', value: (inner as Tree).map((each) => expectedAttribute(each.value as Tree)) };
  }
}

function listAt(tree: Tree, name: string): readonly Node[] {
  return tree.filter(({ field }) => field.name === name);
}

function at(tree: Tree, name: string): Scalar | Tree | undefined {
  return listAt(tree, name)[0]?.value;
}

function treeAt(tree: Tree, name: string): Tree | undefined {
  return at(tree, name) as Tree | undefined;
}

function textAt(tree: Tree, name: string): string {
  return String(at(tree, name) ?? '');
}

function numberAt(tree: Tree, name: string): number {
  return Number(at(tree, name) ?? 0);
}

function nanoAt(tree: Tree, name: string): string {
  return String(at(tree, name) ?? 0);
}

function bytesAt(tree: Tree, name: string): Uint8Array {
  return (at(tree, name) as Uint8Array | undefined) ?? new Uint8Array(0);
}
