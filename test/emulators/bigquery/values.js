// Values between three forms: the text of a cell as the REST interface says it (the form tables are kept in), the
// analyzer's ValueProto, and JSON as load jobs and insertAll bring it.  Timestamps are kept as microseconds.
//
// A type is {k: kind, e: element (ARRAY, RANGE), f: [{name, t}] (STRUCT)}; a cell is null, a text, an array of cells
// (ARRAY) or an array of cells by position (STRUCT).
'use strict';
const {Writer, Reader} = require('./wire');

class ValueError extends Error {}

const KINDS = {
  INT64: 'TYPE_INT64', FLOAT64: 'TYPE_DOUBLE', BOOL: 'TYPE_BOOL', STRING: 'TYPE_STRING', BYTES: 'TYPE_BYTES',
  DATE: 'TYPE_DATE', TIME: 'TYPE_TIME', DATETIME: 'TYPE_DATETIME', TIMESTAMP: 'TYPE_TIMESTAMP',
  NUMERIC: 'TYPE_NUMERIC', BIGNUMERIC: 'TYPE_BIGNUMERIC', JSON: 'TYPE_JSON', INTERVAL: 'TYPE_INTERVAL',
  GEOGRAPHY: 'TYPE_GEOGRAPHY', ARRAY: 'TYPE_ARRAY', STRUCT: 'TYPE_STRUCT', RANGE: 'TYPE_RANGE',
};
const FROM_KIND = Object.fromEntries(Object.entries(KINDS).map(([k, v]) => [v, k]));
// The REST interface says types by their legacy names.
const LEGACY = {INT64: 'INTEGER', FLOAT64: 'FLOAT', BOOL: 'BOOLEAN', STRUCT: 'RECORD'};
const STANDARD = {
  INTEGER: 'INT64', FLOAT: 'FLOAT64', BOOLEAN: 'BOOL', RECORD: 'STRUCT', INT: 'INT64', SMALLINT: 'INT64', BIGINT: 'INT64',
  TINYINT: 'INT64', BYTEINT: 'INT64', DECIMAL: 'NUMERIC', BIGDECIMAL: 'BIGNUMERIC',
};

const pad = (n, width) => String(n).padStart(width, '0');
const fraction = (micros) => micros ? '.' + pad(micros, 6) : '';

function daysToDate(days) {
  const z = days + 719468, era = Math.floor(z / 146097), doe = z - era * 146097;
  const yoe = Math.floor((doe - Math.floor(doe / 1460) + Math.floor(doe / 36524) - Math.floor(doe / 146096)) / 365);
  const doy = doe - (365 * yoe + Math.floor(yoe / 4) - Math.floor(yoe / 100)), mp = Math.floor((5 * doy + 2) / 153);
  const month = mp < 10 ? mp + 3 : mp - 9;
  return [yoe + era * 400 + (month <= 2 ? 1 : 0), month, doy - Math.floor((153 * mp + 2) / 5) + 1];
}

function dateToDays(year, month, day) {
  const y = month <= 2 ? year - 1 : year, era = Math.floor(y / 400), yoe = y - era * 400;
  const doy = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  return era * 146097 + yoe * 365 + Math.floor(yoe / 4) - Math.floor(yoe / 100) + doy - 719468;
}

const dateText = (days) => { const [y, m, d] = daysToDate(days); return `${pad(y, 4)}-${pad(m, 2)}-${pad(d, 2)}`; };

function parseDate(text) {
  const m = /^(\d{1,4})-(\d{1,2})-(\d{1,2})$/.exec(text);
  if (!m) throw new ValueError(`Invalid date: '${text}'`);
  const days = dateToDays(+m[1], +m[2], +m[3]), back = daysToDate(days);
  if (back[0] !== +m[1] || back[1] !== +m[2] || back[2] !== +m[3] || +m[1] < 1) {
    throw new ValueError(`Invalid date: '${text}'`);
  }
  return days;
}

function parseTime(text) {
  const m = /^(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,6})0*)?$/.exec(text);
  if (!m || +m[1] > 23 || +m[2] > 59 || +m[3] > 59) throw new ValueError(`Invalid time: '${text}'`);
  return [+m[1], +m[2], +m[3], +(m[4] || '').padEnd(6, '0')];
}

