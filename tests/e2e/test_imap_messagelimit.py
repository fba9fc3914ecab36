"""MESSAGELIMIT (RFC 9738): a gateway whose commands work at three messages, highest UID first."""

import re

import imap_raw
import posthorn as system
import pytest
from imap_sessions import LETTER, append, lines, shown, tagged

CUT = ("OK", "[MESSAGELIMIT 3 6]")
WHOLE = ("OK", "")


@pytest.fixture(scope="module")
def limited():
    with system.started("--flag", "imap-gateway:--message_limit=3") as running:
        yield running


@pytest.fixture
def user(limited):
    return limited.account()


def connect(limited, user):
    return imap_raw.Connection(limited.host, limited.port("IMAP")).login(user)


@pytest.fixture
def imap(limited, user):
    """A session with UIDs 2, 3, 5, 6, 7, 8 in INBOX, which are messages 1 to 6."""
    connection = connect(limited, user)
    append(connection, 8)
    connection.ok("CREATE other")
    connection.ok("SELECT INBOX")
    connection.ok(r"UID STORE 1,4 +FLAGS.SILENT (\Deleted)")
    connection.ok("EXPUNGE")
    yield connection
    connection.close()


def outcome(answers):
    return answers[-1][1].decode(), (answers[-1][2] or b"").decode()


def numbers(answers, word=b"FETCH"):
    """What stands before FETCH, UIDFETCH or EXPUNGE, in the order it came."""
    return [int(r[1]) for r in answers if len(r) > 2 and r[2] == word]


def warned(answers):
    """The codes of untagged NOs."""
    return [r[2].decode() for r in answers if r[:2] == [b"*", b"NO"]]


def found(imap, search):
    [uids] = lines(imap, search, b"SEARCH")
    return [int(uid) for uid in uids]


def capabilities(imap):
    [response] = imap.ok("CAPABILITY")
    return {word.decode() for word in response[2:]}


def delete_all(imap):
    for half in ("1:3", "4:6"):
        imap.ok(rf"STORE {half} +FLAGS.SILENT (\Deleted)")


def test_the_limit_is_told(limited, user):
    imap = imap_raw.Connection(limited.host, limited.port("IMAP"))
    assert not [name for name in capabilities(imap) if name.startswith("MESSAGELIMIT")]
    told = capabilities(imap.login(user))
    assert "MESSAGELIMIT=3" in told
    # RFC 9738 3: SAVELIMIT would stand in its place.
    assert not [name for name in told if name.startswith("SAVELIMIT")]
    imap.close()


# ---- FETCH

@pytest.mark.parametrize("items", ["UID", "FLAGS", "(UID ENVELOPE RFC822.SIZE)", "BODY.PEEK[]",
                                   "(FLAGS BODY[HEADER.FIELDS (SUBJECT)])"])
def test_fetch_answers_the_last_messages_from_the_highest_down(imap, items):
    answers = imap.command(f"FETCH 1:* {items}")
    assert (numbers(answers), outcome(answers)) == ([6, 5, 4], CUT)
    answers = imap.command(f"FETCH 1:3 {items}")
    assert (numbers(answers), outcome(answers)) == ([1, 2, 3], WHOLE)


def test_a_client_goes_on_below_the_lowest_uid(imap):
    uids = []
    last = 4294967295
    while True:
        answers = imap.command(f"UID FETCH 1:{last} FLAGS")
        uids += [int(dict(zip(r[3][::2], r[3][1::2]))[b"UID"])
                 for r in answers if r[2:3] == [b"FETCH"]]
        lowest = re.fullmatch(r"\[MESSAGELIMIT 3 (\d+)\]", outcome(answers)[1])
        if not lowest:
            break
        last = int(lowest[1]) - 1
    assert uids == [8, 7, 6, 2, 3, 5]


def test_as_many_as_the_limit_are_not_too_many(imap):
    answers = imap.command("UID FETCH 5,6,8 FLAGS")
    assert (numbers(answers), outcome(answers)) == ([3, 4, 6], WHOLE)
    # UIDs that nobody has do not count.
    assert outcome(imap.command("UID FETCH 1:5 FLAGS")) == WHOLE


def test_only_what_is_answered_is_seen(imap):
    imap.ok("FETCH 1:* BODY[TEXT]")
    assert found(imap, "UID SEARCH UID 6:8 SEEN") == [6, 7, 8]
    assert found(imap, "UID SEARCH UID 2:5 SEEN") == []


