"""NOTIFY (RFC 5465): events told without a command; through two gateways."""

import imap_raw
from imap_sessions import append, shown, tagged

MESSAGES = "(MessageNew MessageExpunge)"
ALL = "(MessageNew MessageExpunge FlagChange)"


def told(imap, seconds=15):
    """The next untagged response that comes unasked, as text."""
    response = imap.idle_response(seconds)
    assert response is not None, "nothing was told"
    return shown([response])[0]


def told_until(imap, wanted):
    """Unasked responses up to and with the first one that `wanted` holds for."""
    lines = []
    while not lines or not wanted(lines[-1]):
        lines.append(told(imap))
    return lines


def quiet(imap):
    """What a NOOP tells, with all that came unasked before it."""
    return shown(imap.ok("NOOP"))


def test_selected_is_told_at_once(pair):
    a, b = pair
    append(a, 2)
    a.ok("SELECT INBOX")
    b.ok("SELECT INBOX")
    b.ok("NOTIFY SET (SELECTED (MessageNew (UID FLAGS) MessageExpunge FlagChange))")
    append(a)
    assert told(b) == "3 EXISTS"
    assert told(b).endswith("RECENT")
    assert told(b).startswith("3 FETCH (UID 3 FLAGS (")
    a.ok(r"STORE 1 +FLAGS.SILENT (\Flagged)")
    assert "\\Flagged" in told(b)
    a.ok(r"STORE 1 +FLAGS.SILENT (\Deleted)")
    assert "\\Deleted" in told(b)
    a.ok("EXPUNGE")
    assert told(b) == "1 EXPUNGE"


def test_new_messages_come_with_what_was_asked_for(pair):
    a, b = pair
    b.ok("SELECT INBOX")
    b.ok("NOTIFY SET (SELECTED (MessageNew (UID BODY.PEEK[HEADER.FIELDS (SUBJECT)]) "
         "MessageExpunge))")
    append(a)
    lines = told_until(b, lambda line: "FETCH" in line)
    assert lines[0] == "1 EXISTS" and "UID 1" in lines[-1] and "Subject: letter" in lines[-1]
    # Changes of flags were not asked for.
    a.ok("SELECT INBOX")
    a.ok(r"STORE 1 +FLAGS.SILENT (\Flagged)")
    assert [line for line in quiet(b) if "FETCH" in line] == []


def test_selected_delayed_holds_removals_back(pair):
    a, b = pair
    append(a, 3)
    a.ok("SELECT INBOX")
    b.ok("SELECT INBOX")
    b.ok(f"NOTIFY SET (SELECTED-DELAYED {ALL})")
    a.ok(r"STORE 1 +FLAGS.SILENT (\Deleted)")
    assert "\\Deleted" in told(b)
    a.ok("EXPUNGE")
    append(a)
    lines = told_until(b, lambda line: "EXISTS" in line)
    assert [line for line in lines if "EXPUNGE" in line] == []
    # The number stays taken until a command may tell it.
    assert imap_raw.fetched(b.ok("FETCH 2 UID"))[2][b"UID"] == b"2"
    assert "1 EXPUNGE" in quiet(b)


def test_under_qresync(pair):
    a, b = pair
    append(a, 2)
    a.ok("SELECT INBOX")
    b.ok("ENABLE QRESYNC")
    b.ok("SELECT INBOX")
    b.ok(f"NOTIFY SET (SELECTED {ALL})")
    a.ok(r"STORE 1 +FLAGS.SILENT (\Deleted)")
    assert "MODSEQ" in told(b)
    a.ok("EXPUNGE")
    assert told(b) == "VANISHED 1"


def test_nothing_is_told_that_was_not_asked_for(pair):
    a, b = pair
    append(a, 2)
    a.ok("SELECT INBOX")
    b.ok("SELECT INBOX")
    b.ok("NOTIFY NONE")
    append(a)
    a.ok(r"STORE 1 +FLAGS.SILENT (\Deleted)")
    a.ok("EXPUNGE")
    assert quiet(b) == []
    # All of it is told when it is asked for again: SET does what NOOP does.
    lines = shown(b.ok(f"NOTIFY SET (SELECTED {ALL})"))
    assert "1 EXPUNGE" in lines and "2 EXISTS" in lines


def test_status_of_other_mailboxes(pair):
    a, b = pair
    a.ok("CREATE one")
    a.ok("CREATE two")
    append(a, 1, "one")
    lines = shown(b.ok(f"NOTIFY SET STATUS (MAILBOXES (one nowhere) {ALL})"))
    assert len(lines) == 1 and lines[0].startswith("STATUS one (UIDVALIDITY ")
    assert "UIDNEXT 2 MESSAGES 1" in lines[0] and "HIGHESTMODSEQ" in lines[0]
    append(a, 1, "two")
    append(a, 1, "one")
    line = told_until(b, lambda line: "MESSAGES 2" in line)[-1]
    assert line.startswith("STATUS one ") and "UIDNEXT 3" in line
    a.ok("SELECT one")
    a.ok(r"STORE 1 +FLAGS.SILENT (\Seen)")
    assert "UNSEEN 1" in told_until(b, lambda line: "UNSEEN 1" in line)[-1]
    a.ok(r"STORE 1 +FLAGS.SILENT (\Deleted)")
    a.ok("EXPUNGE")
    told_until(b, lambda line: "MESSAGES 1" in line)


