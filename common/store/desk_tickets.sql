-- What agents see: tickets, each as one document, and who and what there is at the desk.

-- name: desk_plan_each
-- A list's filters make another plan each; $1 is not looked at.
SELECT set_config('plan_cache_mode', 'force_custom_plan', true)

-- name: desk_tickets_down
-- $1 filter, $2 what it is sorted by, $3 key and $4 id of the last one seen, or NULL, $5 how
-- many. The key of a time is the time; a priority's is put as one.
WITH found AS MATERIALIZED (
    SELECT t.id, k.key FROM desk_tickets($1::jsonb) AS t,
    LATERAL (SELECT CASE $2::text
                 WHEN 'created_at' THEN t.created_at
                 WHEN 'sla_due_at' THEN coalesce(t.sla_due_at, 'infinity')
                 WHEN 'priority' THEN to_timestamp(array_position(
                     ARRAY['low', 'normal', 'high', 'urgent'], t.priority))
                 ELSE t.updated_at END AS key) AS k
    WHERE $3::text IS NULL OR (k.key, t.id) < ($3::timestamptz, $4::uuid)
    ORDER BY k.key DESC, t.id DESC LIMIT $5::integer + 1
), page AS (
    SELECT f.id, f.key FROM found f ORDER BY f.key DESC, f.id DESC LIMIT $5::integer
), last AS (
    SELECT p.key, p.id FROM page p
    WHERE (SELECT count(*) FROM found) > $5::integer
    ORDER BY p.key, p.id LIMIT 1)
SELECT (SELECT coalesce(json_agg(desk_ticket_row(p.id) ORDER BY p.key DESC, p.id DESC), '[]')
        FROM page p),
       last.key::text, last.id
FROM (SELECT) AS one LEFT JOIN last ON true

-- name: desk_tickets_up
-- The same from the other end.
WITH found AS MATERIALIZED (
    SELECT t.id, k.key FROM desk_tickets($1::jsonb) AS t,
    LATERAL (SELECT CASE $2::text
                 WHEN 'created_at' THEN t.created_at
                 WHEN 'sla_due_at' THEN coalesce(t.sla_due_at, 'infinity')
                 WHEN 'priority' THEN to_timestamp(array_position(
                     ARRAY['low', 'normal', 'high', 'urgent'], t.priority))
                 ELSE t.updated_at END AS key) AS k
    WHERE $3::text IS NULL OR (k.key, t.id) > ($3::timestamptz, $4::uuid)
    ORDER BY k.key, t.id LIMIT $5::integer + 1
), page AS (
    SELECT f.id, f.key FROM found f ORDER BY f.key, f.id LIMIT $5::integer
), last AS (
    SELECT p.key, p.id FROM page p
    WHERE (SELECT count(*) FROM found) > $5::integer
    ORDER BY p.key DESC, p.id DESC LIMIT 1)
SELECT (SELECT coalesce(json_agg(desk_ticket_row(p.id) ORDER BY p.key, p.id), '[]')
        FROM page p),
       last.key::text, last.id
FROM (SELECT) AS one LEFT JOIN last ON true

