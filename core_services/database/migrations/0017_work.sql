-- The work of workstations: what they print and send by order of the server; the devices that hang on
-- them; and what was last scanned at each window.
--
-- An order is a row of device_command, delivered by whichever process holds the workstation's socket,
-- and a row here that people see and settle. None of it is an event of the queue: it takes no lock of
-- the centre.

-- ------------------------------------------------------------------ commands
ALTER TABLE device_command DROP CONSTRAINT device_command_kind_is_known;
ALTER TABLE device_command ADD CONSTRAINT device_command_kind_is_known CHECK (kind IN ('reprint', 'work'));
ALTER TABLE device_command ADD COLUMN delivered_to text;
COMMENT ON COLUMN device_command.delivered_to IS
    'The journal that heard of it first: on a machine with another one nobody knows whether it was done.';

-- ------------------------------------------------------------------ devices of a workstation
ALTER TABLE device_presence ADD COLUMN attached jsonb NOT NULL DEFAULT '[]'
    CONSTRAINT presence_attached_is_a_list CHECK (jsonb_typeof(attached) = 'array');
COMMENT ON COLUMN device_presence.attached IS 'The printers, scanners and modem of a workstation, by its last word.';

-- ------------------------------------------------------------------ orders
CREATE TABLE work_document (
    centre_id integer NOT NULL CONSTRAINT work_document_centre_fk REFERENCES centre (id),
    sha256 bytea NOT NULL,
    media_type text NOT NULL
        CONSTRAINT work_document_type_is_known CHECK (media_type IN ('application/pdf', 'image/png')),
    content bytea NOT NULL CONSTRAINT work_document_is_bounded CHECK (length(content) BETWEEN 1 AND 16777216),
    made_at timestamptz NOT NULL,
    CONSTRAINT work_document_pk PRIMARY KEY (centre_id, sha256),
    CONSTRAINT work_document_is_its_hash CHECK (sha256 = sha256(content))
);
COMMENT ON TABLE work_document IS 'What orders print, once for each content; forgotten when their orders are.';

CREATE TABLE work_order (
    centre_id integer NOT NULL,
    id uuid NOT NULL,
    device_id uuid NOT NULL,
    kind text NOT NULL CONSTRAINT work_kind_is_known CHECK (kind IN ('page', 'receipt', 'message')),
    title_ar text NOT NULL CONSTRAINT work_title_ar_is_short CHECK (length(title_ar) BETWEEN 1 AND 120),
    title_en text NOT NULL CONSTRAINT work_title_en_is_short CHECK (length(title_en) BETWEEN 1 AND 120),
    attached text,
    document bytea,
    copy_document bytea,
    sealed bytea,
    copy_of uuid,
    ordered_at timestamptz NOT NULL,
    ordered_by uuid,
    state text NOT NULL DEFAULT 'ordered'
        CONSTRAINT work_state_is_known
        CHECK (state IN ('ordered', 'sent', 'held', 'unknown', 'failed', 'done', 'closed')),
    confirmed_by text,
    reason text,
    changed_at timestamptz NOT NULL,
    settled_by uuid,
    CONSTRAINT work_order_pk PRIMARY KEY (centre_id, id),
    CONSTRAINT work_order_device_fk FOREIGN KEY (centre_id, device_id) REFERENCES device (centre_id, id),
    CONSTRAINT work_order_document_fk FOREIGN KEY (centre_id, document)
        REFERENCES work_document (centre_id, sha256),
    CONSTRAINT work_order_copy_document_fk FOREIGN KEY (centre_id, copy_document)
        REFERENCES work_document (centre_id, sha256),
    CONSTRAINT work_order_copy_of_fk FOREIGN KEY (centre_id, copy_of) REFERENCES work_order (centre_id, id),
    CONSTRAINT only_messages_are_sealed CHECK (kind = 'message' OR sealed IS NULL),
    CONSTRAINT only_paper_is_a_document CHECK (kind <> 'message' OR document IS NULL),
    CONSTRAINT only_messages_are_sent CHECK (kind = 'message' OR state <> 'sent'),
    CONSTRAINT work_is_confirmed_when_done CHECK (confirmed_by IS NULL OR state IN ('done', 'sent')),
    CONSTRAINT work_changes_after_it_is_ordered CHECK (changed_at >= ordered_at)
);
COMMENT ON TABLE work_order IS
    'One thing a workstation does once: a page, a receipt, a message. Its id is its command''s and its job''s.';
COMMENT ON COLUMN work_order.attached IS 'The device of the workstation that is to do it; NULL: any of its kind.';
COMMENT ON COLUMN work_order.copy_document IS 'The same paper with the mark of a second print.';
COMMENT ON COLUMN work_order.sealed IS
    'Phone and text of a message, sealed; erased when nobody needs them any more.';
COMMENT ON COLUMN work_order.settled_by IS 'Who said what became of it, where the device could not.';
CREATE INDEX work_order_time ON work_order (centre_id, ordered_at);
CREATE INDEX work_order_doubtful ON work_order (centre_id, ordered_at) WHERE state IN ('unknown', 'failed', 'held');

-- ------------------------------------------------------------------ what was scanned at a window
CREATE TABLE window_scan (
    centre_id integer NOT NULL,
    window_number smallint NOT NULL,
    id uuid NOT NULL,
    device_id uuid NOT NULL,
    scanned_at timestamptz NOT NULL,
    meaning text NOT NULL
        CONSTRAINT scan_meaning_is_known CHECK (meaning IN ('ticket', 'appointment', 'unknown')),
    ticket_id uuid,
    appointment_id uuid,
    CONSTRAINT window_scan_pk PRIMARY KEY (centre_id, window_number),
    CONSTRAINT window_scan_window_fk FOREIGN KEY (centre_id, window_number)
        REFERENCES service_window (centre_id, number),
    CONSTRAINT window_scan_device_fk FOREIGN KEY (centre_id, device_id) REFERENCES device (centre_id, id),
    CONSTRAINT scan_means_what_it_found
        CHECK ((meaning = 'ticket') = (ticket_id IS NOT NULL)
               AND (meaning = 'appointment') = (appointment_id IS NOT NULL))
);
COMMENT ON TABLE window_scan IS
    'The last scan at each window, and what it found. A code that is none of ours is not kept.';

-- ------------------------------------------------------------------ rights
GRANT SELECT, INSERT, UPDATE ON work_order, window_scan TO shubbak_app;
GRANT SELECT, INSERT, DELETE, UPDATE (made_at) ON work_document TO shubbak_app;
GRANT DELETE ON work_order TO shubbak_app;
REVOKE SELECT ON work_document, work_order FROM shubbak_read;
GRANT SELECT (centre_id, id, device_id, kind, attached, copy_of, ordered_at, ordered_by, state, confirmed_by,
              reason, changed_at, settled_by)
    ON work_order TO shubbak_read;
