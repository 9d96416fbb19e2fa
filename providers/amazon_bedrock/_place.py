"""In which region a model is, and the addresses there."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ai_sdk.errors import InvalidRequestError

__all__ = ["REGIONS", "Place", "host_domain", "partition_of", "region_in"]

REGIONS = ("AWS_REGION", "AWS_DEFAULT_REGION")
_ARN = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:([a-z0-9-]+):")
_REGION = re.compile(r"[a-z0-9-]{3,32}")


@dataclass(frozen=True, slots=True)
class Place:
    """A region as given, else that of ``AWS_REGION``, ``AWS_DEFAULT_REGION`` or the profile, looked up at each call.

    The profile is the one that is named, else that of ``AWS_PROFILE``, else ``default``, in ``~/.aws/config``.
    """

    region: str | None = None
    profile: str | None = None

    def find(self) -> str | None:
        """The region; None when nothing names one."""
        for region in (self.region, *(os.environ.get(name) for name in REGIONS)):
            if region and region.strip():
                return _checked(region.strip())
        profile = self.profile or os.environ.get("AWS_PROFILE") or "default"
        path = Path(os.environ.get("AWS_CONFIG_FILE") or "~/.aws/config").expanduser()
        try:
            changed = path.stat().st_mtime_ns
        except (OSError, RuntimeError):
            return None
        found = _of_profile(str(path), profile, changed)
        return _checked(found) if found else None

    def get(self) -> str:
        """The region; ``InvalidRequestError`` when nothing names one."""
        region = self.find()
        if region is None:
            raise InvalidRequestError(
                "amazon_bedrock has no region: set AWS_REGION, use create_amazon_bedrock(region=...), or give the "
                "profile a region",
                field="region",
            )
        return region


def _checked(region: str) -> str:
    if not _REGION.fullmatch(region):
        raise InvalidRequestError(f"region is {region!r:.80}; allowed is a name such as 'us-east-1'", field="region")
    return region


@lru_cache(maxsize=16)
def _of_profile(path: str, profile: str, _changed: int) -> str | None:
    import configparser

    config = configparser.RawConfigParser()
    try:
        config.read(path, encoding="utf-8")
    except (configparser.Error, OSError, UnicodeDecodeError):
        return None
    section = "default" if profile == "default" else f"profile {profile}"
    return (config.get(section, "region", fallback="") or "").strip() or None


def region_in(model_id: str) -> str | None:
    """The region that an ARN names."""
    found = _ARN.match(model_id)
    return found[1] if found else None


def partition_of(region: str) -> str:
    """The part of AWS that a region belongs to."""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


def host_domain(region: str) -> str:
    """The domain of the hosts of a region."""
    return "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
