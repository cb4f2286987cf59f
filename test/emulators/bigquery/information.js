// INFORMATION_SCHEMA and __TABLES__: tables made when they are asked for.
'use strict';
const {ApiError} = require('./store');
const values = require('./values');
const {quoteName} = require('./syntax');

const T = (k) => ({k});
const iso = (time) => String(BigInt(time) * 1000n);
const yes = (value) => value ? 'YES' : 'NO';

// [column names with types, rows of a dataset, region level only]
const VIEWS = {
  SCHEMATA: [['catalog_name', 'schema_name', 'schema_owner', 'creation_time:TIMESTAMP', 'last_modified_time:TIMESTAMP', 'location', 'ddl',
    'default_collation_name'], (d) => [[d.project, d.id, null, iso(d.created), iso(d.modified), d.location,
    `CREATE SCHEMA ${quoteName(d.project)}.${d.id}\nOPTIONS(\n  location="${d.location.toLowerCase()}"\n);`, 'NULL']]],
  SCHEMATA_OPTIONS: [['catalog_name', 'schema_name', 'option_name', 'option_type', 'option_value'], (d) => options(d, [d.project, d.id])],
  TABLES: [['table_catalog', 'table_schema', 'table_name', 'table_type', 'managed_table_type', 'is_insertable_into', 'is_fine_grained_mutations_enabled',
    'is_typed', 'is_change_history_enabled', 'creation_time:TIMESTAMP', 'base_table_catalog', 'base_table_schema', 'base_table_name',
    'snapshot_time_ms:TIMESTAMP', 'replica_source_catalog', 'replica_source_schema', 'replica_source_name', 'replication_status',
    'replication_error', 'ddl', 'default_collation_name', 'upsert_stream_apply_watermark:TIMESTAMP'], (d) => [...d.tables.values()].map((t) => [
    ...path(t), t.type === 'VIEW' ? 'VIEW' : 'BASE TABLE', null, yes(t.type === 'TABLE'), 'NO', 'NO', 'NO', iso(t.created),
    null, null, null, null, null, null, null, null, null, ddl(t), 'NULL', null])],
  COLUMNS: [['table_catalog', 'table_schema', 'table_name', 'column_name', 'ordinal_position:INT64', 'is_nullable', 'data_type', 'is_generated',
    'generation_expression', 'is_stored', 'is_hidden', 'is_updatable', 'is_system_defined', 'is_partitioning_column', 'clustering_ordinal_position:INT64',
    'collation_name', 'column_default', 'rounding_mode', 'data_policies.name', 'policy_tags:STRINGS'], (d) => [...d.tables.values()].flatMap(columns)],
  COLUMN_FIELD_PATHS: [['table_catalog', 'table_schema', 'table_name', 'column_name', 'field_path', 'data_type', 'description', 'collation_name',
    'rounding_mode', 'data_policies.name', 'policy_tags:STRINGS'], (d) => [...d.tables.values()].flatMap((t) => t.schema.fields.flatMap((f) => paths(t, f, f, f.name)))],
  TABLE_OPTIONS: [['table_catalog', 'table_schema', 'table_name', 'option_name', 'option_type', 'option_value'],
    (d) => [...d.tables.values()].flatMap((t) => options(t, path(t)))],
  KEY_COLUMN_USAGE: [['constraint_catalog', 'constraint_schema', 'constraint_name', 'table_catalog', 'table_schema', 'table_name', 'column_name',
    'ordinal_position:INT64', 'position_in_unique_constraint:INT64'], (d) => [...d.tables.values()].flatMap((t) => keys(t).map((name, i) => [
    d.project, d.id, `${t.id}.pk$`, ...path(t), name, String(i + 1), null]))],
  TABLE_CONSTRAINTS: [['constraint_catalog', 'constraint_schema', 'constraint_name', 'table_catalog', 'table_schema', 'table_name', 'constraint_type',
    'is_deferrable', 'initially_deferred', 'enforced'], (d) => [...d.tables.values()].filter((t) => keys(t).length).map((t) => [
    d.project, d.id, `${t.id}.pk$`, ...path(t), 'PRIMARY KEY', 'NO', 'NO', 'NO'])],
  CONSTRAINT_COLUMN_USAGE: [['table_catalog', 'table_schema', 'table_name', 'column_name', 'constraint_catalog', 'constraint_schema', 'constraint_name'],
    (d) => [...d.tables.values()].flatMap((t) => keys(t).map((name) => [...path(t), name, d.project, d.id, `${t.id}.pk$`]))],
  VIEWS: [['table_catalog', 'table_schema', 'table_name', 'view_definition', 'check_option', 'use_standard_sql'],
    (d) => [...d.tables.values()].filter((t) => t.view).map((t) => [...path(t), t.view.query, null, 'YES'])],
  PARTITIONS: [['table_catalog', 'table_schema', 'table_name', 'partition_id', 'total_rows:INT64', 'total_logical_bytes:INT64',
    'last_modified_time:TIMESTAMP', 'storage_tier'], (d) => [...d.tables.values()].filter((t) => !t.view).flatMap(partitions)],
  ROUTINES: [['specific_catalog', 'specific_schema', 'specific_name', 'routine_catalog', 'routine_schema', 'routine_name', 'routine_type', 'data_type',
    'routine_body', 'routine_definition', 'external_language', 'is_deterministic', 'security_type', 'created:TIMESTAMP', 'last_altered:TIMESTAMP', 'ddl'],
  (d) => [...d.routines.values()].map((r) => [d.project, d.id, r.id, d.project, d.id, r.id, r.type, null, 'SQL', r.definition, null, null, null,
    iso(r.created), iso(r.created), null])],
  TABLE_STORAGE: [['project_id', 'project_number:INT64', 'table_catalog', 'table_schema', 'table_name', 'creation_time:TIMESTAMP', 'total_rows:INT64',
    'total_partitions:INT64', 'total_logical_bytes:INT64', 'active_logical_bytes:INT64', 'long_term_logical_bytes:INT64', 'total_physical_bytes:INT64',
    'active_physical_bytes:INT64', 'storage_last_modified_time:TIMESTAMP', 'deleted:BOOL', 'table_type'], (d) => [...d.tables.values()].filter((t) => !t.view).map((t) => [
    d.project, '1', ...path(t), iso(t.created), String(t.data.rows.length), '0', String(t.bytes), String(t.bytes), '0', String(t.bytes), String(t.bytes),
    iso(t.modified), 'false', 'BASE TABLE']), true],
};

