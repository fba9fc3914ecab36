"""IMAP between sessions: who is told what, and when; through two gateways."""

import socket

import imap_raw
import pytest
from imap_sessions import append, shown


def test_rule_15_noop_tells_everything_committed_before(pair):
    a, b = pair
    b.ok("SELECT INBOX")
    for n in range(1, 20):
        append(a)
        assert f"{n} EXISTS" in shown(b.ok("NOOP"))


def test_rule_09_expunges_wait_until_they_may_be_told(pair):
    a, b = pair
    append(a, 4)
    a.ok("SELECT INBOX")
    b.ok("SELECT INBOX")
    a.ok(r"STORE 2 +FLAGS.SILENT (\Deleted)")
    assert shown(a.ok("EXPUNGE")) == ["2 EXPUNGE"]
    # The number is held by the message that is gone; the next one keeps its own.
    for command in ("FETCH 2 FLAGS", "FETCH 2 BODY.PEEK[]", r"STORE 2 +FLAGS (\Seen)"):
        answers = b.command(command)
        assert not [r for r in answers if len(r) > 2 and r[2] == b"EXPUNGE"]
        assert answers[-1][1] in (b"NO", b"OK")
    assert imap_raw.fetched(b.ok("FETCH 3 (UID FLAGS)"))[3][b"UID"] == b"3"
    assert b"\\Seen" not in imap_raw.fetched(b.ok("FETCH 3 FLAGS"))[3][b"FLAGS"]
    assert shown(b.ok("NOOP")) == ["2 EXPUNGE"]
    assert imap_raw.fetched(b.ok("FETCH 2 UID"))[2][b"UID"] == b"3"


@pytest.mark.parametrize("command", [
    "FETCH 1 FLAGS", r"STORE 1 +FLAGS (\Seen)", "SEARCH ALL", "UID SEARCH ALL",
    "SORT (SUBJECT) UTF-8 ALL", "UID SORT (SUBJECT) UTF-8 ALL", "THREAD REFS UTF-8 ALL",
    "UID THREAD REFERENCES UTF-8 ALL", "ESEARCH IN (selected) ALL", "ESEARCH IN (inboxes) ALL"])
def test_rule_09_commands_that_hold_expunges_back(pair, command):
    a, b = pair
    append(a, 3)
    a.ok("SELECT INBOX")
    b.ok("SELECT INBOX")
    a.ok(r"STORE 2 +FLAGS.SILENT (\Deleted)")
    a.ok("EXPUNGE")
    append(a)
    # By the time EXISTS is told the session knows of the removal as well.
    told = []
    while "4 EXISTS" not in told:
        told = shown(b.ok(command))
        assert not [line for line in told if "EXPUNGE" in line]
    assert shown(b.ok("NOOP"))[0] == "2 EXPUNGE"


def test_rule_11_come_and_gone_is_never_mentioned(pair):
    a, b = pair
    b.ok("SELECT INBOX")
    append(a)
    a.ok("SELECT INBOX")
    a.ok(r"STORE 1 +FLAGS.SILENT (\Deleted)")
    a.ok("EXPUNGE")
    assert shown(b.ok("NOOP")) == []


def test_rule_13_flag_changes_reach_the_other_session(pair):
    a, b = pair
    append(a, 2)
    a.ok("SELECT INBOX")
    b.ok("SELECT INBOX")
    a.ok(r"STORE 1 +FLAGS.SILENT (\Flagged newword)")
    told = b.ok("NOOP")
    names = [r[1] for r in told]
    assert names.index(b"FLAGS") < names.index(b"1")
    assert {b"\\Flagged", b"newword"} <= set(imap_raw.fetched(told)[1][b"FLAGS"])
    b.ok(r"STORE 1 +FLAGS.SILENT (\Answered)")
    flags = imap_raw.fetched(a.ok("NOOP"))[1][b"FLAGS"]
    assert {b"\\Flagged", b"\\Answered", b"newword"} <= set(flags)


@pytest.mark.parametrize("stored", [r"+FLAGS.SILENT (\Seen)", r"+FLAGS.SILENT (\Flagged)"])
def test_a_silent_store_does_not_hide_what_another_session_changed(pair, stored):
    a, b = pair
    append(a, 2)
    a.ok("SELECT INBOX")
    b.ok("SELECT INBOX")
    for n in (1, 2):
        a.ok(rf"STORE {n} +FLAGS (\Flagged)")
        told = imap_raw.fetched(b.ok(f"STORE {n} {stored}") + b.ok("NOOP"))
        assert b"\\Flagged" in told[n][b"FLAGS"]


