CREATE TABLE "s"."events" (
    "ID" numeric(38,0) NOT NULL,
    "TS" timestamp NOT NULL,
    "PLACE" jsonb,
    "TAGS" text[] NOT NULL,
    "ITEMS" jsonb,
    "ATTRS" jsonb,
    "KIND" text CHECK ("KIND" IN ('a', 'it''s', 'c,d')),
    "RAW" jsonb,
    PRIMARY KEY ("ID", "TS")
)
PARTITION BY RANGE ("TS");
CREATE INDEX ON "s"."events" ("ID");
-- as_json PLACE
-- as_json ITEMS
-- as_json ATTRS
-- enum_check KIND
-- as_json RAW
-- expiration_unsupported
-- require_filter_unsupported
-- partition_children
-- sort_unsupported
-- distribution_unsupported
-- cluster_index
