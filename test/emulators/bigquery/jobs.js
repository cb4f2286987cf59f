// Jobs: they are submitted, run by themselves, and are asked for their state, their rows and their end.
'use strict';
const crypto = require('crypto');
const {SqlError} = require('./engine');
const {ApiError, Data, Table, checkRow} = require('./store');
const {Script, newSession} = require('./sql');
const {parameters} = require('./params');
const loads = require('./load');
const values = require('./values');

// HTTP codes by reason, from the page of error messages.
const CODES = {
  accessDenied: 403, backendError: 503, billingNotEnabled: 403, billingTierLimitExceeded: 400, duplicate: 409, internalError: 500, invalid: 400,
  invalidQuery: 400, jobBackendError: 400, jobInternalError: 400, jobRateLimitExceeded: 400, notFound: 404, notImplemented: 501, quotaExceeded: 403,
  rateLimitExceeded: 403, resourceInUse: 400, resourcesExceeded: 400, responseTooLarge: 403, stopped: 499, timeout: 400, tableUnavailable: 400,
  bytesBilledLimitExceeded: 400,
};
const IDENTIFIER = /^[A-Za-z0-9_-]{1,1024}$/;
const DEDUPLICATE = 15 * 60e3;

function problem(error) {
  if (error instanceof ApiError || error instanceof SqlError) {
    return {reason: error.reason, message: error.message, ...(error.reason === 'invalidQuery' ? {location: 'query'} : error.location ? {location: error.location} : {})};
  }
  if (error instanceof values.ValueError) return {reason: 'invalid', message: error.message};
  console.error(error);
  return {reason: 'internalError', message: `An internal error occurred and the request could not be completed. ${error.message}`};
}

class Job {
  constructor(project, id, configuration, user) {
    Object.assign(this, {project, id, configuration, user, state: 'PENDING', created: Date.now(), statistics: {}, warnings: []});
    this.finished = new Promise((done) => { this.end = done; });
    // Where it runs is known before anybody is told of it.
    this.placed = new Promise((done) => { this.place = done; });
    this.etag = crypto.randomBytes(12).toString('base64');
  }
  get reference() { return {projectId: this.project, jobId: this.id, location: this.location || 'US'}; }

  resource(base, listed) {
    const status = {state: this.state};
    if (this.error) Object.assign(status, {errorResult: this.error, errors: [this.error, ...this.warnings]});
    else if (this.warnings.length) status.errors = this.warnings;
    const statistics = {creationTime: String(this.created), ...this.statistics};
    if (this.started) statistics.startTime = String(this.started);
    if (this.ended) statistics.endTime = String(this.ended);
    if (this.parent) statistics.parentJobId = this.parent;
    if (this.children) statistics.numChildJobs = String(this.children);
    const resource = {
      kind: 'bigquery#job', etag: this.etag, id: `${this.project}:${this.location || 'US'}.${this.id}`,
      selfLink: `${base}/projects/${this.project}/jobs/${this.id}?location=${this.location || 'US'}`, user_email: this.user,
      configuration: this.configuration, jobReference: this.reference, statistics, status,
      principal_subject: `serviceAccount:${this.user}`, jobCreationReason: {code: 'REQUESTED'},
    };
    if (listed) {
      delete resource.etag;
      delete resource.selfLink;
      Object.assign(resource, {state: this.state, ...(this.error ? {errorResult: this.error} : {})});
    }
    return resource;
  }
}

class Jobs {
  constructor(store, engine, faults) {
    Object.assign(this, {store, engine, faults, all: new Map(), requests: new Map(), sessions: new Map(), cache: new Map()});
  }

  // A job that is known there; outside US and EU it is only found with its location.
  find(project, id, location) {
    const job = this.all.get(`${project}:${id}`), at = job && (job.location || 'US');
    const meant = location || (at === 'EU' ? 'EU' : 'US');
    if (!job || meant.toLowerCase() !== at.toLowerCase()) throw new ApiError(404, 'notFound', `Not found: Job ${project}:${location ? location + '.' : ''}${id}`);
    return job;
  }

