"""Two gateways, each with a mailstore of its own: what one mailstore wrote the other has to learn.
Elsewhere the calls of an account meet in one mailstore, whichever gateway they come through."""

import concurrent.futures
import contextlib
import itertools
import threading

import imap_raw
import pytest
from imap_sessions import append, literal, shown, tagged

# The rules that two sessions are enough for, once more: pytest runs what is imported here.
from test_imap_condstore import (  # noqa: F401
    test_each_store_has_a_modseq_of_its_own, test_rule_04_modseq_grows_with_every_change,
    test_rule_27_unchangedsince, test_rule_28_of_two_conditional_stores_one_wins)
from test_imap_notify import (  # noqa: F401
    test_names_and_subscriptions, test_selected_is_told_at_once, test_status_of_other_mailboxes,
    test_under_qresync)
from test_imap_numbers import (  # noqa: F401
    test_rule_01_a_uid_is_never_given_out_again, test_rule_01_uids_become_visible_in_order,
    test_rule_02_uidnext, test_rule_03_uidvalidity, test_rule_09_nothing_is_told_without_a_command,
    test_rule_12_exists_never_shrinks, test_rule_16_a_number_that_is_gone_is_no_other_message,
    test_rule_17_store_on_a_number_that_is_gone)
from test_imap_qresync import (  # noqa: F401
    away, test_a_client_comes_back, test_highestmodseq_of_expunge_covers_what_others_did,
    test_rule_32_vanished_is_bounded_by_what_the_client_knows,
    test_rule_34_vanished_names_no_living_uid)
from test_imap_sessions import (  # noqa: F401
    test_a_silent_store_does_not_hide_what_another_session_changed,
    test_rule_09_expunges_wait_until_they_may_be_told, test_rule_11_come_and_gone_is_never_mentioned,
    test_rule_13_flag_changes_reach_the_other_session,
    test_rule_14_idle_tells_arrivals_changes_and_removals,
    test_rule_15_noop_tells_everything_committed_before,
    test_rule_18_a_mailbox_deleted_under_a_session, test_rule_18_a_mailbox_renamed_under_a_session,
    test_rule_20_nothing_of_the_old_mailbox_is_told_in_the_new)

LETTER = b"Subject: letter\r\n\r\nHello\r\n"


@pytest.fixture(scope="module", autouse=True)
def apart(posthorn):
    with posthorn.apart("IMAP_GATEWAY", "SMTP_GATEWAY"):
        yield


@pytest.fixture
def connect(posthorn, account):
    """connect(): one more session of the account, on the two gateways in turn."""
    with contextlib.ExitStack() as stack:
        instances = itertools.cycle([1, 2])

        def connected():
            imap = imap_raw.Connection(posthorn.host, posthorn.port("IMAP", next(instances)))
            stack.callback(imap.close)
            return imap.login(account)

        yield connected


def at_once(*functions):
    """Runs them in threads: what they return, in their order."""
    with concurrent.futures.ThreadPoolExecutor(len(functions)) as pool:
        return [future.result() for future in [pool.submit(function) for function in functions]]


def uids(imap):
    return [int(uid) for uid in imap.ok("UID SEARCH ALL")[0][2:]]


def subjects(imap):
    """{UID: the word of its subject} of the selected mailbox."""
    got = imap_raw.fetched(imap.ok("UID FETCH 1:* (UID BODY.PEEK[HEADER.FIELDS (SUBJECT)])"))
    return {int(row[b"UID"]): row[b"BODY[HEADER.FIELDS (SUBJECT)]"].split()[1].decode()
            for row in got.values()}


def numbers_of(text):
    """"1:3,7" as a list."""
    ranges = [part.split(":") for part in text.split(",")]
    return [n for each in ranges for n in range(int(each[0]), int(each[-1]) + 1)]


def appended(imap, subject, command="APPEND INBOX"):
    """The UID that an APPEND tells."""
    letter = f"Subject: {subject}\r\n\r\nx\r\n".encode()
    answer = imap.command(command.encode() + b" " + literal(letter))[-1]
    assert answer[1] == b"OK", answer
    return int(answer[2].split()[2].rstrip(b"]"))


