-- An answer that is given again also says where the new thing is.
ALTER TABLE idempotency_keys ADD COLUMN location text;
COMMENT ON COLUMN idempotency_keys.location IS 'The Location of the answer, where it had one';
COMMENT ON COLUMN idempotency_keys.answer IS 'Its body, sealed with the installation''s secret: some answers tell a secret that is told only once';
