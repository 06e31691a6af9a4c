-- People behind numbers: what was done with a person's data, signs that one hand takes many numbers,
-- and the right to open what is sealed. The sealed values themselves are in ticket_person.

ALTER TABLE api_key DROP CONSTRAINT api_key_scopes_are_known;
ALTER TABLE api_key ADD CONSTRAINT api_key_scopes_are_known CHECK (cardinality(scopes) > 0
    AND scopes <@ ARRAY['read', 'issue', 'act', 'stand_in', 'supervise', 'personal', 'metrics', 'admin']);

-- A priority is corrected where a ticket still keeps or fills a place; its rank is counted anew.
INSERT INTO ticket_transition (event, from_state, to_state) VALUES
    ('set_priority', 'unconfirmed', 'unconfirmed'),
    ('set_priority', 'waiting', 'waiting'),
    ('set_priority', 'called', 'called'),
    ('set_priority', 'serving', 'serving'),
    ('set_priority', 'parked', 'parked');

-- ------------------------------------------------------------------ what was done with a person's data
-- Who bound, opened or erased it and when; never the data, nor anything made of it. An event of its
-- own table changes nothing of the ticket: reading a card is no act of its life.
CREATE TABLE ticket_person_event (
    centre_id integer NOT NULL,
    revision bigint NOT NULL,
    at timestamptz NOT NULL,
    event text NOT NULL,
    ticket_id uuid,
    state text,
    window_number smallint,
    n integer,
    actor_kind text NOT NULL
        CONSTRAINT ticket_person_event_actor_is_known CHECK (actor_kind IN ('staff', 'device', 'key', 'system')),
    actor_id uuid,
    reason text,
    CONSTRAINT ticket_person_event_pk PRIMARY KEY (centre_id, revision),
    CONSTRAINT ticket_person_event_ticket_fk FOREIGN KEY (centre_id, ticket_id) REFERENCES ticket (centre_id, id),
    CONSTRAINT ticket_person_event_is_known
        CHECK (event IN ('bind', 'reveal', 'claim_checked', 'asked_again', 'erase')),
    CONSTRAINT ticket_person_event_is_about_a_ticket CHECK ((event = 'erase') = (ticket_id IS NULL)
        AND (event = 'erase') = (n IS NOT NULL) AND (event = 'erase') = (state IS NULL)),
    CONSTRAINT ticket_person_event_reason_is_a_code CHECK (reason ~ '^[a-z0-9_]{1,32}$')
);
COMMENT ON COLUMN ticket_person_event.reason IS
    'Which fields (phone, national_id, both); whether a claim holds or fails; of an erasure, the retention class.';
COMMENT ON COLUMN ticket_person_event.n IS 'Tickets or bookings whose data were erased.';
CREATE INDEX ticket_person_event_ticket ON ticket_person_event (ticket_id, centre_id, revision);
CREATE INDEX ticket_person_event_refusals ON ticket_person_event (centre_id, at) WHERE event = 'asked_again';
CREATE INDEX ticket_person_event_erasures ON ticket_person_event (centre_id) WHERE event = 'erase';
CREATE TRIGGER record AFTER INSERT ON ticket_person_event
    REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION record_events();

-- ------------------------------------------------------------------ signs that one hand takes many numbers
-- A sign is worked out anew each time it is shown; kept is who has looked at it, as far as it had grown.
CREATE TABLE pattern_event (
    centre_id integer NOT NULL,
    revision bigint NOT NULL,
    at timestamptz NOT NULL,
    event text NOT NULL CONSTRAINT pattern_event_is_known CHECK (event IN ('seen')),
    kind text NOT NULL CONSTRAINT pattern_kind_is_known CHECK (kind IN
        ('kiosk-run', 'id-day', 'id-week', 'phone-day', 'missed', 'returns', 'asked-again')),
    ticket_id uuid NOT NULL,
    n integer NOT NULL CONSTRAINT pattern_n_is_positive CHECK (n > 0),
    actor_kind text NOT NULL
        CONSTRAINT pattern_event_actor_is_known CHECK (actor_kind IN ('staff', 'key', 'system')),
    actor_id uuid,
    CONSTRAINT pattern_event_pk PRIMARY KEY (centre_id, revision),
    CONSTRAINT pattern_event_ticket_fk FOREIGN KEY (centre_id, ticket_id) REFERENCES ticket (centre_id, id)
);
COMMENT ON COLUMN pattern_event.ticket_id IS 'The newest number of the sign as it was seen.';
CREATE INDEX pattern_event_ticket ON pattern_event (ticket_id, centre_id, revision);
CREATE TRIGGER record AFTER INSERT ON pattern_event
    REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION record_events();

-- ------------------------------------------------------------------ rights
-- Reports see that a person is bound, opened or erased, never what is kept.
REVOKE SELECT ON ticket_person FROM shubbak_read;
GRANT SELECT, INSERT ON ticket_person_event, pattern_event TO shubbak_app;
GRANT SELECT ON ticket_person_event, pattern_event TO shubbak_read;
