-- Due: what the clock does when its time has come.

-- name: due_lead
-- Whether this session is, or now becomes, the one that does it. A lock that it has is not
-- asked for again: it would be counted.
SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted
               AND pid = pg_backend_pid())
       OR pg_try_advisory_lock(hashtextextended('postern clock', 3))

-- name: due_snoozes
-- $1 most. Rows of all tenants, locked until commit.
SELECT tenant_id, id FROM clock_due_snoozes($1::integer)

-- name: due_wake
-- $1 ticket
UPDATE tickets SET snoozed_until = NULL, updated_at = now()
WHERE tenant_id = current_tenant() AND id = $1::uuid

-- name: due_forget_capabilities
-- $1 most
SELECT clock_forget_capabilities($1::integer)
