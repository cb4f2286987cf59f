"""Stages, and COPY: files that are loaded into tables and unloaded from them.

docs.snowflake.com/sql-reference/sql/create-stage, copy-into-table, copy-into-location, list, remove; what was loaded is not
loaded again (user-guide/data-load-considerations-load).  A stage is a folder; s3://bucket/... is one, too, and stands for
storage of the user's own, in which files appear by themselves (control "bucket").
"""
import datetime
import gzip
import hashlib
import os
import re

import files
import values
from catalog import decoded, quoted, shown
from errors import Failure
from translate import Translation, parse

NUMBER = values.Kind("fixed", 19, 0)
LOADED = [("file", values.TEXT), ("status", values.TEXT), ("rows_parsed", NUMBER), ("rows_loaded", NUMBER), ("error_limit", NUMBER),
          ("errors_seen", NUMBER), ("first_error", values.TEXT), ("first_error_line", NUMBER), ("first_error_character", NUMBER),
          ("first_error_column_name", values.TEXT)]
UNLOADED = [("rows_unloaded", NUMBER), ("input_bytes", NUMBER), ("output_bytes", NUMBER)]
LISTED = [("name", values.TEXT), ("size", NUMBER), ("md5", values.TEXT), ("last_modified", values.TEXT)]
NAME = r'(?:"(?:[^"]|"")+"|[A-Za-z_][\w$]*)'
STAGE = re.compile(r"@(?:(~)|((?:%s\.){0,2})(%%?)(%s))(?:/(.*))?$" % (NAME, NAME), re.S)
TOKEN = re.compile(r"\s*(?:('(?:[^'\\]|\\.|'')*')|([\w.%%@~/+-]+|\"(?:[^\"]|\"\")+\")|([=(),]))", re.S)
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "b": "\b", "f": "\f"}
COPY = re.compile(r"COPY\s+INTO\s+((?:'(?:[^'\\]|\\.|'')*'|@\S+)|(?:%s\.){0,2}%s)\s*(\(.*?\))?\s*FROM\s+" % (NAME, NAME), re.I | re.S)
LONGER = ("\n  File '%s', line %d, character %d\n  Row %d, column %s\n  If you would like to continue loading when an error is encountered, use other "
          "values such as 'SKIP_FILE' or 'CONTINUE' for the ON_ERROR option. For more information on loading options, please run 'info "
          "loading_data' in a SQL client.")
OPTIONS = {"FILES", "PATTERN", "FILE_FORMAT", "ON_ERROR", "PURGE", "FORCE", "MATCH_BY_COLUMN_NAME"}
OUT_OPTIONS = {"FILE_FORMAT", "OVERWRITE", "SINGLE", "HEADER"}
# Documented as well; what they do is not here.
MORE = {"STORAGE_INTEGRATION", "CREDENTIALS", "ENCRYPTION", "SIZE_LIMIT", "RETURN_FAILED_ONLY", "ENFORCE_LENGTH", "TRUNCATECOLUMNS", "VALIDATION_MODE",
        "INCLUDE_METADATA", "LOAD_UNCERTAIN_FILES", "FILE_PROCESSOR", "LOAD_MODE", "CLUSTER_AT_INGEST_TIME", "PARTITION", "MAX_FILE_SIZE",
        "INCLUDE_QUERY_ID", "DETAILED_OUTPUT"}


def string(text):
    """What a constant stands for."""
    return re.sub(r"\\(.)|''", lambda m: ESCAPES.get(m[1], m[1]) if m[1] else "'", text[1:-1], flags=re.S)


def name_of(text):
    return text[1:-1].replace('""', '"') if text.startswith('"') else text.upper()


def tokens(text):
    out, at = [], 0
    while text[at:].strip():
        match = TOKEN.match(text, at)
        if not match:
            raise Failure("syntax", text[at:].strip()[:20])
        out.append(match[1] or match[2] or match[3])
        at = match.end()
    return out


