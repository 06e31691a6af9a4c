-- The whole life of a ticket: parked and resumed, transferred, returned, called out of order, walked
-- direct, undone, reinstated, released from its window, carried over to another day. With it: needs,
-- several requests on one number, the policy that the acts obey, and the person behind a number.

-- ------------------------------------------------------------------ what a ticket is, beside its place
ALTER TABLE ticket
    ADD COLUMN arrived_at timestamptz,
    ADD COLUMN waiting_since timestamptz,
    ADD COLUMN needs text[] NOT NULL DEFAULT '{}'
        CONSTRAINT ticket_needs_are_known CHECK (needs <@ ARRAY['accessible_window', 'more_time',
            'cannot_hear', 'cannot_see', 'female_clerk']),
    ADD COLUMN requests smallint NOT NULL DEFAULT 1
        CONSTRAINT ticket_carries_one_to_three_requests CHECK (requests BETWEEN 1 AND 3),
    ADD COLUMN returns smallint NOT NULL DEFAULT 0,
    ADD COLUMN parked_until timestamptz,
    ADD COLUMN park_reason text,
    ADD COLUMN carried_from uuid,
    ADD COLUMN appointment_id uuid;
UPDATE ticket SET arrived_at = issued_at, waiting_since = issued_at;
ALTER TABLE ticket
    ALTER COLUMN arrived_at SET NOT NULL,
    ALTER COLUMN waiting_since SET NOT NULL,
    ADD CONSTRAINT parked_ticket_has_its_window CHECK ((state = 'parked') = (park_reason IS NOT NULL)
        AND (state <> 'parked' OR (window_number IS NOT NULL AND started_at IS NOT NULL))
        AND (parked_until IS NULL OR state = 'parked')),
    DROP CONSTRAINT ticket_channel_is_known,
    ADD CONSTRAINT ticket_channel_is_known CHECK (channel IN ('kiosk', 'api', 'desk', 'phone',
        'reception', 'emergency', 'appointment', 'carried', 'adopted'));
COMMENT ON COLUMN ticket.arrived_at IS
    'What the rank is counted from: issue, the slot of an appointment, the return of a no-show.';
COMMENT ON COLUMN ticket.waiting_since IS 'When it last came into line: a wait is measured from here.';
CREATE INDEX ticket_parked ON ticket (business_day, centre_id, parked_until) WHERE state = 'parked';

INSERT INTO ticket_transition (event, from_state, to_state) VALUES
    ('park', 'serving', 'parked'),
    ('resume', 'parked', 'waiting'),
    ('return', 'no_show', 'waiting'),
    ('transfer', 'called', 'waiting'),
    ('transfer', 'serving', 'waiting'),
    ('release', 'waiting', 'waiting'),
    ('cancel', 'parked', 'cancelled'),
    ('lapse', 'parked', 'lapsed'),
    ('reinstate', 'void', 'waiting'),
    ('undo', 'called', 'waiting'),
    ('undo', 'serving', 'called'),
    ('undo', 'finished', 'serving'),
    ('undo', 'no_show', 'called'),
    ('undo', 'parked', 'serving'),
    ('undo', 'cancelled', 'waiting'),
    ('undo', 'cancelled', 'called'),
    ('undo', 'cancelled', 'parked'),
    ('paper', 'parked', 'parked'),
    ('reprint', 'parked', 'parked');

