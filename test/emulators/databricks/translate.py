"""A query or change in Databricks' SQL as DuckDB's.

sqlglot parses and writes; what DuckDB means otherwise is replaced in the tree: names of tables, casts, division, overflow,
escapes of LIKE, arithmetic of dates, JSON.  What an operand's type decides is asked of DuckDB (kinds()).
"""
import re

import sqlglot
from sqlglot import exp

import from_json
import information
import values
from catalog import quoted
from errors import Failure

WORD = re.compile(r"\x1b\[\d+m")


def parse(text):
    try:
        return sqlglot.parse_one(text, dialect="databricks")
    except (sqlglot.errors.SqlglotError, RecursionError) as error:
        near = re.search(r"\x1b\[4m(.*?)\x1b\[0m", str(error), re.S)
        raise Failure("parse", near[1][:80]) if near else Failure("parse_end") from None


def expression(text, session):
    """An expression that names no table, as DuckDB has it."""
    return Translation(parse("SELECT " + text), session).run()[len("SELECT "):]


def named_before(top, node):
    """A WITH as far as it is known where the node stands: inside one of its queries, those before that one."""
    around, known = set(), []
    cte = node.find_ancestor(exp.CTE)
    while cte is not None:
        around.add(cte.alias)
        cte = cte.find_ancestor(exp.CTE)
    for cte in top.expressions:
        if cte.alias in around and not top.args.get("recursive"):
            break
        known.append(cte.copy())
    return exp.With(expressions=known, recursive=top.args.get("recursive")) if known else None


