"""Literals in every place that takes a string, and in those that take none: rule 50."""

import contextlib
import itertools
import re
import socket

import imap_raw
import pytest
from imap_sessions import append, literal, shown, tagged


def connect(posthorn, account=None, instance=1):
    imap = imap_raw.Connection(posthorn.host, posthorn.port("IMAP", instance))
    return imap.login(account) if account else imap


@pytest.fixture(scope="module")
def account(posthorn):
    """One account for all: a session of its own is enough for most of the tests."""
    return posthorn.account()


@pytest.fixture
def imap(posthorn, account):
    connection = connect(posthorn, account)
    connection.ok("SELECT INBOX")
    yield connection
    connection.close()


NUMBERS = itertools.count()
# Each <...> is a string, which is sent as a literal.
STRINGS = [
    "SELECT <INBOX>", "EXAMINE <INBOX>", "CREATE <made>", "DELETE <box>", "RENAME <box> <renamed>",
    "SUBSCRIBE <box>", "UNSUBSCRIBE <box>", "LIST <> <INBOX>", "LIST <> (<INBOX> <box>)",
    "LSUB <> <*>", "STATUS <INBOX> (MESSAGES)", "COPY * <box>", "UID MOVE * <box>",
    "SEARCH SUBJECT <letter>", "SEARCH HEADER <Subject> <letter>", "SEARCH CHARSET <UTF-8> TEXT <x>",
    "SEARCH OR FROM <a> (NOT TO <b>)", "UID SORT (SUBJECT) <UTF-8> BODY <Hello>",
    "UID THREAD REFERENCES <UTF-8> SUBJECT <letter>", "FETCH * BODY.PEEK[HEADER.FIELDS (<Subject> <To>)]",
    "APPEND <box> <Subject: x\r\n\r\n>", "GETQUOTAROOT <INBOX>", "MYRIGHTS <INBOX>",
    "SETACL <INBOX> <anyone> <>", "GETACL <INBOX>", "SETMETADATA <INBOX> (<\x2fprivate/a> <1>)",
    "GETMETADATA <INBOX> <\x2fprivate/a>", "ID (<name> <x>)", "NOTIFY SET (MAILBOXES <INBOX> NONE)",
    "ESEARCH IN (mailboxes <INBOX>) SUBJECT <letter>", "URLFETCH <imap://x/>"]


def pieces_of(command):
    """"A <b> c" as ["A ", "b", " c"]."""
    return [piece.encode() for part in command.split("<") for piece in part.split(">", 1)]


def quoted(piece):
    return b'"' + piece.replace(b"\r\n", b"") + b'"'


def in_steps(imap, pieces):
    """With synchronizing literals: none is sent before it is invited."""
    imap.send(b"s ")
    for at, piece in enumerate(pieces):
        if at % 2:
            imap.send(b"{%d}\r\n" % len(piece))
            answer = imap.response()
            if answer[0] == b"s":  # the command is refused without it
                return [answer]
            assert answer[0] == b"+"
        imap.send(piece)
    imap.send(b"\r\n")
    return imap.until(b"s")


def at_once(imap, pieces):
    """With non-synchronizing ones, that nothing invites."""
    imap.send(b"s " + b"".join(literal(piece) if at % 2 else piece
                               for at, piece in enumerate(pieces)) + b"\r\n")
    return imap.until(b"s")


def octet_by_octet(imap, pieces):
    imap.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for octet in b"s " + b"".join(literal(piece) if at % 2 else piece
                                  for at, piece in enumerate(pieces)) + b"\r\n":
        imap.send(bytes([octet]))
    return imap.until(b"s")


@pytest.fixture(params=[in_steps, at_once, octet_by_octet])
def send(request):
    return request.param


@pytest.mark.parametrize("command", STRINGS)
def test_rule_50_a_string_may_be_a_literal(posthorn, account, send, command):
    """It is answered as the same command with quoted strings is."""
    answers = []
    for with_literals in (True, False):
        imap = connect(posthorn, account)
        append(imap)
        number = next(NUMBERS)
        imap.ok(f"CREATE box{number}")
        imap.ok("SELECT INBOX")
        pieces = pieces_of(re.sub(r"\b(box|made|renamed)\b", rf"\g<1>{number}", command))
        if with_literals:
            answer = send(imap, pieces)
        elif command.startswith("APPEND"):
            answer = imap.command(b"APPEND INBOX " + literal(pieces[3]))
        else:
            answer = imap.command(b"".join(quoted(piece) if at % 2 else piece
                                           for at, piece in enumerate(pieces)))
        answers.append((answer[-1][1], [r[1] for r in answer[:-1] if not r[1].isdigit()]))
        imap.close()
    assert answers[0] == answers[1] and b"OK" in answers[0]


