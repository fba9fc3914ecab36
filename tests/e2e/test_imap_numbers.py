"""UIDs, sequence numbers and what is told of them; sessions on two gateways."""

import re
import threading

import imap_raw
from imap_sessions import LETTER, append, shown, tagged


def number(responses, name):
    return int(re.search(rf"\[{name} (\d+)\]", " ".join(shown(responses)))[1])


def status(imap, mailbox, *items):
    told = imap.ok(f"STATUS {mailbox} ({' '.join(items)})")
    values = next(r for r in told if r[1] == b"STATUS")[3]
    return {k.decode(): int(v) for k, v in zip(values[0::2], values[1::2])}


def uids(imap):
    return [int(uid) for uid in imap.ok("UID SEARCH ALL")[0][2:]]


def test_rule_01_uids_become_visible_in_order(posthorn, pair, account):
    watcher = imap_raw.Connection(posthorn.host, posthorn.port("IMAP")).login(account)
    watcher.ok("SELECT INBOX")
    threads = [threading.Thread(target=append, args=(session, 30)) for session in pair]
    for thread in threads:
        thread.start()
    seen = []
    while len(seen) < 60:
        watcher.ok("NOOP")
        now = uids(watcher)
        # What is new is above all that was seen before.
        assert now[:len(seen)] == seen and now == sorted(set(now))
        seen = now
    for thread in threads:
        thread.join()
    watcher.close()


def test_rule_01_a_uid_is_never_given_out_again(pair):
    a, b = pair
    append(a, 3)
    a.ok("SELECT INBOX")
    a.ok(r"STORE 2:3 +FLAGS.SILENT (\Deleted)")
    a.ok("EXPUNGE")
    # A failed APPEND uses none up that is seen later.
    b.send(f"x APPEND nowhere {{{len(LETTER)}+}}\r\n".encode() + LETTER + b"\r\n")
    assert b.until(b"x")[-1][1] == b"NO"
    append(b)
    a.ok("NOOP")
    assert uids(a) == [1, 4]


def test_rule_02_uidnext(pair):
    a, b = pair
    append(a, 2)
    told = number(a.ok("SELECT INBOX"), "UIDNEXT")
    assert told == status(b, "INBOX", "UIDNEXT")["UIDNEXT"] == 3
    append(b)
    a.ok("NOOP")
    assert uids(a)[-1] >= told
    a.ok(r"STORE 3 +FLAGS.SILENT (\Deleted)")
    a.ok("EXPUNGE")
    assert number(b.ok("SELECT INBOX"), "UIDNEXT") == 4
    assert status(a, "INBOX", "UIDNEXT") == {"UIDNEXT": 4}


def test_rule_03_uidvalidity(pair):
    a, b = pair
    inbox = number(a.ok("SELECT INBOX"), "UIDVALIDITY")
    assert 1 <= inbox < 2 ** 32
    a.ok("CREATE one")
    a.ok("CREATE two")
    one, two = (status(b, name, "UIDVALIDITY")["UIDVALIDITY"] for name in ("one", "two"))
    a.ok("RENAME one three")
    a.ok("RENAME two one")
    a.ok("RENAME three two")
    assert status(b, "one", "UIDVALIDITY")["UIDVALIDITY"] != one
    assert status(b, "two", "UIDVALIDITY")["UIDVALIDITY"] != two
    append(b)
    assert number(b.ok("SELECT INBOX"), "UIDVALIDITY") == inbox


def test_rule_09_nothing_is_told_without_a_command(pair):
    a, b = pair
    append(a, 3)
    a.ok("SELECT INBOX")
    b.ok("SELECT INBOX")
    a.ok(r"STORE 1 +FLAGS.SILENT (\Deleted)")
    a.ok("EXPUNGE")
    # None in the middle of a command's literal either; SEARCH holds it back.
    b.send(b"x SEARCH SUBJECT {6}\r\n")
    assert b.response()[0] == b"+"
    b.send(b"letter\r\n")
    assert shown(b.until(b"x")) == ["SEARCH 2 3"]
    b.send(b"y UID SEARCH 1:3\r\n")
    assert [line for line in shown(b.until(b"y")) if "EXPUNGE" in line] == []
    # A UID FETCH may tell it.
    told = shown(b.ok("UID FETCH 3 UID"))
    assert told[-1] == "1 EXPUNGE" or shown(b.ok("NOOP")) == ["1 EXPUNGE"]


def test_rule_12_exists_never_shrinks(pair):
    a, b = pair
    append(a, 3)
    a.ok("SELECT INBOX")
    b.ok("SELECT INBOX")
    assert a.ok("EXPUNGE") == []
    a.ok(r"STORE 1:2 +FLAGS.SILENT (\Deleted)")
    assert shown(a.ok("EXPUNGE")) == ["1 EXPUNGE", "1 EXPUNGE"]
    assert shown(b.ok("NOOP")) == ["1 EXPUNGE", "1 EXPUNGE"]
    append(a)
    assert shown(b.ok("NOOP"))[0] == "2 EXISTS"


def test_rule_16_a_number_that_is_gone_is_no_other_message(pair):
    a, b = pair
    for text in (b"one", b"two", b"three"):
        append(a, letter=b"Subject: " + text + b"\r\n\r\n" + text + b"\r\n")
    a.ok("SELECT INBOX")
    b.ok("SELECT INBOX")
    a.ok(r"STORE 2 +FLAGS.SILENT (\Deleted)")
    a.ok("EXPUNGE")
    for item in ("FLAGS", "ENVELOPE", "BODY.PEEK[]", "UID"):
        answers = b.command(f"FETCH 2 ({item})")
        got = imap_raw.fetched(answers[:-1])
        assert got or answers[-1][1:3] == [b"NO", b"[EXPUNGEISSUED]"]
        if item == "BODY.PEEK[]" and got:
            assert got[2][b"BODY[]"].endswith(b"two\r\n")
        if item == "UID" and got:
            assert got[2][b"UID"] == b"2"


def test_rule_17_store_on_a_number_that_is_gone(pair):
    a, b = pair
    append(a, 3)
    a.ok("SELECT INBOX")
    b.ok("SELECT INBOX")
    a.ok(r"STORE 2 +FLAGS.SILENT (\Deleted)")
    a.ok("EXPUNGE")
    assert tagged(b, r"STORE 2 +FLAGS (\Flagged)")[0] in ("OK", "NO")
    assert tagged(b, r"STORE 2:3 +FLAGS (\Answered)")[0] in ("OK", "NO")
    assert shown(b.ok("NOOP"))[0] == "2 EXPUNGE"
    assert imap_raw.fetched(b.ok("FETCH 2 (UID FLAGS)"))[2][b"UID"] == b"3"
    flags = imap_raw.fetched(a.ok("FETCH 2 FLAGS"))[2][b"FLAGS"]
    assert b"\\Answered" in flags and b"\\Flagged" not in flags


def test_rule_25_uid_store_of_what_is_gone(pair):
    a, b = pair
    append(a, 2)
    a.ok("SELECT INBOX")
    b.ok("SELECT INBOX")
    a.ok(r"STORE 1:2 +FLAGS.SILENT (\Deleted)")
    a.ok("EXPUNGE")
    answers = b.command(r"UID STORE 1:2 +FLAGS (\Seen)")
    assert answers[-1][1] == b"OK"
    assert [line for line in shown(answers) if "FETCH" in line] == []
