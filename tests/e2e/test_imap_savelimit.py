"""SAVELIMIT (RFC 9738): what one COPY or MOVE may name, as the operator sets it."""

import imap_raw
import posthorn as system
from imap_sessions import append, shown, tagged


def test_copy_and_move_of_more_than_the_limit():
    with system.started("--flag", "imap-gateway:--save_limit=2") as running:
        imap = imap_raw.Connection(running.host, running.port("IMAP")).login(running.account())
        assert b"SAVELIMIT=2" in imap.ok("CAPABILITY")[0]
        imap.ok("CREATE other")
        append(imap, 5)
        imap.ok("SELECT INBOX")
        for command in ("COPY 1:3 other", "UID COPY 1:* other", "MOVE 1:3 other",
                        "UID MOVE 3:5 other"):
            assert tagged(imap, command) == ("NO", "[MESSAGELIMIT 2]"), command
        assert shown(imap.ok("STATUS other (MESSAGES)")) == ["STATUS other (MESSAGES 0)"]
        imap.ok("COPY 1:2 other")
        imap.ok("UID MOVE 4:5 other")
        # What is not there any more does not count.
        imap.ok("UID COPY 3:9 other")
        assert shown(imap.ok("STATUS other (MESSAGES)")) == ["STATUS other (MESSAGES 5)"]
        imap.close()