class Translation:
    """One statement's tree on its way; session is engine.Session."""

    def __init__(self, tree, session, known=None):
        self.tree, self.session, self.tables, self.known = tree, session, {}, {} if known is None else known

    def run(self):
        limited(self.tree)
        self.name_tables()
        self.name_values()
        self.name_ranges()
        return self.rewritten(self.tree).sql(dialect="duckdb")

    # ---- names ----

    def name_tables(self):
        """Every table by its catalog and schema; one that is not there is refused as the service does it."""
        ctes = {c.alias.lower() for c in self.tree.find_all(exp.CTE)}
        for node in list(self.tree.find_all(exp.Table)):
            if not isinstance(node.this, exp.Identifier) or (not node.db and node.name.lower() in ctes) or node.args.get("named"):
                continue
            if node.args.get("version") is not None:
                raise Failure("unemulated", "time travel")
            said = [p.name for p in (node.args.get("catalog"), node.args.get("db"), node.this) if p]
            path = self.session.path(said)
            if path[1].lower() == "information_schema":
                self.moved(node, "temp", "main", information.table(self.session, path[0].lower(), path[2].lower(), said))
            else:
                found = self.session.catalog.find(path) if len(said) == 3 else self.session.found(path, said)
                self.tables[id(node)] = found
                self.moved(node, "c_" + found.catalog, "s_" + found.schema, found.name)
        for node in list(self.tree.find_all(exp.Column)):
            if node.args.get("db"):
                node.set("db", None)
                node.set("catalog", None)

    def name_ranges(self):
        """The column of range() is called id (functions/range)."""
        for node in self.tree.find_all(exp.Table):
            if isinstance(node.this, exp.Func) and node.this.sql().upper().startswith(("RANGE(", "GENERATE_SERIES(")):
                alias = node.args.get("alias")
                if alias is None or not alias.args.get("columns"):
                    name = alias.this if alias is not None and alias.this else exp.to_identifier("range", quoted=True)
                    node.set("alias", exp.TableAlias(this=name, columns=[exp.to_identifier("id", quoted=True)]))

    def name_values(self):
        """Rows of VALUES have columns col1, col2, ... (sql-ref-syntax-qry-select-values)."""
        for node in list(self.tree.find_all(exp.Values)):
            if isinstance(node.parent, exp.Insert):
                continue
            one = node.expressions[0]
            alias, count = node.args.get("alias"), len(one.expressions) if isinstance(one, exp.Tuple) else 1
            if isinstance(node.parent, (exp.From, exp.Join, exp.Subquery, exp.Merge)) and (alias is None or not alias.args.get("columns")):
                name = alias.this if alias is not None and alias.this else exp.to_identifier("gw_values", quoted=True)
                node.set("alias", exp.TableAlias(this=name, columns=[exp.to_identifier("col%d" % (i + 1), quoted=True) for i in range(count)]))

    @staticmethod
    def moved(node, catalog, schema, name):
        """Names the table there; an unaliased one keeps its name for its columns."""
        if not node.alias and not isinstance(node.parent, (exp.Insert, exp.Schema)):
            node.set("alias", exp.TableAlias(this=exp.to_identifier(node.name, quoted=True)))
        for key, word in (("this", name), ("db", schema), ("catalog", catalog)):
            node.set(key, exp.to_identifier(word, quoted=True))
        node.set("named", True)

    # ---- types ----

    def kinds(self, node, operands):
        """What DuckDB says the operands are, asked in the place where they stand; None each where it cannot be seen."""
        froms, place = [], node
        while place is not None:
            inner, place = place, place.find_ancestor(exp.Select, exp.Update, exp.Delete, exp.Merge)
            if place is not None and (place.this or isinstance(place, exp.Select)) and not is_source(inner, place):
                froms.append((place, under(inner, place)))
            query = self.query(froms, operands, node)
            key = query.sql()
            if key not in self.known:
                self.known[key] = self.described(query)
            if self.known[key] is not None:
                return self.known[key]
        return [None] * len(operands)

    def query(self, froms, operands, node):
        query = exp.Select(expressions=[o.copy() for o in operands])
        for i, (place, where) in enumerate(froms):
            sources = []
            if isinstance(place, exp.Select):
                if place.args.get("from") is not None:
                    sources.append(place.args["from"].this)
                sources += place.args.get("joins") or []
                if i == 0:
                    for part in ("group", "laterals", "windows"):
                        if place.args.get(part) and part != where:
                            part_ = place.args[part]
                            query.set(part, part_.copy() if isinstance(part_, exp.Expression) else [p.copy() for p in part_])
                top = place.args.get("with")
                if top is not None and query.args.get("with") is None:
                    query.set("with", named_before(top, node))
            else:
                sources += [place.this] + ([place.args["using"]] if isinstance(place, exp.Merge) else [])
            for source in sources:
                copy = source.copy()
                if isinstance(copy, exp.Join):
                    if copy.args.get("on") is not None:
                        copy.set("on", exp.true())
                    query.append("joins", copy)
                elif query.args.get("from") is None:
                    query.set("from", exp.From(this=copy))
                else:
                    query.append("joins", exp.Join(this=copy, kind="CROSS"))
        top = self.tree.args.get("with")
        if top is not None and query.args.get("with") is None:
            query.set("with", named_before(top, node))
        return query

    def described(self, query):
        try:
            text = Translation(query, self.session, self.known).rewritten(query.copy()).sql(dialect="duckdb")
            return [values.of_duckdb(row[1]) for row in self.session.describe(text)]
        except Failure:
            return None

    def rounds(self, tree):
        """May decimals of the statement have more than 38 digits together when they meet?"""
        kinds = [column.kind for table in self.tables.values() for column in table.columns]
        kinds += [values.parse(cast.to.sql(dialect="databricks")) for cast in tree.find_all(exp.Cast) if cast.to.this == exp.DataType.Type.DECIMAL]
        found = [kind.numbers for kind in kinds if named(kind, "DECIMAL")]
        return bool(found) and max([20] + [p - s for p, s in found]) + max(s for p, s in found) > 38

    # ---- nodes ----

    def rewritten(self, tree):
        """The tree with its nodes replaced, inner ones first; types are those before."""
        typed = {**TYPED, **MEETING} if self.rounds(tree) else TYPED
        for node in [n for n in tree.walk() if type(n) in typed]:
            operands = typed[type(node)](node)
            if operands and "kinds" not in node.meta:
                node.meta["kinds"] = self.kinds(node, operands)
        for node in reversed(list(tree.walk())):
            new = self.node(node)
            if new is not node:
                if node is tree:
                    tree = new
                else:
                    node.replace(new)
        return tree

    def node(self, node):
        maker = MAKERS.get(type(node))
        if maker is not None:
            return maker(self, node)
        if isinstance(node, exp.Func) and not isinstance(node, (exp.Cast, exp.Case, exp.AggFunc)) or isinstance(node, exp.Anonymous):
            return self.function(node)
        return node

    def function(self, node):
        if isinstance(node, exp.Anonymous):
            name, args = node.name.upper(), node.expressions
        else:
            name, args = type(node).sql_names()[0], []
            for key in node.arg_types:
                value = node.args.get(key)
                args += value if isinstance(value, list) else [value] if isinstance(value, exp.Expression) else []
        if name == "NAMED_STRUCT":
            fields = ", ".join("%s := %s" % (quoted(k.name), sql(v)) for k, v in zip(args[::2], args[1::2]))
            return raw("struct_pack(%s)" % fields)
        if name == "FROM_JSON":
            return make_from_json(args)
        if name == "ELEMENT_AT":
            return raw("(%s)[%s]" % (sql(args[0]), sql(args[1])))
        if name in SESSION:
            return exp.Literal.string(SESSION[name](self.session))
        template = TEMPLATES.get((name, len(args)))
        if template is not None:
            return fill(template, args)
        if name in UNEMULATED:
            raise Failure("unemulated", "function " + name.lower())
        return node


def under(node, place):
    """The argument of that statement in which the node stands."""
    while node.parent is not place:
        node = node.parent
    return node.arg_key


def is_source(node, place):
    """Does it stand within what that statement reads, so that nothing of it can be seen from there?"""
    while node is not place:
        if node.arg_key in ("from", "with", "using") and node.parent is place or isinstance(node.parent, exp.Join) and node.arg_key == "this" and \
                node.parent.parent is place:
            return True
        node = node.parent
    return False


def fill(template, args):
    """A template of DuckDB's SQL with {0}, {1} for arguments."""
    tree = sqlglot.parse_one(re.sub(r"\{(\d+)\}", r"gw_argument_\1", template), dialect="duckdb")
    if isinstance(tree, exp.Column) and tree.name.startswith("gw_argument_"):
        return args[int(tree.name[len("gw_argument_"):])]
    return tree.transform(lambda n: args[int(n.name[len("gw_argument_"):])].copy() if isinstance(n, exp.Column) and n.name.startswith("gw_argument_") else n)


