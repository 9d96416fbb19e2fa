"""What all session stores do the same: who may see what, versions, branches."""

from __future__ import annotations

import secrets
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Protocol, cast

from ai_sdk.errors import AISDKError, InvalidRequestError

__all__ = [
    "Session",
    "SessionAccessError",
    "SessionConflictError",
    "SessionInfo",
    "Sessions",
    "TeamSessions",
    "UserSessions",
]

_LONGEST_NAME = 200


class SessionConflictError(AISDKError):
    """Somebody else has saved the session since it was read; nothing was saved. Load it again to go on.

    ``session`` is its name, ``expected`` the version that was read, ``found`` the one in the store, 0 for none.
    """

    def __init__(self, session: str, *, expected: int, found: int) -> None:
        super().__init__(
            f"the session {session!r} was saved by somebody else: it has version {found}, and version {expected} was "
            "read"
        )
        self.session = session
        self.expected = expected
        self.found = found

    def __reduce__(self) -> tuple[Any, ...]:
        return (_conflict, (self.session, self.expected, self.found))


def _conflict(session: str, expected: int, found: int) -> SessionConflictError:
    return SessionConflictError(session, expected=expected, found=found)


class SessionAccessError(AISDKError):
    """The session belongs to somebody else who has not shared it, or there is none of this name."""


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """A session without its state. Times are in UTC.

    ``owner`` and ``members`` are names of users, ``parent`` is the session that it was branched from. ``phase`` is that
    of the run: ``model``, ``tools``, ``waiting`` (for a person) or ``finished``.
    """

    name: str
    version: int
    owner: str | None
    members: tuple[str, ...]
    parent: str | None
    phase: str | None
    created: datetime
    updated: datetime

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON data, without the members: stores keep those apart, because they change apart."""
        times = {"created": self.created.isoformat(), "updated": self.updated.isoformat()}
        return {**{name: getattr(self, name) for name in ("name", "version", "owner", "parent", "phase")}, **times}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], members: Iterable[str]) -> SessionInfo:
        """The information of ``to_dict``, with the members."""
        return cls(
            name=data["name"],
            version=data["version"],
            owner=data["owner"],
            members=tuple(sorted(members)),
            parent=data["parent"],
            phase=data["phase"],
            created=datetime.fromisoformat(data["created"]),
            updated=datetime.fromisoformat(data["updated"]),
        )


@dataclass(frozen=True, slots=True)
class Session:
    """A session with the state of its run, as plain JSON data."""

    info: SessionInfo
    data: dict[str, Any] = field(repr=False)

    @property
    def version(self) -> int:
        """How often it has been saved."""
        return self.info.version


class Sessions(Protocol):
    """What an agent needs of a session store."""

    async def load(self, name: str, /) -> Session | None:
        """The session, or None when there is none of this name."""
        ...

    async def save(self, name: str, data: Mapping[str, Any], version: int, /) -> int:
        """Save what was read as ``version`` (0 for a new session) and return the new version.

        Raises ``SessionConflictError``, and saves nothing, when the version in the store is another one.
        """
        ...


class TeamSessions(ABC):
    """A session store. Used as it is it sees all sessions; ``store.of("ada")`` sees those of one user.

    A store has a few operations of its own, of which ``_write`` and ``_change_members`` are one step each; all else is
    written here once.
    """

    @abstractmethod
    async def _read(self, name: str) -> Session | None: ...

    @abstractmethod
    async def _info(self, name: str) -> SessionInfo | None: ...

    @abstractmethod
    async def _write(self, session: Session, version: int) -> int:
        """Write all but the members if the version in the store is ``version``; return the version that was found."""

    @abstractmethod
    async def _change_members(self, name: str, users: tuple[str, ...], *, add: bool) -> None:
        """Add or remove members, whatever the version is."""

    @abstractmethod
    async def _remove(self, name: str) -> None: ...

    @abstractmethod
    async def _infos(self) -> list[SessionInfo]: ...

    @abstractmethod
    async def aclose(self) -> None:
        """Give back what the store holds; the next use opens it again."""

    def of(self, user: str, /) -> UserSessions:
        """The sessions of one user: their own, and those that were shared with them."""
        _check_name(user, "user")
        return UserSessions(self, user)

    async def load(self, name: str, /, *, user: str | None = None) -> Session | None:
        """The session, or None when there is none. Raises ``SessionAccessError`` when it is not the user's to see."""
        _check_name(name, "session")
        session = await self._read(name)
        if session is not None:
            _check_access(session.info, user)
        return session

    async def save(self, name: str, data: Mapping[str, Any], version: int, /, *, user: str | None = None) -> int:
        """Save the data that was read as ``version``, 0 for a new session; return the new version.

        Raises ``SessionConflictError`` when somebody else has saved since, ``SessionAccessError``.
        """
        _check_name(name, "session")
        before = await self._info(name)
        now = datetime.now(UTC)
        phase = data.get("phase")
        if before is None:
            info = SessionInfo(name, 0, user, (), None, phase, now, now)
        else:
            _check_access(before, user)
            info = replace(before, phase=phase, updated=now)
        return await self._put(Session(info, dict(data)), version)

    async def list(self, *, user: str | None = None) -> tuple[SessionInfo, ...]:
        """The sessions that the user may see, the one that was saved last first."""
        infos = [each for each in await self._infos() if _may_see(each, user)]
        return tuple(sorted(infos, key=lambda each: (each.updated, each.name), reverse=True))

    async def share(self, name: str, /, *users: str, user: str | None = None) -> SessionInfo:
        """Let others see the session and go on with it. Raises ``SessionAccessError`` unless it is the user's own."""
        for each in users:
            _check_name(each, "user")
        await self._owned(name, user)
        await self._change_members(name, users, add=True)
        return await self._owned(name, user)

    async def unshare(self, name: str, /, *users: str, user: str | None = None) -> SessionInfo:
        """Take that back."""
        await self._owned(name, user)
        await self._change_members(name, users, add=False)
        return await self._owned(name, user)

    async def branch(self, name: str, new: str | None = None, /, *, user: str | None = None) -> Session:
        """A copy of the session under a new name, by default a random one; the user is its owner.

        It is another run: approvals that were asked for in one are not accepted in the other. Raises
        ``SessionConflictError`` when there is a session of the new name.
        """
        session = await self.load(name, user=user)
        if session is None:
            raise _no_access(name)
        now = datetime.now(UTC)
        called = new if new is not None else f"{name[: _LONGEST_NAME - 9]}-{secrets.token_hex(4)}"
        _check_name(called, "session")
        info = SessionInfo(called, 0, user, (), name, session.info.phase, now, now)
        copy = Session(info, cast("dict[str, Any]", _as_another_run(session.data)))
        return Session(replace(info, version=await self._put(copy, 0)), copy.data)

    async def delete(self, name: str, /, *, user: str | None = None) -> None:
        """Forget the session. Raises ``SessionAccessError`` unless it is the user's own."""
        await self._owned(name, user)
        await self._remove(name)

    async def _put(self, session: Session, version: int) -> int:
        following = Session(replace(session.info, version=version + 1), session.data)
        found = await self._write(following, version)
        if found != version:
            raise SessionConflictError(session.info.name, expected=version, found=found)
        return version + 1

    async def _owned(self, name: str, user: str | None) -> SessionInfo:
        _check_name(name, "session")
        info = await self._info(name)
        if info is None:
            raise _no_access(name)
        _check_access(info, user)
        if user is not None and info.owner != user:
            raise SessionAccessError(f"the session {name!r} is not {user}'s own")
        return info


