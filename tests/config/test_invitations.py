"""Somebody who has an account is asked before a hotel has them, because another one may have them already."""

from __future__ import annotations

import pytest
from django.utils import timezone

from cleaning.choices import LinkPurpose
from cleaning.links import make_link
from config.accounts.models import User
from reservations.choices import Role
from reservations.members import invite
from reservations.models import Invitation, Membership
from tests.people import make_person

pytestmark = pytest.mark.django_db

ADD = "/admin/reservations/membership/add/"
PAGE = "/accounts/invitations/"


@pytest.fixture
def freelancer(other_hotel):
    """Works in another hotel."""
    person = make_person("freelancer@example.org", name="Zoe Marin")
    Membership.objects.create(hotel=other_hotel, user=person, role=Role.CLEANER)
    return person


def add(client, hotel, email, role=Role.CLEANER):
    return client.post(ADD, {"hotel": hotel.pk, "email": email, "name": "", "role": role}, follow=True)


def roles_of(person, hotel):
    return list(Membership.objects.filter(user=person, hotel=hotel).values_list("role", flat=True))


class TestAsking:
    def test_an_account_that_exists_is_only_invited(self, client, manager, hotel, freelancer):
        client.force_login(manager)

        page = add(client, hotel, "Freelancer@example.org").content.decode()

        assert roles_of(freelancer, hotel) == []
        invitation = Invitation.objects.get()
        assert (invitation.user, invitation.hotel, invitation.role, invitation.invited_by) == (
            freelancer,
            hotel,
            Role.CLEANER,
            manager,
        )
        assert "is asked first" in page
        assert "Zoe" not in page  # whoever types an address learns no name by it

    def test_a_new_address_becomes_a_member_at_once(self, client, manager, hotel):
        client.force_login(manager)
        add(client, hotel, "brand.new@example.org")

        assert roles_of(User.objects.get(email="brand.new@example.org"), hotel) == [Role.CLEANER]
        assert not Invitation.objects.exists()

    def test_asked_again_it_is_one_invitation(self, client, manager, hotel, freelancer):
        client.force_login(manager)
        add(client, hotel, freelancer.email)
        add(client, hotel, freelancer.email, Role.RECEPTIONIST)

        assert Invitation.objects.get().role == Role.RECEPTIONIST

    def test_an_operator_answers_for_it(self, client, operator, hotel, freelancer):
        client.force_login(operator)
        add(client, hotel, freelancer.email)

        assert roles_of(freelancer, hotel) == [Role.CLEANER]

    def test_the_manager_may_take_it_back_and_another_hotel_does_not_see_it(
        self, client, manager, hotel, freelancer, stranger
    ):
        row = invite(hotel=hotel, user=freelancer, role=Role.CLEANER, invited_by=manager, now=timezone.now())
        address = f"/admin/reservations/invitation/{row.pk}/delete/"
        client.force_login(stranger)
        assert client.post(address, {"post": "yes"}).status_code in (302, 403, 404)
        assert Invitation.objects.exists()
        client.force_login(manager)
        client.post(address, {"post": "yes"})
        assert not Invitation.objects.exists()


class TestAnswering:
    @pytest.fixture
    def asked(self, hotel, manager, freelancer):
        return invite(hotel=hotel, user=freelancer, role=Role.CLEANER, invited_by=manager, now=timezone.now())

    def answer(self, client, invitation, word):
        return client.post(PAGE, {"invitation": invitation.pk, "answer": word})

    def test_yes_makes_a_member(self, client, asked, hotel, freelancer):
        client.force_login(freelancer)
        assert hotel.name in client.get(PAGE).content.decode()

        self.answer(client, asked, "yes")

        assert roles_of(freelancer, hotel) == [Role.CLEANER]
        assert not Invitation.objects.exists()

    def test_no_leaves_nothing(self, client, asked, hotel, freelancer):
        client.force_login(freelancer)
        self.answer(client, asked, "no")

        assert roles_of(freelancer, hotel) == []
        assert not Invitation.objects.exists()

    def test_nobody_answers_for_somebody_else(self, client, asked, hotel, freelancer, manager):
        client.force_login(manager)
        self.answer(client, asked, "yes")

        assert roles_of(freelancer, hotel) == []
        assert Invitation.objects.exists()

    def test_whoever_holds_a_personal_link_cannot_answer(self, client, asked, hotel, freelancer, other_hotel):
        maker = make_person("maker@example.org")
        Membership.objects.create(hotel=other_hotel, user=maker, role=Role.HOUSEKEEPING_MANAGER)
        _link, address = make_link(
            user=freelancer, purpose=LinkPurpose.SIGN_IN, made_by=maker, now=timezone.now()
        )
        client.post(address[address.index("/k/") :])
        assert "sign in with your password" in client.get(PAGE).content.decode()

        self.answer(client, asked, "yes")

        assert roles_of(freelancer, hotel) == []

    def test_it_is_told_after_the_sign_in(self, client, asked, freelancer):
        freelancer.set_password("a-long-password-9")
        freelancer.save()
        page = client.post(
            "/accounts/login/", {"login": freelancer.email, "password": "a-long-password-9"}, follow=True
        ).content.decode()

        assert "would like to work with you" in page
        assert PAGE in page

    def test_what_is_answered_already_is_said(self, client, asked, freelancer):
        client.force_login(freelancer)
        self.answer(client, asked, "no")
        response = client.post(PAGE, {"invitation": "x", "answer": "yes"}, follow=True)

        assert "taken back or answered already" in response.content.decode()

    def test_without_any_the_page_says_what_it_is_for(self, client, manager):
        client.force_login(manager)
        assert "No hotel has asked you" in client.get(PAGE).content.decode()
