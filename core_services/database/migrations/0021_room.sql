-- The supervisor's room: what is wrong in the hall, from its rise to its end; and what is said to all.

-- ------------------------------------------------------------------ alarms
-- One row for each time that something was wrong. Whoever watches raises and clears it, a person
-- acknowledges it; the events are the record, this row is what they come to.
CREATE TABLE alarm_episode (
    centre_id integer NOT NULL CONSTRAINT alarm_episode_centre_fk REFERENCES centre (id),
    id uuid NOT NULL,
    kind text NOT NULL CONSTRAINT alarm_episode_kind_is_a_word CHECK (kind ~ '^[a-z][a-z-]{0,31}$'),
    subject text NOT NULL
        CONSTRAINT alarm_episode_subject_is_short CHECK (length(subject) BETWEEN 1 AND 120),
    facts jsonb NOT NULL
        CONSTRAINT alarm_episode_facts_are_an_object CHECK (jsonb_typeof(facts) = 'object'),
    is_grave boolean NOT NULL,
    level smallint NOT NULL CONSTRAINT alarm_episode_level_is_counted CHECK (level >= 0),
    raised_at timestamptz NOT NULL,
    worse_at timestamptz,
    acknowledged_at timestamptz,
    acknowledged_by uuid,
    cleared_at timestamptz,
    last_at timestamptz NOT NULL,
    CONSTRAINT alarm_episode_pk PRIMARY KEY (centre_id, id),
    CONSTRAINT acknowledged_alarm_has_its_person
        CHECK ((acknowledged_at IS NULL) = (acknowledged_by IS NULL)),
    CONSTRAINT alarm_episode_times_are_in_order CHECK (raised_at <= last_at
        AND (worse_at IS NULL OR worse_at BETWEEN raised_at AND last_at)
        AND (acknowledged_at IS NULL OR acknowledged_at BETWEEN raised_at AND last_at)
        AND (cleared_at IS NULL OR cleared_at BETWEEN raised_at AND last_at))
);
CREATE UNIQUE INDEX alarm_episode_open ON alarm_episode (centre_id, kind, subject)
    WHERE cleared_at IS NULL;
CREATE INDEX alarm_episode_time ON alarm_episode (centre_id, raised_at);
COMMENT ON COLUMN alarm_episode.subject IS 'What is wrong: a window, a queue, a device, the hall.';
COMMENT ON COLUMN alarm_episode.level IS
    'How bad, in steps; a higher one than was acknowledged asks for a person again.';
COMMENT ON COLUMN alarm_episode.acknowledged_by IS
    'A member of staff or a key. NULL again when it has grown worse since.';

CREATE TABLE alarm_event (
    centre_id integer NOT NULL,
    revision bigint NOT NULL,
    alarm_id uuid NOT NULL,
    at timestamptz NOT NULL,
    event text NOT NULL CONSTRAINT alarm_event_is_known
        CHECK (event IN ('raised', 'worse', 'acknowledged', 'cleared')),
    kind text NOT NULL,
    subject text NOT NULL,
    level smallint NOT NULL,
    actor_kind text NOT NULL
        CONSTRAINT alarm_event_actor_is_known CHECK (actor_kind IN ('staff', 'key', 'system')),
    actor_id uuid,
    CONSTRAINT alarm_event_pk PRIMARY KEY (centre_id, revision),
    CONSTRAINT alarm_event_alarm_fk FOREIGN KEY (centre_id, alarm_id)
        REFERENCES alarm_episode (centre_id, id),
    CONSTRAINT a_person_acknowledges_an_alarm
        CHECK ((event = 'acknowledged') = (actor_kind <> 'system')
               AND (actor_kind = 'system') = (actor_id IS NULL))
);
CREATE INDEX alarm_event_alarm ON alarm_event (centre_id, alarm_id, revision);
CREATE TRIGGER record AFTER INSERT ON alarm_event
    REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION record_events();

