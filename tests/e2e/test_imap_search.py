"""SEARCH, SORT and THREAD with their extensions."""

import base64
import random
import string

import imap_raw
import pytest
from imap_sessions import tagged

from posthorn import wait_until


@pytest.fixture
def other(posthorn, account):
    """A second session of the account, through the second gateway."""
    connection = imap_raw.Connection(posthorn.host, posthorn.port("IMAP", 2))
    yield connection.login(account)
    connection.close()


def letter(subject="letter", sender="Al <al@example.net>", body="Hello\r\n", more=""):
    return (f"From: {sender}\r\nTo: bo@example.net\r\nSubject: {subject}\r\n{more}\r\n{body}"
            ).encode()


def append(imap, *messages, mailbox="INBOX", when=""):
    for message in messages:
        imap.ok(b'APPEND "%s"%s {%d+}\r\n' % (mailbox.encode(), when.encode(), len(message)) +
                message)


def found(imap, text):
    """The numbers of a SEARCH or SORT response."""
    (response,) = [r for r in imap.ok(text) if r[1] in (b"SEARCH", b"SORT")]
    return [int(number) for number in response[2:]]


def esearch(imap, text):
    """Items of the ESEARCH response, and whether its numbers are UIDs."""
    responses = [r for r in imap.ok(text) if r[1] == b"ESEARCH"]
    assert len(responses) == 1, responses
    _, _, correlator, *items = responses[0]
    assert correlator == [b"TAG", b"T%d" % imap.number]
    uid = items[:1] == [b"UID"]
    items = items[1:] if uid else items
    return dict(zip([name.decode() for name in items[::2]], items[1::2])), uid


def capabilities(imap):
    (response,) = [r for r in imap.ok("CAPABILITY") if r[1] == b"CAPABILITY"]
    return set(response[2:])


def test_what_is_advertised(imap):
    assert {b"ESEARCH", b"SEARCHRES", b"WITHIN", b"PARTIAL", b"SORT", b"SORT=DISPLAY", b"ESORT",
            b"THREAD=ORDEREDSUBJECT", b"THREAD=REFERENCES", b"THREAD=REFS",
            b"SEARCH=FUZZY", b"MULTISEARCH", b"CONTEXT=SEARCH", b"CONTEXT=SORT",
            b"FILTERS"} <= capabilities(imap)


# ---- ESEARCH

def test_rule_61_esearch_is_compact_quoted_and_ascending(imap):
    append(imap, *[letter(f"n{n}") for n in range(6)])
    imap.ok("SELECT INBOX")
    imap.ok("STORE 2,5 +FLAGS (\\Flagged)")
    imap.ok("STORE 1 +FLAGS (\\Deleted)")
    imap.ok("EXPUNGE")
    assert esearch(imap, "SEARCH RETURN () ALL") == ({"ALL": b"1:5"}, False)
    assert esearch(imap, "UID SEARCH RETURN () ALL") == ({"ALL": b"2:6"}, True)
    assert esearch(imap, "SEARCH RETURN (MIN MAX COUNT ALL) FLAGGED") == (
        {"MIN": b"1", "MAX": b"4", "COUNT": b"2", "ALL": b"1,4"}, False)
    assert esearch(imap, "UID SEARCH RETURN (MIN MAX COUNT ALL) ANSWERED") == (
        {"COUNT": b"0"}, True)
    assert esearch(imap, "UID SEARCH RETURN (MIN MAX) ANSWERED") == ({}, True)
    imap.send(b"odd]tag UID SEARCH RETURN (COUNT) ALL\r\n")
    assert imap._line() == b'* ESEARCH (TAG "odd]tag") UID COUNT 5'
    assert imap.until(b"odd]tag")[-1][1] == b"OK"
    for bad in ["RETURN ALL ALL", "RETURN (XYZZY) ALL", "RETURN (MIN) ", "RETURN (MIN MAX)"]:
        assert tagged(imap, f"SEARCH {bad}")[0] == "BAD"


def test_partial_results(imap):
    append(imap, *[letter(f"n{n}") for n in range(5)])
    imap.ok("SELECT INBOX")
    for range_, expected in [("1:2", b"1:2"), ("2:1", b"1:2"), ("4:99", b"4:5"), ("6:9", None),
                             ("-1:-2", b"4:5"), ("-5:-4", b"1:2"), ("-6:-9", None)]:
        items, _ = esearch(imap, f"UID SEARCH RETURN (PARTIAL {range_} COUNT) ALL")
        assert items == {"COUNT": b"5", "PARTIAL": [range_.encode(), expected]}
    assert tagged(imap, "SEARCH RETURN (PARTIAL 1:2 ALL) ALL")[0] == "BAD"
    assert tagged(imap, "SEARCH RETURN (PARTIAL 1:2 PARTIAL 3:4) ALL")[0] == "BAD"


