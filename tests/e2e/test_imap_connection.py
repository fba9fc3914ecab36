"""What belongs to the connection: compression, languages, comparators, logging out and in again."""

import random
import re
import socket
import zlib

import imap_raw
import pytest
from imap_sessions import tagged


def capabilities(imap):
    return {word.decode() for word in imap.ok("CAPABILITY")[0][2:]}


def text_of(imap, text):
    return imap.command(text)[-1][3].decode()


# ---- COMPRESS=DEFLATE

@pytest.mark.parametrize("flush", [zlib.Z_SYNC_FLUSH, zlib.Z_PARTIAL_FLUSH, zlib.Z_FULL_FLUSH])
def test_rule_54_compressed_with_every_kind_of_flush(imap, flush):
    assert "COMPRESS=DEFLATE" in capabilities(imap)
    imap.compress(flush)
    message = b"Subject: x\r\n\r\n" + random.Random(1).randbytes(300000).hex().encode() + b"\r\n"
    imap.ok(b"APPEND INBOX {%d+}\r\n%s" % (len(message), message))
    imap.number += 1
    imap.send(b"T%d APPEND INBOX {%d}\r\n" % (imap.number, len(message)))
    assert imap.response()[0] == b"+"
    imap.send(message + b"\r\n")
    assert imap.until(b"T%d" % imap.number)[-1][1] == b"OK"
    imap.ok("SELECT INBOX")
    bodies = imap_raw.fetched(imap.ok("FETCH 1:2 BODY.PEEK[]"))
    assert [bodies[number][b"BODY[]"] for number in (1, 2)] == [message, message]
    imap.idle()
    assert imap.done()[-1][1] == b"OK"
    for _ in range(20):
        imap.ok("NOOP")


def test_rule_54_compression_split_octet_by_octet(imap):
    imap.compress()
    packed = imap.deflate.compress(b"a NOOP\r\nb CAPABILITY\r\n") + imap.deflate.flush(zlib.Z_SYNC_FLUSH)
    imap.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for octet in packed:
        imap.socket.sendall(bytes([octet]))
    assert imap.until(b"a")[-1][1] == b"OK"
    assert imap.until(b"b")[-1][1] == b"OK"


def test_rule_54_not_twice_and_only_what_is_known(imap):
    assert tagged(imap, "COMPRESS GZIP")[0] == "BAD"
    imap.compress()
    assert tagged(imap, "COMPRESS DEFLATE") == ("NO", "[COMPRESSIONACTIVE]")
    assert "COMPRESS=DEFLATE" not in capabilities(imap)
    imap.ok("NOOP")


def test_not_before_login(posthorn):
    imap = imap_raw.Connection(posthorn.host, posthorn.port("IMAP"))
    assert "COMPRESS=DEFLATE" not in capabilities(imap)
    assert tagged(imap, "COMPRESS DEFLATE")[0] == "BAD"
    imap.close()


def test_what_came_before_the_answer_to_compress_ends_the_connection(imap):
    imap.send(b"a COMPRESS DEFLATE\r\nb NOOP\r\n")
    assert imap.response()[:2] == [b"a", b"OK"]
    with pytest.raises(ConnectionError):
        imap.response()


def test_what_is_no_deflate_ends_the_connection(imap):
    imap.compress()
    imap.deflate = None
    imap.send(b"a NOOP\r\nb NOOP and more\r\n")
    with pytest.raises((ConnectionError, zlib.error)):
        imap.response()


def test_a_compressed_line_has_the_limits_of_any_line(imap):
    imap.compress()
    imap.send(b"a NOOP " + b"x" * (1 << 20) + b"\r\n")
    assert imap.response()[:3] == [b"*", b"BYE", b"[CLIENTBUG]"]


# ---- UNAUTHENTICATE

@pytest.mark.parametrize("compressed", [False, True])
def test_unauthenticate_resets_everything(posthorn, imap, compressed):
    other = posthorn.account()
    imap.ok("ENABLE UTF8=ACCEPT")
    imap.ok("LANGUAGE de")
    imap.ok('CREATE "ü"')
    imap.ok("SELECT INBOX")
    if compressed:
        imap.compress()
    imap.number += 1
    imap.send(b"T%d UNAUTHENTICATE\r\n" % imap.number)
    answer = imap.until(b"T%d" % imap.number)
    assert len(answer) == 1 and answer[0][1] == b"OK"
    assert answer[0][2].startswith(b"[CAPABILITY ")
    imap.deflate = imap.inflate = None
    assert tagged(imap, "SELECT INBOX")[0] == "BAD"
    imap.login(other)
    assert text_of(imap, "NOOP") == "Noop completed"
    assert tagged(imap, "FETCH 1 FLAGS")[0] == "BAD"
    assert imap.ok('LIST "" "&APw-"') == []
    imap.ok('CREATE "&APw-"')
    assert imap.ok('LIST "" "&APw-"')[0][-1] == b"&APw-"
    assert imap.ok("ENABLE UTF8=ACCEPT") == [[b"*", b"ENABLED", b"UTF8=ACCEPT"]]


