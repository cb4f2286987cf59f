\echo
\echo '== Bring the orders here: merged by key, followed by updated_at'
\echo
CREATE SCHEMA mart;

SELECT gw.get_watermark('warehouse', 'sales.orders', 'mart.orders') ->> 'cursor_value' AS watermark_before;

CALL gw.sync_table('warehouse', 'sales.orders', 'mart.orders',
  mode => 'merge', keys => '{order_id}', cursor_field => 'updated_at') \gset
\set ECHO none
SELECT key, value FROM jsonb_each_text(:'result')
WHERE key IN ('state', 'rows_read', 'rows_inserted', 'rows_updated', 'lo', 'hi', 'elapsed_ms');
\set ECHO queries

SELECT gw.get_watermark('warehouse', 'sales.orders', 'mart.orders') ->> 'cursor_value' AS watermark_after;

\set ECHO none
\pset tuples_only on
SELECT public.expect('orders synced', count(*), :orders) FROM mart.orders;
SELECT public.expect('their sum', sum(amount), :total) FROM mart.orders;
\pset tuples_only off
\set ECHO queries
\echo '== Nothing has changed: the second run reads nothing'
\echo
CALL gw.sync_table('warehouse', 'sales.orders', 'mart.orders',
  mode => 'merge', keys => '{order_id}', cursor_field => 'updated_at') \gset
\set ECHO none
SELECT key, value FROM jsonb_each_text(:'result')
WHERE key IN ('state', 'rows_read', 'rows_inserted', 'rows_updated', 'lo', 'hi', 'elapsed_ms');
\set ECHO queries
