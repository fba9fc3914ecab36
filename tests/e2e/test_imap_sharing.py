"""IMAP: access lists, and mailboxes of other users; owner and guest on two gateways."""

import imap_raw
import pytest
from imap_sessions import LETTER, append_to as append, lines, tagged


class Sharing:
    """An owner and a guest with a session each, and the guest's name for the owner's mailboxes."""

    def __init__(self, posthorn):
        second = 2 if "IMAP_PORT_2" in posthorn.env else 1
        self.owner_account, self.guest_account = posthorn.account(), posthorn.account()
        self.owner = imap_raw.Connection(posthorn.host, posthorn.port("IMAP")).login(
            self.owner_account)
        self.guest = imap_raw.Connection(posthorn.host, posthorn.port("IMAP", second)).login(
            self.guest_account)

    def name(self, mailbox="Team"):
        return f'"Other Users/{self.owner_account.address}/{mailbox}"'

    def give(self, rights, mailbox="Team", identifier=None):
        identifier = identifier or self.guest_account.address
        self.owner.ok(f'SETACL {mailbox} "{identifier}" "{rights}"')


@pytest.fixture
def sharing(posthorn):
    both = Sharing(posthorn)
    both.owner.ok("CREATE Team")
    append(both.owner, "Team", number=3)
    yield both
    both.owner.close()
    both.guest.close()


def names(imap, text='LIST "" *'):
    return {line[2].decode() for line in lines(imap, text, b"LIST")}


def flags(imap, number):
    return set(imap_raw.fetched(imap.ok(f"FETCH {number} FLAGS"))[number][b"FLAGS"]) - {b"\\Recent"}


# ---- access lists (RFC 4314)

def test_access_lists(sharing):
    guest = sharing.guest_account.address
    owner = sharing.owner_account.address
    sharing.give("lr")
    sharing.give("+is")
    sharing.give("-r")
    sharing.give("c", identifier="anyone")
    sharing.owner.ok(f'SETACL Team "-{guest}" x')
    [acl] = lines(sharing.owner, "GETACL Team", b"ACL")
    assert acl[0] == b"Team"
    entries = {k.decode(): v.decode() for k, v in zip(acl[1::2], acl[2::2])}
    assert entries == {owner: "lrswipkxteacd", guest: "lsi", "anyone": "kxc", f"-{guest}": "xc"}
    [mine] = lines(sharing.guest, f"MYRIGHTS {sharing.name()}", b"MYRIGHTS")
    assert mine[1] == b"lsikc"
    sharing.owner.ok("DELETEACL Team anyone")
    [mine] = lines(sharing.guest, f"MYRIGHTS {sharing.name()}", b"MYRIGHTS")
    assert mine[1] == b"lsi"
    [mine] = lines(sharing.owner, "MYRIGHTS Team", b"MYRIGHTS")
    assert mine[1] == b"lrswipkxteacd"


def test_access_lists_refuse(sharing):
    guest = sharing.guest_account.address
    assert tagged(sharing.owner, f'SETACL Team "{guest}" lz')[0] == "BAD"
    assert tagged(sharing.owner, "SETACL Team nobody@example.org l") == ("NO", "[NONEXISTENT]")
    assert tagged(sharing.owner, f'SETACL Team "{sharing.owner_account.address}" l') == (
        "NO", "[CANNOT]")
    assert tagged(sharing.owner, "GETACL NoSuch") == ("NO", "[NONEXISTENT]")
    [told] = lines(sharing.owner, f'LISTRIGHTS Team "{guest}"', b"LISTRIGHTS")
    assert told[2] == b"" and set(told[3:]) == set(b"%c" % c for c in b"lrswipkxteacd")
    [told] = lines(sharing.owner, f'LISTRIGHTS Team "{sharing.owner_account.address}"',
                   b"LISTRIGHTS")
    assert told[2:] == [b"lrswipkxteacd"]
    # Who may not administer, may not look; who may not look up, is not told that it is there.
    for command in (f"GETACL {sharing.name()}", f'SETACL {sharing.name()} "{guest}" lrswipkxtea',
                    f"LISTRIGHTS {sharing.name()} anyone", f"DELETEACL {sharing.name()} anyone",
                    f"MYRIGHTS {sharing.name()}"):
        assert tagged(sharing.guest, command) == ("NO", "[NONEXISTENT]"), command
    sharing.give("lrswipkxte")
    for command in (f"GETACL {sharing.name()}", f'SETACL {sharing.name()} "{guest}" lrswipkxtea',
                    f"LISTRIGHTS {sharing.name()} anyone", f"DELETEACL {sharing.name()} anyone"):
        assert tagged(sharing.guest, command) == ("NO", "[NOPERM]"), command
    sharing.give("la")
    sharing.guest.ok(f"GETACL {sharing.name()}")


