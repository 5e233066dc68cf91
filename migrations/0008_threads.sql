-- The newest conversations of a person, for finding the one that a mail looks like; and
-- what was not made into anything, for the verb that lists it.

CREATE INDEX participants_recent ON participants (tenant_id, person_id, joined_at);
DROP INDEX participants_person;

CREATE INDEX inbound_ignored ON inbound (tenant_id, received_at) WHERE state = 'ignored';
