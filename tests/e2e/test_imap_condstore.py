"""CONDSTORE (RFC 7162 3.1): MODSEQs of messages, conditional STORE; through two gateways."""

import re
import threading

import imap_raw
import pytest
from imap_sessions import append, shown, tagged


def modseqs(responses):
    """{sequence number: MODSEQ} of FETCH responses."""
    return {n: int(items[b"MODSEQ"][0]) for n, items in imap_raw.fetched(responses).items()}


def code(responses, name):
    """The number in an untagged or tagged [NAME number]."""
    for response in responses:
        if response[1] == b"OK" and (found := re.search(rb"\[%s (\d+)\]" % name, response[2] or b"")):
            return int(found[1])
    return None


def test_rule_04_modseq_grows_with_every_change(pair):
    a, b = pair
    seen = [code(a.ok("SELECT INBOX"), b"HIGHESTMODSEQ")]
    assert seen[0] > 0
    b.ok("SELECT INBOX")
    append(a, 2)
    changes = [r"STORE 1 +FLAGS.SILENT (\Seen)", r"STORE 2 +FLAGS.SILENT (\Seen)",
               r"STORE 1 -FLAGS.SILENT (\Seen)", r"STORE 1 +FLAGS.SILENT (\Deleted)", "EXPUNGE"]
    a.ok("NOOP")
    for change in changes:
        seen.append(int(status(b, "HIGHESTMODSEQ")))
        a.ok(change)
    seen.append(int(status(b, "HIGHESTMODSEQ")))
    assert seen == sorted(set(seen))
    assert seen[-1] < 2 ** 63
    # What SELECT tells has been made visible with it: nothing changed since.
    told = b.ok("SELECT INBOX")
    assert b.ok(f"FETCH 1:* (FLAGS) (CHANGEDSINCE {code(told, b'HIGHESTMODSEQ')})") == []


def status(imap, item, mailbox="INBOX"):
    values = next(r for r in imap.ok(f"STATUS {mailbox} ({item})") if r[1] == b"STATUS")[3]
    return dict(zip(values[0::2], values[1::2]))[item.encode()]


def test_changedsince(pair):
    a, b = pair
    append(a, 3)
    a.ok("SELECT INBOX")
    before = modseqs(a.ok("FETCH 1:* (MODSEQ)"))
    assert len(before) == 3 and sorted(before.values()) == list(before.values())
    b.ok("SELECT INBOX")
    b.ok(r"STORE 2 +FLAGS (\Flagged)")
    since = max(before.values())
    answers = imap_raw.fetched(a.ok(f"FETCH 1:* (FLAGS) (CHANGEDSINCE {since})"))
    assert list(answers) == [2]
    assert int(answers[2][b"MODSEQ"][0]) > since
    answers = imap_raw.fetched(a.ok(f"UID FETCH 1:* (BODY.PEEK[TEXT]) (CHANGEDSINCE {since})"))
    assert list(answers) == [2] and answers[2][b"BODY[TEXT]"] == b"Hello\r\n"
    assert a.ok("FETCH 1:* UID (CHANGEDSINCE 9223372036854775807)") == []
    for bad in ("FETCH 1 FLAGS (CHANGEDSINCE)", "FETCH 1 FLAGS (CHANGEDSINCE 9223372036854775808)",
                "FETCH 1 FLAGS ()", "FETCH 1 FLAGS (CHANGEDSINCE 1 CHANGEDSINCE 1)",
                "UID FETCH 1 FLAGS (CHANGEDSINCE 1 VANISHED)"):
        assert tagged(a, bad)[0] == "BAD", bad


ENABLING = ["STATUS INBOX (HIGHESTMODSEQ)", "FETCH 1 (MODSEQ)", "FETCH 1 (FLAGS) (CHANGEDSINCE 1)",
            r"STORE 1 (UNCHANGEDSINCE 1) +FLAGS.SILENT (\Seen)", "SEARCH MODSEQ 1",
            "UID SORT (SUBJECT) UTF-8 MODSEQ 1", "THREAD REFS UTF-8 MODSEQ 1",
            "ESEARCH IN (selected) MODSEQ 1", "ESEARCH IN (inboxes) MODSEQ 1",
            "SELECT INBOX (CONDSTORE)", "EXAMINE INBOX (CONDSTORE)", "ENABLE CONDSTORE",
            "ENABLE QRESYNC"]