# ---- SEARCHRES

def test_saved_result_in_every_place_of_a_set(imap):
    append(imap, *[letter(f"n{n}") for n in range(6)])
    imap.ok("CREATE Copies")
    imap.ok("SELECT INBOX")
    assert found(imap, "SEARCH $") == []
    assert imap.ok("SEARCH RETURN (SAVE) SUBJECT n UID 2:5") == []
    assert found(imap, "SEARCH $") == [2, 3, 4, 5]
    assert found(imap, "UID SEARCH NOT UID $") == [1, 6]
    assert sorted(imap_raw.fetched(imap.ok("FETCH $ (FLAGS)"))) == [2, 3, 4, 5]
    assert sorted(imap_raw.fetched(imap.ok("UID STORE $ +FLAGS (\\Seen)"))) == [2, 3, 4, 5]
    imap.ok("COPY $ Copies")
    imap.ok("STORE 3 +FLAGS (\\Deleted)")
    imap.ok("UID EXPUNGE $")
    # What is removed is no part of the result any more.
    assert found(imap, "UID SEARCH $") == [2, 4, 5]
    imap.ok("UID MOVE $ Copies")
    assert found(imap, "SEARCH $") == [] and imap.ok("FETCH $ (FLAGS)") == []
    imap.ok("SELECT Copies")
    assert found(imap, "SEARCH $") == []
    assert found(imap, "SEARCH ALL") == [1, 2, 3, 4, 5, 6, 7]


def test_what_is_saved_with_other_options(imap):
    append(imap, *[letter(f"n{n}") for n in range(5)])
    imap.ok("SELECT INBOX")
    for options, saved in [("MIN", [1]), ("MAX", [5]), ("MIN MAX", [1, 5]), ("COUNT MIN", None),
                           ("ALL MAX", None), ("PARTIAL 2:3", [2, 3]),
                           ("PARTIAL 2:3 MAX", [2, 3, 5])]:
        imap.ok(f"SEARCH RETURN (SAVE {options}) ALL")
        assert found(imap, "SEARCH $") == (saved or [1, 2, 3, 4, 5])


def test_rule_60_a_failed_save_leaves_nothing(imap):
    append(imap, letter(), letter())
    imap.ok("SELECT INBOX")
    imap.ok("SEARCH RETURN (SAVE) ALL")
    assert tagged(imap, "SEARCH RETURN (SAVE) XYZZY")[0] == "BAD"
    assert found(imap, "SEARCH $") == [1, 2]
    imap.send(b"a SEARCH RETURN (SAVE) CHARSET XYZZY SUBJECT x\r\nb SEARCH $\r\n")
    assert imap.until(b"a")[-1][1] == b"NO"
    assert imap.until(b"b")[0] == [b"*", b"SEARCH"]


# ---- keys

def test_rule_60_younger_and_older(imap):
    append(imap, letter("old"), when=' "01-Feb-2020 10:00:00 +0000"')
    append(imap, letter("new"))
    imap.ok("SELECT INBOX")
    assert found(imap, "SEARCH YOUNGER 86400") == [2]
    assert found(imap, "SEARCH OLDER 86400") == [1]
    assert found(imap, "SEARCH OLDER 1000000000") == []
    assert found(imap, "SEARCH YOUNGER 4294967295") == [1, 2]
    assert found(imap, "SEARCH NOT YOUNGER 86400 OLDER 1") == [1]
    for bad in ["YOUNGER 0", "YOUNGER", "OLDER x", "OLDER -1"]:
        assert tagged(imap, f"SEARCH {bad}")[0] == "BAD"


def test_rule_60_dates_disregard_time_and_zone(imap):
    sent = "Date: Tue, 1 Feb 2000 23:30:00 -0800\r\n"
    append(imap, letter("a", more=sent), when=' "02-Feb-2000 00:30:00 +0000"')
    imap.ok("SELECT INBOX")
    for key, matches in [("SENTON 1-Feb-2000", True), ("SENTON 2-Feb-2000", False),
                         ("SENTBEFORE 1-Feb-2000", False), ("SENTBEFORE 2-Feb-2000", True),
                         ("SENTSINCE 1-Feb-2000", True), ("SENTSINCE 2-Feb-2000", False),
                         ("ON 2-Feb-2000", True), ("BEFORE 2-Feb-2000", False),
                         ("SINCE 2-Feb-2000", True), ("SINCE 3-Feb-2000", False)]:
        assert found(imap, f"SEARCH {key}") == ([1] if matches else []), key
    size = int(imap_raw.fetched(imap.ok("FETCH 1 RFC822.SIZE"))[1][b"RFC822.SIZE"])
    assert found(imap, f"SEARCH LARGER {size}") == [] == found(imap, f"SEARCH SMALLER {size}")
    assert found(imap, f"SEARCH LARGER {size - 1} SMALLER {size + 1}") == [1]


