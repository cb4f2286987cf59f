// Partitions made beforehand and sent as they are, so that the server is not what is measured.
// Usage: node snowflake_pages.js ROWS PARTITION_ROWS [COLUMNS, default 7]; prints its port, answers until its standard input ends.
// Any statement is a query of `facts` but for those that ask for parameters, descriptions and versions; /latency/MS makes each
// partition wait; /plain serves without gzip; /pages?...&pageToken=N is a partition, too.  Of more than 50 partitions only 50 are made: they come in turn (so ID repeats).
'use strict';
const http = require('http');
const zlib = require('zlib');

const rows = Number(process.argv[2]), size = Number(process.argv[3]), width = Number(process.argv[4] || 7);
const kinds = [['ID', 'NUMBER', 18, 0], ['GRP', 'NUMBER', 9, 0], ['AT', 'TIMESTAMP_LTZ', 0, 6], ['AMOUNT', 'NUMBER', 12, 2], ['HASH', 'TEXT', 0, 0],
  ['EVEN', 'BOOLEAN', 0, 0], ['RATIO', 'FLOAT', 0, 0], ['DAY', 'DATE', 0, 0]];
const values = [(g) => g, (g) => g % 1000, (g) => `${1704067200 + g}.000000000`, (g) => ((g % 100000) / 100).toFixed(2),
  (g) => (g * 2654435761 % 4294967296).toString(16).padStart(32, '0'), (g) => g % 2 === 0, (g) => g / 3, (g) => g % 20000];
const wire = {NUMBER: 'fixed', TEXT: 'text', FLOAT: 'real'};
// Behind the eighth column they begin anew: ID8, GRP8, ...
const columns = Array.from({length: width}, (_, i) => [kinds[i % 8][0] + (i < 8 ? '' : i - i % 8), ...kinds[i % 8].slice(1)]);
const fields = columns.map(([name, type, precision, scale]) => ({name, type: wire[type] || type.toLowerCase(), precision, scale, nullable: true}));
const number = Math.ceil(rows / size), most = 50, handle = '01b2c3d4-0000-4000-8000-000000000001';
const info = Array.from({length: number}, (_, i) => ({rowCount: i < number - 1 ? size : rows - i * size, uncompressedSize: size * 100}));

function partition(first, count) {
  const list = [];
  for (let g = first + 1; g <= first + count; g++) list.push(columns.map((_, i) => String(values[i % 8](g + (i - i % 8)))));
  return JSON.stringify(list);
}

function result(types, count, partitions, data) {
  return `{"resultSetMetaData":{"numRows":${count},"format":"jsonv2","partitionInfo":${JSON.stringify(partitions)},"rowType":${JSON.stringify(types)}},` +
    `"data":${data},"code":"090001","statementStatusUrl":"/api/v2/statements/${handle}","sqlState":"00000","statementHandle":"${handle}",` +
    '"message":"Statement executed successfully.","createdOn":1704067200000}';
}

const answer = (text) => ({text: Buffer.from(text), packed: zlib.gzipSync(text, {level: 6})});
const made = [];
for (let i = 0; i < Math.min(number - 1, most); i++) made.push(partition(i * size, size));
const last = partition((number - 1) * size, rows - (number - 1) * size);
const first = answer(result(fields, rows, info, number > 1 ? made[0] : last));
const others = made.map((data) => answer(`{"data":${data}}`)), end = answer(`{"data":${last}}`);

// Rows of our own: objects with a member for each column.
function listed(list) {
  const names = Object.keys(list[0]);
  return Buffer.from(result(names.map((name) => ({name, type: 'text', nullable: true})), list.length, [{rowCount: list.length, uncompressedSize: 1}],
    JSON.stringify(list.map((row) => names.map((name) => row[name])))));
}

const parameters = listed(['TIMEZONE', 'QUOTED_IDENTIFIERS_IGNORE_CASE', 'AUTOCOMMIT', 'ERROR_ON_NONDETERMINISTIC_MERGE']
  .map((key, i) => ({key, wanted: ['UTC', 'false', 'true', 'true'][i], value: ['UTC', 'false', 'true', 'true'][i]})));
const described = listed(columns.map(([name, type, precision, scale]) => ({schema: 'D', table: 'FACTS', database: 'DB', kind: 'BASE TABLE', rows: String(rows), bytes: '1',
  name, type, precision: type === 'NUMBER' ? String(precision) : null, scale: type === 'NUMBER' ? String(scale) : null,
  fraction: type === 'TIMESTAMP_LTZ' ? String(scale) : null, nullable: 'YES'})));
const version = listed([{version: '1'}]);

// How many rows an INSERT has brought: in documents, or as bind variables.
function inserted(body) {
  const bound = Object.values(body.bindings || {});
  const count = /FLATTEN/.test(body.statement) ? bound.reduce((n, one) => n + JSON.parse(one.value).length, 0) : bound.length / width;
  return Buffer.from(result([{name: 'number of rows inserted', type: 'fixed', precision: 19, scale: 0, nullable: false}], 1, [{rowCount: 1, uncompressedSize: 1}], `[["${count}"]]`));
}

let latency = 0, compress = true;

function send(request, response, text, packed, status) {
  const gzip = compress && packed && /gzip/.test(request.headers['accept-encoding'] || '');
  response.writeHead(status || 200, {'content-type': 'application/json', 'content-length': (gzip ? packed : text).length, ...(gzip ? {'content-encoding': 'gzip'} : {})});
  response.end(gzip ? packed : text);
}

function statement(request, response, body) {
  if (/SHOW PARAMETERS/.test(body)) return send(request, response, parameters);
  if (/SHOW PRIMARY KEYS/.test(body)) return send(request, response, described);
  if (/LAST_DDL/.test(body)) return send(request, response, version);
  if (/"INSERT INTO/.test(body)) return send(request, response, inserted(JSON.parse(body)));
  return setTimeout(() => send(request, response, first.text, first.packed), latency);
}

const server = http.createServer((request, response) => {
  const url = new URL(request.url, 'http://x'), order = /^\/(latency\/(\d+)|plain|packed)$/.exec(url.pathname);
  if (order) {
    if (order[2] !== undefined) latency = Number(order[2]);
    else compress = order[1] === 'packed';
    return send(request, response, Buffer.from(JSON.stringify({pages: number})));
  }
  if (request.method === 'POST') {
    const parts = [];
    return request.on('data', (part) => parts.push(part)).on('end', () => statement(request, response, Buffer.concat(parts).toString()));
  }
  const n = Number(url.searchParams.get('partition') || url.searchParams.get('pageToken') || 0);
  if (url.pathname !== '/pages' && !url.pathname.endsWith(handle)) return send(request, response, Buffer.from('{"code":"000709","message":"not found","sqlState":"02000"}'), null, 422);
  const {text, packed} = n === 0 ? first : n >= number - 1 ? end : others[n % most];
  return setTimeout(() => send(request, response, text, packed), latency);
});
server.keepAliveTimeout = 120000;
server.listen(0, '127.0.0.1', () => process.stdout.write(server.address().port + '\n'));
process.stdin.on('end', () => process.exit(0)).resume();
