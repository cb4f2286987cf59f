"""Run one case on every path and compare.

A case is what is run: SQL text with ":schema" for the place of its tables, how (plain, prepared,
cursor), what order is promised, and the settings of the session.
"""
import decimal
import json
import re
from collections import Counter

import gen
import pq

LOCAL_VARIANTS = [
    {"enable_hashjoin": "off", "enable_hashagg": "off"},
    {"enable_mergejoin": "off", "enable_hashjoin": "off"},
    {"enable_nestloop": "off"},
    {"enable_sort": "off", "enable_mergejoin": "off"},
]
# Errors that depend on which rows an expression is evaluated for: data exceptions (an infinity
# that does not convert is 0A000), collations.
MOVING_ERRORS = ("22", "42P22", "0A000")
SKIPPED_ERRORS = ("57014", "54000", "54001", "54023", "53200")


class Outcome:
    """What a path gave: a list of parts, each ("rows", rows) or ("error", sqlstate, message)."""

    def __init__(self, parts):
        self.parts = parts

    def errors(self):
        return [p for p in self.parts if p[0] == "error"]

    def describe(self, limit=8):
        out = []
        for p in self.parts:
            if p[0] == "error":
                out.append("ERROR %s: %s" % p[1:])
            else:
                out.append("%d rows: %s%s" % (len(p[1]), p[1][:limit], " ..." if len(p[1]) > limit else ""))
        return "; ".join(out)


class Case:
    def __init__(self, sql, mode="plain", order=None, keys=(), loose=False, sets=(), reversed_sql=None,
                 eager_sql=None, types=(), scroll=False):
        self.sql, self.mode, self.order, self.keys, self.loose = sql, mode, order, list(keys), loose
        self.sets = list(sets)                # prepared: lists of parameter texts
        self.types = list(types)              # prepared: the parameters' types
        self.reversed_sql, self.eager_sql = reversed_sql, eager_sql or []
        self.scroll = scroll
        self.parts = set()                    # what of it might go remote, see Shares
        self.strict = True                    # an error is an error whatever the plan
        self.written = None                   # prepared: the sets as SQL text (kept cases)


def case_of(q, mode, rng, scroll=False, lacking=None):
    """The case that a tree stands for.

    What the platform lacks ({kind: values}) is a constant, which keeps its condition here; as a
    parameter it could only be refused there."""
    lacking = lacking or {}
    if mode == "prepared":
        every = gen.Renderer(":schema", parameters=True)
        q.render(every)
        for const in every.parameters:
            const.bindable = const.value not in lacking.get(const.kind, ())
    renderer = gen.Renderer(":schema", parameters=mode == "prepared")
    sql = q.render(renderer)
    keys = [e for e, _ in q.order] if q.order_kind == "keys" else []
    case = Case(sql, mode, q.order_kind, keys, q.loose, scroll=scroll)
    plain = gen.Renderer(":schema")
    turned = gen.clone(q)
    reverse_conjuncts(turned)
    if mode == "prepared":
        consts = renderer.parameters
        case.types = [c.cast() for c in consts]
        case.sets = [[c.value for c in consts]] + [[random_value(rng, c, lacking) for c in consts] for _ in range(2)]
        case.reversed_sql = turned.render(gen.Renderer(":schema", parameters=True))
        if turned_parameters(turned) != turned_parameters(q):
            case.reversed_sql = None
    else:
        case.reversed_sql = turned.render(plain)
    case.parts = parts_of(q)
    case.strict = strict(q)
    if not case.strict:
        case.eager_sql = [sql for c in as_plain(q, case.sets) for sql in eager(c, plain)]
    return case


def as_plain(q, sets):
    """The query with its constants written out: as it stands, then with each set of parameters."""
    yield q
    for values in sets:
        c = gen.clone(q)
        r = gen.Renderer("x", parameters=True)
        c.render(r)
        if len(r.parameters) == len(values):
            for const, value in zip(r.parameters, values):
                const.value = value
            yield c


def turned_parameters(q):
    r = gen.Renderer("x", parameters=True)
    q.render(r)
    return [(c.kind, c.value) for c in r.parameters]


