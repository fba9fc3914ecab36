"""What all gateways count together, whichever a client comes to, and whatever replica they ask."""

import base64
import subprocess

import posthorn as system
import pytest
from smtp_raw import RawSmtp

MESSAGE = b"Subject: test\r\n\r\nText\r\n.\r\n"


def gateways_with(posthorn, *flags):
    """Both gateways run with these settings, and each knows but one of the mailstores."""
    return posthorn.apart("SMTP_GATEWAY", flags=flags)


def client_at(posthorn, address, instance, port="SMTP"):
    client = RawSmtp(posthorn, port, instance)
    client.hello()
    assert client.ask(f"XCLIENT ADDR={address}").code == 220
    client.hello()
    return client


def query(posthorn, sql):
    """Each line of what PostgreSQL answers."""
    result = subprocess.run(["psql", "-X", "-At", "-v", "ON_ERROR_STOP=1", "-d",
                             posthorn.env["DATABASE_URL"], "-c", sql],
                            check=True, capture_output=True, text=True, timeout=60)
    return result.stdout.splitlines()


def recipient(posthorn, address, instance, path, sender="sender@remote.example"):
    with client_at(posthorn, address, instance) as client:
        client.envelope(sender=sender)
        return client.ask(f"RCPT TO:<{path}>")


def test_attack_43_greylisting_is_shared_and_not_talked_around(posthorn, account):
    flags = ["--greylist_seconds=3600", "--xclient_networks=127.0.0.0/8"]
    with gateways_with(posthorn, *flags):
        assert recipient(posthorn, "192.0.2.1", 1, account.address).startswith("450 4.7.1 Greylisted")
        assert recipient(posthorn, "192.0.2.1", 2, account.address).code == 450
        query(posthorn, "UPDATE greylist SET first_seen = first_seen - 3600, last_seen = last_seen - 3600")
        # The same is known everywhere, in whatever letters and from whichever host of the network.
        again = recipient(posthorn, "192.0.2.9", 2, account.address.upper(), "SENDER@remote.example")
        assert again.code == 250
        assert recipient(posthorn, "192.0.2.1", 1, account.address).code == 250
        for address, sender in (("198.51.100.1", "sender@remote.example"), ("192.0.2.1", "other@remote.example"),
                                ("IPv6:2001:db8::1", "sender@remote.example")):
            assert recipient(posthorn, address, 2, account.address, sender).code == 450
        with client_at(posthorn, "203.0.113.1", 1) as client:  # another transaction is no other attempt
            for command in ("RSET", "EHLO client.example", "NOOP"):
                client.envelope()
                assert client.ask(f"RCPT TO:<@relay.example:{account.address}>").code == 450
                assert client.ask("DATA").code == 554
                client.ask(command)
                client.ask("RSET")
        with RawSmtp(posthorn, "SUBMISSION") as client:
            client.hello()
            assert client.ask("AUTH PLAIN " + plain(account)).code == 235
            client.envelope(account.address, sender=account.address)


def counted(posthorn, key):
    return sum(map(int, query(posthorn, f"SELECT n FROM event_count WHERE key LIKE '{key}'")))


@pytest.mark.parametrize("flag, who, cost", [
    ("address_messages_per_hour", "messages/ip/192.0.2.10", 1),
    ("address_recipients_per_hour", "recipients/ip/192.0.2.11", 2),
    ("user_messages_per_hour", "messages/user/%", 1),
    ("user_recipients_per_hour", "recipients/user/%", 2)])
def test_hourly_limits_are_shared(posthorn, account, flag, who, cost):
    other = posthorn.account()
    before = counted(posthorn, who)

    def send(instance):
        address = who.rsplit("/", 1)[1]
        port = "SUBMISSION" if "user" in who else "SMTP"
        with RawSmtp(posthorn, port, instance) as client:
            client.hello()
            if port == "SMTP":
                assert client.ask(f"XCLIENT ADDR={address}").code == 220
                client.hello()
            else:
                assert client.ask("AUTH PLAIN " + plain(account)).code == 235
            client.envelope(account.address, other.address, sender=account.address)
            reply = client.ask("DATA")
            if reply.code == 354:
                client.send(MESSAGE)
                reply = client.reply()
            return reply

    with gateways_with(posthorn, f"--{flag}={4 * cost}", "--xclient_networks=127.0.0.0/8"):
        assert [send(1).code for _ in range(5)] == [250, 250, 250, 250, 450]

        def written():
            send(1)
            return counted(posthorn, who) - before > 4 * cost

        system.wait_until(written, "the first replica has written its count")
        assert send(2).startswith("450 4.7.1 Too much mail")
        assert posthorn.metrics("SMTP_GATEWAY", 2)['posthorn_smtp_abuse_total{kind="rate_limit"}'] == 1
    assert len(posthorn.messages(account)) == 4


