-- One table per platform; options of every platform come first, once.
WITH option AS (
  SELECT p.name AS platform, p.title, p.wrapper, o.*,
    count(*) OVER (PARTITION BY o.name, o.description) = (SELECT count(*) FROM gw.platforms()) AS common
  FROM gw.platforms() AS p, gw.options(p.name) AS o
), line AS (
  SELECT DISTINCT CASE WHEN common THEN '' ELSE platform END AS platform,
    CASE WHEN common THEN 'Every platform' ELSE format('%s (`%s`)', title, wrapper) END AS heading, name,
    format('| `%s` | %s | %s | %s | %s |', name, array_to_string(aliases, ', '), array_to_string(places, ', '),
      concat_ws('; ', coalesce(nullif(array_to_string(accepted, ', '), ''), kind), 'default `' || default_value || '`'),
      concat_ws(' ', description, CASE WHEN secret THEN '**Secret.**' END,
        CASE WHEN superuser_only THEN '**Superusers only.**' END)) AS row
  FROM option
)
SELECT format(E'### %s\n\n| option | aliases | where | value | |\n|---|---|---|---|---|\n%s\n', heading,
  string_agg(row, E'\n' ORDER BY name))
FROM line GROUP BY platform, heading ORDER BY platform;
