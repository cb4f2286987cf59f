// What the emulator keeps: projects, datasets, tables.  A table's data is a version that is never changed: whoever
// writes puts a new one in its place, so a transaction's snapshot costs nothing.
'use strict';
const crypto = require('crypto');
const values = require('./values');

class ApiError extends Error {
  constructor(code, reason, message, location) {
    super(message);
    Object.assign(this, {code, reason, location});
  }
}

const notFound = (what, message) => new ApiError(404, 'notFound', `Not found: ${what}${message || ''}`);
const HISTORY = 7 * 86400e3;
let versions = 0;

class Data {
  constructor(rows) {
    this.rows = rows;
    this.version = ++versions;
    this.made = Date.now();
    this.plain = {};
    this.keyed = {};
    this.sizes = new Map();
  }
}

class Table {
  constructor(dataset, id, resource) {
    this.dataset = dataset;
    this.id = id;
    this.created = this.modified = Date.now();
    this.type = resource.view ? 'VIEW' : 'TABLE';
    this.schema = {fields: []};
    this.data = new Data([]);
    this.past = [];
    this.streamed = 0;
    this.assign(resource);
  }

  // Puts the writable parts of a resource in place.
  assign(resource) {
    for (const name of ['schema', 'view', 'description', 'friendlyName', 'labels', 'timePartitioning', 'rangePartitioning', 'clustering',
      'requirePartitionFilter', 'expirationTime', 'tableConstraints', 'defaultCollation', 'encryptionConfiguration']) {
      if (resource[name] === null) delete this[name];
      else if (resource[name] !== undefined) this[name] = resource[name];
    }
    this.schema = {fields: (this.schema.fields || []).map(normalField)};
    this.changed();
  }

  changed() {
    this.modified = Math.max(Date.now(), this.modified + 1);
    this.columns = this.schema.fields.map((f) => ({name: f.name, type: values.typeOfField(f)}));
    this.etag = crypto.randomBytes(12).toString('base64');
  }

  get project() { return this.dataset.project; }
  get name() { return `${this.project}.${this.dataset.id}.${this.id}`; }
  get reference() { return {projectId: this.project, datasetId: this.dataset.id, tableId: this.id}; }
  get ingestion() { return this.timePartitioning && !this.timePartitioning.field; }
  get partitionColumn() {
    if (this.rangePartitioning) return this.rangePartitioning.field;
    return this.timePartitioning && (this.timePartitioning.field || '_PARTITIONTIME');
  }

  put(data) {
    this.past.push(this.data);
    while (this.past.length > 100 || (this.past.length && this.past[0].made < Date.now() - HISTORY)) this.past.shift();
    this.data = data;
    this.modified = Math.max(Date.now(), this.modified + 1);
    this.etag = crypto.randomBytes(12).toString('base64');
  }

  // The data as it was at that time.
  at(time) {
    if (this.data.made <= time) return this.data;
    const old = this.past.filter((data) => data.made <= time).pop();
    if (!old) throw new ApiError(400, 'invalidQuery', `Invalid snapshot time ${Math.floor(time)} for table ${this.project}:${this.dataset.id}.${this.id}. Cannot read before ${this.created}`);
    return old;
  }

  // Bytes of one column in that version.
  columnSize(data, index) {
    if (!data.sizes.has(index)) {
      const type = this.columns[index].type;
      data.sizes.set(index, data.rows.reduce((sum, row) => sum + values.sizeOf(type, row[index]), 0));
    }
    return data.sizes.get(index);
  }

  get bytes() { return this.columns.reduce((sum, c, i) => sum + this.columnSize(this.data, i), 0); }

  // As the evaluator wants it; keyed with the row's number at the end, hidden, as its primary key.
  forEngine(data, keyed) {
    const columns = [...this.columns];
    if (this.ingestion) {
      columns.push({name: '_PARTITIONTIME', type: {k: 'TIMESTAMP'}, pseudo: true}, {name: '_PARTITIONDATE', type: {k: 'DATE'}, pseudo: true});
    }
    const extra = (row) => this.ingestion ? [row.loaded, row.loaded && values.datetimeText(values.microsToDatetime(row.loaded)).slice(0, 10)] : [];
    const table = {
      name: this.name, columns, version: `${data.version}/${this.etag}`, content: keyed ? data.keyed : data.plain,
      rows: () => keyed ? data.rows.map((row, i) => [...row, ...extra(row), String(i)]) :
        this.ingestion ? data.rows.map((row) => [...row, ...extra(row)]) : data.rows,
    };
    if (table.content.etag !== this.etag) {
      delete table.content.bytes;
      table.content.etag = this.etag;
    }
    if (keyed) {
      table.key = columns.length;
      columns.push({name: '_gw_row', type: {k: 'INT64'}, pseudo: true});
    }
    return table;
  }

