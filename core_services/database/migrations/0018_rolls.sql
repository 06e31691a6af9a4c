-- The roll of paper in a device's printer, as its agent counts it.

ALTER TABLE device_presence ADD COLUMN roll jsonb;
COMMENT ON COLUMN device_presence.roll IS
    'loaded_at, used_m, left_m, slips, slips_left, check: the roll by what was fed from it. NULL: no printer, or one that cannot tell when its paper ends.';
