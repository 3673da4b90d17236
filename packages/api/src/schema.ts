/**
 * JSON Schema as data, tied to a TypeScript type: `Schema<T>` only accepts a description that fits T, so the
 * OpenAPI document and the types of the client cannot drift apart. The words are those of JSON Schema 2020-12.
 */

type Notes = { readonly description?: string; readonly examples?: readonly unknown[] };

export type TextSchema<T extends string = string> = Notes & {
  readonly type: 'string';
  readonly enum?: readonly T[];
  readonly pattern?: string;
  readonly format?: string;
};
export type NumberSchema = Notes & {
  readonly type: 'integer' | 'number';
  readonly minimum?: number;
  readonly maximum?: number;
};
export type BooleanSchema = Notes & { readonly type: 'boolean' };
export type ListSchema<T> = Notes & { readonly type: 'array'; readonly items: Schema<T> };
export type AnySchema = Notes & { readonly type?: readonly string[]; readonly additionalProperties?: true };
export type MapSchema = Notes & { readonly type: 'object'; readonly additionalProperties: true };
export type ObjectSchema<T> = Notes & {
  readonly type: 'object';
  readonly properties: { readonly [K in keyof T]-?: Schema<Exclude<T[K], undefined>> };
  readonly required: readonly RequiredKeys<T>[];
  readonly additionalProperties?: false;
};

type RequiredKeys<T> = { [K in keyof T]-?: undefined extends T[K] ? never : K }[keyof T] & string;

export type Schema<T> = unknown extends T
  ? AnySchema
  : [T] extends [boolean]
    ? BooleanSchema
    : [T] extends [number]
      ? NumberSchema
      : [T] extends [string]
        ? TextSchema<T>
        : [T] extends [readonly (infer E)[]]
          ? ListSchema<E>
          : string extends keyof T
            ? MapSchema
            : ObjectSchema<T>;

/** Any of them, for those who only print it. */
export type SchemaData = Readonly<Record<string, unknown>>;
