// Google's GoogleSQL service as a child process: it judges every statement (Parse, Analyze) and executes it over the
// tables handed to it.  It crashes on some statements; it is then started anew, and the statement has failed.
'use strict';
const {spawn} = require('child_process');
const fs = require('fs');
const net = require('net');
const path = require('path');
const {Writer, Reader} = require('./wire');
const values = require('./values');

const SERVICE = '/zetasql.local_service.ZetaSqlLocalService/';
const MESSAGES = 'zetasql.local_service.';
// What the service offers at most, less what BigQuery does not have, plus what it has.
const WITHOUT = [
  'V_1_3_DML_RETURNING', 'ENCRYPTION', 'EXPERIMENTAL_MODULES', 'CHECK_CONSTRAINT', 'ANONYMIZATION_CASE_INSENSITIVE_OPTIONS',
  'AGGREGATION_THRESHOLD', 'STRATIFIED_RESERVOIR_TABLESAMPLE', 'V_1_3_ALLOW_SLASH_PATHS', 'V_1_3_WITH_GROUP_ROWS', 'TIMESTAMP_NANOS',
  'V_1_2_GROUP_BY_ARRAY', 'V_1_2_GROUP_BY_STRUCT', 'V_1_3_ARRAY_ORDERING', 'V_1_1_ARRAY_EQUALITY', 'V_1_2_GENERATED_COLUMNS',
  'V_1_4_FIRST_AND_LAST_N', 'V_1_4_NULLIFZERO_ZEROIFNULL', 'V_1_4_PI_FUNCTIONS', 'BETWEEN_UINT64_INT64', 'V_1_3_FILTER_FIELDS',
];
const BESIDES = [
  'INTERVAL_TYPE', 'ALTER_COLUMN_SET_DATA_TYPE', 'CREATE_TABLE_CLONE', 'V_1_3_COLLATION_SUPPORT', 'V_1_4_GROUPING_BUILTIN',
  'V_1_4_GROUPING_SETS', 'DISABLE_OUTER_JOIN_ARRAY',
];

// What the service takes in one message.
const MOST = 4194304 - 65536;

class SqlError extends Error {
  constructor(message, reason = 'invalidQuery') {
    super(message);
    this.reason = reason;
  }
}

// A port that nobody has, and that the kernel gives to nobody until the service has it.
async function freePort() {
  for (;;) {
    const listener = net.createServer(), port = 12000 + Math.floor(Math.random() * 20000);
    const free = await new Promise((done) => listener.once('error', () => done(false)).listen(port, '127.0.0.1', () => done(true)));
    if (free) {
      await new Promise((done) => listener.close(done));
      return port;
    }
  }
}

class Engine {
  constructor(modules) {
    const need = (name) => require(path.join(modules, name));
    this.grpc = need('@grpc/grpc-js');
    this.home = path.join(modules, '@fivetrandevelopers/zetasql/lib/zetasql');
    this.root = this.loadProtos(need('protobufjs'), modules);
    this.types = new Map();
    this.registered = new Map();
    this.generation = 0;
  }

  loadProtos(pb, modules) {
    for (const name of ['descriptor', 'api', 'type', 'source_context']) {
      const file = path.join(modules, 'protobufjs/google/protobuf', name + '.json');
      pb.common(name, JSON.parse(fs.readFileSync(file, 'utf8')).nested.google.nested.protobuf.nested);
    }
    const root = new pb.Root(), protos = path.join(this.home, 'protos');
    root.resolvePath = (origin, target) => path.isAbsolute(target) || pb.common.get(target) ? target : path.join(protos, target);
    root.loadSync('local_service.proto', {keepCase: true});
    return root.resolveAll();
  }

  async start() {
    this.port = await freePort();
    this.launch();
    await this.ready();
    const language = await this.call('GetLanguageOptions', 'LanguageOptionsRequest', 'zetasql.LanguageOptionsProto', {maximum_features: true});
    const without = new Set(WITHOUT.map((name) => 'FEATURE_' + name));
    language.enabled_language_features = [
      ...language.enabled_language_features.filter((name) => !without.has(name)), ...BESIDES.map((name) => 'FEATURE_' + name)];
    language.product_mode = 'PRODUCT_EXTERNAL';
    language.supported_statement_kinds = [];
    this.language = language;
    return this;
  }

