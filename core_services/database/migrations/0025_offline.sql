-- The offline series: which letter each kiosk gives numbers under while no server answers, and which numbers
-- of it each of its disks holds.
--
-- A letter is one kiosk's. A range is one disk's for ever: whoever replaces a disk gets the next thousand, so
-- that no number which the lost one may have given is printed twice. Nothing is leased and nothing returned.

-- ------------------------------------------------------------------ letters and ranges
CREATE TABLE offline_letter (
    centre_id integer NOT NULL CONSTRAINT offline_letter_centre_fk REFERENCES centre (id),
    letter text NOT NULL
        CONSTRAINT offline_letter_is_reserved CHECK (letter IN ('K', 'L', 'N', 'W', 'Y')),
    device_id uuid NOT NULL,
    taken_at timestamptz NOT NULL,
    CONSTRAINT offline_letter_pk PRIMARY KEY (centre_id, letter),
    CONSTRAINT offline_letter_is_the_only_one UNIQUE (centre_id, device_id),
    CONSTRAINT offline_letter_device_fk FOREIGN KEY (centre_id, device_id)
        REFERENCES device (centre_id, id)
);
COMMENT ON TABLE offline_letter IS
    'Whose a letter is now. That of a revoked device goes on to the next kiosk once the day of its revocation is over.';

CREATE TABLE offline_series (
    centre_id integer NOT NULL CONSTRAINT offline_series_centre_fk REFERENCES centre (id),
    letter text NOT NULL
        CONSTRAINT offline_series_letter_is_reserved CHECK (letter IN ('K', 'L', 'N', 'W', 'Y')),
    first_number integer NOT NULL,
    last_number integer NOT NULL,
    device_id uuid NOT NULL,
    journal_id text NOT NULL,
    given_at timestamptz NOT NULL,
    CONSTRAINT offline_series_pk PRIMARY KEY (centre_id, letter, first_number),
    CONSTRAINT offline_series_device_fk FOREIGN KEY (centre_id, device_id)
        REFERENCES device (centre_id, id),
    CONSTRAINT offline_series_is_a_thousand CHECK (first_number % 1000 = 101 AND first_number BETWEEN 101 AND 998101
        AND last_number = first_number + 899)
);
CREATE INDEX offline_series_journal ON offline_series (centre_id, journal_id, given_at);
COMMENT ON TABLE offline_series IS
    'Which disk (journal) of which kiosk holds which numbers; of several the latest is the one that it goes on with.';

-- ------------------------------------------------------------------ events of the device
ALTER TABLE device_event
    DROP CONSTRAINT device_event_is_known,
    ADD CONSTRAINT device_event_is_known CHECK (event IN ('added', 'token_renewed', 'revoked',
        'series_given', 'series_kept'));

-- ------------------------------------------------------------------ what a kiosk says of it
ALTER TABLE device_presence
    ADD COLUMN undelivered integer CONSTRAINT presence_undelivered_is_not_negative CHECK (undelivered >= 0);
COMMENT ON COLUMN device_presence.undelivered IS
    'Numbers that a kiosk gave and no server has settled, by its own word. NULL: it gives none of its own.';

-- ------------------------------------------------------------------ rights
GRANT SELECT, INSERT, UPDATE ON offline_letter, offline_series TO shubbak_app;
GRANT SELECT ON offline_letter, offline_series TO shubbak_read;
