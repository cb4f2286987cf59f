// The REST resources: datasets, tables, rows, jobs, queries.  The routes are written as the reference writes them; the
// discovery document is made of the same list.
'use strict';
const crypto = require('crypto');
const {ApiError, Data, checkRow, normalField} = require('./store');
const {CODES, DEDUPLICATE} = require('./jobs');
const {page, timestampFormat} = require('./pages');
const loads = require('./load');

const ROUTES = [];
const route = (id, method, path, run, more = {}) => ROUTES.push({id, method, path, run, ...more,
  pattern: new RegExp('^' + path.replace(/\{\w+\}/g, '([^/]+)') + '$'), names: [...path.matchAll(/\{(\w+)\}/g)].map((m) => m[1])});

function list(items, query, kind, name, token) {
  const at = query.pageToken ? Number(Buffer.from(query.pageToken, 'base64url').toString()) : 0, most = Number(query.maxResults || 50);
  if (!Number.isInteger(at)) throw new ApiError(400, 'invalid', 'Invalid page token');
  const part = items.slice(at, at + most), answer = {kind, etag: crypto.createHash('md5').update(JSON.stringify(part)).digest('base64')};
  if (part.length) answer[name] = part;
  if (at + most < items.length) answer[token || 'nextPageToken'] = Buffer.from(String(at + most)).toString('base64url');
  return answer;
}

// ---- projects and datasets ----

route('projects.list', 'GET', 'projects', ({store, query}) => ({...list([...store.projects.keys()].map((id, i) => ({
  kind: 'bigquery#project', id, numericId: String(i + 1), projectReference: {projectId: id}, friendlyName: id})), query, 'bigquery#projectList', 'projects'),
totalItems: store.projects.size}));

route('projects.getServiceAccount', 'GET', 'projects/{projectId}/serviceAccount', ({path}) => ({
  kind: 'bigquery#getServiceAccountResponse', email: `bq-1@${path.projectId}.iam.gserviceaccount.com`}));

route('datasets.list', 'GET', 'projects/{projectId}/datasets', ({store, path, query}) => {
  const filters = (query.filter || '').split(' ').filter(Boolean).map((f) => /^labels\.([^:]+)(?::(.*))?$/.exec(f));
  const found = [...store.project(path.projectId).values()].filter((d) => (query.all === 'true' || !d.hidden) &&
    filters.every((f) => f && d.labels && f[1] in d.labels && (f[2] === undefined || d.labels[f[1]] === f[2])));
  return list(found.map((d) => ({kind: 'bigquery#dataset', id: `${d.project}:${d.id}`, datasetReference: {datasetId: d.id, projectId: d.project},
    location: d.location, ...(d.labels ? {labels: d.labels} : {}), ...(d.friendlyName ? {friendlyName: d.friendlyName} : {})})), query, 'bigquery#datasetList', 'datasets');
});

route('datasets.insert', 'POST', 'projects/{projectId}/datasets', ({store, path, body, base}) => {
  if (!body.datasetReference || !body.datasetReference.datasetId) throw new ApiError(400, 'required', 'Required parameter is missing: datasetReference');
  const location = body.location && (/^(us|eu)$/i.test(body.location) ? body.location.toUpperCase() : body.location.toLowerCase());
  return store.makeDataset(path.projectId, body.datasetReference.datasetId, {...body, location}).resource(base);
});

route('datasets.get', 'GET', 'projects/{projectId}/datasets/{datasetId}', ({store, path, base}) => store.dataset(path.projectId, path.datasetId).resource(base));

function changeDataset({store, path, body, base, headers, method}) {
  const dataset = store.dataset(path.projectId, path.datasetId);
  precondition(headers, dataset);
  dataset.assign(method === 'PUT' ? {description: null, friendlyName: null, labels: null, ...body} : {...body, labels: mergeLabels(dataset.labels, body.labels)});
  return dataset.resource(base);
}
route('datasets.patch', 'PATCH', 'projects/{projectId}/datasets/{datasetId}', changeDataset);
route('datasets.update', 'PUT', 'projects/{projectId}/datasets/{datasetId}', changeDataset);

function mergeLabels(old, given) {
  if (!given) return given;
  return Object.fromEntries(Object.entries({...old, ...given}).filter(([, v]) => v !== null));
}

