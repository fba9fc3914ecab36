"""Roundcube in a headless browser, as a user has it."""

import email
import email.policy

import imap_raw
import pytest
from clients import message
from roundcube import Browser, serving

from posthorn import wait_until


@pytest.fixture(scope="module")
def webmail(posthorn):
    with serving(posthorn) as (address, folder):
        browser = Browser(address, folder)
        try:
            yield browser
        finally:
            browser.close()


@pytest.fixture
def browser(webmail, posthorn, account):
    """Logged in as a new user with three messages."""
    for number in range(3):
        posthorn.deliver(account, message(number, f"This is body {number}.\r\n"))
    webmail.driver.delete_all_cookies()
    webmail.log_in(account)
    return webmail


def parsed(posthorn, account, mailbox="INBOX"):
    return [email.message_from_bytes(octets, policy=email.policy.default)
            for _, octets in posthorn.messages(account, mailbox)]


def subjects(posthorn, account, mailbox):
    return [m["Subject"] for m in parsed(posthorn, account, mailbox)]


def test_lists_and_reads(posthorn, account, browser):
    browser.wait_for_subjects(["message 2", "message 1", "message 0"])
    client = posthorn.imap(account)
    client.select(readonly=True)
    browser.select_row("message 1")  # opens it in the preview
    wait_until(lambda: client.noop() and client.search(None, "SEEN")[1] == [b"2"], "it is \\Seen")
    browser.open(task="mail", mbox="INBOX", uid=1, action="show")
    assert "This is body 0." in browser.element("#messagebody").text
    wait_until(lambda: client.noop() and client.search(None, "SEEN")[1] == [b"1 2"], "both are")
    client.logout()
    browser.open_mailbox()
    posthorn.deliver(account, message(3))
    browser.command("checkmail")
    browser.wait_for_subjects(["message 3", "message 2", "message 1", "message 0"])


def test_replies_with_an_attachment(posthorn, account, browser, tmp_path):
    other = posthorn.account("other")
    posthorn.deliver(account, message(7).replace(b"sender@remote.example>", other.address.encode()
                                                 + b">", 1))
    attachment = tmp_path / "numbers.bin"
    attachment.write_bytes(bytes(range(256)) * 100)
    browser.open(task="mail", mbox="INBOX", reply_uid=4, action="compose")
    browser.wait(lambda _: browser.ready(), "the form of a reply")
    body = browser.element("#composebody")
    assert "A line." in body.get_attribute("value")
    body.send_keys("My answer. ")
    browser.script("document.querySelector('#uploadform input[type=file]').removeAttribute('class')")
    browser.element("#uploadform input[type=file]").send_keys(str(attachment))
    browser.wait(lambda d: "numbers.bin" in browser.element("#attachment-list").text
                 and browser.ready(), "the attachment is there")
    browser.command("send")
    wait_until(lambda: posthorn.messages(other), "the reply has arrived")
    got = parsed(posthorn, other)[0]
    assert got["Subject"] == "Re: message 7" and got["In-Reply-To"] == "<m7@remote.example>"
    assert "My answer." in got.get_body().get_content()
    assert next(got.iter_attachments()).get_content() == attachment.read_bytes()
    sent = wait_until(lambda: parsed(posthorn, account, "Sent"), "the copy in Sent")
    assert sent[0]["Subject"] == "Re: message 7"
    client = posthorn.imap(account)
    client.select(readonly=True)
    wait_until(lambda: client.noop() and client.search(None, "ANSWERED")[1] == [b"4"],
               "\\Answered is set")
    client.logout()


def test_moves_and_deletes(posthorn, account, browser):
    client = posthorn.imap(account)
    client.create("Archive/2026")
    client.subscribe("Archive/2026")
    browser.open_mailbox()
    assert "Archive/2026" in browser.folders()
    browser.select_row("message 1")
    browser.command("move", "Archive/2026")
    browser.wait_for_subjects(["message 2", "message 0"])
    wait_until(lambda: subjects(posthorn, account, "Archive/2026") == ["message 1"], "it is moved")
    browser.select_row("message 0")
    browser.command("delete")
    browser.wait_for_subjects(["message 2"])
    wait_until(lambda: subjects(posthorn, account, "Trash") == ["message 0"], "it is in Trash")
    browser.open_mailbox("Archive/2026")
    browser.wait_for_subjects(["message 1"])
    client.logout()


