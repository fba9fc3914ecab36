-- Which annotations changed lately, so that sessions can be told (RFC 5464 4.4.2): of each its last
-- change. Versions count up in each account.
ALTER TABLE account ADD COLUMN annotation_version bigint NOT NULL DEFAULT 0;
CREATE TABLE annotation_change (
  account_id bigint NOT NULL,            -- this and the others as in table annotation
  user_id    bigint NOT NULL,
  mailbox_id int NOT NULL,
  version    bigint NOT NULL,
  entry      text COLLATE "C" NOT NULL,
  PRIMARY KEY (account_id, mailbox_id, user_id, entry)
);
CREATE INDEX annotation_change_version ON annotation_change (account_id, version);
