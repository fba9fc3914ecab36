"""Where things are."""

import os
import pathlib

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("POSTHORN_BUILD_ROOT", TOP / "build")).resolve()
RELEASE = BUILD / "release"
ASAN = BUILD / "asan"
LOGS = BUILD / "test-logs"
IN_CI = os.environ.get("CI") == "true"
