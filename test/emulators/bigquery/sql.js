// Runs scripts: names are resolved to tables of the store, the analyzer judges each statement, the evaluator executes
// it.  What a statement did is told as the job's statistics want it.
'use strict';
const {SqlError, OPERATION} = require('./engine');
const {ApiError, Data, checkRow} = require('./store');
const {flat, walk, splitPaths, Edits, originalPosition, quoteName, quoteText} = require('./syntax');
const values = require('./values');
const information = require('./information');
const ddl = require('./ddl');
const merge = require('./merge');
const refusals = require('./refusals');

const MEGABYTE = 1048576;
// The name under which the evaluator knows a table that rows are inserted into.
const INTO = '#into';
const STATEMENTS = {query: 'SELECT', insert: 'INSERT', update: 'UPDATE', delete: 'DELETE', merge: 'MERGE', truncate: 'TRUNCATE_TABLE'};

function newSession(id) {
  return {id, temporary: new Map(), variables: new Map(), transaction: null, used: Date.now()};
}

class Script {
  // about: {project, dataset, location, user, parameters, session, zone, limit, dryRun, inSession}
  constructor(store, engine, about) {
    Object.assign(this, about, {store, engine});
    this.children = [];
    this.steps = 0;
  }

  async run(sql) {
    const {text} = splitPaths(sql);
    this.original = sql;
    let tree;
    try {
      tree = flat(await this.engine.parse(text));
    } catch (error) {
      throw this.placed(error, text);
    }
    const list = tree.statement_list_node.statement_list;
    if (!list.length) throw new SqlError('Syntax error: Unexpected end of script');
    this.single = list.length === 1;
    await this.sequence(list, text);
    return this.children;
  }

  placed(error, text) {
    if (error instanceof SqlError) error.message = originalPosition(error.message, text, this.original);
    return error;
  }

  async sequence(list, text) {
    for (const node of list) {
      const signal = await this.step(node, text);
      if (signal) return signal;
    }
    return null;
  }

  async step(node, text) {
    if (this.stopped) throw new SqlError('Job execution was cancelled: User requested cancellation', 'stopped');
    if (++this.steps > 2000) throw new SqlError('Resources exceeded: the script has too many statements', 'resourcesExceeded');
    const run = CONTROL[node.kind];
    if (run) return run.call(this, node, text);
    const statement = new Statement(this, node, text);
    const release = node.kind === 'query_statement' ? () => {} : await this.store.lock();
    try {
      this.children.push({...await statement.run(), text: statement.edits.buffer.toString('utf8', node.start, node.end)});
    } catch (error) {
      throw this.placed(error, statement.judged || text);
    } finally {
      release();
    }
    return null;
  }

  // DDL says by its own name where it runs.
  hint(path, schema) {
    if (this.location || !path || !path.names) return;
    const names = [...path.names], datasets = (project) => this.store.projects.get(project || this.project) || new Map();
    const id = schema || names.length < 2 ? null : names[names.length - 2];
    const found = id ? datasets(names.slice(0, -2).join('.')).get(id) :
      schema ? datasets(names.slice(0, -1).join('.')).get(names[names.length - 1]) : this.dataset && datasets(this.dataset.projectId).get(this.dataset.datasetId);
    if (found) this.location = found.location;
  }

  // The first statement's names are resolved, and with them where the job runs.
  async begun() {
    const {located} = this;
    this.located = null;
    if (located) await located();
    if (this.stopped) throw new SqlError('Job execution was cancelled: User requested cancellation', 'stopped');
  }

  // A value of an expression in a script, of that type where one is given.
  async value(node, text, type) {
    const around = type ? ['SELECT CAST(', ` AS ${values.sqlType(values.fieldOfType('c', type))})`] : ['SELECT ', ''];
    const statement = new Statement(this, {kind: 'query_statement', start: node.start, end: node.end, inner: node}, text, ...around);
    const result = await statement.run();
    return {type: result.types[0], cell: result.rows.length ? result.rows[0][0] : null};
  }

  // ---- names ----