def test_rule_59_substrings_of_decoded_text(imap):
    word = "Grüße"
    quoted = letter("=?utf-8?q?Viele_Gr=C3=BC=C3=9Fe?=", "=?utf-8?b?%s?= <gr@example.net>" %
                    base64.b64encode("Jürgen".encode()).decode(),
                    body="na=C3=AFve caf=C3=A9 an=\r\nd more\r\n",
                    more="Content-Type: text/plain; charset=utf-8\r\n"
                         "Content-Transfer-Encoding: quoted-printable\r\n")
    encoded = letter("plain", body=base64.b64encode("Привет, мир".encode("koi8-r")).decode(),
                     more="Content-Type: text/plain; charset=koi8-r\r\n"
                          "Content-Transfer-Encoding: base64\r\nX-Empty:\r\n")
    append(imap, quoted, encoded)
    imap.ok("SELECT INBOX")

    def search(key, text):
        data = text.encode()
        return found(imap, b"SEARCH CHARSET UTF-8 " + key.encode() + b" {%d+}\r\n" % len(data) +
                     data)

    assert search("SUBJECT", word) == [1] == search("SUBJECT", "viele GRÜ")
    assert search("FROM", "JÜRGEN") == [1] and search("FROM", "R@EXAMPLE") == [1]
    assert search("FROM", "example.net") == [1, 2] == search("TO", "o@ex")
    assert search("BODY", "CAFÉ and more") == [1] and search("BODY", "more and") == []
    assert search("BODY", "привет, МИР") == [2] and search("TEXT", "viele grüße") == [1]
    assert search("BODY", "plain") == [] and search("TEXT", "subject: pla") == [2]
    assert found(imap, 'SEARCH HEADER X-Empty ""') == [2]
    assert found(imap, 'SEARCH HEADER X-None ""') == [] and found(imap, 'SEARCH CC ""') == []


MANY_OCTETS = [
    ("utf-16", "Viele Grüße aus 北京", "grüße aus 北京"),
    ("utf-16be", "Viele Grüße aus 北京", "VIELE GRÜ"),
    ("utf-16le", "Viele Grüße aus 北京", "aus 北"),
    ("iso-2022-jp", "東京タワーで会いましょう", "タワーで"),
    ("shift_jis", "東京タワーで会いましょう ソ表", "ソ表"),
    ("gb18030", "北京大学 𠀀 图书馆", "大学 𠀀 图"),
    ("euc-kr", "안녕하세요 서울", "서울")]


# UTF-16 is no text for the lines of a mail, and needs an encoding.
@pytest.mark.parametrize("charset, text, word, encoding", [
    (*each, encoding) for each in MANY_OCTETS for encoding in ["base64", "quoted-printable", "8bit"]
    if encoding != "8bit" or not each[0].startswith("utf-16")])
def test_rule_59_bodies_in_charsets_of_many_octets(imap, charset, text, word, encoding):
    octets = text.encode(charset)
    if encoding == "base64":
        body = base64.encodebytes(octets).replace(b"\n", b"\r\n")
    elif encoding == "quoted-printable":
        body = b"".join(b"=%02X" % octet for octet in octets) + b"\r\n"
    else:
        body = octets + b"\r\n"
    head = letter(more=f"MIME-Version: 1.0\r\nContent-Type: text/plain; charset={charset}\r\n"
                       f"Content-Transfer-Encoding: {encoding}\r\n", body="")
    append(imap, head + body, letter(body="nothing of it\r\n"))
    imap.ok("SELECT INBOX")
    for key in ["BODY", "TEXT"]:
        data = word.encode()
        assert found(imap, b"SEARCH CHARSET UTF-8 %s {%d+}\r\n%s" % (
            key.encode(), len(data), data)) == [1], key


def test_rule_59_long_bodies(imap):
    noise = ["".join(random.choices(string.ascii_letters, k=70)) for _ in range(900)]

    def long(lines, at, word):
        text = noise[:lines]
        text.insert(at, word)
        return letter(body="\r\n".join(text) + "\r\n")

    append(imap, long(200, 150, "first needle"), letter(body="short needle\r\n"),
           long(900, 899, "second needle"), long(300, 1, "hay"))
    append(imap, long(900, 0, "x" * 3_000_000 + " third needle"))
    imap.ok("SELECT INBOX")
    assert found(imap, 'SEARCH BODY "needle"') == [1, 2, 3, 5]
    assert found(imap, 'SEARCH TEXT "second NEEDLE"') == [3]
    assert found(imap, 'SEARCH BODY "third needle"') == [5]
    # Copies share their octets, also within a mailbox.
    imap.ok("COPY 1,3 INBOX")
    assert found(imap, 'SEARCH BODY "needle"') == [1, 2, 3, 5, 6, 7]