@pytest.mark.parametrize("stored", [r"+FLAGS (\Seen)", r"+FLAGS.SILENT (\Seen)"])
def test_a_store_that_changes_nothing_does_not_hide_changes_of_other_messages(pair, stored):
    a, b = pair
    append(a, 3)
    a.ok("SELECT INBOX")
    b.ok("SELECT INBOX")
    a.ok(r"STORE 1:3 +FLAGS (\Seen)")
    told = imap_raw.fetched(b.ok(f"STORE 1 {stored}") + b.ok("NOOP"))
    assert all(b"\\Seen" in told[n][b"FLAGS"] for n in (1, 2, 3))


def test_recent_belongs_to_one_session(pair):
    a, b = pair
    append(a, 2)
    b.ok("EXAMINE INBOX")
    assert "2 RECENT" in shown(a.ok("SELECT INBOX"))
    assert "0 RECENT" in shown(b.ok("SELECT INBOX"))
    append(a)
    for session in pair:
        session.ok("NOOP")
    marked = [b"\\Recent" in imap_raw.fetched(s.ok("FETCH 3 FLAGS"))[3][b"FLAGS"] for s in pair]
    assert sorted(marked) == [False, True]


def test_rule_14_idle_tells_arrivals_changes_and_removals(pair):
    a, b = pair
    append(a)
    a.ok("SELECT INBOX")
    b.ok("SELECT INBOX")
    b.idle()
    append(a)
    assert shown([b.idle_response(5)]) == ["2 EXISTS"]
    assert shown([b.idle_response(5)])[0].endswith("RECENT")
    a.ok(r"STORE 1 +FLAGS.SILENT (\Deleted)")
    assert b"\\Deleted" in b.idle_response(5)[3][1]
    a.ok("EXPUNGE")
    assert shown([b.idle_response(5)]) == ["1 EXPUNGE"]
    b.send(b"DONE\r\nx NOOP\r\n")
    assert b.until(b"x")[-1][1] == b"OK"


def test_rule_14_idle_without_a_mailbox(pair):
    pair[0].idle()
    assert pair[0].done()[-1][1] == b"OK"
    pair[0].idle()
    pair[0].send(b"nonsense\r\n")
    assert pair[0].until(b"T%d" % pair[0].number)[-1][1] == b"BAD"
    pair[0].ok("NOOP")


def test_rule_14_idle_keeps_the_connection_alive(pair):
    pair[0].ok("SELECT INBOX")
    pair[0].idle()
    assert shown([pair[0].idle_response(150)])[0].startswith("OK")
    assert pair[0].done()[-1][1] == b"OK"


def test_rule_14_the_end_of_a_client_in_idle(pair):
    pair[0].ok("SELECT INBOX")
    pair[0].idle()
    pair[0].socket.shutdown(socket.SHUT_WR)
    with pytest.raises(ConnectionError):
        while True:
            pair[0].response()


def test_rule_18_a_mailbox_deleted_under_a_session(pair):
    a, b = pair
    a.ok("CREATE doomed")
    append(a, 2, "doomed")
    b.ok("SELECT doomed")
    a.ok("DELETE doomed")
    assert shown(b.ok("NOOP")) == ["1 EXPUNGE", "1 EXPUNGE"]
    assert b.ok("UID FETCH 1:* FLAGS") == []
    b.ok("SELECT INBOX")


def test_rule_18_a_mailbox_renamed_under_a_session(pair):
    a, b = pair
    a.ok("CREATE before")
    append(a, 1, "before")
    b.ok("SELECT before")
    a.ok("RENAME before after")
    append(a, 1, "after")
    assert "2 EXISTS" in shown(b.ok("NOOP"))
    assert len(b.ok("FETCH 1:* (UID FLAGS)")) == 2


def test_rule_20_nothing_of_the_old_mailbox_is_told_in_the_new(pair):
    a, b = pair
    a.ok("CREATE other")
    append(a, 2)
    b.ok("SELECT INBOX")
    append(a)
    answers = shown(b.ok("SELECT other"))
    assert "0 EXISTS" in answers and "3 EXISTS" not in answers
    assert shown(b.ok("NOOP")) == []


def test_rule_03_uidvalidity_of_a_name_made_again(pair):
    a, _ = pair
    seen = set()
    for _ in range(3):
        a.ok("CREATE again")
        answers = a.ok("SELECT again")
        seen |= {r[2] for r in answers if r[1] == b"OK" and b"UIDVALIDITY" in r[2]}
        a.ok("DELETE again")
        a.command("NOOP")
    assert len(seen) == 3
