"""Two of each service on one database: every session sees the same."""

import concurrent.futures
import time

import pytest

from imap_raw import Connection, fetched
from posthorn import wait_until

SENDERS = 4
EACH = 50


@pytest.fixture
def apart(posthorn):
    with posthorn.apart("SMTP_GATEWAY"):
        yield


def added(posthorn, instance):
    """Messages that a mailstore has written for deliveries."""
    return posthorn.metrics("MAILSTORE", instance).get(
        'posthorn_store_operations_total{operation="add",outcome="ok"}', 0)


def test_delivery_through_two_gateways_is_seen_once_in_order_by_idle_sessions(
        posthorn, account, apart, record_testsuite_property):
    """Two smtp-gateways, two mailstores, one mailbox; sessions in IDLE on both imap-gateways."""
    count = SENDERS * EACH
    before = [added(posthorn, instance) for instance in (1, 2)]
    sessions = [Connection(posthorn.host, posthorn.port("IMAP", instance)).login(account)
                for instance in (1, 2, 1, 2)]
    for session in sessions:
        session.ok("SELECT INBOX")
        session.idle()

    def send(sender):
        with posthorn.smtp(1 + sender % 2) as client:
            for number in range(EACH):
                client.sendmail("sender@remote.example", [account.address],
                                f"Subject: {sender}-{number}\r\n\r\nbody\r\n")
        return time.monotonic()

    def follow(session):
        """EXISTS grows one by one or in steps, never shrinks, up to all."""
        seen = 0
        while seen < count:
            response = session.idle_response(30)
            assert response is not None, f"nothing new after {seen} messages"
            if response[-1] == b"EXISTS":
                assert int(response[1]) > seen
                seen = int(response[1])
        return time.monotonic()

    with concurrent.futures.ThreadPoolExecutor(2 * SENDERS) as pool:
        following = [pool.submit(follow, session) for session in sessions]
        sent = max(pool.map(send, range(SENDERS)))
        seen = max(future.result() for future in following)
    record_testsuite_property("seconds until all sessions knew of the last message",
                              round(seen - sent, 3))
    for instance, earlier in zip((1, 2), before):
        assert added(posthorn, instance) - earlier >= count / 2, "both mailstores wrote"

    views = []
    for session in sessions:
        session.done()
        got = fetched(session.ok("FETCH 1:* (UID BODY.PEEK[HEADER.FIELDS (SUBJECT)])"))
        rows = [got[number] for number in sorted(got)]
        uids = [int(row[b"UID"]) for row in rows]
        assert uids == sorted(set(uids))
        subjects = [row[b"BODY[HEADER.FIELDS (SUBJECT)]"].decode().split()[1] for row in rows]
        assert sorted(subjects) == sorted(f"{sender}-{number}" for sender in range(SENDERS)
                                          for number in range(EACH)), "each message once"
        views.append((uids, subjects))
        session.close()
    assert all(view == views[0] for view in views)


@pytest.fixture
def two(posthorn, account):
    """Sessions on the two gateways with the same mailbox of three messages."""
    for number in range(3):
        posthorn.deliver(account, f"Subject: {number}\r\n\r\nbody {number}\r\n")
    sessions = [Connection(posthorn.host, posthorn.port("IMAP", instance)).login(account)
                for instance in (1, 2)]
    for session in sessions:
        session.ok("SELECT INBOX")
    yield sessions
    for session in sessions:
        session.close()


@pytest.mark.parametrize("command", ["NOOP", "CHECK"])
def test_a_barrier_across_gateways(posthorn, account, two, command):
    """Rule 15: what was committed before a NOOP or CHECK was sent is shown by it."""
    first, second = two
    for number in range(4, 30):
        posthorn.deliver(account, b"Subject: more\r\n\r\nx\r\n", instance=1 + number % 2)
        for session in two:
            assert [b"*", b"%d" % number, b"EXISTS"] in session.ok(command)


def test_a_flag_set_here_is_seen_there(two):
    first, second = two
    first.ok(r"STORE 2 +FLAGS (\Flagged mine)")
    got = fetched(second.ok("NOOP"))
    assert b"\\Flagged" in got[2][b"FLAGS"] and b"mine" in got[2][b"FLAGS"]


def test_flags_of_two_sessions_merge(two):
    first, second = two
    first.ok(r"STORE 1 +FLAGS (\Seen)")
    second.ok(r"STORE 1 +FLAGS (\Answered)")
    flags = fetched(first.ok("FETCH 1 FLAGS"))[1][b"FLAGS"]
    assert {b"\\Seen", b"\\Answered"} <= set(flags)


