-- Keys that sign URLs of messages (RFC 4467), one for each mailbox that its owner signed a URL of.
-- Mailbox numbers are never reused, so a key that is left of a deleted mailbox opens nothing.
CREATE TABLE url_key (
  account_id bigint NOT NULL,
  mailbox_id int    NOT NULL,
  key        bytea  NOT NULL,  -- 32 random octets
  PRIMARY KEY (account_id, mailbox_id)
);
