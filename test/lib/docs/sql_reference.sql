-- Functions and procedures for users, then tables and views, by name.
SELECT format(E'### gw.%s(%s)%s\n\n%s\n\n%s\n',
  p.proname, pg_get_function_arguments(p.oid),
  CASE p.prokind WHEN 'p' THEN '' ELSE ' → ' || pg_get_function_result(p.oid) END,
  coalesce(obj_description(p.oid, 'pg_proc'), ''),
  CASE WHEN has_function_privilege('public', p.oid, 'EXECUTE') THEN 'Open to every role.'
       ELSE 'Needs a grant; see `gw.grant_usage`.' END)
FROM pg_proc p
WHERE p.pronamespace = 'gw'::regnamespace
  AND p.prorettype NOT IN ('trigger'::regtype, 'fdw_handler'::regtype, 'event_trigger'::regtype)
  AND p.proname !~ '_validator$'
ORDER BY p.proname, pg_get_function_arguments(p.oid);

\qecho '## Tables and views'
\qecho
SELECT format(E'### gw.%s (%s)\n\n%s\n\n| column | type | |\n|---|---|---|\n%s\n', c.relname,
  CASE c.relkind WHEN 'v' THEN 'view' ELSE 'table' END, coalesce(obj_description(c.oid, 'pg_class'), ''),
  (SELECT string_agg(format('| %s | %s | %s |', a.attname, format_type(a.atttypid, a.atttypmod),
            concat_ws('; ', CASE WHEN a.attnotnull THEN 'not null' END,
                      col_description(c.oid, a.attnum))), E'\n' ORDER BY a.attnum)
   FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped))
FROM pg_class c
WHERE c.relnamespace = 'gw'::regnamespace AND c.relkind IN ('r', 'v')
ORDER BY c.relname;
