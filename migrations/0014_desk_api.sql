-- What agents' lists are made of.

CREATE INDEX tickets_changed ON tickets (tenant_id, updated_at, id);
CREATE INDEX tickets_opened ON tickets (tenant_id, created_at, id);
CREATE INDEX tickets_owner ON tickets (tenant_id, owner_id, updated_at)
    WHERE status NOT IN ('resolved', 'closed');
CREATE INDEX tickets_tags ON tickets USING gin (tags);
CREATE INDEX conversation_queues_queue ON conversation_queues (tenant_id, queue_id);
CREATE INDEX ticket_links_to ON ticket_links (tenant_id, to_id);

-- Operators of full text are not leakproof, so under a policy the index would not be used:
-- this looks past the policies and asks itself who looks.
CREATE FUNCTION search_desk_conversations(typed text) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
DECLARE
    query tsquery := search_query(typed);
    found uuid[];
BEGIN
    IF NOT viewer_is_desk() THEN
        RETURN;
    END IF;
    RETURN QUERY
    SELECT t.id FROM tickets t
    WHERE t.tenant_id = current_tenant()
      AND t.number = CASE WHEN ltrim(btrim(typed), '#') ~ '^[0-9]{1,18}$'
                          THEN ltrim(btrim(typed), '#')::bigint END;
    RETURN QUERY
    SELECT t.id FROM addresses a
    JOIN tickets t ON t.tenant_id = a.tenant_id AND t.requester_id = a.person_id
    WHERE a.tenant_id = current_tenant() AND a.address = lower(btrim(typed));
    IF query IS NULL THEN
        RETURN;
    END IF;

    -- A rare word: few messages have it.
    found := ARRAY(SELECT m.conversation_id FROM messages m
                   WHERE m.words @@ query AND m.tenant_id = current_tenant() LIMIT 3000);
    IF cardinality(found) < 3000 THEN
        RETURN QUERY SELECT DISTINCT unnest(found);
        RETURN;
    END IF;

    -- A common one: look through the newest conversations.
    RETURN QUERY
    SELECT o.id FROM (
        SELECT t.id FROM tickets t WHERE t.tenant_id = current_tenant()
        ORDER BY t.updated_at DESC LIMIT 5000) AS o
    WHERE EXISTS (SELECT FROM messages m
                  WHERE m.tenant_id = current_tenant() AND m.conversation_id = o.id
                    AND m.words @@ query);
END
$$;
COMMENT ON FUNCTION search_desk_conversations IS 'Tickets in which somebody said all of these words, notes too; or whose number or whose requester''s address this is. Of words that thousands of messages have, the newest 5,000 tickets';

-- Of one SELECT, so that it becomes part of the statement that names it, and of a filter
-- that is known the parts that are not asked for go away.
CREATE FUNCTION desk_tickets(filter jsonb) RETURNS SETOF tickets
LANGUAGE sql STABLE AS
$$
    SELECT t.* FROM tickets t
    WHERE t.tenant_id = current_tenant()
      AND (filter->'status' IS NULL OR filter->'status' ? t.status)
      AND (filter->'priority' IS NULL OR filter->'priority' ? t.priority)
      AND (filter->>'category' IS NULL OR t.category = filter->>'category')
      AND (filter->>'number' IS NULL OR t.number = (filter->>'number')::bigint)
      AND (filter->>'tag' IS NULL OR t.tags @> ARRAY[filter->>'tag'])
      AND (filter->>'team' IS NULL OR t.team_id = (filter->>'team')::uuid)
      AND (filter->>'requester' IS NULL OR t.requester_id = (filter->>'requester')::uuid)
      AND (filter->>'owner' IS NULL
           OR (filter->>'owner' = 'none' AND t.owner_id IS NULL)
           OR t.owner_id = CASE filter->>'owner' WHEN 'none' THEN NULL
                                WHEN 'me' THEN current_person()
                                ELSE (filter->>'owner')::uuid END)
      AND (filter->>'queue' IS NULL OR t.id IN (
           SELECT q.conversation_id FROM conversation_queues q
           WHERE q.tenant_id = current_tenant() AND q.queue_id = (filter->>'queue')::uuid))
      AND (filter->>'q' IS NULL OR t.id IN (
           SELECT search_desk_conversations(filter->>'q')))
      AND NOT EXISTS (SELECT FROM conversations c
                      WHERE c.tenant_id = t.tenant_id AND c.id = t.id
                        AND c.merged_into IS NOT NULL)
$$;
COMMENT ON FUNCTION desk_tickets IS 'Tickets as an agent asks for them: status, priority (lists), category, number, tag, team, requester, owner (me, none, an id), queue, q; what is not named is not looked at. Merged ones are where they went';

CREATE FUNCTION desk_ticket_row(ticket uuid) RETURNS jsonb
LANGUAGE sql STABLE AS
$$
    SELECT jsonb_build_object(
        'id', t.id, 'number', t.number, 'subject', c.subject, 'status', t.status,
        'priority', t.priority, 'category', t.category, 'source', t.source,
        'tags', to_jsonb(t.tags), 'sla_due_at', time_rfc3339(t.sla_due_at),
        'created_at', time_rfc3339(t.created_at), 'updated_at', time_rfc3339(t.updated_at),
        'requester', (
            SELECT jsonb_build_object('id', p.id, 'name', p.name, 'address', (
                SELECT a.address FROM addresses a
                WHERE a.tenant_id = p.tenant_id AND a.person_id = p.id
                ORDER BY a.created_at, a.id LIMIT 1))
            FROM people p WHERE p.tenant_id = t.tenant_id AND p.id = t.requester_id),
        'owner', (
            SELECT jsonb_build_object('id', p.id, 'name', p.name, 'address', (
                SELECT a.address FROM addresses a
                WHERE a.tenant_id = p.tenant_id AND a.person_id = p.id
                ORDER BY a.created_at, a.id LIMIT 1))
            FROM people p WHERE p.tenant_id = t.tenant_id AND p.id = t.owner_id),
        'team', (SELECT jsonb_build_object('id', m.id, 'name', m.name) FROM teams m
                 WHERE m.tenant_id = t.tenant_id AND m.id = t.team_id),
        'queue', (SELECT jsonb_build_object('id', q.id, 'name', q.name,
                                            'address', q.address) FROM queues q
                  WHERE q.tenant_id = c.tenant_id AND q.id = c.queue_id),
        'last_message', (
            SELECT jsonb_build_object(
                'at', time_rfc3339(m.received_at), 'is_note', m.is_note,
                'is_agent', m.author_role = 'agent',
                'excerpt', left(btrim(regexp_replace(left(m.text, 1000), '\s+', ' ', 'g')),
                                200))
            FROM messages m
            WHERE m.tenant_id = t.tenant_id AND m.conversation_id = t.id
            ORDER BY m.received_at DESC, m.id DESC LIMIT 1))
    FROM tickets t
    JOIN conversations c ON c.tenant_id = t.tenant_id AND c.id = t.id
    WHERE t.tenant_id = current_tenant() AND t.id = ticket
$$;
COMMENT ON FUNCTION desk_ticket_row IS 'A ticket in an agent''s list';
