"""What clients stumble over, one test a quirk, and the rules of flags, lines and layers."""

import base64
import imaplib
import poplib
import re
import smtplib
import socket

import imap_raw
import posthorn as posthorn_module
import pytest
from imap_sessions import literal, shown, tagged

LETTER = (b"From: Al <al@example.net>\r\nTo: bo@example.net\r\nSubject: letter\r\n"
          b"Content-Type: text/plain; charset=utf-8\r\n\r\nHello\r\n")


@pytest.fixture
def pair(posthorn, account):
    """Two sessions of one account, on two gateways, with INBOX selected."""
    sessions = [imap_raw.Connection(posthorn.host, posthorn.port("IMAP", instance)).login(account)
                for instance in (1, 2)]
    for session in sessions:
        session.ok("SELECT INBOX")
    yield sessions
    for session in sessions:
        session.close()


def append(imap, number=1, message=LETTER, flags=""):
    for _ in range(number):
        imap.ok(b"APPEND INBOX%s {%d+}\r\n%s" % (flags.encode(), len(message), message))


def raw_lines(imap, text):
    """The lines of an answer without literals, as they came."""
    imap.send(b"r " + text.encode() + b"\r\n")
    lines = []
    while not lines or not lines[-1].startswith(b"r "):
        lines.append(imap._line())
    return lines


# ---- what clients read

def test_the_greeting_names_no_server_that_clients_have_quirks_for(posthorn):
    with socket.create_connection((posthorn.host, posthorn.port("IMAP")), timeout=60) as connection:
        greeting = connection.makefile("rb").readline()
    assert greeting.startswith(b"* OK ")  # PREAUTH confuses some clients
    for name in [b"Dovecot", b"Courier", b"Cyrus", b"Exchange", b"Gimap", b"IMAPrev1", b"QQMail",
                 b"Yandex", b"Zoho"]:
        assert name.lower() not in greeting.lower()
    assert b"AUTH=EXTERNAL" not in greeting


def test_lines_of_64_kib_are_accepted(imap):
    imap.ok("SELECT INBOX")
    numbers = ",".join(str(number) for number in range(1, 12000))
    assert 60000 < len(numbers) < 65000
    assert imap.ok(f"UID FETCH {numbers} FLAGS") == []


def test_a_status_response_has_text_after_its_code(imap):
    append(imap)
    lines = []
    for command in ["NOOP", "SELECT INBOX", "FETCH 1 FLAGS", "COPY 1 Sent", "STORE 1 +FLAGS (\\Deleted)",
                    "EXPUNGE", "SELECT nowhere", "XYZZY", "CLOSE", "UNSELECT", "CHECK"]:
        lines += raw_lines(imap, command)
    states = [line for line in lines if re.match(rb"\S+ (OK|NO|BAD|BYE) ", line)]
    assert len(states) > 15
    for line in states:
        assert re.match(rb"\S+ (OK|NO|BAD|BYE) (\[[^\]]+\] )?[^\[ ].*$", line), line


def test_a_continuation_is_a_plus_and_a_space(posthorn, imap):
    imap.send(b"a APPEND INBOX {5}\r\n")
    assert imap._line().startswith(b"+ ")
    imap.send(b"abcde\r\n")
    imap.until(b"a")
    imap.send(b"b IDLE\r\n")
    assert imap._line().startswith(b"+ ")
    imap.send(b"DONE\r\n")
    imap.until(b"b")
    plain = imap_raw.Connection(posthorn.host, posthorn.port("IMAP"))
    plain.send(b"a AUTHENTICATE PLAIN\r\n")
    assert plain._line() == b"+ "
    plain.close()


def test_id_with_nothing_to_say(imap):
    for form in ["NIL", "()"]:
        assert imap.ok(f"ID {form}")[0][1] == b"ID"


