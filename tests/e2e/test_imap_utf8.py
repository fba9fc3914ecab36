"""UTF8=ACCEPT (RFC 6855, RFC 9755): one mailbox under its two spellings, across sessions."""

import imap_raw
from imap_sessions import tagged


def connect(posthorn, account, instance=1, enable=None):
    imap = imap_raw.Connection(posthorn.host, posthorn.port("IMAP", instance)).login(account)
    if enable:
        assert imap.ok(f"ENABLE {enable}") == [[b"*", b"ENABLED", enable.encode()]]
    return imap


def names(responses):
    return {r[-1] for r in responses if r[1] in (b"LIST", b"LSUB", b"STATUS")}


def test_enable_answers_what_was_newly_switched_on(posthorn, account):
    imap = connect(posthorn, account)
    assert b"UTF8=ACCEPT" in imap.ok("CAPABILITY")[0]
    assert imap.ok("ENABLE XYZZY utf8=accept") == [[b"*", b"ENABLED", b"UTF8=ACCEPT"]]
    imap.close()


def test_capability_is_shown_after_login_only(posthorn):
    imap = imap_raw.Connection(posthorn.host, posthorn.port("IMAP"))
    assert b"UTF8=ACCEPT" not in imap.ok("CAPABILITY")[0]
    assert tagged(imap, "ENABLE UTF8=ACCEPT")[0] == "BAD"
    imap.close()


def test_rule_55_a_name_is_one_mailbox_under_both_spellings(posthorn, account):
    old = connect(posthorn, account)
    new = connect(posthorn, account, 2, "UTF8=ACCEPT")
    pairs = {"Entwürfe": "Entw&APw-rfe", "R&D": "R&-D", "日本": "&ZeVnLA-", "\U0001F4E8": "&2D3c6A-"}
    for number, (utf8, seven_bit) in enumerate(pairs.items()):
        creator, name = (new, utf8) if number % 2 else (old, seven_bit)
        creator.ok(f'CREATE "{name}"')
    assert {utf8.encode() for utf8 in pairs} <= names(new.ok('LIST "" "*"'))
    assert {seven_bit.encode() for seven_bit in pairs.values()} <= names(old.ok('LIST "" "*"'))
    for utf8, seven_bit in pairs.items():
        assert new.ok(f'STATUS "{utf8}" (MESSAGES)')[0][2] == utf8.encode()
        assert old.ok(f'STATUS "{seven_bit}" (MESSAGES)')[0][2] == seven_bit.encode()
        new.ok(f'SUBSCRIBE "{utf8}"')
        assert seven_bit.encode() in names(old.ok('LSUB "" "*"'))
        new.ok(b"SELECT {%d+}\r\n%s" % (len(utf8.encode()), utf8.encode()))
        old.ok(f'SELECT "{seven_bit}"')
    assert names(new.ok('LIST "" "Entw%"')) == {"Entwürfe".encode()}
    assert names(new.ok('LIST "" "%ürfe"')) == {"Entwürfe".encode()}
    new.ok('RENAME "Entwürfe" "Älteres/Entwürfe"')
    assert b"&AMQ-lteres/Entw&APw-rfe" in names(old.ok('LIST "" "*"'))
    new.ok('DELETE "日本"')
    assert tagged(old, 'STATUS "&ZeVnLA-" (MESSAGES)') == ("NO", "[NONEXISTENT]")


def test_rule_55_utf8_names_are_checked_and_normalized(posthorn, account):
    imap = connect(posthorn, account, enable="UTF8=ACCEPT")
    # RFC 9755 3: modified UTF-7 has no meaning any more.
    imap.ok('CREATE "&AOk-"')
    assert b"&AOk-" in names(imap.ok('LIST "" "*"'))
    imap.ok('CREATE "cafe\u0301"')
    assert "café".encode() in names(imap.ok('LIST "" "*"'))
    assert tagged(imap, 'CREATE "café"') == ("NO", "[ALREADYEXISTS]")
    for name in [b"\xff", b"a\xc3", b"\xc0\xaf", b"\xed\xa0\x80", b"line\xe2\x80\xa8", b"c1\xc2\x85"]:
        assert tagged(imap, b'CREATE "%s"' % name) == ("NO", "[CANNOT]")
        assert tagged(imap, b'SELECT "%s"' % name)[0] == "NO"
    old = connect(posthorn, account, 2)
    assert tagged(old, 'CREATE "café"') == ("NO", "[CANNOT]")
    assert b"&-AOk-" in names(old.ok('LIST "" "*"'))


def test_rule_49_no_utf8_in_quoted_strings_unless_enabled(posthorn, account):
    message = ("From: Jürgen <jürgen@example.net>\r\nSubject: Grüße\r\n"
               "Content-Type: text/plain; name=\"ü.txt\"\r\n\r\nText\r\n").encode()
    old = connect(posthorn, account)
    old.ok(b"APPEND INBOX {%d+}\r\n%s" % (len(message), message))
    old.ok('CREATE "&APw-"')
    old.send(b'a SELECT INBOX\r\nb FETCH 1 (ENVELOPE BODYSTRUCTURE BODY[HEADER])\r\n'
             b'c LIST "" "*"\r\n')
    octets = b""
    while b"\r\nc OK" not in octets:
        octets += old.socket.recv(1 << 16)
    # Outside of literals everything is 7-bit.
    while b"}\r\n" in octets:
        head, _, rest = octets.partition(b"}\r\n")
        head, _, size = head.rpartition(b"{")
        assert max(head) < 128
        octets = rest[int(size):]
    assert max(octets) < 128


def test_search_charset_is_refused_once_enabled(posthorn, account):
    imap = connect(posthorn, account)
    message = "Subject: Grüße\r\n\r\nText\r\n".encode()
    imap.ok(b"APPEND INBOX {%d+}\r\n%s" % (len(message), message))
    imap.ok("SELECT INBOX")
    assert imap.ok('SEARCH CHARSET UTF-8 SUBJECT "grüße"')[0][2:] == [b"1"]
    imap.ok("ENABLE UTF8=ACCEPT")
    assert tagged(imap, "SEARCH CHARSET UTF-8 ALL")[0] == "BAD"
    assert tagged(imap, "UID SEARCH CHARSET US-ASCII ALL")[0] == "BAD"
    assert imap.ok('SEARCH SUBJECT "grüße"')[0][2:] == [b"1"]