-- ------------------------------------------------------------------ messages to the whole hall
CREATE TABLE broadcast (
    centre_id integer NOT NULL CONSTRAINT broadcast_centre_fk REFERENCES centre (id),
    id uuid NOT NULL,
    kind text NOT NULL CONSTRAINT broadcast_kind_is_known
        CHECK (kind IN ('prayer', 'closing', 'breakdown', 'notice', 'emergency')),
    phrase text CONSTRAINT broadcast_phrase_is_a_word CHECK (phrase ~ '^[a-z][a-z-]{0,31}$'),
    text_ar text NOT NULL
        CONSTRAINT broadcast_has_a_text CHECK (length(text_ar) BETWEEN 1 AND 240),
    text_en text NOT NULL DEFAULT ''
        CONSTRAINT broadcast_english_is_short CHECK (length(text_en) <= 240),
    glasses text[] NOT NULL CONSTRAINT broadcast_glasses_are_known
        CHECK (cardinality(glasses) > 0
               AND glasses <@ ARRAY['board', 'kiosk', 'face', 'phone', 'desk']),
    calls_go_on boolean NOT NULL DEFAULT true,
    sent_at timestamptz NOT NULL,
    sent_by_kind text NOT NULL
        CONSTRAINT broadcast_sender_is_known CHECK (sent_by_kind IN ('staff', 'key')),
    sent_by uuid NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz,
    ended_at timestamptz,
    ended_by uuid,
    CONSTRAINT broadcast_pk PRIMARY KEY (centre_id, id),
    CONSTRAINT emergency_stands_on_every_glass CHECK (kind <> 'emergency'
        OR glasses @> ARRAY['board', 'kiosk', 'face', 'phone', 'desk']),
    CONSTRAINT only_an_emergency_silences_calls CHECK (kind = 'emergency' OR calls_go_on),
    CONSTRAINT emergency_has_no_end_of_its_own
        CHECK (kind <> 'emergency' OR (ends_at IS NULL AND starts_at = sent_at)),
    CONSTRAINT broadcast_ends_after_it_starts CHECK (ends_at > starts_at),
    CONSTRAINT ended_broadcast_has_its_person CHECK ((ended_at IS NULL) = (ended_by IS NULL)),
    CONSTRAINT broadcast_times_are_in_order CHECK (starts_at >= sent_at AND ended_at >= sent_at)
);
CREATE UNIQUE INDEX broadcast_one_emergency ON broadcast (centre_id)
    WHERE kind = 'emergency' AND ended_at IS NULL;
CREATE INDEX broadcast_open ON broadcast (centre_id, starts_at) WHERE ended_at IS NULL;
CREATE INDEX broadcast_time ON broadcast (centre_id, sent_at);
COMMENT ON COLUMN broadcast.ends_at IS 'When it ends by itself; NULL: it stands until somebody ends it.';

CREATE TABLE broadcast_event (
    centre_id integer NOT NULL,
    revision bigint NOT NULL,
    broadcast_id uuid NOT NULL,
    at timestamptz NOT NULL,
    event text NOT NULL CONSTRAINT broadcast_event_is_known CHECK (event IN ('sent', 'ended')),
    kind text NOT NULL,
    actor_kind text NOT NULL
        CONSTRAINT broadcast_event_actor_is_known CHECK (actor_kind IN ('staff', 'key')),
    actor_id uuid NOT NULL,
    CONSTRAINT broadcast_event_pk PRIMARY KEY (centre_id, revision),
    CONSTRAINT broadcast_event_broadcast_fk FOREIGN KEY (centre_id, broadcast_id)
        REFERENCES broadcast (centre_id, id)
);
CREATE TRIGGER record AFTER INSERT ON broadcast_event
    REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION record_events();

-- On which glass it stood, and when it first did; no event, as with calls.
CREATE TABLE broadcast_delivery (
    centre_id integer NOT NULL,
    broadcast_id uuid NOT NULL,
    device_id uuid NOT NULL,
    shown_at timestamptz NOT NULL,
    CONSTRAINT broadcast_delivery_pk PRIMARY KEY (centre_id, broadcast_id, device_id),
    CONSTRAINT broadcast_delivery_broadcast_fk FOREIGN KEY (centre_id, broadcast_id)
        REFERENCES broadcast (centre_id, id),
    CONSTRAINT broadcast_delivery_device_fk FOREIGN KEY (centre_id, device_id)
        REFERENCES device (centre_id, id)
);

-- ------------------------------------------------------------------ rights
GRANT SELECT, INSERT ON alarm_event, broadcast_event, broadcast_delivery TO shubbak_app;
GRANT SELECT, INSERT, UPDATE ON alarm_episode, broadcast TO shubbak_app;
GRANT SELECT ON alarm_event, alarm_episode, broadcast, broadcast_event, broadcast_delivery
    TO shubbak_read;
