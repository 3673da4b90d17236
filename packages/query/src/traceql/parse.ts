/**
 * Parses a filter in braces: `{ resource.service.name = "shop" && duration > 100ms }`.
 *
 * Never throws. Binary operators bind as in TraceQL, weakest first: `&&` and `||` together and from left to
 * right, all comparisons, `+ -`, `!`, `* / %`, `^` from right to left. What belongs to the language but not to
 * this version is refused by name.
 */
import { err, ok, type Result } from '@tracewright/std';
import { QUERY_CHARS_MAX, QUERY_CONDITIONS_MAX, QUERY_DEPTH_MAX } from '../limits.ts';
import { suggestWord } from './suggest.ts';
import type { BinaryOperator, Expression, Filter, QueryError, Static, Vocabulary } from './syntax.ts';
import { type Token, tokenize } from './tokenize.ts';
import { SPAN_VOCABULARY } from './vocabulary.ts';

export const PRECEDENCE: Readonly<Record<BinaryOperator, number>> = {
  '&&': 1,
  '||': 1,
  '=': 2,
  '!=': 2,
  '<': 2,
  '<=': 2,
  '>': 2,
  '>=': 2,
  '=~': 2,
  '!~': 2,
  '+': 3,
  '-': 3,
  '*': 5,
  '/': 5,
  '%': 5,
  '^': 6,
};
/** The weakest operator that an operand of `!` or of a sign may hold without parentheses. */
export const UNARY_OPERAND: Readonly<Record<'!' | '-', number>> = { '!': 5, '-': 4 };

const WORDS: Readonly<Record<string, Static>> = {
  true: { type: 'bool', value: true },
  false: { type: 'bool', value: false },
  nil: { type: 'nil' },
  minInt: { type: 'int', value: -(2n ** 63n) },
  maxInt: { type: 'int', value: 2n ** 63n - 1n },
};

export function parseFilter(
  text: string,
  vocabulary: Vocabulary = SPAN_VOCABULARY,
): Result<Filter, QueryError> {
  if (text.length > QUERY_CHARS_MAX) {
    return err({
      message: `The query has ${text.length} characters, at most ${QUERY_CHARS_MAX} are allowed`,
      position: QUERY_CHARS_MAX,
      length: text.length - QUERY_CHARS_MAX,
    });
  }
  const tokens = tokenize(text);
  if (!tokens.ok) return tokens;
  try {
    return ok(new Parser(text, tokens.value, vocabulary).filter());
  } catch (thrown) {
    if (thrown instanceof Refusal) return err(thrown.error);
    throw thrown;
  }
}

/** Carries the error out of the descent; it never leaves this file. */
class Refusal extends Error {
  readonly error: QueryError;
  constructor(error: QueryError) {
    super(error.message);
    this.error = error;
  }
}

