"""What may never be is refused by the database itself, whoever writes it and however."""

from collections.abc import AsyncIterator
from itertools import product
from typing import Final, get_args

import asyncpg
import pytest

from core_services.database.pool import Connection, Pool, open_pool
from queue_server.tickets.acts import Queue
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.lifecycle import TRANSITIONS, WINDOW_TRANSITIONS
from queue_server.tickets.model import (
    PlainAct,
    TicketEventKind,
    TicketState,
    WindowEventKind,
    WindowState,
)
from tests.store.fault_rows import FAULT_CHECKS, FAULT_ROWS
from tests.store.maintenance_rows import MAINTENANCE_CHECKS, MAINTENANCE_ROWS
from tests.support.clock import ManualClock
from tests.support.database import Database, Servers, fresh_database
from tests.support.queue import KEY, make_centre, open_queue, open_windows
from tests.support.training import BROKEN_IN_TRAINING

ROWS: Final = """
INSERT INTO staff (centre_id, id, username, name_ar, name_en, role, password_hash, created_at)
VALUES (1, '01930000-0000-7000-8000-000000000001', 'mona', 'منى', 'Mona', 'clerk', '$argon2id$x',
        '2026-11-22 07:00Z');
INSERT INTO staff_session (token_hash, centre_id, staff_id, csrf, created_at, seen_at, expires_at)
VALUES (sha256('s'), 1, '01930000-0000-7000-8000-000000000001', '', '2026-11-22 07:00Z',
        '2026-11-22 07:00Z', '2026-11-22 19:00Z');
INSERT INTO sign_in_attempt VALUES (1, 'account', sha256('a'), 1, '2026-11-22 07:00Z',
        '2026-11-22 07:00Z');
INSERT INTO api_key (centre_id, id, name, prefix, key_hash, scopes, created_at)
VALUES (1, gen_random_uuid(), 'panel', 'shubbak_x', sha256('k'), '{read}', '2026-11-22 07:00Z');
INSERT INTO people_event (centre_id, revision, at, event, subject_kind, subject_id, actor_kind)
VALUES (1, 1001, '2026-11-22 07:00Z', 'created', 'staff', gen_random_uuid(), 'system');
INSERT INTO centre_event (centre_id, revision, at, event, actor_kind)
VALUES (1, 1002, '2026-11-22 07:00Z', 'loaded', 'system');
INSERT INTO backup_run (centre_id, id, began_at, ended_at, file, bytes)
VALUES (1, gen_random_uuid(), '2026-11-22 07:00Z', '2026-11-22 07:01Z', 'a.shubbak', 1);
INSERT INTO signing_key (centre_id, id, public_key, created_at)
VALUES (1, 'k', sha256('k'), '2026-11-22 07:00Z');
INSERT INTO device (centre_id, id, kind, name, token_hash, created_at)
VALUES (1, '01930000-0000-7000-8000-000000000002', 'kiosk', 'K1', sha256('d'), '2026-11-22 07:00Z');
INSERT INTO device_event (centre_id, revision, device_id, at, event, actor_kind)
VALUES (1, 1003, '01930000-0000-7000-8000-000000000002', '2026-11-22 07:00Z', 'added', 'system');
INSERT INTO device_presence (centre_id, device_id, seen_at, version, connected_by, connected_until)
VALUES (1, '01930000-0000-7000-8000-000000000002', '2026-11-22 07:00Z', '1', gen_random_uuid(),
        '2026-11-22 07:01Z');
INSERT INTO offline_letter VALUES (1, 'K', '01930000-0000-7000-8000-000000000002',
        '2026-11-22 07:00Z');
INSERT INTO offline_series VALUES (1, 'K', 101, 1000, '01930000-0000-7000-8000-000000000002', 'j',
        '2026-11-22 07:00Z');
INSERT INTO device_cut VALUES (1, '01930000-0000-7000-8000-000000000002', '2026-11-22 06:00Z',
        '2026-11-22 07:00Z');
INSERT INTO ticket_given VALUES (1, '01930000-0000-7000-8000-000000000002', 'offline-key',
        gen_random_uuid(), '2026-11-22', 'K101', 'made', '2026-11-22 06:30Z', '2026-11-22 06:30Z',
        '2026-11-22 07:00Z');
INSERT INTO device_pairing (centre_id, id, kind, name, salt, secret, opened_at, expires_at,
        attempts, tried_at)
VALUES (1, '01930000-0000-7000-8000-000000000005', 'kiosk', 'K9',
        decode(repeat('00', 16), 'hex'), sha256('c'), '2026-11-22 07:00Z', '2026-11-22 07:10Z', 1,
        '2026-11-22 07:01Z');
INSERT INTO pairing_event (centre_id, revision, pairing_id, at, event, actor_kind)
VALUES (1, 1201, '01930000-0000-7000-8000-000000000005', '2026-11-22 07:00Z', 'opened', 'system');
INSERT INTO pairing_attempt VALUES (1, sha256('a'), '2026-11-22 07:00Z', 1);
INSERT INTO device_command (centre_id, id, device_id, kind, payload, created_at)
VALUES (1, gen_random_uuid(), '01930000-0000-7000-8000-000000000002', 'reprint', '{}',
        '2026-11-22 07:00Z');
INSERT INTO device_picture (centre_id, device_id, errand_id, taken_at, content)
VALUES (1, '01930000-0000-7000-8000-000000000002', gen_random_uuid(), '2026-11-22 07:00Z',
        'RIFF....WEBP');
INSERT INTO help_call (centre_id, id, device_id, asked_at)
VALUES (1, gen_random_uuid(), '01930000-0000-7000-8000-000000000002', '2026-11-22 07:00Z');
INSERT INTO policy_now (centre_id) VALUES (1);
INSERT INTO policy_version (centre_id, version, state, body, created_at, changed_at)
VALUES (1, 1, 'draft', '{}', '2026-11-22 07:00Z', '2026-11-22 07:00Z');
INSERT INTO policy_event (centre_id, revision, at, event, version, actor_kind)
VALUES (1, 1004, '2026-11-22 07:00Z', 'drafted', 1, 'system');
INSERT INTO ticket_person (centre_id, ticket_id, business_day, at, phone_hash, phone_sealed)
VALUES (1, gen_random_uuid(), '2026-11-22', '2026-11-22 07:00Z', sha256('p'), 'p');
INSERT INTO emergency_batch (centre_id, number, for_day, series, first_number, last_number,
        printed_at, printed_by_kind)
VALUES (1, 1, '2026-11-22', 'T', 101, 200, '2026-11-22 07:00Z', 'system');
INSERT INTO emergency_event (centre_id, revision, batch, at, event, actor_kind)
VALUES (1, 1004, 1, '2026-11-22 07:00Z', 'printed', 'system');
INSERT INTO command_claim (centre_id, scope, fingerprint, at, status)
VALUES (1, sha256('c'), '', '2026-11-22 07:00Z', 200);
INSERT INTO service_state_event (centre_id, revision, kind, code, at, event, reason, actor_kind)
VALUES (1, 1101, 'service', 'reconciliation', '2026-11-22 07:00Z', 'down', 'network', 'staff');
INSERT INTO service_state (centre_id, kind, code, is_down, reason, since, last_at, revision)
VALUES (1, 'service', 'reconciliation', true, 'network', '2026-11-22 07:00Z', '2026-11-22 07:00Z',
        1101);
INSERT INTO feedback_event (centre_id, revision, ticket_id, at, event, score, reasons, channel)
VALUES (1, 1102, '01930000-0000-7000-8000-000000000003', '2026-11-22 07:00Z', 'answer', 'fair',
        '{waiting}', 'phone');
INSERT INTO feedback (centre_id, ticket_id, score, reasons, answered_at, last_at)
VALUES (1, '01930000-0000-7000-8000-000000000003', 'fair', '{waiting}', '2026-11-22 07:00Z',
        '2026-11-22 07:00Z');
INSERT INTO feedback_text (centre_id, ticket_id, text, answered_at)
VALUES (1, '01930000-0000-7000-8000-000000000003', 'طال الانتظار', '2026-11-22 07:00Z');
INSERT INTO ticket_person_event (centre_id, revision, at, event, ticket_id, state, actor_kind,
        reason)
VALUES (1, 1004, '2026-11-22 07:00Z', 'bind', gen_random_uuid(), 'serving', 'system', 'both');
INSERT INTO pattern_event (centre_id, revision, at, event, kind, ticket_id, n, actor_kind)
VALUES (1, 1005, '2026-11-22 07:00Z', 'seen', 'id-day', gen_random_uuid(), 4, 'system');
INSERT INTO duration_rollup VALUES (1, 'wait', 'none yet', 'none', 60, 1, 1);
INSERT INTO window_alarm (centre_id, id, kind, window_number, category, raised_at, raised_by)
VALUES (1, '01930000-0000-7000-8000-000000000003', 'fault', 5, 'printer', '2026-11-22 07:00Z',
        gen_random_uuid());
INSERT INTO window_alarm_event (centre_id, revision, alarm_id, window_number, kind, at, event,
        actor_kind)
VALUES (1, 1004, '01930000-0000-7000-8000-000000000003', 5, 'fault', '2026-11-22 07:00Z',
        'raised', 'staff');
INSERT INTO window_message (centre_id, id, toward, window_number, sent_at, sent_by, text)
VALUES (1, gen_random_uuid(), 'supervisor', 5, '2026-11-22 07:00Z', gen_random_uuid(), 'x');
INSERT INTO window_message_event (centre_id, revision, message_id, at, event, actor_kind)
VALUES (1, 1005, gen_random_uuid(), '2026-11-22 07:00Z', 'sent', 'staff');
INSERT INTO ticket_note (centre_id, id, ticket_id, window_number, written_at, written_by, text)
VALUES (1, gen_random_uuid(), gen_random_uuid(), 5, '2026-11-22 07:00Z', gen_random_uuid(), 'x');
INSERT INTO window_reply (centre_id, business_day, window_number, written_by, written_at, text)
VALUES (1, '2026-11-22', 5, gen_random_uuid(), '2026-11-22 07:00Z', 'x');
INSERT INTO writing_event (centre_id, revision, window_number, at, event, actor_kind, actor_id)
VALUES (1, 1006, 5, '2026-11-22 07:00Z', 'reply', 'staff', gen_random_uuid());
INSERT INTO appointment_plan (centre_id, id, kind, weekdays, opens, closes, slot_minutes, capacity,
       walk_in_percent, horizon_days, valid_from, valid_to)
VALUES (1, '01930000-0000-7000-8000-000000000003', 'visit', '{7}', '09:00', '14:00', 30, 4, 50, 14,
        '2026-11-01', '2026-12-01');
INSERT INTO appointment_closure VALUES (1, '2026-11-25', 'عطلة');
INSERT INTO appointment_plan_event (centre_id, revision, at, event, plan_id, actor_kind)
VALUES (1, 1004, '2026-11-22 07:00Z', 'made', '01930000-0000-7000-8000-000000000003', 'system');
INSERT INTO appointment (centre_id, id, first_id, plan_id, kind, day, starts_at, ends_at, seat,
       state, code, token, language, booked_at, revision, last_at)
VALUES (1, '01930000-0000-7000-8000-000000000004', '01930000-0000-7000-8000-000000000004',
        '01930000-0000-7000-8000-000000000003', 'visit', '2026-11-22', '2026-11-22 08:30Z',
        '2026-11-22 09:00Z', 1, 'booked', '47298381', 'ABCDEFGHIJKLMNOP', 'ar', '2026-11-22 07:00Z',
        1005, '2026-11-22 07:00Z');
INSERT INTO appointment_event (centre_id, revision, appointment_id, at, event, from_state, to_state,
       via, actor_kind)
VALUES (1, 1005, '01930000-0000-7000-8000-000000000004', '2026-11-22 07:00Z', 'book', 'none',
        'booked', 'page', 'system');
INSERT INTO appointment_person VALUES (1, '01930000-0000-7000-8000-000000000004', sha256('a'), 'x');
INSERT INTO appointment_file VALUES (1, '01930000-0000-7000-8000-000000000004', 1, 'x');
INSERT INTO appointment_attempt VALUES (1, 'address', sha256('a'), '2026-11-22 07:00Z', 1);
INSERT INTO work_document (centre_id, sha256, media_type, content, made_at)
VALUES (1, sha256('%PDF'), 'application/pdf', '%PDF', '2026-11-22 07:00Z');
INSERT INTO work_order (centre_id, id, device_id, kind, title_ar, title_en, document, ordered_at,
        changed_at)
VALUES (1, gen_random_uuid(), '01930000-0000-7000-8000-000000000002', 'page', 'صفحة', 'Page',
        sha256('%PDF'), '2026-11-22 07:00Z', '2026-11-22 07:00Z');
INSERT INTO window_scan (centre_id, window_number, id, device_id, scanned_at, meaning)
VALUES (1, 5, gen_random_uuid(), '01930000-0000-7000-8000-000000000002', '2026-11-22 07:00Z',
        'unknown');
INSERT INTO estimate_event (centre_id, revision, at, business_day, place, queue, low_s, likely_s,
        high_s, raw_low_s, raw_high_s, model)
VALUES (1, 1006, '2026-11-22 07:00Z', '2026-11-22', 'hall', 'U', 0, 120, 300, 60, 200, 'run');
INSERT INTO estimate_backtest (centre_id, business_day, claimed_at, claimed_by)
VALUES (1, '2026-11-22', '2026-11-22 07:00Z', gen_random_uuid());
INSERT INTO move_event (centre_id, revision, at, business_day, kind, window_number, until,
        counts_until, people, before, low, likely, high)
VALUES (1, 1022, '2026-11-22 07:00Z', '2026-11-22', 'open', 7, '2026-11-22 08:00Z',
        '2026-11-22 08:00Z', 80, 2880, 900, 1320, 1800);
INSERT INTO figure_progress (centre_id) VALUES (1);
INSERT INTO figure_day VALUES (1, '2026-11-21', 1, 1800, '2026-11-22 07:00Z');
INSERT INTO day_figure
SELECT (jsonb_populate_record(NULL::day_figure, jsonb_object_agg(a.attname,
        CASE a.attname WHEN 'centre_id' THEN '1' WHEN 'business_day' THEN '"2026-11-21"'
             WHEN 'slice' THEN '"all"' WHEN 'key' THEN '""' WHEN 'hour' THEN '-1'
             ELSE CASE WHEN a.attndims > 0 THEN '[]' ELSE '0' END END::jsonb))).*
  FROM pg_attribute a WHERE a.attrelid = 'day_figure'::regclass AND a.attnum > 0;
INSERT INTO daily_report VALUES (1, '2026-11-22', 0, '2026-11-22 12:30Z', NULL,
        decode('89504e470d0a1a0a', 'hex'), '%PDF-', 'x', 'x');
INSERT INTO export_job (centre_id, id, kind, format, language, first_day, last_day, asked_by,
        asked_at, process_id, changed_at)
VALUES (1, gen_random_uuid(), 'tickets', 'csv', 'ar', '2026-11-01', '2026-11-22',
        gen_random_uuid(), '2026-11-22 07:00Z', gen_random_uuid(), '2026-11-22 07:00Z');
INSERT INTO alarm_episode (centre_id, id, kind, subject, facts, is_grave, level, raised_at, last_at)
VALUES (1, '01930000-0000-7000-8000-000000000005', 'idle-window', '5', '{}', false, 0,
        '2026-11-22 07:00Z', '2026-11-22 07:00Z');
INSERT INTO alarm_event (centre_id, revision, alarm_id, at, event, kind, subject, level, actor_kind)
VALUES (1, 1103, '01930000-0000-7000-8000-000000000005', '2026-11-22 07:00Z', 'raised',
        'idle-window', '5', 0, 'system');
INSERT INTO broadcast (centre_id, id, kind, text_ar, glasses, sent_at, sent_by_kind, sent_by,
        starts_at)
VALUES (1, '01930000-0000-7000-8000-000000000006', 'notice', 'تنبيه', '{board}',
        '2026-11-22 07:00Z', 'staff', gen_random_uuid(), '2026-11-22 07:00Z');
INSERT INTO broadcast_event (centre_id, revision, broadcast_id, at, event, kind, actor_kind,
        actor_id)
VALUES (1, 1104, '01930000-0000-7000-8000-000000000006', '2026-11-22 07:00Z', 'sent', 'notice',
        'staff', gen_random_uuid());
"""
"""A row for each table that a morning at the windows leaves empty."""

