-- Where domains want their reports of TLS sessions (RFC 8460 3). A report takes its counts out of
-- tls_session_count, in the transaction that queues it.
DROP TABLE tls_report;
CREATE TABLE tls_report_receiver (
  domain    text COLLATE "C" PRIMARY KEY,
  addresses text[] NOT NULL,
  seen_at   bigint NOT NULL,            -- Unix seconds
  reported_until bigint NOT NULL DEFAULT 0  -- where the last report ended
) WITH (fillfactor = 70);

-- Messages whose time is over, whether somebody tries them or not.
CREATE INDEX queue_message_expiry ON queue_message (expires_at);

-- The log by address, by "@domain" (as a prefix, from the end) and by Message-ID. Each recipient's
-- life begins with a line "queued", which leads to the others by message_id: so one line of it has
-- the cost of these indexes, and attempts have none.
CREATE INDEX delivery_log_forward_path ON delivery_log
  (reverse(lower(forward_path)) text_pattern_ops) WHERE event = 'queued';
CREATE INDEX delivery_log_reverse_path ON delivery_log
  (reverse(lower(reverse_path)) text_pattern_ops) WHERE event = 'queued';
CREATE INDEX delivery_log_message_id_field ON delivery_log
  (lower(message_id_field)) WHERE event = 'queued';
