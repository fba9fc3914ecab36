"""UIDONLY (RFC 9586): a session without sequence numbers."""

import pytest
from imap_sessions import append, shown, tagged


@pytest.fixture
def by_uid(pair):
    """A session without numbers beside one with them, in a mailbox with UIDs 2 to 4."""
    a, b = pair
    append(a, 4)
    a.ok("SELECT INBOX")
    a.ok(r"STORE 1 +FLAGS.SILENT (\Deleted)")
    a.ok("EXPUNGE")
    assert b.ok("ENABLE UIDONLY") == [[b"*", b"ENABLED", b"UIDONLY"]]
    told = shown(b.ok("SELECT INBOX"))
    assert "3 EXISTS" in told and not [line for line in told if "UNSEEN" in line]
    return a, b


def test_commands_with_numbers_are_refused(by_uid):
    _, b = by_uid
    b.ok("CREATE other")
    for command in ("FETCH 1 FLAGS", r"STORE 1 +FLAGS (\Seen)", "COPY 1 other", "MOVE 1 other",
                    "SEARCH ALL", "UID SEARCH 1:2", "UID SEARCH NOT (SEEN 1)"):
        assert tagged(b, command) == ("BAD", "[UIDREQUIRED]"), command
    assert shown(b.ok("UID SEARCH UID 2:3")) == ["SEARCH 2 3"]


def test_uidfetch(by_uid):
    a, b = by_uid
    assert shown(b.ok("UID FETCH 2:3 FLAGS"))[0] == "2 UIDFETCH (FLAGS ())"
    assert shown(b.ok("UID FETCH 4 (UID)")) == ["4 UIDFETCH (UID 4)"]
    assert shown(b.ok("UID FETCH 4 (BODY.PEEK[TEXT])")) == ["4 UIDFETCH (BODY[TEXT] Hello\r\n)"]
    assert shown(b.ok(r"UID STORE 3 +FLAGS (\Seen)")) == ["3 UIDFETCH (FLAGS (\\Seen))"]
    assert shown(b.ok("UID FETCH 4 (BODY[TEXT])")) == [
        "4 UIDFETCH (FLAGS (\\Seen) BODY[TEXT] Hello\r\n)"]
    a.ok(r"UID STORE 2 +FLAGS.SILENT (\Flagged)")
    assert shown(b.ok("NOOP")) == ["2 UIDFETCH (FLAGS (\\Flagged))"]


def test_vanished_in_place_of_expunge(by_uid):
    a, b = by_uid
    a.ok(r"UID STORE 2,4 +FLAGS.SILENT (\Deleted)")
    a.ok("EXPUNGE")
    assert shown(b.ok("NOOP"))[-1] == "VANISHED 2,4"
    b.ok(r"UID STORE 3 +FLAGS.SILENT (\Deleted)")
    assert shown(b.ok("EXPUNGE")) == ["VANISHED 3"]
    append(a)
    assert "1 EXISTS" in shown(b.ok("NOOP"))


def test_with_qresync(by_uid):
    a, b = by_uid
    b.ok("ENABLE QRESYNC")
    assert tagged(b, "SELECT INBOX (QRESYNC (1 1 1:4 (1 2)))") == ("BAD", "[UIDREQUIRED]")
    a.ok(r"UID STORE 2 +FLAGS.SILENT (\Flagged)")
    told = shown(b.ok("NOOP"))
    assert told[0].startswith("2 UIDFETCH (FLAGS (\\Flagged) MODSEQ (")


def test_idle_without_numbers(by_uid):
    a, b = by_uid
    b.idle()
    a.ok(r"UID STORE 2 +FLAGS.SILENT (\Deleted)")
    assert shown([b.idle_response(10)]) == ["2 UIDFETCH (FLAGS (\\Deleted))"]
    a.ok("EXPUNGE")
    assert shown([b.idle_response(10)]) == ["VANISHED 2"]
    assert b.done()[-1][1] == b"OK"