  // A table by its path as it stands in a statement; undefined project and dataset are the job's.
  resolve(path) {
    const names = [...path], upper = names.map((n) => n.toUpperCase());
    const at = upper.indexOf('INFORMATION_SCHEMA');
    if (at >= 0) return this.view(names, at);
    const id = names.pop(), dataset = names.pop(), project = names.join('.') || this.project;
    if (dataset === undefined || dataset === '_SESSION') {
      const table = this.session.temporary.get(id);
      if (table) return table;
      if (!this.dataset || dataset) throw new SqlError(`Table "${id}" must be qualified with a dataset (e.g. dataset.table).`);
    }
    const where = dataset === undefined ? this.dataset : {projectId: project, datasetId: dataset};
    const known = this.store.projects.get(where.projectId);
    if (!known) throw new ApiError(403, 'accessDenied', `Access Denied: Table ${where.projectId}:${where.datasetId}.${id}: User does not have permission to query table ${where.projectId}:${where.datasetId}.${id}, or perhaps it does not exist.`);
    const found = known.get(where.datasetId);
    this.locate(found && found.location, `Dataset ${where.projectId}:${where.datasetId}`);
    if (id === '__TABLES__') return information.tables(found);
    const table = found.table(id);
    if (!table) throw new ApiError(404, 'notFound', `Not found: Table ${where.projectId}:${where.datasetId}.${id} was not found in location ${this.location}`);
    return table;
  }

  // The first data a script touches says where it runs; all has to be there.
  locate(location, what) {
    if (location && !this.location) this.location = location;
    if (!location || location.toLowerCase() !== this.location.toLowerCase()) {
      throw new ApiError(404, 'notFound', `Not found: ${what} was not found in location ${this.location || 'US'}`);
    }
  }

  view(names, at) {
    const name = names[at + 1], before = names.slice(0, at);
    const region = /^region-(.+)$/i.exec(before[before.length - 1] || '');
    if (region) {
      this.locate(/^(us|eu)$/i.test(region[1]) ? region[1].toUpperCase() : region[1], `Region ${region[1]}`);
      return information.view(this.store, before.slice(0, -1).join('.') || this.project, null, this.location, name, this);
    }
    const dataset = before.pop() || (this.dataset && this.dataset.datasetId), project = before.join('.') || (this.dataset && !names[at - 1] ? this.dataset.projectId : this.project);
    if (!dataset) return information.view(this.store, project, null, this.location || 'US', name, this);
    const found = (this.store.projects.get(project) || new Map()).get(dataset);
    this.locate(found && found.location, `Dataset ${project}:${dataset}`);
    return information.view(this.store, project, found, found.location, name, this);
  }

  // ---- data and transactions ----

  dataOf(table) {
    const transaction = this.session.transaction;
    if (!transaction || !transaction.data) return table.data;
    if (!transaction.data.has(table)) {
      const base = table.created > transaction.began ? table.data : table.at(transaction.began);
      transaction.data.set(table, {base, data: base, written: false});
    }
    return transaction.data.get(table).data;
  }

  write(table, rows) {
    const data = new Data(rows), transaction = this.session.transaction;
    if (!transaction || this.session.temporary.has(table.id) && table.temporary) {
      table.put(data);
      return;
    }
    this.dataOf(table);
    const entry = transaction.data.get(table);
    if (entry.base !== table.data) throw aborted(table);
    Object.assign(entry, {data, written: true});
  }

  begin() {
    if (this.single && !this.inSession) throw new SqlError('Transaction control statements are supported only in scripts or sessions');
    if (this.session.transaction) throw new SqlError('Transactions cannot be nested');
    this.session.transaction = {began: Date.now(), data: new Map()};
    this.children.push({type: 'BEGIN_TRANSACTION', rows: null});
  }

  commit() {
    const transaction = this.session.transaction;
    if (!transaction) throw new SqlError('There is no active transaction');
    this.session.transaction = null;
    const written = [...transaction.data].filter(([, entry]) => entry.written);
    for (const [table, entry] of written) if (table.data !== entry.base) throw aborted(table);
    for (const [table, entry] of written) table.put(entry.data);
    this.children.push({type: 'COMMIT_TRANSACTION', rows: null});
  }

  rollback() {
    if (!this.session.transaction) throw new SqlError('There is no active transaction');
    this.session.transaction = null;
    this.children.push({type: 'ROLLBACK_TRANSACTION', rows: null});
  }