def raw(text):
    """DuckDB's SQL that nobody looks into any more."""
    return exp.Var(this=text)


def sql(node):
    return node.sql(dialect="duckdb")


def kinds_of(node):
    kinds = node.meta.get("kinds") or [None, None]
    return kinds if len(kinds) > 1 else kinds + [None]


def named(kind, *names):
    return kind is not None and kind.name in names


# ---- casts ----

def make_cast(_self, node):
    target = values.parse(node.to.sql(dialect="databricks"))
    if target is None:
        if node.to.this == exp.DataType.Type.INTERVAL:
            return node
        raise Failure("type", node.to.sql(dialect="databricks"))
    kind, tried = kinds_of(node)[0], isinstance(node, exp.TryCast)
    return raw(cast_sql(sql(node.this), kind, target, "TRY_CAST" if tried else "CAST"))


def cast_sql(value, kind, target, cast="CAST"):
    name, tried = target.name, cast == "TRY_CAST"
    if kind is None and name in ("STRING", "TIMESTAMP", "TIMESTAMP_NTZ"):
        kind = values.STRING if name != "STRING" else None
    if named(kind, "VARIANT") and name not in ("VARIANT", "ARRAY", "MAP", "STRUCT"):
        value, kind = "(%s ->> '$')" % value, values.STRING
    if name in values.INTEGERS:
        if named(kind, "STRING"):
            value = ("gw_try_int(%s)" if tried else "gw_int(%s)") % value
        elif named(kind, "DOUBLE", "FLOAT", "DECIMAL"):
            value = "trunc(%s)" % value
        elif named(kind, "TIMESTAMP"):
            value = "floor(epoch_us(%s) / 1000000)" % value
    elif name == "STRING":
        return values.string_sql(value, kind)
    elif name in ("CHAR", "VARCHAR"):
        return "substr(%s, 1, %d)" % (values.string_sql(value, kind), target.numbers[0])
    elif name == "BINARY" and (named(kind, "STRING") or kind is None):
        return "encode(%s)" % value
    elif name in ("TIMESTAMP", "TIMESTAMP_NTZ"):
        if named(kind, "STRING"):
            value = "gw_moment(%s)" % value
        elif named(kind, *values.INTEGERS):
            return "to_timestamp(%s)" % value
    elif name == "DOUBLE" and named(kind, "TIMESTAMP"):
        return "(epoch_us(%s) / 1000000)" % value
    elif name == "BOOLEAN" and named(kind, "STRING"):
        value = "trim(%s)" % value
    elif name == "VARIANT":
        return value if named(kind, "VARIANT") else "CAST(%s AS JSON)" % values.json_sql(value, kind or values.STRING)
    elif name == "INTERVAL":
        return "CAST(%s AS INTERVAL)" % value
    return "%s(%s AS %s)" % (cast, value, target.duckdb())


# ---- arithmetic ----

def decimal_of(kind):
    if kind is None:
        return None
    if kind.name == "DECIMAL":
        return kind.numbers
    return {"TINYINT": (3, 0), "SMALLINT": (5, 0), "INT": (10, 0), "BIGINT": (20, 0)}.get(kind.name)


def adjusted(precision, scale):
    """Digits beyond 38 are taken from the fraction, as long as six stay (sql-ref-functions/slashsign)."""
    if precision > 38:
        scale = max(38 - (precision - scale), min(scale, 6))
        precision = 38
    return precision, scale


def digits_of(node, kind):
    """A whole number that is written down has as many digits as it shows."""
    inner = node.this if isinstance(node, exp.Neg) else node
    if isinstance(inner, exp.Literal) and not inner.is_string and inner.name.isdigit():
        return len(inner.name), 0
    return decimal_of(kind)


def meeting(kinds):
    """The type that decimals and whole numbers become when they meet: digits before the point come first (sql-ref-datatype-rules,
    SPARK-45905); None when it is no decimal."""
    found = [decimal_of(kind) for kind in kinds]
    if None in found or not any(named(kind, "DECIMAL") for kind in kinds):
        return None
    whole, scale = max(p - s for p, s in found), max(s for p, s in found)
    return min(whole + scale, 38), max(min(scale, 38 - whole), 0)


def make_meeting(_self, node):
    """A comparison is one of values of one type, rounded to it."""
    kind = meeting(node.meta.get("kinds") or [None])
    if kind is not None:
        for operand in MEETING[type(node)](node):
            operand.replace(raw("CAST(%s AS DECIMAL(%d, %d))" % (sql(operand), *kind)))
    return node


def met(tree):
    """Rows of VALUES with their decimals rounded to the type that their column has."""
    rows = [row.expressions for row in tree.expressions if isinstance(row, exp.Tuple)]
    for column in zip(*rows):
        kinds = [values.parse(cell.to.sql(dialect="databricks")) if isinstance(cell, exp.Cast) else None for cell in column]
        kind = meeting(kinds)
        for cell in column if kind is not None else ():
            cell.replace(exp.Cast(this=cell.copy(), to=exp.DataType.build("DECIMAL(%d, %d)" % kind)))
    return tree


