"""What a session of the stress test may do: each `do_` method is one choice."""

import urllib.parse

from imap_ledger import DATES, STABLE
from imap_model import code_of, format_set, parse_set, require
from imap_sessions import literal

SHARED_FLAGS = ["\\Seen", "\\Answered", "\\Flagged", "\\Draft", "$Forwarded", "later"]
FULL = 100  # messages from which on a session rather removes some
GONE = ("EXPUNGEISSUED",)
NOWHERE = ("TRYCREATE", "NONEXISTENT")


class Actions:
    """Base of Session, which has the connection and the view."""

    CHOICES = [("fetch", 16), ("learn", 8), ("partial", 3), ("changed", 5), ("store", 18),
               ("store_unchanged", 8), ("expunge", 6), ("prune", 6), ("copy", 5), ("move", 10),
               ("append", 6), ("catenate", 3), ("replace", 4), ("search", 6), ("saved", 5), ("sort", 3),
               ("noop", 6), ("idle", 4), ("status", 4), ("list", 3), ("create", 2), ("rename", 1),
               ("delete", 1), ("archive", 1), ("close", 1), ("reconnect", 1), ("pipeline", 5),
               ("reselect", 5), ("enable", 1)]

    def step(self):
        if self.view is None:
            self.select()
            return
        names, weights = zip(*self.CHOICES)
        getattr(self, "do_" + self.random.choices(names, weights)[0])()

    # ---- reading messages

    def do_fetch(self):
        messages = self.some(known=False)
        if messages:
            prefix, numbers = self.named(messages)
            items = self.random.choice([
                "(FLAGS)", "(UID FLAGS)", "(UID ENVELOPE)", "FAST", "ALL", "(UID RFC822.SIZE)",
                "(UID INTERNALDATE FLAGS)", "(UID BODYSTRUCTURE)", "(UID BODY.PEEK[])", "(BODY[])",
                "(UID BODY.PEEK[]<0.50>)", "(UID FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])"]
                + ["(UID FLAGS MODSEQ)"] * 3 * self.knows_modseqs)
            self.fetch(prefix, numbers, items)

    def do_learn(self):
        self.learn()

    def do_partial(self):
        """RFC 9394 3.3: a page, from either end; of what, is not certain under NOTIFY."""
        uids = self.view.uids()
        if not uids or None in uids or self.notified:
            return
        count = self.random.randint(1, 12)
        page = self.random.choice([f"1:{count}", f"-1:-{count}"])
        asked = set(uids[:count] if page.startswith("1") else uids[-count:])
        answered = sized(self.command(f"UID FETCH 1:* (UID RFC822.SIZE) (PARTIAL {page})"))
        missing = asked - answered
        self.view.doubtful |= missing
        require(len(answered - asked) <= len(missing), "PARTIAL", page, "of", uids, "gave", answered)

    def do_changed(self):
        """What has changed since the greatest MODSEQ that some message has."""
        known = {m.uid: m.modseq for m in self.view.messages if m.uid and m.modseq}
        if not known or not self.knows_modseqs:
            return
        since = self.random.choice(list(known.values()))
        vanished = " VANISHED" * ("QRESYNC" in self.modes)
        command = self.command(f"UID FETCH 1:* (FLAGS) (CHANGEDSINCE {since}{vanished})")
        self.view.doubtful |= {uid for uid, modseq in known.items()
                               if modseq > since} - command.answered

    def do_pipeline(self):
        """Several commands in one packet: they run in order (RFC 9051 5.5)."""
        prefix = self.prefix()
        texts = []
        for _ in range(self.random.randint(2, 4)):
            messages = self.some(most=4, keep=False)
            if not messages:
                return
            places = {id(m): n for n, m in enumerate(self.view.messages, 1)}
            numbers = format_set(m.uid if prefix else places[id(m)] for m in messages)
            verb = self.random.choice(["FETCH", "FETCH", "SEARCH"]
                                      + ["STORE"] * 2 * (not self.view.read_only))
            texts.append(prefix + {"FETCH": f"FETCH {numbers} (UID FLAGS)",
                                   "STORE": f"STORE {numbers} +FLAGS (\\Seen)",
                                   "SEARCH": "SEARCH ALL" if prefix else f"SEARCH {numbers}"}[verb])
        self.pipeline(texts, prefix + "FETCH")

    # ---- searching

    def do_search(self):
        key, numbers = self.random.choice([
            ("ALL", False), ("UNSEEN", False), ("DELETED", False), ("KEYWORD later", False),
            ("NOT SUBJECT keep", False), ("LARGER 300", False), ("1:*", True), ("RECENT", False)])
        if numbers and (not self.view.messages or self.modes & {"UIDONLY", "NOTIFY"}):
            return
        result = self.random.choice(["", "RETURN (MIN MAX COUNT) ", "RETURN (ALL COUNT) "])
        self.command(f"{self.prefix()}SEARCH {result}{key}", numbers=numbers)

    def do_saved(self):
        """RFC 5182: $ is what was found, less what has gone since."""
        prefix = self.prefix()
        key = self.random.choice(["ALL", "UNSEEN", "KEYWORD later", "NOT SUBJECT keep"])
        found = self.command(f"{prefix}SEARCH RETURN (SAVE ALL) {key}").found
        uids = set(found if prefix else [self.view.messages[n - 1].uid for n in found])
        if key == "NOT SUBJECT keep" and not self.view.read_only and self.random.random() < 0.5:
            flag = self.random.choice(SHARED_FLAGS)
            answered = self.command(f"UID STORE $ +FLAGS ({flag})").answered
        else:
            answered = sized(self.command("UID FETCH $ (UID RFC822.SIZE)"))
            require(None in uids or answered <= uids, "$ is", uids, "but answered are", answered)
        self.view.doubtful |= (uids - answered - {None}) & set(self.view.uids())

    def do_sort(self):
        verb = self.random.choice(["SORT (SUBJECT)", "SORT (REVERSE DATE)", "SORT (ARRIVAL)",
                                   "SORT (SIZE FROM)", "THREAD REFERENCES", "THREAD REFS"])
        self.command(f"{self.prefix()}{verb} UTF-8 ALL")

    # ---- changing flags

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
        prefix, numbers = self.named(messages)
        uids = {m.uid for m in messages}
        subjects = {m.uid: self.subject(m) for m in messages}
        own = flags == [self.keyword]
        if own:
            self.ledger.unsure(subjects.values(), self.keyword)
        if silent:
            self.view.stored(uids, mode, flags)
        before = set(self.view.uids())
        command = self.command(
            f"{prefix}STORE {numbers} {mode}FLAGS{'.SILENT' if silent else ''} ({' '.join(flags)})",
            refused=GONE)
        if not silent:
            self.all_answered(command, parse_set(numbers.encode()), before)
        if not command.ok or silent and self.notified:  # NOTIFY: flags may be told that were before it
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

    def do_store_unchanged(self):
        """RFC 7162 3.1.3: what is known to have changed is refused, the rest is not unless it has."""
        if self.view.read_only or not self.knows_modseqs:
            return
        messages = [m for m in self.some(keep=False) if m.modseq]
        if not messages:
            return
        since = self.random.choice([m.modseq for m in messages])
        changed = {m.uid for m in messages if m.modseq > since}
        prefix, numbers = self.named(messages)
        named = {m.uid if prefix else n: m.uid for n, m in enumerate(self.view.messages, 1)
                 if m in messages}
        silent = self.random.choice(["", ".SILENT"])
        command = self.command(f"{prefix}STORE {numbers} (UNCHANGEDSINCE {since}) "
                               f"{self.random.choice('+-')}FLAGS{silent} (later \\Answered)",
                               refused=(*GONE, "MODIFIED"))
        refused = set(parse_set(command.code[1])) if command.code[:1] == [b"MODIFIED"] else set()
        require(refused <= set(named), "MODIFIED names", refused, "of", set(named))
        if silent:
            self.view.doubt(named.values())
        modified = {named[number] for number in refused}
        self.view.doubtful |= (changed - modified) & set(self.view.uids())
        self.view.modified.update((uid, since) for uid in modified)

    # ---- removing and moving

    def do_expunge(self):
        if self.view.read_only:
            return
        if self.random.random() < 0.5:
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
        to = self.any_mailbox()
        if to not in self.names.keeping():
            messages = [m for m in messages if not self.subject(m).startswith(b"keep")]
            self.ledger.doom(self.subject(m) for m in messages)
        if messages:
            self._transfer("MOVE", messages, to)

    def _transfer(self, verb, messages, to):
        prefix, numbers = self.named(messages)
        view, uids = self.view, {m.uid for m in messages}
        command = self.command(f"{prefix}{verb} {numbers} {self.wire(to)}", refused=GONE + NOWHERE)
        for code in self._codes(command):
            if code[0] == b"COPYUID":
                sources, targets = parse_set(code[2]), parse_set(code[3])
                require(len(sources) == len(targets), "COPYUID", code)
                require(set(sources) <= uids, "COPYUID names what was not to be copied", code)
                for source, target in zip(sources, targets):
                    self.facts.name((to, int(code[1])), target,
                                    self.facts.subject(view.key, source))
                if verb == "MOVE":
                    view.doubtful |= set(sources) & set(view.uids())

    @staticmethod
    def _codes(command):
        """The response codes of its untagged OKs and of its tagged response."""
        codes = [code_of(r) for r in command.responses if r[1] == b"OK"] + [command.code]
        return [code for code in codes if code]

    # ---- adding messages

    def do_append(self):
        """One message, or several at once (RFC 3502)."""
        to = self.any_mailbox()
        letters = [self.ledger.letter(self.random)
                   for _ in range(self.random.choice([1, 1, 1, 2, 3]))]
        text = b""
        for _, letter in letters:
            flags = self.random.choice(["", " (\\Seen)", " (\\Flagged later)",
                                        " (\\Draft $Forwarded)"])
            date = self.random.choice(["", f' "{self.random.choice(DATES)}"'])
            text += f"{flags}{date} ".encode() + literal(letter)
        self._add(f"APPEND {self.wire(to)}".encode() + text, to, [each[0] for each in letters])

    def do_catenate(self):
        """RFC 4469: a new header before the text of a message of this mailbox."""
        name = self.names.current(self.view.name)
        sources = self.some(1, 1)
        if not sources or name is None:
            return
        to = self.any_mailbox()
        subject, letter = self.ledger.letter(self.random)
        header = letter.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        url = (f"/{urllib.parse.quote(name)};UIDVALIDITY={self.view.uid_validity}"
               f"/;UID={sources[0].uid}/;SECTION=TEXT")
        self._add(f"APPEND {self.wire(to)} CATENATE (TEXT ".encode() + literal(header)
                  + f' URL "{url}")'.encode(), to, [subject], refused=("BADURL",))

    def do_replace(self):
        """RFC 8508."""
        messages = self.some(1, 1, keep=False)
        if self.view.read_only or not messages:
            return
        to = self.any_mailbox()
        subject, letter = self.ledger.letter(self.random)
        self.ledger.doom(self.subject(m) for m in messages)
        prefix, number = self.named(messages)
        command = self._add(f"{prefix}REPLACE {number} {self.wire(to)} ".encode() + literal(letter), to,
                            [subject], refused=GONE)
        if command.ok:
            self.view.doubtful |= {messages[0].uid} & set(self.view.uids())

    def _add(self, text, to, subjects, refused=()):
        """A command that adds messages of these subjects to the mailbox `to`."""
        if to not in self.names.keeping():
            self.ledger.doom(subjects)
        command = self.command(text, refused=NOWHERE + refused)
        if command.ok:
            self.ledger.accepted(subjects)
            [(_, validity, uids)] = [c for c in self._codes(command) if c[0] == b"APPENDUID"]
            require(len(parse_set(uids)) == len(subjects), "APPENDUID", uids, "for", subjects)
            for uid, subject in zip(parse_set(uids), subjects):
                self.facts.name((to, int(validity)), uid, subject)
        return command

    # ---- what others did

    def do_noop(self):
        self.command(self.random.choice(["NOOP", "NOOP", "CHECK"]))
        self.view.settled()

    def do_idle(self):
        self.idle(self.random.uniform(0, 0.3))

    # ---- mailboxes

    def do_status(self):
        name = self.any_mailbox()
        modseq = " HIGHESTMODSEQ" * self.knows_modseqs
        command = self.command(f"STATUS {self.wire(name)} (MESSAGES UIDNEXT UIDVALIDITY UNSEEN{modseq})",
                               refused=(*NOWHERE, ""))
        require(command.ok or name not in STABLE, "no STATUS of", name)
        for response in command.responses if command.ok and not self.notified else ():
            if response[1] == b"STATUS":
                self._counters_only_grow(name, dict(zip(response[3][0::2], response[3][1::2])))

    def _counters_only_grow(self, name, values):
        for item in {b"UIDNEXT", b"HIGHESTMODSEQ"} & set(values):
            key = name, values[b"UIDVALIDITY"], item
            value = int(values[item])
            require(value >= self.counters.get(key, 0), item, "of", name, "falls from",
                    self.counters.get(key), "to", value)
            self.counters[key] = value

    def do_list(self):
        returns = self.random.choice(["", " RETURN (STATUS (MESSAGES UIDNEXT))"])
        command = self.command(f'LIST "" "*"{returns}')
        listed = []
        for response in command.responses:
            if response[1] == b"LIST":
                listed.append(response[4])
            elif response[1] == b"STATUS":
                require(self.notified or response[2] in listed, "STATUS before LIST of", response[2])
        # What NOTIFY tells of may stand between.
        require(self.notified or len(listed) == len(set(listed)), "LIST names one twice", listed)
        left_out = {self.wire(name).strip('"').encode() for name in STABLE} - set(listed)
        require(not left_out, "LIST left out", left_out)

    def do_create(self):
        name = self.names.new()
        if self.command(f"CREATE {self.wire(name)}").ok:
            self.names.add(name)

    def do_rename(self):
        name = self.names.take(self.random)
        if name:
            new = self.names.new()
            self.names.renamed(name, new)
            self.command(f"RENAME {self.wire(name)} {self.wire(new)}")
            self.names.add(new)

    def do_delete(self):
        name = self.names.take(self.random)
        if name:
            self.names.renamed(name, None)
            self.command(f"DELETE {self.wire(name)}")

    def do_archive(self):
        """RENAME INBOX: all of its messages go, it stays (RFC 3501 6.3.5)."""
        if len(self.names.archives) < 3 and self.random.random() < 0.1:
            name = self.names.new() + "-archive"
            self.command(f"RENAME INBOX {self.wire(name)}")
            self.names.archives.append(name)

    # ---- the session

    def do_reselect(self):
        self.select()

    def do_close(self):
        """CLOSE or UNSELECT; nothing of the mailbox may be told afterwards."""
        self.remember(self.view)
        verb = self.random.choice(["CLOSE", "UNSELECT"])
        command = self.command(verb)
        expunged = [r for r in command.responses if len(r) > 2 and r[2] == b"EXPUNGE"]
        require(self.notified or verb == "UNSELECT" or not expunged,
                "CLOSE tells EXPUNGE (RFC 3501 6.4.2)")
        self.view = None

    def do_reconnect(self):
        self.remember(self.view)
        if self.random.random() < 0.5:
            self.view = None
            self.command("LOGOUT")
        self.close()
        self.connect()

    def do_enable(self):
        """QRESYNC from now on, with a mailbox selected."""
        if "LATE" in self.modes and "QRESYNC" not in self.modes:
            self.modes = self.view.modes = self.modes | {"QRESYNC"}
            self.command("ENABLE QRESYNC")


def sized(command):
    """UIDs of the messages whose size was fetched; of others only flags are told."""
    uids = set()
    for response in command.responses:
        if len(response) == 4 and response[2].upper() in (b"FETCH", b"UIDFETCH"):
            values = dict(zip(response[3][0::2], response[3][1::2]))
            if b"RFC822.SIZE" in values:
                uids.add(int(values.get(b"UID", response[1])))
    return uids
