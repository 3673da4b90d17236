/**
 * What one TypeScript or JavaScript file says, as far as the rules ask: its imports, its opening comment, the
 * names it takes from its surroundings, and where it sidesteps the type checker.
 *
 * Read from the syntax tree, so that strings and comments are never mistaken for code. A file that does not
 * parse yields no facts but the error's line.
 */
import { parseSync } from 'oxc-parser';

export type ImportFact = {
  readonly specifier: string;
  readonly line: number;
  /** Only types come in: nothing is loaded at run time. */
  readonly typeOnly: boolean;
  /** `import(…)` in the middle of code: loaded when it is reached. */
  readonly dynamic: boolean;
  /** `export * from`, without a name. */
  readonly exportsAll: boolean;
};

export type Place = { readonly name: string; readonly line: number };

export type ModuleFacts = {
  readonly lines: number;
  readonly opensWithComment: boolean;
  readonly imports: readonly ImportFact[];
  /** Names used without being declared in the file, `Date.now` and `new Date()` spelled out. */
  readonly globals: readonly Place[];
  /** `any` types, `!` after a value, and comments that silence a checker, by kind. */
  readonly escapes: readonly Place[];
  /** `import.meta.x` for each x. */
  readonly metas: readonly Place[];
  readonly parseErrorLine?: number;
};

/** A node of the tree, as loosely as a generic walk needs it. */
type Node = { readonly type: string; readonly start: number } & Readonly<Record<string, unknown>>;

const silencers: readonly (readonly [RegExp, string])[] = [
  [/^\W*@ts-(?:ignore|expect-error|nocheck)\b/, '@ts-ignore'],
  [/^\W*biome-ignore\b/, 'biome-ignore'],
];

export function readModule(path: string, text: string): ModuleFacts {
  const lineOf = lineFinder(text);
  const parsed = parseSync(path, text, { sourceType: 'module' });
  const error = parsed.errors.find((one) => one.severity === 'Error');
  if (error !== undefined) {
    return {
      ...{
        lines: lineOf(text.length),
        opensWithComment: true,
        imports: [],
        globals: [],
        escapes: [],
        metas: [],
      },
      parseErrorLine: lineOf(error.labels[0]?.start ?? 0),
    };
  }
  const escapes: Place[] = [];
  const metas: Place[] = [];
  const uses: { readonly name: string; readonly start: number }[] = [];
  const declared = new Set<string>();
  const imports: ImportFact[] = [];

  for (const comment of parsed.comments) {
    for (const [pattern, name] of silencers) {
      if (pattern.test(comment.value)) escapes.push({ name, line: lineOf(comment.start) });
    }
  }
  visit(parsed.program as unknown as Node, undefined, '', (node, parent, key) => {
    const line = lineOf(node.start);
    const fact = importFact(node, line);
    if (fact !== undefined) imports.push(fact);
    if (node.type === 'TSAnyKeyword') escapes.push({ name: 'any', line });
    if (node.type === 'TSNonNullExpression') escapes.push({ name: 'non-null', line });
    if (node.type === 'MetaProperty') {
      const property = parent?.['property'] as Node | undefined;
      metas.push({ name: String(property?.['name'] ?? ''), line });
    }
    if (node.type === 'ObjectPattern') {
      for (const property of node['properties'] as readonly Node[]) {
        const value = property['value'] as Node | undefined;
        if (value?.type === 'Identifier') declared.add(String(value['name']));
      }
    }
    if (node.type !== 'Identifier') return;
    const name = String(node['name']);
    if (declares(parent, key)) declared.add(name);
    else if (isReference(node, parent, key))
      uses.push({ name: spelledOut(name, parent, key), start: node.start });
  });
  const globals = uses
    .filter(({ name }) => !declared.has(name.split('.')[0]?.replace(/^new |\(\)$/g, '') ?? ''))
    .map(({ name, start }) => ({ name, line: lineOf(start) }));
  const first = parsed.program.body[0];
  const opening = parsed.comments[0];
  return {
    lines: text === '' ? 0 : lineOf(text.endsWith('\n') ? text.length - 1 : text.length),
    opensWithComment: opening !== undefined && (first === undefined || opening.start < first.start),
    imports,
    globals,
    escapes,
    metas,
  };
}

