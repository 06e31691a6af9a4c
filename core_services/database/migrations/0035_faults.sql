-- readable-by: 0031
-- Faults and hindrances that staff report from any screen: from report to mending, with a clock.
--
-- A fault is `fault`; each step is an event; each report bears the diagnosis that the server took at
-- that moment; what people wrote stands apart and has its time. When work stands still because of
-- it, fault_stop says from when until when.

CREATE TABLE fault (
    centre_id integer NOT NULL CONSTRAINT fault_centre_fk REFERENCES centre (id),
    id uuid NOT NULL,
    kind text NOT NULL CONSTRAINT fault_kind_is_known CHECK (kind IN
        ('printer', 'kiosk', 'screen', 'scanner', 'payment', 'computer', 'network', 'programme',
         'other', 'power', 'crowd', 'forms', 'hindrance')),
    device_id uuid,
    window_number smallint,
    stops_work boolean NOT NULL,
    state text NOT NULL CONSTRAINT fault_state_is_known
        CHECK (state IN ('reported', 'accepted', 'mended', 'not_fault')),
    reported_at timestamptz NOT NULL,
    reported_by uuid NOT NULL,
    reports integer NOT NULL DEFAULT 1 CONSTRAINT fault_has_its_reports CHECK (reports > 0),
    accepted_at timestamptz,
    accepted_by uuid,
    mended_at timestamptz,
    dismissed_at timestamptz,
    ended_by uuid,
    alarm_id uuid,
    last_at timestamptz NOT NULL,
    CONSTRAINT fault_pk PRIMARY KEY (centre_id, id),
    CONSTRAINT fault_device_fk FOREIGN KEY (centre_id, device_id)
        REFERENCES device (centre_id, id),
    CONSTRAINT fault_window_fk FOREIGN KEY (centre_id, window_number)
        REFERENCES service_window (centre_id, number),
    CONSTRAINT fault_alarm_fk FOREIGN KEY (centre_id, alarm_id)
        REFERENCES window_alarm (centre_id, id),
    CONSTRAINT fault_state_has_its_times CHECK (
        (state = 'mended') = (mended_at IS NOT NULL)
        AND (state = 'not_fault') = (dismissed_at IS NOT NULL)
        AND (state IN ('mended', 'not_fault')) = (ended_by IS NOT NULL)
        AND (accepted_at IS NULL) = (accepted_by IS NULL)
        AND (state <> 'reported' OR accepted_at IS NULL)
        AND (state <> 'accepted' OR accepted_at IS NOT NULL)),
    CONSTRAINT fault_times_are_in_order CHECK (reported_at <= last_at
        AND (accepted_at IS NULL OR accepted_at BETWEEN reported_at AND last_at)
        AND (mended_at IS NULL OR mended_at BETWEEN reported_at AND last_at)
        AND (dismissed_at IS NULL OR dismissed_at BETWEEN reported_at AND last_at))
);
CREATE UNIQUE INDEX fault_open ON fault
    (centre_id, kind, coalesce(device_id::text, window_number::text, 'hall'))
    WHERE state IN ('reported', 'accepted');
CREATE INDEX fault_time ON fault (centre_id, reported_at);
CREATE INDEX fault_device ON fault (centre_id, device_id, reported_at);
CREATE UNIQUE INDEX fault_alarm ON fault (centre_id, alarm_id);
COMMENT ON COLUMN fault.window_number IS 'The window that it concerns; NULL: no window, or a machine of the hall.';
COMMENT ON COLUMN fault.alarm_id IS 'The alarm of that window which goes with it, from its rise to its close.';

-- From when until when work stood still because of a fault. One that turned out to be none counts
-- nowhere: ask for its state.
CREATE TABLE fault_stop (
    centre_id integer NOT NULL,
    fault_id uuid NOT NULL,
    began_at timestamptz NOT NULL,
    ended_at timestamptz,
    CONSTRAINT fault_stop_pk PRIMARY KEY (centre_id, fault_id, began_at),
    CONSTRAINT fault_stop_fault_fk FOREIGN KEY (centre_id, fault_id)
        REFERENCES fault (centre_id, id),
    CONSTRAINT fault_stop_ends_after_it_began CHECK (ended_at >= began_at)
);
CREATE UNIQUE INDEX fault_stop_open ON fault_stop (centre_id, fault_id) WHERE ended_at IS NULL;