def test_charsets(imap):
    append(imap, letter("=?utf-8?q?caf=C3=A9?="), letter("=?koi8-r?b?8NLJ18XU?="))
    imap.ok("SELECT INBOX")
    for charset, octets, number in [("ISO-8859-1", b"caf\xe9", 1), ("KOI8-R", b"\xd0\xd2\xc9", 2),
                                    ("windows-1251", b"\xcf\xf0\xe8\xe2", 2), ("utf-8", b"\xc3\xa9", 1),
                                    ("UTF-7", b"caf+AOk-", 1),
                                    ("IBM850", b"caf\x82", 1)]:
        assert found(imap, b"SEARCH CHARSET " + charset.encode() + b" SUBJECT {%d+}\r\n" %
                     len(octets) + octets) == [number], charset
    for wrong in ["SEARCH CHARSET XYZZY ALL", "SORT (DATE) XYZZY ALL", "THREAD REFS XYZZY ALL"]:
        kind, code = tagged(imap, wrong)
        assert kind == "NO" and code.startswith("[BADCHARSET (US-ASCII UTF-8 ")


def test_fuzzy_and_relevancy(imap):
    append(imap, letter("IMAP is broken"), letter("other"), letter("an IMAP break"),
           letter("an imap server"))
    imap.ok("SELECT INBOX")
    assert found(imap, 'SEARCH SUBJECT "imap break"') == [3]
    assert 3 in found(imap, 'SEARCH FUZZY SUBJECT "imap break"')
    assert found(imap, 'SEARCH FUZZY SUBJECT "imap break" NOT SUBJECT server UID 2:4') == [3]
    items, _ = esearch(imap, 'SEARCH RETURN (ALL RELEVANCY) FUZZY SUBJECT "imap break"')
    assert items["ALL"] == b"1,3:4" and int(items["RELEVANCY"][1]) == 100
    assert all(1 <= int(score) < 100 for score in items["RELEVANCY"][::2])
    best, _ = esearch(imap, 'SORT RETURN (PARTIAL 1:1 RELEVANCY) (RELEVANCY) UTF-8 '
                            'FUZZY SUBJECT "imap break"')
    assert best == {"PARTIAL": [b"1:1", b"3"], "RELEVANCY": [b"100"]}
    assert found(imap, 'SORT (RELEVANCY REVERSE ARRIVAL) UTF-8 FUZZY TEXT "imap break"')[0] == 3
    for bad in ["SEARCH RETURN (RELEVANCY) ALL", "SORT (RELEVANCY) UTF-8 ALL", "SEARCH FUZZY"]:
        assert tagged(imap, bad)[0] == "BAD"


# ---- SORT and THREAD

def test_rule_62_sort(imap):
    append(imap,
           letter("Re: beta", "Zoe <adam@x.org>", more="Date: Thu, 3 Feb 2000 10:00:00 +0000\r\n"),
           letter("Alpha", "Al <zack@x.org>", more="Date: Thu, 3 Feb 2000 10:00:00 +0100\r\n"),
           letter("[x] BETA (fwd)", "mike@x.org", body="longer\r\n" * 9), letter("", "=?x?= <b@b>"),
           when=' "05-Feb-2000 10:00:00 +0000"')
    imap.ok("SELECT INBOX")
    assert found(imap, "SORT (SUBJECT) UTF-8 ALL") == [4, 2, 1, 3]
    assert found(imap, "SORT (REVERSE SUBJECT) US-ASCII ALL") == [1, 3, 2, 4]
    assert found(imap, "SORT (FROM) UTF-8 UID 1:3") == [1, 3, 2]
    assert found(imap, "SORT (DISPLAYFROM) UTF-8 1:3") == [2, 3, 1]
    assert found(imap, "SORT (DATE) UTF-8 ALL") == [2, 1, 3, 4]
    assert found(imap, "SORT (REVERSE SIZE) UTF-8 ALL")[0] == 3
    assert found(imap, "SORT (TO) UTF-8 ALL") == [1, 2, 3, 4] == found(imap, "SORT (CC) UTF-8 ALL")
    assert found(imap, "UID SORT (ARRIVAL) UTF-8 SUBJECT beta") == [1, 3]
    assert esearch(imap, "UID SORT RETURN () (REVERSE SUBJECT) UTF-8 ALL") == (
        {"ALL": b"1,3,2,4"}, True)
    assert esearch(imap, "SORT RETURN (MIN MAX COUNT) (SUBJECT) UTF-8 ALL") == (
        {"MIN": b"4", "MAX": b"3", "COUNT": b"4"}, False)
    for bad in ["SORT () UTF-8 ALL", "SORT (XYZZY) UTF-8 ALL", "SORT (DATE) ALL", "SORT ALL"]:
        assert tagged(imap, bad)[0] == "BAD"


