\echo
\echo '== Meanwhile in the warehouse: orders change, and new ones arrive'
\echo
UPDATE sales.orders SET status = 'returned', updated_at = now() WHERE order_id % 997 = 0;

INSERT INTO sales.orders (customer_id, amount, status, channel, placed_at)
SELECT 1, 10 + g, 'new', 'web', now() FROM generate_series(1, 25) AS g;