CREATE TABLE fault_event (
    centre_id integer NOT NULL,
    revision bigint NOT NULL,
    fault_id uuid NOT NULL,
    at timestamptz NOT NULL,
    event text NOT NULL CONSTRAINT fault_event_is_known CHECK (event IN
        ('reported', 'joined', 'accepted', 'noted', 'mended', 'dismissed', 'reopened')),
    actor_kind text NOT NULL
        CONSTRAINT fault_event_actor_is_known CHECK (actor_kind IN ('staff', 'key')),
    actor_id uuid NOT NULL,
    detail jsonb,
    CONSTRAINT fault_event_pk PRIMARY KEY (centre_id, revision),
    CONSTRAINT fault_event_fault_fk FOREIGN KEY (centre_id, fault_id)
        REFERENCES fault (centre_id, id)
);
CREATE INDEX fault_event_fault ON fault_event (centre_id, fault_id, revision);
CREATE TRIGGER record AFTER INSERT ON fault_event
    REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION record_events();

-- One report of it; whose and when its event says.
CREATE TABLE fault_report (
    centre_id integer NOT NULL,
    revision bigint NOT NULL,
    fault_id uuid NOT NULL,
    window_number smallint,
    screen text CONSTRAINT fault_screen_is_a_route
        CHECK (screen ~ '^/[^?#]*$' AND length(screen) <= 120),
    diagnosis jsonb NOT NULL CONSTRAINT fault_diagnosis_is_bounded
        CHECK (jsonb_typeof(diagnosis) = 'object' AND length(diagnosis::text) <= 65536),
    CONSTRAINT fault_report_pk PRIMARY KEY (centre_id, revision),
    CONSTRAINT fault_report_event_fk FOREIGN KEY (centre_id, revision)
        REFERENCES fault_event (centre_id, revision)
);
CREATE INDEX fault_report_fault ON fault_report (centre_id, fault_id, revision);
COMMENT ON COLUMN fault_report.screen IS 'The template of the route of the screen it was reported from.';
COMMENT ON COLUMN fault_report.diagnosis IS 'What the server knew at that moment; nothing personal.';

-- What people wrote at a step: the text goes after its time and the event stays.
CREATE TABLE fault_words (
    centre_id integer NOT NULL,
    revision bigint NOT NULL,
    fault_id uuid NOT NULL,
    written_at timestamptz NOT NULL,
    text text NOT NULL CONSTRAINT fault_words_are_short CHECK (length(text) BETWEEN 1 AND 500),
    CONSTRAINT fault_words_pk PRIMARY KEY (centre_id, revision),
    CONSTRAINT fault_words_event_fk FOREIGN KEY (centre_id, revision)
        REFERENCES fault_event (centre_id, revision)
);
CREATE INDEX fault_words_fault ON fault_words (centre_id, fault_id, revision);
CREATE INDEX fault_words_time ON fault_words (centre_id, written_at);

-- ------------------------------------------------------------------ the alarm of a window
ALTER TABLE window_alarm DROP CONSTRAINT window_alarm_category_is_known;
ALTER TABLE window_alarm ADD CONSTRAINT window_alarm_category_is_known CHECK (category IN
    ('computer', 'printer', 'scanner', 'network', 'payment', 'screen', 'power', 'other',
     'programme', 'crowd', 'forms', 'hindrance'));

-- ------------------------------------------------------------------ rights
GRANT SELECT, INSERT, UPDATE ON fault, fault_stop TO shubbak_app;
GRANT SELECT, INSERT ON fault_event, fault_report TO shubbak_app;
GRANT SELECT, INSERT, DELETE ON fault_words TO shubbak_app;
GRANT SELECT ON fault, fault_stop, fault_event, fault_report TO shubbak_read;
REVOKE SELECT ON fault_words FROM shubbak_read;