# RFC 5957 3: the display name of the first address, or the address where there is none.
def test_sort_by_whom_it_is_to(imap):
    recipients = ["Zoe <adam@x.org>", "mike@x.org", "=?utf-8?q?=C3=84nne?= <z@x.org>, B <b@x.org>",
                  "\"\" <carl@x.org>"]
    append(imap, *[f"To: {to}\r\nSubject: x\r\n\r\nx\r\n".encode() for to in recipients],
           b"Subject: to nobody\r\n\r\nx\r\n")
    imap.ok("SELECT INBOX")
    order = found(imap, "SORT (DISPLAYTO) UTF-8 ALL")
    assert order[0] == 5 and [n for n in order if n in (2, 4)] == [4, 2]
    assert order.index(2) < order.index(1) and sorted(order) == [1, 2, 3, 4, 5]
    assert found(imap, "SORT (REVERSE DISPLAYTO) UTF-8 1:2") == [1, 2]
    assert found(imap, "SORT (TO) UTF-8 1:2") == [1, 2]


def thread_message(id_, references="", subject="s", more=""):
    return letter(subject, more=f"Message-ID: <{id_}@x>\r\n" +
                  (f"References: {references}\r\n" if references else "") + more)


def threads(imap, text):
    (response,) = [r for r in imap.ok(text) if r[1] == b"THREAD"]
    return response[2:]


def test_rule_62_threads(imap, other):
    append(imap, thread_message("a", subject="one"), thread_message("b", "<a@x>", "Re: one"),
           thread_message("c", "<a@x> <b@x>", "Re: one"), thread_message("l1", "<l2@x>", "loop a"),
           thread_message("l2", "<l1@x>", "loop b"), thread_message("a", subject="double"),
           thread_message("n", "<gone@x>", "p"), thread_message("o", "<gone@x>", "q"),
           thread_message("e", "<a@x>", "Re: one"))
    imap.ok("SELECT INBOX")
    expected = [[b"1", [b"2", b"3"], [b"9"]], [b"5", b"4"], [b"6"], [[b"7"], [b"8"]]]
    assert threads(imap, "THREAD REFERENCES UTF-8 ALL") == expected
    assert threads(imap, "UID THREAD REFERENCES UTF-8 ALL") == expected
    # The thread that got a message last comes last.
    assert threads(imap, "THREAD REFS UTF-8 ALL") == expected[1:] + expected[:1]
    assert threads(imap, "THREAD ORDEREDSUBJECT UTF-8 1:3") == [[b"1", [b"2"], [b"3"]]]
    assert threads(imap, "THREAD REFERENCES UTF-8 SUBJECT double") == [[b"6"]]
    assert threads(imap, "THREAD REFERENCES UTF-8 ANSWERED") == []
    assert tagged(imap, "THREAD JWZ UTF-8 ALL")[0] == "BAD"
    # Every session sees the same, through whichever gateway and store.
    other.ok("SELECT INBOX")
    assert threads(other, "THREAD REFERENCES UTF-8 ALL") == expected
    # What comes later joins, also where the headers of the others are in memory.
    append(other, thread_message("z", "<l2@x>", "late"))
    wait_until(lambda: imap.ok("NOOP") or found(imap, "SEARCH SUBJECT late"), "the message shows")
    assert threads(imap, "THREAD REFERENCES UTF-8 4:*")[0] == [b"5", [b"4"], [b"10"]]


def test_rule_08_both_kinds_of_numbers(imap):
    append(imap, *[letter() for _ in range(6)])
    imap.ok("SELECT INBOX")
    imap.ok("STORE 1:2 +FLAGS (\\Deleted)")
    imap.ok("EXPUNGE")
    assert found(imap, "UID SEARCH 1:3 UID 4:9") == [4, 5]
    assert found(imap, "SEARCH 1:3 UID 4:9") == [2, 3]


def test_rule_29_an_empty_result_tells_no_modseq(imap):
    append(imap, letter())
    imap.ok("SELECT INBOX")
    items, _ = esearch(imap, "SEARCH RETURN (ALL COUNT) ANSWERED")
    assert items == {"COUNT": b"0"}


# ---- several mailboxes

def multi(imap, text):
    """{mailbox: items} of the ESEARCH responses."""
    result = {}
    for response in imap.ok(text):
        correlator = dict(zip(response[2][::2], response[2][1::2]))
        assert response[1] == b"ESEARCH" and response[3] == b"UID"
        assert correlator[b"TAG"] == b"T%d" % imap.number and int(correlator[b"UIDVALIDITY"]) > 0
        name = correlator[b"MAILBOX"].decode()
        assert name not in result
        result[name] = dict(zip([item.decode() for item in response[4::2]], response[5::2]))
    return result


