-- A common word is not looked for in the index: of a word that every message has, the index
-- makes a list of them all before the first is taken from it. Whether a word is common the
-- planner knows from the table's statistics.
CREATE FUNCTION search_is_common(query tsquery) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS
$$
DECLARE
    plan json;
BEGIN
    EXECUTE format('EXPLAIN (FORMAT JSON) SELECT FROM messages m WHERE m.words @@ %L::tsquery',
                   query) INTO plan;
    RETURN (plan->0->'Plan'->>'Plan Rows')::double precision > 20000;
END
$$;
COMMENT ON FUNCTION search_is_common IS 'Whether so many messages are thought to have these words that looking through a person''s own costs less than the index; volatile only because EXPLAIN has to be';
REVOKE EXECUTE ON FUNCTION search_is_common FROM PUBLIC;

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
    IF NOT few AND NOT search_is_common(query) THEN
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
    CROSS JOIN LATERAL (
        SELECT FROM messages m
        WHERE m.tenant_id = current_tenant() AND m.conversation_id = o.id
          AND NOT m.is_note AND m.words @@ query LIMIT 1) AS said;
END
$$;

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

    IF NOT search_is_common(query) THEN
        -- A rare word: few messages have it.
        found := ARRAY(SELECT m.conversation_id FROM messages m
                       WHERE m.words @@ query AND m.tenant_id = current_tenant() LIMIT 3000);
        IF cardinality(found) < 3000 THEN
            RETURN QUERY SELECT DISTINCT unnest(found);
            RETURN;
        END IF;
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
