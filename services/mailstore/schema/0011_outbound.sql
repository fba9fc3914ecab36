-- The outbound queue (proto/posthorn/v1/outbound.proto has its words), what signs and routes what
-- leaves, and what gateways remember of clients.
--
-- Octets of queued messages are bodies of sixteen accounts that belong to nobody; a message's queue
-- id is its account's number (0 to 15) in the upper bits and its blob's id in the lower 48.
-- Times that leases and attempts depend on are milliseconds of the database's clock; others are
-- Unix seconds.

INSERT INTO account (account_id) SELECT 4611686018427387904 + n FROM generate_series(0, 15) AS n;

CREATE SEQUENCE queue_recipient_id_seq AS bigint CACHE 100;

-- Immutable.
CREATE TABLE queue_message (
  account_id   bigint NOT NULL,
  blob_id      bigint NOT NULL,
  created_at   bigint NOT NULL,
  expires_at   bigint NOT NULL,
  submitter    bigint NOT NULL,  -- account, 0: none
  size         int NOT NULL,
  priority     smallint NOT NULL,
  content      smallint NOT NULL,  -- posthorn.v1.BodyKind that the body needs
  utf8_header  boolean NOT NULL,
  reverse_path text NOT NULL,
  message_id_field text NOT NULL,
  envelope     bytea NOT NULL,   -- serialized posthorn.v1.OutboundEnvelope
  signatures   bytea NOT NULL,   -- DKIM-Signature fields, with their line ends
  PRIMARY KEY (account_id, blob_id)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- A recipient leaves the queue when it is settled. A lease is next_attempt_at moved ahead: the
-- recipient of a dead worker is simply due again.
CREATE TABLE queue_recipient (
  recipient_id    bigint PRIMARY KEY,
  account_id      bigint NOT NULL,
  blob_id         bigint NOT NULL,
  next_attempt_at bigint NOT NULL,             -- ms; the greatest bigint: held
  lease_epoch     bigint NOT NULL DEFAULT 0,   -- counts up with every lease
  priority        smallint NOT NULL,           -- of the message
  notify          smallint NOT NULL,           -- posthorn.v1.Notify
  attempts        int NOT NULL DEFAULT 0,
  leased          boolean NOT NULL DEFAULT false,
  data_sent       boolean NOT NULL DEFAULT false,  -- the attempt under way may have delivered
  delay_told      boolean NOT NULL DEFAULT false,
  held            boolean NOT NULL DEFAULT false,  -- by an administrator
  bounce          boolean NOT NULL DEFAULT false,  -- by an administrator: returned when it is next claimed
  worker          bytea,
  site            text COLLATE "C" NOT NULL,
  forward_path    text NOT NULL,
  reverse_path    text,                        -- null: the message's
  original_recipient text NOT NULL,
  status_code     text NOT NULL DEFAULT '',
  diagnostic      text NOT NULL DEFAULT ''
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
        autovacuum_vacuum_cost_delay = 0);
CREATE INDEX queue_recipient_message ON queue_recipient (account_id, blob_id);
CREATE INDEX queue_recipient_due ON queue_recipient (site, priority DESC, next_attempt_at);

-- Where mail goes: "example.org" for a domain by its MX, "route:NAME" for a route, "local" for
-- recipients here whose message was held. A row stays while the site is known.
CREATE TABLE queue_site (
  site        text COLLATE "C" PRIMARY KEY,
  next_due    bigint NOT NULL,               -- ms; no recipient is due before. The greatest bigint: none at all
  dead_until  bigint NOT NULL DEFAULT 0,     -- ms
  failures    int NOT NULL DEFAULT 0,        -- in a row, of connections
  window_size real NOT NULL DEFAULT 5,       -- connections
  suspended   boolean NOT NULL DEFAULT false,
  diagnostic  text NOT NULL DEFAULT '',
  used_at     bigint NOT NULL DEFAULT 0      -- ms; the last claim
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500,
        autovacuum_vacuum_cost_delay = 0);
CREATE INDEX queue_site_due ON queue_site (next_due) WHERE NOT suspended;

CREATE TABLE queue_slot (
  site        text COLLATE "C" NOT NULL,
  number      int NOT NULL,
  epoch       bigint NOT NULL,
  lease_until bigint NOT NULL,  -- ms; 0: free
  worker      bytea NOT NULL,
  PRIMARY KEY (site, number)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500,
        autovacuum_vacuum_cost_delay = 0);

-- What became of messages; kept for some weeks.
CREATE TABLE delivery_log (
  logged_at    bigint NOT NULL,  -- ms
  message_id   bigint NOT NULL,  -- queue id
  recipient_id bigint NOT NULL,
  attempts     int NOT NULL,
  event        text NOT NULL,    -- posthorn.v1.LogEntry.event
  reverse_path text NOT NULL,
  forward_path text NOT NULL,
  status_code  text NOT NULL,
  diagnostic   text NOT NULL,
  remote_mta   text NOT NULL,
  remote_address text NOT NULL,
  tls          text NOT NULL,
  message_id_field text NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.1);
CREATE INDEX delivery_log_message ON delivery_log (message_id);
CREATE INDEX delivery_log_age ON delivery_log USING brin (logged_at) WITH (pages_per_range = 32);

-- Where mail goes that does not go by its MX: by recipient's domain or by sender's; the other is ''.
CREATE TABLE queue_route (
  recipient_domain text COLLATE "C" NOT NULL,
  sender_domain    text COLLATE "C" NOT NULL,
  name             text COLLATE "C" NOT NULL,
  route            bytea NOT NULL,  -- serialized posthorn.v1.Route
  PRIMARY KEY (recipient_domain, sender_domain)
);

CREATE TABLE dkim_key (
  domain      text COLLATE "C" NOT NULL REFERENCES domain ON DELETE CASCADE,
  selector    text COLLATE "C" NOT NULL,
  algorithm   smallint NOT NULL,  -- posthorn.v1.DkimAlgorithm
  state       smallint NOT NULL,  -- posthorn.v1.DkimKey.State
  private_key text NOT NULL,      -- PEM, PKCS #8
  created_at  bigint NOT NULL,
  changed_at  bigint NOT NULL,
  PRIMARY KEY (domain, selector)
);

-- Recipients that accounts may send to in a day, and have sent to.
CREATE TABLE sending_limit (
  account_id bigint PRIMARY KEY,
  recipients_per_day int NOT NULL
);
CREATE TABLE sending_count (
  account_id bigint NOT NULL,
  day        int NOT NULL,  -- since 1970, UTC
  recipients int NOT NULL,
  PRIMARY KEY (account_id, day)
) WITH (fillfactor = 50);

-- Policies of MTA-STS (RFC 8461), shared by all workers.
CREATE TABLE sts_policy (
  domain     text COLLATE "C" PRIMARY KEY,
  id         text NOT NULL,
  policy     text NOT NULL,
  max_age    int NOT NULL,     -- seconds
  fetched_at bigint NOT NULL
);

-- TLS sessions by day, for reports (RFC 8460). key is a hash of the columns from policy_type on.
CREATE TABLE tls_session_count (
  day          int NOT NULL,  -- since 1970, UTC
  domain       text COLLATE "C" NOT NULL,
  key          bytea NOT NULL,
  policy_type  text NOT NULL,
  policy       text NOT NULL,
  mx_host      text NOT NULL,
  failure_type text NOT NULL,
  receiving_ip text NOT NULL,
  sending_ip   text NOT NULL,
  successful   bigint NOT NULL,
  failed       bigint NOT NULL,
  PRIMARY KEY (day, domain, key)
) WITH (fillfactor = 70);
-- Days whose reports have been sent, or are being.
CREATE TABLE tls_report (
  day    int NOT NULL,
  domain text COLLATE "C" NOT NULL,
  PRIMARY KEY (day, domain)
);

-- Greylisting: hashes of triplets, and of networks that have passed.
CREATE TABLE greylist (
  key        bytea PRIMARY KEY,
  first_seen bigint NOT NULL,
  last_seen  bigint NOT NULL,
  passes     int NOT NULL DEFAULT 0
) WITH (fillfactor = 70);

-- Events by key and period. A crash may forget them.
CREATE UNLOGGED TABLE event_count (
  key        text COLLATE "C" NOT NULL,
  period     int NOT NULL,     -- seconds
  started_at bigint NOT NULL,
  n          bigint NOT NULL,
  PRIMARY KEY (key, period)
) WITH (fillfactor = 50);

-- Catch-alls are aliases under "@domain". Targets of aliases may be outside.
ALTER TABLE alias ADD COLUMN outside boolean NOT NULL DEFAULT false;
