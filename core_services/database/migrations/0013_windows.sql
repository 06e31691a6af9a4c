-- The windows, complete: hand-over, assignment and profile; alarms; messages; notes; replies to counts.
--
-- Texts that people wrote (messages, notes, replies) stand in side tables with a retention and are
-- never in an event; shubbak_read does not see them.

-- ------------------------------------------------------------------ who has a window, and for what
ALTER TABLE service_window ADD COLUMN offered_at timestamptz;
ALTER TABLE service_window ADD CONSTRAINT only_an_opened_window_is_handed_over
    CHECK (offered_at IS NULL OR state <> 'closed');
COMMENT ON COLUMN service_window.offered_at IS
    'Whoever opened the window hands it over: the next person to open it takes it with what it has in hand.';

ALTER TABLE window_event ADD COLUMN detail jsonb;
ALTER TABLE window_event DROP CONSTRAINT window_transition_is_known;
ALTER TABLE window_event ADD CONSTRAINT window_transition_is_known CHECK ((event, from_state, to_state) IN (
    ('open', 'closed', 'open'), ('resume', 'paused', 'open'), ('pause', 'open', 'paused'),
    ('close', 'open', 'closed'), ('close', 'paused', 'closed'),
    ('take_over', 'open', 'open'), ('take_over', 'paused', 'open'),
    ('offer', 'open', 'open'), ('offer', 'paused', 'paused'),
    ('keep', 'open', 'open'), ('keep', 'paused', 'paused'),
    ('assign', 'open', 'open'), ('assign', 'paused', 'paused'),
    ('profile', 'closed', 'closed'), ('profile', 'open', 'open'), ('profile', 'paused', 'paused')));

CREATE INDEX window_event_time ON window_event (centre_id, at);

CREATE OR REPLACE VIEW window_now AS
SELECT w.centre_id, w.number,
       to_jsonb(w) || jsonb_build_object(
           'priority_first', p.priority_first, 'queues', coalesce(q.queues, '{}'),
           'ticket', to_jsonb(t), 'gives_way', is_stand_in(w) OR w.offered_at IS NOT NULL) AS facts
  FROM service_window w
  JOIN work_profile p ON p.centre_id = w.centre_id AND p.code = w.profile
  LEFT JOIN LATERAL (SELECT array_agg(queue ORDER BY queue) AS queues
                       FROM work_profile_queue
                      WHERE centre_id = w.centre_id AND profile = w.profile) q ON true
  LEFT JOIN ticket t ON t.centre_id = w.centre_id AND t.window_number = w.number
   AND t.state IN ('called', 'serving');

-- ------------------------------------------------------------------ alarms of the desk
-- An emergency, a wish for the supervisor, or a fault: open until somebody closes it with a reason.
CREATE TABLE window_alarm (
    centre_id integer NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL
        CONSTRAINT window_alarm_kind_is_known CHECK (kind IN ('emergency', 'supervisor', 'fault')),
    window_number smallint NOT NULL,
    category text CONSTRAINT window_alarm_category_is_known CHECK (category IN
        ('computer', 'printer', 'scanner', 'network', 'payment', 'screen', 'power', 'other')),
    is_silent boolean NOT NULL DEFAULT false,
    raised_at timestamptz NOT NULL,
    raised_by uuid NOT NULL,
    accepted_at timestamptz,
    accepted_by uuid,
    closed_at timestamptz,
    closed_by uuid,
    closed_why text CONSTRAINT window_alarm_end_is_known CHECK (closed_why IN
        ('handled', 'false_alarm', 'withdrawn', 'other')),
    CONSTRAINT window_alarm_pk PRIMARY KEY (centre_id, id),
    CONSTRAINT window_alarm_window_fk FOREIGN KEY (centre_id, window_number)
        REFERENCES service_window (centre_id, number),
    CONSTRAINT fault_has_its_category CHECK ((kind = 'fault') = (category IS NOT NULL)),
    CONSTRAINT window_alarm_has_whoever_acted CHECK ((accepted_at IS NULL) = (accepted_by IS NULL)
        AND (closed_at IS NULL) = (closed_by IS NULL) AND (closed_at IS NULL) = (closed_why IS NULL)),
    CONSTRAINT window_alarm_times_are_in_order CHECK (raised_at <= accepted_at AND raised_at <= closed_at)
);
CREATE UNIQUE INDEX window_alarm_open ON window_alarm (centre_id, window_number, kind, coalesce(category, ''))
    WHERE closed_at IS NULL;
