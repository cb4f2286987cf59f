CREATE TABLE [s].[events] (
    [ID] DECIMAL(38,0) NOT NULL,
    [TS] DATETIME2(6) NOT NULL,
    [PLACE] NVARCHAR(MAX) NULL CHECK (ISJSON([PLACE]) = 1),
    [TAGS] NVARCHAR(MAX) NOT NULL CHECK (ISJSON([TAGS]) = 1),
    [ITEMS] NVARCHAR(MAX) NULL CHECK (ISJSON([ITEMS]) = 1),
    [ATTRS] NVARCHAR(MAX) NULL CHECK (ISJSON([ATTRS]) = 1),
    [KIND] NVARCHAR(255) NULL CHECK ([KIND] IN (N'a', N'it''s', N'c,d')),
    [RAW] NVARCHAR(MAX) NULL CHECK (ISJSON([RAW]) = 1),
    PRIMARY KEY ([ID], [TS])
);
-- as_json PLACE
-- as_json TAGS
-- as_json ITEMS
-- as_json ATTRS
-- enum_check KIND
-- as_text RAW
-- expiration_unsupported
-- require_filter_unsupported
-- partition_unsupported
-- sort_unsupported
-- distribution_unsupported
-- cluster_unsupported
