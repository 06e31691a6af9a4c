-- readable-by: 0031
-- The care of equipment: what there is and where, plans by date and counter, maintenance orders, and
-- the swap of a broken piece for a spare.
--
-- A piece of equipment is what a technician sticks a label on. A machine (table device) is what the
-- program talks to: a kiosk holds a printer, a scanner and a screen, and keeps its name when they change.

-- ------------------------------------------------------------------ the register
CREATE TABLE equipment (
    centre_id integer NOT NULL CONSTRAINT equipment_centre_fk REFERENCES centre (id),
    id uuid NOT NULL,
    label text NOT NULL CONSTRAINT equipment_label_is_plain
        CHECK (label ~ '^[A-Z0-9]+(-[A-Z0-9]+)*$' AND length(label) BETWEEN 6 AND 16),
    kind text NOT NULL CONSTRAINT equipment_kind_is_known CHECK (kind IN
        ('printer', 'scanner', 'screen', 'kiosk_case', 'ups', 'card_terminal', 'computer')),
    model text NOT NULL CONSTRAINT equipment_model_is_short CHECK (length(model) BETWEEN 1 AND 80),
    serial text CONSTRAINT equipment_serial_is_short CHECK (length(serial) BETWEEN 1 AND 60),
    place text NOT NULL CONSTRAINT equipment_place_is_known CHECK (place IN
        ('machine', 'window', 'room', 'shelf', 'repair', 'scrapped')),
    device_id uuid,
    window_number smallint,
    room text CONSTRAINT equipment_room_is_short CHECK (length(room) BETWEEN 1 AND 80),
    since timestamptz NOT NULL,
    in_use_since timestamptz,
    slips bigint NOT NULL DEFAULT 0,
    metres double precision NOT NULL DEFAULT 0,
    rolls integer NOT NULL DEFAULT 0,
    seen jsonb,
    CONSTRAINT equipment_pk PRIMARY KEY (centre_id, id),
    CONSTRAINT equipment_label_unique UNIQUE (centre_id, label),
    CONSTRAINT equipment_serial_unique UNIQUE (centre_id, kind, serial),
    CONSTRAINT equipment_device_fk FOREIGN KEY (centre_id, device_id) REFERENCES device (centre_id, id),
    CONSTRAINT equipment_window_fk FOREIGN KEY (centre_id, window_number)
        REFERENCES service_window (centre_id, number),
    CONSTRAINT equipment_place_names_its_spot CHECK ((place = 'machine') = (device_id IS NOT NULL)
        AND (place = 'window') = (window_number IS NOT NULL)
        AND (place = 'room') = (room IS NOT NULL)),
    CONSTRAINT equipment_in_use_has_its_beginning
        CHECK ((place IN ('machine', 'window', 'room')) = (in_use_since IS NOT NULL)),
    CONSTRAINT equipment_is_counted_upwards CHECK (slips >= 0 AND metres >= 0 AND rolls >= 0)
);
CREATE INDEX equipment_device ON equipment (centre_id, device_id) WHERE device_id IS NOT NULL;
COMMENT ON TABLE equipment IS 'What a technician cares for, each piece under the label that is stuck on it.';
COMMENT ON COLUMN equipment.place IS
    'machine, window and room: in use there; shelf: a spare; repair: away; scrapped: for good.';
COMMENT ON COLUMN equipment.in_use_since IS 'Since when it is in use without a break, wherever.';
COMMENT ON COLUMN equipment.slips IS 'Of a kiosk''s printer: slips printed by this piece, in whichever kiosk.';
COMMENT ON COLUMN equipment.seen IS 'What its machine had counted when this piece was counted last.';