def test_unauthenticate_may_be_followed_at_once(posthorn, imap):
    other = posthorn.account()
    imap.send(f'a UNAUTHENTICATE\r\nb LOGIN "{other.address}" "{other.password}"\r\nc NOOP'.encode()
              + b"\r\n")
    assert [imap.until(tag)[-1][1] for tag in (b"a", b"b", b"c")] == [b"OK"] * 3


def test_unauthenticate_ends_the_clients_compression_too(posthorn, imap):
    other = posthorn.account()
    imap.compress()
    packed = imap.deflate.compress(b"a UNAUTHENTICATE\r\n") + imap.deflate.flush(zlib.Z_SYNC_FLUSH)
    imap.socket.sendall(packed + f'b LOGIN "{other.address}" "{other.password}"\r\n'.encode())
    octets = b""
    while b"b OK " not in octets or not octets.endswith(b"\r\n"):
        octets += imap.socket.recv(1 << 16)
    compressed, _, _ = octets.partition(b"b OK ")
    assert imap.inflate.decompress(compressed).startswith(b"a OK [CAPABILITY ")


# ---- LANGUAGE, comparators

def test_languages(imap):
    assert "LANGUAGE" in capabilities(imap)
    assert imap.ok("LANGUAGE") == [[b"*", b"LANGUAGE", [b"en", b"de", b"i-default"]]]
    assert text_of(imap, "NOOP") == "Noop completed"
    assert imap.ok("LANGUAGE fr de-AT en") == [[b"*", b"LANGUAGE", [b"de"]]]
    assert text_of(imap, "NOOP") == "NOOP ausgeführt"
    assert text_of(imap, "SELECT nowhere") == "Dieses Postfach gibt es nicht"
    assert tagged(imap, "LANGUAGE tlh")[0] == "NO"
    assert text_of(imap, "NOOP") == "NOOP ausgeführt"
    assert imap.ok('LANGUAGE "default"') == [[b"*", b"LANGUAGE", [b"en"]]]
    assert imap.ok("LANGUAGE i-default") == [[b"*", b"LANGUAGE", [b"i-default"]]]
    assert text_of(imap, "NOOP") == "Noop completed"
    assert tagged(imap, "LANGUAGE" + " de" * 11)[0] == "BAD"


def test_language_before_login(posthorn, account):
    imap = imap_raw.Connection(posthorn.host, posthorn.port("IMAP"))
    assert b"LANGUAGE" in imap.greeting[2]
    imap.ok("LANGUAGE de")
    answer = imap.command(f'LOGIN "{account.address}" wrong')[-1]
    assert answer[1:] == [b"NO", b"[AUTHENTICATIONFAILED]", "Name oder Kennwort falsch".encode()]
    imap.close()


def test_comparators(imap):
    assert {"I18NLEVEL=1", "I18NLEVEL=2"} <= capabilities(imap)
    active = [[b"*", b"COMPARATOR", b"i;unicode-casemap"]]
    assert imap.ok("COMPARATOR") == active
    assert imap.ok('COMPARATOR "cz;*" "i;unicode-casemap"') == active
    assert imap.ok("COMPARATOR default") == active
    for order in ("*", "i;*code*map", "+i;unicode-casemap", "*i;unicode-casemap*"):
        assert imap.ok(f'COMPARATOR "{order}"') == active, order
    # RFC 4790 3.3: "-" would invert the order of SORT.
    for order in ("i;octet", "-i;unicode-casemap", "i;*map*code*", "i;unicode-casemap*map", ""):
        assert tagged(imap, f'COMPARATOR "{order}"') == ("NO", "[BADCOMPARATOR]"), order
    message = "Subject: STRASSE Ägypten ΣΊΣΥΦΟΣ\r\n\r\nText\r\n".encode()
    imap.ok(b"APPEND INBOX {%d+}\r\n%s" % (len(message), message))
    imap.ok("SELECT INBOX")
    for word in ["strasse", "ÄGYPTEN", "ägypten", "σίσυφοσ"]:
        assert imap.ok(f'SEARCH CHARSET UTF-8 SUBJECT "{word}"')[0][2:] == [b"1"], word


