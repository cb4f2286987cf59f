"""A query or change in Snowflake's SQL as DuckDB's, with the types of what it returns.

sqlglot parses and writes; what it leaves as Snowflake has it and DuckDB means otherwise is replaced in the tree:
names by their case, types, division, NULLs in GREATEST, patterns that match a whole text, semi-structured values.
"""
import re

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.scope import build_scope, traverse_scope

import information
import values
from catalog import decoded, encoded, shown
from errors import Failure
from values import Kind

FIRST_ARGUMENT = (exp.Max, exp.Min, exp.AnyValue, exp.Coalesce, exp.Greatest, exp.Least, exp.Nullif, exp.First, exp.Last, exp.FirstValue,
                  exp.LastValue, exp.Lag, exp.Lead, exp.Paren, exp.Window, exp.WithinGroup, exp.IgnoreNulls, exp.RespectNulls)
NAMED = {"OBJECT_CONSTRUCT": values.OBJECT, "OBJECT_CONSTRUCT_KEEP_NULL": values.OBJECT, "ARRAY_CONSTRUCT": values.ARRAY, "TO_VARIANT": values.VARIANT,
         "TO_OBJECT": values.OBJECT, "TO_ARRAY": values.ARRAY, "TO_GEOGRAPHY": Kind("geography"), "SYSDATE": values.NTZ,
         "TO_TIMESTAMP_TZ": values.TZ, "TO_TIMESTAMP_LTZ": values.LTZ, "TO_TIMESTAMP_NTZ": values.NTZ}


def parse(text):
    try:
        return sqlglot.parse_one(text, dialect="snowflake")
    except (sqlglot.errors.SqlglotError, RecursionError) as error:
        word = re.sub(r"\x1b\[\d+m", "", str(error)).split("\n")[0]
        raise Failure("syntax", word[:200]) from None


