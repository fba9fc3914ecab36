"""Fixtures of all tests that need the running system."""

import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import posthorn as posthorn_module  # noqa: E402


@pytest.fixture(scope="session")
def posthorn():
    """The system that POSTHORN_ENV names, or one of two of each service, started for the run."""
    env_file = os.environ.get("POSTHORN_ENV")
    if env_file:
        yield posthorn_module.System(env_file)
        return
    with posthorn_module.started("--smtp-gateways", "2", "--pop3-gateways", "2",
                                 "--imap-gateways", "2", "--mailstores", "2") as system:
        yield system


@pytest.fixture
def account(posthorn):
    """A new account."""
    return posthorn.account()
