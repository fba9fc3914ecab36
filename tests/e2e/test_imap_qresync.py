"""QRESYNC (RFC 7162 3.2): VANISHED, and a client that comes back; through two gateways."""

import re

import imap_raw
import posthorn as posthorn_module
import pytest
from imap_sessions import append, shown, tagged


def select(imap, parameters="", mailbox="INBOX"):
    """SELECT: its untagged responses, UIDVALIDITY and HIGHESTMODSEQ."""
    told = imap.ok(f"SELECT {mailbox} {parameters}".rstrip())
    codes = dict(re.findall(r"\[(UIDVALIDITY|HIGHESTMODSEQ) (\d+)\]", " ".join(shown(told))))
    return told, int(codes["UIDVALIDITY"]), int(codes["HIGHESTMODSEQ"])


def expunge(imap, uids):
    imap.ok(rf"UID STORE {uids} +FLAGS.SILENT (\Deleted)")
    imap.ok(f"UID EXPUNGE {uids}")


def told_by(responses):
    """VANISHED lines and UIDs of FETCH lines, in order."""
    lines = []
    for r in responses:
        if r[1] == b"VANISHED":
            lines.append(" ".join(shown([r])))
        elif len(r) > 3 and r[2] == b"FETCH":
            items = dict(zip(r[3][0::2], r[3][1::2]))
            assert {b"UID", b"FLAGS", b"MODSEQ"} <= set(items)
            lines.append(int(items[b"UID"]))
    return lines


@pytest.fixture
def away(pair):
    """Ten messages that a client knew; since then UIDs 2, 5:6 and 10 went, 4 changed, 11 came."""
    a, b = pair
    append(a, 10)
    b.ok("ENABLE QRESYNC")
    _, validity, modseq = select(b)
    b.ok("UNSELECT")
    a.ok("SELECT INBOX")
    append(a)
    a.ok(r"UID STORE 4 +FLAGS.SILENT (\Flagged)")
    expunge(a, "2,5:6,10")
    return a, b, validity, modseq


def test_a_client_comes_back(away):
    _, b, validity, modseq = away
    told, _, now = select(b, f"(QRESYNC ({validity} {modseq}))")
    assert told_by(told) == ["VANISHED (EARLIER) 2,5:6,10", 4, 11]
    assert now > modseq and "7 EXISTS" in shown(told)
    told, _, _ = select(b, f"(QRESYNC ({validity} {now}))")
    assert shown(told)[0].startswith("OK [CLOSED]")
    assert told_by(told) == []
    assert b.ok("NOOP") == []


def test_rule_31_select_with_qresync(away):
    a, b, validity, modseq = away
    # Another UIDVALIDITY: nothing more than a SELECT.
    told, _, _ = select(b, f"(QRESYNC ({validity + 1} {modseq} 1:10))")
    assert told_by(told) == [] and "7 EXISTS" in shown(told)
    told, _, _ = select(b, f"(QRESYNC ({validity} {modseq} 1:4,6:7 (1:3,9 1:3,10)))")
    assert told_by(told) == ["VANISHED (EARLIER) 2,6", 4]
    # Match data that claims too much loses no removal that the store knows of.
    told, _, _ = select(b, f"(QRESYNC ({validity} {modseq} 1:11 (7 11)))")
    assert told_by(told) == ["VANISHED (EARLIER) 2,5:6,10", 4, 11]
    assert tagged(a, f"SELECT INBOX (QRESYNC ({validity} {modseq}))")[0] == "BAD"
    for bad in (f"({validity})", f"({validity} 0)", f"({validity} {modseq} 1:*)",
                f"({validity} {modseq} 1:9 (1 1:2))", ""):
        assert tagged(b, f"SELECT INBOX (QRESYNC {bad})")[0] == "BAD", bad
    assert b.ok("UID SEARCH ALL")  # a BAD leaves the mailbox as it was


def test_rule_32_vanished_is_bounded_by_what_the_client_knows(pair):
    a, b = pair
    append(a, 5)
    b.ok("ENABLE QRESYNC")
    _, validity, modseq = select(b)
    b.ok("UNSELECT")
    a.ok("SELECT INBOX")
    expunge(a, "3:5")
    # The highest living UID is 2; what went above it is told all the same.
    told, _, _ = select(b, f"(QRESYNC ({validity} {modseq}))")
    assert told_by(told) == ["VANISHED (EARLIER) 3:5"]
    told, _, _ = select(b, f"(QRESYNC ({validity} {modseq} 1:4))")
    assert told_by(told) == ["VANISHED (EARLIER) 3:4"]
    told, _, _ = select(b, f"(QRESYNC ({validity} {modseq} 1:4000000000))")
    assert told_by(told) == ["VANISHED (EARLIER) 3:5"]


