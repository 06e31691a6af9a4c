-- readable-by: 0031
-- A maintenance plan may count by two counters: the head is cleaned every 5 rolls or 50,000 slips.

ALTER TABLE maintenance_plan ADD COLUMN or_count integer
    CONSTRAINT maintenance_plan_second_count_is_positive CHECK (or_count > 0);
ALTER TABLE maintenance_plan ADD COLUMN or_counter text
    CONSTRAINT maintenance_plan_second_counter_is_known
    CHECK (or_counter IN ('slips', 'metres', 'rolls'));
ALTER TABLE maintenance_plan ADD CONSTRAINT maintenance_plan_second_counter_is_another
    CHECK ((or_count IS NULL) = (or_counter IS NULL)
           AND (or_counter IS NULL OR (counter IS NOT NULL AND counter <> or_counter)));
COMMENT ON COLUMN maintenance_plan.or_count IS 'Whichever of the measures is first.';
