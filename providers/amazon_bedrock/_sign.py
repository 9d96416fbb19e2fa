"""Signatures of AWS, version 4: botocore signs, and its credential chain finds credentials; both are loaded on use."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, cast

from ai_sdk.errors import InvalidRequestError, MissingAPIKeyError, MissingExtraError

if TYPE_CHECKING:
    from ai_sdk.http import HTTPRequest
    from ai_sdk.providers.amazon_bedrock._place import Place

__all__ = ["AWSCredentials", "Credentials", "Signer"]

_SIGNED = ("content-type", "x-amz-", "x-amzn-")
_INSTALL = "pip install 'ai-sdk-layers[bedrock]'"


@dataclass(frozen=True, slots=True)
class AWSCredentials:
    """Credentials of AWS; ``session_token`` comes with those that expire. Its repr shows no secret."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)


Provided: TypeAlias = AWSCredentials | Awaitable[AWSCredentials]
Credentials: TypeAlias = AWSCredentials | Callable[[], Provided]
"""Credentials, or a function, which may be ``async``, that is asked for them before every request."""


class _Frozen(Protocol):
    access_key: str
    secret_key: str
    token: str | None


class Signer:
    """Signs requests that carry no authorization yet.

    ``credentials`` as given, else those of botocore's chain: the environment, the profile, single sign-on, containers,
    the machine's role; botocore renews those that expire. A look-up that may block happens in a thread.
    """

    def __init__(self, service: str, place: Place, credentials: Credentials | None = None) -> None:
        self._service = service
        self._place = place
        self._given = credentials
        self._lock = threading.Lock()
        self._chain: Any = None

    async def __call__(self, request: HTTPRequest) -> HTTPRequest:
        """The request with the signature, and what belongs to it, among its headers."""
        if "authorization" in {name.lower() for name in request.headers}:
            return request
        sign, aws_request, theirs = _botocore(self._service)
        ours = await self._credentials()
        signed = {name: value for name, value in request.headers.items() if name.lower().startswith(_SIGNED)}
        draft = aws_request(method=request.method, url=request.url, headers=signed, data=request.body)
        credentials = theirs(ours.access_key_id, ours.secret_access_key, ours.session_token)
        sign(credentials, self._service, self._place.get()).add_auth(draft)
        headers = {name.lower(): str(value) for name, value in draft.headers.items()}
        return replace(request, headers={**request.headers, **headers})

    async def check(self) -> None:
        """Raise ``MissingAPIKeyError`` or ``MissingExtraError`` when there is nothing to sign with."""
        _botocore(self._service)
        await self._credentials()

    async def _credentials(self) -> AWSCredentials:
        given = self._given
        if given is None:
            return await self._from_chain()
        if isinstance(given, AWSCredentials):
            return given
        provided = given()
        found: Any = await provided if inspect.isawaitable(provided) else provided
        if not isinstance(found, AWSCredentials):
            raise InvalidRequestError(
                f"credentials() gave a {type(found).__name__}; allowed is AWSCredentials", field="credentials"
            )
        return found

    async def _from_chain(self) -> AWSCredentials:
        chain = self._chain
        if chain is not None and not _may_block(chain):
            return _as_ours(chain.get_frozen_credentials())
        return await asyncio.to_thread(self._load)

    def _load(self) -> AWSCredentials:
        failures: type[Exception] = import_module("botocore.exceptions").BotoCoreError
        try:
            with self._lock:
                if self._chain is None:
                    session = import_module("botocore.session").Session(profile=self._place.profile)
                    self._chain = session.get_credentials()
                chain = self._chain
            if chain is not None:
                return _as_ours(chain.get_frozen_credentials())
        except (failures, RuntimeError, ValueError, OSError) as error:
            raise MissingAPIKeyError(f"AWS credentials could not be had: {error}", field="credentials") from error
        raise MissingAPIKeyError(
            "amazon_bedrock has no credentials: set AWS_BEARER_TOKEN_BEDROCK, or AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or use create_amazon_bedrock(api_key=...) or (credentials=...)",
            field="credentials",
        )

    def __repr__(self) -> str:
        return f"Signer({self._service!r})"


def _botocore(service: str) -> tuple[Any, Any, Any]:
    """What makes a signature, the kind of request that it signs, and the kind of credentials that it signs with.

    S3 wants the hash of the body among the headers, and the path as it is.
    """
    try:
        auth, request = import_module("botocore.auth"), import_module("botocore.awsrequest")
        credentials = import_module("botocore.credentials")
    except ImportError as error:
        raise MissingExtraError(
            f"signing requests to AWS needs botocore: {_INSTALL}; an API key in AWS_BEARER_TOKEN_BEDROCK needs nothing"
        ) from error
    return auth.S3SigV4Auth if service == "s3" else auth.SigV4Auth, request.AWSRequest, credentials.Credentials


def _may_block(chain: Any) -> bool:
    """Whether asking for these credentials may fetch new ones: those that expire, when they are about to."""
    refresh_needed = getattr(chain, "refresh_needed", None)
    return bool(refresh_needed()) if callable(refresh_needed) else False


def _as_ours(frozen: object) -> AWSCredentials:
    found = cast("_Frozen", frozen)
    return AWSCredentials(found.access_key, found.secret_key, found.token)
