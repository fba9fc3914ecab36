-- Changes of flags are committed without waiting for the disk (storage/crash_recovery.h).
ALTER TABLE mailbox
  ADD COLUMN reserved_modseq      bigint NOT NULL DEFAULT 0,  -- commits up to this MODSEQ need not wait; 0: all do
  ADD COLUMN message_floor_modseq bigint NOT NULL DEFAULT 0;  -- no message has a lower MODSEQ, whatever its row says
CREATE INDEX mailbox_reserved ON mailbox (account_id, mailbox_id) WHERE reserved_modseq > 0;

-- A row: the database has not crashed, nor failed over, since a replica made it. PostgreSQL empties
-- an unlogged table after a crash, and a standby begins with an empty one; an orderly stop keeps it.
CREATE UNLOGGED TABLE crash_mark (
  made_at timestamptz NOT NULL DEFAULT now()
);
