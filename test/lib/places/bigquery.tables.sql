CREATE TABLE sales.orders (id INT64 NOT NULL, status STRING, amount NUMERIC, ordered_at TIMESTAMP, PRIMARY KEY (id) NOT ENFORCED);
INSERT INTO sales.orders (id, status, amount, ordered_at) VALUES
  (1, 'open', NUMERIC '12.50', TIMESTAMP '2024-02-29 10:00:00+00'),
  (2, 'paid', NUMERIC '99.99', TIMESTAMP '2024-03-01 10:00:00.000001+00');
