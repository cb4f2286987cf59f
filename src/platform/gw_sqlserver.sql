-- SQL Server's catalogs and session settings.  What a statement needs of its
-- parameters stands in a first derived table, since each is one place only.

-- name: sqlserver_pin
SET ANSI_NULLS, ANSI_PADDING, ANSI_WARNINGS, ARITHABORT, CONCAT_NULL_YIELDS_NULL,
    QUOTED_IDENTIFIER ON;
SET NUMERIC_ROUNDABORT OFF;
SET XACT_ABORT ON;
SET IMPLICIT_TRANSACTIONS OFF;
SET LANGUAGE us_english;
SET DATEFORMAT ymd;
SET DATEFIRST 7;
SET TEXTSIZE 2147483647;
SELECT 'ANSI_WARNINGS', '8', CAST(@@OPTIONS & 8 AS varchar(20))
UNION ALL SELECT 'ANSI_PADDING', '16', CAST(@@OPTIONS & 16 AS varchar(20))
UNION ALL SELECT 'ANSI_NULLS', '32', CAST(@@OPTIONS & 32 AS varchar(20))
UNION ALL SELECT 'ARITHABORT', '64', CAST(@@OPTIONS & 64 AS varchar(20))
UNION ALL SELECT 'QUOTED_IDENTIFIER', '256', CAST(@@OPTIONS & 256 AS varchar(20))
UNION ALL SELECT 'CONCAT_NULL_YIELDS_NULL', '4096', CAST(@@OPTIONS & 4096 AS varchar(20))
UNION ALL SELECT 'XACT_ABORT', '16384', CAST(@@OPTIONS & 16384 AS varchar(20))
UNION ALL SELECT 'DATEFIRST', '7', CAST(@@DATEFIRST AS varchar(20))
UNION ALL SELECT 'LANGUAGE', 'us_english', CAST(@@LANGUAGE AS varchar(128))
UNION ALL SELECT 'TEXTSIZE', '2147483647', CAST(@@TEXTSIZE AS varchar(20))

-- name: sqlserver_databases
SELECT name, CAST(NULL AS nvarchar(10)) FROM sys.databases ORDER BY name

-- name: sqlserver_schemas
SELECT s.name, CAST(NULL AS nvarchar(10))
FROM sys.schemas AS s
WHERE s.schema_id < 16384 AND s.name NOT IN (N'sys', N'INFORMATION_SCHEMA', N'guest')
ORDER BY s.name

-- name: sqlserver_tables
SELECT s.name, o.name, CASE o.type WHEN 'V' THEN 'view' ELSE 'table' END,
       CAST(p.[rows] AS varchar(20)), CAST(NULL AS varchar(20)),
       CAST(ep.[value] AS nvarchar(4000))
FROM (SELECT CAST(? AS nvarchar(128)) AS sch, CAST(? AS nvarchar(400)) AS pattern) AS a
CROSS JOIN sys.objects AS o
JOIN sys.schemas AS s ON s.schema_id = o.schema_id
LEFT JOIN (SELECT x.object_id, SUM(x.[rows]) AS [rows] FROM sys.partitions AS x
           WHERE x.index_id IN (0, 1) GROUP BY x.object_id) AS p ON p.object_id = o.object_id
LEFT JOIN sys.extended_properties AS ep
  ON ep.class = 1 AND ep.major_id = o.object_id AND ep.minor_id = 0
 AND ep.name = N'MS_Description'
