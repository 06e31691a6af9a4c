-- Figures of days that are over, worked out from the events of their numbers and windows.
--
-- Nothing here is a fact of its own: every row can be made again from the events, to the microsecond,
-- and `shubbak figures recompute --check` does so. A day is made anew when something is keyed in for it
-- later; `source_revision` tells up to which event it was read. None of it takes the centre's lock.

-- ------------------------------------------------------------------ who works, and up to where
CREATE TABLE figure_progress (
    centre_id integer NOT NULL,
    seen_revision bigint NOT NULL DEFAULT 0,
    claimed_by uuid,
    claimed_until timestamptz,
    CONSTRAINT figure_progress_pk PRIMARY KEY (centre_id),
    CONSTRAINT figure_progress_centre_fk FOREIGN KEY (centre_id) REFERENCES centre (id),
    CONSTRAINT figure_claim_has_an_end CHECK ((claimed_by IS NULL) = (claimed_until IS NULL))
);
COMMENT ON TABLE figure_progress IS
    'Which process makes figures now, and up to which event days were looked through for late ones.';

-- ------------------------------------------------------------------ days and their figures
CREATE TABLE figure_day (
    centre_id integer NOT NULL,
    business_day date NOT NULL,
    source_revision bigint NOT NULL,
    target_s integer NOT NULL,
    made_at timestamptz NOT NULL,
    CONSTRAINT figure_day_pk PRIMARY KEY (centre_id, business_day),
    CONSTRAINT figure_day_centre_fk FOREIGN KEY (centre_id) REFERENCES centre (id),
    CONSTRAINT figure_target_is_positive CHECK (target_s > 0)
);
COMMENT ON COLUMN figure_day.target_s IS
    'The longest wait that the centre promised itself then; a day that is made anew keeps it.';

CREATE TABLE day_figure (
    centre_id integer NOT NULL,
    business_day date NOT NULL,
    slice text NOT NULL
        CONSTRAINT figure_slice_is_known
        CHECK (slice IN ('all', 'hour', 'queue', 'service', 'priority', 'window', 'clerk', 'hour_queue',
                         'hour_service')),
    key text NOT NULL,
    hour smallint NOT NULL CONSTRAINT figure_hour_is_of_a_day CHECK (hour BETWEEN -1 AND 23),
    came integer NOT NULL,
    requests integer NOT NULL,
    void integer NOT NULL,
    marked integer NOT NULL,
    recorded integer NOT NULL,
    called integer NOT NULL,
    served integer NOT NULL,
    no_show integer NOT NULL,
    "left" integer NOT NULL,
    cancelled integer NOT NULL,
    lapsed integer NOT NULL,
    carried_over integer NOT NULL,
    open integer NOT NULL,
    gone integer NOT NULL,
    within_target integer NOT NULL,
    calls integer NOT NULL,
    no_show_calls integer NOT NULL,
    finishes integer NOT NULL,
    out_of_order integer NOT NULL,
    undos integer NOT NULL,
    busy_us bigint NOT NULL,
    open_s integer NOT NULL,
    idle_s integer NOT NULL,
    pause_s integer NOT NULL,
    wait_n integer NOT NULL,
    wait_sum_us bigint NOT NULL,
    wait_max_us bigint NOT NULL,
    wait_exact_us bigint[] NOT NULL,
    wait_buckets smallint[] NOT NULL,
    wait_counts integer[] NOT NULL,
    walk_n integer NOT NULL,
    walk_sum_us bigint NOT NULL,
    walk_max_us bigint NOT NULL,
    walk_exact_us bigint[] NOT NULL,
    walk_buckets smallint[] NOT NULL,
    walk_counts integer[] NOT NULL,
    service_n integer NOT NULL,
    service_sum_us bigint NOT NULL,
    service_max_us bigint NOT NULL,
    service_exact_us bigint[] NOT NULL,
    service_buckets smallint[] NOT NULL,
    service_counts integer[] NOT NULL,
    total_n integer NOT NULL,
    total_sum_us bigint NOT NULL,
    total_max_us bigint NOT NULL,
    total_exact_us bigint[] NOT NULL,
    total_buckets smallint[] NOT NULL,
    total_counts integer[] NOT NULL,
    CONSTRAINT day_figure_pk PRIMARY KEY (centre_id, slice, business_day, key, hour),
    CONSTRAINT day_figure_day_fk FOREIGN KEY (centre_id, business_day)
        REFERENCES figure_day (centre_id, business_day) ON DELETE CASCADE,
    CONSTRAINT figure_hour_stands_in_slices_by_hour
        CHECK ((hour >= 0) = (slice IN ('hour', 'hour_queue', 'hour_service'))),
    CONSTRAINT figure_buckets_are_counted
        CHECK (cardinality(wait_buckets) = cardinality(wait_counts)
           AND cardinality(walk_buckets) = cardinality(walk_counts)
           AND cardinality(service_buckets) = cardinality(service_counts)
           AND cardinality(total_buckets) = cardinality(total_counts))
);
COMMENT ON TABLE day_figure IS
    'Figures of one day in one slice. Buckets are 4 % wide: the nth holds durations from 1.04^(n-1) s on.';