class Translation:
    """One statement's tree on its way; session is engine.Session."""

    def __init__(self, tree, session):
        self.tree, self.session, self.tables = tree, session, {}
        self.kinds = []

    def run(self):
        """(statement of DuckDB, types of the result's columns or None each)."""
        self.identifiers()
        self.name_tables()
        if isinstance(self.tree, exp.Query):
            self.infer_all()
        self.values_columns()
        self.moments()
        self.division()
        self.dates()
        return self.rewritten(self.tree.copy()).sql(dialect="duckdb"), self.kinds

    def rewritten(self, tree):
        """The tree with its nodes replaced, inner ones first."""
        for node in reversed(list(tree.walk())):
            if isinstance(node, exp.DataType) and isinstance(node.parent, (exp.Cast, exp.TryCast)):
                continue
            new = self.node(node)
            if new is not node:
                new.meta.update(node.meta)
                if node is tree:
                    return new
                node.replace(new)
        return tree

    # ---- names ----

    def identifiers(self):
        for node in list(self.tree.find_all(exp.Identifier)):
            stored = node.name if node.args.get("quoted") else node.name.upper()
            node.set("this", encoded(stored))
            node.set("quoted", True)

    def name_tables(self):
        """Every table by its database and schema; one that is not there is refused as the service does it."""
        ctes = {c.alias for c in self.tree.find_all(exp.CTE)}
        for node in list(self.tree.find_all(exp.Table)):
            if not isinstance(node.this, exp.Identifier) or (not node.db and node.name in ctes):
                continue
            name = decoded(node.name)
            if re.fullmatch(r"\$\d+", name) and not node.db:
                self.moved(node, "temp", "main", name)
                continue
            schema = decoded(node.db) if node.db else self.session.schema
            database = decoded(node.catalog) if node.catalog else self.session.database
            temporary = self.session.temporary.get(name) if not node.db or schema == self.session.schema else None
            if temporary is not None:
                self.tables[id(node)] = temporary
                self.moved(node, "temp", "main", temporary.name)
            elif schema == "INFORMATION_SCHEMA":
                if database not in self.session.catalog.databases:
                    raise Failure("database_missing", shown(database or ""))
                self.moved(node, "temp", "main", information.table(self.session, database, name))
            else:
                self.base(node, database, schema, name)

    def base(self, node, database, schema, name):
        if database is None:
            raise Failure("no_database", "SELECT")
        if schema is None:
            raise Failure("no_schema", "SELECT")
        found = self.session.catalog.find(database, schema, name)
        self.tables[id(node)] = found
        self.moved(node, database, schema, name)

    def moved(self, node, database, schema, name):
        """Names the table there; an unaliased one keeps its name for its columns."""
        if not node.alias and not isinstance(node.parent, (exp.Insert, exp.Schema)):
            node.set("alias", exp.TableAlias(this=exp.to_identifier(node.name, quoted=True)))
        node.set("this", exp.to_identifier(encoded(name), quoted=True))
        node.set("db", exp.to_identifier(encoded(schema) if schema != "main" else "main", quoted=True))
        node.set("catalog", exp.to_identifier(encoded(database) if database != "temp" else "temp", quoted=True))

    # ---- types ----

    def infer_all(self):
        try:
            scopes = {id(s.expression): s for s in traverse_scope(self.tree)}
            root = build_scope(self.tree)
        except sqlglot.errors.SqlglotError:
            return
        first = self.tree
        while isinstance(first, (exp.SetOperation, exp.Subquery)):
            first = first.this
        scope = scopes.get(id(first), root)
        for one in list(scopes.values()):
            for node in one.find_all(exp.Cast):
                node.this.meta["kind"] = self.infer(node.this, one)
        for column in first.selects:
            if isinstance(column, exp.Star) or (isinstance(column, exp.Column) and isinstance(column.this, exp.Star)):
                wanted = column.table if isinstance(column, exp.Column) else None
                self.star(scope, wanted)
            else:
                self.kinds.append(values.TEXT if isinstance(column.unalias(), exp.Null) else self.infer(column, scope))

    def star(self, scope, wanted):
        if scope is None:
            return
        for name, source in scope.sources.items():
            if wanted and name != wanted:
                continue
            table = self.table_of(source)
            if table is not None:
                self.kinds += [c.kind for c in table.columns]
            elif hasattr(source, "expression") and isinstance(source.expression, exp.Select):
                for column in source.expression.selects:
                    if isinstance(column, exp.Star):
                        self.star(source, None)
                    else:
                        self.kinds.append(self.infer(column, source))

    def table_of(self, source):
        return self.tables.get(id(source)) if isinstance(source, exp.Table) else None

    def column(self, node, scope):
        if scope is None:
            return None
        for name, source in scope.sources.items():
            if node.table and node.table != name:
                continue
            table = self.table_of(source)
            if table is not None:
                found = table.column(decoded(node.name))
                if found is not None:
                    return found.kind
            elif hasattr(source, "expression") and isinstance(source.expression, exp.Query):
                first = source.expression
                while isinstance(first, exp.SetOperation):
                    first = first.this
                for column in getattr(first, "selects", []):
                    if column.alias_or_name == node.name:
                        inner = source
                        while inner.union_scopes:
                            inner = inner.union_scopes[0]
                        return self.infer(column, inner)
        return None

    def infer(self, node, scope):
        """The type as far as DuckDB's would not tell it."""
        if isinstance(node, exp.Alias):
            return self.infer(node.this, scope)
        if isinstance(node, exp.Column):
            return self.column(node, scope)
        if isinstance(node, (exp.Cast, exp.TryCast)):
            return of_type(node.to)
        if isinstance(node, FIRST_ARGUMENT):
            known = (self.infer(part, scope) for part in [node.this, *(node.expressions if isinstance(node, exp.Coalesce) else [])])
            return next((k for k in known if k), None)
        if isinstance(node, exp.Case):
            return next((k for k in (self.infer(i.args["true"], scope) for i in node.args["ifs"]) if k), None)
        if isinstance(node, exp.If):
            return self.infer(node.args["true"], scope)
        if isinstance(node, exp.ParseJSON):
            return values.VARIANT
        if isinstance(node, (exp.DPipe, exp.Concat, exp.ToChar)):
            return values.TEXT
        if isinstance(node, (exp.ArrayAgg, exp.Array, exp.ArrayUniqueAgg, exp.ToArray)):
            return values.ARRAY
        if isinstance(node, (exp.Struct, exp.StarMap, exp.VarMap, exp.Map, exp.JSONObject)):
            return values.OBJECT
        if isinstance(node, exp.CurrentTimestamp):
            return values.LTZ
        if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Select) and node.this.selects:
            return self.infer(node.this.selects[0], None)
        if isinstance(node, exp.Anonymous):
            return NAMED.get(node.name.upper())
        return None

    # ---- shapes ----

    def values_columns(self):
        """VALUES has columns column1, column2, ... (constructs/values)."""
        for node in list(self.tree.find_all(exp.Values)):
            if isinstance(node.parent, (exp.From, exp.Join, exp.Subquery, exp.Merge)) and node.expressions:
                count = len(node.expressions[0].expressions) if isinstance(node.expressions[0], exp.Tuple) else 1
                alias = node.args.get("alias")
                if alias is None or not alias.args.get("columns"):
                    name = alias.this if alias is not None and alias.this else exp.to_identifier("_values", quoted=True)
                    node.set("alias", exp.TableAlias(this=name, columns=[exp.to_identifier("COLUMN%d" % (i + 1), quoted=True) for i in range(count)]))
            if isinstance(node.parent, exp.Insert):
                for part in node.find_all(exp.ParseJSON, exp.Subquery, exp.Anonymous):
                    if not isinstance(part, exp.Anonymous) or part.name.upper() in NAMED:
                        raise Failure("values_expression", part.sql(dialect="snowflake")[:80])

    def moments(self):
        """Texts with an offset that rows of VALUES bring for columns of moments: DuckDB wants no blank before it."""
        tree = self.tree
        if not isinstance(tree, exp.Insert) or not isinstance(tree.expression, exp.Values):
            return
        target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
        table = self.tables.get(id(target))
        if table is None:
            return
        names = [decoded(c.name) for c in tree.this.expressions] if isinstance(tree.this, exp.Schema) else [c.name for c in table.columns]
        for i, name in enumerate(names):
            column = table.column(name)
            if column is None or column.kind.kind not in ("timestamp_tz", "timestamp_ltz"):
                continue
            for row in tree.expression.expressions:
                cell = row.expressions[i] if isinstance(row, exp.Tuple) else row
                if isinstance(cell, exp.Literal) and cell.is_string:
                    cell.set("this", closed(cell.name))

    def dates(self):
        """A date and whole days is a date (functions/dateadd)."""
        for node in list(self.tree.find_all(exp.DateAdd, exp.TsOrDsAdd)):
            kinds = self.operand_types(node.find_ancestor(exp.Select), [node.this])
            if kinds and kinds[0] and kinds[0].kind == "date" and str(node.args.get("unit") or "DAY").upper() in DAYS:
                node.replace(exp.Cast(this=node.copy(), to=exp.DataType.build("date")))

    def division(self):
        """a / b of numbers: scale max(s1, min(s1 + 6, 12)), rounded; AVG is one more (sql-reference/operators-arithmetic)."""
        for node in reversed(list(self.tree.find_all(exp.Div, exp.Avg))):
            select = node.find_ancestor(exp.Select)
            left, right = node.this, (node.expression if isinstance(node, exp.Div) else None)
            kinds = self.operand_types(select, [left] + ([right] if right is not None else []))
            if kinds and all(not k or k.kind == "fixed" for k in kinds):
                scale = kinds[0].scale if kinds[0] else 0
                node.set("gw_scale", max(scale, min(scale + 6, 12)))

    def operand_types(self, select, operands):
        """What DuckDB says the operands are, asked in the place where they stand."""
        query = exp.Select(expressions=[o.copy() for o in operands])
        if select is not None:
            for part in ("with", "from", "joins", "group", "laterals"):
                if select.args.get(part):
                    query.set(part, select.args[part].copy() if isinstance(select.args[part], exp.Expression) else
                              [p.copy() for p in select.args[part]])
            top = self.tree.args.get("with")
            if top is not None and select is not self.tree:
                query.set("with", top.copy())
        try:
            text = self.rewritten(query).sql(dialect="duckdb")
            return [values.of_duckdb(row[1]) for row in self.session.describe(text)]
        except Exception:  # what stands outside cannot be seen from here: a correlated sub-query
            return [Kind("fixed", 38, 0)] if any(o.find(exp.Column) for o in operands) else None

    # ---- nodes ----

    def node(self, node):
        maker = MAKERS.get(type(node))
        if maker is not None:
            return maker(self, node)
        if isinstance(node, exp.Anonymous):
            return self.anonymous(node)
        name = CURRENT.get(type(node).__name__)
        return text_literal(SESSION[name](self.session)) if name else node

    def anonymous(self, node):
        name, args = node.name.upper(), node.expressions
        if name in SESSION:
            return text_literal(SESSION[name](self.session))
        if name in ("TO_TIMESTAMP_LTZ", "TO_TIMESTAMP_TZ") and len(args) == 2:
            wall = parse("SELECT TO_TIMESTAMP_NTZ(%s)" % ", ".join(a.sql(dialect="snowflake") for a in args)).selects[0]
            return cast(wall, "TIMESTAMPTZ")
        template = TEMPLATES.get((name, len(args)))
        if template is not None:
            return fill(template, args)
        return node


