"""What tests said: one Result for each test, whatever ran it."""

import dataclasses
import xml.etree.ElementTree as ElementTree

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"


@dataclasses.dataclass(frozen=True)
class Result:
    name: str
    outcome: str
    detail: str = ""


def from_junit(path):
    """Results of a JUnit file, as pytest and GoogleTest write it. A file that is missing or broken
    has no results: the caller knows that its program did not finish."""
    try:
        root = ElementTree.parse(path).getroot()
    except (OSError, ElementTree.ParseError):
        return []
    return [_case(case) for case in root.iter("testcase")]


def _case(case):
    name = f"{case.get('classname', '')}.{case.get('name', '')}".lstrip(".")
    bad = [child for child in case if child.tag in ("failure", "error")]
    if bad:
        return Result(name, FAILED, "\n".join(b.text or b.get("message", "") for b in bad))
    skipped = case.find("skipped")
    if skipped is not None or case.get("status") == "notrun":
        return Result(name, SKIPPED, skipped.get("message", "") if skipped is not None else "")
    return Result(name, PASSED)
