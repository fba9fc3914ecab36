"""docs/configuration.md and the programs agree on every setting; a misspelt one stops them."""

import os
import pathlib
import re
import subprocess

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = pathlib.Path(os.environ.get("POSTHORN_BUILD_DIR", TOP / "build/release")) / "services"
REFERENCE = TOP / "docs/configuration.md"
FOR_OPERATORS = [REFERENCE, TOP / "docs/deployment.md", TOP / "docs/operating.md",
                 TOP / "README.md"]
# The sections of the reference that hold for each service.
SECTIONS = {
    "smtp-gateway": ["Common to all services", "All gateways", "smtp-gateway"],
    "pop3-gateway": ["Common to all services", "All gateways", "pop3-gateway"],
    "imap-gateway": ["Common to all services", "All gateways", "imap-gateway"],
    "mailstore": ["Common to all services", "mailstore"],
}
ROW = re.compile(r"\| `--(\w+)` \| (\S+) \| (\S+) \| \S")


def run(program, *arguments, **environment):
    """With this environment and no more: the tests' own POSTHORN_ names would be refused."""
    return subprocess.run([PROGRAMS / program / program, *arguments], env=environment, text=True,
                          capture_output=True, timeout=60)


def own_flags(service):
    """{name: default} of the flags that our sources define, from --helpfull."""
    text = run(service, "--helpfull").stdout
    flags = {}
    for part in text.split("  Flags from ")[1:]:
        file, _, rest = part.partition(":\n")
        if "services/" in file:
            found = re.findall(r'^    --(\w+) \(.*?\);\s+default: "?(.*?)"?;$', rest, re.M | re.S)
            assert len(found) == len(re.findall(r"^    --", rest, re.M)), rest
            flags.update(found)
    assert flags, text
    return flags


def documented(section):
    """{name: (environment, default)} of the table in a section of the reference."""
    [text] = [part for part in re.split(r"^## ", REFERENCE.read_text(), flags=re.M)
              if part.startswith(section + "\n")]
    rows = [ROW.match(line) for line in text.splitlines() if line.startswith("| `")]
    assert rows and all(rows), f"a row of {section} has another form"
    table = {row[1]: (row[2].strip("`"), row[3].strip("`").replace("empty", "")) for row in rows}
    assert len(table) == len(rows), f"a setting stands twice in {section}"
    return table


@pytest.mark.parametrize("service", SECTIONS)
def test_the_reference_has_every_flag_with_its_default_and_no_other(service):
    in_reference = {}
    for section in SECTIONS[service]:
        in_reference.update(documented(section))
    assert in_reference == {name: (f"POSTHORN_{name.upper()}", default)
                            for name, default in own_flags(service).items()}


def test_the_reference_has_every_option_of_mailctl():
    usage = run("mailctl", "--help").stdout
    options = documented("mailctl")
    assert set(options) == set(re.findall(r"--(\w+)", usage))
    for name in ["mailstore", "timeout"]:
        assert re.search(rf"--{name}=.*\({re.escape(options[name][1])}\)$", usage, re.M)
    # What the files are by default shows in the complaint about the first that is missing.
    given = ["health"]
    for name in ["rpc_ca_file", "rpc_cert_file", "rpc_key_file"]:
        assert f"cannot read {options[name][1]}:" in run("mailctl", *given).stderr
        given.append(f"--{name}=/dev/null")


@pytest.mark.parametrize("name", documented("mailctl"))
def test_an_option_of_mailctl_has_a_twin_if_the_reference_says_so(name):
    twin = f"POSTHORN_MAILCTL_{name.upper()}"
    result = run("mailctl", "health", "--rpc_ca_file=/nonexistent", **{twin: "x"})
    assert documented("mailctl")[name][0] == (
        "none" if f"unknown setting {twin}" in result.stderr else twin)


@pytest.mark.parametrize("document", FOR_OPERATORS, ids=lambda path: path.name)
def test_no_document_names_a_setting_that_does_not_exist(document):
    flags = set().union(*(own_flags(service) for service in SECTIONS))
    variables = {f"POSTHORN_{name.upper()}{end}" for name in flags for end in ["", "_FILE"]}
    variables |= {environment for environment, _ in documented("mailctl").values()}
    compose = (TOP / "docker-compose.yml").read_text()
    variables |= set(re.findall(r"\$\{(POSTHORN_\w+)", compose))
    variables |= {"POSTHORN_HOSTNAM"}  # the misspelt one of the example
    text = document.read_text()
    assert set(re.findall(r"\bPOSTHORN_[A-Z0-9_]*[A-Z0-9]\b", text)) <= variables
    # Programs of others have no underscores in their options.
    assert set(re.findall(r"--([a-z0-9]+(?:_[a-z0-9]+)+)", text)) <= flags


@pytest.mark.parametrize("limit", ["MESSAGE_LIMIT", "SAVE_LIMIT"])
def test_no_messages_at_all_is_no_limit(limit):
    result = run("imap-gateway", **{f"POSTHORN_{limit}": "0"})
    assert result.returncode == 2
    assert f"POSTHORN_{limit}" in result.stderr and "from 1 to 1000000" in result.stderr


@pytest.mark.parametrize("service", SECTIONS)
def test_an_unknown_setting_stops_a_service_with_one_clear_line(service):
    result = run(service, POSTHORN_HOSTNAM="x")
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr == (f"{service}: unknown setting POSTHORN_HOSTNAM in the environment; "
                             "see --helpfull for the names\n")