def limited(tree):
    """What LIMIT and OFFSET count is an INT (error-messages/invalid-limit-like-expression-error-class)."""
    for node in tree.find_all(exp.Limit, exp.Offset):
        said = node.expression
        if isinstance(said, exp.Literal) and said.name.isdigit() and int(said.name) >= 2 ** 31 or isinstance(said, exp.Cast) and said.to.sql() != "INT":
            raise Failure("limit", type(node).__name__.lower())


def make_div(_self, node):
    left, right = kinds_of(node)
    one, two = sql(node.this), sql(node.expression)
    if (named(left, "DECIMAL") or named(right, "DECIMAL")) and decimal_of(left) and decimal_of(right):
        (p1, s1), (p2, s2) = digits_of(node.this, left), digits_of(node.expression, right)
        scale = max(6, s1 + p2 + 1)
        precision, scale = adjusted(p1 - s1 + s2 + scale, scale)
        return raw("CAST(gw_divide(CAST(%s AS VARCHAR), CAST(%s AS VARCHAR), %d) AS DECIMAL(%d, %d))" % (one, two, scale, precision, scale))
    if named(left, "INTERVAL"):
        return node
    return raw("gw_div(CAST(%s AS DOUBLE), CAST(%s AS DOUBLE))" % (one, two))


def make_int_div(_self, node):
    return raw("CAST(gw_int_div(%s, %s) AS BIGINT)" % (sql(node.this), sql(node.expression)))


def make_mod(_self, node):
    return raw("gw_mod(%s, %s)" % (sql(node.this), sql(node.expression)))


def make_add(_self, node):
    """Dates and whole days are dates; a moment's difference is an interval (functions/minussign, plussign)."""
    left, right = kinds_of(node)
    if isinstance(node, exp.Sub) and named(left, "DATE") and named(right, "DATE"):
        return raw("to_days(CAST(%s - %s AS INTEGER))" % (sql(node.this), sql(node.expression)))
    days = isinstance(node.expression, exp.Interval) and str(node.expression.args.get("unit") or "").upper() in DAYS
    if named(left, "DATE") and days:
        return raw("CAST(%s AS DATE)" % sql(node))
    return raw("(%s)" % sql(node)) if not isinstance(node.parent, exp.Paren) else node


DAYS = {"DAY", "DAYS", "WEEK", "WEEKS", "MONTH", "MONTHS", "QUARTER", "YEAR", "YEARS"}


def outermost(node):
    """What stands for the aggregate: with its FILTER and OVER."""
    while isinstance(node.parent, (exp.Filter, exp.Window, exp.WithinGroup, exp.IgnoreNulls, exp.RespectNulls)) and node.arg_key == "this":
        node = node.parent
    return node


def make_sum(_self, node):
    """Sums have the type documented; beyond it they overflow (functions/sum)."""
    kind = kinds_of(node)[0]
    if decimal_of(kind) is None:
        return node
    out = "gw_long(%s)" if kind.name != "DECIMAL" else "CAST(%%s AS DECIMAL(%d, %d))" % (min(38, kind.numbers[0] + 10), kind.numbers[1])
    top = outermost(node)
    if top is node:
        return raw(out % sql(node))
    node.meta["wrap"] = out
    return node


def make_avg(_self, node):
    kind = kinds_of(node)[0]
    if named(kind, "DECIMAL"):
        precision, scale = adjusted(kind.numbers[0] + 4, kind.numbers[1] + 4)
        if outermost(node) is not node:
            raise Failure("unemulated", "avg of decimals with FILTER or OVER")
        inner = sql(node.this)
        return raw("CAST(gw_average(CAST(sum(%s) AS VARCHAR), count(%s), %d) AS DECIMAL(%d, %d))" % (inner, inner, scale, precision, scale))
    return node


def make_wrapped(_self, node):
    """A FILTER or OVER around a sum or a rank: the outermost carries the cast."""
    core = node
    while isinstance(core, (exp.Filter, exp.Window, exp.WithinGroup, exp.IgnoreNulls, exp.RespectNulls)):
        core = core.this
    name = core.name.upper() if isinstance(core, exp.Anonymous) else type(core).sql_names()[0] if isinstance(core, exp.Func) else ""
    if outermost(node) is node and name in ("ROW_NUMBER", "RANK", "DENSE_RANK", "NTILE"):
        return raw("CAST(%s AS INTEGER)" % sql(node))
    if outermost(node) is node and "wrap" in core.meta:
        return raw(core.meta["wrap"] % sql(node))
    return node


def make_round_up(_self, node):
    """CEIL and FLOOR give whole numbers (functions/ceil)."""
    kind, name = kinds_of(node)[0], "ceil" if isinstance(node, exp.Ceil) else "floor"
    if named(kind, "DECIMAL"):
        return raw("CAST(%s(%s) AS DECIMAL(%d, 0))" % (name, sql(node.this), min(38, kind.numbers[0] - kind.numbers[1] + 1)))
    return raw("CAST(%s(%s) AS BIGINT)" % (name, sql(node.this)))


