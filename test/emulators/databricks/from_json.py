"""from_json(text, schema, map('mode', 'FAILFAST')): docs.databricks.com/sql/language-manual/functions/from_json.

A field that is missing is NULL, one that the schema lacks is left out; what is not of its type is a malformed record.  Gives JSON
again, all fields of the schema in it, in which DuckDB finds each value as one of its own.
"""
import base64
import json
import re

import values

WHOLE = re.compile(r"-?\d+")
BITS = {"TINYINT": 8, "SMALLINT": 16, "INT": 32, "BIGINT": 64}
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,6})?")
ZONED = re.compile(MOMENT.pattern + r"(Z|[-+]\d\d:\d\d)?")


class Number(str):
    """The digits of a number, as they were written."""


def schema(text):
    """The type that a schema's text names: a type, or columns as a table has them."""
    return values.parse(text) or values.parse("STRUCT<" + text + ">")


def read(text, kind):
    """NULL of a text that is NULL, or the word null."""
    if text is None:
        return None
    try:
        return json.dumps(value(json.loads(text, parse_int=Number, parse_float=Number), kind), ensure_ascii=False)
    except (ValueError, TypeError):
        raise ValueError("gw:json:" + text[:100]) from None


def value(found, kind):
    """The same as DuckDB reads it; ValueError where it is not of that type."""
    if found is None:
        return None
    name, number = kind.name, isinstance(found, Number)
    if name in ("STRUCT", "MAP"):
        if not isinstance(found, dict):
            raise ValueError(name)
        if name == "STRUCT":
            return {field[0]: value(found.get(field[0]), field[1]) for field in kind.parts}
        if kind.parts[0].name != "STRING":
            raise ValueError("a key that is no text")
        return {key: value(item, kind.parts[1]) for key, item in found.items()}
    if name == "ARRAY":
        if not isinstance(found, list):
            raise ValueError(name)
        return [value(item, kind.parts[0]) for item in found]
    if name == "BOOLEAN" and isinstance(found, bool):
        return found
    if name in ("STRING", "CHAR", "VARCHAR") and isinstance(found, str):
        return str(found)
    if name in BITS and number and WHOLE.fullmatch(found) and -(1 << BITS[name] - 1) <= int(found) < 1 << BITS[name] - 1:
        return str(found)
    if name in ("FLOAT", "DOUBLE") and (number or found in ("NaN", "Infinity", "-Infinity")):
        return str(found)
    if name == "DECIMAL" and number:
        return str(found)
    if name == "BINARY" and isinstance(found, str) and not number:
        base64.b64decode(found, validate=True)
        return found
    if name == "DATE" and not number and re.fullmatch(r"\d{4}-\d\d-\d\d", found):
        return found
    if name in ("TIMESTAMP", "TIMESTAMP_NTZ") and not number and (ZONED if name == "TIMESTAMP" else MOMENT).fullmatch(found):
        return found
    raise ValueError(name)
