-- The whole schema after all migrations; written by core_services/database/schema.py.

CREATE FUNCTION public.call_next(p_centre integer, p_day date, p_at timestamp with time zone, p_window smallint, p_actor_kind text, p_actor_id uuid, p_own_only boolean, p_finish boolean, p_outcome text, p_scope bytea, p_fingerprint bytea) RETURNS TABLE(outcome text, status smallint, ticket jsonb, about text)
    LANGUAGE plpgsql
    SET search_path TO 'public'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    AS $$
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

CREATE FUNCTION public.duration_bucket(p_seconds numeric) RETURNS integer
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT CASE WHEN p_seconds <= 60 THEN 60 WHEN p_seconds <= 120 THEN 120
                WHEN p_seconds <= 300 THEN 300 WHEN p_seconds <= 600 THEN 600
                WHEN p_seconds <= 900 THEN 900 WHEN p_seconds <= 1200 THEN 1200
                WHEN p_seconds <= 1800 THEN 1800 WHEN p_seconds <= 2700 THEN 2700
                WHEN p_seconds <= 3600 THEN 3600 WHEN p_seconds <= 5400 THEN 5400
                WHEN p_seconds <= 7200 THEN 7200 WHEN p_seconds <= 14400 THEN 14400
                ELSE 2147483647 END
$$;

CREATE TABLE public.fault (
    centre_id integer NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    device_id uuid,
    window_number smallint,
    stops_work boolean NOT NULL,
    state text NOT NULL,
    reported_at timestamp with time zone NOT NULL,
    reported_by uuid NOT NULL,
    reports integer DEFAULT 1 NOT NULL,
    accepted_at timestamp with time zone,
    accepted_by uuid,
    mended_at timestamp with time zone,
    dismissed_at timestamp with time zone,
    ended_by uuid,
    last_at timestamp with time zone NOT NULL,
    CONSTRAINT fault_has_its_reports CHECK ((reports > 0)),
    CONSTRAINT fault_kind_is_known CHECK ((kind = ANY (ARRAY['printer'::text, 'kiosk'::text, 'screen'::text, 'scanner'::text, 'payment'::text, 'computer'::text, 'network'::text, 'programme'::text, 'other'::text, 'power'::text, 'crowd'::text, 'forms'::text, 'hindrance'::text]))),
    CONSTRAINT fault_state_has_its_times CHECK ((((state = 'mended'::text) = (mended_at IS NOT NULL)) AND ((state = 'not_fault'::text) = (dismissed_at IS NOT NULL)) AND ((state = ANY (ARRAY['mended'::text, 'not_fault'::text])) = (ended_by IS NOT NULL)) AND ((accepted_at IS NULL) = (accepted_by IS NULL)) AND ((state <> 'reported'::text) OR (accepted_at IS NULL)) AND ((state <> 'accepted'::text) OR (accepted_at IS NOT NULL)))),
    CONSTRAINT fault_state_is_known CHECK ((state = ANY (ARRAY['reported'::text, 'accepted'::text, 'mended'::text, 'not_fault'::text]))),
    CONSTRAINT fault_times_are_in_order CHECK (((reported_at <= last_at) AND ((accepted_at IS NULL) OR ((accepted_at >= reported_at) AND (accepted_at <= last_at))) AND ((mended_at IS NULL) OR ((mended_at >= reported_at) AND (mended_at <= last_at))) AND ((dismissed_at IS NULL) OR ((dismissed_at >= reported_at) AND (dismissed_at <= last_at)))))
);

COMMENT ON COLUMN public.fault.window_number IS 'The first window that reported it, where windows alone did: it is over with the last of them. NULL: somebody reported the machine itself, or the hall.';

CREATE FUNCTION public.fault_facts(p_fault public.fault) RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path TO 'public'
    AS $$
    SELECT to_jsonb(p_fault) || jsonb_build_object(
        'machine',
        (SELECT jsonb_build_object('name', d.name, 'kind', d.kind, 'in_use', d.revoked_at IS NULL)
           FROM device d WHERE d.centre_id = p_fault.centre_id AND d.id = p_fault.device_id),
        'windows', coalesce(
        (SELECT jsonb_agg(to_jsonb(w) ORDER BY w.reported_at, w.window_number)
           FROM fault_window w
          WHERE w.centre_id = p_fault.centre_id AND w.fault_id = p_fault.id), '[]'))
$$;

COMMENT ON FUNCTION public.fault_facts(p_fault public.fault) IS 'A fault with its machine, and its windows in the order of their reports.';

CREATE FUNCTION public.free_number(p_centre integer, p_day date, p_series text, p_last integer, p_nth bigint) RETURNS integer
    LANGUAGE sql STABLE
    SET search_path TO 'public'
    AS $$
    SELECT (p_last + p_nth + count(*) FILTER (WHERE k.number - k.i < p_last + p_nth))::integer
      FROM (SELECT number, row_number() OVER (ORDER BY number) AS i
              FROM label_taken
             WHERE centre_id = p_centre AND business_day = p_day AND series = p_series
               AND number > p_last) k
$$;

CREATE FUNCTION public.is_common_lane(p_lane text) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    AS $$ SELECT p_lane IN ('plain', 'priority', 'accessible') $$;

CREATE TABLE public.service_window (
    centre_id integer NOT NULL,
    number smallint NOT NULL,
    profile text NOT NULL,
    is_accessible boolean DEFAULT false NOT NULL,
    state text DEFAULT 'closed'::text NOT NULL,
    state_since timestamp with time zone,
    reason text,
    opened_by_kind text,
    opened_by uuid,
    opened_by_name text,
    offered_at timestamp with time zone,
    CONSTRAINT closed_window_has_no_opener CHECK ((((state = 'closed'::text) = (opened_by_kind IS NULL)) AND ((state = 'closed'::text) = (opened_by IS NULL)))),
    CONSTRAINT only_an_opened_window_is_handed_over CHECK (((offered_at IS NULL) OR (state <> 'closed'::text))),
    CONSTRAINT window_number_is_1_to_99 CHECK (((number >= 1) AND (number <= 99))),
    CONSTRAINT window_opener_is_known CHECK ((opened_by_kind = ANY (ARRAY['staff'::text, 'key'::text]))),
    CONSTRAINT window_state_is_known CHECK ((state = ANY (ARRAY['closed'::text, 'open'::text, 'paused'::text])))
);

COMMENT ON COLUMN public.service_window.offered_at IS 'Whoever opened the window hands it over: the next person to open it takes it with what it has in hand.';

CREATE FUNCTION public.is_stand_in(p_window public.service_window) RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path TO 'public'
    AS $$
    SELECT p_window.opened_by_kind = 'key' AND EXISTS (
        SELECT 1 FROM api_key k
         WHERE k.centre_id = p_window.centre_id AND k.id = p_window.opened_by
           AND 'stand_in' = ANY (k.scopes) AND NOT 'act' = ANY (k.scopes))
$$;

CREATE FUNCTION public.issue_tickets(p_centre integer, p_day date, p_at timestamp with time zone, p_requests jsonb) RETURNS TABLE(ord bigint, outcome text, ticket_id uuid, queue text, series text, number integer, rank_at timestamp with time zone, "position" integer, low_s integer, likely_s integer, high_s integer, revision bigint)
    LANGUAGE plpgsql
    SET search_path TO 'public'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    AS $$
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

CREATE FUNCTION public.keep_claim(p_centre integer, p_scope bytea, p_fingerprint bytea, p_at timestamp with time zone, p_status integer, p_outcome text, p_ticket jsonb, p_about text) RETURNS void
    LANGUAGE sql
    AS $$
    INSERT INTO command_claim (centre_id, scope, fingerprint, at, status, answer)
    SELECT p_centre, p_scope, p_fingerprint, p_at, p_status,
           jsonb_strip_nulls(jsonb_build_object('outcome', p_outcome, 'ticket', p_ticket, 'about', p_about))
     WHERE p_scope IS NOT NULL
$$;

CREATE FUNCTION public.keep_training_apart() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public'
    AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF EXISTS (SELECT FROM centre) THEN
            RAISE EXCEPTION 'a database that holds a centre is not made one for training'
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'training_mark_comes_first',
                      TABLE = 'training_mark';
        END IF;
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'a training database is not made a real one'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'training_mark_stays',
              TABLE = 'training_mark';
END $$;

CREATE FUNCTION public.left_to_a_woman(p_centre integer, p_window integer, p_queue text) RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path TO 'public'
    AS $$
    SELECT coalesce(bool_and(w.number <> p_window)
                    AND bool_or(w.state = 'open' AND EXISTS (
                            SELECT 1 FROM work_profile_queue q
                             WHERE q.centre_id = w.centre_id AND q.profile = w.profile AND q.queue = p_queue)),
                    false)
      FROM service_window w JOIN staff s ON s.centre_id = w.centre_id AND s.id = w.opened_by
     WHERE w.centre_id = p_centre AND w.opened_by_kind = 'staff' AND s.is_woman
$$;

CREATE FUNCTION public.lock_centre(p_centre integer) RETURNS void
    LANGUAGE sql
    AS $$ SELECT pg_advisory_xact_lock(21320, p_centre) $$;

CREATE FUNCTION public.note_cut() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'public'
    AS $$
BEGIN
    INSERT INTO device_cut (centre_id, device_id, lost_at, back_at)
    SELECT d.centre_id, d.id, CASE TG_OP WHEN 'INSERT' THEN d.created_at ELSE OLD.seen_at END, NEW.seen_at
      FROM device d
     WHERE d.centre_id = NEW.centre_id AND d.id = NEW.device_id
       AND CASE TG_OP WHEN 'INSERT' THEN d.created_at ELSE OLD.seen_at END < NEW.seen_at - interval '10 seconds'
    ON CONFLICT ON CONSTRAINT device_cut_pk DO NOTHING;
    DELETE FROM device_cut
     WHERE centre_id = NEW.centre_id AND device_id = NEW.device_id
       AND back_at < NEW.seen_at - interval '31 days';
    RETURN NULL;
END $$;

CREATE FUNCTION public.record_events() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public'
    SET "TimeZone" TO 'UTC'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    AS $$
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

CREATE FUNCTION public.roll_up_deliveries() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public'
    AS $$
BEGIN
    INSERT INTO screen_rollup AS s (centre_id, le_ms, n, sum_us)
    SELECT m.centre_id,
           CASE WHEN us <= 50000 THEN 50 WHEN us <= 100000 THEN 100 WHEN us <= 250000 THEN 250
                WHEN us <= 500000 THEN 500 WHEN us <= 1000000 THEN 1000 WHEN us <= 2000000 THEN 2000
                WHEN us <= 5000000 THEN 5000 WHEN us <= 15000000 THEN 15000
                ELSE 2147483647 END AS le_ms, count(*), sum(us)
      FROM (SELECT d.centre_id,
                   (extract(epoch FROM d.shown_at - e.at) * 1000000)::bigint AS us
              FROM new_deliveries d
              JOIN ticket_event e ON e.centre_id = d.centre_id AND e.revision = d.call_revision
             WHERE d.shown_at >= e.at) m
     GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT ON CONSTRAINT screen_rollup_pk
        DO UPDATE SET n = s.n + excluded.n, sum_us = s.sum_us + excluded.sum_us;
    RETURN NULL;
END $$;

CREATE FUNCTION public.roll_up_ticket_events() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    AS $$
DECLARE
    v_change record;
BEGIN
    INSERT INTO event_count AS c (centre_id, queue, event, n)
    SELECT centre_id, queue, event, count(*) FROM new_events GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT ON CONSTRAINT event_count_pk DO UPDATE SET n = c.n + excluded.n;

    INSERT INTO paper_count AS c (centre_id, state, n)
    SELECT centre_id, reason, count(*) FROM new_events
     WHERE event IN ('confirm', 'paper', 'given') AND reason IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2
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
                       AND t.channel NOT IN ('adopted', 'kiosk_offline', 'restored')
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

CREATE FUNCTION public.wait_range(p_ahead integer, p_windows integer, p_idle integer, p_mean_s integer, p_p10_s integer, p_p90_s integer) RETURNS TABLE(low_s integer, likely_s integer, high_s integer)
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT low, greatest(low, likely), greatest(high, low + 300, ceil(likely / 300.0)::integer * 300)
      FROM (SELECT CASE WHEN p_windows > 0 THEN greatest(0, p_ahead + 1 - p_idle) END AS services) n,
           LATERAL (SELECT floor(services * p_p10_s / (p_windows * 300.0))::integer * 300 AS low,
                           round(services * p_mean_s / p_windows::numeric)::integer AS likely,
                           ceil(services * p_p90_s / (p_windows * 300.0))::integer * 300 AS high) r
$$;

CREATE TABLE public.alarm_episode (
    centre_id integer NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    facts jsonb NOT NULL,
    is_grave boolean NOT NULL,
    level smallint NOT NULL,
    raised_at timestamp with time zone NOT NULL,
    worse_at timestamp with time zone,
    acknowledged_at timestamp with time zone,
    acknowledged_by uuid,
    cleared_at timestamp with time zone,
    last_at timestamp with time zone NOT NULL,
    CONSTRAINT acknowledged_alarm_has_its_person CHECK (((acknowledged_at IS NULL) = (acknowledged_by IS NULL))),
    CONSTRAINT alarm_episode_facts_are_an_object CHECK ((jsonb_typeof(facts) = 'object'::text)),
    CONSTRAINT alarm_episode_kind_is_a_word CHECK ((kind ~ '^[a-z][a-z-]{0,31}$'::text)),
    CONSTRAINT alarm_episode_level_is_counted CHECK ((level >= 0)),
    CONSTRAINT alarm_episode_subject_is_short CHECK (((length(subject) >= 1) AND (length(subject) <= 120))),
    CONSTRAINT alarm_episode_times_are_in_order CHECK (((raised_at <= last_at) AND ((worse_at IS NULL) OR ((worse_at >= raised_at) AND (worse_at <= last_at))) AND ((acknowledged_at IS NULL) OR ((acknowledged_at >= raised_at) AND (acknowledged_at <= last_at))) AND ((cleared_at IS NULL) OR ((cleared_at >= raised_at) AND (cleared_at <= last_at)))))
);

COMMENT ON COLUMN public.alarm_episode.subject IS 'What is wrong: a window, a queue, a device, the hall.';

COMMENT ON COLUMN public.alarm_episode.level IS 'How bad, in steps; a higher one than was acknowledged asks for a person again.';

COMMENT ON COLUMN public.alarm_episode.acknowledged_by IS 'A member of staff or a key. NULL again when it has grown worse since.';

CREATE TABLE public.alarm_event (
    centre_id integer NOT NULL,
    revision bigint NOT NULL,
    alarm_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    event text NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    level smallint NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    CONSTRAINT a_person_acknowledges_an_alarm CHECK ((((event = 'acknowledged'::text) = (actor_kind <> 'system'::text)) AND ((actor_kind = 'system'::text) = (actor_id IS NULL)))),
    CONSTRAINT alarm_event_actor_is_known CHECK ((actor_kind = ANY (ARRAY['staff'::text, 'key'::text, 'system'::text]))),
    CONSTRAINT alarm_event_is_known CHECK ((event = ANY (ARRAY['raised'::text, 'worse'::text, 'acknowledged'::text, 'cleared'::text])))
);

CREATE TABLE public.api_key (
    centre_id integer NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    prefix text NOT NULL,
    key_hash bytea NOT NULL,
    scopes text[] NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    CONSTRAINT api_key_has_a_name CHECK (((length(name) >= 1) AND (length(name) <= 64))),
    CONSTRAINT api_key_hash_is_sha256 CHECK ((length(key_hash) = 32)),
    CONSTRAINT api_key_scopes_are_known CHECK (((cardinality(scopes) > 0) AND (scopes <@ ARRAY['read'::text, 'issue'::text, 'act'::text, 'stand_in'::text, 'supervise'::text, 'personal'::text, 'metrics'::text, 'admin'::text])))
);

CREATE TABLE public.appointment (
    centre_id integer NOT NULL,
    id uuid NOT NULL,
    first_id uuid NOT NULL,
    plan_id uuid CONSTRAINT appointment_plan_id_not_null1 NOT NULL,
    kind text NOT NULL,
    service text,
    day date NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    seat smallint NOT NULL,
    state text NOT NULL,
    code text NOT NULL,
    token text NOT NULL,
    language text NOT NULL,
    booked_at timestamp with time zone NOT NULL,
    moves smallint DEFAULT 0 NOT NULL,
    files smallint DEFAULT 0 NOT NULL,
    ticket_id uuid,
    checked_in_at timestamp with time zone,
    is_late boolean DEFAULT false NOT NULL,
    revision bigint NOT NULL,
    last_at timestamp with time zone NOT NULL,
    CONSTRAINT appointment_code_is_eight_digits CHECK ((code ~ '^[1-9]{8}$'::text)),
    CONSTRAINT appointment_kind_is_known CHECK ((kind = ANY (ARRAY['visit'::text, 'drop_off'::text]))),
    CONSTRAINT appointment_language_is_known CHECK ((language = ANY (ARRAY['ar'::text, 'en'::text]))),
    CONSTRAINT appointment_moves_are_counted CHECK ((moves >= 0)),
    CONSTRAINT appointment_of_files_is_a_drop_off CHECK (
CASE kind
    WHEN 'drop_off'::text THEN ((files >= 4) AND (files <= 20))
    ELSE (files = 0)
END),
    CONSTRAINT appointment_seat_is_counted_from_1 CHECK ((seat >= 1)),
    CONSTRAINT appointment_state_is_known CHECK ((state = ANY (ARRAY['booked'::text, 'checked_in'::text, 'released'::text, 'cancelled'::text, 'moved'::text]))),
    CONSTRAINT appointment_takes_time CHECK ((ends_at > starts_at)),
    CONSTRAINT appointment_token_is_base32 CHECK ((token ~ '^[A-Z2-7]{16}$'::text)),
    CONSTRAINT checked_in_appointment_has_its_number CHECK ((((state = 'checked_in'::text) = (ticket_id IS NOT NULL)) AND ((ticket_id IS NULL) = (checked_in_at IS NULL))))
)
WITH (fillfactor='90');

CREATE TABLE public.appointment_attempt (
    centre_id integer NOT NULL,
    kind text NOT NULL,
    subject bytea NOT NULL,
    since timestamp with time zone NOT NULL,
    n integer NOT NULL,
    CONSTRAINT attempt_kind_is_known CHECK ((kind = ANY (ARRAY['address'::text, 'device'::text]))),
    CONSTRAINT attempt_subject_is_sha256 CHECK ((length(subject) = 32))
);

CREATE TABLE public.appointment_closure (
    centre_id integer NOT NULL,
    day date NOT NULL,
    reason text NOT NULL,
    CONSTRAINT closure_reason_is_short CHECK ((length(reason) <= 120))
);

COMMENT ON TABLE public.appointment_closure IS 'Business days on which nothing can be booked.';

CREATE TABLE public.appointment_event (
    centre_id integer NOT NULL,
    revision bigint NOT NULL,
    appointment_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    event text NOT NULL,
    from_state text NOT NULL,
    to_state text NOT NULL,
    via text NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    detail jsonb,
    CONSTRAINT appointment_event_actor_is_known CHECK ((actor_kind = ANY (ARRAY['staff'::text, 'device'::text, 'key'::text, 'system'::text]))),
    CONSTRAINT appointment_event_via_is_known CHECK ((via = ANY (ARRAY['page'::text, 'kiosk'::text, 'desk'::text, 'api'::text, 'clock'::text])))
);

COMMENT ON COLUMN public.appointment_event.actor_kind IS 'A citizen acts by a page and is nobody to us: system.';

CREATE TABLE public.appointment_file (
    centre_id integer NOT NULL,
    appointment_id uuid NOT NULL,
    nth smallint NOT NULL,
    name text NOT NULL,
    CONSTRAINT file_is_counted CHECK (((nth >= 1) AND (nth <= 20))),
    CONSTRAINT file_name_is_short CHECK (((length(name) >= 1) AND (length(name) <= 120)))
);

COMMENT ON TABLE public.appointment_file IS 'The list of a drop-off, in the words of whoever brings it; may name people.';

CREATE TABLE public.appointment_person (
    centre_id integer NOT NULL,
    appointment_id uuid NOT NULL,
    phone_hash bytea NOT NULL,
    phone_sealed bytea NOT NULL,
    CONSTRAINT appointment_person_hash_is_sha256 CHECK ((length(phone_hash) = 32))
);

CREATE TABLE public.appointment_plan (
    centre_id integer NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    service text,
    weekdays smallint[] NOT NULL,
    opens time without time zone NOT NULL,
    closes time without time zone NOT NULL,
    slot_minutes smallint NOT NULL,
    capacity smallint NOT NULL,
    walk_in_percent smallint NOT NULL,
    horizon_days smallint NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    withdrawn_at timestamp with time zone,
    CONSTRAINT plan_capacity_is_bounded CHECK (((capacity >= 1) AND (capacity <= 200))),
    CONSTRAINT plan_ends_after_it_begins CHECK ((valid_from <= valid_to)),
    CONSTRAINT plan_horizon_is_bounded CHECK (((horizon_days >= 0) AND (horizon_days <= 90))),
    CONSTRAINT plan_kind_is_known CHECK ((kind = ANY (ARRAY['visit'::text, 'drop_off'::text]))),
    CONSTRAINT plan_slot_is_bounded CHECK (((slot_minutes >= 5) AND (slot_minutes <= 240))),
    CONSTRAINT plan_walk_in_share_is_a_percent CHECK (((walk_in_percent >= 0) AND (walk_in_percent <= 100))),
    CONSTRAINT plan_weekdays_are_iso CHECK (((cardinality(weekdays) > 0) AND (weekdays <@ ARRAY[(1)::smallint, (2)::smallint, (3)::smallint, (4)::smallint, (5)::smallint, (6)::smallint, (7)::smallint])))
);

COMMENT ON COLUMN public.appointment_plan.service IS 'Null: every service that has no plan of its own.';

CREATE TABLE public.appointment_plan_event (
    centre_id integer NOT NULL,
    revision bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    event text NOT NULL,
    plan_id uuid,
    day date,
    actor_kind text NOT NULL,
    actor_id uuid,
    detail jsonb,
    CONSTRAINT plan_event_actor_is_known CHECK ((actor_kind = ANY (ARRAY['staff'::text, 'key'::text, 'system'::text]))),
    CONSTRAINT plan_event_is_about_a_plan_or_a_day CHECK ((((plan_id IS NULL) <> (day IS NULL)) AND ((day IS NULL) = (event <> ALL (ARRAY['day_closed'::text, 'day_opened'::text]))))),
    CONSTRAINT plan_event_is_known CHECK ((event = ANY (ARRAY['made'::text, 'changed'::text, 'withdrawn'::text, 'day_closed'::text, 'day_opened'::text])))
);

COMMENT ON COLUMN public.appointment_plan_event.detail IS 'The plan''s terms from then on.';

CREATE TABLE public.appointment_transition (
    event text NOT NULL,
    from_state text NOT NULL,
    to_state text NOT NULL
);

CREATE TABLE public.backup_run (
    centre_id integer NOT NULL,
    id uuid NOT NULL,
    began_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone NOT NULL,
    file text NOT NULL,
    bytes bigint,
    is_sealed boolean DEFAULT false NOT NULL,
    why text,
    CONSTRAINT backup_run_ends_after_it_began CHECK ((began_at <= ended_at)),
    CONSTRAINT backup_run_has_bytes CHECK ((bytes > 0)),
    CONSTRAINT backup_run_made_or_failed CHECK (((bytes IS NULL) = (why IS NOT NULL)))
);