def options(words, at=0, until=None):
    """KEY = value ... as a dict, and where it ended; a value is a text, a list of texts, or such a dict."""
    out = {}
    while at < len(words) and words[at] != until:
        if words[at] == ",":
            at += 1
            continue
        key = words[at].upper()
        if at + 2 >= len(words) or words[at + 1] != "=":
            raise Failure("syntax", words[at])
        at += 2
        if words[at] != "(":
            out[key], at = (string(words[at]) if words[at].startswith("'") else words[at].upper()), at + 1
        elif at + 2 < len(words) and words[at + 2] == "=":
            out[key], at = options(words, at + 1, ")")
            at += 1
        else:
            end = words.index(")", at)
            out[key], at = [string(w) if w.startswith("'") else w for w in words[at + 1:end] if w != ","], end + 1
    return out, at


def known(given, mine):
    for key in given:
        if key in MORE and key not in ("STORAGE_INTEGRATION", "CREDENTIALS", "ENCRYPTION"):
            raise Failure("unemulated", "COPY with " + key)
        if key not in MORE and key not in mine:
            raise Failure("copy_option", key)


class Location:
    """Files that have a path in common: folder on this machine, path below it, and how their names are shown."""

    def __init__(self, folder, path, named, formats):
        self.folder, self.path, self.named, self.formats = folder, path, named, formats

    def files(self):
        """{path below the folder: file here} of those whose names begin with the path."""
        found = {}
        for base, _, names in os.walk(self.folder):
            for name in names:
                full = os.path.join(base, name)
                relative = os.path.relpath(full, self.folder)
                if relative.startswith(self.path):
                    found[relative] = full
        return dict(sorted(found.items()))

    def one(self, name):
        """Where a file of that name is; a path cannot leave the folder."""
        full = os.path.normpath(os.path.join(self.folder, name))
        if not full.startswith(self.folder + os.sep):
            raise Failure("syntax", name)
        return full


def format_of(location, given):
    """COPY's own, or the stage's; what becomes of a stage's options beside COPY's is not here."""
    if location.formats and "FILE_FORMAT" in given:
        raise Failure("unemulated", "a FILE_FORMAT beside that of the stage")
    return files.Format(given.get("FILE_FORMAT", location.formats))


def url_folder(session, url):
    match = re.match(r"(s3|s3china|s3gov|gcs|azure)://([^/]+)(?:/(.*))?$", url)
    if not match:
        raise Failure("stage_url", url)
    return os.path.join(session.engine.work, "buckets", match[2]), match[3] or ""


def place(session, text, what="COPY"):
    """(database, schema, name) of a name that was written."""
    names = [name_of(part) for part in re.findall(NAME, text)]
    database, schema = ([session.database, session.schema][:3 - len(names)] + names)[-3:-1] if len(names) < 3 else names[:2]
    if database is None or schema is None:
        raise Failure("no_database" if database is None else "no_schema", what)
    return database, schema, names[-1]


def stages(session, database, schema):
    session.catalog.tables(database, schema)
    return session.catalog.databases[database][schema].setdefault("stages", {})


def located(session, text):
    """The Location of @stage/path or 's3://bucket/path'."""
    text = string(text) if text.startswith("'") else text
    if not text.startswith("@"):
        folder, path = url_folder(session, text)
        return Location(folder, path, text[:len(text) - len(path)], {})
    match = STAGE.match(text)
    if not match:
        raise Failure("syntax", text)
    path, root = match[5] or "", os.path.join(session.engine.work, "stages")
    if match[1]:
        return Location(os.path.join(root, "user " + session.user), path, "", {})
    database, schema, name = place(session, match[2] + match[4])
    if match[3]:
        session.catalog.find(database, schema, name)
        return Location(os.path.join(root, "table " + ".".join((database, schema, name))), path, "", {})
    stage = stages(session, database, schema).get(name)
    if stage is None:
        raise Failure("stage_missing", ".".join(shown(n) for n in (database, schema, name)))
    folder, before = stage["folder"]
    return Location(folder, before + path, (stage["url"][:len(stage["url"]) - len(before)] if stage["url"] else name.lower() + "/"), stage["format"])


# ---- statements about stages ----

