"""Which addresses may be called."""

from __future__ import annotations

import socket

import pytest

from integrations.addresses import check_address, check_peer, is_public
from integrations.errors import ForbiddenAddress, Unreachable


@pytest.fixture(autouse=True)
def _guarded(settings):
    settings.ALLOW_PRIVATE_ADDRESSES = False


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "https://127.0.0.1:8443/feed.ics",
        "http://localhost/",
        "http://localhost./",
        "http://127.0.0.1./",
        "http://0.0.0.0/",
        "http://0/",
        "http://127.1/",
        "http://2130706433/",  # 127.0.0.1 as one number
        "http://0177.0.0.1/",
        "http://0x7f.0.0.1/",
        "http://10.0.0.8/",
        "http://192.168.1.1/",
        "http://172.16.0.1/",
        "http://100.64.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://[::]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[fe80::1]/",
        "http://[fc00::1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
    ],
)
def test_an_address_of_a_private_network_is_refused(url):
    with pytest.raises(ForbiddenAddress):
        check_address(url)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://192.0.2.1/",
        "file:///etc/passwd",
        "gopher://192.0.2.1/",
        "//8.8.8.8/",
        "8.8.8.8",
        "",
        "http://",
        "http:///path",
        "http://.",
        "http://8.8.8.8:0/",
        "http://8.8.8.8:99999/",
        "http://8.8.8.8:port/",
        "http://someone@8.8.8.8/",
        "http://someone:password@8.8.8.8/",
        "http://@8.8.8.8/",
        "http://8.8.8.8\\@127.0.0.1/",
        "http://8.8.8.8\r\nHost: 127.0.0.1/",
        "http://8.8.8.8 /",
        "http://[::1/",
        "http://[not an address]/",
    ],
)
@pytest.mark.parametrize("private_allowed", [False, True])
def test_what_is_not_a_plain_web_address_is_refused_everywhere(url, private_allowed, settings):
    settings.ALLOW_PRIVATE_ADDRESSES = private_allowed
    with pytest.raises(ForbiddenAddress):
        check_address(url)


@pytest.mark.parametrize(
    "url", ["https://8.8.8.8/", "http://8.8.8.8:8080/a?b=c", "https://[2606:4700::1111]/"]
)
def test_a_public_address_is_fine(url):
    check_address(url)


def test_a_private_address_is_fine_where_a_sandbox_is_wanted(settings):
    settings.ALLOW_PRIVATE_ADDRESSES = True
    check_address("http://127.0.0.1:9000/octorate")


def test_a_name_that_cannot_be_one_is_refused():
    with pytest.raises(ForbiddenAddress):
        check_address(f"http://{'a' * 64}.example/")


def test_a_name_nobody_knows_is_unreachable(monkeypatch):
    def answers(host, port, **kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", answers)
    with pytest.raises(Unreachable):
        check_address("https://no-such-name.invalid/")


def test_one_private_answer_among_public_ones_refuses_the_name(monkeypatch):
    def answers(host, port, **kwargs):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in ("8.8.8.8", "10.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", answers)
    with pytest.raises(ForbiddenAddress):
        check_address("https://rebinding.example/")


def test_a_connection_that_ended_up_inside_is_refused():
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = socket.create_connection(server.getsockname())
        with client, pytest.raises(ForbiddenAddress):
            check_peer(client)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::808:808", True),
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("fec0::1", False),
        ("ff02::1", False),
        ("fe80::1%eth0", False),
        ("2001:db8::1", False),
        ("not an address", False),
    ],
)
def test_public_means_the_open_internet(address, public):
    assert is_public(address) is public