@pytest.mark.parametrize("command", ENABLING)
def test_rule_26_enabling_commands(pair, command):
    a, b = pair
    append(a, 2)
    a.ok("SELECT INBOX")
    b.ok("SELECT INBOX")
    a.ok(r"STORE 2 +FLAGS (\Answered)")
    assert b"MODSEQ" not in imap_raw.fetched(b.ok("NOOP"))[2]
    told = b.ok(command)
    # The first one tells HIGHESTMODSEQ of the selected mailbox.
    assert code(told, b"HIGHESTMODSEQ") > 0
    assert code(b.ok("STATUS INBOX (HIGHESTMODSEQ)"), b"HIGHESTMODSEQ") is None
    a.ok(r"STORE 2 +FLAGS.SILENT (\Flagged)")
    answer = imap_raw.fetched(b.ok("NOOP"))[2]
    assert int(answer[b"MODSEQ"][0]) > 0 and answer[b"UID"] == b"2"
    if not command.startswith("EXAMINE"):
        answer = imap_raw.fetched(b.ok(r"STORE 2 -FLAGS.SILENT (\Answered)"))[2]
        assert set(answer) == {b"UID", b"MODSEQ"}
        answer = imap_raw.fetched(b.ok("FETCH 2 BODY[]"))[2]
        assert {b"BODY[]", b"FLAGS", b"UID", b"MODSEQ"} == set(answer)
    # What is asked for is answered as asked.
    assert set(imap_raw.fetched(b.ok("FETCH 2 FLAGS"))[2]) == {b"FLAGS"}


def test_rule_27_unchangedsince(pair):
    a, b = pair
    append(a, 4)
    a.ok("SELECT INBOX")
    b.ok("SELECT INBOX")
    since = max(modseqs(a.ok("FETCH 1:* MODSEQ")).values())
    b.ok(r"STORE 2:3 +FLAGS.SILENT (\Flagged)")
    answers = a.command(rf"STORE 1:4,2,1 (UNCHANGEDSINCE {since}) +FLAGS.SILENT (\Seen)")
    assert answers[-1][1:3] == [b"OK", b"[MODIFIED 2:3]"]
    done = imap_raw.fetched(answers[:-1])
    assert {1, 4} <= set(done)
    # What the others are like is told too, and it is not what was asked for.
    assert b"\\Flagged" in done[2][b"FLAGS"] and b"\\Seen" not in done[2][b"FLAGS"]
    answers = a.command(rf"UID STORE 1:* (UNCHANGEDSINCE {since}) -FLAGS (\Seen)")
    assert answers[-1][1:3] == [b"OK", b"[MODIFIED 1:4]"]
    highest = int(status(b, "HIGHESTMODSEQ"))
    answers = a.command(rf"UID STORE 1:* (UNCHANGEDSINCE {highest}) -FLAGS (\Seen)")
    assert answers[-1][1:3] == [b"OK", None]
    # No message has MODSEQ 0, so the condition never holds.
    answers = a.command(r"STORE 1 (UNCHANGEDSINCE 0) +FLAGS (\Deleted)")
    assert answers[-1][1:3] == [b"OK", b"[MODIFIED 1]"]
    for bad in (r"STORE 1 (UNCHANGEDSINCE) FLAGS (\Seen)", r"STORE 1 () FLAGS (\Seen)",
                r"STORE 1 (UNCHANGEDSINCE -1) FLAGS (\Seen)", r"STORE 1 (OTHER 1) FLAGS (\Seen)"):
        assert tagged(a, bad)[0] == "BAD", bad


