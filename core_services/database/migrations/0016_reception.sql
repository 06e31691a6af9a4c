-- Reception: its role; slips that were ordered and of which nothing was heard; and the emergency book,
-- whose numbers are printed before a power cut and keyed in after it.

-- ------------------------------------------------------------------ who receives
ALTER TABLE staff DROP CONSTRAINT staff_role_is_known;
ALTER TABLE staff ADD CONSTRAINT staff_role_is_known
    CHECK (role IN ('receptionist', 'clerk', 'supervisor', 'admin'));

-- ------------------------------------------------------------------ slips along the line
-- What a member of staff gave and no kiosk has spoken of yet: looked at every second, hardly ever many.
CREATE INDEX ticket_slip_silent ON ticket (issued_at, id)
    WHERE channel = 'reception' AND paper = 'pending';

-- ------------------------------------------------------------------ the emergency book
CREATE TABLE emergency_batch (
    centre_id integer NOT NULL CONSTRAINT emergency_batch_centre_fk REFERENCES centre (id),
    number integer NOT NULL CONSTRAINT emergency_batch_number_is_positive CHECK (number > 0),
    for_day date NOT NULL,
    series text NOT NULL CONSTRAINT emergency_batch_has_its_own_letter CHECK (series = 'T'),
    first_number integer NOT NULL,
    last_number integer NOT NULL,
    printed_at timestamptz NOT NULL,
    printed_by_kind text NOT NULL
        CONSTRAINT emergency_batch_printer_is_known CHECK (printed_by_kind IN ('staff', 'system')),
    printed_by uuid,
    CONSTRAINT emergency_batch_pk PRIMARY KEY (centre_id, number),
    CONSTRAINT emergency_batch_first_unique UNIQUE (centre_id, series, for_day, first_number),
    CONSTRAINT emergency_batch_is_a_book
        CHECK (101 <= first_number AND first_number <= last_number AND last_number <= 9999
               AND last_number - first_number < 1000),
    CONSTRAINT emergency_batch_by_staff_names_them
        CHECK ((printed_by_kind = 'staff') = (printed_by IS NOT NULL))
);
COMMENT ON TABLE emergency_batch IS
    'A printed book: its numbers go on where the book before it ended, so that two books never share one on a day.';

CREATE TABLE emergency_event (
    centre_id integer NOT NULL,
    revision bigint NOT NULL,
    batch integer NOT NULL,
    at timestamptz NOT NULL,
    event text NOT NULL
        CONSTRAINT emergency_event_is_known CHECK (event IN ('printed')),
    actor_kind text NOT NULL
        CONSTRAINT emergency_event_actor_is_known CHECK (actor_kind IN ('staff', 'system')),
    actor_id uuid,
    detail jsonb,
    CONSTRAINT emergency_event_pk PRIMARY KEY (centre_id, revision),
    CONSTRAINT emergency_event_batch_fk FOREIGN KEY (centre_id, batch)
        REFERENCES emergency_batch (centre_id, number)
);
COMMENT ON TABLE emergency_event IS
    'Books printed. What was keyed in from them are events of tickets (channel emergency).';
CREATE TRIGGER record AFTER INSERT ON emergency_event
    REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION record_events();

-- A slip is handed out once, on whatever day: its number is looked for since its book was printed.
CREATE INDEX ticket_of_the_book ON ticket (number, business_day, centre_id) WHERE series = 'T';

-- ------------------------------------------------------------------ rights
GRANT SELECT, INSERT ON emergency_batch, emergency_event TO shubbak_app;
GRANT SELECT ON emergency_batch, emergency_event TO shubbak_read;
