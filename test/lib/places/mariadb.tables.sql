CREATE TABLE customers (id INT PRIMARY KEY, name VARCHAR(80) NOT NULL, vip TINYINT(1) NOT NULL DEFAULT 0);
CREATE TABLE orders (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, customer_id INT NOT NULL,
  status ENUM('open','paid') NOT NULL, amount DECIMAL(10,2) NOT NULL, placed_at TIMESTAMP(6) NOT NULL,
  note JSON, KEY (customer_id), FOREIGN KEY (customer_id) REFERENCES customers (id));
INSERT INTO customers VALUES (1, 'Ärzte GmbH', 1), (2, 'arzte gmbh', 0), (3, 'Baker', 0);
INSERT INTO orders (customer_id, status, amount, placed_at, note)
  SELECT 1 + n % 3, IF(n % 2, 'open', 'paid'), n * 1.25, '2024-01-01 00:00:00', '{"n": 1}'
  FROM (SELECT a.n + 10 * b.n + 1 AS n FROM (SELECT 0 n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3
        UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9) a,
       (SELECT 0 n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4) b) x;
