"""IMAP4rev2 (RFC 9051) for a session that enabled it, beside IMAP4rev1 for one that did not."""

import re

import imap_raw
import pytest

MESSAGE = b"Subject: x\r\n\r\nx\r\n"


@pytest.fixture
def sessions(posthorn, account):
    """A rev1 and a rev2 session of one account, on two gateways."""
    old = imap_raw.Connection(posthorn.host, posthorn.port("IMAP")).login(account)
    new = imap_raw.Connection(posthorn.host, posthorn.port("IMAP", 2)).login(account)
    assert new.ok("ENABLE IMAP4rev2") == [[b"*", b"ENABLED", b"IMAP4rev2"]]
    yield old, new
    old.close()
    new.close()


def append(imap, mailbox="INBOX"):
    imap.ok(b"APPEND %s {%d+}\r\n%s" % (mailbox.encode(), len(MESSAGE), MESSAGE))


def codes(responses):
    return [r[2] for r in responses if r[1] == b"OK" and r[2]]


def has(responses, name):
    return any(name in (r[1], r[2] if len(r) > 2 else None) for r in responses)


def test_advertised_beside_rev1_and_enabled_once(sessions):
    _, new = sessions
    shown = new.ok("CAPABILITY")[0]
    assert b"IMAP4rev1" in shown and b"IMAP4rev2" in shown
    # Appendix E 2: what it folded in is shown to those that know it by its own name.
    assert {b"NAMESPACE", b"UNSELECT", b"UIDPLUS", b"ESEARCH", b"SEARCHRES", b"ENABLE", b"IDLE",
            b"SASL-IR", b"LIST-EXTENDED", b"LIST-STATUS", b"MOVE", b"LITERAL+", b"BINARY",
            b"SPECIAL-USE", b"STATUS=SIZE"} <= set(shown)
    assert new.ok("ENABLE imap4rev2") == [[b"*", b"ENABLED"]]


def test_select_answers_as_each_revision_has_it(sessions):
    old, new = sessions
    append(old)
    selected = new.ok("SELECT INBOX")
    assert not has(selected, b"RECENT")
    assert not any(code.startswith(b"[UNSEEN") for code in codes(selected))
    assert [r[1] for r in selected].count(b"LIST") == 1
    listed = next(r for r in selected if r[1] == b"LIST")
    assert listed[3:] == [b"/", b"INBOX"]
    assert b"\\HasNoChildren" in listed[2]
    selected = old.ok("SELECT INBOX")
    assert has(selected, b"RECENT") and not has(selected, b"LIST")
    assert any(code.startswith(b"[UNSEEN") for code in codes(selected))


def test_select_lists_the_attributes_and_the_other_spelling(sessions):
    _, new = sessions
    new.ok('CREATE "é/kind"')
    listed = [r for r in new.ok('SELECT "e\u0301/kind"') if r[1] == b"LIST"][0]
    assert listed[3:] == [b"/", "é/kind".encode(), [b"OLDNAME", ["e\u0301/kind".encode()]]]
    listed = [r for r in new.ok("SELECT inbox") if r[1] == b"LIST"][0]
    assert listed[3:] == [b"/", b"INBOX", [b"OLDNAME", [b"inbox"]]]
    sent = [r for r in new.ok("EXAMINE Sent") if r[1] == b"LIST"][0]
    assert b"\\Sent" in sent[2]


def test_create_tells_the_name_it_made(sessions):
    _, new = sessions
    assert new.ok('CREATE "cafe\u0301/"')[0][3:] == [
        b"/", "café".encode(), [b"OLDNAME", ["cafe\u0301".encode()]]]
    assert new.ok('CREATE "plain"') == []


