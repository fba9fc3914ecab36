"""IMAP: what is read of messages. BINARY, PREVIEW, SAVEDATE, EMAILID; sections, structure, envelope."""

import base64
import quopri
import re
import time

import imap_raw
import pytest
from imap_sessions import tagged

LETTER = b"From: Al <al@example.net>\r\nTo: bo@example.net\r\nSubject: letter\r\n\r\nHello\r\n"
IMAGE = bytes(range(256)) * 20
TEXT = "Grüße, as ever = \u20ac\r\n".encode() * 3
ENCODED = (
    b"From: a@example.net\r\nSubject: parts\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    + quopri.encodestring(TEXT.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n") +
    b"\r\n--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    + base64.encodebytes(IMAGE).replace(b"\n", b"\r\n") +
    b"\r\n--b\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\nM87\r\n"
    b"--b\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n\r\n"
    b"--b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    b"a\x00b\r\n--b--\r\n")


def append(imap, message=LETTER, mailbox="INBOX", literal=b"{%d+}"):
    imap.ok(b"APPEND " + mailbox.encode() + b" " + literal % len(message) + b"\r\n" + message)


def fetch(imap, items, number=1):
    return imap_raw.fetched(imap.ok(f"FETCH {number} {items}"))[number]


def capabilities(imap):
    return set(imap.ok("CAPABILITY")[0][2:])


# ---- BINARY (RFC 3516)

def test_rule_40_binary_is_decoded_and_its_size_agrees(imap):
    assert b"BINARY" in capabilities(imap)
    append(imap, ENCODED, literal=b"~{%d+}")
    imap.ok("SELECT INBOX")
    text = TEXT
    for part, octets in [(1, text), (2, IMAGE), (4, b""), (5, b"a\x00b")]:
        answer = fetch(imap, f"(BINARY.PEEK[{part}] BINARY.SIZE[{part}])")
        assert answer == {f"BINARY[{part}]".encode(): octets,
                          f"BINARY.SIZE[{part}]".encode(): b"%d" % len(octets)}, part
    # The message itself has no transfer encoding.
    assert fetch(imap, "BINARY.PEEK[]") == {b"BINARY[]": ENCODED}
    assert fetch(imap, "BINARY.SIZE[]") == {b"BINARY.SIZE[]": b"%d" % len(ENCODED)}
    # A part that is not there.
    assert fetch(imap, "(BINARY.PEEK[9] BINARY.SIZE[9])") == {b"BINARY[9]": None,
                                                             b"BINARY.SIZE[9]": b"0"}


def test_rule_40_an_unknown_encoding_is_refused(imap):
    append(imap, ENCODED)
    imap.ok("SELECT INBOX")
    for item in ("BINARY.PEEK[3]", "BINARY.SIZE[3]", "BINARY[3]"):
        assert tagged(imap, f"FETCH 1 {item}") == ("NO", "[UNKNOWN-CTE]"), item
    assert fetch(imap, "BODY.PEEK[3]") == {b"BODY[3]": b"M87"}
    for item in ("BINARY[HEADER]", "BINARY[1.MIME]", "BINARY.SIZE[1]<0.5>", "BINARY"):
        assert tagged(imap, f"FETCH 1 {item}")[0] == "BAD", item


def test_rule_40_literal8_where_there_is_a_nul(imap):
    append(imap, ENCODED)
    imap.ok("SELECT INBOX")
    for part, head in [(1, b"{%d}" % len(TEXT)), (2, b"~{%d}" % len(IMAGE)), (4, b"{0}")]:
        imap.send(f"x FETCH 1 BINARY.PEEK[{part}]")
        line = imap._line()
        assert line == b"* 1 FETCH (BINARY[%d] %s" % (part, head)
        size = int(re.search(rb"(\d+)}$", head)[1])
        imap._take(size)
        assert imap._line() == b")"
        assert imap.until(b"x")[-1][1] == b"OK"


def test_rule_40_partial_binary_counts_decoded_octets(imap):
    append(imap, ENCODED)
    imap.ok("SELECT INBOX")
    for part, octets in [(1, TEXT), (2, IMAGE)]:
        for offset, count in [(0, 1), (7, 100), (len(octets) - 3, 50), (len(octets), 5), (1 << 40, 9)]:
            answer = fetch(imap, f"BINARY.PEEK[{part}]<{offset}.{count}>")
            assert answer == {f"BINARY[{part}]<{offset}>".encode(): octets[offset:offset + count]}