def test_rule_50_login_with_literals(posthorn, account, send):
    imap = connect(posthorn)
    assert send(imap, [b"LOGIN ", account.address.encode(), b" ", b"wrong", b""])[-1][1] == b"NO"
    assert send(imap, [b"LOGIN ", account.address.encode(), b" ", account.password.encode(),
                       b""])[-1][1] == b"OK"
    imap.close()


@pytest.mark.parametrize("command", ["LOGIN <> <>", "LOGIN <x> <>", "ID (<> <>)"])
def test_rule_50_empty_literals_before_login(posthorn, send, command):
    imap = connect(posthorn)
    assert send(imap, pieces_of(command))[-1][1] in (b"OK", b"NO", b"BAD")
    assert imap.ok("CAPABILITY")
    imap.close()


@pytest.mark.parametrize("command", [
    "SELECT <>", "CREATE <>", "DELETE <>", "RENAME <> <>", "SUBSCRIBE <>", "LIST <> <>", "STATUS <> (MESSAGES)",
    "SEARCH SUBJECT <>", "SEARCH HEADER <> <>", "SEARCH CHARSET <> ALL", "APPEND <> <x>",
    "APPEND INBOX <>", "COPY 1 <>", "FETCH 1 BODY.PEEK[HEADER.FIELDS (<>)]", "SETACL <> <> <>",
    "GETQUOTA <>", "SETMETADATA <> (<> <>)", "GETMETADATA <> <>", "URLFETCH <>"])
def test_rule_50_empty_literals(imap, send, command):
    append(imap)
    answer = send(imap, pieces_of(command))
    assert answer[-1][1] in (b"OK", b"NO", b"BAD")
    assert imap.ok("SELECT INBOX") and imap.ok("NOOP") == []


@pytest.mark.parametrize("command", [
    "FETCH <1> FLAGS", "FETCH 1 <FLAGS>", "STORE 1 <+FLAGS> (\\Seen)", "STORE 1 +FLAGS (<x>)",
    "STORE 1 +FLAGS <x>", "SEARCH <ALL>", "SEARCH KEYWORD <x>", "SEARCH BEFORE <1-Feb-2020>",
    "SEARCH LARGER <1>", "STATUS INBOX (<MESSAGES>)", "UID <FETCH> 1 FLAGS", "<NOOP>",
    "APPEND INBOX (<x>) <Subject: x\r\n\r\n>", "SORT (<SUBJECT>) UTF-8 ALL",
    "ENABLE <CONDSTORE>", "NOOP <x>", "SELECT INBOX <x>", "LIST (<SUBSCRIBED>) \"\" *"])
def test_rule_50_what_is_no_string_is_no_literal(imap, command):
    """BAD, and the octets are no commands whatever they are."""
    append(imap)
    before = imap.ok("UID SEARCH ALL")
    pieces = pieces_of(command)
    evil = [b"x\r\ny DELETE INBOX\r\nz LOGOUT\r\n" if at % 2 else piece
            for at, piece in enumerate(pieces)]
    for each in (pieces, evil):
        assert at_once(imap, each)[-1][1] == b"BAD", each
    assert imap.ok("NOOP") == []
    assert imap.ok("UID SEARCH ALL") == before


@pytest.mark.parametrize("head", ["{+5}", "{5 }", "{-1}", "{5++}", "{5+", "{}", "{+}", "{0x5}", "~{5",
                                  "{99999999999999999999999}", "{18446744073709551616+}", "{ 5}"])
def test_rule_50_heads_that_are_none(posthorn, account, head):
    """A line that ends in no literal's head ends its command; what follows is the next one."""
    imap = connect(posthorn, account)
    imap.send(f"a SELECT {head}\r\nb NOOP\r\n".encode())
    assert imap.response()[:2] in ([b"a", b"BAD"], [b"a", b"NO"], [b"*", b"BYE"])
    with contextlib.suppress(ConnectionError):
        assert imap.until(b"b")[-1][1] == b"OK"
    imap.close()


def test_rule_50_a_number_may_have_leading_zeros(imap):
    imap.send(b"a SELECT {0000000005+}\r\nINBOX\r\n")
    assert imap.until(b"a")[-1][1] == b"OK"


