\echo
\echo '== The third run brings just the change'
\echo
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
SELECT public.expect('orders here now', count(*), :orders) FROM mart.orders;
SELECT public.expect('their sum', sum(amount), :total) FROM mart.orders;
SELECT public.expect('rows the last run read', rows_read, :changed)
FROM gw.run ORDER BY run_id DESC LIMIT 1;
SELECT public.expect('rows inserted and updated by it', rows_inserted + rows_updated, :changed)
FROM gw.task ORDER BY task_id DESC LIMIT 1;
\pset tuples_only off
\set ECHO queries
\echo '== What happened, as ordinary tables'
\echo
SELECT r.run_id, r.state, t.rows_read, t.rows_inserted, t.rows_updated, t.lo, t.hi
FROM gw.run r JOIN gw.task t USING (run_id) ORDER BY r.run_id;

SELECT op, old_value, new_value, rows FROM gw.watermark_history ORDER BY history_id;
