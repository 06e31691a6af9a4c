-- The centre, its one event head and chain, and the queue: windows, tickets, their events and rollups.
--
-- Every command takes the centre's lock first (lock_centre), then its claim, then works, then records.
-- Event tables are append-only; the record_events trigger is the only way to a revision, so no caller
-- can forget the chain or the notification.

-- ------------------------------------------------------------------ the centre and its head
CREATE TABLE centre (
    id integer CONSTRAINT centre_pk PRIMARY KEY,
    code text NOT NULL CONSTRAINT centre_code_unique UNIQUE
        CONSTRAINT centre_code_is_url_safe CHECK (code ~ '^[A-Z0-9]{2,8}$'),
    name_ar text NOT NULL,
    name_en text NOT NULL,
    unit_ar text NOT NULL,
    unit_en text NOT NULL,
    governorate_ar text NOT NULL,
    governorate_en text NOT NULL,
    short_ar text NOT NULL,
    short_en text NOT NULL,
    zone text NOT NULL DEFAULT 'Africa/Cairo',
    cut_over time NOT NULL DEFAULT '03:00',
    first_number integer NOT NULL DEFAULT 101
        CONSTRAINT centre_first_number_is_positive CHECK (first_number BETWEEN 1 AND 9000),
    config_version integer NOT NULL DEFAULT 1
);

CREATE TABLE centre_head (
    centre_id integer CONSTRAINT centre_head_pk PRIMARY KEY
        CONSTRAINT centre_head_centre_fk REFERENCES centre (id),
    epoch uuid NOT NULL DEFAULT gen_random_uuid(),
    revision bigint NOT NULL DEFAULT 0,
    digest bytea NOT NULL DEFAULT '\x'
) WITH (fillfactor = 50);

CREATE TABLE chain_entry (
    centre_id integer NOT NULL CONSTRAINT chain_entry_centre_fk REFERENCES centre (id),
    first_revision bigint NOT NULL,
    last_revision bigint NOT NULL,
    source text NOT NULL,
    digest bytea NOT NULL,
    CONSTRAINT chain_entry_pk PRIMARY KEY (centre_id, last_revision),
    CONSTRAINT chain_entry_is_a_range CHECK (first_revision BETWEEN 1 AND last_revision)
);
COMMENT ON TABLE chain_entry IS
    'One link for each insert into an event table: SHA-256 over the previous digest, the table and the canonical rows.';

CREATE FUNCTION lock_centre(p_centre integer) RETURNS void
LANGUAGE sql VOLATILE AS $$ SELECT pg_advisory_xact_lock(21320, p_centre) $$;

CREATE FUNCTION record_events() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public SET timezone = 'UTC'
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v_centre integer;
    v_count bigint;
    v_first bigint;
    v_last bigint;
    v_body text;
    v_previous bytea;
BEGIN
    SELECT min(e.centre_id), count(*), min(e.revision), max(e.revision),
           string_agg(jsonb_strip_nulls(to_jsonb(e))::text, E'\n' ORDER BY e.revision)
      INTO v_centre, v_count, v_first, v_last, v_body
      FROM new_events e;
    IF v_count = 0 THEN
        RETURN NULL;
    END IF;
    SELECT digest INTO v_previous FROM centre_head
     WHERE centre_id = v_centre AND revision = v_first - 1;
    IF NOT FOUND OR v_last - v_first + 1 <> v_count THEN
        RAISE EXCEPTION 'events % to % of centre % do not follow its head', v_first, v_last, v_centre
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'events_are_contiguous';
    END IF;
    v_previous := sha256(v_previous || convert_to(TG_TABLE_NAME || E'\n' || v_body, 'UTF8'));
    UPDATE centre_head SET revision = v_last, digest = v_previous WHERE centre_id = v_centre;
    INSERT INTO chain_entry (centre_id, first_revision, last_revision, source, digest)
    VALUES (v_centre, v_first, v_last, TG_TABLE_NAME, v_previous);
    PERFORM pg_notify('shubbak', v_centre || ':' || v_last);
    RETURN NULL;
END $$;

-- A command's idempotency key, hashed with its scope (credential, method, path, key).
CREATE TABLE command_claim (
    centre_id integer NOT NULL,
    scope bytea NOT NULL CONSTRAINT command_claim_scope_is_sha256 CHECK (length(scope) = 32),
    fingerprint bytea NOT NULL,
    at timestamptz NOT NULL,
    status smallint NOT NULL,
    answer jsonb,
    CONSTRAINT command_claim_pk PRIMARY KEY (centre_id, scope)
);

-- Keep a command's answer under its key, if it brought one.
CREATE FUNCTION keep_claim(p_centre integer, p_scope bytea, p_fingerprint bytea, p_at timestamptz,
                           p_status integer, p_outcome text, p_ticket jsonb, p_about text) RETURNS void
LANGUAGE sql VOLATILE AS $$
    INSERT INTO command_claim (centre_id, scope, fingerprint, at, status, answer)
    SELECT p_centre, p_scope, p_fingerprint, p_at, p_status,
           jsonb_strip_nulls(jsonb_build_object('outcome', p_outcome, 'ticket', p_ticket, 'about', p_about))
     WHERE p_scope IS NOT NULL
$$;

-- ------------------------------------------------------------------ what the centre offers
CREATE TABLE queue (
    centre_id integer NOT NULL CONSTRAINT queue_centre_fk REFERENCES centre (id),
    code text NOT NULL,
    name_ar text NOT NULL,
    name_en text NOT NULL,
    series text NOT NULL DEFAULT ''
        CONSTRAINT queue_series_is_a_letter CHECK (series IN ('', 'A', 'J', 'D', 'S', 'M')),
    CONSTRAINT queue_pk PRIMARY KEY (centre_id, code)
);

