"""IMAP on the wire: commands and their answers in one session."""

import base64

import imap_raw
import pytest
from imap_sessions import tagged


LETTER = b"From: Al <al@example.net>\r\nTo: bo@example.net\r\nSubject: letter\r\n\r\nHello\r\n"
NESTED = (
    b"From: a@example.net\r\nReceived: one\r\nReceived: two\r\n  folded\r\nSubject: nested\r\n"
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"preamble\r\n--b\r\nContent-Type: text/plain\r\nX-Part: 1\r\n\r\nfirst part\r\n"
    b"--b\r\nContent-Type: message/rfc822\r\nX-Part: 2\r\n\r\n"
    b"From: inner@example.net\r\nSubject: inner\r\n\r\ninner text\r\n"
    b"--b--\r\n")


def append(imap, message=LETTER, mailbox="INBOX", flags="", number=1):
    for _ in range(number):
        imap.ok(b"APPEND " + mailbox.encode() + flags.encode() +
                b" {%d+}\r\n" % len(message) + message)


def untagged(responses, name):
    return [r for r in responses if len(r) > 2 and r[2] == name]


def existing(imap, mailbox="INBOX"):
    return int(untagged(imap.ok(f"SELECT {mailbox}"), b"EXISTS")[0][1])


# ---- before login

def test_login_in_all_its_forms(posthorn, account):
    user, password = account.address.encode(), account.password.encode()
    plain = base64.b64encode(b"\0" + user + b"\0" + password)
    for command, answers in [
            (b'LOGIN "%s" "%s"' % (user, password), []),
            (b"LOGIN {%d+}\r\n%s {%d+}\r\n%s" % (len(user), user, len(password), password), []),
            (b"AUTHENTICATE PLAIN " + plain, []),
            (b"AUTHENTICATE PLAIN", [plain]),
            (b"AUTHENTICATE LOGIN", [base64.b64encode(user), base64.b64encode(password)])]:
        imap = imap_raw.Connection(posthorn.host, posthorn.port("IMAP"))
        imap.send(b"a " + command + b"\r\n")
        for answer in answers:
            assert imap.response()[0] == b"+"
            imap.send(answer + b"\r\n")
        done = imap.until(b"a")[-1]
        assert done[1] == b"OK", (command, done)
        assert b"[CAPABILITY " in done[2] and b" AUTH=" not in done[2]
        imap.close()


def test_login_that_fails(posthorn, account):
    imap = imap_raw.Connection(posthorn.host, posthorn.port("IMAP"))
    assert tagged(imap, f'LOGIN "{account.address}" wrong') == ("NO", "[AUTHENTICATIONFAILED]")
    assert tagged(imap, "LOGIN nobody@example.org wrong") == ("NO", "[AUTHENTICATIONFAILED]")
    assert tagged(imap, "AUTHENTICATE NOSUCH") == ("NO", "[CANNOT]")
    imap.send(b"b AUTHENTICATE PLAIN\r\n")
    assert imap.response()[0] == b"+"
    imap.send(b"*\r\n")
    assert imap.until(b"b")[-1][1] == b"BAD"
    assert tagged(imap, "SELECT INBOX")[0] == "BAD"
    imap.login(account)


def test_octets_before_tls_end_the_connection(posthorn):
    imap = imap_raw.Connection(posthorn.host, posthorn.port("IMAP"))
    imap.send(b"a STARTTLS\r\nb NOOP\r\n")
    assert imap.until(b"a")[-1][1] == b"OK"
    with pytest.raises(ConnectionError):
        imap.response()


# ---- mailboxes

def test_select_tells_the_mailbox(imap):
    append(imap, number=2)
    append(imap, flags=r" (\Seen $Kept)")
    answers = imap.ok("SELECT inbox")
    assert untagged(answers, b"EXISTS")[0][1] == b"3"
    assert untagged(answers, b"RECENT")[0][1] == b"3"
    codes = [r[2].split()[0] for r in answers if r[1] == b"OK"]
    assert codes == [b"[PERMANENTFLAGS", b"[UNSEEN", b"[UIDVALIDITY", b"[UIDNEXT",
                     b"[HIGHESTMODSEQ", b"[MAILBOXID", b"[URLMECH"]
    assert b"$Kept" in [r for r in answers if r[1] == b"FLAGS"][0][2]
    assert tagged(imap, "EXAMINE INBOX") == ("OK", "[READ-ONLY]")
    assert tagged(imap, r"STORE 1 +FLAGS (\Seen)") == ("NO", "[READ-ONLY]")
    assert tagged(imap, "SELECT nowhere") == ("NO", "[NONEXISTENT]")
    assert tagged(imap, "FETCH 1 FLAGS")[0] == "BAD"