@pytest.mark.parametrize("before_login", [True, False])
@pytest.mark.parametrize("command", [b"SELECT ", b"SEARCH SUBJECT ", b"LOGIN x ", b"NOSUCH "])
def test_rule_50_one_that_is_too_large_is_drained_or_ends_the_session(posthorn, account, before_login,
                                                                      command):
    imap = connect(posthorn, None if before_login else account)
    evil = b"\r\ne CREATE evil\r\n" * 200_000
    with contextlib.suppress(ConnectionError, BrokenPipeError):
        imap.send(b"a " + command + literal(evil) + b"\r\nb NOOP\r\n")
        answers = [imap.response()]
        while answers[-1][0] != b"b" and answers[-1][1] != b"BYE":
            answers.append(imap.response())
        assert [r[0] for r in answers] in ([b"a", b"b"], [b"*"]), answers
        assert answers[0][1] in (b"NO", b"BAD", b"BYE")
    imap.close()
    other = connect(posthorn, account, 2)
    assert not [line for line in shown(other.ok('LIST "" *')) if "evil" in line]
    other.close()


@pytest.mark.parametrize("head", [b"{1000}", b"{1000+}"])
@pytest.mark.parametrize("command", [b"APPEND INBOX ", b"CREATE ", b"SEARCH SUBJECT ", b"LOGIN x "])
def test_rule_50_a_client_that_goes_in_the_middle_of_one_has_said_nothing(posthorn, account, imap,
                                                                          command, head):
    before = imap.ok("STATUS INBOX (MESSAGES UIDNEXT)"), imap.ok('LIST "" *')
    lost = connect(posthorn, None if command.startswith(b"LOGIN") else account, 2)
    lost.send(b"a " + command + head + b"\r\n")
    if b"+" not in head:
        assert lost.response()[0] == b"+"
    lost.send(b"Subject: x\r\n\r\n")
    lost.socket.shutdown(socket.SHUT_WR)
    with pytest.raises(ConnectionError):
        while True:
            assert lost.response()[1] != b"OK"
    lost.close()
    assert (imap.ok("STATUS INBOX (MESSAGES UIDNEXT)"), imap.ok('LIST "" *')) == before


def test_rule_50_literal_minus(posthorn, account):
    """RFC 7888 5: up to 4,096 octets without waiting, any number with."""
    with posthorn.running("IMAP_GATEWAY", "--literal_minus"):
        imap = connect(posthorn)
        words = imap.ok("CAPABILITY")[0]
        assert b"LITERAL-" in words and b"LITERAL+" not in words
        assert at_once(imap, [b"LOGIN x ", b"y" * 4097, b""])[-1][1:3] == [b"BAD", b"[TOOBIG]"]
        imap.login(account)
        imap.ok("CREATE minus")
        imap.ok("SELECT minus")
        evil = b"\r\nx DELETE INBOX\r\ny LOGOUT\r\n"
        for octets in (evil * 151, evil * 1000):
            for command in (b"SEARCH SUBJECT ", b"CREATE ", b"APPEND minus "):
                answer = at_once(imap, [command, octets, b""])
                assert answer[-1][1:3] == [b"BAD", b"[TOOBIG]"] and len(answer) == 1, command
        assert imap.ok("NOOP") == []
        message = b"Subject: x\r\n\r\n" + b"x" * 4080 + b"\r\n"
        assert len(message) == 4096
        assert at_once(imap, [b"APPEND minus ", message, b""])[-1][1] == b"OK"
        assert in_steps(imap, [b"APPEND minus ", message * 100, b""])[-1][1] == b"OK"
        assert tagged(imap, "NOOP")[0] == "OK"
        assert imap.ok("UID SEARCH ALL") == [[b"*", b"SEARCH", b"1", b"2"]]
        imap.close()


def test_rule_50_a_literal_that_does_not_come_ends_the_session(posthorn, account):
    """A second for the command here, and one for each 1,000 octets."""
    with posthorn.running("IMAP_GATEWAY", "--command_deadline_seconds=1"):
        quiet = connect(posthorn, account)  # waits between commands, which is not meant
        before = quiet.ok("STATUS INBOX (MESSAGES UIDNEXT)")
        slow = [connect(posthorn, account) for _ in range(5)]
        for imap, command in zip(slow, [b"SEARCH SUBJECT {3000+}\r\nx", b"APPEND INBOX {3000+}\r\nx",
                                        b"APPEND INBOX {3000}\r\n", b"SELECT {3000}\r\n",
                                        b"NOOP {3000+}\r\nx"]):
            imap.send(b"a " + command)
        for imap in slow:
            with pytest.raises(ConnectionError):
                while True:
                    response = imap.response()
                    assert response[0] == b"+" or response[:2] == [b"*", b"BYE"]
            imap.close()
        assert quiet.ok("STATUS INBOX (MESSAGES UIDNEXT)") == before
        quiet.close()
