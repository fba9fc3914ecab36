-- What an administrator returns at suspended sites, where no claim comes by.
CREATE INDEX queue_recipient_bounce ON queue_recipient (site) WHERE bounce;