  get constants() {
    return [...this.session.variables].map(([name, v]) => ({name, type: v.type, cell: v.cell}));
  }
}

function aborted(table) {
  return new SqlError(`Transaction is aborted due to concurrent update against table ${table.project}:${table.dataset.id}.${table.id}. Transaction ID: ${table.data.version}`);
}

// ---- statements of scripts ----

const CONTROL = {
  begin_statement() { this.begin(); },
  commit_statement() { this.commit(); },
  rollback_statement() { this.rollback(); },
  async variable_declaration(node, text) {
    const declared = node.type && await declaredType(this, node.type, text);
    const given = node.default_value && await this.value(node.default_value, text, declared);
    for (const name of node.variable_list.identifier_list) {
      this.session.variables.set(name, {type: declared || given.type, cell: given ? given.cell : null});
    }
  },
  async single_assignment(node, text) {
    const name = [...this.session.variables.keys()].find((n) => n.toLowerCase() === node.variable.toLowerCase());
    if (!name) throw new SqlError(`Undeclared variable: ${node.variable}`);
    const {type} = this.session.variables.get(name);
    this.session.variables.set(name, {type, cell: (await this.value(node.expression, text, type)).cell});
  },
  async if_statement(node, text) {
    if (await truth(this, node.condition, text)) return this.sequence(node.then_list.statement_list || [], text);
    for (const clause of (node.elseif_clauses && node.elseif_clauses.elseif_clauses) || []) {
      if (await truth(this, clause.condition, text)) return this.sequence(clause.body.statement_list || [], text);
    }
    return node.else_list ? this.sequence(node.else_list.statement_list || [], text) : null;
  },
  async while_statement(node, text) {
    while (!node.condition || await truth(this, node.condition, text)) {
      const signal = await this.sequence(node.body.statement_list || [], text);
      if (signal === 'break') break;
      this.steps++;
    }
  },
  breakcontinue_statement() { return 'break'; },
  break_statement() { return 'break'; },
  async begin_end_block(node, text) {
    try {
      return await this.sequence(node.statement_list_node.statement_list || [], text);
    } catch (error) {
      const handler = node.handler_list && node.handler_list.exception_handler_list[0];
      if (!handler || error.reason === 'stopped') throw error;
      return this.sequence(handler.statement_list.statement_list || [], text);
    }
  },
  async system_variable_assignment(node, text) {
    const name = node.system_variable.path.names.join('.').toLowerCase(), {cell} = await this.value(node.expression, text);
    if (name === 'dataset_project_id') this.project = cell;
    else if (name === 'dataset_id') this.dataset = {projectId: this.project, datasetId: cell};
    else if (name === 'time_zone') this.zone = cell;
    else if (name !== 'query_label') throw new SqlError(`System variable @@${name} cannot be set`);
  },
  async call_statement(node, text) {
    const name = node.procedure_name.names.join('.').toUpperCase();
    if (name !== 'BQ.ABORT_SESSION') throw new ApiError(404, 'notFound', `Not found: Routine ${name}`);
    const argument = node.arguments && node.arguments.length ? (await this.value(node.arguments[0].expr, text)).cell : this.session.id;
    if (!this.abortSession || !this.abortSession(argument)) throw new SqlError(`Session ${argument} does not exist.`);
    this.children.push({type: 'CALL', rows: null});
  },
};

async function truth(script, node, text) {
  return (await script.value(node, text)).cell === 'true';
}

async function declaredType(script, node, text) {
  const written = Buffer.from(text).toString('utf8', node.start, node.end);
  const statement = new Statement(script, {kind: 'query_statement', start: 0, end: 0}, '', `SELECT CAST(NULL AS ${written})`);
  return (await statement.run()).types[0];
}

// ---- one statement ----

class Statement {
  constructor(script, node, text, prefix = '', suffix = '') {
    Object.assign(this, {script, node, prefix, suffix, engine: script.engine});
    this.edits = new Edits(text);
    this.tables = new Map();
    this.kind = node.kind.replace(/_statement$/, '');
  }

  sql(execute, start = this.node.start, end = this.node.end) {
    return this.prefix + this.edits.slice(start, end, execute) + this.suffix;
  }

