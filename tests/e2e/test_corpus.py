"""Real messages, many of them malformed: what comes out is what went in, by every way."""

import email
import email.policy
import re

import pytest

from imap_raw import Connection, fetched
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


def test_rule_42_smtp_in_pop3_out(posthorn, delivered):
    client = posthorn.pop3(delivered)
    sizes = [int(line.split()[1]) for line in client.list()[1]]
    assert len(sizes) == len(MESSAGES)
    for number, (name, sent) in enumerate(MESSAGES.items(), 1):
        octets = b"\r\n".join(client.retr(number)[1]) + b"\r\n"
        assert without_trace(octets) == sent, name
        assert len(octets) == sizes[number - 1], name
    client.quit()


def test_rule_42_append_in_pop3_out(posthorn):
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


def is_nstring(value):
    return value is None or (isinstance(value, bytes))


def is_number(value):
    return isinstance(value, bytes) and value.isdigit()


def check_addresses(addresses):
    """RFC 9051 7.5.2: NIL or a list of at least one (name adl mailbox host)."""
    if addresses is None:
        return
    assert isinstance(addresses, list) and addresses
    for address in addresses:
        assert isinstance(address, list) and len(address) == 4 and all(map(is_nstring, address))


def check_envelope(envelope):
    assert isinstance(envelope, list) and len(envelope) == 10, envelope
    for index in (0, 1, 8, 9):
        assert is_nstring(envelope[index]), envelope
    for index in range(2, 8):
        check_addresses(envelope[index])


def check_parameters(value):
    assert value is None or (isinstance(value, list) and value and len(value) % 2 == 0
                             and all(isinstance(item, bytes) for item in value)), value


def check_extensions(rest):
    """Disposition, language, location: behind MD5 or the parameters of a multipart."""
    disposition, language, location = rest
    if disposition is not None:
        assert len(disposition) == 2 and isinstance(disposition[0], bytes)
        check_parameters(disposition[1])
    assert is_nstring(language) or all(isinstance(tag, bytes) for tag in language)
    assert is_nstring(location)


def check_structure(body, extended, depth=0):
    """RFC 9051 9, body and body-fld rules; gives the number of parts."""
    assert isinstance(body, list) and body and depth <= 200
    if isinstance(body[0], list):  # multipart
        children = [item for item in body if isinstance(item, list)]
        count = 0
        while isinstance(body[count], list):
            count += 1
        assert isinstance(body[count], bytes), "subtype"
        rest = body[count + 1:]
        if extended:
            assert len(rest) == 4, rest
            check_parameters(rest[0])
            check_extensions(rest[1:])
        else:
            assert rest == []
        return sum(check_structure(child, extended, depth + 1) for child in children[:count])
    kind, subtype, parameters, identity, description, encoding, size = body[:7]
    assert isinstance(kind, bytes) and isinstance(subtype, bytes) and isinstance(encoding, bytes)
    check_parameters(parameters)
    assert is_nstring(identity) and is_nstring(description) and is_number(size)
    rest = body[7:]
    if kind.upper() == b"MESSAGE" and subtype.upper() in (b"RFC822", b"GLOBAL"):
        check_envelope(rest[0])
        check_structure(rest[1], extended, depth + 1)
        assert is_number(rest[2])
        rest = rest[3:]
    elif kind.upper() == b"TEXT":
        assert is_number(rest[0])
        rest = rest[1:]
    if extended:
        assert len(rest) == 4 and is_nstring(rest[0]), rest
        check_extensions(rest[1:])
    else:
        assert rest == []
    return 1


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


def leaf_sections(body, prefix=""):
    """Section numbers of the parts (RFC 9051 6.4.5.1) with the size that the structure states."""
    if isinstance(body[0], list):
        index = 1
        for child in body:
            if not isinstance(child, list):
                break
            yield from leaf_sections(child, f"{prefix}{index}.")
            index += 1
    else:
        section = prefix or "1."
        yield section[:-1], int(body[6])


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
