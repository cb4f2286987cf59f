-- The dialects' rules, as gw.pushdown_rules() lists them.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS warehouse_gw;
RESET client_min_messages;

-- What text comparisons need of the collation.
SELECT kind, name, arguments, verdict, collation_need, since
FROM gw.pushdown_rules('postgres')
WHERE arguments = 'text,text' AND kind = 'operator'
ORDER BY collation_need COLLATE "C", name COLLATE "C";

-- Rules that depend on the remote's version.
SELECT since, string_agg(name, ' ' ORDER BY name COLLATE "C")
FROM gw.pushdown_rules('postgres')
WHERE since IS NOT NULL AND kind = 'function'
GROUP BY since ORDER BY since;

-- What never goes there.
SELECT kind, string_agg(DISTINCT name, ' ') AS never
FROM gw.pushdown_rules('postgres') WHERE verdict = 'local'
GROUP BY kind ORDER BY kind COLLATE "C";

-- Every name in the tables is one of PostgreSQL's, unless newer than this server.
SELECT r.kind, r.name
FROM gw.pushdown_rules('postgres') r
WHERE coalesce(r.since, 0) <= current_setting('server_version_num')::int
  AND right(r.name, 1) <> '*'
  AND NOT CASE r.kind
      WHEN 'operator' THEN EXISTS (SELECT FROM pg_operator o WHERE o.oprname = r.name)
      WHEN 'type' THEN EXISTS (SELECT FROM pg_type t WHERE t.typname = r.name)
      ELSE EXISTS (SELECT FROM pg_proc p WHERE p.proname = r.name) END
  AND r.verdict <> 'local';

-- Every immutable built-in function behind an operator on text is listed: one
-- that is not would stay here without anybody having decided so.
SELECT DISTINCT o.oprname
FROM pg_operator o JOIN pg_proc p ON p.oid = o.oprcode
WHERE o.oid < 10000 AND p.provolatile = 'i'
  AND (o.oprleft::regtype IN ('text', 'bpchar', 'name') OR o.oprright::regtype IN ('text', 'bpchar', 'name'))
  AND NOT EXISTS (SELECT FROM gw.pushdown_rules('postgres') r
                  WHERE r.kind = 'operator' AND r.name = o.oprname)
ORDER BY 1;

-- The platform of this database shares the rules; unknown platforms do not.
SELECT count(*) = (SELECT count(*) FROM gw.pushdown_rules('postgres')) AS same
FROM gw.pushdown_rules('local');
SELECT * FROM gw.pushdown_rules('no such');
\echo :SQLSTATE