def test_a_large_attachment_is_decoded_in_pieces(imap):
    image = bytes(range(256)) * 8192 + b"end"
    message = (b"Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n"
               + base64.encodebytes(image).replace(b"\n", b"\r\n"))
    append(imap, message)
    imap.ok("SELECT INBOX")
    answer = fetch(imap, "(BINARY.SIZE[1] BINARY.PEEK[1])")
    assert int(answer[b"BINARY.SIZE[1]"]) == len(image) and answer[b"BINARY[1]"] == image
    assert fetch(imap, "BINARY.PEEK[1]<1500000.20>")[b"BINARY[1]<1500000>"] == image[1500000:1500020]


def test_rule_24_what_sets_seen(imap):
    append(imap, ENCODED)
    imap.ok("SELECT INBOX")
    for item in ("BODY.PEEK[]", "RFC822.HEADER", "RFC822.SIZE", "BODYSTRUCTURE", "ENVELOPE", "PREVIEW",
                 "PREVIEW (LAZY)", "BINARY.SIZE[1]", "BINARY.PEEK[1]", "SAVEDATE", "EMAILID"):
        assert b"FLAGS" not in fetch(imap, item), item
        assert b"\\Seen" not in fetch(imap, "FLAGS")[b"FLAGS"], item
    imap.ok("EXAMINE INBOX")
    for item in ("BODY[]", "BINARY[1]", "RFC822"):
        assert b"FLAGS" not in fetch(imap, item), item
    assert b"\\Seen" not in fetch(imap, "FLAGS")[b"FLAGS"]
    for item in ("BODY[]", "BODY[TEXT]", "BODY[1]<0.1>", "BINARY[1]", "RFC822", "RFC822.TEXT"):
        imap.ok("SELECT INBOX")
        assert b"\\Seen" in fetch(imap, item)[b"FLAGS"], item
        imap.ok(r"STORE 1 -FLAGS.SILENT (\Seen)")


# ---- PREVIEW (RFC 8970)

def mail(kind, body, encoding="8bit"):
    return (f"Subject: p\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n"
            "\r\n").encode() + body


def test_previews(imap):
    assert b"PREVIEW" in capabilities(imap)
    html = (b"<html><head><title>no</title><style>p {}</style></head><body><!-- no -->"
            b"<p>Dear&nbsp;all &amp; <b>ev</b>eryone</p><script>no()</script></body></html>")
    alternative = (b"Content-Type: multipart/alternative; boundary=b\r\n\r\n"
                   b"--b\r\nContent-Type: text/html\r\n\r\n<p>from html</p>\r\n"
                   b"--b\r\nContent-Type: text/plain\r\n\r\nfrom text\r\n--b--\r\n")
    cases = [
        (LETTER, "Hello"),
        (mail("text/plain; charset=iso-8859-1", b"Gr\xfc\xdfe\r\n  an\talle\r\n"), "Grüße an alle"),
        (mail("text/html", html), "Dear all & everyone"),
        (mail("text/html; charset=utf-8", base64.encodebytes("<p>žluťoučký</p>".encode()), "base64"),
         "žluťoučký"),
        (alternative, "from text"),
        (mail("image/png", b"iVBORw0KGgo=\r\n", "base64"), ""),
        (mail("text/plain", b"x" * 1000), "x" * 200),
        (mail("text/plain; charset=utf-8", "字".encode() * 90000), "字" * 200),
    ]
    for message, _ in cases:
        append(imap, message)
    imap.ok("SELECT INBOX")
    # A long body is not read for LAZY; the others are answered at once.
    assert fetch(imap, "PREVIEW (LAZY)", len(cases)) == {b"PREVIEW": None}
    assert fetch(imap, "PREVIEW (LAZY)", 1) == {b"PREVIEW": b"Hello"}
    for _ in range(2):  # made, then kept
        answers = imap_raw.fetched(imap.ok(f"FETCH 1:{len(cases)} (UID PREVIEW)"))
        for number, (_, text) in enumerate(cases, 1):
            assert answers[number][b"PREVIEW"].decode() == text, number
    assert fetch(imap, "PREVIEW (LAZY)", len(cases))[b"PREVIEW"].decode() == "字" * 200
    assert tagged(imap, "FETCH 1 PREVIEW (EAGER)")[0] == "BAD"


