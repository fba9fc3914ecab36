"""What tests of IMAP sessions share; beside imap_raw."""

import imap_raw

LETTER = b"Subject: letter\r\n\r\nHello\r\n"


def literal(octets, plus=b"+"):
    return b"{%d%s}\r\n%s" % (len(octets), plus, octets)


def two_sessions(posthorn, account):
    """Yields two sessions of one account, on two gateways if there are two."""
    second = 2 if "IMAP_PORT_2" in posthorn.env else 1
    sessions = [imap_raw.Connection(posthorn.host, posthorn.port("IMAP", i)).login(account)
                for i in (1, second)]
    yield sessions
    for session in sessions:
        session.close()


def append_to(imap, mailbox="INBOX", flags="", number=1, letter=LETTER):
    for _ in range(number):
        imap.ok(f"APPEND {mailbox} {flags} {{{len(letter)}+}}\r\n".replace("  ", " ").encode()
                + letter)


def append(imap, number=1, mailbox="INBOX", letter=LETTER):
    append_to(imap, mailbox, number=number, letter=letter)


def text_of(word):
    """A parsed item as it was written, nearly: strings lose their quotes."""
    if isinstance(word, list):
        return "(" + " ".join(text_of(item) for item in word) + ")"
    return "NIL" if word is None else word.decode()


def shown(responses):
    """Untagged responses as text, without the tagged one."""
    return [" ".join(text_of(word) for word in r[1:] if word is not None)
            for r in responses if r[0] == b"*"]


def tagged(imap, text):
    """The outcome of a command, and its response code."""
    answer = imap.command(text)[-1]
    return answer[1].decode(), (answer[2] or b"").decode()


def lines(imap, text, name):
    """The untagged responses of this name to a command, without it."""
    return [r[2:] for r in imap.ok(text) if r[1] == name]
