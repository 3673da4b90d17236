/**
 * Turns an OTLP/JSON request into the protobuf request that says the same, so that one decoder reads both.
 *
 * Unknown names are passed over, `null` is absence, 64-bit numbers keep every digit whether they come as
 * strings or as numbers. A wrong type anywhere refuses the request and names the place. An id that is not
 * hex refuses its span alone: the span's trace id is taken away, which the decoder then finds missing, and
 * the reason is noted beside the bytes.
 */
import { REJECTIONS_TOLD_MAX } from '@tracewright/model';
import { err, failure, ok, type Result } from '@tracewright/std';
import { BODY_BYTES_MAX, RECORDS_PER_REQUEST_MAX, VALUE_DEPTH_MAX } from '../limits.ts';
import { decodeBase64 } from '../primitives/base64.ts';
import { IntegerText, parseNumber } from '../primitives/integer-text.ts';
import { hexDigit, JsonReader } from '../primitives/json-reader.ts';
import { ProtobufWriter } from '../primitives/protobuf-writer.ts';
import { ANY_VALUE, type Field, LOGS_REQUEST, type Message, TRACES_REQUEST } from './json-schema.ts';

export type JsonSignal = 'traces' | 'logs';

export type TranslatedRequest = {
  readonly protobuf: Uint8Array;
  /**
   * By the span's index in the request: why it cannot be accepted. Only traces have such reasons, and only those of
   * the first REJECTIONS_TOLD_MAX spans are kept, which are as many as an answer tells.
   */
  readonly refusals: ReadonlyMap<number, string>;
};

/** The protobuf bytes of an OTLP/JSON request. */
export function jsonToOtlpProtobuf(signal: JsonSignal, json: Uint8Array): Result<Uint8Array> {
  const translated = translateJson(signal, json);
  return translated.ok ? ok(translated.value.protobuf) : translated;
}

export function translateJson(signal: JsonSignal, json: Uint8Array): Result<TranslatedRequest> {
  if (json.length > BODY_BYTES_MAX) {
    return err(
      failure('too-large', `Cannot decode OTLP/JSON: ${json.length} bytes, at most ${BODY_BYTES_MAX}`),
    );
  }
  const translator = new Translator(signal, json);
  const { reader, writer, refusals } = translator;
  if (reader.kind() === 'object') translator.message(signal === 'traces' ? TRACES_REQUEST : LOGS_REQUEST);
  else reader.fail('the request is not an object');
  reader.end();
  if (translator.hasTooManyRecords) {
    const words = `more than ${RECORDS_PER_REQUEST_MAX} ${signal === 'traces' ? 'spans' : 'log records'}`;
    return err(failure('too-large', `Cannot accept OTLP ${signal}: ${words} in one request`));
  }
  if (reader.fault !== '') {
    const place = reader.faultPath === '' ? '' : ` at ${reader.faultPath}`;
    return err(failure('invalid', `Cannot decode OTLP/JSON${place}: ${reader.fault}`));
  }
  return ok({ protobuf: writer.finish(), refusals });
}

class Translator {
  readonly reader: JsonReader;
  readonly writer: ProtobufWriter = new ProtobufWriter();
  readonly refusals: Map<number, string> = new Map();
  readonly #refusesRecords: boolean;
  readonly #integer: IntegerText = new IntegerText();
  hasTooManyRecords = false;
  #record = -1;
  #valueDepth = -1;
  #refusal = '';

  constructor(signal: JsonSignal, json: Uint8Array) {
    this.reader = new JsonReader(json);
    this.#refusesRecords = signal === 'traces';
  }

  /** Writes the fields of the object that comes next. */
  message(message: Message): void {
    const { reader } = this;
    if (message.isRecord) {
      this.#record++;
      this.#refusal = '';
      if (this.#record >= RECORDS_PER_REQUEST_MAX && reader.fault === '') {
        this.hasTooManyRecords = true;
        reader.fail('the request holds too many records');
      }
    }
    if (message === ANY_VALUE && ++this.#valueDepth > VALUE_DEPTH_MAX) {
      reader.fail(`a value is nested deeper than ${VALUE_DEPTH_MAX}`);
    }
    reader.enter();
    while (reader.key()) {
      const field = message.find(reader.text, reader.textFrom, reader.textTo);
      reader.place(field === undefined ? reader.quote() : field.name);
      if (field === undefined) reader.skip();
      else if (reader.kind() === 'null') reader.word('null');
      else if (field.repeated) this.#list(field);
      else this.#value(field);
    }
    if (message === ANY_VALUE) this.#valueDepth--;
    if (message.isRecord && this.#refusal !== '') {
      if (this.refusals.size < REJECTIONS_TOLD_MAX) this.refusals.set(this.#record, this.#refusal);
      this.writer.bytes(1, NO_ID);
    }
  }

  #list(field: Field): void {
    const { reader } = this;
    if (reader.kind() !== 'array') {
      this.#expected('an array');
      return;
    }
    reader.enter();
    while (reader.item()) this.#value(field);
  }