DAYS = {"DAY", "WEEK", "MONTH", "QUARTER", "YEAR"}


def closed(text):
    """A moment's text without the blank before its offset."""
    return re.sub(r"^(\d{4,5}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?) ([-+]\d\d:?\d\d)$", r"\1\2", text)


def text_literal(text):
    return exp.Null() if text is None else exp.Literal.string(text)


def fill(template, args):
    """A template of DuckDB's SQL with {0}, {1} for arguments."""
    tree = sqlglot.parse_one(re.sub(r"\{(\d+)\}", r"gw_argument_\1", template), dialect="duckdb")
    return tree.transform(lambda n: args[int(n.name[len("gw_argument_"):])].copy() if isinstance(n, exp.Column) and n.name.startswith("gw_argument_") else n)


def of_type(node):
    """A Kind of sqlglot's DataType."""
    return values.parse(re.sub(r"\bTIMESTAMPNTZ\b", "TIMESTAMP_NTZ", node.sql(dialect="snowflake")))


def make_type(_self, node):
    kind = of_type(node)
    if kind is None:
        if isinstance(node.parent, exp.Interval) or node.this == exp.DataType.Type.INTERVAL:
            return node
        raise Failure("type", node.sql(dialect="snowflake"))
    return exp.DataType.build(kind.duckdb(), dialect="duckdb", udt=True)


