CREATE TABLE "s"."events" (
    "ID" NUMERIC(38,0) NOT NULL,
    "TS" TIMESTAMP NOT NULL,
    "PLACE" SUPER,
    "TAGS" SUPER NOT NULL,
    "ITEMS" SUPER,
    "ATTRS" SUPER,
    "KIND" VARCHAR(65535),
    "RAW" SUPER,
    PRIMARY KEY ("ID", "TS")
)
DISTSTYLE KEY DISTKEY("ID")
COMPOUND SORTKEY ("TS");
-- as_json PLACE
-- as_json TAGS
-- as_json ITEMS
-- as_json ATTRS
-- values_unenforced KIND
-- as_super RAW
-- expiration_unsupported
-- require_filter_unsupported
-- cluster_unsupported
-- partition_unsupported
