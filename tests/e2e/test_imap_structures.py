"""Structures that are broken, or made to break a server: rule 45, whichever gateway is asked."""

import itertools

import pytest
from imap_raw import fetched
from imap_sessions import literal, two_sessions
from imap_structure import check_envelope, check_structure, leaf_sections

INNER = b"Subject: inner\r\nFrom: i@example.net\r\n\r\ninner text\r\n"


def multipart(*parts, boundary=b"b", subtype=b"mixed", end=True):
    return (b"Content-Type: multipart/" + subtype + b"; boundary=\"" + boundary + b"\"\r\n\r\n"
            + b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
            + (b"--" + boundary + b"--\r\n" if end else b""))


def text(body=b"x"):
    return b"Content-Type: text/plain\r\n\r\n" + body


def nested(levels, inside, opening):
    for level in range(levels):
        inside = opening(level, inside)
    return inside


GLOBAL = b"Content-Type: message/global\r\n\r\n" + multipart(text(b"1"), text(b"2"), boundary=b"g")
# Name: the message, and the types that its leaves are shown to have (None: whatever is valid).
BROKEN = {
    "no header": (b"", ["TEXT/PLAIN"]),
    "no Content-Type": (b"Subject: x\r\n\r\nbody\r\n", ["TEXT/PLAIN"]),
    "two Content-Types": (b"Content-Type: text/html\r\nContent-Type: image/png\r\n\r\nx\r\n", None),
    "an empty Content-Type": (b"Content-Type:\r\n\r\nx\r\n", ["TEXT/PLAIN"]),
    "no type": (b"Content-Type: /plain\r\n\r\nx\r\n", ["TEXT/PLAIN"]),
    "no subtype": (b"Content-Type: image/\r\n\r\nx\r\n", None),
    "a comment in the type": (b"Content-Type: text/(c) html (d); charset=utf-8\r\n\r\nx\r\n", None),
    "NUL and 8 bits in the type": (b"Content-Type: te\0xt/pl\xe4in; a=\xff\0\r\n\r\nx\r\n", None),
    "parameters without end": (b"Content-Type: text/plain" + b"; a=b" * 20_000 + b"\r\n\r\nx\r\n", None),
    "RFC 2231 without end": (b"Content-Type: text/plain"
                             + b"".join(b";\r\n a*%d*=%%41" % n for n in range(20_000))
                             + b"\r\n\r\nx\r\n", None),
    "an unclosed quote": (b"Content-Type: text/plain; name=\"x\r\n\r\nx\r\n", None),
    "a parameter without a value": (b"Content-Type: text/plain; name; =x; ;\r\n\r\nx\r\n",
                                    ["TEXT/PLAIN"]),
    "an unknown encoding": (b"Content-Transfer-Encoding: \"q (\r\n\r\nx\r\n", ["TEXT/PLAIN"]),
    "no boundary": (b"Content-Type: multipart/mixed\r\n\r\n--\r\n\r\nx\r\n", ["TEXT/PLAIN"]),
    "an empty boundary": (b"Content-Type: multipart/mixed; boundary=\"\"\r\n\r\n--\r\n\r\nx\r\n",
                          ["TEXT/PLAIN"]),
    "no parts": (b"Content-Type: multipart/mixed; boundary=b\r\n\r\nnothing\r\n", ["TEXT/PLAIN"]),
    "no parts but an end": (multipart(), ["TEXT/PLAIN"]),
    "an empty part": (multipart(b"", text()), ["TEXT/PLAIN"] * 2),
    "no end": (multipart(text(), text(), end=False), ["TEXT/PLAIN"] * 2),
    "a boundary that begins another": (
        multipart(text(), multipart(text(b"deep"), boundary=b"bb"), text()), ["TEXT/PLAIN"] * 3),
    "the same boundary inside": (multipart(text(), multipart(text(b"deep")), text()), None),
    "an inner multipart without end": (
        multipart(multipart(text(), boundary=b"i", end=False), text()), ["TEXT/PLAIN"] * 2),
    "white space behind the boundary": (multipart(text()).replace(b"--b\r\n", b"--b \t\r\n"),
                                        ["TEXT/PLAIN"]),
    "a digest": (multipart(b"\r\n" + INNER, subtype=b"digest"), ["MESSAGE/RFC822"]),
    "an encoded message/rfc822": (
        multipart(b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
                  b"U3ViamVjdDogeAoKeAo="), ["APPLICATION/OCTET-STREAM"]),
    "an empty message/rfc822": (b"Content-Type: message/rfc822\r\n\r\n", ["MESSAGE/RFC822"]),
    "message/global": (multipart(GLOBAL, text()), ["MESSAGE/GLOBAL", "TEXT/PLAIN"]),
    "message/partial": (multipart(b"Content-Type: message/partial; number=1; id=x\r\n\r\n" + INNER),
                        ["MESSAGE/PARTIAL"]),
    "1000 multiparts, one in the other": (
        nested(1000, text(), lambda n, inside: multipart(inside, boundary=b"b%d" % n)), None),
    "1000 multiparts of one boundary": (
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" * 1000, None),
    "1000 messages, one in the other": (
        nested(1000, INNER, lambda n, inside: b"Content-Type: message/rfc822\r\n\r\n" + inside), None),
    "20000 parts": (multipart(*[b"\r\nx"] * 20_000), None),
    "20000 empty parts": (multipart(*[b""] * 20_000, end=False), None),
    "a header without end": (b"Content-Type: text/plain\r\n" + b"X: y\r\n" * 100_000, ["TEXT/PLAIN"]),
}


def types(body):
    """TYPE/SUBTYPE of every part that is no multipart."""
    if not isinstance(body[0], list):
        return [(body[0] + b"/" + body[1]).decode("latin-1").upper()]
    children = itertools.takewhile(lambda item: isinstance(item, list), body)
    return [kind for child in children for kind in types(child)]


@pytest.fixture(scope="module")
def sessions(posthorn):
    """Two sessions, on two gateways, whose INBOX has all of them."""
    for pair in two_sessions(posthorn, posthorn.account("broken")):
        for number, (message, _) in enumerate(BROKEN.values()):
            assert pair[number % 2].command(
                b"APPEND INBOX " + literal(message or b"\r\n"))[-1][1] == b"OK"
        for session in pair:
            session.ok("SELECT INBOX")
        yield pair


@pytest.mark.parametrize("name", BROKEN)
def test_rule_45_what_is_broken_is_shown_as_something_valid(sessions, name):
    number = 1 + list(BROKEN).index(name)
    message, expected = BROKEN[name]
    rows = [fetched(session.ok(f"FETCH {number} (RFC822.SIZE ENVELOPE BODY BODYSTRUCTURE PREVIEW)"))
            for session in sessions]
    assert rows[0] == rows[1]
    row = rows[0][number]
    assert int(row[b"RFC822.SIZE"]) == len(message or b"\r\n")
    check_envelope(row[b"ENVELOPE"])
    parts = check_structure(row[b"BODY"], extended=False)
    assert check_structure(row[b"BODYSTRUCTURE"], extended=True) == parts
    if expected is not None:
        assert types(row[b"BODY"]) == expected
    # Each part is there, and as long as it is said to be; the first ones stand for the others.
    sections = [each for _, each in zip(range(20), leaf_sections(row[b"BODY"]))]
    got = fetched(sessions[1].ok(
        f"FETCH {number} ({' '.join(f'BODY.PEEK[{section}]' for section, _ in sections)})"))[number]
    for section, size in sections:
        assert len(got[f"BODY[{section}]".encode()] or b"") == size


def test_a_global_message_has_an_envelope_in_rev2(pair):
    """RFC 9051 9; a client of RFC 3501 takes it for a part like any other."""
    old, new = pair
    old.ok(b"APPEND INBOX " + literal(multipart(GLOBAL, text(b"last"))))
    new.ok("ENABLE IMAP4rev2")
    for session in pair:
        session.ok("SELECT INBOX")
    row = fetched(old.ok("FETCH 1 (BODY BODY.PEEK[2])"))[1]
    assert check_structure(row[b"BODY"], extended=False) == 2
    assert row[b"BODY"][0][:2] == [b"MESSAGE", b"GLOBAL"] and len(row[b"BODY"][0]) == 7
    assert row[b"BODY[2]"] == b"last"
    row = fetched(new.ok("FETCH 1 (BODYSTRUCTURE BODY.PEEK[1.2])"))[1]
    assert check_structure(row[b"BODYSTRUCTURE"], True, messages=(b"RFC822", b"GLOBAL")) == 2
    assert types(row[b"BODYSTRUCTURE"][0][8]) == ["TEXT/PLAIN"] * 2
    assert row[b"BODY[1.2]"] == b"2"


def test_rule_45_they_are_fetched_together(sessions):
    for session in sessions:
        rows = fetched(session.ok("FETCH 1:* (UID ENVELOPE BODYSTRUCTURE)"))
        assert sorted(rows) == list(range(1, len(BROKEN) + 1))
        assert session.ok("SEARCH TEXT nowhere-in-them") == [[b"*", b"SEARCH"]]
        assert len(session.ok("SORT (SUBJECT) UTF-8 ALL")[0]) == 2 + len(BROKEN)
