"""The maildrop's lock outlives no gateway for long."""

import poplib

from posthorn import wait_until


def login(posthorn, account, instance):
    try:
        return posthorn.pop3(account, instance=instance)
    except poplib.error_proto as error:
        assert b"[IN-USE]" in error.args[0]
        return None


def test_rule_64_a_dead_gateway_holds_no_lock(posthorn, account):
    posthorn.deliver(account, b"Subject: kept\r\n\r\n")
    client = posthorn.pop3(account, instance=2)
    client.dele(1)
    posthorn.kill("POP3_GATEWAY", 2)
    try:
        assert login(posthorn, account, 1) is None, "the lease has not run out yet"
        # A lease of a minute.
        after = wait_until(lambda: login(posthorn, account, 1), "the lease runs out", seconds=120)
        assert after.stat()[0] == 1
        after.quit()
    finally:
        posthorn.up()


def test_two_clients_at_once_are_served_one_after_the_other(posthorn, account):
    first = posthorn.pop3(account, instance=1)
    assert login(posthorn, account, 2) is None
    assert login(posthorn, account, 1) is None
    first.quit()
    second = login(posthorn, account, 2)
    assert second is not None, "QUIT has given the lock back before its answer"
    second.quit()