def test_names_in_modified_utf7(imap):
    imap.ok("CREATE Entw&APw-rfe/&2D3eAA-")
    names = [r[4] for r in imap.ok('LIST "" "Entw*"')]
    assert names == [b"Entw&APw-rfe", b"Entw&APw-rfe/&2D3eAA-"]
    for name in ("&", "&AGE-", "a//b", "/a", '""', '"a\r\n"', "&AAo-"):
        assert tagged(imap, f"CREATE {name}")[0] in ("NO", "BAD"), name
    assert tagged(imap, "CREATE INBOX")[0] == "NO"
    assert tagged(imap, "DELETE INBOX")[0] == "NO"
    assert tagged(imap, "CREATE Entw&APw-rfe/&2D3eAA-") == ("NO", "[ALREADYEXISTS]")
    # One mailbox under both spellings of a letter.
    assert tagged(imap, "SELECT Entwu&Awg-rfe/&2D3eAA-")[0] == "OK"


def test_list_and_lsub(imap):
    imap.ok("CREATE a/b/c")
    imap.ok("CREATE d/")
    assert imap.ok('LIST "" ""') == [[b"*", b"LIST", [b"\\Noselect"], b"/", b""]]
    assert {r[4] for r in imap.ok('LIST "" %')} >= {b"INBOX", b"a", b"d"}
    assert [r[4] for r in imap.ok('LIST a/ %')] == [b"a/b"]
    assert [r[4] for r in imap.ok('LIST "" a/b/*')] == [b"a/b/c"]
    assert [r[4] for r in imap.ok('LIST "" "&bad"')] == []
    assert [r[4] for r in imap.ok('LIST "" "INBOX" RETURN (SUBSCRIBED CHILDREN)')] == [b"INBOX"]
    for answer in imap.ok('LIST (SPECIAL-USE) "" "*"'):
        assert set(answer[2]) & {b"\\Sent", b"\\Trash", b"\\Drafts", b"\\Junk", b"\\Archive",
                                 b"\\All", b"\\Flagged"}
    parent = [r for r in imap.ok('LIST "" a')][0]
    assert b"\\HasChildren" in parent[2]
    imap.ok("SUBSCRIBE a/b/c")
    assert [r[2] for r in imap.ok('LSUB "" a/%') if r[4] == b"a/b"] == [[b"\\Noselect"]]
    assert [r[4] for r in imap.ok('LSUB "" a/*')] == [b"a/b/c"]
    imap.ok("DELETE a/b/c")
    assert [r[4] for r in imap.ok('LSUB "" a/*')] == [b"a/b/c"]
    imap.ok("UNSUBSCRIBE a/b/c")
    assert imap.ok('LSUB "" a/*') == []


def test_rename_takes_children_along_and_inbox_stays(imap):
    imap.ok("CREATE old/child")
    append(imap, mailbox="old/child")
    imap.ok("RENAME old new")
    assert existing(imap, "new/child") == 1
    append(imap, number=2)
    imap.ok("RENAME INBOX moved")
    assert existing(imap) == 0
    assert existing(imap, "moved") == 2


def test_status(imap):
    append(imap, number=2)
    append(imap, flags=r" (\Seen)")
    answer = imap.ok("STATUS INBOX (MESSAGES UNSEEN RECENT UIDNEXT UIDVALIDITY)")[0]
    counters = dict(zip(answer[3][0::2], answer[3][1::2]))
    assert counters[b"MESSAGES"] == b"3" and counters[b"UNSEEN"] == b"2"
    assert counters[b"RECENT"] == b"3" and counters[b"UIDNEXT"] == b"4"
    assert int(counters[b"UIDVALIDITY"]) > 0
    assert tagged(imap, "STATUS nowhere (MESSAGES)") == ("NO", "[NONEXISTENT]")


# ---- messages

def test_numbers_and_sets(imap):
    append(imap, number=3)
    assert existing(imap) == 3
    for numbers, count in [("*", 1), ("*:1", 3), ("3:1", 3), ("1,1,2:3,2", 3), ("2:*", 2)]:
        assert len(imap.ok(f"FETCH {numbers} UID")) == count, numbers
    for numbers in ("0", "1:0", "4", "1,", "a"):
        assert tagged(imap, f"FETCH {numbers} UID")[0] == "BAD", numbers
    assert len(imap.ok("UID FETCH 100:* FLAGS")) == 1
    assert imap.ok("UID FETCH 100:200 FLAGS") == []
    assert tagged(imap, "UID COPY 77 INBOX")[0] == "OK"
    assert tagged(imap, "UID STORE 77 +FLAGS (\\Seen)")[0] == "OK"