def test_uidvalidity_and_uidnext_always_come(imap):
    for command in ["SELECT INBOX", "EXAMINE Sent", "SELECT INBOX"]:
        codes = b" ".join(r[2] for r in imap.ok(command) if r[1] == b"OK" and r[2])
        assert int(re.search(rb"UIDVALIDITY (\d+)", codes)[1]) > 0
        assert int(re.search(rb"UIDNEXT (\d+)", codes)[1]) > 0


def test_status_never_answers_an_empty_list(imap):
    assert tagged(imap, "STATUS INBOX ()")[0] == "BAD"
    assert imap.ok("STATUS INBOX (MESSAGES)")[0][3] == [b"MESSAGES", b"0"]


# ---- what clients send

def test_rule_06_uid_fetch_behind_the_end_gives_the_last_message(imap):
    imap.ok("SELECT INBOX")
    assert imap.ok("UID FETCH 5:* FLAGS") == []
    append(imap, 3)
    imap.ok("NOOP")
    assert list(imap_raw.fetched(imap.ok("UID FETCH 1000:* FLAGS"))) == [3]


def test_rule_07_sets_in_every_order(imap):
    append(imap, 5)
    imap.ok("SELECT INBOX")
    for numbers, expected in {"5:1": [1, 2, 3, 4, 5], "*:4": [4, 5], "*": [5], "*:1": [1, 2, 3, 4, 5],
                              "1,1,2:3,2": [1, 2, 3]}.items():
        for command in (f"FETCH {numbers} FLAGS", f"UID FETCH {numbers} FLAGS"):
            assert sorted(imap_raw.fetched(imap.ok(command))) == expected, command


def test_rfc822_is_body(imap):
    append(imap)
    imap.ok("SELECT INBOX")
    items = imap_raw.fetched(imap.ok("FETCH 1 (RFC822 RFC822.HEADER RFC822.TEXT BODY[])"))[1]
    assert items[b"RFC822"] == items[b"BODY[]"] == LETTER
    assert items[b"RFC822.HEADER"] + items[b"RFC822.TEXT"] == LETTER


def test_move_and_copy_of_vanished_uids_are_no_failure(pair):
    one, two = pair
    append(one, 2)
    two.ok("NOOP")
    one.ok("UID STORE 1 +FLAGS.SILENT (\\Deleted)")
    one.ok("EXPUNGE")
    for command in ["UID MOVE 1 Sent", "UID COPY 1 Sent", "UID MOVE 77 Sent", "UID COPY 77 Sent"]:
        assert tagged(two, command)[0] == "OK", command
    assert one.ok("STATUS Sent (MESSAGES)")[0][3] == [b"MESSAGES", b"0"]


def test_no_exists_where_nothing_changed(imap):
    append(imap)
    imap.ok("SELECT INBOX")
    assert imap.ok("EXPUNGE") == []
    assert imap.ok("UID EXPUNGE 1:*") == []
    imap.ok("STORE 1 +FLAGS.SILENT (\\Deleted)")
    assert imap.ok("EXPUNGE") == [[b"*", b"1", b"EXPUNGE"]]
    assert imap.ok("NOOP") == []


@pytest.mark.parametrize("command, answers", [
    ("FETCH 1:3 UID", 3), ("UID FETCH 1:3 (UID BODY.PEEK[])", 3),
    (r"STORE 1:3 +FLAGS (\Seen)", 3), ("SEARCH ALL", 1), ("SORT (ARRIVAL) UTF-8 ALL", 1),
    ("STATUS Sent (MESSAGES)", 1), ('LIST "" INBOX', 1)])
def test_new_mail_is_told_behind_what_was_asked_for(pair, command, answers):
    """Dovecot's delay-newmail: clients lose count when EXISTS comes between the answers."""
    one, two = pair
    append(one, 3)
    two.ok("NOOP")
    append(one, 2)
    told = []
    while "5 EXISTS" not in told:
        told = shown(two.ok(command))
    assert told.index("5 EXISTS") >= answers
    assert [line for line in shown(two.ok("NOOP")) if "EXISTS" in line] == []


