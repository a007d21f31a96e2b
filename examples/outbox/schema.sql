-- What the source database needs: the host's own table, and beside it an outbox that a trigger fills in the same
-- transaction. May be run again.

CREATE TABLE IF NOT EXISTS orders (
  id text COLLATE "C" PRIMARY KEY, -- "C": sorted by bytes, as the library sorts
  day date NOT NULL,
  cents integer NOT NULL,
  note text NOT NULL DEFAULT ''
);

CREATE TABLE IF NOT EXISTS outbox (
  -- Drawn while the changed row is locked, so it gives the order of the changes of one row. It does not give the order in
  -- which transactions commit: a lower id may appear after a higher one was read. Must stay CACHE 1, the default.
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key text COLLATE "C" NOT NULL,
  before jsonb,
  after jsonb,
  -- Given by number_changes() once the change is committed: what a sequence is for the library.
  position bigint
);
CREATE UNIQUE INDEX IF NOT EXISTS outbox_by_position ON outbox (position) WHERE position IS NOT NULL;
CREATE INDEX IF NOT EXISTS outbox_unnumbered ON outbox (key, id) WHERE position IS NULL;

-- The last position given. One row; whoever gives positions locks it.
CREATE TABLE IF NOT EXISTS outbox_position (only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row), last bigint NOT NULL);
INSERT INTO outbox_position (last) VALUES (0) ON CONFLICT DO NOTHING;

CREATE OR REPLACE FUNCTION write_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.id = NEW.id THEN
    INSERT INTO outbox (key, before, after) VALUES (NEW.id, to_jsonb(OLD), to_jsonb(NEW));
    RETURN NULL;
  END IF;
  -- A row whose key changes is one row less and one more.
  IF TG_OP <> 'INSERT' THEN
    INSERT INTO outbox (key, before) VALUES (OLD.id, to_jsonb(OLD));
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO outbox (key, after) VALUES (NEW.id, to_jsonb(NEW));
  END IF;
  RETURN NULL;
END $$;
-- After the row, when it is locked; before it an id could be drawn that another writer's change of this row overtakes.
CREATE OR REPLACE TRIGGER write_outbox AFTER INSERT OR UPDATE OR DELETE ON orders
  FOR EACH ROW EXECUTE FUNCTION write_outbox();

CREATE OR REPLACE FUNCTION refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'TRUNCATE would pass by the outbox: use DELETE';
END $$;
CREATE OR REPLACE TRIGGER refuse_truncate BEFORE TRUNCATE ON orders EXECUTE FUNCTION refuse_truncate();

-- Gives positions to all committed changes that have none, and returns the last one. Nothing can appear below a position
-- afterwards: what is not committed yet will get a higher one. Rows of one key keep their order: whoever changes a row
-- after somebody else had to wait for that one's commit, so a statement that sees the second change sees the first, too.
CREATE OR REPLACE FUNCTION number_changes() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  given bigint;
BEGIN
  -- An idle feed writes nothing.
  IF NOT EXISTS (SELECT FROM outbox WHERE position IS NULL) THEN
    RETURN (SELECT last FROM outbox_position);
  END IF;
  -- One at a time. The statement below begins after the lock is there, so it sees what the holder before has given.
  PERFORM FROM outbox_position FOR UPDATE;
  WITH unnumbered AS (
    SELECT id, (SELECT last FROM outbox_position) + row_number() OVER (ORDER BY id) AS next
    FROM outbox WHERE position IS NULL
  )
  UPDATE outbox SET position = next FROM unnumbered WHERE outbox.id = unnumbered.id;
  GET DIAGNOSTICS given = ROW_COUNT;
  IF given > 0 THEN
    UPDATE outbox_position SET last = last + given;
    -- Nobody may follow a change that the server could still forget in a crash: this commit flushes those before it.
    SET LOCAL synchronous_commit = on;
  END IF;
  RETURN (SELECT last FROM outbox_position);
END $$;

-- The orders as of the last position: what was committed since then is taken back, with the oldest `before` of each key.
CREATE OR REPLACE VIEW orders_at_position AS
  WITH newer AS (
    SELECT DISTINCT ON (key) key, before FROM outbox WHERE position IS NULL ORDER BY key, id
  )
  SELECT id AS key, to_jsonb(orders) AS value FROM orders WHERE NOT EXISTS (SELECT FROM newer WHERE newer.key = orders.id)
  UNION ALL
  SELECT key, before FROM newer WHERE before IS NOT NULL;

-- Which line of history the positions count in. A server that was restored or promoted may have lost commits and give their
-- positions again: the first part of a log file's name is its timeline, which is another one from then on.
CREATE OR REPLACE VIEW outbox_history AS
  SELECT system_identifier || '/' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) AS name FROM pg_control_system();
