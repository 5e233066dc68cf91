-- People and their addresses.

-- name: person_of_address
-- $1 normalised address
SELECT p.id, a.id, p.name, p.role IN ('agent', 'admin'), coalesce(p.locale, t.locale),
       coalesce(a.suppressed_until > now(), false)
FROM addresses a
JOIN people p ON p.tenant_id = a.tenant_id AND p.id = a.person_id
JOIN tenants t ON t.id = a.tenant_id
WHERE a.tenant_id = current_tenant() AND a.address = $1::text

-- name: person_read
-- $1 person; the oldest address is the main one
SELECT p.id, a.id, p.name, p.role IN ('agent', 'admin'), coalesce(p.locale, t.locale),
       coalesce(a.suppressed_until > now(), false), a.address
FROM people p
JOIN addresses a ON a.tenant_id = p.tenant_id AND a.person_id = p.id
JOIN tenants t ON t.id = p.tenant_id
WHERE p.tenant_id = current_tenant() AND p.id = $1::uuid
ORDER BY a.created_at, a.id LIMIT 1

-- name: person_find_agents
-- $1 what somebody calls an agent: an address, its local part, a name or the first one
SELECT DISTINCT p.id, p.name FROM people p
JOIN addresses a ON a.tenant_id = p.tenant_id AND a.person_id = p.id
WHERE p.tenant_id = current_tenant() AND p.role IN ('agent', 'admin')
  AND lower($1::text) IN (a.address, split_part(a.address, '@', 1), lower(p.name),
                          lower(split_part(p.name, ' ', 1)))
LIMIT 2

-- name: person_lock_address
-- $1 address that nobody has yet: one worker at a time makes its person
SELECT pg_advisory_xact_lock(hashtextextended(current_tenant() || $1::text, 11))

-- name: person_add
-- $1 person, $2 name, $3 id of the address, $4 address
WITH person AS (
    INSERT INTO people (tenant_id, id, name)
    VALUES (current_tenant(), $1::uuid, $2::text))
INSERT INTO addresses (tenant_id, id, person_id, address)
VALUES (current_tenant(), $3::uuid, $1::uuid, $4::text)

-- name: person_name
-- $1 person, $2 name as a mail has it: only fills what was empty
UPDATE people SET name = $2::text
WHERE tenant_id = current_tenant() AND id = $1::uuid AND name = '' AND $2::text <> ''

-- name: address_bounced
-- $1 address, $2 status and text, $3 days of silence; 0: only counted
UPDATE addresses
SET bounced_at = now(), bounces = bounces + 1,
    suppressed_until = CASE WHEN $3::integer > 0
                            THEN now() + make_interval(days => $3::integer)
                            ELSE suppressed_until END,
    suppressed_reason = $2::text
WHERE tenant_id = current_tenant() AND address = $1::text

-- name: queue_addresses_list
-- every address that is the desk's own
SELECT a.address, a.queue_id, q.address FROM queue_addresses a
JOIN queues q ON q.tenant_id = a.tenant_id AND q.id = a.queue_id
WHERE a.tenant_id = current_tenant() ORDER BY q.created_at, a.address

-- name: queue_first
-- where a ticket goes whose author named no queue
SELECT q.id FROM queues q WHERE q.tenant_id = current_tenant() AND q.retired_at IS NULL
ORDER BY q.created_at, q.id LIMIT 1
