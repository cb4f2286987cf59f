"""Kept cases: every failure ever found, as a readable SQL file that is run again each time.

    -- platform: postgres          which platforms run it; "*" is all
    -- variant: utf8-icu           the databases on which it failed; "*" is all
    -- mode: plain                 plain, prepared, cursor or hold
    -- order: total | keys 1,2 | none
    -- loose: yes | no             equal numbers may look different
    -- about: one line that says what was wrong
    -- [settings] [remote] [local] [query]   sections; the foreign tables follow from [local]
"""
import glob
import os
import re

import check
import pq

SECTIONS = ("settings", "remote", "local", "query", "values")


def statements(text):
    """Statements of a section: each ends with ";" at the end of a line."""
    return [s.strip() for s in re.split(r";\s*\n", text + "\n") if s.strip()]


def write(site, small, seed, directory):
    os.makedirs(directory, exist_ok=True)
    taken = [int(os.path.basename(p)[:3]) for p in glob.glob(os.path.join(directory, "[0-9][0-9][0-9]*.sql"))]
    path = os.path.join(directory, "%03d.sql" % (max(taken or [0]) + 1))
    case = small.case
    order = "keys " + ",".join(map(str, case.keys)) if case.order == "keys" else (case.order or "none")
    lines = ["-- platform: %s" % site.platform.name, "-- variant: %s" % site.variant,
             "-- mode: %s%s" % (case.mode, " scroll" if case.scroll and case.mode == "cursor" else ""),
             "-- order: %s" % order, "-- loose: %s" % ("yes" if case.loose else "no"),
             "-- about: %s; found by seed %s" % (small.kind, seed)]
    settings = {**small.settings, **small.planner}
    settings = ["SET %s = %s" % (k, pq.literal(v)) for k, v in settings.items()]
    body = {"settings": settings, "remote": small.remote, "local": small.local, "query": [case.sql]}
    if case.mode == "prepared":
        body["values"] = [", ".join(case.types)] + [", ".join(pq.literal(v) for v in row) for row in case.sets]
    for name in SECTIONS:
        if body.get(name):
            lines.append("-- [%s]" % name)
            lines += [s + ";" for s in body[name]]
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(lines) + "\n")
    return path


def read(path):
    """(header, sections) of a case file."""
    header, sections, current = {}, {}, None
    with open(path, encoding="utf-8", newline="\n") as f:
        for line in f:
            section = re.match(r"-- \[(\w+)\]$", line.rstrip())
            field = re.match(r"-- (\w+): (.*)$", line.rstrip())
            if section:
                current = section.group(1)
                sections[current] = ""
            elif current is None and field:
                header[field.group(1)] = field.group(2)
            elif current is not None:
                sections[current] += line
    return header, {k: statements(v) for k, v in sections.items()}


def matches(wanted, name):
    return wanted == "*" or name in wanted.split()


def wanted_here(path, site):
    header, _ = read(path)
    # What stands in [remote] is PostgreSQL's SQL unless the case is a place's own.
    if site.platform.place and site.platform.name not in header.get("platform", "*").split():
        return False
    return (matches(header.get("platform", "*"), site.platform.name)
            and matches(header.get("variant", "*"), site.variant))


def run_case(site, path):
    """None when every path agrees, else what is wrong."""
    header, parts = read(path)
    mode = header.get("mode", "plain").split()
    order = header.get("order", "none").split()
    case = check.Case(parts["query"][0], mode[0], None if order[0] == "none" else order[0],
                      [int(k) for k in order[1].split(",")] if len(order) > 1 else [],
                      header.get("loose") == "yes", scroll="scroll" in mode)
    site.load(parts.get("remote", []), parts.get("local", []))
    checker = check.Checker(site)
    checker.apply(dict(re.match(r"SET (\S+) = '(.*)'$", s).groups() for s in parts.get("settings", [])), {})
    if mode[0] == "prepared":
        return run_prepared(checker, case, parts["values"])
    verdict, details = checker.check(case)
    return None if verdict in ("ok", "error") else "%s %s" % (verdict, details)


def run_prepared(checker, case, values):
    """The values were written as SQL: hand them over as they stand."""
    case.types = values[0].split(", ") if values else []
    case.written = values[1:]
    verdict, details = checker.check(case)
    return None if verdict in ("ok", "error") else "%s %s" % (verdict, details)


def rerun(site, options):
    """Every kept case of this platform and variant: (passed, failed)."""
    passed = failed = 0
    for path in sorted(glob.glob(os.path.join(options.cases, "*.sql"))):
        if not wanted_here(path, site):
            continue
        try:
            trouble = run_case(site, path)
        except (check.Crash, pq.Failed, pq.ConnectionLost) as e:
            trouble = str(e)
        if trouble:
            failed += 1
            print("WRONG %s kept case %s: %s" % (site.label, os.path.basename(path), trouble))
        else:
            passed += 1
    return passed, failed
