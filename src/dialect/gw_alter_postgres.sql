-- Templates of gw_alter_postgres.c; words in braces are filled in by gw_alter.c.

-- name: alter_postgres_resume
SELECT pg_catalog.setval(pg_catalog.pg_get_serial_sequence({shadow_text}, {column_text}),
       COALESCE((SELECT pg_catalog.max({column}) FROM {shadow}) OPERATOR(pg_catalog.+) 1, 1), false)
