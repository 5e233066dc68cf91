-- A signed link does what a ticket's page does: what it shows counts as read when somebody
-- looks at it, files are handed in before their message, and an answer that is sent twice
-- is one.

CREATE FUNCTION current_link_person() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
$$
    SELECT CASE WHEN current_setting('postern.viewer', true) = 'link'
                THEN nullif(current_setting('postern.person', true), '')::uuid END
$$;
COMMENT ON FUNCTION current_link_person IS 'To whom the link was sent that somebody came with';

CREATE FUNCTION link_read(seen timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    UPDATE notifications n SET read_at = now()
    FROM conversations c
    WHERE n.tenant_id = current_tenant() AND n.person_id = current_link_person()
      AND n.read_at IS NULL AND n.created_at <= seen
      AND c.tenant_id = n.tenant_id AND c.id = n.conversation_id
      AND current_link() = coalesce((SELECT m.conversation_id FROM messages m
                                     WHERE m.tenant_id = n.tenant_id AND m.id = n.message_id),
                                    c.merged_into, c.id)
$$;
COMMENT ON FUNCTION link_read IS 'What the holder of a link was told of its conversation until then is read';

ALTER TABLE uploads ADD COLUMN conversation_id uuid;
COMMENT ON COLUMN uploads.conversation_id IS 'Handed in by a link: the only conversation it may go to';

DROP POLICY viewer ON uploads;
CREATE POLICY viewer ON uploads AS RESTRICTIVE FOR SELECT TO postern_portald
    USING (viewer_is_desk() OR person_id = current_person()
           OR (person_id = current_link_person() AND conversation_id = current_link()));
DROP POLICY viewer ON idempotency_keys;
CREATE POLICY viewer ON idempotency_keys AS RESTRICTIVE FOR SELECT TO postern_portald
    USING (viewer_is_desk() OR person_id = current_person()
           OR person_id = current_link_person());
