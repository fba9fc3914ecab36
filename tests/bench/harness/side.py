"""A mail system under measurement, as the workloads see it."""

from dataclasses import dataclass


@dataclass
class Ports:
    smtp: int
    imap: int
    pop3: int
    relay: int     # takes mail for elsewhere
    smtp_tls: int  # SMTP with STARTTLS
    sink: int      # where mail for SINK_DOMAIN goes


# The accounts that every side has: first number and how many. {} in USER is the number.
USER = "bench{}@bench.example"
PASSWORD = "bench-password"
DELIVERY_ACCOUNTS = (0, 1000)     # receive mail; also idle and log in
WORK_ACCOUNTS = (1000, 16)        # hold a moderate mailbox each: APPEND, STORE, POP3
LARGE_ACCOUNTS = (1016, 2)        # hold 10,000 and 100,000 messages
NOTIFIED_ACCOUNT = (1018, 1)
MILLION_ACCOUNT = (1019, 1)       # holds the largest mailbox, of small messages
ACCOUNTS = 1020
SINK_DOMAIN = "sink.example"


def user(number):
    return USER.replace("{}", str(number))


class Side:
    """start() returns once the system serves; stop() ends what start() began."""

    name = ""
    ports: Ports
    sender = ""  # who relays, logged in, as USER; empty: anybody

    def start(self):
        raise NotImplementedError

    def stop(self):
        raise NotImplementedError

    def settle(self):
        """Waits, within bounds, until what ended sessions left behind has gone."""
        raise NotImplementedError

    def process_ids(self, protocol):
        """The processes whose memory an idle connection of "imap" or "smtp" may take."""
        raise NotImplementedError

    def versions(self):
        """Lines for the report."""
        raise NotImplementedError
