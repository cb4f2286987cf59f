CREATE TRANSIENT TABLE "s"."events" (
    "ID" NUMBER(38,0) NOT NULL,
    "TS" TIMESTAMP_NTZ(6) NOT NULL,
    "PLACE" OBJECT,
    "TAGS" ARRAY NOT NULL,
    "ITEMS" ARRAY,
    "ATTRS" OBJECT,
    "KIND" VARCHAR,
    "RAW" VARIANT,
    PRIMARY KEY ("ID", "TS")
)
CLUSTER BY ("ID")
DATA_RETENTION_TIME_IN_DAYS = 1;
-- untyped PLACE
-- untyped TAGS
-- untyped ITEMS
-- untyped ATTRS
-- values_unenforced KIND
-- expiration_unsupported
-- require_filter_unsupported
-- partition_unsupported
-- sort_unsupported
-- distribution_unsupported