def plain(account, password=None):
    text = f"\0{account.address}\0{password or account.password}"
    return base64.b64encode(text.encode()).decode()


@pytest.fixture(scope="module")
def guarded():
    """A system that takes few wrong passwords."""
    options = ["--flag", "mailstore:--failed_logins_of_user=7", "--flag",
               "smtp-gateway:--xclient_networks=127.0.0.0/8"]
    with system.started("--smtp-gateways", "2", "--mailstores", "2", *options) as running:
        yield running


def login(running, account, password, instance, address="192.0.2.1"):
    with client_at(running, address, instance, "SUBMISSIONS") as client:
        return client.ask("AUTH PLAIN " + plain(account, password))


def test_attack_07_guesses_through_all_gateways_are_one_count(guarded):
    account, other = guarded.accounts(2)
    for guess in range(7):
        assert login(guarded, account, f"wrong{guess}", 1 + guess % 2).code == 535
    for instance in (1, 2):
        assert login(guarded, account, "wrong", instance).startswith("454 4.7.0")
        assert login(guarded, account, account.password, instance).startswith("454 4.7.0")
        assert login(guarded, account, account.password, instance, "192.0.2.200").code == 454
    # Nobody else is kept out, nor the owner elsewhere.
    assert login(guarded, other, other.password, 2).code == 235
    assert login(guarded, account, account.password, 2, "198.51.100.1").code == 235
    results = [guarded.metrics("MAILSTORE", instance).get(
        'posthorn_logins_total{protocol="submission",result="limited"}', 0) for instance in (1, 2)]
    assert sum(results) == 6


def test_attack_07_a_program_at_work_is_not_kept_out(guarded):
    account = guarded.account()
    with gateways_with(guarded, "--xclient_networks=127.0.0.0/8"):
        assert login(guarded, account, account.password, 1).code == 235
        for guess in range(7):
            assert login(guarded, account, f"wrong{guess}", 1).code == 535
        # By the replica that has seen it.
        assert login(guarded, account, account.password, 1).code == 235
        assert login(guarded, account, account.password, 2).code == 454


def test_sessions_have_a_limit_of_messages(posthorn, account):
    """RFC 9422."""
    with gateways_with(posthorn, "--max_session_messages=2"):
        with RawSmtp(posthorn) as client:
            assert re_line(client.hello(), "LIMITS RCPTMAX=1000 MAILMAX=2")
            for _ in range(2):
                client.envelope(account.address)
                assert client.data(MESSAGE).code == 250
            assert client.ask("MAIL FROM:<a@remote.example>").startswith("421 4.5.3")
            assert client.closed()


def re_line(reply, line):
    return line in [each[4:] for each in reply.split("\n")]


def test_a_session_has_a_limit_of_recipients(posthorn, account):
    """RFC 9422, RFC 5321 4.5.3.1.10."""
    with RawSmtp(posthorn) as client:
        assert re_line(client.hello(), "LIMITS RCPTMAX=1000")
        client.envelope()
        client.send(f"RCPT TO:<{account.address}>\r\n" * 1001)
        codes = [reply.code for reply in client.replies(1001)]
        assert codes[:1000] == [250] * 1000
        assert codes[1000] == 452
        assert client.data(MESSAGE).code == 250
    assert len(posthorn.messages(account)) == 1


def test_solicitations_are_named(posthorn, account):
    """RFC 3865."""
    with RawSmtp(posthorn) as client:
        assert re_line(client.hello(), "NO-SOLICITING")
        assert client.ask("MAIL FROM:<a@remote.example> SOLICIT=org.example:ADV:ADLT").code == 250
        assert client.ask("RSET").code == 250
        assert client.ask("MAIL FROM:<a@remote.example> SOLICIT=-bad").code == 501


def test_times_of_delivery_are_understood(posthorn, account):
    """RFC 2852."""
    with RawSmtp(posthorn) as client:
        assert "DELIVERBY" in client.hello()
        for value, code in (("120;R", 250), ("120;NT", 250), ("-1;N", 250), ("0;R", 501), ("x;R", 501),
                            ("120", 501), ("1234567890;N", 501)):
            assert client.ask(f"MAIL FROM:<a@remote.example> BY={value}").code == code, value
            client.ask("RSET")


def test_binary_mail_comes_in_chunks(posthorn, account):
    """RFC 3030."""
    text = b"Content-Transfer-Encoding: binary\r\nContent-Type: application/octet-stream\r\n\r\n\0\n\r\xff.\n"
    with RawSmtp(posthorn) as client:
        client.hello()
        client.envelope(account.address, parameters=" BODY=BINARYMIME")
        assert client.ask("DATA").code == 503
        client.send(b"BDAT %d\r\n%sBDAT 3 LAST\r\n\n.\n" % (len(text), text))
        assert [reply.code for reply in client.replies(2)] == [250, 250]
    assert posthorn.messages(account)[0][1].endswith(text + b"\n.\n")