def test_messages_that_did_not_change_count_too(imap):
    answers = imap.command("UID FETCH 1:* FLAGS (CHANGEDSINCE 1)")
    assert (numbers(answers), outcome(answers)) == ([6, 5, 4], CUT)
    answers = imap.command("UID FETCH 1:* FLAGS (CHANGEDSINCE 9000000000)")
    assert (numbers(answers), outcome(answers)) == ([], CUT)


def test_a_window_is_as_wide_as_the_limit_at_most(imap):
    for window in ("-1:-4", "4:1", "1:4294967295", "100:103"):
        answers = imap.command(f"UID FETCH 1:* FLAGS (PARTIAL {window})")
        assert (answers[:-1], outcome(answers)) == ([], ("NO", "[MESSAGELIMIT 3]")), window
    answers = imap.command("UID FETCH 1:* FLAGS (PARTIAL 1:3)")
    assert (numbers(answers), outcome(answers)) == ([1, 2, 3], WHOLE)
    answers = imap.command("UID FETCH 1:* FLAGS (PARTIAL -2:-4)")
    assert (numbers(answers), outcome(answers)) == ([3, 4, 5], WHOLE)


def test_with_another_response_code_it_is_an_untagged_no(limited, user, imap):
    other = connect(limited, user)
    other.ok("SELECT INBOX")
    other.ok(r"UID STORE 7 +FLAGS.SILENT (\Deleted)")
    other.ok("UID EXPUNGE 7")
    other.close()
    answers = imap.command("FETCH 1:* (FLAGS)")
    assert numbers(answers) == [6, 4]
    assert warned(answers) == ["[MESSAGELIMIT 3 6]"]
    assert outcome(answers) == ("NO", "[EXPUNGEISSUED]")


def test_without_sequence_numbers(limited, user, imap):
    by_uid = connect(limited, user)
    by_uid.ok("ENABLE UIDONLY")
    by_uid.ok("SELECT INBOX")
    for command in ("UID FETCH 1:* UID", "UID FETCH 1:* FLAGS", "UID FETCH 1:* BODY.PEEK[]",
                    r"UID STORE 1:* +FLAGS (\Flagged)"):
        answers = by_uid.command(command)
        assert (numbers(answers, b"UIDFETCH"), outcome(answers)) == ([8, 7, 6], CUT), command
    answers = by_uid.command("UID MOVE 1:* other")
    assert outcome(answers) == CUT
    assert "VANISHED 6:8" in shown(answers)
    by_uid.close()


# ---- STORE

def test_store_changes_the_last_messages(imap):
    answers = imap.command(r"STORE 1:* +FLAGS (\Flagged)")
    assert (numbers(answers), outcome(answers)) == ([6, 5, 4], CUT)
    answers = imap.command(r"UID STORE 1:* +FLAGS.SILENT (\Answered)")
    assert (numbers(answers), outcome(answers)) == ([], CUT)
    assert found(imap, "UID SEARCH UID 6:8 FLAGGED ANSWERED") == [6, 7, 8]
    assert found(imap, "UID SEARCH UID 2:5 OR FLAGGED ANSWERED") == []
    answers = imap.command(r"UID STORE 1:5 +FLAGS (\Flagged)")
    assert (numbers(answers), outcome(answers)) == ([1, 2, 3], WHOLE)


def test_a_conditional_store_tells_both(imap):
    answers = imap.command(r"STORE 1:* (UNCHANGEDSINCE 1) +FLAGS (\Flagged)")
    assert warned(answers) == ["[MESSAGELIMIT 3 6]"]
    assert outcome(answers) == ("OK", "[MODIFIED 4:6]")


# ---- SEARCH

def test_search_counts_what_is_searched_not_what_is_found(imap):
    imap.ok(r"UID STORE 2,7 +FLAGS.SILENT (\Flagged)")
    for search, uids in [("ALL", [6, 7, 8]), ("1:*", [6, 7, 8]), ("FLAGGED", [7]), ("ANSWERED", []),
                         ("OR FLAGGED UID 3", [7]), ("UID 2:8 NOT FLAGGED", [6, 8])]:
        answers = imap.command(f"UID SEARCH {search}")
        assert outcome(answers) == CUT, search
        assert answers[0][2:] == [b"%d" % uid for uid in uids], search
    for search, uids in [("UID 2:5 FLAGGED", [2]), ("1:3", [2, 3, 5]), ("UIDBEFORE 6 FLAGGED", [2]),
                         ("OR UID 2 UID 3", [2, 3]), ("FLAGGED (1:5 UIDAFTER 3)", [7])]:
        answers = imap.command(f"UID SEARCH {search}")
        assert outcome(answers) == WHOLE, search
        assert answers[0][2:] == [b"%d" % uid for uid in uids], search
    assert found(imap, "SEARCH ALL") == [4, 5, 6]


