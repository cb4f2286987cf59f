// DDL: the analyzer judges the statement, the store is changed from its syntax tree.
'use strict';
const {SqlError} = require('./engine');
const {ApiError, Data, Table, normalField, checkRow} = require('./store');
const {quoteName} = require('./syntax');
const values = require('./values');

const STATEMENTS = {
  create_table: createTable, create_view: createView, create_schema: createSchema, drop: drop, alter_table: alterTable, alter_schema: alterSchema,
};

async function run(statement) {
  const {script, node} = statement;
  if (script.session.transaction && !(node.scope === 'TEMPORARY')) {
    throw new SqlError('DDL statements are not supported in a transaction, except for those creating or dropping temporary tables or temporary functions.');
  }
  return STATEMENTS[statement.kind](statement);
}

const done = (type, table, operation, more) => ({
  type, rows: null, processed: 0, billed: 0, tables: [], versions: [], operation, ...(table && table.dataset ? {target: table} : {}), ...more});

// Where an object of that path is to stand.
function place(script, path, temporary) {
  const names = [...path.names], id = names.pop(), datasetId = names.pop(), projectId = names.join('.') || script.project;
  if (temporary) {
    if (datasetId) throw new SqlError('CREATE TEMP TABLE cannot be used with a dataset name');
    const dataset = {project: script.project, id: '_script' + (script.session.id || 'local').replace(/\W/g, '').slice(0, 12), location: script.location || 'US'};
    return {id, dataset, temporary};
  }
  const where = datasetId === undefined ? script.dataset : {projectId, datasetId};
  if (!where) throw new SqlError(`Table "${id}" must be qualified with a dataset (e.g. dataset.table).`);
  const known = script.store.projects.get(where.projectId), dataset = known && known.get(where.datasetId);
  script.locate(dataset && dataset.location, `Dataset ${where.projectId}:${where.datasetId}`);
  return {id, dataset};
}

async function judge(statement, extra = []) {
  const resolved = await statement.engine.analyze(statement.judged, [...statement.engineTables(), ...extra], statement.script.parameters, statement.script);
  return resolved;
}

// Options as {name: cell}; arrays of pairs become objects.
async function optionsOf(statement, list) {
  const out = {};
  for (const entry of (list && list.options_entries) || []) {
    const {type, cell} = await statement.script.value(entry.value, statement.edits.buffer.toString());
    out[entry.name.toLowerCase()] = type.k === 'ARRAY' && cell ? Object.fromEntries(cell) : cell;
  }
  return out;
}

function applyOptions(resource, options, statement) {
  for (const [name, cell] of Object.entries(options)) {
    if (name === 'description') resource.description = cell;
    else if (name === 'friendly_name') resource.friendlyName = cell;
    else if (name === 'labels') resource.labels = cell || {};
    else if (name === 'require_partition_filter') resource.requirePartitionFilter = cell === 'true' ? true : null;
    else if (name === 'expiration_timestamp') resource.expirationTime = cell === null ? null : String(BigInt(cell) / 1000n);
    else if (name === 'partition_expiration_days') {
      const partitioning = resource.timePartitioning || (statement.table && statement.table.timePartitioning);
      if (!partitioning) throw new SqlError('partition_expiration_days is set on a table that is not partitioned by time');
      resource.timePartitioning = {...partitioning, expirationMs: cell === null ? undefined : String(Math.round(Number(cell) * 86400e3))};
    } else if (!['kms_key_name', 'default_rounding_mode', 'max_staleness', 'enable_change_history', 'location', 'default_table_expiration_days', 'is_case_insensitive',
      'storage_billing_model', 'max_time_travel_hours'].includes(name)) throw new SqlError(`Unknown option: ${name}`);
  }
}