const path = (t) => [t.project, t.dataset.id, t.id];
const keys = (t) => (t.tableConstraints && t.tableConstraints.primaryKey && t.tableConstraints.primaryKey.columns) || [];

function columns(t) {
  const cluster = (t.clustering && t.clustering.fields || []).map((name) => name.toLowerCase());
  const rows = t.schema.fields.map((f, i) => [...path(t), f.name, String(i + 1), yes(f.mode !== 'REQUIRED'), values.sqlType(f), 'NEVER', null, null, 'NO', null,
    'NO', yes(t.partitionColumn === f.name), cluster.includes(f.name.toLowerCase()) ? String(cluster.indexOf(f.name.toLowerCase()) + 1) : null,
    f.collation || 'NULL', f.defaultValueExpression || 'NULL', f.roundingMode || 'NULL', null, []]);
  if (t.ingestion) {
    for (const [name, type] of [['_PARTITIONTIME', 'TIMESTAMP'], ['_PARTITIONDATE', 'DATE']]) {
      rows.push([...path(t), name, null, 'YES', type, 'NEVER', null, null, 'NO', null, 'NO', yes(name === '_PARTITIONTIME'), null, 'NULL', 'NULL', 'NULL', null, []]);
    }
  }
  return rows;
}

function paths(t, column, field, where) {
  return [[...path(t), column.name, where, values.sqlType(field), field.description || null, 'NULL', 'NULL', null, []],
    ...(field.fields || []).flatMap((f) => paths(t, column, f, `${where}.${f.name}`))];
}

function options(of, names) {
  const rows = [];
  if (of.description) rows.push(['description', 'STRING', JSON.stringify(of.description)]);
  if (of.friendlyName) rows.push(['friendly_name', 'STRING', JSON.stringify(of.friendlyName)]);
  if (of.labels && Object.keys(of.labels).length) {
    rows.push(['labels', 'ARRAY<STRUCT<STRING, STRING>>', `[${Object.entries(of.labels).map(([k, v]) => `STRUCT("${k}", "${v}")`).join(', ')}]`]);
  }
  if (of.requirePartitionFilter) rows.push(['require_partition_filter', 'BOOL', 'true']);
  if (of.timePartitioning && of.timePartitioning.expirationMs) {
    rows.push(['partition_expiration_days', 'FLOAT64', values.floatText(Number(of.timePartitioning.expirationMs) / 86400e3)]);
  }
  if (of.expirationTime) rows.push(['expiration_timestamp', 'TIMESTAMP', `TIMESTAMP "${new Date(Number(of.expirationTime)).toISOString()}"`]);
  return rows.map((row) => [...names, ...row]);
}

function partitionId(t, row) {
  const name = t.partitionColumn, index = t.columns.findIndex((c) => c.name === name);
  const cell = t.ingestion ? row.loaded : row[index];
  if (cell === null || cell === undefined) return '__NULL__';
  if (t.rangePartitioning) {
    const {start, interval, end} = t.rangePartitioning.range, n = BigInt(cell);
    if (n < BigInt(start) || n >= BigInt(end)) return '__UNPARTITIONED__';
    return String(n - (n - BigInt(start)) % BigInt(interval));
  }
  const kind = t.ingestion ? 'TIMESTAMP' : t.columns[index].type.k;
  const text = kind === 'TIMESTAMP' ? values.datetimeText(values.microsToDatetime(cell)) : cell;
  return text.replace(/[-T:]/g, '').slice(0, {HOUR: 10, DAY: 8, MONTH: 6, YEAR: 4}[t.timePartitioning.type || 'DAY']);
}

