"""curl as a mail client."""

from clients import message, run


def test_sends_by_smtp(posthorn, account, tmp_path):
    (tmp_path / "mail").write_bytes(message(1))
    run("curl", "--silent", "--show-error", f"smtp://{posthorn.host}:{posthorn.port('SMTP')}",
        "--mail-from", "sender@remote.example", "--mail-rcpt", account.address,
        "--upload-file", tmp_path / "mail")
    assert b"Subject: message 1\r\n" in posthorn.messages(account)[0][1]


def test_submits_by_smtps(posthorn, account, tmp_path):
    (tmp_path / "mail").write_bytes(message(2))
    run("curl", "--silent", "--show-error", "--insecure", "--user",
        f"{account.address}:{account.password}",
        f"smtps://{posthorn.host}:{posthorn.port('SUBMISSIONS')}", "--mail-from", account.address,
        "--mail-rcpt", account.address, "--upload-file", tmp_path / "mail")
    assert b"Subject: message 2\r\n" in posthorn.messages(account)[0][1]


def curl(posthorn, account, scheme, port, path="", *options):
    return run("curl", "--silent", "--show-error", "--insecure", "--user",
               f"{account.address}:{account.password}",
               f"{scheme}://{posthorn.host}:{posthorn.port(port)}/{path}", *options).stdout


def test_reads_by_pop3_and_pop3s(posthorn, account):
    posthorn.deliver(account, message(3))
    for scheme, port in (("pop3", "POP3"), ("pop3s", "POP3S")):
        assert curl(posthorn, account, scheme, port).split() [0] == b"1"
        assert b"Subject: message 3\r\n" in curl(posthorn, account, scheme, port, "1")


def test_reads_by_imap_and_imaps(posthorn, account):
    posthorn.deliver(account, message(4))
    for scheme, port in (("imap", "IMAP"), ("imaps", "IMAPS")):
        assert b"INBOX" in curl(posthorn, account, scheme, port)
        assert b"Subject: message 4\r\n" in curl(posthorn, account, scheme, port,
                                                 "INBOX;MAILINDEX=1")
        assert curl(posthorn, account, scheme, port, "INBOX?SUBJECT%20message").strip() \
            == b"* SEARCH 1"


def test_uploads_by_imap(posthorn, account, tmp_path):
    (tmp_path / "mail").write_bytes(message(5))
    curl(posthorn, account, "imaps", "IMAPS", "INBOX", "--upload-file", str(tmp_path / "mail"))
    assert posthorn.messages(account)[0][1] == message(5)