# ---- seeing them

def test_others_are_listed_with_the_lookup_right(sharing):
    space = [r[2:] for r in sharing.guest.ok("NAMESPACE")][0]
    assert space == [[[b"", b"/"]], [[b"Other Users/", b"/"]], None]
    whole = sharing.name().strip('"')
    assert whole not in names(sharing.guest)
    sharing.give("r")
    assert whole not in names(sharing.guest)
    sharing.give("lr")
    sharing.owner.ok("CREATE Team/Hidden")
    sharing.owner.ok(f'DELETEACL Team/Hidden "{sharing.guest_account.address}"')
    sharing.owner.ok("CREATE Team/Inherits")
    seen = names(sharing.guest)
    assert {whole, whole + "/Inherits"} <= seen and whole + "/Hidden" not in seen
    # The way there can be walked level by level.
    address = sharing.owner_account.address
    assert "Other Users" in names(sharing.guest, 'LIST "" %')
    assert names(sharing.guest, 'LIST "" "Other Users/%"') == {f"Other Users/{address}"}
    assert names(sharing.guest, f'LIST "Other Users/{address}/" %') == {whole}
    assert names(sharing.guest, 'LIST "" "INBOX"') == {"INBOX"}
    told = sharing.guest.ok(f'LIST "" {sharing.name()} RETURN (MYRIGHTS STATUS (MESSAGES))')
    assert [r[1:] for r in told[1:]] == [
        [b"STATUS", whole.encode(), [b"MESSAGES", b"3"]], [b"MYRIGHTS", whole.encode(), b"lr"]]
    # What is below it shows the way there; without that it is gone.
    for mailbox in ("Team", "Team/Inherits"):
        sharing.owner.ok(f'DELETEACL {mailbox} "{sharing.guest_account.address}"')
    assert not {whole, whole + "/Inherits"} & names(sharing.guest)


def test_anyone_may_be_given_rights(sharing):
    sharing.give("lr", identifier="anyone")
    assert sharing.name().strip('"') in names(sharing.guest)
    sharing.owner.ok(f'SETACL Team "-{sharing.guest_account.address}" l')
    assert sharing.name().strip('"') not in names(sharing.guest)


def test_subscriptions_to_others(sharing):
    sharing.give("lr")
    whole = sharing.name().strip('"')
    sharing.guest.ok(f"SUBSCRIBE {sharing.name()}")
    assert whole in names(sharing.guest, 'LIST (SUBSCRIBED) "" *')
    assert whole in {line[2].decode() for line in lines(sharing.guest, 'LSUB "" *', b"LSUB")}
    sharing.guest.ok(f"UNSUBSCRIBE {sharing.name()}")
    assert whole not in names(sharing.guest, 'LIST (SUBSCRIBED) "" *')


# ---- using them

def test_reading_with_and_without_the_right_to_seen(sharing):
    sharing.give("lr")
    assert tagged(sharing.guest, f"SELECT {sharing.name()}") == ("OK", "[READ-ONLY]")
    assert imap_raw.fetched(sharing.guest.ok("FETCH 1 BODY[]"))[1][b"BODY[]"] == LETTER
    assert flags(sharing.guest, 1) == set()
    assert tagged(sharing.guest, r"STORE 1 +FLAGS (\Seen)")[0] == "NO"
    sharing.give("lrs")
    answers = sharing.guest.command(f"SELECT {sharing.name()}")
    assert answers[-1][2] == b"[READ-WRITE]"
    codes = [r[2] for r in answers if isinstance(r[2], bytes)]
    assert [code for code in codes if code.startswith(b"[PERMANENTFLAGS")] == [
        b"[PERMANENTFLAGS (\\Seen)]"]
    sharing.guest.ok("FETCH 1 BODY[]")
    assert flags(sharing.guest, 1) == {b"\\Seen"}
    assert lines(sharing.guest, "SEARCH SEEN", b"SEARCH") == [[b"1"]]


