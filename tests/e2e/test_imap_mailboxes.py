"""IMAP: names of mailboxes, LIST with all its options, STATUS items, quota, annotations."""

import imap_raw
from imap_sessions import LETTER, append_to as append, lines, tagged


def listed(imap, text):
    """{name: attributes, and CHILDINFO where it is}"""
    result = {}
    for line in lines(imap, text, b"LIST"):
        attributes = {a.decode() for a in line[0]}
        if len(line) > 3:
            assert line[3][0] == b"CHILDINFO"
            attributes.add("CHILDINFO " + " ".join(o.decode() for o in line[3][1]))
        result[line[2].decode()] = attributes
    return result


def status(imap, mailbox, items):
    [line] = lines(imap, f"STATUS {mailbox} ({items})", b"STATUS")
    assert line[0].decode() == mailbox.strip('"')
    return {k.decode(): v for k, v in zip(line[1][0::2], line[1][1::2])}


# ---- names (rules 55 to 58)

def test_rule_55_names_in_modified_utf7(imap):
    for wire in ("&-", "Tom &- Jerry", "&ZeVnLIqe-", "&2D3eAA-", "Caf&AOk-"):
        imap.ok(f'CREATE "{wire}"')
        assert wire in listed(imap, f'LIST "" "{wire}"')
        imap.ok(f'SELECT "{wire}"')
        imap.ok("UNSELECT")
    # One mailbox has one spelling: NFD comes back as NFC.
    assert tagged(imap, 'CREATE "Cafe&AwE-"') == ("NO", "[ALREADYEXISTS]")
    imap.ok('STATUS "Cafe&AwE-" (MESSAGES)')
    for invalid in ("&", "&A", "&AGE-", "&2D0-", "&3gA-", "&AOk", "&AOl-", "&AAo-"):
        assert tagged(imap, f'CREATE "{invalid}"') == ("NO", "[CANNOT]"), invalid
        assert tagged(imap, f'SELECT "{invalid}"') == ("NO", "[NONEXISTENT]"), invalid
        assert listed(imap, f'LIST "" "{invalid}"') == {}, invalid
    assert imap.command(b'CREATE "Caf\xc3\xa9"')[-1][1] in (b"NO", b"BAD")


def test_rule_56_inbox_in_any_case(imap):
    append(imap, "iNbOx")
    assert status(imap, "INBOX", "MESSAGES")["MESSAGES"] == b"1"
    imap.ok("CREATE inbox/child")
    assert set(listed(imap, 'LIST "" "InBox*"')) == {"INBOX", "INBOX/child"}
    assert tagged(imap, "CREATE inbox")[0] == "NO"
    assert tagged(imap, "DELETE Inbox")[0] == "NO"
    validity = status(imap, "INBOX", "UIDVALIDITY")
    imap.ok("RENAME inbox Moved")
    assert status(imap, "INBOX", "MESSAGES")["MESSAGES"] == b"0"
    assert status(imap, "Moved", "MESSAGES")["MESSAGES"] == b"1"
    assert status(imap, "INBOX", "UIDVALIDITY") == validity
    assert {"INBOX", "INBOX/child", "Moved"} <= set(listed(imap, 'LIST "" *'))


def test_rule_57_patterns_and_parents(imap):
    for name in ("a", "a/b", "a/b/c", "q/r/s"):
        imap.ok(f"CREATE {name}")
    imap.ok('CREATE "odd %*\\"\\\\ name/"')
    assert "a/b" not in listed(imap, 'LIST "" %')
    assert set(listed(imap, 'LIST "" a/%')) == {"a/b"}
    assert set(listed(imap, 'LIST "a/" %')) == {"a/b"}
    assert set(listed(imap, 'LIST a/ *')) == {"a/b", "a/b/c"}
    assert set(listed(imap, 'LIST "" "odd*"')) == {'odd %*"\\ name'}
    assert lines(imap, 'LIST "" ""', b"LIST") == [[[b"\\Noselect"], b"/", b""]]
    assert listed(imap, 'LIST "" q')["q"] == {"\\Noselect", "\\HasChildren"}
    assert listed(imap, 'LIST "" (q a) RETURN ()')["q"] == {"\\NonExistent", "\\HasChildren"}
    imap.ok("DELETE a/b")
    assert listed(imap, 'LIST "" a/%') == {"a/b": {"\\Noselect", "\\HasChildren"}}
    assert tagged(imap, "DELETE a/b") == ("NO", "[HASCHILDREN]")
    assert tagged(imap, "SELECT a/b") == ("NO", "[NONEXISTENT]")
    imap.ok("DELETE a/b/c")
    assert listed(imap, 'LIST "" a/*') == {}


