CREATE TABLE `s`.`orders` (
    `id` INT64 NOT NULL,
    `order` STRING(20) NOT NULL OPTIONS(description='a "reserved" word'),
    `Total` NUMERIC(12,2) DEFAULT 0 NOT NULL,
    `paid` BOOL DEFAULT FALSE NOT NULL,
    `placed_at` TIMESTAMP DEFAULT CURRENT_TIMESTAMP() NOT NULL,
    `day` DATE DEFAULT CURRENT_DATE(),
    `status` STRING(10) DEFAULT 'it\'s new',
    `odd` STRING,
    `details` JSON DEFAULT JSON '{}',
    `token` STRING(36) DEFAULT GENERATE_UUID() NOT NULL,
    PRIMARY KEY (`id`) NOT ENFORCED,
    FOREIGN KEY (`status`) REFERENCES `s`.`status` (`code`) NOT ENFORCED
)
OPTIONS(description='Orders, it\'s all \\ of them');
-- identity_unsupported id
-- default_unsupported odd
-- as_text token
-- key_not_enforced
-- unique_unsupported
-- key_not_enforced
-- check_unsupported
