CREATE TABLE `s`.`events` (
    `ID` DECIMAL(38,0) NOT NULL,
    `TS` DATETIME(6) NOT NULL,
    `PLACE` JSON NULL,
    `TAGS` JSON NOT NULL,
    `ITEMS` JSON NULL,
    `ATTRS` JSON NULL,
    `KIND` ENUM('a', 'it''s', 'c,d') NULL,
    `RAW` JSON NULL,
    PRIMARY KEY (`ID`, `TS`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
PARTITION BY RANGE COLUMNS (`TS`)
(PARTITION p_rest VALUES LESS THAN (MAXVALUE));
-- as_json PLACE
-- as_json TAGS
-- as_json ITEMS
-- as_json ATTRS
-- as_json RAW
-- expiration_unsupported
-- require_filter_unsupported
-- partition_children
-- cluster_unsupported
-- sort_unsupported
-- distribution_unsupported
