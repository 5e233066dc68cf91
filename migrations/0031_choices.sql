-- What a ticket may be about, and its own fields, with a label for each language:
--
--     {"categories": ["general",
--                     {"key": "rma", "labels": {"en": "Returns", "de": "Rückgabe"},
--                      "retired": true}],
--      "custom_fields": [{"key": "model", "labels": {"en": "Model"}, "type": "select",
--                         "options": ["A4", "A3"], "required": true,
--                         "visible_to_customer": true, "retired": false}]}
--
-- in tenants.settings; a category that is only a word has a label where we know one, "label"
-- of a field is one for all languages.

CREATE FUNCTION label_in(labels jsonb, language text, otherwise text) RETURNS text
LANGUAGE sql IMMUTABLE AS
$$
    SELECT coalesce(nullif(labels ->> language, ''),
                    nullif(labels ->> split_part(language, '-', 1), ''),
                    nullif(otherwise, ''),
                    nullif(labels ->> 'en', ''),
                    (SELECT nullif(min(e.value), '') FROM jsonb_each_text(labels) AS e
                     WHERE e.value <> ''))
$$;
COMMENT ON FUNCTION label_in IS 'Of labels by language the one that this reader understands best; before another language''s, what otherwise is given';

CREATE FUNCTION category_words(category text) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS
$$
    SELECT coalesce('{
        "billing": {"en": "Billing", "de": "Abrechnung", "ar": "الفواتير"},
        "technical": {"en": "Technical", "de": "Technik", "ar": "مسألة تقنية"},
        "general": {"en": "General", "de": "Allgemein", "ar": "عام"},
        "feature_request": {"en": "Feature request", "de": "Funktionswunsch", "ar": "طلب ميزة"}
    }'::jsonb -> category, '{}')
$$;
COMMENT ON FUNCTION category_words IS 'What the categories that every tenant begins with are called';

CREATE FUNCTION ticket_categories()
RETURNS TABLE (key text, labels jsonb, is_retired boolean, place bigint)
LANGUAGE sql STABLE AS
$$
    SELECT k.key, category_words(k.key)
                  || CASE jsonb_typeof(c.item -> 'labels') WHEN 'object'
                          THEN c.item -> 'labels' ELSE '{}' END,
           coalesce(c.item -> 'retired' = 'true', false), c.place
    FROM tenants t
    CROSS JOIN LATERAL jsonb_array_elements(
        CASE jsonb_typeof(t.settings -> 'categories') WHEN 'array'
             THEN t.settings -> 'categories'
             ELSE '["billing", "technical", "general", "feature_request"]' END)
        WITH ORDINALITY AS c (item, place)
    CROSS JOIN LATERAL (SELECT CASE jsonb_typeof(c.item) WHEN 'string'
                                    THEN c.item #>> '{}' ELSE c.item ->> 'key' END) AS k (key)
    WHERE t.id = current_tenant() AND k.key IS NOT NULL
$$;
COMMENT ON FUNCTION ticket_categories IS 'The tenant''s categories in their order, with labels by language';

CREATE FUNCTION category_label(category text, language text) RETURNS text
LANGUAGE sql STABLE AS
$$
    SELECT coalesce((SELECT label_in(c.labels, language, NULL) FROM ticket_categories() AS c
                     WHERE c.key = category LIMIT 1),
                    label_in(category_words(category), language, NULL), category)
$$;
COMMENT ON FUNCTION category_label IS 'What people call a category; also one that is not offered any more';

CREATE FUNCTION ticket_fields()
RETURNS TABLE (key text, labels jsonb, label text, type text, options jsonb,
               is_required boolean, is_visible boolean, is_retired boolean, place bigint)
LANGUAGE sql STABLE AS
$$
    SELECT f.item ->> 'key',
           CASE jsonb_typeof(f.item -> 'labels') WHEN 'object' THEN f.item -> 'labels'
                ELSE '{}' END,
           coalesce(f.item ->> 'label', ''), f.item ->> 'type',
           CASE jsonb_typeof(f.item -> 'options') WHEN 'array' THEN f.item -> 'options'
                ELSE '[]' END,
           coalesce(f.item -> 'required' = 'true', false),
           coalesce(f.item -> 'visible_to_customer' = 'true', false),
           coalesce(f.item -> 'retired' = 'true', false), f.place
    FROM tenants t
    CROSS JOIN LATERAL jsonb_array_elements(
        CASE jsonb_typeof(t.settings -> 'custom_fields') WHEN 'array'
             THEN t.settings -> 'custom_fields' ELSE '[]' END)
        WITH ORDINALITY AS f (item, place)
    WHERE t.id = current_tenant() AND f.item ->> 'key' IS NOT NULL
$$;
COMMENT ON FUNCTION ticket_fields IS 'The tenant''s own fields of a ticket in their order, retired ones too: their values stay';