# ---- rule 1

def test_rule_01_deliveries_and_appends_become_visible_in_uid_order(posthorn, account, connect):
    """Both mailstores write, whoever looks through either sees no UID before a lower one."""
    each = 25
    writing = threading.Event()

    def deliver(instance):
        for number in range(each):
            posthorn.deliver(account, f"Subject: smtp{instance}-{number}\r\n\r\nx\r\n",
                             instance=instance)

    def add(session, name):
        return [appended(session, f"{name}-{number}") for number in range(each)]

    def watch(session):
        seen = []
        session.ok("SELECT INBOX")
        while not writing.is_set() or len(seen) < 4 * each:
            session.ok("NOOP")
            now = uids(session)
            assert now[:len(seen)] == seen and now == sorted(set(now))
            seen = now
        return seen

    def write():
        try:
            return at_once(lambda: deliver(1), lambda: deliver(2), lambda: add(one, "one"),
                           lambda: add(two, "two"))
        finally:
            writing.set()

    one, two, three, four = (connect() for _ in range(4))
    (_, _, first, second), *seen = at_once(write, lambda: watch(three), lambda: watch(four))
    assert seen[0] == seen[1] and len(seen[0]) == 4 * each
    # A session's own have ascending UIDs, and each is where its APPENDUID says.
    assert first == sorted(first) and second == sorted(second)
    there = subjects(three)
    assert [there[uid] for uid in first + second] == [
        f"{name}-{number}" for name in ("one", "two") for number in range(each)]


@pytest.mark.parametrize("failing", [
    b"APPEND nowhere " + literal(LETTER),
    b"APPEND INBOX " + literal(LETTER) + b" " + literal(b""),  # RFC 3502: the last one gives it up
    b"APPEND INBOX CATENATE (TEXT " + literal(LETTER) + b' URL "/INBOX/;UID=4000000")',
    b"APPEND INBOX " + literal(b"x" * 9000) + b" " + literal(b"x" * 9000),  # over the quota
    b"COPY 1:* nowhere", b"MOVE 1 nowhere"], ids=lambda command: command[:24].decode())
def test_rule_01_what_fails_uses_no_uid_twice(posthorn, account, connect, failing):
    one, two, three = (connect() for _ in range(3))
    appended(one, "first")
    posthorn.mailctl("account", "quota", account.address, "16K")
    for session in (one, two):
        session.ok("SELECT INBOX")

    def fail():
        for _ in range(10):
            assert one.command(failing)[-1][1] == b"NO"

    def succeed():
        return [appended(two, f"two-{number}") for number in range(10)]

    _, own = at_once(fail, succeed)
    own += [appended(session, f"late-{number}") for number, session in enumerate([one, two, three])]
    assert own == sorted(set(own))
    two.ok("NOOP")
    assert subjects(two) == {1: "first", **dict(zip(own, [f"two-{n}" for n in range(10)]
                                                    + ["late-0", "late-1", "late-2"]))}


def test_rule_01_a_client_that_vanishes_uses_no_uid_twice(connect):
    own = []
    for number in range(5):
        lost = connect()
        lost.send(b"a APPEND INBOX {5000+}\r\nSubject: lost\r\n\r\n" + b"x" * 100 * number)
        lost.close()
        own.append(appended(connect(), f"kept-{number}"))
    assert own == sorted(set(own))
    reader = connect()
    reader.ok("EXAMINE INBOX")
    assert list(subjects(reader).values()) == [f"kept-{number}" for number in range(5)]


# ---- rule 14

