-- readable-by: 0031
-- The mark of a training database: clerks learn on it, and it is never a real centre's.
--
-- The row is written before the centre is made, by whoever makes the database, and never goes away: a
-- centre with citizens is never marked, a marked one is never made real. Server and commands look at it
-- and refuse the database that is not of the kind which their settings name.

CREATE TABLE training_mark (
    one boolean NOT NULL DEFAULT true
        CONSTRAINT training_mark_pk PRIMARY KEY
        CONSTRAINT training_mark_is_one CHECK (one),
    made_at timestamptz NOT NULL,
    begun_at timestamptz NOT NULL,
    start jsonb NOT NULL,
    password_hash text NOT NULL,
    CONSTRAINT training_begins_after_it_is_made CHECK (made_at <= begun_at),
    CONSTRAINT training_start_is_an_object CHECK (jsonb_typeof(start) = 'object'),
    CONSTRAINT training_password_is_argon2id CHECK (password_hash LIKE '$argon2id$%')
);
COMMENT ON TABLE training_mark IS 'There is a row: this database is for training, and no number of it is a citizen''s.';
COMMENT ON COLUMN training_mark.begun_at IS 'When it was put back to the start last.';
COMMENT ON COLUMN training_mark.start IS 'The configuration to which it is put back: rows by table, with nothing of citizens.';
COMMENT ON COLUMN training_mark.password_hash IS 'The one password with which all accounts begin; none of the real centre''s.';

CREATE FUNCTION keep_training_apart() RETURNS trigger
    LANGUAGE plpgsql SET search_path = public AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF EXISTS (SELECT FROM centre) THEN
            RAISE EXCEPTION 'a database that holds a centre is not made one for training'
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'training_mark_comes_first',
                      TABLE = 'training_mark';
        END IF;
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'a training database is not made a real one'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'training_mark_stays',
              TABLE = 'training_mark';
END $$;
CREATE TRIGGER comes_first AFTER INSERT ON training_mark
    FOR EACH ROW EXECUTE FUNCTION keep_training_apart();
CREATE TRIGGER stays BEFORE DELETE OR TRUNCATE ON training_mark
    FOR EACH STATEMENT EXECUTE FUNCTION keep_training_apart();

-- Everybody may see that it is one; what lets staff in is the owner's alone.
REVOKE SELECT ON training_mark FROM shubbak_read;
GRANT SELECT (one, made_at, begun_at) ON training_mark TO shubbak_app, shubbak_read;
