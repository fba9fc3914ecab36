"""The model of the stress test catches what a wrong server says, and takes what a right one says."""

import imap_raw
import pytest
from imap_model import Command, Facts, Slip, View, format_set, parse_set

OPENING = [b"* FLAGS (\\Seen \\Deleted known)", b"* 3 EXISTS", b"* OK [UIDVALIDITY 7] x",
           b"* OK [UIDNEXT 30] x", b"* OK [HIGHESTMODSEQ 3] x"]


def view(*modes, facts=None, session=1):
    opened = View(facts or Facts(), session, "INBOX", frozenset(modes))
    say(opened, "SELECT", *OPENING)
    opened.opened()
    if "UIDONLY" in modes:
        say(opened, "UID FETCH", b"* 10 UIDFETCH (FLAGS ())", b"* 20 UIDFETCH (FLAGS (known))")
    else:
        say(opened, "FETCH", b"* 1 FETCH (UID 10 FLAGS ())", b"* 2 FETCH (UID 20 FLAGS (known))")
    return opened


def say(opened, command, *lines):
    command = command if isinstance(command, Command) or command is None else Command(command)
    for line in lines:
        opened.apply(imap_raw.parse([line]), command)
    return command


SLIPS = {
    "EXISTS that shrinks": ("NOOP", b"* 2 EXISTS"),
    "EXISTS that tells nothing": ("NOOP", b"* 3 EXISTS"),
    "EXPUNGE during FETCH": ("FETCH", b"* 1 EXPUNGE"),
    "EXPUNGE during STORE": ("STORE", b"* 1 EXPUNGE"),
    "EXPUNGE during SEARCH": ("SEARCH", b"* 1 EXPUNGE"),
    "EXPUNGE during a UID SEARCH of numbers": (Command("UID SEARCH", True), b"* 1 EXPUNGE"),
    "EXPUNGE with no command": (None, b"* 1 EXPUNGE"),
    "EXPUNGE beyond the end": ("NOOP", b"* 4 EXPUNGE"),
    "EXPUNGE of 0": ("NOOP", b"* 0 EXPUNGE"),
    "VANISHED unasked": ("NOOP", b"* VANISHED 10"),
    "FETCH beyond the end": ("NOOP", b"* 4 FETCH (FLAGS ())"),
    "another UID": ("FETCH", b"* 1 FETCH (UID 11)"),
    "a UID out of order": ("FETCH", b"* 3 FETCH (UID 15)"),
    "a UID that UIDNEXT foretold for later": ("FETCH", b"* 3 FETCH (UID 30)"),
    "an arrival below UIDNEXT": ("FETCH", b"* 4 EXISTS", b"* 4 FETCH (UID 29)"),
    "a UID that comes back": ("UID FETCH", b"* 2 EXPUNGE", b"* 2 FETCH (UID 20)"),
    "a keyword without FLAGS": ("NOOP", b"* 1 FETCH (FLAGS (fresh))"),
    "a keyword in use that leaves FLAGS": ("NOOP", b"* FLAGS (\\Seen \\Deleted)"),
    "SEARCH beyond the end": ("SEARCH", b"* SEARCH 2 4"),
    "SEARCH of a message twice": ("SEARCH", b"* SEARCH 2 2"),
    "UID SEARCH of the unknown": ("UID SEARCH", b"* SEARCH 12"),
    "BYE": ("NOOP", b"* BYE x"),
    "more RECENT than EXISTS": ("NOOP", b"* 4 RECENT"),
    "ESEARCH of a message that is not there": ("SEARCH", b'* ESEARCH (TAG "T1") ALL 2:4'),
    "ESEARCH that counts wrong": ("SEARCH", b'* ESEARCH (TAG "T1") COUNT 2 ALL 1:3'),
    "ESEARCH in numbers for UIDs": ("UID SEARCH", b'* ESEARCH (TAG "T1") ALL 1'),
    "THREAD beyond the end": ("THREAD", b"* THREAD (1 2)(4)"),
    "UIDFETCH without UIDONLY": ("UID FETCH", b"* 10 UIDFETCH (FLAGS ())"),
    "COPYUID after EXPUNGE": ("MOVE", b"* 1 EXPUNGE", b"* OK [COPYUID 9 10 1] x"),
}