@pytest.mark.parametrize("instance", [1, 2])
def test_rule_14_idle_is_told_what_came_through_the_other_store(posthorn, account, connect, instance):
    sessions = [connect(), connect()]
    idler, other = sessions[instance - 1], sessions[2 - instance]
    append(other, 2)
    for session in sessions:
        session.ok("SELECT INBOX")

    def told(*wanted):
        """Waits until lines that begin like these have come, in this order."""
        for start in wanted:
            line = ""
            while not line.startswith(start):
                response = idler.idle_response(20)
                assert response is not None, f"nothing like {start}"
                line = shown([response])[0]

    idler.idle()
    posthorn.deliver(account, LETTER, instance=3 - instance)
    told("3 EXISTS")
    append(other)
    told("4 EXISTS")
    other.ok(r"STORE 2 +FLAGS.SILENT (\Flagged fresh)")
    told("FLAGS (", "2 FETCH (")
    other.ok("COPY 1 INBOX")
    told("5 EXISTS")
    other.ok("MOVE 1 Archive")
    told("1 EXPUNGE")
    other.ok(r"STORE 1 +FLAGS.SILENT (\Deleted)")
    other.ok("CLOSE")
    told("1 EXPUNGE")
    # Commands in the packet of DONE are answered after what happened meanwhile.
    posthorn.deliver(account, LETTER, instance=3 - instance)
    idler.send(b"DONE\r\nx NOOP\r\ny UID SEARCH ALL\r\n")
    idler.until(b"T%d" % idler.number)
    idler.until(b"x")
    assert len(idler.until(b"y")[0][2:]) == 4


def test_rule_14_idle_goes_on_when_its_mailstore_comes_back(posthorn, account, connect):
    idler, other = connect(), connect()
    idler.ok("SELECT INBOX")
    idler.idle()
    posthorn.kill("MAILSTORE", 1)
    try:
        append(other, 3)
    finally:
        posthorn.up()
    lines = []
    while "3 EXISTS" not in lines:
        response = idler.idle_response(60)
        assert response is not None, lines
        lines += shown([response])
    append(other)
    assert shown([idler.idle_response(20)])[0] in ("4 EXISTS", "3 RECENT")
    assert idler.done()[-1][1] == b"OK"


# ---- rule 15

@pytest.mark.parametrize("command", ["NOOP", "CHECK"])
def test_rule_15_a_barrier_shows_what_the_other_store_has_committed(connect, command):
    """Whatever was answered OK before the command was sent."""
    writer, reader = connect(), connect()
    append(writer, 60)
    for session in (writer, reader):
        session.ok("SELECT INBOX (CONDSTORE)")
    done = {"exists": 60, "flagged": set()}
    stop = threading.Event()

    def write():
        try:
            for number in range(1, 61):
                append(writer)
                done["exists"] += 1
                writer.ok(rf"STORE {number} +FLAGS.SILENT (\Flagged)")
                done["flagged"] = done["flagged"] | {number}
        finally:
            stop.set()

    def read():
        exists, flagged = 60, set()
        while not stop.is_set():
            before = dict(done)
            answers = reader.ok(command)
            exists = max([exists] + [int(r[1]) for r in answers if r[-1] == b"EXISTS"])
            flagged |= {n for n, items in imap_raw.fetched(answers).items()
                        if b"\\Flagged" in items[b"FLAGS"]}
            assert exists >= before["exists"] and flagged >= before["flagged"]
        return True

    assert at_once(write, read)[1]
    writer.ok(r"STORE 1:50 +FLAGS.SILENT (\Deleted)")
    writer.ok("EXPUNGE")
    gone = [line for line in shown(reader.ok(command)) if line.endswith("EXPUNGE")]
    assert gone == ["1 EXPUNGE"] * 50


def test_rule_15_what_is_opened_anew_is_up_to_date(connect):
    """SELECT and STATUS are barriers too."""
    writer, reader = connect(), connect()
    for number in range(1, 30):
        append(writer)
        assert shown(reader.ok("STATUS INBOX (MESSAGES UIDNEXT)")) == [
            f"STATUS INBOX (MESSAGES {number} UIDNEXT {number + 1})"]
        assert f"{number} EXISTS" in shown(reader.ok("EXAMINE INBOX"))
        reader.ok("UNSELECT")


# ---- rule 21