-- ------------------------------------------------------------------ the policy that the acts obey
-- The published policy, as the commands read it: one row a centre. A centre without one has these
-- defaults, which forbid nothing that was allowed before there were policies.
CREATE TABLE policy_now (
    centre_id integer CONSTRAINT policy_now_pk PRIMARY KEY
        CONSTRAINT policy_now_centre_fk REFERENCES centre (id),
    version integer NOT NULL DEFAULT 0,
    recall_limit smallint CONSTRAINT recall_limit_is_positive CHECK (recall_limit > 0),
    recall_interval_s integer NOT NULL DEFAULT 0,
    no_show_after_s integer NOT NULL DEFAULT 0,
    no_show_after_more_time_s integer NOT NULL DEFAULT 0,
    returns_allowed smallint NOT NULL DEFAULT 1,
    return_within_s integer,
    return_credit_s integer NOT NULL DEFAULT 0,
    requests_at_most smallint NOT NULL DEFAULT 3
        CONSTRAINT requests_at_most_is_1_to_3 CHECK (requests_at_most BETWEEN 1 AND 3),
    one_live_per_phone boolean NOT NULL DEFAULT false,
    one_live_per_national_id boolean NOT NULL DEFAULT false,
    early_grace_s integer NOT NULL DEFAULT 900,
    late_grace_s integer NOT NULL DEFAULT 900,
    away_at_most smallint,
    carries_over boolean NOT NULL DEFAULT false,
    undo_within_s integer NOT NULL DEFAULT 30,
    capacity jsonb NOT NULL DEFAULT '{}',
    CONSTRAINT policy_times_are_bounded CHECK (recall_interval_s BETWEEN 0 AND 600
        AND no_show_after_s BETWEEN 0 AND 1800 AND no_show_after_more_time_s BETWEEN 0 AND 1800
        AND returns_allowed BETWEEN 0 AND 9 AND return_within_s BETWEEN 0 AND 86400
        AND return_credit_s BETWEEN 0 AND 7200 AND early_grace_s BETWEEN 0 AND 7200
        AND late_grace_s BETWEEN 0 AND 7200 AND undo_within_s BETWEEN 0 AND 300
        AND away_at_most >= 0)
);
COMMENT ON COLUMN policy_now.capacity IS 'Numbers a day by service code; a service that is not named has no limit.';
GRANT SELECT, INSERT, UPDATE ON policy_now TO shubbak_app;
GRANT SELECT ON policy_now TO shubbak_read;

-- ------------------------------------------------------------------ the person behind a number
-- Personal data stands here alone: sealed, found again by a keyed hash, erased when its time is over.
CREATE TABLE ticket_person (
    centre_id integer NOT NULL,
    ticket_id uuid NOT NULL,
    business_day date NOT NULL,
    at timestamptz NOT NULL,
    phone_hash bytea,
    phone_sealed bytea,
    national_id_hash bytea,
    national_id_sealed bytea,
    CONSTRAINT ticket_person_pk PRIMARY KEY (centre_id, ticket_id),
    CONSTRAINT ticket_person_ticket_fk FOREIGN KEY (centre_id, ticket_id) REFERENCES ticket (centre_id, id),
    CONSTRAINT ticket_person_is_sealed_and_found CHECK ((phone_hash IS NULL) = (phone_sealed IS NULL)
        AND (national_id_hash IS NULL) = (national_id_sealed IS NULL)),
    CONSTRAINT ticket_person_hash_is_sha256 CHECK (length(phone_hash) = 32 AND length(national_id_hash) = 32)
);
CREATE INDEX ticket_person_phone ON ticket_person (centre_id, business_day, phone_hash)
    WHERE phone_hash IS NOT NULL;
CREATE INDEX ticket_person_national_id ON ticket_person (centre_id, business_day, national_id_hash)
    WHERE national_id_hash IS NOT NULL;
GRANT SELECT, INSERT, UPDATE, DELETE ON ticket_person TO shubbak_app;

-- ------------------------------------------------------------------ labels that a day already has
CREATE TABLE label_taken (
    centre_id integer NOT NULL CONSTRAINT label_taken_centre_fk REFERENCES centre (id),
    business_day date NOT NULL,
    series text NOT NULL,
    number integer NOT NULL,
    CONSTRAINT label_taken_pk PRIMARY KEY (centre_id, business_day, series, number)
);
COMMENT ON TABLE label_taken IS 'Numbers that an earlier day brought: the counter of this day skips them.';
GRANT SELECT, INSERT ON label_taken TO shubbak_app;
GRANT SELECT ON label_taken TO shubbak_read;

