"""Computes the package list, so that a new provider folder or layer file needs no edit anywhere.

``middleware/`` and ``providers/`` live at the top of the repository and install as ``ai_sdk.middleware`` and
``ai_sdk.providers``. ``packages.find`` in pyproject.toml would follow the links inside ``src/``, which an sdist lacks.
"""

from setuptools import find_packages, setup

packages = [
    "ai_sdk",
    *(f"ai_sdk.{name}" for name in find_packages("src/ai_sdk", exclude=["middleware*", "providers*"])),
]
for top in ("middleware", "providers"):
    packages += [f"ai_sdk.{top}", *(f"ai_sdk.{top}.{name}" for name in find_packages(top))]

setup(
    packages=packages,
    package_dir={
        "": "src",
        "ai_sdk.middleware": "middleware",
        "ai_sdk.providers": "providers",
    },
)
