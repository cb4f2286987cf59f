-- Boundary values first, then enough ordinary rows for joins and groups.
INSERT INTO basics VALUES
  (1, 0, 0, 0, 0, 0, 0, 0, false),
  (2, 1, 1, 1, 1, 1, 1, 1, true),
  (3, -1, -1, -1, -1, -1, -1, -1, true),
  (4, 32767, 2147483647, 9223372036854775807, 99999999999999999999999999999999999999, 99999999.9999, 3.4028235e38, 1.7976931348623157e308, true),
  (5, -32768, -2147483648, -9223372036854775808, -99999999999999999999999999999999999999, -99999999.9999, -3.4028235e38, -1.7976931348623157e308, false),
  (6, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (7, 7, 42, 42, 'NaN', 42.5, 'NaN', 'NaN', true),
  (8, 8, 42, 43, 'Infinity', 42.5000, 'Infinity', 'Infinity', false),
  (9, 9, -42, -43, '-Infinity', -42.5, '-Infinity', '-Infinity', NULL),
  (10, 10, 100, 100, 1e-30, 0.0001, 1e-38, 5e-324, true),
  (11, 11, 101, 101, 0.1, 0.1, 0.1, 0.1, false),
  (12, 12, 102, 102, 1.10, 1.1, 1.1, 1.1, true),
  (13, 13, 103, 103, 1.1, 1.1, '-0', '-0', NULL),
  (14, 7, 42, 42, 123456789012345678.123456789, 42.5, 16777217, 9007199254740993, true),
  (15, 0, 0, NULL, 2.5, 2.5, 2.5, 2.5, false);
INSERT INTO texts VALUES
  (1, '', '', '', ''),
  (2, 'a', 'a', 'a', 'A'),
  (3, 'A', 'A', 'A', 'a'),
  (4, 'a ', 'a ', 'a ', 'a'),
  (5, 'abc', 'abc', 'abc', 'abc'),
  (6, 'ABC', 'ABC', 'ABC', 'abc'),
  (7, 'äbc', 'äbc', 'äbc', 'abc'),
  (8, 'Äbc', 'Äbc', 'Äbc', 'äbc'),
  (9, NULL, NULL, NULL, NULL),
  (10, '100%', '100%', '100%', '100'),
  (11, 'a_b', 'a_b', 'a_b', 'axb'),
  (12, 'axb', 'axb', 'axb', 'a_b'),
  (13, 'back\slash', 'back\slash', 'b\s', '\'),
  (14, 'it''s', 'it''s', 'it''s', '"it"'),
  (15, '😀 smile', '😀 smile', '😀', '😀'),
  (16, 'straße', 'straße', 'straße', 'STRASSE'),
  (17, 'é', 'é', 'é', 'é'),
  (18, 'e', 'e', 'e', 'E'),
  (19, E'tab\there', E'tab\there', E'\t', E'line\nbreak'),
  (20, 'abc', 'abc', 'abc', 'ABC'),
  (21, 'Zebra', 'Zebra', 'Zebra', 'apple'),
  (22, 'apple', 'apple', 'apple', 'Zebra'),
  (23, '_under', '_under', '_under', '-dash'),
  (24, '$1', '$1', '$1', '{1}'),
  (25, 'İstanbul', 'İstanbul', 'İstanbul', 'istanbul');
INSERT INTO times VALUES
  (1, '2024-02-29', '00:00:00', '2024-02-29 00:00:00', '2024-02-29 00:00:00+00', '0'),
  (2, '1999-12-31', '23:59:59.999999', '1999-12-31 23:59:59.999999', '1999-12-31 23:59:59.999999+00', '1 day'),
  (3, '2000-01-01', '24:00:00', '2000-01-01 00:00:00', '2000-01-01 00:00:00+00', '24 hours'),
  (4, '0044-03-15 BC', '12:00:00', '0044-03-15 12:00:00 BC', '0044-03-15 12:00:00+00 BC', '-1 year'),
  (5, '5874897-12-31', '06:30:00.5', '294276-12-31 23:59:59.999999', '294276-12-31 23:59:59.999999+00', '178000000 years'),
  (6, 'infinity', '12:34:56.789', 'infinity', 'infinity', '1 mon'),
  (7, '-infinity', '12:34:56.789', '-infinity', '-infinity', '30 days'),
  (8, NULL, NULL, NULL, NULL, NULL),
  (9, '2024-03-31', '02:30:00', '2024-03-31 02:30:00', '2024-03-31 01:00:00+00', '1 mon 2 days 03:04:05.000006'),
  (10, '2024-10-27', '02:30:00', '2024-10-27 02:30:00', '2024-10-27 00:30:00+00', '-00:00:00.000001'),
  (11, '1970-01-01', '00:00:00.000001', '1970-01-01 00:00:00.000001', '1969-12-31 23:59:59.999999+00', '1 week'),
  (12, '2024-12-30', '08:15:00', '2024-12-30 08:15:00', '2024-12-30 08:15:00+00', '7 days');
INSERT INTO others VALUES
  (1, '00000000-0000-0000-0000-000000000000', '{}', '', '{}', '{}', '0.0.0.0'),
  (2, 'ffffffff-ffff-ffff-ffff-ffffffffffff', '{"a": 1, "b": [1, 2, null]}', '\x00ff10', '{1,2,3}', '{a,b}', '10.1.2.3/24'),
  (3, '6f1c0c9e-2b7a-4f0e-9d5a-0123456789ab', 'null', '\xdeadbeef', '{1,NULL,3}', '{"a,b","c\"d",NULL}', '::1'),
  (4, NULL, NULL, NULL, NULL, NULL, NULL),
  (5, '6f1c0c9e-2b7a-4f0e-9d5a-0123456789ac', '{"a": "x", "nested": {"k": 1.50}}', '\x27', '{{1,2},{3,4}}', '{"😀"}', '2001:db8::/32'),
  (6, '6f1c0c9e-2b7a-4f0e-9d5a-0123456789ab', '"text"', '\x5c', '[0:1]={5,6}', '{NULL}', '192.168.0.1');
INSERT INTO customers
SELECT g, 'customer ' || g,
  CASE g % 5 WHEN 0 THEN NULL WHEN 1 THEN 'north' WHEN 2 THEN 'south' WHEN 3 THEN 'East' ELSE 'east' END,
  g % 3 <> 0, date '2020-01-31' + g * 17
FROM generate_series(1, 40) AS g;
INSERT INTO orders
SELECT g, CASE WHEN g % 11 = 0 THEN NULL WHEN g % 13 = 0 THEN 1000 + g ELSE 1 + g * 7 % 40 END,
  CASE WHEN g % 17 = 0 THEN NULL ELSE (g * 37 % 1000)::numeric / 4 END,
  timestamptz '2024-01-01 00:00:00+00' + g * interval '5 hours 7 minutes 0.000001 seconds',
  (ARRAY['new', 'paid', 'shipped', 'void'])[1 + g % 4], CASE WHEN g % 9 = 0 THEN NULL ELSE g % 6 END
FROM generate_series(1, 300) AS g;