def test_store_changes_what_the_rights_allow(sharing):
    sharing.give("lrw")
    sharing.guest.ok(f"SELECT {sharing.name()}")
    sharing.guest.ok(r"STORE 1 +FLAGS (\Seen \Flagged $Work \Deleted)")
    assert flags(sharing.guest, 1) == {b"\\Flagged", b"$Work"}
    assert tagged(sharing.guest, r"STORE 1 +FLAGS (\Deleted)") == ("NO", "[NOPERM]")
    sharing.owner.ok("SELECT Team")
    sharing.owner.ok(r"STORE 1 +FLAGS (\Seen \Deleted)")
    sharing.guest.ok("NOOP")
    sharing.guest.ok(r"STORE 1 FLAGS (\Draft)")
    assert flags(sharing.guest, 1) == {b"\\Seen", b"\\Deleted", b"\\Draft"}
    assert tagged(sharing.guest, "EXPUNGE") == ("NO", "[NOPERM]")
    # RFC 4314 4: CLOSE without the right to expunge only closes.
    sharing.guest.ok("CLOSE")
    sharing.owner.ok("NOOP")
    assert flags(sharing.owner, 1) >= {b"\\Deleted"}
    sharing.give("lrte")
    sharing.guest.ok(f"SELECT {sharing.name()}")
    assert [r[1:] for r in sharing.guest.ok("EXPUNGE") if r[2] == b"EXPUNGE"] == [[b"1", b"EXPUNGE"]]


def test_append_to_others(sharing, posthorn):
    name = sharing.name()
    assert tagged(sharing.guest, b"APPEND %s {3+}\r\nabc" % name.encode()) == ("NO", "[TRYCREATE]")
    sharing.give("lr")
    assert tagged(sharing.guest, b"APPEND %s {3+}\r\nabc" % name.encode()) == ("NO", "[NOPERM]")
    sharing.give("lris")
    append(sharing.guest, name, flags=r"(\Seen \Flagged $Key)")
    sharing.guest.ok(f"SELECT {name}")
    assert flags(sharing.guest, 4) == {b"\\Seen"}
    # The owner's quota counts, not the guest's.
    posthorn.mailctl("account", "quota", sharing.owner_account.address, "none", "--messages=4")
    assert sharing.guest.command(f"APPEND {name} {{{len(LETTER)}+}}\r\n".encode() + LETTER)[-1][
        2] == b"[OVERQUOTA]"
    [told] = lines(sharing.guest, f"GETQUOTAROOT {name}", b"QUOTAROOT")
    assert told[1].decode() == sharing.owner_account.address


@pytest.mark.parametrize("size", [100, 600_000])
def test_copy_between_accounts(sharing, size):
    body = b"Subject: big\r\n\r\n" + bytes(33 + i * 7919 % 90 for i in range(size)) + b"\r\n"
    sharing.give("lrit")
    append(sharing.guest, flags=r"(\Deleted \Flagged)", letter=body)
    sharing.guest.ok("SELECT INBOX")
    code = tagged(sharing.guest, f"COPY 1 {sharing.name()}")[1]
    assert code.startswith("[COPYUID ") and code.endswith(" 1 4]")
    # The copy stands on its own.
    sharing.guest.ok("EXPUNGE")
    sharing.owner.ok("SELECT Team")
    assert imap_raw.fetched(sharing.owner.ok("FETCH 4 BODY.PEEK[]"))[4][b"BODY[]"] == body
    assert flags(sharing.owner, 4) == {b"\\Deleted"}
    # And back.
    sharing.guest.ok(f"SELECT {sharing.name()}")
    sharing.guest.ok("UID COPY 4 INBOX")
    sharing.guest.ok("SELECT INBOX")
    assert imap_raw.fetched(sharing.guest.ok("FETCH 1 BODY.PEEK[]"))[1][b"BODY[]"] == body