-- ------------------------------------------------------------------ plans
CREATE TABLE maintenance_plan (
    centre_id integer NOT NULL CONSTRAINT maintenance_plan_centre_fk REFERENCES centre (id),
    id uuid NOT NULL,
    title_ar text NOT NULL CONSTRAINT maintenance_plan_title_is_short
        CHECK (length(title_ar) BETWEEN 1 AND 120),
    title_en text NOT NULL CONSTRAINT maintenance_plan_english_is_short CHECK (length(title_en) <= 120),
    kind text CONSTRAINT maintenance_plan_kind_is_known CHECK (kind IN
        ('printer', 'scanner', 'screen', 'kiosk_case', 'ups', 'card_terminal', 'computer')),
    equipment_id uuid,
    every integer CONSTRAINT maintenance_plan_comes_round CHECK (every BETWEEN 1 AND 1000),
    unit text CONSTRAINT maintenance_plan_unit_is_known CHECK (unit IN ('day', 'month')),
    every_count integer CONSTRAINT maintenance_plan_count_is_positive CHECK (every_count > 0),
    counter text CONSTRAINT maintenance_plan_counter_is_known
        CHECK (counter IN ('slips', 'metres', 'rolls')),
    stops_work boolean NOT NULL,
    steps jsonb NOT NULL CONSTRAINT maintenance_plan_steps_are_a_list CHECK (jsonb_typeof(steps) = 'array'),
    made_at timestamptz NOT NULL,
    ended_at timestamptz,
    CONSTRAINT maintenance_plan_pk PRIMARY KEY (centre_id, id),
    CONSTRAINT maintenance_plan_equipment_fk FOREIGN KEY (centre_id, equipment_id)
        REFERENCES equipment (centre_id, id),
    CONSTRAINT maintenance_plan_is_of_a_kind_or_a_piece
        CHECK ((kind IS NULL) <> (equipment_id IS NULL)),
    CONSTRAINT maintenance_plan_has_its_measure CHECK ((every IS NULL) = (unit IS NULL)
        AND (every_count IS NULL) = (counter IS NULL)
        AND (every IS NOT NULL OR every_count IS NOT NULL)),
    CONSTRAINT maintenance_plan_ends_after_it_is_made CHECK (made_at <= ended_at)
);
COMMENT ON TABLE maintenance_plan IS
    'What comes round by the calendar, by a counter, or by whichever is first.';

-- ------------------------------------------------------------------ maintenance orders
CREATE TABLE maintenance_order (
    centre_id integer NOT NULL CONSTRAINT maintenance_order_centre_fk REFERENCES centre (id),
    id uuid NOT NULL,
    number integer NOT NULL CONSTRAINT maintenance_order_number_is_positive CHECK (number > 0),
    equipment_id uuid NOT NULL,
    origin text NOT NULL CONSTRAINT maintenance_order_origin_is_known
        CHECK (origin IN ('plan', 'hand', 'fault', 'swap')),
    plan_id uuid,
    fault_id uuid,
    title_ar text NOT NULL CONSTRAINT maintenance_order_title_is_short
        CHECK (length(title_ar) BETWEEN 1 AND 160),
    title_en text NOT NULL CONSTRAINT maintenance_order_english_is_short CHECK (length(title_en) <= 160),
    steps jsonb NOT NULL CONSTRAINT maintenance_order_steps_are_a_list CHECK (jsonb_typeof(steps) = 'array'),
    state text NOT NULL CONSTRAINT maintenance_order_state_is_known
        CHECK (state IN ('open', 'in_work', 'done', 'cancelled')),
    stops_work boolean NOT NULL,
    device_id uuid,
    window_number smallint,
    left_at timestamptz,
    due_on date,
    opened_at timestamptz NOT NULL,
    started_at timestamptz,
    started_by uuid,
    ended_at timestamptz,
    ended_by uuid,
    done_text text CONSTRAINT maintenance_order_done_text_is_short CHECK (length(done_text) <= 500),
    parts text CONSTRAINT maintenance_order_parts_are_short CHECK (length(parts) <= 300),
    minutes integer CONSTRAINT maintenance_order_minutes_are_bounded
        CHECK (minutes BETWEEN 0 AND 10000),
    slips_at_end bigint,
    metres_at_end double precision,
    rolls_at_end integer,
    CONSTRAINT maintenance_order_pk PRIMARY KEY (centre_id, id),
    CONSTRAINT maintenance_order_number_unique UNIQUE (centre_id, number),
    CONSTRAINT maintenance_order_equipment_fk FOREIGN KEY (centre_id, equipment_id)
        REFERENCES equipment (centre_id, id),
    CONSTRAINT maintenance_order_plan_fk FOREIGN KEY (centre_id, plan_id)
        REFERENCES maintenance_plan (centre_id, id),
    CONSTRAINT maintenance_order_fault_fk FOREIGN KEY (centre_id, fault_id)
        REFERENCES fault (centre_id, id),
    CONSTRAINT maintenance_order_origin_names_its_cause CHECK ((origin = 'plan') = (plan_id IS NOT NULL)
        AND (origin = 'fault') = (fault_id IS NOT NULL)),
    CONSTRAINT maintenance_order_state_has_its_times CHECK (
        (state IN ('done', 'cancelled')) = (ended_at IS NOT NULL)
        AND (state <> 'open' OR started_at IS NULL)
        AND (state NOT IN ('in_work', 'done') OR started_at IS NOT NULL)),
    CONSTRAINT maintenance_order_times_are_in_order
        CHECK (opened_at <= started_at AND opened_at <= ended_at AND started_at <= ended_at),
    CONSTRAINT maintenance_order_end_has_its_counts CHECK ((ended_at IS NULL) = (slips_at_end IS NULL)
        AND (ended_at IS NULL) = (metres_at_end IS NULL) AND (ended_at IS NULL) = (rolls_at_end IS NULL))
);
CREATE UNIQUE INDEX maintenance_order_of_plan ON maintenance_order (centre_id, plan_id, equipment_id)
    WHERE state IN ('open', 'in_work');
