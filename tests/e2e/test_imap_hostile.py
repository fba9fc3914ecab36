"""Clients that take more than they should: floods, slow readers, what is sent before login."""

import imap_raw
import pytest


def connect(posthorn, account=None, instance=1):
    imap = imap_raw.Connection(posthorn.host, posthorn.port("IMAP", instance))
    return imap.login(account) if account else imap


def resident_kib(posthorn, instance=1):
    with open(f"/proc/{posthorn.pid('IMAP_GATEWAY', instance)}/status", encoding="ascii") as status:
        return int(next(line for line in status if line.startswith("VmRSS:")).split()[1])


def test_a_reader_that_does_not_read_costs_no_memory(posthorn, account):
    imap = connect(posthorn, account)
    message = b"Subject: large\r\n\r\n" + b"0123456789abcdef" * (1 << 18) + b"\r\n"
    for _ in range(8):
        imap.ok(b"APPEND INBOX {%d+}\r\n%s" % (len(message), message))
    slow = [connect(posthorn, account) for _ in range(10)]
    before = resident_kib(posthorn)
    for session in slow:
        session.ok("EXAMINE INBOX")
        session.send(b"a FETCH 1:* BODY.PEEK[]\r\n" * 20)
    # Others are served meanwhile, and nothing piles up: 10 x 20 x 32 MiB were asked for.
    for _ in range(50):
        imap.ok("NOOP")
    assert resident_kib(posthorn) - before < 96 * 1024
    for session in slow:
        session.close()
    imap.ok("NOOP")


def test_idle_sessions_are_small_compressed_or_not(posthorn, account):
    warm = connect(posthorn, account)
    warm.compress()
    warm.ok("SELECT INBOX")
    before = resident_kib(posthorn)
    sessions = []
    for _ in range(90):
        session = connect(posthorn, account)
        session.compress()
        session.ok("SELECT INBOX")
        session.idle()
        sessions.append(session)
    # zlib's own states would take 300 KiB each.
    assert (resident_kib(posthorn) - before) / len(sessions) < 80
    for session in sessions:
        assert session.done()[-1][1] == b"OK"
        session.close()
    warm.close()


def test_one_account_cannot_take_all_sessions(posthorn, account):
    sessions = [connect(posthorn, account) for _ in range(100)]
    late = connect(posthorn)
    answer = late.command(f'LOGIN "{account.address}" "{account.password}"')[-1]
    assert answer[1:3] == [b"NO", b"[LIMIT]"]
    other = posthorn.account()
    late.login(other)
    for session in sessions:
        session.close()
    late.close()


def test_a_flood_of_commands_is_answered_in_order(posthorn, account):
    imap = connect(posthorn, account)
    imap.ok("SELECT INBOX")
    for begin in range(0, 3000, 100):
        imap.send(b"".join(b"n%d NOOP\r\n" % number for number in range(begin, begin + 100)))
    for number in range(3000):
        assert imap.response()[:2] == [b"n%d" % number, b"OK"]
    imap.close()


def test_many_bad_commands_end_the_session(posthorn, account):
    imap = connect(posthorn, account)
    imap.send(b"a XYZZY\r\n" * 60)
    with pytest.raises(ConnectionError):
        while imap.response()[1] != b"BYE":
            pass
        imap.response()


@pytest.mark.parametrize("command", [
    "APPEND INBOX {10}", "SELECT INBOX", "LIST \"\" \"*\"", "FETCH 1 (((((((((", "IDLE",
    "ENABLE UTF8=ACCEPT", "COMPRESS DEFLATE", "UNAUTHENTICATE", "UID FETCH 1 FLAGS",
    "COMPARATOR", "UIDBATCHES 500"])
def test_before_login_little_is_parsed(posthorn, command):
    imap = connect(posthorn)
    imap.send(f"a {command}\r\n".encode())
    answer = imap.response()
    if answer[0] == b"+":  # a literal is read before the command is looked at
        imap.send(b"0123456789\r\n")
        answer = imap.response()
    assert answer[:2] == [b"a", b"BAD"]
    imap.close()


def test_literals_before_login_are_small(posthorn):
    for sent in [b"a LOGIN {9000}\r\n", b"a ID {100000000000000000000}\r\n"]:
        imap = connect(posthorn)
        imap.send(sent)
        assert imap.response()[:3] == [b"a", b"NO", b"[TOOBIG]"]
        imap.close()
    imap = connect(posthorn)
    imap.send(b"a LOGIN {1000000+}\r\n")
    assert imap.response()[:3] == [b"*", b"BYE", b"[TOOBIG]"]
    imap.close()


@pytest.mark.parametrize("begun", ["IDLE", "AUTHENTICATE PLAIN"])
def test_lines_within_a_command_end_in_crlf_too(posthorn, account, begun):
    imap = connect(posthorn, account if begun == "IDLE" else None)
    imap.send(f"a {begun}\r\n".encode())
    assert imap.response()[0] == b"+"
    imap.send(b"DONE\nb NOOP\r\n" if begun == "IDLE" else b"*\nb NOOP\r\n")
    assert imap.response()[:3] == [b"*", b"BYE", b"[CLIENTBUG]"]
    with pytest.raises(ConnectionError):
        imap.response()


def test_nesting_is_bounded(posthorn, account):
    imap = connect(posthorn, account)
    imap.ok("SELECT INBOX")
    for command in ["SEARCH " + "(" * 10000 + "ALL" + ")" * 10000, "SEARCH " + "NOT " * 10000 + "ALL",
                    "FETCH 1 (BODY[" + "1." * 20000 + "1])", "STORE 1 FLAGS " + "(" * 10000]:
        assert imap.command(command)[-1][1] in (b"BAD", b"NO", b"OK"), command[:30]
    imap.ok("NOOP")
    imap.close()
