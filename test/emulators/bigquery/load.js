// Load jobs and insertAll: newline-delimited JSON and CSV become rows.
'use strict';
const {ApiError, checkRow} = require('./store');
const values = require('./values');

const bad = (message) => new ApiError(400, 'invalid', message);

const SCALARS = {
  INTEGER: (v) => { if (!/^[+-]?\d+(\.0*)?$/.test(v)) throw bad(`Could not parse '${v}' as INT64`); return String(BigInt(v.replace(/\..*/, ''))); },
  FLOAT: (v) => values.floatText(values.parseFloatText(v)),
  BOOLEAN: (v) => {
    if (!/^(true|false|t|f|yes|no|y|n|1|0)$/i.test(v)) throw bad(`Could not parse '${v}' as BOOL`);
    return /^(t|y|1)/i.test(v) ? 'true' : 'false';
  },
  STRING: (v) => v, GEOGRAPHY: (v) => v,
  BYTES: (v) => {
    const plain = v.replace(/-/g, '+').replace(/_/g, '/');
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(plain)) throw bad(`Could not decode base64 string to bytes.`);
    return Buffer.from(plain, 'base64').toString('base64');
  },
  DATE: (v) => values.dateText(values.parseDate(v)),
  TIME: (v) => values.datetimeText([0, ...values.parseTime(v)]).slice(11),
  DATETIME: (v) => values.datetimeText(values.parseDatetime(v)),
  TIMESTAMP: (v) => /^-?\d+(\.\d+)?$/.test(v) ? String(values.parseDecimal(v, 6)) : values.parseTimestamp(v),
  NUMERIC: (v) => decimal(v, 9, 29, 'NUMERIC'),
  BIGNUMERIC: (v) => decimal(v, 38, 39, 'BIGNUMERIC'),
  INTERVAL: (v) => values.intervalCell(v),
  RANGE: (v) => v,
};

function decimal(text, scale, digits, name) {
  const scaled = values.parseDecimal(text, scale, name);
  if (String(scaled < 0n ? -scaled : scaled).length > digits + scale) throw bad(`Invalid ${name} value: ${text}`);
  return values.decimalText(scaled, scale);
}

function scalar(field, text, where) {
  try {
    return SCALARS[field.type](text);
  } catch (error) {
    throw bad(`${error.message}; in field ${where}`);
  }
}

// JSON numbers with all their digits: what JSON.parse would round is kept as a text of its own.
class Exact {
  constructor(text) { this.text = text; }
}

function parseJson(text) {
  const marked = text.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (token) =>
    token[0] === '"' || token.length < 16 ? token : JSON.stringify('\u0001' + token));
  return JSON.parse(marked, (key, value) => typeof value === 'string' && value[0] === '\u0001' ? new Exact(value.slice(1)) : value);
}

// A JSON column keeps integers of 64 bits, and other numbers as FLOAT64.
function keptNumber(text) {
  if (!/^-?\d+$/.test(text)) return String(Number(text));
  const whole = BigInt(text);
  return whole >= -(2n ** 63n) && whole < 2n ** 64n ? text : String(Number(text));
}

const plainJson = (value) => value instanceof Exact ? keptNumber(value.text) : value === null || typeof value !== 'object' ? JSON.stringify(value) :
  Array.isArray(value) ? `[${value.map(plainJson).join(',')}]` :
    `{${Object.entries(value).map(([k, v]) => `${JSON.stringify(k)}:${plainJson(v)}`).join(',')}}`;

function jsonCell(field, value, options, where) {
  if (field.mode === 'REPEATED') {
    if (value === null || value === undefined) return [];
    if (!Array.isArray(value)) throw bad(`Array specified for non-repeated field: ${where}.`.replace('Array specified for non-repeated', 'Value that is no array for repeated'));
    return value.map((item) => {
      if (item === null) throw bad(`Only optional fields can be set to NULL. Field: ${where}; Value: NULL`);
      return jsonCell({...field, mode: 'NULLABLE'}, item, options, where);
    });
  }
  if (value === null || value === undefined) return null;
  if (Array.isArray(value) && field.type !== 'JSON') throw bad(`Array specified for non-repeated field: ${where}.`);
  if (field.type === 'JSON') return typeof value === 'string' && options.streamed ? value : plainJson(value);
  if (field.type === 'RECORD') {
    if (typeof value !== 'object' || value instanceof Exact) throw bad(`This field: ${where} is not a record.`);
    return jsonRow(field.fields, value, options, where + '.');
  }
  if (field.type === 'RANGE' && typeof value === 'object') {
    const type = field.rangeElementType.type, bound = (v) => v === null || v === undefined ? 'UNBOUNDED' : scalar({type}, String(v), where);
    return `[${bound(value.start)}, ${bound(value.end)})`;
  }
  if (typeof value === 'object' && !(value instanceof Exact)) throw bad(`JSON object specified for non-record field: ${where}`);
  if (field.type === 'STRING' && typeof value !== 'string') return value instanceof Exact ? value.text : String(value);
  return scalar(field, value instanceof Exact ? value.text : String(value), where);
}

