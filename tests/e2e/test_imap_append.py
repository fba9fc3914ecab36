"""IMAP: what adds messages. APPEND and its literals, MULTIAPPEND, CATENATE, REPLACE, UTF8."""

import imap_raw
import pytest
from imap_sessions import literal, tagged

LETTER = b"From: Al <al@example.net>\r\nTo: bo@example.net\r\nSubject: letter\r\n\r\nHello\r\n"
OTHER = b"Subject: other\r\n\r\nThe other one\r\n"


def bodies(imap, mailbox="INBOX"):
    imap.ok(f"EXAMINE {mailbox}")
    fetched = imap_raw.fetched(imap.ok("UID FETCH 1:* (FLAGS BODY.PEEK[])"))
    imap.ok("UNSELECT")
    return [fetched[number][b"BODY[]"] for number in sorted(fetched)]


def flags_of(imap, number):
    return set(imap_raw.fetched(imap.ok(f"FETCH {number} FLAGS"))[number][b"FLAGS"]) - {b"\\Recent"}


# ---- literals

def test_rule_50_synchronizing_literals_are_invited(imap):
    imap.send(b"a APPEND {5}\r\n")
    assert imap.response()[0] == b"+"
    imap.send(b"INBOX {%d}\r\n" % len(LETTER))
    assert imap.response()[0] == b"+"
    imap.send(LETTER + b"\r\n")
    assert imap.until(b"a")[-1][1] == b"OK"
    assert tagged(imap, b"APPEND INBOX " + literal(LETTER))[0] == "OK"
    assert tagged(imap, b"SELECT " + literal(b"INBOX"))[0] == "OK"
    assert imap.ok(b"SEARCH SUBJECT " + literal(b"letter")) == [[b"*", b"SEARCH", b"1", b"2"]]
    assert imap.ok(b"SEARCH SUBJECT " + literal(b"")) == [[b"*", b"SEARCH", b"1", b"2"]]
    assert [r[4] for r in imap.ok(b"LIST " + literal(b"") + b" " + literal(b"INBOX"))] == [b"INBOX"]
    # Flags are atoms.
    assert tagged(imap, b"STORE 1 FLAGS (" + literal(b"x") + b")")[0] == "BAD"
    assert tagged(imap, b"APPEND INBOX (" + literal(b"x") + b") " + literal(LETTER))[0] == "BAD"
    assert tagged(imap, "NOOP")[0] == "OK"


def test_rule_50_what_is_refused_is_never_taken_for_commands(imap):
    evil = b"x DELETE INBOX\r\ny LOGOUT\r\n" * 20
    for command, code in [(b"APPEND nowhere " + literal(evil), "[TRYCREATE]"),
                          (b"APPEND INBOX (\\Recent) " + literal(evil), ""),
                          (b"APPEND INBOX " + literal(LETTER) + b" x " + literal(evil), ""),
                          (b"APPEND INBOX " + literal(LETTER) + b" (\\No) " + literal(evil), ""),
                          (b"APPEND INBOX " + literal(b"") + b" " + literal(evil), "[CANNOT]"),
                          (b"APPEND nowhere " + literal(evil) + b" " + literal(evil), "[TRYCREATE]"),
                          (b"APPEND INBOX CATENATE (URL /no/;UID=1 TEXT " + literal(evil) + b")",
                           "[BADURL /no/;UID=1]"),
                          (b"APPEND INBOX CATENATE (TEXT " + literal(evil) + b" WORD x)", "")]:
        answers = imap.command(command)
        assert len(answers) == 1 and answers[0][1] in (b"NO", b"BAD"), command[:60]
        assert (answers[0][2] or b"").decode() == code, command[:60]
    assert imap.ok("NOOP") == []
    assert bodies(imap) == []