COMMENT ON COLUMN day_figure.hour IS 'By the wall, of the issue (of the call where calls are counted); -1: all day.';

CREATE TABLE range_figure (
    centre_id integer NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL,
    slice text NOT NULL,
    made_of text NOT NULL,
    made_at timestamptz NOT NULL,
    lines jsonb NOT NULL,
    CONSTRAINT range_figure_pk PRIMARY KEY (centre_id, first_day, last_day, slice),
    CONSTRAINT range_figure_centre_fk FOREIGN KEY (centre_id) REFERENCES centre (id)
);
COMMENT ON TABLE range_figure IS
    'Figures of weeks and months, added up once. Good while `made_of`, the days and their revisions, is the same.';

-- ------------------------------------------------------------------ the day's situation
CREATE TABLE daily_report (
    centre_id integer NOT NULL,
    business_day date NOT NULL,
    nth smallint NOT NULL,
    made_at timestamptz NOT NULL,
    made_by uuid,
    picture bytea NOT NULL CONSTRAINT daily_picture_is_a_png
        CHECK (substr(picture, 1, 8) = '\x89504e470d0a1a0a'::bytea AND length(picture) <= 4194304),
    paper bytea NOT NULL CONSTRAINT daily_paper_is_a_pdf
        CHECK (substr(paper, 1, 5) = '%PDF-'::bytea AND length(paper) <= 4194304),
    text_ar text NOT NULL CONSTRAINT daily_text_is_short CHECK (char_length(text_ar) BETWEEN 1 AND 1200),
    text_en text NOT NULL CONSTRAINT daily_text_en_is_short CHECK (char_length(text_en) BETWEEN 1 AND 1200),
    CONSTRAINT daily_report_pk PRIMARY KEY (centre_id, business_day, nth),
    CONSTRAINT daily_report_centre_fk FOREIGN KEY (centre_id) REFERENCES centre (id),
    CONSTRAINT daily_report_is_counted CHECK (nth BETWEEN 0 AND 50)
);
COMMENT ON COLUMN daily_report.nth IS '0: made by itself at its time; then one for each time somebody asked.';

-- ------------------------------------------------------------------ long exports
CREATE TABLE export_job (
    centre_id integer NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL CONSTRAINT export_kind_is_known CHECK (kind IN ('tickets')),
    format text NOT NULL CONSTRAINT export_format_is_known CHECK (format IN ('csv', 'xlsx')),
    language text NOT NULL CONSTRAINT export_language_is_known CHECK (language IN ('ar', 'en')),
    first_day date NOT NULL,
    last_day date NOT NULL,
    asked_by uuid NOT NULL,
    asked_at timestamptz NOT NULL,
    process_id uuid NOT NULL,
    state text NOT NULL DEFAULT 'working'
        CONSTRAINT export_state_is_known CHECK (state IN ('working', 'ready', 'failed', 'gone')),
    done_days integer NOT NULL DEFAULT 0,
    rows integer NOT NULL DEFAULT 0,
    size_bytes bigint,
    changed_at timestamptz NOT NULL,
    CONSTRAINT export_job_pk PRIMARY KEY (centre_id, id),
    CONSTRAINT export_job_centre_fk FOREIGN KEY (centre_id) REFERENCES centre (id),
    CONSTRAINT export_is_of_a_range CHECK (last_day >= first_day AND last_day - first_day < 400),
    CONSTRAINT export_progress_is_within CHECK (done_days BETWEEN 0 AND last_day - first_day + 1),
    CONSTRAINT ready_export_has_its_size CHECK ((state = 'ready') <= (size_bytes IS NOT NULL))
);
CREATE INDEX export_job_time ON export_job (centre_id, asked_at);
COMMENT ON TABLE export_job IS
    'A file that takes long. The process that makes it keeps `changed_at` fresh; one that is silent has died.';

-- ------------------------------------------------------------------ rights
GRANT SELECT, INSERT, UPDATE ON figure_progress, export_job TO shubbak_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON figure_day, day_figure, range_figure TO shubbak_app;
GRANT SELECT, INSERT, DELETE ON daily_report TO shubbak_app;
GRANT DELETE ON export_job TO shubbak_app;