def test_move_between_accounts(sharing):
    sharing.give("lrt")
    sharing.guest.ok(f"SELECT {sharing.name()}")
    assert tagged(sharing.guest, "MOVE 1 INBOX") == ("NO", "[NOPERM]")
    sharing.give("lrte")
    moved = sharing.guest.ok("UID MOVE 2 INBOX")
    assert moved[0][2].startswith(b"[COPYUID ") and [r[1:] for r in moved[1:]] == [
        [b"2", b"EXPUNGE"]]
    assert lines(sharing.owner, "STATUS Team (MESSAGES)", b"STATUS")[0][1] == [b"MESSAGES", b"2"]
    sharing.guest.ok("SELECT INBOX")
    assert imap_raw.fetched(sharing.guest.ok("FETCH 1 BODY.PEEK[]"))[1][b"BODY[]"] == LETTER
    sharing.give("lri")
    sharing.guest.ok(f"MOVE 1 {sharing.name()}")
    assert lines(sharing.owner, "STATUS Team (MESSAGES)", b"STATUS")[0][1] == [b"MESSAGES", b"3"]


def test_changes_are_told_to_each_other(sharing):
    sharing.give("lrswite")
    sharing.guest.ok(f"SELECT {sharing.name()}")
    sharing.owner.ok("SELECT Team")
    sharing.guest.idle()
    append(sharing.owner, "Team")
    told = []
    while not told or told[-1][2] != b"EXISTS":
        told.append(sharing.guest.idle_response(30))
        assert told[-1] is not None
    assert told[-1][1] == b"4"
    sharing.guest.done()
    sharing.guest.ok(r"STORE 2 +FLAGS.SILENT (\Deleted)")
    sharing.guest.ok("EXPUNGE")
    assert [b"*", b"2", b"EXPUNGE"] in sharing.owner.ok("NOOP")


def test_notify_tells_of_shared_mailboxes(sharing):
    sharing.owner.ok("CREATE Secret")
    sharing.give("lr")
    sharing.give("l", mailbox="Secret")
    address = sharing.owner_account.address
    told = sharing.guest.ok(
        f'NOTIFY SET STATUS (SUBTREE "Other Users/{address}" '
        "(MessageNew MessageExpunge MailboxName)) (PERSONAL (MessageNew MessageExpunge))")
    statuses = {r[2].decode() for r in told if r[1] == b"STATUS"}
    # The ids of mailboxes count in each account by themselves: one's own are told beside them.
    assert sharing.name().strip('"') in statuses and "INBOX" in statuses
    assert sharing.name("Secret").strip('"') not in statuses
    append(sharing.owner, "Secret")
    append(sharing.owner, "Team")

    def unasked(wanted):
        while True:
            response = sharing.guest.idle_response(15)
            assert response is not None
            if wanted(response):
                return response
            assert b"Secret" not in response[2]

    name = sharing.name().strip('"').encode()
    unasked(lambda r: r[1] == b"STATUS" and r[2] == name and b"4" in r[3])
    sharing.owner.ok("RENAME Team Crew")
    unasked(lambda r: r[1] == b"LIST" and r[4] == sharing.name("Crew").strip('"').encode())


def unasked_until(imap, wanted):
    """Responses that come unasked, up to and with the first one that `wanted` holds for."""
    responses = []
    while not responses or not wanted(responses[-1]):
        responses.append(imap.idle_response(15))
        assert responses[-1] is not None, responses
    return responses


@pytest.mark.parametrize("identifier", [None, "anyone"])
def test_notify_tells_of_rights_given_and_taken(sharing, identifier):
    name = sharing.name().strip('"').encode()
    sharing.guest.ok('NOTIFY SET (SUBTREE "Other Users" (MessageNew MessageExpunge MailboxName))')
    sharing.give("lr", identifier=identifier)
    told = unasked_until(sharing.guest, lambda r: r[1] == b"LIST" and r[4] == name)
    assert told[-1][2] == [b"\\HasNoChildren"]
    append(sharing.owner, "Team")
    unasked_until(sharing.guest, lambda r: r[1] == b"STATUS" and r[2] == name and b"5" in r[3])
    # RFC 5465 3.1: may not be read, may be listed.
    sharing.give("l", identifier=identifier)
    told = unasked_until(sharing.guest, lambda r: r[1] == b"LIST" and r[4] == name)
    assert b"\\NoAccess" in told[-1][2]
    append(sharing.owner, "Team")
    sharing.give("lr", identifier=identifier)
    told = unasked_until(sharing.guest, lambda r: r[1] == b"LIST" and r[4] == name)
    assert told[-1][2] == [b"\\HasNoChildren"]
    who = identifier or sharing.guest_account.address
    sharing.owner.ok(f'DELETEACL Team "{who}"')
    told = unasked_until(sharing.guest, lambda r: r[1] == b"LIST" and r[4] == name)
    assert b"\\NonExistent" in told[-1][2]
    append(sharing.owner, "Team")
    assert sharing.guest.ok("NOOP") == []