def make_cast(_self, node):
    kind = of_type(node.to)
    if kind is None:
        raise Failure("type", node.to.sql(dialect="snowflake"))
    value, before = node.this, node.this.meta.get("kind")
    is_json = isinstance(value, exp.JSONExtract) or (before is not None and before.kind in values.JSON_LIKE)
    if kind.kind in values.JSON_LIKE:
        if is_json or isinstance(value, exp.Null):
            return cast(value, "JSON")
        return fill("json({0})" if isinstance(value, exp.Literal) and kind.kind != "variant" else "to_json({0})", [value])
    if kind.kind == "text":
        if is_json:
            value = fill("json_extract_string({0}, '$')", [value])
        if kind.length < 16777216:
            return fill("left({0}, %d)" % kind.length, [cast(value, "VARCHAR")])
    if kind.kind in ("timestamp_tz", "timestamp_ltz") and isinstance(value, exp.Literal):
        value = exp.Literal.string(closed(value.name))
    out = node.copy()
    out.set("this", value)
    out.set("to", exp.DataType.build(kind.duckdb(), dialect="duckdb", udt=True))
    return out


def cast(value, name):
    return exp.Cast(this=value.copy(), to=exp.DataType.build(name, dialect="duckdb", udt=True))


def make_div(_self, node):
    if "gw_scale" in node.args:
        return fill("CAST(gw_divide(CAST({0} AS VARCHAR), CAST({1} AS VARCHAR), %d) AS DECIMAL(38, %d))" % (
            node.args["gw_scale"], node.args["gw_scale"]), [node.this, node.expression])
    return fill("CASE WHEN ({1}) = 0 THEN error('Division by zero') ELSE CAST({0} AS DOUBLE) / CAST({1} AS DOUBLE) END", [node.this, node.expression])


