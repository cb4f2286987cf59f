// MERGE, which the evaluator does not execute: its source is read once, pairs of rows are found by a join, and for each
// of the three kinds of rows one query says which clause applies and what it writes.
'use strict';
const {SqlError} = require('./engine');
const values = require('./values');
const {quoteName} = require('./syntax');

const KINDS = {MATCHED: 'matched', NOT_MATCHED_BY_TARGET: 'missing', NOT_MATCHED_BY_SOURCE: 'extra'};
const SOURCE = '#source';
const ROW = {k: 'INT64'};

async function run(statement) {
  const {node} = statement, text = (part) => statement.edits.slice(part.start, part.end, true);
  const names = {target: quoteName(node.alias ? node.alias.identifier : last(node.target_path)), source: quoteName(sourceAlias(node))};
  const source = await readSource(statement, text(node.table_expression));
  const target = text(node.target_path) + (node.alias ? ` AS ${quoteName(node.alias.identifier)}` : '');
  const from = `${quoteName(source.name)} AS ${names.source}`, rows = {target: `${names.target}._gw_row`, source: `${names.source}._gw_source`};
  const tables = [...statement.engineTables(true), source], change = {inserted: [], updated: new Map(), deleted: new Set()};
  const clauses = (kind) => node.when_clauses.clause_list.filter((clause) => KINDS[clause.match_type] === kind).map((c) => clauseOf(statement, c, text, names.source, source));
  const ask = (list, place, ids, skip) => apply(statement, tables, list, place, ids, skip, change);
  const paired = {target: new Set(), source: new Set()};
  await ask(clauses('matched'), `${target} INNER JOIN ${from} ON ${text(node.merge_condition)}`, [rows.target, rows.source], (ids) => {
    paired.target.add(ids[0]);
    paired.source.add(ids[1]);
  });
  await ask(clauses('missing'), from, ['NULL', rows.source], (ids) => paired.source.has(ids[1]));
  await ask(clauses('extra'), target, [rows.target, 'NULL'], (ids) => paired.target.has(ids[0]));
  return change;
}

const last = (path) => path.names[path.names.length - 1];
// An array's elements are a column of that name, and not a row.
const sourceAlias = ({table_expression: {alias, path_expr: path, unnest_expr: array}}) => array ? SOURCE : alias ? alias.identifier : path ? last(path) : SOURCE;

// The source's rows, numbered, as a table of the catalog.
async function readSource(statement, text) {
  const {engine, script} = statement, sql = `SELECT * FROM ${text}`, tables = statement.engineTables();
  const {columns, types} = statement.shape(await engine.analyze(sql, tables, script.parameters, script));
  const rows = await engine.query(sql, tables, script.parameters, script, types);
  return {name: SOURCE, columns: [...columns.map((c) => ({name: c.name, type: c.type})), {name: '_gw_source', type: ROW, pseudo: true}],
    rows: () => rows.map((row, i) => [...row, String(i)])};
}

// {test, action, columns: [index], texts}
function clauseOf(statement, clause, text, sourceName, source) {
  const {table} = statement.target, {action} = clause;
  const index = (name) => table.columns.findIndex((c) => c.name.toLowerCase() === name.toLowerCase());
  const out = {test: clause.search_condition ? text(clause.search_condition) : 'TRUE', action: action.action_type, columns: [], texts: []};
  const put = (name, value) => {
    out.columns.push(index(name));
    out.texts.push(value.kind === 'default_literal' ? statement.defaultText(name) : text(value));
  };
  if (out.action === 'UPDATE') {
    for (const {set_value: set} of action.update_item_list.update_items) {
      if (set.path.names.length > 1 && index(set.path.names[0]) >= 0) throw new SqlError('MERGE that sets a part of a STRUCT is not emulated', 'notImplemented');
      put(last(set.path), set.value);
    }
  } else if (out.action === 'INSERT') {
    const listed = action.insert_column_list && action.insert_column_list.identifiers, row = action.insert_row && action.insert_row.values;
    const names = listed || table.columns.map((c) => c.name);
    if (row && row.length) names.forEach((name, i) => put(name, row[i]));
    else {
      names.forEach((name, i) => {
        out.columns.push(index(name));
        out.texts.push(`${sourceName}.${quoteName(source.columns[i].name)}`);
      });
    }
    table.schema.fields.forEach((field, i) => {
      if (field.defaultValueExpression && !out.columns.includes(i)) {
        out.columns.push(i);
        out.texts.push(field.defaultValueExpression);
      }
    });
  }
  return out;
}

// Asks which clause applies to the rows of one kind; skip(ids) is told each row and may leave it out.
async function apply(statement, tables, clauses, from, ids, skip, change) {
  const {target: {table, data}, script} = statement;
  const choice = clauses.length ? `CASE ${clauses.map((c, i) => `WHEN ${c.test} THEN ${i}`).join(' ')} END` : 'NULL';
  const list = [...ids, choice].map((item) => `CAST(${item} AS INT64)`), types = [ROW, ROW, ROW];
  clauses.forEach((clause, number) => clause.texts.forEach((value, i) => {
    const {type} = table.columns[clause.columns[i]];
    list.push(`IF(${choice} = ${number}, CAST(${value} AS ${values.sqlType(values.fieldOfType('c', type))}), NULL)`);
    types.push(type);
  }));
  const sql = `SELECT ${list.map((item, i) => `${item} AS gw_${i}`).join(', ')} FROM ${from}`;
  for (const found of await statement.engine.query(sql, tables, script.parameters, script, types)) {
    if (skip(found) === true || found[2] === null) continue;
    const number = Number(found[2]), clause = clauses[number];
    const first = 3 + clauses.slice(0, number).reduce((sum, c) => sum + c.texts.length, 0), at = Number(found[0]);
    const written = clause.action === 'INSERT' ? table.columns.map(() => null) : [...data.rows[at]];
    clause.columns.forEach((column, i) => { written[column] = found[first + i]; });
    if (clause.action === 'INSERT') change.inserted.push(written);
    else if (change.updated.has(at) || change.deleted.has(at)) throw new SqlError('UPDATE/MERGE must match at most one source row for each target row');
    else if (clause.action === 'DELETE') change.deleted.add(at);
    else change.updated.set(at, written);
  }
}

module.exports = {run};