# ---- SAVEDATE (RFC 8514) and OBJECTID (RFC 8474)

def test_rule_60_savedate_is_when_it_came_into_the_mailbox(imap):
    assert b"SAVEDATE" in capabilities(imap)
    imap.ok(b'APPEND INBOX "01-Feb-2001 10:00:00 +0000" {%d+}\r\n%s' % (len(LETTER), LETTER))
    imap.ok("SELECT INBOX")
    saved = fetch(imap, "SAVEDATE")[b"SAVEDATE"]
    when = time.mktime(time.strptime(saved.decode().strip(), "%d-%b-%Y %H:%M:%S +0000")) - time.timezone
    assert abs(when - time.time()) < 300
    today = time.strftime("%d-%b-%Y", time.gmtime(when))
    tomorrow = time.strftime("%d-%b-%Y", time.gmtime(when + 86400))
    for key, found in [("SAVEDATESUPPORTED", True), (f"SAVEDON {today}", True),
                       (f"SAVEDSINCE {today}", True), (f"SAVEDSINCE {tomorrow}", False),
                       (f"SAVEDBEFORE {today}", False), (f"SAVEDBEFORE {tomorrow}", True),
                       ("SAVEDON 1-Feb-2001", False), ("ON 1-Feb-2001", True)]:
        assert imap.ok(f"SEARCH {key}") == [[b"*", b"SEARCH"] + [b"1"] * found], key


def test_emailid_is_the_same_for_copies(posthorn, imap, account):
    assert b"OBJECTID" in capabilities(imap)
    append(imap)
    append(imap)
    imap.ok("CREATE there")
    imap.ok("SELECT INBOX")
    first, second = (fetch(imap, "(EMAILID THREADID)", n) for n in (1, 2))
    (email_id,) = first[b"EMAILID"]
    assert re.fullmatch(rb"[A-Za-z0-9_-]{1,255}", email_id)
    assert second[b"EMAILID"] != [email_id] and first[b"THREADID"] is None
    imap.ok("COPY 1 there")
    imap.ok("MOVE 2 there")
    other = imap_raw.Connection(posthorn.host, posthorn.port("IMAP", 2)).login(account)
    other.ok("SELECT there")
    assert fetch(other, "EMAILID", 1) == {b"EMAILID": [email_id]}
    assert fetch(other, "EMAILID", 2) == {b"EMAILID": second[b"EMAILID"]}
    assert other.ok(b"SEARCH EMAILID " + email_id) == [[b"*", b"SEARCH", b"1"]]
    assert other.ok(b"SEARCH NOT EMAILID " + email_id) == [[b"*", b"SEARCH", b"2"]]
    assert other.ok("SEARCH EMAILID M0-0") == [[b"*", b"SEARCH"]]
    assert other.ok("SEARCH THREADID T1") == [[b"*", b"SEARCH"]]
    other.close()


# ---- structure and envelope

@pytest.mark.parametrize("message, part", [
    (b"Subject: x\r\n\r\nbody\r\n", [b"TEXT", b"PLAIN", [b"CHARSET", b"us-ascii"]]),
    (b"Content-Type: gibberish\r\n\r\nbody\r\n", [b"TEXT", b"PLAIN", [b"CHARSET", b"us-ascii"]]),
    (b"Content-Type: text\r\n\r\nbody\r\n", [b"TEXT", b"PLAIN", None]),
    (b"Content-Type: multipart/mixed\r\n\r\nbody\r\n", [b"TEXT", b"PLAIN", [b"CHARSET", b"us-ascii"]]),
    (b"Content-Type: multipart/mixed; boundary=\"\"\r\n\r\nbody\r\n",
     [b"TEXT", b"PLAIN", [b"CHARSET", b"us-ascii"]]),
    (b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nU3ViamVjdDoK\r\n",
     [b"APPLICATION", b"OCTET-STREAM", None]),
])
def test_rule_45_types_that_cannot_be_read(imap, message, part):
    append(imap, message)
    imap.ok("SELECT INBOX")
    structure = fetch(imap, "BODYSTRUCTURE")[b"BODYSTRUCTURE"]
    got = [structure[0].upper(), structure[1].upper(), structure[2]]
    if got[2]:
        got[2] = [got[2][0].upper(), got[2][1].lower()]
    assert got == part