def test_searches(posthorn, account, browser):
    posthorn.deliver(account, message(8, "A needle.\r\n").replace(
        b"Subject: message 8", "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=".encode()))
    browser.open_mailbox()
    browser.script("document.querySelector('#mailsearchform').value = arguments[0];"
                   "rcmail.command('search')", "grüße")
    browser.wait_for_subjects(["Grüße"])
    browser.command("reset-search")
    browser.wait_for_subjects(["Grüße", "message 2", "message 1", "message 0"])
    browser.script("rcmail.qsearch; document.querySelector('#mailsearchform').value = 'needle';"
                   "rcmail.env.search_mods = {'*': {text: 1}}; rcmail.command('search')")
    browser.wait_for_subjects(["Grüße"])


def test_sorts(posthorn, account, browser):
    posthorn.deliver(account, message(10, "x" * 70 + "\r\n" + "A long line.\r\n" * 1000))
    browser.open_mailbox()
    browser.arrange("subject", "ASC")
    browser.wait_for_subjects(["message 0", "message 1", "message 10", "message 2"])
    browser.arrange("size", "DESC")
    browser.wait(lambda _: browser.subjects()[:1] == ["message 10"], "the largest is first")


def test_makes_and_renames_subfolders(posthorn, account, browser):
    browser.open(task="settings", action="edit-folder", mbox="", path="")
    browser.element("input[name=_name]").send_keys("Projekte")
    browser.command("save")
    wait_until(lambda: b"Projekte" in listed(posthorn, account), "the folder is there")
    browser.open(task="settings", action="edit-folder", mbox="", path="Projekte")
    browser.element("input[name=_name]").send_keys("Größe & Form")
    browser.command("save")
    name = b"Projekte/Gr&APYA3w-e &- Form"
    wait_until(lambda: name in listed(posthorn, account), "the subfolder is there")
    browser.open_mailbox()
    assert name.decode() in browser.folders()


def test_a_shared_folder(posthorn, account, browser):
    imap = imap_raw.Connection(posthorn.host, posthorn.port("IMAP"))
    owner = posthorn.account("owner")
    imap.login(owner)
    imap.ok("CREATE Team")
    imap.ok(f"SETACL Team {account.address} lrswite")
    letter = message(50)
    imap.ok(b"APPEND Team {%d+}\r\n" % len(letter) + letter)
    imap.close()
    user = imap_raw.Connection(posthorn.host, posthorn.port("IMAP"))
    user.login(account)
    names = [r[4].decode() for r in user.ok('LIST "" "*"')
             if r[1] == b"LIST" and r[4].endswith(b"Team")]
    assert len(names) == 1
    user.ok(f'SUBSCRIBE "{names[0]}"')
    user.close()
    browser.open_mailbox(names[0])
    browser.wait_for_subjects(["message 50"])
    browser.open_mailbox()
    browser.select_row("message 2")
    browser.command("move", names[0])
    browser.wait_for_subjects(["message 1", "message 0"])
    wait_until(lambda: subjects(posthorn, owner, "Team") == ["message 50", "message 2"],
               "the owner sees it")


def test_sorts_by_thread(posthorn, account, browser):
    posthorn.deliver(account, message(20).replace(b"\r\n\r\n", b"\r\nReferences: <m0@remote.example>"
                                                  b"\r\n\r\n", 1))
    browser.open_mailbox()
    browser.arrange("date", "DESC", threads=True)
    browser.wait(lambda _: browser.ready() and browser.depths() == [0, 0, 0, 1], "a thread is shown")
    subjects = browser.subjects()
    assert subjects.index("message 20") == subjects.index("message 0") + 1


def listed(posthorn, account):
    client = posthorn.imap(account)
    try:
        return b" ".join(client.list()[1])
    finally:
        client.logout()