def make_avg(_self, node):
    if "gw_scale" in node.args:
        return fill("CAST(gw_divide(CAST(SUM({0}) AS VARCHAR), CAST(NULLIF(COUNT({0}), 0) AS VARCHAR), %d) AS DECIMAL(38, %d))" % (
            node.args["gw_scale"], node.args["gw_scale"]), [node.this]) if not isinstance(node.parent, exp.Window) else node
    return node


def make_window(_self, node):
    """AVG over a window: of its sum and its count."""
    average = node.this
    if not isinstance(average, exp.Avg) or "gw_scale" not in average.args:
        return node
    parts = []
    for name in (exp.Sum, exp.Count):
        part = node.copy()
        part.set("this", name(this=average.this.copy()))
        parts.append(part)
    return fill("CAST(gw_divide(CAST({0} AS VARCHAR), CAST(NULLIF({1}, 0) AS VARCHAR), %d) AS DECIMAL(38, %d))" % (
        average.args["gw_scale"], average.args["gw_scale"]), parts)


def make_literal(_self, node):
    """A long bind variable (sqltext.bind)."""
    return exp.Anonymous(this="getvariable", expressions=[exp.Literal.string("gw_" + node.name[1:])]) \
        if node.is_string and node.name.startswith("\x01long") else node


def make_bracket(_self, node):
    """An element of a document, counted from 0 (user-guide/querying-semistructured)."""
    index = node.expressions[0] if len(node.expressions) == 1 else None
    return fill("json_extract({0}, '$[%s]')" % index.name, [node.this]) \
        if isinstance(node.this, exp.Column) and isinstance(index, exp.Literal) and not index.is_string else node


def make_table(_self, node):
    """TABLE(FLATTEN(INPUT => array)): its columns INDEX and VALUE (functions/flatten)."""
    given = node.this.this if isinstance(node.this, exp.Explode) else None
    if given is None or node.this.expressions or (isinstance(given, exp.Kwarg) and given.name.upper() != "INPUT"):
        raise Failure("unemulated", node.sql(dialect="snowflake")[:60])
    inner = fill("SELECT unnest(gw_list) AS \"VALUE\", unnest(range(len(gw_list))) AS \"INDEX\" FROM (SELECT json_extract({0}, '$[*]') AS gw_list) AS gw_flat",
                 [given.expression if isinstance(given, exp.Kwarg) else given])
    alias = node.args.get("alias")
    return exp.Subquery(this=inner, alias=alias.copy() if alias is not None else exp.TableAlias(this=exp.to_identifier("gw_flat", quoted=True)))


def make_mod(_self, node):
    return fill("CASE WHEN ({1}) = 0 THEN error('Division by zero') ELSE ({0}) % ({1}) END", [node.this, node.expression])