  launch() {
    this.generation++;
    this.registered.clear();
    const name = `remote_server${process.arch.startsWith('arm') ? '_arm' : ''}.so`;
    this.child = spawn(path.join(this.home, name), ['localhost', String(this.port)], {stdio: 'ignore'});
    this.child.on('exit', () => { if (!this.stopped) this.launch(); });
    if (this.client) this.client.close();
    this.client = new this.grpc.Client(`localhost:${this.port}`, this.grpc.credentials.createInsecure(), {
      'grpc.max_send_message_length': -1, 'grpc.max_receive_message_length': -1,
      'grpc.initial_reconnect_backoff_ms': 50, 'grpc.max_reconnect_backoff_ms': 200});
  }

  async ready() {
    await new Promise((done, fail) => this.client.waitForReady(Date.now() + 180000, (error) => error ? fail(error) : done()));
  }

  stop() {
    this.stopped = true;
    this.client.close();
    this.child.kill('SIGKILL');
  }

  type(name) {
    if (!this.types.has(name)) this.types.set(name, this.root.lookupType(name.startsWith('zetasql') ? name : MESSAGES + name));
    return this.types.get(name);
  }

  encode(name, message) {
    const type = this.type(name);
    return Buffer.from(type.encode(type.fromObject(message)).finish());
  }

  decode(name, buffer) {
    const type = this.type(name);
    return type.toObject(type.decode(buffer), {longs: String, enums: String, bytes: Buffer, oneofs: true});
  }

  async send(method, request) {
    for (let tries = 0; ; tries++) {
      try {
        return await new Promise((done, fail) => this.client.makeUnaryRequest(
          SERVICE + method, (bytes) => bytes, (bytes) => bytes, request, (error, reply) => error ? fail(error) : done(reply)));
      } catch (error) {
        if (error.code !== 14) throw new SqlError(this.polish(error.details || error.message), error.code === 12 ? 'notImplemented' : 'invalidQuery');
        if (/refused|No connection/i.test(error.details) && tries < 5) await this.ready();
        else throw new SqlError('An internal error occurred and the request could not be completed.', 'jobInternalError');
      }
    }
  }

  polish(message) {
    return message.replace(/ \[at (\d+:\d+)\]$/, ' at [$1]');
  }

  async call(method, request, reply, message) {
    return this.decode(reply, await this.send(method, this.encode(request, message)));
  }

  // The syntax tree of a script; positions are bytes.
  async parse(sql) {
    const parsed = await this.call('Parse', 'ParseRequest', 'ParseResponse', {sql_statement: sql, options: this.language, allow_script: true});
    return parsed.parsed_script;
  }

  // The paths of the tables a script reads or writes, without the names of WITH and of arrays.
  async tableNames(sql) {
    const found = await this.call('ExtractTableNamesFromStatement', 'ExtractTableNamesFromStatementRequest',
      'ExtractTableNamesFromStatementResponse', {sql_statement: sql, options: this.language, allow_script: true});
    return (found.table_name || []).map((name) => name.table_name_segment);
  }

  // Pruning of columns tells what is read; but the evaluator then leaves the others undefined in what it modifies.
  options(parameters, zone, prune) {
    const options = {
      language_options: this.language, error_message_mode: 'ERROR_MESSAGE_ONE_LINE', default_timezone: zone || 'UTC',
      prune_unused_columns: prune, parameter_mode: 'PARAMETER_NAMED',
    };
    options.query_parameters = parameters.list.map((p) => ({name: p.name, type: values.protoOfType(p.type)}));
    return options;
  }

  // tables: [{name, columns: [{name, type, pseudo}], key}]
  catalog(tables, constants, evaluated) {
    return {
      name: 'bigquery', builtin_function_options: {language_options: this.language},
      table: tables.map((table) => ({
        name: table.name,
        column: table.columns.map((c) => ({name: c.name, type: values.protoOfType(c.type, evaluated), is_pseudo_column: !!c.pseudo})),
        primary_key_column_index: table.key === undefined ? [] : [table.key],
      })),
      constant: constants.map((c) => ({
        name_path: [c.name], type: values.protoOfType(c.type), value: this.decode('zetasql.ValueProto', values.encode(c.type, c.cell))})),
    };
  }

  // The resolved statement, or a SqlError.
  async analyze(sql, tables, parameters, context) {
    const answer = await this.call('Analyze', 'AnalyzeRequest', 'AnalyzeResponse', {
      sql_statement: sql, options: this.options(parameters, context.zone, true), simple_catalog: this.catalog(tables, context.constants)});
    return answer.resolved_statement;
  }

