CREATE TABLE `s`.`orders` (
    `id` BIGINT AUTO_INCREMENT NOT NULL,
    `order` VARCHAR(20) NOT NULL COMMENT 'a "reserved" word',
    `Total` DECIMAL(12,2) DEFAULT 0 NOT NULL,
    `paid` TINYINT(1) DEFAULT FALSE NOT NULL,
    `placed_at` TIMESTAMP(6) DEFAULT CURRENT_TIMESTAMP(6) NOT NULL,
    `day` DATE DEFAULT (CURDATE()) NULL,
    `status` VARCHAR(10) DEFAULT 'it''s new' NULL,
    `odd` LONGTEXT DEFAULT (md5('x')) NULL,
    `details` JSON DEFAULT ('{}') NULL,
    `token` CHAR(36) DEFAULT (UUID()) NOT NULL,
    CONSTRAINT `orders_pkey` PRIMARY KEY (`id`),
    CONSTRAINT `orders_order_key` UNIQUE (`order`),
    CONSTRAINT `orders_status_fkey` FOREIGN KEY (`status`) REFERENCES `s`.`status` (`code`) ON DELETE CASCADE ON UPDATE RESTRICT
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 AUTO_INCREMENT=100 COMMENT='Orders, it''s all \\ of them';
-- bool_as_number paid
-- epoch_range placed_at
-- date_range day
-- as_text token
-- check_unsupported
