-- What is told: whom, where to, and what can be chosen.

CREATE OR REPLACE FUNCTION notify_events(role text) RETURNS text[] LANGUAGE sql IMMUTABLE AS
$$
    SELECT CASE WHEN role = 'customer' THEN ARRAY['acknowledgement', 'answer', 'resolved']
                ELSE ARRAY['new_ticket', 'customer_reply', 'agent_answer', 'note', 'assigned',
                           'status', 'escalated', 'rated', 'merged', 'split',
                           'delivery_failed'] END
$$;

-- Beside other tenants base_url is somebody's own host: links must not lead there. The portal
-- answers under a tenant's name, so a tenant without a domain is named by that.
CREATE OR REPLACE FUNCTION portal_home() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    SELECT coalesce(
        (SELECT d.domain FROM portal_domains d WHERE d.tenant_id = current_tenant()
         ORDER BY d.created_at, d.domain LIMIT 1),
        (SELECT t.name FROM tenants t WHERE t.id = current_tenant()
           AND EXISTS (SELECT FROM tenants o WHERE o.id <> t.id)))
$$;
COMMENT ON FUNCTION portal_home IS 'Host of this tenant''s portal: its own, else, where there are other tenants, its name; NULL: any is its';

CREATE FUNCTION setup_missing()
RETURNS TABLE (queue boolean, mail boolean, agents boolean, brand boolean, domain boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    SELECT NOT EXISTS (SELECT FROM queues q WHERE q.tenant_id = t.id AND q.retired_at IS NULL),
           NOT EXISTS (SELECT FROM inbound i WHERE i.tenant_id = t.id
                         AND i.door NOT IN ('portal', 'api')),
           NOT EXISTS (SELECT FROM memberships m
                       JOIN queues q ON q.tenant_id = m.tenant_id AND q.team_id = m.team_id
                       WHERE m.tenant_id = t.id),
           t.title = t.name AND t.settings #>> '{portal,accent}' IS NULL
               AND NOT EXISTS (SELECT FROM brand_logos l WHERE l.tenant_id = t.id),
           NOT EXISTS (SELECT FROM portal_domains d WHERE d.tenant_id = t.id)
               AND EXISTS (SELECT FROM tenants o WHERE o.id <> t.id)
    FROM tenants t WHERE t.id = current_tenant() AND viewer_is_desk()
$$;
COMMENT ON FUNCTION setup_missing IS 'What a desk cannot do without or looks unfinished without, and is not there yet';