def test_rule_58_subscriptions(imap):
    imap.ok("CREATE p/child")
    imap.ok("SUBSCRIBE p/child")
    [line] = [x for x in lines(imap, 'LSUB "" %', b"LSUB") if x[2] == b"p"]
    assert line[0] == [b"\\Noselect"]
    imap.ok("DELETE p/child")
    assert [x[2] for x in lines(imap, 'LSUB "" p/*', b"LSUB")] == [b"p/child"]
    assert listed(imap, 'LIST (SUBSCRIBED) "" p/*')["p/child"] >= {"\\NonExistent", "\\Subscribed"}
    # The parent is gone too, and is told for what is below it.
    assert listed(imap, 'LIST (SUBSCRIBED RECURSIVEMATCH) "" p') == {
        "p": {"\\NonExistent", "CHILDINFO SUBSCRIBED"}}
    assert listed(imap, 'LIST (SUBSCRIBED) "" p') == {}


def test_rule_58_list_status_comes_after_its_list(imap):
    imap.ok("CREATE x/y")
    append(imap, "x/y", number=2)
    told = imap.ok('LIST "" (INBOX x x/y) RETURN (STATUS (MESSAGES UIDNEXT))')
    assert [(r[1], r[4] if r[1] == b"LIST" else r[2]) for r in told] == [
        (b"LIST", b"INBOX"), (b"STATUS", b"INBOX"), (b"LIST", b"x"), (b"LIST", b"x/y"),
        (b"STATUS", b"x/y")]
    assert told[-1][3] == [b"MESSAGES", b"2", b"UIDNEXT", b"3"]


def test_rule_58_special_uses(imap):
    for text in ('LIST "" *', 'LIST "" * RETURN (SPECIAL-USE)', 'LIST (SPECIAL-USE) "" *'):
        assert "\\Sent" in listed(imap, text)["Sent"], text
    assert set(listed(imap, 'LIST (SPECIAL-USE) "" *')) == {
        "Drafts", "Sent", "Junk", "Trash", "Archive"}
    # One mailbox for each use.
    assert tagged(imap, r"CREATE Sent2 (USE (\Sent))") == ("NO", "[USEATTR]")
    assert "Sent2" not in listed(imap, 'LIST "" *')
    for use in (r"\All", r"\Flagged", r"\Nonsense", r"\Sent \Junk"):
        assert tagged(imap, f"CREATE Other (USE ({use}))") == ("NO", "[USEATTR]"), use
    imap.ok("DELETE Sent")
    imap.ok(r"CREATE Gesendet (USE (\sent))")
    assert set(listed(imap, 'LIST (SPECIAL-USE) "" G*')) == {"Gesendet"}
    assert tagged(imap, "CREATE Bad (USE ())")[0] == "BAD"


# ---- LIST with options (RFC 5258)

def test_list_extended_selects_and_returns(imap):
    for name in ("Foo", "Foo/Bar", "Foo/Baz", "Moo"):
        imap.ok(f"CREATE {name}")
    for name in ("INBOX", "Drafts", "Sent", "Junk", "Trash", "Archive"):
        imap.ok(f"UNSUBSCRIBE {name}")
    imap.ok("SUBSCRIBE Foo/Baz")
    imap.ok("SUBSCRIBE Moo")
    assert listed(imap, 'LIST (SUBSCRIBED) "" *') == {
        "Foo/Baz": {"\\Subscribed", "\\HasNoChildren"}, "Moo": {"\\Subscribed", "\\HasNoChildren"}}
    assert listed(imap, 'LIST (SUBSCRIBED RECURSIVEMATCH) "" %') == {
        "Foo": {"\\HasChildren", "CHILDINFO SUBSCRIBED"}, "Moo": {"\\Subscribed", "\\HasNoChildren"}}
    # RFC 5258 3.5: nothing for a parent whose children are told anyway.
    assert set(listed(imap, 'LIST (SUBSCRIBED RECURSIVEMATCH) "" *')) == {"Foo/Baz", "Moo"}
    assert listed(imap, 'LIST "" (Foo Moo Foo/*) RETURN (SUBSCRIBED CHILDREN)') == {
        "Foo": {"\\HasChildren"}, "Foo/Bar": {"\\HasNoChildren"},
        "Foo/Baz": {"\\Subscribed", "\\HasNoChildren"}, "Moo": {"\\Subscribed", "\\HasNoChildren"}}
    assert listed(imap, 'LIST (REMOTE) "" Moo') == {"Moo": {"\\HasNoChildren"}}
    for wrong in ('LIST (RECURSIVEMATCH) "" *', 'LIST (RECURSIVEMATCH REMOTE) "" *',
                  'LIST (NONSENSE) "" *', 'LIST "" * RETURN (NONSENSE)', 'LIST "" ()',
                  'LIST "" * RETURN (STATUS ())'):
        assert tagged(imap, wrong)[0] == "BAD", wrong


