CREATE TABLE `s`.`events` (
    `ID` BIGNUMERIC(38,0) NOT NULL,
    `TS` DATETIME NOT NULL,
    `PLACE` STRUCT<`lat` FLOAT64 NOT NULL, `lon` FLOAT64 NOT NULL>,
    `TAGS` ARRAY<STRING>,
    `ITEMS` ARRAY<STRUCT<`sku` STRING(20) NOT NULL, `n` INT64>>,
    `ATTRS` ARRAY<STRUCT<key STRING, value STRING>>,
    `KIND` STRING,
    `RAW` JSON,
    PRIMARY KEY (`ID`, `TS`) NOT ENFORCED
)
PARTITION BY DATETIME_TRUNC(`TS`, HOUR)
CLUSTER BY `ID`
OPTIONS(partition_expiration_days=30.5, require_partition_filter=TRUE);
-- no_null_arrays TAGS
-- no_null_arrays ITEMS
-- map_as_pairs ATTRS
-- values_unenforced KIND
-- as_json RAW
-- sort_unsupported
-- distribution_unsupported
