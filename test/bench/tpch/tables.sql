-- The eight tables of TPC-H, filled from a pseudo-random function of the key,
-- so that every run and every machine has the same rows.  psql -v scale=0.01
-- gives 15,000 orders and about 60,000 lines.  The words are our own choice of those the
-- specification lists; comments are short and hold the phrases queries look for.
\set ON_ERROR_STOP on
BEGIN;

-- An integer from low to high that depends on key and stream alone.
CREATE FUNCTION rnd(key bigint, stream int, low int, high int) RETURNS int
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT low + ('x' || substr(md5(key::text || ':' || stream::text), 1, 7))::bit(28)::int % (high - low + 1)
$$;

CREATE FUNCTION pick(key bigint, stream int, words text[]) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT words[rnd(key, stream, 1, cardinality(words))]
$$;

CREATE FUNCTION phone(nation int, key bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT (nation + 10) || '-' || rnd(key, 21, 100, 999) || '-' || rnd(key, 22, 100, 999)
		|| '-' || rnd(key, 23, 1000, 9999)
$$;

CREATE FUNCTION remark(key bigint, stream int) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT pick(key, stream, '{quickly,slyly,carefully,furiously,blithely}') || ' '
		|| pick(key, stream + 1, '{final,regular,bold,special,ironic,pending}') || ' '
		|| pick(key, stream + 2, '{deposits,requests,packages,accounts,theodolites}') || ' '
		|| pick(key, stream + 3, '{sleep,haggle,nag,cajole,wake}') || ' '
		|| pick(key, stream + 4, '{among,along,above}') || ' '
		|| pick(key, stream + 5, '{the instructions,the requests,the foxes,the dependencies}')
$$;

CREATE TABLE region (
	r_regionkey int PRIMARY KEY, r_name char(25) NOT NULL, r_comment varchar(152));
INSERT INTO region
SELECT n - 1, name, remark(n, 1)
FROM unnest('{AFRICA,AMERICA,ASIA,EUROPE,"MIDDLE EAST"}'::text[]) WITH ORDINALITY AS r (name, n);

CREATE TABLE nation (
	n_nationkey int PRIMARY KEY, n_name char(25) NOT NULL,
	n_regionkey int NOT NULL REFERENCES region, n_comment varchar(152));
INSERT INTO nation
SELECT n - 1, name, ('{0,1,1,1,4,0,3,3,2,2,4,4,2,4,0,0,0,1,2,3,4,2,3,3,1}'::int[])[n], remark(n, 11)
FROM unnest('{ALGERIA,ARGENTINA,BRAZIL,CANADA,EGYPT,ETHIOPIA,FRANCE,GERMANY,INDIA,INDONESIA,IRAN,IRAQ,JAPAN,
	JORDAN,KENYA,MOROCCO,MOZAMBIQUE,PERU,CHINA,ROMANIA,"SAUDI ARABIA",VIETNAM,RUSSIA,"UNITED KINGDOM",
	"UNITED STATES"}'::text[]) WITH ORDINALITY AS c (name, n);

CREATE TABLE supplier (
	s_suppkey int PRIMARY KEY, s_name char(25) NOT NULL, s_address varchar(40) NOT NULL,
	s_nationkey int NOT NULL REFERENCES nation, s_phone char(15) NOT NULL,
	s_acctbal decimal(15,2) NOT NULL, s_comment varchar(101) NOT NULL);
INSERT INTO supplier
SELECT k, 'Supplier#' || lpad(k::text, 9, '0'), substr(md5('s' || k), 1, rnd(k, 31, 10, 30)), nation,
	phone(nation, k), rnd(k, 32, -99999, 999999) / 100.0,
	CASE k % 20 WHEN 3 THEN 'foxes Customer slow Complaints' ELSE remark(k, 33) END
FROM generate_series(1, (10000 * :scale)::int) AS k, LATERAL (SELECT rnd(k, 30, 0, 24)) AS n (nation);

CREATE TABLE part (
	p_partkey int PRIMARY KEY, p_name varchar(55) NOT NULL, p_mfgr char(25) NOT NULL,
	p_brand char(10) NOT NULL, p_type varchar(25) NOT NULL, p_size int NOT NULL,
	p_container char(10) NOT NULL, p_retailprice decimal(15,2) NOT NULL, p_comment varchar(23) NOT NULL);
INSERT INTO part
SELECT k,
	pick(k, 41, '{almond,forest,green,ivory,lace,navy}') || ' '
		|| pick(k, 42, '{blue,chocolate,green,linen,misty,peru,rose,tan}') || ' '
		|| pick(k, 43, '{antique,forest,khaki,lemon,salmon,sky,thistle,white}'),
	'Manufacturer#' || mfgr, 'Brand#' || mfgr || rnd(k, 45, 1, 5),
	pick(k, 46, '{STANDARD,SMALL,MEDIUM,LARGE,ECONOMY,PROMO}') || ' '
		|| pick(k, 47, '{ANODIZED,BURNISHED,PLATED,POLISHED,BRUSHED}') || ' '
		|| pick(k, 48, '{TIN,NICKEL,BRASS,STEEL,COPPER}'),
	rnd(k, 49, 1, 50),
	pick(k, 50, '{SM,LG,MED,JUMBO,WRAP}') || ' ' || pick(k, 51, '{CASE,BOX,BAG,JAR,PKG,PACK,CAN,DRUM}'),
	(90000 + (k / 10) % 20001 + 100 * (k % 1000)) / 100.0, substr(remark(k, 52), 1, 23)
FROM generate_series(1, (200000 * :scale)::int) AS k, LATERAL (SELECT rnd(k, 44, 1, 5)) AS m (mfgr);

CREATE TABLE partsupp (
	ps_partkey int NOT NULL REFERENCES part, ps_suppkey int NOT NULL REFERENCES supplier,
	ps_availqty int NOT NULL, ps_supplycost decimal(15,2) NOT NULL, ps_comment varchar(199) NOT NULL,
	PRIMARY KEY (ps_partkey, ps_suppkey));
INSERT INTO partsupp
SELECT p_partkey, (p_partkey + i * (s / 4 + (p_partkey - 1) / s)) % s + 1,
	rnd(p_partkey * 4 + i, 61, 1, 9999), rnd(p_partkey * 4 + i, 62, 100, 100000) / 100.0,
	remark(p_partkey * 4 + i, 63)
FROM part, generate_series(0, 3) AS i, LATERAL (SELECT (10000 * :scale)::int) AS n (s);

CREATE TABLE customer (
	c_custkey int PRIMARY KEY, c_name varchar(25) NOT NULL, c_address varchar(40) NOT NULL,
	c_nationkey int NOT NULL REFERENCES nation, c_phone char(15) NOT NULL,
	c_acctbal decimal(15,2) NOT NULL, c_mktsegment char(10) NOT NULL, c_comment varchar(117) NOT NULL);
INSERT INTO customer
SELECT k, 'Customer#' || lpad(k::text, 9, '0'), substr(md5('c' || k), 1, rnd(k, 71, 10, 30)), nation,
	phone(nation, k), rnd(k, 72, -99999, 999999) / 100.0,
	pick(k, 73, '{AUTOMOBILE,BUILDING,FURNITURE,MACHINERY,HOUSEHOLD}'), remark(k, 74)
FROM generate_series(1, (150000 * :scale)::int) AS k, LATERAL (SELECT rnd(k, 70, 0, 24)) AS n (nation);

-- Status and total of an order follow from its lines, below.
CREATE TABLE orders (
	o_orderkey int PRIMARY KEY, o_custkey int NOT NULL REFERENCES customer,
	o_orderstatus char(1) NOT NULL, o_totalprice decimal(15,2) NOT NULL, o_orderdate date NOT NULL,
	o_orderpriority char(15) NOT NULL, o_clerk char(15) NOT NULL, o_shippriority int NOT NULL,
	o_comment varchar(79) NOT NULL);
CREATE TEMP TABLE new_order AS
SELECT k, cust - (cust % 3 = 0)::int AS custkey, date '1992-01-01' + rnd(k, 82, 0, 2405) AS orderdate,
	rnd(k, 83, 1, 7) AS lines
FROM generate_series(1, (1500000 * :scale)::int) AS k,
	LATERAL (SELECT rnd(k, 81, 1, (150000 * :scale)::int)) AS c (cust);

CREATE TABLE lineitem (
	l_orderkey int NOT NULL, l_partkey int NOT NULL, l_suppkey int NOT NULL, l_linenumber int NOT NULL,
	l_quantity decimal(15,2) NOT NULL, l_extendedprice decimal(15,2) NOT NULL,
	l_discount decimal(15,2) NOT NULL, l_tax decimal(15,2) NOT NULL, l_returnflag char(1) NOT NULL,
	l_linestatus char(1) NOT NULL, l_shipdate date NOT NULL, l_commitdate date NOT NULL,
	l_receiptdate date NOT NULL, l_shipinstruct char(25) NOT NULL, l_shipmode char(10) NOT NULL,
	l_comment varchar(44) NOT NULL, PRIMARY KEY (l_orderkey, l_linenumber));
INSERT INTO lineitem
SELECT o.k, partkey, (partkey + rnd(id, 92, 0, 3) * (s / 4 + (partkey - 1) / s)) % s + 1, line, quantity,
	quantity * (90000 + (partkey / 10) % 20001 + 100 * (partkey % 1000)) / 100.0,
	rnd(id, 94, 0, 10) / 100.0, rnd(id, 95, 0, 8) / 100.0,
	CASE WHEN ship + receive > date '1995-06-17' THEN 'N' ELSE pick(id, 98, '{R,A}') END,
	CASE WHEN ship > date '1995-06-17' THEN 'O' ELSE 'F' END,
	ship, o.orderdate + rnd(id, 99, 30, 90), ship + receive,
	pick(id, 100, '{DELIVER IN PERSON,COLLECT COD,NONE,TAKE BACK RETURN}'),
	pick(id, 101, '{REG AIR,AIR,RAIL,SHIP,TRUCK,MAIL,FOB}'), substr(remark(id, 102), 1, 44)
FROM new_order AS o, generate_series(1, o.lines) AS line,
	LATERAL (SELECT o.k * 8::bigint + line, (10000 * :scale)::int) AS i (id, s),
	LATERAL (SELECT rnd(id, 91, 1, (200000 * :scale)::int), rnd(id, 93, 1, 50),
		o.orderdate + rnd(id, 96, 1, 121), rnd(id, 97, 1, 30)) AS v (partkey, quantity, ship, receive);

INSERT INTO orders
SELECT o.k, o.custkey,
	CASE WHEN bool_and(l_linestatus = 'F') THEN 'F' WHEN bool_and(l_linestatus = 'O') THEN 'O' ELSE 'P' END,
	sum(l_extendedprice * (1 + l_tax) * (1 - l_discount)), o.orderdate,
	pick(o.k, 84, '{1-URGENT,2-HIGH,3-MEDIUM,4-NOT SPECIFIED,5-LOW}'),
	'Clerk#' || lpad(rnd(o.k, 85, 1, 1000)::text, 9, '0'), 0, remark(o.k, 86)
FROM new_order AS o JOIN lineitem ON l_orderkey = o.k
GROUP BY o.k, o.custkey, o.orderdate;

CREATE INDEX ON lineitem (l_partkey, l_suppkey);
CREATE INDEX ON lineitem (l_suppkey);
CREATE INDEX ON orders (o_custkey);
CREATE INDEX ON partsupp (ps_suppkey);
DROP TABLE new_order;
DROP FUNCTION remark, phone, pick, rnd;
COMMIT;
ANALYZE;