function precondition(headers, resource) {
  if (headers['if-match'] && headers['if-match'] !== resource.etag) throw new ApiError(412, 'conditionNotMet', 'Precondition check failed.');
}

route('datasets.delete', 'DELETE', 'projects/{projectId}/datasets/{datasetId}', ({store, path, query}) => {
  const dataset = store.dataset(path.projectId, path.datasetId);
  if (dataset.tables.size && query.deleteContents !== 'true') {
    throw new ApiError(400, 'resourceInUse', `Dataset ${path.projectId}:${path.datasetId} is still in use`);
  }
  store.project(path.projectId).delete(path.datasetId);
  return null;
});

// ---- tables ----

route('tables.list', 'GET', 'projects/{projectId}/datasets/{datasetId}/tables', ({store, path, query}) => {
  const tables = [...store.dataset(path.projectId, path.datasetId).tables.values()].sort((a, b) => a.id < b.id ? -1 : 1);
  return {...list(tables.map((t) => {
    const item = {kind: 'bigquery#table', id: `${t.project}:${t.dataset.id}.${t.id}`, tableReference: t.reference, type: t.type, creationTime: String(t.created)};
    for (const name of ['timePartitioning', 'rangePartitioning', 'clustering', 'labels', 'friendlyName', 'expirationTime', 'view']) if (t[name]) item[name] = t[name];
    return item;
  }), query, 'bigquery#tableList', 'tables'), totalItems: tables.length};
});

route('tables.insert', 'POST', 'projects/{projectId}/datasets/{datasetId}/tables', async ({store, path, body, base, emulator, caller}) => {
  const dataset = store.dataset(path.projectId, path.datasetId), {tableId} = body.tableReference || {};
  if (!tableId) throw new ApiError(400, 'required', 'Required parameter is missing: tableReference');
  if (body.view) {
    const fields = await emulator.describe(path.projectId, body.view.query, dataset, caller);
    return store.makeTable(dataset, tableId, {...body, schema: {fields}}).resource(base);
  }
  return store.makeTable(dataset, tableId, body).resource(base);
});

route('tables.get', 'GET', 'projects/{projectId}/datasets/{datasetId}/tables/{tableId}', ({store, path, query, base}) => {
  const resource = store.table(path.projectId, path.datasetId, path.tableId.replace(/\$.*$/, '')).resource(base, query.view);
  if (query.selectedFields) {
    const wanted = new Set(query.selectedFields.split(',').map((name) => name.split('.')[0].toLowerCase()));
    resource.schema = {fields: resource.schema.fields.filter((f) => wanted.has(f.name.toLowerCase()))};
  }
  return resource;
});

function changeTable({store, path, body, base, headers, method}) {
  const table = store.table(path.projectId, path.datasetId, path.tableId);
  precondition(headers, table);
  if (body.schema && table.type === 'TABLE') {
    const fields = body.schema.fields.map(normalField), old = table.schema.fields;
    for (const [i, field] of old.entries()) {
      const now = fields.find((f) => f.name.toLowerCase() === field.name.toLowerCase());
      if (!now || now.type !== field.type || (field.mode !== now.mode && !(field.mode === 'REQUIRED' && now.mode === 'NULLABLE')) || fields.indexOf(now) !== i) {
        throw new ApiError(400, 'invalid', `Provided Schema does not match Table ${table.project}:${table.dataset.id}.${table.id}. Field ${field.name} is missing in new schema or has changed`);
      }
    }
    const added = fields.slice(old.length);
    if (added.some((f) => f.mode === 'REQUIRED')) throw new ApiError(400, 'invalid', `Provided Schema does not match Table ${table.project}:${table.dataset.id}.${table.id}. Cannot add required fields to an existing schema.`);
    if (added.length) table.data = new Data(table.data.rows.map((row) => Object.assign([...row, ...added.map((f) => f.mode === 'REPEATED' ? [] : null)], {loaded: row.loaded})));
  }
  table.assign(method === 'PUT' ? {description: null, friendlyName: null, labels: null, ...body} : {...body, labels: mergeLabels(table.labels, body.labels)});
  return table.resource(base);
}
route('tables.patch', 'PATCH', 'projects/{projectId}/datasets/{datasetId}/tables/{tableId}', changeTable);
route('tables.update', 'PUT', 'projects/{projectId}/datasets/{datasetId}/tables/{tableId}', changeTable);

