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

-- name: due_forget_web
-- $1 most
SELECT clock_forget_web($1::integer)

-- name: due_forget_accounts
-- $1 most
SELECT clock_forget_accounts($1::integer)

-- name: due_forget_notifications
-- $1 most
SELECT clock_forget_notifications($1::integer)

-- name: due_close_accounts
-- $1 most
SELECT clock_close_accounts($1::integer)

-- name: due_digests
-- $1 most rows to look at: whose notices have waited long enough, over all tenants
SELECT tenant_id, person_id, address FROM clock_due_digests($1::integer)

-- name: due_tell_together
-- $1 person, $2 address, $3 id of the mail, $4 most tickets that it names: a single notice
-- goes as it is; of several, one mail is made, and they are done with
WITH due AS (
    SELECT o.id, o.created_at, o.template, o.conversation_id, o.event_id,
           count(*) OVER () AS n, row_number() OVER (ORDER BY o.created_at, o.id) AS place
    FROM (SELECT * FROM outbox h
          WHERE h.tenant_id = current_tenant() AND h.person_id = $1::uuid
            AND h.address = $2::text AND h.state = 'held'
            AND EXISTS (SELECT FROM outbox w
                        WHERE w.tenant_id = current_tenant() AND w.person_id = $1::uuid
                          AND w.address = $2::text AND w.state = 'held'
                          AND w.next_at <= now())
          FOR UPDATE) AS o
), told AS (
    UPDATE outbox o
    SET state = CASE WHEN due.n = 1 THEN 'queued' ELSE 'cancelled' END,
        finished_at = CASE WHEN due.n = 1 THEN NULL ELSE now() END,
        reply = CASE WHEN due.n = 1 THEN NULL ELSE 'told together with others' END
    FROM due WHERE o.tenant_id = current_tenant() AND o.id = due.id
), items AS (
    SELECT jsonb_agg(jsonb_build_object(
               'number', k.number, 'subject', subject_text(c.subject),
               'event_is', jsonb_build_object(due.template, true),
               'actor', p.name, 'at', time_text(due.created_at)) ORDER BY due.place) AS list,
           max(due.n) AS n
    FROM due
    JOIN conversations c ON c.tenant_id = current_tenant() AND c.id = due.conversation_id
    JOIN tickets k ON k.tenant_id = c.tenant_id AND k.id = c.id
    LEFT JOIN events e ON e.tenant_id = c.tenant_id AND e.id = due.event_id
    LEFT JOIN people p ON p.tenant_id = c.tenant_id AND p.id = e.actor_id
    WHERE due.place <= $4::integer)
INSERT INTO outbox (tenant_id, id, template, person_id, address, role, automatic, detail)
SELECT current_tenant(), $3::uuid, 'digest', $1::uuid, $2::text, 'account', false,
       jsonb_build_object('count', items.n, 'items', items.list)
FROM items WHERE items.n > 1