CREATE TABLE service (
    centre_id integer NOT NULL,
    code text NOT NULL,
    queue text NOT NULL,
    name_ar text NOT NULL,
    name_en text NOT NULL,
    target_s integer NOT NULL DEFAULT 300
        CONSTRAINT service_target_is_positive CHECK (target_s > 0),
    rank integer NOT NULL DEFAULT 0,
    is_open boolean NOT NULL DEFAULT true,
    CONSTRAINT service_pk PRIMARY KEY (centre_id, code),
    CONSTRAINT service_queue_fk FOREIGN KEY (centre_id, queue) REFERENCES queue (centre_id, code)
);

CREATE TABLE priority_credit (
    centre_id integer NOT NULL CONSTRAINT priority_credit_centre_fk REFERENCES centre (id),
    priority text NOT NULL CONSTRAINT priority_is_known
        CHECK (priority IN ('none', 'age65', 'disability', 'infant')),
    credit_s integer NOT NULL CONSTRAINT credit_is_bounded CHECK (credit_s BETWEEN 0 AND 7200),
    CONSTRAINT priority_credit_pk PRIMARY KEY (centre_id, priority)
);

CREATE TABLE work_profile (
    centre_id integer NOT NULL CONSTRAINT work_profile_centre_fk REFERENCES centre (id),
    code text NOT NULL,
    name_ar text NOT NULL,
    name_en text NOT NULL,
    priority_first boolean NOT NULL DEFAULT false,
    CONSTRAINT work_profile_pk PRIMARY KEY (centre_id, code)
);

CREATE TABLE work_profile_queue (
    centre_id integer NOT NULL,
    profile text NOT NULL,
    queue text NOT NULL,
    CONSTRAINT work_profile_queue_pk PRIMARY KEY (centre_id, profile, queue),
    CONSTRAINT work_profile_queue_profile_fk FOREIGN KEY (centre_id, profile)
        REFERENCES work_profile (centre_id, code) ON DELETE CASCADE,
    CONSTRAINT work_profile_queue_queue_fk FOREIGN KEY (centre_id, queue)
        REFERENCES queue (centre_id, code)
);

-- ------------------------------------------------------------------ windows
CREATE TABLE service_window (
    centre_id integer NOT NULL,
    number smallint NOT NULL CONSTRAINT window_number_is_1_to_99 CHECK (number BETWEEN 1 AND 99),
    profile text NOT NULL,
    is_accessible boolean NOT NULL DEFAULT false,
    state text NOT NULL DEFAULT 'closed'
        CONSTRAINT window_state_is_known CHECK (state IN ('closed', 'open', 'paused')),
    state_since timestamptz,
    reason text,
    opened_by_kind text CONSTRAINT window_opener_is_known CHECK (opened_by_kind IN ('staff', 'key')),
    opened_by uuid,
    opened_by_name text,
    CONSTRAINT service_window_pk PRIMARY KEY (centre_id, number),
    CONSTRAINT service_window_profile_fk FOREIGN KEY (centre_id, profile)
        REFERENCES work_profile (centre_id, code),
    CONSTRAINT closed_window_has_no_opener CHECK ((state = 'closed') = (opened_by_kind IS NULL)
        AND (state = 'closed') = (opened_by IS NULL))
);

CREATE TABLE window_event (
    centre_id integer NOT NULL,
    revision bigint NOT NULL,
    window_number smallint NOT NULL,
    at timestamptz NOT NULL,
    event text NOT NULL,
    from_state text NOT NULL,
    to_state text NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    reason text,
    CONSTRAINT window_event_pk PRIMARY KEY (centre_id, revision),
    CONSTRAINT window_event_window_fk FOREIGN KEY (centre_id, window_number)
        REFERENCES service_window (centre_id, number),
    CONSTRAINT window_transition_is_known CHECK ((event, from_state, to_state) IN (
        ('open', 'closed', 'open'), ('resume', 'paused', 'open'), ('pause', 'open', 'paused'),
        ('close', 'open', 'closed'), ('close', 'paused', 'closed')))
);
CREATE INDEX window_event_window ON window_event (centre_id, window_number, revision);
CREATE TRIGGER record AFTER INSERT ON window_event
    REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION record_events();

-- ------------------------------------------------------------------ tickets
CREATE TABLE label_counter (
    centre_id integer NOT NULL,
    business_day date NOT NULL,
    series text NOT NULL,
    last_number integer NOT NULL,
    CONSTRAINT label_counter_pk PRIMARY KEY (centre_id, business_day, series)
) WITH (fillfactor = 50);

CREATE TABLE ticket_transition (
    event text NOT NULL,
    from_state text NOT NULL,
    to_state text NOT NULL,
    CONSTRAINT ticket_transition_pk PRIMARY KEY (event, from_state, to_state)
);
INSERT INTO ticket_transition (event, from_state, to_state) VALUES
    ('issue', 'none', 'unconfirmed'),
    ('issue', 'none', 'waiting'),
    ('confirm', 'unconfirmed', 'waiting'),
    ('call', 'waiting', 'called'),
    ('recall', 'called', 'called'),
    ('start', 'called', 'serving'),
    ('set_service', 'called', 'called'),
    ('set_service', 'serving', 'serving'),
    ('finish', 'serving', 'finished'),
    ('no_show', 'called', 'no_show'),
    ('cancel', 'waiting', 'cancelled'),
    ('cancel', 'called', 'cancelled'),
    ('void', 'unconfirmed', 'void'),
    ('void', 'waiting', 'void'),
    ('lapse', 'unconfirmed', 'lapsed'),
    ('lapse', 'waiting', 'lapsed'),
    ('paper', 'unconfirmed', 'unconfirmed'),
    ('paper', 'waiting', 'waiting'),
    ('paper', 'called', 'called'),
    ('paper', 'serving', 'serving'),
    ('paper', 'no_show', 'no_show'),
    ('paper', 'finished', 'finished'),
    ('paper', 'cancelled', 'cancelled'),
    ('paper', 'void', 'void'),
    ('paper', 'lapsed', 'lapsed'),
    ('reprint', 'unconfirmed', 'unconfirmed'),
    ('reprint', 'waiting', 'waiting'),
    ('reprint', 'called', 'called');