BROKEN: Final[dict[str, str]] = {
    "a_person_acknowledges_an_alarm": "UPDATE alarm_event SET event = 'acknowledged'",
    "acknowledged_alarm_has_its_person": "UPDATE alarm_episode SET acknowledged_at = raised_at",
    "alarm_episode_facts_are_an_object": "UPDATE alarm_episode SET facts = '[]'",
    "alarm_episode_kind_is_a_word": "UPDATE alarm_episode SET kind = 'Idle window'",
    "alarm_episode_level_is_counted": "UPDATE alarm_episode SET level = -1",
    "alarm_episode_subject_is_short": "UPDATE alarm_episode SET subject = ''",
    "alarm_episode_times_are_in_order": (
        "UPDATE alarm_episode SET cleared_at = raised_at - interval '1 second'"
    ),
    "alarm_event_actor_is_known": (
        "UPDATE alarm_event SET event = 'acknowledged', actor_kind = 'device',"
        " actor_id = gen_random_uuid()"
    ),
    "alarm_event_is_known": "UPDATE alarm_event SET event = 'shouted'",
    "broadcast_ends_after_it_starts": "UPDATE broadcast SET ends_at = starts_at",
    "broadcast_english_is_short": "UPDATE broadcast SET text_en = repeat('x', 241)",
    "broadcast_event_actor_is_known": "UPDATE broadcast_event SET actor_kind = 'device'",
    "broadcast_event_is_known": "UPDATE broadcast_event SET event = 'shouted'",
    "broadcast_glasses_are_known": "UPDATE broadcast SET glasses = '{board,roof}'",
    "broadcast_has_a_text": "UPDATE broadcast SET text_ar = ''",
    "broadcast_kind_is_known": "UPDATE broadcast SET kind = 'advertisement'",
    "broadcast_phrase_is_a_word": "UPDATE broadcast SET phrase = 'Two words'",
    "broadcast_sender_is_known": "UPDATE broadcast SET sent_by_kind = 'device'",
    "broadcast_times_are_in_order": (
        "UPDATE broadcast SET ended_at = sent_at - interval '1 second', ended_by = sent_by"
    ),
    "emergency_has_no_end_of_its_own": (
        "UPDATE broadcast SET kind = 'emergency', ends_at = sent_at + interval '1 hour',"
        " glasses = '{board,kiosk,face,phone,desk}'"
    ),
    "emergency_stands_on_every_glass": "UPDATE broadcast SET kind = 'emergency'",
    "ended_broadcast_has_its_person": "UPDATE broadcast SET ended_at = sent_at",
    "only_an_emergency_silences_calls": "UPDATE broadcast SET calls_go_on = false",
    "appointment_code_is_eight_digits": "UPDATE appointment SET code = '12345670'",
    "appointment_event_actor_is_known": "UPDATE appointment_event SET actor_kind = 'ghost'",
    "appointment_event_via_is_known": "UPDATE appointment_event SET via = 'window'",
    "appointment_kind_is_known": "UPDATE appointment SET kind = 'party'",
    "appointment_language_is_known": "UPDATE appointment SET language = 'fr'",
    "appointment_moves_are_counted": "UPDATE appointment SET moves = -1",
    "appointment_of_files_is_a_drop_off": "UPDATE appointment SET files = 4",
    "appointment_person_hash_is_sha256": "UPDATE appointment_person SET phone_hash = 'short'",
    "appointment_seat_is_counted_from_1": "UPDATE appointment SET seat = 0",
    "appointment_state_is_known": "UPDATE appointment SET state = 'lost'",
    "appointment_takes_time": "UPDATE appointment SET ends_at = starts_at",
    "appointment_token_is_base32": "UPDATE appointment SET token = 'short'",
    "attempt_kind_is_known": "UPDATE appointment_attempt SET kind = 'planet'",
    "attempt_subject_is_sha256": "UPDATE appointment_attempt SET subject = 'short'",
    "checked_in_appointment_has_its_number": "UPDATE appointment SET state = 'checked_in'",
    "closure_reason_is_short": "UPDATE appointment_closure SET reason = repeat('x', 121)",
    "file_is_counted": "UPDATE appointment_file SET nth = 21",
    "file_name_is_short": "UPDATE appointment_file SET name = ''",
    "plan_capacity_is_bounded": "UPDATE appointment_plan SET capacity = 0",
    "plan_ends_after_it_begins": "UPDATE appointment_plan SET valid_to = '2026-10-31'",
    "plan_event_actor_is_known": "UPDATE appointment_plan_event SET actor_kind = 'device'",
    "plan_event_is_about_a_plan_or_a_day": "UPDATE appointment_plan_event SET plan_id = NULL",
    "plan_event_is_known": "UPDATE appointment_plan_event SET event = 'dreamt'",
    "plan_horizon_is_bounded": "UPDATE appointment_plan SET horizon_days = 91",
    "plan_kind_is_known": "UPDATE appointment_plan SET kind = 'party'",
    "plan_slot_is_bounded": "UPDATE appointment_plan SET slot_minutes = 4",
    "plan_walk_in_share_is_a_percent": "UPDATE appointment_plan SET walk_in_percent = 101",
    "plan_weekdays_are_iso": "UPDATE appointment_plan SET weekdays = '{0}'",
    "move_is_known": "UPDATE move_event SET kind = 'dance'",
    "move_names_its_window": "UPDATE move_event SET window_number = NULL",
    "move_names_its_profile": "UPDATE move_event SET profile = 'unified'",
    "move_names_its_end": "UPDATE move_event SET until = NULL",
    "move_promises_a_range": "UPDATE move_event SET low = 1321",
    "move_promises_for_later": "UPDATE move_event SET counts_until = at - interval '1 second'",
    "estimate_place_is_known": (
        "UPDATE estimate_event SET place = 'moon', ticket_id = gen_random_uuid()"
    ),
    "hall_estimate_is_nobody_in_particular": "UPDATE estimate_event SET place = 'phone'",
    "shown_estimate_is_a_range": "UPDATE estimate_event SET likely_s = 301",
    "shown_raw_estimate_is_of_a_model": "UPDATE estimate_event SET model = NULL",
    "backtest_tries_are_few": "UPDATE estimate_backtest SET tries = 4",
    "backtest_ends_after_its_claim": (
        "UPDATE estimate_backtest SET done_at = claimed_at - interval '1 second', result = '{}'"
    ),
    "done_backtest_says_something": "UPDATE estimate_backtest SET done_at = claimed_at",
    "api_key_has_a_name": "UPDATE api_key SET name = ''",
    "api_key_hash_is_sha256": "UPDATE api_key SET key_hash = 'short'",
    "api_key_scopes_are_known": "UPDATE api_key SET scopes = '{read,everything}'",
    "backup_run_ends_after_it_began": "UPDATE backup_run SET ended_at = '2026-11-22 06:59Z'",
    "backup_run_has_bytes": "UPDATE backup_run SET bytes = 0",
    "backup_run_made_or_failed": "UPDATE backup_run SET why = 'the disk is full'",
    "centre_code_is_url_safe": "UPDATE centre SET code = 'K/S'",
    "centre_event_actor_is_known": "UPDATE centre_event SET actor_kind = 'ghost'",
    "centre_event_is_known": "UPDATE centre_event SET event = 'dreamt'",
    "centre_first_number_is_positive": "UPDATE centre SET first_number = 0",
    "chain_entry_is_a_range": "UPDATE chain_entry SET first_revision = last_revision + 1",
    "closed_window_has_no_opener": "UPDATE service_window SET state = 'closed' WHERE number = 5",
    "command_claim_scope_is_sha256": "UPDATE command_claim SET scope = 'short'",
    "connection_has_an_end": "UPDATE device_presence SET connected_until = NULL",
    "credit_is_bounded": "UPDATE priority_credit SET credit_s = 7201",
    "delivered_command_has_a_carrier": "UPDATE device_command SET delivered_at = created_at",
    "device_command_kind_is_known": "UPDATE device_command SET kind = 'explode'",
    "device_event_actor_is_known": "UPDATE device_event SET actor_kind = 'device'",
    "device_event_is_known": "UPDATE device_event SET event = 'painted'",
    "device_is_revoked_after_it_is_made": (
        "UPDATE device SET revoked_at = created_at - interval '1 second'"
    ),
    "device_kind_is_known": "UPDATE device SET kind = 'toaster'",
    "device_name_is_plain": "UPDATE device SET name = 'K 1'",
    "only_kiosks_go_out_of_service": (
        "UPDATE device SET kind = 'display', out_of_service_at = created_at,"
        " out_of_service_ar = 'x', out_of_service_en = ''"
    ),
    "out_of_service_ar_is_short": (
        "UPDATE device SET out_of_service_at = created_at,"
        " out_of_service_ar = '', out_of_service_en = ''"
    ),
    "out_of_service_en_is_short": (
        "UPDATE device SET out_of_service_at = created_at,"
        " out_of_service_ar = 'x', out_of_service_en = repeat('x', 161)"
    ),
    "out_of_service_has_words": "UPDATE device SET out_of_service_at = created_at",
    "picture_is_bounded": (
        "UPDATE device_picture SET content = content || decode(repeat('00', 49152), 'hex')"
    ),
    "picture_is_webp": "UPDATE device_picture SET content = 'RIFF....WAVE'",
    "device_pairing_attempt_has_its_time": "UPDATE device_pairing SET tried_at = NULL",
    "device_pairing_end_has_an_outcome": "UPDATE device_pairing SET outcome = 'paired'",
    "device_pairing_expires_after_it_opens": "UPDATE device_pairing SET expires_at = opened_at",
    "device_pairing_has_few_attempts": "UPDATE device_pairing SET attempts = 4",
    "device_pairing_keeps_no_secret_after_its_end": (
        "UPDATE device_pairing SET outcome = 'paired', ended_at = opened_at"
    ),
    "device_pairing_kind_is_known": "UPDATE device_pairing SET kind = 'toaster'",
    "device_pairing_name_is_plain": "UPDATE device_pairing SET name = 'K 1'",
    "device_pairing_outcome_is_known": (
        "UPDATE device_pairing SET outcome = 'lost', ended_at = opened_at, secret = NULL"
    ),
    "device_pairing_salt_is_16_bytes": "UPDATE device_pairing SET salt = 'short'",
    "device_pairing_secret_is_32_bytes": "UPDATE device_pairing SET secret = 'short'",
    "device_token_is_sha256": "UPDATE device SET token_hash = 'short'",
    "done_command_has_an_outcome": "UPDATE device_command SET done_at = created_at",
    "duration_measure_is_known": "UPDATE duration_rollup SET measure = 'mood'",
    "feedback_changes_are_bounded": "UPDATE feedback SET changes = 6",
    "feedback_changes_for_ten_minutes": (
        "UPDATE feedback SET last_at = answered_at + interval '601 seconds'"
    ),
    "feedback_event_channel_is_known": "UPDATE feedback_event SET channel = 'letter'",
    "feedback_event_is_known": "UPDATE feedback_event SET event = 'guess'",
    "feedback_event_reasons_are_known": "UPDATE feedback_event SET reasons = '{weather}'",
    "feedback_event_score_is_known": "UPDATE feedback_event SET score = 'superb'",
    "feedback_reasons_are_known": "UPDATE feedback SET reasons = '{weather}'",
    "feedback_score_is_known": "UPDATE feedback SET score = 'superb'",
    "feedback_text_is_short": "UPDATE feedback_text SET text = repeat('ا', 301)",
    "emergency_batch_by_staff_names_them": (
        "UPDATE emergency_batch SET printed_by = gen_random_uuid()"
    ),
    "emergency_batch_has_its_own_letter": "UPDATE emergency_batch SET series = 'A'",
    "emergency_batch_is_a_book": "UPDATE emergency_batch SET last_number = 100",
    "emergency_batch_number_is_positive": "UPDATE emergency_batch SET number = 0",
    "emergency_batch_printer_is_known": "UPDATE emergency_batch SET printed_by_kind = 'ghost'",
    "emergency_event_actor_is_known": "UPDATE emergency_event SET actor_kind = 'device'",
    "emergency_event_is_known": "UPDATE emergency_event SET event = 'burnt'",
    "finished_ticket_has_its_end": "UPDATE ticket SET finished_at = NULL WHERE state = 'finished'",
    "policy_version_is_positive": "UPDATE policy_version SET version = 0",
    "policy_state_is_known": "UPDATE policy_version SET state = 'dreamt'",
    "policy_saves_are_counted": "UPDATE policy_version SET saves = 0",
    "policy_body_is_an_object": "UPDATE policy_version SET body = '[]'",
    "published_policy_has_its_moment": (
        "UPDATE policy_version SET state = 'published', holds_since = changed_at"
    ),
    "scheduled_policy_has_its_day": (
        "UPDATE policy_version SET state = 'scheduled', published_at = changed_at"
    ),
    "policy_in_force_has_its_moment": (
        "UPDATE policy_version SET state = 'published', published_at = changed_at"
    ),
    "retired_policy_has_its_end": (
        "UPDATE policy_version SET state = 'retired', published_at = changed_at,"
        " holds_since = changed_at"
    ),
    "policy_times_are_in_order": (
        "UPDATE policy_version SET changed_at = created_at - interval '1 second'"
    ),
    "policy_event_is_known": "UPDATE policy_event SET event = 'dreamt'",
    "policy_event_actor_is_known": "UPDATE policy_event SET actor_kind = 'ghost'",
    "policy_event_of_a_version": "UPDATE policy_event SET version = NULL",
    "help_is_answered_after_it_is_asked": (
        "UPDATE help_call SET answered_at = asked_at - interval '1 second'"
    ),
    "in_hand_ticket_has_a_window": (
        "UPDATE ticket SET window_number = NULL WHERE state = 'called'"
    ),
    "parked_ticket_has_its_window": ("UPDATE ticket SET state = 'parked' WHERE state = 'serving'"),
    "policy_times_are_bounded": "UPDATE policy_now SET undo_within_s = 301",
    "pairing_attempt_address_is_sha256": "UPDATE pairing_attempt SET address = 'here'",
    "pairing_attempt_is_counted": "UPDATE pairing_attempt SET n = 0",
    "pairing_event_actor_is_known": "UPDATE pairing_event SET actor_kind = 'device'",
    "pairing_event_is_known": "UPDATE pairing_event SET event = 'painted'",
    "pattern_event_actor_is_known": "UPDATE pattern_event SET actor_kind = 'device'",
    "pattern_event_is_known": "UPDATE pattern_event SET event = 'forgotten'",
    "pattern_kind_is_known": "UPDATE pattern_event SET kind = 'mood'",
    "pattern_n_is_positive": "UPDATE pattern_event SET n = 0",
    "people_event_actor_is_known": "UPDATE people_event SET actor_kind = 'device'",
    "people_event_is_known": "UPDATE people_event SET event = 'promoted'",
    "device_cut_has_a_length": "UPDATE device_cut SET lost_at = back_at",
    "given_key_is_short": "UPDATE ticket_given SET key = 'k'",
    "given_number_came_before_it_was_heard_of": (
        "UPDATE ticket_given SET arrived_at = received_at + interval '1 second'"
    ),
    "given_outcome_is_known": "UPDATE ticket_given SET outcome = 'lost'",
    "offline_letter_is_reserved": "UPDATE offline_letter SET letter = 'A'",
    "offline_series_is_a_thousand": "UPDATE offline_series SET first_number = 102",
    "offline_series_letter_is_reserved": "UPDATE offline_series SET letter = 'T'",
    "presence_undelivered_is_not_negative": "UPDATE device_presence SET undelivered = -1",
    "presence_cover_is_known": "UPDATE device_presence SET cover = 'ajar'",
    "presence_paper_is_known": "UPDATE device_presence SET paper = 'wet'",
    "presence_printer_is_known": "UPDATE device_presence SET printer = 'tired'",
    "priority_is_known": (
        "UPDATE priority_credit SET priority = 'nobility' WHERE priority = 'age65'"
    ),
    "queue_line_common_is_a_part": (
        "UPDATE queue_line SET in_common = in_line + 1, requests = in_line + 1"
    ),
    "queue_line_is_not_negative": "UPDATE queue_line SET in_line = -1, in_common = -1",
    "queue_line_requests_are_of_tickets": "UPDATE queue_line SET requests = in_common - 1",
    "recall_limit_is_positive": "UPDATE policy_now SET recall_limit = 0",
    "requests_at_most_is_1_to_3": "UPDATE policy_now SET requests_at_most = 4",
    "queue_series_is_a_letter": "UPDATE queue SET series = 'K'",
    "schema_migration_readable_by_earlier": "UPDATE schema_migration SET readable_by = number",
    "schema_migration_sha256": "UPDATE schema_migration SET checksum = 'short'",
    "served_ticket_was_started": "UPDATE ticket SET started_at = NULL WHERE state = 'serving'",
    "service_state_down_has_reason_and_time": "UPDATE service_state SET is_down = false",
    "service_state_event_actor_is_known": "UPDATE service_state_event SET actor_kind = 'device'",
    "service_state_event_down_has_a_reason": "UPDATE service_state_event SET reason = NULL",
    "service_state_event_is_known": "UPDATE service_state_event SET event = 'sideways'",
    "service_state_event_kind_is_known": "UPDATE service_state_event SET kind = 'window'",
    "service_state_event_payment_is_one": "UPDATE service_state_event SET code = 'e-payment'",
    "service_state_event_reason_is_known": "UPDATE service_state_event SET reason = 'laziness'",
    "service_state_event_up_expects_nothing": (
        "UPDATE service_state_event SET event = 'up', reason = NULL, expected_at = at"
    ),
    "service_state_kind_is_known": "UPDATE service_state SET kind = 'window'",
    "service_target_is_positive": "UPDATE service SET target_s = 0",
    "sign_in_attempt_is_not_negative": "UPDATE sign_in_attempt SET failures = -1",
    "sign_in_attempt_kind_is_known": "UPDATE sign_in_attempt SET kind = 'planet'",
    "sign_in_attempt_subject_is_sha256": "UPDATE sign_in_attempt SET subject = 'short'",
    "signing_key_is_ed25519": "UPDATE signing_key SET public_key = 'short'",
    "staff_is_disabled_after_it_is_made": (
        "UPDATE staff SET disabled_at = created_at - interval '1 second'"
    ),
    "staff_password_is_argon2id": "UPDATE staff SET password_hash = 'secret'",
    "staff_role_is_known": "UPDATE staff SET role = 'king'",
    "staff_session_ends_after_it_begins": "UPDATE staff_session SET expires_at = created_at",
    "staff_session_token_is_sha256": "UPDATE staff_session SET token_hash = 'short'",
    "staff_username_is_plain": "UPDATE staff SET username = 'Mona El'",
    "staff_window_is_1_to_99": "UPDATE staff SET default_window = 100",
    "ticket_channel_is_known": "UPDATE ticket SET channel = 'pigeon'",
    "ticket_event_actor_is_known": "UPDATE ticket_event SET actor_kind = 'ghost'",
    "ticket_label_is_its_number": "UPDATE ticket SET number = number + 1",
    "ticket_lane_is_known": "UPDATE ticket SET lane = 'window:five'",
    "ticket_language_is_known": "UPDATE ticket SET language = 'fr'",
    "ticket_needs_are_known": "UPDATE ticket SET needs = '{gold}'",
    "ticket_carries_one_to_three_requests": "UPDATE ticket SET requests = 4",
    "ticket_paper_is_known": "UPDATE ticket SET paper = 'eaten'",
    "ticket_person_hash_is_sha256": "UPDATE ticket_person SET phone_hash = 'short'",
    "ticket_person_is_sealed_and_found": "UPDATE ticket_person SET phone_hash = NULL",
    "ticket_person_event_actor_is_known": "UPDATE ticket_person_event SET actor_kind = 'ghost'",
    "ticket_person_event_is_about_a_ticket": "UPDATE ticket_person_event SET n = 3",
    "ticket_person_event_is_known": "UPDATE ticket_person_event SET event = 'dreamt'",
    "ticket_person_event_reason_is_a_code": (
        "UPDATE ticket_person_event SET reason = '29005171300007 of Mona'"
    ),
    "ticket_priority_is_known": "UPDATE ticket SET priority = 'nobility'",
    "ticket_state_is_known": "UPDATE ticket SET state = 'lost' WHERE state = 'waiting'",
    "ticket_times_are_in_order": (
        "UPDATE ticket SET called_at = issued_at - interval '1 second' WHERE state = 'called'"
    ),
    "ticket_wait_is_a_range": "UPDATE ticket SET wait_low_s = 2, wait_likely_s = 1",
    "uncalled_ticket_has_no_window": (
        "UPDATE ticket SET window_number = 5 WHERE state = 'waiting'"
    ),
    "daily_english_is_whole": "UPDATE daily_report SET picture_en = picture",
    "daily_paper_en_is_a_pdf": "UPDATE daily_report SET picture_en = picture, paper_en = 'x'",
    "daily_paper_is_a_pdf": "UPDATE daily_report SET paper = 'x'",
    "daily_picture_en_is_a_png": "UPDATE daily_report SET picture_en = 'x', paper_en = paper",
    "daily_picture_is_a_png": "UPDATE daily_report SET picture = 'x'",
    "daily_report_is_counted": "UPDATE daily_report SET nth = 51",
    "daily_text_en_is_short": "UPDATE daily_report SET text_en = ''",
    "daily_text_is_short": "UPDATE daily_report SET text_ar = repeat('x', 1201)",
    "export_format_is_known": "UPDATE export_job SET format = 'doc'",
    "export_is_of_a_range": "UPDATE export_job SET last_day = first_day - 1, done_days = 0",
    "export_kind_is_known": "UPDATE export_job SET kind = 'dreams'",
    "export_language_is_known": "UPDATE export_job SET language = 'fr'",
    "export_progress_is_within": "UPDATE export_job SET done_days = 23",
    "export_state_is_known": "UPDATE export_job SET state = 'lost'",
    "figure_buckets_are_counted": "UPDATE day_figure SET wait_buckets = '{1}'",
    "figure_claim_has_an_end": "UPDATE figure_progress SET claimed_until = now()",
    "figure_hour_is_of_a_day": "UPDATE day_figure SET slice = 'hour', hour = 24",
    "figure_hour_stands_in_slices_by_hour": "UPDATE day_figure SET hour = 9",
    "figure_slice_is_known": "UPDATE day_figure SET slice = 'mood'",
    "figure_target_is_positive": "UPDATE figure_day SET target_s = 0",
    "ready_export_has_its_size": "UPDATE export_job SET state = 'ready'",
    "fault_has_its_category": "UPDATE window_alarm SET category = NULL",
    "only_a_supervisor_writes_to_all": "UPDATE window_message SET window_number = NULL",
    "only_an_opened_window_is_handed_over": (
        "UPDATE service_window SET offered_at = now() WHERE number = 50"
    ),
    "ticket_note_is_short": "UPDATE ticket_note SET text = ''",
    "window_alarm_category_is_known": "UPDATE window_alarm SET category = 'mood'",
    "window_alarm_end_is_known": (
        "UPDATE window_alarm SET closed_at = raised_at, closed_by = raised_by, closed_why = 'luck'"
    ),
    "window_alarm_event_actor_is_known": "UPDATE window_alarm_event SET actor_kind = 'ghost'",
    "window_alarm_event_is_known": "UPDATE window_alarm_event SET event = 'sung'",
    "window_alarm_has_whoever_acted": "UPDATE window_alarm SET accepted_at = raised_at",
    "window_alarm_kind_is_known": "UPDATE window_alarm SET kind = 'joke', category = NULL",
    "window_alarm_times_are_in_order": (
        "UPDATE window_alarm SET accepted_at = raised_at - interval '1 second',"
        " accepted_by = raised_by"
    ),
    "window_message_direction_is_known": "UPDATE window_message SET toward = 'moon'",
    "window_message_event_actor_is_known": "UPDATE window_message_event SET actor_kind = 'ghost'",
    "window_message_event_is_known": "UPDATE window_message_event SET event = 'sung'",
    "window_message_is_short": "UPDATE window_message SET text = repeat('x', 201)",
    "window_reply_is_short": "UPDATE window_reply SET text = ''",
    "a_note_is_on_a_ticket": "UPDATE writing_event SET ticket_id = gen_random_uuid()",
    "writing_event_actor_is_known": "UPDATE writing_event SET actor_kind = 'ghost'",
    "writing_event_is_known": "UPDATE writing_event SET event = 'sung'",
    "only_messages_are_sealed": "UPDATE work_order SET sealed = 's'",
    "only_messages_are_sent": "UPDATE work_order SET state = 'sent'",
    "only_paper_is_a_document": "UPDATE work_order SET kind = 'message'",
    "presence_attached_is_a_list": "UPDATE device_presence SET attached = '{}'",
    "scan_meaning_is_known": "UPDATE window_scan SET meaning = 'riddle'",
    "scan_means_what_it_found": "UPDATE window_scan SET meaning = 'ticket'",
    "work_changes_after_it_is_ordered": (
        "UPDATE work_order SET changed_at = ordered_at - interval '1 second'"
    ),
    "work_document_is_bounded": ("UPDATE work_document SET content = '', sha256 = sha256('')"),
    "work_document_is_its_hash": "UPDATE work_document SET content = 'other'",
    "work_document_type_is_known": "UPDATE work_document SET media_type = 'text/html'",
    "work_is_confirmed_when_done": "UPDATE work_order SET confirmed_by = 'echo'",
    "work_kind_is_known": "UPDATE work_order SET kind = 'party'",
    "work_state_is_known": "UPDATE work_order SET state = 'lost'",
    "work_title_ar_is_short": "UPDATE work_order SET title_ar = ''",
    "work_title_en_is_short": "UPDATE work_order SET title_en = ''",
    **BROKEN_IN_TRAINING,
    "window_number_is_1_to_99": "UPDATE service_window SET number = 100 WHERE number = 50",
    "window_opener_is_known": (
        "UPDATE service_window SET opened_by_kind = 'ghost' WHERE number = 5"
    ),
    "window_state_is_known": "UPDATE service_window SET state = 'ajar' WHERE number = 5",
    "window_transition_is_known": "UPDATE window_event SET to_state = 'paused'",
    **FAULT_CHECKS,
    **MAINTENANCE_CHECKS,
}
"""For every CHECK of the schema a statement that breaks it and nothing else."""


