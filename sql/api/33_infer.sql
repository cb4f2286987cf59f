-- Canonical schemas inferred from values, written by others, and put in words.
CREATE OR REPLACE FUNCTION gw.infer_schema_from_json(documents jsonb, options jsonb DEFAULT '{}')
RETURNS jsonb
LANGUAGE c STRICT IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'gw_infer_from_jsonb';
COMMENT ON FUNCTION gw.infer_schema_from_json(jsonb, jsonb) IS
'The canonical schema that holds every one of the documents: an array of objects counts as so many rows, an object as one; where a row is no object, there is one column, value. A type is chosen only when every value that is not null fits it, whatever the order of the rows. Numbers: INT64, NUMERIC(p,s) of the digits seen, FLOAT64 only where a number has an exponent and no digit is lost, else NUMERIC. Strings: DATE, TIMESTAMP, TIMESTAMPTZ, TIME (ISO 8601 only) or UUID when all are, never a number or BOOL. Objects: STRUCT of all keys, above 200 keys MAP; arrays: ARRAY; kinds that do not join, and what nests deeper than 15: JSON. Nothing but nulls: STRING with notice no_evidence. jsonb forgets how numbers and keys were written: the json and text forms do not. options: date_formats, headroom (one digit more), infer_lengths, infer_not_null, names keep (default) or standard, sample (rows to read), strings detect (default) or plain, table. Reads no remote. Errors: 22023 unknown option, no columns; 22P02 JSON with its line; 54011 more than 1600 columns.';

CREATE OR REPLACE FUNCTION gw.infer_schema_from_json(documents json, options jsonb DEFAULT '{}')
RETURNS jsonb
LANGUAGE c STRICT IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'gw_infer_from_json';
COMMENT ON FUNCTION gw.infer_schema_from_json(json, jsonb) IS
'As gw.infer_schema_from_json(jsonb), and sees numbers as they are written (1e2 has an exponent, 1.0 a decimal digit), keys in their order, and keys that stand twice (notice duplicate_key). Reads no remote. Errors: the same.';

CREATE OR REPLACE FUNCTION gw.infer_schema_from_json(documents text, options jsonb DEFAULT '{}')
RETURNS jsonb
LANGUAGE c STRICT IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'gw_infer_from_json';
COMMENT ON FUNCTION gw.infer_schema_from_json(text, jsonb) IS
'As gw.infer_schema_from_json(json), from a text of any number of documents one after the other, such as JSON lines. Reads no remote. Errors: the same.';

CREATE OR REPLACE FUNCTION gw.infer_schema_from_csv(csv text, options jsonb DEFAULT '{}')
RETURNS jsonb
LANGUAGE c STRICT IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'gw_infer_from_csv';
COMMENT ON FUNCTION gw.infer_schema_from_csv(text, jsonb) IS
'The canonical schema that holds every record of a CSV text (RFC 4180; also with ; tab or |, a byte order mark, any line ends). A type is chosen only when every value fits: BOOL (true, false), INT64, NUMERIC(p,s), FLOAT64, DATE, TIMESTAMP, TIMESTAMPTZ, TIME, UUID, JSON, else STRING, with a notice that names the first value in the way. 00123, +5, 5., 24:00 and 2024-02-30 stay text. An empty field is NULL, a quoted one the empty string. options: as for gw.infer_schema_from_json(), and booleans strict (default) or wide (yes, no, 1, 0 ...), delimiter, header auto (default), true or false, null_values (an array). Reads no remote. Errors: 22023 unknown option, no columns; 22P04 a record of another width or a quote out of place, with its line; 54011 more than 1600 columns.';

CREATE OR REPLACE FUNCTION gw.infer_schema_from_query(query text, options jsonb DEFAULT '{}')
RETURNS jsonb
LANGUAGE c STRICT VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'gw_infer_from_query';
COMMENT ON FUNCTION gw.infer_schema_from_query(text, jsonb) IS
'The canonical schema of a query''s result, by the types its columns have. The query is run, read-only and as the caller, only with option values (text columns are judged by their values as in CSV, json columns as in JSON) or infer_not_null; foreign tables may then be read. Other options: as for gw.infer_schema_from_csv(). Errors: 22023 unknown option, no query that returns rows; 42701 two columns of one name; 0A000 a query that writes; those of the query.';

CREATE OR REPLACE FUNCTION gw.data_dictionary(schema jsonb, format text DEFAULT 'markdown')
RETURNS text
LANGUAGE c STRICT IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'gw_data_dictionary';
COMMENT ON FUNCTION gw.data_dictionary(jsonb, text) IS
'A canonical schema in words, a line for each column and each field of a STRUCT: column (a path: c, c.f, c[].f, c{v}.f), type, nullable, key, default, description, native_type, pii, tags. format: markdown (a heading and a table), csv (RFC 4180, with a header), json (an array of objects without what is empty). Reads no remote. Errors: 22023 unknown format, a faulty schema.';

CREATE OR REPLACE FUNCTION gw.validate_rows(
    schema jsonb, rows jsonb, OUT "row" bigint, OUT path text, OUT code text, OUT message text,
    OUT value jsonb)
RETURNS SETOF record
LANGUAGE c STRICT IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'gw_validate_rows';
COMMENT ON FUNCTION gw.validate_rows(jsonb, jsonb) IS
'What is wrong with rows (an array of objects, or one object) by a canonical schema, one line per fault; none means that every row fits. row: from 1. path: c, a field c.f, an element c[0], a map''s value c{k}. code: not_object, missing (a required column without a default), extra (no such column), not_null, type, range, length, enum, date_format. A number or BOOL may come as a text that says the same; dates and times are ISO 8601 or in the column''s date_format. Reads no remote. Errors: 22023 a faulty schema.';
