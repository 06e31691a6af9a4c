-- «السيستم واقع»: a service, a group of services or electronic payment that does not work now, why,
-- since when, and when it is expected back. Said by kiosk, board and phone before a number is taken.
--
-- `code` is a service's, a catalogue group's or 'e-payment'. It is no foreign key: groups live in the
-- catalogue, and a service that a centre's file leaves out keeps its history.

CREATE TABLE service_state_event (
    centre_id integer NOT NULL CONSTRAINT service_state_event_centre_fk REFERENCES centre (id),
    revision bigint NOT NULL,
    kind text NOT NULL,
    code text NOT NULL,
    at timestamptz NOT NULL,
    event text NOT NULL,
    reason text,
    expected_at timestamptz,
    actor_kind text NOT NULL,
    actor_id uuid,
    CONSTRAINT service_state_event_pk PRIMARY KEY (centre_id, revision),
    CONSTRAINT service_state_event_kind_is_known CHECK (kind IN ('service', 'group', 'payment')),
    CONSTRAINT service_state_event_payment_is_one CHECK ((kind = 'payment') = (code = 'e-payment')),
    CONSTRAINT service_state_event_is_known CHECK (event IN ('down', 'change', 'up')),
    CONSTRAINT service_state_event_reason_is_known CHECK (reason IN ('ministry_system', 'network',
        'power', 'printer', 'no_officer', 'other')),
    CONSTRAINT service_state_event_down_has_a_reason CHECK ((event = 'up') = (reason IS NULL)),
    CONSTRAINT service_state_event_up_expects_nothing CHECK (event <> 'up' OR expected_at IS NULL),
    CONSTRAINT service_state_event_actor_is_known CHECK (actor_kind IN ('staff', 'key', 'system'))
);
CREATE INDEX service_state_event_time ON service_state_event (centre_id, at, revision);
CREATE TRIGGER record AFTER INSERT ON service_state_event
    REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION record_events();

-- As the last event of each left it. One that works again stays, so that its times never run back.
CREATE TABLE service_state (
    centre_id integer NOT NULL CONSTRAINT service_state_centre_fk REFERENCES centre (id),
    kind text NOT NULL,
    code text NOT NULL,
    is_down boolean NOT NULL,
    reason text,
    since timestamptz,
    expected_at timestamptz,
    last_at timestamptz NOT NULL,
    revision bigint NOT NULL,
    CONSTRAINT service_state_pk PRIMARY KEY (centre_id, kind, code),
    CONSTRAINT service_state_kind_is_known CHECK (kind IN ('service', 'group', 'payment')),
    CONSTRAINT service_state_down_has_reason_and_time CHECK (is_down = (reason IS NOT NULL)
        AND is_down = (since IS NOT NULL) AND (is_down OR expected_at IS NULL)),
    CONSTRAINT service_state_event_fk FOREIGN KEY (centre_id, revision)
        REFERENCES service_state_event (centre_id, revision)
);

GRANT SELECT, INSERT ON service_state_event TO shubbak_app;
GRANT SELECT, INSERT, UPDATE ON service_state TO shubbak_app;