def test_rule_28_of_two_conditional_stores_one_wins(pair):
    append(pair[0], 20)
    for session in pair:
        session.ok("SELECT INBOX (CONDSTORE)")
    since = max(modseqs(pair[0].ok("FETCH 1:* MODSEQ")).values())
    barrier = threading.Barrier(2)
    won = [set(), set()]

    def run(index):
        imap = pair[index]
        for uid in range(1, 21):
            barrier.wait(timeout=60)
            answer = imap.command(
                f"UID STORE {uid} (UNCHANGEDSINCE {since}) +FLAGS.SILENT (winner{index})")[-1]
            assert answer[1] == b"OK"
            if answer[2] is None:
                won[index].add(uid)
            else:
                assert answer[2] == b"[MODIFIED %d]" % uid

    threads = [threading.Thread(target=run, args=(index,)) for index in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert won[0] | won[1] == set(range(1, 21)) and not won[0] & won[1]
    for uid, items in imap_raw.fetched(pair[0].ok("UID FETCH 1:* FLAGS")).items():
        flags = set(items[b"FLAGS"])
        assert (b"winner0" in flags) == (uid in won[0])
        assert (b"winner1" in flags) == (uid in won[1])


def test_each_store_has_a_modseq_of_its_own(pair):
    append(pair[0], 2)
    for session in pair:
        session.ok("SELECT INBOX (CONDSTORE)")
    told = [[], []]
    barrier = threading.Barrier(2)

    def run(index):
        imap = pair[index]
        for turn in range(20):
            barrier.wait(timeout=60)
            sign = "+-"[turn % 2]
            answers = imap.ok(f"UID STORE {index + 1} {sign}FLAGS.SILENT (\\Seen)")
            told[index] += [int(r[3][3][0]) for r in answers
                            if len(r) > 3 and r[2] == b"FETCH" and len(r[3]) == 4]

    threads = [threading.Thread(target=run, args=(index,)) for index in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for own in told:
        assert own == sorted(set(own)) and len(own) == 20
    assert not set(told[0]) & set(told[1])


def test_rule_29_search_modseq(pair):
    a, b = pair
    append(a, 3)
    a.ok("SELECT INBOX")
    b.ok("SELECT INBOX")
    since = max(modseqs(a.ok("FETCH 1:* MODSEQ")).values())
    b.ok(r"STORE 2 +FLAGS.SILENT (\Seen)")
    highest = int(status(b, "HIGHESTMODSEQ"))
    assert a.ok(f"SEARCH MODSEQ {since + 1}")[0] == [b"*", b"SEARCH", b"2",
                                                    [b"MODSEQ", b"%d" % highest]]
    assert a.ok(rf'UID SEARCH NOT SEEN MODSEQ "/flags/\\draft" all 1')[0][:4] == [
        b"*", b"SEARCH", b"1", b"3"]
    assert a.ok(f"SEARCH MODSEQ {highest + 1}") == [[b"*", b"SEARCH"]]
    for bad in ("SEARCH MODSEQ", "SEARCH MODSEQ x", 'SEARCH MODSEQ "/flags/x" 1',
                'SEARCH MODSEQ "/other/x" all 1'):
        assert tagged(a, bad)[0] == "BAD", bad


def test_rule_30_a_store_without_effect(pair):
    a, b = pair
    append(a)
    a.ok(r"SELECT INBOX (CONDSTORE)")
    first = modseqs(a.ok(r"STORE 1 +FLAGS (\Seen)"))
    assert modseqs(a.ok(r"STORE 1 +FLAGS (\Seen)")) == first
    assert modseqs(a.ok(r"STORE 1 +FLAGS.SILENT (\Seen)")) == first
    assert int(status(b, "HIGHESTMODSEQ")) == first[1]


def test_rule_36_enable(pair):
    a, b = pair
    assert a.ok("ENABLE CONDSTORE X-NONE") == [[b"*", b"ENABLED", b"CONDSTORE"]]
    assert a.ok("ENABLE CONDSTORE") == [[b"*", b"ENABLED"]]
    assert a.ok("ENABLE QRESYNC CONDSTORE") == [[b"*", b"ENABLED", b"QRESYNC"]]
    assert b.ok("ENABLE QRESYNC") == [[b"*", b"ENABLED", b"QRESYNC"]]
    assert b.ok("ENABLE CONDSTORE") == [[b"*", b"ENABLED"]]


def test_rule_36_enable_with_a_mailbox_selected(pair):
    """RFC 5161 limits ENABLE to the authenticated state; it is taken in the selected one too."""
    a, b = pair
    append(a, 2)
    a.ok("SELECT INBOX")
    b.ok("SELECT INBOX")
    told = b.ok("ENABLE QRESYNC")
    assert [r[1] for r in told] == [b"OK", b"ENABLED"] and code(told, b"HIGHESTMODSEQ")
    a.ok(r"STORE 1 +FLAGS.SILENT (\Deleted)")
    a.ok("EXPUNGE")
    assert shown(b.ok("NOOP")) == ["VANISHED 1"]
    assert imap_raw.fetched(b.ok("FETCH 1 UID")) == {1: {b"UID": b"2"}}


def test_capabilities(pair):
    words = pair[0].ok("CAPABILITY")[0]
    assert {b"CONDSTORE", b"QRESYNC", b"ENABLE"} <= set(words)
