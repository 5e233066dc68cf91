-- Agents' lists on a desk of many tickets.

DROP INDEX tickets_owner;
CREATE INDEX tickets_owner ON tickets (tenant_id, owner_id, updated_at);
CREATE INDEX tickets_status ON tickets (tenant_id, status, updated_at);
CREATE INDEX tickets_due ON tickets (tenant_id, (coalesce(sla_due_at, 'infinity')), id);
CREATE INDEX tickets_priority ON tickets (tenant_id, (to_timestamp(array_position(
    ARRAY['low', 'normal', 'high', 'urgent'], priority))), id);

-- Each message is looked at by its ticket: a join could choose to look at all that have a
-- common word.
CREATE OR REPLACE FUNCTION search_desk_conversations(typed text) RETURNS SETOF uuid
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

    -- A common one: look through the newest tickets.
    RETURN QUERY
    SELECT o.id FROM (
        SELECT t.id FROM tickets t WHERE t.tenant_id = current_tenant()
        ORDER BY t.updated_at DESC LIMIT 2000) AS o
    CROSS JOIN LATERAL (
        SELECT FROM messages m
        WHERE m.tenant_id = current_tenant() AND m.conversation_id = o.id
          AND m.words @@ query LIMIT 1) AS said;
END
$$;
COMMENT ON FUNCTION search_desk_conversations IS 'Tickets in which somebody said all of these words, notes too; or whose number or whose requester''s address this is. Of words that thousands of messages have, the newest 2,000 tickets';

CREATE FUNCTION search_desk_tagged(tag text) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    SELECT t.id FROM tickets t
    WHERE viewer_is_desk() AND t.tenant_id = current_tenant() AND t.tags @> ARRAY[tag]
    ORDER BY t.updated_at DESC LIMIT 10000
$$;
COMMENT ON FUNCTION search_desk_tagged IS 'The newest 10,000 tickets with this tag; looks past the policies for the sake of its index, as search_desk_conversations';

CREATE OR REPLACE FUNCTION desk_tickets(filter jsonb) RETURNS SETOF tickets
LANGUAGE sql STABLE AS
$$
    SELECT t.* FROM tickets t
    WHERE t.tenant_id = current_tenant()
      AND (filter->'status' IS NULL OR t.status = ANY (
           ARRAY(SELECT jsonb_array_elements_text(filter->'status'))))
      AND (filter->'priority' IS NULL OR t.priority = ANY (
           ARRAY(SELECT jsonb_array_elements_text(filter->'priority'))))
      AND (filter->>'category' IS NULL OR t.category = filter->>'category')
      AND (filter->>'number' IS NULL OR t.number = (filter->>'number')::bigint)
      AND (filter->>'tag' IS NULL OR t.id = ANY (
           ARRAY(SELECT search_desk_tagged(filter->>'tag'))))
      AND (filter->>'team' IS NULL OR t.team_id = (filter->>'team')::uuid)
      AND (filter->>'requester' IS NULL OR t.requester_id = (filter->>'requester')::uuid)
      AND (coalesce(filter->>'owner', '') <> 'none' OR t.owner_id IS NULL)
      AND (coalesce(filter->>'owner', 'none') = 'none'
           OR t.owner_id = CASE filter->>'owner' WHEN 'none' THEN NULL
                                WHEN 'me' THEN current_person()
                                ELSE (filter->>'owner')::uuid END)
      AND (filter->>'queue' IS NULL OR t.id IN (
           SELECT q.conversation_id FROM conversation_queues q
           WHERE q.tenant_id = current_tenant() AND q.queue_id = (filter->>'queue')::uuid))
      AND (filter->>'q' IS NULL OR t.id = ANY (
           ARRAY(SELECT search_desk_conversations(filter->>'q'))))
      AND NOT EXISTS (SELECT FROM conversations c
                      WHERE c.tenant_id = t.tenant_id AND c.id = t.id
                        AND c.merged_into IS NOT NULL)
$$;