def test_rule_51_refused_before_the_octets(posthorn, imap, account):
    posthorn.mailctl("account", "quota", account.address, "60K")
    for command, code in [(b"APPEND nowhere {100000}", "[TRYCREATE]"),
                          (b"APPEND INBOX {99999999999}", "[TOOBIG]"),
                          (b"APPEND INBOX {100000}", "[OVERQUOTA]")] * 20:
        assert tagged(imap, command) == ("NO", code), command[:40]
    # One that is sent regardless is read and refused.
    assert tagged(imap, b"APPEND INBOX " + literal(b"x" * 100000)) == ("NO", "[OVERQUOTA]")
    assert bodies(imap) == []
    assert tagged(imap, b"APPEND INBOX " + literal(LETTER))[0] == "OK"


# ---- MULTIAPPEND (RFC 3502)

def test_rule_51_multiappend_adds_all_in_order(posthorn, imap, account):
    assert b"MULTIAPPEND" in imap.ok("CAPABILITY")[0]
    imap.send(b'a APPEND INBOX (\\Seen) "17-Jul-1996 02:44:25 -0700" {%d}\r\n' % len(LETTER))
    assert imap.response()[0] == b"+"
    imap.send(LETTER + b" (\\Flagged work) {%d+}\r\n" % len(OTHER) + OTHER +
              b" ~{%d}\r\n" % len(LETTER))
    assert imap.response()[0] == b"+"
    imap.send(LETTER + b"\r\n")
    done = imap.until(b"a")[-1]
    assert done[1] == b"OK" and done[2].startswith(b"[APPENDUID ") and done[2].endswith(b" 1:3]")
    other = imap_raw.Connection(posthorn.host, posthorn.port("IMAP", 2)).login(account)
    assert bodies(other) == [LETTER, OTHER, LETTER]
    other.ok("SELECT INBOX")
    assert [flags_of(other, n) for n in (1, 2, 3)] == [{b"\\Seen"}, {b"\\Flagged", b"work"}, set()]
    date = imap_raw.fetched(other.ok("FETCH 1 INTERNALDATE"))[1][b"INTERNALDATE"]
    assert date == b"17-Jul-1996 09:44:25 +0000"
    other.close()


def test_rule_51_multiappend_adds_all_or_none(posthorn, imap, account):
    # The third one is over the quota; the last of a second command is empty, which gives up.
    posthorn.mailctl("account", "quota", account.address, "10K")
    big = b"Subject: big\r\n\r\n" + b"x" * 4000 + b"\r\n"
    three = b" ".join(literal(big) for _ in range(3))
    assert tagged(imap, b"APPEND INBOX " + three) == ("NO", "[OVERQUOTA]")
    assert tagged(imap, b"APPEND INBOX " + literal(big) + b" {0+}\r\n") == ("NO", "[CANNOT]")
    assert bodies(imap) == []
    imap.ok("SELECT INBOX")
    assert imap.ok("NOOP") == []
    assert tagged(imap, b"APPEND INBOX " + literal(big) + b" " + literal(LETTER))[0] == "OK"
    assert bodies(imap) == [big, LETTER]


def test_multiappend_of_many(imap):
    small = [b"Subject: %d\r\n\r\nbody %d\r\n" % (n, n) for n in range(150)]
    large = [b"Subject: large %d\r\n\r\n" % n + (b"%06d\r\n" % n) * 60000 for n in range(3)]
    messages = small[:100] + large + small[100:]
    status, code = tagged(imap, b"APPEND INBOX " + b" ".join(literal(m) for m in messages))
    assert status == "OK" and code.endswith(" 1:153]")
    assert bodies(imap) == messages


# ---- CATENATE (RFC 4469), URL-PARTIAL (RFC 5550 3)

PARTS = (b"Subject: parts\r\nX-Keep: me\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
         b"--b\r\nContent-Type: text/plain\r\n\r\nfirst\r\n--b\r\n\r\nsecond part\r\n--b--\r\n")


