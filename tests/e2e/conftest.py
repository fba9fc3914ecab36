"""Sessions that many tests of IMAP begin with."""

import imap_raw
import pytest
from imap_sessions import two_sessions


@pytest.fixture
def imap(posthorn, account):
    """A session of a new account."""
    connection = imap_raw.Connection(posthorn.host, posthorn.port("IMAP"))
    yield connection.login(account)
    connection.close()


@pytest.fixture
def pair(posthorn, account):
    """Two sessions of a new account, on two gateways if there are two."""
    yield from two_sessions(posthorn, account)
