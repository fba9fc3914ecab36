"""Python's smtplib, poplib and imaplib, as thousands of scripts use them."""

import email
import email.policy
import imaplib
import poplib
import smtplib

import pytest

from posthorn import insecure_tls


def test_smtplib_sends_a_message_object(posthorn, account):
    letter = email.message.EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = account.address, account.address, "Grüße"
    letter.set_content("Ünïcödé\n")
    letter.add_attachment(b"\0\1\2" * 1000, maintype="application", subtype="octet-stream",
                          filename="data.bin")
    with smtplib.SMTP(posthorn.host, posthorn.port("SUBMISSION")) as client:
        client.starttls(context=insecure_tls())
        client.login(account.address, account.password)
        client.send_message(letter)
    got = email.message_from_bytes(posthorn.messages(account)[0][1], policy=email.policy.default)
    assert got["Subject"] == "Grüße"
    assert got.get_body().get_content().replace("\r\n", "\n") == "Ünïcödé\n"
    assert next(got.iter_attachments()).get_content() == b"\0\1\2" * 1000


def test_poplib_over_stls_and_pop3s(posthorn, account):
    posthorn.deliver(account, b"Subject: one\r\n\r\nbody\r\n.\r\n..dots\r\n")
    plain = poplib.POP3(posthorn.host, posthorn.port("POP3"))
    assert "STLS" in plain.capa()
    plain.stls(context=insecure_tls())
    tls = poplib.POP3_SSL(posthorn.host, posthorn.port("POP3S"), context=insecure_tls())
    for client in (plain, tls):
        client.user(account.address)
        client.pass_(account.password)
        assert client.stat()[0] == 1
        lines = client.retr(1)[1]
        assert lines[-3:] == [b"body", b".", b"..dots"]
        assert client.top(1, 1)[1][-1] == b"body"
        client.quit()


def test_imaplib_goes_through_its_commands(posthorn, account):
    plain = imaplib.IMAP4(posthorn.host, posthorn.port("IMAP"))
    plain.starttls(insecure_tls())
    tls = imaplib.IMAP4_SSL(posthorn.host, posthorn.port("IMAPS"), ssl_context=insecure_tls())
    for client in (plain, tls):
        client.login(account.address, account.password)
        assert client.select("INBOX")[0] == "OK"
    client = tls
    assert client.create("Projects/2026")[0] == "OK"
    assert client.append("Projects/2026", r"(\Flagged work)", imaplib.Time2Internaldate(86400 * 365),
                         b"Subject: kept\r\n\r\nbody\r\n")[0] == "OK"
    assert client.select("Projects/2026")[1] == [b"1"]
    assert client.fetch("1", "(FLAGS INTERNALDATE RFC822)")[0] == "OK"
    assert client.copy("1", "INBOX")[0] == "OK"
    assert client.uid("SEARCH", None, "KEYWORD", "work")[1] == [b"1"]
    assert client.store("1", "-FLAGS", "work")[0] == "OK"
    assert client.search(None, "UNKEYWORD", "work")[1] == [b"1"]
    assert client.expunge()[1] == [None]
    assert client.rename("Projects/2026", "Projects/2027")[0] == "OK"
    assert client.status("Projects/2027", "(MESSAGES UIDNEXT)")[1] == [
        b'Projects/2027 (MESSAGES 1 UIDNEXT 2)']
    assert client.unselect()[0] == "OK"
    assert client.delete("Projects/2027")[0] == "OK"
    assert plain.noop()[0] == "OK"
    assert plain.response("EXISTS")[1][-1] == b"1"
    assert client.logout()[0] == "BYE"
    assert plain.logout()[0] == "BYE"


def test_imaplib_is_refused_with_a_wrong_password(posthorn, account):
    client = imaplib.IMAP4_SSL(posthorn.host, posthorn.port("IMAPS"), ssl_context=insecure_tls())
    with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
        client.login(account.address, "wrong")


def test_imaplib_may_not_send_a_password_in_the_clear_from_afar(posthorn):
    """On loopback the development switch allows it; what is advertised tells."""
    client = imaplib.IMAP4(posthorn.host, posthorn.port("IMAP"))
    assert ("LOGINDISABLED" in client.capabilities) == ("AUTH=PLAIN" not in client.capabilities)
    client.logout()