def test_rule_33_uid_fetch_vanished(away):
    _, b, _, modseq = away
    select(b)
    told = b.ok(f"UID FETCH 1:* (FLAGS) (CHANGEDSINCE {modseq} VANISHED)")
    assert told_by(told) == ["VANISHED (EARLIER) 2,5:6,10", 4, 11]
    told = b.ok(f"UID FETCH 5:10 (FLAGS) (VANISHED CHANGEDSINCE {modseq})")
    assert told_by(told) == ["VANISHED (EARLIER) 5:6,10"]
    for bad in ("UID FETCH 1:* FLAGS (VANISHED)",
                f"FETCH 1:* FLAGS (CHANGEDSINCE {modseq} VANISHED)",
                f"UID FETCH 1:* FLAGS (CHANGEDSINCE {modseq} VANISHED VANISHED)"):
        assert tagged(b, bad)[0] == "BAD", bad


def test_rule_33_star_is_generous(pair):
    a, b = pair
    append(a, 3)
    b.ok("ENABLE QRESYNC")
    _, _, modseq = select(b)
    a.ok("SELECT INBOX")
    expunge(a, "1:3")
    assert shown(b.ok("NOOP")) == ["VANISHED 1:3"]
    told = b.ok(f"UID FETCH 1:* (FLAGS) (CHANGEDSINCE {modseq} VANISHED)")
    assert told_by(told) == ["VANISHED (EARLIER) 1:3"]


def test_rule_33_vanished_before_enable_is_bad(pair):
    a, _ = pair
    append(a)
    a.ok("SELECT INBOX (CONDSTORE)")
    assert tagged(a, "UID FETCH 1:* FLAGS (CHANGEDSINCE 1 VANISHED)")[0] == "BAD"


def test_rule_34_vanished_names_no_living_uid(pair):
    a, b = pair
    append(a, 1)
    b.ok("ENABLE QRESYNC")
    _, validity, modseq = select(b)
    b.ok("UNSELECT")
    a.ok("SELECT INBOX")
    expunge(a, "1")
    append(a, 2)
    told, _, _ = select(b, f"(QRESYNC ({validity} {modseq}))")
    assert told_by(told) == ["VANISHED (EARLIER) 1", 2, 3]


def test_what_is_still_to_be_told_is_not_earlier(pair):
    a, b = pair
    append(a, 4)
    b.ok("ENABLE QRESYNC")
    _, _, modseq = select(b)
    a.ok("SELECT INBOX")
    expunge(a, "2")
    told = shown(b.ok(f"UID FETCH 1:* (FLAGS) (CHANGEDSINCE {modseq} VANISHED)"))
    # The client counts it down: it had the message.
    assert told == ["VANISHED 2"]
    assert imap_raw.fetched(b.ok("FETCH 2 UID"))[2][b"UID"] == b"3"


def test_rule_05_expunge_tells_highestmodseq_and_close_does_not(pair):
    a, b = pair
    append(a, 4)
    a.ok("ENABLE QRESYNC")
    _, _, before = select(a)
    a.ok(r"STORE 1:3 +FLAGS.SILENT (\Deleted)")
    answers = a.command("UID EXPUNGE 1")
    assert shown(answers) == ["VANISHED 1"]
    first = int(re.search(rb"HIGHESTMODSEQ (\d+)", answers[-1][2])[1])
    answers = a.command("EXPUNGE")
    assert shown(answers) == ["VANISHED 2:3"]
    second = int(re.search(rb"HIGHESTMODSEQ (\d+)", answers[-1][2])[1])
    assert before < first < second
    assert a.command("EXPUNGE")[-1][2] is None
    a.ok(r"STORE 1 +FLAGS.SILENT (\Deleted)")
    assert a.command("CLOSE")[-1][2] is None
    # Nobody forgets what went: a client of before the first removal is told of all.
    b.ok("ENABLE QRESYNC")
    select(b)
    told = b.ok(f"UID FETCH 1:* (FLAGS) (CHANGEDSINCE {before} VANISHED)")
    assert told_by(told) == ["VANISHED (EARLIER) 1:4"]


