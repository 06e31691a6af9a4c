-- What each role may do by default. Tables grant shubbak_app its rights one by one, so that a
-- forgotten GRANT shows at once and append-only tables stay append-only.

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO shubbak_app, shubbak_read;

ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO shubbak_read;