# ---- texts ----

def make_like(_self, node):
    """The escape is the backslash unless it is said (functions/like)."""
    if isinstance(node.parent, exp.Escape) and node.arg_key == "this":
        return node
    if isinstance(node.expression, (exp.Any, exp.All)):
        raise Failure("unemulated", "LIKE with a quantifier")
    said = node.expression.name if isinstance(node.expression, exp.Literal) else ""
    if re.search(r"(?<!\\)(?:\\\\)*\\(?![%_\\])", said):
        raise Failure("escape", said)
    return raw("(%s %s %s ESCAPE '\\')" % (sql(node.this), "ILIKE" if isinstance(node, exp.ILike) else "LIKE", sql(node.expression)))


def make_concat(_self, node):
    parts = node.expressions if isinstance(node, exp.Concat) else [node.this, node.expression]
    kinds = node.meta.get("kinds") or [None] * len(parts)
    if all(named(k, "ARRAY") for k in kinds):
        return raw("(%s)" % " || ".join(sql(p) for p in parts))
    if all(named(k, "BINARY") for k in kinds):
        return raw("(%s)" % " || ".join(sql(p) for p in parts))
    return raw("CAST((%s) AS VARCHAR)" % " || ".join(values.string_sql(sql(p), k) if not named(k, "STRING") else sql(p) for p, k in zip(parts, kinds)))


def make_length(_self, node):
    return raw("CAST(%s(%s) AS INTEGER)" % ("octet_length" if named(kinds_of(node)[0], "BINARY") else "length", sql(node.this)))


def make_to_json(_self, node):
    if named(kinds_of(node)[0], "VARIANT"):
        return raw("CAST(%s AS VARCHAR)" % sql(node.this if not isinstance(node, exp.Anonymous) else node.expressions[0]))
    kind = kinds_of(node)[0]
    if kind is None:
        raise Failure("unemulated", "to_json of what cannot be typed")
    options = node.args.get("options")
    said = dict(zip(*([word.name for word in options.args[part].expressions] for part in ("keys", "values")))) if isinstance(options, exp.VarMap) else {}
    digits = {6 if ".SSSSSS" in said.get(name, "") else 3 for name in ("timestampFormat", "timestampNTZFormat")}
    if len(digits) > 1 or not set(said) <= {"timestampFormat", "timestampNTZFormat", "ignoreNullFields", "timeZone"} or said.get("timeZone", "UTC") != "UTC":
        raise Failure("unemulated", "options of to_json")
    return raw(values.json_sql("(%s)" % sql(node.this if not isinstance(node, exp.Anonymous) else node.expressions[0]), kind,
                               said.get("ignoreNullFields") == "false", fraction=digits.pop()))


def make_from_json(args):
    kind = from_json.schema(args[1].name) if len(args) > 1 and isinstance(args[1], exp.Literal) else None
    if kind is None:
        raise Failure("mismatch", "from_json")
    if len(args) < 3 or "'FAILFAST'" not in sql(args[2]):
        raise Failure("unemulated", "from_json that makes NULL of what it cannot read")
    return raw(values.from_json_sql("CAST(gw_from_json(%s, %s) AS JSON)" % (sql(args[0]), sql(exp.Literal.string(kind.text()))), kind))


def make_hex(_self, node):
    kind = kinds_of(node)[0]
    inner = sql(node.this)
    if named(kind, *values.INTEGERS):
        return raw("upper(to_hex(%s))" % inner)
    return raw("hex(%s)" % inner)


def make_regexp_extract(_self, node):
    group = node.args.get("group")
    return fill("regexp_extract({0}, {1}, %s)" % (sql(group) if group is not None else "1"), [node.this, node.expression])


def make_regexp_replace(_self, node):
    return fill("regexp_replace({0}, {1}, {2}, 'g')", [node.this, node.expression, node.args.get("replacement") or exp.Literal.string("")])


def make_interval(_self, node):
    """INTERVAL 'Y-M' YEAR TO MONTH and 'D HH:MM:SS' DAY TO SECOND (data-types/interval-type)."""
    unit = node.args.get("unit")
    span = unit.sql().upper() if unit is not None else ""
    if " TO " not in span or not isinstance(node.this, exp.Literal):
        if isinstance(node.this, exp.Literal) and node.this.is_string and not unit:
            return raw("CAST(%s AS INTERVAL)" % sql(node.this))
        if unit is not None and not isinstance(node.this, exp.Literal):
            return raw("(%s * INTERVAL 1 %s)" % (sql(node.this), span))
        return node
    text = node.this.name.strip()
    sign = -1 if text.startswith("-") else 1
    if span == "YEAR TO MONTH":
        years, _, months = text.lstrip("+-").partition("-")
        return raw("to_months(%d)" % (sign * (int(years) * 12 + int(months or 0))))
    first, fields = span.split(" TO ")[0], [float(f) for f in re.findall(r"[\d.]+", text)]
    units = ["DAY", "HOUR", "MINUTE", "SECOND"][["DAY", "HOUR", "MINUTE", "SECOND"].index(first):]
    seconds = sum(round(f * 10 ** 6) * {"DAY": 86400, "HOUR": 3600, "MINUTE": 60, "SECOND": 1}[u] for f, u in zip(fields, units))
    return raw("to_microseconds(%d)" % (sign * seconds))


