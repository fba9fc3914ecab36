-- Annotations (RFC 5464).
CREATE TABLE annotation (
  account_id bigint NOT NULL,         -- owner of the mailbox; the user itself for the server's
  user_id    bigint NOT NULL,         -- whose private entry; 0: shared
  mailbox_id int NOT NULL,            -- 0: the server
  entry      text COLLATE "C" NOT NULL,  -- lower case, without /private or /shared
  value      bytea NOT NULL,
  PRIMARY KEY (account_id, mailbox_id, user_id, entry)
);
