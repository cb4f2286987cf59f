CREATE TABLE "s"."orders" (
    "id" NUMBER(19,0) IDENTITY(100, 1) NOT NULL,
    "order" VARCHAR(20) NOT NULL COMMENT 'a "reserved" word',
    "Total" NUMBER(12,2) DEFAULT 0 NOT NULL,
    "paid" BOOLEAN DEFAULT FALSE NOT NULL,
    "placed_at" TIMESTAMP_LTZ(6) DEFAULT CURRENT_TIMESTAMP() NOT NULL,
    "day" DATE DEFAULT CURRENT_DATE(),
    "status" VARCHAR(10) DEFAULT 'it''s new',
    "odd" VARCHAR,
    "details" VARIANT,
    "token" VARCHAR(36) DEFAULT UUID_STRING() NOT NULL,
    CONSTRAINT "orders_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "orders_order_key" UNIQUE ("order"),
    CONSTRAINT "orders_status_fkey" FOREIGN KEY ("status") REFERENCES "s"."status" ("code")
)
COMMENT = 'Orders, it''s all \\ of them';
-- default_unsupported odd
-- default_unsupported details
-- as_text token
-- key_not_enforced
-- key_not_enforced
-- key_not_enforced
-- check_unsupported
