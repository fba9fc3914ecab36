"""imapflow (npm), which enables and uses what it is offered: IMAP4rev2, COMPRESS, CONDSTORE, QRESYNC,
LIST-STATUS, OBJECTID, BINARY and more. The pinned version is installed into a temporary folder."""

import json
import pathlib
import shutil

import pytest
from clients import run

HERE = pathlib.Path(__file__).parent / "imapflow"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("imapflow")
    for path in HERE.iterdir():
        shutil.copy(path, made)
    run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=made, timeout=300)
    return made


def output_of(script, posthorn, account, folder):
    return json.loads(run("node", script, posthorn.host, posthorn.port("IMAP"), account.address,
                          account.password, cwd=folder).stdout)


def test_goes_through_its_commands(posthorn, account, folder):
    got = output_of("session.mjs", posthorn, account, folder)
    offered = set(got["capabilities"])
    assert "IDLE" in offered
    assert got["appended"] == [1, 2, 3, 4]
    assert got["unseen"] == [2, 3, 4] and got["found"] == [2]
    assert got["flagged"] is True
    message = got["message"]
    assert message["uid"] == 2 and set(message["flags"]) - {"\\Recent"} == {"\\Flagged", "Work"}
    assert (message["subject"], message["type"]) == ("two", "text/plain")
    assert message["source"] is True
    assert message["hasModseq"] == ("CONDSTORE" in offered)
    assert message["hasEmailId"] == ("OBJECTID" in offered)
    assert got["text"] == "Grüße, three"
    assert got["copied"] == [[1, 1], [2, 2]] and got["moved"] == [[3, 3]]
    assert got["deleted"] is True and got["left"] == [1, 2]
    assert got["created"]["path"] == "Entwürfe/2026"
    assert {"INBOX", "Entwürfe/2026", "Sent"} <= {each["path"] for each in got["names"]}
    assert got["status"]["messages"] == 3 and got["status"]["uidNext"] == 4
    assert got["status"]["unseen"] == 2
    assert got["quota"] == ("QUOTA" in offered)
    assert got["renamed"] == "Entwürfe/alt" and got["removed"] == "Entwürfe/alt"
    assert offered & {"CONDSTORE", "QRESYNC", "UTF8=ACCEPT"} <= set(got["enabled"])
    assert sorted(got["seen"]["exists"])[-1] == 4 and got["seen"]["expunged"]


def test_imap4rev2_beside_rev1_with_notify_previews_and_pages(posthorn, account, folder):
    got = output_of("modern.mjs", posthorn, account, folder)
    assert {"IMAP4REV2", "QRESYNC"} <= set(got["enabled"])
    assert "IMAP4REV2" not in got["otherEnabled"]
    assert got["opened"] == [25, 25]
    assert got["esearch"] == {"min": 1, "max": 25, "count": 25, "all": "1:25"}
    assert got["pages"] == [{"range": "1:10", "messages": "1:10"},
                            {"range": "-1:-5", "messages": "21:25"},
                            {"range": "100:200", "messages": ""}]
    assert got["plain"] == got["otherPlain"] == [7]
    assert got["previews"] == [[uid, f"This is what preview {uid} shows."] for uid in (23, 24, 25)]
    assert got["binary"] == "This is what preview 3 shows.\r\n"
    # What NOTIFY tells.
    assert got["arrived"] == 26
    assert got["changed"] == {"uid": 5, "flags": ["Work"], "hasModseq": True}
    assert got["removed"] == {"uid": 6, "vanished": True}
    # What QRESYNC tells.
    assert {uid for uid, earlier in got["away"]["expunged"] if earlier} >= {7, 9}
    assert {8, 27} <= set(got["away"]["flags"])
    assert not {uid for uid, _ in got["away"]["expunged"]} - {6, 7, 9} and got["back"] == 24
