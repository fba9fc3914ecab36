"""Programs that fetch mail by POP3 and IMAP: fetchmail, getmail, mpop."""

import os

import pytest
from clients import maildir_messages, message, run


@pytest.fixture
def three(posthorn, account):
    for number in range(3):
        posthorn.deliver(account, message(number, ".leading dot\r\n..\r\n"))
    return account


def fetchmail(posthorn, account, folder, protocol, *options):
    port = posthorn.port("POP3" if protocol == "pop3" else "IMAP")
    rc = folder / "fetchmailrc"
    rc.write_text(f'poll {posthorn.host} service {port} protocol {protocol} auth password\n'
                  f'  user "{account.address}" password "{account.password}" sslproto ""\n'
                  f'  mda "cat >> {folder}/got"\n')
    rc.chmod(0o600)
    env = dict(os.environ, HOME=str(folder), FETCHMAILHOME=str(folder), FETCHMAIL_INCLUDE_DEFAULT_X509_CA_CERTS="1")
    return run("fetchmail", "--fetchmailrc", rc, "--nosyslog", "--pidfile", folder / "pid",
               *options, env=env, check=False)


@pytest.mark.parametrize("protocol", ["pop3", "imap"])
def test_fetchmail_takes_all_and_leaves_none(posthorn, three, tmp_path, protocol):
    result = fetchmail(posthorn, three, tmp_path, protocol)
    assert result.returncode == 0, result.stdout + result.stderr
    got = (tmp_path / "got").read_bytes()
    assert [got.count(b"Subject: message %d" % number) for number in range(3)] == [1, 1, 1]
    assert posthorn.messages(three) == []
    assert fetchmail(posthorn, three, tmp_path, protocol).returncode == 1, "1: there was no mail"


def test_fetchmail_keeps_and_skips_what_it_has_seen(posthorn, three, tmp_path):
    assert fetchmail(posthorn, three, tmp_path, "pop3", "--keep", "--uidl").returncode == 0
    size = (tmp_path / "got").stat().st_size
    assert fetchmail(posthorn, three, tmp_path, "pop3", "--keep", "--uidl").returncode == 1
    assert (tmp_path / "got").stat().st_size == size
    assert len(posthorn.messages(three)) == 3


def getmail(posthorn, account, folder, kind, port):
    for sub in ("cur", "new", "tmp"):
        (folder / "Maildir" / sub).mkdir(parents=True, exist_ok=True)
    # getmail's own delivery refuses to run as root, which a container of the tests is.
    deliver = folder / "deliver"
    deliver.write_text(f'#!/bin/sh\nexec cat >"$(mktemp {folder}/Maildir/new/XXXXXX)"\n')
    deliver.chmod(0o755)
    mailboxes = 'mailboxes = ("INBOX",)\n' if "IMAP" in kind else ""
    (folder / "getmailrc").write_text(
        f"[retriever]\ntype = {kind}\nserver = {posthorn.host}\nport = {port}\n"
        f"username = {account.address}\npassword = {account.password}\n{mailboxes}"
        f"[destination]\ntype = MDA_external\npath = {deliver}\nallow_root_commands = true\n"
        "[options]\nread_all = false\ndelete = false\n")
    env = dict(os.environ, HOME=str(folder))
    run("getmail", "--getmaildir", folder, env=env)


@pytest.mark.parametrize("kind, port", [("SimplePOP3Retriever", "POP3"),
                                        ("SimpleIMAPRetriever", "IMAP")])
def test_getmail_takes_each_message_once(posthorn, three, tmp_path, kind, port):
    for _ in range(2):
        getmail(posthorn, three, tmp_path, kind, posthorn.port(port))
        assert len(maildir_messages(tmp_path / "Maildir")) == 3
    bodies = sorted(path.read_bytes() for path in maildir_messages(tmp_path / "Maildir"))
    assert all(body.replace(b"\r\n", b"\n").endswith(b"\n\n.leading dot\n..\n") for body in bodies)


def test_mpop_pipelines(posthorn, three, tmp_path):
    for sub in ("cur", "new", "tmp"):
        (tmp_path / "Maildir" / sub).mkdir(parents=True)
    rc = tmp_path / "mpoprc"
    rc.write_text(f"defaults\ntls off\nauth user\npipelining on\nkeep on\n"
                  f"uidls_file {tmp_path}/uidls\naccount a\nhost {posthorn.host}\n"
                  f"port {posthorn.port('POP3')}\nuser {three.address}\npassword {three.password}\n"
                  f"delivery maildir {tmp_path}/Maildir\n")
    rc.chmod(0o600)
    for _ in range(2):
        run("mpop", "--file", rc, "a")
        assert len(maildir_messages(tmp_path / "Maildir")) == 3
