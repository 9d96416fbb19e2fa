"""Which addresses a guarded exchange may connect to: those of the public internet and no others."""

from __future__ import annotations

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ai_sdk.errors import AISDKError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ForbiddenAddressError", "check_addresses", "check_literal", "check_name", "is_public"]

_NAT64 = IPv6Network("64:ff9b::/96")
_COMPATIBLE = IPv6Network("::/96")
_HOME_NAMES = (".localhost", ".local", ".internal")


class ForbiddenAddressError(AISDKError):
    """A guarded exchange would have connected to an address that is not public. No connection was made."""


def is_public(address: str) -> bool:
    """Whether an IP address, also one that carries an IPv4 address inside, belongs to the public internet."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inner = _inner(found)
    if inner is not None and not _is_global(inner):
        return False
    return _is_global(found) if inner is None or found.version == 4 else not _is_local(found)


def _inner(address: IPv4Address | IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for: mapped, compatible, translated (NAT64), 6to4 or Teredo."""
    if isinstance(address, IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64 or address in _COMPATIBLE:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    if address.sixtofour is not None:
        return address.sixtofour
    return address.teredo[1] if address.teredo is not None else None


def _is_global(address: IPv4Address | IPv6Address) -> bool:
    return address.is_global and not address.is_multicast and not address.is_reserved


def _is_local(address: IPv4Address | IPv6Address) -> bool:
    return address.is_loopback or address.is_unspecified or address.is_link_local or address.is_multicast


def check_addresses(host: str, addresses: Iterable[str]) -> None:
    """Refuse a host of whose addresses any is not public."""
    for address in addresses:
        if not is_public(address):
            raise ForbiddenAddressError(f"{host} is at {address}, which is not an address of the public internet")


def check_literal(host: str) -> None:
    """Refuse a host that is written as an address that is not public, or is a name for this machine or network."""
    host = host.lower().rstrip(".")
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        if host == "localhost" or host.endswith(_HOME_NAMES):
            raise ForbiddenAddressError(f"{host} is a name inside of this machine or network") from None
    else:
        check_addresses(host, [host])


async def check_name(url: str) -> None:
    """Refuse a URL whose host has an address that is not public, as far as this machine can look it up.

    For clients that look names up themselves: between this look and theirs the answer may change.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    check_literal(host)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, parts.port or 443, type=socket.SOCK_STREAM)
    except OSError:
        return
    check_addresses(host, [str(each[4][0]) for each in found])
