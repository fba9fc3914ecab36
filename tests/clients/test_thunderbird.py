"""Thunderbird, headless: its own code for IMAP and for submission, its folders and its windows."""

import contextlib
import email
import email.policy
import re
import tempfile

import imap_raw
import pytest
from clients import message
from thunderbird import Thunderbird

from posthorn import wait_until

DEFAULT = ["message 0", "message 1", "message 2"]
FOLDERS = {"INBOX", "Archive", "Drafts", "Junk", "Sent", "Trash"}


@pytest.fixture(scope="module")
def program():
    with tempfile.TemporaryDirectory(prefix="posthorn-thunderbird-") as profile:
        running = Thunderbird(profile)
        try:
            yield running
        finally:
            running.close()


@contextlib.contextmanager
def set_up(program, posthorn, account, **options):
    """With the account of a user who has three messages, open at the inbox."""
    for number in range(3):
        posthorn.deliver(account, message(number, f"This is body {number}.\r\n"))
    program.add_account(posthorn, account, **options)
    try:
        program.open("INBOX")
        program.wait_for_subjects("INBOX", DEFAULT)
        program.wait_for_folders("those of a new account", lambda found: set(found) == FOLDERS)
        yield program
    finally:
        program.remove_account()


@pytest.fixture
def mail(program, posthorn, account):
    with set_up(program, posthorn, account):
        yield program


@pytest.fixture
def client(posthorn, account):
    """Another client of the same user."""
    client = posthorn.imap(account)
    yield client
    client.logout()


def parsed(posthorn, account, mailbox="INBOX"):
    return [email.message_from_bytes(octets, policy=email.policy.default)
            for _, octets in posthorn.messages(account, mailbox)]


def subjects(posthorn, account, mailbox):
    return sorted(m["Subject"] for m in parsed(posthorn, account, mailbox))


def subscribed(client):
    return b"\n".join(client.lsub()[1])


def wait_for_flags(client, found):
    """Until another client finds these numbers, and no more, for each keyword of SEARCH."""
    for key, numbers in found.items():
        wait_until(lambda: client.noop() and client.search(None, key)[1] == [numbers],
                   f"{key} finds {numbers}")


def test_lists_folders_and_subscribes(mail, client):
    uses = mail.run("return ['Archive', 'Drafts', 'Junk', 'SentMail', 'Trash'].map(flag => "
                    "folders().filter(each => each.getFlag(Ci.nsMsgFolderFlags[flag]))"
                    ".map(each => each.onlineName))")
    assert uses == [["Archive"], ["Drafts"], ["Junk"], ["Sent"], ["Trash"]]
    client.create("Work/2026/Mai")
    offered = mail.run("return await offeredFolders()")
    assert [name for name in offered if name.startswith("Work")] == [
        "Work", "Work/2026", "Work/2026/Mai"]
    mail.subscribe("Work/2026/Mai")
    assert b"Work/2026/Mai" in subscribed(client)
    mail.subscribe("Work/2026/Mai", False)
    assert b"Work" not in subscribed(client)


def test_makes_renames_and_removes_folders(mail, client):
    name = "Entwürfe & mehr"
    mail.run("imapServer().rootFolder.createSubfolder(arguments[0], mainWindow.msgWindow)", name)
    mail.wait_for_folders("it is made", lambda found: name in found)
    mail.run("folder(arguments[0]).createSubfolder('Sub', mainWindow.msgWindow)", name)
    mail.wait_for_folders("a folder in it", lambda found: f"{name}/Sub" in found)
    assert b"Entw&APw-rfe &- mehr/Sub" in subscribed(client)
    mail.run("folder(arguments[0]).rename('Größe', mainWindow.msgWindow)", name)
    mail.wait_for_folders("the new name", lambda found: "Größe/Sub" in found)
    assert not [each for each in mail.folders() if each.startswith(name)]
    wait_until(lambda: b"Gr&APYA3w-e/Sub" in subscribed(client), "it is subscribed to")
    assert b"Entw" not in b"\n".join(client.list()[1])
    mail.run("folder('Größe/Sub').deleteSelf(null)")
    mail.wait_for_folders("it is in Trash", lambda found: "Trash/Sub" in found)
    wait_until(lambda: b"Trash/Sub" in b"\n".join(client.list()[1]), "the server has it there")


