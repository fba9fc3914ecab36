-- What PREVIEW shows of a message, made when it is first asked for. Deleted with the blob.
CREATE TABLE blob_preview (
  account_id bigint NOT NULL,
  blob_id    bigint NOT NULL,
  preview    text NOT NULL,  -- at most 200 characters; empty: nothing can be shown
  PRIMARY KEY (account_id, blob_id)
) WITH (autovacuum_vacuum_scale_factor = 0.05);