@pytest.fixture(scope="module")
async def intruder(postgres_servers: Servers) -> AsyncIterator[Connection]:
    """A superuser without triggers and foreign keys, after a morning at the windows.

    What he tries is refused and changes nothing, so that all tests have the same morning.
    """
    async with fresh_database(await postgres_servers.server("embedded")) as database:
        await make_centre(database.owner_dsn)
        pool = await open_pool(database.app_dsn, application_name="test")
        try:
            await live_a_morning(database, pool)
        finally:
            await pool.close()
        connection = await asyncpg.connect(database.owner_dsn.replace("shubbak_owner", "postgres"))
        try:
            await connection.execute("SET session_replication_role = replica")
            await connection.execute(ROWS + FAULT_ROWS + MAINTENANCE_ROWS)
            yield connection
        finally:
            await connection.close()


async def live_a_morning(database: Database, pool: Pool) -> None:
    """Call three of five, serve two of them and finish with one."""
    clock = ManualClock()
    async with open_queue(pool, database.app_dsn, clock) as queue:
        await open_windows(queue, 5, 6, 7)
        for _ in range(5):
            await queue.issue(IssueRequest(KEY, "api"))
        await clock.advance(60)
        for window in (5, 6, 7):
            await queue.call_next(window, actor=KEY, own_only=False)
        visits: dict[int, tuple[PlainAct, ...]] = {6: ("start",), 7: ("start", "finish")}
        for window, acts in visits.items():
            hall = await queue.hall()
            [hand] = [each.ticket for each in hall.windows if each.number == window]
            assert hand is not None
            for act in acts:
                await clock.advance(60)
                await queue.act(hand.id, act, actor=KEY, any_window=True)