class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  readonly #vocabulary: Vocabulary;
  #at = 0;
  #depth = 0;
  #conditions = 0;
  #operators = 0;

  constructor(text: string, tokens: readonly Token[], vocabulary: Vocabulary) {
    this.#text = text;
    this.#tokens = tokens;
    this.#vocabulary = vocabulary;
  }

  filter(): Filter {
    if (!this.#isSymbol('{')) {
      if (this.#isSymbol('(')) this.#later('spansets in parentheses');
      this.#refuse('A filter stands in braces', '{', this.#suggestBraces());
    }
    this.#at += 1;
    let where: Expression | undefined;
    if (!this.#isSymbol('}')) where = this.#expression(0);
    if (!this.#isSymbol('}'))
      this.#refuse(`Unexpected ${this.#describe()}`, '}, or an operator such as && or =');
    this.#at += 1;
    this.#end();
    return { where };
  }

  /** Nothing may follow the braces in this version; what TraceQL would allow is named. */
  #end(): void {
    const token = this.#token();
    if (token.kind === 'end') return;
    if (token.kind === 'symbol') {
      if (token.text === '|') this.#later('pipelines after "|"');
      if (token.text === '&&' || token.text === '||') {
        this.#later(
          `combining several { } with "${token.text}"`,
          'put the conditions of one span into one pair of braces',
        );
      }
      if (/^(?:[!&]?(?:>>?|<<?|~))$/.test(token.text)) this.#later(`the structural operator "${token.text}"`);
    }
    if (token.kind === 'word' && token.text === 'with') this.#later('hints after "with"');
    this.#refuse(`Unexpected ${this.#describe()} after the filter`, 'the end of the query');
  }

  #expression(weakest: number): Expression {
    this.#depth += 1;
    if (this.#depth > QUERY_DEPTH_MAX) {
      this.#refuse(`The query is nested more than ${QUERY_DEPTH_MAX} levels deep`);
    }
    let left = this.#operand();
    for (;;) {
      const operator = this.#operator();
      if (operator === undefined) break;
      const strength = PRECEDENCE[operator];
      if (strength < weakest) break;
      this.#operators += 1;
      // Each condition has one operator of its own and one that joins it.
      if (this.#operators > QUERY_CONDITIONS_MAX * 2) this.#refuse('The query has too many operators');
      this.#at += 1;
      const right = this.#expression(operator === '^' ? strength : strength + 1);
      left = { kind: 'binary', operator, left, right, from: left.from, to: right.to };
    }
    this.#depth -= 1;
    return left;
  }

  #operator(): BinaryOperator | undefined {
    const token = this.#token();
    if (token.kind === 'symbol' && Object.hasOwn(PRECEDENCE, token.text)) return token.text as BinaryOperator;
    if (token.kind === 'symbol' && token.text === '|') {
      this.#refuse('Unexpected "|" inside a filter', 'an operator such as && or ||', '||');
    }
    return undefined;
  }

  #operand(): Expression {
    const token = this.#token();
    const { from, to } = token;
    switch (token.kind) {
      case 'literal':
        this.#at += 1;
        return { kind: 'static', value: token.value, from, to };
      case 'attribute':
        return this.#attribute(token);
      case 'word':
        return this.#word(token);
      case 'end':
        return this.#refuse('The query ends too early', 'an attribute, a field or a value');
      case 'symbol':
        break;
    }
    if (token.text === '(') {
      this.#at += 1;
      const inner = this.#expression(0);
      if (!this.#isSymbol(')')) this.#refuse(`Unexpected ${this.#describe()}`, ')');
      this.#at += 1;
      return inner;
    }
    if (token.text === '!' || token.text === '-') {
      this.#at += 1;
      const of = this.#expression(UNARY_OPERAND[token.text]);
      return { kind: 'unary', operator: token.text, of, from, to: of.to };
    }
    const doubled = token.text === '=' && this.#previousSymbol() === '=';
    return this.#refuse(
      `Unexpected ${this.#describe()}`,
      doubled ? 'one equals sign' : 'an attribute, a field or a value',
      doubled ? '=' : undefined,
    );
  }

  /** Every name is a condition, alone or with the comparison that it is a part of. */
  #countCondition(): void {
    this.#conditions += 1;
    if (this.#conditions > QUERY_CONDITIONS_MAX) {
      this.#refuse(`The query has more than ${QUERY_CONDITIONS_MAX} conditions`);
    }
  }

  #attribute(token: Token & { kind: 'attribute' }): Expression {
    const { from, to, scope, name } = token;
    this.#countCondition();
    if (scope === '') {
      this.#at += 1;
      return { kind: 'attribute', scope: 'unscoped', name, from, to };
    }
    const known = Object.hasOwn(this.#vocabulary.scopes, scope) ? this.#vocabulary.scopes[scope] : undefined;
    if (known !== undefined) {
      this.#at += 1;
      return { kind: 'attribute', scope: known, name, from, to };
    }
    if (this.#vocabulary.later.has(scope)) this.#later(`the scope "${scope}."`);
    const near = suggestWord(scope, Object.keys(this.#vocabulary.scopes));
    const written = this.#text.slice(from, to);
    const suggestion =
      written === 'service.name'
        ? 'resource.service.name'
        : near === undefined
          ? `.${written}`
          : near + written.slice(scope.length);
    const scopes = Object.keys(this.#vocabulary.scopes).map((each) => `${each}.`);
    return this.#refuse(
      `Unknown scope "${scope}."`,
      `one of ${scopes.join(' ')} or a leading dot`,
      suggestion,
    );
  }

  #word(token: Token & { kind: 'word' }): Expression {
    const { from, to, text } = token;
    if (this.#vocabulary.intrinsics.has(text)) {
      this.#countCondition();
      this.#at += 1;
      return { kind: 'intrinsic', name: text, from, to };
    }
    const constant = Object.hasOwn(WORDS, text) ? WORDS[text] : undefined;
    if (constant !== undefined || this.#vocabulary.keywords.has(text)) {
      this.#at += 1;
      return { kind: 'static', value: constant ?? { type: 'keyword', value: text }, from, to };
    }
    if (this.#vocabulary.later.has(text)) this.#later(`"${text}"`);
    const known = [...this.#vocabulary.intrinsics, ...this.#vocabulary.keywords, ...Object.keys(WORDS)];
    const near = suggestWord(text, known);
    return this.#refuse(
      `Unknown identifier: ${text}`,
      'a field, a value, or an attribute with its scope',
      near ?? (text.includes(':') ? undefined : `.${text}`),
    );
  }

  #token(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', from: this.#text.length, to: this.#text.length };
  }

  #isSymbol(text: string): boolean {
    const token = this.#token();
    return token.kind === 'symbol' && token.text === text;
  }

  #previousSymbol(): string | undefined {
    const token = this.#tokens[this.#at - 1];
    return token?.kind === 'symbol' ? token.text : undefined;
  }

  #describe(): string {
    const { kind, from, to } = this.#token();
    return kind === 'end' ? 'end of the query' : JSON.stringify(this.#text.slice(from, to));
  }

  /** `duration > 1s` without braces is the commonest slip: offer it with them, when that would parse. */
  #suggestBraces(): string | undefined {
    const inside = this.#text.trim();
    if (inside === '') return '{ }';
    return inside.includes('{') || inside.includes('}') ? undefined : `{ ${inside} }`;
  }

  #later(feature: string, suggestion?: string): never {
    return this.#refuse(`Not supported yet: ${feature}`, undefined, suggestion);
  }

  #refuse(message: string, expected?: string, suggestion?: string): never {
    const token = this.#token();
    throw new Refusal({
      message,
      position: token.from,
      length: token.to - token.from,
      ...(expected === undefined ? {} : { expected }),
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }
}