CREATE TABLE ticket (
    centre_id integer NOT NULL,
    id uuid NOT NULL,
    business_day date NOT NULL,
    series text NOT NULL,
    number integer NOT NULL,
    label text NOT NULL,
    queue text NOT NULL,
    service text,
    priority text NOT NULL,
    lane text NOT NULL,
    state text NOT NULL,
    paper text NOT NULL,
    channel text NOT NULL,
    device_id uuid,
    language text NOT NULL,
    token text NOT NULL,
    rank_at timestamptz NOT NULL,
    issued_at timestamptz NOT NULL,
    called_at timestamptz,
    started_at timestamptz,
    finished_at timestamptz,
    window_number smallint,
    recalls smallint NOT NULL DEFAULT 0,
    call_revision bigint,
    position_at_issue integer NOT NULL,
    wait_low_s integer,
    wait_likely_s integer,
    wait_high_s integer,
    outcome text,
    revision bigint NOT NULL,
    last_at timestamptz NOT NULL,
    CONSTRAINT ticket_pk PRIMARY KEY (centre_id, id),
    CONSTRAINT ticket_label_unique UNIQUE (business_day, centre_id, label),
    CONSTRAINT ticket_token_unique UNIQUE (token),
    CONSTRAINT ticket_queue_fk FOREIGN KEY (centre_id, queue) REFERENCES queue (centre_id, code),
    CONSTRAINT ticket_service_fk FOREIGN KEY (centre_id, service) REFERENCES service (centre_id, code),
    CONSTRAINT ticket_window_fk FOREIGN KEY (centre_id, window_number)
        REFERENCES service_window (centre_id, number),
    CONSTRAINT ticket_label_is_its_number CHECK (label = series || number::text AND number > 0),
    CONSTRAINT ticket_state_is_known CHECK (state IN ('unconfirmed', 'waiting', 'called', 'serving',
        'parked', 'no_show', 'finished', 'cancelled', 'void', 'lapsed')),
    CONSTRAINT ticket_lane_is_known CHECK (lane IN ('plain', 'priority', 'accessible')
        OR lane ~ '^(window:[0-9]{1,2}|staff:[0-9a-f-]{36})$'),
    CONSTRAINT ticket_priority_is_known CHECK (priority IN ('none', 'age65', 'disability', 'infant')),
    CONSTRAINT ticket_paper_is_known CHECK (paper IN ('none', 'pending', 'printed', 'kept', 'held',
        'unknown', 'failed')),
    CONSTRAINT ticket_channel_is_known CHECK (channel IN ('kiosk', 'api', 'desk', 'phone')),
    CONSTRAINT ticket_language_is_known CHECK (language IN ('ar', 'en')),
    CONSTRAINT in_hand_ticket_has_a_window CHECK (state NOT IN ('called', 'serving', 'no_show',
        'finished') OR (window_number IS NOT NULL AND called_at IS NOT NULL)),
    CONSTRAINT uncalled_ticket_has_no_window CHECK (state NOT IN ('unconfirmed', 'waiting', 'void')
        OR (window_number IS NULL AND started_at IS NULL)),
    CONSTRAINT served_ticket_was_started CHECK (state NOT IN ('serving', 'finished')
        OR started_at IS NOT NULL),
    CONSTRAINT finished_ticket_has_its_end CHECK ((state = 'finished') = (finished_at IS NOT NULL)),
    CONSTRAINT ticket_times_are_in_order CHECK (issued_at <= called_at AND called_at <= started_at
        AND started_at <= finished_at),
    CONSTRAINT ticket_wait_is_a_range CHECK (wait_low_s <= wait_likely_s AND wait_likely_s <= wait_high_s)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500,
        autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0.05);
-- The day stands first: an index that begins with the centre would look as good as the primary key to
-- a plan that was made while the table was empty, and every look-up by id would walk it.
CREATE INDEX ticket_line ON ticket (business_day, centre_id, queue, lane, rank_at, id)
    WHERE state IN ('unconfirmed', 'waiting');
CREATE UNIQUE INDEX ticket_one_in_hand ON ticket (centre_id, window_number)
    WHERE state IN ('called', 'serving');
CREATE INDEX ticket_calls ON ticket (business_day, centre_id, call_revision)
    WHERE call_revision IS NOT NULL;
CREATE INDEX ticket_silent ON ticket (issued_at, id) WHERE state = 'unconfirmed';
CREATE INDEX ticket_paper_open ON ticket (business_day, centre_id)
    WHERE paper IN ('held', 'unknown', 'failed');

CREATE TABLE ticket_event (
    centre_id integer NOT NULL,
    revision bigint NOT NULL,
    ticket_id uuid NOT NULL,
    at timestamptz NOT NULL,
    event text NOT NULL,
    from_state text NOT NULL,
    to_state text NOT NULL,
    queue text NOT NULL,
    window_number smallint,
    actor_kind text NOT NULL,
    actor_id uuid,
    reason text,
    detail jsonb,
    CONSTRAINT ticket_event_pk PRIMARY KEY (centre_id, revision),
    CONSTRAINT ticket_event_ticket_fk FOREIGN KEY (centre_id, ticket_id) REFERENCES ticket (centre_id, id),
    CONSTRAINT ticket_event_transition_fk FOREIGN KEY (event, from_state, to_state)
        REFERENCES ticket_transition (event, from_state, to_state),
    CONSTRAINT ticket_event_actor_is_known CHECK (actor_kind IN ('staff', 'device', 'key', 'system'))
);
CREATE INDEX ticket_event_ticket ON ticket_event (ticket_id, centre_id, revision);

