"""A message of 50 MB goes through while the gateways stay small."""

import hashlib
import os
import pathlib
import socket

import pytest

MB = 1 << 20
LIMIT = 16 * MB


def resident(pid):
    """Octets of memory that are the process's own, at this moment and at the highest."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    value = {line.split(":")[0]: line.split()[1] for line in status.splitlines() if "VmHWM" in line or "VmRSS" in line}
    return int(value["VmRSS"]) * 1024, int(value["VmHWM"]) * 1024


class PeakOf:
    """How much the highest resident memory of a process rose above where it began."""

    def __init__(self, pid):
        self.pid = pid

    def __enter__(self):
        # 5: the high-water mark begins anew at what is resident now (proc(5), clear_refs).
        pathlib.Path(f"/proc/{self.pid}/clear_refs").write_text("5")
        self.before = resident(self.pid)[0]
        return self

    def __exit__(self, *_):
        self.grown = resident(self.pid)[1] - self.before


def large_message():
    """No line begins with a dot: it has as many octets by POP3."""
    head = b"From: a@remote.example\r\nSubject: large\r\n\r\n"
    line = os.urandom(36).hex().encode() + b"\r\n"
    # Not compressible to nothing: lines of random octets, 4 MB of them over again.
    block = b"".join(os.urandom(36).hex().encode() + b"\r\n" for _ in range(4 * MB // len(line)))
    return head + (block * 13)[:50 * MB - len(head) - 2] + b"\r\n"


def check_body(stream, size, octets):
    """Reads `size` octets: trace fields and the message, which is never whole in memory here."""
    assert stream.read(size - len(octets)).startswith(b"Return-Path: <sender@remote.example>\r\n")
    digest, left = hashlib.sha256(), len(octets)
    while left > 0:
        piece = stream.read(min(MB, left))
        assert piece, "closed too early"
        digest.update(piece)
        left -= len(piece)
    assert digest.digest() == hashlib.sha256(octets).digest()


@pytest.fixture(scope="module")
def large(posthorn):
    """The account with the message, the message, and the growth it cost."""
    account = posthorn.account("large")
    octets = large_message()
    with PeakOf(posthorn.pid("SMTP_GATEWAY")) as peak:
        posthorn.deliver(account, octets)
    return account, octets, peak.grown


def test_smtp_gateway_stays_small(large):
    assert large[2] < LIMIT


def test_imap_gateway_stays_small(posthorn, large):
    account, octets, _ = large
    with PeakOf(posthorn.pid("IMAP_GATEWAY")) as peak:
        client = socket.create_connection((posthorn.host, posthorn.port("IMAP")), timeout=120)
        stream = client.makefile("rb")
        stream.readline()
        client.sendall(f'a LOGIN {account.address} {account.password}\r\nb SELECT INBOX\r\n'.encode())
        while not stream.readline().startswith(b"b OK"):
            pass
        client.sendall(b"c FETCH 1 BODY.PEEK[]\r\n")
        line = stream.readline()
        check_body(stream, int(line[line.index(b"{") + 1:line.index(b"}")]), octets)
        assert stream.readline() == b")\r\n"
        assert stream.readline().startswith(b"c OK")
        client.close()
    assert peak.grown < LIMIT


def test_imap_gateway_stays_small_on_append(posthorn, large):
    _, octets, _ = large
    account = posthorn.account("append")
    client = posthorn.imap(account, timeout=120)
    with PeakOf(posthorn.pid("IMAP_GATEWAY")) as peak:
        assert client.append("INBOX", None, None, octets)[0] == "OK"
    client.logout()
    assert peak.grown < LIMIT
    got = posthorn.messages(account)
    assert hashlib.sha256(got[0][1]).digest() == hashlib.sha256(octets).digest()


def test_pop3_gateway_stays_small(posthorn, large):
    account, octets, _ = large
    with PeakOf(posthorn.pid("POP3_GATEWAY")) as peak:
        client = socket.create_connection((posthorn.host, posthorn.port("POP3")), timeout=120)
        stream = client.makefile("rb")
        client.sendall(f"USER {account.address}\r\nPASS {account.password}\r\nRETR 1\r\n".encode())
        *_, answer = [stream.readline() for _ in ("greeting", "USER", "PASS", "RETR")]
        check_body(stream, int(answer.split()[1]), octets)
        assert stream.readline() == b".\r\n"
        client.close()
    assert peak.grown < LIMIT