function parseDatetime(text) {
  const m = /^(\d{1,4}-\d{1,2}-\d{1,2})(?:[ Tt](\S+))?$/.exec(text);
  if (!m) throw new ValueError(`Invalid datetime: '${text}'`);
  const time = m[2] ? parseTime(m[2]) : [0, 0, 0, 0];
  return [parseDate(m[1]), ...time];
}

function datetimeText([days, h, m, s, us]) {
  return `${dateText(days)}T${pad(h, 2)}:${pad(m, 2)}:${pad(s, 2)}${fraction(us)}`;
}

// A written timestamp, in microseconds since 1970 as a text.
function parseTimestamp(text) {
  const m = /^(\d{1,4}-\d{1,2}-\d{1,2})(?:[ Tt]([\d:.]+))?\s*(Z|z|UTC|[+-]\d{1,2}(?::?\d{2})?)?$/.exec(text);
  if (!m) throw new ValueError(`Invalid timestamp: '${text}'`);
  const [days, h, mi, s, us] = parseDatetime(m[1] + 'T' + (m[2] || '00:00:00'));
  let offset = 0;
  const zone = m[3] && /^([+-])(\d{1,2}):?(\d{2})?$/.exec(m[3]);
  if (zone) offset = (zone[1] === '-' ? -1 : 1) * (+zone[2] * 60 + +(zone[3] || 0));
  const seconds = BigInt(days) * 86400n + BigInt(h * 3600 + mi * 60 + s - offset * 60);
  return String(seconds * 1000000n + BigInt(us));
}

function microsToDatetime(text) {
  const micros = BigInt(text), us = BigInt.asIntN(64, ((micros % 1000000n) + 1000000n) % 1000000n);
  const seconds = Number((micros - us) / 1000000n), days = Math.floor(seconds / 86400), rest = seconds - days * 86400;
  return [days, Math.floor(rest / 3600), Math.floor(rest / 60) % 60, rest % 60, Number(us)];
}

// Java's way to write doubles, which the REST interface shows.
function floatText(x) {
  if (Number.isNaN(x)) return 'NaN';
  if (!Number.isFinite(x)) return x > 0 ? 'Infinity' : '-Infinity';
  if (x === 0) return Object.is(x, -0) ? '-0.0' : '0.0';
  const size = Math.abs(x);
  if (size >= 1e-3 && size < 1e7) {
    const text = String(x);
    return text.includes('.') ? text : text + '.0';
  }
  const [mantissa, exponent] = x.toExponential().split('e');
  return `${mantissa.includes('.') ? mantissa : mantissa + '.0'}E${Number(exponent)}`;
}

function parseFloatText(text) {
  const word = /^([+-]?)(inf(inity)?|nan)$/i.exec(text);
  if (word) return word[2].toLowerCase() === 'nan' ? NaN : word[1] === '-' ? -Infinity : Infinity;
  if (!/^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(text)) throw new ValueError(`Bad double value: ${text}`);
  return Number(text);
}

const SCALES = {NUMERIC: 9, BIGNUMERIC: 38};

function decimalText(scaled, scale) {
  const sign = scaled < 0n ? '-' : '', digits = String(scaled < 0n ? -scaled : scaled).padStart(scale + 1, '0');
  const rest = digits.slice(-scale).replace(/0+$/, '');
  return sign + digits.slice(0, -scale) + (rest ? '.' + rest : '');
}

