-- Statements on gw.connection_default, run as the extension's owner with
-- search_path pinned to pg_catalog.  Every parameter is text.

-- A role's own default, else the latest of those that superusers have set.
-- name: config_default
SELECT d.server
  FROM gw.connection_default d
  JOIN pg_catalog.pg_foreign_server s ON s.srvname::text = d.server
  LEFT JOIN pg_catalog.pg_roles r ON r.rolname = d.role
 WHERE d.role::text = $1 OR r.rolsuper
 ORDER BY (d.role::text = $1) DESC, d.set_at DESC
 LIMIT 1

-- name: config_set_default
INSERT INTO gw.connection_default AS d (role, server)
VALUES ($1::name, $2)
ON CONFLICT (role) DO UPDATE
   SET server = excluded.server, set_at = excluded.set_at
 WHERE d.server <> excluded.server
