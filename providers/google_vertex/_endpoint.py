"""Where a project's models are on Google Cloud."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from ai_sdk.errors import InvalidRequestError
from ai_sdk.provider import Endpoint

__all__ = ["LOCATION_ENV", "PROJECT_ENV", "SpeechEndpoint", "VertexEndpoint", "host_of"]

PROJECT_ENV = ("GOOGLE_VERTEX_PROJECT", "GOOGLE_CLOUD_PROJECT")
LOCATION_ENV = ("GOOGLE_VERTEX_LOCATION", "GOOGLE_CLOUD_LOCATION")
_NAME = re.compile(r"[A-Za-z0-9._:-]+")


def host_of(location: str) -> str:
    """The host of ``global``, of the multi-regions ``eu`` and ``us``, or of a region such as ``europe-west4``."""
    if location == "global":
        return "aiplatform.googleapis.com"
    if location in ("eu", "us"):
        return f"aiplatform.{location}.rep.googleapis.com"
    return f"{location}-aiplatform.googleapis.com"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class VertexEndpoint(Endpoint):
    """An endpoint whose address has a project and a location, looked up at each call.

    With a key and no project of its own it is in express mode: the key says which project. ``version`` of the API.
    ``suffix`` stands between the location and the path of a request.
    """

    project: str | None = None
    location: str | None = None
    version: str = "v1beta1"
    suffix: str = ""

    @property
    def express(self) -> bool:
        """Whether a key alone says who asks."""
        return bool(self.key_env) and self.api_key() is not None

    def root(self) -> str:
        """The host with the version of the API."""
        if self.base_url:
            return self.base_url.rstrip("/")
        if self.express:
            return f"https://aiplatform.googleapis.com/{self.version}"
        return f"https://{host_of(self.place())}/{self.version}"

    def place(self) -> str:
        """The location as given, else from the environment, else ``global``."""
        return _checked("location", self.location or _first(LOCATION_ENV) or "global")

    def owner(self) -> str:
        """The project as given, else from the environment."""
        project = self.project or _first(PROJECT_ENV)
        if project is None:
            raise InvalidRequestError(
                f"{self.name} has no project: set the environment variable {PROJECT_ENV[0]}, or use "
                "create_google_vertex(project=...)",
                field="project",
            )
        return _checked("project", project)

    def url(self, path: str) -> str:
        """The address of a path of the project; in express mode, of the path alone."""
        if not path and not self.express and not (self.project or _first(PROJECT_ENV)):
            return self.root()
        within = "" if self.express else f"/projects/{self.owner()}/locations/{self.place()}"
        return self.root() + within + self.suffix + path


class SpeechEndpoint(VertexEndpoint):
    """The same project at Speech-to-Text, whose locations have hosts of another name."""

    __slots__ = ()

    @classmethod
    def beside(cls, endpoint: VertexEndpoint) -> SpeechEndpoint:
        """Speech-to-Text for the owner of an endpoint."""
        return cls(**{name: getattr(endpoint, name) for name in cls.__dataclass_fields__})

    def root(self) -> str:
        """The host with the version of the API."""
        if self.base_url:
            return self.base_url.rstrip("/")
        place = self.place()
        return f"https://{'' if place == 'global' else f'{place}-'}speech.googleapis.com/v2"


def _first(names: tuple[str, ...]) -> str | None:
    return next((value for name in names if (value := os.environ.get(name, "").strip())), None)


def _checked(field: str, value: str) -> str:
    if not _NAME.fullmatch(value):
        raise InvalidRequestError(f"{field} is {value!r:.80}; allowed are letters, digits and . _ : -", field=field)
    return value