COMMENT ON TABLE public.backup_run IS 'Backups that were made, and those that failed with the reason; kept for a year.';

CREATE TABLE public.broadcast (
    centre_id integer NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    phrase text,
    text_ar text NOT NULL,
    text_en text DEFAULT ''::text NOT NULL,
    glasses text[] NOT NULL,
    calls_go_on boolean DEFAULT true NOT NULL,
    sent_at timestamp with time zone NOT NULL,
    sent_by_kind text NOT NULL,
    sent_by uuid NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone,
    ended_at timestamp with time zone,
    ended_by uuid,
    CONSTRAINT broadcast_ends_after_it_starts CHECK ((ends_at > starts_at)),
    CONSTRAINT broadcast_english_is_short CHECK ((length(text_en) <= 240)),
    CONSTRAINT broadcast_glasses_are_known CHECK (((cardinality(glasses) > 0) AND (glasses <@ ARRAY['board'::text, 'kiosk'::text, 'face'::text, 'phone'::text, 'desk'::text]))),
    CONSTRAINT broadcast_has_a_text CHECK (((length(text_ar) >= 1) AND (length(text_ar) <= 240))),
    CONSTRAINT broadcast_kind_is_known CHECK ((kind = ANY (ARRAY['prayer'::text, 'closing'::text, 'breakdown'::text, 'notice'::text, 'emergency'::text]))),
    CONSTRAINT broadcast_phrase_is_a_word CHECK ((phrase ~ '^[a-z][a-z-]{0,31}$'::text)),
    CONSTRAINT broadcast_sender_is_known CHECK ((sent_by_kind = ANY (ARRAY['staff'::text, 'key'::text]))),
    CONSTRAINT broadcast_times_are_in_order CHECK (((starts_at >= sent_at) AND (ended_at >= sent_at))),
    CONSTRAINT emergency_has_no_end_of_its_own CHECK (((kind <> 'emergency'::text) OR ((ends_at IS NULL) AND (starts_at = sent_at)))),
    CONSTRAINT emergency_stands_on_every_glass CHECK (((kind <> 'emergency'::text) OR (glasses @> ARRAY['board'::text, 'kiosk'::text, 'face'::text, 'phone'::text, 'desk'::text]))),
    CONSTRAINT ended_broadcast_has_its_person CHECK (((ended_at IS NULL) = (ended_by IS NULL))),
    CONSTRAINT only_an_emergency_silences_calls CHECK (((kind = 'emergency'::text) OR calls_go_on))
);

COMMENT ON COLUMN public.broadcast.ends_at IS 'When it ends by itself; NULL: it stands until somebody ends it.';

CREATE TABLE public.broadcast_delivery (
    centre_id integer NOT NULL,
    broadcast_id uuid NOT NULL,
    device_id uuid NOT NULL,
    shown_at timestamp with time zone NOT NULL
);

CREATE TABLE public.broadcast_event (
    centre_id integer NOT NULL,
    revision bigint NOT NULL,
    broadcast_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    event text NOT NULL,
    kind text NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid NOT NULL,
    CONSTRAINT broadcast_event_actor_is_known CHECK ((actor_kind = ANY (ARRAY['staff'::text, 'key'::text]))),
    CONSTRAINT broadcast_event_is_known CHECK ((event = ANY (ARRAY['sent'::text, 'ended'::text])))
);

