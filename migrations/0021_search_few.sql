-- Who has few conversations has them looked through: that costs the same however much the
-- desk holds. The index is asked for those who have many.
CREATE OR REPLACE FUNCTION search_own_conversations(typed text) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
DECLARE
    who uuid := current_person();
    query tsquery := search_query(typed);
    few boolean;
    found uuid[];
BEGIN
    RETURN QUERY
    SELECT p.conversation_id FROM participants p
    JOIN tickets t ON t.tenant_id = p.tenant_id AND t.id = p.conversation_id
    WHERE p.tenant_id = current_tenant() AND p.person_id = who AND p.left_at IS NULL
      AND t.number::text = ltrim(btrim(typed), '#');
    IF query IS NULL OR who IS NULL THEN
        RETURN;
    END IF;

    SELECT count(*) <= 300 INTO few FROM (
        SELECT FROM participants p
        WHERE p.tenant_id = current_tenant() AND p.person_id = who AND p.left_at IS NULL
        LIMIT 301) AS own;
    IF NOT few THEN
        -- A rare word: few messages of the whole desk have it.
        found := ARRAY(SELECT m.conversation_id FROM messages m
                       WHERE m.words @@ query AND m.tenant_id = current_tenant()
                         AND NOT m.is_note LIMIT 3000);
        IF cardinality(found) < 3000 THEN
            RETURN QUERY
            SELECT p.conversation_id FROM participants p
            WHERE p.tenant_id = current_tenant() AND p.person_id = who
              AND p.left_at IS NULL AND p.conversation_id = ANY (found);
            RETURN;
        END IF;
    END IF;

    -- Their own, the newest 2,000.
    RETURN QUERY
    SELECT o.id FROM (
        SELECT c.id FROM participants p
        JOIN conversations c ON c.tenant_id = p.tenant_id AND c.id = p.conversation_id
        WHERE p.tenant_id = current_tenant() AND p.person_id = who AND p.left_at IS NULL
        ORDER BY c.updated_at DESC LIMIT 2000) AS o
    WHERE EXISTS (SELECT FROM messages m
                  WHERE m.tenant_id = current_tenant() AND m.conversation_id = o.id
                    AND NOT m.is_note AND m.words @@ query);
END
$$;