-- ------------------------------------------------------------------ rollups, in the event's transaction
CREATE TABLE queue_line (
    centre_id integer NOT NULL,
    business_day date NOT NULL,
    queue text NOT NULL,
    in_line integer NOT NULL CONSTRAINT queue_line_is_not_negative CHECK (in_line >= 0),
    CONSTRAINT queue_line_pk PRIMARY KEY (centre_id, business_day, queue)
) WITH (fillfactor = 50);
COMMENT ON TABLE queue_line IS 'Unconfirmed and waiting tickets of a day and queue.';

CREATE TABLE event_count (
    centre_id integer NOT NULL,
    queue text NOT NULL,
    event text NOT NULL,
    n bigint NOT NULL,
    CONSTRAINT event_count_pk PRIMARY KEY (centre_id, queue, event)
) WITH (fillfactor = 50);

CREATE TABLE duration_rollup (
    centre_id integer NOT NULL,
    measure text NOT NULL CONSTRAINT duration_measure_is_known CHECK (measure IN
        ('wait', 'walk', 'service', 'estimate_error')),
    queue text NOT NULL,
    priority text NOT NULL,
    le_s integer NOT NULL,
    n bigint NOT NULL,
    sum_us bigint NOT NULL,
    CONSTRAINT duration_rollup_pk PRIMARY KEY (centre_id, measure, queue, priority, le_s)
) WITH (fillfactor = 50);
COMMENT ON COLUMN duration_rollup.le_s IS 'Upper end of the bucket in seconds; 2147483647 stands for no end.';

CREATE TABLE paper_count (
    centre_id integer NOT NULL,
    state text NOT NULL,
    n bigint NOT NULL,
    CONSTRAINT paper_count_pk PRIMARY KEY (centre_id, state)
) WITH (fillfactor = 50);
COMMENT ON TABLE paper_count IS 'What became of slips, by mark: one for each confirm or paper event.';

CREATE TABLE queue_pace (
    centre_id integer NOT NULL,
    queue text NOT NULL,
    recent_s integer[] NOT NULL,
    mean_s integer NOT NULL,
    p10_s integer NOT NULL,
    p90_s integer NOT NULL,
    CONSTRAINT queue_pace_pk PRIMARY KEY (centre_id, queue)
) WITH (fillfactor = 50);
COMMENT ON TABLE queue_pace IS 'Durations of the last 50 services of a queue, in whole seconds.';

CREATE FUNCTION duration_bucket(p_seconds numeric) RETURNS integer
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN p_seconds <= 60 THEN 60 WHEN p_seconds <= 120 THEN 120
                WHEN p_seconds <= 300 THEN 300 WHEN p_seconds <= 600 THEN 600
                WHEN p_seconds <= 900 THEN 900 WHEN p_seconds <= 1200 THEN 1200
                WHEN p_seconds <= 1800 THEN 1800 WHEN p_seconds <= 2700 THEN 2700
                WHEN p_seconds <= 3600 THEN 3600 WHEN p_seconds <= 5400 THEN 5400
                WHEN p_seconds <= 7200 THEN 7200 WHEN p_seconds <= 14400 THEN 14400
                ELSE 2147483647 END
$$;

