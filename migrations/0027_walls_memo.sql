-- The second wall, cheaper still: what was seen is remembered.
--
-- Most of what the policies cost was not the looking but the getting ready for it: each
-- table that a statement names brought a subquery, with policies of its own, into the plan.
-- Now a policy is a few comparisons and one function. The function asks once for a
-- conversation, and remembers the answer for the rest of the transaction, so that the
-- other rows of the same conversation pass by comparison.
--
-- These functions have no SET search_path, which costs more than they do; so every name in
-- them is qualified. Who connects may make no temporary objects, and owns no schema.

DO $$
BEGIN
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
END
$$;

CREATE FUNCTION seen_conversation() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('postern.seen', true), '')::uuid $$;
COMMENT ON FUNCTION seen_conversation IS 'The conversation that sees_conversation said yes to last, in this transaction';

CREATE OR REPLACE FUNCTION sees_conversation(conversation uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER AS
$$
BEGIN
    IF conversation = public.current_link() OR EXISTS (
        SELECT FROM public.participants p
        WHERE p.tenant_id = public.current_tenant() AND p.conversation_id = conversation
          AND p.person_id = public.current_person() AND p.left_at IS NULL)
    THEN
        PERFORM pg_catalog.set_config('postern.seen', conversation::pg_catalog.text, true);
        RETURN true;
    END IF;
    RETURN public.viewer_is_desk();
END
$$;
ALTER FUNCTION sees_conversation RESET ALL;

CREATE OR REPLACE FUNCTION sees_message(message uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER AS
$$
BEGIN
    RETURN EXISTS (
        SELECT FROM public.messages m
        WHERE m.tenant_id = public.current_tenant() AND m.id = message AND NOT m.is_note
          AND (m.conversation_id = public.seen_conversation()
               OR public.sees_conversation(m.conversation_id)));
END
$$;
ALTER FUNCTION sees_message RESET ALL;

DO $$
DECLARE
    wall record;
BEGIN
    FOR wall IN SELECT * FROM (VALUES
        ('conversations', 'id', ''), ('tickets', 'id', ''),
        ('messages', 'conversation_id', 'NOT is_note AND '),
        ('events', 'conversation_id', ''), ('ticket_links', 'from_id', '')) AS w (name, key, also)
    LOOP
        EXECUTE format('DROP POLICY viewer ON %I', wall.name);
        EXECUTE format('CREATE POLICY viewer ON %1$I AS RESTRICTIVE FOR SELECT TO postern_portald '
                       'USING (viewer_is_desk() OR (%2$s(%3$I = seen_conversation() '
                       'OR sees_conversation(%3$I))))', wall.name, wall.also, wall.key);
    END LOOP;
END
$$;

DROP POLICY viewer ON participants;
CREATE POLICY viewer ON participants AS RESTRICTIVE FOR SELECT TO postern_portald
    USING (viewer_is_desk() OR person_id = current_person()
           OR conversation_id = seen_conversation() OR sees_conversation(conversation_id));
DROP POLICY viewer ON parts;
CREATE POLICY viewer ON parts AS RESTRICTIVE FOR SELECT TO postern_portald
    USING (viewer_is_desk() OR sees_message(message_id));
DROP POLICY viewer ON notifications;
CREATE POLICY viewer ON notifications AS RESTRICTIVE FOR SELECT TO postern_portald
    USING (person_id = current_person()
           AND (viewer_is_desk() OR conversation_id = seen_conversation()
                OR sees_conversation(conversation_id)));
DROP FUNCTION takes_part(uuid);