  // table_content as a map entry, encoded once per version; pruned is without the columns that the query does not read.
  contents(table, pruned) {
    if (!pruned && table.content && table.content.bytes) return table.content.bytes;
    const data = new Writer();
    for (const row of table.rows()) {
      const writer = new Writer();
      row.forEach((cell, i) => writer.bytes(1, values.encode(table.columns[i].type, pruned && !table.reads.has(i) ? null : cell)));
      data.bytes(1, writer.finish());
    }
    const content = new Writer(), entry = new Writer();
    content.bytes(1, data.finish());
    entry.bytes(1, Buffer.from(table.name));
    entry.bytes(2, content.finish());
    const bytes = entry.finish();
    if (table.content && !pruned) table.content.bytes = bytes;
    return bytes;
  }

  // A catalog that holds these versions of these tables, registered once.
  async register(tables, constants) {
    const fixed = tables.every((t) => t.version) && !constants.length;
    const key = fixed && tables.map((t) => `${t.name}\0${t.version}\0${t.key}`).sort().join('\n');
    const known = key && this.registered.get(key);
    if (known) {
      this.registered.delete(key);
      this.registered.set(key, known);
      return known;
    }
    const request = new Writer(), generation = this.generation;
    request.raw(this.encode('RegisterCatalogRequest', {simple_catalog: this.catalog(tables, constants, true)}));
    const head = request.length, all = tables.map((table) => this.contents(table));
    const large = head + all.reduce((sum, bytes) => sum + bytes.length, 0) > MOST;
    for (const [i, table] of tables.entries()) request.bytes(4, large && table.reads ? this.contents(table, true) : all[i]);
    if (request.length > MOST) throw new SqlError('Resources exceeded during query execution: the emulator evaluates over 4 MB at most.', 'resourcesExceeded');
    const answer = this.decode('RegisterResponse', await this.send('RegisterCatalog', request.finish()));
    const entry = {id: answer.registered_id, generation, passing: !fixed || large};
    if (fixed && !large) {
      this.registered.set(key, entry);
      if (this.registered.size > 48) {
        const oldest = this.registered.keys().next().value;
        await this.forget(this.registered.get(oldest));
        this.registered.delete(oldest);
      }
    }
    return entry;
  }

  async forget(entry) {
    if (entry.generation === this.generation) {
      await this.call('UnregisterCatalog', 'UnregisterRequest', 'zetasql.TypeProto', {registered_id: entry.id}).catch(() => {});
    }
  }

  async evaluate(kind, sql, tables, parameters, context) {
    const entry = await this.register(tables, context.constants), request = new Writer();
    request.raw(this.encode(`Evaluate${kind}Request`, {
      sql, options: this.options(parameters, context.zone, false), registered_catalog_id: entry.id}));
    for (const parameter of parameters.list) {
      const inner = new Writer();
      inner.bytes(1, Buffer.from(parameter.name));
      inner.bytes(2, values.encode(parameter.type, parameter.cell));
      request.bytes(8, inner.finish());
    }
    try {
      return await this.send('Evaluate' + kind, request.finish());
    } finally {
      if (entry.passing) await this.forget(entry);
    }
  }

  // Rows of a query, as cells of those types; at most limit of them are decoded.
  async query(sql, tables, parameters, context, types) {
    const reply = await this.evaluate('Query', sql, tables, parameters, context), rows = [];
    const inside = (buffer, wanted, each) => new Reader(buffer).fields((field, r) => {
      if (field !== wanted) return true;
      each(r.bytes());
    });
    inside(reply, 1, (content) => inside(content, 1, (data) => inside(data, 1, (row) => {
      const cells = [];
      inside(row, 1, (cell) => cells.push(values.decode(types[cells.length], cell)));
      rows.push(cells);
    })));
    return rows;
  }

  // Rows a statement would modify: [{operation, cells, key}].
  async modify(sql, tables, parameters, context, types) {
    const reply = await this.evaluate('Modify', sql, tables, parameters, context), rows = [];
    new Reader(reply).fields((field, r) => {
      if (field !== 2) return true;
      const row = {operation: 0, cells: [], key: null};
      new Reader(r.bytes()).fields((inner, part) => {
        if (inner === 1) row.operation = part.small();
        else if (inner === 2) row.cells.push(values.decode(types[row.cells.length], part.bytes()));
        else row.key = values.decode({k: 'INT64'}, part.bytes());
      });
      rows.push(row);
    });
    return rows;
  }
}

module.exports = {Engine, SqlError, OPERATION: {INSERT: 1, DELETE: 2, UPDATE: 3}};