  async run() {
    await this.resolveNames();
    this.judged = this.sql(false);
    if (!this.prefix) {
      this.script.hint(this.node.name || this.node.path, /schema$/.test(this.kind) || this.node.schema_object_kind === 'kSchema');
      await this.script.begun();
    }
    if (ddl.STATEMENTS[this.kind]) return ddl.run(this);
    if (!STATEMENTS[this.kind]) throw new SqlError(`Statement not supported: ${this.kind.replace(/_/g, ' ')}`, 'notImplemented');
    const resolved = await this.engine.analyze(this.judged, this.engineTables(), this.script.parameters, this.script);
    const facts = this.facts(resolved);
    refusals.check(resolved);
    this.checkPartitionFilter(resolved);
    if (this.script.limit !== undefined && facts.billed > this.script.limit) {
      throw new SqlError(`Query exceeded limit for bytes billed: ${this.script.limit}. ${facts.billed} or higher required.`, 'bytesBilledLimitExceeded');
    }
    if (this.script.dryRun) return {...facts, ...this.shape(resolved), rows: null};
    if (this.kind === 'query') return {...facts, ...await this.query(resolved)};
    return {...facts, ...await this.modify()};
  }

  // Finds the tables; where their names stand, the names of the catalog are put.
  async resolveNames() {
    const known = this.prefix && !this.node.inner ? [] : await this.engine.tableNames(this.sql(true)).catch(() => []);
    const names = new Set(known.map((path) => path.join('\0')));
    for (const node of walk(this.node.inner || this.node)) {
      if (node.path_expr && node.path_expr.names && names.has(node.path_expr.names.join('\0'))) await this.use(node, node.path_expr);
      else if (node.target_path && node.target_path.names) await this.use(node, node.target_path, true);
      else if (node.kind === 'function_call') this.rewriteCall(node);
      else if (node.kind === 'system_variable_expr') this.systemVariable(node);
      else if (node.kind === 'parameter_expr' && !node.name) this.positional(node);
    }
  }

  async use(node, path, target) {
    let table = this.script.resolve(path.names), text = null;
    if (table.view) {
      if (target) throw new SqlError(`${table.project}:${table.dataset.id}.${table.id} is not a table and cannot be modified`);
      text = `(${await this.expand(table)})`;
    } else {
      const entry = {table, data: table.dataset ? this.script.dataOf(table) : null, name: table.name};
      if (node.for_system_time) {
        const at = (await this.script.value(node.for_system_time.expression, this.edits.buffer.toString())).cell;
        Object.assign(entry, {data: table.at(Number(BigInt(at) / 1000n)), name: `${table.name}@${at}`});
        this.edits.add(node.for_system_time.start, node.for_system_time.end, '');
      }
      const known = this.tables.get(entry.name);
      entry.read = !target || this.kind !== 'insert' || (known && known.read);
      if (target) this.target = entry;
      if (!known || target) this.tables.set(entry.name, entry);
      else known.read = true;
      text = quoteName(entry.name);
    }
    if (target && this.kind === 'insert') {
      this.edits.add(path.start, path.end, text, quoteName(this.target.name + INTO));
      return;
    }
    const noAlias = node.alias || this.kind === 'truncate';
    this.edits.add(path.start, path.end, text + (noAlias ? '' : ` AS ${quoteName(path.names[path.names.length - 1])}`));
  }

  // A view's query, its names resolved from where it stands.
  async expand(view) {
    if (this.depth > 15) throw new SqlError('Views are nested too deeply');
    const {text} = splitPaths(view.view.query), tree = flat(await this.engine.parse(text));
    const script = Object.assign(Object.create(this.script), {
      dataset: undefined, project: view.project, session: {...this.script.session, temporary: new Map()}});
    const inner = new Statement(script, tree.statement_list_node.statement_list[0], text);
    inner.depth = (this.depth || 0) + 1;
    await inner.resolveNames();
    for (const [name, entry] of inner.tables) if (!this.tables.has(name)) this.tables.set(name, entry);
    this.script.location = this.script.location || script.location;
    return inner.sql(true);
  }