# ---- STATUS, MAILBOXID, APPENDLIMIT

def test_status_items(imap):
    append(imap, number=2)
    append(imap, flags=r"(\Deleted)")
    got = status(imap, "INBOX", "SIZE DELETED DELETED-STORAGE MESSAGES RECENT APPENDLIMIT MAILBOXID")
    assert int(got["SIZE"]) == 3 * len(LETTER)
    assert (got["DELETED"], int(got["DELETED-STORAGE"])) == (b"1", len(LETTER))
    assert (got["MESSAGES"], got["RECENT"]) == (b"3", b"3")
    capabilities = [w.decode() for w in imap.ok("CAPABILITY")[0][2:]]
    assert f"APPENDLIMIT={got['APPENDLIMIT'].decode()}" in capabilities
    for name in ("LIST-EXTENDED", "LIST-STATUS", "LIST-MYRIGHTS", "LIST-METADATA", "SPECIAL-USE",
                 "CREATE-SPECIAL-USE", "STATUS=SIZE", "QUOTA", "QUOTASET", "QUOTA=RES-STORAGE",
                 "QUOTA=RES-MESSAGE", "QUOTA=RES-MAILBOX", "ACL", "RIGHTS=kxte", "METADATA"):
        assert name in capabilities


def test_mailbox_id_outlives_the_name(imap):
    code = tagged(imap, "CREATE one")[1]
    assert code.startswith("[MAILBOXID (") and code.endswith(")]")
    [number] = status(imap, "one", "MAILBOXID")["MAILBOXID"]
    assert code == f"[MAILBOXID ({number.decode()})]"
    imap.ok("RENAME one two")
    assert status(imap, "two", "MAILBOXID")["MAILBOXID"] == [number]
    codes = [r[2] for r in imap.ok("SELECT two") if r[1] == b"OK"]
    assert b"[MAILBOXID (" + number + b")]" in codes
    imap.ok("UNSELECT")
    imap.ok("DELETE two")
    imap.ok("CREATE two")
    assert status(imap, "two", "MAILBOXID")["MAILBOXID"] != [number]


# ---- quota (RFC 9208)

def quota(imap, root):
    [line] = lines(imap, f'GETQUOTA "{root}"', b"QUOTA")
    words = [w.decode() for w in line[1]]
    return {words[i]: (int(words[i + 1]), int(words[i + 2])) for i in range(0, len(words), 3)}


def test_quota_is_told_and_binds(posthorn, account, imap):
    posthorn.mailctl("account", "quota", account.address, "64K", "--messages=3", "--mailboxes=8")
    answers = imap.ok("GETQUOTAROOT INBOX")
    assert [r[1] for r in answers] == [b"QUOTAROOT", b"QUOTA"]
    assert [r.decode() for r in answers[0][2:]] == ["INBOX", account.address]
    append(imap, number=2)
    assert quota(imap, account.address) == {
        "STORAGE": (1, 64), "MESSAGE": (2, 3), "MAILBOX": (6, 8)}
    # Octets.
    big = b"Subject: big\r\n\r\n" + b"x" * 76 + b"\r\n" * 35_000
    assert imap.command(b"APPEND INBOX {%d+}\r\n" % len(big) + big)[-1][2] == b"[OVERQUOTA]"
    # Messages.
    imap.ok("SELECT INBOX")
    assert tagged(imap, "COPY 1:2 INBOX") == ("NO", "[OVERQUOTA]")
    imap.ok("COPY 1 INBOX")
    assert tagged(imap, "COPY 1 Archive") == ("NO", "[OVERQUOTA]")
    imap.ok("MOVE 1 Archive")
    # Mailboxes.
    imap.ok("CREATE seventh")
    imap.ok("CREATE eighth")
    assert tagged(imap, "CREATE ninth") == ("NO", "[OVERQUOTA]")
    assert quota(imap, account.address)["MAILBOX"] == (8, 8)
    posthorn.mailctl("account", "quota", account.address, "none", "--messages=none",
                     "--mailboxes=none")
    assert quota(imap, account.address) == {}
    imap.ok("CREATE ninth")


