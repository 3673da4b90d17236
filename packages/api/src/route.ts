/**
 * Routes as data. One definition says how a route is addressed, what it takes and answers, and what it does;
 * validation, the OpenAPI document and the types of the client all come from it.
 *
 * A parameter whose name stands in the path in braces is a part of the path; the others come from the query
 * string of a GET, or from the JSON body of a POST.
 */
import { err, type FailureCode, failure, ok, type Result } from '@tracewright/std';
import type { ApiAnswer, ApiRequest } from './exchange.ts';
import type { RouteFailure } from './failures.ts';
import type { Schema, SchemaData } from './schema.ts';

export type Address = { readonly method: 'GET' | 'POST'; readonly path: string };

type Described = { readonly summary: string; readonly example?: string; readonly required?: boolean };
export type TextParameter = Described & { readonly type: 'text'; readonly choices?: readonly string[] };
export type IntegerParameter = Described & {
  readonly type: 'integer';
  readonly min: number;
  readonly max: number;
  readonly default?: number;
};
export type FlagParameter = Described & { readonly type: 'flag' };
/** Repeated in a query string, a list in a body. */
export type ListParameter = Described & { readonly type: 'list' };
/** Any JSON, in a body only. */
export type JsonParameter = Described & { readonly type: 'json' };
export type Parameter = TextParameter | IntegerParameter | FlagParameter | ListParameter | JsonParameter;

type ParameterOf<T> = unknown extends T
  ? JsonParameter
  : [T] extends [boolean]
    ? FlagParameter
    : [T] extends [number]
      ? IntegerParameter
      : [T] extends [readonly string[]]
        ? ListParameter
        : TextParameter;
export type Parameters<Input> = {
  readonly [K in keyof Input]-?: ParameterOf<Exclude<Input[K], undefined>>;
};

export type Content = {
  readonly type: string;
  /** Absent for bytes. */
  readonly schema?: SchemaData;
};

export type RouteData<Context> = {
  readonly id: string;
  readonly address: Address;
  readonly summary: string;
  readonly description: string;
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly answers: {
    readonly status: number;
    readonly summary: string;
    readonly contents: readonly Content[];
  };
  readonly failures: readonly FailureCode[];
  readonly handle: (call: Call<unknown>, context: Context) => Promise<Result<ApiAnswer, RouteFailure>>;
};

/** A route with the types of what it takes and answers, which exist for the compiler only. */
export type Route<Input, Answer, Context> = RouteData<Context> & {
  readonly types?: { readonly input: Input; readonly answer: Answer };
};

export type Call<Input> = { readonly input: Input; readonly request: ApiRequest };

export type RouteDefinition<Input, Answer, Context> = {
  readonly id: string;
  readonly address: Address;
  readonly summary: string;
  readonly description?: string;
  readonly parameters: Parameters<Input>;
  readonly answer: {
    readonly status?: number;
    readonly summary: string;
    readonly json: Schema<Answer>;
    /** Further media types that the route can answer with, by `Accept`. */
    readonly bytes?: readonly string[];
  };
  readonly failures?: readonly FailureCode[];
  readonly handle: (call: Call<Input>, context: Context) => Promise<Result<ApiAnswer, RouteFailure>>;
};

export function defineRoute<Input, Answer, Context>(
  definition: RouteDefinition<Input, Answer, Context>,
): Route<Input, Answer, Context> {
  const { answer, parameters, handle } = definition;
  return {
    id: definition.id,
    address: definition.address,
    summary: definition.summary,
    description: definition.description ?? '',
    parameters: parameters as Readonly<Record<string, Parameter>>,
    answers: {
      status: answer.status ?? 200,
      summary: answer.summary,
      contents: [
        { type: 'application/json', schema: answer.json as SchemaData },
        ...(answer.bytes ?? []).map((type) => ({ type })),
      ],
    },
    failures: [...new Set<FailureCode>(['invalid', ...(definition.failures ?? [])])],
    // `readInput` has made the input what `parameters` says, which is what Input says.
    handle: handle as RouteData<Context>['handle'],
  };
}

/** Names in braces, in the order of the path. */
export function pathNames(path: string): readonly string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
}

