#!/usr/bin/python3
"""Holds the rules of docs/style.md and docs/architecture.md.

One "ok RULE" for each rule that holds, one "not ok RULE: place: what" for each
breach.  Reads the tree it stands in, after a build (the symbol rules need the
objects).  Rules are functions: a generator of breaches, registered by @rule.
"""
import glob
import os
import re
import subprocess
import sys

RULES = []
LAYERS = ("base", "schema", "dialect", "transport", "platform", "session", "pipeline", "api")

# Which layers of ours a layer may include (beside its own).
MAY_INCLUDE = {
    "base": set(),
    "schema": {"base"},
    "dialect": {"base", "schema"},
    "transport": {"base"},
    "platform": {"base", "schema", "dialect", "transport"},
    "session": {"base", "schema", "dialect", "transport", "platform"},
    "fdw": {"base", "schema", "dialect", "session"},
    "pipeline": {"base", "schema", "dialect", "session"},
    "api": set(LAYERS) | {"fdw"},
    "init": set(LAYERS) | {"fdw"},
}
# Of a lower layer, session, api and gw_init see the contract only.  The
# platform's contract names the transport's, so session may use that one too.
CONTRACT_ONLY = {
    "session": {"transport/gw_transport.h", "platform/gw_platform.h"},
    "fdw": {"session/gw_session.h"},
    "api": {"transport/gw_transport.h", "platform/gw_platform.h",
            "platform/gw_platform_list.h"},
    "init": {"transport/gw_transport.h", "platform/gw_platform.h"},
}
CLIENT_HEADERS = {
    "libpq-fe.h": "libpq", "libpq/libpq-fs.h": "libpq", "sql.h": "odbc", "sqlext.h": "odbc",
    "curl/curl.h": "http", "mysql.h": "mysql", "mysql/mysql.h": "mysql",
}
ONE_FILE_HEADERS = {"jansson.h": "src/base/gw_json.c", "yaml.h": "src/base/gw_yaml.c"}
MAX_FILE, MAX_MEDIAN, MAX_FUNCTION, MAX_COLUMNS = 800, 350, 120, 100
VENDORS = r"snowflake|bigquery|redshift|databricks|sqlserver|mssql|mysql|mariadb"
WAITS = r"\b(WaitLatch\w*|WaitEventSetWait|pg_usleep|usleep|nanosleep|sleep|poll|select|epoll_wait)\s*\("
# Spelled in pieces, so that this file does not break its own rule.
FORBIDDEN = [r"/wo" + r"rk/", r"/tmp/" + r"(wt|pgx|brief)\b", r"/fa" + r"rm/",
             r"\bTO" + r"DO\b", r"\bFIX" + r"ME\b", r"\bXX" + r"X\b",
             r"registry\." + r"npmjs|pypi\." + r"org|proxy\.golang\." + r"org|crates\." + r"io"]


def rule(function):
    RULES.append(function)
    return function


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def c_files(ext="ch"):
    found = []
    for top in ("src", "fdw"):
        for folder, _, names in os.walk(top):
            found += [os.path.join(folder, n) for n in names
                      if n.endswith(tuple("." + e for e in ext)) and not n.endswith(".sql.h")]
    return sorted(found)


def text_files():
    # A corpus holds what parsers get, broken encodings included.
    skip = {".git", "build", "results", "corpus", "__pycache__"}
    binary = (".o", ".so", ".bc", ".d", ".a", ".pyc", ".sql.h")
    for folder, folders, names in os.walk("."):
        folders[:] = sorted(f for f in folders if f not in skip)
        for name in sorted(names):
            if name not in skip and not name.endswith(binary) and not re.match(r"warehouse_gw--[\d.]+\.sql$", name):
                yield os.path.join(folder, name)[2:]


def layer_of(path):
    if path.startswith("fdw/"):
        return "fdw"
    parts = path.split("/")
    return parts[1] if len(parts) > 2 else "init"


def strip_comments(text):
    """Blanks comments, keeping line numbers; strings stay."""
    pattern = r'"(?:\\.|[^"\\\n])*"|/\*.*?\*/'
    return re.sub(pattern, lambda m: m.group() if m.group()[0] == '"'
                  else re.sub(r"[^\n]", " ", m.group()), text, flags=re.S)


def lines_matching(path, pattern, text=None, flags=0):
    for number, line in enumerate((text if text is not None else read(path)).split("\n"), 1):
        if re.search(pattern, line, flags):
            yield f"{path}:{number}: {line.strip()[:100]}"


