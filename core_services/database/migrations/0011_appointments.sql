-- Appointments: plans of slots, closed days, bookings with their events, and what bookings say of people.
--
-- Slots are computed from plans (queue_server/appointments/slots.py); only bookings are rows. A place
-- of a slot has a seat number, so that no two live bookings can hold the same one whoever writes.

CREATE TABLE appointment_plan (
    centre_id integer NOT NULL CONSTRAINT appointment_plan_centre_fk REFERENCES centre (id),
    id uuid NOT NULL,
    kind text NOT NULL CONSTRAINT plan_kind_is_known CHECK (kind IN ('visit', 'drop_off')),
    service text,
    weekdays smallint[] NOT NULL CONSTRAINT plan_weekdays_are_iso
        CHECK (cardinality(weekdays) > 0 AND weekdays <@ ARRAY[1, 2, 3, 4, 5, 6, 7]::smallint[]),
    opens time NOT NULL,
    closes time NOT NULL,
    slot_minutes smallint NOT NULL
        CONSTRAINT plan_slot_is_bounded CHECK (slot_minutes BETWEEN 5 AND 240),
    capacity smallint NOT NULL CONSTRAINT plan_capacity_is_bounded CHECK (capacity BETWEEN 1 AND 200),
    walk_in_percent smallint NOT NULL
        CONSTRAINT plan_walk_in_share_is_a_percent CHECK (walk_in_percent BETWEEN 0 AND 100),
    horizon_days smallint NOT NULL
        CONSTRAINT plan_horizon_is_bounded CHECK (horizon_days BETWEEN 0 AND 90),
    valid_from date NOT NULL,
    valid_to date,
    withdrawn_at timestamptz,
    CONSTRAINT appointment_plan_pk PRIMARY KEY (centre_id, id),
    CONSTRAINT appointment_plan_service_fk FOREIGN KEY (centre_id, service)
        REFERENCES service (centre_id, code),
    CONSTRAINT plan_ends_after_it_begins CHECK (valid_from <= valid_to)
);
COMMENT ON COLUMN appointment_plan.service IS 'Null: every service that has no plan of its own.';

CREATE TABLE appointment_closure (
    centre_id integer NOT NULL CONSTRAINT appointment_closure_centre_fk REFERENCES centre (id),
    day date NOT NULL,
    reason text NOT NULL CONSTRAINT closure_reason_is_short CHECK (length(reason) <= 120),
    CONSTRAINT appointment_closure_pk PRIMARY KEY (centre_id, day)
);
COMMENT ON TABLE appointment_closure IS 'Business days on which nothing can be booked.';

CREATE TABLE appointment_plan_event (
    centre_id integer NOT NULL CONSTRAINT appointment_plan_event_centre_fk REFERENCES centre (id),
    revision bigint NOT NULL,
    at timestamptz NOT NULL,
    event text NOT NULL CONSTRAINT plan_event_is_known
        CHECK (event IN ('made', 'changed', 'withdrawn', 'day_closed', 'day_opened')),
    plan_id uuid,
    day date,
    actor_kind text NOT NULL
        CONSTRAINT plan_event_actor_is_known CHECK (actor_kind IN ('staff', 'key', 'system')),
    actor_id uuid,
    detail jsonb,
    CONSTRAINT appointment_plan_event_pk PRIMARY KEY (centre_id, revision),
    CONSTRAINT appointment_plan_event_plan_fk FOREIGN KEY (centre_id, plan_id)
        REFERENCES appointment_plan (centre_id, id),
    CONSTRAINT plan_event_is_about_a_plan_or_a_day CHECK ((plan_id IS NULL) <> (day IS NULL)
        AND (day IS NULL) = (event NOT IN ('day_closed', 'day_opened')))
);
COMMENT ON COLUMN appointment_plan_event.detail IS 'The plan''s terms from then on.';
CREATE TRIGGER record AFTER INSERT ON appointment_plan_event
    REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION record_events();

CREATE TABLE appointment_transition (
    event text NOT NULL,
    from_state text NOT NULL,
    to_state text NOT NULL,
    CONSTRAINT appointment_transition_pk PRIMARY KEY (event, from_state, to_state)
);
INSERT INTO appointment_transition (event, from_state, to_state) VALUES
    ('book', 'none', 'booked'),
    ('check_in', 'booked', 'checked_in'),
    ('check_in', 'released', 'checked_in'),
    ('check_in', 'checked_in', 'checked_in'),
    ('release', 'booked', 'released'),
    ('cancel', 'booked', 'cancelled'),
    ('move', 'booked', 'moved');

