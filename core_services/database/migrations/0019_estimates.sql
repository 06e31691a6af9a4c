-- What people were told of their wait, beside what is told at issue; and the nightly proof of it.
--
-- The estimate of a number's issue stands in its issue event: low, likely and high as shown, and, where
-- the forward run made it, its version (model), the range before rounding (raw_low_s, raw_high_s) and
-- what the run said before calibration (middle_s, scale_s). What is shown later is an event of its own.

-- ------------------------------------------------------------------ events that no screen waits for
-- With an argument nobody is notified: what is recorded was on the screens before it was recorded.
CREATE OR REPLACE FUNCTION record_events() RETURNS trigger
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
    IF TG_NARGS = 0 THEN
        PERFORM pg_notify('shubbak', v_centre || ':' || v_last);
    END IF;
    RETURN NULL;
END $$;

CREATE TABLE estimate_event (
    centre_id integer NOT NULL CONSTRAINT estimate_event_centre_fk REFERENCES centre (id),
    revision bigint NOT NULL,
    at timestamptz NOT NULL,
    business_day date NOT NULL,
    place text NOT NULL CONSTRAINT estimate_place_is_known CHECK (place IN ('phone', 'hall')),
    queue text NOT NULL,
    ticket_id uuid,
    low_s integer,
    likely_s integer,
    high_s integer,
    raw_low_s integer,
    raw_high_s integer,
    model text,
    CONSTRAINT estimate_event_pk PRIMARY KEY (centre_id, revision),
    CONSTRAINT estimate_event_queue_fk FOREIGN KEY (centre_id, queue) REFERENCES queue (centre_id, code),
    CONSTRAINT estimate_event_ticket_fk FOREIGN KEY (centre_id, ticket_id) REFERENCES ticket (centre_id, id),
    CONSTRAINT hall_estimate_is_nobody_in_particular CHECK ((place = 'hall') = (ticket_id IS NULL)),
    CONSTRAINT shown_estimate_is_a_range CHECK (
        (low_s IS NULL) = (likely_s IS NULL) AND (low_s IS NULL) = (high_s IS NULL)
        AND (low_s IS NULL OR 0 <= low_s AND low_s <= likely_s AND likely_s <= high_s)),
    CONSTRAINT shown_raw_estimate_is_of_a_model CHECK (
        (model IS NULL) = (raw_low_s IS NULL) AND (model IS NULL) = (raw_high_s IS NULL)
        AND (model IS NULL OR low_s IS NOT NULL AND raw_low_s <= raw_high_s))
);
CREATE INDEX estimate_event_day ON estimate_event (business_day, centre_id, revision);
CREATE INDEX estimate_event_hall ON estimate_event (business_day, centre_id, queue, revision)
    WHERE place = 'hall';
CREATE INDEX estimate_event_ticket ON estimate_event (ticket_id, centre_id, revision)
    WHERE ticket_id IS NOT NULL;
CREATE TRIGGER record AFTER INSERT ON estimate_event
    REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION record_events('quietly');
COMMENT ON TABLE estimate_event IS
    'A wait that people were shown after issue: on a phone for its number, in the hall for whoever comes next.';
COMMENT ON COLUMN estimate_event.low_s IS 'As shown, rounded outward to 5 minutes; NULL: from then on no time was shown.';
COMMENT ON COLUMN estimate_event.model IS 'What made it; NULL: the closed formula, or no time was shown.';