def test_notify_says_what_may_not_be_watched(sharing):
    sharing.give("l")
    told = sharing.guest.ok('NOTIFY SET (SUBTREE "Other Users" (MessageNew MessageExpunge))')
    assert [r[2] for r in told if r[4] == sharing.name().strip('"').encode()] == [
        [b"\\NoAccess", b"\\HasNoChildren"]]
    assert sharing.guest.ok('NOTIFY SET (SUBTREE "Other Users" (MailboxName))') == []


def test_changes_of_annotations_are_told_to_those_who_may_read_them(sharing):
    sharing.guest.ok("ENABLE METADATA")
    sharing.owner.ok('SETMETADATA Team (/shared/comment "x")')
    assert sharing.guest.ok("NOOP") == []
    sharing.give("lr")
    assert sharing.guest.ok("NOOP") == []
    sharing.owner.ok('SETMETADATA Team (/shared/comment "y" /private/comment "z")')
    assert sharing.guest.ok("NOOP") == [
        [b"*", b"METADATA", sharing.name().strip('"').encode(), b"/shared/comment"]]
    sharing.give("l")
    sharing.owner.ok('SETMETADATA Team (/shared/comment NIL)')
    assert sharing.guest.ok("NOOP") == []


def test_rights_taken_away_count_at_once(sharing):
    sharing.give("lrs")
    sharing.guest.ok(f"SELECT {sharing.name()}")
    sharing.guest.ok("FETCH 1 FLAGS")
    sharing.owner.ok(f'DELETEACL Team "{sharing.guest_account.address}"')
    assert sharing.guest.command("FETCH 1 BODY.PEEK[]")[-1][1] == b"NO"
    assert tagged(sharing.guest, r"STORE 1 +FLAGS (\Seen)")[0] == "NO"
    assert tagged(sharing.guest, f"SELECT {sharing.name()}") == ("NO", "[NONEXISTENT]")


@pytest.mark.parametrize("rights", ["", "l", "lswi"])
def test_a_mailbox_that_may_not_be_read_any_more_is_empty_and_can_be_left(sharing, rights):
    sharing.give("lrswite")
    sharing.guest.ok(f"SELECT {sharing.name()}")
    sharing.give(rights)
    assert [r[2] for r in sharing.guest.ok("NOOP")] == [b"EXPUNGE"] * 3
    assert sharing.guest.ok("CHECK") == []
    sharing.guest.ok("NOOP")
    sharing.guest.ok("CLOSE")
    sharing.give("lrswite")
    sharing.guest.ok(f"SELECT {sharing.name()}")
    sharing.give(rights)
    # Without a word before: CLOSE removes nothing, and closes.
    sharing.guest.ok("CLOSE")
    assert tagged(sharing.guest, "FETCH 1 FLAGS")[0] == "BAD"


def test_esearch_names_a_shared_mailbox_as_it_was_selected(sharing):
    sharing.give("lr")
    sharing.guest.ok(f"SELECT {sharing.name()}")
    sharing.give("r")
    [told] = lines(sharing.guest, "ESEARCH IN (SELECTED) ALL", b"ESEARCH")
    assert told[0][3].decode() == sharing.name().strip('"')


# ---- making and removing them

