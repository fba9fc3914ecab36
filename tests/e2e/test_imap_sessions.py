"""IMAP between sessions: who is told what, and when; through two gateways."""

import imap_raw
import pytest

LETTER = b"Subject: letter\r\n\r\nHello\r\n"


@pytest.fixture
def pair(posthorn, account):
    """Two sessions of one account, on two gateways if there are two."""
    second = 2 if "IMAP_PORT_2" in posthorn.env else 1
    sessions = [imap_raw.Connection(posthorn.host, posthorn.port("IMAP", i)).login(account)
                for i in (1, second)]
    yield sessions
    for session in sessions:
        session.close()


def append(imap, number=1, mailbox="INBOX", letter=LETTER):
    for _ in range(number):
        imap.ok(f"APPEND {mailbox} {{{len(letter)}+}}\r\n".encode() + letter)


def shown(responses):
    """Untagged responses as text, without the tagged one."""
    return [b" ".join(w if isinstance(w, bytes) else repr(w).encode() for w in r[1:]).decode()
            for r in responses if r[0] == b"*"]


def test_noop_tells_everything_committed_before(pair):
    a, b = pair
    b.ok("SELECT INBOX")
    for n in range(1, 20):
        append(a)
        assert f"{n} EXISTS" in shown(b.ok("NOOP"))


def test_expunges_wait_until_they_may_be_told(pair):
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


def test_come_and_gone_is_never_mentioned(pair):
    a, b = pair
    b.ok("SELECT INBOX")
    append(a)
    a.ok("SELECT INBOX")
    a.ok(r"STORE 1 +FLAGS.SILENT (\Deleted)")
    a.ok("EXPUNGE")
    assert shown(b.ok("NOOP")) == []


def test_flag_changes_reach_the_other_session(pair):
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


def test_idle_tells_arrivals_changes_and_removals(pair):
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


def test_idle_without_a_mailbox(pair):
    pair[0].idle()
    assert pair[0].done()[-1][1] == b"OK"
    pair[0].idle()
    pair[0].send(b"nonsense\r\n")
    assert pair[0].until(b"T%d" % pair[0].number)[-1][1] == b"BAD"
    pair[0].ok("NOOP")


def test_a_mailbox_deleted_under_a_session(pair):
    a, b = pair
    a.ok("CREATE doomed")
    append(a, 2, "doomed")
    b.ok("SELECT doomed")
    a.ok("DELETE doomed")
    assert shown(b.ok("NOOP")) == ["1 EXPUNGE", "1 EXPUNGE"]
    assert b.ok("UID FETCH 1:* FLAGS") == []
    b.ok("SELECT INBOX")


def test_a_mailbox_renamed_under_a_session(pair):
    a, b = pair
    a.ok("CREATE before")
    append(a, 1, "before")
    b.ok("SELECT before")
    a.ok("RENAME before after")
    append(a, 1, "after")
    assert "2 EXISTS" in shown(b.ok("NOOP"))
    assert len(b.ok("FETCH 1:* (UID FLAGS)")) == 2


def test_nothing_of_the_old_mailbox_is_told_in_the_new(pair):
    a, b = pair
    a.ok("CREATE other")
    append(a, 2)
    b.ok("SELECT INBOX")
    append(a)
    answers = shown(b.ok("SELECT other"))
    assert "0 EXISTS" in answers and "3 EXISTS" not in answers
    assert shown(b.ok("NOOP")) == []


def test_uidvalidity_of_a_name_made_again(pair):
    a, _ = pair
    seen = set()
    for _ in range(3):
        a.ok("CREATE again")
        answers = a.ok("SELECT again")
        seen |= {r[2] for r in answers if r[1] == b"OK" and b"UIDVALIDITY" in r[2]}
        a.ok("DELETE again")
        a.command("NOOP")
    assert len(seen) == 3
