// Result pages made beforehand and sent as they are, so that the server is not what is measured.
// Usage: node bigquery_pages.js ROWS PAGE_ROWS [COLUMNS, default 7]; prints its port, answers until its standard input ends.
// GET /bigquery/v2/projects/p/queries/JOB?pageToken=N, or startIndex=N&maxResults=N, is a page of any job; /latency/MS makes each wait; /plain serves without gzip.
// Below /seconds/ times are seconds, as the service writes them for who does not ask for whole microseconds.
// Of more than 50 pages only 50 are made: they come in turn (so `id` repeats), until a page has come that is the last.
'use strict';
const http = require('http');
const zlib = require('zlib');

const rows = Number(process.argv[2]), size = Number(process.argv[3]), width = Number(process.argv[4] || 7);
const kinds = [['id', 'INTEGER'], ['grp', 'INTEGER'], ['at', 'TIMESTAMP'], ['amount', 'NUMERIC'], ['hash', 'STRING'], ['even', 'BOOLEAN'], ['ratio', 'FLOAT'], ['day', 'DATE']];
const values = [(g) => g, (g) => g % 1000, (g) => `${1704067200 + g}000000`, (g) => ((g % 100000) / 100).toFixed(2).replace(/\.?0+$/, ''),
  (g) => (g * 2654435761 % 4294967296).toString(16).padStart(32, '0'), (g) => g % 2 === 0, (g) => g / 3, (g) => new Date(864e5 * (g % 20000)).toISOString().slice(0, 10)];
// Behind the eighth column they begin anew: id8, grp8, ...
const fields = Array.from({length: width}, (_, i) => ({name: kinds[i % 8][0] + (i < 8 ? '' : i - i % 8), type: kinds[i % 8][1], mode: 'NULLABLE'}));
const reference = {projectId: 'p', jobId: 'job', location: 'US'};
const number = Math.ceil(rows / size), most = 50;

function page(first, count, token, seconds) {
  const value = (i, g) => seconds && i % 8 === 2 ? (1704067200 + g).toExponential().replace('e+', 'E') : values[i % 8](g);
  const body = {kind: 'bigquery#getQueryResultsResponse', etag: 'x', schema: {fields}, jobReference: reference, totalRows: String(rows)};
  if (token !== undefined) body.pageToken = String(token);
  const list = [];
  for (let g = first + 1; g <= first + count; g++) list.push({f: fields.map((_, i) => ({v: String(value(i, g + (i - i % 8)))}))});
  Object.assign(body, {rows: list, totalBytesProcessed: '1', jobComplete: true, cacheHit: false});
  const text = Buffer.from(JSON.stringify(body));
  return {text, packed: zlib.gzipSync(text, {level: 6})};
}

function made(seconds) {
  const pages = [];
  for (let i = 0; i < Math.min(number - 1, most); i++) pages.push(page(i * size, size, i + 1, seconds));
  return {pages, last: page((number - 1) * size, rows - (number - 1) * size, undefined, seconds)};
}

const form = made(false);
let latency = 0, compress = true, served = 0, other;

// The page that a token asks for: a result is read from its first page on, one after the other.
function next(token, seconds) {
  const {pages, last} = seconds ? other ||= made(true) : form;
  served = token === null ? 1 : served + 1;
  return served >= number ? last : pages[Number(token || 0) % most];
}

// Rows from there on; made when they are asked for first.
const ranges = new Map();
function range(start, count) {
  const ends = start + count >= rows, turn = Math.floor(start / count) % most + 1, key = ends ? `${start} ${count}` : `${turn} ${count}`;
  if (!ranges.has(key)) ranges.set(key, page(start, Math.min(count, rows - start), ends ? undefined : turn));
  return ranges.get(key);
}

function send(request, response, text, packed) {
  const gzip = compress && packed && /gzip/.test(request.headers['accept-encoding'] || '');
  response.writeHead(200, {'content-type': 'application/json; charset=UTF-8', 'content-length': (gzip ? packed : text).length, ...(gzip ? {'content-encoding': 'gzip'} : {})});
  response.end(gzip ? packed : text);
}

const json = (request, response, body) => send(request, response, Buffer.from(JSON.stringify(body)));

const server = http.createServer((request, response) => {
  request.resume();
  const url = new URL(request.url, 'http://x'), seconds = url.pathname.startsWith('/seconds/'), order = /^\/(latency\/(\d+)|plain|packed)$/.exec(url.pathname);
  if (order) {
    if (order[2] !== undefined) latency = Number(order[2]);
    else compress = order[1] === 'packed';
    return json(request, response, {pages: number});
  }
  if (/\/queries\/[^/]+$/.test(url.pathname)) {
    if (url.searchParams.get('maxResults') === '0') return json(request, response, {kind: 'bigquery#getQueryResultsResponse', schema: {fields}, jobReference: reference, totalRows: String(rows), jobComplete: true});
    const from = url.searchParams.get('startIndex'), count = Number(url.searchParams.get('maxResults'));
    const {text, packed} = from === null ? next(url.searchParams.get('pageToken'), seconds) : range(Number(from), count);
    return setTimeout(() => send(request, response, text, packed), latency);
  }
  const configuration = {jobType: 'QUERY', query: {query: 'SELECT 1', useLegacySql: false}};
  if (/\/jobs(\/[^/]+)?$/.test(url.pathname)) {
    return json(request, response, {kind: 'bigquery#job', id: 'p:US.job', jobReference: reference, configuration, status: {state: 'DONE'},
      statistics: {creationTime: '1', startTime: '1', endTime: '2', query: {statementType: 'SELECT', totalBytesProcessed: '1', totalBytesBilled: '1', cacheHit: false}}});
  }
  if (/\/queries$/.test(url.pathname)) {
    const {text, packed} = next(null, seconds);
    return send(request, response, text, packed);
  }
  return json(request, response, {kind: 'bigquery#table', etag: 'x', type: 'TABLE', tableReference: {projectId: 'p', datasetId: 'd', tableId: 'facts'}, location: 'US', schema: {fields}, numRows: String(rows), numBytes: '1', lastModifiedTime: '1'});
});
server.keepAliveTimeout = 120000;
server.listen(0, '127.0.0.1', () => process.stdout.write(server.address().port + '\n'));
process.stdin.on('end', () => process.exit(0)).resume();