CREATE FUNCTION roll_up_ticket_events() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v_change record;
BEGIN
    INSERT INTO event_count AS c (centre_id, queue, event, n)
    SELECT centre_id, queue, event, count(*) FROM new_events GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT ON CONSTRAINT event_count_pk DO UPDATE SET n = c.n + excluded.n;

    INSERT INTO paper_count AS c (centre_id, state, n)
    SELECT centre_id, reason, count(*) FROM new_events
     WHERE event IN ('confirm', 'paper') AND reason IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT ON CONSTRAINT paper_count_pk DO UPDATE SET n = c.n + excluded.n;

    FOR v_change IN
        SELECT e.centre_id, t.business_day, e.queue,
               sum((e.to_state IN ('unconfirmed', 'waiting'))::int
                 - (e.from_state IN ('unconfirmed', 'waiting'))::int) AS change
          FROM new_events e JOIN ticket t ON t.centre_id = e.centre_id AND t.id = e.ticket_id
         WHERE (e.to_state IN ('unconfirmed', 'waiting')) <> (e.from_state IN ('unconfirmed', 'waiting'))
         GROUP BY 1, 2, 3
    LOOP
        UPDATE queue_line SET in_line = in_line + v_change.change
         WHERE centre_id = v_change.centre_id AND business_day = v_change.business_day
           AND queue = v_change.queue;
        IF NOT FOUND THEN
            INSERT INTO queue_line (centre_id, business_day, queue, in_line)
            VALUES (v_change.centre_id, v_change.business_day, v_change.queue, v_change.change);
        END IF;
    END LOOP;

    IF EXISTS (SELECT 1 FROM new_events WHERE event IN ('call', 'start', 'finish')) THEN
        INSERT INTO duration_rollup AS d (centre_id, measure, queue, priority, le_s, n, sum_us)
        SELECT centre_id, measure, queue, priority, duration_bucket(us / 1e6), count(*), sum(us)
          FROM (SELECT e.centre_id, e.queue, t.priority,
                       CASE e.event WHEN 'call' THEN 'wait' WHEN 'start' THEN 'walk' ELSE 'service' END AS measure,
                       (extract(epoch FROM e.at - CASE e.event WHEN 'call' THEN t.issued_at
                            WHEN 'start' THEN t.called_at ELSE t.started_at END) * 1000000)::bigint AS us
                  FROM new_events e JOIN ticket t ON t.centre_id = e.centre_id AND t.id = e.ticket_id
                 WHERE e.event IN ('call', 'start', 'finish')) m
         GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
        ON CONFLICT ON CONSTRAINT duration_rollup_pk
            DO UPDATE SET n = d.n + excluded.n, sum_us = d.sum_us + excluded.sum_us;

        INSERT INTO duration_rollup AS d (centre_id, measure, queue, priority, le_s, n, sum_us)
        SELECT centre_id, 'estimate_error', queue, priority, duration_bucket(us / 1e6), count(*), sum(us)
          FROM (SELECT e.centre_id, e.queue, t.priority,
                       abs((extract(epoch FROM e.at - t.issued_at) - t.wait_likely_s) * 1000000)::bigint AS us
                  FROM new_events e JOIN ticket t ON t.centre_id = e.centre_id AND t.id = e.ticket_id
                 WHERE e.event = 'call' AND t.wait_likely_s IS NOT NULL) m
         GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
        ON CONFLICT ON CONSTRAINT duration_rollup_pk
            DO UPDATE SET n = d.n + excluded.n, sum_us = d.sum_us + excluded.sum_us;

        INSERT INTO queue_pace AS p (centre_id, queue, recent_s, mean_s, p10_s, p90_s)
        SELECT f.centre_id, f.queue, r.recent, s.mean_s, s.p10_s, s.p90_s
          FROM (SELECT e.centre_id, e.queue,
                       array_agg(extract(epoch FROM t.finished_at - t.started_at)::integer
                                 ORDER BY e.revision) AS fresh
                  FROM new_events e JOIN ticket t ON t.centre_id = e.centre_id AND t.id = e.ticket_id
                 WHERE e.event = 'finish' GROUP BY 1, 2) f
          LEFT JOIN queue_pace o ON o.centre_id = f.centre_id AND o.queue = f.queue
          CROSS JOIN LATERAL (SELECT coalesce(o.recent_s, '{}') || f.fresh AS every) e
          CROSS JOIN LATERAL (SELECT e.every[greatest(1, cardinality(e.every) - 49):] AS recent) r
          CROSS JOIN LATERAL (SELECT avg(x)::integer AS mean_s,
                                     percentile_cont(0.1) WITHIN GROUP (ORDER BY x)::integer AS p10_s,
                                     percentile_cont(0.9) WITHIN GROUP (ORDER BY x)::integer AS p90_s
                                FROM unnest(r.recent) x) s
        ON CONFLICT ON CONSTRAINT queue_pace_pk DO UPDATE
            SET recent_s = excluded.recent_s, mean_s = excluded.mean_s,
                p10_s = excluded.p10_s, p90_s = excluded.p90_s;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER record AFTER INSERT ON ticket_event
    REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION record_events();
CREATE TRIGGER roll_up AFTER INSERT ON ticket_event
    REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION roll_up_ticket_events();

-- The wait for somebody with p_ahead people before him, in seconds; nothing when no window serves.
-- The twin of queue_server.tickets.estimate.wait_range; a test holds the two equal. One plain SELECT
-- that returns a table: so it is planned into its caller instead of being called row by row.
CREATE FUNCTION wait_range(p_ahead integer, p_windows integer, p_idle integer, p_mean_s integer,
                           p_p10_s integer, p_p90_s integer)
RETURNS TABLE (low_s integer, likely_s integer, high_s integer)
LANGUAGE sql IMMUTABLE AS $$
    SELECT low, greatest(low, likely), greatest(high, low + 300, ceil(likely / 300.0)::integer * 300)
      FROM (SELECT CASE WHEN p_windows > 0 THEN greatest(0, p_ahead + 1 - p_idle) END AS services) n,
           LATERAL (SELECT floor(services * p_p10_s / (p_windows * 300.0))::integer * 300 AS low,
                           round(services * p_mean_s / p_windows::numeric)::integer AS likely,
                           ceil(services * p_p90_s / (p_windows * 300.0))::integer * 300 AS high) r
$$;

-- ------------------------------------------------------------------ issue, in batches
-- p_requests: [{id, service, priority, channel, device_id, language, token, actor_kind, actor_id,
--               scope, fingerprint}] (scope and fingerprint in hex or null), no key twice.
-- Answers one row a request (`ord` counts from 1): outcome issued, replayed, key_reused, abandoned,
-- unknown_service or closed_service; the ticket of the first two; and of an issued one everything
-- that the caller did not know before, so that nobody has to read it back.
CREATE FUNCTION issue_tickets(p_centre integer, p_day date, p_at timestamptz, p_requests jsonb)
RETURNS TABLE (ord bigint, outcome text, ticket_id uuid, queue text, series text, number integer,
               rank_at timestamptz, "position" integer, low_s integer, likely_s integer,
               high_s integer, revision bigint)
LANGUAGE plpgsql VOLATILE SET search_path = public SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
    v_head bigint;