  resource(base, view) {
    const resource = {
      kind: 'bigquery#table', etag: this.etag, id: `${this.project}:${this.dataset.id}.${this.id}`,
      selfLink: `${base}/projects/${this.project}/datasets/${this.dataset.id}/tables/${this.id}`, tableReference: this.reference,
      schema: this.schema, type: this.type, creationTime: String(this.created), lastModifiedTime: String(this.modified),
      location: this.dataset.location,
    };
    for (const name of ['view', 'description', 'friendlyName', 'labels', 'timePartitioning', 'rangePartitioning', 'clustering',
      'requirePartitionFilter', 'expirationTime', 'tableConstraints', 'defaultCollation']) {
      if (this[name] !== undefined) resource[name] = this[name];
    }
    if (this.type === 'TABLE' && view !== 'BASIC') {
      const bytes = String(this.bytes);
      Object.assign(resource, {numRows: String(this.data.rows.length), numBytes: bytes, numLongTermBytes: '0',
        numTotalLogicalBytes: bytes, numActiveLogicalBytes: bytes, numLongTermLogicalBytes: '0'});
      if (this.streamed > Date.now() - 90 * 60e3) {
        resource.streamingBuffer = {estimatedRows: '1', estimatedBytes: '1', oldestEntryTime: String(this.streamed)};
      }
    }
    return resource;
  }
}

// A field as the service writes it back: legacy type names, a mode, int64 as texts.
function normalField(field) {
  if (!field.name) throw new ApiError(400, 'invalid', 'Field name is required');
  if (!/^[\p{L}\p{M}\p{N}\p{Pc}\p{Pd}\p{Zs}_$&%=+:'<>#|]{1,300}$/u.test(field.name)) {
    throw new ApiError(400, 'invalid', `Invalid field name "${field.name}". Fields must contain the allowed characters, and be at most 300 characters long.`);
  }
  const standard = values.STANDARD[String(field.type).toUpperCase()] || String(field.type).toUpperCase();
  if (!/^(INT64|FLOAT64|BOOL|STRING|BYTES|DATE|TIME|DATETIME|TIMESTAMP|NUMERIC|BIGNUMERIC|JSON|INTERVAL|GEOGRAPHY|STRUCT|RANGE)$/.test(standard)) {
    throw new ApiError(400, 'invalid', `Invalid value for type: ${field.type} is not a valid value`);
  }
  const out = {name: field.name, type: values.LEGACY[standard] || standard, mode: (field.mode || 'NULLABLE').toUpperCase()};
  for (const name of ['description', 'defaultValueExpression', 'collation', 'roundingMode', 'rangeElementType', 'policyTags']) {
    if (field[name] !== undefined && field[name] !== null) out[name] = field[name];
  }
  for (const name of ['maxLength', 'precision', 'scale']) {
    if (field[name] !== undefined && field[name] !== null) out[name] = String(field[name]);
  }
  if (standard === 'STRUCT') {
    if (!(field.fields || []).length) throw new ApiError(400, 'invalid', `Field ${field.name} is type RECORD but has no schema`);
    out.fields = field.fields.map(normalField);
  }
  return out;
}

class Dataset {
  constructor(project, id, resource) {
    this.project = project;
    this.id = id;
    this.created = Date.now();
    this.location = resource.location || 'US';
    this.tables = new Map();
    this.routines = new Map();
    this.assign(resource);
  }

  assign(resource) {
    for (const name of ['description', 'friendlyName', 'labels', 'defaultTableExpirationMs', 'access', 'defaultCollation', 'maxTimeTravelHours']) {
      if (resource[name] === null) delete this[name];
      else if (resource[name] !== undefined) this[name] = resource[name];
    }
    this.modified = Date.now();
    this.etag = crypto.randomBytes(12).toString('base64');
  }

  resource(base) {
    const resource = {
      kind: 'bigquery#dataset', etag: this.etag, id: `${this.project}:${this.id}`,
      selfLink: `${base}/projects/${this.project}/datasets/${this.id}`,
      datasetReference: {datasetId: this.id, projectId: this.project}, creationTime: String(this.created),
      lastModifiedTime: String(this.modified), location: this.location, type: 'DEFAULT',
      access: this.access || [{role: 'OWNER', specialGroup: 'projectOwners'}],
    };
    for (const name of ['description', 'friendlyName', 'labels', 'defaultTableExpirationMs']) {
      if (this[name] !== undefined) resource[name] = this[name];
    }
    return resource;
  }

  table(id) {
    const table = this.tables.get(id);
    if (table && table.expirationTime && Number(table.expirationTime) < Date.now()) {
      this.tables.delete(id);
      return undefined;
    }
    return table;
  }
}

class Store {
  constructor(projects) {
    this.projects = new Map(projects.map((id) => [id, new Map()]));
    this.last = Promise.resolve();
  }

  // One statement changes things at a time; resolves to what ends its turn.
  async lock() {
    const before = this.last;
    let release;
    this.last = new Promise((done) => { release = done; });
    await before;
    return release;
  }

  project(id) {
    const project = this.projects.get(id);
    if (!project) throw new ApiError(403, 'accessDenied', `Access Denied: Project ${id}: User does not have bigquery.jobs.create permission in project ${id}.`);
    return project;
  }

  dataset(project, id) {
    const datasets = this.projects.get(project);
    if (!datasets) throw new ApiError(404, 'notFound', `Not found: Project ${project}`);
    const dataset = datasets.get(id);
    if (!dataset) throw notFound(`Dataset ${project}:${id}`);
    return dataset;
  }

  makeDataset(project, id, resource) {
    const datasets = this.project(project);
    if (!/^[A-Za-z0-9_]{1,1024}$/.test(id)) {
      throw new ApiError(400, 'invalid', `Invalid dataset ID "${id}". Dataset IDs must be alphanumeric (plus underscores) and must be at most 1024 characters long.`);
    }
    if (datasets.has(id)) throw new ApiError(409, 'duplicate', `Already Exists: Dataset ${project}:${id}`);
    const dataset = new Dataset(project, id, resource);
    datasets.set(id, dataset);
    return dataset;
  }

  table(project, dataset, id) {
    const found = this.dataset(project, dataset).table(id);
    if (!found) throw notFound(`Table ${project}:${dataset}.${id}`);
    return found;
  }

  makeTable(dataset, id, resource) {
    if (!id || Buffer.byteLength(id) > 1024 || !/^[\p{L}\p{M}\p{N}\p{Pc}\p{Pd}\p{Zs}]+$/u.test(id)) {
      throw new ApiError(400, 'invalid', `Invalid table ID "${id}".`);
    }
    if (dataset.table(id)) throw new ApiError(409, 'duplicate', `Already Exists: Table ${dataset.project}:${dataset.id}.${id}`);
    const names = (resource.schema && resource.schema.fields || []).map((f) => String(f.name).toLowerCase());
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice) throw new ApiError(400, 'invalid', `Duplicate field name: ${twice}`);
    const table = new Table(dataset, id, resource);
    if (dataset.defaultTableExpirationMs && !table.expirationTime) {
      table.expirationTime = String(Date.now() + Number(dataset.defaultTableExpirationMs));
    }
    dataset.tables.set(id, table);
    return table;
  }
}

