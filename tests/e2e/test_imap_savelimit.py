"""SAVELIMIT (RFC 9738): what one COPY, MOVE or APPEND may name, as the operator sets it."""

import imap_raw
import posthorn as system
from imap_sessions import LETTER, append, shown, tagged


def test_copy_and_move_of_more_than_the_limit():
    with system.started("--flag", "imap-gateway:--save_limit=2") as running:
        imap = imap_raw.Connection(running.host, running.port("IMAP")).login(running.account())
        assert b"SAVELIMIT=2" in imap.ok("CAPABILITY")[0]
        imap.ok("CREATE other")
        append(imap, 5)
        imap.ok("SELECT INBOX")
        for command, lowest in [("COPY 1:3 other", 2), ("UID COPY 1:* other", 4),
                                ("MOVE 1:3 other", 2), ("UID MOVE 3:5 other", 4)]:
            assert tagged(imap, command) == ("NO", f"[MESSAGELIMIT 2 {lowest}]"), command
        message = b" {%d+}\r\n%s" % (len(LETTER), LETTER)
        assert tagged(imap, b"APPEND other" + message * 3) == ("NO", "[MESSAGELIMIT 2]")
        assert shown(imap.ok("STATUS other (MESSAGES)")) == ["STATUS other (MESSAGES 0)"]
        imap.ok(b"APPEND other" + message * 2)
        imap.ok("COPY 1:2 other")
        imap.ok("UID MOVE 4:5 other")
        # What is not there any more does not count.
        imap.ok("UID COPY 3:9 other")
        assert shown(imap.ok("STATUS other (MESSAGES)")) == ["STATUS other (MESSAGES 7)"]
        imap.close()