def random_value(rng, const, lacking):
    if rng.random() < 0.15:
        return None
    values = [v for k, (_, vs) in gen.kinds.KINDS.items()
              if gen.kinds.EXPRESSION_TYPE.get(k, k) == const.kind for v in vs
              if v not in lacking.get(const.kind, ())]
    return rng.choice(values) if values else const.value


def reverse_conjuncts(q):
    q.where.reverse()
    q.having.reverse()
    for cte in q.ctes:
        reverse_conjuncts(cte.query)
    for rel in q.rels():
        if rel.query and not rel.cte:
            reverse_conjuncts(rel.query)
    for j in q.joins:
        j.on.reverse()
    if q.setop:
        reverse_conjuncts(q.setop[1])


def strict(q):
    """One relation and one condition: whatever the plan, an expression meets the same rows."""
    if any(" AND " in (e.template or "") or (e.template or "").startswith("(({0}, {1})")
           for p in q.where for e in gen.walk(p)):
        return False
    return not (q.joins or len(q.where) > 1 or q.limit is not None or q.offset is not None or q.setop or q.ctes
                or q.distinct_on or q.first is None or not q.first.table or any(isinstance(e, gen.SubQuery) for p in q.where + q.targets for e in gen.walk(p)))


def eager(q, renderer, outer=(), ctes=()):
    """Statements that evaluate each condition and output on every row of what it reads: may it fail?

    A scan may evaluate its conditions before a join finds that there is nothing to join with, so
    that an error of this kind says nothing against a wrapper.
    """
    ctes = list(ctes) + q.ctes
    rels = {rel.alias: rel for rel in list(outer) + [unfiltered(r) for r in q.rels() if r]}
    parts = list(q.where) + [c for j in q.joins for c in j.on] + list(q.group)
    parts += [a for e in q.targets + q.having + [e for e, _ in q.order if not isinstance(e, int)] for a in of_rows(e)]
    parts += [r.function for r in q.rels() if r and r.function]
    out = []
    # Parts of a join condition may be evaluated with rows of one side only.
    for part in [e for p in parts for e in gen.walk(p) if (e.args or e is p) and e.kind != "rows"]:
        text = part.render(renderer)
        if " OVER (" in text:
            continue
        out.append(eager_select(text, rels, ctes, renderer))
        if isinstance(part, gen.SubQuery):
            out += eager(part.query, renderer, rels.values(), ctes)
    for query in [rel.query for rel in q.rels() if rel and rel.query] + [c.step for c in q.ctes if c.step]:
        out += eager(query, renderer, rels.values(), ctes)
    if q.setop:
        out += eager(q.setop[1], renderer, (), ctes)
    return out


def eager_select(text, rels, ctes, renderer):
    needed = references(text, rels)
    frm = ", ".join(rels[a].render(renderer) for a in sorted(needed, key=lambda a: int(a[1:])))
    known = "WITH RECURSIVE %s " % ", ".join(c.render(renderer) for c in ctes) if ctes else ""
    return "%sSELECT count(x) FROM (SELECT (%s)%s) s(x)" % (known, text, " FROM " + frm if frm else "")


def of_rows(expr):
    """What of an output is evaluated on rows: of an aggregate or a window, its arguments."""
    over = [e for e in gen.walk(expr) if isinstance(e, gen.Aggregate) or e.kind == "window"]
    return [a for e in over for a in e.args] if over else [expr]


def unfiltered(rel):
    """A FROM item before its own conditions, joins and set operations: those of a sub-select may come
    last, and what is asked of a set operation's rows is asked of both its sides' rows first."""
    if not rel.query or (rel.cte and rel.cte.step):
        return rel
    rel = gen.clone(rel)
    rel.cte = None
    if not rel.query.aggregate:
        rel.query.where, rel.query.limit, rel.query.offset = [], None, None
        for join in rel.query.joins:
            join.how, join.on, join.using = "CROSS", [], None
    unfiltered_setop(rel.query)
    return rel


def unfiltered_setop(query):
    """The rows of both sides, and of theirs."""
    if query.setop:
        query.setop = ("UNION ALL", query.setop[1])
        query.setop[1].limit = query.setop[1].offset = None
        unfiltered_setop(query.setop[1])