function jsonRow(fields, object, options, prefix = '') {
  const given = new Map(Object.entries(object).map(([name, value]) => [name.toLowerCase(), value]));
  const cells = fields.map((field) => {
    const key = field.name.toLowerCase(), value = given.get(key);
    given.delete(key);
    return jsonCell(field, value, options, prefix + field.name);
  });
  if (given.size && !options.ignoreUnknownValues) throw bad(`No such field: ${prefix}${[...given.keys()][0]}.`);
  return cells;
}

// Records of CSV as lists of {text, quoted}.
function* csvRecords(text, delimiter, quote, newlines) {
  let record = [], cell = '', quoted = false, inside = false, started = false;
  const close = () => { record.push({text: cell, quoted}); cell = ''; quoted = false; };
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (inside) {
      if (c === quote && text[i + 1] === quote) { cell += quote; i++; } else if (c === quote) inside = false;
      else {
        if (c === '\n' && !newlines) throw bad('Error while reading data, error message: Missing close quote character (").');
        cell += c;
      }
    } else if (quote && c === quote && cell === '' && !quoted) { inside = quoted = true; } else if (c === delimiter) close();
    else if (c === '\n' || c === '\r') {
      if (c === '\r' && text[i + 1] === '\n') i++;
      if (started || record.length) { close(); yield record; }
      record = [];
      started = false;
      continue;
    } else cell += c;
    started = true;
  }
  if (inside) throw bad('Error while reading data, error message: Missing close quote character (").');
  if (started || record.length) { close(); yield record; }
}

function csvRow(fields, record, options) {
  if (record.length > fields.length && !options.ignoreUnknownValues) throw bad(`Too many values in row. Found ${record.length} column(s) while expected ${fields.length}.`);
  if (record.length < fields.length && !options.allowJaggedRows) throw bad(`CSV table references column position ${fields.length - 1}, but line contains only ${record.length} columns.`);
  return fields.map((field, i) => {
    const given = record[i];
    if (field.mode === 'REPEATED' || field.type === 'RECORD') throw bad(`Field ${field.name} is nested or repeated, which CSV cannot hold`);
    if (!given || (!given.quoted && given.text === (options.nullMarker || ''))) {
      if (given && given.text === '' && !options.nullMarker && field.type === 'STRING') return '';
      return null;
    }
    if (given.text === '' && options.nullMarker && field.type !== 'STRING') throw bad(`Could not parse '' as ${field.type} for field ${field.name} (position ${i})`);
    return field.type === 'JSON' ? given.text : scalar(field, given.text, field.name);
  });
}

// What the columns are, from the data: only where a load job asks for it.
function detect(format, text, options) {
  if (format !== 'CSV') {
    const first = parseJson(text.split('\n').find((line) => line.trim()) || '{}');
    return Object.entries(first).map(([name, value]) => ({name, mode: 'NULLABLE', type: value instanceof Exact || typeof value === 'number' ?
      Number.isInteger(Number(value.text || value)) ? 'INTEGER' : 'FLOAT' : typeof value === 'boolean' ? 'BOOLEAN' : 'STRING'}));
  }
  const records = [...csvRecords(text, options.fieldDelimiter || ',', '"', true)];
  const [header, ...rest] = records;
  return header.map((cell, i) => ({name: cell.text, mode: 'NULLABLE', type: rest.length && rest.every((r) => /^-?\d+$/.test((r[i] || {}).text || '')) ? 'INTEGER' : 'STRING'}));
}

// Rows of a load job; {rows, bad: [errors]}.
function read(load, fields, body) {
  const text = body.toString('utf8').replace(/^\ufeff/, ''), format = load.sourceFormat || 'CSV', rows = [], errors = [];
  const most = Number(load.maxBadRecords || 0);
  const one = (make, at) => {
    try {
      rows.push(checkRow(fields, make()));
    } catch (error) {
      if (!(error instanceof ApiError) && !(error instanceof SyntaxError)) throw error;
      errors.push({reason: 'invalid', message: `Error while reading data, error message: ${error.message}${at === undefined ? '' : ` Row ${at}`}`});
      if (errors.length > most) {
        throw bad(`Error while reading data, error message: ${format === 'CSV' ? 'CSV' : 'JSON'} table encountered too many errors, giving up. Rows: ${rows.length + errors.length}; errors: ${errors.length}. Please look into the errors[] collection for more details. ${errors[0].message}`);
      }
    }
  };
  if (format === 'CSV') {
    let skip = Number(load.skipLeadingRows || (load.autodetect ? 1 : 0)), at = 0;
    const delimiter = {tab: '\t', '\\t': '\t'}[load.fieldDelimiter] || load.fieldDelimiter || ',';
    for (const record of csvRecords(text, delimiter, load.quote === undefined ? '"' : load.quote, load.allowQuotedNewlines)) {
      at++;
      if (skip-- > 0) continue;
      one(() => csvRow(fields, record, load), at);
    }
  } else if (format === 'NEWLINE_DELIMITED_JSON') {
    text.split('\n').forEach((line, i) => {
      if (line.trim()) one(() => jsonRow(fields, parseJson(line), load), i + 1);
    });
  } else throw new ApiError(501, 'notImplemented', `Source format ${format} is not emulated`);
  return {rows, errors};
}

module.exports = {read, detect, jsonRow, parseJson};