-- The nth number after p_last that the day has not taken already: a taken t, the i-th of them, is
-- passed when t - i < p_last + p_nth.
CREATE FUNCTION free_number(p_centre integer, p_day date, p_series text, p_last integer, p_nth bigint)
RETURNS integer
LANGUAGE sql STABLE SET search_path = public AS $$
    SELECT (p_last + p_nth + count(*) FILTER (WHERE k.number - k.i < p_last + p_nth))::integer
      FROM (SELECT number, row_number() OVER (ORDER BY number) AS i
              FROM label_taken
             WHERE centre_id = p_centre AND business_day = p_day AND series = p_series
               AND number > p_last) k
$$;
GRANT EXECUTE ON FUNCTION free_number(integer, date, text, integer, bigint) TO shubbak_app;

-- ------------------------------------------------------------------ the line, counted
ALTER TABLE queue_line
    ADD COLUMN in_common integer NOT NULL DEFAULT 0
        CONSTRAINT queue_line_common_is_a_part CHECK (in_common <= in_line),
    ADD COLUMN requests integer NOT NULL DEFAULT 0
        CONSTRAINT queue_line_requests_are_of_tickets CHECK (requests >= in_common AND in_common >= 0);
UPDATE queue_line SET in_common = in_line, requests = in_line;
COMMENT ON COLUMN queue_line.in_common IS 'Those of the lanes that any window of the queue may call.';
COMMENT ON COLUMN queue_line.requests IS 'The requests that the tickets in common lanes carry.';

