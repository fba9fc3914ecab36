-- Limits beside that on octets (RFC 9208 5), and who may set them over IMAP.
ALTER TABLE account
  ADD COLUMN quota_messages  bigint NOT NULL DEFAULT 0,  -- 0: no limit
  ADD COLUMN quota_mailboxes int NOT NULL DEFAULT 0,     -- 0: no limit
  ADD COLUMN may_set_quota   boolean NOT NULL DEFAULT false;  -- of accounts of its own domain