class UserSessions:
    """The sessions of one user, made by ``TeamSessions.of``; its methods are those of the store."""

    def __init__(self, store: TeamSessions, user: str) -> None:
        self.store = store
        self.user = user

    async def load(self, name: str, /) -> Session | None:
        """The session, or None when there is none."""
        return await self.store.load(name, user=self.user)

    async def save(self, name: str, data: Mapping[str, Any], version: int, /) -> int:
        """Save the data that was read as ``version``; return the new version."""
        return await self.store.save(name, data, version, user=self.user)

    async def list(self) -> tuple[SessionInfo, ...]:
        """The sessions that the user may see, the one that was saved last first."""
        return await self.store.list(user=self.user)

    async def share(self, name: str, /, *users: str) -> SessionInfo:
        """Let others see the session and go on with it."""
        return await self.store.share(name, *users, user=self.user)

    async def unshare(self, name: str, /, *users: str) -> SessionInfo:
        """Take that back."""
        return await self.store.unshare(name, *users, user=self.user)

    async def branch(self, name: str, new: str | None = None, /) -> Session:
        """A copy of the session that is the user's own."""
        return await self.store.branch(name, new, user=self.user)

    async def delete(self, name: str, /) -> None:
        """Forget the session."""
        await self.store.delete(name, user=self.user)

    def __repr__(self) -> str:
        return f"{self.store!r}.of({self.user!r})"


def _check_name(name: object, what: str) -> None:
    if not isinstance(name, str) or not 1 <= len(name) <= _LONGEST_NAME or not name.isprintable():
        raise InvalidRequestError(
            f"{what} is {name!r}; allowed are 1 to {_LONGEST_NAME} printable characters", field=what
        )


def _may_see(info: SessionInfo, user: str | None) -> bool:
    return user is None or user == info.owner or user in info.members


def _check_access(info: SessionInfo, user: str | None) -> None:
    if not _may_see(info, user):
        raise _no_access(info.name)


def _no_access(name: str) -> SessionAccessError:
    return SessionAccessError(f"there is no session {name!r} that you may see")


def _as_another_run(data: Any) -> Any:
    """The state with new ids of its run and of the runs of its sub-agents."""
    if isinstance(data, dict):
        changed = dict(cast("dict[str, Any]", data))
        if isinstance(changed.get("run_id"), str):
            changed["run_id"] = secrets.token_hex(16)
        if isinstance(changed.get("calls"), list):
            changed["calls"] = [_as_another_run(each) for each in changed["calls"]]
        if isinstance(changed.get("sub"), dict):
            changed["sub"] = _as_another_run(changed["sub"])
        return changed
    return data