def test_quota_of_others(posthorn, imap, account):
    other = posthorn.account()
    assert tagged(imap, f'GETQUOTA "{other.address}"') == ("NO", "[NOPERM]")
    assert tagged(imap, 'GETQUOTA "nonsense"') == ("NO", "[NOPERM]")
    assert tagged(imap, f'SETQUOTA "{account.address}" (STORAGE 100)') == ("NO", "[NOPERM]")
    posthorn.mailctl("account", "quota-admin", account.address, "on")
    answers = imap.ok(f'SETQUOTA "{other.address}" (STORAGE 100 MESSAGE 7)')
    assert answers[0][1] == b"QUOTA"
    assert quota(imap, other.address) == {"STORAGE": (0, 100), "MESSAGE": (0, 7)}
    # Limits that are not named are taken away.
    imap.ok(f'SETQUOTA "{other.address}" (MAILBOX 30)')
    assert quota(imap, other.address) == {"MAILBOX": (6, 30)}
    assert tagged(imap, f'SETQUOTA "{other.address}" (NONSENSE 1)')[0] == "BAD"
    posthorn.mailctl("account", "quota-admin", account.address, "off")
    assert tagged(imap, f'SETQUOTA "{other.address}" ()') == ("NO", "[NOPERM]")


# ---- METADATA (RFC 5464, RFC 9590)

def metadata(imap, text):
    result = {}
    for line in lines(imap, text, b"METADATA"):
        result.update({k.decode(): v for k, v in zip(line[1][0::2], line[1][1::2])})
    return result


def test_annotations_of_mailboxes(imap):
    imap.ok('SETMETADATA INBOX (/private/comment "mine" /shared/comment {3+}\r\na\r\n)')
    assert metadata(imap, "GETMETADATA INBOX (/private/Comment /shared/comment)") == {
        "/private/comment": b"mine", "/shared/comment": b"a\r\n"}
    imap.ok('SETMETADATA INBOX (/private/a/b "1" /private/a/b/c "22" /private/a "333")')
    assert set(metadata(imap, "GETMETADATA (DEPTH 1) INBOX /private/a")) == {
        "/private/a", "/private/a/b"}
    assert set(metadata(imap, "GETMETADATA INBOX (DEPTH infinity) (/private/a)")) == {
        "/private/a", "/private/a/b", "/private/a/b/c"}
    imap.ok('SETMETADATA INBOX (/private/ab "no child of a")')
    assert "/private/ab" not in metadata(imap, "GETMETADATA INBOX (DEPTH infinity) (/private/a)")
    answers = imap.command("GETMETADATA (DEPTH infinity MAXSIZE 1) INBOX /private/a")
    assert answers[-1][2] == b"[METADATA LONGENTRIES 3]"
    assert answers[0][3] == [b"/private/a/b", b"1"]
    imap.ok("RENAME INBOX old")
    for mailbox in ("INBOX", "old"):
        assert metadata(imap, f"GETMETADATA {mailbox} /private/comment") == {
            "/private/comment": b"mine"}
    imap.ok("RENAME old older")
    imap.ok("SETMETADATA older (/private/comment NIL)")
    assert metadata(imap, "GETMETADATA older /private/comment") == {}
    imap.ok("DELETE older")
    imap.ok("CREATE older")
    assert metadata(imap, "GETMETADATA older (DEPTH infinity) (/private /shared)") == {}


def test_annotations_of_any_octets(imap):
    value = b"\0\r\n\xff"
    imap.ok(b"SETMETADATA INBOX (/private/icon ~{4+}\r\n" + value + b" /private/x NIL)")
    assert metadata(imap, "GETMETADATA INBOX /private/icon") == {"/private/icon": value}
    assert tagged(imap, b"SETMETADATA INBOX (/private/icon {1+}\r\n\0)")[0] == "BAD"


def test_annotations_of_the_server(posthorn, imap):
    imap.ok('SETMETADATA "" (/private/vendor/x "1")')
    assert metadata(imap, 'GETMETADATA "" /private/vendor/x') == {"/private/vendor/x": b"1"}
    assert tagged(imap, 'SETMETADATA "" (/shared/comment "1")') == ("NO", "[NOPERM]")
    other = imap_raw.Connection(posthorn.host, posthorn.port("IMAP")).login(posthorn.account())
    assert metadata(other, 'GETMETADATA "" /private/vendor/x') == {}
    other.close()