def test_inboxes_while_another_is_selected(posthorn, pair, account):
    a, b = pair
    a.ok("CREATE other")
    b.ok("SELECT other")
    b.ok(f"NOTIFY SET (SELECTED {MESSAGES}) (INBOXES {MESSAGES})")
    posthorn.deliver(account, b"Subject: new\r\n\r\ntext\r\n")
    assert "STATUS INBOX" in told_until(b, lambda line: "MESSAGES 1" in line)[-1]


def test_names_and_subscriptions(pair):
    a, b = pair
    b.ok("NOTIFY SET (PERSONAL (MailboxName SubscriptionChange))")
    a.ok("CREATE new")
    assert "(\\HasNoChildren) / new" in told(b)
    a.ok("SUBSCRIBE new")
    assert "\\Subscribed) / new" in told(b)
    a.ok("RENAME new renamed")
    lines = told_until(b, lambda line: "OLDNAME" in line)
    assert lines[-1].endswith("/ renamed (OLDNAME (new))")
    a.ok("DELETE renamed")
    assert "\\NonExistent" in told_until(b, lambda line: "renamed" in line)[-1]
    # What the session does itself is no news.
    b.ok("CREATE own")
    b.ok("SUBSCRIBE own")
    a.ok("CREATE last")
    assert told(b).endswith("/ last")


def test_subtree_and_a_mailbox_made_later(pair):
    a, b = pair
    a.ok("CREATE top")
    b.ok("NOTIFY SET (SUBTREE top (MessageNew MessageExpunge MailboxName))")
    a.ok("CREATE elsewhere")
    a.ok("CREATE top/below")
    lines = told_until(b, lambda line: line.endswith("top/below"))
    assert [line for line in lines if "elsewhere" in line] == []
    append(a, 1, "top/below")
    assert "STATUS top/below" in told_until(b, lambda line: "MESSAGES 1" in line)[-1]


def test_changes_of_annotations(pair):
    a, b = pair
    a.ok("CREATE other")
    b.ok("NOTIFY SET (MAILBOXES INBOX (MailboxMetadataChange)) "
         "(SUBTREE other (ServerMetadataChange))")
    a.ok('SETMETADATA other (/private/comment "x")')
    a.ok('SETMETADATA INBOX (/private/comment "x" /shared/comment "y")')
    assert told(b) == "METADATA INBOX /shared/comment /private/comment"
    a.ok("SETMETADATA INBOX (/private/comment NIL)")
    assert told(b) == "METADATA INBOX /private/comment"
    a.ok('SETMETADATA "" (/private/vendor/x "1")')
    assert told(b) == "METADATA  /private/vendor/x"
    # What the session does itself is no news.
    b.ok('SETMETADATA INBOX (/private/own "1")')
    a.ok('SETMETADATA INBOX (/private/last "1")')
    assert told(b) == "METADATA INBOX /private/last"
    b.ok("NOTIFY SET (PERSONAL (MailboxName))")
    a.ok('SETMETADATA INBOX (/private/last "2")')
    a.ok("CREATE last")
    assert told(b).endswith("/ last")


def test_enable_metadata_tells_of_them_within_commands(pair):
    a, b = pair
    assert b.ok("ENABLE METADATA") == [[b"*", b"ENABLED", b"METADATA"]]
    a.ok("CREATE other")
    a.ok('SETMETADATA other (/shared/comment "x")')
    a.ok('SETMETADATA "" (/private/comment "x")')
    assert quiet(b) == ["METADATA  /private/comment", "METADATA other /shared/comment"]
    assert quiet(b) == []
    b.ok('SETMETADATA other (/shared/comment "mine")')
    assert quiet(b) == []
    assert quiet(a) == []
    b.idle()
    a.ok("SETMETADATA other (/shared/comment NIL)")
    assert told(b) == "METADATA other /shared/comment"
    b.done()
    # NOTIFY decides anew.
    b.ok("NOTIFY NONE")
    a.ok('SETMETADATA other (/shared/comment "x")')
    assert quiet(b) == []


def test_idle_tells_the_same(pair):
    a, b = pair
    a.ok("CREATE other")
    b.ok(f"NOTIFY SET (MAILBOXES other {MESSAGES})")
    b.ok("SELECT INBOX")
    b.idle()
    append(a)
    append(a, 1, "other")
    lines = told_until(b, lambda line: "MESSAGES 1" in line)
    assert [line for line in lines if "EXISTS" in line] == []
    assert b.done()[-1][1] == b"OK"


def test_what_is_refused(pair):
    imap = pair[0]
    for bad in ("NOTIFY", "NOTIFY SET", "NOTIFY SET (PERSONAL (MessageNew))",
                "NOTIFY SET (SELECTED (MailboxName))", "NOTIFY SET (PERSONAL (FlagChange))",
                "NOTIFY NONE (PERSONAL NONE)"):
        assert tagged(imap, bad)[0] == "BAD", bad
    outcome, code = tagged(imap, "NOTIFY SET (PERSONAL (SomethingElse))")
    assert outcome == "NO" and code.startswith("[BADEVENT (MessageNew ")
    assert b"NOTIFY" in imap.ok("CAPABILITY")[0]


def test_more_than_can_be_watched(pair):
    imap = pair[0]
    imap.send(b"".join(b'm%d CREATE "many/%d"\r\n' % (n, n) for n in range(500)))
    for n in range(500):
        assert imap.until(b"m%d" % n)[-1][1] == b"OK"
    answers = imap.command(f"NOTIFY SET (PERSONAL {MESSAGES})")
    # RFC 5465 5.8: the refusal says it, and nothing else does.
    assert [r[1:3] for r in answers] == [[b"NO", b"[NOTIFICATIONOVERFLOW]"]]
    assert quiet(imap) == []
