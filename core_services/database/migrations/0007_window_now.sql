-- Every window as it stands: its profile, its queues, and the ticket in its hand, as one document.
-- A view, so that the hall is read by one statement: one round trip, and one snapshot by itself.
CREATE VIEW window_now AS
SELECT w.centre_id, w.number,
       to_jsonb(w) || jsonb_build_object(
           'priority_first', p.priority_first, 'queues', coalesce(q.queues, '{}'),
           'ticket', to_jsonb(t), 'gives_way', is_stand_in(w)) AS facts
  FROM service_window w
  JOIN work_profile p ON p.centre_id = w.centre_id AND p.code = w.profile
  LEFT JOIN LATERAL (SELECT array_agg(queue ORDER BY queue) AS queues
                       FROM work_profile_queue
                      WHERE centre_id = w.centre_id AND profile = w.profile) q ON true
  LEFT JOIN ticket t ON t.centre_id = w.centre_id AND t.window_number = w.number
   AND t.state IN ('called', 'serving');

GRANT SELECT ON window_now TO shubbak_app;
REVOKE SELECT ON window_now FROM shubbak_read;
