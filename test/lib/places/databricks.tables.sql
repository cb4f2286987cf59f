CREATE TABLE sales.orders (id BIGINT NOT NULL, status STRING, amount DECIMAL(10, 2), ordered_at TIMESTAMP, tags ARRAY<STRING>,
  CONSTRAINT orders_pk PRIMARY KEY (id));
INSERT INTO sales.orders (id, status, amount, ordered_at, tags) VALUES
  (1, 'open', 12.50, TIMESTAMP '2024-02-29 10:00:00+00:00', array('new')),
  (2, 'paid', 99.99, TIMESTAMP '2024-03-01 10:00:00.000001+00:00', NULL);