# ---- dates ----

def make_date_trunc(_self, node):
    return raw("CAST(date_trunc(%s, %s) AS TIMESTAMP WITH TIME ZONE)" % (unit_of(node), sql(node.this)))


def unit_of(node):
    unit = node.args.get("unit")
    text = (unit.name if unit is not None else "DAY").upper()
    text = {"MM": "MONTH", "MON": "MONTH", "YYYY": "YEAR", "YY": "YEAR", "DD": "DAY", "WEEK(MONDAY)": "WEEK"}.get(text, text)
    return "'%s'" % text.lower()


def make_trunc_date(_self, node):
    """trunc(date, unit) is a date."""
    return raw("CAST(date_trunc(%s, CAST(%s AS DATE)) AS DATE)" % (unit_of(node), sql(node.this)))


def make_date_add(_self, node):
    unit = str(node.args.get("unit") or "DAY").upper().strip("'")
    return raw("CAST(CAST(%s AS DATE) + (%s) * INTERVAL 1 %s AS DATE)" % (sql(node.this), sql(node.expression), unit))


def make_timestamp_add(_self, node):
    unit, kind = str(node.args.get("unit") or "DAY").upper().strip("'"), kinds_of(node)[0]
    out = "TIMESTAMP" if named(kind, "TIMESTAMP_NTZ") else "TIMESTAMP WITH TIME ZONE"
    return raw("(CAST(%s AS %s) + (%s) * INTERVAL 1 %s)" % (sql(node.this), out, sql(node.expression), unit))


def make_extract(_self, node):
    field, kind = node.name.upper(), kinds_of(node)[0]
    value = sql(node.expression)
    if field in ("SECOND", "SECONDS", "S", "SEC"):
        micros = "epoch_us(%s) %% 60000000" % value if named(kind, "INTERVAL") else "(epoch_us(%s) %% 60000000 + 60000000) %% 60000000" % value
        return raw("CAST(CAST(%s AS DECIMAL(18, 0)) * 0.000001 AS DECIMAL(8, 6))" % micros)
    if field in ("DOW", "DAYOFWEEK"):
        return raw("(CAST(extract(dow FROM %s) AS INTEGER) + 1)" % value)
    field = {"DAYOFWEEK_ISO": "isodow", "DOW_ISO": "isodow", "D": "day", "DOY": "doy", "YEAROFWEEK": "isoyear", "W": "week"}.get(field, field.lower())
    return raw("CAST(extract(%s FROM %s) AS INTEGER)" % (field, value))


def make_date_diff(_self, node):
    return raw("CAST(date_sub('%s', %s, %s) AS BIGINT)" % (node.args["unit"].name.lower(), sql(node.expression), sql(node.this)))


def make_count_if(_self, node):
    return raw("count(CASE WHEN %s THEN 1 END)" % sql(node.this))


def make_array_agg(_self, node):
    """NULLs are left out (functions/array_agg)."""
    inner = node.this
    of = inner.this if isinstance(inner, (exp.Order, exp.Distinct)) else inner
    if isinstance(of, exp.Distinct):
        of = of.expressions[0]
    if isinstance(node.parent, (exp.Filter, exp.Window)):
        return node
    return raw("coalesce(list(%s) FILTER (WHERE %s IS NOT NULL), [])" % (sql(inner), sql(of)))


def first(node):
    return [node.this] if isinstance(node.this, exp.Expression) else None


def two(node):
    return [node.this, node.expression]


TYPED = {exp.Cast: first, exp.TryCast: first, exp.Div: two, exp.Add: two, exp.Sub: two, exp.Sum: first, exp.Avg: first, exp.Ceil: first,
         exp.Floor: first, exp.Length: first, exp.Hex: first, exp.TimestampAdd: first, exp.Extract: lambda n: [n.expression],
         exp.Concat: lambda n: list(n.expressions), exp.DPipe: two, exp.JSONFormat: first}
def compared(node):
    """Not what UPDATE sets."""
    return None if isinstance(node.parent, exp.Update) and node.arg_key == "expressions" else two(node)


MEETING = {exp.EQ: compared, exp.NEQ: two, exp.LT: two, exp.LTE: two, exp.GT: two, exp.GTE: two, exp.NullSafeEQ: two,
           exp.In: lambda n: [n.this] + n.expressions if n.expressions else None}