-- name: desk_ticket_read
-- $1 ticket; one that was merged is read where it went. Its newest 500 messages and 1,000
-- events.
WITH ticket AS (
    SELECT t.*, desk_ticket_row(t.id) AS summary
    FROM conversations c
    JOIN tickets t ON t.tenant_id = c.tenant_id AND t.id = coalesce(c.merged_into, c.id)
    WHERE c.tenant_id = current_tenant() AND c.id = $1::uuid
)
SELECT (t.summary || jsonb_build_object(
    'resolved_at', time_rfc3339(t.resolved_at), 'closed_at', time_rfc3339(t.closed_at),
    'snoozed_until', time_rfc3339(t.snoozed_until), 'custom_fields', t.custom_fields,
    'satisfaction', CASE WHEN t.satisfaction_rating IS NOT NULL THEN jsonb_build_object(
        'rating', t.satisfaction_rating, 'comment', t.satisfaction_comment) END,
    'sla', jsonb_build_object(
        'due_at', time_rfc3339(t.sla_due_at),
        'first_response_at', time_rfc3339(t.first_response_at),
        'is_overdue', coalesce(t.sla_due_at < now()
                               AND t.status NOT IN ('resolved', 'closed'), false)),
    'messages', (
        SELECT coalesce(jsonb_agg(m.document ORDER BY m.received_at, m.id), '[]') FROM (
            SELECT m.received_at, m.id, jsonb_build_object(
                'id', m.id, 'is_note', m.is_note, 'subject', m.subject, 'text', m.text,
                'full_text', m.full_text, 'auto', m.auto,
                'received_at', time_rfc3339(m.received_at),
                'author', jsonb_build_object(
                    'id', p.id, 'name', p.name, 'address', m.author_address,
                    'is_agent', m.author_role = 'agent'),
                'attachments', (
                    SELECT coalesce(jsonb_agg(jsonb_build_object(
                               'ordinal', a.ordinal, 'name', coalesce(a.name, ''),
                               'content_type', a.content_type, 'size', a.size,
                               'url', '/api/v1/desk/messages/' || m.id || '/parts/'
                                      || a.ordinal)
                               ORDER BY a.ordinal), '[]')
                    FROM parts a
                    WHERE a.tenant_id = m.tenant_id AND a.message_id = m.id
                      AND NOT a.is_body)) AS document
            FROM messages m
            JOIN people p ON p.tenant_id = m.tenant_id AND p.id = m.author_id
            WHERE m.tenant_id = t.tenant_id AND m.conversation_id = t.id
            ORDER BY m.received_at DESC, m.id DESC LIMIT 500) AS m),
    'participants', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'id', p.id, 'name', p.name, 'address', a.address, 'role', y.role,
                   'joined_at', time_rfc3339(y.joined_at))
                   ORDER BY y.joined_at, y.person_id), '[]')
        FROM participants y
        JOIN people p ON p.tenant_id = y.tenant_id AND p.id = y.person_id
        JOIN addresses a ON a.tenant_id = y.tenant_id AND a.id = y.address_id
        WHERE y.tenant_id = t.tenant_id AND y.conversation_id = t.id AND y.left_at IS NULL),
    'events', (
        SELECT coalesce(jsonb_agg(e.document ORDER BY e.id), '[]') FROM (
            SELECT e.id, jsonb_build_object(
                'id', e.id, 'kind', e.kind, 'door', e.door, 'message', e.message_id,
                'before', e.before, 'after', e.after, 'detail', e.detail,
                'at', time_rfc3339(e.created_at),
                'actor', CASE WHEN p.id IS NOT NULL THEN jsonb_build_object(
                    'id', p.id, 'name', p.name) END) AS document
            FROM events e
            LEFT JOIN people p ON p.tenant_id = e.tenant_id AND p.id = e.actor_id
            WHERE e.tenant_id = t.tenant_id AND e.conversation_id = t.id
            ORDER BY e.id DESC LIMIT 1000) AS e),
    'links', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'kind', l.kind, 'direction', l.direction, 'id', o.id,
                   'number', o.number, 'subject', c.subject, 'status', o.status)
                   ORDER BY o.number, l.kind, l.direction), '[]')
        FROM (SELECT x.kind, 'to' AS direction, x.to_id AS other FROM ticket_links x
              WHERE x.tenant_id = t.tenant_id AND x.from_id = t.id
              UNION ALL
              SELECT x.kind, 'from', x.from_id FROM ticket_links x
              WHERE x.tenant_id = t.tenant_id AND x.to_id = t.id) AS l
        JOIN tickets o ON o.tenant_id = t.tenant_id AND o.id = l.other
        JOIN conversations c ON c.tenant_id = o.tenant_id AND c.id = o.id)))::text
FROM ticket t

-- name: desk_queues_read
SELECT jsonb_build_object('items', coalesce(jsonb_agg(jsonb_build_object(
           'id', q.id, 'name', q.name, 'address', q.address,
           'team', jsonb_build_object('id', t.id, 'name', t.name),
           'default_owner', q.default_owner_id, 'default_category', q.default_category,
           'default_priority', q.default_priority,
           'first_response_seconds', extract(epoch FROM q.first_response)::bigint,
           'resolution_seconds', extract(epoch FROM q.resolution)::bigint)
           ORDER BY q.created_at, q.id), '[]'), 'next', NULL)::text
FROM queues q
JOIN teams t ON t.tenant_id = q.tenant_id AND t.id = q.team_id
WHERE q.tenant_id = current_tenant()

-- name: desk_agents_read
SELECT jsonb_build_object('items', coalesce(jsonb_agg(jsonb_build_object(
           'id', p.id, 'name', p.name, 'role', p.role, 'address', (
               SELECT a.address FROM addresses a
               WHERE a.tenant_id = p.tenant_id AND a.person_id = p.id
               ORDER BY a.created_at, a.id LIMIT 1),
           'teams', (
               SELECT coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'name', t.name)
                                         ORDER BY t.name), '[]')
               FROM memberships m
               JOIN teams t ON t.tenant_id = m.tenant_id AND t.id = m.team_id
               WHERE m.tenant_id = p.tenant_id AND m.person_id = p.id),
           'open_tickets', (
               SELECT count(*) FROM tickets k
               WHERE k.tenant_id = p.tenant_id AND k.owner_id = p.id
                 AND k.status NOT IN ('resolved', 'closed')))
           ORDER BY p.name, p.id), '[]'), 'next', NULL)::text
FROM people p
WHERE p.tenant_id = current_tenant() AND p.role IN ('agent', 'admin')

-- name: desk_teams_read
SELECT jsonb_build_object('items', coalesce(jsonb_agg(jsonb_build_object(
           'id', t.id, 'name', t.name, 'members', (
               SELECT coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'name', p.name)
                                         ORDER BY p.name, p.id), '[]')
               FROM memberships m
               JOIN people p ON p.tenant_id = m.tenant_id AND p.id = m.person_id
               WHERE m.tenant_id = t.tenant_id AND m.team_id = t.id))
           ORDER BY t.name), '[]'), 'next', NULL)::text
FROM teams t
WHERE t.tenant_id = current_tenant()
