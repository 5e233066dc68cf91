-- Words of messages, to be found by.

-- As many characters as a tsvector surely holds, whatever they are (it ends at 1 MB).
ALTER TABLE messages ADD COLUMN words tsvector
    GENERATED ALWAYS AS (to_tsvector('simple', left(subject || ' ' || text, 100000))) STORED;
COMMENT ON COLUMN messages.words IS 'Words of subject and text, for searching';
CREATE INDEX messages_words ON messages USING gin (words);

-- All words, each of them may be only begun where it has three letters or more; NULL where
-- there is none. Whatever is typed is words: no operators, so nothing to get wrong.
CREATE FUNCTION search_query(words text) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$
    SELECT string_agg(quote_literal(l.word) || CASE WHEN length(l.word) >= 3 THEN ':*' ELSE '' END,
                      ' & ')::tsquery
    FROM (SELECT u.lexeme AS word FROM unnest(to_tsvector('simple', left(words, 500))) AS u
          LIMIT 16) AS l
$$;
COMMENT ON FUNCTION search_query IS 'What somebody typed, as a query that wants all of its words or words that begin so';

-- Operators of full text are not leakproof, so under a policy the index would not be used:
-- this looks past the policies and asks itself who looks.
CREATE FUNCTION search_own_conversations(typed text) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
DECLARE
    who uuid := current_person();
    query tsquery := search_query(typed);
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

    -- A rare word: few messages of the whole desk have it.
    found := ARRAY(SELECT m.conversation_id FROM messages m
                   WHERE m.words @@ query AND m.tenant_id = current_tenant()
                     AND NOT m.is_note LIMIT 3000);
    IF cardinality(found) < 3000 THEN
        RETURN QUERY
        SELECT p.conversation_id FROM participants p
        WHERE p.tenant_id = current_tenant() AND p.person_id = who AND p.left_at IS NULL
          AND p.conversation_id = ANY (found);
        RETURN;
    END IF;

    -- A common one: look through this person's newest conversations.
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
COMMENT ON FUNCTION search_own_conversations IS 'Conversations of who looks in which somebody said all of these words, or whose number this is. Of words that thousands of messages have, the newest 2,000 conversations';
