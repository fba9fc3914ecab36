"""A change of very many flags is told whole and once, while the gateway stays small."""

import re
import subprocess

import imap_raw
import pytest
from imap_sessions import append
from test_large_message import PeakOf

MESSAGES = 200_000
# Told in one piece the change takes twice that.
LIMIT = 12 << 20


def sql(posthorn, *statements):
    """In one transaction."""
    subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", posthorn.env["DATABASE_URL"],
                    "-c", "; ".join(statements)], check=True, capture_output=True, timeout=120)


def multiply(posthorn, of_account):
    """The only message of an account becomes many, as if it had been copied."""
    sql(posthorn,
        "INSERT INTO message (account_id, modseq, blob_id, internal_date, save_date, keywords, "
        "mailbox_id, uid, size, flags) SELECT account_id, modseq, blob_id, internal_date, "
        "save_date, keywords, mailbox_id, uid + g, size, flags FROM message, "
        f"generate_series(1, {MESSAGES - 1}) g WHERE {of_account}",
        "INSERT INTO blob_ref (account_id, blob_id, n) "
        f"SELECT account_id, blob_id, {MESSAGES} FROM blob WHERE {of_account}",
        # Without a log of it caches load the mailbox anew.
        "UPDATE mailbox SET highest_modseq = highest_modseq + 1, "
        f"log_floor_modseq = highest_modseq + 1, uidnext = {MESSAGES + 1}, "
        f"n_messages = {MESSAGES}, n_unseen = {MESSAGES}, size = size * {MESSAGES} "
        f"WHERE {of_account} AND n_messages > 0",
        f"UPDATE account SET used_messages = {MESSAGES}, used_bytes = used_bytes * {MESSAGES} "
        f"WHERE {of_account}")


def varint(number):
    octets = b""
    while number >= 0x80:
        octets += bytes([number & 0x7f | 0x80])
        number >>= 7
    return octets + bytes([number])


def flag_all(posthorn, of_account):
    """What STORE 1:* +FLAGS.SILENT (\\Flagged) comes to, but that nobody is told."""
    uids = (varint(1) + varint(MESSAGES - 1)).hex()
    mailbox = f"FROM mailbox WHERE {of_account} AND n_messages > 0"
    sql(posthorn,
        f"UPDATE message SET flags = flags | 4, modseq = (SELECT highest_modseq + 1 {mailbox}) "
        f"WHERE {of_account}",
        "INSERT INTO change_log (account_id, modseq, logged_at, mailbox_id, kind, uids) "
        "SELECT account_id, highest_modseq + 1, extract(epoch FROM now())::bigint, mailbox_id, 1, "
        f"'\\x{uids}' {mailbox}",
        f"UPDATE mailbox SET highest_modseq = highest_modseq + 1 WHERE {of_account} "
        "AND n_messages > 0")


class Reader:
    """Many responses, read faster than they are parsed elsewhere."""

    def __init__(self, connection):
        self.connection = connection
        self.numbers = []  # of FETCH responses
        self.others = []   # other lines

    def until(self, enough):
        while not enough():
            self.connection._fill()
            *lines, self.connection.buffer = self.connection.buffer.split(b"\r\n")
            for line in lines:
                fetch = re.match(rb"\* (\d+) FETCH \(", line)
                if fetch:
                    self.numbers.append(int(fetch[1]))
                else:
                    self.others.append(line)

    def has(self, end):
        return any(line.startswith(end) for line in self.others)


@pytest.fixture(scope="module")
def changed(posthorn):
    """A session that idles while all flags change and a message arrives, what it is told until it
    ends IDLE, how much the gateway grew, and UIDVALIDITY and HIGHESTMODSEQ before."""
    account = posthorn.account("many")
    of_account = ("account_id = (SELECT account_id FROM login WHERE address_key = "
                  f"'{account.address.lower()}')")
    other = imap_raw.Connection(posthorn.host, posthorn.port("IMAP")).login(account)
    append(other)
    multiply(posthorn, of_account)
    imap = imap_raw.Connection(posthorn.host, posthorn.port("IMAP")).login(account)
    codes = b" ".join(r[2] or b"" for r in imap.ok("SELECT INBOX") if r[1] == b"OK")
    before = [int(re.search(rb"\[%s (\d+)\]" % name, codes)[1])
              for name in (b"UIDVALIDITY", b"HIGHESTMODSEQ")]
    imap.idle()
    reader = Reader(imap)
    with PeakOf(posthorn.pid("IMAP_GATEWAY")) as peak:
        flag_all(posthorn, of_account)
        append(other)
        reader.until(lambda: len(reader.numbers) >= MESSAGES and reader.has(
            b"* %d EXISTS" % (MESSAGES + 1)))
        imap.send("DONE")
        reader.until(lambda: reader.has(b"T%d OK" % imap.number))
    yield account, imap, reader, peak.grown, before
    imap.close()
    other.close()


def test_all_is_told_once(changed):
    _, imap, reader, _, _ = changed
    assert reader.numbers == list(range(1, MESSAGES + 1))
    assert imap.ok("NOOP") == []


def test_the_gateway_stays_small(changed):
    assert changed[3] < LIMIT


def test_a_client_that_comes_back_is_told_once(posthorn, changed):
    account, _, _, _, (validity, modseq) = changed
    imap = imap_raw.Connection(posthorn.host, posthorn.port("IMAP")).login(account)
    imap.ok("ENABLE QRESYNC")
    reader = Reader(imap)
    with PeakOf(posthorn.pid("IMAP_GATEWAY")) as peak:
        imap.send(f"back SELECT INBOX (QRESYNC ({validity} {modseq}))")
        reader.until(lambda: reader.has(b"back "))
    assert reader.has(b"back OK")
    assert reader.numbers == list(range(1, MESSAGES + 2))
    assert not reader.has(b"* VANISHED")
    assert peak.grown < LIMIT
    assert imap.ok("NOOP") == []
    imap.close()
