// Result pages made beforehand and sent as they are, so that the server is not what is measured.
// Usage: node bigquery_pages.js ROWS PAGE_ROWS; prints its port, answers until its standard input ends.
// GET /bigquery/v2/projects/p/queries/JOB?pageToken=N is a page of any job; /latency/MS makes each wait; /plain serves without gzip.
'use strict';
const http = require('http');
const zlib = require('zlib');

const rows = Number(process.argv[2]), size = Number(process.argv[3]);
const fields = [['id', 'INTEGER'], ['grp', 'INTEGER'], ['at', 'TIMESTAMP'], ['amount', 'NUMERIC'], ['hash', 'STRING'], ['even', 'BOOLEAN'], ['ratio', 'FLOAT']]
  .map(([name, type]) => ({name, type, mode: 'NULLABLE'}));
const reference = {projectId: 'p', jobId: 'job', location: 'US'};
const cell = (g) => [g, g % 1000, `${1704067200 + g}000000`, ((g % 100000) / 100).toFixed(2).replace(/\.?0+$/, ''), (g * 2654435761 % 4294967296).toString(16).padStart(32, '0'), String(g % 2 === 0), g / 3];
const pages = [];
for (let at = 0; at < rows; at += size) {
  const page = [];
  for (let g = at + 1; g <= Math.min(at + size, rows); g++) page.push({f: cell(g).map((v) => ({v: String(v)}))});
  const body = {kind: 'bigquery#getQueryResultsResponse', etag: 'x', schema: {fields}, jobReference: reference, totalRows: String(rows)};
  if (at + size < rows) body.pageToken = String(pages.length + 1);
  Object.assign(body, {rows: page, totalBytesProcessed: '1', jobComplete: true, cacheHit: false});
  const text = Buffer.from(JSON.stringify(body));
  pages.push({text, packed: zlib.gzipSync(text, {level: 6})});
}
let latency = 0, compress = true;

function send(request, response, text, packed) {
  const gzip = compress && packed && /gzip/.test(request.headers['accept-encoding'] || '');
  response.writeHead(200, {'content-type': 'application/json; charset=UTF-8', 'content-length': (gzip ? packed : text).length, ...(gzip ? {'content-encoding': 'gzip'} : {})});
  response.end(gzip ? packed : text);
}

const json = (request, response, body) => send(request, response, Buffer.from(JSON.stringify(body)));

const server = http.createServer((request, response) => {
  request.resume();
  const url = new URL(request.url, 'http://x'), order = /^\/(latency\/(\d+)|plain|packed)$/.exec(url.pathname);
  if (order) {
    if (order[2] !== undefined) latency = Number(order[2]);
    else compress = order[1] === 'packed';
    return json(request, response, {pages: pages.length});
  }
  if (/\/queries\/[^/]+$/.test(url.pathname)) {
    if (url.searchParams.get('maxResults') === '0') return json(request, response, {kind: 'bigquery#getQueryResultsResponse', schema: {fields}, jobReference: reference, totalRows: String(rows), jobComplete: true});
    const page = pages[Number(url.searchParams.get('pageToken') || 0)];
    return setTimeout(() => send(request, response, page.text, page.packed), latency);
  }
  const configuration = {jobType: 'QUERY', query: {query: 'SELECT 1', useLegacySql: false}};
  if (/\/jobs(\/[^/]+)?$/.test(url.pathname)) {
    return json(request, response, {kind: 'bigquery#job', id: 'p:US.job', jobReference: reference, configuration, status: {state: 'DONE'},
      statistics: {creationTime: '1', startTime: '1', endTime: '2', query: {statementType: 'SELECT', totalBytesProcessed: '1', totalBytesBilled: '1', cacheHit: false}}});
  }
  if (/\/queries$/.test(url.pathname)) return send(request, response, pages[0].text, pages[0].packed);
  return json(request, response, {kind: 'bigquery#table', etag: 'x', type: 'TABLE', tableReference: {projectId: 'p', datasetId: 'd', tableId: 'facts'}, location: 'US', schema: {fields}, numRows: String(rows), numBytes: '1', lastModifiedTime: '1'});
});
server.keepAliveTimeout = 120000;
server.listen(0, '127.0.0.1', () => process.stdout.write(server.address().port + '\n'));
process.stdin.on('end', () => process.exit(0)).resume();