def test_highestmodseq_of_expunge_covers_what_others_did(pair):
    a, b = pair
    append(a, 4)
    a.ok("ENABLE QRESYNC")
    select(a)
    b.ok("SELECT INBOX")
    a.ok(r"STORE 1 +FLAGS.SILENT (\Deleted)")
    b.ok(r"STORE 3 +FLAGS.SILENT (\Flagged)")
    answers = a.command("EXPUNGE")
    told = [int(r[3][1]) for r in answers[:-1] if len(r) > 2 and r[2] == b"FETCH"]
    assert "VANISHED 1" in shown(answers) and told == [3]


def test_move_under_qresync(pair):
    a, _ = pair
    a.ok("CREATE other")
    append(a, 3)
    a.ok("ENABLE QRESYNC")
    select(a)
    answers = a.command("MOVE 1:2 other")
    assert [line.split()[0] for line in shown(answers)] == ["OK", "VANISHED"]
    assert "COPYUID" in shown(answers)[0] and shown(answers)[1] == "VANISHED 1:2"
    assert b"HIGHESTMODSEQ" in answers[-1][2]


def test_held_back_removals_do_not_move_highestmodseq(pair):
    a, b = pair
    append(a, 4)
    a.ok("SELECT INBOX")
    b.ok("ENABLE QRESYNC")
    _, _, before = select(b)
    expunge(a, "1")
    a.ok(r"UID STORE 3 +FLAGS.SILENT (\Flagged)")
    answers = b.command(r"STORE 4 +FLAGS.SILENT (\Seen)")
    # MODSEQs above that of the removal are told, the removal is not: the client must not take the
    # greater ones for all it knows (RFC 7162 6).
    assert "VANISHED" not in " ".join(shown(answers)).replace("VANISHED is delayed", "")
    delayed = [int(n) for n in re.findall(r"\[HIGHESTMODSEQ (\d+)\]", " ".join(shown(answers)))]
    assert delayed == [before]
    assert shown(b.ok("NOOP")) == ["VANISHED 1"]


def test_idle_under_qresync(pair):
    a, b = pair
    append(a, 2)
    a.ok("SELECT INBOX")
    b.ok("ENABLE QRESYNC")
    select(b)
    b.idle()
    a.ok(r"STORE 1 +FLAGS.SILENT (\Deleted)")
    assert {b"UID", b"FLAGS", b"MODSEQ"} == set(b.idle_response(10)[3][0::2])
    a.ok("EXPUNGE")
    assert shown([b.idle_response(10)]) == ["VANISHED 1"]
    assert b.done()[-1][1] == b"OK"


def test_rule_35_a_pruned_log_still_answers(posthorn, pair, account):
    a, b = pair
    append(a, 6)
    b.ok("ENABLE QRESYNC")
    _, validity, modseq = select(b)
    b.ok("UNSELECT")
    a.ok("SELECT INBOX")
    expunge(a, "2,6")
    a.ok(r"UID STORE 3 +FLAGS.SILENT (\Seen)")
    posthorn_module.prune_change_log(posthorn, account)
    for session in pair:
        posthorn_module.wait_until(lambda s=session: tagged(s, "STATUS INBOX (UIDNEXT)")[0] == "OK",
                                   "the store is back")
    # Every UID that is not there; none that is.
    told, _, _ = select(b, f"(QRESYNC ({validity} {modseq}))")
    assert told_by(told) == ["VANISHED (EARLIER) 2,6", 3]
    told, _, _ = select(b, f"(QRESYNC ({validity} {modseq} 1:6 (1,3 1,3)))")
    assert told_by(told) == ["VANISHED (EARLIER) 2,6", 3]
    # Here the match data says that nothing below UID 5 is news.
    told, _, now = select(b, f"(QRESYNC ({validity} {modseq} 1:6 (1,3:4 1,4:5)))")
    assert told_by(told) == ["VANISHED (EARLIER) 6", 3]
    told = b.ok(f"UID FETCH 1:* (FLAGS) (CHANGEDSINCE {modseq} VANISHED)")
    assert told_by(told) == ["VANISHED (EARLIER) 2,6", 3]
    expunge(a, "1")
    assert shown(b.ok("NOOP")) == ["VANISHED 1"]
    assert now > modseq
