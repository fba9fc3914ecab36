"""A mail client that watches a mailbox through a storm, moves some of what comes to another one, and
remembers what it was told."""

import contextlib
import imaplib
import re
import threading
import time

MAILBOXES = ("INBOX", "Kept")
MOVED_OF = 5  # each so manieth
HEADER = "(UID BODY.PEEK[HEADER.FIELDS (SUBJECT)])"


def subject(octets):
    return re.search(rb"(?m)^Subject: (\S+)", octets)[1].decode()


def codes(client, name):
    """The last response code of this name, taken away."""
    values = [value for value in client.response(name)[1] or [] if value]
    return values[-1].decode().split() if values else None


class View:
    """What is known of one mailbox: grows, and never changes."""

    def __init__(self):
        self.validity, self.subjects, self.modseq, self.errors = None, {}, 0, []

    def open(self, validity, modseq):
        if self.validity not in (None, validity):
            self.errors.append(f"UIDVALIDITY {self.validity} became {validity}")
        if modseq < self.modseq:
            self.errors.append(f"HIGHESTMODSEQ {self.modseq} became {modseq}")
        self.validity, self.modseq = validity, modseq

    def learn(self, uid, name):
        if self.subjects.setdefault(uid, name) != name:
            self.errors.append(f"UID {uid} was {self.subjects[uid]}, and is {name}")


class Watcher(threading.Thread):
    def __init__(self, system, account):
        super().__init__(daemon=True)
        self.system, self.account = system, account
        self.views = {name: View() for name in MAILBOXES}
        self.moved, self.unsure = {}, set()  # source UID -> UID there, by COPYUID; without an answer
        self.errors, self.sessions = [], 0
        self.stopping, self.failure = threading.Event(), None

    def run(self):
        try:
            while not self.stopping.is_set():
                with contextlib.suppress(OSError, imaplib.IMAP4.error, EOFError):
                    self._session()
                time.sleep(0.1)
        except Exception as error:  # noqa: BLE001 - shown by the test
            self.failure = error

    def _session(self):
        client = self.system.imap(self.account)
        try:
            client.create("Kept")
            for mailbox in MAILBOXES:
                self._look(client, mailbox)
            self.sessions += 1
            while not self.stopping.is_set():
                for mailbox in reversed(MAILBOXES):
                    self._look(client, mailbox)
                self._move(client)
                time.sleep(0.2)
        finally:
            with contextlib.suppress(OSError, imaplib.IMAP4.error):
                client.shutdown()

    def _look(self, client, mailbox):
        """All of it: a view that a new session has is that of the last one, and more."""
        status, _ = client.select(mailbox)
        if status != "OK":
            raise imaplib.IMAP4.error("not now")
        view = self.views[mailbox]
        view.open(codes(client, "UIDVALIDITY"), int(codes(client, "HIGHESTMODSEQ")[0]))
        status, data = client.uid("FETCH", "1:*", HEADER)
        if status != "OK":
            raise imaplib.IMAP4.error("not now")
        found = {int(re.search(rb"UID (\d+)", item[0])[1]): subject(item[1])
                 for item in data if isinstance(item, tuple)}
        if list(found) != sorted(found):
            self.errors.append(f"{mailbox}: UIDs do not ascend")
        gone = set(view.subjects) - set(found)
        if mailbox == "INBOX":
            gone -= set(self.moved) | self.unsure
        if gone:
            self.errors.append(f"{mailbox}: gone {sorted(gone)}")
        for uid, name in found.items():
            view.learn(uid, name)

    def _move(self, client):
        """The newest of what is there, if it is one that is to be moved. INBOX is selected."""
        known = [uid for uid in self.views["INBOX"].subjects
                 if uid % MOVED_OF == 0 and uid not in self.moved and uid not in self.unsure]
        if not known:
            return
        uid = known[0]
        self.unsure.add(uid)
        status, _ = client.uid("MOVE", str(uid), "Kept")
        if status == "OK":
            copied = codes(client, "COPYUID")
            self.unsure.discard(uid)
            self.moved[uid] = int(copied[2])

    def stop(self):
        self.stopping.set()
        self.join(60)
        assert not self.is_alive() and self.failure is None, self.failure