route('tables.delete', 'DELETE', 'projects/{projectId}/datasets/{datasetId}/tables/{tableId}', ({store, path}) => {
  const table = store.table(path.projectId, path.datasetId, path.tableId);
  table.dataset.tables.delete(table.id);
  return null;
});

// ---- rows ----

route('tabledata.list', 'GET', 'projects/{projectId}/datasets/{datasetId}/tables/{tableId}/data', ({store, path, query, emulator}) => {
  const table = store.table(path.projectId, path.datasetId, path.tableId);
  if (table.type !== 'TABLE') throw new ApiError(400, 'invalid', `Cannot list a table of type ${table.type}.`);
  let {columns} = table, {rows} = table.data;
  if (query.selectedFields) {
    const wanted = query.selectedFields.split(',').map((name) => name.trim().split('.'));
    const places = columns.map((c, i) => i).filter((i) => wanted.some((w) => w[0].toLowerCase() === columns[i].name.toLowerCase()));
    const odd = wanted.find((w) => !columns.some((c) => c.name.toLowerCase() === w[0].toLowerCase()));
    if (odd) throw new ApiError(400, 'invalid', `Invalid field name ${odd.join('.')} in selectedFields`);
    rows = rows.map((row) => places.map((p) => row[p]));
    columns = places.map((p) => columns[p]);
  }
  const part = page(table.name, columns.map((c) => c.type), rows, query, timestampFormat(formats(query)), emulator.pageBytes);
  const answer = {kind: 'bigquery#tableDataList', etag: table.etag, totalRows: String(rows.length)};
  if (part.rows.length) answer.rows = part.rows;
  if (part.next) answer.pageToken = part.next;
  return answer;
});

const formats = (query) => ({useInt64Timestamp: query['formatOptions.useInt64Timestamp'], timestampOutputFormat: query['formatOptions.timestampOutputFormat']});

route('tabledata.insertAll', 'POST', 'projects/{projectId}/datasets/{datasetId}/tables/{tableId}/insertAll', ({store, path, body, emulator}) => {
  const table = store.table(path.projectId, path.datasetId, path.tableId), given = body.rows || [];
  if (!given.length) throw new ApiError(400, 'invalid', 'No rows present in the request.');
  if (given.length > 50000) throw new ApiError(400, 'invalid', 'Too many rows present in the request, limit: 50000');
  const rows = [], problems = [], seen = emulator.inserted;
  given.forEach((row, index) => {
    try {
      const exact = loads.parseJson(JSON.stringify(row.json || {}));
      const cells = checkRow(table.schema.fields, loads.jsonRow(table.schema.fields, exact, {ignoreUnknownValues: body.ignoreUnknownValues, streamed: true}));
      const key = row.insertId && `${table.name}\0${row.insertId}`;
      if (key && seen.get(key) > Date.now() - 60e3) return;
      rows.push(Object.assign(cells, {key, loaded: String(BigInt(Math.floor(Date.now() / 86400e3)) * 86400000000n)}));
    } catch (error) {
      problems.push({index, errors: [{reason: 'invalid', location: (/field: (\w+)|No such field: (\w+)/.exec(error.message) || []).slice(1).find(Boolean) || '', debugInfo: '', message: error.message.replace(/^No such field: /, 'no such field: ')}]});
    }
  });
  const answer = {kind: 'bigquery#tableDataInsertAllResponse'};
  if (problems.length) {
    answer.insertErrors = problems;
    if (!body.skipInvalidRows) {
      const badRows = new Set(problems.map((p) => p.index));
      given.forEach((row, index) => {
        if (!badRows.has(index)) answer.insertErrors.push({index, errors: [{reason: 'stopped', location: '', debugInfo: '', message: ''}]});
      });
      return answer;
    }
  }
  if (rows.length) {
    for (const row of rows) if (row.key) seen.set(row.key, Date.now());
    table.put(new Data(table.data.rows.concat(rows)));
    if (!emulator.settled) table.streamed = Date.now();
  }
  return answer;
});

// ---- jobs ----

function check(job) {
  if (!job.error) return;
  throw Object.assign(new ApiError(CODES[job.error.reason] || 400, job.error.reason, job.error.message, job.error.location), {job});
}