@pytest.mark.parametrize("octets", [
    b"Subject: lf\n\none\ntwo\n", b"Subject: mixed\r\n\r\none\ntwo\r\nthree",
    b"Subject: cr\r\n\r\none\rtwo\r\n", b"Subject: lf\n\n.\n..dot\nend"])
def test_rule_41_a_message_with_bare_line_ends_has_one_size(posthorn, account, imap, octets):
    imap.ok(b"APPEND INBOX " + literal(octets))
    imap.ok("EXAMINE INBOX")
    items = imap_raw.fetched(imap.ok("FETCH 1 (RFC822.SIZE BODY.PEEK[] BODY.PEEK[HEADER] "
                                     "BODY.PEEK[TEXT])"))[1]
    size = int(items[b"RFC822.SIZE"])
    assert len(items[b"BODY[]"]) == size
    assert items[b"BODY[HEADER]"] + items[b"BODY[TEXT]"] == items[b"BODY[]"]
    pop3 = posthorn.pop3(account)
    assert pop3.list()[1] == [b"1 %d" % size]
    pop3.quit()
    assert items[b"BODY[]"].split() == octets.split()


def test_catenate_puts_a_message_together(imap):
    assert {b"CATENATE", b"URL-PARTIAL"} <= set(imap.ok("CAPABILITY")[0])
    imap.ok("CREATE Entw&APw-rfe")
    imap.ok(b"APPEND Entw&APw-rfe " + literal(PARTS))
    box = b"/Entw%C3%BCrfe"
    parts = (b"URL \"" + box + b"/;UID=1/;SECTION=HEADER.FIELDS%20(x-keep)\" TEXT " +
             literal(b"typed ") + b" URL " + literal(box + b"/;UID=1/;SECTION=2") + b" URL \"" + box +
             b"/;uid=1/;section=1/;partial=1.3\" URL \"" + box + b"/;UID=1/;PARTIAL=9.5\" TEXT " +
             literal(b"") + b" TEXT " + literal(b"\r\n"))
    done = imap.command(b"APPEND INBOX (\\Draft) CATENATE (" + parts + b")")[-1]
    assert done[1] == b"OK" and done[2].startswith(b"[APPENDUID ")
    assert bodies(imap) == [b"X-Keep: me\r\n\r\ntyped second partirsparts\r\n"]
    imap.ok("SELECT Entw&APw-rfe")
    # Reading a part for it does not make the source \\Seen.
    assert flags_of(imap, 1) == set()
    # Relative to the selected mailbox; a whole message from parts alone; several messages.
    validity = [r[2] for r in imap.ok("SELECT INBOX") if b"UIDVALIDITY" in (r[2] or b"")][0]
    number = validity.split()[1].rstrip(b"]")
    answer = imap.command(b"APPEND INBOX CATENATE (URL \";UID=1\") (\\Seen) CATENATE (URL \"/INBOX;UIDVALIDITY="
                          + number + b"/;UID=1\") " + literal(LETTER))
    assert answer[-1][1] == b"OK"
    assert bodies(imap) == [b"X-Keep: me\r\n\r\ntyped second partirsparts\r\n"] * 3 + [LETTER]


def test_catenate_names_the_url_that_is_bad(imap):
    imap.ok(b"APPEND INBOX " + literal(LETTER))
    for url in ("/INBOX/;UID=9", "/nowhere/;UID=1", "/INBOX;UIDVALIDITY=4294967295/;UID=1", "/INBOX", ";UID=1",
                "/INBOX/;UID=1/;SECTION=7", "http://example.org/", "imap://a@b/INBOX/;UID=1",
                "/INBOX/;UID=1/;SECTION=[x"):
        code = url.replace("]", "%5D")
        assert tagged(imap, f'APPEND INBOX CATENATE (URL "/INBOX/;UID=1" URL "{url}")') == (
            "NO", f"[BADURL {code}]"), url
    assert tagged(imap, "APPEND INBOX CATENATE ()")[0] == "BAD"
    assert tagged(imap, b"APPEND INBOX CATENATE (TEXT {0+}\r\n)") == ("NO", "[CANNOT]")
    assert bodies(imap) == [LETTER]


