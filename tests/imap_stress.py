"""Sessions that do what comes into their heads, on one account, and believe only what follows from
the responses (imap_model). What must hold whatever happens is in Ledger."""

import collections
import random
import select
import threading
import time

import imap_raw
from imap_model import Command, View, code_of, format_set, parse_set, require

STABLE = ["INBOX", "Work", "Work/Sub", "Entw&APw-rfe"]
SHARED_FLAGS = ["\\Seen", "\\Answered", "\\Flagged", "\\Draft", "$Forwarded", "later"]
FULL = 100  # messages from which on a session rather removes some
DATES = ["01-Jan-2024 10:00:00 +0000", "15-Jul-2025 23:59:59 -0800", "02-Nov-2026 00:00:00 +0100"]


class Ledger:
    """What was put into the account and must be found in it again, told by the subjects."""

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

    def accepted(self, subject):
        with self._lock:
            self.arrived.add(subject)

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
            return f"scratch-{self._count}" + ("/&2D3eAA-" if self._count % 3 == 0 else "")

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


class Session:
    """One client, on one of the gateways; `kind` is what it enables: "", "CONDSTORE", "QRESYNC"."""

    def __init__(self, number, seed, posthorn, account, facts, ledger, names, kind):
        self.number = number
        self.random = random.Random(f"{seed}-{number}")
        self.posthorn = posthorn
        self.account = account
        self.facts = facts
        self.ledger = ledger
        self.names = names
        self.kind = kind
        self.keyword = f"own{number}"
        self.view = None
        self.trace = []  # the last of what was said, for a failure
        self.remembered = {}  # mailbox: what QRESYNC needs to know of it
        self.connect()

    # ---- the wire

    def connect(self):
        instance = self.random.choice([1, 2])
        self.imap = imap_raw.Connection(self.posthorn.host, self.posthorn.port("IMAP", instance))
        self.imap.login(self.account)
        self.capabilities = set(self.imap.ok("CAPABILITY")[0][2:])
        if self.kind.encode() not in self.capabilities:
            self.kind = ""
        if self.kind:
            self.imap.ok(f"ENABLE {self.kind}")
        self.view = None
        self._said(f"-- connected to {instance}")

    def close(self):
        self.imap.close()

    def _said(self, what):
        self.trace.append(what)
        del self.trace[:-60]

    def _send(self, octets):
        self._drain()
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
        return response

    def command(self, text, numbers=False, refused=()):
        """Runs one; returns it with its responses. `refused` are the codes it may be denied with;
        completion None stands for a refusal."""
        words = text.split() if isinstance(text, str) else text[:60].decode("latin-1").split()
        name = " ".join(words[:2]) if words[0] == "UID" else words[0]
        command = Command(name, numbers)
        self.imap.number += 1
        tag = b"T%d" % self.imap.number
        self._send(tag + b" " + (text.encode() if isinstance(text, str) else text) + b"\r\n")
        self._finish(command, tag, refused)
        return command

    def _finish(self, command, tag, refused):
        response = self._hear(command)
        while response[0] == b"*":
            response = self._hear(command)
        require(response[0] == tag, "answer to", tag, "is", response)
        self._completed(command, response, refused)

    def _completed(self, command, response, refused):
        command.code = code_of(response)
        command.ok = response[1] == b"OK"
        require(not (command.ok and command.lacking), command.name, "is OK, but gave NIL for UIDs",
                command.lacking)
        if not command.ok:
            code = command.code[0].decode() if command.code else ""
            if self.view is not None and self.names.current(self.view.name) is None:
                refused = (*refused, "EXPUNGEISSUED", "NONEXISTENT")  # the mailbox itself is gone
            require(response[1] == b"NO" and code in refused, command.name, "was answered", response)

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

    def named(self, messages):
        """A command prefix and a set that name the messages: by UID or by sequence number."""
        if self.random.random() < 0.6:
            return "UID ", format_set(m.uid for m in messages)
        places = {id(m): n for n, m in enumerate(self.view.messages, 1)}
        return "", format_set(places[id(m)] for m in messages)

    def any_mailbox(self):
        return self.random.choice(self.names.keeping() * 2 + self.names.scratch())

    # ---- what it does

    def select(self, name=None, examine=None):
        name = name or self.any_mailbox()
        if examine is None:
            examine = self.random.random() < 0.2
        old = self.view
        if old is not None:
            self.forget_or_remember(old)
        known = self.remembered.get(name) if self.kind == "QRESYNC" else None
        parameter = ""
        if known and known["modseq"]:
            parameter = (f" (QRESYNC ({known['validity']} {known['modseq']}"
                         + (f" {format_set(known['flags'])}" if known["flags"] else "") + "))")
        self.view = None
        self._drain()
        view = View(self.facts, self.number, name, examine, bool(self.kind), self.kind == "QRESYNC")
        self.view = view
        command = self.command(f"{'EXAMINE' if examine else 'SELECT'} {quoted(name)}{parameter}",
                               refused=("NONEXISTENT", "TRYCREATE", ""))
        if not command.ok:
            self.view = None
            require(name not in STABLE, "no SELECT of", name)
            return
        view.opened()
        if parameter:
            self.resynchronize(known, command)
        if self.random.random() < 0.8:
            self.learn()

    def forget_or_remember(self, view):
        if self.kind != "QRESYNC" or not view.highest_modseq:
            return
        self.remembered[view.name] = {
            "validity": view.uid_validity, "modseq": view.highest_modseq,
            "flags": {m.uid: m.flags for m in view.messages if m.uid and m.flags is not None}}

    def resynchronize(self, known, command):
        """RFC 7162 3.2.5: what was known, less VANISHED, with the FETCHes, is what is there."""
        if known["validity"] != self.view.uid_validity:
            return
        alive = dict(known["flags"])
        for response in command.responses:
            if response[1] == b"VANISHED":
                for uid in parse_set(response[-1]):
                    alive.pop(uid, None)
        if not self.view.messages or not self.fetch("", "1:*", "(UID)").ok:
            return
        lost = set(alive) - set(self.view.uids()) - self.view.gone
        require(not lost, "QRESYNC did not tell that these have vanished:", lost)
        for message in self.view.messages:
            if message.flags is None:
                message.flags = alive.get(message.uid)

    def learn(self):
        """Fetches what the view does not know yet."""
        unknown = [n for n, m in enumerate(self.view.messages, 1)
                   if m.uid is None or m.flags is None or not self.subject(m)]
        if unknown:
            modseq = " MODSEQ" if self.kind else ""
            self.fetch("", format_set(unknown),
                       f"(UID FLAGS{modseq} BODY.PEEK[HEADER.FIELDS (SUBJECT)])")

    def fetch(self, uid, numbers, items):
        before = set(self.view.uids())
        command = self.command(f"{uid}FETCH {numbers} {items}",
                               refused=("EXPUNGEISSUED",))
        if numbers != "1:*":
            self._all_answered(command, parse_set(numbers.encode()), before)
        return command

    def _all_answered(self, command, asked, before):
        """A sequence number is answered or refused; a UID may be passed over if it is gone."""
        missing = set(asked) - command.answered
        if command.name.startswith(b"UID "):
            self.view.doubtful |= missing & before
        elif command.ok:
            require(not missing, command.name, "is silent about", missing)

    def do_fetch(self):
        messages = self.some(known=False)
        if messages:
            uid, numbers = self.named(messages)
            items = self.random.choice([
                "(FLAGS)", "(UID FLAGS)", "(UID ENVELOPE)", "FAST", "ALL", "(UID RFC822.SIZE)",
                "(UID INTERNALDATE FLAGS)", "(UID BODYSTRUCTURE)", "(UID BODY.PEEK[])", "(BODY[])",
                "(UID FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])"]
                + ["(UID FLAGS MODSEQ)"] * 3 * bool(self.kind))
            self.fetch(uid, numbers, items)

    def do_learn(self):
        self.learn()

    def do_store(self):
        if self.view.read_only:
            return
        own = self.random.random() < 0.5
        messages = self.some() if own else self.some(keep=False)
        if not messages:
            return
        # A message that is kept has flags of its own session only, so that none gets lost.
        mode = self.random.choice("+-") if own else self.random.choice(["+", "-", "+", "-", ""])
        flags = [self.keyword] if own else self.random.sample(SHARED_FLAGS, 2)
        if not own and self.random.random() < 0.3:
            flags.append("\\Deleted")
            self.ledger.doom(self.subject(m) for m in messages)
        self.store(messages, mode, flags, silent=self.random.random() < 0.4)

    def store(self, messages, mode, flags, silent):
        uid, numbers = self.named(messages)
        uids = {m.uid for m in messages}
        subjects = {m.uid: self.subject(m) for m in messages}
        own = flags == [self.keyword]
        if own:
            self.ledger.unsure(subjects.values(), self.keyword)
        if silent:
            self.view.stored(uids, mode, flags)
        before = set(self.view.uids())
        command = self.command(
            f"{uid}STORE {numbers} {mode}FLAGS{'.SILENT' if silent else ''} ({' '.join(flags)})",
            refused=("EXPUNGEISSUED",))
        if not silent:
            self._all_answered(command, parse_set(numbers.encode()), before)
        if not command.ok:
            self.view.doubt(uids)
        elif own and not silent:
            self._note_own_keyword(command, parse_set(numbers.encode()), subjects, mode == "+")

    def _note_own_keyword(self, command, asked, subjects, is_set):
        """What a STORE of this session's own keyword has answered, is so until its next STORE."""
        for number, message in enumerate(self.view.messages, 1):
            named = message.uid if command.name.startswith(b"UID ") else number
            subject = subjects.get(message.uid)
            if subject and subject.startswith(b"keep") and named in command.answered & set(asked):
                require((self.keyword.encode() in message.flags) == is_set,
                        "STORE of", self.keyword, "left", message.flags)
                self.ledger.keywords[subject, self.keyword] = is_set

    def do_expunge(self):
        if self.view.read_only:
            return
        if self.random.random() < 0.5 and b"UIDPLUS" in self.capabilities:
            messages = self.some(keep=False)
            if messages:
                self.command(f"UID EXPUNGE {format_set(m.uid for m in messages)}")
        else:
            self.command("EXPUNGE")

    def do_prune(self):
        if self.view.read_only or len(self.view.messages) < FULL:
            return
        messages = self.some(FULL // 2, FULL // 2, keep=False)
        if messages:
            self.ledger.doom(self.subject(m) for m in messages)
            self.store(messages, "+", ["\\Deleted"], silent=True)
            self.command("EXPUNGE")

    def do_copy(self):
        messages = self.some(keep=False)
        if messages:
            self._transfer("COPY", messages, self.any_mailbox())

    def do_move(self):
        if self.view.read_only:
            return
        messages = self.some()
        if not messages:
            return
        to = self.any_mailbox()
        if to not in self.names.keeping():
            messages = [m for m in messages if not self.subject(m).startswith(b"keep")]
            self.ledger.doom(self.subject(m) for m in messages)
        if messages:
            self._transfer("MOVE", messages, to)

    def _transfer(self, verb, messages, to):
        uid, numbers = self.named(messages)
        view, uids = self.view, {m.uid for m in messages}
        command = self.command(f"{uid}{verb} {numbers} {quoted(to)}",
                               refused=("EXPUNGEISSUED", "TRYCREATE", "NONEXISTENT"))
        codes = [code_of(r) for r in command.responses if r[1] == b"OK"] + [command.code]
        for code in codes:
            if code and code[0] == b"COPYUID":
                sources, targets = parse_set(code[2]), parse_set(code[3])
                require(len(sources) == len(targets), "COPYUID", code)
                require(set(sources) <= uids, "COPYUID names what was not to be copied", code)
                for source, target in zip(sources, targets):
                    self.facts.name((to, int(code[1])), target,
                                    self.facts.subject(view.key, source))
                if verb == "MOVE":
                    view.doubtful |= set(sources) & set(view.uids())

    def do_append(self):
        to = self.any_mailbox()
        subject, letter = self.ledger.letter(self.random)
        flags = self.random.choice(["", " (\\Seen)", " (\\Flagged later)", " (\\Draft $Forwarded)"])
        date = self.random.choice(["", f' "{self.random.choice(DATES)}"'])
        if to not in self.names.keeping():
            self.ledger.doom([subject])
        plus = f"APPEND {quoted(to)}{flags}{date} {{{len(letter)}+}}\r\n".encode() + letter
        command = self.command(plus, refused=("TRYCREATE", "NONEXISTENT"))
        if command.ok:
            self.ledger.accepted(subject)
            if command.code and command.code[0] == b"APPENDUID":
                self.facts.name((to, int(command.code[1])), int(command.code[2]), subject)

    def do_search(self):
        key, numbers = self.random.choice([
            ("ALL", False), ("UNSEEN", False), ("DELETED", False), ("KEYWORD later", False),
            ("NOT SUBJECT keep", False), ("LARGER 300", False), ("1:*", True), ("RECENT", False)])
        if key == "1:*" and not self.view.messages:
            return
        uid = self.random.choice(["", "UID "])
        result = self.random.choice(["", "RETURN (MIN MAX COUNT) "]) \
            if b"ESEARCH" in self.capabilities else ""
        self.command(f"{uid}SEARCH {result}{key}", numbers=numbers)

    def do_sort(self):
        if b"SORT" in self.capabilities:
            uid = self.random.choice(["", "UID "])
            key = self.random.choice(["SUBJECT", "REVERSE DATE", "ARRIVAL", "SIZE FROM"])
            self.command(f"{uid}SORT ({key}) UTF-8 ALL")

    def do_noop(self):
        self.command(self.random.choice(["NOOP", "NOOP", "CHECK"]))
        self.view.settled()

    def do_idle(self):
        self.imap.number += 1
        tag = b"T%d" % self.imap.number
        command = Command("IDLE")
        self._send(tag + b" IDLE\r\n")
        while (first := self._hear(command)[0]) != b"+":
            require(first == b"*", "IDLE was answered", first)
        until = time.monotonic() + self.random.uniform(0, 0.3)
        while (left := until - time.monotonic()) > 0:
            if b"\r\n" in self.imap.buffer or select.select([self.imap.socket], [], [], left)[0]:
                self._hear(command)
        self._said("> DONE")
        self.imap.send(b"DONE\r\n")
        self._finish(command, tag, ())

    def do_status(self):
        name = self.any_mailbox()
        command = self.command(f"STATUS {quoted(name)} (MESSAGES UIDNEXT UIDVALIDITY UNSEEN)",
                               refused=("NONEXISTENT", "TRYCREATE", ""))
        require(command.ok or name not in STABLE, "no STATUS of", name)

    def do_list(self):
        command = self.command('LIST "" "*"')
        names = [r[4].decode() for r in command.responses if r[1] == b"LIST"]
        require(len(names) == len(set(names)), "LIST names one twice", names)
        require(set(STABLE) <= set(names), "LIST left out", set(STABLE) - set(names))

    def do_create(self):
        name = self.names.new()
        if self.command(f"CREATE {quoted(name)}").ok:
            self.names.add(name)

    def do_rename(self):
        name = self.names.take(self.random)
        if name:
            new = self.names.new()
            self.names.renamed(name, new)
            self.command(f"RENAME {quoted(name)} {quoted(new)}")
            self.names.add(new)

    def do_delete(self):
        name = self.names.take(self.random)
        if name:
            self.names.renamed(name, None)
            self.command(f"DELETE {quoted(name)}")

    def do_archive(self):
        """RENAME INBOX: all of its messages go, it stays (RFC 3501 6.3.5)."""
        if len(self.names.archives) < 3 and self.random.random() < 0.1:
            name = self.names.new() + "-archive"
            self.command(f"RENAME INBOX {quoted(name)}")
            self.names.archives.append(name)

    def do_close(self):
        """CLOSE or UNSELECT; nothing of the mailbox may be told afterwards."""
        self.forget_or_remember(self.view)
        command = Command("CLOSE")
        self.imap.number += 1
        tag = b"T%d" % self.imap.number
        verb = self.random.choice([b"CLOSE", b"UNSELECT"])
        self._send(tag + b" " + verb + b"\r\n")
        self._finish(command, tag, ())
        expunged = [r for r in command.responses if len(r) > 2 and r[2] == b"EXPUNGE"]
        require(verb == b"UNSELECT" or not expunged, "CLOSE tells EXPUNGE (RFC 3501 6.4.2)")
        self.view = None

    def do_reconnect(self):
        self.forget_or_remember(self.view)
        if self.random.random() < 0.5:
            self.view = None
            self.command("LOGOUT")
        self.close()
        self.connect()

    def do_pipeline(self):
        """Several commands in one packet: they run in order (RFC 9051 5.5)."""
        by_uid = self.random.random() < 0.5
        lines = {}
        for _ in range(self.random.randint(2, 4)):
            messages = self.some(most=4, keep=False)
            if not messages:
                return
            places = {id(m): n for n, m in enumerate(self.view.messages, 1)}
            numbers = format_set(m.uid if by_uid else places[id(m)] for m in messages)
            verb = self.random.choice(["FETCH", "FETCH", "SEARCH"]
                                      + ["STORE"] * 2 * (not self.view.read_only))
            text = {"FETCH": f"FETCH {numbers} (UID FLAGS)",
                    "STORE": f"STORE {numbers} +FLAGS (\\Seen)",
                    "SEARCH": "SEARCH ALL" if by_uid else f"SEARCH {numbers}"}[verb]
            self.imap.number += 1
            lines[b"T%d" % self.imap.number] = ("UID " if by_uid else "") + text
        # All of them hold expunged messages back, or none does, whichever is being answered.
        command = Command("UID FETCH" if by_uid else "FETCH")
        self._send(b"".join(tag + b" " + text.encode() + b"\r\n" for tag, text in lines.items()))
        while lines:
            response = self._hear(command)
            if response[0] != b"*":
                require(lines.pop(response[0], None), "no command has this tag:", response)
                self._completed(command, response, ("EXPUNGEISSUED",))

    CHOICES = [("fetch", 16), ("learn", 8), ("store", 18), ("expunge", 6), ("prune", 6), ("copy", 5),
               ("move", 10), ("append", 6), ("search", 6), ("sort", 2), ("noop", 6), ("idle", 4),
               ("status", 3), ("list", 2), ("create", 2), ("rename", 1), ("delete", 1),
               ("archive", 1), ("close", 1), ("reconnect", 1), ("pipeline", 5), ("reselect", 5)]

    def do_reselect(self):
        self.select()

    def step(self):
        if self.view is None:
            self.select()
            return
        names, weights = zip(*self.CHOICES)
        getattr(self, "do_" + self.random.choices(names, weights)[0])()

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
        mine = [(m.uid, m.flags) for m in self.view.messages]
        there = [(row.uid, row.flags) for row in truth]
        require(mine == there, "the view of", self.view.name, "differs:",
                "\nonly in the view:", [e for e in mine if e not in there],
                "\nonly in the mailbox:", [e for e in there if e not in mine])
        for message, row in zip(self.view.messages, truth):
            require(None in (message.modseq, row.modseq) or message.modseq == row.modseq, "MODSEQ of",
                    row.uid, "is", message.modseq, "in the view and", row.modseq, "there")

    def orders(self):
        """SORT and THREAD of the mailbox by UID, where they are offered."""
        commands = ["UID SORT (SUBJECT) UTF-8 ALL"] * (b"SORT" in self.capabilities)
        commands += [f"UID THREAD {name[7:].decode()} UTF-8 ALL"
                     for name in sorted(self.capabilities) if name.startswith(b"THREAD=")]
        return {text: [r[1:] for r in self.command(text).responses if r[1] in (b"SORT", b"THREAD")]
                for text in commands}


class Deliveries:
    """Messages that come in by SMTP meanwhile, through one gateway and the other."""

    def __init__(self, seed, posthorn, account, ledger):
        self.random = random.Random(f"{seed}-smtp")
        self.posthorn = posthorn
        self.account = account
        self.ledger = ledger
        self.clients = [posthorn.smtp(instance) for instance in (1, 2)]
        self.trace = []

    def step(self, keep=False):
        subject, letter = self.ledger.letter(self.random, keep)
        self.random.choice(self.clients).sendmail("s@stress.example", [self.account.address], letter)
        self.ledger.accepted(subject)
        time.sleep(self.random.uniform(0, 0.1))  # the rate of arrivals; nothing waits for it

    def close(self):
        for client in self.clients:
            client.close()


def quoted(name):
    return '"' + name + '"'


Row = collections.namedtuple("Row", "uid flags modseq subject")


def fresh(imap, name):
    """A mailbox as a new session finds it: a list of Rows."""
    exists = [r for r in imap.ok(f"EXAMINE {quoted(name)}") if r[-1] == b"EXISTS"]
    if int(exists[0][1]) == 0:
        return []
    condstore = any(b"CONDSTORE" in r for r in imap.ok("CAPABILITY"))
    field = "BODY[HEADER.FIELDS (SUBJECT)]"
    got = imap_raw.fetched(imap.ok(
        f"FETCH 1:* (UID FLAGS{' MODSEQ' * condstore} {field.replace('[', '.PEEK[')})"))
    return [Row(int(items[b"UID"]),
                frozenset(flag.lower() for flag in items[b"FLAGS"]) - {b"\\recent"},
                int(items[b"MODSEQ"][0]) if condstore else None,
                items[field.encode()].strip().partition(b": ")[2])
            for _, items in sorted(got.items())]