CREATE INDEX window_alarm_day ON window_alarm (centre_id, raised_at);

CREATE TABLE window_alarm_event (
    centre_id integer NOT NULL,
    revision bigint NOT NULL,
    alarm_id uuid NOT NULL,
    window_number smallint NOT NULL,
    kind text NOT NULL,
    at timestamptz NOT NULL,
    event text NOT NULL
        CONSTRAINT window_alarm_event_is_known CHECK (event IN ('raised', 'accepted', 'closed')),
    actor_kind text NOT NULL
        CONSTRAINT window_alarm_event_actor_is_known CHECK (actor_kind IN ('staff', 'key', 'system')),
    actor_id uuid,
    reason text,
    CONSTRAINT window_alarm_event_pk PRIMARY KEY (centre_id, revision),
    CONSTRAINT window_alarm_event_alarm_fk FOREIGN KEY (centre_id, alarm_id)
        REFERENCES window_alarm (centre_id, id)
);
CREATE INDEX window_alarm_event_alarm ON window_alarm_event (centre_id, alarm_id, revision);
CREATE TRIGGER record AFTER INSERT ON window_alarm_event
    REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION record_events();

-- ------------------------------------------------------------------ messages between supervisor and windows
CREATE TABLE window_message (
    centre_id integer NOT NULL CONSTRAINT window_message_centre_fk REFERENCES centre (id),
    id uuid NOT NULL,
    toward text NOT NULL
        CONSTRAINT window_message_direction_is_known CHECK (toward IN ('window', 'supervisor')),
    window_number smallint,
    sent_at timestamptz NOT NULL,
    sent_by uuid NOT NULL,
    text text NOT NULL
        CONSTRAINT window_message_is_short CHECK (length(text) BETWEEN 1 AND 200),
    CONSTRAINT window_message_pk PRIMARY KEY (centre_id, id),
    CONSTRAINT window_message_window_fk FOREIGN KEY (centre_id, window_number)
        REFERENCES service_window (centre_id, number),
    CONSTRAINT only_a_supervisor_writes_to_all CHECK (toward = 'window' OR window_number IS NOT NULL)
);
CREATE INDEX window_message_time ON window_message (centre_id, sent_at);
COMMENT ON COLUMN window_message.window_number IS 'The window it goes to or comes from; NULL: to all.';

CREATE TABLE window_message_read (
    centre_id integer NOT NULL,
    message_id uuid NOT NULL,
    read_by uuid NOT NULL,
    window_number smallint,
    read_at timestamptz NOT NULL,
    CONSTRAINT window_message_read_pk PRIMARY KEY (centre_id, message_id, read_by),
    CONSTRAINT window_message_read_message_fk FOREIGN KEY (centre_id, message_id)
        REFERENCES window_message (centre_id, id) ON DELETE CASCADE
);

-- The text goes after its time and the event stays, so there is no reference between them.
CREATE TABLE window_message_event (
    centre_id integer NOT NULL CONSTRAINT window_message_event_centre_fk REFERENCES centre (id),
    revision bigint NOT NULL,
    message_id uuid NOT NULL,
    window_number smallint,
    at timestamptz NOT NULL,
    event text NOT NULL
        CONSTRAINT window_message_event_is_known CHECK (event IN ('sent', 'read')),
    actor_kind text NOT NULL
        CONSTRAINT window_message_event_actor_is_known CHECK (actor_kind IN ('staff', 'key', 'system')),
    actor_id uuid,
    CONSTRAINT window_message_event_pk PRIMARY KEY (centre_id, revision)
);
CREATE TRIGGER record AFTER INSERT ON window_message_event
    REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION record_events();

