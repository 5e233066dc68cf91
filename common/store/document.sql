-- The document that a mail is rendered from: templates/mail/document.json is its example.

-- name: document_for_outbox
-- $1 outbox id, $2 most characters of the message it carries, $3 … of an earlier one.
-- $4 whether it may repeat what came encrypted; where not, such words are left out, and
-- customers don't hear of that message at all.
-- Notes and agents' own addresses are never in what a requester or Cc is sent.
WITH mail AS (
    SELECT o.tenant_id, o.conversation_id, o.message_id, o.event_id, o.template, o.address,
           o.role, o.detail, o.person_id, o.role IN ('requester', 'cc') AS outside,
           t.name AS tenant_name, t.title AS tenant_title,
           c.subject AS conversation_subject,
           q.name AS queue_name, q.address AS queue_address, m.received_at AS carried_at
    FROM outbox o
    JOIN tenants t ON t.id = o.tenant_id
    LEFT JOIN conversations c ON c.tenant_id = o.tenant_id AND c.id = o.conversation_id
    LEFT JOIN queues q ON q.tenant_id = c.tenant_id AND q.id = c.queue_id
    LEFT JOIN messages m ON m.tenant_id = o.tenant_id AND m.id = o.message_id
    WHERE o.tenant_id = current_tenant() AND o.id = $1::uuid
), said AS (
    SELECT m.id, m.received_at, m.id IS NOT DISTINCT FROM mail.message_id AS carried,
           c.withheld,
           jsonb_build_object(
               'author', jsonb_build_object(
                   'name', CASE WHEN p.name = '' AND mail.outside
                                     AND m.author_role = 'agent'
                                THEN mail.queue_name ELSE p.name END,
                   'address', CASE WHEN mail.outside AND m.author_role = 'agent'
                                   THEN mail.queue_address ELSE m.author_address END,
                   'is_agent', m.author_role = 'agent'),
               'text', CASE WHEN c.withheld THEN ''
                            WHEN m.id = mail.message_id THEN left(m.text, $2::integer)
                            ELSE left(m.text, $3::integer) END,
               'withheld', c.withheld, 'crypto', crypto_document(m.crypto),
               'received_at', time_rfc3339(m.received_at),
               'received_text', time_text(m.received_at),
               'is_note', m.is_note) AS said,
           CASE WHEN NOT mail.outside THEN jsonb_strip_nulls(jsonb_build_object(
               'claims', m.evidence ->> 'claims', 'holder', m.evidence ->> 'holder',
               'disowned', nullif(m.evidence ->> 'dmarc' = 'fail', false),
               'machine', nullif(m.evidence ->> 'auto', ''),
               'follow_up', m.evidence -> 'follow_up', 'beside', m.evidence -> 'beside',
               'by_number', nullif(m.evidence ->> 'proof' = 'number', false),
               'like', m.evidence -> 'like')) END AS evidence
    FROM mail
    JOIN messages m ON m.tenant_id = mail.tenant_id
        AND (m.id = mail.message_id OR m.conversation_id = mail.conversation_id)
    JOIN people p ON p.tenant_id = m.tenant_id AND p.id = m.author_id
    CROSS JOIN LATERAL (SELECT coalesce((m.crypto ->> 'decrypted')::boolean, false)
                               AND NOT $4::boolean AS withheld) AS c
    WHERE NOT ((m.is_note OR c.withheld) AND mail.outside)
      AND (mail.carried_at IS NULL
           OR (m.received_at, m.id) <= (mail.carried_at, mail.message_id))
    ORDER BY carried DESC, m.received_at DESC, m.id DESC
    LIMIT 6
), attached AS (
    SELECT jsonb_agg(jsonb_build_object(
               'ordinal', p.ordinal, 'content_type', p.content_type, 'size', p.size,
               'size_text', size_text(p.size), 'url', NULL,
               'name', coalesce(nullif(p.name, ''),
                                CASE p.content_type WHEN 'message/rfc822' THEN 'message-'
                                     || p.ordinal || '.eml'
                                     ELSE 'part-' || p.ordinal END))
               ORDER BY p.ordinal) AS list
    FROM mail
    JOIN said ON said.carried AND NOT said.withheld
    JOIN parts p ON p.tenant_id = mail.tenant_id AND p.message_id = said.id
        AND NOT p.is_body
)
SELECT jsonb_build_object(
    'event', mail.template,
    'tenant', jsonb_build_object(
        'name', mail.tenant_name, 'title', mail.tenant_title,
        'takes_ratings', portal_offers('rating')),
    'queue', jsonb_build_object('name', mail.queue_name, 'address', mail.queue_address),
    'ticket', (
        SELECT jsonb_build_object(
            'number', k.number, 'subject', subject_text(mail.conversation_subject),
            'status', k.status, 'status_is', jsonb_build_object(k.status, true),
            'status_open', k.status NOT IN ('resolved', 'closed'),
            'priority', k.priority, 'priority_is', jsonb_build_object(k.priority, true),
            'category', k.category,
            'owner', (
                SELECT jsonb_build_object('name', p.name, 'address',
                    CASE WHEN mail.outside THEN mail.queue_address ELSE a.address END)
                FROM people p
                LEFT JOIN LATERAL (
                    SELECT a.address FROM addresses a
                    WHERE a.tenant_id = p.tenant_id AND a.person_id = p.id
                    ORDER BY a.created_at, a.id LIMIT 1) AS a ON true
                WHERE p.tenant_id = k.tenant_id AND p.id = k.owner_id),
            'created_at', time_rfc3339(k.created_at),
            'created_text', time_text(k.created_at), 'age', age_text(k.created_at),
            'due_at', time_rfc3339(k.sla_due_at), 'due_text', time_text(k.sla_due_at),
            'tags', to_jsonb(k.tags), 'tags_text', array_to_string(k.tags, ', '))
        FROM tickets k
        WHERE k.tenant_id = mail.tenant_id AND k.id = mail.conversation_id),
    'recipient', jsonb_build_object(
        'name', (SELECT p.name FROM people p
                 WHERE p.tenant_id = mail.tenant_id AND p.id = mail.person_id),
        'address', mail.address, 'is_agent', NOT mail.outside,
        'role', mail.role, 'role_is', jsonb_build_object(mail.role, true)),
    'requester', (
        SELECT jsonb_build_object('name', p.name, 'address', a.address)
        FROM tickets k
        JOIN people p ON p.tenant_id = k.tenant_id AND p.id = k.requester_id
        LEFT JOIN LATERAL (
            SELECT a.address FROM addresses a
            WHERE a.tenant_id = p.tenant_id AND a.person_id = p.id
            ORDER BY a.id IN (SELECT y.address_id FROM participants y
                              WHERE y.tenant_id = k.tenant_id
                                AND y.conversation_id = k.id AND y.person_id = p.id) DESC,
                     a.created_at, a.id LIMIT 1) AS a ON true
        WHERE k.tenant_id = mail.tenant_id AND k.id = mail.conversation_id),
    'message', (SELECT said.said || jsonb_build_object(
                    'original_url', NULL, 'evidence', said.evidence,
                    'has_evidence', coalesce(said.evidence, '{}') <> '{}',
                    'attachments', coalesce(attached.list, '[]'),
                    'has_attachments', attached.list IS NOT NULL)
                FROM said, attached WHERE said.carried),
    'history', (SELECT coalesce(jsonb_agg(h.said ORDER BY h.received_at DESC, h.id DESC),
                                '[]')
                FROM (SELECT * FROM said WHERE NOT said.carried
                      ORDER BY received_at DESC, id DESC LIMIT 5) AS h),
    'has_history', EXISTS (SELECT FROM said WHERE NOT said.carried),
    'participants', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'name', p.name, 'address', a.address, 'role', y.role)
                   ORDER BY y.joined_at, y.person_id), '[]')
        FROM participants y
        JOIN people p ON p.tenant_id = y.tenant_id AND p.id = y.person_id
        JOIN addresses a ON a.tenant_id = y.tenant_id AND a.id = y.address_id
        WHERE y.tenant_id = mail.tenant_id AND y.conversation_id = mail.conversation_id
          AND y.left_at IS NULL
          AND (y.role = 'cc' OR (y.role = 'watcher' AND NOT mail.outside))),
    'actor', jsonb_build_object('name', coalesce((
        SELECT coalesce(nullif(p.name, ''),
                        CASE WHEN mail.outside THEN mail.queue_name ELSE (
                            SELECT a.address FROM addresses a
                            WHERE a.tenant_id = p.tenant_id AND a.person_id = p.id
                            ORDER BY a.created_at, a.id LIMIT 1) END)
        FROM events e
        JOIN people p ON p.tenant_id = e.tenant_id AND p.id = e.actor_id
        WHERE e.tenant_id = mail.tenant_id AND e.id = mail.event_id), mail.tenant_title)),
    'detail', mail.detail || jsonb_strip_nulls(jsonb_build_object(
        'subject', subject_text(mail.detail ->> 'subject'),
        'from_is', CASE WHEN mail.detail ->> 'from' IS NOT NULL
                        THEN jsonb_build_object(mail.detail ->> 'from', true) END,
        'to_is', CASE WHEN mail.detail ->> 'to' IS NOT NULL
                      THEN jsonb_build_object(mail.detail ->> 'to', true) END)),
    'links', jsonb_build_object('ticket', NULL, 'portal', NULL))
FROM mail