def make_extreme(_self, node):
    """NULL when any is (functions/greatest)."""
    name = "greatest" if isinstance(node, exp.Greatest) else "least"
    args = [node.this, *node.expressions]
    tests = " OR ".join("{%d} IS NULL" % i for i in range(len(args)))
    return fill("CASE WHEN %s THEN NULL ELSE %s(%s) END" % (tests, name, ", ".join("{%d}" % i for i in range(len(args)))), args)


def make_regexp(_self, node):
    """The whole text has to match (functions/regexp_like)."""
    return fill("regexp_full_match({0}, {1})", [node.this, node.expression])


def make_concat(_self, node):
    out = cast(node.expressions[0], "VARCHAR")
    for part in node.expressions[1:]:
        out = exp.DPipe(this=out, expression=cast(part, "VARCHAR"))
    return exp.Paren(this=out)


def make_parse_json(_self, node):
    return fill("CASE WHEN trim({0}) = '' THEN NULL ELSE CAST({0} AS JSON) END", [node.this])


def make_array(_self, node):
    return fill("json_array(%s)" % ", ".join("{%d}" % i for i in range(len(node.expressions))), node.expressions)


def make_to_char(_self, node):
    """Of formats TME (sql-reference/sql-format-models)."""
    form = node.args.get("format")
    if form is None:
        return node
    if form.name != "TME":
        raise Failure("unemulated", "the format " + form.name[:40])
    return fill("gw_scientific(CAST({0} AS DOUBLE))", [node.this])


def make_to_array(_self, node):
    return fill("to_json({0})", [node.this])


def make_regexp_replace(_self, node):
    """All of them (functions/regexp_replace)."""
    if any(node.args.get(k) is not None for k in ("position", "occurrence", "modifiers")):
        raise Failure("unemulated", "REGEXP_REPLACE with a position")
    return fill("regexp_replace({0}, {1}, {2}, 'g')", [node.this, node.expression, node.args.get("replacement") or exp.Literal.string("")])


def make_array_agg(_self, node):
    inner = node.this
    return exp.Anonymous(this="to_json", expressions=[exp.Filter(this=node.copy(), expression=exp.Where(
        this=exp.Not(this=exp.Is(this=(inner.this if isinstance(inner, (exp.Order, exp.Distinct)) else inner).copy(), expression=exp.Null()))))]) \
        if not isinstance(node.parent, (exp.WithinGroup, exp.Window)) else node


MAKERS = {exp.DataType: make_type, exp.Literal: make_literal, exp.Bracket: make_bracket, exp.TableFromRows: make_table, exp.Cast: make_cast, exp.TryCast: make_cast, exp.Div: make_div, exp.Avg: make_avg, exp.Window: make_window, exp.Mod: make_mod,
          exp.Greatest: make_extreme, exp.Least: make_extreme, exp.RegexpLike: make_regexp, exp.Concat: make_concat,
          exp.ParseJSON: make_parse_json, exp.ToChar: make_to_char, exp.ToArray: make_to_array, exp.Array: make_array, exp.RegexpReplace: make_regexp_replace, exp.ArrayAgg: make_array_agg}
CURRENT = {"CurrentDatabase": "CURRENT_DATABASE", "CurrentSchema": "CURRENT_SCHEMA", "CurrentUser": "CURRENT_USER", "CurrentRole": "CURRENT_ROLE",
           "CurrentWarehouse": "CURRENT_WAREHOUSE"}
SESSION = {"CURRENT_USER": lambda s: s.user, "CURRENT_DATABASE": lambda s: s.database, "CURRENT_SCHEMA": lambda s: s.schema, "CURRENT_WAREHOUSE": lambda s: s.warehouse,
           "CURRENT_ROLE": lambda s: s.role, "CURRENT_ACCOUNT": lambda s: s.account, "CURRENT_ACCOUNT_NAME": lambda s: s.account,
           "CURRENT_VERSION": lambda s: "9.34.0", "CURRENT_REGION": lambda s: "AWS_EU_CENTRAL_1", "CURRENT_SESSION": lambda s: str(s.number)}