def references(text, rels):
    """Aliases that a text reads, and those that its lateral items read in turn."""
    found, new = set(), {a for a in re.findall(r"\b(r\d+)\.", text) if a in rels}
    while new:
        found |= new
        inner = " ".join(rels[a].render(gen.Renderer("x")) for a in new if rels[a].lateral)
        new = {a for a in re.findall(r"\b(r\d+)\.", inner) if a in rels} - found
    return found


# ---- comparing ----

# Seconds as PostgreSQL compares intervals: a month has 30 days, a day 24 hours.
SECONDS = {"year": 31104000, "mon": 2592000, "day": 86400, "hour": 3600, "min": 60, "sec": 1}
# Fields of an interval in the styles postgres, iso_8601 and sql_standard, a sign before a clock among them.
INTERVALS = [re.compile(style) for style in (
    r"(?:([-+]?\d+) years? ?)?(?:([-+]?\d+) mons? ?)?(?:([-+]?\d+) days? ?)?(?:([-+]?)(\d+):(\d\d):(\d\d(?:\.\d+)?))?",
    r"P(?:(-?\d+)Y)?(?:(-?\d+)M)?(?:(-?\d+)D)?(?:T()(?:(-?\d+)H)?(?:(-?\d+)M)?(?:(-?[\d.]+)S)?)?",
    r"(?:([-+]?\d+)-(\d+))?(?:(?:^| )([-+]?\d+)(?= |$))?(?: ?([-+]?)(\d+):(\d\d):(\d\d(?:\.\d+)?))?")]


def normal_interval(cell):
    """Equal intervals as one text."""
    if cell.startswith("@ "):
        seconds = sum(decimal.Decimal(n) * SECONDS[unit] for n, unit in re.findall(r"(-?[\d.]+) (year|mon|day|hour|min|sec)", cell))
        return "%s s" % decimal.Decimal(-seconds if cell.endswith(" ago") else seconds).normalize()
    for style in INTERVALS:
        found = style.fullmatch(cell)
        if found is None or len(cell) < 2:
            continue
        years, months, days, sign, *clock = found.groups()
        # In sql_standard the first sign is that of all, unless each has its own.
        negative = cell[0] == "-" and style is INTERVALS[2]
        months = "-" + months if negative and months else months
        sign = "-" if negative and not sign else sign
        time = sum(decimal.Decimal(c or 0) * unit for c, unit in zip(clock, (3600, 60, 1)))
        whole = sum(int(n or 0) * unit for n, unit in zip((years, months, days), (31104000, 2592000, 86400)))
        return "%s s" % decimal.Decimal(whole + (-time if sign == "-" else time)).normalize()
    return cell


BPCHAR = 1042


class Char(str):
    """A cell of type character: blanks at its end are shown, but make no other value of it."""


def cells_of(result):
    """The rows of a result, each cell knowing what equals it."""
    chars = [i for i, oid in enumerate(result.types) if oid == BPCHAR]
    if not chars:
        return result.rows
    return [tuple(Char(c) if i in chars and c is not None else c for i, c in enumerate(row)) for row in result.rows]


def normal(cell):
    """Equal values as one text: -0 and 0, 1.0 and 1.00, 1 day and 24:00:00, a character's blanks or none."""
    if isinstance(cell, Char):
        return cell.rstrip(" ")
    if cell is None or not re.match(r"^-?[0-9.]+(e[-+]?[0-9]+)?$", cell):
        return cell if cell is None else normal_interval(cell)
    try:
        n = decimal.Decimal(cell)
    except decimal.InvalidOperation:
        return cell
    return "0" if n == 0 else str(n.normalize())


def prepared_rows(rows, loose):
    return [tuple(normal(c) for c in row) for row in rows] if loose else rows