@pytest.mark.parametrize("name", sorted(BROKEN))
async def test_a_fact_that_contradicts_its_state_is_refused(
    intruder: Connection, name: str
) -> None:
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await intruder.execute(BROKEN[name])
    assert refused.value.constraint_name == name


async def test_every_check_of_the_schema_is_broken_above(pool: Pool) -> None:
    rows = await pool.fetch(
        "SELECT conname FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid"
        " WHERE c.contype = 'c' AND t.relnamespace = 'public'::regnamespace"
    )
    assert sorted(row["conname"] for row in rows) == sorted(BROKEN)


EVENT: Final = (
    "INSERT INTO ticket_event (centre_id, revision, ticket_id, at, event, from_state, to_state,"
    " queue, actor_kind) VALUES (1, $1, $2, '2026-11-22 07:00Z', $3, $4, $5, 'U', 'system')"
)
WINDOW_EVENT: Final = (
    "INSERT INTO window_event (centre_id, revision, window_number, at, event, from_state,"
    " to_state, actor_kind) VALUES (1, 1, 5, '2026-11-22 07:00Z', $1, $2, $3, 'system')"
)


async def refused_by(connection: Connection, statement: str, *values: object) -> str | None:
    """Try a statement and take it back; return the constraint that refused it, if one did."""
    attempt = connection.transaction()
    await attempt.start()
    try:
        await connection.execute(statement, *values)
    except asyncpg.IntegrityConstraintViolationError as refusal:
        return refusal.constraint_name
    finally:
        await attempt.rollback()
    return None


