-- A sender that ends while it sends: how often a mail was the one.

ALTER TABLE outbox ADD COLUMN lost_tries integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN outbox.lost_tries IS 'Tries in a row that ended without a result, because the sender did';