  submit(project, reference, configuration, user, media) {
    this.store.project(project);
    const id = reference && reference.jobId || 'job_' + crypto.randomBytes(18).toString('base64url').replace(/[-]/g, '_');
    if (!IDENTIFIER.test(id)) throw new ApiError(400, 'invalid', `Invalid job ID "${id}". Job IDs must be alphanumeric (plus underscores and dashes) and must be at most 1024 characters long.`);
    if (reference && reference.projectId && reference.projectId !== project) throw new ApiError(400, 'invalid', 'Value for jobReference.projectId does not match the request');
    const kinds = ['query', 'load', 'copy', 'extract'].filter((kind) => configuration && configuration[kind]);
    if (kinds.length !== 1) throw new ApiError(400, 'required', 'Required parameter is missing: query, load, copy or extract');
    const dry = configuration.dryRun && kinds[0] === 'query';
    if (!dry && this.all.has(`${project}:${id}`)) {
      throw new ApiError(409, 'duplicate', `Already Exists: Job ${project}:${(reference && reference.location) || 'US'}.${id}`);
    }
    const job = new Job(project, id, {...configuration, jobType: kinds[0].toUpperCase()}, user);
    job.location = reference && reference.location && known(reference.location);
    job.media = media;
    if (!dry) this.remember(job);
    job.run = this.run(job, kinds[0]).catch((error) => { job.problem = error; job.error = problem(error); }).then(() => this.finish(job));
    return job;
  }

  remember(job) {
    this.all.set(`${job.project}:${job.id}`, job);
    if (this.all.size > 4000) {
      for (const [key, old] of this.all) {
        if (this.all.size <= 3000) break;
        if (old.state === 'DONE') this.all.delete(key);
      }
    }
  }

  finish(job) {
    if (job.state === 'DONE') return;
    job.state = 'DONE';
    job.ended = Date.now();
    job.statistics.totalSlotMs = String(Math.max(1, job.ended - (job.started || job.ended)));
    job.etag = crypto.randomBytes(12).toString('base64');
    job.place();
    job.end();
  }

  // Cancelling takes its time; the job then ends as stopped.
  async cancel(job) {
    if (job.state === 'DONE') return;
    const slow = this.faults.take('slowCancel', {job});
    setTimeout(() => {
      if (job.state === 'DONE') return;
      if (job.script) job.script.stopped = true;
      job.error = {reason: 'stopped', message: 'Job execution was cancelled: User requested cancellation'};
      job.result = null;
      this.finish(job);
      if (job.wake) job.wake();
    }, slow ? slow.milliseconds : 10);
  }

  async run(job, kind) {
    await null;
    job.state = 'RUNNING';
    job.started = Date.now();
    const limit = Number(job.configuration.jobTimeoutMs || 0);
    const timer = limit && setTimeout(() => {
      if (job.state === 'DONE') return;
      if (job.script) job.script.stopped = true;
      job.error = {reason: 'stopped', message: `Job execution was cancelled: Job timed out after ${Math.ceil(limit / 1000)} seconds`};
      this.finish(job);
    }, limit);
    try {
      if (kind !== 'query') await this.hold(job, '');
      if (job.state === 'DONE') return;
      await {query: () => this.query(job), load: () => this.load(job), copy: () => this.copy(job),
        extract: () => { throw new ApiError(501, 'notImplemented', 'Extract jobs are not emulated'); }}[kind]();
    } finally {
      clearTimeout(timer);
    }
  }

  // Its place is known; now what was ordered for it happens.
  async hold(job, text) {
    job.place();
    for (const name of ['neverEnds', 'slowJob']) {
      const rule = this.faults.take(name, {job, text});
      if (rule) await new Promise((done) => { job.wake = done; if (rule.milliseconds) setTimeout(done, rule.milliseconds); });
    }
    const broken = job.state !== 'DONE' && this.faults.take('jobError', {job, text});
    if (broken) throw new ApiError(CODES[broken.reason] || 400, broken.reason, broken.message || 'The job encountered an error during execution. Retrying the job may solve the problem.');
  }

  // ---- queries ----

  session(config, job) {
    const given = (config.connectionProperties || []).find((p) => p.key === 'session_id');
    if (given) {
      const session = this.sessions.get(given.value);
      if (!session) throw new ApiError(404, 'notFound', `Not found: Session ${given.value} was not found in location ${job.location || 'US'}`);
      if (session.busy) throw new SqlError(`Another job ${session.busy} is currently running in the session. Concurrent jobs in the same session is not allowed.`);
      if (job.location && job.location !== session.location) throw new ApiError(404, 'notFound', `Not found: Session ${given.value} was not found in location ${job.location}`);
      job.location = session.location;
      return session;
    }
    if (!config.createSession) return null;
    const session = newSession(crypto.randomBytes(24).toString('base64url'));
    session.location = job.location || 'US';
    job.location = session.location;
    this.sessions.set(session.id, session);
    return session;
  }