def test_rule_44_and_46_extension_fields(imap):
    inner = b"From: i@example.net\r\nSubject: inner\r\n\r\none\r\ntwo\r\n"
    append(imap, b"Content-Type: multipart/report; boundary=b; report-type=delivery-status\r\n\r\n"
                 b"--b\r\nContent-Type: text/plain\r\nContent-MD5: abc\r\nContent-Language: en, de\r\n"
                 b"Content-Disposition: attachment; filename=x\r\nContent-Location: here\r\n\r\nt\r\n"
                 b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; a\r\n"
                 b"--b\r\nContent-Type: message/rfc822\r\n\r\n" + inner + b"--b--\r\n")
    imap.ok("SELECT INBOX")
    answer = fetch(imap, "(BODY BODYSTRUCTURE)")
    text, status, message, subtype, parameters, *rest = answer[b"BODYSTRUCTURE"]
    assert len(text) == 12 and text[8:] == [b"abc", [b"attachment", [b"filename", b"x"]],
                                            [b"en", b"de"], b"here"]
    assert len(status) == 11 and status[:2] == [b"MESSAGE", b"DELIVERY-STATUS"]
    assert len(message) == 14 and message[7][1] == b"inner" and message[9] in (b"4", b"5")
    assert subtype == b"REPORT" and len(rest) == 3 and parameters[0::2]
    text, status, message, subtype = answer[b"BODY"]
    assert (len(text), len(status), len(message)) == (8, 7, 10)


def test_rule_47_defaults_and_parameters(imap):
    append(imap, b"Content-Type: text/plain; name*0*=utf-8''%C3%A4; name*1=b; empty=\"\"\r\n\r\nx\r\n")
    imap.ok("SELECT INBOX")
    structure = fetch(imap, "BODYSTRUCTURE")[b"BODYSTRUCTURE"]
    parameters = dict(zip([p.lower() for p in structure[2][0::2]], structure[2][1::2]))
    assert structure[5] == b"7BIT" and structure[3] is None and structure[4] is None
    assert parameters[b"empty"] == b"" and b"name*0*" in parameters


def test_rule_48_and_49_envelopes(imap):
    append(imap, b"From: =?utf-8?q?J=C3=B6rg?= <j@example.net>\r\n"
                 b"To: Friends: \"Q \\\" Q\" <q@example.net>, <@route.example:r@example.net>;, z@example.net\r\n"
                 b"Cc:\r\nSubject:   \r\nMessage-ID: <1@x>\r\n\r\nbody\r\n")
    append(imap, b"From: raw \xc3\xa4 <r@example.net>\r\nSubject: 8-bit \xe9 \x00 end\r\n\r\nx\r\n")
    imap.ok("SELECT INBOX")
    date, subject, sender, _, reply_to, to, cc, bcc, in_reply_to, message_id = fetch(
        imap, "ENVELOPE")[b"ENVELOPE"]
    assert date is None and in_reply_to is None and bcc is None and cc is None
    assert subject == b"" and message_id == b"<1@x>"
    assert sender == reply_to == [[b"=?utf-8?q?J=C3=B6rg?=", None, b"j", b"example.net"]]
    assert to[0] == [None, None, b"Friends", None] and [None, None, None, None] in to
    assert [b'Q " Q', None, b"q", b"example.net"] in to
    assert [None, b"@route.example", b"r", b"example.net"] in to
    # No 8-bit octet in a quoted string: such a value is a literal.
    imap.send("x FETCH 2 ENVELOPE")
    line = imap._line()
    assert re.search(rb"\{\d+\}$", line) and not re.search(rb"[\x80-\xff]", line)
    octets = imap._take(int(re.search(rb"\{(\d+)\}$", line)[1]))
    assert octets.startswith(b"8-bit \xe9 ") and b"\x00" not in octets
    while not imap._line().startswith(b"x OK"):
        pass