-- ------------------------------------------------------------------ what clerks write
CREATE TABLE ticket_note (
    centre_id integer NOT NULL,
    id uuid NOT NULL,
    ticket_id uuid NOT NULL,
    window_number smallint NOT NULL,
    written_at timestamptz NOT NULL,
    written_by uuid NOT NULL,
    text text NOT NULL CONSTRAINT ticket_note_is_short CHECK (length(text) BETWEEN 1 AND 300),
    CONSTRAINT ticket_note_pk PRIMARY KEY (centre_id, id),
    CONSTRAINT ticket_note_ticket_fk FOREIGN KEY (centre_id, ticket_id) REFERENCES ticket (centre_id, id)
);
CREATE INDEX ticket_note_ticket ON ticket_note (centre_id, ticket_id, written_at);
CREATE INDEX ticket_note_time ON ticket_note (centre_id, written_at);

CREATE TABLE window_reply (
    centre_id integer NOT NULL,
    business_day date NOT NULL,
    window_number smallint NOT NULL,
    written_by uuid NOT NULL,
    written_at timestamptz NOT NULL,
    text text NOT NULL CONSTRAINT window_reply_is_short CHECK (length(text) BETWEEN 1 AND 500),
    CONSTRAINT window_reply_pk PRIMARY KEY (centre_id, business_day, window_number, written_by),
    CONSTRAINT window_reply_window_fk FOREIGN KEY (centre_id, window_number)
        REFERENCES service_window (centre_id, number)
);
COMMENT ON TABLE window_reply IS 'What a clerk says to the counts of a window on a day.';

-- That something was written, never what: the text goes after its time and the event stays.
CREATE TABLE writing_event (
    centre_id integer NOT NULL CONSTRAINT writing_event_centre_fk REFERENCES centre (id),
    revision bigint NOT NULL,
    ticket_id uuid,
    window_number smallint NOT NULL,
    at timestamptz NOT NULL,
    event text NOT NULL CONSTRAINT writing_event_is_known CHECK (event IN ('note', 'reply')),
    actor_kind text NOT NULL
        CONSTRAINT writing_event_actor_is_known CHECK (actor_kind IN ('staff', 'key')),
    actor_id uuid NOT NULL,
    CONSTRAINT writing_event_pk PRIMARY KEY (centre_id, revision),
    CONSTRAINT writing_event_ticket_fk FOREIGN KEY (centre_id, ticket_id) REFERENCES ticket (centre_id, id),
    CONSTRAINT a_note_is_on_a_ticket CHECK ((event = 'note') = (ticket_id IS NOT NULL))
);
CREATE TRIGGER record AFTER INSERT ON writing_event
    REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION record_events();

-- Each desk asks for the last who missed their call whenever the hall changes.
CREATE INDEX ticket_missed ON ticket (business_day, centre_id, last_at) WHERE state = 'no_show';

-- ------------------------------------------------------------------ who may do what
GRANT SELECT, INSERT, UPDATE ON window_alarm, window_reply TO shubbak_app;
GRANT SELECT, INSERT ON window_alarm_event, window_message_event, writing_event TO shubbak_app;
GRANT SELECT, INSERT, DELETE ON window_message, ticket_note TO shubbak_app;
GRANT SELECT, INSERT ON window_message_read TO shubbak_app;
GRANT SELECT ON window_alarm, window_alarm_event, window_message_event, writing_event TO shubbak_read;
REVOKE SELECT ON window_message, window_message_read, ticket_note, window_reply FROM shubbak_read;