  #value(field: Field): void {
    const { reader, writer } = this;
    const kind = reader.kind();
    switch (field.kind) {
      case 'message':
        if (kind !== 'object') this.#expected('an object');
        else if (field.message !== undefined) {
          const mark = writer.open(field.number);
          this.message(field.message);
          writer.close(mark);
        }
        break;
      case 'string':
        if (kind !== 'string') this.#expected('a string');
        else {
          reader.string();
          writer.range(field.number, reader.text, reader.textFrom, reader.textTo);
        }
        break;
      case 'id':
        if (kind !== 'string') this.#expected('a string of hex digits');
        else this.#id(field);
        break;
      case 'bytes':
        if (kind !== 'string') this.#expected('a string in base64');
        else this.#bytes(field);
        break;
      case 'bool':
        if (kind !== 'true' && kind !== 'false') this.#expected('true or false');
        else {
          reader.word(kind);
          writer.unsigned(field.number, kind === 'true' ? 1 : 0);
        }
        break;
      case 'enum':
        this.#enum(field);
        break;
      case 'double':
        this.#double(field);
        break;
      default:
        this.#integerField(field);
    }
  }

  #expected(what: string): void {
    const kind = this.reader.kind();
    if (kind === 'fault') return;
    const article =
      kind === 'array' || kind === 'object' ? 'an ' : kind === 'string' || kind === 'number' ? 'a ' : '';
    this.reader.fail(`expected ${what}, found ${article}${kind}`);
  }

  #id(field: Field): void {
    const { reader, writer } = this;
    reader.string();
    const size = reader.textTo - reader.textFrom;
    const bytes = new Uint8Array(size >> 1);
    let isHex = size % 2 === 0;
    for (let at = 0; at < bytes.length && isHex; at++) {
      const high = hexDigit(reader.text[reader.textFrom + at * 2] ?? 0);
      const low = hexDigit(reader.text[reader.textFrom + at * 2 + 1] ?? 0);
      isHex = high >= 0 && low >= 0;
      bytes[at] = (high << 4) | low;
    }
    if (isHex) writer.bytes(field.number, bytes);
    else if (this.#refusesRecords && this.#refusal === '') {
      const problem = size % 2 === 0 ? 'is not hexadecimal' : `has an odd count of digits, ${size}`;
      this.#refusal = `${field.name} ${reader.quote()} ${problem}`;
    }
  }

  #bytes(field: Field): void {
    const { reader } = this;
    reader.string();
    const bytes = decodeBase64(reader.text, reader.textFrom, reader.textTo);
    if (bytes === undefined) reader.fail(`${reader.quote()} is not base64`);
    else this.writer.bytes(field.number, bytes);
  }

  #enum(field: Field): void {
    const { reader } = this;
    const kind = reader.kind();
    if (kind === 'string') {
      reader.string();
      const number = field.names?.get(
        String.fromCharCode(
          ...reader.text.subarray(reader.textFrom, Math.min(reader.textTo, reader.textFrom + NAME_BYTES_MAX)),
        ),
      );
      if (number === undefined) reader.fail(`${reader.quote()} names no value of this enum`);
      else this.writer.unsigned(field.number, number);
    } else if (this.#readInteger(true)) {
      const { low, high } = this.#integer;
      const fits = (high === 0 && low < 0x8000_0000) || (high === 0xffff_ffff && low >= 0x8000_0000);
      if (fits) this.writer.varint64(field.number, low, high);
      else reader.fail(`${reader.quote()} does not fit 32 bits`);
    }
  }

  #double(field: Field): void {
    const { reader } = this;
    const kind = reader.kind();
    let value: number | undefined;
    if (kind === 'number') reader.number();
    else if (kind === 'string') reader.string();
    else {
      this.#expected('a number');
      return;
    }
    if (kind === 'string') value = SPECIAL_DOUBLES.get(reader.quote());
    if (value === undefined) {
      value = parseNumber(reader.text, reader.textFrom, reader.textTo);
      if (value === undefined || !Number.isFinite(value)) {
        reader.fail(`${reader.quote()} is not a double`);
        return;
      }
    }
    this.writer.double(field.number, value);
  }

  #integerField(field: Field): void {
    if (!this.#readInteger(field.kind === 'int64')) return;
    const { low, high } = this.#integer;
    switch (field.kind) {
      case 'int64':
        this.writer.varint64(field.number, low, high);
        break;
      case 'fixed64':
        this.writer.fixed64Halves(field.number, low, high);
        break;
      default:
        if (high !== 0) this.reader.fail(`${this.reader.quote()} does not fit 32 bits`);
        else if (field.kind === 'fixed32') this.writer.fixed32(field.number, low);
        else this.writer.unsigned(field.number, low);
    }
  }

  #readInteger(signed: boolean): boolean {
    const { reader } = this;
    const kind = reader.kind();
    if (kind === 'number') reader.number();
    else if (kind === 'string') reader.string();
    else {
      this.#expected('an integer');
      return false;
    }
    if (reader.fault !== '') return false;
    if (this.#integer.read(reader.text, reader.textFrom, reader.textTo, signed)) return true;
    reader.fail(`${reader.quote()} is not ${signed ? 'a 64-bit integer' : 'an unsigned 64-bit integer'}`);
    return false;
  }
}

const NO_ID: Uint8Array = new Uint8Array(0);
/** Longer than any name of an enum's value. */
const NAME_BYTES_MAX = 40;
const SPECIAL_DOUBLES: ReadonlyMap<string, number> = new Map([
  ['"NaN"', Number.NaN],
  ['"Infinity"', Number.POSITIVE_INFINITY],
  ['"-Infinity"', Number.NEGATIVE_INFINITY],
]);