  async query(job) {
    const config = job.configuration.query;
    if (!config.query) throw new ApiError(400, 'required', 'Required parameter is missing: query');
    if (Buffer.byteLength(config.query) > 1024 * 1000) throw new SqlError('The query is too large. The maximum standard SQL query length is 1024.00K characters, including comments and white space characters.');
    const standard = config.useLegacySql === false || /^\s*#standardSQL\b/i.test(config.query);
    if (!standard) legacy(config.query);
    const session = this.session(config, job), properties = Object.fromEntries((config.connectionProperties || []).map((p) => [p.key, p.value]));
    const script = new Script(this.store, this.engine, {
      project: properties.dataset_project_id || job.project, dataset: dataset(config.defaultDataset, job.project), location: job.location, user: job.user,
      parameters: parameters(config.parameterMode, config.queryParameters), session: session || newSession(null), inSession: !!session,
      zone: properties.time_zone || this.timeZone, limit: config.maximumBytesBilled === undefined ? undefined : Number(config.maximumBytesBilled),
      dryRun: !!job.configuration.dryRun, jobId: job.id, abortSession: (id) => this.sessions.delete(id), jobRows: (project) => this.jobRows(project),
      located: async () => {
        job.location = job.location || script.location || 'US';
        script.location = job.location;
        await this.hold(job, config.query);
      },
    });
    job.script = script;
    if (session) {
      session.busy = job.id;
      job.statistics.sessionInfo = {sessionId: session.id};
    }
    try {
      const done = await script.run(config.query);
      if (job.state === 'DONE') return;
      job.location = job.location || script.location || 'US';
      if (script.session.transaction && !session) script.session.transaction = null;
      await this.settle(job, script, done, config);
    } finally {
      job.location = job.location || script.location || 'US';
      if (session) session.busy = null;
    }
  }

  // What a job says of itself when its script has run.
  async settle(job, script, done, config) {
    const dry = script.dryRun, last = [...done].reverse().find((d) => d.rows || (dry && d.fields)) || done[done.length - 1] || {type: 'SCRIPT'};
    const sum = (name) => done.reduce((total, d) => total + (d[name] || 0), 0);
    const cached = !dry && done.length === 1 && this.cached(job, config, last);
    const statistics = {
      totalBytesProcessed: String(cached ? 0 : sum('processed')), totalBytesBilled: String(cached || dry ? 0 : sum('billed')), cacheHit: !!cached,
      statementType: script.single ? last.type : 'SCRIPT', billingTier: 0,
      referencedTables: [...new Set(done.flatMap((d) => d.tables || []))].filter((t) => t.dataset && !t.temporary).map((t) => t.reference),
    };
    if (dry) Object.assign(statistics, {totalBytesProcessedAccuracy: 'PRECISE', ...(last.fields ? {schema: {fields: last.fields}} : {})});
    if (last.affected !== undefined) Object.assign(statistics, {numDmlAffectedRows: String(last.affected), dmlStats: last.dml});
    if (last.operation) statistics.ddlOperationPerformed = last.operation;
    if (last.target) statistics.ddlTargetTable = last.target.reference;
    if (last.targetDataset) statistics.ddlTargetDataset = last.targetDataset;
    job.statistics.query = statistics;
    job.statistics.totalBytesProcessed = statistics.totalBytesProcessed;
    if (!script.single && !dry) this.childJobs(job, done);
    if (dry) return;
    const rows = last.rows;
    job.result = rows ? {fields: last.fields, types: last.types, rows} : {fields: [], types: [], rows: [], none: true};
    job.affected = last.affected;
    if (rows) this.destination(job, config, last);
  }

  childJobs(job, done) {
    job.children = done.length;
    done.forEach((part, i) => {
      const child = new Job(job.project, `script_job_${crypto.randomBytes(12).toString('hex')}_${i}`, {jobType: 'QUERY', query: {query: part.text || '', useLegacySql: false}}, job.user);
      Object.assign(child, {location: job.location, parent: job.id, started: job.started, state: 'RUNNING'});
      child.statistics.query = {statementType: part.type, totalBytesProcessed: String(part.processed || 0), totalBytesBilled: String(part.billed || 0), cacheHit: false,
        ...(part.affected !== undefined ? {numDmlAffectedRows: String(part.affected), dmlStats: part.dml} : {})};
      child.result = part.rows ? {fields: part.fields, types: part.types, rows: part.rows} : {fields: [], types: [], rows: [], none: true};
      this.finish(child);
      this.remember(child);
    });
  }

