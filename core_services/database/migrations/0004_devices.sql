-- The fleet: devices, their presence, the commands that wait for them, and what displays have shown.
--
-- Adding and revoking a device are events. Heartbeats, commands and deliveries are not: they take no
-- lock of the centre, and nothing about them lives in a server's memory alone.

CREATE TABLE device (
    centre_id integer NOT NULL CONSTRAINT device_centre_fk REFERENCES centre (id),
    id uuid NOT NULL,
    kind text NOT NULL
        CONSTRAINT device_kind_is_known CHECK (kind IN ('kiosk', 'display', 'workstation')),
    name text NOT NULL
        CONSTRAINT device_name_is_plain CHECK (name ~ '^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$'),
    token_hash bytea NOT NULL
        CONSTRAINT device_token_unique UNIQUE
        CONSTRAINT device_token_is_sha256 CHECK (length(token_hash) = 32),
    created_at timestamptz NOT NULL,
    revoked_at timestamptz,
    CONSTRAINT device_pk PRIMARY KEY (centre_id, id),
    CONSTRAINT device_is_revoked_after_it_is_made CHECK (revoked_at >= created_at)
);
CREATE UNIQUE INDEX device_name_unique ON device (centre_id, name) WHERE revoked_at IS NULL;

CREATE TABLE device_event (
    centre_id integer NOT NULL,
    revision bigint NOT NULL,
    device_id uuid NOT NULL,
    at timestamptz NOT NULL,
    event text NOT NULL
        CONSTRAINT device_event_is_known CHECK (event IN ('added', 'token_renewed', 'revoked')),
    actor_kind text NOT NULL
        CONSTRAINT device_event_actor_is_known CHECK (actor_kind IN ('staff', 'key', 'system')),
    actor_id uuid,
    detail jsonb,
    CONSTRAINT device_event_pk PRIMARY KEY (centre_id, revision),
    CONSTRAINT device_event_device_fk FOREIGN KEY (centre_id, device_id)
        REFERENCES device (centre_id, id)
);
CREATE INDEX device_event_device ON device_event (centre_id, device_id, revision);
CREATE TRIGGER record AFTER INSERT ON device_event
    REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION record_events();

-- ------------------------------------------------------------------ presence
CREATE TABLE device_presence (
    centre_id integer NOT NULL,
    device_id uuid NOT NULL,
    seen_at timestamptz NOT NULL,
    version text NOT NULL,
    journal_id text,
    printer text CONSTRAINT presence_printer_is_known CHECK (printer IN ('ready', 'not_ready', 'absent')),
    paper text CONSTRAINT presence_paper_is_known CHECK (paper IN ('ok', 'near_end', 'out', 'unknown')),
    cover text CONSTRAINT presence_cover_is_known CHECK (cover IN ('closed', 'open', 'unknown')),
    detail text,
    jobs jsonb NOT NULL DEFAULT '{}',
    connected_by uuid,
    connected_until timestamptz,
    CONSTRAINT device_presence_pk PRIMARY KEY (centre_id, device_id),
    CONSTRAINT device_presence_device_fk FOREIGN KEY (centre_id, device_id)
        REFERENCES device (centre_id, id) ON DELETE CASCADE,
    CONSTRAINT connection_has_an_end CHECK ((connected_by IS NULL) = (connected_until IS NULL))
) WITH (fillfactor = 50);
COMMENT ON COLUMN device_presence.connected_by IS
    'The server process that holds the device''s socket; believed until connected_until.';

-- ------------------------------------------------------------------ commands to devices
CREATE TABLE device_command (
    centre_id integer NOT NULL,
    id uuid NOT NULL,
    device_id uuid NOT NULL,
    kind text NOT NULL CONSTRAINT device_command_kind_is_known CHECK (kind IN ('reprint')),
    payload jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    claimed_by uuid,
    delivered_at timestamptz,
    done_at timestamptz,
    outcome text,
    CONSTRAINT device_command_pk PRIMARY KEY (centre_id, id),
    CONSTRAINT device_command_device_fk FOREIGN KEY (centre_id, device_id)
        REFERENCES device (centre_id, id),
    CONSTRAINT delivered_command_has_a_carrier
        CHECK (done_at IS NOT NULL OR (claimed_by IS NULL) = (delivered_at IS NULL)),
    CONSTRAINT done_command_has_an_outcome CHECK ((done_at IS NULL) = (outcome IS NULL))
);
CREATE INDEX device_command_open ON device_command (centre_id, device_id, created_at)
    WHERE done_at IS NULL;

-- ------------------------------------------------------------------ what stands on a glass
CREATE TABLE call_delivery (
    centre_id integer NOT NULL,
    call_revision bigint NOT NULL,
    device_id uuid NOT NULL,
    shown_at timestamptz NOT NULL,
    CONSTRAINT call_delivery_pk PRIMARY KEY (centre_id, call_revision, device_id),
    CONSTRAINT call_delivery_device_fk FOREIGN KEY (centre_id, device_id)
        REFERENCES device (centre_id, id)
);
COMMENT ON TABLE call_delivery IS 'A display answered that this call (its event''s revision) is on its glass.';

CREATE TABLE screen_rollup (
    centre_id integer NOT NULL,
    le_ms integer NOT NULL,
    n bigint NOT NULL,
    sum_us bigint NOT NULL,
    CONSTRAINT screen_rollup_pk PRIMARY KEY (centre_id, le_ms)
) WITH (fillfactor = 50);
COMMENT ON TABLE screen_rollup IS 'Time from a call to its standing on a glass; 2147483647 stands for no end.';

CREATE FUNCTION roll_up_deliveries() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    INSERT INTO screen_rollup AS s (centre_id, le_ms, n, sum_us)
    SELECT m.centre_id,
           CASE WHEN us <= 50000 THEN 50 WHEN us <= 100000 THEN 100 WHEN us <= 250000 THEN 250
                WHEN us <= 500000 THEN 500 WHEN us <= 1000000 THEN 1000 WHEN us <= 2000000 THEN 2000
                WHEN us <= 5000000 THEN 5000 WHEN us <= 15000000 THEN 15000
                ELSE 2147483647 END AS le_ms, count(*), sum(us)
      FROM (SELECT d.centre_id,
                   (extract(epoch FROM d.shown_at - e.at) * 1000000)::bigint AS us
              FROM new_deliveries d
              JOIN ticket_event e ON e.centre_id = d.centre_id AND e.revision = d.call_revision
             WHERE d.shown_at >= e.at) m
     GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT ON CONSTRAINT screen_rollup_pk
        DO UPDATE SET n = s.n + excluded.n, sum_us = s.sum_us + excluded.sum_us;
    RETURN NULL;
END $$;
CREATE TRIGGER roll_up AFTER INSERT ON call_delivery
    REFERENCING NEW TABLE AS new_deliveries FOR EACH STATEMENT EXECUTE FUNCTION roll_up_deliveries();

-- ------------------------------------------------------------------ rights
GRANT SELECT ON screen_rollup TO shubbak_app, shubbak_read;
GRANT SELECT, INSERT, UPDATE ON device, device_presence, device_command TO shubbak_app;
GRANT SELECT, INSERT ON device_event, call_delivery TO shubbak_app;

REVOKE SELECT ON device FROM shubbak_read;
GRANT SELECT (centre_id, id, kind, name, created_at, revoked_at) ON device TO shubbak_read;