# ---- ID

def test_id_in_all_its_forms(imap):
    for form in ["NIL", "()", '("name" "x" "version" NIL)', '("name" {3+}\r\nabc)']:
        answer = imap.ok(f"ID {form}")[0]
        assert answer[1] == b"ID" and dict(zip(answer[2][::2], answer[2][1::2]))[b"name"] == b"Posthorn"
    assert tagged(imap, "ID (" + " ".join('"f%d" "v"' % n for n in range(31)) + ")")[0] == "BAD"


# ---- capabilities hidden from an account

def test_hidden_capabilities(posthorn, account):
    hide = posthorn.mailctl("account", "capabilities", "hide", account.address,
                            "compress=deflate", "UTF8=ACCEPT", "IDLE")
    assert hide.stdout.split()[1:] == ["COMPRESS=DEFLATE", "IDLE", "UTF8=ACCEPT"]
    for instance in (1, 2):
        imap = imap_raw.Connection(posthorn.host, posthorn.port("IMAP", instance))
        assert b"IDLE" in imap.greeting[2]
        answer = imap.command(f'LOGIN "{account.address}" "{account.password}"')[-1]
        assert not re.search(rb"IDLE|UTF8=ACCEPT|COMPRESS=DEFLATE", answer[2])
        assert {"IDLE", "UTF8=ACCEPT", "COMPRESS=DEFLATE"}.isdisjoint(capabilities(imap))
        assert imap.ok("ENABLE UTF8=ACCEPT") == [[b"*", b"ENABLED"]]
        assert tagged(imap, "COMPRESS DEFLATE") == ("NO", "[CANNOT]")
        imap.close()
    posthorn.mailctl("account", "capabilities", "show", account.address, "COMPRESS=DEFLATE", "IDLE")
    assert posthorn.mailctl("account", "capabilities", "list", account.address).stdout.split()[1:] == [
        "UTF8=ACCEPT"]
    other = imap_raw.Connection(posthorn.host, posthorn.port("IMAP")).login(account)
    shown = capabilities(other)
    assert "IDLE" in shown and "UTF8=ACCEPT" not in shown
    other.close()


def test_some_capabilities_cannot_be_hidden(posthorn, account):
    for names in [["IMAP4rev1"], ["STARTTLS"], ["two words"], [""]]:
        refused = posthorn.mailctl("account", "capabilities", "hide", account.address, *names,
                                   check=False)
        assert refused.returncode == 1


# ---- UIDBATCHES

def test_uidbatches_tile_the_mailbox(imap):
    assert "UIDBATCHES" in capabilities(imap)
    imap.ok("CREATE many")
    imap.ok("SELECT many")
    assert imap.command("UIDBATCHES 500")[0] == [b"*", b"UIDBATCHES", [b"TAG", b"T%d" % imap.number]]
    message = b"Subject: x\r\n\r\nx\r\n"
    for _ in range(6):
        imap.send(b"".join(b"a APPEND many {%d+}\r\n%s\r\n" % (len(message), message)
                           for _ in range(200)))
        for _ in range(200):
            imap.until(b"a")
    imap.ok("NOOP")
    imap.ok("UID STORE 100:149 +FLAGS.SILENT (\\Deleted)")
    imap.ok("EXPUNGE")

    def batches(arguments):
        answer = imap.ok(f"UIDBATCHES {arguments}")[0]
        return answer[3].decode() if len(answer) > 3 else ""

    assert batches("500") == "1200:701,700:201,200:1"
    assert batches("1000") == "1200:201,200:1"
    assert batches("5000") == "1200:1"
    assert batches("500 2:3") == "700:201,200:1"
    assert batches("500 2:2") == "700:201"
    assert batches("500 4:9") == ""
    assert tagged(imap, "UIDBATCHES 499") == ("NO", "[TOOFEW]")
    assert tagged(imap, "UIDBATCHES 500 3:2") == ("BAD", "[CLIENTBUG]")
    assert tagged(imap, "UIDBATCHES 500 1:4000000000") == ("NO", "[TOOMANY]")
    assert tagged(imap, "UIDBATCHES 0")[0] == "BAD"