def same(a, b, case):
    """Do two outcomes agree as far as the case promises?"""
    if len(a.parts) != len(b.parts):
        return False
    for x, y in zip(a.parts, b.parts):
        if x[0] != y[0]:
            return False
        if x[0] == "error":
            continue
        r1, r2 = prepared_rows(x[1], case.loose), prepared_rows(y[1], case.loose)
        if case.order == "total":
            if r1 != r2:
                return False
        elif Counter(r1) != Counter(r2):
            return False
        elif case.order == "keys":
            k1 = [tuple(normal(r[i - 1]) for i in case.keys) for r in r1]
            k2 = [tuple(normal(r[i - 1]) for i in case.keys) for r in r2]
            if k1 != k2:
                return False
    return True


def may_move(outcome):
    return any(e[1].startswith(MOVING_ERRORS) for e in outcome.errors())


# ---- running ----

class Crash(Exception):
    """The server went away under a query."""


class Checker:
    def __init__(self, site):
        self.site = site
        self.settings, self.planner = {}, {}
        self.plan_cache = "force_generic_plan"

    def apply(self, settings, planner):
        self.settings, self.planner = settings, planner

    def session_sql(self, planner=None):
        planner = self.planner if planner is None else planner
        out = ["CLOSE ALL; RESET ALL", "SET statement_timeout = '10s'", "SET jit = off"]
        out += ["SET %s = %s" % (k, pq.literal(v)) for k, v in planner.items()]
        for k, v in self.settings.items():
            out.append("SELECT pg_catalog.set_config(%s, %s, false)" % (pq.literal(k), pq.literal(v)))
        return out

    def begin_path(self, pushdown, planner=None):
        platform = self.site.platform.data
        sql = self.session_sql(planner)
        if pushdown == "off":
            sql.insert(1, platform["pushdown_off"])
        elif pushdown == "on":
            sql.insert(1, platform["pushdown_on"])
        elif pushdown == "parts":
            sql.insert(1, platform["whole_off"])
        self.must("; ".join(sql))

    def must(self, sql):
        result = self.query(sql)
        if result.error:
            raise pq.Failed(result.error, sql)
        return result

    def query(self, sql):
        try:
            results = self.site.db.run(sql, timeout=150)
        except pq.ConnectionLost as e:
            raise Crash(str(e)) from e
        except pq.Timeout:
            self.site.db.cancel()
            try:
                self.site.db.results(timeout=60)
            except (pq.Timeout, pq.ConnectionLost):
                pass
            raise Crash("no answer within 150 s and none to a cancel") from None
        return results[-1] if results else pq.Result()

    def part(self, result):
        if result.error:
            return ("error", result.error["sqlstate"], result.error["message"])
        return ("rows", cells_of(result))

    def run(self, case, schema, sql=None):
        """One path; the session's settings are in force already."""
        text = (sql or case.sql).replace(":schema", schema)
        if case.mode == "prepared":
            return self.run_prepared(case, text)
        if case.mode == "cursor":
            return self.run_cursor(case, text)
        if case.mode == "hold":
            return self.run_hold(case, text)
        return Outcome([self.part(self.query(text))])

    def run_prepared(self, case, text):
        types = "(%s)" % ", ".join(case.types) if case.types else ""
        made = self.query("SET plan_cache_mode = %s; DEALLOCATE ALL; PREPARE p%s AS %s"
                          % (self.plan_cache, types, text))
        if made.error:
            return Outcome([self.part(made)])
        parts = []
        written = case.written if case.written is not None else \
            [", ".join(pq.literal(v) for v in values) for values in case.sets or [[]]]
        for values in written:
            arguments = "(%s)" % values if values else ""
            parts.append(self.part(self.query("EXECUTE p" + arguments)))
        return Outcome(parts)

    def run_cursor(self, case, text):
        """Read, rewind, read again, read backwards: each must show the same rows."""
        steps = ["BEGIN", "DECLARE c %sCURSOR FOR %s" % ("SCROLL " if case.scroll else "", text), "FETCH 2 FROM c"]
        if case.scroll:
            steps += ["MOVE ABSOLUTE 0 FROM c", "FETCH ALL FROM c", "FETCH BACKWARD ALL FROM c",
                      "MOVE ABSOLUTE 0 FROM c", "FETCH ALL FROM c"]
        else:
            steps += ["FETCH ALL FROM c"]
        got = []
        for step in steps:
            result = self.query(step)
            if result.error:
                self.query("ROLLBACK")
                return Outcome([self.part(result)])
            if step.startswith("FETCH"):
                got.append(cells_of(result))
        self.query("COMMIT")
        if not case.scroll:
            return Outcome([("rows", got[0] + got[1])])
        first, whole, backward, again = got
        if whole[:2] != first or list(reversed(backward)) != whole or again != whole:
            return Outcome([("error", "rewind", "a rewound cursor shows other rows: %d, %d, %d, %d"
                             % (len(first), len(whole), len(backward), len(again)))])
        return Outcome([("rows", whole)])

    def run_hold(self, case, text):
        """A cursor that outlives its transaction."""
        got = []
        for step in ("BEGIN", "DECLARE h CURSOR WITH HOLD FOR " + text, "FETCH 2 FROM h", "COMMIT", "FETCH ALL FROM h",
                     "CLOSE h"):
            result = self.query(step)
            if result.error:
                self.query("ROLLBACK")
                return Outcome([self.part(result)])
            got += cells_of(result)
        return Outcome([("rows", got)])

    def ambiguous(self, case, local, foreign):
        """Does PostgreSQL itself disagree with itself about this case?"""
        for planner in LOCAL_VARIANTS:
            self.begin_path(None, planner)
            self.plan_cache = "force_custom_plan"
            for sql in (case.sql, case.reversed_sql):
                if sql and not same(local, self.run(case, "loc", sql), case):
                    return True
        if not case.strict and any(e[1] == "42P22" for o in (local, foreign) for e in o.errors()):
            return True
        for sql in case.eager_sql if may_move(foreign) or may_move(local) else ():
            result = self.query(sql.replace(":schema", "loc"))
            if result.error and result.error["sqlstate"].startswith(MOVING_ERRORS):
                return True
        return False

    def check(self, case):
        """(verdict, details): ok, error (on every path), invalid, slow, ambiguous or wrong."""
        self.plan_cache = "force_generic_plan"
        self.begin_path(None)
        local = self.run(case, "loc")
        errors = local.errors()
        if errors and errors[0][1].startswith("42") and errors[0][1] not in ("42P22",):
            return "invalid", local.describe()
        if any(e[1] in SKIPPED_ERRORS for e in errors):
            return "slow", local.describe()
        paths = []
        for pushdown in self.site.platform.paths:
            self.begin_path(pushdown)
            foreign = self.run(case, "rem")
            # A plan with a look-up for each row may ask a place more than it answers in the time given.
            if self.site.platform.place and any(e[1] == "57014" for e in foreign.errors()):
                return "slow", foreign.describe()
            if not same(local, foreign, case):
                paths.append((pushdown, foreign))
        if not paths:
            return ("error" if len(errors) == len(local.parts) else "ok"), None
        if self.ambiguous(case, local, paths[0][1]):
            return "ambiguous", None
        details = ["local: " + local.describe()]
        details += ["pushdown %s: %s" % (p, f.describe()) for p, f in paths]
        kind = "/".join("%s-%s" % (p, "error" if f.errors() and not errors else "rows") for p, f in paths)
        return "wrong", (kind, details)

    # ---- the share of clauses pushed ----

    def pushed(self, case):
        """What of a plain query went remote, from EXPLAIN: a Shares."""
        shares = Shares()
        if case.mode == "prepared":
            return shares
        self.begin_path("on")
        self.must("SET client_encoding = 'UTF8'")
        result = self.query("EXPLAIN (VERBOSE, FORMAT JSON) " + case.sql.replace(":schema", "rem"))
        if result.error:
            return shares
        plan = json.loads(result.rows[0][0])[0]["Plan"]
        nodes = list(plan_nodes(plan))
        shares.count(plan, nodes, case.parts)
        remote = local = 0
        for node in nodes:
            sql = node.get("Remote SQL")
            if sql is None:
                continue
            here = conjuncts(node.get("Filter", ""))
            there = len(conjuncts(where_of(sql)))
            rechecked = sum(1 for x in node.get("Rechecked", []) or [])
            remote += there
            local += max(0, len(here) - rechecked)
        shares.add("clauses", remote, remote + local)
        return shares

    # ---- TLP ----

    def partitions(self, q):
        """Q = Q where p + Q where not p + Q where p is null, all on the foreign tables."""
        if not q.where or q.limit is not None or q.offset is not None or q.loose or q.setop or q.distinct_on:
            return None
        if any(" OVER (" in (t.template or "") for t in q.targets):
            return None
        renderer = gen.Renderer("rem")
        p, rest = q.where[0], q.where[1:]
        self.begin_path("on")
        parts = []
        for where in (rest, [p] + rest, [gen.Expr("bool", "(NOT {0})", [p])] + rest,
                      [gen.Expr("bool", "({0} IS NULL)", [p])] + rest):
            result = self.query(q.render(renderer, where))
            if result.error:
                return None
            parts.append(Counter(result.rows))
        if parts[0] != parts[1] + parts[2] + parts[3]:
            whole, three = parts[0], parts[1] + parts[2] + parts[3]
            return "missing %s, too many %s" % (list((whole - three).items())[:5], list((three - whole).items())[:5])
        return ""