MAKERS = {**{kind: make_meeting for kind in MEETING}, exp.Cast: make_cast, exp.TryCast: make_cast, exp.Div: make_div, exp.IntDiv: make_int_div, exp.Mod: make_mod, exp.Add: make_add,
          exp.Sub: make_add, exp.Sum: make_sum, exp.Avg: make_avg, exp.Filter: make_wrapped, exp.Window: make_wrapped, exp.Ceil: make_round_up,
          exp.Floor: make_round_up, exp.Like: make_like, exp.ILike: make_like, exp.Concat: make_concat, exp.DPipe: make_concat,
          exp.Length: make_length, exp.JSONFormat: make_to_json, exp.Hex: make_hex, exp.RegexpExtract: make_regexp_extract,
          exp.RegexpReplace: make_regexp_replace, exp.Interval: make_interval, exp.TimestampTrunc: make_date_trunc, exp.DateTrunc: make_trunc_date,
          exp.TsOrDsAdd: make_date_add, exp.TimestampAdd: make_timestamp_add, exp.DateAdd: make_timestamp_add, exp.Extract: make_extract,
          exp.ArrayAgg: make_array_agg, exp.DateDiff: make_date_diff, exp.TimestampDiff: make_date_diff, exp.CountIf: make_count_if}
SESSION = {"CURRENT_CATALOG": lambda s: s.default[0], "CURRENT_SCHEMA": lambda s: s.default[1], "CURRENT_DATABASE": lambda s: s.default[1],
           "CURRENT_USER": lambda s: s.user, "SESSION_USER": lambda s: s.user, "USER": lambda s: s.user, "CURRENT_TIMEZONE": lambda s: "Etc/UTC"}
UNEMULATED = {"MONTHS_BETWEEN", "FORMAT_NUMBER", "FORMAT_STRING", "FROM_CSV", "SCHEMA_OF_JSON", "TO_CSV", "TO_XML", "XPATH", "HASH",
              "XXHASH64", "SENTENCES", "STACK", "PARSE_URL", "SOUNDEX", "READ_FILES", "TO_CHAR", "TO_VARCHAR", "TO_NUMBER", "CONV", "TRY_AVG"}