async def test_only_the_life_tables_transitions_can_be_written(
    database: Database, queue: Queue
) -> None:
    ticket = await queue.issue(IssueRequest(KEY, "api"))
    states = ("none", *get_args(TicketState))
    tried = set(product(get_args(TicketEventKind), states, states))
    connection = await asyncpg.connect(database.app_dsn)
    try:
        forbidden = {
            each
            for each in tried
            if await refused_by(connection, EVENT, 2, ticket.id, *each)
            == "ticket_event_transition_fk"
        }
    finally:
        await connection.close()
    assert tried - forbidden == set(TRANSITIONS)


async def test_only_the_window_tables_transitions_can_be_written(
    database: Database, queue: Queue
) -> None:
    states = get_args(WindowState)
    tried = set(product(get_args(WindowEventKind), states, states))
    connection = await asyncpg.connect(database.app_dsn)
    try:
        refusals = {each: await refused_by(connection, WINDOW_EVENT, *each) for each in tried}
    finally:
        await connection.close()
    assert set(refusals.values()) == {None, "window_transition_is_known"}
    assert {each for each, why in refusals.items() if why is None} == set(WINDOW_TRANSITIONS)


@pytest.mark.parametrize("revision", [1, 3, 100])
async def test_events_that_do_not_follow_the_head_are_refused(
    database: Database, queue: Queue, revision: int
) -> None:
    ticket = await queue.issue(IssueRequest(KEY, "api"))
    connection = await asyncpg.connect(database.app_dsn)
    try:
        why = await refused_by(
            connection, EVENT, revision, ticket.id, "paper", "waiting", "waiting"
        )
    finally:
        await connection.close()
    assert why == ("ticket_event_pk" if revision == 1 else "events_are_contiguous")