def test_search_returns_what_it_was_asked_for(imap):
    answers = imap.command("UID SEARCH RETURN (MIN MAX COUNT ALL) ALL")
    assert answers[0][3:] == [b"UID", b"MIN", b"6", b"MAX", b"8", b"COUNT", b"3", b"ALL", b"6:8"]
    assert outcome(answers) == CUT


def test_uids_after_and_before(imap):
    for search, uids in [("UIDAFTER 6", [7, 8]), ("uidafter 8", []), ("UIDAFTER 4294967295", []),
                         ("UIDBEFORE 3", [2]), ("UIDBEFORE 1", []),
                         ("UIDAFTER 2 UIDBEFORE 6", [3, 5]), ("UID 6:8 NOT UIDAFTER 6", [6])]:
        assert found(imap, f"UID SEARCH {search}") == uids, search
    for search in ("UIDAFTER 0", "UIDBEFORE *", "UIDAFTER 1:2", "UIDBEFORE $"):
        assert tagged(imap, f"UID SEARCH {search}")[0] == "BAD", search


def test_what_a_search_saves_is_cut_too(imap):
    answers = imap.command("UID SEARCH RETURN (SAVE) UNDELETED")
    assert (answers[:-1], outcome(answers)) == ([], CUT)
    assert found(imap, "UID SEARCH $") == [6, 7, 8]
    answers = imap.command("FETCH $ FLAGS")
    assert (numbers(answers), outcome(answers)) == ([4, 5, 6], WHOLE)


def test_a_search_in_part_is_not_kept_up_to_date(imap):
    answers = imap.command("UID SEARCH RETURN (UPDATE COUNT) ALL")
    assert warned(answers) == [f'[NOUPDATE "T{imap.number}"]']
    assert outcome(answers) == CUT
    answers = imap.command("UID SEARCH RETURN (UPDATE COUNT) UIDAFTER 5")
    assert (warned(answers), outcome(answers)) == ([], WHOLE)


def test_sort_and_thread_are_for_all_or_nothing(imap):
    for command in ("UID SORT (ARRIVAL) UTF-8 ALL", "SORT (ARRIVAL) UTF-8 UNDELETED",
                    "UID THREAD REFERENCES UTF-8 ALL", "THREAD ORDEREDSUBJECT UTF-8 1:4"):
        answers = imap.command(command)
        assert (answers[:-1], outcome(answers)) == ([], ("NO", "[MESSAGELIMIT 3]")), command
    assert lines(imap, "UID SORT (ARRIVAL) UTF-8 UIDBEFORE 6", b"SORT") == [[b"2", b"3", b"5"]]
    assert tagged(imap, "UID THREAD REFERENCES UTF-8 UID 6:8") == WHOLE
    imap.ok("UID SEARCH RETURN (SAVE) UID 8")
    assert tagged(imap, "UID SORT RETURN (SAVE) (ARRIVAL) UTF-8 ALL")[0] == "NO"
    assert found(imap, "UID SEARCH $") == []


def test_a_search_over_mailboxes_is_not_limited(imap):
    [answer] = [r for r in imap.ok("ESEARCH IN (personal) RETURN (COUNT) ALL")
                if r[1] == b"ESEARCH"]
    assert answer[-2:] == [b"COUNT", b"6"]


# ---- COPY and MOVE

def test_copy_is_for_all_or_nothing(imap):
    for command in ("COPY 1:* other", "UID COPY 1:* other"):
        assert tagged(imap, command) == ("NO", "[MESSAGELIMIT 3 6]"), command
    assert shown(imap.ok("STATUS other (MESSAGES)")) == ["STATUS other (MESSAGES 0)"]
    assert re.fullmatch(r"\[COPYUID \d+ 6:8 1:3\]", tagged(imap, "UID COPY 6:* other")[1])


