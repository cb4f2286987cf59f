// What the service refuses when it plans a statement, although its language allows it: the analyzer and the evaluator,
// which are the language's, know nothing of it.
'use strict';
const {SqlError} = require('./engine');
const {walk} = require('./syntax');

const SCAN = 'resolved_table_scan_node', CALL = 'resolved_function_call_node';
const JOINS = {LEFT: 'LEFT OUTER', RIGHT: 'RIGHT OUTER', FULL: 'FULL OUTER'};

const reads = (node) => [...walk(node)].some((part) => part.node === SCAN);
const columns = (node) => [...walk(node)].filter((part) => part.is_correlated !== undefined && part.column);

// The call that an expression is: {name, args}.
function call(node) {
  while (node && node.node && node.node !== CALL) node = node[node.node];
  const found = node && (node[CALL] || (node.node === CALL && node));
  if (!found) return null;
  const base = found.parent || found;
  return base.function ? {name: base.function.name.replace(/^ZetaSQL:/, ''), args: base.argument_list || []} : null;
}

// Is one of the conjuncts an equality whose sides are of two kinds of columns, each of one kind alone?
function equates(expression, kind) {
  const top = call(expression);
  if (!top) return false;
  if (top.name === '$and') return top.args.some((arg) => equates(arg, kind));
  if (top.name !== '$equal') return false;
  const [left, right] = top.args.map((arg) => new Set(columns(arg).map(kind)));
  return left.size === 1 && right.size === 1 && [...left][0] !== [...right][0];
}

function join(node) {
  if (!node.join_expr) return;
  for (const part of walk(node.join_expr)) {
    if (part.subquery_type && reads(part.subquery)) throw new SqlError('Unsupported subquery with table in join predicate.');
  }
  if (!JOINS[node.join_type] || !reads(node.right_scan)) return;
  const left = new Set(), unwrap = (scan) => { while (scan && scan.node) scan = scan[scan.node]; return scan; };
  for (const column of unwrap(node.left_scan).parent.column_list || []) left.add(column.column_id);
  if (!equates(node.join_expr, (c) => left.has(c.column.column_id))) {
    throw new SqlError(`${JOINS[node.join_type]} JOIN cannot be used without a condition that is an equality of fields from both sides of the join.`);
  }
}

// A sub-select over a table that reads the query around it has to be a join in disguise.
function correlated(node) {
  if (!(node.parameter_list || []).length || !reads(node.subquery)) return;
  for (const part of walk(node.subquery)) {
    if (part.filter_expr && equates(part.filter_expr, (c) => c.is_correlated)) return;
  }
  throw new SqlError('Correlated subqueries that reference other tables are not supported unless they can be de-correlated, such as by transforming them into an efficient JOIN.');
}

// Where peers make up the frame, NULL stands below all values.
function frames(group) {
  const ranged = [...walk(group.analytic_function_list)].some((part) => part.frame_unit === 'RANGE');
  for (const item of (ranged && group.order_by && group.order_by.order_by_item_list) || []) {
    const odd = item.is_descending ? 'NULLS_FIRST' : 'NULLS_LAST';
    if (item.null_order === odd) {
      throw new SqlError(`${odd.replace('_', ' ')} not supported with ${item.is_descending ? 'descending' : 'ascending'} sort order in RANGE clauses of analytic functions.`);
    }
  }
}

function check(resolved) {
  for (const node of walk(resolved)) {
    if (node.join_type !== undefined && node.left_scan) join(node);
    else if (node.subquery_type) correlated(node);
    else if (node.analytic_function_list) frames(node);
  }
}

module.exports = {check};
