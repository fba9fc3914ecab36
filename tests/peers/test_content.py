"""What a message needs of the next server: SMTPUTF8, 8BITMIME, BINARYMIME and CHUNKING, and what
becomes of it where that is missing."""

import email
import email.policy

import pytest
from exchange import arrived, compose, left, queue, send, submission, submit, told
from hosts import body_of
from scripted import EXTENSIONS
from signatures import verifies

UTF8_SUBJECT = "Grüße aus Köln"


def utf8_message(sender, recipient):
    """A header of RFC 6532."""
    return compose(sender, recipient, UTF8_SUBJECT, "Schöne Grüße\r\n",
                   'Content-Type: text/plain; charset="utf-8"\r\n'
                   "Content-Transfer-Encoding: 8bit\r\nMIME-Version: 1.0\r\n")


# ---- SMTPUTF8

def test_international_mail_to_a_server_that_takes_it(posthorn, account, site):
    server = site.server(extensions=[*EXTENSIONS, "SMTPUTF8"])
    recipient = f"jürgen@{site.domain}"
    message = utf8_message(account.address, recipient)
    submit(posthorn, account, recipient, message, ["SMTPUTF8", "BODY=8BITMIME"])
    taken = server.message()
    assert taken.paths() == [recipient]
    assert {"SMTPUTF8", "BODY=8BITMIME"} <= set(taken.sender_parameters)
    assert f"Subject: {UTF8_SUBJECT}".encode() in taken.octets
    assert body_of(taken.octets) == body_of(message)


@pytest.mark.parametrize("kind", ["postfix", "exim"])
def test_international_mail_to_real_servers(posthorn, network, account, kind):
    peer = network.peers[kind]
    submit(posthorn, account, peer.user, utf8_message(account.address, peer.user),
           ["SMTPUTF8", "BODY=8BITMIME"])
    octets = peer.message_of(UTF8_SUBJECT)
    assert f"Subject: {UTF8_SUBJECT}".encode() in octets
    assert body_of(octets) == "Schöne Grüße\r\n".encode()


def test_international_mail_from_a_real_server(posthorn, network, account):
    peer = network.peers["postfix"]
    peer.send([account.address], utf8_message(peer.user, account.address),
              mail_options=["SMTPUTF8", "BODY=8BITMIME"])
    assert f"Subject: {UTF8_SUBJECT}".encode() in arrived(posthorn, account, UTF8_SUBJECT)


@pytest.mark.parametrize("local", ["jürgen", "bob"])
def test_international_mail_to_a_server_that_does_not_take_it(posthorn, account, site, local):
    """By its address or by its header: RFC 6531 3.5 has it returned."""
    server = site.server()
    recipient = f"{local}@{site.domain}"
    submit(posthorn, account, recipient, utf8_message(account.address, recipient),
           ["SMTPUTF8", "BODY=8BITMIME"])
    left(posthorn, recipient)
    octets = next(octets for _, octets in posthorn.messages(account))
    assert b"5.6.7" in octets and b"report-type=" in octets
    assert not server.said("MAIL")


def test_plain_mail_that_was_sent_as_international_goes_anywhere(posthorn, account, site):
    """SMTPUTF8 was asked for, but nothing needs it."""
    server = site.server()
    send(posthorn, account, site.user(), options=["SMTPUTF8"])
    assert server.message().sender_parameters == [
        each for each in server.message().sender_parameters if each != "SMTPUTF8"]


# ---- 8BITMIME

SEVEN_BIT = [each for each in EXTENSIONS if each != "8BITMIME"]
EIGHT_BIT_BODIES = {
    "text": ('Content-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: 8bit\r\n',
             "Schöne Grüße\r\nund eine Zeile mit = und . am Ende \r\n.\r\n"),
    "parts": ('Content-Type: multipart/mixed; boundary="b"\r\n',
              '--b\r\nContent-Type: text/plain; charset="utf-8"\r\n'
              "Content-Transfer-Encoding: 8bit\r\n\r\nSchöne Grüße\r\n"
              "--b\r\nContent-Type: text/plain\r\n\r\nplain\r\n--b--\r\n"),
}


def texts(octets):
    """The decoded text of every leaf."""
    message = email.message_from_bytes(octets, policy=email.policy.default)
    return [part.get_content().replace("\r\n", "\n") for part in message.walk()
            if not part.is_multipart()]


