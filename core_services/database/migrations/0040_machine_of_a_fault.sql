-- readable-by: 0039
-- A fault is read with the name of its machine, which outlives the machine's time in use.

CREATE OR REPLACE FUNCTION fault_facts(p_fault fault) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = public AS $$
    SELECT to_jsonb(p_fault) || jsonb_build_object(
        'machine',
        (SELECT jsonb_build_object('name', d.name, 'kind', d.kind, 'in_use', d.revoked_at IS NULL)
           FROM device d WHERE d.centre_id = p_fault.centre_id AND d.id = p_fault.device_id),
        'windows', coalesce(
        (SELECT jsonb_agg(to_jsonb(w) ORDER BY w.reported_at, w.window_number)
           FROM fault_window w
          WHERE w.centre_id = p_fault.centre_id AND w.fault_id = p_fault.id), '[]'))
$$;
COMMENT ON FUNCTION fault_facts(fault) IS 'A fault with its machine, and its windows in the order of their reports.';