def test_reads_headers_and_bodies(posthorn, account, mail):
    large = message(3, "A line that is repeated.\r\n" * 12000).replace(
        b"Subject: message 3", "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=".encode())
    posthorn.deliver(account, large)
    mail.open("INBOX")
    mail.wait_for_subjects("INBOX", ["Grüße", *DEFAULT])
    at_server = posthorn.messages(account)
    headers = mail.run("return messages('INBOX').map(each => [each.messageKey, each.messageSize, "
                       "each.mime2DecodedAuthor, each.messageId, each.isRead])")
    assert sorted(headers) == [
        [uid, len(octets), "Sender <sender@remote.example>", f"m{number}@remote.example", False]
        for number, (uid, octets) in enumerate(at_server)]
    for subject, (_, octets) in zip([*DEFAULT, "Grüße"], at_server):
        source = mail.run("return await source(message('INBOX', arguments[0]))", subject)
        assert source.encode("latin-1") == octets
    # A large one is fetched in parts.
    assert len([sent for sent in mail.sent() if re.search(r"BODY.PEEK\[\]<\d+\.\d+>", sent)]) > 3


def test_shows_a_message_and_marks_it_read(posthorn, account, mail, client):
    client.select(readonly=True)
    mail.run("pane().displayFolder(folder('INBOX').URI)")
    mail.wait("return pane().gDBView?.rowCount == 3", "the list of messages")
    mail.run("pane().threadTree.selectedIndex = "
             "pane().gDBView.findIndexOfMsgHdr(message('INBOX', 'message 1'), true)")
    mail.wait("return shownText()?.includes('This is body 1.')", "the message is shown")
    wait_for_flags(client, {"SEEN": b"2"})
    mail.run("mainWindow.goDoCommand('cmd_markAsUnread')")
    wait_for_flags(client, {"SEEN": b""})


def test_flags_go_both_ways(mail, client):
    client.select()
    mail.run("folder('INBOX').markMessagesRead([message('INBOX', 'message 0'),"
             " message('INBOX', 'message 2')], true)")
    mail.run("folder('INBOX').markMessagesFlagged([message('INBOX', 'message 1')], true)")
    mail.run("folder('INBOX').addKeywordsToMessages([message('INBOX', 'message 2')], '$label1')")
    wait_for_flags(client, {"SEEN": b"1 3", "FLAGGED": b"2", "KEYWORD $label1": b"3"})
    mail.run("folder('INBOX').markMessagesRead([message('INBOX', 'message 2')], false)")
    mail.run("folder('INBOX').markMessagesFlagged([message('INBOX', 'message 1')], false)")
    wait_for_flags(client, {"SEEN": b"1", "FLAGGED": b""})
    client.store("2", "+FLAGS", r"(\Seen \Flagged \Answered Work)")
    client.store("1", "-FLAGS", r"(\Seen)")
    mail.open("INBOX")
    mail.wait("const [other, changed] = ['message 0', 'message 1'].map(each => "
              "message('INBOX', each));"
              "return changed.isRead && changed.isFlagged && !other.isRead"
              " && changed.flags & Ci.nsMsgMessageFlags.Replied"
              " && changed.getStringProperty('keywords').split(' ').includes('work')",
              "Thunderbird sees the flags of another client")


def test_copies_and_moves(posthorn, account, mail):
    mail.run("await copyMessages(['message 0', 'message 2'], 'Archive')")
    mail.run("await moveMessages(['message 1'], 'Archive')")
    mail.wait_for_subjects("INBOX", ["message 0", "message 2"])
    assert subjects(posthorn, account, "INBOX") == ["message 0", "message 2"]
    assert subjects(posthorn, account, "Archive") == DEFAULT
    mail.open("Archive")
    mail.wait_for_subjects("Archive", DEFAULT)
    assert 'UID COPY 1,3 "ARCHIVE"' in mail.sent() and 'UID MOVE 2 "ARCHIVE"' in mail.sent()


