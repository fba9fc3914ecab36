-- Capabilities that an account's IMAP clients are not to see, upper case, separated by spaces.
ALTER TABLE login ADD COLUMN hidden_capabilities text NOT NULL DEFAULT '';