// A column's definition as a field.
async function fieldOf(statement, name, schema) {
  const field = {name, mode: 'NULLABLE'};
  let kind = schema;
  if (schema.kind === 'array_column_schema') {
    field.mode = 'REPEATED';
    kind = schema.element_schema;
    if (kind.kind === 'array_column_schema') throw new SqlError('Cannot construct array with element type ARRAY because nested arrays are not supported');
  }
  if (kind.kind === 'struct_column_schema') {
    field.type = 'RECORD';
    field.fields = [];
    for (const inner of kind.struct_fields || []) field.fields.push(await fieldOf(statement, inner.name, inner.schema));
  } else if (kind.kind === 'range_column_schema') {
    field.type = 'RANGE';
    field.rangeElementType = {type: kind.element_schema.type_name.names[0].toUpperCase()};
  } else {
    field.type = kind.type_name.names.join('.').toUpperCase();
    const standard = values.STANDARD[field.type] || field.type;
    const numbers = ((kind.type_parameters && kind.type_parameters.parameters) || []).map((p) => p.image || String(p.value));
    if (numbers.length && /^(STRING|BYTES)$/.test(standard)) field.maxLength = numbers[0];
    else if (numbers.length) {
      field.precision = numbers[0];
      if (numbers[1] !== undefined) field.scale = numbers[1];
    }
  }
  if (((schema.attributes && schema.attributes.values) || []).some((a) => a.kind === 'not_null_column_attribute')) field.mode = 'REQUIRED';
  if (schema.default_expression) field.defaultValueExpression = statement.edits.slice(schema.default_expression.start, schema.default_expression.end, false);
  const options = await optionsOf(statement, schema.options_list);
  if (options.description) field.description = options.description;
  return normalField(field);
}