# ---- REPLACE (RFC 8508)

def replace(imap, command, octets=OTHER):
    return imap.command(command.encode() + b" " + literal(octets))


def test_replace_tells_the_new_before_the_old_goes(posthorn, imap, account):
    assert b"REPLACE" in imap.ok("CAPABILITY")[0]
    for _ in range(3):
        imap.ok(b"APPEND INBOX " + literal(LETTER))
    imap.ok("SELECT INBOX")
    watcher = imap_raw.Connection(posthorn.host, posthorn.port("IMAP", 2)).login(account)
    watcher.ok("SELECT INBOX")
    answers = replace(imap, r"REPLACE 2 INBOX (\Draft)")
    assert answers[-1][1] == b"OK" and answers[-1][2] is None
    assert answers[0][2].startswith(b"[APPENDUID ") and answers[0][2].endswith(b" 4]")
    assert answers[1] == [b"*", b"2", b"EXPUNGE"] and [b"*", b"3", b"EXISTS"] in answers
    seen = watcher.ok("NOOP")
    assert [b"*", b"2", b"EXPUNGE"] in seen and [b"*", b"3", b"EXISTS"] in seen
    assert imap.ok("UID SEARCH ALL") == [[b"*", b"SEARCH", b"1", b"3", b"4"]]
    assert flags_of(imap, 3) == {b"\\Draft"}
    # Into another mailbox, by UID, and from parts.
    imap.ok("CREATE there")
    answers = imap.command(b"UID REPLACE 1 there CATENATE (TEXT " + literal(b"X: y\r\n") +
                           b" URL \"/INBOX/;UID=1\")")
    assert answers[-1][1] == b"OK" and [b"*", b"1", b"EXPUNGE"] in answers
    answers = replace(imap, "REPLACE * there")
    assert [b"*", b"2", b"EXPUNGE"] in answers
    assert bodies(imap) == [LETTER]
    assert bodies(imap, "there") == [b"X: y\r\n" + LETTER, OTHER]
    watcher.close()


def test_replace_that_fails_changes_nothing(posthorn, imap, account):
    imap.ok(b"APPEND INBOX " + literal(LETTER))
    # Nothing is selected; its octets are no commands for all that.
    assert tagged(imap, b"REPLACE 1 INBOX " + literal(b"x DELETE a\r\ny LOGOUT\r\n"))[0] == "BAD"
    assert imap.ok("NOOP") == []
    imap.ok("SELECT INBOX")
    for command, answer in [("REPLACE 2 INBOX", ("BAD", "")), ("REPLACE 0 INBOX", ("BAD", "")),
                            ("UID REPLACE 9 INBOX", ("NO", "[NONEXISTENT]")),
                            ("REPLACE 1 nowhere", ("NO", "[TRYCREATE]")),
                            ("REPLACE 1:1 INBOX", ("BAD", ""))]:
        done = replace(imap, command)[-1]
        assert (done[1].decode(), (done[2] or b"").decode()) == answer, command
    two = b"REPLACE 1 INBOX " + literal(OTHER) + b" " + literal(OTHER)
    assert tagged(imap, two)[0] == "BAD"
    # The message went away in the meantime.
    other = imap_raw.Connection(posthorn.host, posthorn.port("IMAP", 2)).login(account)
    other.ok("SELECT INBOX")
    other.ok(r"STORE 1 +FLAGS.SILENT (\Deleted)")
    other.ok("EXPUNGE")
    assert replace(imap, "REPLACE 1 INBOX")[-1][1:3] == [b"NO", b"[NONEXISTENT]"]
    imap.ok("EXAMINE INBOX")
    assert replace(imap, "REPLACE 1 INBOX")[-1][1] in (b"NO", b"BAD")
    assert bodies(imap) == []
    other.close()


