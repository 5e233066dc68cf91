-- What the clock looks for over all tenants.

CREATE INDEX tickets_snoozed ON tickets (snoozed_until) WHERE snoozed_until IS NOT NULL;
CREATE INDEX capabilities_expiry ON capabilities (expires_at);

CREATE FUNCTION clock_due_snoozes(most integer) RETURNS TABLE (tenant_id uuid, id uuid)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    SELECT t.tenant_id, t.id FROM tickets t WHERE t.snoozed_until <= now()
    ORDER BY t.tenant_id, t.snoozed_until LIMIT most FOR UPDATE SKIP LOCKED
$$;
COMMENT ON FUNCTION clock_due_snoozes IS 'Lock tickets whose snooze is over, for the rest of the transaction, which then wakes them';

CREATE FUNCTION clock_forget_capabilities(most integer) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    WITH old AS (
        SELECT c.tenant_id, c.id FROM capabilities c
        WHERE c.expires_at < now() - interval '30 days'
        ORDER BY c.expires_at LIMIT most FOR UPDATE SKIP LOCKED
    ), freed AS (
        UPDATE outbox o SET capability_id = NULL FROM old
        WHERE o.tenant_id = old.tenant_id AND o.capability_id = old.id
    ), gone AS (
        DELETE FROM capabilities c USING old
        WHERE c.tenant_id = old.tenant_id AND c.id = old.id RETURNING 1)
    SELECT count(*) FROM gone
$$;
COMMENT ON FUNCTION clock_forget_capabilities IS 'Delete what expired a month ago: until then a late reply is still recognised, and told so. The mails stay';
