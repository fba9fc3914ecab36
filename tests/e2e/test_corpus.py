"""Real messages, many of them malformed: what comes out is what went in, by every way."""

import email
import email.policy
import poplib
import re

import pytest

from imap_raw import Connection, fetched
from imap_structure import check_envelope, check_structure, leaf_sections
from posthorn import corpus_messages

MESSAGES = dict(corpus_messages())


@pytest.fixture(scope="module")
def delivered(posthorn):
    """Every message once by SMTP (in INBOX) and once by APPEND (in Appended), in the same order."""
    account = posthorn.account("corpus")
    with posthorn.smtp() as client:
        for name, octets in MESSAGES.items():
            client.sendmail("sender@remote.example", [account.address], octets)
    client = posthorn.imap(account)
    client.create("Appended")
    for name, octets in MESSAGES.items():
        assert client.append("Appended", None, None, octets)[0] == "OK", name
    client.logout()
    return account


@pytest.fixture
def any_line(monkeypatch):
    """Lines of messages may be longer than the 2,048 octets that poplib takes."""
    monkeypatch.setattr(poplib, "_MAXLINE", 50_000_000)


def without_trace(octets):
    """Without the fields that SMTP adds in front (RFC 5321 4.4)."""
    match = re.match(rb"Return-Path: <sender@remote.example>\r\nReceived: from [^\r]*\r\n(?:[ \t][^\r]*\r\n)*",
                     octets)
    assert match, octets[:300]
    return octets[match.end():]


def test_the_corpus_is_there():
    assert len(MESSAGES) > 30


def test_rule_42_smtp_in_imap_out(posthorn, delivered):
    got = posthorn.messages(delivered)
    assert len(got) == len(MESSAGES)
    for (name, sent), (_, octets) in zip(MESSAGES.items(), got):
        assert without_trace(octets) == sent, name


def test_rule_42_append_in_imap_out(posthorn, delivered):
    got = posthorn.messages(delivered, "Appended")
    assert len(got) == len(MESSAGES)
    for (name, sent), (_, octets) in zip(MESSAGES.items(), got):
        assert octets == sent, name


def test_rule_42_smtp_in_pop3_out(posthorn, delivered, any_line):
    client = posthorn.pop3(delivered)
    sizes = [int(line.split()[1]) for line in client.list()[1]]
    assert len(sizes) == len(MESSAGES)
    for number, (name, sent) in enumerate(MESSAGES.items(), 1):
        octets = b"\r\n".join(client.retr(number)[1]) + b"\r\n"
        assert without_trace(octets) == sent, name
        assert len(octets) == sizes[number - 1], name
    client.quit()


def test_rule_42_append_in_pop3_out(posthorn, any_line):
    account = posthorn.account("corpus-append")
    client = posthorn.imap(account)
    for name, octets in MESSAGES.items():
        assert client.append("INBOX", None, None, octets)[0] == "OK", name
    client.logout()
    client = posthorn.pop3(account)
    assert client.stat()[0] == len(MESSAGES)
    for number, (name, sent) in enumerate(MESSAGES.items(), 1):
        assert b"\r\n".join(client.retr(number)[1]) + b"\r\n" == sent, name
    client.quit()


def test_rule_41_sizes_are_the_octets_everywhere(posthorn, delivered):
    imap = Connection(posthorn.host, posthorn.port("IMAP", 2)).login(delivered)
    imap.ok("EXAMINE INBOX")
    rows = fetched(imap.ok("FETCH 1:* (RFC822.SIZE BODY.PEEK[])"))
    imap.close()
    pop3 = posthorn.pop3(delivered)
    sizes = dict(map(int, line.split()) for line in pop3.list()[1])
    pop3.quit()
    assert len(rows) == len(sizes) == len(MESSAGES)
    for number, row in rows.items():
        assert int(row[b"RFC822.SIZE"]) == len(row[b"BODY[]"]) == sizes[number], number


@pytest.fixture(scope="module")
def appended(posthorn, delivered):
    client = Connection(posthorn.host, posthorn.port("IMAP")).login(delivered)
    client.ok("EXAMINE Appended")
    yield client
    client.close()


def test_rule_44_envelopes_and_structures_are_valid(appended):
    responses = appended.ok("FETCH 1:* (ENVELOPE BODY BODYSTRUCTURE RFC822.SIZE)")
    got = fetched(responses)
    assert len(got) == len(MESSAGES)
    for (name, sent), items in zip(MESSAGES.items(), (got[n] for n in sorted(got))):
        try:
            check_envelope(items[b"ENVELOPE"])
            check_structure(items[b"BODY"], extended=False)
            check_structure(items[b"BODYSTRUCTURE"], extended=True)
        except (AssertionError, ValueError, TypeError) as error:
            raise AssertionError(f"{name}: {error}") from error
        assert int(items[b"RFC822.SIZE"]) == len(sent), name


