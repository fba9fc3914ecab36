"""Next hops that refuse, put off, fall silent and hang up: what becomes of the message, and what
its sender is told (RFC 3464)."""

import email.utils

import pytest
from exchange import compose, deferred, left, log, reports, send, submission, submit, told
from scripted import DROP, EXTENSIONS


# ---- smtp-sink fails at each step

STEPS = ("CONNECT", "EHLO", "MAIL", "RCPT", "DATA", ".")


@pytest.mark.parametrize("step", STEPS[2:])
def test_a_sink_that_refuses_for_good(posthorn, account, site, step):
    site.sink("-f", step)
    send(posthorn, account, site.user())
    _, fields = told(posthorn, account, site.user())
    assert fields["Status"].startswith("5.")
    assert "Error: command failed" in fields["Diagnostic-Code"]
    left(posthorn, site.user())


@pytest.mark.parametrize("step", STEPS[:2])
def test_a_sink_that_does_not_talk_to_us_may_do_so_later(posthorn, account, site, step):
    """RFC 5321 4.2.4.2: of a session that is refused as a whole nothing is known of recipients.
    After a refusal of EHLO it is HELO's turn, which this sink takes."""
    sink = site.sink("-f", step)
    send(posthorn, account, site.user())
    if step == "EHLO":
        left(posthorn, site.user())
        assert len(sink.messages()) == 1
    else:
        assert deferred(posthorn, site.user())["attempts"] >= 1
        posthorn.mailctl("queue", "remove", f"--to={site.user()}")
    assert not reports(posthorn, account)


@pytest.mark.parametrize("flag", ["-r", "-q", "-Q"])
@pytest.mark.parametrize("step", STEPS[2:])
def test_a_sink_that_puts_off_or_hangs_up(posthorn, account, sites, flag, step):
    """4xx, a lost connection, 421: it is tried again, and arrives when the fault is over."""
    site = sites()
    sink = site.sink(flag, step)
    send(posthorn, account, site.user())
    assert deferred(posthorn, site.user())["attempts"] >= 1
    assert not reports(posthorn, account)
    sink.stop()
    server = site.server()
    assert server.message().paths() == [site.user()]
    left(posthorn, site.user())


# ---- what the sender is told

def test_the_notification_of_a_failure(posthorn, account, site):
    site.server(replies={"RCPT": "550-5.1.1 no such mailbox\r\n550 5.1.1 here or anywhere"})
    message = compose(account.address, site.user(), "for nobody", "The body\r\n")
    submit(posthorn, account, site.user(), message, ["RET=FULL", "ENVID=QQ314159"],
           ["ORCPT=rfc822;First@other.example"])
    report, fields = told(posthorn, account, site.user())
    assert report.fields["Reporting-MTA"] == "dns; mail.example.org"
    assert report.fields["Original-Envelope-Id"] == "QQ314159"
    assert email.utils.parsedate_to_datetime(report.fields["Arrival-Date"])
    assert fields["Original-Recipient"] == "rfc822; First@other.example"
    assert fields["Final-Recipient"] == f"rfc822; {site.user()}"
    assert fields["Action"] == "failed" and fields["Status"] == "5.1.1"
    assert fields["Remote-MTA"] == f"dns; {site.host}"
    assert fields["Diagnostic-Code"].startswith("smtp; 550")
    assert "no such mailbox" in fields["Diagnostic-Code"]
    assert report.message["To"] == account.address
    assert report.message["From"] and report.message["Date"] and report.message["Message-ID"]
    assert site.user() in report.text
    assert report.original()["Subject"] == "for nobody"
    assert report.original().get_content() == "The body\r\n"


def test_a_notification_has_a_null_return_path(posthorn, account, site):
    """RFC 5321 4.4, RFC 3464 2."""
    site.server(replies={"RCPT": "550 5.1.1 no"})
    send(posthorn, account, site.user())
    report, _ = told(posthorn, account, site.user())
    assert report.message["Return-Path"] == "<>"


def test_without_ret_full_the_header_comes_back(posthorn, account, site):
    site.server(replies={"RCPT": "550 5.1.1 no"})
    send(posthorn, account, site.user(), "header only")
    report, _ = told(posthorn, account, site.user())
    assert report.original()["Subject"] == "header only"
    assert report.returned.get_content_type() == "text/rfc822-headers"


def test_each_recipient_has_its_own_fate(posthorn, account, site):
    """One is taken, one refused, one put off: one report, and one more attempt for one."""
    later = ["451 4.2.1 later"]

    def judge(session, line):
        if "<no@" in line:
            return "550 5.1.1 no"
        return later.pop() if "<later@" in line and later else None

    server = site.server(replies={"RCPT": judge})
    users = {name: site.user(name) for name in ("yes", "no", "later")}
    submit(posthorn, account, list(users.values()),
           compose(account.address, users["no"], "for all"))
    told(posthorn, account, users["no"])
    for user in users.values():
        left(posthorn, user)
    assert [taken.paths() for taken in server.accepted()] == [[users["yes"]], [users["later"]]]
    assert len(reports(posthorn, account)) == 1


