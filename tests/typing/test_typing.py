"""Both type checkers, strict, accept what users write and reject what they mistake.

The mistakes are in ``rejected.py``; the checks of the whole project leave that file out.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
ACCEPTED, REJECTED = HERE / "accepted.py", HERE / "rejected.py"


def _marked() -> set[int]:
    lines = REJECTED.read_text().splitlines()
    return {number for number, line in enumerate(lines, 1) if line.endswith("# rejected")}


def _run(*command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *command], capture_output=True, text=True, check=False, cwd=ROOT, timeout=600
    )
    assert done.returncode in (0, 1), f"{done.stdout}\n{done.stderr}"
    return done.stdout


def _mypy() -> Iterator[tuple[Path, int, str]]:
    for line in _run("mypy", "--no-error-summary", str(ACCEPTED), str(REJECTED)).splitlines():
        found = re.match(r"(.+?):(\d+): error: (.+)", line)
        if found:
            yield (ROOT / found[1]).resolve(), int(found[2]), found[3]


def _pyright(folder: Path) -> Iterator[tuple[Path, int, str]]:
    def from_folder(path: Path) -> str:
        return os.path.relpath(path, folder)  # pyright takes no other

    settings = {
        "include": [from_folder(ACCEPTED), from_folder(REJECTED)],
        "extraPaths": [from_folder(ROOT / "src"), from_folder(ROOT / "tests")],
        "typeCheckingMode": "strict",
    }
    project = folder / "pyrightconfig.json"
    project.write_text(json.dumps(settings))
    said = json.loads(_run("pyright", "--outputjson", "--pythonpath", sys.executable, "-p", str(project)))
    assert said["summary"]["filesAnalyzed"] == 2
    for each in said["generalDiagnostics"]:
        yield Path(each["file"]).resolve(), each["range"]["start"]["line"] + 1, each["message"]


def _check(found: list[tuple[Path, int, str]]) -> None:
    wrongly = [f"{path.name}:{line}: {words}" for path, line, words in found if path != REJECTED]
    assert not wrongly, "\n".join(wrongly)
    lines = {line for _, line, _ in found}
    assert not lines ^ _marked(), (
        f"lines {sorted(_marked() - lines)} passed, {sorted(lines - _marked())} did not: {found}"
    )


def test_mypy() -> None:
    _check(list(_mypy()))


def test_pyright(tmp_path: Path) -> None:
    _check(list(_pyright(tmp_path)))
