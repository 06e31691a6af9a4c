-- What citizens answered after a visit: one answer a ticket, changeable for a short while.
--
-- An answer names its ticket, so that there is one a visit and so that it can be counted by service;
-- who served is not in it. It is kept from clerks by access: no page and no key reads a single answer,
-- the reading role sees none of these tables, and sums are published for whole weeks without small
-- cells (queue_server/feedback/publication.py).

CREATE TABLE feedback_event (
    centre_id integer NOT NULL,
    revision bigint NOT NULL,
    ticket_id uuid NOT NULL,
    at timestamptz NOT NULL,
    event text NOT NULL,
    score text NOT NULL,
    reasons text[] NOT NULL,
    service text,
    channel text NOT NULL,
    CONSTRAINT feedback_event_pk PRIMARY KEY (centre_id, revision),
    CONSTRAINT feedback_event_ticket_fk FOREIGN KEY (centre_id, ticket_id)
        REFERENCES ticket (centre_id, id),
    CONSTRAINT feedback_event_is_known CHECK (event IN ('answer', 'change')),
    CONSTRAINT feedback_event_score_is_known CHECK (score IN ('satisfied', 'fair', 'unsatisfied')),
    CONSTRAINT feedback_event_reasons_are_known CHECK (reasons <@ ARRAY['waiting', 'treatment',
        'papers', 'cleanliness', 'other']),
    CONSTRAINT feedback_event_channel_is_known CHECK (channel IN ('window', 'phone'))
);
CREATE INDEX feedback_event_ticket ON feedback_event (centre_id, ticket_id, revision);
CREATE TRIGGER record AFTER INSERT ON feedback_event
    REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION record_events();

CREATE TABLE feedback (
    centre_id integer NOT NULL,
    ticket_id uuid NOT NULL,
    score text NOT NULL,
    reasons text[] NOT NULL,
    service text,
    answered_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    changes smallint NOT NULL DEFAULT 0,
    CONSTRAINT feedback_pk PRIMARY KEY (centre_id, ticket_id),
    CONSTRAINT feedback_ticket_fk FOREIGN KEY (centre_id, ticket_id)
        REFERENCES ticket (centre_id, id),
    CONSTRAINT feedback_score_is_known CHECK (score IN ('satisfied', 'fair', 'unsatisfied')),
    CONSTRAINT feedback_reasons_are_known CHECK (reasons <@ ARRAY['waiting', 'treatment',
        'papers', 'cleanliness', 'other']),
    CONSTRAINT feedback_changes_are_bounded CHECK (changes BETWEEN 0 AND 5),
    CONSTRAINT feedback_changes_for_ten_minutes CHECK (last_at >= answered_at
        AND last_at <= answered_at + interval '10 minutes')
);
COMMENT ON COLUMN feedback.service IS 'As it stood at the first answer: a published week never changes.';
CREATE INDEX feedback_time ON feedback (centre_id, answered_at);

-- Personal data, class «تعليق»: the citizen's own words, erased after their time (delete_texts).
CREATE TABLE feedback_text (
    centre_id integer NOT NULL,
    ticket_id uuid NOT NULL,
    text text NOT NULL,
    answered_at timestamptz NOT NULL,
    CONSTRAINT feedback_text_pk PRIMARY KEY (centre_id, ticket_id),
    CONSTRAINT feedback_text_answer_fk FOREIGN KEY (centre_id, ticket_id)
        REFERENCES feedback (centre_id, ticket_id),
    CONSTRAINT feedback_text_is_short CHECK (char_length(text) BETWEEN 1 AND 300)
);
CREATE INDEX feedback_text_time ON feedback_text (centre_id, answered_at);

GRANT SELECT, INSERT ON feedback_event TO shubbak_app;
GRANT SELECT, INSERT, UPDATE ON feedback TO shubbak_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON feedback_text TO shubbak_app;
REVOKE SELECT ON feedback_event, feedback, feedback_text FROM shubbak_read;