TEMPLATES = {
    ("UNIX_MICROS", 1): "epoch_us({0})", ("UNIX_MILLIS", 1): "epoch_ms({0})", ("UNIX_SECONDS", 1): "CAST(floor(epoch_us({0}) / 1000000) AS BIGINT)",
    ("TIMESTAMP_MICROS", 1): "make_timestamptz({0})", ("TIMESTAMP_MILLIS", 1): "make_timestamptz({0} * 1000)",
    ("TIMESTAMP_SECONDS", 1): "make_timestamptz(CAST({0} * 1000000 AS BIGINT))", ("UNIX_DATE", 1): "CAST({0} - DATE '1970-01-01' AS INTEGER)",
    ("DATE_FROM_UNIX_DATE", 1): "(DATE '1970-01-01' + CAST({0} AS INTEGER))", ("PARSE_JSON", 1): "CAST(gw_variant({0}) AS JSON)",
    ("TRY_PARSE_JSON", 1): "CAST(gw_try_variant({0}) AS JSON)", ("IS_VARIANT_NULL", 1): "coalesce(json_type({0}) = 'NULL', false)",
    ("UNHEX", 1): "gw_unhex({0})", ("BASE64", 1): "to_base64({0})", ("TO_BASE64", 1): "to_base64({0})", ("UNBASE64", 1): "from_base64({0})",
    ("FROM_BASE64", 1): "from_base64({0})", ("DAYOFWEEK", 1): "CAST(dayofweek({0}) + 1 AS INTEGER)", ("DAY_OF_WEEK", 1): "CAST(dayofweek({0}) + 1 AS INTEGER)",
    ("WEEKDAY", 1): "CAST(isodow({0}) - 1 AS INTEGER)", ("DAYOFYEAR", 1): "CAST(dayofyear({0}) AS INTEGER)", ("DAY_OF_YEAR", 1): "CAST(dayofyear({0}) AS INTEGER)",
    ("YEAR", 1): "CAST(year({0}) AS INTEGER)", ("MONTH", 1): "CAST(month({0}) AS INTEGER)", ("DAY", 1): "CAST(day({0}) AS INTEGER)",
    ("DAYOFMONTH", 1): "CAST(day({0}) AS INTEGER)", ("DAY_OF_MONTH", 1): "CAST(day({0}) AS INTEGER)", ("QUARTER", 1): "CAST(quarter({0}) AS INTEGER)",
    ("HOUR", 1): "CAST(hour({0}) AS INTEGER)", ("MINUTE", 1): "CAST(minute({0}) AS INTEGER)", ("SECOND", 1): "CAST(second({0}) AS INTEGER)",
    ("WEEKOFYEAR", 1): "CAST(weekofyear({0}) AS INTEGER)", ("WEEK_OF_YEAR", 1): "CAST(weekofyear({0}) AS INTEGER)",
    ("MAKE_DATE", 3): "make_date({0}, {1}, {2})", ("DATE_FROM_PARTS", 3): "make_date({0}, {1}, {2})", ("LAST_DAY", 1): "last_day({0})",
    ("STARTSWITH", 2): "starts_with({0}, {1})", ("ENDSWITH", 2): "ends_with({0}, {1})", ("INSTR", 2): "CAST(strpos({0}, {1}) AS INTEGER)",
    ("CHARINDEX", 2): "CAST(strpos({1}, {0}) AS INTEGER)", ("LOCATE", 2): "CAST(strpos({1}, {0}) AS INTEGER)", ("ASCII", 1): "CAST(ascii({0}) AS INTEGER)",
    ("OCTET_LENGTH", 1): "gw_octets({0})", ("BYTE_LENGTH", 1): "gw_octets({0})", ("BIT_LENGTH", 1): "(gw_octets({0}) * 8)", ("SPACE", 1): "repeat(' ', {0})", ("BTRIM", 1): "trim({0}, ' ')",
    ("BTRIM", 2): "trim({0}, {1})", ("LPAD", 2): "lpad({0}, {1}, ' ')", ("RPAD", 2): "rpad({0}, {1}, ' ')", ("UCASE", 1): "upper({0})", ("LCASE", 1): "lower({0})",
    ("ISNAN", 1): "coalesce(isnan(CAST({0} AS DOUBLE)), false)", ("IS_NAN", 1): "coalesce(isnan(CAST({0} AS DOUBLE)), false)",
    ("NANVL", 2): "CASE WHEN isnan({0}) THEN {1} ELSE {0} END", ("SIGN", 1): "CAST(sign({0}) AS DOUBLE)", ("SIGNUM", 1): "CAST(sign({0}) AS DOUBLE)",
    ("SQRT", 1): "CASE WHEN {0} < 0 THEN CAST('NaN' AS DOUBLE) ELSE sqrt({0}) END", ("LN", 1): "CASE WHEN {0} > 0 THEN ln({0}) END",
    ("LOG10", 1): "CASE WHEN {0} > 0 THEN log10({0}) END", ("LOG2", 1): "CASE WHEN {0} > 0 THEN log2({0}) END", ("NEGATIVE", 1): "(-({0}))", ("E", 0): "exp(1)",
    ("SHIFTLEFT", 2): "({0} << {1})", ("SHIFTRIGHT", 2): "({0} >> {1})", ("PMOD", 2): "gw_mod(gw_mod({0}, {1}) + {1}, {1})",
    ("TRY_DIVIDE", 2): "({0} / nullif({1}, 0))", ("TRY_ADD", 2): "TRY({0} + {1})", ("TRY_SUBTRACT", 2): "TRY({0} - {1})", ("TRY_MULTIPLY", 2): "TRY({0} * {1})",
    ("EQUAL_NULL", 2): "({0} IS NOT DISTINCT FROM {1})", ("ISNULL", 1): "({0} IS NULL)", ("ISNOTNULL", 1): "({0} IS NOT NULL)",
    ("ZEROIFNULL", 1): "coalesce({0}, 0)", ("NULLIFZERO", 1): "nullif({0}, 0)", ("CARDINALITY", 1): "CAST(len({0}) AS INTEGER)",
    ("SIZE", 1): "coalesce(CAST(len({0}) AS INTEGER), -1)", ("ARRAY_SIZE", 1): "CAST(len({0}) AS INTEGER)", ("TYPEOF", 1): "typeof({0})",
    ("MD5", 1): "gw_md5({0})", ("SHA2", 2): "gw_sha2({0}, {1})", ("VERSION", 0): "'4.0.0'", ("REGEXP_COUNT", 2): "CAST(len(regexp_extract_all({0}, {1})) AS INTEGER)",
    ("REGEXP_LIKE", 2): "regexp_matches({0}, {1})", ("REGEXP", 2): "regexp_matches({0}, {1})", ("RLIKE", 2): "regexp_matches({0}, {1})",
    ("TRY_TO_TIMESTAMP", 1): "TRY_CAST({0} AS TIMESTAMP WITH TIME ZONE)", ("TO_TIMESTAMP", 1): "CAST({0} AS TIMESTAMP WITH TIME ZONE)",
    ("EVERY", 1): "bool_and({0})", ("SOME", 1): "bool_or({0})", ("GROUPING", 1): "CAST(grouping({0}) AS TINYINT)",
    ("ADD_MONTHS", 2): "CAST(CAST({0} AS DATE) + {1} * INTERVAL 1 MONTH AS DATE)",
    ("MAKE_TIMESTAMP", 6): "CAST(make_timestamp({0}, {1}, {2}, {3}, {4}, {5}) AS TIMESTAMP WITH TIME ZONE)",
    ("GW_DATE_ADD", 2): "CAST(CAST({0} AS DATE) + CAST({1} AS INTEGER) AS DATE)", ("STR_POSITION", 2): "CAST(strpos({0}, {1}) AS INTEGER)",
    ("GW_DATE_DIFF", 2): "CAST(CAST({0} AS DATE) - CAST({1} AS DATE) AS INTEGER)", ("INITCAP", 1): "gw_initcap({0})", ("RAISE_ERROR", 1): "error({0})", ("CURDATE", 0): "current_date", ("GETDATE", 0): "now()", ("TO_VARIANT_OBJECT", 1): "to_json({0})",
    ("COLLATE", 2): "{0}", ("CONTAINS", 2): "contains({0}, {1})", ("OVERLAY", 3): "(substr({0}, 1, {2} - 1) || {1} || substr({0}, {2} + length({1})))",
    ("ELT", 3): "CASE {0} WHEN 1 THEN {1} WHEN 2 THEN {2} END", ("IF", 3): "CASE WHEN {0} THEN {1} ELSE {2} END",
}
