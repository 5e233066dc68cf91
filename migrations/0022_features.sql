-- What a tenant's portal offers: {"portal": {"features": {"rating": false}}} in its settings
-- switches one off, for pages, the API and mails alike.

CREATE FUNCTION portal_offers(feature text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
$$
    SELECT coalesce((SELECT t.settings #> ARRAY['portal', 'features', feature]
                     FROM tenants t WHERE t.id = current_tenant()) <> 'false'::jsonb, true)
$$;
COMMENT ON FUNCTION portal_offers IS 'Whether this tenant has a feature of the portal switched on';

-- That strangers may come stood beside the features, where the switch did not reach it.
UPDATE tenants
SET settings = jsonb_set(settings #- '{portal,sign_up}', '{portal,features}',
                         jsonb_build_object('sign_up', settings #> '{portal,sign_up}')
                         || coalesce(settings #> '{portal,features}', '{}'))
WHERE settings #> '{portal,sign_up}' IS NOT NULL;