TEMPLATES = {
    ("TO_BINARY", 1): "unhex({0})", ("TO_BINARY", 2): "gw_to_binary({0}, {1})", ("HEX_ENCODE", 1): "hex({0})",
    ("HEX_DECODE_BINARY", 1): "unhex({0})", ("TO_NUMBER", 1): "CAST({0} AS DECIMAL(38, 0))", ("ZEROIFNULL", 1): "coalesce({0}, 0)",
    ("NULLIFZERO", 1): "nullif({0}, 0)", ("EQUAL_NULL", 2): "({0} IS NOT DISTINCT FROM {1})", ("IS_NULL_VALUE", 1): "(json_type({0}) = 'NULL')",
    ("REGEXP_INSTR", 2): "(CASE WHEN regexp_matches({0}, {1}) THEN strpos({0}, regexp_extract({0}, {1})) ELSE CASE WHEN {0} IS NULL OR {1} IS NULL THEN NULL ELSE 0 END END)",
    ("REGEXP_COUNT", 2): "len(regexp_extract_all({0}, {1}))", ("DIV0", 2): "CASE WHEN {1} = 0 THEN 0 ELSE {0} / {1} END",
    ("TO_VARIANT", 1): "to_json({0})", ("TO_ARRAY", 1): "to_json({0})", ("TO_OBJECT", 1): "{0}", ("TO_GEOGRAPHY", 1): "json({0})",
    ("TO_JSON", 1): "CAST({0} AS VARCHAR)", ("ARRAY_CONSTRUCT", 0): "json('[]')", ("OBJECT_CONSTRUCT", 0): "json('{}')",
    ("BOOLAND", 2): "({0} <> 0 AND {1} <> 0)", ("TO_TIMESTAMP_NTZ", 1): "CAST({0} AS TIMESTAMP)", ("TO_TIMESTAMP_TZ", 1): "CAST({0} AS TIMESTAMPTZ)",
    ("TO_TIMESTAMP_LTZ", 1): "CAST({0} AS TIMESTAMPTZ)", ("TO_TIME", 1): "CAST({0} AS TIME)", ("SYSDATE", 0): "(now() AT TIME ZONE 'UTC')",
    ("DAYOFWEEKISO", 1): "isodow({0})", ("WEEKISO", 1): "week({0})", ("YEAROFWEEKISO", 1): "isoyear({0})", ("TYPEOF", 1): "json_type({0})", ("SQUARE", 1): "({0} * {0})", ("SPACE", 1): "repeat(' ', {0})",
    ("ARRAY_SIZE", 1): "json_array_length({0})", ("TO_BOOLEAN", 1): "CAST({0} AS BOOLEAN)", ("SYSTEM$TYPEOF", 1): "typeof({0})",
    ("OCTET_LENGTH", 1): "octet_length(encode({0}))", ("BIT_LENGTH", 1): "8 * octet_length(encode({0}))",
    ("UUID_STRING", 0): "CAST(uuid() AS VARCHAR)", ("MD5_HEX", 1): "md5({0})", ("TO_VARCHAR", 1): "CAST({0} AS VARCHAR)",
    ("TO_CHAR", 1): "CAST({0} AS VARCHAR)", ("GREATEST_IGNORE_NULLS", 2): "greatest({0}, {1})", ("LEAST_IGNORE_NULLS", 2): "least({0}, {1})",
}
for _count in range(1, 40):
    _list = ", ".join("{%d}" % i for i in range(_count))
    TEMPLATES["ARRAY_CONSTRUCT", _count] = "json_array(%s)" % _list
    if _count % 2 == 0:
        TEMPLATES["OBJECT_CONSTRUCT", _count] = "json_object(%s)" % _list
