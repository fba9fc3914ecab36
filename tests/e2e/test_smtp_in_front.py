"""What stands in front of the gateway: an MTA that speaks LMTP, and filters that speak for others."""

import socket

import posthorn as system
import pytest
from smtp_raw import RawSmtp

MESSAGE = b"Subject: test\r\n\r\nText\r\n"


@pytest.fixture(scope="module")
def running():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    flags = ["--role=mx,submission,lmtp", f"--listen_lmtp=127.0.0.1:{port}",
             "--lmtp_networks=127.0.0.0/8", "--xclient_networks=127.0.0.0/8"]
    options = [option for flag in flags for option in ("--flag", f"smtp-gateway:{flag}")]
    with system.started(*options) as started:
        started.env["LMTP_PORT"] = port
        yield started


def test_lmtp_delivers_and_tells_of_each(running):
    one, two = running.account(), running.account()
    with RawSmtp(running, "LMTP") as client:
        assert client.ask("EHLO client.example").code == 500
        assert client.ask("LHLO mta.example").code == 250
        client.envelope(one.address, two.address)
        assert client.ask("RCPT TO:<nobody@example.org>").startswith("550 5.1.1")
        assert client.data(MESSAGE + b".\r\n").startswith("250 2.0.0")
        assert client.reply().startswith("250 2.0.0")
        assert client.ask("QUIT").code == 221
    for account in (one, two):
        [(_, octets)] = running.messages(account)
        assert octets.startswith(b"Return-Path: <sender@remote.example>\r\n")
        assert b" with LMTP id " in octets


def test_a_filter_speaks_for_its_client(running):
    account = running.account()
    with RawSmtp(running) as client:
        assert "XCLIENT" in client.hello()
        assert client.ask("XCLIENT ADDR=192.0.2.7 HELO=client.example").startswith("220 ")
        client.hello()
        client.envelope(account.address)
        assert client.data(MESSAGE + b".\r\n").code == 250
    [(_, octets)] = running.messages(account)
    assert b"Received: from client.example ([192.0.2.7])" in octets


def test_attack_28_nobody_else_speaks_for_others(posthorn):
    with RawSmtp(posthorn) as client:
        assert "XCLIENT" not in client.hello()
        assert client.ask("XCLIENT ADDR=192.0.2.7").startswith("550 5.7.0")
