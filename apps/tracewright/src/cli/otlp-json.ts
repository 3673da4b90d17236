/**
 * The part of OTLP's JSON that the terminal reads. All fields may be absent, as the encoding leaves defaults out.
 */
export interface OtlpAnswer {
  readonly resourceSpans?: readonly OtlpResourceSpans[];
  readonly resourceLogs?: readonly OtlpResourceLogs[];
}

export interface OtlpResourceSpans {
  readonly resource?: OtlpResource;
  readonly scopeSpans?: readonly { readonly scope?: OtlpScope; readonly spans?: readonly OtlpSpan[] }[];
}

export interface OtlpResourceLogs {
  readonly resource?: OtlpResource;
  readonly scopeLogs?: readonly {
    readonly scope?: OtlpScope;
    readonly logRecords?: readonly OtlpLogRecord[];
  }[];
}

export interface OtlpResource {
  readonly attributes?: readonly OtlpAttribute[];
}

export interface OtlpScope {
  readonly name?: string;
  readonly version?: string;
}

export interface OtlpSpan {
  readonly traceId?: string;
  readonly spanId?: string;
  readonly parentSpanId?: string;
  readonly name?: string;
  /** A number, or the name of the enumeration's value. */
  readonly kind?: number | string;
  readonly startTimeUnixNano?: string | number;
  readonly endTimeUnixNano?: string | number;
  readonly attributes?: readonly OtlpAttribute[];
  readonly events?: readonly OtlpEvent[];
  readonly links?: readonly OtlpLink[];
  readonly status?: { readonly code?: number | string; readonly message?: string };
}

export interface OtlpEvent {
  readonly timeUnixNano?: string | number;
  readonly name?: string;
  readonly attributes?: readonly OtlpAttribute[];
}

export interface OtlpLink {
  readonly traceId?: string;
  readonly spanId?: string;
  readonly attributes?: readonly OtlpAttribute[];
}

export interface OtlpLogRecord {
  readonly timeUnixNano?: string | number;
  readonly observedTimeUnixNano?: string | number;
  readonly severityNumber?: number | string;
  readonly severityText?: string;
  readonly body?: OtlpValue;
  readonly traceId?: string;
  readonly spanId?: string;
  readonly attributes?: readonly OtlpAttribute[];
}

export interface OtlpAttribute {
  readonly key: string;
  readonly value?: OtlpValue;
}

export interface OtlpValue {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: string | number;
  readonly doubleValue?: number | string;
  readonly bytesValue?: string;
  readonly arrayValue?: { readonly values?: readonly OtlpValue[] };
  readonly kvlistValue?: { readonly values?: readonly OtlpAttribute[] };
}

/** The value as a person reads it: texts bare, lists and maps as JSON. */
export function valueText(value: OtlpValue | undefined): string {
  const plain = plainValue(value);
  return typeof plain === 'string' ? plain : plain === null ? '' : JSON.stringify(plain);
}

/** The value as plain JSON; int64 stays text where a number would lose digits. */
export function plainValue(value: OtlpValue | undefined): unknown {
  if (value === undefined) return null;
  if (value.stringValue !== undefined) return value.stringValue;
  if (value.boolValue !== undefined) return value.boolValue;
  if (value.intValue !== undefined) {
    const number = Number(value.intValue);
    return Number.isSafeInteger(number) ? number : String(value.intValue);
  }
  if (value.doubleValue !== undefined) return value.doubleValue;
  if (value.bytesValue !== undefined) return value.bytesValue;
  if (value.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(plainValue);
  if (value.kvlistValue !== undefined)
    return Object.fromEntries(
      (value.kvlistValue.values ?? []).map((entry) => [entry.key, plainValue(entry.value)]),
    );
  return null;
}
