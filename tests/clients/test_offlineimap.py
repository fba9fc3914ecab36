"""OfflineIMAP: both ways between a Maildir and the server, with its status in SQLite."""

import pytest
from clients import maildir_messages, message, run

from posthorn import wait_until


@pytest.fixture
def offlineimap(posthorn, account, tmp_path):
    rc = tmp_path / "offlineimaprc"
    rc.write_text(f"""
[general]
accounts = posthorn
metadata = {tmp_path}/metadata
ui = basic
socktimeout = 60

[Account posthorn]
localrepository = near
remoterepository = far

[Repository near]
type = Maildir
localfolders = {tmp_path}/mail
sync_deletes = yes

[Repository far]
type = IMAP
remotehost = {posthorn.host}
remoteport = {posthorn.port("IMAP")}
remoteuser = {account.address}
remotepass = {account.password}
ssl = no
starttls = no
auth_mechanisms = PLAIN
""")

    def sync():
        return run("offlineimap", "-c", rc, "-o", "-1").stdout.decode()
    sync.mail = tmp_path / "mail"
    return sync


def test_goes_both_ways(posthorn, account, offlineimap):
    for number in range(10):
        posthorn.deliver(account, message(number))
    client = posthorn.imap(account)
    assert client.create("Work/2026")[0] == "OK"
    assert client.append("Work/2026", r"(\Flagged)", None, message(50))[0] == "OK"
    offlineimap()
    inbox = offlineimap.mail / "INBOX"
    assert len(maildir_messages(inbox)) == 10
    work = maildir_messages(offlineimap.mail / "Work.2026")
    assert len(work) == 1 and work[0].name.endswith(":2,F")

    files = maildir_messages(inbox)
    seen = next(path for path in files if b"Subject: message 3" in path.read_bytes())
    seen.rename(inbox / "cur" / (seen.name.partition(":")[0] + ":2,S"))
    files.remove(seen)
    next(path for path in files if b"Subject: message 4" in path.read_bytes()).unlink()
    (inbox / "cur/1700000000.new.here:2,F").write_bytes(message(100).replace(b"\r\n", b"\n"))
    offlineimap()
    client.select(readonly=True)
    assert client.search(None, "SEEN")[1] == [b"4"]
    assert client.search(None, "ALL")[1] == [b"1 2 3 4 5 6 7 8 9 10"]
    assert client.search(None, "FLAGGED SUBJECT", '"message 100"')[1] == [b"10"]
    assert client.search(None, "SUBJECT", '"message 4"')[1] == [b""]

    # RFC 4315: APPENDUID names the new message, so it is not fetched as another one.
    before = sorted(path.name for path in maildir_messages(inbox))
    offlineimap()
    assert sorted(path.name for path in maildir_messages(inbox)) == before and len(before) == 10
    wait_until(lambda: len(posthorn.messages(account)) == 10, "nothing doubled")
    client.logout()