CREATE FUNCTION is_common_lane(p_lane text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$ SELECT p_lane IN ('plain', 'priority', 'accessible') $$;
GRANT EXECUTE ON FUNCTION is_common_lane(text) TO shubbak_app;

-- Beside what it did: lanes that any window may call are counted apart, with the requests on their
-- tickets; a wait is measured from the last time a ticket came into line, not over a night and not for
-- somebody who walked straight to a window; the pace forgets a service whose end was undone. What was
-- keyed in from paper (`recorded`) teaches no pace, since a pen's times are rough and old, and has no walk,
-- since nobody noted when it was called.
CREATE OR REPLACE FUNCTION roll_up_ticket_events() RETURNS trigger
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
        SELECT m.centre_id, m.business_day, m.queue, sum(m.step) AS change,
               sum(m.common_step) AS common, sum(m.common_step * m.requests) AS requests
          FROM (SELECT e.centre_id, t.business_day, e.queue, t.requests, s.step,
                       CASE WHEN e.event = 'release' THEN 1
                            WHEN is_common_lane(t.lane) THEN s.step ELSE 0 END AS common_step
                  FROM new_events e JOIN ticket t ON t.centre_id = e.centre_id AND t.id = e.ticket_id
                 CROSS JOIN LATERAL (
                       SELECT (e.to_state IN ('unconfirmed', 'waiting'))::int
                            - (e.from_state IN ('unconfirmed', 'waiting'))::int AS step) s
                 WHERE s.step <> 0 OR e.event = 'release') m
         GROUP BY 1, 2, 3
    LOOP
        UPDATE queue_line SET in_line = in_line + v_change.change, in_common = in_common + v_change.common,
               requests = queue_line.requests + v_change.requests
         WHERE centre_id = v_change.centre_id AND business_day = v_change.business_day
           AND queue = v_change.queue;
        IF NOT FOUND THEN
            INSERT INTO queue_line (centre_id, business_day, queue, in_line, in_common, requests)
            VALUES (v_change.centre_id, v_change.business_day, v_change.queue, v_change.change,
                    v_change.common, v_change.requests);
        END IF;
    END LOOP;

    IF EXISTS (SELECT 1 FROM new_events WHERE event IN ('call', 'start', 'finish')) THEN
        INSERT INTO duration_rollup AS d (centre_id, measure, queue, priority, le_s, n, sum_us)
        SELECT centre_id, measure, queue, priority, duration_bucket(us / 1e6), count(*), sum(us)
          FROM (SELECT e.centre_id, e.queue, t.priority,
                       CASE e.event WHEN 'call' THEN 'wait' WHEN 'start' THEN 'walk' ELSE 'service' END AS measure,
                       (extract(epoch FROM e.at - CASE e.event WHEN 'call' THEN t.waiting_since
                            WHEN 'start' THEN t.called_at ELSE t.started_at END) * 1000000)::bigint AS us
                  FROM new_events e JOIN ticket t ON t.centre_id = e.centre_id AND t.id = e.ticket_id
                 WHERE e.event = 'start' AND e.detail -> 'recorded' IS NULL OR e.event = 'finish'
                    OR e.event = 'call' AND e.detail -> 'direct' IS NULL
                       AND (t.carried_from IS NULL OR t.waiting_since > t.issued_at)) m
         GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
        ON CONFLICT ON CONSTRAINT duration_rollup_pk
            DO UPDATE SET n = d.n + excluded.n, sum_us = d.sum_us + excluded.sum_us;

        INSERT INTO duration_rollup AS d (centre_id, measure, queue, priority, le_s, n, sum_us)
        SELECT centre_id, 'estimate_error', queue, priority, duration_bucket(us / 1e6), count(*), sum(us)
          FROM (SELECT e.centre_id, e.queue, t.priority,
                       abs((extract(epoch FROM e.at - t.issued_at) - t.wait_likely_s) * 1000000)::bigint AS us
                  FROM new_events e JOIN ticket t ON t.centre_id = e.centre_id AND t.id = e.ticket_id
                 WHERE e.event = 'call' AND t.wait_likely_s IS NOT NULL
                   AND e.detail -> 'direct' IS NULL AND t.waiting_since = t.issued_at) m
         GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
        ON CONFLICT ON CONSTRAINT duration_rollup_pk
            DO UPDATE SET n = d.n + excluded.n, sum_us = d.sum_us + excluded.sum_us;

        INSERT INTO queue_pace AS p (centre_id, queue, recent_s, mean_s, p10_s, p90_s)
        SELECT f.centre_id, f.queue, r.recent, s.mean_s, s.p10_s, s.p90_s
          FROM (SELECT e.centre_id, e.queue,
                       array_agg(extract(epoch FROM t.finished_at - t.started_at)::integer
                                 ORDER BY e.revision) AS fresh
                  FROM new_events e JOIN ticket t ON t.centre_id = e.centre_id AND t.id = e.ticket_id
                  JOIN centre c ON c.id = e.centre_id
                 WHERE e.event = 'finish' AND e.detail -> 'recorded' IS NULL AND t.started_at < t.finished_at
                   AND t.finished_at - t.started_at <= interval '2 hours'
                   AND t.finished_at < (t.business_day + 1 + c.cut_over) AT TIME ZONE c.zone
                 GROUP BY 1, 2) f
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
    IF EXISTS (SELECT 1 FROM new_events WHERE event = 'undo' AND from_state = 'finished') THEN
        UPDATE queue_pace p
           SET recent_s = k.recent, mean_s = k.mean_s, p10_s = k.p10_s, p90_s = k.p90_s
          FROM new_events e
          JOIN queue_pace o ON o.centre_id = e.centre_id AND o.queue = e.queue
         CROSS JOIN LATERAL (
               SELECT max(nth) AS nth FROM unnest(o.recent_s) WITH ORDINALITY AS each (x, nth)
                WHERE x = ((e.detail ->> 'service_us')::bigint / 1e6)::integer) undone
         CROSS JOIN LATERAL (
               SELECT coalesce(array_agg(x ORDER BY nth), '{}') AS recent,
                      coalesce(avg(x)::integer, 300) AS mean_s,
                      coalesce(percentile_cont(0.1) WITHIN GROUP (ORDER BY x)::integer, 300) AS p10_s,
                      coalesce(percentile_cont(0.9) WITHIN GROUP (ORDER BY x)::integer, 300) AS p90_s
                 FROM unnest(o.recent_s) WITH ORDINALITY AS each (x, nth)
                WHERE each.nth <> undone.nth) k
         WHERE e.event = 'undo' AND e.from_state = 'finished' AND undone.nth IS NOT NULL
           AND p.centre_id = o.centre_id AND p.queue = o.queue;
    END IF;
    RETURN NULL;
END $$;

-- ------------------------------------------------------------------ issue, in batches
-- p_requests: [{id, service, priority, channel, device_id, language, token, actor_kind, actor_id,
--               scope, fingerprint, needs, requests, arrived_at, appointment_id, series, number,
--               phone_hashes, phone_sealed, national_id_hashes, national_id_sealed}]
-- (bytes in hex; what is not given is null), no key and no person twice. `series` and `number` are those
-- of a label that stands on paper already. The first hash is kept, all of them are looked for.
-- Answers one row a request (`ord` counts from 1): outcome issued, replayed, key_reused, abandoned,
-- unknown_service, closed_service, too_many_requests, service_full, has_a_number or label_taken; the
-- ticket of the first two, and the one that has_a_number and label_taken are about; and of an issued one
-- everything that the caller did not know before, so that nobody has to read it back.
-- A service is never full for a holder of an appointment, whose place was counted when it was booked, nor
-- for a number that stands on paper already. Places are taken by those alone that nothing else refuses.
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
                   national_id_sealed text)) WITH ORDINALITY
               AS r (id, service, priority, channel, device_id, language, token, actor_kind,
                     actor_id, scope, fingerprint, needs, own_requests, arrived_at, appointment_id, own_series,
                     own_number, phone_hashes, phone_sealed, national_id_hashes, national_id_sealed, ord)
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
        SELECT p.*, w.low_s, w.likely_s, w.high_s
          FROM placed p JOIN pace e ON e.queue = p.queue
          CROSS JOIN LATERAL wait_range(p.requests_ahead::integer, e.windows::integer, e.idle::integer,
                                        e.mean_s, e.p10_s, e.p90_s) w
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
                   'requests', nullif(f.requests, 1), 'appointment', f.appointment_id))
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