def test_rule_48_envelope_tells_what_the_header_says(appended):
    """Against Python's parser, where the header is plain."""
    compared = 0
    got = fetched(appended.ok("FETCH 1:* ENVELOPE"))
    for number, sent in enumerate(MESSAGES.values(), 1):
        header = email.message_from_bytes(sent, policy=email.policy.compat32)
        subjects, ids = header.get_all("Subject") or [], header.get_all("Message-ID") or []
        if len(subjects) == 1 and subjects[0].isascii() and "\n" not in subjects[0]:
            assert got[number][b"ENVELOPE"][1] == subjects[0].strip().encode()
            compared += 1
        if len(ids) == 1 and re.fullmatch(r"<[!-~]+>", ids[0].strip()):
            assert got[number][b"ENVELOPE"][9] == ids[0].strip().encode()
            compared += 1
    assert compared > 30


def test_rule_38_sections_are_slices_of_the_whole(appended):
    items = "BODY.PEEK[] BODY.PEEK[HEADER] BODY.PEEK[TEXT] RFC822.HEADER"
    for number, sent in enumerate(MESSAGES.values(), 1):
        got = fetched(appended.ok(f"FETCH {number} ({items})"))[number]
        assert got[b"BODY[]"] == sent
        assert got[b"BODY[HEADER]"] + got[b"BODY[TEXT]"] == sent
        assert got[b"RFC822.HEADER"] == got[b"BODY[HEADER]"]
        if b"\r\n\r\n" in sent and not sent.startswith(b"\r\n"):
            assert got[b"BODY[HEADER]"] == sent[:sent.index(b"\r\n\r\n") + 4]


def test_rule_37_partial_fetches_are_slices_of_the_whole(appended):
    for number, sent in enumerate(MESSAGES.values(), 1):
        size = len(sent)
        for offset, length in ((0, 1), (0, size), (1, 10), (size // 2, 65536), (size - 1, 5),
                               (size, 10), (size + 100, 1), (0, 4294967295)):
            got = fetched(appended.ok(f"FETCH {number} BODY.PEEK[]<{offset}.{length}>"))[number]
            assert got[b"BODY[]<%d>" % offset] == sent[offset:offset + length], (number, offset)


def test_rule_37_large_messages_join_from_chunks(appended):
    """Steps of 64 KiB (Thunderbird) and 393,216 (Apple Mail)."""
    number, sent = max(enumerate(MESSAGES.values(), 1), key=lambda item: len(item[1]))
    for step in (65536, 393216):
        joined = b""
        while True:
            got = fetched(appended.ok(f"FETCH {number} BODY.PEEK[]<{len(joined)}.{step}>"))[number]
            piece = next(iter(got.values()))
            joined += piece
            if len(piece) < step:
                break
        assert joined == sent


def test_every_part_has_the_size_its_structure_states(appended):
    parts = 0
    for number, sent in enumerate(MESSAGES.values(), 1):
        body = fetched(appended.ok(f"FETCH {number} BODY"))[number][b"BODY"]
        for section, size in leaf_sections(body):
            got = fetched(appended.ok(f"FETCH {number} (BODY.PEEK[{section}] BODY.PEEK[{section}]<0.7>)"))[number]
            whole = got[b"BODY[%s]" % section.encode()]
            assert len(whole) == size, (number, section)
            assert whole in sent, (number, section)
            assert got[b"BODY[%s]<0>" % section.encode()] == whole[:7]
            parts += 1
    assert parts > len(MESSAGES)


def test_rule_39_header_fields_keep_order_and_folding(appended):
    for number, sent in enumerate(MESSAGES.values(), 1):
        got = fetched(appended.ok(
            f"FETCH {number} (BODY.PEEK[HEADER] BODY.PEEK[HEADER.FIELDS (SUBJECT Received)]"
            f" BODY.PEEK[HEADER.FIELDS.NOT (SUBJECT Received)])"))[number]
        chosen = got[b"BODY[HEADER.FIELDS (SUBJECT Received)]"]
        others = got[b"BODY[HEADER.FIELDS.NOT (SUBJECT Received)]"]
        assert chosen.endswith(b"\r\n") and others.endswith(b"\r\n")
        assert all(line[:1] in b" \t" or re.match(rb"(?i)(subject|received)[ \t]*:", line)
                   for line in chosen[:-2].splitlines()), chosen
        assert not re.search(rb"(?im)^(subject|received):", others)
        assert len(chosen) + len(others) in (len(got[b"BODY[HEADER]"]), len(got[b"BODY[HEADER]"]) + 2,
                                             len(got[b"BODY[HEADER]"]) + 4)
