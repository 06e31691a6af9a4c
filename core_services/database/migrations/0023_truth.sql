-- How true the times of each day were that is over, counted once from its events.
--
-- Nothing here is a fact of its own: a row can be counted again from the events at any time. It is good
-- while it was read as late as the day's figures were: whatever is keyed in for a day makes those anew.

CREATE TABLE truth_day (
    centre_id integer NOT NULL,
    business_day date NOT NULL,
    source_revision bigint NOT NULL,
    told jsonb NOT NULL,
    CONSTRAINT truth_day_pk PRIMARY KEY (centre_id, business_day),
    CONSTRAINT truth_day_day_fk FOREIGN KEY (centre_id, business_day)
        REFERENCES figure_day (centre_id, business_day) ON DELETE CASCADE
);
COMMENT ON TABLE truth_day IS 'What a day that is over adds to the truth of the waits, by service and hour.';
COMMENT ON COLUMN truth_day.source_revision IS 'Up to which event the day was read.';

GRANT SELECT, INSERT, UPDATE ON truth_day TO shubbak_app;
GRANT SELECT ON truth_day TO shubbak_read;
