"""10,000 messages, over 100 kills at every named failpoint and between, stalls beyond leases, lost
answers and a crash of the database: what the ledger of the senders says is what became of them.
STORM_ROUNDS=N rages N times as long.

The invariants have the numbers that docs/architecture.md ("Faults") gives them."""

import collections

import pytest
import storm_audit
from posthorn import wait_until
from storm import HEALED_WITHIN, LEASE_SECONDS, MESSAGES, ROUNDS, rage
from storm_ledger import ACCEPTED, BOUNCED, HELD, HUSHED, LOCAL, REFUSED, RELAYED, SLOW, UNKNOWN
from storm_victims import failpoints
from storm_watch import MAILBOXES

OUTSIDE = (RELAYED, SLOW)


@pytest.fixture(scope="module")
def storm(network):
    with rage(network) as raged:
        print(raged.report())
        for row in raged.left:
            print("left:", *row)
        if raged.left:
            print(*(f"{name}: {text}" for name, text in raged.complaints.items()), sep="\n")
        yield raged
    network.sweep()


@pytest.fixture(scope="module")
def here(storm):
    """Identity -> octets of it in the mailboxes here."""
    found = collections.defaultdict(list)
    for mailbox in MAILBOXES:
        for _, octets in storm.delivered_here[mailbox]:
            header = octets.partition(b"\r\n\r\n")[0].split(b"\r\n")
            [name] = [line[9:].decode() for line in header if line.startswith(b"Subject: ")]
            found[name].append(octets)
    return found


def fates(storm, here, entry):
    """How often each recipient of an entry has met the end that is meant for it."""
    for kind, address in entry.recipients:
        key = entry.identity, address
        if kind in OUTSIDE:
            yield len(storm.log["delivered", *key])
        elif kind in (LOCAL, HELD):
            yield len(here[entry.identity])
        else:
            yield len(storm.log["failed", *key])


def entries(storm, *outcomes):
    return [entry for entry in storm.ledger.entries.values() if entry.outcome in outcomes]


def test_the_storm_was_one(storm):
    """Each failpoint was hit in each process that has it, and all were killed often enough."""
    for victim in storm.victims:
        kind = {"MAILSTORE": "store.", "IMAP_GATEWAY": "imap."}.get(
            victim.service, "relay." if victim.instance > 2 else "gateway.")
        assert sorted(victim.reached) == sorted(failpoints(kind) * ROUNDS), victim.name
    assert storm.kills >= 100 * ROUNDS
    assert len(storm.ledger.accepted()) >= MESSAGES
    assert entries(storm, REFUSED) and entries(storm, UNKNOWN)
    assert storm.lost_leases and storm.watcher.moved and storm.watcher.sessions > 3


def test_i1_what_was_accepted_has_one_end_for_each_recipient(storm, here):
    """I1: a 250 means: in the mailbox, at the next hop, or returned; once by the log, and there."""
    wrong = [(entry.identity, entry.recipients) for entry in storm.ledger.accepted()
             if any(times != 1 for times in fates(storm, here, entry))]
    assert not wrong, wrong[:20]
    missing = [key for entry in storm.ledger.accepted() for key in
               ((entry.identity, address) for address in entry.of_kind(*OUTSIDE))
               if key not in storm.taken]
    assert not missing, missing[:20]


def test_i1_what_was_left_open_is_whole_or_not_at_all(storm, here):
    """I1, of those whose reply was lost: all recipients or none."""
    for entry in entries(storm, UNKNOWN):
        assert len(set(fates(storm, here, entry))) == 1, entry


def test_i2_what_was_refused_is_nowhere(storm, here):
    """I2: after a 4xx or 5xx nothing of the message is anywhere, not even in the log."""
    logged = {identity for _, identity, _ in storm.log}
    taken = {identity for identity, _ in storm.taken}
    told = {identity for _, identity, _ in storm.told}
    for entry in entries(storm, REFUSED):
        assert entry.identity not in logged | taken | told, entry
        assert not here[entry.identity], entry


def test_i3_nothing_enters_twice(storm):
    """I3, in: whoever lost the connection before the reply, the message was queued once."""
    twice = [key for key, rows in storm.log.items() if key[0] == "queued" and len(rows) > 1]
    assert not twice, twice[:20]


def test_i3_nothing_leaves_twice_without_a_reason(storm):
    """I3, out: a next hop took a message again only after a lease that ended without a result, when
    the end of the data may have been sent. (That this was noted may be lost with the database.)"""
    repeated = 0
    for (identity, address), octets in storm.taken.items():
        if len(octets) == 1:
            continue
        [(_, recipient, _)] = storm.log["delivered", identity, address]
        reasons = [at for sent, at in storm.lost_leases[recipient]
                   if sent or 0 < at - storm.crashed_at < 10 * LEASE_SECONDS]
        assert len(octets) - 1 <= len(reasons), (identity, address)
        repeated += 1
    print(f"I3: {repeated} of {len(storm.taken)} were taken more than once")
    assert repeated < len(storm.taken) / 3