def test_rule_21_rev2_sessions_never_see_nor_take_recent(sessions):
    old, new = sessions
    append(old)
    new.ok("SELECT INBOX")
    assert b"\\Recent" not in imap_raw.fetched(new.ok("FETCH 1 FLAGS"))[1][b"FLAGS"]
    assert new.ok("SEARCH RECENT")[0][-1] != b"1"
    append(old)
    assert not has(new.ok("NOOP"), b"RECENT")
    assert [r for r in old.ok("SELECT INBOX") if r[-1] == b"RECENT"] == [[b"*", b"2", b"RECENT"]]
    # Enabled late: what was shown as \Recent is not any more.
    assert b"\\Recent" in imap_raw.fetched(old.ok("FETCH 1 FLAGS"))[1][b"FLAGS"]
    old.ok("ENABLE IMAP4rev2")
    assert b"\\Recent" not in imap_raw.fetched(old.ok("FETCH 1 FLAGS"))[1][b"FLAGS"]


def test_rule_21_a_rev2_session_that_resynchronises_takes_no_recent(sessions):
    old, new = sessions
    append(old)
    new.ok("ENABLE QRESYNC")
    told = " ".join(code.decode() for code in codes(new.ok("SELECT INBOX")))
    validity, modseq = (re.search(rf"{name} (\d+)", told)[1]
                        for name in ("UIDVALIDITY", "HIGHESTMODSEQ"))
    new.ok("UNSELECT")
    append(old)
    told = new.ok(f"SELECT INBOX (QRESYNC ({validity} {modseq}))")
    flags = imap_raw.fetched(told)[2][b"FLAGS"]
    assert b"\\Recent" not in flags and not has(told, b"RECENT")
    assert [r for r in old.ok("SELECT INBOX") if r[-1] == b"RECENT"] == [[b"*", b"2", b"RECENT"]]


def test_closed_tells_where_one_mailbox_ends(sessions):
    _, new = sessions
    new.ok("SELECT INBOX")
    assert codes(new.ok("SELECT Sent"))[0] == b"[CLOSED]"
    new.ok("UNSELECT")
    assert b"[CLOSED]" not in codes(new.ok("SELECT INBOX"))


def test_unsolicited_fetch_has_the_uid(sessions):
    old, new = sessions
    append(old)
    new.ok("SELECT INBOX")
    old.ok("SELECT INBOX")
    old.ok("STORE 1 +FLAGS (\\Flagged)")
    told = imap_raw.fetched(new.ok("NOOP"))[1]
    assert told[b"UID"] == b"1" and b"\\Flagged" in told[b"FLAGS"]


def test_names_are_utf8(sessions):
    old, new = sessions
    new.ok('CREATE "Entwürfe"')
    assert "Entwürfe".encode() in [r[-1] for r in new.ok('LIST "" "*"')]
    assert b"Entw&APw-rfe" in [r[-1] for r in old.ok('LIST "" "*"')]


def test_search_answers_esearch(sessions):
    old, new = sessions
    append(old)
    new.ok("SELECT INBOX")
    old.ok("SELECT INBOX")
    assert old.ok("SEARCH ALL") == [[b"*", b"SEARCH", b"1"]]
    answer = new.ok("SEARCH ALL")[0]
    assert answer[1] == b"ESEARCH" and answer[-2:] == [b"ALL", b"1"]


def test_binary_and_sizes(sessions):
    _, new = sessions
    append(new)
    new.ok("SELECT INBOX")
    assert imap_raw.fetched(new.ok("FETCH 1 BINARY.PEEK[1]"))[1][b"BINARY[1]"] == b"x\r\n"
    status = new.ok("STATUS INBOX (SIZE DELETED MESSAGES)")[0][3]
    assert dict(zip(status[::2], status[1::2])) == {
        b"SIZE": b"%d" % len(MESSAGE), b"DELETED": b"0", b"MESSAGES": b"1"}


def test_copyuid_for_copy_and_move(sessions):
    old, new = sessions
    append(old)
    append(old)
    new.ok("SELECT INBOX")
    assert new.command("COPY 1 Sent")[-1][2].startswith(b"[COPYUID ")
    moved = new.command("MOVE 2 Sent")
    assert moved[0][2].startswith(b"[COPYUID ") and moved[1][-1] == b"EXPUNGE"
    assert new.command("COPY 1 nowhere")[-1][1:3] == [b"NO", b"[TRYCREATE]"]