def test_an_empty_mailbox(imap):
    assert existing(imap) == 0
    for command in ("UID FETCH 1:* FLAGS", "FETCH 1:* FLAGS", "UID STORE 1:* +FLAGS (\\Seen)",
                    "EXPUNGE", "UID EXPUNGE 1:*", "CLOSE"):
        assert imap.ok(command) == [], command


def test_flags(imap):
    append(imap, number=2)
    existing(imap)
    stored = imap.ok(r"STORE 1 +FLAGS (\Flagged MyWord)")
    assert b"MyWord" in [r for r in stored if r[1] == b"FLAGS"][0][2]
    flags = imap_raw.fetched(stored)[1][b"FLAGS"]
    assert {b"\\Flagged", b"MyWord", b"\\Recent"} <= set(flags)
    assert imap.ok(r"STORE 1 +FLAGS.SILENT (MYWORD)") == []
    assert imap.ok("SEARCH KEYWORD myword") == [[b"*", b"SEARCH", b"1"]]
    flags = imap_raw.fetched(imap.ok(r"STORE 1 FLAGS (\Draft)"))[1][b"FLAGS"]
    assert set(flags) == {b"\\Draft", b"\\Recent"}
    assert tagged(imap, r"STORE 1 FLAGS (\Recent)")[0] == "BAD"
    # What the session did itself it is not told again.
    assert imap.ok("NOOP") == []


def test_rule_24_rfc822_sets_seen(imap):
    append(imap)
    existing(imap)
    for item in ("BODY.PEEK[]", "RFC822.HEADER", "RFC822.SIZE", "BODYSTRUCTURE", "ENVELOPE"):
        imap.ok(f"FETCH 1 {item}")
        assert imap_raw.fetched(imap.ok("FETCH 1 FLAGS"))[1][b"FLAGS"] == [b"\\Recent"], item
    seen = imap_raw.fetched(imap.ok("FETCH 1 RFC822"))[1]
    assert seen[b"RFC822"] == LETTER and b"\\Seen" in seen[b"FLAGS"]
    assert b"FLAGS" not in imap_raw.fetched(imap.ok("FETCH 1 BODY[TEXT]"))[1]


def test_rule_38_sections(imap):
    append(imap, NESTED)
    existing(imap)

    def section(name):
        answer = imap_raw.fetched(imap.ok(f"FETCH 1 BODY.PEEK[{name}]"))[1]
        ((label, value),) = answer.items()
        assert label == f"BODY[{name}]".encode()
        return value

    header, _, text = NESTED.partition(b"\r\n\r\n")
    inner = b"From: inner@example.net\r\nSubject: inner\r\n\r\ninner text"
    assert section("") == NESTED
    assert section("HEADER") == header + b"\r\n\r\n"
    assert section("TEXT") == text
    assert section("1") == b"first part"
    assert section("1.MIME") == b"Content-Type: text/plain\r\nX-Part: 1\r\n\r\n"
    assert section("2") == inner
    assert section("2.MIME") == b"Content-Type: message/rfc822\r\nX-Part: 2\r\n\r\n"
    assert section("2.HEADER") == b"From: inner@example.net\r\nSubject: inner\r\n\r\n"
    assert section("2.TEXT") == b"inner text"
    assert section("2.1") == b"inner text"
    assert section("HEADER.FIELDS (received X-None)") == (
        b"Received: one\r\nReceived: two\r\n  folded\r\n\r\n")
    assert section("HEADER.FIELDS (X-None)") == b"\r\n"
    assert section("2.HEADER.FIELDS.NOT (From)") == b"Subject: inner\r\n\r\n"
    assert section("3") is None and section("1.HEADER") is None


def test_rule_37_partial_sections(imap):
    append(imap, NESTED)
    existing(imap)
    for name, whole in [("", NESTED), ("1", b"first part"),
                        ("HEADER.FIELDS (Subject)", b"Subject: nested\r\n\r\n")]:
        for offset, count in [(0, 1), (3, 4), (5, 100000), (len(whole), 5), (1 << 33, 10)]:
            answer = imap_raw.fetched(imap.ok(f"FETCH 1 BODY.PEEK[{name}]<{offset}.{count}>"))[1]
            assert answer == {f"BODY[{name}]<{offset}>".encode(): whole[offset:offset + count]}
    assert tagged(imap, "FETCH 1 BODY[]<0.0>")[0] == "BAD"


