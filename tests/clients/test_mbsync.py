"""mbsync (isync): both ways, and nothing to do the second time."""

import re

from clients import maildir_messages, message, run


def configure(posthorn, account, folder, tls="None"):
    port = posthorn.port("IMAPS" if tls == "IMAPS" else "IMAP")
    host = "localhost" if tls == "IMAPS" else posthorn.host  # the certificate's name
    certificate = f"CertificateFile {posthorn.env['TLS_CERT']}" if tls != "None" else ""
    (folder / "mbsyncrc").write_text(f"""
IMAPAccount posthorn
Host {host}
Port {port}
User {account.address}
Pass {account.password}
SSLType {tls}
AuthMechs {'PLAIN' if tls != 'None' else 'LOGIN'}
{certificate}

IMAPStore far
Account posthorn

MaildirStore near
Path {folder}/mail/
Inbox {folder}/mail/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Both
Remove Both
Expunge Both
SyncState *
""")
    (folder / "mail").mkdir(exist_ok=True)


def sync(folder, *options):
    return run("mbsync", "-c", folder / "mbsyncrc", *options, "all").stdout.decode()


def transfers(output):
    """Commands of a run with -Dn (network debugging) that move a message or a flag."""
    commands = re.findall(r"^.*>>> \d+ (.*)$", output, re.M)
    assert any(command.startswith("SELECT") for command in commands), output
    return [command for command in commands
            if re.match(r"APPEND|UID STORE|UID COPY|UID MOVE|EXPUNGE|.*BODY", command)]


def test_pulls_pushes_and_then_rests(posthorn, account, tmp_path):
    configure(posthorn, account, tmp_path)
    for number in range(20):
        posthorn.deliver(account, message(number))
    sync(tmp_path)
    inbox = tmp_path / "mail/INBOX"
    assert len(maildir_messages(inbox)) == 20

    # Near side: a flag, a deletion, a new message. Far side: a flag.
    files = maildir_messages(inbox)
    seen = files[0].parent.parent / "cur" / (re.sub(r":2,.*|$", "", files[0].name, 1) + ":2,S")
    files[0].rename(seen)
    files[1].unlink()
    (inbox / "cur/new-here:2,F").write_bytes(message(100).replace(b"\r\n", b"\n"))
    client = posthorn.imap(account)
    client.select()
    client.store("5", "+FLAGS", r"(\Answered)")
    client.logout()
    sync(tmp_path)

    assert len(posthorn.messages(account)) == 20
    client = posthorn.imap(account)
    client.select(readonly=True)
    assert client.search(None, "SEEN")[1] == [b"1"]
    assert client.search(None, "FLAGGED")[1] == [b"20"]
    assert any(name.name.endswith(":2,R") for name in maildir_messages(inbox))
    client.logout()

    uids = [uid for uid, _ in posthorn.messages(account)]
    before = sorted(path.name for path in maildir_messages(inbox))
    assert transfers(sync(tmp_path, "-Dn")) == []
    assert [uid for uid, _ in posthorn.messages(account)] == uids
    assert sorted(path.name for path in maildir_messages(inbox)) == before


def test_makes_mailboxes_on_both_sides(posthorn, account, tmp_path):
    configure(posthorn, account, tmp_path)
    client = posthorn.imap(account)
    assert client.create("Work")[0] == "OK"
    assert client.append("Work", None, None, message(1))[0] == "OK"
    sync(tmp_path)
    assert len(maildir_messages(tmp_path / "mail/Work")) == 1
    for sub in ("cur", "new", "tmp"):
        (tmp_path / "mail/Home" / sub).mkdir(parents=True)
    (tmp_path / "mail/Home/cur/one:2,S").write_bytes(message(2).replace(b"\r\n", b"\n"))
    sync(tmp_path)
    assert len(posthorn.messages(account, "Home")) == 1
    client.logout()


def test_syncs_over_imaps(posthorn, account, tmp_path):
    configure(posthorn, account, tmp_path, "IMAPS")
    posthorn.deliver(account, message(1))
    sync(tmp_path)
    assert len(maildir_messages(tmp_path / "mail/INBOX")) == 1