BEGIN
    PERFORM lock_centre(p_centre);
    SELECT revision INTO STRICT v_head FROM centre_head WHERE centre_id = p_centre;
    RETURN QUERY
    WITH request AS MATERIALIZED (
        SELECT r.*, r.ord AS place,
               CASE WHEN r.service IS NULL
                    THEN (SELECT q.code FROM queue q WHERE q.centre_id = p_centre ORDER BY q.code LIMIT 1)
                    ELSE s.queue END AS queue,
               c.status AS claim_status, c.fingerprint AS claim_fingerprint,
               (c.answer ->> 'ticket')::uuid AS claim_ticket,
               p_at - make_interval(secs => coalesce(pc.credit_s, 0)) AS rank_at,
               CASE WHEN c.status IS NOT NULL THEN
                        CASE WHEN c.status = 410 THEN 'abandoned'
                             WHEN c.fingerprint <> decode(r.fingerprint, 'hex') THEN 'key_reused'
                             WHEN c.status = 409 THEN c.answer ->> 'outcome'
                             ELSE 'replayed' END
                    WHEN r.service IS NOT NULL AND s.code IS NULL THEN 'unknown_service'
                    WHEN r.service IS NOT NULL AND NOT s.is_open THEN 'closed_service'
                    ELSE 'issued' END AS outcome
          FROM ROWS FROM (jsonb_to_recordset(p_requests) AS (id uuid, service text, priority text,
                   channel text, device_id uuid, language text, token text, actor_kind text,
                   actor_id uuid, scope text, fingerprint text)) WITH ORDINALITY
               AS r (id, service, priority, channel, device_id, language, token, actor_kind,
                     actor_id, scope, fingerprint, ord)
          LEFT JOIN service s ON s.centre_id = p_centre AND s.code = r.service
          LEFT JOIN priority_credit pc ON pc.centre_id = p_centre AND pc.priority = r.priority
          LEFT JOIN LATERAL (
              SELECT status, fingerprint, answer FROM command_claim
               WHERE centre_id = p_centre AND scope = decode(r.scope, 'hex') LIMIT 1) c ON true
    ), fresh AS MATERIALIZED (
        SELECT r.*, q.series,
               row_number() OVER (PARTITION BY q.series ORDER BY r.place) AS in_series,
               row_number() OVER (PARTITION BY r.queue ORDER BY r.rank_at, r.id) - 1 AS ahead_in_batch,
               row_number() OVER (ORDER BY r.place) AS nth
          FROM request r JOIN queue q ON q.centre_id = p_centre AND q.code = r.queue
         WHERE r.outcome = 'issued'
    ), counter AS (
        INSERT INTO label_counter AS c (centre_id, business_day, series, last_number)
        SELECT p_centre, p_day, f.series, (SELECT first_number FROM centre WHERE id = p_centre) - 1 + count(*)
          FROM fresh f GROUP BY f.series ORDER BY f.series
        ON CONFLICT ON CONSTRAINT label_counter_pk
            DO UPDATE SET last_number = c.last_number + (SELECT count(*) FROM fresh f WHERE f.series = c.series)
        RETURNING c.series, c.last_number
    ), crowd AS MATERIALIZED (
        SELECT g.queue, g.rank_at, coalesce(l.in_line, 0) AS in_line, b.behind
          FROM (SELECT DISTINCT queue, rank_at FROM fresh) g
          LEFT JOIN queue_line l ON l.centre_id = p_centre AND l.business_day = p_day AND l.queue = g.queue
          CROSS JOIN LATERAL (
              SELECT sum(in_lane.n) AS behind
                FROM unnest('{plain,priority,accessible}'::text[]) some_lane
               CROSS JOIN LATERAL (
                     SELECT count(*) AS n FROM ticket t
                      WHERE t.centre_id = p_centre AND t.business_day = p_day
                        AND t.queue = g.queue AND t.lane = some_lane AND t.rank_at >= g.rank_at
                        AND t.state IN ('unconfirmed', 'waiting')) in_lane) b
    ), pace AS MATERIALIZED (
        SELECT q.code AS queue, w.windows, w.idle, coalesce(p.mean_s, 300) AS mean_s,
               coalesce(p.p10_s, 300) AS p10_s, coalesce(p.p90_s, 300) AS p90_s
          FROM queue q
          LEFT JOIN queue_pace p ON p.centre_id = q.centre_id AND p.queue = q.code
           AND cardinality(p.recent_s) >= 5
          CROSS JOIN LATERAL (
              SELECT count(*) AS windows,
                     count(*) FILTER (WHERE NOT EXISTS (
                         SELECT 1 FROM ticket t WHERE t.centre_id = p_centre
                            AND t.window_number = w.number AND t.state IN ('called', 'serving'))) AS idle
                FROM service_window w JOIN work_profile_queue wq
                  ON wq.centre_id = w.centre_id AND wq.profile = w.profile AND wq.queue = q.code
               WHERE w.centre_id = p_centre AND w.state = 'open') w
         WHERE q.centre_id = p_centre
    ), placed AS MATERIALIZED (
        SELECT f.*, c.last_number - n.in_batch + f.in_series AS number,
               k.in_line - CASE WHEN k.behind = 0 THEN 0 ELSE (
                   SELECT sum(in_lane.n) FROM unnest('{plain,priority,accessible}'::text[]) some_lane
                    CROSS JOIN LATERAL (
                          SELECT count(*) AS n FROM ticket t
                           WHERE t.centre_id = p_centre AND t.business_day = p_day
                             AND t.queue = f.queue AND t.lane = some_lane
                             AND (t.rank_at, t.id) > (f.rank_at, f.id)
                             AND t.state IN ('unconfirmed', 'waiting')) in_lane) END
                 + f.ahead_in_batch AS ahead
          FROM fresh f JOIN counter c ON c.series = f.series
          JOIN (SELECT series, count(*) AS in_batch FROM fresh GROUP BY series) n ON n.series = f.series
          JOIN crowd k ON k.queue = f.queue AND k.rank_at = f.rank_at
    ), forecast AS MATERIALIZED (
        SELECT p.*, w.low_s, w.likely_s, w.high_s
          FROM placed p JOIN pace e ON e.queue = p.queue
          CROSS JOIN LATERAL wait_range(p.ahead::integer, e.windows::integer, e.idle::integer,
                                        e.mean_s, e.p10_s, e.p90_s) w
    ), ticket_row AS (
        INSERT INTO ticket (centre_id, id, business_day, series, number, label, queue, service, priority,
               lane, state, paper, channel, device_id, language, token, rank_at, issued_at,
               position_at_issue, wait_low_s, wait_likely_s, wait_high_s, revision, last_at)
        SELECT p_centre, f.id, p_day, f.series, f.number, f.series || f.number, f.queue, f.service,
               f.priority, CASE f.priority WHEN 'none' THEN 'plain' ELSE 'priority' END,
               CASE f.channel WHEN 'kiosk' THEN 'unconfirmed' ELSE 'waiting' END,
               CASE f.channel WHEN 'kiosk' THEN 'pending' ELSE 'none' END,
               f.channel, f.device_id, f.language, f.token, f.rank_at, p_at,
               f.ahead + 1, f.low_s, f.likely_s, f.high_s, v_head + f.nth, p_at
          FROM forecast f
    ), claim AS (
        INSERT INTO command_claim (centre_id, scope, fingerprint, at, status, answer)
        SELECT p_centre, decode(f.scope, 'hex'), decode(f.fingerprint, 'hex'), p_at, 201,
               jsonb_build_object('ticket', f.id)
          FROM forecast f WHERE f.scope IS NOT NULL
        UNION ALL
        SELECT p_centre, decode(r.scope, 'hex'), decode(r.fingerprint, 'hex'), p_at, 409,
               jsonb_build_object('outcome', r.outcome)
          FROM request r
         WHERE r.outcome = 'closed_service' AND r.scope IS NOT NULL AND r.claim_status IS NULL
    ), event_row AS (
        INSERT INTO ticket_event (centre_id, revision, ticket_id, at, event, from_state, to_state, queue,
               actor_kind, actor_id, detail)
        SELECT p_centre, v_head + f.nth, f.id, p_at, 'issue', 'none',
               CASE f.channel WHEN 'kiosk' THEN 'unconfirmed' ELSE 'waiting' END, f.queue,
               f.actor_kind, f.actor_id,
               jsonb_strip_nulls(jsonb_build_object('label', f.series || f.number, 'priority', f.priority,
                   'service', f.service, 'channel', f.channel, 'rank_at', f.rank_at,
                   'position', f.ahead + 1, 'low_s', f.low_s, 'likely_s', f.likely_s, 'high_s', f.high_s))
          FROM forecast f ORDER BY f.nth
    )
    SELECT f.place, f.outcome, f.id, f.queue, f.series, f.number::integer, f.rank_at,
           f.ahead::integer + 1, f.low_s, f.likely_s, f.high_s, v_head + f.nth
      FROM forecast f
    UNION ALL
    SELECT r.place, r.outcome, CASE r.outcome WHEN 'replayed' THEN r.claim_ticket END,
           NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
      FROM request r WHERE r.outcome <> 'issued';