  // Functions the evaluator does not have, by ones that it has; they are judged as they were written.
  rewriteCall(node) {
    const name = node.function.names.join('.').toUpperCase();
    const put = (text) => this.edits.add(node.start, node.end, null, text);
    if (name === 'SESSION_USER' || name === 'CURRENT_USER') put(quoteText(this.script.user));
    else if (name === 'GENERATE_UUID') {
      put("(SELECT CONCAT(SUBSTR(gw_h, 1, 8), '-', SUBSTR(gw_h, 9, 4), '-4', SUBSTR(gw_h, 14, 3), '-a', SUBSTR(gw_h, 18, 3), '-', SUBSTR(gw_h, 21, 12)) " +
        'FROM (SELECT TO_HEX(MD5(CAST(RAND() AS STRING))) AS gw_h))');
    } else if (name === 'APPROX_COUNT_DISTINCT') {
      this.edits.add(node.function.start, node.function.end, null, 'COUNT');
      const [argument] = node.arguments;
      this.edits.add(argument.start, argument.start, null, 'DISTINCT ');
    }
  }

  // The evaluator takes parameters by name only.
  positional(node) {
    const {positional, list} = this.script.parameters;
    if (!positional) throw new SqlError('Positional parameters are not supported', 'invalidQuery');
    if (node.position > list.length) throw new SqlError(`Query parameter number ${node.position} is not defined`);
    this.edits.add(node.start, node.end, '@' + list[node.position - 1].name);
  }

  systemVariable(node) {
    const name = node.path.names.join('.').toLowerCase(), about = this.script;
    const known = {session_id: about.session.id, project_id: about.project, dataset_project_id: about.project, 'script.job_id': about.jobId,
      current_job_id: about.jobId, dataset_id: about.dataset && about.dataset.datasetId, time_zone: about.zone || 'UTC'};
    if (!(name in known)) throw new SqlError(`Unrecognized system variable: @@${name}`);
    this.edits.add(node.start, node.end, known[name] ? quoteText(known[name]) : 'CAST(NULL AS STRING)');
  }

  engineTables(keyed) {
    return [...this.tables.values()].map((entry) => entry.data === null ? entry.table :
      {...entry.table.forEngine(entry.data, keyed && entry === this.target), name: entry.name,
        reads: this.kind === 'query' ? entry.columns : undefined});
  }

  // ---- what it costs, and what comes out ----

  facts(resolved) {
    const read = new Map();
    for (const node of walk(resolved)) {
      if (!node.table || !node.column_index_list && !node.parent) continue;
      const entry = this.tables.get(node.table.name);
      if (!entry) continue;
      const columns = read.get(entry) || read.set(entry, new Set()).get(entry);
      for (const index of node.column_index_list || []) columns.add(Number(index));
    }
    let processed = 0, billed = 0;
    for (const [entry, columns] of read) {
      entry.columns = columns;
      if (!entry.data) {
        billed += 10 * MEGABYTE;
        processed += 10 * MEGABYTE;
        continue;
      }
      const bytes = [...columns].reduce((sum, i) => sum + (i < entry.table.columns.length ? entry.table.columnSize(entry.data, i) : 0), 0);
      processed += bytes;
      if (bytes) billed += Math.max(10 * MEGABYTE, Math.ceil(bytes / MEGABYTE) * MEGABYTE);
    }
    return {
      type: STATEMENTS[this.kind], processed, billed, tables: [...this.tables.values()].filter((e) => e.data).map((e) => e.table),
      versions: [...this.tables.values()].map((e) => e.data ? e.data.version : -1),
    };
  }

  // The columns of a query, as a schema.
  shape(resolved) {
    const statement = Object.values(resolved || {}).find((v) => v && v.output_column_list);
    if (!statement) return {};
    let columns = statement.output_column_list.map((c) => ({name: c.name, type: values.typeOfProto(c.column.type), id: c.column.column_id}));
    if (statement.is_value_table && columns[0].type.k === 'STRUCT') {
      columns = columns[0].type.f.map((f) => ({name: f.name, type: f.t}));
    }
    let unnamed = 0;
    const seen = new Map();
    for (const column of columns) {
      if (!column.name || column.name.startsWith('$')) column.name = `f${unnamed++}_`;
      const key = column.name.toLowerCase();
      if (seen.has(key)) throw new SqlError(`Duplicate column names in the result are not supported when a destination table is present. Found duplicate(s): ${column.name}`);
      seen.set(key, column);
    }
    return {fields: columns.map((c) => values.fieldOfType(c.name, c.type)), types: columns.map((c) => c.type), columns, statement};
  }