  // The same text over the same versions of tables is answered from before.
  cached(job, config, result) {
    if (config.destinationTable || !result.rows || !(result.tables || []).length || result.versions.includes(-1)) return false;
    if (/\b(CURRENT_\w+|RAND|GENERATE_UUID|SESSION_USER)\b/i.test(config.query)) return false;
    const key = JSON.stringify([job.project, job.user, config.query, config.defaultDataset, config.queryParameters]);
    const versions = result.versions.join(), hit = config.useQueryCache !== false && this.cache.get(key) === versions;
    this.cache.set(key, versions);
    if (this.cache.size > 5000) this.cache.delete(this.cache.keys().next().value);
    return hit;
  }

  destination(job, config, result) {
    const wanted = config.destinationTable;
    if (!wanted) {
      const id = '_' + crypto.createHash('sha1').update(job.user + job.location).digest('hex'), project = this.store.project(job.project);
      if (!project.has(id)) project.set(id, Object.assign(this.store.makeDataset(job.project, id, {location: job.location}), {hidden: true}));
      const anonymous = new Table(project.get(id), 'anon' + crypto.randomBytes(20).toString('hex'), {schema: {fields: result.fields}, expirationTime: String(Date.now() + 86400e3)});
      anonymous.data = new Data(result.rows);
      project.get(id).tables.set(anonymous.id, anonymous);
      if (project.get(id).tables.size > 1000) project.get(id).tables.delete(project.get(id).tables.keys().next().value);
      job.configuration.query = {...config, destinationTable: anonymous.reference, writeDisposition: 'WRITE_TRUNCATE', priority: config.priority || 'INTERACTIVE', useLegacySql: false};
      return;
    }
    this.write(job, wanted, result.fields, result.rows, config.writeDisposition || 'WRITE_EMPTY', config, config);
  }

  // Puts rows into a table as the dispositions say; atomic.
  write(job, reference, fields, rows, disposition, creation, config) {
    const dataset = this.store.dataset(reference.projectId || job.project, reference.datasetId);
    if (dataset.location !== (job.location || dataset.location)) throw new ApiError(404, 'notFound', `Not found: Dataset ${dataset.project}:${dataset.id} was not found in location ${job.location}`);
    job.location = dataset.location;
    let table = dataset.table(reference.tableId);
    if (!table) {
      if (creation.createDisposition === 'CREATE_NEVER') throw new ApiError(404, 'notFound', `Not found: Table ${dataset.project}:${dataset.id}.${reference.tableId}`);
      table = this.store.makeTable(dataset, reference.tableId, {schema: {fields}, timePartitioning: config.timePartitioning, rangePartitioning: config.rangePartitioning, clustering: config.clustering});
    } else if (disposition === 'WRITE_EMPTY' && table.data.rows.length) {
      throw new ApiError(409, 'duplicate', `Already Exists: Table ${dataset.project}:${dataset.id}.${reference.tableId}`);
    } else if (disposition === 'WRITE_TRUNCATE') table.assign({schema: {fields}});
    else this.widen(table, fields, config.schemaUpdateOptions || []);
    const names = fields.map((f) => f.name.toLowerCase());
    const places = table.schema.fields.map((f) => names.indexOf(f.name.toLowerCase()));
    const day = String(BigInt(Math.floor(Date.now() / 86400e3)) * 86400000000n);
    const stored = rows.map((row) => Object.assign(checkRow(table.schema.fields, places.map((p) => p < 0 ? null : row[p])), {loaded: day}));
    table.put(new Data(/^WRITE_TRUNCATE/.test(disposition) || !table.data.rows.length ? stored : table.data.rows.concat(stored)));
    return table;
  }

