-- The policy of the queue as versioned data, who changed it and when, and the stop of numbers for a day.
--
-- A version is a draft until it is published. It holds at once or from the opening of a later business
-- day (`scheduled` till then); the typed rows that commands read (policy_now, priority_credit,
-- work_profile.priority_first) are written in the commit in which it comes into force.

CREATE TABLE policy_version (
    centre_id integer NOT NULL CONSTRAINT policy_version_centre_fk REFERENCES centre (id),
    version integer NOT NULL CONSTRAINT policy_version_is_positive CHECK (version > 0),
    state text NOT NULL
        CONSTRAINT policy_state_is_known CHECK (state IN ('draft', 'scheduled', 'published', 'retired',
            'withdrawn', 'discarded')),
    saves integer NOT NULL DEFAULT 1 CONSTRAINT policy_saves_are_counted CHECK (saves > 0),
    body jsonb NOT NULL CONSTRAINT policy_body_is_an_object CHECK (jsonb_typeof(body) = 'object'),
    note text,
    created_by uuid,
    created_at timestamptz NOT NULL,
    changed_by uuid,
    changed_at timestamptz NOT NULL,
    published_by uuid,
    published_at timestamptz,
    holds_from date,
    holds_since timestamptz,
    retired_at timestamptz,
    CONSTRAINT policy_version_pk PRIMARY KEY (centre_id, version),
    CONSTRAINT published_policy_has_its_moment
        CHECK ((state IN ('scheduled', 'published', 'retired', 'withdrawn')) = (published_at IS NOT NULL)),
    CONSTRAINT scheduled_policy_has_its_day CHECK (holds_from IS NOT NULL
        OR state NOT IN ('scheduled', 'withdrawn')),
    CONSTRAINT policy_in_force_has_its_moment
        CHECK ((state IN ('published', 'retired')) = (holds_since IS NOT NULL)),
    CONSTRAINT retired_policy_has_its_end CHECK ((state = 'retired') = (retired_at IS NOT NULL)),
    CONSTRAINT policy_times_are_in_order CHECK (created_at <= changed_at AND changed_at <= published_at
        AND published_at <= holds_since AND holds_since <= retired_at)
);
CREATE UNIQUE INDEX policy_one_draft ON policy_version (centre_id) WHERE state = 'draft';
CREATE UNIQUE INDEX policy_one_published ON policy_version (centre_id) WHERE state = 'published';
CREATE UNIQUE INDEX policy_one_scheduled ON policy_version (centre_id) WHERE state = 'scheduled';
COMMENT ON COLUMN policy_version.holds_from IS
    'The business day from whose opening it is to hold; null: from its publication.';
COMMENT ON COLUMN policy_version.holds_since IS
    'When it came into force; the version before it ended in that moment.';
COMMENT ON COLUMN policy_version.saves IS
    'How often the draft was saved: who saves over another number has seen an older draft.';

-- The stop of numbers by a person: it holds for one business day and ends by itself.
CREATE TABLE issuing_stop (
    centre_id integer NOT NULL CONSTRAINT issuing_stop_pk PRIMARY KEY
        CONSTRAINT issuing_stop_centre_fk REFERENCES centre (id),
    business_day date,
    changed_at timestamptz NOT NULL,
    changed_by uuid
);
COMMENT ON COLUMN issuing_stop.business_day IS 'The day on which no numbers are given; null: none.';

CREATE TABLE policy_event (
    centre_id integer NOT NULL CONSTRAINT policy_event_centre_fk REFERENCES centre (id),
    revision bigint NOT NULL,
    at timestamptz NOT NULL,
    event text NOT NULL CONSTRAINT policy_event_is_known
        CHECK (event IN ('drafted', 'changed', 'published', 'in_force', 'withdrawn', 'discarded',
            'stopped', 'started')),
    version integer,
    actor_kind text NOT NULL
        CONSTRAINT policy_event_actor_is_known CHECK (actor_kind IN ('staff', 'key', 'system')),
    actor_id uuid,
    detail jsonb,
    CONSTRAINT policy_event_pk PRIMARY KEY (centre_id, revision),
    CONSTRAINT policy_event_version_fk FOREIGN KEY (centre_id, version)
        REFERENCES policy_version (centre_id, version),
    CONSTRAINT policy_event_of_a_version CHECK ((event IN ('stopped', 'started')) = (version IS NULL))
);
CREATE TRIGGER record AFTER INSERT ON policy_event
    REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION record_events();

-- Calls out of order are published: the sheet of the rules counts them without reading all others.
CREATE INDEX ticket_event_out_of_order ON ticket_event (centre_id, at) WHERE event = 'call'
    AND (detail ->> 'out_of_order' IS NOT NULL OR detail ->> 'direct' IS NOT NULL);

GRANT SELECT, INSERT, UPDATE ON policy_version, issuing_stop TO shubbak_app;
GRANT SELECT, INSERT ON policy_event TO shubbak_app;
GRANT SELECT ON policy_version, issuing_stop, policy_event TO shubbak_read;
