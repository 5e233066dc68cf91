-- What happens, as it happens: live pages look at the newest events.

-- Their ids are UUIDv7: in the order of time, within seconds.
CREATE INDEX events_id ON events (id);

CREATE FUNCTION live_events(since uuid, most integer)
RETURNS TABLE (tenant_id uuid, id uuid, conversation_id uuid, kind text, people uuid[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    SELECT e.tenant_id, e.id, e.conversation_id, e.kind,
           ARRAY(SELECT p.person_id FROM participants p
                 WHERE p.tenant_id = e.tenant_id AND p.conversation_id = e.conversation_id
                   AND p.left_at IS NULL)
    FROM events e
    WHERE e.id > since AND e.conversation_id IS NOT NULL
    ORDER BY e.id LIMIT most
$$;
COMMENT ON FUNCTION live_events IS 'Events after an id, over all tenants, without what was said: where, of which kind, and who takes part there';