// What has to hold of a row that is written: required fields, lengths, precisions.  Returns the cells as they are stored.
function checkRow(fields, row) {
  return fields.map((field, i) => checkCell(field, row[i] === undefined ? null : row[i], field.name));
}

function checkCell(field, cell, path) {
  if (field.mode === 'REPEATED') {
    const single = {...field, mode: 'NULLABLE'};
    return (cell || []).map((item) => {
      if (item === null) throw new ApiError(400, 'invalidQuery', `Array cannot have a null element; error in writing field ${path}`);
      return checkCell(single, item, path);
    });
  }
  if (cell === null) {
    if (field.mode === 'REQUIRED') throw new ApiError(400, 'invalidQuery', `Required field ${path} cannot be null`);
    return null;
  }
  if (field.type === 'RECORD') return field.fields.map((f, i) => checkCell(f, cell[i] === undefined ? null : cell[i], `${path}.${f.name}`));
  if (field.maxLength) {
    const length = field.type === 'BYTES' ? Buffer.byteLength(cell, 'base64') : [...cell].length;
    if (length > Number(field.maxLength)) {
      throw new ApiError(400, 'invalidQuery', `Field ${path}: ${field.type}(${field.maxLength}) has maximum length ${field.maxLength} but got a value with length ${length}`);
    }
  }
  if (field.precision) return checkDecimal(field, cell, path);
  return cell;
}

function checkDecimal(field, cell, path) {
  const scale = Number(field.scale || 0), full = values.SCALES[field.type];
  const rounded = values.parseDecimal(cell, scale);
  if (String(rounded < 0n ? -rounded : rounded).length > Number(field.precision) && rounded !== 0n) {
    throw new ApiError(400, 'invalidQuery', `Field ${path}: ${field.type}(${field.precision}, ${scale}) has precision ${field.precision} and scale ${scale} but got a value that is not in range of [-${'9'.repeat(field.precision - scale)}, ${'9'.repeat(field.precision - scale)}]`);
  }
  return values.decimalText(rounded * 10n ** BigInt(full - scale), full);
}

module.exports = {ApiError, Data, Dataset, Store, Table, checkRow, normalField, notFound};