class Shares:
    """How much went remote: {what: [remote, all]}."""

    LOCAL_NODES = {"joins": ("Nested Loop", "Hash Join", "Merge Join"), "aggregates": ("Aggregate", "Group"),
                   "windows": ("WindowAgg",), "set operations": ("SetOp", "Append", "Recursive Union")}

    def __init__(self):
        self.counts = {}

    def add(self, what, remote, total):
        here = self.counts.setdefault(what, [0, 0])
        here[0] += remote
        here[1] += total

    def add_all(self, other):
        for what, (remote, total) in other.counts.items():
            self.add(what, remote, total)

    def count(self, plan, nodes, parts):
        """Of a query that has joins, are any left in the plan?  And is the whole of it remote?"""
        self.add("whole queries", plan["Node Type"] == "Foreign Scan", 1)
        for what, types in self.LOCAL_NODES.items():
            if what in parts:
                self.add(what, not any(n["Node Type"] in types for n in nodes), 1)

    def text(self):
        return ", ".join("%s %d of %d (%d %%)" % (what, n, of, round(100 * n / of))
                         for what, (n, of) in sorted(self.counts.items()) if of) or "nothing"


def parts_of(q):
    """What a query has that might go remote as one."""
    windows = any(" OVER (" in (t.template or "") for t in q.targets)
    have = {"joins": any(j.rel.table for j in q.joins), "aggregates": q.aggregate or q.distinct, "windows": windows,
            "set operations": q.setop}
    return {what for what, there in have.items() if there}