def test_structures_have_no_holes(imap):
    for message in [b"\r\n", b"Content-Type: nonsense\r\n\r\nx\r\n",
                    b"Content-Type: multipart/mixed; boundary=\"\"\r\n\r\nx\r\n",
                    b"Content-Type: text/plain; name=\r\nContent-Transfer-Encoding:\r\n\r\nx\r\n"]:
        append(imap, message=message)
    imap.ok("SELECT INBOX")
    for items in imap_raw.fetched(imap.ok("FETCH 1:* (BODY BODYSTRUCTURE RFC822.SIZE)")).values():
        assert int(items[b"RFC822.SIZE"]) > 0
        for structure in (items[b"BODY"], items[b"BODYSTRUCTURE"]):
            while isinstance(structure[0], list):
                structure = structure[0]
            assert structure[5], structure  # the encoding
            assert structure[2] is None or None not in structure[2], structure
            assert int(structure[6]) >= 0


def test_list_of_special_uses_and_of_inbox(imap):
    special = imap.ok('LIST (SPECIAL-USE) "" "*"')
    assert {b"\\Sent", b"\\Drafts", b"\\Trash"} <= {word for r in special for word in r[2]}
    inbox = imap.ok('LIST "" "INBOX" RETURN (SUBSCRIBED CHILDREN)')
    assert len(inbox) == 1 and inbox[0][-1] == b"INBOX"


def test_lsub_tells_what_cannot_be_selected(imap):
    """Dovecot's tb-lsub-flags: Thunderbird offers what LSUB does not mark."""
    for name in ("a/b", "c"):
        imap.ok(f"CREATE {name}")
    for name in ("a", "a/b", "c"):
        imap.ok(f"SUBSCRIBE {name}")
    imap.ok("DELETE c")
    for pattern in ("*", "%", "a", "c"):
        told = {r[4].decode(): r[2] for r in imap.ok(f'LSUB "" {pattern}')}
        assert {"a", "c"} & set(told)
        for name in {"a", "c"} & set(told):
            assert told[name] == [b"\\Noselect"] and tagged(imap, f"SELECT {name}")[0] == "NO"
        assert b"\\Noselect" not in told.get("a/b", []) + told.get("INBOX", [])


def test_a_separator_behind_the_name_of_a_mailbox(imap):
    imap.ok("CREATE a")
    imap.ok("CREATE a/b")
    append_to_a = b"APPEND a/ {%d+}\r\n%s" % (len(LETTER), LETTER)
    imap.ok(append_to_a)
    [status] = imap.ok('STATUS "a/" (MESSAGES)')
    assert status[1:] == [b"STATUS", b"a", [b"MESSAGES", b"1"]]
    imap.ok('SELECT "a/"')
    imap.ok('COPY 1 "a/b/"')
    imap.ok('SELECT "INBOX/"')
    assert tagged(imap, 'SELECT "a//"') == ("NO", "[NONEXISTENT]")
    assert tagged(imap, 'SELECT "/"') == ("NO", "[NONEXISTENT]")


def refused_by_imap(posthorn, account, timeout):
    client = posthorn.imap(timeout=timeout)
    for _ in range(3):
        with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
            client.login(account.address, "wrong")
    client.login(account.address, account.password)
    client.logout()


def refused_by_pop3(posthorn, account, timeout):
    client = posthorn.pop3(timeout=timeout)
    for _ in range(3):
        client.user(account.address)
        with pytest.raises(poplib.error_proto, match=r"\[AUTH\]"):
            client.pass_("wrong")
    client.user(account.address)
    client.pass_(account.password)
    client.quit()


def refused_by_submission(posthorn, account, timeout):
    with smtplib.SMTP_SSL(posthorn.host, posthorn.port("SUBMISSIONS"), timeout=timeout,
                          context=posthorn_module.insecure_tls()) as client:
        with pytest.raises(smtplib.SMTPAuthenticationError):
            client.login(account.address, "wrong")  # by each mechanism
        client.login(account.address, account.password)


