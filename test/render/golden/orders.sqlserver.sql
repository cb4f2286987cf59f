CREATE TABLE [s].[orders] (
    [id] BIGINT IDENTITY(100, 1) NOT NULL,
    [order] NVARCHAR(20) NOT NULL,
    [Total] DECIMAL(12,2) DEFAULT 0 NOT NULL,
    [paid] BIT DEFAULT 0 NOT NULL,
    [placed_at] DATETIMEOFFSET(6) DEFAULT SYSDATETIMEOFFSET() NOT NULL,
    [day] DATE DEFAULT CAST(SYSDATETIME() AS DATE) NULL,
    [status] NVARCHAR(10) DEFAULT N'it''s new' NULL,
    [odd] NVARCHAR(MAX) NULL,
    [details] NVARCHAR(MAX) DEFAULT N'{}' NULL CHECK (ISJSON([details]) = 1),
    [token] UNIQUEIDENTIFIER DEFAULT NEWID() NOT NULL,
    CONSTRAINT [orders_pkey] PRIMARY KEY ([id]),
    CONSTRAINT [orders_order_key] UNIQUE ([order]),
    CONSTRAINT [orders_status_fkey] FOREIGN KEY ([status]) REFERENCES [s].[status] ([code]) ON DELETE CASCADE
);
DECLARE @schema sysname = N's', @table sysname = N'orders', @text nvarchar(3750) = N'Orders, it''s all \ of them';
IF EXISTS (SELECT 1 FROM sys.extended_properties WHERE class = 1 AND name = N'MS_Description' AND major_id = OBJECT_ID(N'[s].[orders]') AND minor_id = 0)
    EXEC sys.sp_updateextendedproperty N'MS_Description', @text, N'SCHEMA', @schema, N'TABLE', @table;
ELSE
    EXEC sys.sp_addextendedproperty N'MS_Description', @text, N'SCHEMA', @schema, N'TABLE', @table;
DECLARE @schema sysname = N's', @table sysname = N'orders', @column sysname = N'order', @text nvarchar(3750) = N'a "reserved" word';
IF EXISTS (SELECT 1 FROM sys.extended_properties WHERE class = 1 AND name = N'MS_Description' AND major_id = OBJECT_ID(N'[s].[orders]') AND minor_id = COLUMNPROPERTY(major_id, @column, 'ColumnId'))
    EXEC sys.sp_updateextendedproperty N'MS_Description', @text, N'SCHEMA', @schema, N'TABLE', @table, N'COLUMN', @column;
ELSE
    EXEC sys.sp_addextendedproperty N'MS_Description', @text, N'SCHEMA', @schema, N'TABLE', @table, N'COLUMN', @column;
-- identity_always id
-- length_utf16 order
-- offset_utc placed_at
-- length_utf16 status
-- default_unsupported odd
-- as_text details
-- check_unsupported