// Waits for a job as long as is asked for.
async function waitFor(job, milliseconds) {
  const limit = milliseconds === undefined || milliseconds === '' ? 10000 : Number(milliseconds);
  if (!(limit >= 0)) throw new ApiError(400, 'invalid', `Invalid value for timeoutMs: ${milliseconds}`);
  let timer;
  await Promise.race([job.finished, new Promise((done) => { timer = setTimeout(done, Math.min(limit, 200000)); })]);
  clearTimeout(timer);
  return job.state === 'DONE';
}

function results(job, query, format, emulator, request) {
  const answer = {jobReference: job.reference, jobComplete: job.state === 'DONE'};
  if (job.state !== 'DONE') return answer;
  check(job);
  const q = job.statistics.query, {fields, types, rows, none} = job.result || {fields: [], types: [], rows: [], none: true};
  Object.assign(answer, {schema: {fields}, totalBytesProcessed: q.totalBytesProcessed, cacheHit: q.cacheHit});
  if (job.warnings.length) answer.errors = job.warnings;
  if (q.numDmlAffectedRows !== undefined) answer.numDmlAffectedRows = q.numDmlAffectedRows;
  if (none) {
    if (!fields.length) delete answer.schema;
    answer.totalRows = '0';
    return answer;
  }
  const small = emulator.faults.take('pageSize', {request}), empty = query.maxResults !== '0' && rows.length && emulator.faults.take('emptyPage', {request});
  const asked = empty ? {...query, maxResults: 0} : small ? {...query, maxResults: Math.min(small.rows, Number(query.maxResults || Infinity))} : query;
  const part = page(job.id, types, rows, asked, format, emulator.pageBytes), wrong = emulator.faults.take('totalRows', {request});
  answer.totalRows = String(rows.length + (wrong ? wrong.delta : 0));
  if (part.rows.length) answer.rows = part.rows;
  if (part.next) answer.pageToken = part.next;
  return answer;
}

route('jobs.query', 'POST', 'projects/{projectId}/queries', async ({path, body, caller, emulator, request}) => {
  const {jobs} = emulator, format = timestampFormat(body.formatOptions || {});
  if (body.query === undefined) throw new ApiError(400, 'required', 'Required parameter is missing: query');
  if (body.requestId && !/^[\x21-\x7e]{1,36}$/.test(body.requestId)) throw new ApiError(400, 'invalid', 'Invalid request ID: it must be at most 36 ASCII characters');
  const {maxResults, timeoutMs, formatOptions, ...meant} = body, key = body.requestId && !body.dryRun && JSON.stringify([path.projectId, caller, meant]);
  let job = key && jobs.requests.get(key);
  if (job && job.created < Date.now() - DEDUPLICATE) job = null;
  if (!job) {
    const {query, useLegacySql, defaultDataset, useQueryCache, maximumBytesBilled, parameterMode, queryParameters, connectionProperties, createSession} = body;
    job = jobs.submit(path.projectId, body.location ? {location: body.location} : null, {
      query: {query, useLegacySql: useLegacySql === undefined ? true : useLegacySql, defaultDataset, useQueryCache, maximumBytesBilled, parameterMode, queryParameters, connectionProperties, createSession, priority: 'INTERACTIVE'},
      dryRun: body.dryRun, labels: body.labels, jobTimeoutMs: body.jobTimeoutMs}, caller);
    if (key) jobs.requests.set(key, job);
  }
  await job.placed;
  await waitFor(job, timeoutMs);
  const answer = {kind: 'bigquery#queryResponse', ...results(job, {maxResults: maxResults === undefined ? undefined : String(maxResults)}, format, emulator, request)};
  const q = job.statistics.query;
  if (body.dryRun && q) {
    answer.schema = q.schema;
    delete answer.totalRows;
    delete answer.jobReference.jobId;
  }
  if (job.state === 'DONE') {
    Object.assign(answer, {queryId: job.id, location: job.location, creationTime: String(job.created), startTime: String(job.started), endTime: String(job.ended),
      totalSlotMs: job.statistics.totalSlotMs, jobCreationReason: {code: 'REQUESTED'}});
    if (q && q.totalBytesBilled !== undefined) answer.totalBytesBilled = q.totalBytesBilled;
    if (q && q.dmlStats) answer.dmlStats = q.dmlStats;
    const short = body.jobCreationMode === 'JOB_CREATION_OPTIONAL' && !answer.pageToken && !body.dryRun && !job.statistics.sessionInfo;
    if (short) delete answer.jobReference;
  }
  if (job.statistics.sessionInfo) answer.sessionInfo = job.statistics.sessionInfo;
  return answer;
}, {reads: true});

