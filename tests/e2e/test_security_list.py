"""docs/security.md names tests: each of them exists, and each test of an attack is named there."""

import pathlib
import re

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
LIST = (TOP / "docs/security.md").read_text()


def in_python():
    return {name for path in (TOP / "tests").glob("*/test_*.py")
            for name in re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE)}


def in_cpp():
    return {f"{suite}.{name}" for folder in ("services", "tests")
            for path in (TOP / folder).rglob("*_test.cc")
            for suite, name in re.findall(r"^TEST(?:_F|_P)?\((\w+), (\w+)\)", path.read_text(),
                                          re.MULTILINE)}


def test_each_test_of_the_list_exists():
    named = set(re.findall(r"`(test_\w+|[A-Z]\w+\.[A-Z]\w+)`", LIST))
    assert named > {"test_attack_30_loops_end", "SessionTest.EndsOtherProtocols"}
    assert named - in_python() - in_cpp() == set()


def test_each_test_of_an_attack_is_in_the_list():
    tests = {name for name in in_python() if re.match(r"test_(attack|regression)_", name)}
    assert {name for name in tests if f"`{name}`" not in LIST} == set()


@pytest.mark.parametrize("name", sorted(n for n in in_python() if n.startswith("test_attack_")))
def test_a_test_has_the_number_of_its_attack(name):
    [row] = re.findall(rf"^\| {int(name.split('_')[2])} \|.*$", LIST, re.MULTILINE)
    assert f"`{name}`" in row or LIST.count(f"`{name}`") > 1