@rule
def layers():
    """An include points down the layers, and to a contract where only that is allowed."""
    for path in c_files():
        layer = layer_of(path)
        for header in re.findall(r'^#include "([^"]+)"', read(path), re.M):
            target = "src/" + header if os.path.exists("src/" + header) else header
            if not os.path.exists(target):
                continue
            other = layer_of(target)
            if other == layer or header.endswith(".sql.h"):
                continue
            if other not in MAY_INCLUDE[layer]:
                yield f"{path}: {layer} must not include {header}"
            elif other in ("transport", "platform") and header not in CONTRACT_ONLY.get(
                    layer, {header}):
                yield f"{path}: {layer} may include only the contract of {other}, not {header}"


@rule
def platforms_apart():
    """A platform includes no other platform; what several share is of none."""
    names = re.findall(r"^X\((\w+)", read("src/platform/gw_platform_list.h"), re.M)
    for path in glob.glob("src/platform/gw_*.c"):
        own = re.match(r"src/platform/gw_(%s)(_\w+)?\.c$" % "|".join(names), path)
        for header in re.findall(r'^#include "platform/gw_(\w+)\.h"', read(path), re.M):
            of = re.match(r"(%s)(_\w+)?$" % "|".join(names), header)
            if of and (own is None or of.group(1) != own.group(1)):
                yield f"{path}: includes platform/gw_{header}.h"


@rule
def planner_headers():
    """Planner and executor headers stay out of the dialects."""
    for path in c_files():
        if layer_of(path) in ("base", "schema", "dialect", "transport", "platform"):
            yield from lines_matching(path, r'#include "(optimizer|executor/node|parser/(?!parse_type))/?')


@rule
def client_headers():
    """A client library's header stands only in the transport of that library."""
    for path in c_files():
        for header in re.findall(r'^#include [<"]([^">]+)[">]', read(path), re.M):
            library = CLIENT_HEADERS.get(header)
            if library and not re.match(rf"src/transport/gw_transport_{library}\w*\.[ch]$", path):
                yield f"{path}: includes {header}"
            if header in ONE_FILE_HEADERS and path != ONE_FILE_HEADERS[header]:
                yield f"{path}: includes {header}"


@rule
def vendor_names():
    """No warehouse is named outside its own files and the list."""
    for path in c_files() + glob.glob("src/*/*.sql"):
        if re.search(VENDORS, os.path.basename(path)) or path.endswith("gw_platform_list.h"):
            continue
        if layer_of(path) in ("fdw", "session", "pipeline", "transport", "api", "init"):
            # A client library's name, in its transport's, is no warehouse.
            yield from lines_matching(path, r"(?<!gw_transport_)(?:" + VENDORS + ")", flags=re.I)
        if layer_of(path) not in ("platform",):
            yield from lines_matching(path, r'strn?(case)?cmp\([^;]*"(postgres|local|' + VENDORS + ')"')