-- ------------------------------------------------------------------ the nightly backtest
CREATE TABLE estimate_backtest (
    centre_id integer NOT NULL CONSTRAINT estimate_backtest_centre_fk REFERENCES centre (id),
    business_day date NOT NULL,
    claimed_at timestamptz NOT NULL,
    claimed_by uuid NOT NULL,
    tries smallint NOT NULL DEFAULT 1,
    done_at timestamptz,
    result jsonb,
    failed text,
    CONSTRAINT estimate_backtest_pk PRIMARY KEY (centre_id, business_day),
    CONSTRAINT backtest_tries_are_few CHECK (tries BETWEEN 1 AND 3),
    CONSTRAINT backtest_ends_after_its_claim CHECK (done_at >= claimed_at),
    CONSTRAINT done_backtest_says_something CHECK (
        (done_at IS NULL) = (result IS NULL AND failed IS NULL) AND (result IS NULL OR failed IS NULL))
);
COMMENT ON TABLE estimate_backtest IS
    'Once a business day, after the cut-over: the estimate against every formula on the centre''s own last days.';
COMMENT ON COLUMN estimate_backtest.claimed_by IS 'The server process that works on it; taken over when it says nothing.';

GRANT SELECT, INSERT ON estimate_event TO shubbak_app;
GRANT SELECT, INSERT, UPDATE ON estimate_backtest TO shubbak_app;
GRANT SELECT ON estimate_event, estimate_backtest TO shubbak_read;

-- ------------------------------------------------------------------ issue takes what was forecast
CREATE OR REPLACE FUNCTION issue_tickets(p_centre integer, p_day date, p_at timestamptz, p_requests jsonb)
RETURNS TABLE (ord bigint, outcome text, ticket_id uuid, queue text, series text, number integer,
               rank_at timestamptz, "position" integer, low_s integer, likely_s integer,
               high_s integer, revision bigint)
LANGUAGE plpgsql VOLATILE SET search_path = public SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
    v_head bigint;
    v_skips boolean;
    v_capacity jsonb;
    v_requests smallint;
    v_per_phone boolean;
    v_per_national_id boolean;
    v_given jsonb := '{}';
