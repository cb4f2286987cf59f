\echo
\echo '== From here on as the ordinary role "analyst": does the connection work?'
\echo
SELECT gw.test_connection('warehouse');

SELECT ok, server_version, "current_user" FROM gw.check_connection('warehouse');

\echo '== What is there?'
\echo
SELECT * FROM gw.list_tables('warehouse', 'sales');

\echo '== One table, as canonical JSON'
\echo
\pset tuples_only on
\pset format unaligned
SELECT jsonb_pretty(gw.get_target_schema('warehouse', 'events', 'sales'));

\pset tuples_only off
\pset format aligned
\echo
\echo '== The whole schema as foreign tables'
\echo
CREATE SCHEMA sales;

IMPORT FOREIGN SCHEMA sales FROM SERVER warehouse INTO sales;

SELECT count(*) AS foreign_tables FROM information_schema.foreign_tables
WHERE foreign_table_schema = 'sales';

\echo '== A query; the whole of it runs in the warehouse'
\echo
SELECT country, count(*) AS orders, sum(amount) AS amount
FROM sales.orders JOIN sales.customers USING (customer_id)
WHERE status = 'paid' AND amount >= 900
GROUP BY country ORDER BY country;

EXPLAIN (VERBOSE, COSTS OFF)
SELECT country, count(*) AS orders, sum(amount) AS amount
FROM sales.orders JOIN sales.customers USING (customer_id)
WHERE status = 'paid' AND amount >= 900
GROUP BY country ORDER BY country;

\set ECHO none
\pset tuples_only on
SELECT public.expect('paid orders of 900 and more', count(*), :paid) FROM sales.orders
WHERE status = 'paid' AND amount >= 900;
SELECT public.expect('orders seen through the foreign table', count(*), :orders) FROM sales.orders;
\pset tuples_only off
\set ECHO queries

\echo '== DDL and statements in the warehouse'
\echo
SELECT gw.execute_ddl('warehouse',
  'CREATE TABLE scratch.top_customers (customer_id int PRIMARY KEY, spent numeric(14,2))') ->> 'command' AS command;

SELECT gw.execute('warehouse', $$
  INSERT INTO scratch.top_customers
  SELECT customer_id, sum(amount) FROM sales.orders
  GROUP BY customer_id ORDER BY sum(amount) DESC, customer_id LIMIT 3 $$) AS rows;

SELECT * FROM gw.execute_query('warehouse',
  'SELECT * FROM scratch.top_customers ORDER BY spent DESC') AS t(customer_id int, spent numeric(14,2));

\echo '== The same door to the database itself: server "here" is gw_local'
\echo
SELECT gw.execute_query_json('here', 'SELECT 6 * 7 AS answer');