def create(session, text):
    match = re.match(r"CREATE\s+(OR\s+REPLACE\s+)?STAGE\s+(IF\s+NOT\s+EXISTS\s+)?((?:%s\.){0,2}%s)(.*)$" % (NAME, NAME), text, re.I | re.S)
    if not match:
        raise Failure("syntax", "<EOF>")
    database, schema, name = place(session, match[3], "CREATE STAGE")
    there, (given, _) = stages(session, database, schema), options(tokens(match[4]))
    if name in there and match[2]:
        return "%s already exists, statement succeeded." % name
    if name in there and not match[1]:
        raise Failure("exists", shown(name))
    if set(given) - {"URL", "STORAGE_INTEGRATION", "CREDENTIALS", "ENCRYPTION", "FILE_FORMAT", "COMMENT", "DIRECTORY"}:
        raise Failure("copy_option", sorted(given)[0])
    url = given.get("URL")
    folder = url_folder(session, url) if url else (os.path.join(session.engine.work, "stages", ".".join((database, schema, name))), "")
    there[name] = {"url": url, "folder": folder, "format": given.get("FILE_FORMAT", {})}
    return "Stage area %s successfully created." % name


def drop(session, text):
    match = re.match(r"DROP\s+STAGE\s+(IF\s+EXISTS\s+)?((?:%s\.){0,2}%s)\s*$" % (NAME, NAME), text, re.I | re.S)
    if not match:
        raise Failure("syntax", "<EOF>")
    database, schema, name = place(session, match[2], "DROP STAGE")
    stage = stages(session, database, schema).pop(name, None)
    if stage is None and not match[1]:
        raise Failure("stage_missing", ".".join(shown(n) for n in (database, schema, name)))
    if stage is not None and stage["url"] is None:
        for full in Location(stage["folder"][0], "", "", {}).files().values():
            os.remove(full)
    return "%s successfully dropped." % name if stage else "Drop statement executed successfully (%s already dropped)." % name


def chosen(text):
    match = re.match(r"\w+\s+('(?:[^'\\]|\\.|'')*'|@\S+)(?:\s+PATTERN\s*=\s*('(?:[^']|'')*'))?\s*$", text, re.I | re.S)
    if not match:
        raise Failure("syntax", "<EOF>")
    return match[1], re.compile(string(match[2])) if match[2] else re.compile(".*", re.S)


def listing(session, text):
    where, pattern = chosen(text)
    location, rows = located(session, where), []
    for name, full in location.files().items():
        with open(full, "rb") as file:
            data = file.read()
        at = datetime.datetime.fromtimestamp(os.stat(full).st_mtime, datetime.timezone.utc)
        if pattern.fullmatch(name):
            rows.append([location.named + name, str(len(data)), hashlib.md5(data).hexdigest(), at.strftime("%a, %d %b %Y %H:%M:%S GMT")])
    return LISTED, rows


def remove(session, text):
    where, pattern = chosen(text)
    location, rows = located(session, where), []
    for name, full in location.files().items():
        if pattern.fullmatch(name):
            os.remove(full)
            rows.append([location.named + name, "removed"])
    return [("name", values.TEXT), ("result", values.TEXT)], rows


# ---- COPY ----

def copy(session, text):
    """(columns, rows) of the answer."""
    match = COPY.match(text)
    if not match:
        raise Failure("syntax", "<EOF>")
    session.needs_warehouse()
    if match[1][0] in "@'":
        return unload(session, match[1], text[match.end():])
    source = re.match(r"('(?:[^'\\]|\\.|'')*'|@[^\s()]+)(.*)$", text[match.end():], re.S)
    if not source:
        raise Failure("unemulated", "COPY INTO a table FROM (SELECT ...)")
    table = session.catalog.find(*place(session, match[1]))
    names = [name_of(n) for n in re.findall(NAME, match[2])] if match[2] else [c.name for c in table.columns]
    for name in names:
        if table.column(name) is None:
            raise Failure("identifier", shown(name))
    given, _ = options(tokens(source[2]))
    known(given, OPTIONS)
    location = located(session, source[1])
    rows = []
    session.whole(lambda: rows.extend(load(session, table, [table.column(n) for n in names], location, given)))
    return (LOADED, rows) if rows else ([("status", values.TEXT)], [["Copy executed with 0 files processed."]])


def wanted(location, given):
    found = location.files()
    if "FILES" in given:
        for name in given["FILES"]:
            if location.path + name not in found:
                raise Failure("file_missing", location.named + location.path + name)
        return {location.path + name: found[location.path + name] for name in given["FILES"]}
    pattern = re.compile(given.get("PATTERN", ".*"), re.S)
    return {name: full for name, full in found.items() if pattern.fullmatch(name)}


