-- What supervisors were told to move in the hall, so that it can be told how true the promises were.
--
-- Each row is a suggestion when it was said first, or said with another promise. What a stop of numbers
-- promises is counted in people, everything else in seconds.

CREATE TABLE move_event (
    centre_id integer NOT NULL CONSTRAINT move_event_centre_fk REFERENCES centre (id),
    revision bigint NOT NULL,
    at timestamptz NOT NULL,
    business_day date NOT NULL,
    kind text NOT NULL,
    window_number smallint,
    profile text,
    until timestamptz,
    counts_until timestamptz NOT NULL,
    people integer NOT NULL,
    before integer NOT NULL,
    low integer NOT NULL,
    likely integer NOT NULL,
    high integer NOT NULL,
    CONSTRAINT move_event_pk PRIMARY KEY (centre_id, revision),
    CONSTRAINT move_event_window_fk FOREIGN KEY (centre_id, window_number)
        REFERENCES service_window (centre_id, number),
    CONSTRAINT move_is_known CHECK (kind IN ('open', 'resume', 'profile', 'keep', 'stop')),
    CONSTRAINT move_names_its_window CHECK ((kind = 'stop') = (window_number IS NULL)),
    CONSTRAINT move_names_its_profile CHECK ((kind = 'profile') = (profile IS NOT NULL)),
    CONSTRAINT move_names_its_end CHECK ((kind IN ('open', 'keep', 'stop')) = (until IS NOT NULL)),
    CONSTRAINT move_promises_a_range CHECK (0 <= low AND low <= likely AND likely <= high
        AND before >= 0 AND people >= 0),
    CONSTRAINT move_promises_for_later CHECK (counts_until >= at)
);
CREATE INDEX move_event_day ON move_event (business_day, centre_id, revision);
CREATE TRIGGER record AFTER INSERT ON move_event
    REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION record_events('quietly');
COMMENT ON TABLE move_event IS 'A move that supervisors were suggested, with what it promised.';
COMMENT ON COLUMN move_event.until IS 'Until when a window would be open; of a stop, when numbers would end.';
COMMENT ON COLUMN move_event.counts_until IS 'The promise is of those who stood in line, or came before this moment.';
COMMENT ON COLUMN move_event.likely IS 'With the move: seconds that four in five wait at most; of a stop, people left at the end.';

GRANT SELECT, INSERT ON move_event TO shubbak_app;
GRANT SELECT ON move_event TO shubbak_read;
