// Rows as the REST interface writes them.
'use strict';
const values = require('./values');
const {ApiError} = require('./store');

// How timestamps are written: FLOAT64, the default that loses microseconds, INT64 or ISO8601_STRING.
function timestampFormat(options) {
  if (options.timestampOutputFormat && String(options.useInt64Timestamp) === 'true') {
    throw new ApiError(400, 'invalid', 'useInt64Timestamp and timestampOutputFormat cannot both be set');
  }
  const format = options.timestampOutputFormat;
  if (format && format !== 'TIMESTAMP_OUTPUT_FORMAT_UNSPECIFIED') return format;
  return String(options.useInt64Timestamp) === 'true' ? 'INT64' : 'FLOAT64';
}

function timestamp(cell, format) {
  if (format === 'INT64') return cell;
  if (format === 'ISO8601_STRING') return values.datetimeText(values.microsToDatetime(cell)) + 'Z';
  const seconds = Number(cell) / 1e6;
  return values.floatText(seconds);
}

function cellOut(type, cell, format) {
  if (type.k === 'ARRAY') return (cell || []).map((item) => ({v: cellOut(type.e, item, format)}));
  if (cell === null || cell === undefined) return null;
  if (type.k === 'STRUCT') return {f: type.f.map((field, i) => ({v: cellOut(field.t, cell[i], format)}))};
  if (type.k === 'TIMESTAMP') return timestamp(cell, format);
  if (type.k === 'RANGE' && type.e.k === 'TIMESTAMP') {
    return '[' + values.rangeBounds(cell).map((bound) => bound === null ? 'UNBOUNDED' : timestamp(bound, format)).join(', ') + ')';
  }
  return cell;
}

const rowOut = (types, row, format) => ({f: types.map((type, i) => ({v: cellOut(type, row[i], format)}))});

const TOKEN = 'BGQ';
const encodeToken = (owner, offset) => TOKEN + Buffer.from(JSON.stringify([owner, offset])).toString('base64url');

function decodeToken(owner, token) {
  try {
    const [of, offset] = JSON.parse(Buffer.from(token.slice(TOKEN.length), 'base64url').toString());
    if (of === owner && Number.isInteger(offset)) return offset;
  } catch (error) { /* said below */ }
  throw new ApiError(400, 'invalid', `Invalid value at 'page_token': "${token}"`);
}

// One page: as many rows as asked for and as fit into that many bytes, at least one.
function page(owner, types, rows, query, format, most) {
  let at = query.pageToken ? decodeToken(owner, query.pageToken) : Number(query.startIndex || 0);
  const wanted = query.maxResults === undefined || query.maxResults === '' ? 100000 : Number(query.maxResults);
  if (!(wanted >= 0) || !(at >= 0)) throw new ApiError(400, 'invalid', 'Invalid value for maxResults or startIndex');
  const out = [];
  let size = 0;
  for (; at < rows.length && out.length < wanted; at++) {
    const row = rowOut(types, rows[at], format);
    size += JSON.stringify(row).length;
    if (out.length && size > most) break;
    out.push(row);
  }
  return {rows: out, next: at < rows.length ? encodeToken(owner, at) : undefined};
}

module.exports = {page, rowOut, timestampFormat, encodeToken};