def recent(session):
    return {int(uid) for uid in session.ok("UID SEARCH RECENT")[0][2:]}


def test_rule_21_of_many_that_select_at_once_each_message_is_recent_in_one(connect):
    sessions = [connect() for _ in range(6)]
    examiner, modern = connect(), connect()
    modern.ok("ENABLE IMAP4rev2")
    for _ in range(4):
        append(examiner, 10)
        assert shown(examiner.ok("EXAMINE INBOX"))
        assert "RECENT 10" in shown(examiner.ok("STATUS INBOX (RECENT)"))[0]
        barrier = threading.Barrier(len(sessions) + 2)

        def select(session):
            barrier.wait(60)
            return next((int(r[1]) for r in session.ok("SELECT INBOX") if r[-1] == b"RECENT"), 0)

        def examine():
            barrier.wait(60)
            examiner.ok("EXAMINE INBOX")

        counts = at_once(examine, *[lambda s=s: select(s) for s in [*sessions, modern]])[1:]
        assert sum(counts) == 10 and counts[-1] == 0
        assert shown(examiner.ok("STATUS INBOX (RECENT)")) == ["STATUS INBOX (RECENT 0)"]


def test_rule_21_arrivals_are_recent_in_one_session_each(posthorn, account, connect):
    """While they come in through both mailstores, and all look for them."""
    sessions = [connect() for _ in range(4)]
    for session in sessions:
        session.ok("SELECT INBOX")
    arriving = threading.Event()

    def deliver():
        try:
            for number in range(40):
                posthorn.deliver(account, LETTER, instance=1 + number % 2)
        finally:
            arriving.set()

    def look(session):
        while not arriving.is_set():
            session.ok("NOOP")
        session.ok("NOOP")
        return recent(session)

    claimed = at_once(deliver, *[lambda s=s: look(s) for s in sessions])[1:]
    assert sorted(uid for each in claimed for uid in each) == list(range(1, 41))
    for session, own in zip(sessions, claimed):
        flags = imap_raw.fetched(session.ok("UID FETCH 1:* (UID FLAGS)"))
        assert {int(row[b"UID"]) for row in flags.values() if b"\\Recent" in row[b"FLAGS"]} == own


# ---- rule 23

def test_rule_23_flags_and_new_keywords_set_at_once_merge(connect):
    """Four sessions give the same messages keywords that the mailbox does not know yet."""
    sessions = [connect() for _ in range(4)]
    append(sessions[0], 20)
    for session in sessions:
        session.ok("SELECT INBOX")
    system = [r"\Answered", r"\Flagged", r"\Draft", r"\Seen"]

    def store(index):
        for turn in range(10):
            sessions[index].ok(f"STORE 1:20 +FLAGS.SILENT (k{index}-{turn} {system[index]})")

    at_once(*[lambda i=i: store(i) for i in range(4)])
    wanted = {f"k{index}-{turn}" for index in range(4) for turn in range(10)} | set(system)
    for session in sessions:
        session.ok("NOOP")
        for row in imap_raw.fetched(session.ok("FETCH 1:* FLAGS")).values():
            assert {flag.decode() for flag in row[b"FLAGS"]} - {r"\Recent"} == wanted


def test_rule_23_adding_and_removing_at_once_touch_only_their_own(connect):
    one, two, three = (connect() for _ in range(3))
    append(one, 10)
    for session in (one, two, three):
        session.ok("SELECT INBOX")
    owner = next(s for s in (one, two, three) if recent(s))

    def toggle(session, flag, turns):
        for turn in range(turns):
            session.ok(f"STORE 1:10 {'+-'[turn % 2]}FLAGS.SILENT ({flag})")

    at_once(lambda: toggle(one, "one", 21), lambda: toggle(two, r"\Answered", 20),
            lambda: toggle(three, r"\Flagged", 21))
    for session in (one, two, three):
        session.ok("NOOP")
        for row in imap_raw.fetched(session.ok("FETCH 1:* FLAGS")).values():
            assert set(row[b"FLAGS"]) - {b"\\Recent"} == {b"one", b"\\Flagged"}
    # FLAGS takes all the others' away, and \Recent from nobody.
    two.ok(r"STORE 1:10 FLAGS.SILENT (\Draft)")
    owner.ok("NOOP")
    for row in imap_raw.fetched(owner.ok("FETCH 1:* FLAGS")).values():
        assert set(row[b"FLAGS"]) == {b"\\Draft", b"\\Recent"}


