-- One table for all platforms whose rules are the same.
WITH rule AS (
  SELECT p.name AS platform, r.*
  FROM gw.platforms() AS p, gw.pushdown_rules(p.name) WITH ORDINALITY AS r
), page AS (
  SELECT platform, string_agg(format('| %s | `%s` | %s | %s | %s | %s | %s |', kind, name,
      coalesce('`' || arguments || '`', 'all'), coalesce('`' || remote_sql || '`', 'as here'), verdict,
      nullif(collation_need, 'none'), since), E'\n' ORDER BY ordinality) AS rules
  FROM rule GROUP BY platform
)
SELECT format(E'### %s\n\n| kind | name | arguments | written as | verdict | collation | since |\n|---|---|---|---|---|---|---|\n%s\n',
  string_agg(platform, ', ' ORDER BY platform), replace(rules, '||', '\|\|'))
FROM page GROUP BY rules ORDER BY min(platform);
