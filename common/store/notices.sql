-- Notices: what people are told on the portal (table notifications).

-- name: notices_add
-- $1 ids, $2 people, $3 events, one of each a row; $4 conversation, $5 message or NULL,
-- $6 events.id. Those who don't want to be told of that on the portal get none.
INSERT INTO notifications (tenant_id, person_id, id, conversation_id, message_id, event_id,
                           event)
SELECT current_tenant(), w.person, w.id, $4::uuid, $5::uuid, $6::uuid, w.event
FROM unnest($1::text[]::uuid[], $2::text[]::uuid[], $3::text[]) AS w (id, person, event)
WHERE notification_is_wanted(w.person, w.event)

-- name: notices_list
-- $1 person, $2 only those not read, $3 the id behind which it goes on, or NULL, $4 most:
-- one row: the newest as a JSON array, and where more follow the id of the last, twice. The
-- two halves have an index each; the one that is not asked for is not looked at.
WITH found AS (
    SELECT n.*, row_number() OVER (ORDER BY n.id DESC) AS place
    FROM ((SELECT * FROM notifications n
           WHERE n.tenant_id = current_tenant() AND n.person_id = $1::uuid
             AND NOT $2::boolean
             AND n.id < coalesce($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
           ORDER BY n.id DESC LIMIT $4::bigint + 1)
          UNION ALL
          (SELECT * FROM notifications n
           WHERE n.tenant_id = current_tenant() AND n.person_id = $1::uuid
             AND $2::boolean AND n.read_at IS NULL
             AND n.id < coalesce($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
           ORDER BY n.id DESC LIMIT $4::bigint + 1)) AS n
), last AS (
    SELECT f.id FROM found f
    WHERE f.place = $4::bigint AND EXISTS (SELECT FROM found m WHERE m.place > $4::bigint)
)
SELECT coalesce(jsonb_agg(jsonb_build_object(
           'id', f.id, 'event', f.event,
           'ticket', CASE WHEN t.id IS NOT NULL THEN jsonb_build_object(
               'id', t.id, 'number', t.number, 'subject', c.subject) END,
           'message_id', m.id,
           'excerpt', left(regexp_replace(left(m.text, 400), '\s+', ' ', 'g'), 160),
           'actor', CASE WHEN p.id <> f.person_id THEN coalesce(
               nullif(p.name, ''),
               CASE p.role WHEN 'customer' THEN a.address ELSE q.name END) END,
           'url', CASE WHEN y.person_id IS NOT NULL THEN '/tickets/' || t.number END,
           'created_at', time_rfc3339(f.created_at), 'read_at', time_rfc3339(f.read_at))
           ORDER BY f.id DESC), '[]')::text,
       (SELECT id::text FROM last), (SELECT id FROM last)
FROM found f
LEFT JOIN conversations o ON o.tenant_id = f.tenant_id AND o.id = f.conversation_id
LEFT JOIN messages m ON m.tenant_id = f.tenant_id AND m.id = f.message_id
LEFT JOIN conversations c ON c.tenant_id = f.tenant_id
    AND c.id = coalesce(m.conversation_id, o.merged_into, o.id)
LEFT JOIN tickets t ON t.tenant_id = c.tenant_id AND t.id = c.id
LEFT JOIN queues q ON q.tenant_id = c.tenant_id AND q.id = c.queue_id
LEFT JOIN participants y ON y.tenant_id = c.tenant_id AND y.conversation_id = c.id
    AND y.person_id = f.person_id AND y.left_at IS NULL AND y.role IN ('requester', 'cc')
LEFT JOIN events e ON e.tenant_id = f.tenant_id AND e.id = f.event_id
LEFT JOIN people p ON p.tenant_id = e.tenant_id AND p.id = e.actor_id
LEFT JOIN LATERAL (
    SELECT a.address FROM addresses a
    WHERE a.tenant_id = p.tenant_id AND a.person_id = p.id
    ORDER BY a.created_at, a.id LIMIT 1) AS a ON true
WHERE f.place <= $4::bigint

-- name: notices_read
-- $1 person, $2 id: it is read; a row where it is theirs, whether it was read before or not
WITH now_read AS (
    UPDATE notifications SET read_at = now()
    WHERE tenant_id = current_tenant() AND person_id = $1::uuid AND id = $2::uuid
      AND read_at IS NULL)
SELECT id FROM notifications
WHERE tenant_id = current_tenant() AND person_id = $1::uuid AND id = $2::uuid

-- name: notices_read_all
-- $1 person, $2 the newest that they have seen, or NULL: all
UPDATE notifications SET read_at = now()
WHERE tenant_id = current_tenant() AND person_id = $1::uuid AND read_at IS NULL
  AND ($2::uuid IS NULL OR id <= $2::uuid)
