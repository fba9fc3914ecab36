"""What an IMAP client may believe: a mailbox as one session knows it, built from responses alone.

View follows RFC 3501, 4315, 6851, 7162 and 9586 to the letter and raises Slip at the first response
that no correct server sends. Facts is what all sessions must agree on: the immutable parts of a
message (its UID never names another) and the flags that belong to a modification sequence."""

import re
import threading

# RFC 3501 7.4.1: no EXPUNGE while one of these is answered; their UID forms may tell it.
HOLDING = {b"FETCH", b"STORE", b"SEARCH", b"SORT", b"THREAD"}
IMMUTABLE = (b"RFC822.SIZE", b"INTERNALDATE", b"ENVELOPE", b"BODYSTRUCTURE", b"EMAILID", b"BODY[]",
             b"BODY[]<0>", b"BODY[HEADER.FIELDS (SUBJECT)]")
SYSTEM_FLAGS = {b"\\seen", b"\\answered", b"\\flagged", b"\\deleted", b"\\draft", b"\\recent"}


class Slip(AssertionError):
    """The server broke the protocol."""


def require(condition, *why):
    if not condition:
        raise Slip(" ".join(str(word) for word in why))


def parse_set(text):
    """b"1:3,7" to [1, 2, 3, 7], in the order in which it is written."""
    numbers = []
    for part in text.split(b","):
        first, _, last = part.partition(b":")
        low, high = int(first), int(last or first)
        numbers += range(low, high + 1) if low <= high else range(low, high - 1, -1)
    return numbers


def format_set(numbers):
    """Ascending numbers, runs as ranges."""
    runs = []
    for number in sorted(numbers):
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(str(a) if a == b else f"{a}:{b}" for a, b in runs)


def numbers_in(word):
    """All numbers in nested lists, as THREAD has them."""
    return [n for each in word for n in numbers_in(each)] if isinstance(word, list) else [int(word)]


def code_of(response):
    """The words of a response code: [COPYUID 1 2 3] to [b"COPYUID", b"1", b"2", b"3"]."""
    return response[2][1:-1].split() if len(response) > 2 and response[2] else []


class Facts:
    """What every session must see alike; shared by all of them."""

    def __init__(self):
        self._lock = threading.Lock()
        self._facts = {}
        self._subjects = {}
        self._claims = {}

    def agree(self, key, value):
        with self._lock:
            known = self._facts.setdefault(key, value)
        require(known == value, key, "was", known, "and is now", value)

    def name(self, mailbox, uid, subject):
        """The message with this UID has this subject, for ever."""
        self.agree((mailbox, uid, "subject"), subject)
        with self._lock:
            self._subjects[mailbox, uid] = subject

    def subject(self, mailbox, uid):
        return self._subjects.get((mailbox, uid))

    def claim_recent(self, mailbox, uid, session):
        """RFC 3501 2.3.2: \\Recent belongs to one session."""
        with self._lock:
            owner = self._claims.setdefault((mailbox, uid), session)
        require(owner == session, mailbox, uid, "is \\Recent in two sessions")


class Message:
    __slots__ = ("uid", "flags", "modseq", "least", "most")

    def __init__(self, least, most):
        self.uid = None  # None is what the session was not told yet
        self.flags = None
        self.modseq = None
        self.least = least
        self.most = most


class Command:
    """One that is under way: what its responses may hold."""

    def __init__(self, name, numbers=False):
        self.name = name.upper().encode() if isinstance(name, str) else name
        # RFC 7162 3.2.10.2: a UID SEARCH that names sequence numbers holds them too.
        self.holds = self.name in HOLDING or numbers
        self.responses = []
        self.answered = set()  # sequence numbers or UIDs that FETCH responses named
        self.found = []        # what SEARCH, SORT or THREAD has found, in its order
        self.lacking = set()   # UIDs of which NIL was sent: they are gone, and OK would be a lie