END $$;

-- ------------------------------------------------------------------ call next
-- Answers outcome called, empty, unknown_window, window_not_open, window_of_another, window_busy,
-- or key_reused; the ticket (called, or in hand at window_busy) as jsonb; the
-- HTTP status; and what a refusal is about (the window's state, the opener's name). A known key answers
-- as it did the first time.
-- p_finish finishes the ticket in hand first (a called one is started), in the same commit.
-- p_own_only: only the person who opened the window may call there.
CREATE FUNCTION call_next(p_centre integer, p_day date, p_at timestamptz, p_window smallint,
        p_actor_kind text, p_actor_id uuid, p_own_only boolean, p_finish boolean, p_outcome text,
        p_scope bytea, p_fingerprint bytea)
RETURNS TABLE (outcome text, status smallint, ticket jsonb, about text)
LANGUAGE plpgsql VOLATILE SET search_path = public SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_variable
DECLARE
    v_head bigint;
    v_window service_window%ROWTYPE;
    v_priority_first boolean;
    v_hand ticket%ROWTYPE;
    v_claim command_claim%ROWTYPE;
    v_next uuid;
    v_at timestamptz := p_at;
    v_row ticket%ROWTYPE;
BEGIN
    PERFORM lock_centre(p_centre);
    IF p_scope IS NOT NULL THEN
        SELECT * INTO v_claim FROM command_claim c WHERE c.centre_id = p_centre AND c.scope = p_scope;
        IF FOUND THEN
            RETURN QUERY SELECT CASE WHEN v_claim.fingerprint = p_fingerprint THEN v_claim.answer ->> 'outcome'
                    ELSE 'key_reused' END, v_claim.status, v_claim.answer -> 'ticket', v_claim.answer ->> 'about';
            RETURN;
        END IF;
    END IF;
    SELECT revision INTO STRICT v_head FROM centre_head h WHERE h.centre_id = p_centre;
    SELECT * INTO v_window FROM service_window w WHERE w.centre_id = p_centre AND w.number = p_window;
    IF NOT FOUND THEN
        RETURN QUERY SELECT 'unknown_window', 404::smallint, NULL::jsonb, NULL::text;
        RETURN;
    END IF;
    IF v_window.state <> 'open' THEN
        PERFORM keep_claim(p_centre, p_scope, p_fingerprint, p_at, 409, 'window_not_open', NULL, v_window.state);
        RETURN QUERY SELECT 'window_not_open', 409::smallint, NULL::jsonb, v_window.state;
        RETURN;
    END IF;
    IF p_own_only AND v_window.opened_by IS DISTINCT FROM p_actor_id THEN
        PERFORM keep_claim(p_centre, p_scope, p_fingerprint, p_at, 409, 'window_of_another', NULL,
                           v_window.opened_by_name);
        RETURN QUERY SELECT 'window_of_another', 409::smallint, NULL::jsonb, v_window.opened_by_name;
        RETURN;
    END IF;
    SELECT * INTO v_hand FROM ticket t
     WHERE t.centre_id = p_centre AND t.window_number = p_window AND t.state IN ('called', 'serving');
    IF FOUND THEN
        IF NOT p_finish THEN
            PERFORM keep_claim(p_centre, p_scope, p_fingerprint, p_at, 409, 'window_busy', to_jsonb(v_hand), NULL);
            RETURN QUERY SELECT 'window_busy', 409::smallint, to_jsonb(v_hand), NULL::text;
            RETURN;
        END IF;
        v_at := greatest(v_at, v_hand.last_at);
    END IF;
    SELECT wp.priority_first INTO v_priority_first
      FROM work_profile wp WHERE wp.centre_id = p_centre AND wp.code = v_window.profile;
    SELECT c.id INTO v_next
      FROM work_profile_queue wq
     CROSS JOIN unnest(ARRAY['plain', 'priority', CASE WHEN v_window.is_accessible THEN 'accessible' END,
                             'window:' || p_window,
                             CASE v_window.opened_by_kind WHEN 'staff' THEN 'staff:' || v_window.opened_by END]) some_lane
     CROSS JOIN LATERAL (
           SELECT t.id, t.rank_at FROM ticket t
            WHERE t.centre_id = p_centre AND t.business_day = p_day AND t.queue = wq.queue
              AND t.lane = some_lane AND t.state IN ('unconfirmed', 'waiting') AND t.state = 'waiting'
            ORDER BY t.rank_at, t.id LIMIT 1) c
     WHERE wq.centre_id = p_centre AND wq.profile = v_window.profile
     ORDER BY (v_priority_first AND some_lane IN ('priority', 'accessible')) DESC, c.rank_at, c.id
     LIMIT 1;
    IF v_next IS NOT NULL THEN
        SELECT greatest(v_at, t.last_at) INTO v_at FROM ticket t WHERE t.centre_id = p_centre AND t.id = v_next;
    END IF;

    IF v_hand.id IS NOT NULL THEN
        UPDATE ticket t SET state = 'finished', started_at = coalesce(t.started_at, v_at),
               finished_at = v_at, outcome = p_outcome, last_at = v_at,
               revision = v_head + CASE v_hand.state WHEN 'called' THEN 2 ELSE 1 END
         WHERE t.centre_id = p_centre AND t.id = v_hand.id AND t.state = v_hand.state;
    END IF;
    IF v_next IS NOT NULL THEN
        UPDATE ticket t SET state = 'called', called_at = v_at, window_number = p_window, last_at = v_at,
               call_revision = v_head + 1 + CASE v_hand.state WHEN 'called' THEN 2 WHEN 'serving' THEN 1 ELSE 0 END,
               revision = v_head + 1 + CASE v_hand.state WHEN 'called' THEN 2 WHEN 'serving' THEN 1 ELSE 0 END
         WHERE t.centre_id = p_centre AND t.id = v_next AND t.state = 'waiting'
        RETURNING t.* INTO STRICT v_row;
    END IF;
    INSERT INTO ticket_event (centre_id, revision, ticket_id, at, event, from_state, to_state, queue,
           window_number, actor_kind, actor_id, reason)
    SELECT p_centre, v_head + row_number() OVER (ORDER BY e.step), e.ticket_id, v_at, e.event,
           e.from_state, e.to_state, e.queue, p_window, p_actor_kind, p_actor_id, e.reason
      FROM (SELECT 1 AS step, v_hand.id AS ticket_id, 'start' AS event, 'called' AS from_state,
                   'serving' AS to_state, v_hand.queue AS queue, NULL::text AS reason
             WHERE v_hand.state = 'called'
            UNION ALL
            SELECT 2, v_hand.id, 'finish', 'serving', 'finished', v_hand.queue, p_outcome
             WHERE v_hand.id IS NOT NULL
            UNION ALL
            SELECT 3, v_next, 'call', 'waiting', 'called', v_row.queue, NULL
             WHERE v_next IS NOT NULL) e;

    IF v_next IS NULL THEN
        PERFORM keep_claim(p_centre, p_scope, p_fingerprint, p_at, 204, 'empty', NULL, NULL);
        RETURN QUERY SELECT 'empty', 204::smallint, NULL::jsonb, NULL::text;
    ELSE
        PERFORM keep_claim(p_centre, p_scope, p_fingerprint, p_at, 200, 'called', to_jsonb(v_row), NULL);
        RETURN QUERY SELECT 'called', 200::smallint, to_jsonb(v_row), NULL::text;
    END IF;
END $$;

-- ------------------------------------------------------------------ who may do what
GRANT SELECT ON ALL TABLES IN SCHEMA public TO shubbak_app, shubbak_read;
GRANT INSERT, UPDATE ON centre, queue, service, priority_credit, work_profile, service_window, ticket,
    label_counter TO shubbak_app;
GRANT INSERT, UPDATE, DELETE ON command_claim, work_profile_queue TO shubbak_app;
GRANT INSERT ON centre_head, ticket_event, window_event TO shubbak_app;
GRANT EXECUTE ON FUNCTION lock_centre(integer),
    keep_claim(integer, bytea, bytea, timestamptz, integer, text, jsonb, text), wait_range(integer, integer, integer, integer, integer, integer),
    issue_tickets(integer, date, timestamptz, jsonb),
    call_next(integer, date, timestamptz, smallint, text, uuid, boolean, boolean, text, bytea, bytea)
    TO shubbak_app;
