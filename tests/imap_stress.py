"""Sessions that do what comes into their heads, on one account, and believe only what follows from
the responses (imap_model). What must hold whatever happens is in imap_ledger."""

import collections
import os
import random
import select
import time

import imap_raw
from imap_actions import Actions
from imap_ledger import STABLE, modified_utf7
from imap_model import Command, View, code_of, format_set, parse_set, require

TRACED = int(os.environ.get("STRESS_TRACE", "60"))  # lines of each session that a failure shows
ENABLED = ("IMAP4rev2", "CONDSTORE", "QRESYNC", "UIDONLY")  # modes that are names of ENABLE too


class Session(Actions):
    """One client, on one of the gateways. `modes` is what it switches on: see View; COMPRESS; LATE,
    which is QRESYNC once the session is under way."""

    def __init__(self, number, seed, posthorn, account, facts, ledger, names, modes):
        self.number = number
        self.random = random.Random(f"{seed}-{number}")
        self.posthorn = posthorn
        self.account = account
        self.facts = facts
        self.ledger = ledger
        self.names = names
        self.wanted = frozenset(modes)
        self.keyword = f"own{number}"
        self.view = None
        self.opening = None  # what is selected once the other mailbox is closed
        self.trace = []  # the last of what was said, for a failure
        self.remembered = {}  # mailbox: what QRESYNC needs to know of it
        self.counters = {}  # what STATUS has told, where it may only grow
        self.connect()

    # ---- the wire

    def connect(self):
        instance = self.random.choice([1, 2])
        self.imap = imap_raw.Connection(self.posthorn.host, self.posthorn.port("IMAP", instance))
        self.imap.login(self.account)
        self.modes = self.wanted
        self.view = None
        if "COMPRESS" in self.modes:
            self.imap.compress()
        for mode in ENABLED:
            if mode in self.modes:
                self.imap.ok(f"ENABLE {mode}")
        if self.notified:
            self._notify()
        self._said(f"-- connected to {instance}")

    def _notify(self):
        selected = "SELECTED-DELAYED" if "DELAYED" in self.modes else "SELECTED"
        modseq = " MODSEQ" if self.modes & {"CONDSTORE", "QRESYNC"} else ""
        self.imap.ok(
            f"NOTIFY SET ({selected} (MessageNew (UID FLAGS{modseq} "
            "BODY.PEEK[HEADER.FIELDS (SUBJECT)]) MessageExpunge FlagChange)) "
            "(PERSONAL (MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange))")

    def close(self):
        self.imap.close()

    def _said(self, what):
        self.trace.append(what)
        del self.trace[:-TRACED]

    def _send(self, octets):
        self._drain()
        if self.view is not None:
            self.view.begin_command()
        self._said(f"> {octets[:200]!r}")
        self.imap.send(octets)

    def _drain(self):
        """What the server says with no command in progress."""
        while b"\r\n" in self.imap.buffer or select.select([self.imap.socket], [], [], 0)[0]:
            self._hear(None)

    def _hear(self, command):
        response = self.imap.response()
        self._said(f"< {str(response)[:300]}")
        if response[0] == b"*":
            if command is not None:
                command.responses.append(response)
            if self.view is not None:
                self.view.apply(response, command)
            if response[1:3] == [b"OK", b"[CLOSED]"] and self.opening is not None:
                self.view, self.opening = self.opening, None
        return response

    def command(self, text, numbers=False, refused=()):
        """Runs one; returns it with its responses. `refused` are the codes it may be denied with;
        completion None stands for a refusal."""
        words = text.split() if isinstance(text, str) else text[:60].decode("latin-1").split()
        name = " ".join(words[:2]) if words[0] == "UID" else words[0]
        command = Command(name, numbers)
        tag = self._tag()
        self._send(tag + b" " + (text.encode() if isinstance(text, str) else text) + b"\r\n")
        self._finish(command, tag, refused)
        return command

    def _tag(self):
        self.imap.number += 1
        return b"T%d" % self.imap.number

    def _finish(self, command, tag, refused):
        response = self._hear(command)
        while response[0] == b"*":
            response = self._hear(command)
        require(response[0] == tag, "answer to", tag, "is", response)
        self._completed(command, response, refused)

    def _completed(self, command, response, refused):
        command.code = code_of(response)
        command.ok = response[1] == b"OK"
        if self.view is not None:
            self.view.end_command(command.code)
        require(not (command.ok and command.lacking), command.name, "is OK, but gave NIL for UIDs",
                command.lacking)
        if not command.ok:
            code = command.code[0].decode() if command.code else ""
            if self.view is not None and self.names.current(self.view.name) is None:
                refused = (*refused, "EXPUNGEISSUED", "NONEXISTENT")  # the mailbox itself is gone
            require(response[1] == b"NO" and code in refused, command.name, "was answered", response)

    def idle(self, seconds):
        command = Command("IDLE")
        tag = self._tag()
        self._send(tag + b" IDLE\r\n")
        while (first := self._hear(command)[0]) != b"+":
            require(first == b"*", "IDLE was answered", first)
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if b"\r\n" in self.imap.buffer or select.select([self.imap.socket], [], [], left)[0]:
                self._hear(command)
        self._said("> DONE")
        self.imap.send(b"DONE\r\n")
        self._finish(command, tag, ())

    def pipeline(self, texts, name):
        """Several commands in one packet. All of them hold removals back, as one called `name` does,
        or none does, whichever of them is being answered."""
        lines = {self._tag(): text for text in texts}
        command = Command(name)
        self._send(b"".join(tag + b" " + text.encode() + b"\r\n" for tag, text in lines.items()))
        while lines:
            response = self._hear(command)
            if response[0] != b"*":
                require(lines.pop(response[0], None), "no command has this tag:", response)
                self._completed(command, response, ("EXPUNGEISSUED",))

    def wire(self, name):
        """A mailbox name as this session sends it."""
        return quoted(name if "IMAP4rev2" in self.modes else modified_utf7(name))

    @property
    def notified(self):
        return bool(self.modes & {"NOTIFY", "DELAYED"})

    @property
    def knows_modseqs(self):
        return bool(self.modes & {"CONDSTORE", "QRESYNC"})

    # ---- choices

    def some(self, least=1, most=12, keep=True, known=True):
        """Messages of the view whose UID (and subject) is known."""
        messages = [m for m in self.view.messages if m.uid is not None]
        if known:
            messages = [m for m in messages if self.subject(m)]
        if not keep:
            messages = [m for m in messages if not self.subject(m).startswith(b"keep")]
        count = min(len(messages), self.random.randint(least, most))
        if self.random.random() < 0.5 and count:
            start = self.random.randrange(len(messages) - count + 1)
            return messages[start:start + count]
        return self.random.sample(messages, count)

    def subject(self, message):
        return self.facts.subject(self.view.key, message.uid)

    def prefix(self):
        """"UID ", or nothing. RFC 5465 5.3: where removals are told at any time, numbers mean
        nothing certain; RFC 9586: with UIDONLY there are none."""
        by_uid = self.modes & {"UIDONLY", "NOTIFY"} or self.random.random() < 0.6
        return "UID " if by_uid else ""

    def named(self, messages):
        """A command prefix and a set that name the messages: by UID or by sequence number."""
        prefix = self.prefix()
        if prefix:
            return prefix, format_set(m.uid for m in messages)
        places = {id(m): n for n, m in enumerate(self.view.messages, 1)}
        return prefix, format_set(places[id(m)] for m in messages)

    def any_mailbox(self):
        return self.random.choice(self.names.keeping() * 2 + self.names.scratch())

    # ---- opening a mailbox

    def select(self, name=None, examine=None):
        name = name or self.any_mailbox()
        if examine is None:
            examine = self.random.random() < 0.2
        if self.view is not None:
            self.remember(self.view)
        known = self.remembered.get(name) if "QRESYNC" in self.modes else None
        parameter = self._resynchronization(known) if known else ""
        self._leave_for(View(self.facts, self.number, name, self.modes, examine))
        command = self.command(f"{'EXAMINE' if examine else 'SELECT'} {self.wire(name)}{parameter}",
                               refused=("NONEXISTENT", "TRYCREATE", ""))
        if not command.ok:
            self.view = self.opening = None
            require(name not in STABLE, "no SELECT of", name)
            return
        self.view.opened()
        if parameter:
            self._resynchronize(known, command)
        if self.random.random() < 0.8:
            self.learn()

    def _leave_for(self, view):
        """Under NOTIFY the old mailbox has news until SELECT is read: up to CLOSED (RFC 9051 7.1), and
        a session that is not told of that goes without a mailbox for a while."""
        if self.view is None or not self.notified:
            self.view = None
            self._drain()
            self.view = view
        elif self.modes & {"QRESYNC", "IMAP4rev2"}:
            self.opening = view
        else:
            self.command("UNSELECT")
            self.view = view

    def remember(self, view):
        if "QRESYNC" in self.modes and view.highest_modseq:
            self.remembered[view.name] = {
                "validity": view.uid_validity, "modseq": view.highest_modseq, "uids": view.uids(),
                "flags": {m.uid: m.flags for m in view.messages if m.uid and m.flags is not None}}

    def _resynchronization(self, known):
        """RFC 7162 3.2.5: with the known UIDs or without, with some of their numbers or without."""
        words = [str(known["validity"]), str(known["modseq"])]
        if known["flags"] and self.random.random() < 0.7:
            words.append(format_set(known["flags"]))
            numbers = [n for n, uid in enumerate(known["uids"], 1) if uid]
            numbers = sorted(self.random.sample(numbers, min(len(numbers), 3)))
            if "UIDONLY" not in self.modes and self.random.random() < 0.5:
                words.append(f"({','.join(map(str, numbers))} "
                             f"{','.join(str(known['uids'][n - 1]) for n in numbers)})")
        return f" (QRESYNC ({' '.join(words)}))"

    def _resynchronize(self, known, command):
        """What was known, less VANISHED, with the FETCHes, is what is there."""
        if known["validity"] != self.view.uid_validity:
            return
        alive = dict(known["flags"])
        for response in command.responses:
            if response[1] == b"VANISHED":
                for uid in parse_set(response[-1]):
                    alive.pop(uid, None)
        if not self.view.messages or not self.fetch("UID ", "1:*", "(UID)").ok:
            return
        lost = set(alive) - set(self.view.uids()) - self.view.gone
        require(not lost, "QRESYNC did not tell that these have vanished:", lost)
        for message in self.view.messages:
            if message.flags is None:
                message.flags = alive.get(message.uid)

    # ---- reading

    def learn(self):
        """Fetches what the view does not know yet."""
        unknown = [m for m in self.view.messages
                   if m.uid is None or m.flags is None or not self.subject(m)]
        if not unknown:
            return
        modseq = " MODSEQ" if self.knows_modseqs else ""
        items = f"(UID FLAGS{modseq} BODY.PEEK[HEADER.FIELDS (SUBJECT)])"
        if not self.modes & {"UIDONLY", "NOTIFY"}:
            places = {id(m): n for n, m in enumerate(self.view.messages, 1)}
            self.fetch("", format_set(places[id(m)] for m in unknown), items)
        elif all(m.uid for m in unknown):
            self.fetch("UID ", format_set(m.uid for m in unknown), items)
        else:
            self.fetch("UID ", "1:*", items)

    def fetch(self, prefix, numbers, items):
        before = set(self.view.uids())
        command = self.command(f"{prefix}FETCH {numbers} {items}", refused=("EXPUNGEISSUED",))
        if numbers != "1:*":
            self.all_answered(command, parse_set(numbers.encode()), before)
        return command

    def all_answered(self, command, asked, before):
        """A sequence number is answered or refused; a UID may be passed over if it is gone."""
        missing = set(asked) - command.answered
        if command.name.startswith(b"UID "):
            self.view.doubtful |= missing & before
        elif command.ok:
            require(not missing, command.name, "is silent about", missing)

    # ---- checkpoints

    def settle(self):
        """Nobody changes anything any more: the view must come to be what is there. Returns the
        mailbox's name as it is now; None when it was deleted."""
        if self.view is None:
            self.select(self.random.choice(STABLE), examine=False)
        self.command("NOOP")
        self.view.settled()
        name = self.names.current(self.view.name)
        if name is None:
            require(not self.view.messages, "messages in the deleted", self.view.name)
        else:
            self.learn()
        return name

    def compare(self, truth):
        """`truth` is another session's fresh fetch of this mailbox."""
        self._compare(truth)
        if self.knows_modseqs:
            # Now with the MODSEQ of those that this session was not told of one by one.
            self.command("UID FETCH 1:* (FLAGS MODSEQ)")
            self._compare(truth)
            require(all(m.modseq for m in self.view.messages), "FETCH MODSEQ left some out")

    def _compare(self, truth):
        mine = [(m.uid, m.flags) for m in self.view.messages]
        there = [(row.uid, row.flags) for row in truth]
        require(mine == there, "the view of", self.view.name, "differs:",
                "\nonly in the view:", [e for e in mine if e not in there],
                "\nonly in the mailbox:", [e for e in there if e not in mine])
        for message, row in zip(self.view.messages, truth):
            require(message.modseq in (None, row.modseq), "MODSEQ of", row.uid, "is", message.modseq,
                    "in the view and", row.modseq, "there")

    def orders(self):
        return {text: [r[1:] for r in self.command(text).responses if r[1] in (b"SORT", b"THREAD")]
                for text in ORDERS}


