-- Who is served here: domains, logins and aliases. Small, read by every replica; with the mail
-- distributed over nodes these are reference tables.
--
-- Keys of addresses are in the form of mail::MailboxAddress::LookupKey: case-folded NFC, domain as
-- lower case A-labels. Beside each key the address stands as SMTP writes it.

-- Numbers are never given out twice, so what is left of a removed account is never anyone else's.
CREATE SEQUENCE account_id_seq AS bigint;

-- Its row is locked by everything that adds an address to the domain, and by its removal.
CREATE TABLE domain (
  domain     text COLLATE "C" PRIMARY KEY,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE login (
  address_key     text COLLATE "C" PRIMARY KEY,
  account_id      bigint NOT NULL UNIQUE,
  domain          text COLLATE "C" NOT NULL REFERENCES domain,
  address         text NOT NULL,
  password_record text NOT NULL,            -- PHC string, argon2id
  generation      int NOT NULL DEFAULT 1,   -- of the password: each new one counts up
  created_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX login_domain ON login (domain, address_key);
CREATE INDEX login_domain_age ON login (domain, account_id);

-- Many to many. A target is the key of a login or of another alias.
CREATE TABLE alias (
  address_key text COLLATE "C" NOT NULL,
  target_key  text COLLATE "C" NOT NULL,
  domain      text COLLATE "C" NOT NULL REFERENCES domain,  -- of the address
  address     text NOT NULL,
  target      text NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (address_key, target_key)
);
CREATE INDEX alias_domain ON alias (domain, address_key);
CREATE INDEX alias_target ON alias (target_key);

-- Accounts that were removed and whose mail is still to be deleted, in the background.
CREATE TABLE removed_account (
  account_id bigint PRIMARY KEY,
  removed_at timestamptz NOT NULL DEFAULT now()
);
