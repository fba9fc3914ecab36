"""IMAP: URLs that carry the right to read a message (RFC 4467, RFC 5524)."""

import base64

import imap_raw
import pytest

IMAGE = b"\x00\x01binary"
MESSAGE = (b"Subject: shared\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
           b"--b\r\nContent-Type: text/plain\r\n\r\nSi vis pacem, para bellum.\r\n"
           b"--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n"
           + base64.b64encode(IMAGE) + b"\r\n--b--\r\n")


@pytest.fixture
def owner(posthorn, account):
    connection = imap_raw.Connection(posthorn.host, posthorn.port("IMAP")).login(account)
    connection.ok(b"APPEND INBOX {%d+}\r\n%s" % (len(MESSAGE), MESSAGE))
    connection.account = account
    yield connection
    connection.close()


@pytest.fixture
def friend(posthorn):
    """Another user, on the other gateway."""
    account = posthorn.account("friend")
    connection = imap_raw.Connection(posthorn.host, posthorn.port("IMAP", 2)).login(account)
    connection.account = account
    yield connection
    connection.close()


def quote(address):
    return address.replace("@", "%40")


def rump(owner, access, path="/INBOX/;uid=1/;section=1", expire=""):
    return f"imap://{quote(owner.account.address)}@localhost{path}{expire};urlauth={access}"


def authorize(owner, *rumps):
    (answer,) = owner.ok("GENURLAUTH " + " ".join(f'"{r}" INTERNAL' for r in rumps))
    assert answer[1] == b"GENURLAUTH"
    return [url.decode() for url in answer[2:]]


def fetch(session, url):
    (answer,) = session.ok(f'URLFETCH "{url}"')
    assert answer[:2] == [b"*", b"URLFETCH"] and answer[2].decode() == url
    return answer[3]


def test_who_may_use_a_url(owner, friend):
    assert {b"URLAUTH", b"URLAUTH=BINARY"} <= set(owner.ok("CAPABILITY")[0])
    text = b"Si vis pacem, para bellum."
    friends = quote(friend.account.address)
    for access, by_friend, by_owner in [
            ("anonymous", text, text), ("authuser", text, text), (f"user+{friends}", text, None),
            (f"submit+{friends}", text, None), (f"user+{quote(owner.account.address)}", None, text),
            ("user+nobody%40example.org", None, None)]:
        (url,) = authorize(owner, rump(owner, access))
        assert url.startswith(rump(owner, access) + ":INTERNAL:")
        assert fetch(friend, url) == by_friend, access
        assert fetch(owner, url) == by_owner, access
    # Reading so does not set \Seen.
    owner.ok("SELECT INBOX")
    assert b"\\Seen" not in imap_raw.fetched(owner.ok("FETCH 1 FLAGS"))[1][b"FLAGS"]


def test_what_a_url_names(owner, friend):
    header, _, body = MESSAGE.partition(b"\r\n\r\n")
    paths = {"/INBOX/;uid=1": MESSAGE, "/INBOX/;UID=1/;SECTION=HEADER": header + b"\r\n\r\n",
             "/INBOX/;UID=1/;SECTION=TEXT": body, "/INBOX/;uid=1/;section=1/;partial=3.3": b"vis",
             "/INBOX/;uid=1/;section=HEADER.FIELDS%20(subject)": b"Subject: shared\r\n\r\n",
             "/INBOX/;uid=1/;section=7": None, "/INBOX/;uid=77": None,
             "/INBOX;UIDVALIDITY=4294967295/;uid=1": None}
    urls = authorize(owner, *(rump(owner, "anonymous", path) for path in paths))
    assert len(urls) == len(paths)
    for url, octets in zip(urls, paths.values()):
        assert fetch(friend, url) == octets, url
    answers = friend.ok("URLFETCH " + " ".join(f'"{url}"' for url in urls))
    assert [answer[3] for answer in answers] == list(paths.values())