-- ------------------------------------------------------------------ who asks for a woman
ALTER TABLE staff ADD COLUMN is_woman boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN staff.is_woman IS 'She serves citizens who ask for a woman.';

-- A window leaves who asked for a woman to one where a woman works now, in the same queue; where none
-- does, every window calls them: nobody waits for somebody who is not there.
CREATE FUNCTION left_to_a_woman(p_centre integer, p_window integer, p_queue text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public AS $$
    SELECT coalesce(bool_and(w.number <> p_window)
                    AND bool_or(w.state = 'open' AND EXISTS (
                            SELECT 1 FROM work_profile_queue q
                             WHERE q.centre_id = w.centre_id AND q.profile = w.profile AND q.queue = p_queue)),
                    false)
      FROM service_window w JOIN staff s ON s.centre_id = w.centre_id AND s.id = w.opened_by
     WHERE w.centre_id = p_centre AND w.opened_by_kind = 'staff' AND s.is_woman
$$;
GRANT EXECUTE ON FUNCTION left_to_a_woman(integer, integer, text) TO shubbak_app;

-- ------------------------------------------------------------------ call next
-- Answers outcome called, empty, unknown_window, window_not_open, window_of_another, window_busy,
-- or key_reused; the ticket (called, or in hand at window_busy) as jsonb; the
-- HTTP status; and what a refusal is about (the window's state, the opener's name). A known key answers
-- as it did the first time.
-- p_finish finishes the ticket in hand first (a called one is started), in the same commit.
-- p_own_only: only the person who opened the window may call there.
CREATE OR REPLACE FUNCTION call_next(p_centre integer, p_day date, p_at timestamptz, p_window smallint,
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
              AND NOT ('female_clerk' = ANY (t.needs) AND some_lane IN ('plain', 'priority')
                       AND left_to_a_woman(p_centre, p_window, wq.queue))
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
               recalls = 0,
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
