-- Sessions: who asks, and the browsers that are signed in.

-- name: portal_caller
-- $1 host, $2 digest of the cookie's token or NULL; over all tenants
SELECT * FROM portal_caller($1::text, $2::bytea)

-- name: session_add
-- $1 id, $2 person, $3 digest of the token, $4 device, $5 peer, $6 days it holds, $7 proof
INSERT INTO sessions (tenant_id, id, person_id, token_digest, device, peer, expires_at, proof)
VALUES (current_tenant(), $1::uuid, $2::uuid, $3::bytea, $4::text, $5::text,
        now() + make_interval(days => $6::integer), $7::text)

-- name: session_end
-- $1 id
DELETE FROM sessions WHERE tenant_id = current_tenant() AND id = $1::uuid

-- name: portal_domain_known
-- $1 host: a row when it is the tenant's own
SELECT 1 FROM portal_domains WHERE tenant_id = current_tenant() AND domain = $1::text
UNION ALL
SELECT 1 FROM tenants WHERE id = current_tenant() AND name = $1::text

-- name: portal_home
-- Host of the tenant's own portal, or NULL
SELECT portal_home()
