-- Live pages: what happened lately.

-- name: live_events
-- $1 id to begin behind, $2 most; over all tenants
SELECT tenant_id, id, conversation_id, kind, people::text[]
FROM live_events($1::uuid, $2::integer)

-- name: live_replay
-- $1 id to begin behind, $2 most: what this viewer may see of it, and what they are told
SELECT id, conversation_id, kind FROM (
    (SELECT e.id, e.conversation_id, e.kind FROM events e
     WHERE e.tenant_id = current_tenant() AND e.id > $1::uuid
       AND e.conversation_id IS NOT NULL
     ORDER BY e.id LIMIT $2::integer)
    UNION ALL
    (SELECT n.id, n.conversation_id, 'notification' FROM notifications n
     WHERE n.tenant_id = current_tenant() AND n.person_id = current_person()
       AND n.id > $1::uuid
     ORDER BY n.id LIMIT $2::integer)) AS missed
ORDER BY id LIMIT $2::integer