def test_rule_43_one_broken_message_fails_alone(imap):
    append(imap)
    append(imap, b"\x00\xff no header at all")
    append(imap, b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n--b\r\n--b")
    append(imap)
    imap.ok("SELECT INBOX")
    answers = imap_raw.fetched(imap.ok("FETCH 1:* (UID ENVELOPE BODYSTRUCTURE PREVIEW BODY.PEEK[])"))
    assert sorted(answers) == [1, 2, 3, 4]
    assert answers[2][b"BODY[]"] == b"\x00\xff no header at all"
    assert answers[4][b"BODY[]"] == LETTER


# ---- sections, beyond those of test_imap_commands.py

def test_rule_37_chunks_join(imap):
    message = b"Subject: chunks\r\n\r\n" + b"".join(b"%07d\r\n" % n for n in range(120000))
    append(imap, message)
    imap.ok("SELECT INBOX")
    for step in (65536, 393216):
        pieces = []
        for offset in range(0, len(message) + 1, step):
            answer = fetch(imap, f"BODY.PEEK[]<{offset}.{step}>")
            pieces.append(answer[f"BODY[]<{offset}>".encode()])
        assert b"".join(pieces) == message, step


def test_rule_39_header_fields_echo_the_names_asked(imap):
    append(imap, b"X-A: 1\r\nx-b: 2\r\n\tfolded\r\nX-A: 3\r\nSubject: s\r\n\r\nbody\r\n")
    imap.ok("SELECT INBOX")
    for request, header in [("(x-A \"X-B\")", b"X-A: 1\r\nx-b: 2\r\n\tfolded\r\nX-A: 3\r\n\r\n"),
                            ("(nothing)", b"\r\n")]:
        label = f"BODY[HEADER.FIELDS {request}]".replace('"', "").encode()
        assert fetch(imap, f"BODY.PEEK[HEADER.FIELDS {request}]") == {label: header}
    answer = fetch(imap, "BODY.PEEK[HEADER.FIELDS.NOT (x-a subject)]")
    assert answer == {b"BODY[HEADER.FIELDS.NOT (x-a subject)]": b"x-b: 2\r\n\tfolded\r\n\r\n"}


def test_rule_53_nil_is_a_name_where_a_string_is_wanted(imap):
    imap.ok("CREATE NIL")
    append(imap, mailbox="NIL")
    assert [r[4] for r in imap.ok('LIST "" NIL')] == [b"NIL"]
    imap.ok("SELECT NIL")
    assert imap.ok("SEARCH SUBJECT NIL") == [[b"*", b"SEARCH"]]
    assert imap.ok("SEARCH SUBJECT letter") == [[b"*", b"SEARCH", b"1"]]


# ---- PARTIAL of UID FETCH (RFC 9394)

def test_partial_uid_fetch(imap):
    for _ in range(12):
        append(imap)
    imap.ok("SELECT INBOX")
    imap.ok(r"STORE 2:3 +FLAGS.SILENT (\Deleted)")
    imap.ok("EXPUNGE")  # UIDs 1, 4 to 12
    for uids, window, found in [("1:*", "1:3", [1, 4, 5]), ("1:*", "-1:-2", [11, 12]),
                                ("5:*", "-3:-100", [5, 6, 7, 8, 9, 10]), ("1:6", "3:4", [5, 6]),
                                ("1:*", "11:20", []), ("1:*", "-11:-20", []), ("2:3", "1:5", [])]:
        answers = imap.ok(f"UID FETCH {uids} (FLAGS) (PARTIAL {window})")
        assert [int(r[3][r[3].index(b"UID") + 1]) for r in answers] == found, (uids, window)
    assert len(imap.ok("UID FETCH 1:* PREVIEW (PARTIAL 1:2)")) == 2
    assert len(imap.ok("UID FETCH 1:* PREVIEW (LAZY) (PARTIAL 1:2)")) == 2
    for command in ("FETCH 1:* FLAGS (PARTIAL 1:2)", "UID FETCH 1:* FLAGS (PARTIAL 0:2)",
                    "UID FETCH 1:* FLAGS (PARTIAL 1:-2)", "UID FETCH 1:* FLAGS (PARTIAL 1:2 PARTIAL 1:2)",
                    "UID FETCH 1:* FLAGS (PARTIAL 1)", "UID FETCH 1:* FLAGS ()"):
        assert tagged(imap, command)[0] == "BAD", command