function importFact(node: Node, line: number): ImportFact | undefined {
  const source = node['source'] as Node | null | undefined;
  const specifier = source?.['value'];
  if (typeof specifier !== 'string') return undefined;
  switch (node.type) {
    case 'ImportDeclaration':
      return { specifier, line, typeOnly: isTypeOnly(node, 'importKind'), dynamic: false, exportsAll: false };
    case 'ExportNamedDeclaration':
      return { specifier, line, typeOnly: isTypeOnly(node, 'exportKind'), dynamic: false, exportsAll: false };
    case 'ExportAllDeclaration': {
      const exportsAll = node['exported'] === null || node['exported'] === undefined;
      return { specifier, line, typeOnly: node['exportKind'] === 'type', dynamic: false, exportsAll };
    }
    case 'ImportExpression':
      return { specifier, line, typeOnly: false, dynamic: true, exportsAll: false };
    case 'TSImportType':
      return { specifier, line, typeOnly: true, dynamic: false, exportsAll: false };
    default:
      return undefined;
  }
}

function isTypeOnly(node: Node, kind: 'importKind' | 'exportKind'): boolean {
  if (node[kind] === 'type') return true;
  const specifiers = (node['specifiers'] ?? []) as readonly Node[];
  return specifiers.length > 0 && specifiers.every((one) => one[kind] === 'type');
}

/** Whether an identifier at this place introduces its name. */
function declares(parent: Node | undefined, key: string): boolean {
  switch (parent?.type) {
    case 'VariableDeclarator':
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ClassDeclaration':
    case 'TSTypeAliasDeclaration':
    case 'TSInterfaceDeclaration':
      return key === 'id' || key === 'params';
    case 'ArrowFunctionExpression':
      return key === 'params';
    case 'CatchClause':
      return key === 'param';
    case 'ImportSpecifier':
    case 'ImportDefaultSpecifier':
    case 'ImportNamespaceSpecifier':
      return key === 'local';
    case 'AssignmentPattern':
      return key === 'left';
    case 'RestElement':
    case 'ArrayPattern':
      return true;
    default:
      return false;
  }
}

/** Whether an identifier that declares nothing reads a value, rather than naming a property or a type. */
function isReference(node: Node, parent: Node | undefined, key: string): boolean {
  if (parent === undefined) return true;
  if (parent.type === 'Property' && key === 'value' && parent['shorthand'] === true) return true;
  if (parent.type === 'MemberExpression') return key === 'object' || parent['computed'] === true;
  if (key === 'key') return parent['computed'] === true;
  if (parent.type.startsWith('TS')) return /^TS(?:As|Satisfies|NonNull)Expression$/.test(parent.type);
  return !/^(?:Labeled|Break|Continue|Meta|Import|Export)/.test(parent.type) && node.type === 'Identifier';
}

/** `Date` alone says nothing: its clock is read by `Date.now` and by `new Date()` without an argument. */
function spelledOut(name: string, parent: Node | undefined, key: string): string {
  if (parent?.type === 'MemberExpression' && key === 'object' && parent['computed'] !== true) {
    const property = parent['property'] as Node;
    return `${name}.${String(property['name'])}`;
  }
  const bare = ((parent?.['arguments'] ?? []) as readonly unknown[]).length === 0;
  if (parent?.type === 'NewExpression' && key === 'callee' && bare) return `new ${name}()`;
  return name;
}

function visit(
  node: Node,
  parent: Node | undefined,
  key: string,
  see: (node: Node, parent: Node | undefined, key: string) => void,
): void {
  see(node, parent, key);
  for (const [name, value] of Object.entries(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (child !== null && typeof child === 'object' && typeof (child as Node).type === 'string') {
        visit(child as Node, node, name, see);
      }
    }
  }
}

/** Turns an offset into a line number, from 1. */
function lineFinder(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}