@pytest.mark.parametrize("move", ["UID MOVE 1:* other", "MOVE 1:* other"])
def test_move_is_repeated_until_all_are_moved(imap, move):
    answers = imap.command(move)
    assert outcome(answers) == CUT
    [copied] = [r[2] for r in answers if r[:2] == [b"*", b"OK"]]
    assert re.fullmatch(rb"\[COPYUID \d+ 6:8 1:3\]", copied)
    assert len(numbers(answers, b"EXPUNGE")) == 3
    assert found(imap, "UID SEARCH ALL") == [2, 3, 5]
    assert tagged(imap, move) == WHOLE
    assert shown(imap.ok("STATUS other (MESSAGES)")) == ["STATUS other (MESSAGES 6)"]


def test_move_under_qresync_tells_the_limit_beside_the_modseq(imap):
    imap.ok("ENABLE QRESYNC")
    imap.ok("SELECT INBOX")
    answers = imap.command("UID MOVE 1:* other")
    assert "VANISHED 6:8" in shown(answers)
    assert warned(answers) == ["[MESSAGELIMIT 3 6]"]
    assert outcome(answers)[1].startswith("[HIGHESTMODSEQ ")


# ---- EXPUNGE

def test_uid_expunge_is_repeated_until_all_are_gone(imap):
    delete_all(imap)
    answers = imap.command("UID EXPUNGE 1:*")
    assert (len(numbers(answers, b"EXPUNGE")), outcome(answers)) == (3, CUT)
    assert found(imap, "UID SEARCH ALL") == [2, 3, 5]
    answers = imap.command("UID EXPUNGE 1:*")
    assert (len(numbers(answers, b"EXPUNGE")), outcome(answers)) == (3, WHOLE)


def test_uid_expunge_counts_deleted_messages_only(imap):
    imap.ok(r"UID STORE 2,3,8 +FLAGS.SILENT (\Deleted)")
    answers = imap.command("UID EXPUNGE 1:*")
    assert (len(numbers(answers, b"EXPUNGE")), outcome(answers)) == (3, WHOLE)
    assert found(imap, "UID SEARCH ALL") == [5, 6, 7]


def test_what_names_no_messages_has_no_limit(imap):
    told = shown(imap.ok("STATUS INBOX (MESSAGES UNSEEN)"))
    assert told == ["STATUS INBOX (MESSAGES 6 UNSEEN 6)"]
    delete_all(imap)
    answers = imap.command("EXPUNGE")
    assert (len(numbers(answers, b"EXPUNGE")), outcome(answers)) == (6, WHOLE)


def test_close_has_no_limit(imap):
    delete_all(imap)
    assert tagged(imap, "CLOSE") == WHOLE
    assert shown(imap.ok("STATUS INBOX (MESSAGES)")) == ["STATUS INBOX (MESSAGES 0)"]


# ---- APPEND

def test_append_adds_all_or_none(imap):
    message = b" {%d+}\r\n%s" % (len(LETTER), LETTER)
    assert tagged(imap, b"APPEND other" + message * 4) == ("NO", "[MESSAGELIMIT 3]")
    assert shown(imap.ok("STATUS other (MESSAGES)")) == ["STATUS other (MESSAGES 0)"]
    _, code = tagged(imap, b"APPEND other" + message * 3)
    assert re.fullmatch(r"\[APPENDUID \d+ \d+:\d+\]", code)
    assert shown(imap.ok("STATUS other (MESSAGES)")) == ["STATUS other (MESSAGES 3)"]


# ---- an account that does without

def test_no_limit_where_the_capability_is_hidden(limited, user, imap):
    limited.mailctl("account", "capabilities", "hide", user.address, "MESSAGELIMIT")
    free = connect(limited, user)
    told = capabilities(free)
    assert "SAVELIMIT=100000" in told
    assert not [name for name in told if name.startswith("MESSAGELIMIT")]
    free.ok("SELECT INBOX")
    answers = free.command("FETCH 1:* FLAGS")
    assert (numbers(answers), outcome(answers)) == ([1, 2, 3, 4, 5, 6], WHOLE)
    assert found(free, "UID SEARCH UNDELETED") == [2, 3, 5, 6, 7, 8]
    assert len(free.ok("UID FETCH 1:* FLAGS (PARTIAL 1:4)")) == 4
    assert tagged(free, "UID THREAD REFERENCES UTF-8 ALL") == WHOLE
    assert tagged(free, "COPY 1:* other")[0] == "OK"
    free.close()
