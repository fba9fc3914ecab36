-- Mail: accounts' usage, mailboxes, messages, bodies, and the log of changes.
--
-- Every table is keyed by account_id first and refers to nothing outside of its account: no
-- foreign keys, triggers or sequences. So the same schema can be distributed by account_id.
-- Flags and MODSEQs are in no index, so that changing them is a HOT update.
-- Dates are Unix seconds unless said otherwise.

-- What an account uses and may use. Locked by every write that adds or removes messages; always
-- before any mailbox row of the account. Who the account is, is told in the directory.
CREATE TABLE account (
  account_id      bigint PRIMARY KEY,
  used_bytes      bigint NOT NULL DEFAULT 0,
  used_messages   bigint NOT NULL DEFAULT 0,
  quota_bytes     bigint NOT NULL DEFAULT 0,  -- 0: no limit
  next_blob_id    bigint NOT NULL DEFAULT 1,
  next_mailbox_id int    NOT NULL DEFAULT 1,
  last_uidvalidity int   NOT NULL DEFAULT 0  -- the greatest given to a mailbox
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);

-- The state of a mailbox. Its lock, held to the commit, makes UIDs and MODSEQs visible in order.
CREATE TABLE mailbox (
  account_id         bigint NOT NULL,
  highest_modseq     bigint NOT NULL DEFAULT 1,
  log_floor_modseq   bigint NOT NULL DEFAULT 0,  -- change_log is complete above this MODSEQ
  size               bigint NOT NULL DEFAULT 0,  -- octets of all messages
  mailbox_id         int    NOT NULL,
  uidvalidity        int    NOT NULL,
  uidnext            int    NOT NULL DEFAULT 1,
  n_messages         int    NOT NULL DEFAULT 0,
  n_unseen           int    NOT NULL DEFAULT 0,
  n_deleted          int    NOT NULL DEFAULT 0,
  recent_from_uid    int    NOT NULL DEFAULT 1,  -- UIDs from here on no session has claimed as \Recent
  keywords           text   NOT NULL DEFAULT '',  -- separated by spaces; bit i of message.keywords is the i-th
  PRIMARY KEY (account_id, mailbox_id)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);

-- Names of mailboxes; also names without a mailbox: subscriptions that outlive it, and parents.
CREATE TABLE mailbox_name (
  account_id  bigint NOT NULL,
  name        text COLLATE "C" NOT NULL,
  mailbox_id  int,                       -- null: the name cannot be selected
  special_use smallint NOT NULL DEFAULT 0,  -- posthorn.v1.SpecialUse
  subscribed  boolean NOT NULL DEFAULT false,
  exists_as_parent boolean NOT NULL DEFAULT false,  -- kept for its children although it has no mailbox
  PRIMARY KEY (account_id, name)
);

CREATE TABLE message (
  account_id    bigint NOT NULL,
  modseq        bigint NOT NULL,
  blob_id       bigint NOT NULL,
  internal_date bigint NOT NULL,
  save_date     bigint NOT NULL,  -- when it came into this mailbox
  keywords      bigint NOT NULL DEFAULT 0,
  mailbox_id    int    NOT NULL,
  uid           int    NOT NULL,
  size          int    NOT NULL,  -- octets
  flags         int    NOT NULL DEFAULT 0,  -- posthorn.v1.SystemFlag bits
  PRIMARY KEY (account_id, mailbox_id, uid)
) WITH (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05);

-- A message's octets and what the MIME scanner learnt of them. Immutable. The body is in the row
-- if the row then fits a page, otherwise it is null and in blob_chunk.
CREATE TABLE blob (
  account_id     bigint NOT NULL,
  blob_id        bigint NOT NULL,
  size           int NOT NULL,        -- octets
  header_size    int NOT NULL,        -- with the empty line
  codec          smallint NOT NULL,   -- of body; 0 as it is, 1 zstd
  envelope       bytea NOT NULL,      -- serialized posthorn.v1.Envelope
  body_structure bytea NOT NULL,      -- serialized posthorn.v1.BodyStructure
  body           bytea,
  PRIMARY KEY (account_id, blob_id)
) WITH (toast_tuple_target = 8160, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE blob ALTER body SET STORAGE MAIN;

-- A long body in pieces that fill a page each and are decoded by themselves.
CREATE TABLE blob_chunk (
  account_id bigint NOT NULL,
  blob_id    bigint NOT NULL,
  start      bigint NOT NULL,      -- offset in the message of the piece's first octet
  plain_size int NOT NULL,         -- octets of the message in it, at most 32768
  codec      smallint NOT NULL,
  data       bytea NOT NULL,
  PRIMARY KEY (account_id, blob_id, start)
) WITH (toast_tuple_target = 8160, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE blob_chunk ALTER data SET STORAGE MAIN;

-- How many messages share a blob, for those that COPY made more than one of. No row: one.
CREATE TABLE blob_ref (
  account_id bigint NOT NULL,
  blob_id    bigint NOT NULL,
  n          int NOT NULL,
  PRIMARY KEY (account_id, blob_id)
) WITH (fillfactor = 80);

-- Bodies to be deleted in the background once their time has come: of removed messages, and of
-- uploads in progress (which take their row away when they finish).
CREATE TABLE blob_gc (
  account_id bigint NOT NULL,
  blob_id    bigint NOT NULL,
  due_at     bigint NOT NULL,
  PRIMARY KEY (account_id, blob_id)
) WITH (autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX blob_gc_due ON blob_gc (due_at);

-- What changed in a mailbox at a MODSEQ. kind 1: messages that arrived or whose flags changed;
-- 2: messages that were removed. uids are runs as in posthorn.v1.UidSet, as varints.
CREATE TABLE change_log (
  account_id bigint NOT NULL,
  modseq     bigint NOT NULL,
  logged_at  bigint NOT NULL,
  mailbox_id int NOT NULL,
  kind       smallint NOT NULL,
  uids       bytea NOT NULL,
  PRIMARY KEY (account_id, mailbox_id, modseq, kind)
) WITH (autovacuum_vacuum_scale_factor = 0.05);
-- Rows are only added and deleted, nearly in order of time: what is old is found by a few pages.
CREATE INDEX change_log_age ON change_log USING brin (logged_at) WITH (pages_per_range = 32);

-- Results of writes by their callers' keys: a repeated call gets the first one's answer.
CREATE TABLE idempotency (
  account_id bigint NOT NULL,
  key        bytea NOT NULL,
  created_at bigint NOT NULL,
  result     bytea NOT NULL,
  PRIMARY KEY (account_id, key)
) WITH (autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX idempotency_age ON idempotency USING brin (created_at) WITH (pages_per_range = 32);

-- The POP3 session that holds an account's maildrop, until its lease runs out.
CREATE TABLE maildrop_lock (
  account_id  bigint PRIMARY KEY,
  holder      bytea NOT NULL,
  lease_until timestamptz NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);

-- Secrets that all replicas share, made by the first that needs one.
CREATE TABLE server_secret (
  name       text PRIMARY KEY,
  secret     bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
