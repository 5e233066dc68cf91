-- Exports: all that the desk has of a person, as an archive.

-- name: export_claim
-- $1 most tries. Rows of all tenants.
SELECT tenant_id, id, person_id FROM clock_claim_export($1::integer)

-- name: export_forget
-- $1 most
SELECT clock_forget_exports($1::integer)

-- name: export_profile
-- $1 person
SELECT jsonb_pretty(jsonb_build_object(
    'name', p.name, 'role', p.role, 'locale', p.locale, 'time_zone', p.time_zone,
    'theme', p.theme, 'created_at', time_rfc3339(p.created_at),
    'addresses', (SELECT coalesce(jsonb_agg(jsonb_build_object(
                             'address', a.address, 'verified_at', time_rfc3339(a.verified_at),
                             'added_at', time_rfc3339(a.created_at))
                             ORDER BY a.created_at, a.id), '[]')
                  FROM addresses a
                  WHERE a.tenant_id = p.tenant_id AND a.person_id = p.id)))
FROM people p WHERE p.tenant_id = current_tenant() AND p.id = $1::uuid

-- name: export_conversations
-- $1 person: those that they take part in, and what each is called in the archive
SELECT c.id, coalesce('ticket-' || k.number, 'conversation-' || c.id)
FROM participants y
JOIN conversations c ON c.tenant_id = y.tenant_id AND c.id = y.conversation_id
LEFT JOIN tickets k ON k.tenant_id = c.tenant_id AND k.id = c.id
WHERE y.tenant_id = current_tenant() AND y.person_id = $1::uuid AND y.left_at IS NULL
  AND y.role IN ('requester', 'cc')
ORDER BY c.id

-- name: export_conversation
-- $1 conversation: as a customer may read it. No notes, no agent's own address.
SELECT jsonb_pretty(jsonb_build_object(
    'subject', c.subject, 'channel', c.channel, 'created_at', time_rfc3339(c.created_at),
    'ticket', (SELECT jsonb_build_object(
                   'number', k.number, 'status', k.status, 'priority', k.priority,
                   'category', k.category, 'tags', k.tags)
               FROM tickets k WHERE k.tenant_id = c.tenant_id AND k.id = c.id),
    'messages', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'author', CASE WHEN m.author_role = 'agent'
                                  THEN coalesce(nullif(p.name, ''), q.name)
                                  ELSE coalesce(nullif(p.name, ''), m.author_address) END,
                   'address', CASE WHEN m.author_role = 'agent' THEN q.address
                                   ELSE m.author_address END,
                   'is_agent', m.author_role = 'agent',
                   'received_at', time_rfc3339(m.received_at),
                   'subject', m.subject, 'text', m.text,
                   'attachments', (
                       SELECT coalesce(jsonb_agg(jsonb_build_object(
                                  'name', r.name, 'content_type', r.content_type,
                                  'size', r.size) ORDER BY r.ordinal), '[]')
                       FROM parts r
                       WHERE r.tenant_id = m.tenant_id AND r.message_id = m.id
                         AND NOT r.is_body))
                   ORDER BY m.received_at, m.id), '[]')
        FROM messages m
        JOIN people p ON p.tenant_id = m.tenant_id AND p.id = m.author_id
        WHERE m.tenant_id = c.tenant_id AND m.conversation_id = c.id AND NOT m.is_note)))
FROM conversations c
LEFT JOIN queues q ON q.tenant_id = c.tenant_id AND q.id = c.queue_id
WHERE c.tenant_id = current_tenant() AND c.id = $1::uuid

-- name: export_files
-- $1 conversation: message, ordinal, name, size
SELECT m.id, r.ordinal, coalesce(nullif(r.name, ''), 'part-' || r.ordinal), r.size
FROM messages m
JOIN parts r ON r.tenant_id = m.tenant_id AND r.message_id = m.id AND NOT r.is_body
WHERE m.tenant_id = current_tenant() AND m.conversation_id = $1::uuid AND NOT m.is_note
ORDER BY m.received_at, m.id, r.ordinal

-- name: export_add_piece
-- $1 export, $2 ordinal, $3 bytes
INSERT INTO export_pieces (tenant_id, export_id, ordinal, content)
VALUES (current_tenant(), $1::uuid, $2::integer, $3::bytea)

-- name: export_progress
-- $1 export, $2 done, $3 total
UPDATE exports SET done = $2::integer, total = $3::integer
WHERE tenant_id = current_tenant() AND id = $1::uuid

-- name: export_finish
-- $1 export, $2 bytes, $3 what was left out: person, address, language for the mail
UPDATE exports e SET state = 'ready', size = $2::bigint, left_out = $3::integer,
    finished_at = now(), expires_at = now() + interval '7 days'
FROM people p
WHERE e.tenant_id = current_tenant() AND e.id = $1::uuid
  AND p.tenant_id = e.tenant_id AND p.id = e.person_id
RETURNING p.id, coalesce((SELECT a.address FROM addresses a
                          WHERE a.tenant_id = p.tenant_id AND a.person_id = p.id
                          ORDER BY a.created_at, a.id LIMIT 1), ''), e.locale

-- name: export_add
-- $1 id, $2 person, $3 locale. What they had before goes; ERR_CONFLICT where one is being made.
WITH gone AS (
    DELETE FROM exports
    WHERE tenant_id = current_tenant() AND person_id = $2::uuid
      AND state IN ('ready', 'failed'))
INSERT INTO exports (tenant_id, id, person_id, locale)
VALUES (current_tenant(), $1::uuid, $2::uuid, $3::text)

-- name: export_list
-- $1 person
SELECT jsonb_build_object('items', coalesce(jsonb_agg(export ORDER BY created_at DESC), '[]'),
           'next', NULL)
FROM (SELECT e.created_at, jsonb_build_object(
          'id', e.id, 'state', e.state, 'done', e.done, 'total', e.total,
          'size', e.size, 'size_text', size_text(e.size), 'left_out', e.left_out,
          'created_at', time_rfc3339(e.created_at),
          'finished_at', time_rfc3339(e.finished_at),
          'expires_at', time_rfc3339(e.expires_at),
          'url', CASE WHEN e.state = 'ready'
                      THEN '/account/export/' || e.id || '/file' END,
          'state_is', jsonb_build_object('waiting', e.state = 'waiting',
              'building', e.state = 'building', 'ready', e.state = 'ready',
              'failed', e.state = 'failed')) AS export
      FROM exports e
      WHERE e.tenant_id = current_tenant() AND e.person_id = $1::uuid
        AND e.expires_at > now()) AS mine

-- name: export_read
-- $1 person, $2 id
SELECT jsonb_build_object(
    'id', e.id, 'state', e.state, 'done', e.done, 'total', e.total, 'size', e.size,
    'left_out', e.left_out, 'created_at', time_rfc3339(e.created_at),
    'finished_at', time_rfc3339(e.finished_at), 'expires_at', time_rfc3339(e.expires_at),
    'url', CASE WHEN e.state = 'ready' THEN '/account/export/' || e.id || '/file' END)
FROM exports e
WHERE e.tenant_id = current_tenant() AND e.person_id = $1::uuid AND e.id = $2::uuid
  AND e.expires_at > now()

-- name: export_read_piece
-- $1 person, $2 id, $3 ordinal
SELECT p.content
FROM exports e
JOIN export_pieces p ON p.tenant_id = e.tenant_id AND p.export_id = e.id
WHERE e.tenant_id = current_tenant() AND e.person_id = $1::uuid AND e.id = $2::uuid
  AND e.state = 'ready' AND e.expires_at > now() AND p.ordinal = $3::integer