# ---- rule 63

def copied(responses):
    """{UID it had: UID it has} by COPYUID."""
    for response in responses:
        if response[1] == b"OK" and (response[2] or b"").startswith(b"[COPYUID "):
            _, _, sources, targets = response[2].decode().strip("[]").split()
            return dict(zip(numbers_of(sources), numbers_of(targets), strict=True))
    return {}


def test_rule_63_of_two_moves_at_once_one_gets_each_message(connect):
    one, two = connect(), connect()
    for name in ("left", "right"):
        one.ok(f"CREATE {name}")
    for round_ in range(5):
        own = [appended(one, f"{round_}-{number}") for number in range(30)]
        names = dict(zip(own, [f"{round_}-{number}" for number in range(30)]))
        for session in (one, two):
            session.ok("SELECT INBOX")
        barrier = threading.Barrier(2)

        def move(session, to):
            barrier.wait(60)
            moved = {}
            for first in range(own[0], own[-1] + 1, 5):
                answers = session.command(f"UID MOVE {first}:{first + 4} {to}")
                assert answers[-1][1] == b"OK"
                moved.update(copied(answers))
            return moved

        left, right = at_once(lambda: move(one, "left"), lambda: move(two, "right"))
        assert not set(left) & set(right) and sorted({**left, **right}) == own
        for session, to, moved in ((one, "left", left), (two, "right", right)):
            session.ok("NOOP")
            assert uids(session) == []
            session.ok(f"SELECT {to}")
            there = subjects(session)
            assert {there[target]: names[source] for source, target in moved.items()} == {
                names[source]: names[source] for source in moved}


@pytest.mark.parametrize("command", ["COPY 1:200 target", "MOVE 1:200 target", "MULTIAPPEND"])
def test_rule_63_all_of_them_are_seen_at_once(connect, command):
    """Through the other mailstore: none, or all 200; never some."""
    writer, reader = connect(), connect()
    writer.ok("CREATE target")
    many = b" ".join(literal(b"Subject: %d\r\n\r\nx\r\n" % number) for number in range(200))
    writer.ok(b"APPEND INBOX " + many)
    writer.ok("SELECT INBOX")
    watching, written = threading.Event(), threading.Event()

    def write():
        watching.wait(60)
        try:
            writer.ok(b"APPEND target " + many if command == "MULTIAPPEND" else command.encode())
        finally:
            written.set()

    def read():
        seen = []
        while not written.is_set():
            seen.append(int(reader.ok("STATUS target (MESSAGES)")[0][3][1]))
            watching.set()
        seen.append(int(reader.ok("STATUS target (MESSAGES)")[0][3][1]))
        return seen

    seen = at_once(write, read)[1]
    assert set(seen) == {0, 200} and seen == sorted(seen)


def test_rule_63_moves_of_what_another_session_removed(connect):
    one, two = connect(), connect()
    one.ok("CREATE there")
    append(one, 4)
    for session in (one, two):
        session.ok("SELECT INBOX")
    one.ok("UID MOVE 2:3 there")
    # Of what is left, by number and by UID; the rest is no failure.
    assert copied(two.command("MOVE 1:3 there")) == {1: 3}
    assert copied(two.command("UID MOVE 1:4 there")) == {4: 4}
    assert tagged(two, "UID MOVE 1:4 there") == ("OK", "")
    one.ok("NOOP")
    assert uids(one) == uids(two) == []
    assert shown(one.ok("STATUS there (MESSAGES UIDNEXT)")) == ["STATUS there (MESSAGES 4 UIDNEXT 5)"]