CREATE TABLE appointment (
    centre_id integer NOT NULL,
    id uuid NOT NULL,
    first_id uuid NOT NULL,
    plan_id uuid NOT NULL,
    kind text NOT NULL,
    service text,
    day date NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    seat smallint NOT NULL CONSTRAINT appointment_seat_is_counted_from_1 CHECK (seat >= 1),
    state text NOT NULL,
    code text NOT NULL,
    token text NOT NULL,
    language text NOT NULL,
    booked_at timestamptz NOT NULL,
    moves smallint NOT NULL DEFAULT 0 CONSTRAINT appointment_moves_are_counted CHECK (moves >= 0),
    files smallint NOT NULL DEFAULT 0,
    ticket_id uuid,
    checked_in_at timestamptz,
    is_late boolean NOT NULL DEFAULT false,
    revision bigint NOT NULL,
    last_at timestamptz NOT NULL,
    CONSTRAINT appointment_pk PRIMARY KEY (centre_id, id),
    CONSTRAINT appointment_first_fk FOREIGN KEY (centre_id, first_id)
        REFERENCES appointment (centre_id, id),
    CONSTRAINT appointment_plan_fk FOREIGN KEY (centre_id, plan_id)
        REFERENCES appointment_plan (centre_id, id),
    CONSTRAINT appointment_service_fk FOREIGN KEY (centre_id, service)
        REFERENCES service (centre_id, code),
    CONSTRAINT appointment_ticket_fk FOREIGN KEY (centre_id, ticket_id)
        REFERENCES ticket (centre_id, id),
    CONSTRAINT appointment_kind_is_known CHECK (kind IN ('visit', 'drop_off')),
    CONSTRAINT appointment_state_is_known
        CHECK (state IN ('booked', 'checked_in', 'released', 'cancelled', 'moved')),
    CONSTRAINT appointment_language_is_known CHECK (language IN ('ar', 'en')),
    CONSTRAINT appointment_takes_time CHECK (ends_at > starts_at),
    CONSTRAINT appointment_code_is_eight_digits CHECK (code ~ '^[1-9]{8}$'),
    CONSTRAINT appointment_token_is_base32 CHECK (token ~ '^[A-Z2-7]{16}$'),
    CONSTRAINT appointment_of_files_is_a_drop_off
        CHECK (CASE kind WHEN 'drop_off' THEN files BETWEEN 4 AND 20 ELSE files = 0 END),
    CONSTRAINT checked_in_appointment_has_its_number CHECK ((state = 'checked_in')
        = (ticket_id IS NOT NULL) AND (ticket_id IS NULL) = (checked_in_at IS NULL))
) WITH (fillfactor = 90);
CREATE UNIQUE INDEX appointment_one_a_seat ON appointment (centre_id, plan_id, starts_at, seat)
    WHERE state IN ('booked', 'checked_in');
CREATE UNIQUE INDEX appointment_token_unique ON appointment (token) WHERE state <> 'moved';
CREATE UNIQUE INDEX appointment_code_unique ON appointment (centre_id, day, code)
    WHERE state <> 'moved';
CREATE INDEX appointment_code_to_come ON appointment (centre_id, code) WHERE state = 'booked';
CREATE INDEX appointment_of_day ON appointment (centre_id, day, starts_at, id)
    WHERE state <> 'moved';
CREATE INDEX appointment_chain ON appointment (centre_id, first_id);
CREATE INDEX appointment_awaited ON appointment (centre_id, starts_at, id) WHERE state = 'booked';

