"""Calls over TLS, against a real server with a certificate of its own."""

from __future__ import annotations

import ipaddress
import ssl
from datetime import timedelta

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.utils import timezone

from integrations.errors import ForbiddenAddress, Unreachable
from integrations.http import ProviderAdapter
from tests.integrations.outside import Outside, install_lodge, reply

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """The path of a file with key and certificate for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "outside")])
    now = timezone.now()
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return str(path)


@pytest.fixture
def outside(certificate, monkeypatch):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with Outside(tls=context) as server:
        install_lodge(monkeypatch, server.url)
        yield server


@pytest.fixture
def session():
    with requests.Session() as session:
        session.mount("https://", ProviderAdapter(provider="lodge"))
        yield session


def test_a_trusted_server_is_called_and_the_connection_kept(session, outside, certificate):
    url = outside.answer("/x", reply(200, {"ok": 1}))
    for _ in range(2):
        assert session.get(url, verify=certificate, timeout=1).json() == {"ok": 1}


@pytest.mark.parametrize("verify", [True, False])
def test_a_server_nobody_vouches_for_is_not_called_even_when_asked_to(session, outside, verify):
    url = outside.answer("/x", reply(200, {"ok": 1}))
    with pytest.raises(Unreachable, match="no trusted encrypted connection"):
        session.get(url, verify=verify, timeout=1)
    assert not outside.seen


@pytest.mark.parametrize("kept_alive", [False, True])
def test_an_answer_that_drips_ends_with_the_total_time(session, outside, certificate, settings, kept_alive):
    def drip(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n")
        while not outside.closing.wait(0.05):
            handler.wfile.write(b"X-Padding: x\r\n")

    if kept_alive:
        session.get(outside.answer("/fast", reply()), verify=certificate, timeout=1)
    settings.OUTSIDE_TOTAL_SECONDS = 0.6
    with pytest.raises(Unreachable, match="no complete answer"):
        session.get(outside.answer("/slow", drip), verify=certificate, timeout=1)


def test_a_private_address_is_refused(session, outside, settings):
    settings.ALLOW_PRIVATE_ADDRESSES = False
    with pytest.raises(ForbiddenAddress):
        session.get(outside.answer("/x", reply()), timeout=1)
