-- The settings exist once the library is loaded.
\o /dev/null
SELECT count(*) FROM gw.platforms();
\o
SELECT '| setting | default | who | meaning |' UNION ALL SELECT '|---|---|---|---|';
SELECT format('| `%s` | `%s` | %s | %s |', name, concat(reset_val, unit),
  CASE context WHEN 'user' THEN 'anyone' WHEN 'superuser' THEN 'superusers' ELSE 'configuration file' END,
  concat_ws(' ', rtrim(short_desc, '.') || '.', extra_desc))
FROM pg_settings WHERE name LIKE 'warehouse\_gw.%' ORDER BY name;