def test_deletes_to_trash_and_empties_it(posthorn, account, mail):
    mail.run("await deleteMessages(['message 0', 'message 1'])")
    mail.wait_for_subjects("INBOX", ["message 2"])
    assert subjects(posthorn, account, "INBOX") == ["message 2"]
    assert subjects(posthorn, account, "Trash") == ["message 0", "message 1"]
    mail.open("Trash")
    mail.wait_for_subjects("Trash", ["message 0", "message 1"])
    mail.run("await finished(listener => folder('Trash').emptyTrash(listener))")
    wait_until(lambda: posthorn.messages(account, "Trash") == [], "nothing is in Trash")


def test_marks_as_deleted_and_compacts(posthorn, account, mail, client):
    client.select(readonly=True)
    mail.run("imapServer().deleteModel = Ci.nsMsgImapDeleteModels.IMAPDelete")
    mail.run("await deleteMessages(['message 0', 'message 2'])")
    wait_for_flags(client, {"DELETED": b"1 3"})
    assert mail.subjects("INBOX") == DEFAULT  # crossed out
    mail.run("await finished(listener => folder('INBOX').compact(listener, mainWindow.msgWindow))")
    mail.wait_for_subjects("INBOX", ["message 1"])
    assert subjects(posthorn, account, "INBOX") == ["message 1"]


def test_searches_at_the_server(posthorn, account, mail, client):
    posthorn.deliver(account, message(3, "Eine größere Nadel.\r\n").replace(
        b"Subject: message 3", b"Content-Type: text/plain; charset=utf-8\r\n"
        + "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=".encode()))
    client.select()
    client.store("2", "+FLAGS", r"(\Seen)")
    mail.open("INBOX")
    mail.wait_for_subjects("INBOX", ["Grüße", *DEFAULT])

    def search(*what):
        return mail.run("return await search('INBOX', ...arguments)", *what)

    assert search("Subject", "Contains", "SAGE 1") == ["message 1"]
    assert search("Subject", "Contains", "grüße") == ["Grüße"]
    assert search("Body", "Contains", "body 2") == ["message 2"]
    assert search("Body", "Contains", "größere") == ["Grüße"]
    assert search("Body", "DoesntContain", "this is") == ["Grüße"]
    assert search("Sender", "Contains", "nobody") == []
    assert search("MsgStatus", "Is", "Read") == ["message 1"]
    assert len([sent for sent in mail.sent() if sent.startswith("UID SEARCH")]) == 7


def test_is_told_of_changes_while_idle(posthorn, account, mail, client):
    def told_of(change, shown):
        wait_until(mail.idles, "IDLE runs")
        start = len(mail.traffic())
        change()
        shown()
        return mail.pushed(start)

    told = told_of(lambda: posthorn.deliver(account, message(3)),
                   lambda: mail.wait_for_subjects("INBOX", [*DEFAULT, "message 3"]))
    assert "* 4 EXISTS" in told
    client.select()
    told = told_of(lambda: client.store("1", "+FLAGS", r"(\Seen)"),
                   lambda: mail.wait("return message('INBOX', 'message 0').isRead", "it is read"))
    assert [line for line in told if line.startswith("* 1 FETCH (")]
    told = told_of(lambda: client.uid("MOVE", "2", "Trash"), lambda: mail.wait_for_subjects(
        "INBOX", ["message 0", "message 2", "message 3"]))
    assert "* 2 EXPUNGE" in told


def test_asks_for_what_changed_while_it_was_away(mail, client):
    """CONDSTORE, which it uses where its settings say so."""
    client.select()
    mail.run("imapServer().useCondStore = true")
    mail.disconnect()
    mail.open("INBOX")
    mail.disconnect()
    client.store("2", "+FLAGS", r"(\Seen)")
    mail.open("INBOX")
    mail.wait("return message('INBOX', 'message 1').isRead", "it is read")
    asked = [sent for sent in mail.sent() if sent.startswith("UID FETCH 1:*")]
    assert re.fullmatch(r"UID FETCH 1:\* \(FLAGS\) \(CHANGEDSINCE \d+\)", asked[-1])
    mail.disconnect()
    client.store("1", "+FLAGS", r"(\Deleted)")
    client.expunge()
    mail.open("INBOX")
    mail.wait_for_subjects("INBOX", ["message 1", "message 2"])


