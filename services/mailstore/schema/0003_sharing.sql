-- Access of others to an account's mailboxes (RFC 4314). The owner has every right and no row.
CREATE TABLE mailbox_acl (
  account_id bigint NOT NULL,   -- of the mailbox
  grantee_id bigint NOT NULL,   -- an account; 0: anyone
  mailbox_id int NOT NULL,
  rights     int NOT NULL,      -- bits as in access/rights.h
  negative   boolean NOT NULL,  -- rights taken away from what the others give
  identifier text NOT NULL,     -- as the client wrote it, without the sign
  PRIMARY KEY (account_id, mailbox_id, grantee_id, negative)
);

-- The same from the side of those who were given rights: whose mailboxes to look at for a LIST. What
-- stands here may be out of date; mailbox_acl decides.
CREATE TABLE shared_mailbox (
  account_id bigint NOT NULL,   -- who was given rights; 0: anyone
  owner_id   bigint NOT NULL,
  mailbox_id int NOT NULL,
  PRIMARY KEY (account_id, owner_id, mailbox_id)
);