@pytest.mark.parametrize("refused", [refused_by_imap, refused_by_pop3, refused_by_submission])
def test_the_delay_after_a_failed_login_is_shorter_than_clients_wait(posthorn, account, refused):
    """Nextcloud Mail gives up after five seconds, in each of its attempts."""
    refused(posthorn, account, timeout=5)


def test_a_failed_login_is_answered_and_may_be_followed_by_one_that_works(posthorn, account):
    imap = imap_raw.Connection(posthorn.host, posthorn.port("IMAP"), timeout=30)
    assert tagged(imap, f'LOGIN "{account.address}" wrong') == ("NO", "[AUTHENTICATIONFAILED]")
    imap.login(account)
    imap.close()


def test_idle_with_nothing_selected_and_commands_behind_done(imap):
    imap.send(b"a IDLE\r\n")
    assert imap.response()[0] == b"+"
    imap.send(b"DONE\r\nb NOOP\r\nc SELECT INBOX\r\n")
    assert [imap.until(tag)[-1][1] for tag in (b"a", b"b", b"c")] == [b"OK"] * 3


def test_logout_closes_the_connection(imap):
    answer = imap.command("LOGOUT")
    assert answer[0][1] == b"BYE" and answer[-1][1] == b"OK"
    with pytest.raises(ConnectionError):
        imap.response()


def test_lines_are_no_longer_than_imaplib_takes(posthorn, account, imap):
    """A million octets: a large mailbox found whole, and messages of many parts and recipients."""
    assert imaplib._MAXLINE == 1_000_000
    parts = b"".join(b"--b\r\nContent-Type: text/plain; name=part-%d\r\n\r\nx\r\n" % n
                     for n in range(1000))
    to = b",\r\n ".join(b"Recipient %d <recipient-%d@example.net>" % (n, n) for n in range(2000))
    append(imap, message=b"Subject: long\r\nTo: " + to + b"\r\nReferences: "
           + b"<x@example.net>\r\n " * 1000 + b"<y@example.net>\r\n"
           b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + parts + b"--b--\r\n")
    append(imap, 2)
    imap.ok("SELECT INBOX")
    imap.ok(f"STORE 1:2 FLAGS ({' '.join(f'{n:02}' + 'k' * 62 for n in range(63))})")
    count = 3
    while count < 100_000:
        imap.ok("COPY 2:* INBOX")
        imap.ok("NOOP")
        count = 2 * count - 1
    client = posthorn.imap(account)
    assert client.select()[1] == [b"%d" % count]
    assert len(client.search(None, "ALL")[1][0].split()) == count
    assert len(client.uid("SORT", "(SIZE)", "UTF-8", "ALL")[1][0].split()) == count
    assert client.thread("REFERENCES", "UTF-8", "ALL")[0] == "OK"
    assert client.fetch("1", "(FLAGS ENVELOPE BODY BODYSTRUCTURE)")[0] == "OK"
    assert client.list()[0] == client.lsub()[0] == client.capability()[0] == "OK"
    client.logout()


def test_lines_are_no_longer_than_poplib_takes(posthorn, account, imap):
    """2,048 octets; RFC 2449 4 has 512 for first lines."""
    assert poplib._MAXLINE == 2048
    append(imap, 2)
    imap.ok("SELECT INBOX")
    for _ in range(8):
        imap.ok("COPY 1:* INBOX")
        imap.ok("NOOP")
    client = posthorn.pop3(account)
    assert client.capa() and len(client.list()[1]) == len(client.uidl()[1]) == 512
    for command in ("RETR " + "9" * 200, "XYZZY " + "x" * 200, "TOP " + "x " * 100):
        with pytest.raises(poplib.error_proto) as refused:
            client._shortcmd(command)
        assert len(refused.value.args[0]) <= 510
    client.quit()


def test_pop3_lists_uidl_before_login(posthorn):
    pop3 = poplib.POP3(posthorn.host, posthorn.port("POP3"), timeout=60)
    assert "UIDL" in pop3.capa()
    pop3.quit()


# ---- \Recent and flags

