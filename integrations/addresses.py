"""Keeps calls out of private networks: user-given and provider-given addresses must be public ones.

Two looks at every call: :func:`check_address` before anything is sent, which gives a clear refusal, and
:func:`check_peer` on the connected socket, which a name that changes its answer in between cannot escape.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from urllib.parse import urlsplit

from django.conf import settings

from integrations.errors import ForbiddenAddress, Unreachable

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
#: Parsers disagree about these, so an address that holds one could mean another host to the library that calls it.
_AMBIGUOUS = re.compile(r"[\x00-\x20\x7f\\]")


def check_address(url: str) -> None:
    """Return when ``url`` may be called.

    It must be http or https, carry no user name or password, and every address its host resolves to must be public
    (unless ``settings.ALLOW_PRIVATE_ADDRESSES``). Raises :class:`ForbiddenAddress`, or :class:`Unreachable` when the
    name is not known.
    """
    if _AMBIGUOUS.search(url):
        raise ForbiddenAddress("the address holds characters that no address has")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ForbiddenAddress("this is not an address") from None
    if parts.scheme not in ("http", "https"):
        raise ForbiddenAddress("only http and https addresses are called")
    if parts.username is not None or parts.password is not None:
        raise ForbiddenAddress("an address with a user name or password in it is not called")
    host = (parts.hostname or "").rstrip(".")
    if not host or port == 0:
        raise ForbiddenAddress("the address names no host")
    if settings.ALLOW_PRIVATE_ADDRESSES:
        return
    for address in _resolve(host, port or (443 if parts.scheme == "https" else 80)):
        _require_public(address)


def check_peer(connected: socket.socket) -> None:
    """Return when the other end of ``connected`` is public; else raise :class:`ForbiddenAddress`."""
    if not settings.ALLOW_PRIVATE_ADDRESSES:
        _require_public(str(connected.getpeername()[0]))


def is_public(address: str) -> bool:
    """Whether the IP ``address`` is one of the open internet, also when it is wrapped in an IPv6 one."""
    try:
        parsed: IpAddress = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(_is_global(form) for form in (parsed, *_wrapped(parsed)))


def _resolve(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError:
        raise ForbiddenAddress("the address names no host") from None
    except OSError:
        raise Unreachable(f"the name {host[:100]} is not known") from None
    return [str(sockaddr[0]) for *_, sockaddr in found]


def _require_public(address: str) -> None:
    if not is_public(address):
        raise ForbiddenAddress("the address leads into a private network")


def _is_global(address: IpAddress) -> bool:
    if address.is_multicast or address.is_unspecified:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.is_site_local:
        return False
    return address.is_global or _is_wrapper(address)


def _is_wrapper(address: IpAddress) -> bool:
    """Forms that Python does not call global but that lead to the IPv4 address they hold."""
    return isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None


def _wrapped(address: IpAddress) -> list[IpAddress]:
    """The IPv4 addresses that an IPv6 address leads to: mapped, 6to4, Teredo and NAT64 forms."""
    if not isinstance(address, ipaddress.IPv6Address):
        return []
    inner: list[IpAddress] = []
    if address.ipv4_mapped is not None:
        inner.append(address.ipv4_mapped)
    if address.sixtofour is not None:
        inner.append(address.sixtofour)
    if address.teredo is not None:
        inner.extend(address.teredo)
    if address in _NAT64:
        inner.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return inner