  async query(resolved) {
    const shape = this.shape(resolved);
    let rows = this.plainScan(shape);
    if (!rows) {
      const types = shape.statement.is_value_table ? [values.typeOfProto(shape.statement.output_column_list[0].column.type)] : shape.types;
      rows = await this.engine.query(this.sql(true), this.engineTables(), this.script.parameters, this.script, types);
      if (shape.statement.is_value_table && types[0].k === 'STRUCT') rows = rows.map((row) => row[0]);
    }
    shape.types.forEach((type, i) => {
      if (type.k === 'ARRAY' && rows.some((row) => row[i] && row[i].includes(null))) {
        throw new SqlError(`Array cannot have a null element; error in writing field ${shape.fields[i].name}`);
      }
    });
    return {...shape, rows};
  }

  // A mere reading of columns of one table, with or without LIMIT, needs no evaluator, however large the table is.
  plainScan(shape) {
    const unwrap = (node) => { while (node && node.node) node = node[node.node]; return node; };
    let scan = unwrap(shape.statement.query), limit = Infinity, offset = 0;
    const constant = (node) => {
      const inner = unwrap(node);
      return inner && inner.value && inner.value.value && inner.value.value.int64_value;
    };
    if (scan.limit && scan.input_scan) {
      limit = constant(scan.limit);
      offset = scan.offset && Object.keys(scan.offset).length ? constant(scan.offset) : 0;
      if (limit === undefined || offset === undefined) return null;
      scan = unwrap(scan.input_scan);
    }
    while (scan && scan.input_scan && scan.expr_list === undefined && Object.keys(scan).every((k) => ['parent', 'input_scan'].includes(k))) {
      scan = unwrap(scan.input_scan);
    }
    if (!scan || !scan.table || !scan.column_index_list || this.tables.size !== 1) return null;
    const [entry] = this.tables.values(), ids = scan.parent.column_list.map((c) => c.column_id);
    const places = shape.columns.map((c) => Number(scan.column_index_list[ids.indexOf(c.id)]));
    if (!entry.data || places.some((p) => !(p < entry.table.columns.length))) return null;
    const rows = entry.data.rows.slice(Number(offset), limit === Infinity ? undefined : Number(offset) + Number(limit));
    return places.every((p, i) => p === i) && places.length === entry.table.columns.length ? rows : rows.map((row) => places.map((p) => row[p]));
  }

  // A table that says so is only read with a filter on its partitions.
  checkPartitionFilter(resolved) {
    const wanted = [...this.tables.values()].filter((e) => e.data && e.table.requirePartitionFilter && e.table.partitionColumn);
    if (!wanted.length || this.kind === 'insert') return;
    const filtered = new Set();
    for (const node of walk(resolved)) {
      const filter = node.filter_expr || node.where_expr || node.merge_expr;
      if (!filter) continue;
      for (const part of walk(filter)) {
        if (part.column && part.column.table_name && part.column.name) filtered.add(`${part.column.table_name}\0${part.column.name.toLowerCase()}`);
      }
    }
    for (const {table} of wanted) {
      const names = table.ingestion ? ['_partitiontime', '_partitiondate'] : [table.partitionColumn.toLowerCase()];
      if (!names.some((name) => filtered.has(`${table.name}\0${name}`))) {
        throw new SqlError(`Cannot query over table '${table.name}' without a filter over column(s) ${names.map((n) => `'${n}'`).join(', ')} that can be used for partition elimination`);
      }
    }
  }

  // ---- changes ----

