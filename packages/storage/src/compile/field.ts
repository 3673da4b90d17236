/**
 * Conditions on what every span and every log record has.
 */

import type { TraceId } from '@tracewright/model';
import { LOG_BODY_TYPE, SHARED_KIND } from '@tracewright/model';
import type { Literal, LogField, SpanField } from '@tracewright/query';
import { unreachable } from '@tracewright/std';
import { SPAN_DURATION } from '../schema/v0001.ts';
import { traceCondition } from '../trace-segments.ts';
import { hasText, sharedCondition } from './attribute.ts';
import { allOf, compareNumber, compareText, NEVER, type Operator } from './comparison.ts';
import { printHexBytes } from './literal.ts';

export function spanFieldCondition(
  tenant: string,
  field: SpanField,
  operator: Operator,
  value: Literal,
): string {
  switch (field) {
    case 'service':
    case 'name':
    case 'receiver':
      return compareText(field, operator, value) ?? NEVER;
    case 'statusMessage':
      return compareText('status_message', operator, value) ?? NEVER;
    case 'traceState':
      return compareText('trace_state', operator, value) ?? NEVER;
    case 'kind':
      return compareNumber('kind', operator, value) ?? NEVER;
    case 'status':
      return compareNumber('status_code', operator, value) ?? NEVER;
    case 'duration':
      return compareNumber(SPAN_DURATION, operator, value) ?? NEVER;
    case 'start':
      return compareNumber('start_nano', operator, value) ?? NEVER;
    case 'spanId':
      return idCondition('span_id', 16, false, operator, value);
    case 'parentId':
      return idCondition('parent_id', 16, true, operator, value);
    case 'traceId':
      return traceIdCondition(tenant, false, operator, value);
    case 'scopeName':
      return scopeCondition(tenant, 'name', operator, value);
    case 'scopeVersion':
      return scopeCondition(tenant, 'version', operator, value);
    case 'eventName': {
      if (operator === '=' && value.type === 'string') return hasText('event_name', value.value);
      const compared = compareText('x', operator, value);
      return compared === undefined ? NEVER : `arrayExists(x -> ${compared}, event_name)`;
    }
    default:
      return unreachable(field);
  }
}

export function logFieldCondition(
  tenant: string,
  field: LogField,
  operator: Operator,
  value: Literal,
): string {
  switch (field) {
    case 'service':
    case 'receiver':
      return compareText(field, operator, value) ?? NEVER;
    case 'severity':
      return compareNumber('severity_number', operator, value) ?? NEVER;
    case 'severityText':
      return compareText('severity_text', operator, value) ?? NEVER;
    case 'eventName':
      return compareText('event_name', operator, value) ?? NEVER;
    case 'body':
      return bodyCondition(operator, value);
    case 'traceId':
      return traceIdCondition(tenant, true, operator, value);
    case 'spanId':
      return idCondition('span_id', 16, true, operator, value);
    case 'scopeName':
      return scopeCondition(tenant, 'name', operator, value);
    default:
      return unreachable(field);
  }
}

/**
 * A body of lists and maps is stored as a message; of its text only a substring can be asked for, which
 * finds the strings in it.
 */
function bodyCondition(operator: Operator, value: Literal): string {
  const compared = compareText('body', operator, value) ?? NEVER;
  if (operator === 'contains') return compared;
  return allOf([`body_type != ${LOG_BODY_TYPE.other}`, compared]);
}

function scopeCondition(
  tenant: string,
  column: 'name' | 'version',
  operator: Operator,
  value: Literal,
): string {
  const compared = compareText(column, operator, value);
  return compared === undefined ? NEVER : sharedCondition('scope_id', SHARED_KIND.scope, tenant, compared);
}

/** An id as the hex that a plan knows; where `zeroIsNone`, the zero id is the empty text. */
function idCondition(
  column: string,
  digits: number,
  zeroIsNone: boolean,
  operator: Operator,
  value: Literal,
): string {
  if (value.type !== 'string') return NEVER;
  const zero = printHexBytes('0'.repeat(digits));
  if (operator === '=') {
    if (value.value === '' && zeroIsNone) return `${column} = ${zero}`;
    const isId = value.value.length === digits && /^[0-9a-f]+$/.test(value.value);
    if (!isId || (zeroIsNone && /^0+$/.test(value.value))) return NEVER;
    return `${column} = ${printHexBytes(value.value)}`;
  }
  const text = `lower(hex(${column}))`;
  const shown = zeroIsNone ? `if(${column} = ${zero}, '', ${text})` : text;
  return compareText(shown, operator, value) ?? NEVER;
}

function traceIdCondition(tenant: string, zeroIsNone: boolean, operator: Operator, value: Literal): string {
  if (operator === '=~' && value.type === 'string') {
    // A trace known by its low half: the index knows traces by just that.
    const low = /^([0-9a-f]{16})\$$/.exec(value.value)?.[1];
    if (low !== undefined && !/^0+$/.test(low)) {
      return zeroIsNone
        ? `substring(trace_id, 9, 8) = ${printHexBytes(low)}`
        : traceCondition(tenant, [`${'0'.repeat(16)}${low}` as TraceId], true, false);
    }
  }
  const exact = idCondition('trace_id', 32, zeroIsNone, operator, value);
  if (operator !== '=' || exact === NEVER || value.type !== 'string' || value.value === '') return exact;
  if (!zeroIsNone) return allOf([traceCondition(tenant, [value.value as TraceId], false, false), exact]);
  return allOf([`substring(trace_id, 9, 8) = ${printHexBytes(value.value.slice(16))}`, exact]);
}