async def test_a_window_never_has_two_tickets_in_hand(
    database: Database, queue: Queue, clock: ManualClock
) -> None:
    await open_windows(queue, 5)
    for _ in range(2):
        await queue.issue(IssueRequest(KEY, "api"))
    await queue.call_next(5, actor=KEY, own_only=False)
    connection = await asyncpg.connect(database.app_dsn)
    try:
        with pytest.raises(asyncpg.UniqueViolationError) as refused:
            await connection.execute(
                "UPDATE ticket SET state = 'called', window_number = 5, called_at = issued_at"
                " WHERE state = 'waiting'"
            )
        assert refused.value.constraint_name == "ticket_one_in_hand"
    finally:
        await connection.close()


async def test_a_label_is_never_given_twice_on_a_day(database: Database, queue: Queue) -> None:
    await queue.issue(IssueRequest(KEY, "api"))
    connection = await asyncpg.connect(database.app_dsn)
    try:
        await connection.execute("UPDATE label_counter SET last_number = 100")
    finally:
        await connection.close()
    with pytest.raises(Exception, match="ticket_label_unique"):
        await queue.issue(IssueRequest(KEY, "api"))


async def test_two_centres_have_their_own_labels_heads_and_chains(
    database: Database, pool: Pool, queue: Queue
) -> None:
    await make_centre(database.owner_dsn, 2)
    await queue.issue(IssueRequest(KEY, "api"))
    heads = await pool.fetch("SELECT centre_id, revision FROM centre_head ORDER BY centre_id")
    assert [tuple(row) for row in heads] == [(1, 1), (2, 0)]
