// MERGE, which the evaluator does not execute: its three kinds of rows are found by one query each, which says for a row
// the clause that applies and the values that clause writes.
'use strict';
const {SqlError} = require('./engine');
const values = require('./values');
const {quoteName} = require('./syntax');

const KINDS = {MATCHED: 'matched', NOT_MATCHED_BY_TARGET: 'missing', NOT_MATCHED_BY_SOURCE: 'extra'};

async function run(statement) {
  const {node, target: {data}} = statement;
  const text = (part) => statement.edits.slice(part.start, part.end, true);
  const parts = {
    target: text(node.target_path) + (node.alias ? ` AS ${quoteName(node.alias.identifier)}` : ''),
    source: text(node.table_expression), on: text(node.merge_condition), row: rowName(node),
  };
  const queries = {
    matched: `${parts.target} INNER JOIN ${parts.source} ON ${parts.on}`,
    missing: `${parts.source} WHERE NOT EXISTS (SELECT 1 FROM ${parts.target} WHERE ${parts.on})`,
    extra: `${parts.target} WHERE NOT EXISTS (SELECT 1 FROM ${parts.source} WHERE ${parts.on})`,
  };
  const change = {inserted: [], updated: new Map(), deleted: new Set()};
  for (const [kind, from] of Object.entries(queries)) {
    const clauses = node.when_clauses.clause_list.filter((clause) => KINDS[clause.match_type] === kind);
    if (clauses.length) await apply(statement, clauses.map((c) => clauseOf(statement, c, text)), from, kind === 'missing' ? 'NULL' : parts.row, change, data);
  }
  return change;
}

const rowName = (node) => `${quoteName(node.alias ? node.alias.identifier : node.target_path.names[node.target_path.names.length - 1])}._gw_row`;

// {test, action, columns: [index], texts}
function clauseOf(statement, clause, text) {
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
      put(set.path.names[set.path.names.length - 1], set.value);
    }
  } else if (out.action === 'INSERT') {
    const listed = action.insert_column_list && action.insert_column_list.identifiers;
    const names = listed || table.columns.map((c) => c.name), row = action.insert_row && action.insert_row.values;
    if (row && row.length) names.forEach((name, i) => put(name, row[i]));
    else {
      const source = sourceName(statement.node);
      for (const name of names) {
        out.columns.push(index(name));
        out.texts.push(`${source}.${quoteName(name)}`);
      }
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

function sourceName(node) {
  const {alias, path_expr: path} = node.table_expression;
  return quoteName(alias ? alias.identifier : path.names[path.names.length - 1]);
}

async function apply(statement, clauses, from, row, change, data) {
  const {table} = statement.target, choice = `CASE ${clauses.map((c, i) => `WHEN ${c.test} THEN ${i}`).join(' ')} END`;
  const list = [`CAST(${row} AS INT64)`, choice], types = [{k: 'INT64'}, {k: 'INT64'}];
  clauses.forEach((clause, number) => clause.texts.forEach((value, i) => {
    const column = table.columns[clause.columns[i]];
    list.push(`IF(${choice} = ${number}, CAST(${value} AS ${values.sqlType(values.fieldOfType('c', column.type))}), NULL)`);
    types.push(column.type);
  }));
  const sql = `SELECT ${list.map((item, i) => `${item} AS gw_${i}`).join(', ')} FROM ${from}`;
  const rows = await statement.engine.query(sql, statement.engineTables(true), statement.script.parameters, statement.script, types);
  for (const found of rows) {
    if (found[1] === null) continue;
    const number = Number(found[1]), clause = clauses[number];
    const first = 2 + clauses.slice(0, number).reduce((sum, c) => sum + c.texts.length, 0);
    if (clause.action === 'INSERT') {
      const cells = table.columns.map(() => null);
      clause.columns.forEach((column, i) => { cells[column] = found[first + i]; });
      change.inserted.push(cells);
      continue;
    }
    const at = Number(found[0]);
    if (change.updated.has(at) || change.deleted.has(at)) throw new SqlError('UPDATE/MERGE must match at most one source row for each target row');
    if (clause.action === 'DELETE') change.deleted.add(at);
    else {
      const cells = [...data.rows[at]];
      clause.columns.forEach((column, i) => { cells[column] = found[first + i]; });
      change.updated.set(at, cells);
    }
  }
}


module.exports = {run};