class View:
    """The selected mailbox as its session knows it. `modes` is what the session has switched on:
    CONDSTORE, QRESYNC, UIDONLY, IMAP4rev2, NOTIFY (with SELECTED), DELAYED (NOTIFY with
    SELECTED-DELAYED, where removals wait for a command)."""

    def __init__(self, facts, session, name, modes=frozenset(), read_only=False):
        self.facts = facts
        self.session = session
        self.name = name
        self.modes = modes
        self.read_only = read_only
        # By UID; with UIDONLY those whose UID is not known come last.
        self.messages = []
        self.flags = None
        self.open = False  # SELECT is complete
        self.exists_told = False
        self.uid_validity = None
        self.uid_next = None
        self.highest_modseq = 0  # up to which the session knows all, see end_command()
        self._shown_modseq = 0
        self._delayed_modseq = None
        self.gone = set()      # UIDs that were told to be gone
        self.doubtful = set()  # UIDs that a UID command passed over: gone, or it is a slip
        self.modified = {}     # UID: what its MODSEQ is greater than, or it is a slip

    @property
    def key(self):
        return self.name, self.uid_validity

    @property
    def condstore(self):
        return bool(self.modes & {"CONDSTORE", "QRESYNC"})

    @property
    def uid_only(self):
        return "UIDONLY" in self.modes

    @property
    def tells_vanished(self):
        return bool(self.modes & {"QRESYNC", "UIDONLY"})

    def uids(self):
        return [message.uid for message in self.messages]

    def number_of(self, uid):
        return next((n for n, m in enumerate(self.messages, 1) if m.uid == uid), None)

    # ---- responses

    def apply(self, response, command):
        """One untagged response while `command` is under way (None: none is)."""
        second = response[1].upper() if response[1] else b""
        if second == b"FLAGS":
            self._flags(response[2])
        elif second in (b"OK", b"NO"):
            self._code(code_of(response))
        elif second == b"VANISHED":
            self._vanished(response, command)
        elif second in (b"SEARCH", b"SORT", b"THREAD"):
            self._found([n for n in response[2:] if second == b"THREAD" or not isinstance(n, list)],
                        command)
        elif second == b"ESEARCH":
            self._esearch(response[2:], command)
        elif second == b"BAD" or second == b"BYE":
            raise Slip("the server says", response)
        elif second.isdigit():
            third = response[2].upper()
            if third == b"EXISTS":
                self._exists(int(second))
            elif third == b"RECENT":
                require("IMAP4rev2" not in self.modes, "RECENT in IMAP4rev2")
                require(int(second) <= len(self.messages), "more RECENT than EXISTS:", response)
            elif third == b"EXPUNGE":
                self._expunge(int(second), command)
            elif third == b"FETCH":
                self._fetch(int(second), response[3], command)
            elif third == b"UIDFETCH":
                self._uidfetch(int(second), response[3], command)
            else:
                raise Slip("unknown response", response)

    def _flags(self, flags):
        known = {flag.lower() for flag in flags}
        in_use = set().union(*(m.flags for m in self.messages if m.flags)) - SYSTEM_FLAGS
        lost = in_use & (self.flags or set()) - known
        require(not lost, "FLAGS lost keywords in use:", lost)
        self.flags = known

    def _code(self, code):
        if code and code[0] == b"COPYUID":
            # RFC 6851 4.3: MOVE tells what became of the messages before it tells that they left.
            left = self.gone & set(parse_set(code[2]))
            require(not left, "COPYUID after the EXPUNGE of", left)
        if code and code[0] == b"HIGHESTMODSEQ":
            self._delayed_modseq = int(code[1])
        if not code or self.open:
            return
        if code[0] == b"UIDVALIDITY":
            self.uid_validity = int(code[1])
            require(0 < self.uid_validity < 2**32, "UIDVALIDITY", code)
        elif code[0] == b"UIDNEXT":
            self.uid_next = int(code[1])

    def begin_command(self):
        if self._delayed_modseq is not None:
            self.highest_modseq, self._delayed_modseq = self._delayed_modseq, None

    def end_command(self, code):
        """RFC 7162 6: the session now knows all up to the greatest MODSEQ that it was shown, unless
        HIGHESTMODSEQ says that removals are held back. `code` is that of the tagged response."""
        if code and code[0] == b"HIGHESTMODSEQ":
            self._delayed_modseq = int(code[1])
        self.highest_modseq = max(self.highest_modseq, self._shown_modseq)
        self.begin_command()

    def _exists(self, number):
        have = len(self.messages)
        require(number >= have, "EXISTS shrinks from", have, "to", number)
        require(number > have or not self.exists_told, "EXISTS", number, "tells nothing new")
        first = not self.exists_told
        self.exists_told = True
        for _ in range(number - have):
            # What is there when the mailbox is opened has a UID below UIDNEXT, what comes later
            # has not; UIDNEXT may be told after EXISTS, see opened().
            self.messages.append(Message(None, "below UIDNEXT") if first
                                 else Message("from UIDNEXT", None))

    def opened(self):
        """SELECT or EXAMINE was answered OK."""
        require(self.exists_told, "SELECT without EXISTS")
        require(self.flags is not None, "SELECT without FLAGS")
        require(self.uid_validity and self.uid_next, "SELECT without UIDVALIDITY or UIDNEXT")
        self.open = True

    def _expunge(self, number, command):
        self._may_remove(command, "EXPUNGE")
        require(not self.tells_vanished, "EXPUNGE where VANISHED is due")
        require(1 <= number <= len(self.messages), "EXPUNGE", number, "of", len(self.messages))
        message = self.messages.pop(number - 1)
        if message.uid is not None:
            self.gone.add(message.uid)

    def _may_remove(self, command, what):
        require(command is not None or "NOTIFY" in self.modes, what, "with no command in progress")
        require(command is None or not command.holds, what, "while", command and command.name,
                "is answered")

    def _vanished(self, response, command):
        require(self.tells_vanished, "VANISHED was not asked for")
        earlier = isinstance(response[2], list)
        uids = parse_set(response[3] if earlier else response[2])
        if earlier:
            require(command is not None and command.name in (b"SELECT", b"EXAMINE", b"UID FETCH"),
                    "VANISHED (EARLIER) for", command and command.name)
            alive = set(uids) & set(self.uids())
            require(not alive, "VANISHED (EARLIER) names what the session has:", alive)
            return  # SELECT knows what was known before
        self._may_remove(command, "VANISHED")
        for uid in uids:
            at = self.number_of(uid) or self._place_of_unknown(uid)
            require(at is not None, "VANISHED", uid, "which this session was never told of")
            self.messages.pop(at - 1)
            self.gone.add(uid)

    def _place_of_unknown(self, uid):
        """The number of a message that may have this UID, which the session has not fetched."""
        below = 0
        for number, message in enumerate(self.messages, 1):
            if message.uid is None:
                after = next((m.uid for m in self.messages[number:] if m.uid is not None), None)
                of_age = bool(message.most) == (uid < self.uid_next)
                in_order = below < uid and (after is None or uid < after)
                if of_age and (in_order or self.uid_only):
                    return number
            else:
                below = message.uid
        return None

    def _fetch(self, number, items, command):
        require(not self.uid_only, "FETCH where UIDFETCH is due")
        require(1 <= number <= len(self.messages), "FETCH of", number, "of", len(self.messages))
        values = dict(zip(items[0::2], items[1::2]))
        if b"UID" in values:
            self._learn_uid(number, int(values[b"UID"]))
        self._learn(self.messages[number - 1], number, values, command)

    def _uidfetch(self, uid, items, command):
        require(self.uid_only, "UIDFETCH without UIDONLY")
        if self.number_of(uid) is None:
            require(uid not in self.gone, "UID", uid, "was expunged and is back")
            at = self._place_of_unknown(uid)
            require(at is not None, "UIDFETCH of", uid, "which this session was never told of")
            self.messages.pop(at - 1)
            message = Message(None, None)
            message.uid = uid
            self.messages.insert(sum(1 for m in self.messages if m.uid and m.uid < uid), message)
        number = self.number_of(uid)
        values = {b"UID": b"%d" % uid, **dict(zip(items[0::2], items[1::2]))}
        self._learn(self.messages[number - 1], number, values, command)

    def _learn(self, message, number, values, command):
        if b"FLAGS" in values:
            self._learn_flags(message, values, command)
        elif b"MODSEQ" in values:
            self._learn_modseq(message, int(values[b"MODSEQ"][0]))
        if command is not None:
            command.answered.add(message.uid if command.name.startswith(b"UID ") else number)
        if message.uid is None:
            return
        for item in IMMUTABLE:
            if item in values and values[item] is None:
                if command is not None:
                    command.lacking.add(message.uid)
            elif item in values:
                self.facts.agree((self.key, message.uid, item), repr(values[item]))
        subject = values.get(b"BODY[HEADER.FIELDS (SUBJECT)]")
        if subject is not None:
            word = re.match(rb"(?i)subject: *(.*?)\r\n", subject)
            require(word, "no subject in", subject)
            self.facts.name(self.key, message.uid, word[1])

    def _learn_uid(self, number, uid):
        message = self.messages[number - 1]
        if message.uid == uid:
            return
        require(message.uid is None, "message", number, "had UID", message.uid, "and now", uid)
        require(uid not in self.gone, "UID", uid, "was expunged and is back as message", number)
        before = next((m.uid for m in self.messages[number - 2::-1] if m.uid), 0) if number > 1 else 0
        after = next((m.uid for m in self.messages[number:] if m.uid), uid + 1)
        require(before < uid < after, "UID", uid, "between", before, "and", after)
        if self.uid_next:
            require(not message.least or uid >= self.uid_next, "UID", uid, "arrived, but UIDNEXT was",
                    self.uid_next)
            require(not message.most or uid < self.uid_next, "UID", uid, "was there, but UIDNEXT was",
                    self.uid_next)
        message.uid = uid

    def _learn_flags(self, message, values, command):
        flags = frozenset(flag.lower() for flag in values[b"FLAGS"])
        unknown = flags - SYSTEM_FLAGS - (self.flags or set())
        require(not unknown, "keywords not in FLAGS:", unknown)
        asked = command is not None and command.name in (b"FETCH", b"UID FETCH")
        # RFC 7162 3.2.4: flags that were not asked for come with MODSEQ, and UID under QRESYNC.
        require(asked or not self.condstore or b"MODSEQ" in values, "flags without MODSEQ", values)
        # RFC 5465 5.1, RFC 9051 7.5.2: what others changed comes with UID; STORE answers as asked.
        stored = command is not None and command.name == b"STORE"
        with_uid = "QRESYNC" in self.modes or (
            not stored and self.modes & {"IMAP4rev2", "NOTIFY", "DELAYED"})
        require(asked or not with_uid or b"UID" in values, "flags without UID", values)
        modseq = int(values[b"MODSEQ"][0]) if b"MODSEQ" in values else None
        require(b"\\recent" not in flags or "IMAP4rev2" not in self.modes, "\\Recent in IMAP4rev2")
        if b"\\recent" in flags and not self.read_only and message.uid:
            self.facts.claim_recent(self.key, message.uid, self.session)
        flags -= {b"\\recent"}
        if modseq is not None:
            self._learn_modseq(message, modseq)
            if message.uid:
                self.facts.agree((self.key, message.uid, "modseq", modseq), flags)
        elif flags != message.flags:
            message.modseq = None  # it has changed, and the session was not told to what
        message.flags = flags

    def _learn_modseq(self, message, modseq):
        require(message.modseq is None or modseq >= message.modseq, "MODSEQ of UID", message.uid,
                "falls from", message.modseq, "to", modseq)
        message.modseq = modseq
        self._shown_modseq = max(self._shown_modseq, modseq)

    def _found(self, numbers, command):
        require(command is not None, "SEARCH results with no command in progress")
        numbers = [n for number in numbers for n in numbers_in(number)]
        require(len(numbers) == len(set(numbers)), "a result twice:", numbers)
        if command.name.startswith(b"UID "):
            known = set(self.uids())
            for uid in numbers:
                require(uid in known or self._place_of_unknown(uid),
                        command.name, "found", uid, "which this session was never told of")
        else:
            require(all(1 <= n <= len(self.messages) for n in numbers), command.name, "found",
                    numbers, "of", len(self.messages))
        command.found = numbers

    def _esearch(self, words, command):
        require(command is not None, "ESEARCH with no command in progress")
        words = words[1:] if words and isinstance(words[0], list) else words
        by_uid = bool(words) and words[0] == b"UID"
        require(by_uid == command.name.startswith(b"UID "), command.name, "is answered by", words)
        items = dict(zip(words[by_uid::2], words[by_uid + 1::2]))
        if b"ALL" in items:
            numbers = parse_set(items[b"ALL"])
            self._found(numbers, command)
            told = [int(items.get(name, value)) for name, value in
                    ((b"COUNT", len(numbers)), (b"MIN", min(numbers)), (b"MAX", max(numbers)))]
            require(told == [len(numbers), min(numbers), max(numbers)], "ESEARCH says", items)
        else:
            require(int(items.get(b"COUNT", 0)) <= len(self.messages), "ESEARCH says", items)

    # ---- what the session did itself

    def stored(self, uids, mode, flags):
        """STORE .SILENT was sent: what it changes unless told otherwise."""
        flags = frozenset(flag.lower().encode() for flag in flags)
        for message in self.messages:
            if message.uid in uids and message.flags is not None:
                before = message.flags
                message.flags = {"+": before | flags, "-": before - flags, "": flags}[mode]
                message.modseq = None

    def doubt(self, uids):
        """Their flags may or may not have changed."""
        for message in self.messages:
            if message.uid in uids:
                message.flags = message.modseq = None

    def settled(self):
        """After NOOP: what UID commands passed over must be gone."""
        alive = self.doubtful & set(self.uids())
        require(not alive, "UIDs", alive, "were passed over, but are there")
        self.doubtful.clear()
        for message in self.messages:
            limit = self.modified.get(message.uid, 0)
            require(not message.modseq or message.modseq > limit, "STORE says that UID", message.uid,
                    "was MODIFIED since", limit, "but its MODSEQ is", message.modseq)
        self.modified.clear()