def test_a_notification_that_cannot_be_delivered_ends(posthorn, account, site):
    """Mail from <> that bounces tells nobody."""
    server = site.server(replies={"RCPT": "550 5.1.1 no"})
    with_null = compose("", site.user(), "from nobody")
    with submission(posthorn, account) as client:
        client.sendmail("", [site.user()], with_null)
    left(posthorn, site.user())
    assert server.said("RCPT")
    assert not posthorn.messages(account)


# ---- servers that have enough

def test_a_server_that_takes_two_messages_a_connection(posthorn, account, site):
    def rationed(session, line):
        return "421 4.7.0 enough for now" if session.messages >= 2 else None

    server = site.server(replies={"MAIL": rationed})
    users = [site.user(f"u{number}") for number in range(7)]
    for user in users:
        send(posthorn, account, user)
    for user in users:
        left(posthorn, user)
    assert sorted(taken.paths()[0] for taken in server.accepted()) == sorted(users)
    assert not reports(posthorn, account)


def test_a_connection_lost_after_the_final_dot_is_tried_again(posthorn, account, site):
    """RFC 1047: it may arrive twice, but never not at all. The log tells of it."""
    server = site.server(replies={".": [DROP]})
    send(posthorn, account, site.user())
    assert server.message().paths() == [site.user()]
    left(posthorn, site.user())
    assert [each.reply for each in server.transactions][0] == DROP
    lines = [line for line in log(posthorn, site.user()) if line["event"] == "deferred"]
    assert "may have been delivered" in lines[0]["diagnostic"]


def test_a_server_that_knows_no_ehlo(posthorn, account, site):
    server = site.server(replies={"EHLO": "500 5.5.1 what?"})
    send(posthorn, account, site.user())
    assert server.message().sender_parameters == []
    assert server.said("HELO")


def test_a_message_larger_than_the_server_takes_bounces_unsent(posthorn, account, site):
    server = site.server(extensions=[each if "SIZE" not in each else "SIZE 2000"
                                     for each in EXTENSIONS])
    submit(posthorn, account, site.user(),
           compose(account.address, site.user(), "large", "0123456789\r\n" * 400))
    _, fields = told(posthorn, account, site.user())
    assert fields["Status"] == "5.3.4"
    assert not server.said("DATA")


# ---- NOTIFY (RFC 3461)

def test_success_is_told_where_the_next_server_does_not(posthorn, account, site):
    site.server()
    send(posthorn, account, site.user(), rcpt_options=["NOTIFY=SUCCESS"])
    _, fields = told(posthorn, account, site.user(), "relayed")
    assert fields["Status"].startswith("2.")


def test_success_is_left_to_a_server_that_knows_notify(posthorn, account, sites):
    site, witness = sites(), sites()
    server = site.server(extensions=[*EXTENSIONS, "DSN"])
    witness.server()
    send(posthorn, account, site.user(), options=["RET=HDRS", "ENVID=a+2Bb"],
         rcpt_options=["NOTIFY=SUCCESS,DELAY", "ORCPT=rfc822;first+2Bone@other.example"])
    taken = server.message()
    left(posthorn, site.user())
    assert {"RET=HDRS", "ENVID=a+2Bb"} <= set(taken.sender_parameters)
    parameters = taken.recipients[0][1]
    assert "ORCPT=rfc822;first+2Bone@other.example" in parameters
    assert set(next(p for p in parameters if p.startswith("NOTIFY="))[7:].split(",")) == {
        "SUCCESS", "DELAY"}
    # What would have been told of the first would be there when the second's is.
    send(posthorn, account, witness.user(), rcpt_options=["NOTIFY=SUCCESS"])
    told(posthorn, account, witness.user(), "relayed")
    assert len(reports(posthorn, account)) == 1


@pytest.mark.parametrize("kind", ["postfix", "exim"])
def test_a_peer_tells_of_success(posthorn, network, account, kind):
    """The peer makes the report and sends it back to us by its MX."""
    peer = network.peers[kind]
    send(posthorn, account, peer.user, f"told by {kind}", rcpt_options=["NOTIFY=SUCCESS"])
    report, _ = told(posthorn, account, peer.user, "delivered")
    assert peer.host in report.fields["Reporting-MTA"]


@pytest.mark.parametrize("notify", ["NEVER", "SUCCESS", "DELAY"])
def test_nobody_is_told_of_a_failure_who_did_not_ask(posthorn, account, site, notify):
    site.server(replies={"RCPT": "550 5.1.1 no"})
    send(posthorn, account, site.user(), rcpt_options=[f"NOTIFY={notify}"])
    left(posthorn, site.user())
    assert [line["event"] for line in log(posthorn, site.user())][0] == "failed"
    assert not posthorn.messages(account)
