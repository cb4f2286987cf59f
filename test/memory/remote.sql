-- What the remote side holds: a view that makes as many rows as a query asks
-- for without storing them, and small tables.
CREATE SCHEMA mem_remote;
GRANT USAGE, CREATE ON SCHEMA mem_remote TO mem_user;
CREATE TABLE mem_remote.thousand AS SELECT i FROM generate_series(0, 999) AS i;
CREATE TABLE mem_remote.millions AS SELECT i FROM generate_series(0, 99) AS i;
CREATE VIEW mem_remote.rows AS
  SELECT c.i AS million, c.i::bigint * 1000000 + a.i * 1000 + b.i AS id,
         'row ' || a.i || '/' || b.i || repeat(' x', b.i % 30) AS t,
         (a.i * 1000 + b.i) / 100.0 AS n, b.i % 2 = 0 AS f,
         timestamp '2026-01-01' + b.i * interval '1 second' AS ts
  FROM mem_remote.millions AS c, mem_remote.thousand AS a, mem_remote.thousand AS b;
CREATE TABLE mem_remote.small AS
  SELECT i AS id, i * 7 AS v, 'text ' || i AS t FROM generate_series(1, 100) AS i;
ALTER TABLE mem_remote.small ADD PRIMARY KEY (id);
GRANT SELECT ON ALL TABLES IN SCHEMA mem_remote TO mem_user;
ANALYZE mem_remote.small;
