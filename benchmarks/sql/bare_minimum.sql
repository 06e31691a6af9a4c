-- The least that gives a gap-free number and remembers it: one counter row, one ticket, one event.
-- No chain, no rollup, no claim, no lock but the counter's own. In a schema of its own.
DROP SCHEMA IF EXISTS bare CASCADE;
CREATE SCHEMA bare;

CREATE TABLE bare.counter (
    day date NOT NULL,
    series text NOT NULL,
    last_number integer NOT NULL,
    PRIMARY KEY (day, series)
) WITH (fillfactor = 50);

CREATE TABLE bare.ticket (
    id uuid PRIMARY KEY,
    day date NOT NULL,
    series text NOT NULL,
    number integer NOT NULL,
    service text NOT NULL,
    state text NOT NULL,
    issued_at timestamptz NOT NULL,
    UNIQUE (day, series, number)
);

CREATE TABLE bare.event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ticket_id uuid NOT NULL REFERENCES bare.ticket (id),
    at timestamptz NOT NULL,
    event text NOT NULL
);

CREATE FUNCTION bare.issue(p_day date, p_id uuid, p_service text) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    v_number integer;
BEGIN
    UPDATE bare.counter SET last_number = last_number + 1
     WHERE day = p_day AND series = '' RETURNING last_number INTO STRICT v_number;
    INSERT INTO bare.ticket (id, day, series, number, service, state, issued_at)
    VALUES (p_id, p_day, '', v_number, p_service, 'waiting', clock_timestamp());
    INSERT INTO bare.event (ticket_id, at, event) VALUES (p_id, clock_timestamp(), 'issue');
    RETURN v_number;
END $$;