  widen(table, fields, allowed) {
    const known = new Map(table.schema.fields.map((f) => [f.name.toLowerCase(), f]));
    const added = fields.filter((f) => !known.has(f.name.toLowerCase()));
    if (added.length && !allowed.includes('ALLOW_FIELD_ADDITION')) {
      throw new ApiError(400, 'invalid', `Provided Schema does not match Table ${table.project}:${table.dataset.id}.${table.id}. Cannot add fields (field: ${added[0].name})`);
    }
    for (const field of fields) {
      const old = known.get(field.name.toLowerCase());
      if (old && old.type !== field.type) throw new ApiError(400, 'invalid', `Provided Schema does not match Table ${table.project}:${table.dataset.id}.${table.id}. Field ${field.name} has changed type from ${old.type} to ${field.type}`);
    }
    if (added.length) {
      const blank = added.map((f) => f.mode === 'REPEATED' ? [] : null);
      table.assign({schema: {fields: [...table.schema.fields, ...added]}});
      table.data = new Data(table.data.rows.map((row) => Object.assign([...row, ...blank], {loaded: row.loaded})));
    }
  }

  jobRows(project) {
    return [...this.all.values()].filter((job) => job.project === project).map((job) => {
      const q = job.statistics.query || {}, time = (t) => t ? String(BigInt(t) * 1000n) : null;
      return [time(job.created), job.project, job.user, job.id, job.configuration.jobType, q.statementType || null, 'INTERACTIVE', time(job.started), time(job.ended),
        (job.configuration.query || {}).query || null, job.state, q.totalBytesProcessed || null, q.totalBytesBilled || null, job.statistics.totalSlotMs || null,
        q.cacheHit === undefined ? null : String(q.cacheHit)];
    });
  }

  // ---- loads and copies ----

  async load(job) {
    const config = job.configuration.load, reference = config.destinationTable;
    if (!reference || !reference.tableId) throw new ApiError(400, 'required', 'Required parameter is missing: destinationTable');
    if (!job.media) throw new ApiError(400, 'invalid', 'Loads from Cloud Storage are not emulated: upload the data');
    const dataset = this.store.dataset(reference.projectId || job.project, reference.datasetId), table = dataset.table(reference.tableId);
    let fields = config.schema && config.schema.fields;
    if (!fields && table) fields = table.schema.fields;
    const text = job.media[0] === 0x1f && job.media[1] === 0x8b ? require('zlib').gunzipSync(job.media) : job.media;
    if (!fields && config.autodetect) fields = loads.detect(config.sourceFormat || 'CSV', text.toString('utf8'), config);
    if (!fields) throw new ApiError(400, 'invalid', 'Schema has no fields.');
    const {normalField} = require('./store');
    fields = fields.map(normalField);
    const release = await this.store.lock();
    try {
      const {rows, errors} = loads.read(config, fields, text);
      job.warnings = errors;
      if (job.state === 'DONE') return;
      this.write(job, reference, fields, rows, config.writeDisposition || 'WRITE_APPEND', config, config);
      job.statistics.load = {inputFiles: '1', inputFileBytes: String(job.media.length), outputRows: String(rows.length), outputBytes: String(text.length), badRecords: String(errors.length)};
    } finally {
      release();
      job.media = null;
    }
  }

  async copy(job) {
    const config = job.configuration.copy, [source] = config.sourceTables || [config.sourceTable];
    const table = this.store.table(source.projectId || job.project, source.datasetId, source.tableId);
    job.location = table.dataset.location;
    this.write(job, config.destinationTable, table.schema.fields, table.data.rows, config.writeDisposition || 'WRITE_EMPTY', config, {});
    job.statistics.copy = {copiedRows: String(table.data.rows.length)};
  }
}

const known = (location) => /^(us|eu)$/i.test(location) ? location.toUpperCase() : location.toLowerCase();
const dataset = (given, project) => given && given.datasetId ? {projectId: given.projectId || project, datasetId: given.datasetId} : undefined;

// The dialect that a request means which does not say otherwise; of it, only its refusals are emulated.
function legacy(text) {
  const quote = /`/.exec(text);
  if (quote) {
    const lines = text.slice(0, quote.index).split('\n');
    throw new SqlError(`Invalid table name: ${(/`[^`]*`?/.exec(text.slice(quote.index)) || [''])[0]} at [${lines.length}:${lines.pop().length + 1}]. [Try using standard SQL (https://cloud.google.com/bigquery/docs/reference/standard-sql/enabling-standard-sql)].`);
  }
  throw new SqlError(`1.1 - 1.${Math.max(1, text.split('\n')[0].length)}: Unrecognized legacy SQL; set useLegacySql to false. [Try using standard SQL (https://cloud.google.com/bigquery/docs/reference/standard-sql/enabling-standard-sql)]`);
}

module.exports = {Jobs, CODES, DEDUPLICATE, problem};
