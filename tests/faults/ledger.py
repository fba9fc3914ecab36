"""What a client knows of each message it sent: the oracle of the fault tests."""

import base64
import dataclasses
import random
import smtplib
import threading
import time

from senders import Sender, Senders

# What became of a message, as its sender saw it.
ACCEPTED = "accepted"  # a 250 to the final dot came
REFUSED = "refused"    # a 4xx or 5xx came: it must be nowhere
UNKNOWN = "unknown"    # the connection was lost between the final dot and its reply


def body_of(identity):
    """The body of a message, by its identity. Every tenth is so long, and hard enough to compress,
    that it comes into the database in pieces, which count only when the last one is there."""
    if not identity.endswith("0"):
        return f"body of {identity}\r\n"
    octets = random.Random(identity).randbytes(450_000)
    return base64.encodebytes(octets).decode().replace("\n", "\r\n")


@dataclasses.dataclass
class Entry:
    identity: str
    account: object
    outcome: str


class Ledger:
    def __init__(self):
        self.entries = []
        self._lock = threading.Lock()

    def add(self, entry):
        with self._lock:
            self.entries.append(entry)

    def count(self, outcome):
        with self._lock:
            return sum(entry.outcome == outcome for entry in self.entries)

    def check(self, found):
        """`found`: identity -> times seen in its account's mailbox. Invariants I1 to I3."""
        lost = [e.identity for e in self.entries if e.outcome == ACCEPTED and found.get(e.identity, 0) == 0]
        assert not lost, f"accepted and missing: {lost}"
        refused = [e.identity for e in self.entries if e.outcome == REFUSED and found.get(e.identity, 0)]
        assert not refused, f"refused and there: {refused}"
        twice = [e.identity for e in self.entries if found.get(e.identity, 0) > 1]
        assert not twice, f"there more than once: {twice}"
        known = {entry.identity for entry in self.entries}
        assert set(found) <= known, f"never sent: {set(found) - known}"


class RemoteSender(Sender):
    """Sends to accounts in turn through one gateway, as a server elsewhere would."""

    def __init__(self, posthorn, instance, accounts, ledger, name):
        super().__init__()
        self.posthorn, self.instance, self.accounts = posthorn, instance, accounts
        self.ledger, self.prefix = ledger, name

    def _connect(self):
        try:
            client = smtplib.SMTP(self.posthorn.host, self.posthorn.port("SMTP", self.instance),
                                  timeout=60)
            client.ehlo()
            return client
        except (OSError, smtplib.SMTPException):
            time.sleep(0.05)
            return None

    def _send(self, client, number):
        """The dialogue by hand, to know exactly when the final dot was sent."""
        identity = f"{self.prefix}-{number}"
        account = self.accounts[(number - 1) % len(self.accounts)]
        message = (f"From: a@remote.example\r\nX-Identity: {identity}\r\nSubject: {identity}\r\n\r\n"
                   f"{body_of(identity)}")
        dot_sent = False
        try:
            for command in ("MAIL FROM:<a@remote.example>", f"RCPT TO:<{account.address}>", "DATA"):
                code, _ = client.docmd(command)
                if code >= 400:
                    self.ledger.add(Entry(identity, account, REFUSED))
                    client.docmd("RSET")
                    return client
            dot_sent = True
            client.send(message.encode() + b".\r\n")
            code, _ = client.getreply()
            self.ledger.add(Entry(identity, account, ACCEPTED if code == 250 else REFUSED))
            return client
        except (OSError, smtplib.SMTPException):
            self.ledger.add(Entry(identity, account, UNKNOWN if dot_sent else REFUSED))
            client.close()
            return None


def sending(posthorn, accounts, ledger, count=8):
    """Some senders on both gateways, as a context."""
    return Senders(RemoteSender(posthorn, 1 + n % 2, accounts, ledger, f"s{n}") for n in range(count))