def test_replace_needs_quota_for_the_difference_only(posthorn, imap, account):
    big = b"Subject: big\r\n\r\n" + b"x" * 50000 + b"\r\n"
    imap.ok(b"APPEND INBOX " + literal(big))
    posthorn.mailctl("account", "quota", account.address, "60K")
    imap.ok("SELECT INBOX")
    assert tagged(imap, b"APPEND INBOX " + literal(big)) == ("NO", "[OVERQUOTA]")
    assert tagged(imap, b"REPLACE 1 INBOX {90000}") == ("NO", "[OVERQUOTA]")
    assert tagged(imap, b"REPLACE 1 INBOX " + literal(big))[0] == "OK"
    assert bodies(imap) == [big]


# ---- UTF8 (RFC 9755 4)

def test_append_of_utf8(imap):
    message = "Subject: Grüße\r\n\r\nžluťoučký\r\n".encode()
    assert tagged(imap, b"APPEND INBOX (\\Seen) UTF8 (~{%d+}\r\n%s)" % (len(message), message))[0] == "OK"
    assert tagged(imap, b"APPEND INBOX UTF8 (~{%d+}\r\n%s" % (len(message), message))[0] == "BAD"
    assert bodies(imap) == [message]


# ---- COPY and MOVE

def test_rule_63_move_tells_copyuid_before_the_messages_go(imap):
    for n in range(4):
        imap.ok(b'APPEND INBOX (\\Flagged word%d) "0%d-Feb-2001 10:00:00 +0000" ' % (n, n + 1)
                + literal(b"Subject: %d\r\n\r\nx\r\n" % n))
    imap.ok("CREATE there")
    imap.ok("SELECT INBOX")
    moved = imap.ok("UID MOVE 4,2 there")
    assert moved[0][2].endswith(b" 2,4 1:2]") and [r[2] for r in moved[1:3]] == [b"EXPUNGE"] * 2
    # None left of them, and an empty mailbox: OK without a word of copies.
    assert imap.command("UID MOVE 2 there") == [[b"T%d" % imap.number, b"OK", None,
                                                 b"No messages to copy"]]
    imap.ok("SELECT there")
    rows = imap_raw.fetched(imap.ok("FETCH 1:2 (FLAGS INTERNALDATE ENVELOPE SAVEDATE)"))
    for number, n in [(1, 1), (2, 3)]:
        assert {b"\\Flagged", b"word%d" % n} <= set(rows[number][b"FLAGS"])
        assert rows[number][b"INTERNALDATE"] == b" %d-Feb-2001 10:00:00 +0000" % (n + 1)
        assert rows[number][b"ENVELOPE"][1] == b"%d" % n
        assert b"Feb-2001" not in rows[number][b"SAVEDATE"]
    # To the same mailbox: new UIDs, old ones gone.
    same = imap.ok("MOVE 1:2 there")
    assert same[0][2].endswith(b" 1:2 3:4]")
    assert imap.ok("UID SEARCH ALL") == [[b"*", b"SEARCH", b"3", b"4"]]
    imap.ok("CREATE empty")
    imap.ok("SELECT empty")
    assert imap.ok("UID MOVE 1:* there") == [] and imap.ok("UID COPY 1:* there") == []


def test_rule_63_a_copy_over_quota_copies_none(posthorn, imap, account):
    for _ in range(3):
        imap.ok(b"APPEND INBOX " + literal(b"Subject: q\r\n\r\n" + b"x" * 3000 + b"\r\n"))
    imap.ok("CREATE there")
    posthorn.mailctl("account", "quota", account.address, "14K")
    imap.ok("SELECT INBOX")
    assert tagged(imap, "COPY 1:3 there") == ("NO", "[OVERQUOTA]")
    assert bodies(imap, "there") == []
    imap.ok("SELECT INBOX")
    assert tagged(imap, "MOVE 1:3 there")[0] == "OK"
    assert len(bodies(imap, "there")) == 3 and bodies(imap) == []