BEGIN
    PERFORM lock_centre(p_centre);
    SELECT h.revision, EXISTS (SELECT 1 FROM label_taken k WHERE k.centre_id = p_centre AND k.business_day = p_day),
           coalesce(n.capacity, '{}'), coalesce(n.requests_at_most, 3), coalesce(n.one_live_per_phone, false),
           coalesce(n.one_live_per_national_id, false)
      INTO STRICT v_head, v_skips, v_capacity, v_requests, v_per_phone, v_per_national_id
      FROM centre_head h LEFT JOIN policy_now n ON n.centre_id = h.centre_id
     WHERE h.centre_id = p_centre;
    IF v_capacity <> '{}' THEN
        SELECT coalesce(jsonb_object_agg(g.service, g.n), '{}') INTO v_given
          FROM (SELECT t.service, count(*) AS n FROM ticket t
                 WHERE t.business_day = p_day AND t.centre_id = p_centre AND v_capacity ? t.service
                   AND t.state NOT IN ('void', 'cancelled')
                 GROUP BY t.service) g;
    END IF;
    RETURN QUERY
    WITH asked AS MATERIALIZED (
        SELECT r.*, r.ord AS place,
               CASE WHEN r.service IS NULL
                    THEN (SELECT q.code FROM queue q WHERE q.centre_id = p_centre ORDER BY q.code LIMIT 1)
                    ELSE s.queue END AS queue,
               c.status AS claim_status, c.fingerprint AS claim_fingerprint,
               coalesce((c.answer ->> 'ticket')::uuid, live.id, same.id) AS about,
               coalesce(r.arrived_at, p_at) AS arrival, coalesce(r.own_requests, 1) AS requests,
               coalesce(r.arrived_at, p_at) - make_interval(secs => coalesce(pc.credit_s, 0)) AS rank_at,
               CASE WHEN 'accessible_window' = ANY (r.needs) THEN 'accessible'
                    WHEN r.priority = 'none' THEN 'plain' ELSE 'priority' END AS lane,
               CASE WHEN c.status IS NOT NULL THEN
                        CASE WHEN c.status = 410 THEN 'abandoned'
                             WHEN c.fingerprint <> decode(r.fingerprint, 'hex') THEN 'key_reused'
                             WHEN c.status = 409 THEN c.answer ->> 'outcome'
                             ELSE 'replayed' END
                    WHEN r.service IS NOT NULL AND s.code IS NULL THEN 'unknown_service'
                    WHEN r.service IS NOT NULL AND NOT s.is_open THEN 'closed_service'
                    WHEN live.id IS NOT NULL THEN 'has_a_number'
                    WHEN same.id IS NOT NULL THEN 'label_taken'
                    WHEN r.own_requests > v_requests THEN 'too_many_requests'
                    ELSE 'issued' END AS verdict
          FROM ROWS FROM (jsonb_to_recordset(p_requests) AS (id uuid, service text, priority text,
                   channel text, device_id uuid, language text, token text, actor_kind text,
                   actor_id uuid, scope text, fingerprint text, needs text[], requests smallint,
                   arrived_at timestamptz, appointment_id uuid, series text, number integer,
                   phone_hashes text[], phone_sealed text, national_id_hashes text[],
                   national_id_sealed text, said integer[], model text)) WITH ORDINALITY
               AS r (id, service, priority, channel, device_id, language, token, actor_kind,
                     actor_id, scope, fingerprint, needs, own_requests, arrived_at, appointment_id, own_series,
                     own_number, phone_hashes, phone_sealed, national_id_hashes, national_id_sealed, said,
                     model, ord)
          LEFT JOIN service s ON s.centre_id = p_centre AND s.code = r.service
          LEFT JOIN priority_credit pc ON pc.centre_id = p_centre AND pc.priority = r.priority
          LEFT JOIN LATERAL (
              SELECT status, fingerprint, answer FROM command_claim
               WHERE centre_id = p_centre AND scope = decode(r.scope, 'hex') LIMIT 1) c ON true
          LEFT JOIN LATERAL (
              SELECT t.id FROM ticket_person p
                JOIN ticket t ON t.centre_id = p.centre_id AND t.id = p.ticket_id
               WHERE v_per_phone AND p.centre_id = p_centre AND p.business_day = p_day
                 AND p.phone_hash = ANY (ARRAY(SELECT decode(h, 'hex') FROM unnest(r.phone_hashes) h))
                 AND t.state IN ('unconfirmed', 'waiting', 'called', 'serving', 'parked')
               LIMIT 1) by_phone ON true
          LEFT JOIN LATERAL (
              SELECT t.id FROM ticket_person p
                JOIN ticket t ON t.centre_id = p.centre_id AND t.id = p.ticket_id
               WHERE v_per_national_id AND p.centre_id = p_centre AND p.business_day = p_day
                 AND p.national_id_hash
                     = ANY (ARRAY(SELECT decode(h, 'hex') FROM unnest(r.national_id_hashes) h))
                 AND t.state IN ('unconfirmed', 'waiting', 'called', 'serving', 'parked')
               LIMIT 1) by_id ON true
         CROSS JOIN LATERAL (SELECT coalesce(by_phone.id, by_id.id) AS id) live
          LEFT JOIN ticket same ON r.own_number IS NOT NULL AND same.business_day = p_day
           AND same.centre_id = p_centre AND same.label = r.own_series || r.own_number
    ), request AS MATERIALIZED (
        SELECT a.*,
               CASE WHEN a.verdict = 'issued' AND v_capacity ? a.service
                         AND a.channel <> 'appointment' AND a.own_number IS NULL
                         AND coalesce((v_given ->> a.service)::integer, 0)
                             + count(*) FILTER (WHERE a.verdict = 'issued')
                                   OVER (PARTITION BY a.service ORDER BY a.place)
                             > (v_capacity ->> a.service)::integer THEN 'service_full'
                    ELSE a.verdict END AS outcome
          FROM asked a
    ), fresh AS MATERIALIZED (
        SELECT r.*, coalesce(r.own_series, q.series) AS series,
               count(*) FILTER (WHERE r.own_number IS NULL)
                   OVER (PARTITION BY q.series ORDER BY r.place) AS in_series,
               row_number() OVER (PARTITION BY r.queue ORDER BY r.rank_at, r.id) - 1 AS ahead_in_batch,
               sum(r.requests) OVER (PARTITION BY r.queue ORDER BY r.rank_at, r.id
                                     ROWS UNBOUNDED PRECEDING) - r.requests AS requests_in_batch,
               row_number() OVER (ORDER BY r.place) AS nth
          FROM request r JOIN queue q ON q.centre_id = p_centre AND q.code = r.queue
         WHERE r.outcome = 'issued'
    ), before AS MATERIALIZED (
        SELECT g.series, g.fresh, coalesce(c.last_number, n.first_number - 1) AS last_number
          FROM (SELECT f.series, count(*) AS fresh FROM fresh f WHERE f.own_number IS NULL
                 GROUP BY f.series) g
          JOIN centre n ON n.id = p_centre
          LEFT JOIN label_counter c ON c.centre_id = p_centre AND c.business_day = p_day
           AND c.series = g.series
    ), counter AS (
        INSERT INTO label_counter AS c (centre_id, business_day, series, last_number)
        SELECT p_centre, p_day, b.series,
               CASE WHEN v_skips THEN free_number(p_centre, p_day, b.series, b.last_number, b.fresh)
                    ELSE b.last_number + b.fresh END
          FROM before b ORDER BY b.series
        ON CONFLICT ON CONSTRAINT label_counter_pk DO UPDATE SET last_number = excluded.last_number
    ), crowd AS MATERIALIZED (
        SELECT g.queue, g.rank_at, coalesce(l.in_common, 0) AS in_line, coalesce(l.requests, 0) AS requests,
               b.behind
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
        SELECT f.*, CASE WHEN f.own_number IS NOT NULL THEN f.own_number
                         WHEN v_skips THEN free_number(p_centre, p_day, f.series, c.last_number, f.in_series)
                         ELSE c.last_number + f.in_series END AS number,
               k.in_line - coalesce(later.n, 0) + f.ahead_in_batch AS ahead,
               k.requests - coalesce(later.requests, 0) + f.requests_in_batch AS requests_ahead
          FROM fresh f LEFT JOIN before c ON c.series = f.series
          JOIN crowd k ON k.queue = f.queue AND k.rank_at = f.rank_at
          LEFT JOIN LATERAL (
               SELECT sum(in_lane.n) AS n, sum(in_lane.requests) AS requests
                 FROM unnest('{plain,priority,accessible}'::text[]) some_lane
                CROSS JOIN LATERAL (
                      SELECT count(*) AS n, coalesce(sum(t.requests), 0) AS requests FROM ticket t
                       WHERE t.centre_id = p_centre AND t.business_day = p_day
                         AND t.queue = f.queue AND t.lane = some_lane
                         AND (t.rank_at, t.id) > (f.rank_at, f.id)
                         AND t.state IN ('unconfirmed', 'waiting')) in_lane) later ON k.behind > 0
    ), forecast AS MATERIALIZED (
        SELECT p.*, coalesce(s.said[1], w.low_s) AS low_s, coalesce(s.said[2], w.likely_s) AS likely_s,
               coalesce(s.said[3], w.high_s) AS high_s, s.said AS heard
          FROM placed p JOIN pace e ON e.queue = p.queue
          CROSS JOIN LATERAL wait_range(p.requests_ahead::integer, e.windows::integer, e.idle::integer,
                                        e.mean_s, e.p10_s, e.p90_s) w
         CROSS JOIN LATERAL (SELECT CASE WHEN e.windows > 0 AND p.model IS NOT NULL THEN p.said END AS said) s
    ), ticket_row AS (
        INSERT INTO ticket (centre_id, id, business_day, series, number, label, queue, service, priority,
               lane, state, paper, channel, device_id, language, token, rank_at, issued_at,
               position_at_issue, wait_low_s, wait_likely_s, wait_high_s, revision, last_at,
               arrived_at, waiting_since, needs, requests, appointment_id)
        SELECT p_centre, f.id, p_day, f.series, f.number, f.series || f.number, f.queue, f.service,
               f.priority, f.lane,
               CASE f.channel WHEN 'kiosk' THEN 'unconfirmed' ELSE 'waiting' END,
               CASE f.channel WHEN 'kiosk' THEN 'pending' ELSE 'none' END,
               f.channel, f.device_id, f.language, f.token, f.rank_at, p_at,
               f.ahead + 1, f.low_s, f.likely_s, f.high_s, v_head + f.nth, p_at,
               f.arrival, p_at, coalesce(f.needs, '{}'), f.requests, f.appointment_id
          FROM forecast f
    ), person AS (
        INSERT INTO ticket_person (centre_id, ticket_id, business_day, at, phone_hash, phone_sealed,
               national_id_hash, national_id_sealed)
        SELECT p_centre, f.id, p_day, p_at, decode(f.phone_hashes[1], 'hex'), decode(f.phone_sealed, 'hex'),
               decode(f.national_id_hashes[1], 'hex'), decode(f.national_id_sealed, 'hex')
          FROM forecast f WHERE f.phone_hashes IS NOT NULL OR f.national_id_hashes IS NOT NULL
    ), claim AS (
        INSERT INTO command_claim (centre_id, scope, fingerprint, at, status, answer)
        SELECT p_centre, decode(f.scope, 'hex'), decode(f.fingerprint, 'hex'), p_at, 201,
               jsonb_build_object('ticket', f.id)
          FROM forecast f WHERE f.scope IS NOT NULL
        UNION ALL
        SELECT p_centre, decode(r.scope, 'hex'), decode(r.fingerprint, 'hex'), p_at, 409,
               jsonb_strip_nulls(jsonb_build_object('outcome', r.outcome, 'ticket', r.about))
          FROM request r
         WHERE r.outcome IN ('closed_service', 'service_full', 'too_many_requests', 'has_a_number',
                             'label_taken')
           AND r.scope IS NOT NULL AND r.claim_status IS NULL
    ), event_row AS (
        INSERT INTO ticket_event (centre_id, revision, ticket_id, at, event, from_state, to_state, queue,
               actor_kind, actor_id, detail)
        SELECT p_centre, v_head + f.nth, f.id, p_at, 'issue', 'none',
               CASE f.channel WHEN 'kiosk' THEN 'unconfirmed' ELSE 'waiting' END, f.queue,
               f.actor_kind, f.actor_id,
               jsonb_strip_nulls(jsonb_build_object('label', f.series || f.number, 'priority', f.priority,
                   'service', f.service, 'channel', f.channel, 'rank_at', f.rank_at,
                   'position', f.ahead + 1, 'low_s', f.low_s, 'likely_s', f.likely_s, 'high_s', f.high_s,
                   'arrived_at', f.arrived_at, 'needs', nullif(to_jsonb(f.needs), '[]'),
                   'requests', nullif(f.requests, 1), 'appointment', f.appointment_id,
                   'raw_low_s', f.heard[4], 'raw_high_s', f.heard[5], 'middle_s', f.heard[6],
                   'scale_s', f.heard[7], 'model', CASE WHEN f.heard IS NOT NULL THEN f.model END))
          FROM forecast f ORDER BY f.nth
    )
    SELECT f.place, f.outcome, f.id, f.queue, f.series, f.number::integer, f.rank_at,
           f.ahead::integer + 1, f.low_s, f.likely_s, f.high_s, v_head + f.nth
      FROM forecast f
    UNION ALL
    SELECT r.place, r.outcome,
           CASE WHEN r.outcome IN ('replayed', 'has_a_number', 'label_taken') THEN r.about END,
           NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
      FROM request r WHERE r.outcome <> 'issued';
END $$;