def test_flags_that_two_sessions_set_at_once_are_told_to_both(posthorn, account):
    """Their changes may be in one commit, with one MODSEQ."""
    count = 100
    with posthorn.smtp() as client:
        for number in range(count):
            client.sendmail("a@remote.example", [account.address], f"Subject: {number}\r\n\r\nx\r\n")
    sessions = [Connection(posthorn.host, posthorn.port("IMAP", instance)).login(account)
                for instance in (1, 2)]
    told = [{}, {}]

    def store(index, flag):
        session = sessions[index]
        session.ok("SELECT INBOX")
        for number in range(1, count + 1):
            told[index].update(fetched(session.ok(rf"STORE {number} +FLAGS ({flag})")))

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(store, 0, r"\Seen"), pool.submit(store, 1, r"\Flagged")]:
            future.result()
    for session, view in zip(sessions, told):
        view.update(fetched(session.ok("NOOP")))
        flags = [set(view[number][b"FLAGS"]) - {b"\\Recent"} for number in range(1, count + 1)]
        assert flags == [{b"\\Seen", b"\\Flagged"}] * count
        session.close()


def test_an_expunged_message_never_turns_into_another(two):
    """Rules 16 and 17: the old number means the old message until the session is told."""
    first, second = two
    first.ok(r"STORE 1 +FLAGS.SILENT (\Deleted)")
    first.ok("EXPUNGE")
    responses = second.command("FETCH 1 (UID BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
    assert not any(len(r) > 2 and r[2] == b"EXPUNGE" for r in responses), "not during FETCH"
    got = fetched(responses)
    if 1 in got and b"BODY[HEADER.FIELDS (SUBJECT)]" in got[1]:
        assert got[1][b"BODY[HEADER.FIELDS (SUBJECT)]"] == b"Subject: 0\r\n\r\n"
    else:
        assert responses[-1][1] == b"NO" and b"EXPUNGEISSUED" in responses[-1][2]
    second.command(r"STORE 1 +FLAGS (\Flagged)")
    assert [b"*", b"1", b"EXPUNGE"] in second.ok("NOOP")
    got = fetched(second.ok("FETCH 1:* (UID FLAGS)"))
    assert [int(got[n][b"UID"]) for n in (1, 2)] == [2, 3]
    assert all(b"\\Flagged" not in got[n][b"FLAGS"] for n in (1, 2))


def test_recent_is_claimed_by_one_session(posthorn, account):
    posthorn.deliver(account, b"Subject: x\r\n\r\nx\r\n")
    sessions = [Connection(posthorn.host, posthorn.port("IMAP", instance)).login(account)
                for instance in (1, 2)]
    recent = []
    for session in sessions:
        responses = session.ok("SELECT INBOX")
        recent.append(next(int(r[1]) for r in responses if r[-1] == b"RECENT"))
    assert sorted(recent) == [0, 1]
    for session in sessions:
        session.close()


def test_deleting_the_selected_mailbox_elsewhere_does_not_hang(posthorn, account):
    """Rule 18."""
    first, second = [Connection(posthorn.host, posthorn.port("IMAP", instance)).login(account)
                     for instance in (1, 2)]
    first.ok("CREATE Gone")
    second.ok("SELECT Gone")
    first.ok("DELETE Gone")
    try:
        second.command("NOOP")
        responses = second.command("FETCH 1:* FLAGS")
        assert not fetched(responses)
    except ConnectionError:
        pass  # BYE is an answer too
    first.close()
    second.close()


def test_pop3_and_imap_show_the_same_mailbox_through_other_gateways(posthorn, two, account):
    two[0].ok(r"STORE 2 +FLAGS.SILENT (\Deleted)")
    two[0].ok("EXPUNGE")
    client = posthorn.pop3(account, instance=2)
    assert client.stat()[0] == 2
    client.dele(1)
    client.quit()
    responses = two[1].ok("NOOP")
    assert [r[1:] for r in responses if r[-1] == b"EXPUNGE"] == [[b"1", b"EXPUNGE"]] * 2 or \
        [r[1:] for r in responses if r[-1] == b"EXPUNGE"] == [[b"2", b"EXPUNGE"], [b"1", b"EXPUNGE"]]


def test_a_maildrop_is_locked_across_gateways(posthorn, account):
    import poplib
    first = posthorn.pop3(account, instance=1)
    with pytest.raises(poplib.error_proto, match=r"\[IN-USE\]"):
        posthorn.pop3(account, instance=2)
    first.quit()
    wait_until(lambda: posthorn.pop3(account, instance=2).quit(), "the lock is free after QUIT")
