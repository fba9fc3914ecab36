"""What the stress test put into its account and must find in it again: messages and mailboxes."""

import base64
import collections
import re
import threading

from imap_model import require

STABLE = ["INBOX", "Work", "Work/Sub", "Entwürfe"]
DATES = ["01-Jan-2024 10:00:00 +0000", "15-Jul-2025 23:59:59 -0800", "02-Nov-2026 00:00:00 +0100"]


def modified_utf7(name):
    """A mailbox name as IMAP4rev1 has it on the wire (RFC 3501 5.1.3)."""
    def encoded(match):
        octets = base64.b64encode(match[0].encode("utf-16-be")).rstrip(b"=").replace(b"/", b",")
        return "&" + ("" if match[0] == "&" else octets.decode()) + "-"
    return re.sub(r"[^\x20-\x7e]+|&", encoded, name)


class Ledger:
    """Messages, told by their subjects."""

    def __init__(self):
        self._lock = threading.Lock()
        self._count = 0
        self.kept = []        # messages of which there is always exactly one: moved, never copied
        self.arrived = set()  # messages that were accepted
        self.doomed = set()   # messages that somebody may have removed
        self.keywords = {}    # (subject, keyword): whether its one owner has set it; None: unsure

    def letter(self, random, keep=False):
        """A new subject, and a message of that subject that may belong to a thread."""
        with self._lock:
            self._count += 1
            number = self._count
            subject = b"%s-%d" % (b"keep" if keep else b"free", number)
            if keep:
                self.kept.append(subject)
        parent = random.randrange(1, number + 1)
        threaded = b"References: <%d@stress.example>\r\n" % parent if parent < number else b""
        return subject, (
            b"Message-ID: <%d@stress.example>\r\nDate: Mon, %d Nov 2026 10:%02d:00 +0000\r\n"
            b"From: Stress <s@stress.example>\r\nTo: you@example.org\r\n%sSubject: %s\r\n\r\n%s"
            % (number, 2 + number % 20, number % 60, threaded, subject,
               b"A line of a body.\r\n" * random.randrange(1, 40)))

    def accepted(self, subjects):
        with self._lock:
            self.arrived |= set(subjects)

    def doom(self, subjects):
        with self._lock:
            self.doomed |= set(subjects)

    def unsure(self, subjects, keyword):
        for subject in subjects:
            self.keywords[subject, keyword] = None

    def check(self, found):
        """`found`: (subject, flags) of every message in the account, when nobody changes any."""
        counts = collections.Counter(subject for subject, _ in found)
        for subject in self.kept:
            require(counts[subject] == 1, subject, "is there", counts[subject], "times")
        lost = self.arrived - self.doomed - set(counts)
        require(not lost, "accepted, removed by nobody and lost:", lost)
        for subject, flags in found:
            for (named, keyword), is_set in self.keywords.items():
                if named == subject and is_set is not None and subject.startswith(b"keep"):
                    require((keyword.encode() in flags) == is_set, subject, "has", flags, "but",
                            keyword, "was", "set" if is_set else "removed")


class Names:
    """Mailboxes that come and go, and what became of them; the stable ones stay."""

    def __init__(self):
        self._lock = threading.Lock()
        self._count = 0
        self._scratch = []
        self._renamed = {}  # old name: new name, or None when it was deleted
        self.archives = []

    def new(self):
        with self._lock:
            self._count += 1
            return f"scratch-{self._count}" + ("/\N{GRINNING FACE}" if self._count % 3 == 0 else "")

    def add(self, name):
        with self._lock:
            self._scratch.append(name)

    def take(self, random):
        """One to rename or delete, that nobody else will; None if there is none."""
        with self._lock:
            return self._scratch.pop(random.randrange(len(self._scratch))) if self._scratch else None

    def renamed(self, old, new):
        with self._lock:
            self._renamed[old] = new

    def current(self, name):
        """What the mailbox that once had this name is called now; None if it was deleted."""
        while name in self._renamed:
            name = self._renamed[name]
        return name

    def scratch(self):
        with self._lock:
            return list(self._scratch)

    def keeping(self):
        return STABLE + self.archives