def test_create_rename_delete_need_their_rights(sharing):
    sharing.give("lr")
    assert tagged(sharing.guest, f"CREATE {sharing.name('Team/new')}") == ("NO", "[NOPERM]")
    assert tagged(sharing.guest, f"CREATE {sharing.name('Top')}") == ("NO", "[NONEXISTENT]")
    assert tagged(sharing.guest, f"DELETE {sharing.name()}") == ("NO", "[NOPERM]")
    sharing.give("lrk")
    sharing.guest.ok(f"CREATE {sharing.name('Team/new')}")
    assert "Team/new" in names(sharing.owner)
    # It has the list of its parent.
    [mine] = lines(sharing.guest, f"MYRIGHTS {sharing.name('Team/new')}", b"MYRIGHTS")
    assert mine[1] == b"lrkc"
    assert tagged(sharing.guest, f"DELETE {sharing.name('Team/new')}") == ("NO", "[NOPERM]")
    sharing.give("lrkx", mailbox="Team/new")
    sharing.guest.ok(f"RENAME {sharing.name('Team/new')} {sharing.name('Team/newer')}")
    assert "Team/newer" in names(sharing.owner)
    assert tagged(sharing.guest, f"RENAME {sharing.name('Team/newer')} stolen") == (
        "NO", "[CANNOT]")
    sharing.guest.ok(f"DELETE {sharing.name('Team/newer')}")
    assert "Team/newer" not in names(sharing.owner)
    sharing.give("lrswipkxte", mailbox="INBOX")
    assert tagged(sharing.guest, f"DELETE {sharing.name('INBOX')}")[0] == "NO"


def test_the_name_space_of_others_is_reserved(sharing):
    for name in ('"Other Users"', '"Other Users/x"', '"Other Users/nobody@example.org"'):
        assert tagged(sharing.guest, f"CREATE {name}") == ("NO", "[CANNOT]"), name
        assert tagged(sharing.guest, f"RENAME Archive {name}") == ("NO", "[CANNOT]"), name
        assert tagged(sharing.guest, f"SELECT {name}") == ("NO", "[NONEXISTENT]"), name
    # One's own mailboxes by the long name are the same.
    own = f'"Other Users/{sharing.guest_account.address}/INBOX"'
    append(sharing.guest, own)
    assert lines(sharing.guest, "STATUS INBOX (MESSAGES)", b"STATUS")[0][1] == [b"MESSAGES", b"1"]


def test_nobody_is_told_who_has_an_account(sharing):
    there, nobody = sharing.owner_account.address, "nobody@example.org"
    for text in ("CREATE {}", "DELETE {}", "RENAME INBOX {}", "RENAME {} Mine", "SELECT {}",
                 "STATUS {} (MESSAGES)", "SUBSCRIBE {}", "UNSUBSCRIBE {}", "GETACL {}",
                 "MYRIGHTS {}", "GETQUOTAROOT {}", "GETMETADATA {} /private/comment"):
        for mailbox in ("/Team", "/new", "/Team/new", "/Other Users/x@example.org/y", "/a//b", ""):
            answers = [tagged(sharing.guest, text.format(f'"Other Users/{address}{mailbox}"'))
                       for address in (there, nobody)]
            assert answers[0] == answers[1], (text, mailbox)
    for address in (there, nobody):
        sharing.guest.ok(f'SUBSCRIBE "Other Users/{address.upper()}/Team"')
    subscribed = {line[2].decode() for line in lines(sharing.guest, 'LSUB "" *', b"LSUB")}
    assert {f"Other Users/{there.upper()}/Team",
            f"Other Users/{nobody.upper()}/Team"} <= subscribed


def test_annotations_of_shared_mailboxes(sharing):
    sharing.give("l")
    assert tagged(sharing.guest, f'SETMETADATA {sharing.name()} (/private/comment "x")') == (
        "NO", "[NOPERM]")
    sharing.give("lr")
    sharing.owner.ok('SETMETADATA Team (/shared/comment "ours" /private/comment "mine")')
    sharing.guest.ok(f'SETMETADATA {sharing.name()} (/private/comment "guest\'s")')
    assert tagged(sharing.guest, f'SETMETADATA {sharing.name()} (/shared/comment "x")') == (
        "NO", "[NOPERM]")
    [told] = lines(sharing.guest, f"GETMETADATA {sharing.name()} (/shared/comment /private/comment)",
                   b"METADATA")
    assert dict(zip(told[1][0::2], told[1][1::2])) == {
        b"/shared/comment": b"ours", b"/private/comment": b"guest's"}
    [told] = lines(sharing.owner, "GETMETADATA Team /private/comment", b"METADATA")
    assert told[1][1] == b"mine"