function partitioningOf(statement, node, fields) {
  const text = statement.edits.slice(node.start, node.end, false).replace(/^PARTITION\s+BY\s+/i, '').replace(/`/g, '').replace(/\s+/g, ' ').trim();
  const range = /^RANGE_BUCKET ?\( ?(\w+) ?, ?GENERATE_ARRAY ?\( ?(-?\d+) ?, ?(-?\d+)(?: ?, ?(\d+))? ?\) ?\)$/i.exec(text);
  if (range) return {rangePartitioning: {field: range[1], range: {start: range[2], end: range[3], interval: range[4] || '1'}}};
  if (/^(_PARTITIONDATE|DATE ?\( ?_PARTITIONTIME ?\))$/i.test(text)) return {timePartitioning: {type: 'DAY'}};
  const truncated = /^(?:DATE|DATETIME|TIMESTAMP)_TRUNC ?\( ?(\w+) ?, ?(HOUR|DAY|MONTH|YEAR) ?\)$/i.exec(text);
  if (truncated && /^_PARTITIONTIME$/i.test(truncated[1])) return {timePartitioning: {type: truncated[2].toUpperCase()}};
  const name = truncated ? truncated[1] : (/^(?:DATE ?\( ?)?(\w+)(?: ?\))?$/i.exec(text) || [])[1];
  const field = name && fields.find((f) => f.name.toLowerCase() === name.toLowerCase());
  if (!field || !['DATE', 'DATETIME', 'TIMESTAMP'].includes(field.type)) {
    throw new SqlError('PARTITION BY expression must be DATE(<timestamp_column>), DATE(<datetime_column>), DATETIME_TRUNC(<datetime_column>, DAY/HOUR/MONTH/YEAR), a DATE column, TIMESTAMP_TRUNC(<timestamp_column>, DAY/HOUR/MONTH/YEAR), DATE_TRUNC(<date_column>, MONTH/YEAR), or RANGE_BUCKET(<int64_column>, GENERATE_ARRAY(<int64_value>, <int64_value>[, <int64_value>]))');
  }
  if (text === name && field.type !== 'DATE') throw new SqlError(`PARTITION BY expression must be a DATE column, but ${name} is ${field.type}`);
  return {timePartitioning: {type: truncated ? truncated[2].toUpperCase() : 'DAY', field: field.name}};
}

async function createTable(statement) {
  const {node, script} = statement, temporary = node.scope === 'TEMPORARY';
  const where = place(script, node.name, temporary), source = await likeTable(statement, node);
  await judge(statement, source ? [{...source.forEngine(source.data), name: source.alias}] : []);
  const existing = temporary ? script.session.temporary.get(where.id) : where.dataset.table(where.id);
  const name = `${where.dataset.project}:${where.dataset.id}.${where.id}`;
  if (existing && node.is_if_not_exists) return done('CREATE_TABLE', existing, 'SKIP');
  if (existing && !node.is_or_replace) throw new ApiError(409, 'duplicate', `Already Exists: Table ${name}`);
  const resource = await tableResource(statement, node, source);
  let result = null;
  if (node.query) result = await fill(statement, node, resource);
  if (script.dryRun) return done('CREATE_TABLE', null, 'CREATE', result && result.facts);
  if (existing) (temporary ? script.session.temporary : where.dataset.tables).delete(where.id);
  let table;
  if (temporary) {
    table = new Table(where.dataset, where.id, resource);
    table.temporary = true;
    script.session.temporary.set(where.id, table);
  } else table = script.store.makeTable(where.dataset, where.id, resource);
  if (result) table.data = new Data(result.rows.map((row) => checkRow(table.schema.fields, row)));
  if (source && !node.like_table_name) table.data = new Data(source.data.rows);
  return done(node.query ? 'CREATE_TABLE_AS_SELECT' : 'CREATE_TABLE', table, existing ? 'REPLACE' : 'CREATE', result && result.facts);
}

// LIKE, COPY and CLONE: the table named, and the name the catalog shall know it by.
async function likeTable(statement, node) {
  const path = node.like_table_name || (node.copy_data_source || node.clone_data_source || {}).path_expr;
  if (!path) return null;
  const table = statement.script.resolve(path.names), alias = table.name;
  statement.edits.list = statement.edits.list.filter((e) => e.start !== path.start);
  statement.edits.add(path.start, path.end, quoteName(alias));
  statement.judged = statement.sql(false);
  statement.tables.delete(alias);
  return Object.assign(Object.create(table), {alias});
}

async function tableResource(statement, node, source) {
  const resource = source ? JSON.parse(JSON.stringify({schema: source.schema, timePartitioning: source.timePartitioning, clustering: source.clustering,
    rangePartitioning: source.rangePartitioning, description: source.description, requirePartitionFilter: source.requirePartitionFilter})) : {schema: {fields: []}};
  for (const element of (node.table_element_list && node.table_element_list.elements) || []) {
    if (element.kind === 'column_definition' || element.schema) resource.schema.fields.push(await fieldOf(statement, element.name, element.schema));
    else if (element.kind === 'primary_key') resource.tableConstraints = {primaryKey: {columns: element.element_list.elements.map((e) => e.column)}};
  }
  statement.pending = {node, resource};
  if (!node.query) shape(statement);
  applyOptions(resource, await optionsOf(statement, node.options_list), statement);
  return resource;
}

// Partitioning and clustering, when the columns are known.
function shape(statement) {
  const {node, resource} = statement.pending, fields = resource.schema.fields;
  if (node.partition_by) Object.assign(resource, partitioningOf(statement, node.partition_by, fields));
  if (node.cluster_by) {
    const names = node.cluster_by.clustering_expressions.map((e) => e.names.join('.'));
    if (names.length > 4) throw new SqlError('CLUSTER BY has more than 4 columns');
    resource.clustering = {fields: names.map((name) => (fields.find((f) => f.name.toLowerCase() === name.toLowerCase()) || {name}).name)};
  }
}

// The rows and, where none were declared, the columns of CREATE TABLE ... AS.
async function fill(statement, node, resource) {
  const {script} = statement, inner = Object.assign(Object.create(Object.getPrototypeOf(statement)), statement);
  Object.assign(inner, {node: {...node.query, kind: 'query_statement', start: node.query.start, end: node.query.end}, kind: 'query'});
  const sql = inner.sql(false);
  const resolved = await statement.engine.analyze(sql, inner.engineTables(), script.parameters, script);
  const facts = inner.facts(resolved), result = script.dryRun ? {...inner.shape(resolved), rows: []} : await inner.query(resolved);
  if (!resource.schema.fields.length) resource.schema.fields = result.fields;
  shape(statement);
  return {rows: result.rows, facts: {processed: facts.processed, billed: facts.billed, tables: facts.tables, versions: facts.versions}};
}

async function createView(statement) {
  const {node, script} = statement, where = place(script, node.name, false);
  await judge(statement);
  const existing = where.dataset.table(where.id);
  if (existing && node.is_if_not_exists) return done('CREATE_VIEW', existing, 'SKIP');
  if (existing && !node.is_or_replace) throw new ApiError(409, 'duplicate', `Already Exists: Table ${where.dataset.project}:${where.dataset.id}.${where.id}`);
  const resolved = await statement.engine.analyze(statement.edits.slice(node.query.start, node.query.end, false), statement.engineTables(), script.parameters, script);
  const {fields} = statement.shape(resolved), named = (node.column_with_options_list && node.column_with_options_list.column_with_options) || [];
  for (const [i, column] of named.entries()) {
    fields[i].name = column.name;
    const {description} = await optionsOf(statement, column.options_list);
    if (description) fields[i].description = description;
  }
  const resource = {view: {query: statement.edits.buffer.toString('utf8', node.query.start, node.query.end), useLegacySql: false}, schema: {fields}};
  applyOptions(resource, await optionsOf(statement, node.options_list), statement);
  if (script.dryRun) return done('CREATE_VIEW', null, 'CREATE');
  if (existing) where.dataset.tables.delete(where.id);
  return done('CREATE_VIEW', script.store.makeTable(where.dataset, where.id, resource), existing ? 'REPLACE' : 'CREATE');
}

async function createSchema(statement) {
  const {node, script} = statement, names = [...node.name.names], id = names.pop(), project = names.join('.') || script.project;
  await judge(statement);
  const options = await optionsOf(statement, node.options_list), existing = script.store.project(project).get(id);
  if (existing && node.is_if_not_exists) return done('CREATE_SCHEMA', null, 'SKIP');
  if (script.dryRun) return done('CREATE_SCHEMA', null, 'CREATE');
  const resource = {location: options.location ? known(options.location) : script.location || 'US'};
  applyOptions(resource, options, statement);
  if (options.default_table_expiration_days) resource.defaultTableExpirationMs = String(Math.round(Number(options.default_table_expiration_days) * 86400e3));
  script.store.makeDataset(project, id, resource);
  return done('CREATE_SCHEMA', null, 'CREATE', {targetDataset: {projectId: project, datasetId: id}});
}

const known = (location) => /^(us|eu)$/i.test(location) ? location.toUpperCase() : location.toLowerCase();

async function alterSchema(statement) {
  const {node, script} = statement, names = [...node.path.names], id = names.pop();
  const dataset = script.store.dataset(names.join('.') || script.project, id), resource = {};
  for (const action of node.action_list.actions) applyOptions(resource, await optionsOf(statement, action.options_list), statement);
  dataset.assign(resource);
  return done('ALTER_SCHEMA', null, 'ALTER');
}

async function drop(statement) {
  const {node, script} = statement, kind = node.schema_object_kind.slice(1).toUpperCase();
  await judge(statement);
  if (kind === 'SCHEMA') return dropSchema(statement);
  if (kind !== 'TABLE' && kind !== 'VIEW') throw new SqlError(`DROP ${kind} is not emulated`, 'notImplemented');
  const only = node.name.names.length === 1 && node.name.names[0];
  if (only && kind === 'TABLE' && script.session.temporary.has(only)) {
    if (!script.dryRun) script.session.temporary.delete(only);
    return done('DROP_TABLE', null, 'DROP');
  }
  const where = place(script, node.name), table = where.dataset.table(where.id);
  if (!table && node.is_if_exists) return done(`DROP_${kind}`, null, 'SKIP');
  if (!table) throw new ApiError(404, 'notFound', `Not found: Table ${where.dataset.project}:${where.dataset.id}.${where.id} was not found in location ${where.dataset.location}`);
  if (table.type !== kind) throw new SqlError(`${table.project}:${table.dataset.id}.${table.id} is not allowed for this operation because it is currently a ${table.type}.`, 'invalid');
  if (!script.dryRun) where.dataset.tables.delete(where.id);
  return done(`DROP_${kind}`, table, 'DROP');
}

function dropSchema({node, script}) {
  const names = [...node.name.names], id = names.pop(), project = names.join('.') || script.project, datasets = script.store.project(project);
  const dataset = datasets.get(id);
  if (!dataset && node.is_if_exists) return done('DROP_SCHEMA', null, 'SKIP');
  if (!dataset) throw new ApiError(404, 'notFound', `Not found: Dataset ${project}:${id} was not found in location ${script.location || 'US'}`);
  script.locate(dataset.location, `Dataset ${project}:${id}`);
  if (dataset.tables.size && node.drop_mode !== 'CASCADE') throw new ApiError(400, 'resourceInUse', `Dataset ${project}:${id} is still in use`);
  if (!script.dryRun) datasets.delete(id);
  return done('DROP_SCHEMA', null, 'DROP');
}

// ---- ALTER TABLE ----

async function alterTable(statement) {
  const {node, script} = statement;
  let table;
  try {
    table = script.resolve(node.path.names);
  } catch (error) {
    if (error.reason === 'notFound' && node.is_if_exists) return done('ALTER_TABLE', null, 'SKIP');
    throw error;
  }
  statement.edits.add(node.path.start, node.path.end, quoteName(table.name));
  statement.judged = statement.sql(false);
  statement.table = table;
  await judge(statement, [table.forEngine(table.data)]);
  if (script.dryRun) return done('ALTER_TABLE', null, 'ALTER');
  const draft = {fields: table.schema.fields.map((f) => ({...f})), rows: table.data.rows, resource: {}};
  for (const action of node.action_list.actions) {
    const act = ACTIONS[action.kind || (action.column_definition ? 'add_column_action' : '')];
    if (!act) throw new SqlError(`ALTER TABLE with ${action.kind} is not emulated`, 'notImplemented');
    await act(draft, action, statement, table);
  }
  const rows = draft.rows;
  table.assign({...draft.resource, schema: {fields: draft.fields}});
  if (rows !== table.data.rows) {
    table.put(new Data(rows));
    table.past = [];
  }
  if (draft.rename) {
    if (table.dataset.table(draft.rename)) throw new ApiError(409, 'duplicate', `Already Exists: Table ${table.project}:${table.dataset.id}.${draft.rename}`);
    table.dataset.tables.delete(table.id);
    table.id = draft.rename;
    table.dataset.tables.set(table.id, table);
  }
  return done('ALTER_TABLE', table, 'ALTER');
}

function indexOf(draft, name) {
  return draft.fields.findIndex((f) => f.name.toLowerCase() === name.toLowerCase());
}

function bound(table, name, what) {
  const used = [table.partitionColumn, ...(table.clustering ? table.clustering.fields : [])].filter(Boolean).map((n) => n.toLowerCase());
  if (used.includes(name.toLowerCase())) throw new SqlError(`Cannot ${what} column ${name}: it is a partitioning or clustering column`);
}

const keyOf = (table) => (table.tableConstraints && table.tableConstraints.primaryKey ? table.tableConstraints.primaryKey.columns : []);

const ACTIONS = {
  async add_column_action(draft, action, statement) {
    const {column_definition: column} = action;
    if (indexOf(draft, column.name) >= 0) {
      if (action.is_if_not_exists) return;
      throw new SqlError(`Column already exists: ${column.name}`);
    }
    const field = await fieldOf(statement, column.name, column.schema);
    if (field.mode === 'REQUIRED') throw new SqlError(`Cannot add required column ${field.name} to an existing table`);
    if (field.defaultValueExpression) throw new SqlError('Column with a default value cannot be added to an existing table; add the column first and then set its default');
    draft.fields.push(field);
    draft.rows = draft.rows.map((row) => Object.assign([...row, field.mode === 'REPEATED' ? [] : null], {loaded: row.loaded}));
  },
  async drop_column_action(draft, action, statement, table) {
    const at = indexOf(draft, action.column_name);
    if (at < 0) {
      if (action.is_if_exists) return;
      throw new SqlError(`Column not found: ${action.column_name}`);
    }
    bound(table, action.column_name, 'drop');
    if (keyOf(table).some((name) => name.toLowerCase() === action.column_name.toLowerCase())) throw new SqlError(`Cannot drop column ${action.column_name}: it is part of the primary key`);
    draft.fields.splice(at, 1);
    draft.rows = draft.rows.map((row) => Object.assign([...row.slice(0, at), ...row.slice(at + 1)], {loaded: row.loaded}));
  },
  async rename_column_action(draft, action, statement, table) {
    const at = indexOf(draft, action.column_name);
    bound(table, action.column_name, 'rename');
    if (keyOf(table).some((name) => name.toLowerCase() === action.column_name.toLowerCase())) throw new SqlError(`Cannot rename column ${action.column_name}: it is part of the primary key`);
    draft.fields[at].name = action.new_column_name;
  },
  async alter_column_type_action(draft, action, statement) {
    const at = indexOf(draft, action.column_name), old = draft.fields[at], field = await fieldOf(statement, old.name, action.schema);
    const [from, to] = [old, field].map((f) => values.STANDARD[f.type] || f.type);
    const wider = {INT64: ['NUMERIC', 'BIGNUMERIC', 'FLOAT64'], NUMERIC: ['BIGNUMERIC', 'FLOAT64']};
    const whole = (f, name, most) => f[name] === undefined ? most : Number(f[name]);
    const digits = (f) => [whole(f, 'precision', 999) - (f.precision ? whole(f, 'scale', 0) : 0), f.precision ? whole(f, 'scale', 0) : 999];
    const longer = from === to && whole(field, 'maxLength', Infinity) >= whole(old, 'maxLength', Infinity) &&
      digits(field).every((n, i) => n >= digits(old)[i]) && old.mode !== 'REPEATED';
    if (!longer && !(wider[from] || []).includes(to)) {
      throw new SqlError(`ALTER TABLE ALTER COLUMN SET DATA TYPE requires that the existing column type (${values.sqlType(old)}) is assignable to the new type (${values.sqlType(field)})`);
    }
    if (from !== to && to === 'FLOAT64') draft.rows = draft.rows.map((row) => row.map((cell, i) => i === at && cell !== null ? values.floatText(Number(cell)) : cell));
    draft.fields[at] = {...old, type: field.type, maxLength: field.maxLength, precision: field.precision, scale: field.scale};
  },
  async alter_column_drop_not_null_action(draft, action) {
    draft.fields[indexOf(draft, action.column_name)].mode = 'NULLABLE';
  },
  async alter_column_set_default_action(draft, action, statement) {
    const {start, end} = action.default_expression;
    draft.fields[indexOf(draft, action.column_name)].defaultValueExpression = statement.edits.slice(start, end, false);
  },
  async alter_column_drop_default_action(draft, action) {
    delete draft.fields[indexOf(draft, action.column_name)].defaultValueExpression;
  },
  async alter_column_options_action(draft, action, statement) {
    const at = indexOf(draft, action.column_name), {description} = await optionsOf(statement, action.options_list);
    if (at < 0) throw new SqlError(`Column not found: ${action.column_name}`);
    if (description !== undefined) draft.fields[at].description = description === null ? undefined : description;
  },
  async set_options_action(draft, action, statement) {
    applyOptions(draft.resource, await optionsOf(statement, action.options_list), statement);
  },
  async add_constraint_action(draft, action, statement, table) {
    if (action.constraint.kind !== 'primary_key') throw new SqlError('Only PRIMARY KEY constraints are emulated', 'notImplemented');
    if (keyOf(table).length) throw new SqlError('Table already has a primary key');
    draft.resource.tableConstraints = {primaryKey: {columns: action.constraint.element_list.elements.map((e) => e.column)}};
  },
  async drop_primary_key_action(draft) {
    draft.resource.tableConstraints = null;
  },
  async rename_to_clause(draft, action) {
    draft.rename = action.new_name.names[action.new_name.names.length - 1];
  },
};

module.exports = {STATEMENTS, run};