def test_rule_46_structure_and_envelope(imap):
    append(imap, NESTED)
    existing(imap)
    answer = imap_raw.fetched(imap.ok("FETCH 1 (ENVELOPE BODY BODYSTRUCTURE RFC822.SIZE)"))[1]
    assert answer[b"ENVELOPE"][1] == b"nested"
    assert answer[b"ENVELOPE"][2] == [[None, None, b"a", b"example.net"]]
    assert answer[b"ENVELOPE"][3] == answer[b"ENVELOPE"][2]
    assert answer[b"RFC822.SIZE"] == b"%d" % len(NESTED)
    first, second, kind = answer[b"BODY"]
    assert kind == b"MIXED" and first[:2] == [b"TEXT", b"PLAIN"] and first[6:] == [b"10", b"0"]
    assert second[:2] == [b"MESSAGE", b"RFC822"] and second[7][1] == b"inner"
    assert [w.upper() for w in answer[b"BODYSTRUCTURE"][3]] == [b"BOUNDARY", b"B"]


def test_search(imap):
    append(imap, flags=r" (\Seen) "'"01-Feb-2020 10:00:00 +0000"')
    append(imap, b"From: Zo\xc3\xab <zoe@example.net>\r\nSubject: =?utf-8?q?caf=C3=A9?=\r\n"
                 b"Date: Mon, 2 Mar 2020 23:00:00 -0500\r\n\r\nbody here\r\n",
           flags=r' "03-Mar-2020 10:00:00 +0000"')
    append(imap, b"Subject: third\r\n\r\n" + b"x" * 5000 + b"\r\n", flags=" (work)")
    existing(imap)

    def search(program):
        return [int(n) for n in imap.ok(b"SEARCH " + program.encode())[0][2:]]

    for program, found in [
            ("ALL", [1, 2, 3]), ("SEEN", [1]), ("UNSEEN", [2, 3]), ("KEYWORD WORK", [3]),
            ("NOT KEYWORD work", [1, 2]), ("LARGER 4000", [3]), ("SMALLER 4000", [1, 2]),
            ("FROM al@", [1]), ("SUBJECT LETTER", [1]), ("TEXT hello", [1]), ("BODY here", [2]),
            ("HEADER Subject \"\"", [1, 2, 3]), ("HEADER X-None \"\"", []),
            ("OR SUBJECT letter SUBJECT third", [1, 3]), ("1:2 UNSEEN", [2]), ("UID 3", [3]),
            ("BEFORE 2-Feb-2020", [1]), ("ON 3-Mar-2020", [2]), ("SENTON 2-Mar-2020", [2]),
            ("SINCE 1-Jan-2021", [3]), ("(UNSEEN (LARGER 10)) NOT 3", [2]), ("NEW", [2, 3]),
            ("CHARSET UTF-8 SUBJECT {5+}\r\ncaf\u00e9", [2])]:
        assert search(program) == found, program
    assert imap.ok("UID SEARCH 2:3 UNSEEN") == [[b"*", b"SEARCH", b"2", b"3"]]
    assert tagged(imap, "SEARCH CHARSET x-none SEEN")[0] == "NO"
    assert tagged(imap, "SEARCH " + "(" * 60 + "SEEN" + ")" * 60)[0] == "BAD"


# ---- APPEND, COPY, MOVE, EXPUNGE

def test_append_literals(imap):
    imap.send(b"a APPEND INBOX (\\Flagged) \"17-Jul-1996 02:44:25 -0700\" {%d}\r\n" % len(LETTER))
    assert imap.response()[0] == b"+"
    imap.send(LETTER + b"\r\n")
    assert imap.until(b"a")[-1][2].startswith(b"[APPENDUID ")
    existing(imap)
    kept = imap_raw.fetched(imap.ok("FETCH 1 (FLAGS INTERNALDATE BODY.PEEK[])"))[1]
    assert kept[b"BODY[]"] == LETTER and b"\\Flagged" in kept[b"FLAGS"]
    assert kept[b"INTERNALDATE"] == b"17-Jul-1996 09:44:25 +0000"
    # Into the mailbox that is open: told at once.
    imap.send(b"b APPEND {5+}\r\nINBOX {%d+}\r\n%s\r\n" % (len(LETTER), LETTER))
    assert untagged(imap.until(b"b"), b"EXISTS")[0][1] == b"2"


