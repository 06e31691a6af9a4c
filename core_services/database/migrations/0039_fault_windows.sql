-- readable-by: nobody
-- A machine may serve several windows: one fault of it concerns each window that reported it, with
-- that window's alarm and the time for which that window stood still.

CREATE TABLE fault_window (
    centre_id integer NOT NULL,
    fault_id uuid NOT NULL,
    window_number smallint NOT NULL,
    reported_at timestamptz NOT NULL,
    alarm_id uuid,
    left_at timestamptz,
    left_why text CONSTRAINT fault_window_end_is_known
        CHECK (left_why IN ('handled', 'false_alarm', 'withdrawn', 'other')),
    CONSTRAINT fault_window_pk PRIMARY KEY (centre_id, fault_id, window_number),
    CONSTRAINT fault_window_fault_fk FOREIGN KEY (centre_id, fault_id)
        REFERENCES fault (centre_id, id),
    CONSTRAINT fault_window_window_fk FOREIGN KEY (centre_id, window_number)
        REFERENCES service_window (centre_id, number),
    CONSTRAINT fault_window_alarm_fk FOREIGN KEY (centre_id, alarm_id)
        REFERENCES window_alarm (centre_id, id),
    CONSTRAINT fault_window_leaves_for_a_reason CHECK ((left_at IS NULL) = (left_why IS NULL)),
    CONSTRAINT fault_window_leaves_after_its_report CHECK (reported_at <= left_at)
);
CREATE UNIQUE INDEX fault_window_alarm ON fault_window (centre_id, alarm_id);
COMMENT ON COLUMN fault_window.alarm_id IS 'The alarm of that window which goes with the fault, from its rise to its close.';
COMMENT ON COLUMN fault_window.left_at IS
    'Since when this window has nothing of it any more though the fault went on; NULL: it stands, or stood to the end.';

-- What stands already: the window of each fault with its alarm; and of faults that are open the other
-- windows that reported them, whose alarms stand by themselves.
INSERT INTO fault_window (centre_id, fault_id, window_number, reported_at, alarm_id)
SELECT f.centre_id, f.id, coalesce(a.window_number, f.window_number), f.reported_at, f.alarm_id
  FROM fault f
  LEFT JOIN window_alarm a ON a.centre_id = f.centre_id AND a.id = f.alarm_id
 WHERE f.window_number IS NOT NULL OR f.alarm_id IS NOT NULL;

INSERT INTO fault_window (centre_id, fault_id, window_number, reported_at, alarm_id)
SELECT DISTINCT ON (a.centre_id, a.id) f.centre_id, f.id, a.window_number,
       greatest(a.raised_at, f.reported_at), a.id
  FROM window_alarm a
  JOIN fault f ON f.centre_id = a.centre_id AND f.kind = a.category
   AND f.device_id IS NOT NULL AND f.state IN ('reported', 'accepted')
 WHERE a.kind = 'fault' AND a.closed_at IS NULL
   AND EXISTS (SELECT 1 FROM fault_report r WHERE r.centre_id = f.centre_id AND r.fault_id = f.id
                                              AND r.window_number = a.window_number)
   AND NOT EXISTS (SELECT 1 FROM fault_window w WHERE w.centre_id = a.centre_id AND w.alarm_id = a.id)
 ORDER BY a.centre_id, a.id, f.reported_at
ON CONFLICT DO NOTHING;

ALTER TABLE fault DROP COLUMN alarm_id;
COMMENT ON COLUMN fault.window_number IS
    'The first window that reported it, where windows alone did: it is over with the last of them. NULL: somebody reported the machine itself, or the hall.';

CREATE FUNCTION fault_facts(p_fault fault) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = public AS $$
    SELECT to_jsonb(p_fault) || jsonb_build_object('windows', coalesce(
        (SELECT jsonb_agg(to_jsonb(w) ORDER BY w.reported_at, w.window_number)
           FROM fault_window w
          WHERE w.centre_id = p_fault.centre_id AND w.fault_id = p_fault.id), '[]'))
$$;
COMMENT ON FUNCTION fault_facts(fault) IS 'A fault with its windows, in the order of their reports.';

-- ------------------------------------------------------------------ what stood still
ALTER TABLE fault_stop ADD COLUMN window_number smallint;
UPDATE fault_stop s SET window_number = f.window_number FROM fault f
 WHERE f.centre_id = s.centre_id AND f.id = s.fault_id AND f.window_number IS NOT NULL;
ALTER TABLE fault_stop DROP CONSTRAINT fault_stop_pk;
ALTER TABLE fault_stop ADD CONSTRAINT fault_stop_begins_once
    UNIQUE NULLS NOT DISTINCT (centre_id, fault_id, window_number, began_at);
ALTER TABLE fault_stop ADD CONSTRAINT fault_stop_window_fk
    FOREIGN KEY (centre_id, fault_id, window_number)
    REFERENCES fault_window (centre_id, fault_id, window_number);
DROP INDEX fault_stop_open;
CREATE UNIQUE INDEX fault_stop_open ON fault_stop (centre_id, fault_id, window_number)
    NULLS NOT DISTINCT WHERE ended_at IS NULL;
COMMENT ON COLUMN fault_stop.window_number IS
    'The window that stands still; NULL: it was said of the machine, or of the hall. The machine stands still while any row of its fault does.';

ALTER TABLE fault_event DROP CONSTRAINT fault_event_is_known;
ALTER TABLE fault_event ADD CONSTRAINT fault_event_is_known CHECK (event IN
    ('reported', 'joined', 'accepted', 'noted', 'window_left', 'mended', 'dismissed', 'reopened'));

GRANT SELECT, INSERT, UPDATE ON fault_window TO shubbak_app;
GRANT SELECT ON fault_window TO shubbak_read;
GRANT EXECUTE ON FUNCTION fault_facts(fault) TO shubbak_app, shubbak_read;