WHERE o.type IN ('U', 'V')
  AND (a.sch IS NULL OR s.name = a.sch)
  AND (a.pattern IS NULL OR o.name LIKE a.pattern ESCAPE N'\')
ORDER BY s.name, o.name

-- name: sqlserver_identity
SELECT CAST(SERVERPROPERTY('ProductVersion') AS nvarchar(128)), SUSER_SNAME(), DB_NAME(),
       SCHEMA_NAME()

-- name: sqlserver_clock
SELECT CONVERT(varchar(26), SYSUTCDATETIME(), 121) + '+00', CONVERT(varchar(26), SYSDATETIME(), 121)
FROM (SELECT CAST(? AS nvarchar(128)) AS zone) AS a

-- name: sqlserver_version
-- Every ALTER of a table or its columns moves its date.
SELECT CONVERT(varchar(30), o.modify_date, 121) + '/' + CAST(o.object_id AS varchar(20))
FROM (SELECT CAST(? AS nvarchar(128)) AS sch, CAST(? AS nvarchar(128)) AS tbl) AS a
CROSS JOIN sys.objects AS o
JOIN sys.schemas AS s ON s.schema_id = o.schema_id
WHERE s.name = a.sch AND o.name = a.tbl AND o.type IN ('U', 'V')

-- name: sqlserver_permission
SELECT CASE WHEN HAS_PERMS_BY_NAME(QUOTENAME(a.sch) + N'.' + QUOTENAME(a.tbl), 'OBJECT',
                  CASE a.action WHEN 'truncate' THEN 'ALTER' WHEN 'drop' THEN 'ALTER'
                       ELSE a.action END) = 1 THEN 't' ELSE 'f' END
FROM (SELECT CAST(? AS nvarchar(128)) AS sch, CAST(? AS nvarchar(128)) AS tbl,
             CAST(? AS nvarchar(128)) AS action) AS a
WHERE a.action <> N'create'
  AND OBJECT_ID(QUOTENAME(a.sch) + N'.' + QUOTENAME(a.tbl)) IS NOT NULL

-- name: sqlserver_describe
-- One row a column, with what belongs to its table beside it.
SELECT s.name AS [schema], o.name AS [table], o.type AS [kind], c.column_id AS [position],
       c.name AS [column], t.name AS [type], bt.name AS [base], c.max_length AS [bytes],
       c.[precision] AS [precision], c.scale AS [scale], c.is_nullable AS [nullable],
       CAST(idc.seed_value AS varchar(40)) AS [seed],
       CAST(idc.increment_value AS varchar(40)) AS [step], cc.[definition] AS [computed],
       cc.is_persisted AS [persisted], c.collation_name AS [collation],
       dc.[definition] AS [default], CAST(ep.[value] AS nvarchar(4000)) AS [comment],
       CAST(tp.[value] AS nvarchar(4000)) AS [table_comment], pk.name AS [key_name],
       pk.key_ordinal AS [key_position], p.[rows] AS [rows], DB_NAME() AS [database],
       CAST(SERVERPROPERTY('ProductVersion') AS nvarchar(128)) AS [version]
FROM (SELECT CAST(? AS nvarchar(128)) AS sch, CAST(? AS nvarchar(128)) AS tbl) AS a
CROSS JOIN sys.objects AS o
JOIN sys.schemas AS s ON s.schema_id = o.schema_id
JOIN sys.columns AS c ON c.object_id = o.object_id
JOIN sys.types AS t ON t.user_type_id = c.user_type_id
LEFT JOIN sys.types AS bt ON bt.user_type_id = c.system_type_id
LEFT JOIN sys.identity_columns AS idc
  ON idc.object_id = o.object_id AND idc.column_id = c.column_id
LEFT JOIN sys.computed_columns AS cc
  ON cc.object_id = o.object_id AND cc.column_id = c.column_id
LEFT JOIN sys.default_constraints AS dc ON dc.object_id = c.default_object_id
LEFT JOIN sys.extended_properties AS ep
  ON ep.class = 1 AND ep.major_id = o.object_id AND ep.minor_id = c.column_id
 AND ep.name = N'MS_Description'
LEFT JOIN sys.extended_properties AS tp
  ON tp.class = 1 AND tp.major_id = o.object_id AND tp.minor_id = 0
 AND tp.name = N'MS_Description'
LEFT JOIN (SELECT i.object_id, i.name, ic.column_id, ic.key_ordinal
           FROM sys.indexes AS i
           JOIN sys.index_columns AS ic
             ON ic.object_id = i.object_id AND ic.index_id = i.index_id
           WHERE i.is_primary_key = 1) AS pk
  ON pk.object_id = o.object_id AND pk.column_id = c.column_id
LEFT JOIN (SELECT x.object_id, SUM(x.[rows]) AS [rows] FROM sys.partitions AS x
           WHERE x.index_id IN (0, 1) GROUP BY x.object_id) AS p ON p.object_id = o.object_id
WHERE o.type IN ('U', 'V') AND s.name = a.sch AND (a.tbl IS NULL OR o.name = a.tbl)
ORDER BY s.name, o.name, c.column_id