@pytest.mark.parametrize("name", SLIPS)
def test_catches(name):
    command, *lines = SLIPS[name]
    with pytest.raises(Slip):
        say(view(), command, *lines)


MODSEQ_SLIPS = {
    "flags without MODSEQ": (b"* 1 FETCH (UID 10 FLAGS ())",),
    "flags without UID": (b"* 1 FETCH (FLAGS () MODSEQ (5))",),
    "MODSEQ that falls": (b"* 1 FETCH (UID 10 FLAGS () MODSEQ (5))",
                          b"* 1 FETCH (UID 10 FLAGS () MODSEQ (4))"),
    "other flags, same MODSEQ": (b"* 1 FETCH (UID 10 FLAGS () MODSEQ (5))",
                                 b"* 1 FETCH (UID 10 FLAGS (\\Seen) MODSEQ (5))"),
    "EXPUNGE": (b"* 1 EXPUNGE",),
    "VANISHED of the unknown": (b"* VANISHED 11",),
    "VANISHED twice": (b"* VANISHED 10", b"* VANISHED 10"),
    "VANISHED (EARLIER) for NOOP": (b"* VANISHED (EARLIER) 11",),
}


@pytest.mark.parametrize("name", MODSEQ_SLIPS)
def test_catches_under_qresync(name):
    opened = view("QRESYNC")
    with pytest.raises(Slip):
        say(opened, "NOOP", *MODSEQ_SLIPS[name])


def test_catches_vanished_earlier_of_what_is_there():
    say(view("QRESYNC"), "UID FETCH", b"* VANISHED (EARLIER) 11")
    with pytest.raises(Slip):
        say(view("QRESYNC"), "UID FETCH", b"* VANISHED (EARLIER) 10")


UIDONLY_SLIPS = {
    "FETCH": ("UID FETCH", b"* 1 FETCH (UID 10 FLAGS ())"),
    "EXPUNGE": ("NOOP", b"* 1 EXPUNGE"),
    "more than EXISTS": ("UID FETCH", b"* 5 UIDFETCH (FLAGS ())", b"* 6 UIDFETCH (FLAGS ())"),
    "an arrival that is not told": ("UID FETCH", b"* 30 UIDFETCH (FLAGS ())"),
    "a UID that comes back": ("UID FETCH", b"* VANISHED 10", b"* 10 UIDFETCH (FLAGS ())"),
}


@pytest.mark.parametrize("name", UIDONLY_SLIPS)
def test_catches_under_uidonly(name):
    command, *lines = UIDONLY_SLIPS[name]
    with pytest.raises(Slip):
        say(view("UIDONLY"), command, *lines)


@pytest.mark.parametrize("mode, line", [("IMAP4rev2", b"* 1 RECENT"),
                                        ("IMAP4rev2", b"* 1 FETCH (UID 10 FLAGS (\\Recent))"),
                                        ("IMAP4rev2", b"* 1 FETCH (FLAGS ())"),
                                        ("DELAYED", b"* 1 FETCH (FLAGS ())")])
def test_catches_in_other_modes(mode, line):
    with pytest.raises(Slip):
        say(view(mode), "NOOP", line)


def test_notify_tells_of_removals_at_any_time_but_not_when_they_are_delayed():
    opened = view("NOTIFY")
    say(opened, None, b"* 1 EXPUNGE")
    assert opened.uids() == [20, None]
    with pytest.raises(Slip):
        say(view("DELAYED"), None, b"* 1 EXPUNGE")


