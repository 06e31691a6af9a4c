-- Programs that keep a window until a person comes: their scope, and the event of a person's coming.

ALTER TABLE api_key DROP CONSTRAINT api_key_scopes_are_known;
ALTER TABLE api_key ADD CONSTRAINT api_key_scopes_are_known CHECK (cardinality(scopes) > 0
    AND scopes <@ ARRAY['read', 'issue', 'act', 'stand_in', 'supervise', 'metrics', 'admin']);

ALTER TABLE window_event DROP CONSTRAINT window_transition_is_known;
ALTER TABLE window_event ADD CONSTRAINT window_transition_is_known CHECK ((event, from_state, to_state) IN (
    ('open', 'closed', 'open'), ('resume', 'paused', 'open'), ('pause', 'open', 'paused'),
    ('close', 'open', 'closed'), ('close', 'paused', 'closed'),
    ('take_over', 'open', 'open'), ('take_over', 'paused', 'open')));

-- Say whether a window stands open under a key that acts in place of people.
CREATE FUNCTION is_stand_in(p_window service_window) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public AS $$
    SELECT p_window.opened_by_kind = 'key' AND EXISTS (
        SELECT 1 FROM api_key k
         WHERE k.centre_id = p_window.centre_id AND k.id = p_window.opened_by
           AND 'stand_in' = ANY (k.scopes) AND NOT 'act' = ANY (k.scopes))
$$;
GRANT EXECUTE ON FUNCTION is_stand_in(service_window) TO shubbak_app;