def test_rule_21_one_session_gets_recent(posthorn, account):
    one, two, examiner = [
        imap_raw.Connection(posthorn.host, posthorn.port("IMAP", instance)).login(account)
        for instance in (1, 2, 1)]
    append(one, 3)

    def recent(session, command):
        return [int(r[1]) for r in session.ok(command) if r[-1] == b"RECENT"]

    assert recent(examiner, "EXAMINE INBOX") == [3]
    assert one.ok("STATUS INBOX (RECENT)")[0][3] == [b"RECENT", b"3"]
    assert recent(two, "SELECT INBOX") == [3]
    assert recent(one, "SELECT INBOX") == [0]
    append(one)
    for session in (one, two):
        session.ok("NOOP")
    marked = [b"\\Recent" in imap_raw.fetched(session.ok("FETCH 4 FLAGS"))[4][b"FLAGS"]
              for session in (one, two)]
    assert sorted(marked) == [False, True]
    for session in (one, two, examiner):
        session.close()


def test_rule_22_recent_cannot_be_stored_and_keywords_keep_their_case(imap):
    append(imap)
    imap.ok("SELECT INBOX")
    assert tagged(imap, "STORE 1 +FLAGS (\\Recent)")[0] == "BAD"
    told = imap.ok("STORE 1 +FLAGS ($Forwarded MixedCase)")
    flags = next(n for n, r in enumerate(told) if r[1] == b"FLAGS")
    assert b"MixedCase" in told[flags][2]
    assert any(r[1] == b"OK" and b"\\*" in r[2] for r in told[:-1])
    assert flags < next(n for n, r in enumerate(told) if r[2] == b"FETCH")
    imap.ok("STORE 1 -FLAGS (mixedcase)")
    assert b"MixedCase" not in imap_raw.fetched(imap.ok("FETCH 1 FLAGS"))[1][b"FLAGS"]
    assert imap.ok("SEARCH KEYWORD $FORWARDED")[0][2:] == [b"1"]


def test_rule_23_flags_of_two_sessions_merge(pair):
    one, two = pair
    append(one)
    two.ok("NOOP")
    one.ok("NOOP")
    one.ok("STORE 1 +FLAGS (\\Flagged a)")
    two.ok("STORE 1 +FLAGS (\\Answered b)")
    assert {b"\\Flagged", b"\\Answered", b"a", b"b"} <= set(
        imap_raw.fetched(one.ok("FETCH 1 FLAGS"))[1][b"FLAGS"])
    one.ok("NOOP")
    recent = [session for session in pair
              if b"\\Recent" in imap_raw.fetched(session.ok("FETCH 1 FLAGS"))[1][b"FLAGS"]]
    assert len(recent) == 1
    two.ok("STORE 1 FLAGS (\\Seen)")
    flags = imap_raw.fetched(recent[0].ok("FETCH 1 FLAGS"))[1][b"FLAGS"]
    assert set(flags) == {b"\\Seen", b"\\Recent"}


# ---- lines

def test_rule_52_commands_split_in_every_place(imap):
    imap.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    text = b"a noop\r\nb append inbox {5}\r\nabcde\r\nc noop\r\n"
    for cut in range(1, len(text)):
        imap.socket.sendall(text[:cut])
        imap.socket.sendall(text[cut:])
        for tag in (b"a", b"b", b"c"):
            assert imap.until(tag)[-1][1] == b"OK", cut


def test_rule_52_lone_line_feeds_and_empty_lines(posthorn, account):
    for octets in [b"a NOOP\nb LOGOUT\r\n", b"\n"]:
        imap = imap_raw.Connection(posthorn.host, posthorn.port("IMAP")).login(account)
        imap.send(octets)
        assert imap.response()[1] == b"BYE"
        imap.close()
    imap = imap_raw.Connection(posthorn.host, posthorn.port("IMAP")).login(account)
    imap.send(b"\r\na NOOP\r\n")
    assert imap.response()[:2] == [b"*", b"BAD"]
    assert imap.until(b"a")[-1][1] == b"OK"
    imap.close()