def test_i4_octets_are_those_that_were_sent(storm, here):
    """I4: fields are added before the message, and nothing is changed."""
    for (identity, _), each in storm.taken.items():
        assert all(octets.endswith(storm.ledger.entries[identity].octets) for octets in each)
    for identity, each in here.items():
        assert all(octets.endswith(storm.ledger.entries[identity].octets) for octets in each)


def test_i5_uids_stand_for_one_message_and_ascend(storm):
    """I5: as a client saw it all the time, through kills of stores and gateways."""
    for mailbox, view in storm.watcher.views.items():
        assert view.subjects and not view.errors, (mailbox, view.errors)
        for uid, octets in storm.delivered_here[mailbox]:
            known = view.subjects.get(uid)
            assert known is None or b"\r\nSubject: %s\r\n" % known.encode() in octets, uid


def test_i6_a_move_leaves_one_copy(storm, here):
    """I6: moved and said so: there under the UID of COPYUID, and not here; else in one of both. That
    of APPEND: tests/faults/test_kill.py."""
    inbox, kept = (dict(storm.delivered_here[mailbox]) for mailbox in MAILBOXES)
    for uid, there in storm.watcher.moved.items():
        name = storm.watcher.views["INBOX"].subjects[uid]
        assert uid not in inbox and b"\r\nSubject: %s\r\n" % name.encode() in kept[there], name
    assert {len(octets) for octets in here.values()} <= {0, 1}


def test_i7_counts_are_what_a_recount_gives(storm):
    """I7: usage of accounts; messages, octets and unseen of mailboxes."""
    assert storm_audit.sql(storm.system, storm_audit.USAGE) == []
    assert storm_audit.sql(storm.system, storm_audit.MAILBOXES) == []


def test_i8_a_lease_has_one_holder(storm):
    """I8: no epoch had two workers, nothing was leased or taken before its time, slots kept within
    windows, and no recipient was settled twice. (That a late result is refused and counted:
    test_queue_faults.py.)"""
    assert storm.breaches == []
    ends = collections.Counter(row[1] for key, rows in storm.log.items()
                               if key[0] in ("delivered", "failed", "expired") for row in rows)
    assert not [recipient for recipient, times in ends.items() if times > 1]


def test_i9_one_report_of_a_failure_and_none_where_none_is_wanted(storm):
    """I9: attempts never decrease (the journal of I8); who is refused is reported once, with
    NOTIFY=NEVER never. (Of expiry: test_time.py; none for <>: test_failures.py.)"""
    for entry in entries(storm, ACCEPTED):
        for kind, address in entry.recipients:
            times = storm.told[entry.sender.address, entry.identity, address]
            assert times == (kind == BOUNCED), (kind, address, times)
    assert sum(storm.told.values()) == sum(
        1 for key in storm.told if storm.ledger.entries[key[1]].of_kind(BOUNCED))
    assert any(entry.of_kind(HUSHED) for entry in storm.ledger.accepted())


def test_i10_all_that_is_due_is_attempted_soon_after(storm):
    """I10: when the faults are over, the queue is empty soon after."""
    assert storm.left == [], f"not within {HEALED_WITHIN} s"


def test_i11_no_body_without_owner_and_no_owner_without_body(storm):
    """I11: after their grace, which is ended here, bodies that nobody owns are gone."""
    assert storm_audit.sql(storm.system, storm_audit.OWNERS_WITHOUT_BODY) == []

    def swept():
        storm_audit.sql(storm.system, storm_audit.END_GRACE)
        return storm_audit.sql(storm.system, "SELECT count(*) FROM blob_gc") == [["0"]]

    wait_until(swept, "upkeep has deleted what is due", 120)
    assert storm_audit.sql(storm.system, storm_audit.BODIES_WITHOUT_OWNER) == []
    assert not [text for text in storm.complaints.values() if "upkeep failed" in text]
    assert storm_audit.sql(storm.system, storm_audit.OWNERS_WITHOUT_BODY) == []


def test_i12_nothing_is_left_open(storm):
    """I12: descriptors as before the storm, and no transaction that has been open for seconds."""
    for name, before in storm.files_before.items():
        assert storm.files_after[name] <= before + 20, (name, before, storm.files_after[name])
    assert storm_audit.sql(storm.system, storm_audit.OLD_TRANSACTIONS) == []


def test_i13_a_client_that_comes_again_sees_what_it_saw(storm):
    """I13: each session, through whichever gateway was just started, began with all that the last
    one knew, under the same UIDs."""
    assert storm.watcher.errors == []
