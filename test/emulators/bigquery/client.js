// Google's own client against the emulator: what it asks and how it reads the answers is not our opinion.
// Usage: node --require ./redirect.js client.js NODE_MODULES FACTS; prints lines for test/run to count.
'use strict';
const fs = require('fs');
const os = require('os');
const path = require('path');
const assert = require('assert');

const [, , modules, text] = process.argv, facts = JSON.parse(text);
const {BigQuery} = require(path.join(modules, '@google-cloud/bigquery'));
const project = facts.projects[0], location = 'europe-west3';
process.on('warning', () => {});

const cases = [];
const check = (name, run) => cases.push([name, run]);
const make = (more) => new BigQuery({projectId: project, apiEndpoint: facts.url, ...more});
const client = make({keyFilename: facts.keyfile}), dataset = client.dataset('client');
const query = async (sql, more = {}) => (await client.query({query: sql, location, ...more}))[0];
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'gw-client-'));

async function refused(promise, code, reason, words) {
  const error = await promise.then(() => { throw new Error('was not refused'); }, (e) => e);
  assert.equal(error.code, code, `${error.code} ${error.message}`);
  if (reason) assert.equal(error.errors[0].reason, reason);
  if (words) assert.match(error.message, words);
}

check('a token from a service account key, and a dataset in a region', async () => {
  const [made] = await client.createDataset('client', {location});
  assert.equal(made.metadata.location, location);
  assert.deepEqual((await client.getDatasets())[0].map((d) => d.id), ['client']);
});
check('a table from a schema, its metadata and their change', async () => {
  await dataset.createTable('t', {schema: 'id:integer, name, at:timestamp, n:numeric, tags:string', description: 'first'});
  const [metadata] = await dataset.table('t').getMetadata();
  assert.deepEqual(metadata.schema.fields.map((f) => f.type), ['INTEGER', 'STRING', 'TIMESTAMP', 'NUMERIC', 'STRING']);
  assert.equal((await dataset.table('t').setMetadata({description: 'second'}))[0].description, 'second');
  assert.equal((await dataset.table('t').exists())[0], true);
  assert.equal((await dataset.table('nosuch').exists())[0], false);
});
check('insertAll, and rows of which one is wrong', async () => {
  await dataset.table('t').insert([{id: 1, name: 'a', at: BigQuery.timestamp('2024-01-02T03:04:05.123456Z'), n: '1.25'}, {id: 2, name: 'b'}]);
  const error = await dataset.table('t').insert([{id: 3}, {id: 'x'}]).catch((e) => e);
  assert.equal(error.name, 'PartialFailureError');
  assert.equal((await query('SELECT COUNT(*) AS n FROM client.t'))[0].n, 2);
});
check('named parameters and microseconds', async () => {
  const [row] = await query('SELECT * FROM client.t WHERE id = @id AND name IN UNNEST(@names)', {params: {id: 1, names: ['a', 'z']}});
  assert.equal(row.at.value, '2024-01-02T03:04:05.123456000Z');
  assert.equal(String(row.n), '1.25');
});
check('positional parameters with arrays and structs', async () => {
  assert.deepEqual(await query('SELECT ? AS a, ? AS b, ? AS c', {params: [[1, 2], {z: 'q', d: BigQuery.date('2024-02-29')}, true]}),
    [{a: [1, 2], b: {z: 'q', d: BigQuery.date('2024-02-29')}, c: true}]);
});
check('NULL parameters of given types', async () => {
  assert.deepEqual(await query('SELECT @a IS NULL AS yes, @b AS b', {params: {a: null, b: null}, types: {a: 'STRING', b: 'INT64'}}), [{yes: true, b: null}]);
});
check('every type as the client reads it', async () => {
  const [row] = await query(`SELECT DATE '2024-01-02' AS d, TIME '10:00:00.5' AS t, DATETIME '2024-01-02 10:00:00' AS dt, TIMESTAMP '2024-01-02 03:04:05.000006+00' AS ts,
    NUMERIC '1.5' AS n, BIGNUMERIC '1.00000000000000000000000000000000000001' AS bn, b'\\x00\\xff' AS b, [1, 2] AS a, STRUCT(1 AS x, [STRUCT('y' AS y)] AS l) AS s, JSON '{"a":[1]}' AS j,
    RANGE<DATE> '[2020-01-01, 2021-01-01)' AS r, 1.5e300 AS f, TRUE AS bo, CAST('NaN' AS FLOAT64) AS nan, CAST(NULL AS ARRAY<STRING>) AS none`);
  assert.equal(row.d.value, '2024-01-02');
  assert.equal(row.t.value, '10:00:00.500000');
  assert.equal(row.dt.value, '2024-01-02T10:00:00');
  assert.equal(row.ts.value, '2024-01-02T03:04:05.000006000Z');
  assert.equal(row.bn.toFixed(), '1.00000000000000000000000000000000000001');
  assert.deepEqual([...row.b], [0, 255]);
  assert.deepEqual([row.a, row.s, row.f, row.bo, row.none], [[1, 2], {x: 1, l: [{y: 'y'}]}, 1.5e300, true, []]);
  assert.ok(Number.isNaN(row.nan));
  assert.equal(row.r.start.value, '2020-01-01');
});
check('load jobs: NDJSON, one request', async () => {
  const file = path.join(scratch, 'x.json');
  fs.writeFileSync(file, Array.from({length: 1000}, (_, i) => JSON.stringify({id: i, name: 'n' + i, tags: [String(i)]})).join('\n'));
  const [job] = await dataset.table('loaded').load(file, {sourceFormat: 'NEWLINE_DELIMITED_JSON', location,
    schema: {fields: [{name: 'id', type: 'INTEGER', mode: 'REQUIRED'}, {name: 'name', type: 'STRING'}, {name: 'tags', type: 'STRING', mode: 'REPEATED'}]}});
  assert.equal(job.statistics.load.outputRows, '1000');
});
check('load jobs: CSV with quotes and line breaks', async () => {
  const file = path.join(scratch, 'x.csv');
  fs.writeFileSync(file, 'id,name\n1,"a ""q"", b"\n2,"two\nlines"\n3,\\N\n');
  await dataset.table('csv').load(file, {sourceFormat: 'CSV', skipLeadingRows: 1, allowQuotedNewlines: true, nullMarker: '\\N', location,
    schema: {fields: [{name: 'id', type: 'INTEGER'}, {name: 'name', type: 'STRING'}]}});
  assert.deepEqual((await dataset.table('csv').getRows())[0], [{id: 1, name: 'a "q", b'}, {id: 2, name: 'two\nlines'}, {id: 3, name: null}]);
});
check('load jobs: one wrong row loads nothing', async () => {
  const file = path.join(scratch, 'bad.json');
  fs.writeFileSync(file, '{"id": 1}\n{"id": "x"}\n');
  await assert.rejects(dataset.table('loaded').load(file, {sourceFormat: 'NEWLINE_DELIMITED_JSON', location}), /Could not parse|too many errors/);
  assert.equal((await query('SELECT COUNT(*) AS n FROM client.loaded'))[0].n, 1000);
});
check('pages of rows and of results', async () => {
  assert.equal((await dataset.table('loaded').getRows({maxResults: 300, autoPaginate: false}))[0].length, 300);
  assert.equal((await dataset.table('loaded').getRows())[0].length, 1000);
  const rows = await query('SELECT id FROM client.loaded ORDER BY id', {maxResults: 130});
  assert.deepEqual([rows.length, rows[999].id], [1000, 999]);
  let streamed = 0;
  for await (const row of client.createQueryStream({query: 'SELECT * FROM client.loaded', location})) streamed += row.tags.length;
  assert.equal(streamed, 1000);
});
check('a job, its metadata, its results', async () => {
  const [job] = await client.createQueryJob({query: 'SELECT name FROM client.loaded WHERE id < 5', location, labels: {app: 'gw'}});
  assert.equal((await job.getQueryResults())[0].length, 5);
  const [metadata] = await job.getMetadata();
  assert.equal(metadata.status.state, 'DONE');
  assert.equal(metadata.statistics.query.statementType, 'SELECT');
  assert.equal(metadata.statistics.query.totalBytesBilled, '10485760');
  assert.equal(metadata.statistics.query.referencedTables[0].tableId, 'loaded');
  assert.ok((await client.getJobs({maxResults: 5, autoPaginate: false}))[0].some((j) => j.id === job.id));
});
check('a dry run', async () => {
  const [job] = await client.createQueryJob({query: 'SELECT id FROM client.loaded', location, dryRun: true});
  assert.equal(job.metadata.statistics.query.totalBytesProcessed, '8000');
  assert.equal(job.metadata.statistics.query.schema.fields[0].name, 'id');
});
check('DML says how many rows', async () => {
  const [job] = await client.createQueryJob({query: "UPDATE client.loaded SET name = 'x' WHERE id < 10", location});
  await job.getQueryResults();
  assert.equal((await job.getMetadata())[0].statistics.query.numDmlAffectedRows, '10');
});
check('a destination table', async () => {
  const [job] = await client.createQueryJob({query: 'SELECT 1 AS one', location, destination: dataset.table('made'), writeDisposition: 'WRITE_TRUNCATE'});
  await job.getQueryResults();
  assert.deepEqual((await dataset.table('made').getRows())[0], [{one: 1}]);
});
check('a copy of a table', async () => {
  await dataset.table('loaded').copy(dataset.table('copied'));
  assert.equal((await query('SELECT COUNT(*) AS n FROM client.copied'))[0].n, 1000);
});
check('a view', async () => {
  await dataset.createTable('v', {view: {query: `SELECT id FROM \`${project}.client.loaded\` WHERE id < 3`, useLegacySql: false}});
  assert.equal((await query('SELECT v.id FROM client.v ORDER BY v.id')).length, 3);
});
check('a script with a transaction', async () => {
  assert.deepEqual(await query("BEGIN TRANSACTION; DELETE FROM client.made WHERE TRUE; INSERT INTO client.made VALUES (7), (8); COMMIT TRANSACTION; SELECT SUM(one) AS s FROM client.made"), [{s: 15}]);
});
check('errors as the client shows them', async () => {
  await refused(query('SELECT nope'), 400, 'invalidQuery', /Unrecognized name: nope at \[1:8\]/);
  await refused(query('SELECT 1 FROM client.nosuch'), 404, 'notFound', /was not found in location europe-west3/);
  await refused(client.dataset('nosuch').getMetadata(), 404, 'notFound');
  await refused(client.createDataset('client'), 409, 'duplicate');
  await refused(client.query({query: 'SELECT 1 FROM client.t', location: 'US'}), 404, 'notFound');
});
check('statements that Google refuses are refused', async () => {
  for (const sql of ['SELECT 1::INT64', "SELECT 'a' ILIKE 'A'", 'SELECT 5 % 2', 'SELECT DISTINCT ON (1) 1', "SELECT COUNT(*) FILTER (WHERE TRUE)", 'SELECT 1 LIMIT ALL',
    'DELETE FROM client.t', 'UPDATE client.t SET id = 1', "SELECT '2' + 1", 'INSERT INTO client.t (id) VALUES (1) ON CONFLICT DO NOTHING',
    'INSERT INTO client.t (id) VALUES (1) RETURNING id', 'SELECT [[1]]', 'CREATE TABLE client.x (a TEXT)', 'SELECT a FROM (SELECT 1 AS a, 2 AS a)', 'SELECT 1 AS a, 2 AS A']) {
    await refused(query(sql), 400);
  }
});
check('a user account with a refresh token', async () => {
  const other = make({keyFilename: facts.user});
  assert.deepEqual((await other.query({query: 'SELECT SESSION_USER() AS u'}))[0], [{u: 'user@example.com'}]);
});
check('a session keeps its temporary table', async () => {
  const [job] = await client.createQueryJob({query: 'CREATE TEMP TABLE kept AS SELECT 42 AS a', location, createSession: true});
  await job.getQueryResults();
  const {sessionId} = (await job.getMetadata())[0].statistics.sessionInfo;
  const connectionProperties = [{key: 'session_id', value: sessionId}];
  assert.deepEqual(await query('SELECT a FROM kept', {connectionProperties}), [{a: 42}]);
  await refused(query('SELECT a FROM kept'), 400);
});
check('a job that is cancelled', async () => {
  const [job] = await client.createQueryJob({query: "SELECT 'never ends'", location});
  await job.cancel();
  await assert.rejects(job.getQueryResults(), /cancelled/);
});
check('a dataset with its tables goes', async () => {
  await refused(dataset.delete(), 400, 'resourceInUse');
  await dataset.delete({force: true});
  assert.equal((await dataset.exists())[0], false);
});

async function main() {
  for (const [name, run] of cases) {
    try {
      await run();
      console.log(`ok client ${name}`);
    } catch (error) {
      console.log(`not ok client ${name}: ${String(error.message).split('\n').join(' ').slice(0, 400)}`);
    }
  }
  fs.rmSync(scratch, {recursive: true});
}

main();
