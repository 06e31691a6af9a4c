-- People and programs that may act: staff, sign-ins, API keys; and the facts about the centre itself.
--
-- Who was added, changed or shut out is an event in the centre's chain. Sign-ins and their limits are
-- not: they take no lock, so that a burst of wrong passwords never holds up the hall.

-- ------------------------------------------------------------------ staff
CREATE TABLE staff (
    centre_id integer NOT NULL CONSTRAINT staff_centre_fk REFERENCES centre (id),
    id uuid NOT NULL,
    username text NOT NULL
        CONSTRAINT staff_username_is_plain CHECK (username ~ '^[a-z][a-z0-9._-]{1,31}$'),
    name_ar text NOT NULL,
    name_en text NOT NULL,
    role text NOT NULL
        CONSTRAINT staff_role_is_known CHECK (role IN ('clerk', 'supervisor', 'admin')),
    default_window smallint
        CONSTRAINT staff_window_is_1_to_99 CHECK (default_window BETWEEN 1 AND 99),
    password_hash text NOT NULL
        CONSTRAINT staff_password_is_argon2id CHECK (password_hash LIKE '$argon2id$%'),
    created_at timestamptz NOT NULL,
    disabled_at timestamptz,
    last_sign_in_at timestamptz,
    CONSTRAINT staff_pk PRIMARY KEY (centre_id, id),
    CONSTRAINT staff_username_unique UNIQUE (centre_id, username),
    CONSTRAINT staff_is_disabled_after_it_is_made CHECK (disabled_at >= created_at)
);

CREATE TABLE staff_session (
    token_hash bytea NOT NULL
        CONSTRAINT staff_session_pk PRIMARY KEY
        CONSTRAINT staff_session_token_is_sha256 CHECK (length(token_hash) = 32),
    centre_id integer NOT NULL,
    staff_id uuid NOT NULL,
    csrf text NOT NULL,
    created_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT staff_session_staff_fk FOREIGN KEY (centre_id, staff_id)
        REFERENCES staff (centre_id, id) ON DELETE CASCADE,
    CONSTRAINT staff_session_ends_after_it_begins CHECK (expires_at > created_at)
) WITH (fillfactor = 80);
CREATE INDEX staff_session_staff ON staff_session (centre_id, staff_id);
CREATE INDEX staff_session_end ON staff_session (expires_at);

-- Failures in a row of one username or one address, both hashed: people type passwords into the
-- wrong field. An attempt is counted before its password is looked at, so that attempts made side by
-- side count too, and is taken back when it succeeds.
CREATE TABLE sign_in_attempt (
    centre_id integer NOT NULL CONSTRAINT sign_in_attempt_centre_fk REFERENCES centre (id),
    kind text NOT NULL
        CONSTRAINT sign_in_attempt_kind_is_known CHECK (kind IN ('account', 'address')),
    subject bytea NOT NULL
        CONSTRAINT sign_in_attempt_subject_is_sha256 CHECK (length(subject) = 32),
    failures integer NOT NULL
        CONSTRAINT sign_in_attempt_is_not_negative CHECK (failures >= 0),
    last_at timestamptz NOT NULL,
    blocked_until timestamptz NOT NULL,
    CONSTRAINT sign_in_attempt_pk PRIMARY KEY (centre_id, kind, subject)
) WITH (fillfactor = 80);
CREATE INDEX sign_in_attempt_age ON sign_in_attempt (last_at);

CREATE TABLE sign_in_count (
    centre_id integer NOT NULL CONSTRAINT sign_in_count_centre_fk REFERENCES centre (id),
    day date NOT NULL,
    succeeded integer NOT NULL DEFAULT 0,
    failed integer NOT NULL DEFAULT 0,
    CONSTRAINT sign_in_count_pk PRIMARY KEY (centre_id, day)
) WITH (fillfactor = 50);
COMMENT ON TABLE sign_in_count IS 'Sign-ins of a UTC day, in numbers only.';

