"""Rows of equipment and its care, and for every CHECK on them a statement that breaks it alone."""

from typing import Final

MAINTENANCE_ROWS: Final = """
INSERT INTO equipment (centre_id, id, label, kind, model, place, window_number, since, in_use_since)
VALUES (1, '01930000-0000-7000-8000-000000000008', 'PRN-001', 'printer', 'XP-80', 'window', 5,
        '2026-11-22 07:00Z', '2026-11-22 07:00Z');
INSERT INTO maintenance_plan (centre_id, id, title_ar, title_en, kind, every, unit, stops_work,
       steps, made_at)
VALUES (1, '01930000-0000-7000-8000-000000000009', 'تنظيف', '', 'printer', 30, 'day', false, '[]',
        '2026-11-22 07:00Z');
INSERT INTO maintenance_order (centre_id, id, number, equipment_id, origin, title_ar, title_en,
       steps, state, stops_work, opened_at, started_at, minutes)
VALUES (1, '01930000-0000-7000-8000-00000000000a', 1, '01930000-0000-7000-8000-000000000008',
        'hand', 'تنظيف', '', '[]', 'in_work', false, '2026-11-22 07:00Z', '2026-11-22 07:10Z', 5);
INSERT INTO equipment_swap VALUES (1, gen_random_uuid(), '01930000-0000-7000-8000-000000000008',
        gen_random_uuid(), '01930000-0000-7000-8000-00000000000a', '2026-11-22 07:00Z');
INSERT INTO maintenance_event (centre_id, revision, at, subject, subject_id, event, actor_kind)
VALUES (1, 1301, '2026-11-22 07:00Z', 'equipment', '01930000-0000-7000-8000-000000000008', 'added',
        'staff');
"""

MAINTENANCE_CHECKS: Final[dict[str, str]] = {
    "equipment_in_use_has_its_beginning": "UPDATE equipment SET in_use_since = NULL",
    "equipment_is_counted_upwards": "UPDATE equipment SET metres = -0.1",
    "equipment_kind_is_known": "UPDATE equipment SET kind = 'toaster'",
    "equipment_label_is_plain": "UPDATE equipment SET label = 'prn-001'",
    "equipment_model_is_short": "UPDATE equipment SET model = ''",
    "equipment_place_is_known": (
        "UPDATE equipment SET place = 'moon', window_number = NULL, in_use_since = NULL"
    ),
    "equipment_place_names_its_spot": "UPDATE equipment SET window_number = NULL",
    "equipment_room_is_short": (
        "UPDATE equipment SET place = 'room', window_number = NULL, room = ''"
    ),
    "equipment_serial_is_short": "UPDATE equipment SET serial = ''",
    "equipment_swap_is_of_two": "UPDATE equipment_swap SET spare_id = broken_id",
    "maintenance_event_actor_is_known": "UPDATE maintenance_event SET actor_kind = 'device'",
    "maintenance_event_is_known": "UPDATE maintenance_event SET event = 'painted'",
    "maintenance_order_done_text_is_short": (
        "UPDATE maintenance_order SET done_text = repeat('x', 501)"
    ),
    "maintenance_order_end_has_its_counts": "UPDATE maintenance_order SET slips_at_end = 1",
    "maintenance_order_english_is_short": (
        "UPDATE maintenance_order SET title_en = repeat('x', 161)"
    ),
    "maintenance_order_minutes_are_bounded": "UPDATE maintenance_order SET minutes = -1",
    "maintenance_order_number_is_positive": "UPDATE maintenance_order SET number = 0",
    "maintenance_order_origin_is_known": "UPDATE maintenance_order SET origin = 'dream'",
    "maintenance_order_origin_names_its_cause": "UPDATE maintenance_order SET origin = 'plan'",
    "maintenance_order_parts_are_short": "UPDATE maintenance_order SET parts = repeat('x', 301)",
    "maintenance_order_state_has_its_times": "UPDATE maintenance_order SET state = 'open'",
    "maintenance_order_state_is_known": "UPDATE maintenance_order SET state = 'lost'",
    "maintenance_order_steps_are_a_list": "UPDATE maintenance_order SET steps = '{}'",
    "maintenance_order_times_are_in_order": (
        "UPDATE maintenance_order SET started_at = '2026-11-22 06:00Z'"
    ),
    "maintenance_order_title_is_short": "UPDATE maintenance_order SET title_ar = ''",
    "maintenance_plan_comes_round": "UPDATE maintenance_plan SET every = 0",
    "maintenance_plan_count_is_positive": (
        "UPDATE maintenance_plan SET every_count = 0, counter = 'slips'"
    ),
    "maintenance_plan_counter_is_known": (
        "UPDATE maintenance_plan SET every_count = 5, counter = 'sheep'"
    ),
    "maintenance_plan_second_count_is_positive": (
        "UPDATE maintenance_plan SET every_count = 5, counter = 'slips', or_count = 0,"
        " or_counter = 'rolls'"
    ),
    "maintenance_plan_second_counter_is_another": (
        "UPDATE maintenance_plan SET every_count = 5, counter = 'slips', or_count = 5,"
        " or_counter = 'slips'"
    ),
    "maintenance_plan_second_counter_is_known": (
        "UPDATE maintenance_plan SET every_count = 5, counter = 'slips', or_count = 5,"
        " or_counter = 'sheep'"
    ),
    "maintenance_plan_ends_after_it_is_made": (
        "UPDATE maintenance_plan SET ended_at = '2026-11-22 06:00Z'"
    ),
    "maintenance_plan_english_is_short": "UPDATE maintenance_plan SET title_en = repeat('x', 121)",
    "maintenance_plan_has_its_measure": "UPDATE maintenance_plan SET unit = NULL",
    "maintenance_plan_is_of_a_kind_or_a_piece": "UPDATE maintenance_plan SET kind = NULL",
    "maintenance_plan_kind_is_known": "UPDATE maintenance_plan SET kind = 'toaster'",
    "maintenance_plan_steps_are_a_list": "UPDATE maintenance_plan SET steps = '{}'",
    "maintenance_plan_title_is_short": "UPDATE maintenance_plan SET title_ar = ''",
    "maintenance_plan_unit_is_known": "UPDATE maintenance_plan SET unit = 'moon'",
    "maintenance_transition_is_known": (
        "UPDATE maintenance_event SET subject = 'order', event = 'start', from_state = 'done',"
        " to_state = 'in_work'"
    ),
}
