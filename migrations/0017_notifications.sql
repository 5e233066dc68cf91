-- What people are told on the portal, beside the mail about it or in its place.

CREATE TABLE notifications (
    tenant_id       uuid NOT NULL,
    person_id       uuid NOT NULL,
    id              uuid NOT NULL,
    conversation_id uuid NOT NULL,
    message_id      uuid,
    event_id        uuid,
    event           text NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    read_at         timestamptz,
    PRIMARY KEY (tenant_id, person_id, id),
    FOREIGN KEY (tenant_id, person_id) REFERENCES people ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, message_id) REFERENCES messages ON DELETE CASCADE
);
CREATE INDEX notifications_unread ON notifications (tenant_id, person_id)
    WHERE read_at IS NULL;
CREATE INDEX notifications_id ON notifications (id);
COMMENT ON TABLE notifications IS 'What a person is shown that happened, one row a person and event; forgotten after 90 days';
COMMENT ON COLUMN notifications.tenant_id IS 'Whose row this is';
COMMENT ON COLUMN notifications.person_id IS 'Who is told';
COMMENT ON COLUMN notifications.id IS 'UUIDv7, in the order of happening';
COMMENT ON COLUMN notifications.conversation_id IS 'Where it happened; when that was merged or split since, the message says where it is now';
COMMENT ON COLUMN notifications.message_id IS 'What was said, if anything was';
COMMENT ON COLUMN notifications.event_id IS 'The event (events.id)';
COMMENT ON COLUMN notifications.event IS 'Name of the mail''s template: acknowledgement, answer, resolved, …';
COMMENT ON COLUMN notifications.created_at IS 'When the row was made';
COMMENT ON COLUMN notifications.read_at IS 'When the person saw it; NULL: not yet';

-- Settings are their person's alone, and it is another who writes the row.
CREATE FUNCTION notification_is_wanted(person uuid, event text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    SELECT (p.role <> 'customer' OR $2 = ANY (notify_events('customer')))
           AND coalesce((SELECT s.in_app FROM notification_settings s
                         WHERE s.tenant_id = p.tenant_id AND s.person_id = p.id
                           AND s.event = $2), true)
    FROM people p WHERE p.tenant_id = current_tenant() AND p.id = $1
$$;
COMMENT ON FUNCTION notification_is_wanted IS 'Whether a person wants to be told of this on the portal; customers never of what is the desk''s own';

ALTER TABLE notifications ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON notifications USING (tenant_id = current_tenant());
CREATE POLICY viewer ON notifications AS RESTRICTIVE FOR SELECT TO postern_portald
    USING (person_id = current_person()
           AND (viewer_is_desk() OR takes_part(conversation_id)));
CREATE POLICY viewer_reads ON notifications AS RESTRICTIVE FOR UPDATE TO postern_portald
    USING (person_id = current_person());
GRANT SELECT, INSERT ON notifications TO postern_maild, postern_portald;
GRANT UPDATE (read_at) ON notifications TO postern_portald;

-- Live pages: also each person's notifications, to that person alone.
CREATE OR REPLACE FUNCTION live_events(since uuid, most integer)
RETURNS TABLE (tenant_id uuid, id uuid, conversation_id uuid, kind text, people uuid[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    (SELECT e.tenant_id, e.id, e.conversation_id, e.kind,
            ARRAY(SELECT p.person_id FROM participants p
                  WHERE p.tenant_id = e.tenant_id AND p.conversation_id = e.conversation_id
                    AND p.left_at IS NULL)
     FROM events e
     WHERE e.id > since AND e.conversation_id IS NOT NULL
     ORDER BY e.id LIMIT most)
    UNION ALL
    (SELECT n.tenant_id, n.id, n.conversation_id, 'notification', ARRAY[n.person_id]
     FROM notifications n
     WHERE n.id > since
     ORDER BY n.id LIMIT most)
$$;
COMMENT ON FUNCTION live_events IS 'Events and notifications after an id, over all tenants, without what was said: where, of which kind, and who takes part there or is told';

-- The smallest version 7 id of a time: its first 48 bits are milliseconds (RFC 9562 §5.7).
CREATE FUNCTION uuid_of_time(at timestamptz) RETURNS uuid LANGUAGE sql STABLE AS
$$
    SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0')
            || '70008000000000000000')::uuid
$$;
COMMENT ON FUNCTION uuid_of_time IS 'Ids that were made later are greater';

CREATE FUNCTION clock_forget_notifications(most integer) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    WITH old AS (
        DELETE FROM notifications n USING (
            SELECT x.tenant_id, x.person_id, x.id FROM notifications x
            WHERE x.id < uuid_of_time(now() - interval '90 days')
            ORDER BY x.id LIMIT most FOR UPDATE SKIP LOCKED) AS o
        WHERE n.tenant_id = o.tenant_id AND n.person_id = o.person_id AND n.id = o.id
        RETURNING 1)
    SELECT count(*) FROM old
$$;
COMMENT ON FUNCTION clock_forget_notifications IS 'Delete notifications that are older than 90 days';