@pytest.mark.parametrize("kind", EIGHT_BIT_BODIES)
@pytest.mark.parametrize("extensions", [EXTENSIONS, SEVEN_BIT])
def test_eight_bit_text_arrives_as_it_was(posthorn, account, site, kind, extensions):
    header, body = EIGHT_BIT_BODIES[kind]
    server = site.server(extensions=extensions)
    message = compose(account.address, site.user(), "eight bits", body,
                      "MIME-Version: 1.0\r\n" + header)
    submit(posthorn, account, site.user(), message, ["BODY=8BITMIME"])
    taken = server.message()
    if extensions is EXTENSIONS:
        assert "BODY=8BITMIME" in taken.sender_parameters
        assert body_of(taken.octets) == body_of(message)
    else:
        assert not any(each.startswith("BODY=8") for each in taken.sender_parameters)
        assert taken.octets.isascii()
    assert texts(taken.octets) == texts(message)


def test_what_is_made_into_seven_bits_is_signed_as_it_leaves(posthorn, network, account, site):
    """RFC 6376 5.3. A signature that does not hold is worse than none where DMARC counts."""
    header, body = EIGHT_BIT_BODIES["text"]
    server = site.server(extensions=SEVEN_BIT)
    submit(posthorn, account, site.user(), compose(
        account.address, site.user(), "eight bits", body, "MIME-Version: 1.0\r\n" + header),
        ["BODY=8BITMIME"])
    octets = server.message().octets
    assert b"DKIM-Signature" not in octets or verifies(octets, network.nameserver)


# ---- BDAT (RFC 3030)

BINARY = bytes(range(256)) * 40 + b"\0\r\n.\r\n\n\r no end of line"


def submit_binary(posthorn, account, recipient):
    """In two chunks, with what no DATA can carry."""
    message = compose(account.address, recipient, "binary", "",
                      "MIME-Version: 1.0\r\nContent-Type: application/octet-stream\r\n"
                      "Content-Transfer-Encoding: binary\r\n") + BINARY
    with submission(posthorn, account) as client:
        assert client.docmd("MAIL", f"FROM:<{account.address}> BODY=BINARYMIME")[0] == 250
        assert client.docmd("RCPT", f"TO:<{recipient}>")[0] == 250
        for chunk, last in ((message[:500], ""), (message[500:], " LAST")):
            client.send(f"BDAT {len(chunk)}{last}\r\n".encode() + chunk)
            code, text = client.getreply()
            assert code == 250, text
    return message


def test_binary_mail_to_a_server_that_takes_it(posthorn, account, site):
    server = site.server(extensions=[*EXTENSIONS, "CHUNKING", "BINARYMIME"])
    submit_binary(posthorn, account, site.user())
    taken = server.message()
    assert taken.by_bdat and "BODY=BINARYMIME" in taken.sender_parameters
    assert taken.octets.endswith(b"\r\n\r\n" + BINARY)


@pytest.mark.parametrize("extensions", [
    EXTENSIONS, SEVEN_BIT, [*EXTENSIONS, "CHUNKING"]])
def test_binary_mail_to_a_server_that_does_not_take_it(posthorn, account, site, extensions):
    """It is encoded so that it can go, or returned with 5.6.3 (RFC 3030 3): never sent as it is."""
    server = site.server(extensions=extensions)
    submit_binary(posthorn, account, site.user())
    left(posthorn, site.user())
    if server.accepted():
        octets = server.message().octets
        assert b"\0" not in octets
        assert email.message_from_bytes(octets, policy=email.policy.default).get_content() == BINARY
    else:
        _, fields = told(posthorn, account, site.user())
        assert fields["Status"] in ("5.6.1", "5.6.3")


def test_large_mail_arrives_whole(posthorn, network, account):
    peer = network.peers["postfix"]
    body = "".join(f"{number:060}\r\n" for number in range(100_000))
    submit(posthorn, account, peer.user, compose(account.address, peer.user, "six megabytes", body))
    assert body_of(peer.message_of("six megabytes")) == body.encode()


# ---- what else goes along

def test_priority_and_time_of_delivery_are_passed_on(posthorn, account, site):
    server = site.server(extensions=[*EXTENSIONS, "MT-PRIORITY", "DELIVERBY 1"])
    submit(posthorn, account, site.user(), compose(account.address, site.user(), "urgent"),
           ["MT-PRIORITY=3", "BY=600;N"])
    parameters = server.message().sender_parameters
    assert "MT-PRIORITY=3" in parameters
    by = next(each for each in parameters if each.startswith("BY="))
    assert 500 < int(by[3:].split(";")[0]) <= 600 and by.endswith(";N")


def test_a_held_message_leaves_later(posthorn, account, site):
    """FUTURERELEASE (RFC 4865): it is not sent before its time, here or outside."""
    server = site.server()
    submit(posthorn, account, [site.user(), account.address],
           compose(account.address, site.user(), "for later"), ["HOLDFOR=4"])
    assert queue(posthorn, f"--to={site.user()}") and not server.commands
    assert not posthorn.messages(account)
    assert server.message().paths() == [site.user()]
    assert arrived(posthorn, account, "for later")