def test_catches_a_store_that_refuses_for_no_reason():
    opened = view("CONDSTORE")
    say(opened, "FETCH", b"* 1 FETCH (MODSEQ (5))")
    opened.modified[10] = 4
    opened.settled()
    opened.modified[10] = 5
    with pytest.raises(Slip):
        opened.settled()


def test_knows_how_much_it_was_told():
    opened = view("QRESYNC")
    opened.end_command([])
    assert opened.highest_modseq == 3
    say(opened, "UID FETCH", b"* 1 FETCH (UID 10 FLAGS () MODSEQ (9))")
    opened.end_command([])
    assert opened.highest_modseq == 9
    # RFC 7162 6: removals are held back.
    say(opened, "FETCH", b"* 1 FETCH (UID 10 FLAGS () MODSEQ (12))", b"* OK [HIGHESTMODSEQ 10] x")
    opened.end_command([])
    assert opened.highest_modseq == 10
    say(opened, "NOOP", b"* VANISHED 20")
    opened.end_command([])
    assert opened.highest_modseq == 12
    opened.end_command([b"HIGHESTMODSEQ", b"14"])
    assert opened.highest_modseq == 14


def test_catches_sessions_that_differ():
    facts = Facts()
    first, second = view(facts=facts), view(facts=facts, session=2)
    say(first, "FETCH", b"* 1 FETCH (FLAGS (\\Recent) RFC822.SIZE 100)")
    with pytest.raises(Slip):
        say(second, "FETCH", b"* 1 FETCH (RFC822.SIZE 101)")
    with pytest.raises(Slip):
        say(second, "FETCH", b"* 1 FETCH (FLAGS (\\Recent))")


def test_follows_a_right_server():
    opened = view()
    say(opened, "UID FETCH", b"* 1 EXPUNGE", b"* 1 EXPUNGE", b"* 2 EXISTS",
        b"* 1 FETCH (UID 29 FLAGS (\\Seen))", b"* 2 FETCH (UID 30 FLAGS ())", b"* SEARCH 29 30")
    assert [(m.uid, m.flags) for m in opened.messages] == [(29, {b"\\seen"}), (30, frozenset())]
    assert opened.gone == {10, 20}


def test_follows_vanished_of_a_message_it_has_not_fetched():
    opened = view("QRESYNC")
    say(opened, "NOOP", b"* VANISHED 10,25")
    assert opened.uids() == [20]


def test_follows_vanished_of_an_arrival_it_has_not_fetched():
    opened = view("QRESYNC")
    say(opened, "NOOP", b"* 5 EXISTS", b"* VANISHED 31")
    say(opened, "FETCH", b"* 3 FETCH (UID 29)", b"* 4 FETCH (UID 32)")
    assert opened.uids() == [10, 20, 29, 32]


def test_follows_a_server_without_numbers():
    opened = view("UIDONLY")
    say(opened, "NOOP", b"* VANISHED 10,25", b"* 3 EXISTS", b"* 32 UIDFETCH (FLAGS (\\Seen))",
        b"* 30 UIDFETCH (FLAGS ())", b"* VANISHED 20")
    assert [(m.uid, m.flags) for m in opened.messages] == [(30, frozenset()), (32, {b"\\seen"})]


def test_follows_searches():
    opened = view("IMAP4rev2")
    command = say(opened, "UID SEARCH", b'* ESEARCH (TAG "T1") UID MIN 10 MAX 20 COUNT 2 ALL 10,20')
    assert command.found == [10, 20]
    assert say(opened, "THREAD", b"* THREAD (1 (2)(3))").found == [1, 2, 3]
    assert say(opened, "SORT", b"* SORT 3 1 2").found == [3, 1, 2]


def test_sets():
    assert parse_set(b"1:3,9,7:6") == [1, 2, 3, 9, 7, 6]
    assert format_set([9, 1, 2, 3]) == "1:3,9"
