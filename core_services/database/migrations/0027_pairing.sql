-- readable-by: 0026
-- Pairing: a machine gets its token, and the centre's CA, by a code of six digits that an
-- administrator reads to it (docs/adr/0015-pairing-by-code.md).
--
-- Opening, withdrawing, burning and using a code are events. Attempts are counted in rows of their
-- own and take no lock of the centre.

CREATE TABLE device_pairing (
    centre_id integer NOT NULL CONSTRAINT device_pairing_centre_fk REFERENCES centre (id),
    id uuid NOT NULL,
    kind text NOT NULL
        CONSTRAINT device_pairing_kind_is_known CHECK (kind IN ('kiosk', 'display', 'workstation')),
    name text NOT NULL
        CONSTRAINT device_pairing_name_is_plain CHECK (name ~ '^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$'),
    salt bytea NOT NULL CONSTRAINT device_pairing_salt_is_16_bytes CHECK (length(salt) = 16),
    secret bytea CONSTRAINT device_pairing_secret_is_32_bytes CHECK (length(secret) = 32),
    opened_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    attempts smallint NOT NULL DEFAULT 0
        CONSTRAINT device_pairing_has_few_attempts CHECK (attempts BETWEEN 0 AND 3),
    tried_at timestamptz,
    ended_at timestamptz,
    outcome text
        CONSTRAINT device_pairing_outcome_is_known
        CHECK (outcome IN ('paired', 'withdrawn', 'replaced', 'burned', 'expired')),
    CONSTRAINT device_pairing_pk PRIMARY KEY (centre_id, id),
    CONSTRAINT device_pairing_attempt_has_its_time CHECK ((attempts = 0) = (tried_at IS NULL)),
    CONSTRAINT device_pairing_expires_after_it_opens CHECK (expires_at > opened_at),
    CONSTRAINT device_pairing_end_has_an_outcome CHECK ((ended_at IS NULL) = (outcome IS NULL)),
    CONSTRAINT device_pairing_keeps_no_secret_after_its_end
        CHECK ((ended_at IS NULL) = (secret IS NOT NULL))
);
CREATE UNIQUE INDEX device_pairing_one_open ON device_pairing (centre_id, name)
    WHERE ended_at IS NULL;
COMMENT ON COLUMN device_pairing.secret IS
    'Argon2id of the code and the salt; erased when the code is used, burned, withdrawn or over.';

CREATE TABLE pairing_event (
    centre_id integer NOT NULL,
    revision bigint NOT NULL,
    pairing_id uuid NOT NULL,
    at timestamptz NOT NULL,
    event text NOT NULL
        CONSTRAINT pairing_event_is_known
        CHECK (event IN ('opened', 'paired', 'withdrawn', 'replaced', 'burned')),
    actor_kind text NOT NULL
        CONSTRAINT pairing_event_actor_is_known CHECK (actor_kind IN ('staff', 'key', 'system')),
    actor_id uuid,
    detail jsonb,
    CONSTRAINT pairing_event_pk PRIMARY KEY (centre_id, revision),
    CONSTRAINT pairing_event_pairing_fk FOREIGN KEY (centre_id, pairing_id)
        REFERENCES device_pairing (centre_id, id)
);
CREATE INDEX pairing_event_pairing ON pairing_event (centre_id, pairing_id, revision);
CREATE TRIGGER record AFTER INSERT ON pairing_event
    REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION record_events();

-- ------------------------------------------------------------------ limits
CREATE TABLE pairing_attempt (
    centre_id integer NOT NULL CONSTRAINT pairing_attempt_centre_fk REFERENCES centre (id),
    address bytea NOT NULL
        CONSTRAINT pairing_attempt_address_is_sha256 CHECK (length(address) = 32),
    since timestamptz NOT NULL,
    n integer NOT NULL CONSTRAINT pairing_attempt_is_counted CHECK (n > 0),
    CONSTRAINT pairing_attempt_pk PRIMARY KEY (centre_id, address)
);
COMMENT ON TABLE pairing_attempt IS
    'Attempts at any code from one address (hashed) since the beginning of its span.';

-- ------------------------------------------------------------------ rights
GRANT SELECT, INSERT, UPDATE ON device_pairing TO shubbak_app;
GRANT SELECT, INSERT ON pairing_event TO shubbak_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON pairing_attempt TO shubbak_app;

REVOKE SELECT ON device_pairing, pairing_attempt FROM shubbak_read;
GRANT SELECT (centre_id, id, kind, name, opened_at, expires_at, attempts, ended_at, outcome)
    ON device_pairing TO shubbak_read;
