"""What senders know of the messages they submitted: the oracle of the storm of faults."""

import collections
import dataclasses
import random
import smtplib
import threading
import time

from exchange import LARGE, compose
from posthorn import insecure_tls
from senders import Sender, Senders

ACCEPTED = "accepted"  # a 250 to the final dot came
REFUSED = "refused"    # a 4xx or 5xx came, or there was no final dot: it must be nowhere
UNKNOWN = "unknown"    # the connection was lost between the final dot and its reply

# What becomes of a recipient, and how many of a hundred messages have one of a kind.
RELAYED, SLOW = "relayed", "slow"            # at a next hop
BOUNCED, HUSHED = "bounced", "hushed"        # refused by the next hop; hushed: NOTIFY=NEVER
LOCAL, HELD = "local", "held"                # in a mailbox here; held: by FUTURERELEASE
MIX = {(RELAYED,): 74, (SLOW,): 1, (BOUNCED,): 8, (HUSHED,): 3, (HELD,): 6,
       (RELAYED, LOCAL): 4, (RELAYED, RELAYED, BOUNCED): 4}
LARGE_SHARE = 0.05  # of messages that do not come with their claim


@dataclasses.dataclass
class Entry:
    identity: str
    sender: object
    recipients: list  # of (kind, address)
    octets: bytes
    outcome: str
    at: float  # of its outcome, by time.time()

    def of_kind(self, *kinds):
        return [address for kind, address in self.recipients if kind in kinds]


class Ledger:
    def __init__(self):
        self.entries = {}
        self._lock = threading.Lock()
        self._counts = collections.Counter()

    def add(self, entry):
        with self._lock:
            assert entry.identity not in self.entries
            self.entries[entry.identity] = entry
            self._counts[entry.outcome] += 1

    def count(self, outcome):
        return self._counts[outcome]

    def accepted(self):
        return [entry for entry in self.entries.values() if entry.outcome == ACCEPTED]


class Submitter(Sender):
    """Submits as one account through one gateway. `address_of`: kind -> an address that has this
    fate."""

    def __init__(self, system, instance, account, address_of, ledger, name):
        super().__init__()
        self.system, self.instance, self.account = system, instance, account
        self.address_of, self.ledger, self.prefix = address_of, ledger, name
        self.random = random.Random(name)

    def _connect(self):
        try:
            client = smtplib.SMTP(self.system.host, self.system.port("SUBMISSION", self.instance),
                                  timeout=60)
            client.starttls(context=insecure_tls())
            client.ehlo("client.example")
            client.login(self.account.address, self.account.password)
            return client
        except (OSError, smtplib.SMTPException):
            time.sleep(0.05)
            return None

    def _entry(self, identity):
        [kinds] = self.random.choices(list(MIX), list(MIX.values()))
        recipients = [(kind, self.address_of(kind)) for kind in kinds]
        body = f"body of {identity}\r\n.a dot\r\n" + "x" * self.random.randint(1, 900) + "\r\n"
        if self.random.random() < LARGE_SHARE:
            body += LARGE
        octets = compose(self.account.address, recipients[0][1], identity, body)
        return Entry(identity, self.account, recipients, octets, REFUSED, 0)

    def _send(self, client, number):
        """By hand, to know whether the final dot was sent."""
        entry = self._entry(f"{self.prefix}.{number}")
        try:
            for verb, argument in self._envelope(entry):
                if client.docmd(verb, argument)[0] >= 400:
                    client.docmd("RSET")
                    return client
            entry.outcome = UNKNOWN
            client.send(smtplib._quote_periods(entry.octets) + b".\r\n")
            code, _ = client.getreply()
            entry.outcome = ACCEPTED if code == 250 else REFUSED
            return client
        except (OSError, smtplib.SMTPException):
            client.close()
            return None
        finally:
            entry.at = time.time()
            self.ledger.add(entry)

    def _envelope(self, entry):
        hold = " HOLDFOR=1" if entry.of_kind(HELD) else ""
        yield "MAIL", f"FROM:<{self.account.address}>{hold}"
        for kind, address in entry.recipients:
            yield "RCPT", f"TO:<{address}>" + (" NOTIFY=NEVER" if kind == HUSHED else "")
        yield "DATA", ""


def sending(system, accounts, gateways, address_of, ledger):
    """A context of submitters, each with an account of its own, that take the gateways in turn."""
    return Senders(Submitter(system, 1 + n % gateways, account, address_of, ledger, f"m{n}")
                   for n, account in enumerate(accounts))
