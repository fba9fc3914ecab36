"""What ENVELOPE, BODY and BODYSTRUCTURE may look like, by the grammar of RFC 9051 9."""


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


def check_structure(body, extended, depth=0, messages=(b"RFC822",)):
    """RFC 9051 9, body and body-fld rules; gives the number of parts. `messages`: subtypes of message
    that have an envelope; GLOBAL is one for IMAP4rev2."""
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
        return sum(check_structure(child, extended, depth + 1, messages)
                   for child in children[:count])
    kind, subtype, parameters, identity, description, encoding, size = body[:7]
    assert isinstance(kind, bytes) and isinstance(subtype, bytes) and isinstance(encoding, bytes)
    check_parameters(parameters)
    assert is_nstring(identity) and is_nstring(description) and is_number(size)
    rest = body[7:]
    if kind.upper() == b"MESSAGE" and subtype.upper() in messages:
        check_envelope(rest[0])
        check_structure(rest[1], extended, depth + 1, messages)
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
