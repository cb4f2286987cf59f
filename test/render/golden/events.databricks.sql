CREATE TABLE `s`.`events` (
    `ID` DECIMAL(38,0) NOT NULL,
    `TS` TIMESTAMP_NTZ NOT NULL,
    `PLACE` STRUCT<`lat`: DOUBLE NOT NULL, `lon`: DOUBLE NOT NULL>,
    `TAGS` ARRAY<STRING> NOT NULL,
    `ITEMS` ARRAY<STRUCT<`sku`: VARCHAR(20) NOT NULL, `n`: INT>>,
    `ATTRS` MAP<STRING, STRING>,
    `KIND` STRING,
    `RAW` VARIANT,
    PRIMARY KEY (`ID`, `TS`)
)
USING DELTA
CLUSTER BY (`ID`)
TBLPROPERTIES ('delta.appendOnly' = 'true');
-- values_unenforced KIND
-- expiration_unsupported
-- require_filter_unsupported
-- partition_unsupported
-- sort_unsupported
-- distribution_unsupported
