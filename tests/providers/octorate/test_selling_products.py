"""The list of products is read once for many writes, and again when it may be another one by now."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from integrations.http import ProviderSession
from integrations.providers.octorate.sandbox import OctorateSandbox
from tests.providers.octorate.offering import BULK, DOUBLE, accepted, push, refused, units

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("impatient")]


def readings(sandbox: OctorateSandbox) -> int:
    return len(sandbox.requests("GET", "/roomrates/"))


def test_several_writes_read_the_products_once(
    session: ProviderSession, octorate_sandbox: OctorateSandbox, first: date
) -> None:
    for left in (3, 2, 1):
        push(session, *units(first, 1, left=left))
    assert readings(octorate_sandbox) == 1
    assert octorate_sandbox.world.day(int(DOUBLE), first).availability == 1


def test_a_product_that_is_not_known_is_looked_for_again(
    session: ProviderSession, octorate_sandbox: OctorateSandbox, first: date
) -> None:
    products = octorate_sandbox.world.products
    double = products.pop(int(DOUBLE))
    (offer,) = units(first, 1)
    assert set(refused(push(session, offer))) == {offer}
    products[int(DOUBLE)] = replace(double)
    assert accepted(push(session, offer)) == [offer]


def test_a_refused_write_has_the_products_read_again(
    session: ProviderSession, octorate_sandbox: OctorateSandbox, first: date
) -> None:
    (offer,) = units(first, 1)
    push(session, offer)
    octorate_sandbox.fail_next(1, 400, '{"type": "ApiValidationFailed", "message": "no"}', path_part=BULK)
    assert set(refused(push(session, offer))) == {offer}
    push(session, offer)
    assert readings(octorate_sandbox) == 2