function partitions(t) {
  if (!t.partitionColumn) return [[...path(t), null, String(t.data.rows.length), String(t.bytes), iso(t.modified), 'ACTIVE']];
  const found = new Map();
  for (const row of t.data.rows) {
    const id = partitionId(t, row), entry = found.get(id) || found.set(id, {rows: 0, bytes: 0}).get(id);
    entry.rows++;
    t.columns.forEach((c, i) => { entry.bytes += values.sizeOf(c.type, row[i]); });
  }
  return [...found].map(([id, e]) => [...path(t), id, String(e.rows), String(e.bytes), iso(t.modified), 'ACTIVE']);
}

// The statement that would make the table.
function ddl(t) {
  if (t.view) return `CREATE VIEW ${quoteName(t.name)}\nAS ${t.view.query};`;
  const lines = t.schema.fields.map((f) => `  ${f.name} ${values.sqlType(f)}${f.defaultValueExpression ? ` DEFAULT ${f.defaultValueExpression}` : ''}` +
    `${f.mode === 'REQUIRED' ? ' NOT NULL' : ''}${f.description ? ` OPTIONS(description=${JSON.stringify(f.description)})` : ''}`);
  if (keys(t).length) lines.push(`  PRIMARY KEY (${keys(t).join(', ')}) NOT ENFORCED`);
  let text = `CREATE TABLE ${quoteName(t.name)}\n(\n${lines.join(',\n')}\n)`;
  if (t.partitionColumn) text += `\nPARTITION BY ${partitionText(t)}`;
  if (t.clustering) text += `\nCLUSTER BY ${t.clustering.fields.join(', ')}`;
  const given = options(t, []);
  if (given.length) text += `\nOPTIONS(\n${given.map((o) => `  ${o[0]}=${o[2]}`).join(',\n')}\n)`;
  return text + ';';
}

function partitionText(t) {
  const name = t.partitionColumn;
  if (t.rangePartitioning) {
    const {start, end, interval} = t.rangePartitioning.range;
    return `RANGE_BUCKET(${name}, GENERATE_ARRAY(${start}, ${end}, ${interval}))`;
  }
  if (t.ingestion) return '_PARTITIONDATE';
  const kind = t.columns.find((c) => c.name === name).type.k, unit = t.timePartitioning.type || 'DAY';
  if (kind === 'DATE') return unit === 'DAY' ? name : `DATE_TRUNC(${name}, ${unit})`;
  return unit === 'DAY' ? `DATE(${name})` : `${kind}_TRUNC(${name}, ${unit})`;
}

function engineTable(name, described, rows) {
  const columns = described.map((text) => {
    const [column, kind = 'STRING'] = text.split(':');
    if (kind === 'STRINGS') return {name: column, type: {k: 'ARRAY', e: T('STRING')}};
    if (column.includes('.')) return {name: column.split('.')[0], type: {k: 'ARRAY', e: {k: 'STRUCT', f: [{name: column.split('.')[1], t: T('STRING')}]}}};
    return {name: column, type: T(kind)};
  });
  return {name, columns, rows: () => rows, schema: {}};
}

// dataset null: all datasets of the project in that location.
function view(store, project, dataset, location, name, script) {
  if (name === 'JOBS' || name === 'JOBS_BY_PROJECT' || name === 'JOBS_BY_USER') {
    return engineTable(`${project}.INFORMATION_SCHEMA.${name}`, ['creation_time:TIMESTAMP', 'project_id', 'user_email', 'job_id', 'job_type', 'statement_type',
      'priority', 'start_time:TIMESTAMP', 'end_time:TIMESTAMP', 'query', 'state', 'total_bytes_processed:INT64', 'total_bytes_billed:INT64',
      'total_slot_ms:INT64', 'cache_hit:BOOL'], script.jobRows ? script.jobRows(project) : []);
  }
  const known = VIEWS[name];
  if (!known || (known[2] && dataset)) {
    throw new ApiError(404, 'notFound', `Not found: Table ${project}:${dataset ? dataset.id + '.' : ''}INFORMATION_SCHEMA.${name} was not found in location ${location}`);
  }
  const datasets = dataset ? [dataset] : [...store.project(project).values()].filter((d) => d.location.toLowerCase() === location.toLowerCase());
  return engineTable(`${project}.${dataset ? dataset.id : 'region-' + location}.INFORMATION_SCHEMA.${name}`, known[0], datasets.flatMap(known[1]));
}

function tables(dataset) {
  return engineTable(`${dataset.project}.${dataset.id}.__TABLES__`, ['project_id', 'dataset_id', 'table_id', 'creation_time:INT64', 'last_modified_time:INT64',
    'row_count:INT64', 'size_bytes:INT64', 'type:INT64'], [...dataset.tables.values()].map((t) => [...path(t), String(t.created), String(t.modified),
    String(t.view ? 0 : t.data.rows.length), String(t.view ? 0 : t.bytes), t.view ? '2' : '1']));
}

module.exports = {view, tables, ddl, partitionId};