def test_a_search_over_several_mailboxes(posthorn, imap):
    for name in ["Work", "Work/One", "Work/One/Deep", "Play fun"]:
        imap.ok(f'CREATE "{name}"')
        append(imap, letter("needle"), letter("hay"), mailbox=name)
    append(imap, letter("hay"), letter("needle"), letter("needle"))
    assert multi(imap, "ESEARCH IN (inboxes) SUBJECT needle") == {"INBOX": {"ALL": b"2:3"}}
    assert multi(imap, "ESEARCH IN (subtree Work) RETURN (COUNT MIN) SUBJECT needle") == {
        name: {"COUNT": b"1", "MIN": b"1"} for name in ["Work", "Work/One", "Work/One/Deep"]}
    assert set(multi(imap, "ESEARCH IN (subtree-one Work) SUBJECT needle")) == {"Work", "Work/One"}
    assert set(multi(imap, 'ESEARCH IN (mailboxes ("Play fun" INBOX "No such")) ALL')) == {
        "Play fun", "INBOX"}
    assert set(multi(imap, "ESEARCH IN (personal) SUBJECT needle")) == {
        "INBOX", "Work", "Work/One", "Work/One/Deep", "Play fun"}
    assert multi(imap, "ESEARCH IN (personal) RETURN (COUNT) SUBJECT nowhere") == {}
    # The selected mailbox alone: numbers, "$" and SAVE have a meaning there, else they have none.
    assert tagged(imap, "ESEARCH SUBJECT needle")[0] == "BAD"
    imap.ok("SELECT INBOX")
    assert multi(imap, "ESEARCH SUBJECT needle") == {"INBOX": {"ALL": b"2:3"}}
    assert multi(imap, "ESEARCH IN (selected) RETURN (SAVE MAX) SUBJECT needle") == {
        "INBOX": {"MAX": b"3"}}
    assert found(imap, "SEARCH $") == [3]
    for bad in ["ESEARCH IN (personal) RETURN (SAVE) ALL", "ESEARCH IN (personal) 1:2",
                "ESEARCH IN (personal) $", "ESEARCH IN (xyzzy) ALL"]:
        assert tagged(imap, bad)[0] == "BAD"
    # The selected mailbox stays selected.
    assert found(imap, "SEARCH ALL") == [1, 2, 3]


def test_a_search_over_a_mailbox_that_others_share(posthorn, imap, account):
    owner_account, owner = posthorn.account("owner"), None
    owner = imap_raw.Connection(posthorn.host, posthorn.port("IMAP", 2)).login(owner_account)
    for name, rights in [("Open", "lr"), ("Shut", "l"), ("Hidden", "")]:
        owner.ok(f"CREATE {name}")
        append(owner, letter("needle"), mailbox=name)
        if rights:
            owner.ok(f'SETACL {name} "{account.address}" {rights}')
    shared = f"Other Users/{owner_account.address}"
    assert set(multi(imap, 'ESEARCH IN (subtree "Other Users") SUBJECT needle')) == {
        f"{shared}/Open"}
    for name, expected in [("Open", [f"{shared}/Open"]), ("Shut", []), ("Hidden", [])]:
        assert list(multi(imap, f'ESEARCH IN (mailboxes "{shared}/{name}") ALL')) == expected
    assert multi(imap, "ESEARCH IN (personal) SUBJECT needle") == {}
    owner.close()


def test_a_failed_search_over_mailboxes_empties_what_was_saved(imap):
    append(imap, letter(), letter())
    imap.ok("SELECT INBOX")
    imap.ok("SEARCH RETURN (SAVE) ALL")
    assert found(imap, "SEARCH $") == [1, 2]
    assert tagged(imap, "ESEARCH IN (selected) RETURN (SAVE) FILTER nothing")[0] == "NO"
    assert found(imap, "SEARCH $") == []


@pytest.mark.parametrize("command", ["SEARCH", "UID SEARCH", "ESEARCH IN (selected)",
                                     "ESEARCH IN (inboxes)", "UID SORT"])
def test_rule_29_the_modseq_is_that_of_what_is_returned(imap, command):
    append(imap, *[letter(f"n{n}") for n in range(4)])
    imap.ok("SELECT INBOX")
    imap.ok(r"STORE 2 +FLAGS (\Flagged)")
    imap.ok(r"STORE 1 +FLAGS (\Flagged)")
    imap.ok(r"STORE 3 +FLAGS (\Flagged)")
    imap.ok(r"STORE 2 +FLAGS (\Answered)")
    modseqs = {n: int(items[b"MODSEQ"][0])
               for n, items in imap_raw.fetched(imap.ok("FETCH 1:* (MODSEQ)")).items()}
    assert modseqs[4] < modseqs[1] < modseqs[3] < modseqs[2]
    # RFC 7162 3.1.10.
    for returned, told in [("MIN", modseqs[1]), ("MAX", modseqs[4]), ("MIN MAX", modseqs[1]),
                           ("COUNT", modseqs[2]), ("MIN COUNT", modseqs[2]), ("ALL", modseqs[2]),
                           ("MAX ALL", modseqs[2])]:
        criteria = "(SUBJECT) UTF-8 " if "SORT" in command else ""
        [response] = [r for r in imap.ok(f"{command} RETURN ({returned}) {criteria}MODSEQ 1")
                      if r[1] == b"ESEARCH"]
        assert response[-2:] == [b"MODSEQ", str(told).encode()], returned
    nothing = imap.ok(f"{command} RETURN (COUNT) {criteria}MODSEQ 1 SUBJECT nothing")
    assert not [r for r in nothing if b"MODSEQ" in r]


