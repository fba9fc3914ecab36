"""What the database tells of a storm: a journal of leases that triggers keep while it rages, and
recounts when it is over."""

import subprocess

# Breaches of the rules of leases, and leases that ended without a result. A row of the queue whose
# attempt was given back as none (OUTCOME_UNTRIED, or another site) may count one attempt less.
JOURNAL = """
CREATE UNLOGGED TABLE lease_breach (at timestamptz DEFAULT clock_timestamp(), what text, row text);
CREATE TABLE lease_lost (recipient_id bigint, data_sent boolean,
                         at timestamptz DEFAULT clock_timestamp());
CREATE FUNCTION watch_recipient() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE now_ms bigint := (extract(epoch FROM statement_timestamp()) * 1000)::bigint;
BEGIN
  IF NEW.lease_epoch = OLD.lease_epoch AND NEW.leased AND NEW.worker IS DISTINCT FROM OLD.worker THEN
    INSERT INTO lease_breach (what, row) VALUES ('two workers with one epoch', NEW::text);
  ELSIF NEW.lease_epoch > OLD.lease_epoch AND OLD.next_attempt_at > now_ms THEN
    INSERT INTO lease_breach (what, row) VALUES ('leased before its time', OLD::text);
  ELSIF NEW.lease_epoch NOT IN (OLD.lease_epoch, OLD.lease_epoch + 1) THEN
    INSERT INTO lease_breach (what, row) VALUES ('an epoch skipped', NEW::text);
  END IF;
  IF NEW.attempts < OLD.attempts - 1 OR (NEW.attempts < OLD.attempts AND NOT (OLD.leased AND NOT NEW.leased)) THEN
    INSERT INTO lease_breach (what, row) VALUES ('attempts decreased', NEW::text);
  END IF;
  IF NEW.lease_epoch > OLD.lease_epoch AND OLD.leased THEN
    INSERT INTO lease_lost VALUES (OLD.recipient_id, OLD.data_sent);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER watch_recipient AFTER UPDATE ON queue_recipient FOR EACH ROW
  EXECUTE FUNCTION watch_recipient();
CREATE FUNCTION watch_slot() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  now_ms bigint := (extract(epoch FROM statement_timestamp()) * 1000)::bigint;
  most int := (SELECT greatest(floor(window_size)::int, 1) FROM queue_site WHERE site = NEW.site);
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.epoch = OLD.epoch THEN
    IF NEW.worker <> OLD.worker THEN
      INSERT INTO lease_breach (what, row) VALUES ('two workers with one slot', NEW::text);
    END IF;
    RETURN NULL;
  END IF;
  IF TG_OP = 'UPDATE' AND OLD.lease_until > now_ms THEN
    INSERT INTO lease_breach (what, row) VALUES ('a slot taken that is held', OLD::text);
  END IF;
  IF NEW.number >= most THEN
    INSERT INTO lease_breach (what, row) VALUES ('a slot beyond the window', NEW::text);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER watch_slot AFTER INSERT OR UPDATE ON queue_slot FOR EACH ROW
  EXECUTE FUNCTION watch_slot();
"""

# Each gives the rows that must not be (I7, I11).
USAGE = """
SELECT a.account_id, a.used_messages, a.used_bytes, count(m.uid), coalesce(sum(m.size), 0)
FROM account a JOIN login USING (account_id) LEFT JOIN message m USING (account_id)
GROUP BY 1, 2, 3 HAVING (a.used_messages, a.used_bytes) <> (count(m.uid), coalesce(sum(m.size), 0))"""
MAILBOXES = """
SELECT b.account_id, b.mailbox_id, b.n_messages, count(m.uid) FROM mailbox b
LEFT JOIN message m USING (account_id, mailbox_id) GROUP BY b.account_id, b.mailbox_id
HAVING (b.n_messages, b.size, b.n_unseen) <> (count(m.uid), coalesce(sum(m.size), 0),
        count(*) FILTER (WHERE m.uid IS NOT NULL AND m.flags & 1 = 0))
OR b.uidnext <= coalesce(max(m.uid), 0) OR b.highest_modseq < coalesce(max(m.modseq), 0)"""
OWNERS_WITHOUT_BODY = """
SELECT account_id, blob_id FROM message LEFT JOIN blob b USING (account_id, blob_id)
WHERE b.blob_id IS NULL UNION ALL
SELECT account_id, blob_id FROM queue_message LEFT JOIN blob b USING (account_id, blob_id)
WHERE b.blob_id IS NULL UNION ALL
SELECT account_id, blob_id FROM queue_recipient LEFT JOIN queue_message m USING (account_id, blob_id)
WHERE m.blob_id IS NULL"""
BODIES_WITHOUT_OWNER = """
SELECT account_id, blob_id FROM (SELECT account_id, blob_id FROM blob UNION
                                 SELECT account_id, blob_id FROM blob_chunk) b
WHERE NOT EXISTS (SELECT FROM message m WHERE (m.account_id, m.blob_id) = (b.account_id, b.blob_id))
AND NOT EXISTS (SELECT FROM queue_message q WHERE (q.account_id, q.blob_id) = (b.account_id, b.blob_id))
"""
IN_QUEUE = "SELECT count(*) FROM queue_recipient"
# What is left of it, for who looks at a failure: times are seconds from now.
LEFT = """
SELECT s.site, count(r.*), min(attempts), max(attempts), bool_or(leased), bool_or(data_sent),
  min(next_attempt_at) / 1000 - extract(epoch FROM now())::bigint,
  CASE WHEN next_due < 9000000000000 THEN next_due / 1000 - extract(epoch FROM now())::bigint END,
  dead_until / 1000 - extract(epoch FROM now())::bigint, failures, window_size,
  (SELECT count(*) FROM queue_slot l WHERE l.site = s.site AND l.lease_until / 1000 > extract(epoch FROM now())),
  max(r.diagnostic), s.diagnostic
FROM queue_recipient r JOIN queue_site s USING (site) GROUP BY s.site"""
# Grace is over for all that is to be deleted.
END_GRACE = "UPDATE blob_gc SET due_at = 0"
OLD_TRANSACTIONS = """
SELECT pid, state, query FROM pg_stat_activity WHERE backend_type = 'client backend'
AND pid <> pg_backend_pid() AND clock_timestamp() - xact_start > interval '5 s'"""


def sql(system, text):
    """Rows as lists of strings."""
    done = subprocess.run(
        ["psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-d", system.env["DATABASE_URL"]],
        input=text, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return [line.split("|") for line in done.stdout.splitlines()]
