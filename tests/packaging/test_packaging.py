"""The wheel and the sdist hold every package of the tree, found and not listed."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
FOLDERS = {"src/ai_sdk": "ai_sdk", "middleware": "ai_sdk/middleware", "providers": "ai_sdk/providers"}


def modules_of_tree() -> set[str]:
    found: set[str] = set()
    for folder, prefix in (
        ("src/ai_sdk", "ai_sdk"),
        ("middleware", "ai_sdk/middleware"),
        ("providers", "ai_sdk/providers"),
    ):
        top = ROOT / folder
        for here, folders, files in os.walk(top):
            folders[:] = [name for name in folders if name != "__pycache__" and not (Path(here) / name).is_symlink()]
            found.update(
                f"{prefix}/{(Path(here) / name).relative_to(top).as_posix()}" for name in files if name.endswith(".py")
            )
    return found


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdist, and the wheel made from the sdist alone."""
    out = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-m", "build", "--outdir", str(out), str(ROOT)], check=True, capture_output=True)
    return out


def test_the_wheel_holds_every_module_of_the_tree(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {name for name in names if name.endswith(".py")} == modules_of_tree()
    assert "ai_sdk/py.typed" in names


def test_the_sdist_holds_the_real_folders(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    names = {name.partition("/")[2] for name in tarfile.open(sdist).getnames()}
    assert {"setup.py", "LICENSE", "README.md", "middleware/__init__.py", "providers/__init__.py"} <= names