ORDERS = [f"UID SORT ({key}) UTF-8 ALL" for key in ("SUBJECT", "REVERSE DATE", "SIZE")] + [
    f"UID THREAD {name} UTF-8 ALL" for name in ("REFERENCES", "ORDEREDSUBJECT", "REFS")]


class Deliveries:
    """Messages that come in by SMTP meanwhile, through one gateway and the other."""

    def __init__(self, seed, posthorn, account, ledger):
        self.random = random.Random(f"{seed}-smtp")
        self.account = account
        self.ledger = ledger
        self.clients = [posthorn.smtp(instance) for instance in (1, 2)]
        self.trace = []

    def step(self, keep=False):
        subject, letter = self.ledger.letter(self.random, keep)
        self.random.choice(self.clients).sendmail("s@stress.example", [self.account.address], letter)
        self.ledger.accepted([subject])
        time.sleep(self.random.uniform(0, 0.1))  # the rate of arrivals; nothing waits for it

    def close(self):
        for client in self.clients:
            client.close()


def quoted(name):
    return '"' + name + '"'


Row = collections.namedtuple("Row", "uid flags modseq subject")


def fresh(imap, name):
    """A mailbox, by its name on the wire, as a new session finds it: a list of Rows, its orders and
    its counters."""
    box = quoted(name)
    told = imap.ok(f"EXAMINE {box}")
    status = next(r for r in imap.ok(
        f"STATUS {box} (MESSAGES UIDNEXT UIDVALIDITY UNSEEN HIGHESTMODSEQ)") if r[1] == b"STATUS")[3]
    rows = rows_of(imap) if [b"*", b"0", b"EXISTS"] not in told else []
    counters = dict(zip(status[0::2], map(int, status[1::2])))
    require(counters[b"MESSAGES"] == len(rows), name, "has", len(rows), "messages, STATUS says", status)
    require(counters[b"UNSEEN"] == sum(b"\\seen" not in row.flags for row in rows), name,
            "has other flags than STATUS says:", status)
    require(all(row.uid < counters[b"UIDNEXT"] and row.modseq <= counters[b"HIGHESTMODSEQ"]
                for row in rows), name, "has more than STATUS says:", status, rows)
    orders = {text: [r[1:] for r in imap.ok(text) if r[1] in (b"SORT", b"THREAD")] for text in ORDERS}
    return rows, orders, counters


def rows_of(imap):
    field = b"BODY[HEADER.FIELDS (SUBJECT)]"
    got = imap_raw.fetched(imap.ok(
        "FETCH 1:* (UID FLAGS MODSEQ BODY.PEEK[HEADER.FIELDS (SUBJECT)])"))
    return [Row(int(items[b"UID"]),
                frozenset(flag.lower() for flag in items[b"FLAGS"]) - {b"\\recent"},
                int(items[b"MODSEQ"][0]), items[field].strip().partition(b": ")[2])
            for _, items in sorted(got.items())]
