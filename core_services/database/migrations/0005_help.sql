-- Calls for help: a citizen touched «أحتاج مساعدة»; open until a member of staff has gone there.
-- Not an event of the queue: it takes no lock of the centre and is kept for the day's reports only.

CREATE TABLE help_call (
    centre_id integer NOT NULL,
    id uuid NOT NULL,
    device_id uuid NOT NULL,
    asked_at timestamptz NOT NULL,
    answered_at timestamptz,
    answered_by uuid,
    CONSTRAINT help_call_pk PRIMARY KEY (centre_id, id),
    CONSTRAINT help_call_device_fk FOREIGN KEY (centre_id, device_id)
        REFERENCES device (centre_id, id),
    CONSTRAINT help_is_answered_after_it_is_asked CHECK (answered_at >= asked_at)
);
CREATE UNIQUE INDEX help_call_open ON help_call (centre_id, device_id) WHERE answered_at IS NULL;

GRANT SELECT, INSERT, UPDATE ON help_call TO shubbak_app;
GRANT SELECT ON help_call TO shubbak_read;