-- ------------------------------------------------------------------ API keys
CREATE TABLE api_key (
    centre_id integer NOT NULL CONSTRAINT api_key_centre_fk REFERENCES centre (id),
    id uuid NOT NULL,
    name text NOT NULL CONSTRAINT api_key_has_a_name CHECK (length(name) BETWEEN 1 AND 64),
    prefix text NOT NULL,
    key_hash bytea NOT NULL
        CONSTRAINT api_key_hash_unique UNIQUE
        CONSTRAINT api_key_hash_is_sha256 CHECK (length(key_hash) = 32),
    scopes text[] NOT NULL
        CONSTRAINT api_key_scopes_are_known CHECK (cardinality(scopes) > 0 AND scopes
            <@ ARRAY['read', 'issue', 'act', 'supervise', 'metrics', 'admin']),
    created_at timestamptz NOT NULL,
    last_used_at timestamptz,
    revoked_at timestamptz,
    CONSTRAINT api_key_pk PRIMARY KEY (centre_id, id)
);
CREATE UNIQUE INDEX api_key_name_unique ON api_key (centre_id, name) WHERE revoked_at IS NULL;

-- ------------------------------------------------------------------ who was let in and shut out
CREATE TABLE people_event (
    centre_id integer NOT NULL,
    revision bigint NOT NULL,
    at timestamptz NOT NULL,
    event text NOT NULL,
    subject_kind text NOT NULL,
    subject_id uuid NOT NULL,
    actor_kind text NOT NULL
        CONSTRAINT people_event_actor_is_known CHECK (actor_kind IN ('staff', 'key', 'system')),
    actor_id uuid,
    detail jsonb,
    CONSTRAINT people_event_pk PRIMARY KEY (centre_id, revision),
    CONSTRAINT people_event_is_known CHECK ((subject_kind, event) IN (
        ('staff', 'created'), ('staff', 'changed'), ('staff', 'disabled'), ('staff', 'enabled'),
        ('staff', 'password_reset'), ('staff', 'password_changed'),
        ('key', 'added'), ('key', 'revoked')))
);
COMMENT ON COLUMN people_event.detail IS 'Role, window or scopes; never a name.';
CREATE INDEX people_event_subject ON people_event (centre_id, subject_id, revision);
CREATE TRIGGER record AFTER INSERT ON people_event
    REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION record_events();

-- ------------------------------------------------------------------ the centre's own facts
CREATE TABLE signing_key (
    centre_id integer NOT NULL CONSTRAINT signing_key_centre_fk REFERENCES centre (id),
    id text NOT NULL,
    public_key bytea NOT NULL
        CONSTRAINT signing_key_is_ed25519 CHECK (length(public_key) = 32),
    created_at timestamptz NOT NULL,
    retired_at timestamptz,
    CONSTRAINT signing_key_pk PRIMARY KEY (centre_id, id)
);
CREATE UNIQUE INDEX signing_key_one_in_use ON signing_key (centre_id) WHERE retired_at IS NULL;
COMMENT ON COLUMN signing_key.id IS 'First 8 bytes of the SHA-256 of the public key, in hex.';

CREATE TABLE centre_event (
    centre_id integer NOT NULL CONSTRAINT centre_event_centre_fk REFERENCES centre (id),
    revision bigint NOT NULL,
    at timestamptz NOT NULL,
    event text NOT NULL
        CONSTRAINT centre_event_is_known CHECK (event IN ('loaded', 'signing_key_added')),
    actor_kind text NOT NULL
        CONSTRAINT centre_event_actor_is_known CHECK (actor_kind IN ('staff', 'key', 'system')),
    actor_id uuid,
    detail jsonb,
    CONSTRAINT centre_event_pk PRIMARY KEY (centre_id, revision)
);
CREATE TRIGGER record AFTER INSERT ON centre_event
    REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION record_events();

-- ------------------------------------------------------------------ rights
GRANT SELECT, INSERT, UPDATE ON staff, api_key TO shubbak_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON staff_session, sign_in_attempt TO shubbak_app;
GRANT SELECT, INSERT, UPDATE ON sign_in_count TO shubbak_app;
GRANT SELECT, INSERT ON people_event, centre_event, signing_key TO shubbak_app;
GRANT UPDATE (retired_at) ON signing_key TO shubbak_app;

-- Reports see who works here, never what lets them in.
REVOKE SELECT ON staff, api_key, staff_session, sign_in_attempt FROM shubbak_read;
GRANT SELECT (centre_id, id, username, name_ar, name_en, role, default_window, created_at, disabled_at)
    ON staff TO shubbak_read;
GRANT SELECT (centre_id, id, name, prefix, scopes, created_at, last_used_at, revoked_at)
    ON api_key TO shubbak_read;