def test_rule_51_append_refused_before_the_octets(imap):
    for command, code in [(b"APPEND nowhere {100000}", b"[TRYCREATE]"),
                          (b"APPEND INBOX {9999999999}", b"[TOOBIG]")]:
        answer = imap.command(command)[-1]
        assert (answer[1], answer[2]) == (b"NO", code)
    assert tagged(imap, b"APPEND nowhere {5+}\r\nabcde") == ("NO", "[TRYCREATE]")
    assert tagged(imap, r"APPEND INBOX (\Recent) {5}")[0] == "BAD"
    assert tagged(imap, "NOOP")[0] == "OK"


def test_rule_63_copy_and_move(imap):
    append(imap, number=3)
    existing(imap)
    imap.ok("CREATE there")
    assert tagged(imap, "COPY 1 nowhere") == ("NO", "[TRYCREATE]")
    imap.ok(r"STORE 2 +FLAGS (\Flagged kept)")
    status, code = tagged(imap, "COPY 1:2 there")
    assert status == "OK" and code.split()[0] == "[COPYUID" and code.endswith(" 1:2 1:2]")
    moved = imap.ok("MOVE 1,3 there")
    assert moved[0][2].startswith(b"[COPYUID ") and moved[0][2].endswith(b" 1,3 3:4]")
    assert [r[1:] for r in moved[1:]] == [[b"1", b"EXPUNGE"], [b"2", b"EXPUNGE"]]
    assert imap.ok("UID SEARCH ALL") == [[b"*", b"SEARCH", b"2"]]
    assert tagged(imap, "UID MOVE 1 there")[0] == "OK"
    assert existing(imap, "there") == 4
    flags = imap_raw.fetched(imap.ok("FETCH 2 FLAGS"))[2][b"FLAGS"]
    assert {b"\\Flagged", b"kept"} <= set(flags)


def test_rule_10_expunge_counts_earlier_ones(imap):
    append(imap, number=6)
    existing(imap)
    imap.ok(r"STORE 2:3,5 +FLAGS.SILENT (\Deleted)")
    assert [r[1] for r in imap.ok("UID EXPUNGE 3")] == [b"3"]
    assert [r[1] for r in imap.ok("EXPUNGE")] == [b"2", b"3"]
    assert imap.ok("EXPUNGE") == []
    imap.ok(r"STORE 1 +FLAGS.SILENT (\Deleted)")
    assert imap.ok("CLOSE") == []
    assert existing(imap) == 2
    imap.ok(r"STORE 1 +FLAGS.SILENT (\Deleted)")
    imap.ok("UNSELECT")
    assert existing(imap) == 2


# ---- syntax and pipelining

def test_rule_19_pipelined_commands_run_in_order(imap):
    append(imap, number=3)
    imap.send(b"a SELECT INBOX\r\nb STORE 1 +FLAGS.SILENT (\\Deleted)\r\nc EXPUNGE\r\n"
              b"d FETCH 1:* UID\r\ne LOGOUT\r\n")
    answers = imap.until(b"e")
    tags = [r[0] for r in answers if r[0] != b"*"]
    assert tags == [b"a", b"b", b"c", b"d", b"e"]
    assert [r[3][1] for r in answers if len(r) > 2 and r[2] == b"FETCH"] == [b"2", b"3"]
    with pytest.raises(ConnectionError):
        imap.response()


def test_rule_50_literals_that_are_too_large(imap):
    assert tagged(imap, b"SELECT {2000000}") == ("NO", "[TOOBIG]")
    many = b"SEARCH" + b" SUBJECT {1+}\r\nx" * 1001
    assert tagged(imap, many) == ("NO", "[TOOBIG]")
    assert tagged(imap, b"SELECT {2000000+}\r\n" + b"x" * 2000000) == ("NO", "[TOOBIG]")
    assert tagged(imap, "NOOP")[0] == "OK"


def test_long_lines_and_bare_line_feeds(posthorn, account):
    imap = imap_raw.Connection(posthorn.host, posthorn.port("IMAP")).login(account)
    existing(imap)
    uids = ",".join(str(2 * n) for n in range(1, 9000))
    assert imap.ok("UID FETCH " + uids + " FLAGS") == []
    imap.send(b"a NOOP\nb NOOP\r\n")
    assert imap.response()[1] == b"BYE"


def test_id_enable_namespace(imap):
    assert imap.ok("ID NIL")[0][1] == b"ID"
    assert imap.ok('ID ("name" "test" "version" NIL)')[0][1] == b"ID"
    assert imap.ok("ENABLE X-UNKNOWN") == [[b"*", b"ENABLED"]]
    assert imap.ok("NAMESPACE") == [
        [b"*", b"NAMESPACE", [[b"", b"/"]], [[b"Other Users/", b"/"]], None]]
