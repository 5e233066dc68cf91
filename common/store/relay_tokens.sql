-- Relay tokens: OAuth refresh tokens of relays.

-- name: relay_token_lock
-- $1 account: until commit, nobody else exchanges its token
SELECT pg_advisory_xact_lock(hashtextextended('relay token ' || $1::text, 11))

-- name: relay_token_read
SELECT sealed_refresh_token FROM relay_tokens WHERE account = $1::text

-- name: relay_token_store
-- $1 account, $2 sealed token
INSERT INTO relay_tokens (account, sealed_refresh_token) VALUES ($1::text, $2::bytea)
ON CONFLICT (account) DO UPDATE
SET sealed_refresh_token = excluded.sealed_refresh_token, issued_at = now()