def load(session, table, columns, location, given):
    """A row for each file that was not loaded before."""
    how = re.fullmatch(r"(ABORT_STATEMENT|CONTINUE)|SKIP_FILE(?:_(\d+))?", given.get("ON_ERROR", "ABORT_STATEMENT").upper())
    if not how:
        raise Failure("unemulated", "ON_ERROR = " + given["ON_ERROR"])
    limit, rows, done = int(how[2] or 1), [], []
    form = format_of(location, given)
    for name, full in wanted(location, given).items():
        with open(full, "rb") as file:
            data = file.read()
        mark = hashlib.md5(data).hexdigest()
        if table.loaded.get(location.named + name) == mark and given.get("FORCE", "FALSE") != "TRUE":
            continue
        read = files.Reading(session, table, columns, form, given.get("MATCH_BY_COLUMN_NAME", "NONE"))
        read.read(full, data)
        bad = read.problems
        if bad and how[1] == "ABORT_STATEMENT":
            failure = Failure(bad[0].name, bad[0].word)
            failure.message += LONGER % (name, bad[0].line, bad[0].character, bad[0].row, bad[0].column)
            raise failure
        skipped = how[1] is None and len(bad) >= limit
        count = 0 if skipped else read.insert()
        status = "LOADED" if not bad else "PARTIALLY_LOADED" if count else "LOAD_FAILED"
        first = [Failure(bad[0].name, bad[0].word).message, str(bad[0].line), str(bad[0].character), bad[0].column] if bad else [None] * 4
        rows.append([location.named + name, status, str(read.rows), str(count), str(read.rows if how[1] == "CONTINUE" else limit), str(len(bad)), *first])
        if count or not bad:
            done.append((location.named + name, mark, full))
    for name, mark, full in done:
        table.loaded[name] = mark
        if given.get("PURGE", "FALSE") == "TRUE":
            os.remove(full)
    return rows


def enclosed(text):
    """What stands in the parentheses that the text begins with, and what follows them."""
    depth = 0
    for match in re.finditer(r"'(?:[^'\\]|\\.|'')*'|\"(?:[^\"]|\"\")*\"|[()]", text, re.S):
        depth += {"(": 1, ")": -1}.get(match[0], 0)
        if depth == 0:
            return text[1:match.start()], text[match.end():]
    raise Failure("syntax", "<EOF>")


def unload(session, where, rest):
    """A query's rows as one file."""
    rest = rest.strip()
    if rest.startswith("("):
        query, rest = enclosed(rest)
    else:
        table = re.match(r"(?:%s\.){0,2}%s" % (NAME, NAME), rest)
        query, rest = "SELECT * FROM " + table[0], rest[table.end():]
    given, _ = options(tokens(rest))
    known(given, OUT_OPTIONS)
    location = located(session, where)
    form = format_of(location, given)
    text, kinds = Translation(parse(query), session).run()
    described = session.describe(text)
    kinds = [(kinds[i] if len(kinds) == len(described) else None) or values.of_duckdb(row[1]) for i, row in enumerate(described)]
    names = [quoted("c%d" % i) for i in range(len(described))]
    rows = session.execute("SELECT %s FROM (%s) AS _(%s)" % (
        ", ".join(files.written(n, k) for n, k in zip(names, kinds)), text, ", ".join(names))).fetchall()
    data = form.write([decoded(row[0]) for row in described] if given.get("HEADER") == "TRUE" else None, rows, kinds)
    packed = data if form.compression == "NONE" else gzip.compress(data)
    name = location.path or ("data" if given.get("SINGLE") == "TRUE" else "data_")
    if given.get("SINGLE") != "TRUE":
        name = (name + "data_" if name.endswith("/") else name if name.endswith("_") else name + "_") + "0_0_0.csv" + ("" if packed is data else ".gz")
    full = location.one(name)
    if os.path.exists(full) and given.get("OVERWRITE") != "TRUE":
        raise Failure("unload_exists", location.named + location.path)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    with open(full, "wb") as file:
        file.write(packed)
    return UNLOADED, [[str(len(rows)), str(len(data)), str(len(packed))]]
