// Query parameters, as jobs carry them.
'use strict';
const values = require('./values');
const {ApiError} = require('./store');

const bad = (message) => new ApiError(400, 'invalid', message);

function typeOf(written) {
  if (!written || !written.type) throw bad('Query parameter type is required');
  const kind = values.STANDARD[written.type.toUpperCase()] || written.type.toUpperCase();
  if (kind === 'ARRAY') return {k: kind, e: typeOf(written.arrayType)};
  if (kind === 'RANGE') return {k: kind, e: typeOf(written.rangeElementType)};
  if (kind === 'STRUCT') return {k: kind, f: (written.structTypes || []).map((f) => ({name: f.name || '', t: typeOf(f.type)}))};
  return {k: kind};
}

const CELLS = {
  INT64: (v) => { if (!/^[+-]?\d+$/.test(v)) throw bad(`Bad int64 value: ${v}`); return String(BigInt(v)); },
  FLOAT64: (v) => values.floatText(values.parseFloatText(v)),
  BOOL: (v) => { if (!/^(true|false)$/i.test(v)) throw bad(`Bad bool value: ${v}`); return v.toLowerCase(); },
  BYTES: (v) => Buffer.from(v, 'base64').toString('base64'),
  DATE: (v) => values.dateText(values.parseDate(v)),
  TIMESTAMP: (v) => values.parseTimestamp(v),
  DATETIME: (v) => values.datetimeText(values.parseDatetime(v)),
  TIME: (v) => values.datetimeText([0, ...values.parseTime(v)]).slice(11),
  NUMERIC: (v) => decimal(v, 9, 29, 'NUMERIC'),
  BIGNUMERIC: (v) => decimal(v, 38, 39, 'BIGNUMERIC'),
  JSON: (v) => { JSON.parse(v); return v; },
  INTERVAL: (v) => values.intervalCell(v),
};

function decimal(text, scale, digits, name) {
  const scaled = values.parseDecimal(text, scale, name);
  if (String(scaled < 0n ? -scaled : scaled).length > digits + scale) throw bad(`Invalid ${name} value: ${text}`);
  return values.decimalText(scaled, scale);
}

function cellOf(type, given) {
  if (!given) return type.k === 'ARRAY' ? [] : null;
  if (type.k === 'ARRAY') return (given.arrayValues || []).map((item) => cellOf(type.e, item));
  if (type.k === 'STRUCT') return given.structValues ? type.f.map((f) => cellOf(f.t, given.structValues[f.name])) : null;
  if (type.k === 'RANGE') {
    if (!given.rangeValue) return null;
    const bound = (side) => given.rangeValue[side] ? cellOf(type.e, given.rangeValue[side]) ?? 'UNBOUNDED' : 'UNBOUNDED';
    return `[${bound('start')}, ${bound('end')})`;
  }
  if (given.value === null || given.value === undefined) return null;
  try {
    return CELLS[type.k] ? CELLS[type.k](String(given.value)) : String(given.value);
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw bad(error.message);
  }
}

function parameters(mode, list) {
  const named = (list || []).some((p) => p.name);
  if (mode && !/^(NAMED|POSITIONAL|NONE)$/i.test(mode)) throw bad(`Invalid value for parameterMode: ${mode}`);
  const positional = mode ? mode.toUpperCase() === 'POSITIONAL' : (list || []).length > 0 && !named;
  if (positional && named) throw bad('Positional parameters cannot have names');
  return {
    positional,
    list: (list || []).map((p, i) => {
      if (!positional && !p.name) throw bad('Missing query parameter name');
      const type = typeOf(p.parameterType);
      return {name: positional ? `gw_p${i + 1}` : p.name, type, cell: cellOf(type, p.parameterValue)};
    }),
  };
}

module.exports = {parameters};
