-- What an admin does to queues in the browser.

ALTER TABLE queues ADD COLUMN retired_at timestamptz;
COMMENT ON COLUMN queues.retired_at IS 'Since then its mail goes to another queue and nobody is offered it; its tickets stay and go on. NULL: it is in use';

-- Who works at the desk changes them; what customers do only reads them.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['queues', 'queue_addresses']
    LOOP
        EXECUTE format('CREATE POLICY desk_adds ON %I AS RESTRICTIVE FOR INSERT TO '
                       'postern_portald WITH CHECK (viewer_is_desk())', name);
        EXECUTE format('CREATE POLICY desk_changes ON %I AS RESTRICTIVE FOR UPDATE TO '
                       'postern_portald USING (viewer_is_desk())', name);
    END LOOP;
END
$$;

CREATE OR REPLACE FUNCTION route_addresses(wanted text[])
RETURNS TABLE (address text, tenant_id uuid, queue_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
    SELECT w.address, q.tenant_id, q.queue_id
    FROM unnest(wanted) AS w (address)
    CROSS JOIN LATERAL (
        SELECT qa.tenant_id, qa.queue_id, 1 AS rank FROM queue_addresses qa
        WHERE qa.address = w.address
        UNION ALL
        SELECT qa.tenant_id, qa.queue_id, 2 FROM queue_addresses qa
        WHERE position('+' IN split_part(w.address, '@', 1)) > 1
          AND qa.address = split_part(w.address, '+', 1) || '@'
                           || reverse(split_part(reverse(w.address), '@', 1))
        UNION ALL
        SELECT * FROM (
            SELECT q.tenant_id, q.id, 3 FROM queues q
            WHERE w.address LIKE 'postmaster@%' AND q.retired_at IS NULL
              AND reverse(split_part(reverse(q.address), '@', 1)) = substr(w.address, 12)
            ORDER BY q.created_at, q.id LIMIT 1) AS postmaster
        ORDER BY rank LIMIT 1) AS q
$$;