  async modify() {
    const {table, data} = this.target;
    if (table.streamed > Date.now() - 30 * 60e3 && this.kind !== 'insert') {
      throw new SqlError(`${STATEMENTS[this.kind]} statement over table ${table.project}.${table.dataset.id}.${table.id} would affect rows in the streaming buffer, which is not supported`);
    }
    if (this.kind === 'truncate') {
      this.script.write(table, []);
      return this.done(0, 0, data.rows.length);
    }
    if (this.kind === 'merge') {
      const change = await merge.run(this);
      return this.apply(change.inserted, change.updated, change.deleted);
    }
    const types = table.columns.map((c) => c.type);
    if (this.kind === 'insert') return this.apply(await this.insertedRows(types), new Map(), new Set());
    const extra = table.ingestion ? [{k: 'TIMESTAMP'}, {k: 'DATE'}] : [];
    if (this.kind === 'update') await this.defaults((item) => item.set_value && item.set_value.value.kind === 'default_literal', table);
    const rows = await this.engine.modify(this.sql(true), this.engineTables(true), this.script.parameters, this.script, [...types, ...extra, {k: 'INT64'}]);
    const updated = new Map(), deleted = new Set();
    for (const row of rows) {
      if (row.operation === OPERATION.DELETE) deleted.add(Number(row.key));
      else updated.set(Number(row.key), Object.assign(row.cells.slice(0, types.length), {loaded: data.rows[Number(row.key)].loaded}));
    }
    return this.apply([], updated, deleted);
  }

  defaultText(name) {
    const field = this.target.table.schema.fields.find((f) => f.name.toLowerCase() === name.toLowerCase());
    return field && field.defaultValueExpression || 'NULL';
  }

  // DEFAULT in SET: the evaluator would write NULL.
  async defaults(wanted) {
    for (const node of walk(this.node)) {
      if (wanted(node)) {
        const {value, path} = node.set_value;
        this.edits.add(value.start, value.end, null, this.defaultText(path.names[0]));
      }
    }
  }

  // The evaluator leaves columns that are not listed undefined: what it inserts into has those that are, and no others.
  async insertedRows(types) {
    const {table} = this.target, listed = this.node.column_list && this.node.column_list.identifiers;
    const columns = listed || table.columns.map((c) => c.name);
    for (const row of (this.node.rows && this.node.rows.rows) || []) {
      row.values.forEach((value, i) => {
        if (value.kind === 'default_literal') this.edits.add(value.start, value.end, null, this.defaultText(columns[i]));
      });
    }
    const places = columns.map((name) => table.columns.findIndex((c) => c.name.toLowerCase() === name.toLowerCase()));
    const into = {name: this.target.name + INTO, columns: places.map((p) => table.columns[p]), version: `${table.etag}/${places}`, content: {}, rows: () => []};
    const tables = this.engineTables().filter((t) => t.name !== this.target.name || this.target.read);
    const found = await this.engine.modify(this.sql(true), [...tables, into], this.script.parameters, this.script, places.map((p) => types[p]));
    const rows = found.map((row) => {
      const cells = types.map(() => null);
      places.forEach((p, i) => { cells[p] = row.cells[i]; });
      return cells;
    });
    const given = new Set(columns.map((c) => c.toLowerCase()));
    for (const [i, field] of table.schema.fields.entries()) {
      if (field.defaultValueExpression && !given.has(field.name.toLowerCase())) {
        const inner = new Statement(this.script, {kind: 'query_statement', start: 0, end: 0}, '', `SELECT ${field.defaultValueExpression}`);
        const {rows: [[cell]]} = await inner.run();
        for (const row of rows) row[i] = cell;
      }
    }
    return rows;
  }

  apply(inserted, updated, deleted) {
    const {table, data} = this.target, {fields} = table.schema, now = String(BigInt(Math.floor(Date.now() / 86400e3)) * 86400000000n);
    const rows = [];
    data.rows.forEach((row, i) => {
      if (deleted.has(i)) return;
      const changed = updated.get(i);
      rows.push(changed ? Object.assign(checkRow(fields, changed), {loaded: row.loaded}) : row);
    });
    for (const row of inserted) rows.push(Object.assign(checkRow(fields, row), {loaded: now}));
    if (inserted.length || updated.size || deleted.size) this.script.write(table, rows);
    return this.done(inserted.length, updated.size, deleted.size);
  }

  done(inserted, updated, deleted) {
    return {rows: null, affected: inserted + updated + deleted,
      dml: {insertedRowCount: String(inserted), updatedRowCount: String(updated), deletedRowCount: String(deleted)}};
  }
}

module.exports = {Script, Statement, newSession, MEGABYTE};
