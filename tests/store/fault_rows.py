"""Rows of faults, and for every CHECK on them a statement that breaks it and nothing else."""

from typing import Final

FAULT_ROWS: Final = """
INSERT INTO fault (centre_id, id, kind, stops_work, state, reported_at, reported_by, accepted_at,
       accepted_by, last_at)
VALUES (1, '01930000-0000-7000-8000-000000000007', 'printer', true, 'accepted',
        '2026-11-22 07:00Z', gen_random_uuid(), '2026-11-22 07:10Z', gen_random_uuid(),
        '2026-11-22 07:10Z');
INSERT INTO fault_window (centre_id, fault_id, window_number, reported_at)
VALUES (1, '01930000-0000-7000-8000-000000000007', 5, '2026-11-22 07:00Z');
INSERT INTO fault_stop (centre_id, fault_id, window_number, began_at)
VALUES (1, '01930000-0000-7000-8000-000000000007', 5, '2026-11-22 07:00Z');
INSERT INTO fault_event (centre_id, revision, fault_id, at, event, actor_kind, actor_id)
VALUES (1, 1201, '01930000-0000-7000-8000-000000000007', '2026-11-22 07:00Z', 'reported', 'staff',
        gen_random_uuid());
INSERT INTO fault_report VALUES (1, 1201, '01930000-0000-7000-8000-000000000007', NULL, '/desk',
        '{}');
INSERT INTO fault_words VALUES (1, 1201, '01930000-0000-7000-8000-000000000007',
        '2026-11-22 07:00Z', 'لا تطبع');
"""

FAULT_CHECKS: Final[dict[str, str]] = {
    "fault_diagnosis_is_bounded": "UPDATE fault_report SET diagnosis = '[]'",
    "fault_event_actor_is_known": "UPDATE fault_event SET actor_kind = 'device'",
    "fault_event_is_known": "UPDATE fault_event SET event = 'forgotten'",
    "fault_has_its_reports": "UPDATE fault SET reports = 0",
    "fault_kind_is_known": "UPDATE fault SET kind = 'roof'",
    "fault_screen_is_a_route": "UPDATE fault_report SET screen = '/t/{token}?lang=en'",
    "fault_state_has_its_times": "UPDATE fault SET state = 'mended'",
    "fault_state_is_known": "UPDATE fault SET state = 'forgotten'",
    "fault_stop_ends_after_it_began": "UPDATE fault_stop SET ended_at = '2026-11-22 06:00Z'",
    "fault_times_are_in_order": "UPDATE fault SET accepted_at = '2026-11-22 06:00Z'",
    "fault_window_end_is_known": "UPDATE fault_window SET left_why = 'tired',"
    " left_at = reported_at",
    "fault_window_leaves_after_its_report": "UPDATE fault_window SET left_why = 'handled',"
    " left_at = '2026-11-22 06:00Z'",
    "fault_window_leaves_for_a_reason": "UPDATE fault_window SET left_at = reported_at",
    "fault_words_are_short": "UPDATE fault_words SET text = ''",
}
