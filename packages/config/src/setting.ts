/**
 * Setting: one thing a user may decide, as a plain value.
 *
 * A tree of these values is the single source for validation, `--help`, the commented sample, the reference
 * page and the TypeScript type of the resolved configuration. Defaults of durations and sizes are written
 * the way a user would write them ('300ms', '64MiB'), so that every place prints them alike.
 */

/** What a value may be; shared by settings and by options of commands. */
export type ValueSpec =
  | { readonly kind: 'string' | 'host' | 'url' | 'path' | 'boolean' | 'list' | 'secret' | 'port' }
  | { readonly kind: 'integer'; readonly min?: number; readonly max?: number }
  | { readonly kind: 'duration' | 'bytes'; readonly min?: string; readonly max?: string }
  | { readonly kind: 'enum'; readonly values: readonly string[] };

export type ValueKind = ValueSpec['kind'];

/** The default as it stands in the tree. A secret has none: absent means "off". */
export type SettingDefault = string | number | boolean | readonly string[];

export type Setting = ValueSpec & {
  readonly summary: string;
  readonly default?: SettingDefault;
  /** What the reference page says where the real default depends on the machine. */
  readonly defaultText?: string;
  /** A second paragraph: consequences, when to change it. */
  readonly detail?: string;
  readonly example?: string;
  /** A short flag beside the long one, with its dashes: '--data'. */
  readonly alias?: string;
};

/** Nested settings; `$about` describes the section in one sentence. */
export interface SettingsTree {
  readonly [name: string]: Setting | SettingsTree | string;
}

/** The type a value of this kind resolves to: durations are milliseconds, sizes are bytes. */
export type ValueOf<S> = S extends { readonly kind: 'integer' | 'port' | 'duration' | 'bytes' }
  ? number
  : S extends { readonly kind: 'boolean' }
    ? boolean
    : S extends { readonly kind: 'list' }
      ? readonly string[]
      : S extends { readonly kind: 'enum'; readonly values: readonly (infer V)[] }
        ? V
        : S extends { readonly kind: 'secret' }
          ? string | undefined
          : string;

/** The resolved values of a tree, in the same nesting. */
export type ValuesOf<T> = {
  readonly [K in keyof T as K extends '$about' ? never : K]: T[K] extends { readonly kind: ValueKind }
    ? ValueOf<T[K]>
    : ValuesOf<T[K]>;
};

/** Any resolved value, where the static type is not known. */
export type SettingValue = string | number | boolean | readonly string[] | undefined;

export function isSetting(node: Setting | SettingsTree | string): node is Setting {
  return typeof node === 'object' && typeof node['kind'] === 'string';
}