def plan_nodes(plan):
    yield plan
    for child in plan.get("Plans", []):
        yield from plan_nodes(child)


def where_of(sql):
    """The text between the outermost WHERE and what follows it."""
    start = top_level(sql, " WHERE ")
    if start < 0:
        return ""
    body = sql[start + 7:]
    ends = [top_level(body, w) for w in (" ORDER BY ", " LIMIT ", " GROUP BY ", " OFFSET ", " FETCH ")]
    ends = [e for e in ends if e >= 0]
    return body[:min(ends)] if ends else body


def top_level(sql, word):
    depth, i, quote = 0, 0, None
    while i < len(sql):
        c = sql[i]
        if quote:
            if c == quote:
                quote = None
        elif c in "'\"":
            quote = c
        elif c == "(":
            depth += 1
        elif c == ")":
            depth -= 1
        elif depth == 0 and sql.startswith(word, i):
            return i
        i += 1
    return -1


def conjuncts(text):
    """The top-level AND terms of a filter as EXPLAIN prints it."""
    text = text.strip()
    if not text:
        return []
    out = split_and(text)
    if len(out) == 1 and text.startswith("(") and text.endswith(")"):
        inner = split_and(text[1:-1])
        if len(inner) > 1:
            return inner
    return out


def split_and(text):
    out = []
    while True:
        at = top_level(text, " AND ")
        if at < 0:
            return out + [text]
        out.append(text[:at])
        text = text[at + 5:]