def test_plays_back_flags_that_were_set_offline(mail, client):
    client.select(readonly=True)
    mail.run("Services.io.offline = true")
    try:
        mail.run("folder('INBOX').markMessagesRead([message('INBOX', 'message 0')], true)")
        mail.run("folder('INBOX').markMessagesFlagged([message('INBOX', 'message 1')], true)")
        assert client.search(None, "OR", "SEEN", "FLAGGED")[1] == [b""]
    finally:
        mail.run("Services.io.offline = false")
    mail.run("await finished(listener => MailServices.imap.playbackAllOfflineOperations("
             "mainWindow.msgWindow, listener))")
    wait_for_flags(client, {"SEEN": b"1", "FLAGGED": b"2"})


def test_sends_by_submission(posthorn, account, mail, tmp_path):
    attachment = tmp_path / "numbers.bin"
    attachment.write_bytes(bytes(range(256)) * 100)
    body = "Eine größere Zeile.\n.\n..\nThe end."
    mail.run("await send(await openComposer(arguments[0]))",
             {"to": account.address, "subject": "Grüße", "body": body,
              "attachment": attachment.as_uri()})
    mail.wait_for_subjects("INBOX", ["Grüße", *DEFAULT])
    got = parsed(posthorn, account)[-1]
    assert got["Subject"] == "Grüße" and got["From"] == f"A User <{account.address}>"
    assert "ESMTPSA" in got["Received"]
    assert got.get_body().get_content().split() == body.split()
    assert next(got.iter_attachments()).get_content() == attachment.read_bytes()
    sent = parsed(posthorn, account, "Sent")
    assert [m["Message-ID"] for m in sent] == [got["Message-ID"]]
    assert next(sent[0].iter_attachments()).get_content() == attachment.read_bytes()


def test_works_where_tls_comes_first(program, posthorn, account):
    with set_up(program, posthorn, account, tls_first=True) as mail:
        mail.run("await send(await openComposer(arguments[0]))",
                 {"to": account.address, "subject": "under TLS", "body": "A line."})
        mail.wait_for_subjects("INBOX", [*DEFAULT, "under TLS"])
        assert "ESMTPSA" in parsed(posthorn, account)[-1]["Received"]
        assert "STARTTLS" not in mail.sent()


def test_replies(posthorn, account, mail, client):
    other = posthorn.account("other")
    posthorn.deliver(account, message(7, "A question.\r\n").replace(
        b"sender@remote.example", other.address.encode()))
    mail.wait_for_subjects("INBOX", [*DEFAULT, "message 7"])
    mail.run("await send(await openComposer({ type: 'ReplyToSender', original: "
             "message('INBOX', 'message 7') }))")
    got = wait_until(lambda: parsed(posthorn, other), "the reply has arrived")[0]
    assert got["Subject"] == "Re: message 7"
    assert got["In-Reply-To"] == got["References"] == "<m7@remote.example>"
    assert "> A question." in got.get_body().get_content()
    client.select(readonly=True)
    wait_for_flags(client, {"ANSWERED": b"4"})


def test_saves_drafts(posthorn, account, mail, client):
    mail.run("await save(await openComposer(arguments[0]))",
             {"to": "someone@example.org", "subject": "a draft", "body": "Not yet."})
    drafts = wait_until(lambda: parsed(posthorn, account, "Drafts"), "the draft")
    assert drafts[0]["Subject"] == "a draft"
    client.select("Drafts", readonly=True)
    assert client.search(None, "DRAFT")[1] == [b"1"]


def test_a_shared_folder(posthorn, account, mail):
    owner = posthorn.account("owner")
    connection = imap_raw.Connection(posthorn.host, posthorn.port("IMAP"))
    connection.login(owner)
    connection.ok("CREATE Team")
    connection.ok(f"SETACL Team {account.address} lrswite")
    letter = message(50, "Shared.\r\n")
    connection.ok(b"APPEND Team {%d+}\r\n" % len(letter) + letter)
    connection.close()
    offered = mail.run("return await offeredFolders()")
    team = next(name for name in offered if name.endswith("/Team"))
    mail.subscribe(team)
    mail.open(team)
    mail.wait_for_subjects(team, ["message 50"])
    assert "Shared." in mail.run("return await source(messages(arguments[0])[0])", team)
    mail.run("await moveMessages(['message 1'], arguments[0])", team)
    mail.wait_for_subjects(team, ["message 1", "message 50"])
    assert subjects(posthorn, owner, "Team") == ["message 1", "message 50"]