/** Takes the input of a route from its request; unknown names are refused, so that a typo is not silence. */
export async function readInput(
  route: RouteData<never>,
  request: ApiRequest,
  path: Readonly<Record<string, string>>,
): Promise<Result<Readonly<Record<string, unknown>>, RouteFailure>> {
  const raw = new Map<string, readonly unknown[]>();
  for (const [name, value] of Object.entries(path)) raw.set(name, [value]);
  if (route.address.method === 'GET') {
    for (const name of new Set(request.query.keys())) raw.set(name, request.query.getAll(name));
  } else if (Object.keys(route.parameters).some((name) => !Object.hasOwn(path, name))) {
    const body = await readJsonBody(request);
    if (!body.ok) return body;
    for (const [name, value] of Object.entries(body.value)) {
      const list = Object.hasOwn(route.parameters, name) && route.parameters[name]?.type === 'list';
      if (value !== null) raw.set(name, list && Array.isArray(value) ? value : [value]);
    }
  }
  const input: Record<string, unknown> = {};
  for (const [name, values] of raw) {
    const parameter = Object.hasOwn(route.parameters, name) ? route.parameters[name] : undefined;
    if (parameter === undefined) {
      const known = Object.keys(route.parameters);
      const list = known.length === 0 ? 'this route takes none' : `known are ${known.join(', ')}`;
      return refuse(name, `There is no parameter ${JSON.stringify(name)}; ${list}`);
    }
    const value = readValue(name, parameter, values);
    if (!value.ok) return value;
    if (value.value !== undefined) input[name] = value.value;
  }
  for (const [name, parameter] of Object.entries(route.parameters)) {
    if (parameter.required === true && input[name] === undefined) return refuse(name, `${name} is required`);
  }
  return ok(input);
}

async function readJsonBody(request: ApiRequest): Promise<Result<Record<string, unknown>, RouteFailure>> {
  const type = request.header('content-type') ?? 'application/json';
  if (!/^application\/(?:[\w.+-]+\+)?json\b/i.test(type)) {
    return err(failure('unsupported', `The body must be application/json, not ${type}`));
  }
  const bytes = await request.readBody();
  if (!bytes.ok) return bytes;
  if (bytes.value.length === 0) return ok({});
  try {
    const json: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.value));
    if (typeof json === 'object' && json !== null && !Array.isArray(json))
      return ok(json as Record<string, unknown>);
    return err(failure('invalid', 'The body must be a JSON object'));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    return err(failure('invalid', `The body is not valid JSON: ${why}`));
  }
}

function readValue(
  name: string,
  parameter: Parameter,
  values: readonly unknown[],
): Result<unknown, RouteFailure> {
  if (parameter.type === 'list') {
    const bad = values.find((value) => typeof value !== 'string');
    return bad === undefined ? ok(values) : refuse(name, `${name} must be a list of strings`);
  }
  const value = values[0];
  if (values.length !== 1) return refuse(name, `${name} may be given only once`);
  switch (parameter.type) {
    case 'json':
      return ok(value);
    case 'text': {
      const text = typeof value === 'number' ? String(value) : value;
      if (typeof text !== 'string') return refuse(name, `${name} must be a string`);
      if (text === '') return ok(undefined);
      if (parameter.choices !== undefined && !parameter.choices.includes(text)) {
        return refuse(
          name,
          `${name} must be one of ${parameter.choices.join(', ')}, not ${JSON.stringify(text)}`,
        );
      }
      return ok(text);
    }
    case 'integer': {
      const number = typeof value === 'string' && /^\s*[+-]?\d{1,15}\s*$/.test(value) ? Number(value) : value;
      const { min, max } = parameter;
      if (value === '') return ok(undefined);
      if (typeof number !== 'number' || !Number.isInteger(number) || number < min || number > max) {
        return refuse(
          name,
          `${name} must be a whole number from ${min} to ${max}, not ${JSON.stringify(value)}`,
        );
      }
      return ok(number);
    }
    case 'flag':
      if (value === true || value === 'true' || value === '1' || value === '') return ok(true);
      if (value === false || value === 'false' || value === '0') return ok(false);
      return refuse(name, `${name} must be true or false, not ${JSON.stringify(value)}`);
  }
}

function refuse(field: string, message: string): { ok: false; failure: RouteFailure } {
  return err({ ...failure('invalid', message), field });
}
