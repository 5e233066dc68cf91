-- Merged and split tickets: where what was given out before leads now.

ALTER TABLE capabilities ADD COLUMN moved_to uuid,
    ADD FOREIGN KEY (tenant_id, moved_to) REFERENCES conversations;
COMMENT ON COLUMN capabilities.moved_to IS 'The conversation that it opens since the message it came with was split off; conversation_id stays, because it is signed';

CREATE INDEX conversations_merged ON conversations (tenant_id, merged_into)
    WHERE merged_into IS NOT NULL;