# ---- contexts

def updates(responses, tag):
    """[(name, [position, set, ...])] of the ESEARCH responses for a context."""
    items = []
    for response in responses:
        if response[1] == b"ESEARCH" and response[2] == [b"TAG", tag]:
            rest = response[4:] if response[3] == b"UID" else response[3:]
            items += [(name.decode(), value) for name, value in zip(rest[::2], rest[1::2])]
    return items


def test_a_search_is_kept_up_to_date(imap, other):
    append(imap, *[letter(f"n{n}") for n in range(4)])
    imap.ok("SELECT INBOX")
    other.ok("SELECT INBOX")
    items, _ = esearch(imap, "UID SEARCH RETURN (UPDATE COUNT) UNFLAGGED SUBJECT n")
    assert items == {"COUNT": b"4"}
    tag = b"T%d" % imap.number
    numbers, _ = esearch(imap, "SEARCH RETURN (UPDATE CONTEXT ALL) SUBJECT n")
    assert numbers == {"ALL": b"1:4"}
    by_number = b"T%d" % imap.number
    assert imap.ok("NOOP") == []
    other.ok("STORE 2:3 +FLAGS (\\Flagged)")
    told = imap.ok("NOOP")
    assert updates(told, tag) == [("REMOVEFROM", [b"0", b"2:3"])]
    assert updates(told, by_number) == []
    # What the session does itself changes its results as well.
    told = imap.ok("STORE 3 -FLAGS (\\Flagged)") + imap.ok("NOOP")
    assert updates(told, tag) == [("ADDTO", [b"0", b"3"])]
    append(other, letter("n new"), letter("x"))
    told = imap.ok("NOOP")
    assert updates(told, tag) == [("ADDTO", [b"0", b"5"])] == updates(told, by_number)
    # RFC 5267 4.3.4: removed before the number is gone.
    other.ok("STORE 1 +FLAGS (\\Deleted)")
    other.ok("EXPUNGE")
    told = imap.ok("NOOP")
    names = [response[1] if response[1] == b"ESEARCH" else response[2] for response in told]
    assert updates(told, tag) == [("REMOVEFROM", [b"0", b"1"])] == updates(told, by_number)
    assert names.index(b"EXPUNGE") > max(i for i, n in enumerate(names) if n == b"ESEARCH")
    imap.ok(f'CANCELUPDATE "{tag.decode()}" "none"')
    other.ok("STORE 1:* +FLAGS (\\Flagged)")
    assert updates(imap.ok("NOOP"), tag) == []
    imap.ok("UNSELECT")
    imap.ok("SELECT INBOX")
    append(other, letter("n again"))
    assert updates(imap.ok("NOOP"), by_number) == []


def test_a_sort_is_kept_up_to_date(imap, other):
    append(imap, letter("b"), letter("d"), letter("f"))
    imap.ok("SELECT INBOX")
    other.ok("SELECT INBOX")
    items, _ = esearch(imap, "UID SORT RETURN (UPDATE ALL) (SUBJECT) UTF-8 UNFLAGGED")
    assert items == {"ALL": b"1:3"}
    tag = b"T%d" % imap.number
    append(other, letter("g"), letter("a"), letter("c"))
    assert updates(imap.ok("NOOP"), tag) == [("ADDTO", [b"1", b"5", b"3", b"6", b"6", b"4"])]
    other.ok("UID STORE 1,6 +FLAGS (\\Flagged)")
    assert updates(imap.ok("NOOP"), tag) == [("REMOVEFROM", [b"2", b"1,6"])]
    other.ok("UID STORE 5 +FLAGS (\\Deleted)")
    other.ok("EXPUNGE")
    assert updates(imap.ok("NOOP"), tag) == [("REMOVEFROM", [b"1", b"5"])]


def test_limits_of_contexts(imap):
    append(imap, letter())
    imap.ok("SELECT INBOX")
    for n in range(10):
        imap.send(f"c{n} SEARCH RETURN (UPDATE COUNT) ALL\r\n".encode())
        assert [r[1] for r in imap.until(b"c%d" % n)] == [b"ESEARCH", b"OK"]
    imap.send(b"c3 SEARCH RETURN (UPDATE COUNT) ALL\r\n")
    assert imap.until(b"c3")[-1][1] == b"BAD"
    imap.send(b"d SEARCH RETURN (UPDATE COUNT) ALL\r\n")
    responses = imap.until(b"d")
    assert [r[1] for r in responses if r[1] != b"ESEARCH"] == [b"NO", b"OK"]
    assert [r[2] for r in responses if r[1] == b"NO"] == [b'[NOUPDATE "d"]']
    imap.ok('CANCELUPDATE "c3"')
    imap.send(b"c3 SEARCH RETURN (UPDATE COUNT) ALL\r\n")
    assert [r[1] for r in imap.until(b"c3")] == [b"ESEARCH", b"OK"]


