-- What became of backups, for the supervisor's page and the metrics; and that a centre was restored.

CREATE TABLE backup_run (
    centre_id integer NOT NULL CONSTRAINT backup_run_centre_fk REFERENCES centre (id),
    id uuid NOT NULL,
    began_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL,
    file text NOT NULL,
    bytes bigint,
    is_sealed boolean NOT NULL DEFAULT false,
    why text,
    CONSTRAINT backup_run_pk PRIMARY KEY (centre_id, id),
    CONSTRAINT backup_run_ends_after_it_began CHECK (began_at <= ended_at),
    CONSTRAINT backup_run_made_or_failed CHECK ((bytes IS NULL) = (why IS NOT NULL)),
    CONSTRAINT backup_run_has_bytes CHECK (bytes > 0)
);
CREATE INDEX backup_run_latest ON backup_run (centre_id, ended_at DESC);
COMMENT ON TABLE backup_run IS 'Backups that were made, and those that failed with the reason; kept for a year.';
GRANT SELECT ON backup_run TO shubbak_app;

ALTER TABLE centre_event DROP CONSTRAINT centre_event_is_known;
ALTER TABLE centre_event ADD CONSTRAINT centre_event_is_known
    CHECK (event IN ('loaded', 'signing_key_added', 'restored'));
