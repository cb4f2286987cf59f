"""Make a failing case small: drop clauses, expressions, settings, rows and columns while it still fails."""
import random
import time

import check
import gen
import pq

BUDGET_SECONDS = 25


class Small:
    """What is left, ready to be written as a kept case."""

    def __init__(self, case, kind, remote, local, settings, planner):
        self.case, self.kind, self.remote, self.local = case, kind, remote, local
        self.settings, self.planner = settings, planner


def spots(q):
    """Every place in a query that holds an expression: (get, set) pairs."""
    out = []

    def slot(holder, key):
        out.append((holder, key))
        visit(holder[key])

    def visit(expr):
        for i in range(len(expr.args)):
            slot(expr.args, i)
        if isinstance(expr, gen.SubQuery):
            out.extend(spots(expr.query))

    for group in [q.where, q.having, q.targets] + [j.on for j in q.joins]:
        for i in range(len(group)):
            slot(group, i)
    for rel in q.rels():
        if rel.query:
            out.extend(spots(rel.query))
    if q.setop:
        out.extend(spots(q.setop[1]))
    return out


def descendants(expr):
    for child in expr.args:
        yield child
        yield from descendants(child)


def queries(q):
    yield q
    for rel in q.rels():
        if rel.query:
            yield from queries(rel.query)
    if q.setop:
        yield from queries(q.setop[1])
    for holder, key in spots(q):
        if isinstance(holder[key], gen.SubQuery):
            yield from queries(holder[key].query)


def drop_steps(q):
    """Smaller queries, the boldest cuts first."""
    count = len(list(queries(q)))
    for n in range(count):
        def at(c, n=n):
            return list(queries(c))[n]
        here = at(q)
        for what, smaller in (("distinct_on", []), ("grouping", None), ("ties", False)):
            if getattr(here, what):
                c = gen.clone(q)
                setattr(at(c), what, smaller)
                yield c
        for i in range(len(here.ctes)):
            c = gen.clone(q)
            del at(c).ctes[i]
            yield c
        for what in ("limit", "offset"):
            if getattr(here, what) is not None:
                c = gen.clone(q)
                setattr(at(c), what, None)
                yield c
        if here.order and here.limit is None and here.offset is None:
            c = gen.clone(q)
            at(c).order, at(c).order_kind = [], None
            yield c
        for i in reversed(range(len(here.joins))):
            c = gen.clone(q)
            del at(c).joins[i]
            yield c
        if here.setop:
            c = gen.clone(q)
            at(c).setop = None
            yield c
        for what in ("where", "having"):
            for i in range(len(getattr(here, what))):
                c = gen.clone(q)
                del getattr(at(c), what)[i]
                yield c
        for j in range(len(here.joins)):
            if here.joins[j].using:
                c = gen.clone(q)
                at(c).joins[j].using = None
                yield c
            for i in range(len(here.joins[j].on) if len(here.joins[j].on) > 1 else 0):
                c = gen.clone(q)
                del at(c).joins[j].on[i]
                yield c
        if n == 0 and len(here.targets) > 1 and not here.setop and not here.order:
            for i in range(len(here.targets)):
                c = gen.clone(q)
                dropped = at(c).targets.pop(i)
                text = dropped.render(gen.Renderer("x"))
                at(c).group = [g for g in at(c).group if g.render(gen.Renderer("x")) != text]
                yield c
        if here.distinct:
            c = gen.clone(q)
            at(c).distinct = False
            yield c


def expression_steps(q):
    for n, (holder, key) in enumerate(spots(q)):
        expr = holder[key]
        if not expr.args:
            continue
        replacements = [d for d in descendants(expr) if d.kind == expr.kind]
        if expr.kind == "bool":
            replacements.append(gen.Const("bool", "true", bindable=False))
        for r in range(len(replacements)):
            c = gen.clone(q)
            h, k = spots(c)[n]
            again = [d for d in descendants(h[k]) if d.kind == h[k].kind]
            h[k] = again[r] if r < len(again) else gen.Const("bool", "true", bindable=False)
            yield c