def test_annotations_have_limits(imap):
    big = "x" * 65_537
    assert tagged(imap, f"SETMETADATA INBOX (/private/a {{{len(big)}+}}\r\n{big})") == (
        "NO", "[METADATA MAXSIZE 65536]")
    for i in range(0, 100, 50):
        entries = " ".join(f'/private/n{j} "v"' for j in range(i, i + 50))
        imap.ok(f"SETMETADATA INBOX ({entries})")
    # All or none.
    assert tagged(imap, 'SETMETADATA INBOX (/private/n0 "changed" /private/more "v")') == (
        "NO", "[METADATA TOOMANY]")
    assert metadata(imap, "GETMETADATA INBOX /private/n0") == {"/private/n0": b"v"}
    imap.ok('SETMETADATA INBOX (/private/n0 NIL /private/more "v")')
    for wrong in ("/other/x", "/private//x", "/private/x*", "/private/"):
        assert tagged(imap, f'SETMETADATA INBOX ({wrong} "v")')[0] in ("NO", "BAD"), wrong
    assert tagged(imap, "GETMETADATA NoSuch /private/x") == ("NO", "[NONEXISTENT]")


def test_limits_of_annotations_are_exact(imap):
    largest = "x" * 65_536
    imap.ok(f'SETMETADATA "" (/private/a {{{len(largest)}+}}\r\n{largest})')
    assert metadata(imap, 'GETMETADATA "" /private/a') == {"/private/a": largest.encode()}
    assert tagged(imap, f'SETMETADATA "" (/private/b "1" /private/a {{65537+}}\r\n{largest}x)') == (
        "NO", "[METADATA MAXSIZE 65536]")
    assert metadata(imap, 'GETMETADATA "" (/private/a /private/b)') == {"/private/a": largest.encode()}
    # The server's annotations and those of each mailbox are counted for themselves.
    for place in ('""', "INBOX", "Sent"):
        for i in range(0, 100, 20):
            imap.ok(f"SETMETADATA {place} (" + " ".join(
                f'/private/n{j} "v"' for j in range(i, i + 20) if place != '""' or j) + ")")
        assert tagged(imap, f'SETMETADATA {place} (/private/more "v")') == (
            "NO", "[METADATA TOOMANY]"), place
    imap.ok("SETMETADATA INBOX (/private/n0 NIL)")
    imap.ok('SETMETADATA INBOX (/private/more "v")')
    # RFC 5464 4.2.1: what is longer than the client wants is left out, and the longest size told.
    imap.ok('SETMETADATA Drafts (/private/a "" /private/a/b "22" /private/a/c "4444")')
    for options, told, longest in [
            ("MAXSIZE 4", {"/private/a": b"", "/private/a/b": b"22", "/private/a/c": b"4444"}, None),
            ("MAXSIZE 3", {"/private/a": b"", "/private/a/b": b"22"}, 4),
            ("MAXSIZE 0", {"/private/a": b""}, 4)]:
        answers = imap.command(f"GETMETADATA ({options} DEPTH infinity) Drafts /private/a")
        values = [r[3] for r in answers if r[1] == b"METADATA"]
        got = {k.decode(): v for each in values for k, v in zip(each[0::2], each[1::2])}
        assert got == told, options
        assert answers[-1][2] == (longest and b"[METADATA LONGENTRIES %d]" % longest), options
    assert tagged(imap, 'GETMETADATA (MAXSIZE 65535) "" /private/a') == (
        "OK", "[METADATA LONGENTRIES 65536]")


def test_list_returns_metadata(imap):
    imap.ok("CREATE f/g")
    imap.ok('SETMETADATA f/g (/shared/color "red")')
    told = imap.ok('LIST "" (INBOX f f/g) RETURN (METADATA ("/shared/color" /private/x))')
    assert [(r[1], r[4] if r[1] == b"LIST" else r[2:]) for r in told] == [
        (b"LIST", b"INBOX"),
        (b"METADATA", [b"INBOX", [b"/shared/color", None, b"/private/x", None]]),
        (b"LIST", b"f"), (b"LIST", b"f/g"),
        (b"METADATA", [b"f/g", [b"/shared/color", b"red", b"/private/x", None]])]