// A decimal text as a scaled integer; a digit too many rounds half away from zero.
function parseDecimal(text, scale, name = 'NUMERIC') {
  const m = /^\s*([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?\s*$/.exec(text);
  if (!m || !(m[2] || m[3])) throw new ValueError(`Invalid ${name} value: ${text}`);
  const digits = m[2] + (m[3] || ''), places = (m[3] || '').length - Number(m[4] || 0);
  let value = BigInt(digits || '0');
  if (places <= scale) value *= 10n ** BigInt(scale - places);
  else {
    const cut = 10n ** BigInt(Math.min(places - scale, 400));
    value = (value * 2n + cut) / (cut * 2n);
  }
  return m[1] === '-' ? -value : value;
}

function twosComplement(value) {
  const bytes = [];
  for (;;) {
    bytes.push(Number(BigInt.asUintN(8, value)));
    value >>= 8n;
    if ((value === 0n && bytes[bytes.length - 1] < 128) || (value === -1n && bytes[bytes.length - 1] > 127)) {
      return Buffer.from(bytes);
    }
  }
}

function fromTwosComplement(buffer) {
  let value = 0n;
  for (let i = buffer.length - 1; i >= 0; i--) value = value << 8n | BigInt(buffer[i]);
  return buffer.length ? BigInt.asIntN(buffer.length * 8, value) : 0n;
}

function parseInterval(text) {
  const m = /^(-?)(\d+)-(\d+) (-?\d+) (-?)(\d+):(\d+):(\d+)(?:\.(\d{1,9}))?$/.exec(text);
  if (!m) throw new ValueError(`Invalid INTERVAL value '${text}'`);
  const months = (m[1] ? -1 : 1) * (+m[2] * 12 + +m[3]);
  const micros = (BigInt(m[6]) * 3600n + BigInt(m[7]) * 60n + BigInt(m[8])) * 1000000n + BigInt((m[9] || '').padEnd(6, '0').slice(0, 6));
  return [months, +m[4], m[5] ? -micros : micros];
}

// As the service writes it, whatever way it was written.
const intervalCell = (text) => intervalText(...parseInterval(text));

function intervalText(months, days, micros) {
  const size = Math.abs(months), us = micros < 0n ? -micros : micros, seconds = us / 1000000n;
  return `${months < 0 ? '-' : ''}${Math.floor(size / 12)}-${size % 12} ${days} ${micros < 0n ? '-' : ''}` +
    `${seconds / 3600n}:${seconds / 60n % 60n}:${seconds % 60n}${fraction(Number(us % 1000000n))}`;
}

function datetimeProto(cell) {
  const [days, h, mi, s, us] = parseDatetime(cell), [y, mo, d] = daysToDate(days), w = new Writer();
  w.number(1, ((((BigInt(y) << 4n | BigInt(mo)) << 5n | BigInt(d)) << 5n | BigInt(h)) << 6n | BigInt(mi)) << 6n | BigInt(s));
  if (us) w.number(2, us * 1000);
  return w.finish();
}

const ENCODE = {
  INT64: (w, c) => w.number(2, c),
  BOOL: (w, c) => w.number(5, c === 'true' ? 1 : 0),
  FLOAT64: (w, c) => w.double(7, parseFloatText(c)),
  STRING: (w, c) => w.bytes(8, Buffer.from(c)),
  GEOGRAPHY: (w, c) => w.bytes(8, Buffer.from(c)),
  BYTES: (w, c) => w.bytes(9, Buffer.from(c, 'base64')),
  DATE: (w, c) => w.number(10, parseDate(c)),
  TIMESTAMP: (w, c) => {
    const micros = BigInt(c), rest = ((micros % 1000000n) + 1000000n) % 1000000n, inner = new Writer();
    inner.number(1, (micros - rest) / 1000000n);
    inner.number(2, rest * 1000n);
    w.bytes(16, inner.finish());
  },
  DATETIME: (w, c) => w.bytes(17, datetimeProto(c)),
  TIME: (w, c) => {
    const [h, m, s, us] = parseTime(c);
    w.number(18, BigInt(h << 12 | m << 6 | s) << 30n | BigInt(us * 1000));
  },
  NUMERIC: (w, c) => w.bytes(20, twosComplement(parseDecimal(c, 9))),
  BIGNUMERIC: (w, c) => w.bytes(21, twosComplement(parseDecimal(c, 38))),
  JSON: (w, c) => w.bytes(23, Buffer.from(c)),
  INTERVAL: (w, c) => {
    const [months, days, micros] = parseInterval(c), buffer = Buffer.alloc(16);
    buffer.writeBigInt64LE(micros);
    buffer.writeInt32LE(days, 8);
    buffer.writeUInt32LE(((Math.abs(months) << 13) | (months < 0 ? 0x80000000 : 0)) >>> 0, 12);
    w.bytes(24, buffer);
  },
  RANGE: (w, c, t) => {
    const [start, end] = rangeBounds(c), inner = new Writer();
    inner.bytes(1, encode(t.e, start));
    inner.bytes(2, encode(t.e, end));
    w.bytes(26, inner.finish());
  },
  ARRAY: (w, c, t) => {
    const inner = new Writer();
    for (const item of c) inner.bytes(1, encode(t.e, item));
    w.bytes(13, inner.finish());
  },
  STRUCT: (w, c, t) => {
    const inner = new Writer();
    t.f.forEach((field, i) => inner.bytes(1, encode(field.t, c[i])));
    w.bytes(14, inner.finish());
  },
};

function encode(type, cell) {
  const writer = new Writer();
  if (cell !== null && cell !== undefined) ENCODE[type.k](writer, cell, type);
  return writer.finish();
}

function rangeBounds(text) {
  const m = /^\[\s*([^,]+?)\s*,\s*([^)]+?)\s*\)$/.exec(text);
  if (!m) throw new ValueError(`Invalid RANGE value: '${text}'`);
  return [m[1], m[2]].map((bound) => /^(UNBOUNDED|NULL)$/i.test(bound) ? null : bound);
}

function decodeDatetime(buffer) {
  let bits = 0n, nanos = 0;
  new Reader(buffer).fields((field, r) => {
    if (field === 1) bits = r.signed();
    else if (field === 2) nanos = r.small();
    else return true;
  });
  const part = (shift, width) => Number(bits >> BigInt(shift) & BigInt((1 << width) - 1));
  return datetimeText([dateToDays(part(26, 14), part(22, 4), part(17, 5)), part(12, 5), part(6, 6), part(0, 6), Math.floor(nanos / 1000)]);
}

function decodeTimestamp(buffer) {
  let seconds = 0n, nanos = 0n;
  new Reader(buffer).fields((field, r) => {
    if (field === 1) seconds = r.signed();
    else if (field === 2) nanos = r.signed();
    else return true;
  });
  return String(seconds * 1000000n + nanos / 1000n);
}

function decodeTime(bits) {
  const seconds = Number(bits >> 30n), us = Math.floor(Number(bits & 0x3fffffffn) / 1000);
  return `${pad(seconds >> 12, 2)}:${pad(seconds >> 6 & 63, 2)}:${pad(seconds & 63, 2)}${fraction(us)}`;
}

function decodeInterval(buffer) {
  const word = buffer.readUInt32LE(12), months = (word & 0x7fffffff) >>> 13;
  return intervalText(word & 0x80000000 ? -months : months, buffer.readInt32LE(8), buffer.readBigInt64LE(0));
}

const DECODE = {
  2: (r) => String(r.signed()),
  5: (r) => r.small() ? 'true' : 'false',
  7: (r) => floatText(r.double()),
  8: (r) => r.bytes().toString('utf8'),
  9: (r) => r.bytes().toString('base64'),
  10: (r) => dateText(Number(BigInt.asIntN(32, r.signed()))),
  13: (r, t) => {
    const items = [];
    new Reader(r.bytes()).fields((field, inner) => { items.push(decode(t.e, inner.bytes())); });
    return items;
  },
  14: (r, t) => {
    const items = [];
    new Reader(r.bytes()).fields((field, inner) => { items.push(decode(t.f[items.length].t, inner.bytes())); });
    return items;
  },
  16: (r) => decodeTimestamp(r.bytes()),
  17: (r) => decodeDatetime(r.bytes()),
  18: (r) => decodeTime(r.signed()),
  20: (r) => decimalText(fromTwosComplement(r.bytes()), 9),
  21: (r) => decimalText(fromTwosComplement(r.bytes()), 38),
  23: (r) => r.bytes().toString('utf8'),
  24: (r) => decodeInterval(r.bytes()),
  26: (r, t) => {
    const bounds = ['UNBOUNDED', 'UNBOUNDED'];
    new Reader(r.bytes()).fields((field, inner) => { bounds[field - 1] = decode(t.e, inner.bytes()) ?? 'UNBOUNDED'; });
    return `[${bounds[0]}, ${bounds[1]})`;
  },
};

function decode(type, buffer) {
  let cell = null;
  new Reader(buffer).fields((field, r) => {
    if (!DECODE[field]) throw new Error(`a value of field ${field} was not expected`);
    cell = DECODE[field](r, type);
  });
  return cell;
}

// ---- types ----

function typeOfField(field) {
  const kind = STANDARD[field.type.toUpperCase()] || field.type.toUpperCase();
  let type = {k: kind};
  if (kind === 'STRUCT') type.f = (field.fields || []).map((f) => ({name: f.name, t: typeOfField(f)}));
  if (kind === 'RANGE') type.e = {k: field.rangeElementType.type.toUpperCase()};
  return field.mode === 'REPEATED' ? {k: 'ARRAY', e: type} : type;
}

function fieldOfType(name, type) {
  const inner = type.k === 'ARRAY' ? type.e : type;
  const field = {name, type: LEGACY[inner.k] || inner.k, mode: type.k === 'ARRAY' ? 'REPEATED' : 'NULLABLE'};
  if (inner.k === 'STRUCT') field.fields = inner.f.map((f) => fieldOfType(f.name, f.t));
  if (inner.k === 'RANGE') field.rangeElementType = {type: inner.e.k};
  return field;
}

// As the analyzer wants it.  Its evaluator knows no GEOGRAPHY: for it, that is a STRING.
function protoOfType(type, evaluated) {
  const kind = evaluated && type.k === 'GEOGRAPHY' ? 'STRING' : type.k, proto = {type_kind: KINDS[kind]};
  if (!proto.type_kind) throw new ValueError(`Invalid type ${type.k}`);
  if (kind === 'ARRAY') proto.array_type = {element_type: protoOfType(type.e, evaluated)};
  if (kind === 'RANGE') proto.range_type = {element_type: protoOfType(type.e, evaluated)};
  if (kind === 'STRUCT') {
    proto.struct_type = {field: type.f.map((f) => ({field_name: f.name, field_type: protoOfType(f.t, evaluated)}))};
  }
  return proto;
}

function typeOfProto(proto) {
  const kind = FROM_KIND[proto.type_kind] || proto.type_kind, type = {k: kind};
  if (kind === 'ARRAY') type.e = typeOfProto(proto.array_type.element_type);
  if (kind === 'RANGE') type.e = typeOfProto(proto.range_type.element_type);
  if (kind === 'STRUCT') {
    type.f = (proto.struct_type.field || []).map((f) => ({name: f.field_name || '', t: typeOfProto(f.field_type)}));
  }
  return type;
}

// The type's text as INFORMATION_SCHEMA says it, with its parameters.
function sqlType(field, bare) {
  const kind = STANDARD[field.type] || field.type;
  let text = kind;
  if (kind === 'STRUCT') text = `STRUCT<${field.fields.map((f) => `${f.name} ${sqlType(f)}`).join(', ')}>`;
  else if (kind === 'RANGE') text = `RANGE<${field.rangeElementType.type}>`;
  else if (field.maxLength) text = `${kind}(${field.maxLength})`;
  else if (field.precision) text = `${kind}(${field.precision}${Number(field.scale) ? ', ' + field.scale : ''})`;
  return field.mode === 'REPEATED' && !bare ? `ARRAY<${text}>` : text;
}

// ---- sizes, as the pricing page counts them ----

const SIZES = {
  INT64: 8, FLOAT64: 8, NUMERIC: 16, BIGNUMERIC: 32, BOOL: 1, DATE: 8, TIME: 8, DATETIME: 8, TIMESTAMP: 8, INTERVAL: 16, RANGE: 16,
};

function sizeOf(type, cell) {
  if (cell === null || cell === undefined) return 0;
  if (SIZES[type.k]) return SIZES[type.k];
  if (type.k === 'ARRAY') return cell.reduce((sum, item) => sum + sizeOf(type.e, item), 0);
  if (type.k === 'STRUCT') return type.f.reduce((sum, f, i) => sum + sizeOf(f.t, cell[i]), 0);
  if (type.k === 'BYTES') return 2 + Buffer.byteLength(cell, 'base64');
  return 2 + Buffer.byteLength(cell);
}

module.exports = {
  ValueError, LEGACY, STANDARD, SCALES, encode, decode, rangeBounds, parseDate, parseTime, parseDatetime, parseTimestamp,
  parseDecimal, decimalText, intervalCell, parseFloatText, floatText, datetimeText, microsToDatetime, dateText,
  typeOfField, fieldOfType, protoOfType, typeOfProto, sqlType, sizeOf,
};
