-- The pace of a queue is learnt only from services of which somebody saw both ends. Left out are
-- those whose start was implied by their finish (a called ticket ended by the next call lasts nothing),
-- and those that nobody ended in time: longer than two hours, or past the end of their own day.
-- The other statistics stay the sum of all events.

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
                  JOIN centre c ON c.id = e.centre_id
                 WHERE e.event = 'finish' AND t.started_at < t.finished_at
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
    RETURN NULL;
END $$;

COMMENT ON TABLE queue_pace IS
    'Durations of the last 50 services of a queue that somebody started and ended in time, in whole seconds.';

-- What was learnt before: a service that lasted less than half a second was an implied one.
UPDATE queue_pace p
   SET recent_s = k.recent, mean_s = k.mean_s, p10_s = k.p10_s, p90_s = k.p90_s
  FROM queue_pace o
 CROSS JOIN LATERAL (
       SELECT coalesce(array_agg(x ORDER BY nth), '{}') AS recent,
              coalesce(avg(x)::integer, 300) AS mean_s,
              coalesce(percentile_cont(0.1) WITHIN GROUP (ORDER BY x)::integer, 300) AS p10_s,
              coalesce(percentile_cont(0.9) WITHIN GROUP (ORDER BY x)::integer, 300) AS p90_s
         FROM unnest(o.recent_s) WITH ORDINALITY AS each (x, nth)
        WHERE x BETWEEN 1 AND 7200) k
 WHERE o.centre_id = p.centre_id AND o.queue = p.queue
   AND cardinality(k.recent) < cardinality(o.recent_s);