CREATE TABLE appointment_event (
    centre_id integer NOT NULL,
    revision bigint NOT NULL,
    appointment_id uuid NOT NULL,
    at timestamptz NOT NULL,
    event text NOT NULL,
    from_state text NOT NULL,
    to_state text NOT NULL,
    via text NOT NULL CONSTRAINT appointment_event_via_is_known
        CHECK (via IN ('page', 'kiosk', 'desk', 'api', 'clock')),
    actor_kind text NOT NULL CONSTRAINT appointment_event_actor_is_known
        CHECK (actor_kind IN ('staff', 'device', 'key', 'system')),
    actor_id uuid,
    detail jsonb,
    CONSTRAINT appointment_event_pk PRIMARY KEY (centre_id, revision),
    CONSTRAINT appointment_event_appointment_fk FOREIGN KEY (centre_id, appointment_id)
        REFERENCES appointment (centre_id, id),
    CONSTRAINT appointment_event_transition_fk FOREIGN KEY (event, from_state, to_state)
        REFERENCES appointment_transition (event, from_state, to_state)
);
COMMENT ON COLUMN appointment_event.actor_kind IS 'A citizen acts by a page and is nobody to us: system.';
CREATE INDEX appointment_event_appointment ON appointment_event (centre_id, appointment_id, revision);
CREATE TRIGGER record AFTER INSERT ON appointment_event
    REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION record_events();

-- The holder of a number that was kept from an earlier day is here.
INSERT INTO ticket_transition (event, from_state, to_state) VALUES ('check_in', 'waiting', 'waiting');

-- A ticket of a check-in names its appointment.
ALTER TABLE ticket ADD CONSTRAINT ticket_appointment_fk FOREIGN KEY (centre_id, appointment_id)
    REFERENCES appointment (centre_id, id);

-- ------------------------------------------------------------------ what bookings say of people
CREATE TABLE appointment_person (
    centre_id integer NOT NULL,
    appointment_id uuid NOT NULL,
    phone_hash bytea NOT NULL,
    phone_sealed bytea NOT NULL,
    CONSTRAINT appointment_person_pk PRIMARY KEY (centre_id, appointment_id),
    CONSTRAINT appointment_person_appointment_fk FOREIGN KEY (centre_id, appointment_id)
        REFERENCES appointment (centre_id, id),
    CONSTRAINT appointment_person_hash_is_sha256 CHECK (length(phone_hash) = 32)
);
CREATE INDEX appointment_person_phone ON appointment_person (centre_id, phone_hash);

CREATE TABLE appointment_file (
    centre_id integer NOT NULL,
    appointment_id uuid NOT NULL,
    nth smallint NOT NULL CONSTRAINT file_is_counted CHECK (nth BETWEEN 1 AND 20),
    name text NOT NULL CONSTRAINT file_name_is_short CHECK (length(name) BETWEEN 1 AND 120),
    CONSTRAINT appointment_file_pk PRIMARY KEY (centre_id, appointment_id, nth),
    CONSTRAINT appointment_file_appointment_fk FOREIGN KEY (centre_id, appointment_id)
        REFERENCES appointment (centre_id, id)
);
COMMENT ON TABLE appointment_file IS 'The list of a drop-off, in the words of whoever brings it; may name people.';

-- How often a network address books and a kiosk is told codes, in spans of fixed length.
CREATE TABLE appointment_attempt (
    centre_id integer NOT NULL CONSTRAINT appointment_attempt_centre_fk REFERENCES centre (id),
    kind text NOT NULL CONSTRAINT attempt_kind_is_known CHECK (kind IN ('address', 'device')),
    subject bytea NOT NULL CONSTRAINT attempt_subject_is_sha256 CHECK (length(subject) = 32),
    since timestamptz NOT NULL,
    n integer NOT NULL,
    CONSTRAINT appointment_attempt_pk PRIMARY KEY (centre_id, kind, subject)
);

-- ------------------------------------------------------------------ rights
GRANT SELECT, INSERT, UPDATE ON appointment, appointment_plan TO shubbak_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON appointment_closure, appointment_attempt TO shubbak_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON appointment_person TO shubbak_app;
GRANT SELECT, INSERT, DELETE ON appointment_file TO shubbak_app;
GRANT SELECT, INSERT ON appointment_event, appointment_plan_event TO shubbak_app;
GRANT SELECT ON appointment_transition TO shubbak_app;
REVOKE SELECT ON appointment, appointment_person, appointment_file, appointment_attempt FROM shubbak_read;
-- Reports see who came when, never what lets anybody cancel a booking.
GRANT SELECT (centre_id, id, first_id, plan_id, kind, service, day, starts_at, ends_at, seat, state,
    language, booked_at, moves, files, ticket_id, checked_in_at, is_late, revision, last_at)
    ON appointment TO shubbak_read;