CREATE TABLE public.call_delivery (
    centre_id integer NOT NULL,
    call_revision bigint NOT NULL,
    device_id uuid NOT NULL,
    shown_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.call_delivery IS 'A display answered that this call (its event''s revision) is on its glass.';

CREATE TABLE public.centre (
    id integer NOT NULL,
    code text NOT NULL,
    name_ar text NOT NULL,
    name_en text NOT NULL,
    unit_ar text NOT NULL,
    unit_en text NOT NULL,
    governorate_ar text NOT NULL,
    governorate_en text NOT NULL,
    short_ar text NOT NULL,
    short_en text NOT NULL,
    zone text DEFAULT 'Africa/Cairo'::text NOT NULL,
    cut_over time without time zone DEFAULT '03:00:00'::time without time zone NOT NULL,
    first_number integer DEFAULT 101 NOT NULL,
    config_version integer DEFAULT 1 NOT NULL,
    CONSTRAINT centre_code_is_url_safe CHECK ((code ~ '^[A-Z0-9]{2,8}$'::text)),
    CONSTRAINT centre_first_number_is_positive CHECK (((first_number >= 1) AND (first_number <= 9000)))
);

CREATE TABLE public.centre_event (
    centre_id integer NOT NULL,
    revision bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    event text NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    detail jsonb,
    CONSTRAINT centre_event_actor_is_known CHECK ((actor_kind = ANY (ARRAY['staff'::text, 'key'::text, 'system'::text]))),
    CONSTRAINT centre_event_is_known CHECK ((event = ANY (ARRAY['loaded'::text, 'signing_key_added'::text, 'restored'::text])))
);

CREATE TABLE public.centre_head (
    centre_id integer NOT NULL,
    epoch uuid DEFAULT gen_random_uuid() NOT NULL,
    revision bigint DEFAULT 0 NOT NULL,
    digest bytea DEFAULT '\x'::bytea NOT NULL
)
WITH (fillfactor='50');

CREATE TABLE public.chain_entry (
    centre_id integer NOT NULL,
    first_revision bigint NOT NULL,
    last_revision bigint NOT NULL,
    source text NOT NULL,
    digest bytea NOT NULL,
    CONSTRAINT chain_entry_is_a_range CHECK (((first_revision >= 1) AND (first_revision <= last_revision)))
);

COMMENT ON TABLE public.chain_entry IS 'One link for each insert into an event table: SHA-256 over the previous digest, the table and the canonical rows.';

CREATE TABLE public.command_claim (
    centre_id integer NOT NULL,
    scope bytea NOT NULL,
    fingerprint bytea NOT NULL,
    at timestamp with time zone NOT NULL,
    status smallint NOT NULL,
    answer jsonb,
    CONSTRAINT command_claim_scope_is_sha256 CHECK ((length(scope) = 32))
);

CREATE TABLE public.daily_report (
    centre_id integer NOT NULL,
    business_day date NOT NULL,
    nth smallint NOT NULL,
    made_at timestamp with time zone NOT NULL,
    made_by uuid,
    picture bytea NOT NULL,
    paper bytea NOT NULL,
    text_ar text NOT NULL,
    text_en text NOT NULL,
    picture_en bytea,
    paper_en bytea,
    CONSTRAINT daily_english_is_whole CHECK (((picture_en IS NULL) = (paper_en IS NULL))),
    CONSTRAINT daily_paper_en_is_a_pdf CHECK (((substr(paper_en, 1, 5) = '\x255044462d'::bytea) AND (length(paper_en) <= 4194304))),
    CONSTRAINT daily_paper_is_a_pdf CHECK (((substr(paper, 1, 5) = '\x255044462d'::bytea) AND (length(paper) <= 4194304))),
    CONSTRAINT daily_picture_en_is_a_png CHECK (((substr(picture_en, 1, 8) = '\x89504e470d0a1a0a'::bytea) AND (length(picture_en) <= 4194304))),
    CONSTRAINT daily_picture_is_a_png CHECK (((substr(picture, 1, 8) = '\x89504e470d0a1a0a'::bytea) AND (length(picture) <= 4194304))),
    CONSTRAINT daily_report_is_counted CHECK (((nth >= 0) AND (nth <= 50))),
    CONSTRAINT daily_text_en_is_short CHECK (((char_length(text_en) >= 1) AND (char_length(text_en) <= 1200))),
    CONSTRAINT daily_text_is_short CHECK (((char_length(text_ar) >= 1) AND (char_length(text_ar) <= 1200)))
);

COMMENT ON COLUMN public.daily_report.nth IS '0: made by itself at its time; then one for each time somebody asked.';

COMMENT ON COLUMN public.daily_report.picture_en IS 'NULL, like paper_en: made before there were any in English.';

CREATE TABLE public.day_figure (
    centre_id integer NOT NULL,
    business_day date NOT NULL,
    slice text NOT NULL,
    key text NOT NULL,
    hour smallint NOT NULL,
    came integer NOT NULL,
    requests integer NOT NULL,
    void integer NOT NULL,
    marked integer NOT NULL,
    recorded integer NOT NULL,
    called integer NOT NULL,
    served integer NOT NULL,
    no_show integer NOT NULL,
    "left" integer NOT NULL,
    cancelled integer NOT NULL,
    lapsed integer NOT NULL,
    carried_over integer NOT NULL,
    open integer NOT NULL,
    gone integer NOT NULL,
    within_target integer NOT NULL,
    calls integer NOT NULL,
    no_show_calls integer NOT NULL,
    finishes integer NOT NULL,
    out_of_order integer NOT NULL,
    undos integer NOT NULL,
    busy_us bigint NOT NULL,
    open_s integer NOT NULL,
    idle_s integer NOT NULL,
    pause_s integer NOT NULL,
    wait_n integer NOT NULL,
    wait_sum_us bigint NOT NULL,
    wait_max_us bigint NOT NULL,
    wait_exact_us bigint[] NOT NULL,
    wait_buckets smallint[] NOT NULL,
    wait_counts integer[] NOT NULL,
    walk_n integer NOT NULL,
    walk_sum_us bigint NOT NULL,
    walk_max_us bigint NOT NULL,
    walk_exact_us bigint[] NOT NULL,
    walk_buckets smallint[] NOT NULL,
    walk_counts integer[] NOT NULL,
    service_n integer NOT NULL,
    service_sum_us bigint NOT NULL,
    service_max_us bigint NOT NULL,
    service_exact_us bigint[] NOT NULL,
    service_buckets smallint[] NOT NULL,
    service_counts integer[] NOT NULL,
    total_n integer NOT NULL,
    total_sum_us bigint NOT NULL,
    total_max_us bigint NOT NULL,
    total_exact_us bigint[] NOT NULL,
    total_buckets smallint[] NOT NULL,
    total_counts integer[] NOT NULL,
    CONSTRAINT figure_buckets_are_counted CHECK (((cardinality(wait_buckets) = cardinality(wait_counts)) AND (cardinality(walk_buckets) = cardinality(walk_counts)) AND (cardinality(service_buckets) = cardinality(service_counts)) AND (cardinality(total_buckets) = cardinality(total_counts)))),
    CONSTRAINT figure_hour_is_of_a_day CHECK (((hour >= '-1'::integer) AND (hour <= 23))),
    CONSTRAINT figure_hour_stands_in_slices_by_hour CHECK (((hour >= 0) = (slice = ANY (ARRAY['hour'::text, 'hour_queue'::text, 'hour_service'::text])))),
    CONSTRAINT figure_slice_is_known CHECK ((slice = ANY (ARRAY['all'::text, 'hour'::text, 'queue'::text, 'service'::text, 'priority'::text, 'window'::text, 'clerk'::text, 'hour_queue'::text, 'hour_service'::text])))
);

COMMENT ON TABLE public.day_figure IS 'Figures of one day in one slice. Buckets are 4 % wide: the nth holds durations from 1.04^(n-1) s on.';

COMMENT ON COLUMN public.day_figure.hour IS 'By the wall, of the issue (of the call where calls are counted); -1: all day.';

CREATE TABLE public.device (
    centre_id integer NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    token_hash bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    out_of_service_at timestamp with time zone,
    out_of_service_by uuid,
    out_of_service_ar text,
    out_of_service_en text,
    CONSTRAINT device_is_revoked_after_it_is_made CHECK ((revoked_at >= created_at)),
    CONSTRAINT device_kind_is_known CHECK ((kind = ANY (ARRAY['kiosk'::text, 'display'::text, 'workstation'::text]))),
    CONSTRAINT device_name_is_plain CHECK ((name ~ '^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$'::text)),
    CONSTRAINT device_token_is_sha256 CHECK ((length(token_hash) = 32)),
    CONSTRAINT only_kiosks_go_out_of_service CHECK (((kind = 'kiosk'::text) OR (out_of_service_at IS NULL))),
    CONSTRAINT out_of_service_ar_is_short CHECK (((length(out_of_service_ar) >= 1) AND (length(out_of_service_ar) <= 160))),
    CONSTRAINT out_of_service_en_is_short CHECK ((length(out_of_service_en) <= 160)),
    CONSTRAINT out_of_service_has_words CHECK ((((out_of_service_at IS NULL) = (out_of_service_ar IS NULL)) AND ((out_of_service_at IS NULL) = (out_of_service_en IS NULL))))
);

COMMENT ON COLUMN public.device.out_of_service_at IS 'Since when the kiosk gives no numbers; its words stand on its glass.';

CREATE TABLE public.device_command (
    centre_id integer NOT NULL,
    id uuid NOT NULL,
    device_id uuid NOT NULL,
    kind text NOT NULL,
    payload jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    claimed_by uuid,
    delivered_at timestamp with time zone,
    done_at timestamp with time zone,
    outcome text,
    delivered_to text,
    ordered_by uuid,
    reason text,
    CONSTRAINT delivered_command_has_a_carrier CHECK (((done_at IS NOT NULL) OR ((claimed_by IS NULL) = (delivered_at IS NULL)))),
    CONSTRAINT device_command_kind_is_known CHECK ((kind = ANY (ARRAY['reprint'::text, 'work'::text, 'trial'::text, 'restart'::text, 'duty'::text, 'notice'::text, 'picture'::text]))),
    CONSTRAINT done_command_has_an_outcome CHECK (((done_at IS NULL) = (outcome IS NULL)))
);

COMMENT ON COLUMN public.device_command.delivered_to IS 'The journal that heard of it first: on a machine with another one nobody knows whether it was done.';

COMMENT ON COLUMN public.device_command.ordered_by IS 'Of an errand: the member of staff, or the key, that gave it.';

COMMENT ON COLUMN public.device_command.reason IS 'Why an errand was not done, in one word.';

CREATE TABLE public.device_cut (
    centre_id integer NOT NULL,
    device_id uuid NOT NULL,
    lost_at timestamp with time zone NOT NULL,
    back_at timestamp with time zone NOT NULL,
    CONSTRAINT device_cut_has_a_length CHECK ((lost_at < back_at))
);

COMMENT ON TABLE public.device_cut IS 'From its last word before to its first word after: only then can a number that it gave by itself have been given.';

CREATE TABLE public.device_event (
    centre_id integer NOT NULL,
    revision bigint NOT NULL,
    device_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    event text NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    detail jsonb,
    CONSTRAINT device_event_actor_is_known CHECK ((actor_kind = ANY (ARRAY['staff'::text, 'key'::text, 'system'::text]))),
    CONSTRAINT device_event_is_known CHECK ((event = ANY (ARRAY['added'::text, 'token_renewed'::text, 'revoked'::text, 'series_given'::text, 'series_kept'::text, 'put_out_of_service'::text, 'put_into_service'::text])))
);

CREATE TABLE public.device_pairing (
    centre_id integer NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    salt bytea NOT NULL,
    secret bytea,
    opened_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    attempts smallint DEFAULT 0 NOT NULL,
    tried_at timestamp with time zone,
    ended_at timestamp with time zone,
    outcome text,
    CONSTRAINT device_pairing_attempt_has_its_time CHECK (((attempts = 0) = (tried_at IS NULL))),
    CONSTRAINT device_pairing_end_has_an_outcome CHECK (((ended_at IS NULL) = (outcome IS NULL))),
    CONSTRAINT device_pairing_expires_after_it_opens CHECK ((expires_at > opened_at)),
    CONSTRAINT device_pairing_has_few_attempts CHECK (((attempts >= 0) AND (attempts <= 3))),
    CONSTRAINT device_pairing_keeps_no_secret_after_its_end CHECK (((ended_at IS NULL) = (secret IS NOT NULL))),
    CONSTRAINT device_pairing_kind_is_known CHECK ((kind = ANY (ARRAY['kiosk'::text, 'display'::text, 'workstation'::text]))),
    CONSTRAINT device_pairing_name_is_plain CHECK ((name ~ '^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$'::text)),
    CONSTRAINT device_pairing_outcome_is_known CHECK ((outcome = ANY (ARRAY['paired'::text, 'withdrawn'::text, 'replaced'::text, 'burned'::text, 'expired'::text]))),
    CONSTRAINT device_pairing_salt_is_16_bytes CHECK ((length(salt) = 16)),
    CONSTRAINT device_pairing_secret_is_32_bytes CHECK ((length(secret) = 32))
);

COMMENT ON COLUMN public.device_pairing.secret IS 'Argon2id of the code and the salt; erased when the code is used, burned, withdrawn or over.';

CREATE TABLE public.device_picture (
    centre_id integer NOT NULL,
    device_id uuid NOT NULL,
    errand_id uuid NOT NULL,
    taken_at timestamp with time zone NOT NULL,
    content bytea NOT NULL,
    CONSTRAINT picture_is_bounded CHECK (((length(content) >= 12) AND (length(content) <= 49152))),
    CONSTRAINT picture_is_webp CHECK (((substr(content, 1, 4) = '\x52494646'::bytea) AND (substr(content, 9, 4) = '\x57454250'::bytea)))
);

COMMENT ON TABLE public.device_picture IS 'The last picture of each machine''s glass; nothing personal is on it, and it is forgotten after a day.';

CREATE TABLE public.device_presence (
    centre_id integer NOT NULL,
    device_id uuid NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    version text NOT NULL,
    journal_id text,
    printer text,
    paper text,
    cover text,
    detail text,
    jobs jsonb DEFAULT '{}'::jsonb NOT NULL,
    connected_by uuid,
    connected_until timestamp with time zone,
    attached jsonb DEFAULT '[]'::jsonb NOT NULL,
    roll jsonb,
    undelivered integer,
    CONSTRAINT connection_has_an_end CHECK (((connected_by IS NULL) = (connected_until IS NULL))),
    CONSTRAINT presence_attached_is_a_list CHECK ((jsonb_typeof(attached) = 'array'::text)),
    CONSTRAINT presence_cover_is_known CHECK ((cover = ANY (ARRAY['closed'::text, 'open'::text, 'unknown'::text]))),
    CONSTRAINT presence_paper_is_known CHECK ((paper = ANY (ARRAY['ok'::text, 'near_end'::text, 'out'::text, 'unknown'::text]))),
    CONSTRAINT presence_printer_is_known CHECK ((printer = ANY (ARRAY['ready'::text, 'not_ready'::text, 'absent'::text]))),
    CONSTRAINT presence_undelivered_is_not_negative CHECK ((undelivered >= 0))
)
WITH (fillfactor='50');

COMMENT ON COLUMN public.device_presence.connected_by IS 'The server process that holds the device''s socket; believed until connected_until.';

COMMENT ON COLUMN public.device_presence.attached IS 'The printers, scanners and modem of a workstation, by its last word.';

COMMENT ON COLUMN public.device_presence.roll IS 'loaded_at, used_m, left_m, slips, slips_left, check: the roll by what was fed from it. NULL: no printer, or one that cannot tell when its paper ends.';

COMMENT ON COLUMN public.device_presence.undelivered IS 'Numbers that a kiosk gave and no server has settled, by its own word. NULL: it gives none of its own.';

CREATE TABLE public.duration_rollup (
    centre_id integer NOT NULL,
    measure text NOT NULL,
    queue text NOT NULL,
    priority text NOT NULL,
    le_s integer NOT NULL,
    n bigint NOT NULL,
    sum_us bigint NOT NULL,
    CONSTRAINT duration_measure_is_known CHECK ((measure = ANY (ARRAY['wait'::text, 'walk'::text, 'service'::text, 'estimate_error'::text])))
)
WITH (fillfactor='50');

COMMENT ON COLUMN public.duration_rollup.le_s IS 'Upper end of the bucket in seconds; 2147483647 stands for no end.';

CREATE TABLE public.emergency_batch (
    centre_id integer NOT NULL,
    number integer NOT NULL,
    for_day date NOT NULL,
    series text NOT NULL,
    first_number integer NOT NULL,
    last_number integer NOT NULL,
    printed_at timestamp with time zone NOT NULL,
    printed_by_kind text NOT NULL,
    printed_by uuid,
    CONSTRAINT emergency_batch_by_staff_names_them CHECK (((printed_by_kind = 'staff'::text) = (printed_by IS NOT NULL))),
    CONSTRAINT emergency_batch_has_its_own_letter CHECK ((series = 'T'::text)),
    CONSTRAINT emergency_batch_is_a_book CHECK (((101 <= first_number) AND (first_number <= last_number) AND (last_number <= 9999) AND ((last_number - first_number) < 1000))),
    CONSTRAINT emergency_batch_number_is_positive CHECK ((number > 0)),
    CONSTRAINT emergency_batch_printer_is_known CHECK ((printed_by_kind = ANY (ARRAY['staff'::text, 'system'::text])))
);

COMMENT ON TABLE public.emergency_batch IS 'A printed book: its numbers go on where the book before it ended, so that two books never share one on a day.';

CREATE TABLE public.emergency_event (
    centre_id integer NOT NULL,
    revision bigint NOT NULL,
    batch integer NOT NULL,
    at timestamp with time zone NOT NULL,
    event text NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    detail jsonb,
    CONSTRAINT emergency_event_actor_is_known CHECK ((actor_kind = ANY (ARRAY['staff'::text, 'system'::text]))),
    CONSTRAINT emergency_event_is_known CHECK ((event = 'printed'::text))
);

COMMENT ON TABLE public.emergency_event IS 'Books printed. What was keyed in from them are events of tickets (channel emergency).';

CREATE TABLE public.equipment (
    centre_id integer NOT NULL,
    id uuid NOT NULL,
    label text NOT NULL,
    kind text NOT NULL,
    model text NOT NULL,
    serial text,
    place text NOT NULL,
    device_id uuid,
    window_number smallint,
    room text,
    since timestamp with time zone NOT NULL,
    in_use_since timestamp with time zone,
    slips bigint DEFAULT 0 NOT NULL,
    metres double precision DEFAULT 0 NOT NULL,
    rolls integer DEFAULT 0 NOT NULL,
    seen jsonb,
    CONSTRAINT equipment_in_use_has_its_beginning CHECK (((place = ANY (ARRAY['machine'::text, 'window'::text, 'room'::text])) = (in_use_since IS NOT NULL))),
    CONSTRAINT equipment_is_counted_upwards CHECK (((slips >= 0) AND (metres >= (0)::double precision) AND (rolls >= 0))),
    CONSTRAINT equipment_kind_is_known CHECK ((kind = ANY (ARRAY['printer'::text, 'scanner'::text, 'screen'::text, 'kiosk_case'::text, 'ups'::text, 'card_terminal'::text, 'computer'::text]))),
    CONSTRAINT equipment_label_is_plain CHECK (((label ~ '^[A-Z0-9]+(-[A-Z0-9]+)*$'::text) AND ((length(label) >= 6) AND (length(label) <= 16)))),
    CONSTRAINT equipment_model_is_short CHECK (((length(model) >= 1) AND (length(model) <= 80))),
    CONSTRAINT equipment_place_is_known CHECK ((place = ANY (ARRAY['machine'::text, 'window'::text, 'room'::text, 'shelf'::text, 'repair'::text, 'scrapped'::text]))),
    CONSTRAINT equipment_place_names_its_spot CHECK ((((place = 'machine'::text) = (device_id IS NOT NULL)) AND ((place = 'window'::text) = (window_number IS NOT NULL)) AND ((place = 'room'::text) = (room IS NOT NULL)))),
    CONSTRAINT equipment_room_is_short CHECK (((length(room) >= 1) AND (length(room) <= 80))),
    CONSTRAINT equipment_serial_is_short CHECK (((length(serial) >= 1) AND (length(serial) <= 60)))
);

COMMENT ON TABLE public.equipment IS 'What a technician cares for, each piece under the label that is stuck on it.';

COMMENT ON COLUMN public.equipment.place IS 'machine, window and room: in use there; shelf: a spare; repair: away; scrapped: for good.';

COMMENT ON COLUMN public.equipment.in_use_since IS 'Since when it is in use without a break, wherever.';

COMMENT ON COLUMN public.equipment.slips IS 'Of a kiosk''s printer: slips printed by this piece, in whichever kiosk.';

COMMENT ON COLUMN public.equipment.seen IS 'What its machine had counted when this piece was counted last.';

CREATE TABLE public.equipment_swap (
    centre_id integer NOT NULL,
    id uuid NOT NULL,
    broken_id uuid NOT NULL,
    spare_id uuid NOT NULL,
    order_id uuid NOT NULL,
    swapped_at timestamp with time zone NOT NULL,
    CONSTRAINT equipment_swap_is_of_two CHECK ((broken_id <> spare_id))
);

COMMENT ON TABLE public.equipment_swap IS 'A spare that took the place of a broken piece; its id is that of the press.';

CREATE TABLE public.estimate_backtest (
    centre_id integer NOT NULL,
    business_day date NOT NULL,
    claimed_at timestamp with time zone NOT NULL,
    claimed_by uuid NOT NULL,
    tries smallint DEFAULT 1 NOT NULL,
    done_at timestamp with time zone,
    result jsonb,
    failed text,
    CONSTRAINT backtest_ends_after_its_claim CHECK ((done_at >= claimed_at)),
    CONSTRAINT backtest_tries_are_few CHECK (((tries >= 1) AND (tries <= 3))),
    CONSTRAINT done_backtest_says_something CHECK ((((done_at IS NULL) = ((result IS NULL) AND (failed IS NULL))) AND ((result IS NULL) OR (failed IS NULL))))
);

COMMENT ON TABLE public.estimate_backtest IS 'Once a business day, after the cut-over: the estimate against every formula on the centre''s own last days.';

COMMENT ON COLUMN public.estimate_backtest.claimed_by IS 'The server process that works on it; taken over when it says nothing.';

CREATE TABLE public.estimate_event (
    centre_id integer NOT NULL,
    revision bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    business_day date NOT NULL,
    place text NOT NULL,
    queue text NOT NULL,
    ticket_id uuid,
    low_s integer,
    likely_s integer,
    high_s integer,
    raw_low_s integer,
    raw_high_s integer,
    model text,
    CONSTRAINT estimate_place_is_known CHECK ((place = ANY (ARRAY['phone'::text, 'hall'::text]))),
    CONSTRAINT hall_estimate_is_nobody_in_particular CHECK (((place = 'hall'::text) = (ticket_id IS NULL))),
    CONSTRAINT shown_estimate_is_a_range CHECK ((((low_s IS NULL) = (likely_s IS NULL)) AND ((low_s IS NULL) = (high_s IS NULL)) AND ((low_s IS NULL) OR ((0 <= low_s) AND (low_s <= likely_s) AND (likely_s <= high_s))))),
    CONSTRAINT shown_raw_estimate_is_of_a_model CHECK ((((model IS NULL) = (raw_low_s IS NULL)) AND ((model IS NULL) = (raw_high_s IS NULL)) AND ((model IS NULL) OR ((low_s IS NOT NULL) AND (raw_low_s <= raw_high_s)))))
);

COMMENT ON TABLE public.estimate_event IS 'A wait that people were shown after issue: on a phone for its number, in the hall for whoever comes next.';

COMMENT ON COLUMN public.estimate_event.low_s IS 'As shown, rounded outward to 5 minutes; NULL: from then on no time was shown.';

COMMENT ON COLUMN public.estimate_event.model IS 'What made it; NULL: the closed formula, or no time was shown.';

CREATE TABLE public.event_count (
    centre_id integer NOT NULL,
    queue text NOT NULL,
    event text NOT NULL,
    n bigint NOT NULL
)
WITH (fillfactor='50');

CREATE TABLE public.export_job (
    centre_id integer NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    format text NOT NULL,
    language text NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL,
    asked_by uuid NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    process_id uuid NOT NULL,
    state text DEFAULT 'working'::text NOT NULL,
    done_days integer DEFAULT 0 NOT NULL,
    rows integer DEFAULT 0 NOT NULL,
    size_bytes bigint,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT export_format_is_known CHECK ((format = ANY (ARRAY['csv'::text, 'xlsx'::text]))),
    CONSTRAINT export_is_of_a_range CHECK (((last_day >= first_day) AND ((last_day - first_day) < 400))),
    CONSTRAINT export_kind_is_known CHECK ((kind = 'tickets'::text)),
    CONSTRAINT export_language_is_known CHECK ((language = ANY (ARRAY['ar'::text, 'en'::text]))),
    CONSTRAINT export_progress_is_within CHECK (((done_days >= 0) AND (done_days <= ((last_day - first_day) + 1)))),
    CONSTRAINT export_state_is_known CHECK ((state = ANY (ARRAY['working'::text, 'ready'::text, 'failed'::text, 'gone'::text]))),
    CONSTRAINT ready_export_has_its_size CHECK (((state = 'ready'::text) <= (size_bytes IS NOT NULL)))
);

COMMENT ON TABLE public.export_job IS 'A file that takes long. The process that makes it keeps `changed_at` fresh; one that is silent has died.';

CREATE TABLE public.fault_event (
    centre_id integer NOT NULL,
    revision bigint NOT NULL,
    fault_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    event text NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid NOT NULL,
    detail jsonb,
    CONSTRAINT fault_event_actor_is_known CHECK ((actor_kind = ANY (ARRAY['staff'::text, 'key'::text]))),
    CONSTRAINT fault_event_is_known CHECK ((event = ANY (ARRAY['reported'::text, 'joined'::text, 'accepted'::text, 'noted'::text, 'window_left'::text, 'mended'::text, 'dismissed'::text, 'reopened'::text])))
);

CREATE TABLE public.fault_report (
    centre_id integer NOT NULL,
    revision bigint NOT NULL,
    fault_id uuid NOT NULL,
    window_number smallint,
    screen text,
    diagnosis jsonb NOT NULL,
    CONSTRAINT fault_diagnosis_is_bounded CHECK (((jsonb_typeof(diagnosis) = 'object'::text) AND (length((diagnosis)::text) <= 65536))),
    CONSTRAINT fault_screen_is_a_route CHECK (((screen ~ '^/[^?#]*$'::text) AND (length(screen) <= 120)))
);

COMMENT ON COLUMN public.fault_report.screen IS 'The template of the route of the screen it was reported from.';

COMMENT ON COLUMN public.fault_report.diagnosis IS 'What the server knew at that moment; nothing personal.';

CREATE TABLE public.fault_stop (
    centre_id integer NOT NULL,
    fault_id uuid NOT NULL,
    began_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    window_number smallint,
    CONSTRAINT fault_stop_ends_after_it_began CHECK ((ended_at >= began_at))
);

COMMENT ON COLUMN public.fault_stop.window_number IS 'The window that stands still; NULL: it was said of the machine, or of the hall. The machine stands still while any row of its fault does.';

CREATE TABLE public.fault_window (
    centre_id integer NOT NULL,
    fault_id uuid NOT NULL,
    window_number smallint NOT NULL,
    reported_at timestamp with time zone NOT NULL,
    alarm_id uuid,
    left_at timestamp with time zone,
    left_why text,
    CONSTRAINT fault_window_end_is_known CHECK ((left_why = ANY (ARRAY['handled'::text, 'false_alarm'::text, 'withdrawn'::text, 'other'::text]))),
    CONSTRAINT fault_window_leaves_after_its_report CHECK ((reported_at <= left_at)),
    CONSTRAINT fault_window_leaves_for_a_reason CHECK (((left_at IS NULL) = (left_why IS NULL)))
);

COMMENT ON COLUMN public.fault_window.alarm_id IS 'The alarm of that window which goes with the fault, from its rise to its close.';

COMMENT ON COLUMN public.fault_window.left_at IS 'Since when this window has nothing of it any more though the fault went on; NULL: it stands, or stood to the end.';

CREATE TABLE public.fault_words (
    centre_id integer NOT NULL,
    revision bigint NOT NULL,
    fault_id uuid NOT NULL,
    written_at timestamp with time zone NOT NULL,
    text text NOT NULL,
    CONSTRAINT fault_words_are_short CHECK (((length(text) >= 1) AND (length(text) <= 500)))
);

CREATE TABLE public.feedback (
    centre_id integer NOT NULL,
    ticket_id uuid NOT NULL,
    score text NOT NULL,
    reasons text[] NOT NULL,
    service text,
    answered_at timestamp with time zone NOT NULL,
    last_at timestamp with time zone NOT NULL,
    changes smallint DEFAULT 0 NOT NULL,
    CONSTRAINT feedback_changes_are_bounded CHECK (((changes >= 0) AND (changes <= 5))),
    CONSTRAINT feedback_changes_for_ten_minutes CHECK (((last_at >= answered_at) AND (last_at <= (answered_at + '00:10:00'::interval)))),
    CONSTRAINT feedback_reasons_are_known CHECK ((reasons <@ ARRAY['waiting'::text, 'treatment'::text, 'papers'::text, 'cleanliness'::text, 'other'::text])),
    CONSTRAINT feedback_score_is_known CHECK ((score = ANY (ARRAY['satisfied'::text, 'fair'::text, 'unsatisfied'::text])))
);

COMMENT ON COLUMN public.feedback.service IS 'As it stood at the first answer: a published week never changes.';

CREATE TABLE public.feedback_event (
    centre_id integer NOT NULL,
    revision bigint NOT NULL,
    ticket_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    event text NOT NULL,
    score text NOT NULL,
    reasons text[] NOT NULL,
    service text,
    channel text NOT NULL,
    CONSTRAINT feedback_event_channel_is_known CHECK ((channel = ANY (ARRAY['window'::text, 'phone'::text]))),
    CONSTRAINT feedback_event_is_known CHECK ((event = ANY (ARRAY['answer'::text, 'change'::text]))),
    CONSTRAINT feedback_event_reasons_are_known CHECK ((reasons <@ ARRAY['waiting'::text, 'treatment'::text, 'papers'::text, 'cleanliness'::text, 'other'::text])),
    CONSTRAINT feedback_event_score_is_known CHECK ((score = ANY (ARRAY['satisfied'::text, 'fair'::text, 'unsatisfied'::text])))
);

CREATE TABLE public.feedback_text (
    centre_id integer NOT NULL,
    ticket_id uuid NOT NULL,
    text text NOT NULL,
    answered_at timestamp with time zone NOT NULL,
    CONSTRAINT feedback_text_is_short CHECK (((char_length(text) >= 1) AND (char_length(text) <= 300)))
);

CREATE TABLE public.figure_day (
    centre_id integer NOT NULL,
    business_day date NOT NULL,
    source_revision bigint NOT NULL,
    target_s integer NOT NULL,
    made_at timestamp with time zone NOT NULL,
    CONSTRAINT figure_target_is_positive CHECK ((target_s > 0))
);

COMMENT ON COLUMN public.figure_day.target_s IS 'The longest wait that the centre promised itself then; a day that is made anew keeps it.';

CREATE TABLE public.figure_progress (
    centre_id integer NOT NULL,
    seen_revision bigint DEFAULT 0 NOT NULL,
    claimed_by uuid,
    claimed_until timestamp with time zone,
    CONSTRAINT figure_claim_has_an_end CHECK (((claimed_by IS NULL) = (claimed_until IS NULL)))
);

COMMENT ON TABLE public.figure_progress IS 'Which process makes figures now, and up to which event days were looked through for late ones.';

CREATE TABLE public.help_call (
    centre_id integer NOT NULL,
    id uuid NOT NULL,
    device_id uuid NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    answered_at timestamp with time zone,
    answered_by uuid,
    CONSTRAINT help_is_answered_after_it_is_asked CHECK ((answered_at >= asked_at))
);

CREATE TABLE public.issuing_stop (
    centre_id integer NOT NULL,
    business_day date,
    changed_at timestamp with time zone NOT NULL,
    changed_by uuid
);

COMMENT ON COLUMN public.issuing_stop.business_day IS 'The day on which no numbers are given; null: none.';

CREATE TABLE public.label_counter (
    centre_id integer NOT NULL,
    business_day date NOT NULL,
    series text NOT NULL,
    last_number integer NOT NULL
)
WITH (fillfactor='50');

CREATE TABLE public.label_taken (
    centre_id integer NOT NULL,
    business_day date NOT NULL,
    series text NOT NULL,
    number integer NOT NULL
);

COMMENT ON TABLE public.label_taken IS 'Numbers that an earlier day brought: the counter of this day skips them.';

CREATE TABLE public.maintenance_event (
    centre_id integer NOT NULL,
    revision bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    subject text NOT NULL,
    subject_id uuid NOT NULL,
    event text NOT NULL,
    from_state text,
    to_state text,
    actor_kind text NOT NULL,
    actor_id uuid,
    detail jsonb,
    CONSTRAINT maintenance_event_actor_is_known CHECK ((actor_kind = ANY (ARRAY['staff'::text, 'key'::text, 'system'::text]))),
    CONSTRAINT maintenance_event_is_known CHECK (((((((((((((subject = 'equipment'::text) AND (event = 'added'::text)) OR ((subject = 'equipment'::text) AND (event = 'changed'::text))) OR ((subject = 'equipment'::text) AND (event = 'moved'::text))) OR ((subject = 'equipment'::text) AND (event = 'swapped_out'::text))) OR ((subject = 'equipment'::text) AND (event = 'swapped_in'::text))) OR ((subject = 'plan'::text) AND (event = 'made'::text))) OR ((subject = 'plan'::text) AND (event = 'ended'::text))) OR ((subject = 'order'::text) AND (event = 'open'::text))) OR ((subject = 'order'::text) AND (event = 'start'::text))) OR ((subject = 'order'::text) AND (event = 'finish'::text))) OR ((subject = 'order'::text) AND (event = 'cancel'::text)))),
    CONSTRAINT maintenance_transition_is_known CHECK (
CASE
    WHEN (subject = 'order'::text) THEN ((((((event = 'open'::text) AND (from_state = 'none'::text) AND (to_state = 'open'::text)) OR ((event = 'start'::text) AND (from_state = 'open'::text) AND (to_state = 'in_work'::text))) OR ((event = 'finish'::text) AND (from_state = 'in_work'::text) AND (to_state = 'done'::text))) OR ((event = 'cancel'::text) AND (from_state = 'open'::text) AND (to_state = 'cancelled'::text))) OR ((event = 'cancel'::text) AND (from_state = 'in_work'::text) AND (to_state = 'cancelled'::text)))
    ELSE ((from_state IS NULL) AND (to_state IS NULL))
END)
);

COMMENT ON TABLE public.maintenance_event IS 'What was done to equipment, plans and maintenance orders, and by whom.';

CREATE TABLE public.maintenance_order (
    centre_id integer NOT NULL,
    id uuid NOT NULL,
    number integer NOT NULL,
    equipment_id uuid NOT NULL,
    origin text NOT NULL,
    plan_id uuid,
    fault_id uuid,
    title_ar text NOT NULL,
    title_en text NOT NULL,
    steps jsonb NOT NULL,
    state text NOT NULL,
    stops_work boolean NOT NULL,
    device_id uuid,
    window_number smallint,
    left_at timestamp with time zone,
    due_on date,
    opened_at timestamp with time zone NOT NULL,
    started_at timestamp with time zone,
    started_by uuid,
    ended_at timestamp with time zone,
    ended_by uuid,
    done_text text,
    parts text,
    minutes integer,
    slips_at_end bigint,
    metres_at_end double precision,
    rolls_at_end integer,
    CONSTRAINT maintenance_order_done_text_is_short CHECK ((length(done_text) <= 500)),
    CONSTRAINT maintenance_order_end_has_its_counts CHECK ((((ended_at IS NULL) = (slips_at_end IS NULL)) AND ((ended_at IS NULL) = (metres_at_end IS NULL)) AND ((ended_at IS NULL) = (rolls_at_end IS NULL)))),
    CONSTRAINT maintenance_order_english_is_short CHECK ((length(title_en) <= 160)),
    CONSTRAINT maintenance_order_minutes_are_bounded CHECK (((minutes >= 0) AND (minutes <= 10000))),
    CONSTRAINT maintenance_order_number_is_positive CHECK ((number > 0)),
    CONSTRAINT maintenance_order_origin_is_known CHECK ((origin = ANY (ARRAY['plan'::text, 'hand'::text, 'fault'::text, 'swap'::text]))),
    CONSTRAINT maintenance_order_origin_names_its_cause CHECK ((((origin = 'plan'::text) = (plan_id IS NOT NULL)) AND ((origin = 'fault'::text) = (fault_id IS NOT NULL)))),
    CONSTRAINT maintenance_order_parts_are_short CHECK ((length(parts) <= 300)),
    CONSTRAINT maintenance_order_state_has_its_times CHECK ((((state = ANY (ARRAY['done'::text, 'cancelled'::text])) = (ended_at IS NOT NULL)) AND ((state <> 'open'::text) OR (started_at IS NULL)) AND ((state <> ALL (ARRAY['in_work'::text, 'done'::text])) OR (started_at IS NOT NULL)))),
    CONSTRAINT maintenance_order_state_is_known CHECK ((state = ANY (ARRAY['open'::text, 'in_work'::text, 'done'::text, 'cancelled'::text]))),
    CONSTRAINT maintenance_order_steps_are_a_list CHECK ((jsonb_typeof(steps) = 'array'::text)),
    CONSTRAINT maintenance_order_times_are_in_order CHECK (((opened_at <= started_at) AND (opened_at <= ended_at) AND (started_at <= ended_at))),
    CONSTRAINT maintenance_order_title_is_short CHECK (((length(title_ar) >= 1) AND (length(title_ar) <= 160)))
);

COMMENT ON TABLE public.maintenance_order IS 'What is to be done to a piece of equipment, from its opening to what was done.';

COMMENT ON COLUMN public.maintenance_order.stops_work IS 'While it is in work, its machine or window cannot work.';

COMMENT ON COLUMN public.maintenance_order.device_id IS 'Where the piece stood when the order was opened.';

COMMENT ON COLUMN public.maintenance_order.left_at IS 'Since when the piece is there no more: what is done now stops nothing.';

CREATE TABLE public.maintenance_plan (
    centre_id integer NOT NULL,
    id uuid NOT NULL,
    title_ar text NOT NULL,
    title_en text NOT NULL,
    kind text,
    equipment_id uuid,
    every integer,
    unit text,
    every_count integer,
    counter text,
    stops_work boolean NOT NULL,
    steps jsonb NOT NULL,
    made_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    or_count integer,
    or_counter text,
    CONSTRAINT maintenance_plan_comes_round CHECK (((every >= 1) AND (every <= 1000))),
    CONSTRAINT maintenance_plan_count_is_positive CHECK ((every_count > 0)),
    CONSTRAINT maintenance_plan_counter_is_known CHECK ((counter = ANY (ARRAY['slips'::text, 'metres'::text, 'rolls'::text]))),
    CONSTRAINT maintenance_plan_ends_after_it_is_made CHECK ((made_at <= ended_at)),
    CONSTRAINT maintenance_plan_english_is_short CHECK ((length(title_en) <= 120)),
    CONSTRAINT maintenance_plan_has_its_measure CHECK ((((every IS NULL) = (unit IS NULL)) AND ((every_count IS NULL) = (counter IS NULL)) AND ((every IS NOT NULL) OR (every_count IS NOT NULL)))),
    CONSTRAINT maintenance_plan_is_of_a_kind_or_a_piece CHECK (((kind IS NULL) <> (equipment_id IS NULL))),
    CONSTRAINT maintenance_plan_kind_is_known CHECK ((kind = ANY (ARRAY['printer'::text, 'scanner'::text, 'screen'::text, 'kiosk_case'::text, 'ups'::text, 'card_terminal'::text, 'computer'::text]))),
    CONSTRAINT maintenance_plan_second_count_is_positive CHECK ((or_count > 0)),
    CONSTRAINT maintenance_plan_second_counter_is_another CHECK ((((or_count IS NULL) = (or_counter IS NULL)) AND ((or_counter IS NULL) OR ((counter IS NOT NULL) AND (counter <> or_counter))))),
    CONSTRAINT maintenance_plan_second_counter_is_known CHECK ((or_counter = ANY (ARRAY['slips'::text, 'metres'::text, 'rolls'::text]))),
    CONSTRAINT maintenance_plan_steps_are_a_list CHECK ((jsonb_typeof(steps) = 'array'::text)),
    CONSTRAINT maintenance_plan_title_is_short CHECK (((length(title_ar) >= 1) AND (length(title_ar) <= 120))),
    CONSTRAINT maintenance_plan_unit_is_known CHECK ((unit = ANY (ARRAY['day'::text, 'month'::text])))
);

COMMENT ON TABLE public.maintenance_plan IS 'What comes round by the calendar, by a counter, or by whichever is first.';

COMMENT ON COLUMN public.maintenance_plan.or_count IS 'Whichever of the measures is first.';

CREATE TABLE public.move_event (
    centre_id integer NOT NULL,
    revision bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    business_day date NOT NULL,
    kind text NOT NULL,
    window_number smallint,
    profile text,
    until timestamp with time zone,
    counts_until timestamp with time zone NOT NULL,
    people integer NOT NULL,
    before integer NOT NULL,
    low integer NOT NULL,
    likely integer NOT NULL,
    high integer NOT NULL,
    CONSTRAINT move_is_known CHECK ((kind = ANY (ARRAY['open'::text, 'resume'::text, 'profile'::text, 'keep'::text, 'stop'::text]))),
    CONSTRAINT move_names_its_end CHECK (((kind = ANY (ARRAY['open'::text, 'keep'::text, 'stop'::text])) = (until IS NOT NULL))),
    CONSTRAINT move_names_its_profile CHECK (((kind = 'profile'::text) = (profile IS NOT NULL))),
    CONSTRAINT move_names_its_window CHECK (((kind = 'stop'::text) = (window_number IS NULL))),
    CONSTRAINT move_promises_a_range CHECK (((0 <= low) AND (low <= likely) AND (likely <= high) AND (before >= 0) AND (people >= 0))),
    CONSTRAINT move_promises_for_later CHECK ((counts_until >= at))
);

COMMENT ON TABLE public.move_event IS 'A move that supervisors were suggested, with what it promised.';

COMMENT ON COLUMN public.move_event.until IS 'Until when a window would be open; of a stop, when numbers would end.';

COMMENT ON COLUMN public.move_event.counts_until IS 'The promise is of those who stood in line, or came before this moment.';

COMMENT ON COLUMN public.move_event.likely IS 'With the move: seconds that four in five wait at most; of a stop, people left at the end.';

CREATE TABLE public.offline_letter (
    centre_id integer NOT NULL,
    letter text NOT NULL,
    device_id uuid NOT NULL,
    taken_at timestamp with time zone NOT NULL,
    CONSTRAINT offline_letter_is_reserved CHECK ((letter = ANY (ARRAY['K'::text, 'L'::text, 'N'::text, 'W'::text, 'Y'::text])))
);

COMMENT ON TABLE public.offline_letter IS 'Whose a letter is now. That of a revoked device goes on to the next kiosk once the day of its revocation is over.';

CREATE TABLE public.offline_series (
    centre_id integer NOT NULL,
    letter text NOT NULL,
    first_number integer NOT NULL,
    last_number integer NOT NULL,
    device_id uuid NOT NULL,
    journal_id text NOT NULL,
    given_at timestamp with time zone NOT NULL,
    CONSTRAINT offline_series_is_a_thousand CHECK ((((first_number % 1000) = 101) AND ((first_number >= 101) AND (first_number <= 998101)) AND (last_number = (first_number + 899)))),
    CONSTRAINT offline_series_letter_is_reserved CHECK ((letter = ANY (ARRAY['K'::text, 'L'::text, 'N'::text, 'W'::text, 'Y'::text])))
);

COMMENT ON TABLE public.offline_series IS 'Which disk (journal) of which kiosk holds which numbers; of several the latest is the one that it goes on with.';

CREATE TABLE public.pairing_attempt (
    centre_id integer NOT NULL,
    address bytea NOT NULL,
    since timestamp with time zone NOT NULL,
    n integer NOT NULL,
    CONSTRAINT pairing_attempt_address_is_sha256 CHECK ((length(address) = 32)),
    CONSTRAINT pairing_attempt_is_counted CHECK ((n > 0))
);

COMMENT ON TABLE public.pairing_attempt IS 'Attempts at any code from one address (hashed) since the beginning of its span.';

CREATE TABLE public.pairing_event (
    centre_id integer NOT NULL,
    revision bigint NOT NULL,
    pairing_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    event text NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    detail jsonb,
    CONSTRAINT pairing_event_actor_is_known CHECK ((actor_kind = ANY (ARRAY['staff'::text, 'key'::text, 'system'::text]))),
    CONSTRAINT pairing_event_is_known CHECK ((event = ANY (ARRAY['opened'::text, 'paired'::text, 'withdrawn'::text, 'replaced'::text, 'burned'::text])))
);

CREATE TABLE public.paper_count (
    centre_id integer NOT NULL,
    state text NOT NULL,
    n bigint NOT NULL
)
WITH (fillfactor='50');

COMMENT ON TABLE public.paper_count IS 'What became of slips, by mark: one for each confirm or paper event.';

CREATE TABLE public.pattern_event (
    centre_id integer NOT NULL,
    revision bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    event text NOT NULL,
    kind text NOT NULL,
    ticket_id uuid NOT NULL,
    n integer NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    CONSTRAINT pattern_event_actor_is_known CHECK ((actor_kind = ANY (ARRAY['staff'::text, 'key'::text, 'system'::text]))),
    CONSTRAINT pattern_event_is_known CHECK ((event = 'seen'::text)),
    CONSTRAINT pattern_kind_is_known CHECK ((kind = ANY (ARRAY['kiosk-run'::text, 'id-day'::text, 'id-week'::text, 'phone-day'::text, 'missed'::text, 'returns'::text, 'asked-again'::text]))),
    CONSTRAINT pattern_n_is_positive CHECK ((n > 0))
);

COMMENT ON COLUMN public.pattern_event.ticket_id IS 'The newest number of the sign as it was seen.';

CREATE TABLE public.people_event (
    centre_id integer NOT NULL,
    revision bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    event text NOT NULL,
    subject_kind text NOT NULL,
    subject_id uuid NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    detail jsonb,
    CONSTRAINT people_event_actor_is_known CHECK ((actor_kind = ANY (ARRAY['staff'::text, 'key'::text, 'system'::text]))),
    CONSTRAINT people_event_is_known CHECK ((((((((((subject_kind = 'staff'::text) AND (event = 'created'::text)) OR ((subject_kind = 'staff'::text) AND (event = 'changed'::text))) OR ((subject_kind = 'staff'::text) AND (event = 'disabled'::text))) OR ((subject_kind = 'staff'::text) AND (event = 'enabled'::text))) OR ((subject_kind = 'staff'::text) AND (event = 'password_reset'::text))) OR ((subject_kind = 'staff'::text) AND (event = 'password_changed'::text))) OR ((subject_kind = 'key'::text) AND (event = 'added'::text))) OR ((subject_kind = 'key'::text) AND (event = 'revoked'::text))))
);

COMMENT ON COLUMN public.people_event.detail IS 'Role, window or scopes; never a name.';

CREATE TABLE public.policy_event (
    centre_id integer NOT NULL,
    revision bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    event text NOT NULL,
    version integer,
    actor_kind text NOT NULL,
    actor_id uuid,
    detail jsonb,
    CONSTRAINT policy_event_actor_is_known CHECK ((actor_kind = ANY (ARRAY['staff'::text, 'key'::text, 'system'::text]))),
    CONSTRAINT policy_event_is_known CHECK ((event = ANY (ARRAY['drafted'::text, 'changed'::text, 'published'::text, 'in_force'::text, 'withdrawn'::text, 'discarded'::text, 'stopped'::text, 'started'::text]))),
    CONSTRAINT policy_event_of_a_version CHECK (((event = ANY (ARRAY['stopped'::text, 'started'::text])) = (version IS NULL)))
);

CREATE TABLE public.policy_now (
    centre_id integer NOT NULL,
    version integer DEFAULT 0 NOT NULL,
    recall_limit smallint,
    recall_interval_s integer DEFAULT 0 NOT NULL,
    no_show_after_s integer DEFAULT 0 NOT NULL,
    no_show_after_more_time_s integer DEFAULT 0 NOT NULL,
    returns_allowed smallint DEFAULT 1 NOT NULL,
    return_within_s integer,
    return_credit_s integer DEFAULT 0 NOT NULL,
    requests_at_most smallint DEFAULT 3 NOT NULL,
    one_live_per_phone boolean DEFAULT false NOT NULL,
    one_live_per_national_id boolean DEFAULT false NOT NULL,
    early_grace_s integer DEFAULT 900 NOT NULL,
    late_grace_s integer DEFAULT 900 NOT NULL,
    away_at_most smallint,
    carries_over boolean DEFAULT false NOT NULL,
    undo_within_s integer DEFAULT 30 NOT NULL,
    capacity jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT policy_times_are_bounded CHECK ((((recall_interval_s >= 0) AND (recall_interval_s <= 600)) AND ((no_show_after_s >= 0) AND (no_show_after_s <= 1800)) AND ((no_show_after_more_time_s >= 0) AND (no_show_after_more_time_s <= 1800)) AND ((returns_allowed >= 0) AND (returns_allowed <= 9)) AND ((return_within_s >= 0) AND (return_within_s <= 86400)) AND ((return_credit_s >= 0) AND (return_credit_s <= 7200)) AND ((early_grace_s >= 0) AND (early_grace_s <= 7200)) AND ((late_grace_s >= 0) AND (late_grace_s <= 7200)) AND ((undo_within_s >= 0) AND (undo_within_s <= 300)) AND (away_at_most >= 0))),
    CONSTRAINT recall_limit_is_positive CHECK ((recall_limit > 0)),
    CONSTRAINT requests_at_most_is_1_to_3 CHECK (((requests_at_most >= 1) AND (requests_at_most <= 3)))
);

COMMENT ON COLUMN public.policy_now.capacity IS 'Numbers a day by service code; a service that is not named has no limit.';

CREATE TABLE public.policy_version (
    centre_id integer NOT NULL,
    version integer NOT NULL,
    state text NOT NULL,
    saves integer DEFAULT 1 NOT NULL,
    body jsonb NOT NULL,
    note text,
    created_by uuid,
    created_at timestamp with time zone NOT NULL,
    changed_by uuid,
    changed_at timestamp with time zone NOT NULL,
    published_by uuid,
    published_at timestamp with time zone,
    holds_from date,
    holds_since timestamp with time zone,
    retired_at timestamp with time zone,
    CONSTRAINT policy_body_is_an_object CHECK ((jsonb_typeof(body) = 'object'::text)),
    CONSTRAINT policy_in_force_has_its_moment CHECK (((state = ANY (ARRAY['published'::text, 'retired'::text])) = (holds_since IS NOT NULL))),
    CONSTRAINT policy_saves_are_counted CHECK ((saves > 0)),
    CONSTRAINT policy_state_is_known CHECK ((state = ANY (ARRAY['draft'::text, 'scheduled'::text, 'published'::text, 'retired'::text, 'withdrawn'::text, 'discarded'::text]))),
    CONSTRAINT policy_times_are_in_order CHECK (((created_at <= changed_at) AND (changed_at <= published_at) AND (published_at <= holds_since) AND (holds_since <= retired_at))),
    CONSTRAINT policy_version_is_positive CHECK ((version > 0)),
    CONSTRAINT published_policy_has_its_moment CHECK (((state = ANY (ARRAY['scheduled'::text, 'published'::text, 'retired'::text, 'withdrawn'::text])) = (published_at IS NOT NULL))),
    CONSTRAINT retired_policy_has_its_end CHECK (((state = 'retired'::text) = (retired_at IS NOT NULL))),
    CONSTRAINT scheduled_policy_has_its_day CHECK (((holds_from IS NOT NULL) OR (state <> ALL (ARRAY['scheduled'::text, 'withdrawn'::text]))))
);

COMMENT ON COLUMN public.policy_version.saves IS 'How often the draft was saved: who saves over another number has seen an older draft.';

COMMENT ON COLUMN public.policy_version.holds_from IS 'The business day from whose opening it is to hold; null: from its publication.';

COMMENT ON COLUMN public.policy_version.holds_since IS 'When it came into force; the version before it ended in that moment.';

CREATE TABLE public.priority_credit (
    centre_id integer NOT NULL,
    priority text NOT NULL,
    credit_s integer NOT NULL,
    CONSTRAINT credit_is_bounded CHECK (((credit_s >= 0) AND (credit_s <= 7200))),
    CONSTRAINT priority_is_known CHECK ((priority = ANY (ARRAY['none'::text, 'age65'::text, 'disability'::text, 'infant'::text])))
);

CREATE TABLE public.queue (
    centre_id integer NOT NULL,
    code text NOT NULL,
    name_ar text NOT NULL,
    name_en text NOT NULL,
    series text DEFAULT ''::text NOT NULL,
    CONSTRAINT queue_series_is_a_letter CHECK ((series = ANY (ARRAY[''::text, 'A'::text, 'J'::text, 'D'::text, 'S'::text, 'M'::text])))
);

CREATE TABLE public.queue_line (
    centre_id integer NOT NULL,
    business_day date NOT NULL,
    queue text NOT NULL,
    in_line integer NOT NULL,
    in_common integer DEFAULT 0 NOT NULL,
    requests integer DEFAULT 0 NOT NULL,
    CONSTRAINT queue_line_common_is_a_part CHECK ((in_common <= in_line)),
    CONSTRAINT queue_line_is_not_negative CHECK ((in_line >= 0)),
    CONSTRAINT queue_line_requests_are_of_tickets CHECK (((requests >= in_common) AND (in_common >= 0)))
)
WITH (fillfactor='50');

COMMENT ON TABLE public.queue_line IS 'Unconfirmed and waiting tickets of a day and queue.';

COMMENT ON COLUMN public.queue_line.in_common IS 'Those of the lanes that any window of the queue may call.';

COMMENT ON COLUMN public.queue_line.requests IS 'The requests that the tickets in common lanes carry.';

CREATE TABLE public.queue_pace (
    centre_id integer NOT NULL,
    queue text NOT NULL,
    recent_s integer[] NOT NULL,
    mean_s integer NOT NULL,
    p10_s integer NOT NULL,
    p90_s integer NOT NULL
)
WITH (fillfactor='50');

COMMENT ON TABLE public.queue_pace IS 'Durations of the last 50 services of a queue that somebody started and ended in time, in whole seconds.';

CREATE TABLE public.range_figure (
    centre_id integer NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL,
    slice text NOT NULL,
    made_of text NOT NULL,
    made_at timestamp with time zone NOT NULL,
    lines jsonb NOT NULL
);

COMMENT ON TABLE public.range_figure IS 'Figures of weeks and months, added up once. Good while `made_of`, the days and their revisions, is the same.';

CREATE TABLE public.schema_migration (
    number integer NOT NULL,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL,
    readable_by integer,
    CONSTRAINT schema_migration_readable_by_earlier CHECK ((readable_by < number)),
    CONSTRAINT schema_migration_sha256 CHECK ((checksum ~ '^[0-9a-f]{64}$'::text))
);

CREATE TABLE public.screen_rollup (
    centre_id integer NOT NULL,
    le_ms integer NOT NULL,
    n bigint NOT NULL,
    sum_us bigint NOT NULL
)
WITH (fillfactor='50');

COMMENT ON TABLE public.screen_rollup IS 'Time from a call to its standing on a glass; 2147483647 stands for no end.';

CREATE TABLE public.service (
    centre_id integer NOT NULL,
    code text NOT NULL,
    queue text NOT NULL,
    name_ar text NOT NULL,
    name_en text NOT NULL,
    target_s integer DEFAULT 300 NOT NULL,
    rank integer DEFAULT 0 NOT NULL,
    is_open boolean DEFAULT true NOT NULL,
    CONSTRAINT service_target_is_positive CHECK ((target_s > 0))
);

CREATE TABLE public.service_state (
    centre_id integer NOT NULL,
    kind text NOT NULL,
    code text NOT NULL,
    is_down boolean NOT NULL,
    reason text,
    since timestamp with time zone,
    expected_at timestamp with time zone,
    last_at timestamp with time zone NOT NULL,
    revision bigint NOT NULL,
    CONSTRAINT service_state_down_has_reason_and_time CHECK (((is_down = (reason IS NOT NULL)) AND (is_down = (since IS NOT NULL)) AND (is_down OR (expected_at IS NULL)))),
    CONSTRAINT service_state_kind_is_known CHECK ((kind = ANY (ARRAY['service'::text, 'group'::text, 'payment'::text])))
);

CREATE TABLE public.service_state_event (
    centre_id integer NOT NULL,
    revision bigint NOT NULL,
    kind text NOT NULL,
    code text NOT NULL,
    at timestamp with time zone NOT NULL,
    event text NOT NULL,
    reason text,
    expected_at timestamp with time zone,
    actor_kind text NOT NULL,
    actor_id uuid,
    CONSTRAINT service_state_event_actor_is_known CHECK ((actor_kind = ANY (ARRAY['staff'::text, 'key'::text, 'system'::text]))),
    CONSTRAINT service_state_event_down_has_a_reason CHECK (((event = 'up'::text) = (reason IS NULL))),
    CONSTRAINT service_state_event_is_known CHECK ((event = ANY (ARRAY['down'::text, 'change'::text, 'up'::text]))),
    CONSTRAINT service_state_event_kind_is_known CHECK ((kind = ANY (ARRAY['service'::text, 'group'::text, 'payment'::text]))),
    CONSTRAINT service_state_event_payment_is_one CHECK (((kind = 'payment'::text) = (code = 'e-payment'::text))),
    CONSTRAINT service_state_event_reason_is_known CHECK ((reason = ANY (ARRAY['ministry_system'::text, 'network'::text, 'power'::text, 'printer'::text, 'no_officer'::text, 'other'::text]))),
    CONSTRAINT service_state_event_up_expects_nothing CHECK (((event <> 'up'::text) OR (expected_at IS NULL)))
);

CREATE TABLE public.sign_in_attempt (
    centre_id integer NOT NULL,
    kind text NOT NULL,
    subject bytea NOT NULL,
    failures integer NOT NULL,
    last_at timestamp with time zone NOT NULL,
    blocked_until timestamp with time zone NOT NULL,
    CONSTRAINT sign_in_attempt_is_not_negative CHECK ((failures >= 0)),
    CONSTRAINT sign_in_attempt_kind_is_known CHECK ((kind = ANY (ARRAY['account'::text, 'address'::text]))),
    CONSTRAINT sign_in_attempt_subject_is_sha256 CHECK ((length(subject) = 32))
)
WITH (fillfactor='80');

CREATE TABLE public.sign_in_count (
    centre_id integer NOT NULL,
    day date NOT NULL,
    succeeded integer DEFAULT 0 NOT NULL,
    failed integer DEFAULT 0 NOT NULL
)
WITH (fillfactor='50');

COMMENT ON TABLE public.sign_in_count IS 'Sign-ins of a UTC day, in numbers only.';

CREATE TABLE public.signing_key (
    centre_id integer NOT NULL,
    id text NOT NULL,
    public_key bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    retired_at timestamp with time zone,
    CONSTRAINT signing_key_is_ed25519 CHECK ((length(public_key) = 32))
);

COMMENT ON COLUMN public.signing_key.id IS 'First 8 bytes of the SHA-256 of the public key, in hex.';

CREATE TABLE public.staff (
    centre_id integer NOT NULL,
    id uuid NOT NULL,
    username text NOT NULL,
    name_ar text NOT NULL,
    name_en text NOT NULL,
    role text NOT NULL,
    default_window smallint,
    password_hash text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    disabled_at timestamp with time zone,
    last_sign_in_at timestamp with time zone,
    is_woman boolean DEFAULT false NOT NULL,
    CONSTRAINT staff_is_disabled_after_it_is_made CHECK ((disabled_at >= created_at)),
    CONSTRAINT staff_password_is_argon2id CHECK ((password_hash ~~ '$argon2id$%'::text)),
    CONSTRAINT staff_role_is_known CHECK ((role = ANY (ARRAY['receptionist'::text, 'clerk'::text, 'supervisor'::text, 'admin'::text]))),
    CONSTRAINT staff_username_is_plain CHECK ((username ~ '^[a-z][a-z0-9._-]{1,31}$'::text)),
    CONSTRAINT staff_window_is_1_to_99 CHECK (((default_window >= 1) AND (default_window <= 99)))
);

COMMENT ON COLUMN public.staff.is_woman IS 'She serves citizens who ask for a woman.';

CREATE TABLE public.staff_session (
    token_hash bytea NOT NULL,
    centre_id integer NOT NULL,
    staff_id uuid NOT NULL,
    csrf text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT staff_session_ends_after_it_begins CHECK ((expires_at > created_at)),
    CONSTRAINT staff_session_token_is_sha256 CHECK ((length(token_hash) = 32))
)
WITH (fillfactor='80');

CREATE TABLE public.ticket (
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
    rank_at timestamp with time zone NOT NULL,
    issued_at timestamp with time zone NOT NULL,
    called_at timestamp with time zone,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    window_number smallint,
    recalls smallint DEFAULT 0 NOT NULL,
    call_revision bigint,
    position_at_issue integer NOT NULL,
    wait_low_s integer,
    wait_likely_s integer,
    wait_high_s integer,
    outcome text,
    revision bigint NOT NULL,
    last_at timestamp with time zone NOT NULL,
    arrived_at timestamp with time zone NOT NULL,
    waiting_since timestamp with time zone NOT NULL,
    needs text[] DEFAULT '{}'::text[] NOT NULL,
    requests smallint DEFAULT 1 NOT NULL,
    returns smallint DEFAULT 0 NOT NULL,
    parked_until timestamp with time zone,
    park_reason text,
    carried_from uuid,
    appointment_id uuid,
    CONSTRAINT finished_ticket_has_its_end CHECK (((state = 'finished'::text) = (finished_at IS NOT NULL))),
    CONSTRAINT in_hand_ticket_has_a_window CHECK (((state <> ALL (ARRAY['called'::text, 'serving'::text, 'no_show'::text, 'finished'::text])) OR ((window_number IS NOT NULL) AND (called_at IS NOT NULL)))),
    CONSTRAINT parked_ticket_has_its_window CHECK ((((state = 'parked'::text) = (park_reason IS NOT NULL)) AND ((state <> 'parked'::text) OR ((window_number IS NOT NULL) AND (started_at IS NOT NULL))) AND ((parked_until IS NULL) OR (state = 'parked'::text)))),
    CONSTRAINT served_ticket_was_started CHECK (((state <> ALL (ARRAY['serving'::text, 'finished'::text])) OR (started_at IS NOT NULL))),
    CONSTRAINT ticket_carries_one_to_three_requests CHECK (((requests >= 1) AND (requests <= 3))),
    CONSTRAINT ticket_channel_is_known CHECK ((channel = ANY (ARRAY['kiosk'::text, 'api'::text, 'desk'::text, 'phone'::text, 'reception'::text, 'emergency'::text, 'appointment'::text, 'carried'::text, 'adopted'::text, 'kiosk_offline'::text, 'restored'::text]))),
    CONSTRAINT ticket_label_is_its_number CHECK (((label = (series || (number)::text)) AND (number > 0))),
    CONSTRAINT ticket_lane_is_known CHECK (((lane = ANY (ARRAY['plain'::text, 'priority'::text, 'accessible'::text])) OR (lane ~ '^(window:[0-9]{1,2}|staff:[0-9a-f-]{36})$'::text))),
    CONSTRAINT ticket_language_is_known CHECK ((language = ANY (ARRAY['ar'::text, 'en'::text]))),
    CONSTRAINT ticket_needs_are_known CHECK ((needs <@ ARRAY['accessible_window'::text, 'more_time'::text, 'cannot_hear'::text, 'cannot_see'::text, 'female_clerk'::text])),
    CONSTRAINT ticket_paper_is_known CHECK ((paper = ANY (ARRAY['none'::text, 'pending'::text, 'printed'::text, 'kept'::text, 'held'::text, 'unknown'::text, 'failed'::text]))),
    CONSTRAINT ticket_priority_is_known CHECK ((priority = ANY (ARRAY['none'::text, 'age65'::text, 'disability'::text, 'infant'::text]))),
    CONSTRAINT ticket_state_is_known CHECK ((state = ANY (ARRAY['unconfirmed'::text, 'waiting'::text, 'called'::text, 'serving'::text, 'parked'::text, 'no_show'::text, 'finished'::text, 'cancelled'::text, 'void'::text, 'lapsed'::text]))),
    CONSTRAINT ticket_times_are_in_order CHECK (((issued_at <= called_at) AND (called_at <= started_at) AND (started_at <= finished_at))),
    CONSTRAINT ticket_wait_is_a_range CHECK (((wait_low_s <= wait_likely_s) AND (wait_likely_s <= wait_high_s))),
    CONSTRAINT uncalled_ticket_has_no_window CHECK (((state <> ALL (ARRAY['unconfirmed'::text, 'waiting'::text, 'void'::text])) OR ((window_number IS NULL) AND (started_at IS NULL))))
)
WITH (fillfactor='80', autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='500', autovacuum_vacuum_cost_delay='0', autovacuum_analyze_scale_factor='0.05');

COMMENT ON COLUMN public.ticket.arrived_at IS 'What the rank is counted from: issue, the slot of an appointment, the return of a no-show.';

COMMENT ON COLUMN public.ticket.waiting_since IS 'When it last came into line: a wait is measured from here.';

CREATE TABLE public.ticket_event (
    centre_id integer NOT NULL,
    revision bigint NOT NULL,
    ticket_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    event text NOT NULL,
    from_state text NOT NULL,
    to_state text NOT NULL,
    queue text NOT NULL,
    window_number smallint,
    actor_kind text NOT NULL,
    actor_id uuid,
    reason text,
    detail jsonb,
    CONSTRAINT ticket_event_actor_is_known CHECK ((actor_kind = ANY (ARRAY['staff'::text, 'device'::text, 'key'::text, 'system'::text])))
);

CREATE TABLE public.ticket_given (
    centre_id integer NOT NULL,
    device_id uuid NOT NULL,
    key text NOT NULL,
    ticket_id uuid NOT NULL,
    business_day date NOT NULL,
    label text NOT NULL,
    outcome text NOT NULL,
    taken_at timestamp with time zone NOT NULL,
    arrived_at timestamp with time zone NOT NULL,
    received_at timestamp with time zone NOT NULL,
    CONSTRAINT given_key_is_short CHECK (((length(key) >= 8) AND (length(key) <= 64))),
    CONSTRAINT given_number_came_before_it_was_heard_of CHECK ((arrived_at <= received_at)),
    CONSTRAINT given_outcome_is_known CHECK ((outcome = ANY (ARRAY['made'::text, 'merged'::text, 'known'::text, 'refused'::text])))
);

COMMENT ON TABLE public.ticket_given IS 'What became of each number that a kiosk delivered: its ticket, or of a refused one the ticket that has its label.';

CREATE TABLE public.ticket_note (
    centre_id integer NOT NULL,
    id uuid NOT NULL,
    ticket_id uuid NOT NULL,
    window_number smallint NOT NULL,
    written_at timestamp with time zone NOT NULL,
    written_by uuid NOT NULL,
    text text NOT NULL,
    CONSTRAINT ticket_note_is_short CHECK (((length(text) >= 1) AND (length(text) <= 300)))
);

CREATE TABLE public.ticket_person (
    centre_id integer NOT NULL,
    ticket_id uuid NOT NULL,
    business_day date NOT NULL,
    at timestamp with time zone NOT NULL,
    phone_hash bytea,
    phone_sealed bytea,
    national_id_hash bytea,
    national_id_sealed bytea,
    CONSTRAINT ticket_person_hash_is_sha256 CHECK (((length(phone_hash) = 32) AND (length(national_id_hash) = 32))),
    CONSTRAINT ticket_person_is_sealed_and_found CHECK ((((phone_hash IS NULL) = (phone_sealed IS NULL)) AND ((national_id_hash IS NULL) = (national_id_sealed IS NULL))))
);

CREATE TABLE public.ticket_person_event (
    centre_id integer NOT NULL,
    revision bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    event text NOT NULL,
    ticket_id uuid,
    state text,
    window_number smallint,
    n integer,
    actor_kind text NOT NULL,
    actor_id uuid,
    reason text,
    CONSTRAINT ticket_person_event_actor_is_known CHECK ((actor_kind = ANY (ARRAY['staff'::text, 'device'::text, 'key'::text, 'system'::text]))),
    CONSTRAINT ticket_person_event_is_about_a_ticket CHECK ((((event = 'erase'::text) = (ticket_id IS NULL)) AND ((event = 'erase'::text) = (n IS NOT NULL)) AND ((event = 'erase'::text) = (state IS NULL)))),
    CONSTRAINT ticket_person_event_is_known CHECK ((event = ANY (ARRAY['bind'::text, 'reveal'::text, 'claim_checked'::text, 'asked_again'::text, 'erase'::text]))),
    CONSTRAINT ticket_person_event_reason_is_a_code CHECK ((reason ~ '^[a-z0-9_]{1,32}$'::text))
);

COMMENT ON COLUMN public.ticket_person_event.n IS 'Tickets or bookings whose data were erased.';

COMMENT ON COLUMN public.ticket_person_event.reason IS 'Which fields (phone, national_id, both); whether a claim holds or fails; of an erasure, the retention class.';

CREATE TABLE public.ticket_transition (
    event text NOT NULL,
    from_state text NOT NULL,
    to_state text NOT NULL
);

CREATE TABLE public.training_mark (
    one boolean DEFAULT true NOT NULL,
    made_at timestamp with time zone NOT NULL,
    begun_at timestamp with time zone NOT NULL,
    start jsonb NOT NULL,
    password_hash text NOT NULL,
    CONSTRAINT training_begins_after_it_is_made CHECK ((made_at <= begun_at)),
    CONSTRAINT training_mark_is_one CHECK (one),
    CONSTRAINT training_password_is_argon2id CHECK ((password_hash ~~ '$argon2id$%'::text)),
    CONSTRAINT training_start_is_an_object CHECK ((jsonb_typeof(start) = 'object'::text))
);

COMMENT ON TABLE public.training_mark IS 'There is a row: this database is for training, and no number of it is a citizen''s.';

COMMENT ON COLUMN public.training_mark.begun_at IS 'When it was put back to the start last.';

COMMENT ON COLUMN public.training_mark.start IS 'The configuration to which it is put back: rows by table, with nothing of citizens.';

COMMENT ON COLUMN public.training_mark.password_hash IS 'The one password with which all accounts begin; none of the real centre''s.';

CREATE TABLE public.truth_day (
    centre_id integer NOT NULL,
    business_day date NOT NULL,
    source_revision bigint NOT NULL,
    told jsonb NOT NULL
);

COMMENT ON TABLE public.truth_day IS 'What a day that is over adds to the truth of the waits, by service and hour.';

COMMENT ON COLUMN public.truth_day.source_revision IS 'Up to which event the day was read.';

CREATE TABLE public.window_alarm (
    centre_id integer NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    window_number smallint NOT NULL,
    category text,
    is_silent boolean DEFAULT false NOT NULL,
    raised_at timestamp with time zone NOT NULL,
    raised_by uuid NOT NULL,
    accepted_at timestamp with time zone,
    accepted_by uuid,
    closed_at timestamp with time zone,
    closed_by uuid,
    closed_why text,
    CONSTRAINT fault_has_its_category CHECK (((kind = 'fault'::text) = (category IS NOT NULL))),
    CONSTRAINT window_alarm_category_is_known CHECK ((category = ANY (ARRAY['computer'::text, 'printer'::text, 'scanner'::text, 'network'::text, 'payment'::text, 'screen'::text, 'power'::text, 'other'::text, 'programme'::text, 'crowd'::text, 'forms'::text, 'hindrance'::text]))),
    CONSTRAINT window_alarm_end_is_known CHECK ((closed_why = ANY (ARRAY['handled'::text, 'false_alarm'::text, 'withdrawn'::text, 'other'::text]))),
    CONSTRAINT window_alarm_has_whoever_acted CHECK ((((accepted_at IS NULL) = (accepted_by IS NULL)) AND ((closed_at IS NULL) = (closed_by IS NULL)) AND ((closed_at IS NULL) = (closed_why IS NULL)))),
    CONSTRAINT window_alarm_kind_is_known CHECK ((kind = ANY (ARRAY['emergency'::text, 'supervisor'::text, 'fault'::text]))),
    CONSTRAINT window_alarm_times_are_in_order CHECK (((raised_at <= accepted_at) AND (raised_at <= closed_at)))
);

CREATE TABLE public.window_alarm_event (
    centre_id integer NOT NULL,
    revision bigint NOT NULL,
    alarm_id uuid NOT NULL,
    window_number smallint NOT NULL,
    kind text NOT NULL,
    at timestamp with time zone NOT NULL,
    event text NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    reason text,
    CONSTRAINT window_alarm_event_actor_is_known CHECK ((actor_kind = ANY (ARRAY['staff'::text, 'key'::text, 'system'::text]))),
    CONSTRAINT window_alarm_event_is_known CHECK ((event = ANY (ARRAY['raised'::text, 'accepted'::text, 'closed'::text])))
);

CREATE TABLE public.window_event (
    centre_id integer NOT NULL,
    revision bigint NOT NULL,
    window_number smallint NOT NULL,
    at timestamp with time zone NOT NULL,
    event text NOT NULL,
    from_state text NOT NULL,
    to_state text NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    reason text,
    detail jsonb,
    CONSTRAINT window_transition_is_known CHECK ((((((((((((((((((event = 'open'::text) AND (from_state = 'closed'::text) AND (to_state = 'open'::text)) OR ((event = 'resume'::text) AND (from_state = 'paused'::text) AND (to_state = 'open'::text))) OR ((event = 'pause'::text) AND (from_state = 'open'::text) AND (to_state = 'paused'::text))) OR ((event = 'close'::text) AND (from_state = 'open'::text) AND (to_state = 'closed'::text))) OR ((event = 'close'::text) AND (from_state = 'paused'::text) AND (to_state = 'closed'::text))) OR ((event = 'take_over'::text) AND (from_state = 'open'::text) AND (to_state = 'open'::text))) OR ((event = 'take_over'::text) AND (from_state = 'paused'::text) AND (to_state = 'open'::text))) OR ((event = 'offer'::text) AND (from_state = 'open'::text) AND (to_state = 'open'::text))) OR ((event = 'offer'::text) AND (from_state = 'paused'::text) AND (to_state = 'paused'::text))) OR ((event = 'keep'::text) AND (from_state = 'open'::text) AND (to_state = 'open'::text))) OR ((event = 'keep'::text) AND (from_state = 'paused'::text) AND (to_state = 'paused'::text))) OR ((event = 'assign'::text) AND (from_state = 'open'::text) AND (to_state = 'open'::text))) OR ((event = 'assign'::text) AND (from_state = 'paused'::text) AND (to_state = 'paused'::text))) OR ((event = 'profile'::text) AND (from_state = 'closed'::text) AND (to_state = 'closed'::text))) OR ((event = 'profile'::text) AND (from_state = 'open'::text) AND (to_state = 'open'::text))) OR ((event = 'profile'::text) AND (from_state = 'paused'::text) AND (to_state = 'paused'::text))))
);

CREATE TABLE public.window_message (
    centre_id integer NOT NULL,
    id uuid NOT NULL,
    toward text NOT NULL,
    window_number smallint,
    sent_at timestamp with time zone NOT NULL,
    sent_by uuid NOT NULL,
    text text NOT NULL,
    CONSTRAINT only_a_supervisor_writes_to_all CHECK (((toward = 'window'::text) OR (window_number IS NOT NULL))),
    CONSTRAINT window_message_direction_is_known CHECK ((toward = ANY (ARRAY['window'::text, 'supervisor'::text]))),
    CONSTRAINT window_message_is_short CHECK (((length(text) >= 1) AND (length(text) <= 200)))
);

COMMENT ON COLUMN public.window_message.window_number IS 'The window it goes to or comes from; NULL: to all.';

CREATE TABLE public.window_message_event (
    centre_id integer NOT NULL,
    revision bigint NOT NULL,
    message_id uuid NOT NULL,
    window_number smallint,
    at timestamp with time zone NOT NULL,
    event text NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    CONSTRAINT window_message_event_actor_is_known CHECK ((actor_kind = ANY (ARRAY['staff'::text, 'key'::text, 'system'::text]))),
    CONSTRAINT window_message_event_is_known CHECK ((event = ANY (ARRAY['sent'::text, 'read'::text])))
);

CREATE TABLE public.window_message_read (
    centre_id integer NOT NULL,
    message_id uuid NOT NULL,
    read_by uuid NOT NULL,
    window_number smallint,
    read_at timestamp with time zone NOT NULL
);

CREATE TABLE public.work_profile (
    centre_id integer NOT NULL,
    code text NOT NULL,
    name_ar text NOT NULL,
    name_en text NOT NULL,
    priority_first boolean DEFAULT false NOT NULL
);

CREATE TABLE public.work_profile_queue (
    centre_id integer NOT NULL,
    profile text NOT NULL,
    queue text NOT NULL
);

CREATE VIEW public.window_now AS
 SELECT w.centre_id,
    w.number,
    (to_jsonb(w.*) || jsonb_build_object('priority_first', p.priority_first, 'queues', COALESCE(q.queues, '{}'::text[]), 'ticket', to_jsonb(t.*), 'gives_way', (public.is_stand_in(w.*) OR (w.offered_at IS NOT NULL)))) AS facts
   FROM (((public.service_window w
     JOIN public.work_profile p ON (((p.centre_id = w.centre_id) AND (p.code = w.profile))))
     LEFT JOIN LATERAL ( SELECT array_agg(work_profile_queue.queue ORDER BY work_profile_queue.queue) AS queues
           FROM public.work_profile_queue
          WHERE ((work_profile_queue.centre_id = w.centre_id) AND (work_profile_queue.profile = w.profile))) q ON (true))
     LEFT JOIN public.ticket t ON (((t.centre_id = w.centre_id) AND (t.window_number = w.number) AND (t.state = ANY (ARRAY['called'::text, 'serving'::text])))));

CREATE TABLE public.window_reply (
    centre_id integer NOT NULL,
    business_day date NOT NULL,
    window_number smallint NOT NULL,
    written_by uuid NOT NULL,
    written_at timestamp with time zone NOT NULL,
    text text NOT NULL,
    CONSTRAINT window_reply_is_short CHECK (((length(text) >= 1) AND (length(text) <= 500)))
);

COMMENT ON TABLE public.window_reply IS 'What a clerk says to the counts of a window on a day.';

CREATE TABLE public.window_scan (
    centre_id integer NOT NULL,
    window_number smallint NOT NULL,
    id uuid NOT NULL,
    device_id uuid NOT NULL,
    scanned_at timestamp with time zone NOT NULL,
    meaning text NOT NULL,
    ticket_id uuid,
    appointment_id uuid,
    CONSTRAINT scan_meaning_is_known CHECK ((meaning = ANY (ARRAY['ticket'::text, 'appointment'::text, 'unknown'::text]))),
    CONSTRAINT scan_means_what_it_found CHECK ((((meaning = 'ticket'::text) = (ticket_id IS NOT NULL)) AND ((meaning = 'appointment'::text) = (appointment_id IS NOT NULL))))
);

COMMENT ON TABLE public.window_scan IS 'The last scan at each window, and what it found. A code that is none of ours is not kept.';

CREATE TABLE public.work_document (
    centre_id integer NOT NULL,
    sha256 bytea NOT NULL,
    media_type text NOT NULL,
    content bytea NOT NULL,
    made_at timestamp with time zone NOT NULL,
    CONSTRAINT work_document_is_bounded CHECK (((length(content) >= 1) AND (length(content) <= 16777216))),
    CONSTRAINT work_document_is_its_hash CHECK ((sha256 = sha256(content))),
    CONSTRAINT work_document_type_is_known CHECK ((media_type = ANY (ARRAY['application/pdf'::text, 'image/png'::text])))
);

COMMENT ON TABLE public.work_document IS 'What orders print, once for each content; forgotten when their orders are.';

CREATE TABLE public.work_order (
    centre_id integer NOT NULL,
    id uuid NOT NULL,
    device_id uuid NOT NULL,
    kind text NOT NULL,
    title_ar text NOT NULL,
    title_en text NOT NULL,
    attached text,
    document bytea,
    copy_document bytea,
    sealed bytea,
    copy_of uuid,
    ordered_at timestamp with time zone NOT NULL,
    ordered_by uuid,
    state text DEFAULT 'ordered'::text NOT NULL,
    confirmed_by text,
    reason text,
    changed_at timestamp with time zone NOT NULL,
    settled_by uuid,
    CONSTRAINT only_messages_are_sealed CHECK (((kind = 'message'::text) OR (sealed IS NULL))),
    CONSTRAINT only_messages_are_sent CHECK (((kind = 'message'::text) OR (state <> 'sent'::text))),
    CONSTRAINT only_paper_is_a_document CHECK (((kind <> 'message'::text) OR (document IS NULL))),
    CONSTRAINT work_changes_after_it_is_ordered CHECK ((changed_at >= ordered_at)),
    CONSTRAINT work_is_confirmed_when_done CHECK (((confirmed_by IS NULL) OR (state = ANY (ARRAY['done'::text, 'sent'::text])))),
    CONSTRAINT work_kind_is_known CHECK ((kind = ANY (ARRAY['page'::text, 'receipt'::text, 'message'::text]))),
    CONSTRAINT work_state_is_known CHECK ((state = ANY (ARRAY['ordered'::text, 'sent'::text, 'held'::text, 'unknown'::text, 'failed'::text, 'done'::text, 'closed'::text]))),
    CONSTRAINT work_title_ar_is_short CHECK (((length(title_ar) >= 1) AND (length(title_ar) <= 120))),
    CONSTRAINT work_title_en_is_short CHECK (((length(title_en) >= 1) AND (length(title_en) <= 120)))
);

COMMENT ON TABLE public.work_order IS 'One thing a workstation does once: a page, a receipt, a message. Its id is its command''s and its job''s.';

COMMENT ON COLUMN public.work_order.attached IS 'The device of the workstation that is to do it; NULL: any of its kind.';

COMMENT ON COLUMN public.work_order.copy_document IS 'The same paper with the mark of a second print.';

COMMENT ON COLUMN public.work_order.sealed IS 'Phone and text of a message, sealed; erased when nobody needs them any more.';

COMMENT ON COLUMN public.work_order.settled_by IS 'Who said what became of it, where the device could not.';

CREATE TABLE public.writing_event (
    centre_id integer NOT NULL,
    revision bigint NOT NULL,
    ticket_id uuid,
    window_number smallint NOT NULL,
    at timestamp with time zone NOT NULL,
    event text NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid NOT NULL,
    CONSTRAINT a_note_is_on_a_ticket CHECK (((event = 'note'::text) = (ticket_id IS NOT NULL))),
    CONSTRAINT writing_event_actor_is_known CHECK ((actor_kind = ANY (ARRAY['staff'::text, 'key'::text]))),
    CONSTRAINT writing_event_is_known CHECK ((event = ANY (ARRAY['note'::text, 'reply'::text])))
);

ALTER TABLE ONLY public.alarm_episode
    ADD CONSTRAINT alarm_episode_pk PRIMARY KEY (centre_id, id);

ALTER TABLE ONLY public.alarm_event
    ADD CONSTRAINT alarm_event_pk PRIMARY KEY (centre_id, revision);

ALTER TABLE ONLY public.api_key
    ADD CONSTRAINT api_key_hash_unique UNIQUE (key_hash);

ALTER TABLE ONLY public.api_key
    ADD CONSTRAINT api_key_pk PRIMARY KEY (centre_id, id);

ALTER TABLE ONLY public.appointment_attempt
    ADD CONSTRAINT appointment_attempt_pk PRIMARY KEY (centre_id, kind, subject);

ALTER TABLE ONLY public.appointment_closure
    ADD CONSTRAINT appointment_closure_pk PRIMARY KEY (centre_id, day);

ALTER TABLE ONLY public.appointment_event
    ADD CONSTRAINT appointment_event_pk PRIMARY KEY (centre_id, revision);

ALTER TABLE ONLY public.appointment_file
    ADD CONSTRAINT appointment_file_pk PRIMARY KEY (centre_id, appointment_id, nth);

ALTER TABLE ONLY public.appointment_person
    ADD CONSTRAINT appointment_person_pk PRIMARY KEY (centre_id, appointment_id);

ALTER TABLE ONLY public.appointment
    ADD CONSTRAINT appointment_pk PRIMARY KEY (centre_id, id);

ALTER TABLE ONLY public.appointment_plan_event
    ADD CONSTRAINT appointment_plan_event_pk PRIMARY KEY (centre_id, revision);

ALTER TABLE ONLY public.appointment_plan
    ADD CONSTRAINT appointment_plan_pk PRIMARY KEY (centre_id, id);

ALTER TABLE ONLY public.appointment_transition
    ADD CONSTRAINT appointment_transition_pk PRIMARY KEY (event, from_state, to_state);

ALTER TABLE ONLY public.backup_run
    ADD CONSTRAINT backup_run_pk PRIMARY KEY (centre_id, id);

ALTER TABLE ONLY public.broadcast_delivery
    ADD CONSTRAINT broadcast_delivery_pk PRIMARY KEY (centre_id, broadcast_id, device_id);

ALTER TABLE ONLY public.broadcast_event
    ADD CONSTRAINT broadcast_event_pk PRIMARY KEY (centre_id, revision);

ALTER TABLE ONLY public.broadcast
    ADD CONSTRAINT broadcast_pk PRIMARY KEY (centre_id, id);

ALTER TABLE ONLY public.call_delivery
    ADD CONSTRAINT call_delivery_pk PRIMARY KEY (centre_id, call_revision, device_id);

ALTER TABLE ONLY public.centre
    ADD CONSTRAINT centre_code_unique UNIQUE (code);

ALTER TABLE ONLY public.centre_event
    ADD CONSTRAINT centre_event_pk PRIMARY KEY (centre_id, revision);

ALTER TABLE ONLY public.centre_head
    ADD CONSTRAINT centre_head_pk PRIMARY KEY (centre_id);

ALTER TABLE ONLY public.centre
    ADD CONSTRAINT centre_pk PRIMARY KEY (id);

ALTER TABLE ONLY public.chain_entry
    ADD CONSTRAINT chain_entry_pk PRIMARY KEY (centre_id, last_revision);

ALTER TABLE ONLY public.command_claim
    ADD CONSTRAINT command_claim_pk PRIMARY KEY (centre_id, scope);

ALTER TABLE ONLY public.daily_report
    ADD CONSTRAINT daily_report_pk PRIMARY KEY (centre_id, business_day, nth);

ALTER TABLE ONLY public.day_figure
    ADD CONSTRAINT day_figure_pk PRIMARY KEY (centre_id, slice, business_day, key, hour);

ALTER TABLE ONLY public.device_command
    ADD CONSTRAINT device_command_pk PRIMARY KEY (centre_id, id);

ALTER TABLE ONLY public.device_cut
    ADD CONSTRAINT device_cut_pk PRIMARY KEY (centre_id, device_id, back_at);

ALTER TABLE ONLY public.device_event
    ADD CONSTRAINT device_event_pk PRIMARY KEY (centre_id, revision);

ALTER TABLE ONLY public.device_pairing
    ADD CONSTRAINT device_pairing_pk PRIMARY KEY (centre_id, id);

ALTER TABLE ONLY public.device_picture
    ADD CONSTRAINT device_picture_pk PRIMARY KEY (centre_id, device_id);

ALTER TABLE ONLY public.device
    ADD CONSTRAINT device_pk PRIMARY KEY (centre_id, id);

ALTER TABLE ONLY public.device_presence
    ADD CONSTRAINT device_presence_pk PRIMARY KEY (centre_id, device_id);

ALTER TABLE ONLY public.device
    ADD CONSTRAINT device_token_unique UNIQUE (token_hash);

ALTER TABLE ONLY public.duration_rollup
    ADD CONSTRAINT duration_rollup_pk PRIMARY KEY (centre_id, measure, queue, priority, le_s);

ALTER TABLE ONLY public.emergency_batch
    ADD CONSTRAINT emergency_batch_first_unique UNIQUE (centre_id, series, for_day, first_number);

ALTER TABLE ONLY public.emergency_batch
    ADD CONSTRAINT emergency_batch_pk PRIMARY KEY (centre_id, number);

ALTER TABLE ONLY public.emergency_event
    ADD CONSTRAINT emergency_event_pk PRIMARY KEY (centre_id, revision);

ALTER TABLE ONLY public.equipment
    ADD CONSTRAINT equipment_label_unique UNIQUE (centre_id, label);

ALTER TABLE ONLY public.equipment
    ADD CONSTRAINT equipment_pk PRIMARY KEY (centre_id, id);

ALTER TABLE ONLY public.equipment
    ADD CONSTRAINT equipment_serial_unique UNIQUE (centre_id, kind, serial);

ALTER TABLE ONLY public.equipment_swap
    ADD CONSTRAINT equipment_swap_pk PRIMARY KEY (centre_id, id);

ALTER TABLE ONLY public.estimate_backtest
    ADD CONSTRAINT estimate_backtest_pk PRIMARY KEY (centre_id, business_day);

ALTER TABLE ONLY public.estimate_event
    ADD CONSTRAINT estimate_event_pk PRIMARY KEY (centre_id, revision);

ALTER TABLE ONLY public.event_count
    ADD CONSTRAINT event_count_pk PRIMARY KEY (centre_id, queue, event);

ALTER TABLE ONLY public.export_job
    ADD CONSTRAINT export_job_pk PRIMARY KEY (centre_id, id);

ALTER TABLE ONLY public.fault_event
    ADD CONSTRAINT fault_event_pk PRIMARY KEY (centre_id, revision);

ALTER TABLE ONLY public.fault
    ADD CONSTRAINT fault_pk PRIMARY KEY (centre_id, id);

ALTER TABLE ONLY public.fault_report
    ADD CONSTRAINT fault_report_pk PRIMARY KEY (centre_id, revision);

ALTER TABLE ONLY public.fault_stop
    ADD CONSTRAINT fault_stop_begins_once UNIQUE NULLS NOT DISTINCT (centre_id, fault_id, window_number, began_at);

ALTER TABLE ONLY public.fault_window
    ADD CONSTRAINT fault_window_pk PRIMARY KEY (centre_id, fault_id, window_number);

ALTER TABLE ONLY public.fault_words
    ADD CONSTRAINT fault_words_pk PRIMARY KEY (centre_id, revision);

ALTER TABLE ONLY public.feedback_event
    ADD CONSTRAINT feedback_event_pk PRIMARY KEY (centre_id, revision);

ALTER TABLE ONLY public.feedback
    ADD CONSTRAINT feedback_pk PRIMARY KEY (centre_id, ticket_id);

ALTER TABLE ONLY public.feedback_text
    ADD CONSTRAINT feedback_text_pk PRIMARY KEY (centre_id, ticket_id);

ALTER TABLE ONLY public.figure_day
    ADD CONSTRAINT figure_day_pk PRIMARY KEY (centre_id, business_day);

ALTER TABLE ONLY public.figure_progress
    ADD CONSTRAINT figure_progress_pk PRIMARY KEY (centre_id);

ALTER TABLE ONLY public.help_call
    ADD CONSTRAINT help_call_pk PRIMARY KEY (centre_id, id);

ALTER TABLE ONLY public.issuing_stop
    ADD CONSTRAINT issuing_stop_pk PRIMARY KEY (centre_id);

ALTER TABLE ONLY public.label_counter
    ADD CONSTRAINT label_counter_pk PRIMARY KEY (centre_id, business_day, series);

ALTER TABLE ONLY public.label_taken
    ADD CONSTRAINT label_taken_pk PRIMARY KEY (centre_id, business_day, series, number);

ALTER TABLE ONLY public.maintenance_event
    ADD CONSTRAINT maintenance_event_pk PRIMARY KEY (centre_id, revision);

ALTER TABLE ONLY public.maintenance_order
    ADD CONSTRAINT maintenance_order_number_unique UNIQUE (centre_id, number);

ALTER TABLE ONLY public.maintenance_order
    ADD CONSTRAINT maintenance_order_pk PRIMARY KEY (centre_id, id);

ALTER TABLE ONLY public.maintenance_plan
    ADD CONSTRAINT maintenance_plan_pk PRIMARY KEY (centre_id, id);

ALTER TABLE ONLY public.move_event
    ADD CONSTRAINT move_event_pk PRIMARY KEY (centre_id, revision);

ALTER TABLE ONLY public.offline_letter
    ADD CONSTRAINT offline_letter_is_the_only_one UNIQUE (centre_id, device_id);

ALTER TABLE ONLY public.offline_letter
    ADD CONSTRAINT offline_letter_pk PRIMARY KEY (centre_id, letter);

ALTER TABLE ONLY public.offline_series
    ADD CONSTRAINT offline_series_pk PRIMARY KEY (centre_id, letter, first_number);

ALTER TABLE ONLY public.pairing_attempt
    ADD CONSTRAINT pairing_attempt_pk PRIMARY KEY (centre_id, address);

ALTER TABLE ONLY public.pairing_event
    ADD CONSTRAINT pairing_event_pk PRIMARY KEY (centre_id, revision);

ALTER TABLE ONLY public.paper_count
    ADD CONSTRAINT paper_count_pk PRIMARY KEY (centre_id, state);

ALTER TABLE ONLY public.pattern_event
    ADD CONSTRAINT pattern_event_pk PRIMARY KEY (centre_id, revision);

ALTER TABLE ONLY public.people_event
    ADD CONSTRAINT people_event_pk PRIMARY KEY (centre_id, revision);

ALTER TABLE ONLY public.policy_event
    ADD CONSTRAINT policy_event_pk PRIMARY KEY (centre_id, revision);

ALTER TABLE ONLY public.policy_now
    ADD CONSTRAINT policy_now_pk PRIMARY KEY (centre_id);

ALTER TABLE ONLY public.policy_version
    ADD CONSTRAINT policy_version_pk PRIMARY KEY (centre_id, version);

ALTER TABLE ONLY public.priority_credit
    ADD CONSTRAINT priority_credit_pk PRIMARY KEY (centre_id, priority);

ALTER TABLE ONLY public.queue_line
    ADD CONSTRAINT queue_line_pk PRIMARY KEY (centre_id, business_day, queue);

ALTER TABLE ONLY public.queue_pace
    ADD CONSTRAINT queue_pace_pk PRIMARY KEY (centre_id, queue);

ALTER TABLE ONLY public.queue
    ADD CONSTRAINT queue_pk PRIMARY KEY (centre_id, code);

ALTER TABLE ONLY public.range_figure
    ADD CONSTRAINT range_figure_pk PRIMARY KEY (centre_id, first_day, last_day, slice);

ALTER TABLE ONLY public.schema_migration
    ADD CONSTRAINT schema_migration_name_once UNIQUE (name);

ALTER TABLE ONLY public.schema_migration
    ADD CONSTRAINT schema_migration_pk PRIMARY KEY (number);

ALTER TABLE ONLY public.screen_rollup
    ADD CONSTRAINT screen_rollup_pk PRIMARY KEY (centre_id, le_ms);

ALTER TABLE ONLY public.service
    ADD CONSTRAINT service_pk PRIMARY KEY (centre_id, code);

ALTER TABLE ONLY public.service_state_event
    ADD CONSTRAINT service_state_event_pk PRIMARY KEY (centre_id, revision);

ALTER TABLE ONLY public.service_state
    ADD CONSTRAINT service_state_pk PRIMARY KEY (centre_id, kind, code);

ALTER TABLE ONLY public.service_window
    ADD CONSTRAINT service_window_pk PRIMARY KEY (centre_id, number);

ALTER TABLE ONLY public.sign_in_attempt
    ADD CONSTRAINT sign_in_attempt_pk PRIMARY KEY (centre_id, kind, subject);

ALTER TABLE ONLY public.sign_in_count
    ADD CONSTRAINT sign_in_count_pk PRIMARY KEY (centre_id, day);

ALTER TABLE ONLY public.signing_key
    ADD CONSTRAINT signing_key_pk PRIMARY KEY (centre_id, id);

ALTER TABLE ONLY public.staff
    ADD CONSTRAINT staff_pk PRIMARY KEY (centre_id, id);

ALTER TABLE ONLY public.staff_session
    ADD CONSTRAINT staff_session_pk PRIMARY KEY (token_hash);

ALTER TABLE ONLY public.staff
    ADD CONSTRAINT staff_username_unique UNIQUE (centre_id, username);

ALTER TABLE ONLY public.ticket_event
    ADD CONSTRAINT ticket_event_pk PRIMARY KEY (centre_id, revision);

ALTER TABLE ONLY public.ticket_given
    ADD CONSTRAINT ticket_given_pk PRIMARY KEY (centre_id, device_id, key);

ALTER TABLE ONLY public.ticket
    ADD CONSTRAINT ticket_label_unique UNIQUE (business_day, centre_id, label);

ALTER TABLE ONLY public.ticket_note
    ADD CONSTRAINT ticket_note_pk PRIMARY KEY (centre_id, id);

ALTER TABLE ONLY public.ticket_person_event
    ADD CONSTRAINT ticket_person_event_pk PRIMARY KEY (centre_id, revision);

ALTER TABLE ONLY public.ticket_person
    ADD CONSTRAINT ticket_person_pk PRIMARY KEY (centre_id, ticket_id);

ALTER TABLE ONLY public.ticket
    ADD CONSTRAINT ticket_pk PRIMARY KEY (centre_id, id);

ALTER TABLE ONLY public.ticket
    ADD CONSTRAINT ticket_token_unique UNIQUE (token);

ALTER TABLE ONLY public.ticket_transition
    ADD CONSTRAINT ticket_transition_pk PRIMARY KEY (event, from_state, to_state);

ALTER TABLE ONLY public.training_mark
    ADD CONSTRAINT training_mark_pk PRIMARY KEY (one);

ALTER TABLE ONLY public.truth_day
    ADD CONSTRAINT truth_day_pk PRIMARY KEY (centre_id, business_day);

ALTER TABLE ONLY public.window_alarm_event
    ADD CONSTRAINT window_alarm_event_pk PRIMARY KEY (centre_id, revision);

ALTER TABLE ONLY public.window_alarm
    ADD CONSTRAINT window_alarm_pk PRIMARY KEY (centre_id, id);

ALTER TABLE ONLY public.window_event
    ADD CONSTRAINT window_event_pk PRIMARY KEY (centre_id, revision);

ALTER TABLE ONLY public.window_message_event
    ADD CONSTRAINT window_message_event_pk PRIMARY KEY (centre_id, revision);

ALTER TABLE ONLY public.window_message
    ADD CONSTRAINT window_message_pk PRIMARY KEY (centre_id, id);

ALTER TABLE ONLY public.window_message_read
    ADD CONSTRAINT window_message_read_pk PRIMARY KEY (centre_id, message_id, read_by);

ALTER TABLE ONLY public.window_reply
    ADD CONSTRAINT window_reply_pk PRIMARY KEY (centre_id, business_day, window_number, written_by);

ALTER TABLE ONLY public.window_scan
    ADD CONSTRAINT window_scan_pk PRIMARY KEY (centre_id, window_number);

ALTER TABLE ONLY public.work_document
    ADD CONSTRAINT work_document_pk PRIMARY KEY (centre_id, sha256);

ALTER TABLE ONLY public.work_order
    ADD CONSTRAINT work_order_pk PRIMARY KEY (centre_id, id);

ALTER TABLE ONLY public.work_profile
    ADD CONSTRAINT work_profile_pk PRIMARY KEY (centre_id, code);

ALTER TABLE ONLY public.work_profile_queue
    ADD CONSTRAINT work_profile_queue_pk PRIMARY KEY (centre_id, profile, queue);

ALTER TABLE ONLY public.writing_event
    ADD CONSTRAINT writing_event_pk PRIMARY KEY (centre_id, revision);

CREATE UNIQUE INDEX alarm_episode_open ON public.alarm_episode USING btree (centre_id, kind, subject) WHERE (cleared_at IS NULL);

CREATE INDEX alarm_episode_time ON public.alarm_episode USING btree (centre_id, raised_at);

CREATE INDEX alarm_event_alarm ON public.alarm_event USING btree (centre_id, alarm_id, revision);

CREATE UNIQUE INDEX api_key_name_unique ON public.api_key USING btree (centre_id, name) WHERE (revoked_at IS NULL);

CREATE INDEX appointment_awaited ON public.appointment USING btree (centre_id, starts_at, id) WHERE (state = 'booked'::text);

CREATE INDEX appointment_chain ON public.appointment USING btree (centre_id, first_id);

CREATE INDEX appointment_code_to_come ON public.appointment USING btree (centre_id, code) WHERE (state = 'booked'::text);

CREATE UNIQUE INDEX appointment_code_unique ON public.appointment USING btree (centre_id, day, code) WHERE (state <> 'moved'::text);

CREATE INDEX appointment_event_appointment ON public.appointment_event USING btree (centre_id, appointment_id, revision);

CREATE INDEX appointment_of_day ON public.appointment USING btree (centre_id, day, starts_at, id) WHERE (state <> 'moved'::text);

CREATE UNIQUE INDEX appointment_one_a_seat ON public.appointment USING btree (centre_id, plan_id, starts_at, seat) WHERE (state = ANY (ARRAY['booked'::text, 'checked_in'::text]));

CREATE INDEX appointment_person_phone ON public.appointment_person USING btree (centre_id, phone_hash);

CREATE UNIQUE INDEX appointment_token_unique ON public.appointment USING btree (token) WHERE (state <> 'moved'::text);

CREATE INDEX backup_run_latest ON public.backup_run USING btree (centre_id, ended_at DESC);

CREATE UNIQUE INDEX broadcast_one_emergency ON public.broadcast USING btree (centre_id) WHERE ((kind = 'emergency'::text) AND (ended_at IS NULL));

CREATE INDEX broadcast_open ON public.broadcast USING btree (centre_id, starts_at) WHERE (ended_at IS NULL);

CREATE INDEX broadcast_time ON public.broadcast USING btree (centre_id, sent_at);

CREATE INDEX device_command_errands ON public.device_command USING btree (centre_id, device_id, created_at) WHERE (kind = ANY (ARRAY['trial'::text, 'restart'::text, 'duty'::text, 'notice'::text, 'picture'::text]));

CREATE INDEX device_command_open ON public.device_command USING btree (centre_id, device_id, created_at) WHERE (done_at IS NULL);

CREATE INDEX device_event_device ON public.device_event USING btree (centre_id, device_id, revision);

CREATE UNIQUE INDEX device_name_unique ON public.device USING btree (centre_id, name) WHERE (revoked_at IS NULL);

CREATE UNIQUE INDEX device_pairing_one_open ON public.device_pairing USING btree (centre_id, name) WHERE (ended_at IS NULL);

CREATE INDEX equipment_device ON public.equipment USING btree (centre_id, device_id) WHERE (device_id IS NOT NULL);

CREATE INDEX estimate_event_day ON public.estimate_event USING btree (business_day, centre_id, revision);

CREATE INDEX estimate_event_hall ON public.estimate_event USING btree (business_day, centre_id, queue, revision) WHERE (place = 'hall'::text);

CREATE INDEX estimate_event_ticket ON public.estimate_event USING btree (ticket_id, centre_id, revision) WHERE (ticket_id IS NOT NULL);

CREATE INDEX export_job_time ON public.export_job USING btree (centre_id, asked_at);

CREATE INDEX fault_device ON public.fault USING btree (centre_id, device_id, reported_at);

CREATE INDEX fault_event_fault ON public.fault_event USING btree (centre_id, fault_id, revision);

CREATE UNIQUE INDEX fault_open ON public.fault USING btree (centre_id, kind, COALESCE((device_id)::text, (window_number)::text, 'hall'::text)) WHERE (state = ANY (ARRAY['reported'::text, 'accepted'::text]));

CREATE INDEX fault_report_fault ON public.fault_report USING btree (centre_id, fault_id, revision);

CREATE UNIQUE INDEX fault_stop_open ON public.fault_stop USING btree (centre_id, fault_id, window_number) NULLS NOT DISTINCT WHERE (ended_at IS NULL);

CREATE INDEX fault_time ON public.fault USING btree (centre_id, reported_at);

CREATE UNIQUE INDEX fault_window_alarm ON public.fault_window USING btree (centre_id, alarm_id);

CREATE INDEX fault_words_fault ON public.fault_words USING btree (centre_id, fault_id, revision);

CREATE INDEX fault_words_time ON public.fault_words USING btree (centre_id, written_at);

CREATE INDEX feedback_event_ticket ON public.feedback_event USING btree (centre_id, ticket_id, revision);

CREATE INDEX feedback_text_time ON public.feedback_text USING btree (centre_id, answered_at);

CREATE INDEX feedback_time ON public.feedback USING btree (centre_id, answered_at);

CREATE UNIQUE INDEX help_call_open ON public.help_call USING btree (centre_id, device_id) WHERE (answered_at IS NULL);

CREATE INDEX maintenance_event_subject ON public.maintenance_event USING btree (centre_id, subject_id, revision);

CREATE INDEX maintenance_order_ended ON public.maintenance_order USING btree (centre_id, ended_at) WHERE (ended_at IS NOT NULL);

CREATE INDEX maintenance_order_equipment ON public.maintenance_order USING btree (centre_id, equipment_id, opened_at);

CREATE UNIQUE INDEX maintenance_order_of_fault ON public.maintenance_order USING btree (centre_id, fault_id) WHERE ((fault_id IS NOT NULL) AND (state = ANY (ARRAY['open'::text, 'in_work'::text])));

CREATE UNIQUE INDEX maintenance_order_of_plan ON public.maintenance_order USING btree (centre_id, plan_id, equipment_id) WHERE (state = ANY (ARRAY['open'::text, 'in_work'::text]));

CREATE INDEX move_event_day ON public.move_event USING btree (business_day, centre_id, revision);

CREATE INDEX offline_series_journal ON public.offline_series USING btree (centre_id, journal_id, given_at);

CREATE INDEX pairing_event_pairing ON public.pairing_event USING btree (centre_id, pairing_id, revision);

CREATE INDEX pattern_event_ticket ON public.pattern_event USING btree (ticket_id, centre_id, revision);

CREATE INDEX people_event_subject ON public.people_event USING btree (centre_id, subject_id, revision);

CREATE UNIQUE INDEX policy_one_draft ON public.policy_version USING btree (centre_id) WHERE (state = 'draft'::text);

CREATE UNIQUE INDEX policy_one_published ON public.policy_version USING btree (centre_id) WHERE (state = 'published'::text);

CREATE UNIQUE INDEX policy_one_scheduled ON public.policy_version USING btree (centre_id) WHERE (state = 'scheduled'::text);

CREATE INDEX service_state_event_time ON public.service_state_event USING btree (centre_id, at, revision);

CREATE INDEX sign_in_attempt_age ON public.sign_in_attempt USING btree (last_at);

CREATE UNIQUE INDEX signing_key_one_in_use ON public.signing_key USING btree (centre_id) WHERE (retired_at IS NULL);

CREATE INDEX staff_session_end ON public.staff_session USING btree (expires_at);

CREATE INDEX staff_session_staff ON public.staff_session USING btree (centre_id, staff_id);

CREATE INDEX ticket_calls ON public.ticket USING btree (business_day, centre_id, call_revision) WHERE (call_revision IS NOT NULL);

CREATE INDEX ticket_event_out_of_order ON public.ticket_event USING btree (centre_id, at) WHERE ((event = 'call'::text) AND (((detail ->> 'out_of_order'::text) IS NOT NULL) OR ((detail ->> 'direct'::text) IS NOT NULL)));

CREATE INDEX ticket_event_ticket ON public.ticket_event USING btree (ticket_id, centre_id, revision);

CREATE INDEX ticket_given_received ON public.ticket_given USING btree (centre_id, received_at);

CREATE INDEX ticket_given_ticket ON public.ticket_given USING btree (ticket_id, centre_id);

CREATE INDEX ticket_late ON public.ticket USING btree (centre_id, business_day) WHERE (channel = ANY (ARRAY['adopted'::text, 'kiosk_offline'::text, 'restored'::text]));

CREATE INDEX ticket_line ON public.ticket USING btree (business_day, centre_id, queue, lane, rank_at, id) WHERE (state = ANY (ARRAY['unconfirmed'::text, 'waiting'::text]));

CREATE INDEX ticket_missed ON public.ticket USING btree (business_day, centre_id, last_at) WHERE (state = 'no_show'::text);

CREATE INDEX ticket_note_ticket ON public.ticket_note USING btree (centre_id, ticket_id, written_at);

CREATE INDEX ticket_note_time ON public.ticket_note USING btree (centre_id, written_at);

CREATE INDEX ticket_of_the_book ON public.ticket USING btree (number, business_day, centre_id) WHERE (series = 'T'::text);

CREATE UNIQUE INDEX ticket_one_in_hand ON public.ticket USING btree (centre_id, window_number) WHERE (state = ANY (ARRAY['called'::text, 'serving'::text]));

CREATE INDEX ticket_paper_open ON public.ticket USING btree (business_day, centre_id) WHERE (paper = ANY (ARRAY['held'::text, 'unknown'::text, 'failed'::text]));

CREATE INDEX ticket_parked ON public.ticket USING btree (business_day, centre_id, parked_until) WHERE (state = 'parked'::text);

CREATE INDEX ticket_person_event_erasures ON public.ticket_person_event USING btree (centre_id) WHERE (event = 'erase'::text);

CREATE INDEX ticket_person_event_refusals ON public.ticket_person_event USING btree (centre_id, at) WHERE (event = 'asked_again'::text);

CREATE INDEX ticket_person_event_ticket ON public.ticket_person_event USING btree (ticket_id, centre_id, revision);

CREATE INDEX ticket_person_national_id ON public.ticket_person USING btree (centre_id, business_day, national_id_hash) WHERE (national_id_hash IS NOT NULL);

CREATE INDEX ticket_person_phone ON public.ticket_person USING btree (centre_id, business_day, phone_hash) WHERE (phone_hash IS NOT NULL);

CREATE INDEX ticket_silent ON public.ticket USING btree (issued_at, id) WHERE (state = 'unconfirmed'::text);

CREATE INDEX ticket_slip_silent ON public.ticket USING btree (issued_at, id) WHERE ((channel = 'reception'::text) AND (paper = 'pending'::text));

CREATE INDEX window_alarm_day ON public.window_alarm USING btree (centre_id, raised_at);

CREATE INDEX window_alarm_event_alarm ON public.window_alarm_event USING btree (centre_id, alarm_id, revision);

CREATE UNIQUE INDEX window_alarm_open ON public.window_alarm USING btree (centre_id, window_number, kind, COALESCE(category, ''::text)) WHERE (closed_at IS NULL);

CREATE INDEX window_event_time ON public.window_event USING btree (centre_id, at);

CREATE INDEX window_event_window ON public.window_event USING btree (centre_id, window_number, revision);

CREATE INDEX window_message_time ON public.window_message USING btree (centre_id, sent_at);

CREATE INDEX work_order_doubtful ON public.work_order USING btree (centre_id, ordered_at) WHERE (state = ANY (ARRAY['unknown'::text, 'failed'::text, 'held'::text]));

CREATE INDEX work_order_time ON public.work_order USING btree (centre_id, ordered_at);

CREATE TRIGGER comes_first AFTER INSERT ON public.training_mark FOR EACH ROW EXECUTE FUNCTION public.keep_training_apart();

CREATE TRIGGER note_cut AFTER UPDATE ON public.device_presence FOR EACH ROW WHEN ((old.seen_at < (new.seen_at - '00:00:10'::interval))) EXECUTE FUNCTION public.note_cut();

CREATE TRIGGER note_first_word AFTER INSERT ON public.device_presence FOR EACH ROW EXECUTE FUNCTION public.note_cut();

CREATE TRIGGER record AFTER INSERT ON public.alarm_event REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION public.record_events();

CREATE TRIGGER record AFTER INSERT ON public.appointment_event REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION public.record_events();

CREATE TRIGGER record AFTER INSERT ON public.appointment_plan_event REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION public.record_events();

CREATE TRIGGER record AFTER INSERT ON public.broadcast_event REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION public.record_events();

CREATE TRIGGER record AFTER INSERT ON public.centre_event REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION public.record_events();

CREATE TRIGGER record AFTER INSERT ON public.device_event REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION public.record_events();

CREATE TRIGGER record AFTER INSERT ON public.emergency_event REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION public.record_events();

CREATE TRIGGER record AFTER INSERT ON public.estimate_event REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION public.record_events('quietly');

CREATE TRIGGER record AFTER INSERT ON public.fault_event REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION public.record_events();

CREATE TRIGGER record AFTER INSERT ON public.feedback_event REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION public.record_events();

CREATE TRIGGER record AFTER INSERT ON public.maintenance_event REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION public.record_events('quietly');

CREATE TRIGGER record AFTER INSERT ON public.move_event REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION public.record_events('quietly');

CREATE TRIGGER record AFTER INSERT ON public.pairing_event REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION public.record_events();

CREATE TRIGGER record AFTER INSERT ON public.pattern_event REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION public.record_events();

CREATE TRIGGER record AFTER INSERT ON public.people_event REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION public.record_events();

CREATE TRIGGER record AFTER INSERT ON public.policy_event REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION public.record_events();

CREATE TRIGGER record AFTER INSERT ON public.service_state_event REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION public.record_events();

CREATE TRIGGER record AFTER INSERT ON public.ticket_event REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION public.record_events();

CREATE TRIGGER record AFTER INSERT ON public.ticket_person_event REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION public.record_events();

CREATE TRIGGER record AFTER INSERT ON public.window_alarm_event REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION public.record_events();

CREATE TRIGGER record AFTER INSERT ON public.window_event REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION public.record_events();

CREATE TRIGGER record AFTER INSERT ON public.window_message_event REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION public.record_events();

CREATE TRIGGER record AFTER INSERT ON public.writing_event REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION public.record_events();

CREATE TRIGGER roll_up AFTER INSERT ON public.call_delivery REFERENCING NEW TABLE AS new_deliveries FOR EACH STATEMENT EXECUTE FUNCTION public.roll_up_deliveries();

CREATE TRIGGER roll_up AFTER INSERT ON public.ticket_event REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION public.roll_up_ticket_events();

CREATE TRIGGER stays BEFORE DELETE OR TRUNCATE ON public.training_mark FOR EACH STATEMENT EXECUTE FUNCTION public.keep_training_apart();

ALTER TABLE ONLY public.alarm_episode
    ADD CONSTRAINT alarm_episode_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.alarm_event
    ADD CONSTRAINT alarm_event_alarm_fk FOREIGN KEY (centre_id, alarm_id) REFERENCES public.alarm_episode(centre_id, id);

ALTER TABLE ONLY public.api_key
    ADD CONSTRAINT api_key_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.appointment_attempt
    ADD CONSTRAINT appointment_attempt_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.appointment_closure
    ADD CONSTRAINT appointment_closure_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.appointment_event
    ADD CONSTRAINT appointment_event_appointment_fk FOREIGN KEY (centre_id, appointment_id) REFERENCES public.appointment(centre_id, id);

ALTER TABLE ONLY public.appointment_event
    ADD CONSTRAINT appointment_event_transition_fk FOREIGN KEY (event, from_state, to_state) REFERENCES public.appointment_transition(event, from_state, to_state);

ALTER TABLE ONLY public.appointment_file
    ADD CONSTRAINT appointment_file_appointment_fk FOREIGN KEY (centre_id, appointment_id) REFERENCES public.appointment(centre_id, id);

ALTER TABLE ONLY public.appointment
    ADD CONSTRAINT appointment_first_fk FOREIGN KEY (centre_id, first_id) REFERENCES public.appointment(centre_id, id);

ALTER TABLE ONLY public.appointment_person
    ADD CONSTRAINT appointment_person_appointment_fk FOREIGN KEY (centre_id, appointment_id) REFERENCES public.appointment(centre_id, id);

ALTER TABLE ONLY public.appointment_plan
    ADD CONSTRAINT appointment_plan_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.appointment_plan_event
    ADD CONSTRAINT appointment_plan_event_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.appointment_plan_event
    ADD CONSTRAINT appointment_plan_event_plan_fk FOREIGN KEY (centre_id, plan_id) REFERENCES public.appointment_plan(centre_id, id);

ALTER TABLE ONLY public.appointment
    ADD CONSTRAINT appointment_plan_fk FOREIGN KEY (centre_id, plan_id) REFERENCES public.appointment_plan(centre_id, id);

ALTER TABLE ONLY public.appointment_plan
    ADD CONSTRAINT appointment_plan_service_fk FOREIGN KEY (centre_id, service) REFERENCES public.service(centre_id, code);

ALTER TABLE ONLY public.appointment
    ADD CONSTRAINT appointment_service_fk FOREIGN KEY (centre_id, service) REFERENCES public.service(centre_id, code);

ALTER TABLE ONLY public.appointment
    ADD CONSTRAINT appointment_ticket_fk FOREIGN KEY (centre_id, ticket_id) REFERENCES public.ticket(centre_id, id);

ALTER TABLE ONLY public.backup_run
    ADD CONSTRAINT backup_run_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.broadcast
    ADD CONSTRAINT broadcast_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.broadcast_delivery
    ADD CONSTRAINT broadcast_delivery_broadcast_fk FOREIGN KEY (centre_id, broadcast_id) REFERENCES public.broadcast(centre_id, id);

ALTER TABLE ONLY public.broadcast_delivery
    ADD CONSTRAINT broadcast_delivery_device_fk FOREIGN KEY (centre_id, device_id) REFERENCES public.device(centre_id, id);

ALTER TABLE ONLY public.broadcast_event
    ADD CONSTRAINT broadcast_event_broadcast_fk FOREIGN KEY (centre_id, broadcast_id) REFERENCES public.broadcast(centre_id, id);

ALTER TABLE ONLY public.call_delivery
    ADD CONSTRAINT call_delivery_device_fk FOREIGN KEY (centre_id, device_id) REFERENCES public.device(centre_id, id);

ALTER TABLE ONLY public.centre_event
    ADD CONSTRAINT centre_event_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.centre_head
    ADD CONSTRAINT centre_head_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.chain_entry
    ADD CONSTRAINT chain_entry_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.daily_report
    ADD CONSTRAINT daily_report_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.day_figure
    ADD CONSTRAINT day_figure_day_fk FOREIGN KEY (centre_id, business_day) REFERENCES public.figure_day(centre_id, business_day) ON DELETE CASCADE;

ALTER TABLE ONLY public.device
    ADD CONSTRAINT device_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.device_command
    ADD CONSTRAINT device_command_device_fk FOREIGN KEY (centre_id, device_id) REFERENCES public.device(centre_id, id);

ALTER TABLE ONLY public.device_cut
    ADD CONSTRAINT device_cut_device_fk FOREIGN KEY (centre_id, device_id) REFERENCES public.device(centre_id, id);

ALTER TABLE ONLY public.device_event
    ADD CONSTRAINT device_event_device_fk FOREIGN KEY (centre_id, device_id) REFERENCES public.device(centre_id, id);

ALTER TABLE ONLY public.device_pairing
    ADD CONSTRAINT device_pairing_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.device_picture
    ADD CONSTRAINT device_picture_device_fk FOREIGN KEY (centre_id, device_id) REFERENCES public.device(centre_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.device_picture
    ADD CONSTRAINT device_picture_errand_fk FOREIGN KEY (centre_id, errand_id) REFERENCES public.device_command(centre_id, id);

ALTER TABLE ONLY public.device_presence
    ADD CONSTRAINT device_presence_device_fk FOREIGN KEY (centre_id, device_id) REFERENCES public.device(centre_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.emergency_batch
    ADD CONSTRAINT emergency_batch_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.emergency_event
    ADD CONSTRAINT emergency_event_batch_fk FOREIGN KEY (centre_id, batch) REFERENCES public.emergency_batch(centre_id, number);

ALTER TABLE ONLY public.equipment
    ADD CONSTRAINT equipment_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.equipment
    ADD CONSTRAINT equipment_device_fk FOREIGN KEY (centre_id, device_id) REFERENCES public.device(centre_id, id);

ALTER TABLE ONLY public.equipment_swap
    ADD CONSTRAINT equipment_swap_broken_fk FOREIGN KEY (centre_id, broken_id) REFERENCES public.equipment(centre_id, id);

ALTER TABLE ONLY public.equipment_swap
    ADD CONSTRAINT equipment_swap_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.equipment_swap
    ADD CONSTRAINT equipment_swap_order_fk FOREIGN KEY (centre_id, order_id) REFERENCES public.maintenance_order(centre_id, id);

ALTER TABLE ONLY public.equipment_swap
    ADD CONSTRAINT equipment_swap_spare_fk FOREIGN KEY (centre_id, spare_id) REFERENCES public.equipment(centre_id, id);

ALTER TABLE ONLY public.equipment
    ADD CONSTRAINT equipment_window_fk FOREIGN KEY (centre_id, window_number) REFERENCES public.service_window(centre_id, number);

ALTER TABLE ONLY public.estimate_backtest
    ADD CONSTRAINT estimate_backtest_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.estimate_event
    ADD CONSTRAINT estimate_event_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.estimate_event
    ADD CONSTRAINT estimate_event_queue_fk FOREIGN KEY (centre_id, queue) REFERENCES public.queue(centre_id, code);

ALTER TABLE ONLY public.estimate_event
    ADD CONSTRAINT estimate_event_ticket_fk FOREIGN KEY (centre_id, ticket_id) REFERENCES public.ticket(centre_id, id);

ALTER TABLE ONLY public.export_job
    ADD CONSTRAINT export_job_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.fault
    ADD CONSTRAINT fault_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.fault
    ADD CONSTRAINT fault_device_fk FOREIGN KEY (centre_id, device_id) REFERENCES public.device(centre_id, id);

ALTER TABLE ONLY public.fault_event
    ADD CONSTRAINT fault_event_fault_fk FOREIGN KEY (centre_id, fault_id) REFERENCES public.fault(centre_id, id);

ALTER TABLE ONLY public.fault_report
    ADD CONSTRAINT fault_report_event_fk FOREIGN KEY (centre_id, revision) REFERENCES public.fault_event(centre_id, revision);

ALTER TABLE ONLY public.fault_stop
    ADD CONSTRAINT fault_stop_fault_fk FOREIGN KEY (centre_id, fault_id) REFERENCES public.fault(centre_id, id);

ALTER TABLE ONLY public.fault_stop
    ADD CONSTRAINT fault_stop_window_fk FOREIGN KEY (centre_id, fault_id, window_number) REFERENCES public.fault_window(centre_id, fault_id, window_number);

ALTER TABLE ONLY public.fault_window
    ADD CONSTRAINT fault_window_alarm_fk FOREIGN KEY (centre_id, alarm_id) REFERENCES public.window_alarm(centre_id, id);

ALTER TABLE ONLY public.fault_window
    ADD CONSTRAINT fault_window_fault_fk FOREIGN KEY (centre_id, fault_id) REFERENCES public.fault(centre_id, id);

ALTER TABLE ONLY public.fault
    ADD CONSTRAINT fault_window_fk FOREIGN KEY (centre_id, window_number) REFERENCES public.service_window(centre_id, number);

ALTER TABLE ONLY public.fault_window
    ADD CONSTRAINT fault_window_window_fk FOREIGN KEY (centre_id, window_number) REFERENCES public.service_window(centre_id, number);

ALTER TABLE ONLY public.fault_words
    ADD CONSTRAINT fault_words_event_fk FOREIGN KEY (centre_id, revision) REFERENCES public.fault_event(centre_id, revision);

ALTER TABLE ONLY public.feedback_event
    ADD CONSTRAINT feedback_event_ticket_fk FOREIGN KEY (centre_id, ticket_id) REFERENCES public.ticket(centre_id, id);

ALTER TABLE ONLY public.feedback_text
    ADD CONSTRAINT feedback_text_answer_fk FOREIGN KEY (centre_id, ticket_id) REFERENCES public.feedback(centre_id, ticket_id);

ALTER TABLE ONLY public.feedback
    ADD CONSTRAINT feedback_ticket_fk FOREIGN KEY (centre_id, ticket_id) REFERENCES public.ticket(centre_id, id);

ALTER TABLE ONLY public.figure_day
    ADD CONSTRAINT figure_day_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.figure_progress
    ADD CONSTRAINT figure_progress_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.help_call
    ADD CONSTRAINT help_call_device_fk FOREIGN KEY (centre_id, device_id) REFERENCES public.device(centre_id, id);

ALTER TABLE ONLY public.issuing_stop
    ADD CONSTRAINT issuing_stop_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.label_taken
    ADD CONSTRAINT label_taken_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.maintenance_event
    ADD CONSTRAINT maintenance_event_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.maintenance_order
    ADD CONSTRAINT maintenance_order_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.maintenance_order
    ADD CONSTRAINT maintenance_order_equipment_fk FOREIGN KEY (centre_id, equipment_id) REFERENCES public.equipment(centre_id, id);

ALTER TABLE ONLY public.maintenance_order
    ADD CONSTRAINT maintenance_order_fault_fk FOREIGN KEY (centre_id, fault_id) REFERENCES public.fault(centre_id, id);

ALTER TABLE ONLY public.maintenance_order
    ADD CONSTRAINT maintenance_order_plan_fk FOREIGN KEY (centre_id, plan_id) REFERENCES public.maintenance_plan(centre_id, id);

ALTER TABLE ONLY public.maintenance_plan
    ADD CONSTRAINT maintenance_plan_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.maintenance_plan
    ADD CONSTRAINT maintenance_plan_equipment_fk FOREIGN KEY (centre_id, equipment_id) REFERENCES public.equipment(centre_id, id);

ALTER TABLE ONLY public.move_event
    ADD CONSTRAINT move_event_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.move_event
    ADD CONSTRAINT move_event_window_fk FOREIGN KEY (centre_id, window_number) REFERENCES public.service_window(centre_id, number);

ALTER TABLE ONLY public.offline_letter
    ADD CONSTRAINT offline_letter_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.offline_letter
    ADD CONSTRAINT offline_letter_device_fk FOREIGN KEY (centre_id, device_id) REFERENCES public.device(centre_id, id);

ALTER TABLE ONLY public.offline_series
    ADD CONSTRAINT offline_series_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.offline_series
    ADD CONSTRAINT offline_series_device_fk FOREIGN KEY (centre_id, device_id) REFERENCES public.device(centre_id, id);

ALTER TABLE ONLY public.pairing_attempt
    ADD CONSTRAINT pairing_attempt_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.pairing_event
    ADD CONSTRAINT pairing_event_pairing_fk FOREIGN KEY (centre_id, pairing_id) REFERENCES public.device_pairing(centre_id, id);

ALTER TABLE ONLY public.pattern_event
    ADD CONSTRAINT pattern_event_ticket_fk FOREIGN KEY (centre_id, ticket_id) REFERENCES public.ticket(centre_id, id);

ALTER TABLE ONLY public.policy_event
    ADD CONSTRAINT policy_event_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.policy_event
    ADD CONSTRAINT policy_event_version_fk FOREIGN KEY (centre_id, version) REFERENCES public.policy_version(centre_id, version);

ALTER TABLE ONLY public.policy_now
    ADD CONSTRAINT policy_now_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.policy_version
    ADD CONSTRAINT policy_version_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.priority_credit
    ADD CONSTRAINT priority_credit_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.queue
    ADD CONSTRAINT queue_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.range_figure
    ADD CONSTRAINT range_figure_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.service
    ADD CONSTRAINT service_queue_fk FOREIGN KEY (centre_id, queue) REFERENCES public.queue(centre_id, code);

ALTER TABLE ONLY public.service_state
    ADD CONSTRAINT service_state_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.service_state_event
    ADD CONSTRAINT service_state_event_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.service_state
    ADD CONSTRAINT service_state_event_fk FOREIGN KEY (centre_id, revision) REFERENCES public.service_state_event(centre_id, revision);

ALTER TABLE ONLY public.service_window
    ADD CONSTRAINT service_window_profile_fk FOREIGN KEY (centre_id, profile) REFERENCES public.work_profile(centre_id, code);

ALTER TABLE ONLY public.sign_in_attempt
    ADD CONSTRAINT sign_in_attempt_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.sign_in_count
    ADD CONSTRAINT sign_in_count_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.signing_key
    ADD CONSTRAINT signing_key_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.staff
    ADD CONSTRAINT staff_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.staff_session
    ADD CONSTRAINT staff_session_staff_fk FOREIGN KEY (centre_id, staff_id) REFERENCES public.staff(centre_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.ticket
    ADD CONSTRAINT ticket_appointment_fk FOREIGN KEY (centre_id, appointment_id) REFERENCES public.appointment(centre_id, id);

ALTER TABLE ONLY public.ticket_event
    ADD CONSTRAINT ticket_event_ticket_fk FOREIGN KEY (centre_id, ticket_id) REFERENCES public.ticket(centre_id, id);

ALTER TABLE ONLY public.ticket_event
    ADD CONSTRAINT ticket_event_transition_fk FOREIGN KEY (event, from_state, to_state) REFERENCES public.ticket_transition(event, from_state, to_state);

ALTER TABLE ONLY public.ticket_given
    ADD CONSTRAINT ticket_given_device_fk FOREIGN KEY (centre_id, device_id) REFERENCES public.device(centre_id, id);

ALTER TABLE ONLY public.ticket_given
    ADD CONSTRAINT ticket_given_ticket_fk FOREIGN KEY (centre_id, ticket_id) REFERENCES public.ticket(centre_id, id);

ALTER TABLE ONLY public.ticket_note
    ADD CONSTRAINT ticket_note_ticket_fk FOREIGN KEY (centre_id, ticket_id) REFERENCES public.ticket(centre_id, id);

ALTER TABLE ONLY public.ticket_person_event
    ADD CONSTRAINT ticket_person_event_ticket_fk FOREIGN KEY (centre_id, ticket_id) REFERENCES public.ticket(centre_id, id);

ALTER TABLE ONLY public.ticket_person
    ADD CONSTRAINT ticket_person_ticket_fk FOREIGN KEY (centre_id, ticket_id) REFERENCES public.ticket(centre_id, id);

ALTER TABLE ONLY public.ticket
    ADD CONSTRAINT ticket_queue_fk FOREIGN KEY (centre_id, queue) REFERENCES public.queue(centre_id, code);

ALTER TABLE ONLY public.ticket
    ADD CONSTRAINT ticket_service_fk FOREIGN KEY (centre_id, service) REFERENCES public.service(centre_id, code);

ALTER TABLE ONLY public.ticket
    ADD CONSTRAINT ticket_window_fk FOREIGN KEY (centre_id, window_number) REFERENCES public.service_window(centre_id, number);

ALTER TABLE ONLY public.truth_day
    ADD CONSTRAINT truth_day_day_fk FOREIGN KEY (centre_id, business_day) REFERENCES public.figure_day(centre_id, business_day) ON DELETE CASCADE;

ALTER TABLE ONLY public.window_alarm_event
    ADD CONSTRAINT window_alarm_event_alarm_fk FOREIGN KEY (centre_id, alarm_id) REFERENCES public.window_alarm(centre_id, id);

ALTER TABLE ONLY public.window_alarm
    ADD CONSTRAINT window_alarm_window_fk FOREIGN KEY (centre_id, window_number) REFERENCES public.service_window(centre_id, number);

ALTER TABLE ONLY public.window_event
    ADD CONSTRAINT window_event_window_fk FOREIGN KEY (centre_id, window_number) REFERENCES public.service_window(centre_id, number);

ALTER TABLE ONLY public.window_message
    ADD CONSTRAINT window_message_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.window_message_event
    ADD CONSTRAINT window_message_event_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.window_message_read
    ADD CONSTRAINT window_message_read_message_fk FOREIGN KEY (centre_id, message_id) REFERENCES public.window_message(centre_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.window_message
    ADD CONSTRAINT window_message_window_fk FOREIGN KEY (centre_id, window_number) REFERENCES public.service_window(centre_id, number);

ALTER TABLE ONLY public.window_reply
    ADD CONSTRAINT window_reply_window_fk FOREIGN KEY (centre_id, window_number) REFERENCES public.service_window(centre_id, number);

ALTER TABLE ONLY public.window_scan
    ADD CONSTRAINT window_scan_device_fk FOREIGN KEY (centre_id, device_id) REFERENCES public.device(centre_id, id);

ALTER TABLE ONLY public.window_scan
    ADD CONSTRAINT window_scan_window_fk FOREIGN KEY (centre_id, window_number) REFERENCES public.service_window(centre_id, number);

ALTER TABLE ONLY public.work_document
    ADD CONSTRAINT work_document_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.work_order
    ADD CONSTRAINT work_order_copy_document_fk FOREIGN KEY (centre_id, copy_document) REFERENCES public.work_document(centre_id, sha256);

ALTER TABLE ONLY public.work_order
    ADD CONSTRAINT work_order_copy_of_fk FOREIGN KEY (centre_id, copy_of) REFERENCES public.work_order(centre_id, id);

ALTER TABLE ONLY public.work_order
    ADD CONSTRAINT work_order_device_fk FOREIGN KEY (centre_id, device_id) REFERENCES public.device(centre_id, id);

ALTER TABLE ONLY public.work_order
    ADD CONSTRAINT work_order_document_fk FOREIGN KEY (centre_id, document) REFERENCES public.work_document(centre_id, sha256);

ALTER TABLE ONLY public.work_profile
    ADD CONSTRAINT work_profile_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.work_profile_queue
    ADD CONSTRAINT work_profile_queue_profile_fk FOREIGN KEY (centre_id, profile) REFERENCES public.work_profile(centre_id, code) ON DELETE CASCADE;

ALTER TABLE ONLY public.work_profile_queue
    ADD CONSTRAINT work_profile_queue_queue_fk FOREIGN KEY (centre_id, queue) REFERENCES public.queue(centre_id, code);

ALTER TABLE ONLY public.writing_event
    ADD CONSTRAINT writing_event_centre_fk FOREIGN KEY (centre_id) REFERENCES public.centre(id);

ALTER TABLE ONLY public.writing_event
    ADD CONSTRAINT writing_event_ticket_fk FOREIGN KEY (centre_id, ticket_id) REFERENCES public.ticket(centre_id, id);

REVOKE USAGE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO shubbak_app;
GRANT USAGE ON SCHEMA public TO shubbak_read;

REVOKE ALL ON FUNCTION public.call_next(p_centre integer, p_day date, p_at timestamp with time zone, p_window smallint, p_actor_kind text, p_actor_id uuid, p_own_only boolean, p_finish boolean, p_outcome text, p_scope bytea, p_fingerprint bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION public.call_next(p_centre integer, p_day date, p_at timestamp with time zone, p_window smallint, p_actor_kind text, p_actor_id uuid, p_own_only boolean, p_finish boolean, p_outcome text, p_scope bytea, p_fingerprint bytea) TO shubbak_app;

REVOKE ALL ON FUNCTION public.duration_bucket(p_seconds numeric) FROM PUBLIC;

GRANT SELECT ON TABLE public.fault TO shubbak_read;
GRANT SELECT,INSERT,UPDATE ON TABLE public.fault TO shubbak_app;

REVOKE ALL ON FUNCTION public.fault_facts(p_fault public.fault) FROM PUBLIC;
GRANT ALL ON FUNCTION public.fault_facts(p_fault public.fault) TO shubbak_app;
GRANT ALL ON FUNCTION public.fault_facts(p_fault public.fault) TO shubbak_read;

REVOKE ALL ON FUNCTION public.free_number(p_centre integer, p_day date, p_series text, p_last integer, p_nth bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.free_number(p_centre integer, p_day date, p_series text, p_last integer, p_nth bigint) TO shubbak_app;

REVOKE ALL ON FUNCTION public.is_common_lane(p_lane text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.is_common_lane(p_lane text) TO shubbak_app;

GRANT SELECT ON TABLE public.service_window TO shubbak_read;
GRANT SELECT,INSERT,UPDATE ON TABLE public.service_window TO shubbak_app;

REVOKE ALL ON FUNCTION public.is_stand_in(p_window public.service_window) FROM PUBLIC;
GRANT ALL ON FUNCTION public.is_stand_in(p_window public.service_window) TO shubbak_app;

REVOKE ALL ON FUNCTION public.issue_tickets(p_centre integer, p_day date, p_at timestamp with time zone, p_requests jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION public.issue_tickets(p_centre integer, p_day date, p_at timestamp with time zone, p_requests jsonb) TO shubbak_app;

REVOKE ALL ON FUNCTION public.keep_claim(p_centre integer, p_scope bytea, p_fingerprint bytea, p_at timestamp with time zone, p_status integer, p_outcome text, p_ticket jsonb, p_about text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.keep_claim(p_centre integer, p_scope bytea, p_fingerprint bytea, p_at timestamp with time zone, p_status integer, p_outcome text, p_ticket jsonb, p_about text) TO shubbak_app;

REVOKE ALL ON FUNCTION public.keep_training_apart() FROM PUBLIC;

REVOKE ALL ON FUNCTION public.left_to_a_woman(p_centre integer, p_window integer, p_queue text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.left_to_a_woman(p_centre integer, p_window integer, p_queue text) TO shubbak_app;

REVOKE ALL ON FUNCTION public.lock_centre(p_centre integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.lock_centre(p_centre integer) TO shubbak_app;

REVOKE ALL ON FUNCTION public.note_cut() FROM PUBLIC;

REVOKE ALL ON FUNCTION public.record_events() FROM PUBLIC;

REVOKE ALL ON FUNCTION public.roll_up_deliveries() FROM PUBLIC;

REVOKE ALL ON FUNCTION public.roll_up_ticket_events() FROM PUBLIC;

REVOKE ALL ON FUNCTION public.wait_range(p_ahead integer, p_windows integer, p_idle integer, p_mean_s integer, p_p10_s integer, p_p90_s integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.wait_range(p_ahead integer, p_windows integer, p_idle integer, p_mean_s integer, p_p10_s integer, p_p90_s integer) TO shubbak_app;

GRANT SELECT ON TABLE public.alarm_episode TO shubbak_read;
GRANT SELECT,INSERT,UPDATE ON TABLE public.alarm_episode TO shubbak_app;

GRANT SELECT ON TABLE public.alarm_event TO shubbak_read;
GRANT SELECT,INSERT ON TABLE public.alarm_event TO shubbak_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.api_key TO shubbak_app;

GRANT SELECT(centre_id) ON TABLE public.api_key TO shubbak_read;

GRANT SELECT(id) ON TABLE public.api_key TO shubbak_read;

GRANT SELECT(name) ON TABLE public.api_key TO shubbak_read;

GRANT SELECT(prefix) ON TABLE public.api_key TO shubbak_read;

GRANT SELECT(scopes) ON TABLE public.api_key TO shubbak_read;

GRANT SELECT(created_at) ON TABLE public.api_key TO shubbak_read;

GRANT SELECT(last_used_at) ON TABLE public.api_key TO shubbak_read;

GRANT SELECT(revoked_at) ON TABLE public.api_key TO shubbak_read;

GRANT SELECT,INSERT,UPDATE ON TABLE public.appointment TO shubbak_app;

GRANT SELECT(centre_id) ON TABLE public.appointment TO shubbak_read;

GRANT SELECT(id) ON TABLE public.appointment TO shubbak_read;

GRANT SELECT(first_id) ON TABLE public.appointment TO shubbak_read;

GRANT SELECT(plan_id) ON TABLE public.appointment TO shubbak_read;

GRANT SELECT(kind) ON TABLE public.appointment TO shubbak_read;

GRANT SELECT(service) ON TABLE public.appointment TO shubbak_read;

GRANT SELECT(day) ON TABLE public.appointment TO shubbak_read;

GRANT SELECT(starts_at) ON TABLE public.appointment TO shubbak_read;

GRANT SELECT(ends_at) ON TABLE public.appointment TO shubbak_read;

GRANT SELECT(seat) ON TABLE public.appointment TO shubbak_read;

GRANT SELECT(state) ON TABLE public.appointment TO shubbak_read;

GRANT SELECT(language) ON TABLE public.appointment TO shubbak_read;

GRANT SELECT(booked_at) ON TABLE public.appointment TO shubbak_read;

GRANT SELECT(moves) ON TABLE public.appointment TO shubbak_read;

GRANT SELECT(files) ON TABLE public.appointment TO shubbak_read;

GRANT SELECT(ticket_id) ON TABLE public.appointment TO shubbak_read;

GRANT SELECT(checked_in_at) ON TABLE public.appointment TO shubbak_read;

GRANT SELECT(is_late) ON TABLE public.appointment TO shubbak_read;

GRANT SELECT(revision) ON TABLE public.appointment TO shubbak_read;

GRANT SELECT(last_at) ON TABLE public.appointment TO shubbak_read;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.appointment_attempt TO shubbak_app;

GRANT SELECT ON TABLE public.appointment_closure TO shubbak_read;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.appointment_closure TO shubbak_app;

GRANT SELECT ON TABLE public.appointment_event TO shubbak_read;
GRANT SELECT,INSERT ON TABLE public.appointment_event TO shubbak_app;

GRANT SELECT,INSERT,DELETE ON TABLE public.appointment_file TO shubbak_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.appointment_person TO shubbak_app;

GRANT SELECT ON TABLE public.appointment_plan TO shubbak_read;
GRANT SELECT,INSERT,UPDATE ON TABLE public.appointment_plan TO shubbak_app;

GRANT SELECT ON TABLE public.appointment_plan_event TO shubbak_read;
GRANT SELECT,INSERT ON TABLE public.appointment_plan_event TO shubbak_app;

GRANT SELECT ON TABLE public.appointment_transition TO shubbak_read;
GRANT SELECT ON TABLE public.appointment_transition TO shubbak_app;

GRANT SELECT ON TABLE public.backup_run TO shubbak_read;
GRANT SELECT ON TABLE public.backup_run TO shubbak_app;

GRANT SELECT ON TABLE public.broadcast TO shubbak_read;
GRANT SELECT,INSERT,UPDATE ON TABLE public.broadcast TO shubbak_app;

GRANT SELECT ON TABLE public.broadcast_delivery TO shubbak_read;
GRANT SELECT,INSERT ON TABLE public.broadcast_delivery TO shubbak_app;

GRANT SELECT ON TABLE public.broadcast_event TO shubbak_read;
GRANT SELECT,INSERT ON TABLE public.broadcast_event TO shubbak_app;

GRANT SELECT ON TABLE public.call_delivery TO shubbak_read;
GRANT SELECT,INSERT ON TABLE public.call_delivery TO shubbak_app;

GRANT SELECT ON TABLE public.centre TO shubbak_read;
GRANT SELECT,INSERT,UPDATE ON TABLE public.centre TO shubbak_app;

GRANT SELECT ON TABLE public.centre_event TO shubbak_read;
GRANT SELECT,INSERT ON TABLE public.centre_event TO shubbak_app;

GRANT SELECT ON TABLE public.centre_head TO shubbak_read;
GRANT SELECT,INSERT ON TABLE public.centre_head TO shubbak_app;

GRANT SELECT ON TABLE public.chain_entry TO shubbak_read;
GRANT SELECT ON TABLE public.chain_entry TO shubbak_app;

GRANT SELECT ON TABLE public.command_claim TO shubbak_read;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.command_claim TO shubbak_app;

GRANT SELECT ON TABLE public.daily_report TO shubbak_read;
GRANT SELECT,INSERT,DELETE ON TABLE public.daily_report TO shubbak_app;

GRANT SELECT ON TABLE public.day_figure TO shubbak_read;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.day_figure TO shubbak_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.device TO shubbak_app;

GRANT SELECT(centre_id) ON TABLE public.device TO shubbak_read;

GRANT SELECT(id) ON TABLE public.device TO shubbak_read;

GRANT SELECT(kind) ON TABLE public.device TO shubbak_read;

GRANT SELECT(name) ON TABLE public.device TO shubbak_read;

GRANT SELECT(created_at) ON TABLE public.device TO shubbak_read;

GRANT SELECT(revoked_at) ON TABLE public.device TO shubbak_read;

GRANT SELECT(out_of_service_at) ON TABLE public.device TO shubbak_read;

GRANT SELECT(out_of_service_ar) ON TABLE public.device TO shubbak_read;

GRANT SELECT(out_of_service_en) ON TABLE public.device TO shubbak_read;

GRANT SELECT ON TABLE public.device_command TO shubbak_read;
GRANT SELECT,INSERT,UPDATE ON TABLE public.device_command TO shubbak_app;

GRANT SELECT ON TABLE public.device_cut TO shubbak_read;
GRANT SELECT,INSERT,DELETE ON TABLE public.device_cut TO shubbak_app;

GRANT SELECT ON TABLE public.device_event TO shubbak_read;
GRANT SELECT,INSERT ON TABLE public.device_event TO shubbak_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.device_pairing TO shubbak_app;

GRANT SELECT(centre_id) ON TABLE public.device_pairing TO shubbak_read;

GRANT SELECT(id) ON TABLE public.device_pairing TO shubbak_read;

GRANT SELECT(kind) ON TABLE public.device_pairing TO shubbak_read;

GRANT SELECT(name) ON TABLE public.device_pairing TO shubbak_read;

GRANT SELECT(opened_at) ON TABLE public.device_pairing TO shubbak_read;

GRANT SELECT(expires_at) ON TABLE public.device_pairing TO shubbak_read;

GRANT SELECT(attempts) ON TABLE public.device_pairing TO shubbak_read;

GRANT SELECT(ended_at) ON TABLE public.device_pairing TO shubbak_read;

GRANT SELECT(outcome) ON TABLE public.device_pairing TO shubbak_read;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.device_picture TO shubbak_app;

GRANT SELECT ON TABLE public.device_presence TO shubbak_read;
GRANT SELECT,INSERT,UPDATE ON TABLE public.device_presence TO shubbak_app;

GRANT SELECT ON TABLE public.duration_rollup TO shubbak_read;
GRANT SELECT ON TABLE public.duration_rollup TO shubbak_app;

GRANT SELECT ON TABLE public.emergency_batch TO shubbak_read;
GRANT SELECT,INSERT ON TABLE public.emergency_batch TO shubbak_app;

GRANT SELECT ON TABLE public.emergency_event TO shubbak_read;
GRANT SELECT,INSERT ON TABLE public.emergency_event TO shubbak_app;

GRANT SELECT ON TABLE public.equipment TO shubbak_read;
GRANT SELECT,INSERT,UPDATE ON TABLE public.equipment TO shubbak_app;

GRANT SELECT ON TABLE public.equipment_swap TO shubbak_read;
GRANT SELECT,INSERT ON TABLE public.equipment_swap TO shubbak_app;

GRANT SELECT ON TABLE public.estimate_backtest TO shubbak_read;
GRANT SELECT,INSERT,UPDATE ON TABLE public.estimate_backtest TO shubbak_app;

GRANT SELECT ON TABLE public.estimate_event TO shubbak_read;
GRANT SELECT,INSERT ON TABLE public.estimate_event TO shubbak_app;

GRANT SELECT ON TABLE public.event_count TO shubbak_read;
GRANT SELECT ON TABLE public.event_count TO shubbak_app;

GRANT SELECT ON TABLE public.export_job TO shubbak_read;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.export_job TO shubbak_app;

GRANT SELECT ON TABLE public.fault_event TO shubbak_read;
GRANT SELECT,INSERT ON TABLE public.fault_event TO shubbak_app;

GRANT SELECT ON TABLE public.fault_report TO shubbak_read;
GRANT SELECT,INSERT ON TABLE public.fault_report TO shubbak_app;

GRANT SELECT ON TABLE public.fault_stop TO shubbak_read;
GRANT SELECT,INSERT,UPDATE ON TABLE public.fault_stop TO shubbak_app;

GRANT SELECT ON TABLE public.fault_window TO shubbak_read;
GRANT SELECT,INSERT,UPDATE ON TABLE public.fault_window TO shubbak_app;

GRANT SELECT,INSERT,DELETE ON TABLE public.fault_words TO shubbak_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.feedback TO shubbak_app;

GRANT SELECT,INSERT ON TABLE public.feedback_event TO shubbak_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.feedback_text TO shubbak_app;

GRANT SELECT ON TABLE public.figure_day TO shubbak_read;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.figure_day TO shubbak_app;

GRANT SELECT ON TABLE public.figure_progress TO shubbak_read;
GRANT SELECT,INSERT,UPDATE ON TABLE public.figure_progress TO shubbak_app;

GRANT SELECT ON TABLE public.help_call TO shubbak_read;
GRANT SELECT,INSERT,UPDATE ON TABLE public.help_call TO shubbak_app;

GRANT SELECT ON TABLE public.issuing_stop TO shubbak_read;
GRANT SELECT,INSERT,UPDATE ON TABLE public.issuing_stop TO shubbak_app;

GRANT SELECT ON TABLE public.label_counter TO shubbak_read;
GRANT SELECT,INSERT,UPDATE ON TABLE public.label_counter TO shubbak_app;

GRANT SELECT ON TABLE public.label_taken TO shubbak_read;
GRANT SELECT,INSERT ON TABLE public.label_taken TO shubbak_app;

GRANT SELECT ON TABLE public.maintenance_event TO shubbak_read;
GRANT SELECT,INSERT ON TABLE public.maintenance_event TO shubbak_app;

GRANT SELECT ON TABLE public.maintenance_order TO shubbak_read;
GRANT SELECT,INSERT,UPDATE ON TABLE public.maintenance_order TO shubbak_app;

GRANT SELECT ON TABLE public.maintenance_plan TO shubbak_read;
GRANT SELECT,INSERT,UPDATE ON TABLE public.maintenance_plan TO shubbak_app;

GRANT SELECT ON TABLE public.move_event TO shubbak_read;
GRANT SELECT,INSERT ON TABLE public.move_event TO shubbak_app;

GRANT SELECT ON TABLE public.offline_letter TO shubbak_read;
GRANT SELECT,INSERT,UPDATE ON TABLE public.offline_letter TO shubbak_app;

GRANT SELECT ON TABLE public.offline_series TO shubbak_read;
GRANT SELECT,INSERT,UPDATE ON TABLE public.offline_series TO shubbak_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.pairing_attempt TO shubbak_app;

GRANT SELECT ON TABLE public.pairing_event TO shubbak_read;
GRANT SELECT,INSERT ON TABLE public.pairing_event TO shubbak_app;

GRANT SELECT ON TABLE public.paper_count TO shubbak_read;
GRANT SELECT ON TABLE public.paper_count TO shubbak_app;

GRANT SELECT ON TABLE public.pattern_event TO shubbak_read;
GRANT SELECT,INSERT ON TABLE public.pattern_event TO shubbak_app;

GRANT SELECT ON TABLE public.people_event TO shubbak_read;
GRANT SELECT,INSERT ON TABLE public.people_event TO shubbak_app;

GRANT SELECT ON TABLE public.policy_event TO shubbak_read;
GRANT SELECT,INSERT ON TABLE public.policy_event TO shubbak_app;

GRANT SELECT ON TABLE public.policy_now TO shubbak_read;
GRANT SELECT,INSERT,UPDATE ON TABLE public.policy_now TO shubbak_app;

GRANT SELECT ON TABLE public.policy_version TO shubbak_read;
GRANT SELECT,INSERT,UPDATE ON TABLE public.policy_version TO shubbak_app;

GRANT SELECT ON TABLE public.priority_credit TO shubbak_read;
GRANT SELECT,INSERT,UPDATE ON TABLE public.priority_credit TO shubbak_app;

GRANT SELECT ON TABLE public.queue TO shubbak_read;
GRANT SELECT,INSERT,UPDATE ON TABLE public.queue TO shubbak_app;

GRANT SELECT ON TABLE public.queue_line TO shubbak_read;
GRANT SELECT ON TABLE public.queue_line TO shubbak_app;

GRANT SELECT ON TABLE public.queue_pace TO shubbak_read;
GRANT SELECT ON TABLE public.queue_pace TO shubbak_app;

GRANT SELECT ON TABLE public.range_figure TO shubbak_read;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.range_figure TO shubbak_app;

GRANT SELECT ON TABLE public.schema_migration TO shubbak_app;
GRANT SELECT ON TABLE public.schema_migration TO shubbak_read;

GRANT SELECT ON TABLE public.screen_rollup TO shubbak_read;
GRANT SELECT ON TABLE public.screen_rollup TO shubbak_app;

GRANT SELECT ON TABLE public.service TO shubbak_read;
GRANT SELECT,INSERT,UPDATE ON TABLE public.service TO shubbak_app;

GRANT SELECT ON TABLE public.service_state TO shubbak_read;
GRANT SELECT,INSERT,UPDATE ON TABLE public.service_state TO shubbak_app;

GRANT SELECT ON TABLE public.service_state_event TO shubbak_read;
GRANT SELECT,INSERT ON TABLE public.service_state_event TO shubbak_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sign_in_attempt TO shubbak_app;

GRANT SELECT ON TABLE public.sign_in_count TO shubbak_read;
GRANT SELECT,INSERT,UPDATE ON TABLE public.sign_in_count TO shubbak_app;

GRANT SELECT ON TABLE public.signing_key TO shubbak_read;
GRANT SELECT,INSERT ON TABLE public.signing_key TO shubbak_app;

GRANT UPDATE(retired_at) ON TABLE public.signing_key TO shubbak_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.staff TO shubbak_app;

GRANT SELECT(centre_id) ON TABLE public.staff TO shubbak_read;

GRANT SELECT(id) ON TABLE public.staff TO shubbak_read;

GRANT SELECT(username) ON TABLE public.staff TO shubbak_read;

GRANT SELECT(name_ar) ON TABLE public.staff TO shubbak_read;

GRANT SELECT(name_en) ON TABLE public.staff TO shubbak_read;

GRANT SELECT(role) ON TABLE public.staff TO shubbak_read;

GRANT SELECT(default_window) ON TABLE public.staff TO shubbak_read;

GRANT SELECT(created_at) ON TABLE public.staff TO shubbak_read;

GRANT SELECT(disabled_at) ON TABLE public.staff TO shubbak_read;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.staff_session TO shubbak_app;

GRANT SELECT ON TABLE public.ticket TO shubbak_read;
GRANT SELECT,INSERT,UPDATE ON TABLE public.ticket TO shubbak_app;

GRANT SELECT ON TABLE public.ticket_event TO shubbak_read;
GRANT SELECT,INSERT ON TABLE public.ticket_event TO shubbak_app;

GRANT SELECT ON TABLE public.ticket_given TO shubbak_read;
GRANT SELECT,INSERT ON TABLE public.ticket_given TO shubbak_app;

GRANT SELECT,INSERT,DELETE ON TABLE public.ticket_note TO shubbak_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.ticket_person TO shubbak_app;

GRANT SELECT ON TABLE public.ticket_person_event TO shubbak_read;
GRANT SELECT,INSERT ON TABLE public.ticket_person_event TO shubbak_app;

GRANT SELECT ON TABLE public.ticket_transition TO shubbak_read;
GRANT SELECT ON TABLE public.ticket_transition TO shubbak_app;

GRANT SELECT(one) ON TABLE public.training_mark TO shubbak_app;
GRANT SELECT(one) ON TABLE public.training_mark TO shubbak_read;

GRANT SELECT(made_at) ON TABLE public.training_mark TO shubbak_app;
GRANT SELECT(made_at) ON TABLE public.training_mark TO shubbak_read;

GRANT SELECT(begun_at) ON TABLE public.training_mark TO shubbak_app;
GRANT SELECT(begun_at) ON TABLE public.training_mark TO shubbak_read;

GRANT SELECT ON TABLE public.truth_day TO shubbak_read;
GRANT SELECT,INSERT,UPDATE ON TABLE public.truth_day TO shubbak_app;

GRANT SELECT ON TABLE public.window_alarm TO shubbak_read;
GRANT SELECT,INSERT,UPDATE ON TABLE public.window_alarm TO shubbak_app;

GRANT SELECT ON TABLE public.window_alarm_event TO shubbak_read;
GRANT SELECT,INSERT ON TABLE public.window_alarm_event TO shubbak_app;

GRANT SELECT ON TABLE public.window_event TO shubbak_read;
GRANT SELECT,INSERT ON TABLE public.window_event TO shubbak_app;

GRANT SELECT,INSERT,DELETE ON TABLE public.window_message TO shubbak_app;

GRANT SELECT ON TABLE public.window_message_event TO shubbak_read;
GRANT SELECT,INSERT ON TABLE public.window_message_event TO shubbak_app;

GRANT SELECT,INSERT ON TABLE public.window_message_read TO shubbak_app;

GRANT SELECT ON TABLE public.work_profile TO shubbak_read;
GRANT SELECT,INSERT,UPDATE ON TABLE public.work_profile TO shubbak_app;

GRANT SELECT ON TABLE public.work_profile_queue TO shubbak_read;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.work_profile_queue TO shubbak_app;

GRANT SELECT ON TABLE public.window_now TO shubbak_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.window_reply TO shubbak_app;

GRANT SELECT ON TABLE public.window_scan TO shubbak_read;
GRANT SELECT,INSERT,UPDATE ON TABLE public.window_scan TO shubbak_app;

GRANT SELECT,INSERT,DELETE ON TABLE public.work_document TO shubbak_app;

GRANT UPDATE(made_at) ON TABLE public.work_document TO shubbak_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.work_order TO shubbak_app;

GRANT SELECT(centre_id) ON TABLE public.work_order TO shubbak_read;

GRANT SELECT(id) ON TABLE public.work_order TO shubbak_read;

GRANT SELECT(device_id) ON TABLE public.work_order TO shubbak_read;

GRANT SELECT(kind) ON TABLE public.work_order TO shubbak_read;

GRANT SELECT(attached) ON TABLE public.work_order TO shubbak_read;

GRANT SELECT(copy_of) ON TABLE public.work_order TO shubbak_read;

GRANT SELECT(ordered_at) ON TABLE public.work_order TO shubbak_read;

GRANT SELECT(ordered_by) ON TABLE public.work_order TO shubbak_read;

GRANT SELECT(state) ON TABLE public.work_order TO shubbak_read;

GRANT SELECT(confirmed_by) ON TABLE public.work_order TO shubbak_read;

GRANT SELECT(reason) ON TABLE public.work_order TO shubbak_read;

GRANT SELECT(changed_at) ON TABLE public.work_order TO shubbak_read;

GRANT SELECT(settled_by) ON TABLE public.work_order TO shubbak_read;

GRANT SELECT ON TABLE public.writing_event TO shubbak_read;
GRANT SELECT,INSERT ON TABLE public.writing_event TO shubbak_app;

ALTER DEFAULT PRIVILEGES FOR ROLE shubbak_owner IN SCHEMA public GRANT SELECT ON TABLES TO shubbak_read;

ALTER DEFAULT PRIVILEGES FOR ROLE shubbak_owner REVOKE ALL ON FUNCTIONS FROM PUBLIC;
