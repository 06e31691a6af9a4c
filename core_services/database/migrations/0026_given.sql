-- Numbers of which the server hears after they were given: by a kiosk that was cut off, by a server of another
-- epoch before its backup was put back, or at a desk to which somebody brings such a slip.
--
-- They count, and their waits do not: nobody measured them. Their channels mark them, so that the claim of
-- fairness and every figure of waits leave them out.

-- ------------------------------------------------------------------ where they come from, and their event
ALTER TABLE ticket
    DROP CONSTRAINT ticket_channel_is_known,
    ADD CONSTRAINT ticket_channel_is_known CHECK (channel IN ('kiosk', 'api', 'desk', 'phone',
        'reception', 'emergency', 'appointment', 'carried', 'adopted', 'kiosk_offline', 'restored'));

-- What was heard of late is counted beside the published rule; hardly ever many.
CREATE INDEX ticket_late ON ticket (centre_id, business_day)
    WHERE channel IN ('adopted', 'kiosk_offline', 'restored');

-- `given`: the kiosk's own word about a slip that a desk had adopted.
INSERT INTO ticket_transition (event, from_state, to_state)
SELECT 'given', state, state
  FROM unnest(ARRAY['unconfirmed', 'waiting', 'called', 'serving', 'parked', 'no_show', 'finished', 'cancelled',
                    'void', 'lapsed']) state;

CREATE TABLE ticket_given (
    centre_id integer NOT NULL,
    device_id uuid NOT NULL,
    key text NOT NULL CONSTRAINT given_key_is_short CHECK (length(key) BETWEEN 8 AND 64),
    ticket_id uuid NOT NULL,
    business_day date NOT NULL,
    label text NOT NULL,
    outcome text NOT NULL
        CONSTRAINT given_outcome_is_known CHECK (outcome IN ('made', 'merged', 'known', 'refused')),
    taken_at timestamptz NOT NULL,
    arrived_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    CONSTRAINT ticket_given_pk PRIMARY KEY (centre_id, device_id, key),
    CONSTRAINT ticket_given_device_fk FOREIGN KEY (centre_id, device_id) REFERENCES device (centre_id, id),
    CONSTRAINT ticket_given_ticket_fk FOREIGN KEY (centre_id, ticket_id) REFERENCES ticket (centre_id, id),
    CONSTRAINT given_number_came_before_it_was_heard_of CHECK (arrived_at <= received_at)
);
CREATE INDEX ticket_given_ticket ON ticket_given (ticket_id, centre_id);
CREATE INDEX ticket_given_received ON ticket_given (centre_id, received_at);
COMMENT ON TABLE ticket_given IS
    'What became of each number that a kiosk delivered: its ticket, or of a refused one the ticket that has its label.';

-- ------------------------------------------------------------------ when a device was not heard
CREATE TABLE device_cut (
    centre_id integer NOT NULL,
    device_id uuid NOT NULL,
    lost_at timestamptz NOT NULL,
    back_at timestamptz NOT NULL,
    CONSTRAINT device_cut_pk PRIMARY KEY (centre_id, device_id, back_at),
    CONSTRAINT device_cut_device_fk FOREIGN KEY (centre_id, device_id) REFERENCES device (centre_id, id),
    CONSTRAINT device_cut_has_a_length CHECK (lost_at < back_at)
);
COMMENT ON TABLE device_cut IS
    'From its last word before to its first word after: only then can a number that it gave by itself have been given.';

-- Kept with the heartbeat that ends it, by whichever process hears it; a month of them is enough.
CREATE FUNCTION note_cut() RETURNS trigger
LANGUAGE plpgsql SET search_path = public AS $$
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
CREATE TRIGGER note_first_word AFTER INSERT ON device_presence
    FOR EACH ROW EXECUTE FUNCTION note_cut();
CREATE TRIGGER note_cut AFTER UPDATE ON device_presence
    FOR EACH ROW WHEN (OLD.seen_at < NEW.seen_at - interval '10 seconds') EXECUTE FUNCTION note_cut();

-- ------------------------------------------------------------------ rights
GRANT SELECT, INSERT ON ticket_given TO shubbak_app;
GRANT SELECT, INSERT, DELETE ON device_cut TO shubbak_app;
GRANT SELECT ON ticket_given, device_cut TO shubbak_read;

-- ------------------------------------------------------------------ rollups
-- Beside what it did: the paper that a kiosk tells of with `given` counts as it does with `confirm`, and of a
-- number of which the server heard late no wait is measured.
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