class Shrinker:
    def __init__(self, site, kind, settings, planner):
        self.site, self.kind = site, kind
        self.settings, self.planner = settings, planner
        self.checker = check.Checker(site)
        self.deadline = time.monotonic() + BUDGET_SECONDS

    def late(self):
        return time.monotonic() > self.deadline

    def fails(self, case, settings=None, planner=None):
        self.checker.apply(self.settings if settings is None else settings,
                           self.planner if planner is None else planner)
        try:
            verdict, details = self.checker.check(case)
        except (check.Crash, pq.Failed):
            return False
        return verdict == "wrong" and details[0].split("/")[-1] == self.kind.split("/")[-1]

    def descend(self, q, steps, make):
        """Take the first smaller tree that still fails, until none does."""
        progress = True
        while progress and not self.late():
            progress = False
            for candidate in steps(q):
                if self.late():
                    break
                try:
                    case = make(candidate)
                except (IndexError, KeyError):
                    continue
                if self.fails(case):
                    q, progress = candidate, True
                    break
        return q


def shrink(site, q, case, tables, kind, options):
    """The smallest failing case found within the budget; None when it does not fail again."""
    s = Shrinker(site, kind, case.settings, case.planner)
    rng_state = case

    def make(tree, mode=None):
        mode = mode or case.mode
        made = check.case_of(tree, mode, random.Random(1), scroll=case.scroll, lacking=site.platform.lacking)
        if mode == "prepared" and made.types == rng_state.types:
            made.sets = rng_state.sets
        return made

    try:
        if not s.fails(case):
            return None
        mode = case.mode
        if mode != "plain":
            for plain in check.as_plain(q, case.sets):
                if s.fails(make(plain, "plain")):
                    q, mode = plain, "plain"
                    break
        if mode == "prepared":
            # The values matter: keep the tree, shrink the surroundings only.
            best = case
        else:
            q = s.descend(q, drop_steps, lambda t: make(t, mode))
            q = s.descend(q, expression_steps, lambda t: make(t, mode))
            q = s.descend(q, drop_steps, lambda t: make(t, mode))
            best = make(q, mode)
        for source in (s.planner, s.settings):
            for name in list(source):
                value = source.pop(name)
                if not s.fails(best):
                    source[name] = value
        remote, local = shrink_rows(s, best, tables)
        return Small(best, kind, remote, local, s.settings, s.planner)
    except (check.Crash, pq.Failed, pq.ConnectionLost) as e:
        print("   (not shrunk: %s)" % e)
        return None
    finally:
        site.reconnect()
        site.load_tables(tables)


def shrink_rows(s, case, tables):
    """Drop unused tables, then halves of rows, then unused columns."""
    used = [t for t in tables if any("%s.%s " % (place, t.name) in case.sql + " " for place in (":schema", "loc"))]
    used = [gen.Table(t.name, list(t.columns), list(t.rows)) for t in used]
    sql_words = set(case.sql.replace(",", " ").replace("(", " ").replace(")", " ").replace(":", " ").split())
    names = {w.split(".")[-1] for w in sql_words}
    for t in used:
        keep = [i for i, c in enumerate(t.columns) if c.name == "id" or c.name in names]
        t.columns = [t.columns[i] for i in keep]
        t.rows = [[r[i] for i in keep] for r in t.rows]
    script = s.site.load_tables(used)
    if not s.fails(case):
        return s.site.load_tables(tables)
    s.deadline = time.monotonic() + BUDGET_SECONDS
    for t in used:
        size = max(1, len(t.rows) // 2)
        while size >= 1 and not s.late():
            i = 0
            while i < len(t.rows) and not s.late():
                rows = t.rows
                t.rows = rows[:i] + rows[i + size:]
                script_now = s.site.load_tables(used)
                if s.fails(case):
                    script = script_now
                else:
                    t.rows = rows
                    i += size
            size //= 2
    script = s.site.load_tables(used)
    return script
