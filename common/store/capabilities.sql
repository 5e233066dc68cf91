-- Capabilities: what we gave to one person to come back with.

-- name: capability_add
-- $1 id, $2 kind, $3 conversation, $4 person, $5 message or NULL, $6 its part, $7 digest of
-- the token, $8 expiry
INSERT INTO capabilities (tenant_id, id, kind, conversation_id, person_id, object_id,
                          ordinal, token_digest, expires_at)
VALUES (current_tenant(), $1::uuid, $2::text, $3::uuid, $4::uuid, $5::uuid, $6::integer,
        $7::bytea, $8::timestamptz)

-- name: capability_find
-- $1 digest of the token; over all tenants
SELECT tenant_id, id FROM capability_find($1::bytea)

-- name: capability_read
-- $1 digest of the token; of this tenant
SELECT k.id, k.kind, coalesce(c.merged_into, c.id), k.conversation_id,
       k.person_id,
       k.object_id, coalesce(k.ordinal, 0), k.expires_at, k.revoked_at IS NOT NULL,
       k.expires_at <= now()
FROM capabilities k
JOIN conversations c ON c.tenant_id = k.tenant_id AND c.id = coalesce(k.moved_to, k.conversation_id)
WHERE k.tenant_id = current_tenant() AND k.token_digest = $1::bytea

-- name: capability_use
-- $1 id. What came back proves that its address is that person's.
WITH used AS (
    UPDATE capabilities SET used_at = now()
    WHERE tenant_id = current_tenant() AND id = $1::uuid AND used_at IS NULL
    RETURNING id)
UPDATE addresses a SET verified_at = now()
FROM used JOIN outbox o ON o.tenant_id = current_tenant() AND o.capability_id = used.id
WHERE a.tenant_id = current_tenant() AND a.address = o.address AND a.verified_at IS NULL

-- name: capability_link_person
-- $1 person, $2 conversation: who holds a link, and whether they still take part
SELECT p.name, p.locale, p.time_zone, p.theme, (
           SELECT a.address FROM participants y
           JOIN addresses a ON a.tenant_id = y.tenant_id AND a.id = y.address_id
           WHERE y.tenant_id = p.tenant_id AND y.person_id = p.id
             AND y.conversation_id = $2::uuid AND y.left_at IS NULL
           LIMIT 1)
FROM people p WHERE p.tenant_id = current_tenant() AND p.id = $1::uuid

-- name: capability_link_ticket
-- $1 conversation: what an agent is told who opened a customer's link
SELECT jsonb_build_object('number', t.number, 'subject', c.subject)
FROM tickets t JOIN conversations c ON c.tenant_id = t.tenant_id AND c.id = t.id
WHERE t.tenant_id = current_tenant() AND t.id = $1::uuid

-- name: capability_revoke_links
-- $1 conversation, $2 person: the links to this ticket that they were sent
UPDATE capabilities k SET revoked_at = now()
FROM conversations c
WHERE k.tenant_id = current_tenant() AND k.person_id = $2::uuid AND k.kind = 'view'
  AND k.revoked_at IS NULL AND c.tenant_id = k.tenant_id AND c.id = k.conversation_id
  AND coalesce(c.merged_into, c.id) = $1::uuid