def test_contexts_end_where_results_are_too_many(imap, other):
    """A sorted result is held number by number, so there is a limit of 100,000."""
    append(imap, letter())
    imap.ok("SELECT INBOX")
    count = 1
    while count < 100_000:
        imap.ok(f"COPY 1:{min(count, 100_000 - count)} INBOX")
        imap.ok("NOOP")
        count = min(2 * count, 100_000)
    for sorted_by in ("SORT RETURN (UPDATE COUNT) (ARRIVAL) UTF-8 ALL",
                      "UID SORT RETURN (UPDATE COUNT) (REVERSE ARRIVAL) UTF-8 ALL"):
        assert esearch(imap, sorted_by)[0] == {"COUNT": b"100000"}
    tags = [b"T%d" % (imap.number - 1), b"T%d" % imap.number]
    esearch(imap, "SEARCH RETURN (UPDATE COUNT) ALL")
    unsorted = b"T%d" % imap.number
    # One more: each is given up with a word, and the search that is no list of numbers goes on.
    append(other, letter())
    told = imap.ok("NOOP")
    assert [r[2] for r in told if r[1] == b"NO"] == [b'[NOUPDATE "%s"]' % tag for tag in tags]
    assert updates(told, unsorted) == [("ADDTO", [b"0", b"100001"])]
    append(other, letter())
    assert [r for r in imap.ok("NOOP") if r[1] == b"NO"] == []
    # One that is too large from the start has its answer, but no updates.
    imap.send(b"late SORT RETURN (UPDATE COUNT) (ARRIVAL) UTF-8 ALL\r\n")
    told = imap.until(b"late")
    assert [r[2] for r in told if r[1] == b"NO"] == [b'[NOUPDATE "late"]']
    assert [r[3:] for r in told if r[1] == b"ESEARCH"] == [[b"COUNT", b"100002"]]


def test_contexts_with_numbers_end_with_uidonly(imap, other):
    append(imap, letter("a"), letter("b"))
    imap.ok("SELECT INBOX")
    esearch(imap, "SEARCH RETURN (UPDATE COUNT) ALL")
    by_number = b"T%d" % imap.number
    esearch(imap, "UID SORT RETURN (UPDATE COUNT) (SUBJECT) UTF-8 ALL")
    by_uid = b"T%d" % imap.number
    told = imap.ok("ENABLE UIDONLY")
    assert [r[2] for r in told if r[1] == b"NO"] == [b'[NOUPDATE "%s"]' % by_number]
    append(other, letter("c"))
    told = imap.ok("NOOP")
    assert updates(told, by_number) == []
    assert updates(told, by_uid) == [("ADDTO", [b"3", b"3"])]


# ---- filters

def test_filters(imap):
    append(imap, letter("Grüße aus", "boss@example.com"), letter("big", body="x" * 9000))
    imap.ok("SELECT INBOX")

    def define(name, criteria):
        data = criteria.encode()
        imap.ok(b'SETMETADATA "" (/private/filters/values/' + name.encode() +
                b" {%d+}\r\n" % len(data) + data + b")")

    define("boss", 'OR SUBJECT "nothing" FROM "boss@example.com"')
    define("not-boss", "NOT (FILTER boss)")
    define("text", 'SUBJECT "grüße"')
    define("half", "OR SMALLER")
    define("loop", "FILTER loop")
    assert found(imap, "SEARCH FILTER boss") == [1]
    assert found(imap, "SEARCH LARGER 1 FILTER not-boss") == [2]
    assert found(imap, "UID SEARCH NOT FILTER BOSS") == [2]
    assert found(imap, "SORT (SIZE) UTF-8 FILTER text") == [1]
    assert threads(imap, "THREAD REFS UTF-8 FILTER boss") == [[b"1"]]
    assert multi(imap, "ESEARCH IN (inboxes) FILTER boss") == {"INBOX": {"ALL": b"1"}}
    for name in ["half", "loop", "none"]:
        assert tagged(imap, f"SEARCH FILTER {name}") == ("NO", f"[UNDEFINED-FILTER {name}]")
    kind, code = tagged(imap, "SEARCH CHARSET KOI8-R FILTER boss")
    assert kind == "BAD" and code.startswith("[BADCHARSET")
    assert tagged(imap, "SEARCH FILTER a/b")[0] == "BAD"