def test_a_url_that_is_not_right_is_nil(owner, friend):
    (url,) = authorize(owner, rump(owner, "anonymous"))
    other = url[:-1] + ("0" if url[-1] != "0" else "1")
    for wrong in (other, url[:-2], url + "00", url.replace("section=1", "section=2"),
                  url.replace("INBOX", "inbox"), url.replace("uid=1", "uid=2"),
                  url.replace(quote(owner.account.address), quote(friend.account.address)),
                  rump(owner, "anonymous"), "imap://x/INBOX", "nonsense", "/INBOX/;UID=1"):
        assert fetch(friend, wrong) is None, wrong
    (expired,) = authorize(owner, rump(owner, "anonymous", expire=";expire=2001-01-01T00:00:00Z"))
    (later,) = authorize(owner, rump(owner, "anonymous", expire=";expire=2101-01-01T00:00:00Z"))
    assert fetch(friend, expired) is None
    assert fetch(friend, later) == b"Si vis pacem, para bellum."
    assert fetch(friend, later.replace("2101", "2102")) is None


def test_what_is_not_signed(owner, friend):
    good = rump(owner, "anonymous")
    for url, mechanism in [(rump(friend, "anonymous"), "INTERNAL"), (good, "XSAMPLE"),
                           (rump(owner, "anonymous", "/nowhere/;uid=1"), "INTERNAL"),
                           (rump(owner, "anonymous", "/INBOX"), "INTERNAL"),
                           (good.replace(";urlauth=anonymous", ""), "INTERNAL"),
                           ("/INBOX/;UID=1;URLAUTH=anonymous", "INTERNAL"),
                           (authorize(owner, good)[0], "INTERNAL")]:
        assert owner.command(f'GENURLAUTH "{good}" INTERNAL "{url}" {mechanism}')[-1][1] == b"BAD", url
    assert owner.command("GENURLAUTH")[-1][1] == b"BAD"


def test_keys_are_taken_back(owner, friend):
    owner.ok("CREATE there")
    owner.ok(b"APPEND there {%d+}\r\n%s" % (len(MESSAGE), MESSAGE))
    inbox, there = authorize(owner, rump(owner, "anonymous"),
                             rump(owner, "anonymous", "/there/;uid=1/;section=1"))
    done = owner.command("RESETKEY INBOX INTERNAL")[-1]
    assert done[1:3] == [b"OK", b"[URLMECH INTERNAL]"]
    assert fetch(friend, inbox) is None and fetch(friend, there) is not None
    assert fetch(friend, authorize(owner, rump(owner, "anonymous"))[0]) is not None
    owner.ok("RESETKEY")
    assert fetch(friend, there) is None
    assert owner.command("RESETKEY nowhere")[-1][1:3] == [b"NO", b"[NONEXISTENT]"]
    assert owner.command("RESETKEY INBOX XSAMPLE")[-1][1] == b"NO"
    codes = [r[2] for r in owner.ok("SELECT INBOX") if r[1] == b"OK"]
    assert b"[URLMECH INTERNAL]" in codes


def test_extended_urlfetch(owner, friend):
    text, image = authorize(owner, rump(owner, "anonymous"),
                            rump(owner, "anonymous", "/INBOX/;uid=1/;section=2"))
    (answer,) = friend.ok(f'URLFETCH ("{image}" BODYPARTSTRUCTURE BINARY)')
    structure, binary = answer[3:]
    assert structure[0] == b"BODYPARTSTRUCTURE" and structure[1][:2] == [b"IMAGE", b"PNG"]
    assert binary == [b"BINARY", IMAGE]
    (answer,) = friend.ok(f'URLFETCH ("{image}" BODY)')
    assert answer[3:] == [[b"BODY", base64.b64encode(IMAGE)]]
    (answer,) = friend.ok(f'URLFETCH ("{text}" BODYPARTSTRUCTURE)')
    assert answer[3][1][:2] == [b"TEXT", b"PLAIN"]
    answers = friend.ok(f'URLFETCH "{text}" ("{text}0" BINARY)')
    assert [answer[3] for answer in answers] == [b"Si vis pacem, para bellum.", None]
    assert friend.command(f'URLFETCH ("{text}" BODY BINARY)')[-1][1] == b"BAD"
    assert friend.command(f'URLFETCH ("{text}" SOMETHING)')[-1][1] == b"BAD"
