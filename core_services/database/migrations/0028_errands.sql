-- What one machine is told to do for its own care: a trial slip, a restart, out of service and back, a
-- notice on its glass, a picture of it.
--
-- Each errand is a row of device_command, delivered by whichever process holds the machine's socket.
-- Being out of service is a state of the machine and so an event: it outlives machine and server.

-- ------------------------------------------------------------------ errands
ALTER TABLE device_command DROP CONSTRAINT device_command_kind_is_known;
ALTER TABLE device_command ADD CONSTRAINT device_command_kind_is_known
    CHECK (kind IN ('reprint', 'work', 'trial', 'restart', 'duty', 'notice', 'picture'));
ALTER TABLE device_command ADD COLUMN ordered_by uuid;
ALTER TABLE device_command ADD COLUMN reason text;
COMMENT ON COLUMN device_command.ordered_by IS 'Of an errand: the member of staff, or the key, that gave it.';
COMMENT ON COLUMN device_command.reason IS 'Why an errand was not done, in one word.';
CREATE INDEX device_command_errands ON device_command (centre_id, device_id, created_at)
    WHERE kind IN ('trial', 'restart', 'duty', 'notice', 'picture');

-- ------------------------------------------------------------------ out of service
ALTER TABLE device ADD COLUMN out_of_service_at timestamptz;
ALTER TABLE device ADD COLUMN out_of_service_by uuid;
ALTER TABLE device ADD COLUMN out_of_service_ar text
    CONSTRAINT out_of_service_ar_is_short CHECK (length(out_of_service_ar) BETWEEN 1 AND 160);
ALTER TABLE device ADD COLUMN out_of_service_en text
    CONSTRAINT out_of_service_en_is_short CHECK (length(out_of_service_en) <= 160);
ALTER TABLE device ADD CONSTRAINT only_kiosks_go_out_of_service
    CHECK (kind = 'kiosk' OR out_of_service_at IS NULL);
ALTER TABLE device ADD CONSTRAINT out_of_service_has_words
    CHECK ((out_of_service_at IS NULL) = (out_of_service_ar IS NULL)
           AND (out_of_service_at IS NULL) = (out_of_service_en IS NULL));
COMMENT ON COLUMN device.out_of_service_at IS 'Since when the kiosk gives no numbers; its words stand on its glass.';
GRANT SELECT (out_of_service_at, out_of_service_ar, out_of_service_en) ON device TO shubbak_read;

ALTER TABLE device_event DROP CONSTRAINT device_event_is_known;
ALTER TABLE device_event ADD CONSTRAINT device_event_is_known
    CHECK (event IN ('added', 'token_renewed', 'revoked', 'series_given', 'series_kept',
                     'put_out_of_service', 'put_into_service'));

-- ------------------------------------------------------------------ pictures
CREATE TABLE device_picture (
    centre_id integer NOT NULL,
    device_id uuid NOT NULL,
    errand_id uuid NOT NULL,
    taken_at timestamptz NOT NULL,
    content bytea NOT NULL
        CONSTRAINT picture_is_bounded CHECK (length(content) BETWEEN 12 AND 49152)
        CONSTRAINT picture_is_webp
        CHECK (substr(content, 1, 4) = 'RIFF' AND substr(content, 9, 4) = 'WEBP'),
    CONSTRAINT device_picture_pk PRIMARY KEY (centre_id, device_id),
    CONSTRAINT device_picture_device_fk FOREIGN KEY (centre_id, device_id)
        REFERENCES device (centre_id, id) ON DELETE CASCADE,
    CONSTRAINT device_picture_errand_fk FOREIGN KEY (centre_id, errand_id)
        REFERENCES device_command (centre_id, id)
);
COMMENT ON TABLE device_picture IS
    'The last picture of each machine''s glass; nothing personal is on it, and it is forgotten after a day.';

GRANT SELECT, INSERT, UPDATE, DELETE ON device_picture TO shubbak_app;
REVOKE SELECT ON device_picture FROM shubbak_read;
