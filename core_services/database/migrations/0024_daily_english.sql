-- The day's situation in English too: picture and page beside the Arabic ones, made in the same moment.

ALTER TABLE daily_report
    ADD COLUMN picture_en bytea CONSTRAINT daily_picture_en_is_a_png
        CHECK (substr(picture_en, 1, 8) = '\x89504e470d0a1a0a'::bytea AND length(picture_en) <= 4194304),
    ADD COLUMN paper_en bytea CONSTRAINT daily_paper_en_is_a_pdf
        CHECK (substr(paper_en, 1, 5) = '%PDF-'::bytea AND length(paper_en) <= 4194304),
    ADD CONSTRAINT daily_english_is_whole CHECK ((picture_en IS NULL) = (paper_en IS NULL));
COMMENT ON COLUMN daily_report.picture_en IS 'NULL, like paper_en: made before there were any in English.';