def test_rule_52_tags_at_the_edge(imap):
    for tag in [b"!#$&',-./:;<=>?@[]^_`|}~", b"]", b"0", b"a" * 1000]:
        imap.send(tag + b" NOOP\r\n")
        assert imap.response()[:2] == [tag, b"OK"]
    for tag in [b"+", b"a+b", b"(", b'"a"', b"*", b"%", b"a\\", b"\xc3\xa9", b"{"]:
        imap.send(tag + b" NOOP\r\n")
        assert imap.response()[:2] == [b"*", b"BAD"]


def test_rule_52_few_bad_commands_before_login(posthorn):
    imap = imap_raw.Connection(posthorn.host, posthorn.port("IMAP"))
    for number in range(50):
        try:
            imap.send(b"a XYZZY\r\n")
            if imap.response()[1] == b"BYE":
                break
        except ConnectionError:
            break
    assert number < 10
    imap.close()


def test_rule_52_nothing_of_a_name_ends_a_line(imap):
    for name in [b"x\r\n* BYE", b"x\r", b"x\n* 1 EXISTS"]:
        literal = b"{%d+}\r\n%s" % (len(name), name)
        assert tagged(imap, b"CREATE " + literal)[0] in ("NO", "BAD")
        assert tagged(imap, b"SUBSCRIBE " + literal)[0] in ("NO", "BAD")
        assert imap.ok(b'LIST "" ' + literal) == []
    imap.ok("NOOP")


# ---- layers

def test_rule_54_starttls_discards_nothing_and_capabilities_change(posthorn, account):
    with socket.create_connection((posthorn.host, posthorn.port("IMAP")), timeout=60) as plain:
        reader = plain.makefile("rb")
        assert b"STARTTLS" in reader.readline()
        plain.sendall(b"a STARTTLS\r\n")
        assert reader.readline().startswith(b"a OK")
        with posthorn_module.insecure_tls().wrap_socket(plain) as tls:
            tls.sendall(b"b CAPABILITY\r\n")
            inside = tls.makefile("rb").readline()
            assert b"STARTTLS" not in inside and b"AUTH=PLAIN" in inside
            tls.sendall(b"c STARTTLS\r\n")
    with socket.create_connection((posthorn.host, posthorn.port("IMAP")), timeout=60) as plain:
        reader = plain.makefile("rb")
        reader.readline()
        plain.sendall(b"a STARTTLS\r\nb NOOP\r\n")
        assert reader.readline().startswith(b"a OK")
        assert reader.readline() == b""


def test_rule_54_compression_inside_tls(posthorn, account):
    imap = imap_raw.Connection.__new__(imap_raw.Connection)
    plain = socket.create_connection((posthorn.host, posthorn.port("IMAPS")), timeout=60)
    imap.socket = posthorn_module.insecure_tls().wrap_socket(plain)
    imap.buffer, imap.number, imap.deflate, imap.inflate = b"", 0, None, None
    imap.greeting = imap.response()
    imap.login(account)
    imap.compress()
    append(imap, message=LETTER * 1000)
    imap.ok("SELECT INBOX")
    assert imap_raw.fetched(imap.ok("FETCH 1 BODY[]"))[1][b"BODY[]"] == LETTER * 1000
    imap.close()


def test_rule_54_sasl_is_cancelled_and_empty_responses_are_equals_signs(posthorn, account):
    imap = imap_raw.Connection(posthorn.host, posthorn.port("IMAP"))
    imap.send(b"a AUTHENTICATE PLAIN\r\n")
    assert imap.response()[0] == b"+"
    imap.send(b"*\r\n")
    assert imap.response()[:2] == [b"a", b"BAD"]
    assert tagged(imap, "AUTHENTICATE PLAIN =")[0] in ("NO", "BAD")
    plain = base64.b64encode(f"\0{account.address}\0{account.password}".encode())
    assert tagged(imap, b"AUTHENTICATE PLAIN " + plain)[0] == "OK"
    imap.close()