CREATE UNIQUE INDEX maintenance_order_of_fault ON maintenance_order (centre_id, fault_id)
    WHERE fault_id IS NOT NULL AND state <> 'cancelled';
CREATE INDEX maintenance_order_equipment ON maintenance_order (centre_id, equipment_id, opened_at);
CREATE INDEX maintenance_order_ended ON maintenance_order (centre_id, ended_at) WHERE ended_at IS NOT NULL;
COMMENT ON TABLE maintenance_order IS
    'What is to be done to a piece of equipment, from its opening to what was done.';
COMMENT ON COLUMN maintenance_order.device_id IS 'Where the piece stood when the order was opened.';
COMMENT ON COLUMN maintenance_order.left_at IS 'Since when the piece is there no more: what is done now stops nothing.';
COMMENT ON COLUMN maintenance_order.stops_work IS 'While it is in work, its machine or window cannot work.';

-- ------------------------------------------------------------------ swaps
CREATE TABLE equipment_swap (
    centre_id integer NOT NULL CONSTRAINT equipment_swap_centre_fk REFERENCES centre (id),
    id uuid NOT NULL,
    broken_id uuid NOT NULL,
    spare_id uuid NOT NULL,
    order_id uuid NOT NULL,
    swapped_at timestamptz NOT NULL,
    CONSTRAINT equipment_swap_pk PRIMARY KEY (centre_id, id),
    CONSTRAINT equipment_swap_broken_fk FOREIGN KEY (centre_id, broken_id)
        REFERENCES equipment (centre_id, id),
    CONSTRAINT equipment_swap_spare_fk FOREIGN KEY (centre_id, spare_id)
        REFERENCES equipment (centre_id, id),
    CONSTRAINT equipment_swap_order_fk FOREIGN KEY (centre_id, order_id)
        REFERENCES maintenance_order (centre_id, id),
    CONSTRAINT equipment_swap_is_of_two CHECK (broken_id <> spare_id)
);
COMMENT ON TABLE equipment_swap IS 'A spare that took the place of a broken piece; its id is that of the press.';

-- ------------------------------------------------------------------ what happened, for ever
CREATE TABLE maintenance_event (
    centre_id integer NOT NULL CONSTRAINT maintenance_event_centre_fk REFERENCES centre (id),
    revision bigint NOT NULL,
    at timestamptz NOT NULL,
    subject text NOT NULL,
    subject_id uuid NOT NULL,
    event text NOT NULL,
    from_state text,
    to_state text,
    actor_kind text NOT NULL
        CONSTRAINT maintenance_event_actor_is_known CHECK (actor_kind IN ('staff', 'key', 'system')),
    actor_id uuid,
    detail jsonb,
    CONSTRAINT maintenance_event_pk PRIMARY KEY (centre_id, revision),
    CONSTRAINT maintenance_event_is_known CHECK ((subject, event) IN (
        ('equipment', 'added'), ('equipment', 'changed'), ('equipment', 'moved'),
        ('equipment', 'swapped_out'), ('equipment', 'swapped_in'),
        ('plan', 'made'), ('plan', 'ended'),
        ('order', 'open'), ('order', 'start'), ('order', 'finish'), ('order', 'cancel'))),
    CONSTRAINT maintenance_transition_is_known CHECK (
        CASE WHEN subject = 'order' THEN (event, from_state, to_state) IN (
            ('open', 'none', 'open'), ('start', 'open', 'in_work'), ('finish', 'in_work', 'done'),
            ('cancel', 'open', 'cancelled'), ('cancel', 'in_work', 'cancelled'))
        ELSE from_state IS NULL AND to_state IS NULL END)
);
CREATE INDEX maintenance_event_subject ON maintenance_event (centre_id, subject_id, revision);
CREATE TRIGGER record AFTER INSERT ON maintenance_event
    REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION record_events('quietly');
COMMENT ON TABLE maintenance_event IS 'What was done to equipment, plans and maintenance orders, and by whom.';

GRANT SELECT, INSERT, UPDATE ON equipment, maintenance_plan, maintenance_order TO shubbak_app;
GRANT SELECT, INSERT ON equipment_swap, maintenance_event TO shubbak_app;
GRANT SELECT ON equipment, maintenance_plan, maintenance_order, equipment_swap, maintenance_event
    TO shubbak_read;