@rule
def file_sizes():
    """No file above 800 lines; half of them at most 350."""
    sizes = sorted((read(p).count("\n"), p) for p in c_files("c"))
    for size, path in sizes:
        if size > MAX_FILE:
            yield f"{path}: {size} lines, at most {MAX_FILE}"
    if sizes and sizes[len(sizes) // 2][0] > MAX_MEDIAN:
        yield f"the median file has {sizes[len(sizes) // 2][0]} lines, at most {MAX_MEDIAN}"


@rule
def function_sizes():
    """No function above 120 lines."""
    for path in c_files("c") + glob.glob("test/unit/*.c"):
        start = None
        for number, line in enumerate(read(path).split("\n"), 1):
            if line == "{":
                start = number
            elif line == "}" and start:
                if number - start - 1 > MAX_FUNCTION:
                    yield f"{path}:{start}: {number - start - 1} lines, at most {MAX_FUNCTION}"
                start = None


@rule
def banners():
    """Every C file opens with a banner that names it."""
    for path in c_files() + glob.glob("test/unit/*.[ch]"):
        head = read(path)[:400]
        if not head.startswith(f"/*\n * {os.path.basename(path)}\n *\t  "):
            yield f"{path}: the banner is missing or names another file"


@rule
def postgres_first():
    """Every .c includes postgres.h first."""
    for path in c_files("c") + glob.glob("test/unit/*.c"):
        first = re.search(r"^#include (\S+)", read(path), re.M)
        if not first or first.group(1) not in ('"postgres.h"',):
            yield f"{path}: first include is {first and first.group(1)}"


@rule
def columns():
    """C lines are at most 100 columns wide; nothing has trailing blanks."""
    for path in text_files():
        if not path.endswith((".c", ".h", ".py", ".sh", ".pl", ".sql", "Makefile", ".md")):
            continue
        for number, line in enumerate(read(path).split("\n"), 1):
            if line != line.rstrip() and not path.startswith("expected/"):
                yield f"{path}:{number}: trailing blanks"
            if path.endswith((".c", ".h")) and len(line.expandtabs(4)) > MAX_COLUMNS:
                yield f"{path}:{number}: {len(line.expandtabs(4))} columns"


@rule
def line_comments():
    """C comments are /* */."""
    for path in c_files():
        text = re.sub(r'"(?:\\.|[^"\\\n])*"', '""', strip_comments(read(path)))
        yield from lines_matching(path, r"//", text)


@rule
def forbidden_words():
    """No workplace paths, no package hosts, no notes to self."""
    for path in text_files():
        try:
            yield from lines_matching(path, "|".join(FORBIDDEN))
        except UnicodeDecodeError:
            yield f"{path}: not UTF-8"


@rule
def version_checks():
    """PG_VERSION_NUM stands in gw_compat.h only."""
    for path in c_files():
        if path != "src/base/gw_compat.h":
            yield from lines_matching(path, r"PG_VERSION_NUM")


@rule
def raising():
    """Transports and platforms return errors; base raises in its bridge and validator only.

    The SPI transport has no foreign frames: PostgreSQL's errors pass through it.
    """
    may = ("src/base/gw_error", "src/base/gw_options")
    for path in c_files("c"):
        layer = layer_of(path)
        if path.startswith("src/transport/gw_transport_spi"):
            continue
        if layer in ("transport", "platform") or (layer == "base" and not path.startswith(may)):
            yield from lines_matching(path, r"\b(ereport|elog)\s*\(\s*(ERROR|FATAL|PANIC)",
                                      strip_comments(read(path)))


@rule
def waiting():
    """Only gw_wait waits (and gw_thread's helper thread blocks)."""
    for path in c_files("c"):
        if not path.startswith(("src/base/gw_wait", "src/base/gw_thread")):
            yield from lines_matching(path, WAITS, strip_comments(read(path)))


@rule
def sql_in_strings():
    """A statement longer than one line lives in a .sql file."""
    literal = r'"(?:\\.|[^"\\\n])*"'
    for path in c_files():
        text = strip_comments(read(path))
        for match in re.finditer(rf"{literal}(?:\s*\n\s*{literal})+", text):
            if re.search(r"err(hint|detail|msg)\w*\(\s*$", text[:match.start()]):
                continue
            joined = "".join(re.findall(literal, match.group())).replace('""', "")
            if re.match(r'"\s*(SELECT|INSERT|UPDATE|DELETE|WITH|CREATE|MERGE|DO)\b', joined):
                yield f"{path}:{text[:match.start()].count(chr(10)) + 1}: {joined[:60]}"


@rule
def headers_alone():
    """Every header compiles by itself after postgres.h."""
    config = os.environ.get("PG_CONFIG", "pg_config")
    def ask(flag):
        return subprocess.run([config, flag], capture_output=True, text=True).stdout.strip()
    flags = ["-fsyntax-only", "-Isrc", "-I.", "-I" + ask("--includedir-server"),
             "-I" + ask("--includedir"), "-include", "postgres.h", "-Wall"]
    flags += subprocess.run(["mariadb_config", "--include"], capture_output=True, text=True).stdout.split()
    for path in c_files("h"):
        if path.endswith("_list.h"):
            continue
        done = subprocess.run(["gcc", *flags, "-x", "c", path], capture_output=True, text=True)
        if done.returncode:
            yield f"{path}: {done.stderr.strip().splitlines()[0]}"


@rule
def exported_symbols():
    """The module exports SQL entry points and PostgreSQL's magic, nothing else."""
    found = subprocess.run(["nm", "-D", "--defined-only", "warehouse_gw.so"],
                           capture_output=True, text=True)
    if found.returncode:
        yield "warehouse_gw.so: " + found.stderr.strip()
    allowed = r"(_PG_init|Pg_magic_func|pg_finfo_gw_\w+|gw_\w+)$"
    names = {line.split()[-1] for line in found.stdout.splitlines()}
    for name in sorted(names):
        if not re.match(allowed, name):
            yield f"exports {name}"
        elif name.startswith("gw_") and "pg_finfo_" + name not in names:
            yield f"exports {name}, which is no SQL entry point"


@rule
def mutable_state():
    """Every mutable file-scope variable is listed in docs/architecture.md."""
    listed = read("docs/architecture.md") if os.path.exists("docs/architecture.md") else ""
    for path in [p[:-2] + ".o" for p in c_files("c")]:
        table = subprocess.run(["objdump", "-t", path], capture_output=True, text=True).stdout
        for match in re.finditer(r"\s(\.data|\.bss|\*COM\*)\s+(\S+)\s+(?:\.hidden )?(\S+)$",
                                 table, re.M):
            name = match.group(3).split(".")[0]
            if name and int(match.group(2), 16) and f"`{name}`" not in listed:
                yield f"{path[:-2]}.c: {name} is not in the list of docs/architecture.md"


@rule
def include_guards():
    """A header's guard is its name."""
    for path in c_files("h"):
        guard = re.sub(r"\W", "_", os.path.basename(path)).upper()
        if not path.endswith("_list.h") and f"#ifndef {guard}\n#define {guard}\n" not in read(path):
            yield f"{path}: no guard {guard}"


@rule
def test_pairs():
    """Every SQL test and spec has one expected output, and every output a test."""
    tests = {os.path.basename(p)[:-4] for p in glob.glob("test/sql/*.sql")}
    specs = {os.path.basename(p)[:-5] for p in glob.glob("test/specs/*.spec")}
    outs = {os.path.basename(p)[:-4] for p in glob.glob("expected/*.out")}
    for name in sorted(tests & specs):
        yield f"{name}: both a SQL test and a spec"
    for name in sorted((tests | specs) - outs):
        yield f"expected/{name}.out is missing"
    for name in sorted(outs - tests - specs):
        yield f"expected/{name}.out belongs to no test"


@rule
def sql_objects():
    """API files replace and are re-runnable; catalog files create; all functions have comments."""
    for path in sorted(glob.glob("sql/api/*.sql")):
        yield from lines_matching(path, r"^CREATE (?!OR REPLACE )")
    for path in sorted(glob.glob("sql/catalog/*.sql")):
        yield from lines_matching(path, r"^CREATE OR REPLACE|IF NOT EXISTS")
    for path in sorted(glob.glob("sql/*/*.sql")):
        text = read(path)
        for name in re.findall(r"^CREATE (?:OR REPLACE )?(?:FUNCTION|PROCEDURE|VIEW|TABLE) (gw\.\w+)",
                               text, re.M):
            if not re.search(rf"^COMMENT ON \w+ {re.escape(name)}\b", text, re.M):
                yield f"{path}: {name} has no comment"


@rule
def search_paths():
    """Functions in SQL and plpgsql pin search_path; procedures carry no SET."""
    for path in sorted(glob.glob("sql/*/*.sql")):
        for match in re.finditer(r"^CREATE (?:OR REPLACE )?(FUNCTION|PROCEDURE) (gw\.\w+).*?;\n",
                                 read(path), re.M | re.S):
            head = re.split(r"\bAS\s+\$|\bBEGIN ATOMIC|\bRETURN\b\s", match.group())[0]
            text = match.group()
            if match.group(1) == "PROCEDURE":
                if re.search(r"\bSET search_path", head):
                    yield f"{path}: procedure {match.group(2)} carries a SET clause"
            elif re.search(r"LANGUAGE\s+'?(sql|plpgsql)", text, re.I):
                whole = re.search(re.escape(match.group(2)) + r".*?LANGUAGE.*?(?=^CREATE|\Z)",
                                  read(path)[match.start():], re.M | re.S).group()
                if "SET search_path = pg_catalog, pg_temp" not in whole:
                    yield f"{path}: function {match.group(2)} does not pin search_path"


@rule
def scripts_parse():
    """Shell, Perl and Python files parse."""
    checks = {"bash": ["bash", "-n"], "sh": ["sh", "-n"], "python3": ["python3", "-c",
              "import ast,sys; ast.parse(open(sys.argv[1]).read())"]}
    for path in text_files():
        if path.endswith((".sh", ".py")) or path in ("test/run", ".ci/run"):
            first = read(path).split("\n")[0]
            tool = "python3" if path.endswith(".py") else "sh" if first.endswith("/sh") else "bash"
            done = subprocess.run(checks[tool] + [path], capture_output=True, text=True)
            if done.returncode:
                yield f"{path}: {done.stderr.strip()[:200]}"


@rule
def readme_commands():
    """README shows the two commands, and .ci/run runs the second."""
    for path, wanted in (("README.md", "make deps demo"), ("README.md", "make deps test"),
                         (".ci/run", "make deps test")):
        if not os.path.exists(path) or wanted not in read(path):
            yield f"{path}: does not show {wanted}"


def main():
    failed = False
    for check in RULES:
        breaches = list(check())
        for breach in breaches:
            print(f"not ok {check.__name__}: {breach}")
        if not breaches:
            print(f"ok {check.__name__}")
        failed = failed or bool(breaches)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