route('jobs.getQueryResults', 'GET', 'projects/{projectId}/queries/{jobId}', async ({path, query, emulator, request}) => {
  const job = emulator.jobs.find(path.projectId, path.jobId, query.location);
  if (!job.configuration.query) throw new ApiError(400, 'invalid', `Job ${path.projectId}:${path.jobId} is not a query job`);
  await waitFor(job, query.timeoutMs);
  return {kind: 'bigquery#getQueryResultsResponse', etag: job.etag, ...results(job, query, timestampFormat(formats(query)), emulator, request)};
});

route('jobs.insert', 'POST', 'projects/{projectId}/jobs', async ({path, body, caller, emulator, media, base}) => {
  const configuration = body.configuration || {};
  if (configuration.query && configuration.query.useLegacySql === undefined) configuration.query.useLegacySql = true;
  const job = emulator.jobs.submit(path.projectId, body.jobReference, configuration, caller, media);
  if (configuration.dryRun) {
    await job.finished;
    check(job);
    const resource = job.resource(base);
    delete resource.jobReference.jobId;
    return resource;
  }
  // What is wrong with a statement itself is said at once; what goes wrong when it runs is the job's state.
  await job.placed;
  await Promise.race([job.finished, new Promise((done) => setTimeout(done, configuration.query ? 50 : 5))]);
  if (job.error && job.configuration.query && ['invalidQuery', 'invalid', 'required', 'notFound'].includes(job.error.reason) && emulator.insertErrors === 'http') check(job);
  return job.resource(base);
}, {reads: true, upload: true});

route('jobs.get', 'GET', 'projects/{projectId}/jobs/{jobId}', ({path, query, emulator, base}) => emulator.jobs.find(path.projectId, path.jobId, query.location).resource(base));

route('jobs.list', 'GET', 'projects/{projectId}/jobs', ({path, query, emulator, base, request}) => {
  const states = request.all.stateFilter || [], since = Number(query.minCreationTime || 0), until = Number(query.maxCreationTime || Infinity);
  const found = [...emulator.jobs.all.values()].filter((job) => job.project === path.projectId && job.created >= since && job.created <= until &&
    (query.parentJobId ? job.parent === query.parentJobId : !job.parent) && (!states.length || states.includes(job.state.toLowerCase()))).reverse();
  return list(found.map((job) => {
    const resource = job.resource(base, true);
    if (query.projection !== 'full') delete resource.configuration;
    return resource;
  }), query, 'bigquery#jobList', 'jobs');
});

route('jobs.cancel', 'POST', 'projects/{projectId}/jobs/{jobId}/cancel', async ({path, query, emulator, base}) => {
  const job = emulator.jobs.find(path.projectId, path.jobId, query.location);
  await emulator.jobs.cancel(job);
  return {kind: 'bigquery#jobCancelResponse', job: job.resource(base)};
});

route('jobs.delete', 'DELETE', 'projects/{projectId}/jobs/{jobId}/delete', ({path, query, emulator}) => {
  const job = emulator.jobs.find(path.projectId, path.jobId, query.location);
  emulator.jobs.all.delete(`${job.project}:${job.id}`);
  return null;
});

for (const [name, kind] of [['routines', 'bigquery#listRoutinesResponse'], ['models', 'bigquery#listModelsResponse']]) {
  route(`${name}.list`, 'GET', `projects/{projectId}/datasets/{datasetId}/${name}`, ({store, path}) => {
    store.dataset(path.projectId, path.datasetId);
    return {kind};
  });
}

function find(method, path) {
  for (const entry of ROUTES) {
    const m = entry.pattern.exec(path);
    if (m && entry.method === method) return {route: entry, path: Object.fromEntries(entry.names.map((name, i) => [name, decodeURIComponent(m[i + 1])]))};
  }
  return null;
}

module.exports = {ROUTES, find};
