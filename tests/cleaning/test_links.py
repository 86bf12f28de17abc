"""Personal links: for whom they are made, how long they live, and that only a pressed button signs in."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from cleaning.choices import CompanyRole, LinkPurpose
from cleaning.links import LinkRefused, find_link, is_open, make_link, revoke_link
from cleaning.models import CleaningCompany, CompanyContract, CompanyMember, PersonalLink
from reservations.choices import Role
from reservations.models import Membership
from tests.cleaning.houses import NOW
from tests.people import make_person

pytestmark = pytest.mark.django_db


def token_of(address: str) -> str:
    return address.rstrip("/").rsplit("/", 1)[1].removesuffix(".ics")


@pytest.fixture
def company(hotel):
    firm = CleaningCompany.objects.create(name="Limpiezas Brisa", slug="brisa")
    CompanyContract.objects.create(hotel=hotel, company=firm)
    return firm


@pytest.fixture
def company_planner(company):
    person = make_person("planner@example.org", name="Iria Casal")
    CompanyMember.objects.create(company=company, user=person, role=CompanyRole.PLANNER)
    return person


@pytest.fixture
def company_cleaner(company):
    person = make_person("brisa@example.org", name="Dana Lungu")
    CompanyMember.objects.create(company=company, user=person, role=CompanyRole.CLEANER)
    return person


def made(person, maker, purpose=LinkPurpose.SIGN_IN, now=NOW):
    link, address = make_link(user=person, purpose=purpose, made_by=maker, now=now)
    return link, token_of(address)


class TestMaking:
    def test_only_a_digest_is_kept(self, cleaner, housekeeping_manager):
        link, token = made(cleaner, housekeeping_manager)

        assert len(token) >= 32
        row = PersonalLink.objects.values().get(pk=link.pk)
        assert token not in repr(row)

    def test_a_link_that_signs_in_ends_after_ninety_days(self, cleaner, housekeeping_manager):
        link, token = made(cleaner, housekeeping_manager)

        last = NOW + timedelta(days=90) - timedelta(seconds=1)
        assert find_link(token, LinkPurpose.SIGN_IN, last) == link
        assert find_link(token, LinkPurpose.SIGN_IN, NOW + timedelta(days=90)) is None

    def test_a_new_link_ends_the_old_one_of_the_same_purpose_only(self, cleaner, housekeeping_manager):
        _link, old = made(cleaner, housekeeping_manager)
        _link, calendar = made(cleaner, housekeeping_manager, LinkPurpose.CALENDAR)
        _link, new = made(cleaner, housekeeping_manager)

        assert find_link(old, LinkPurpose.SIGN_IN, NOW) is None
        assert find_link(new, LinkPurpose.SIGN_IN, NOW)
        assert find_link(calendar, LinkPurpose.CALENDAR, NOW)

    def test_a_link_serves_its_own_purpose_only(self, cleaner, housekeeping_manager):
        _link, calendar = made(cleaner, housekeeping_manager, LinkPurpose.CALENDAR)

        assert find_link(calendar, LinkPurpose.SIGN_IN, NOW) is None

    def test_a_withdrawn_link_is_dead(self, cleaner, housekeeping_manager):
        _link, token = made(cleaner, housekeeping_manager)

        assert revoke_link(user=cleaner, purpose=LinkPurpose.SIGN_IN, now=NOW)
        assert find_link(token, LinkPurpose.SIGN_IN, NOW) is None
        assert not revoke_link(user=cleaner, purpose=LinkPurpose.SIGN_IN, now=NOW)

    @pytest.mark.parametrize("role", [Role.OWNER, Role.MANAGER, Role.RECEPTIONIST, Role.HOUSEKEEPING_MANAGER])
    def test_nobody_with_a_larger_role_gets_a_link_that_signs_in(self, hotel, owner, role):
        person = make_person("larger@example.org", hotel, role)

        with pytest.raises(LinkRefused):
            made(person, owner)

    def test_a_company_planner_gets_none_either(self, company_planner):
        with pytest.raises(LinkRefused):
            made(company_planner, company_planner)

    def test_an_operator_gets_none(self, hotel, owner, operator):
        Membership.objects.create(hotel=hotel, user=operator, role=Role.CLEANER)

        with pytest.raises(LinkRefused):
            made(operator, owner)


class TestWhoMakesOneCouldUseIt:
    """A link shows all of a person's work, so its maker must plan all of it."""

    def test_a_company_planner_makes_it_for_a_cleaner_of_the_company(self, company_cleaner, company_planner):
        _link, token = made(company_cleaner, company_planner)

        assert find_link(token, LinkPurpose.SIGN_IN, NOW)

    def test_the_hotel_makes_none_for_people_of_a_company(self, company_cleaner, housekeeping_manager):
        for purpose in LinkPurpose:
            with pytest.raises(LinkRefused):
                made(company_cleaner, housekeeping_manager, purpose)

    def test_one_hotel_makes_none_for_a_cleaner_of_two(self, cleaner, other_hotel, housekeeping_manager):
        Membership.objects.create(hotel=other_hotel, user=cleaner, role=Role.CLEANER)

        with pytest.raises(LinkRefused):
            made(cleaner, housekeeping_manager)

    def test_a_link_dies_when_its_person_begins_elsewhere(self, cleaner, other_hotel, housekeeping_manager):
        _link, token = made(cleaner, housekeeping_manager)
        Membership.objects.create(hotel=other_hotel, user=cleaner, role=Role.CLEANER)

        assert find_link(token, LinkPurpose.SIGN_IN, NOW) is None

    def test_a_link_dies_when_its_maker_leaves(self, cleaner, housekeeping_manager):
        _link, token = made(cleaner, housekeeping_manager)
        Membership.objects.filter(user=housekeeping_manager).delete()

        assert find_link(token, LinkPurpose.SIGN_IN, NOW) is None

    def test_a_link_dies_when_its_person_is_promoted(self, cleaner, owner):
        _link, token = made(cleaner, owner)
        Membership.objects.filter(user=cleaner).update(role=Role.RECEPTIONIST)

        assert find_link(token, LinkPurpose.SIGN_IN, NOW) is None

    def test_a_link_dies_with_the_account(self, cleaner, housekeeping_manager):
        _link, token = made(cleaner, housekeeping_manager)
        cleaner.is_active = False
        cleaner.save()

        assert find_link(token, LinkPurpose.SIGN_IN, NOW) is None


class TestOpening:
    @pytest.fixture
    def address(self, cleaner, housekeeping_manager):
        _link, token = made(cleaner, housekeeping_manager, now=timezone.now())
        return f"/k/{token}/"

    def test_reading_it_signs_in_nobody(self, client, address):
        answer = client.get(address)

        assert answer.status_code == 200
        assert "Open my day" in answer.content.decode()
        assert "_auth_user_id" not in client.session
        assert PersonalLink.objects.get().used_at is None

    def test_the_button_signs_in_for_thirty_days(self, client, cleaner, address):
        answer = client.post(address)

        assert answer["Location"] == "/my/"
        assert client.session["_auth_user_id"] == str(cleaner.pk)
        assert client.session.get_expiry_age() == 30 * 24 * 3600
        assert PersonalLink.objects.get().used_at is not None

    def test_it_stays_out_of_caches_search_engines_and_other_pages(self, client, address):
        answer = client.get(address)

        assert "no-store" in answer["Cache-Control"]
        assert answer["Referrer-Policy"] == "same-origin"
        assert answer["X-Robots-Tag"] == "noindex"

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_an_unknown_one_says_what_to_do(self, client, method):
        answer = getattr(client, method)(f"/k/{'x' * 32}/")

        assert answer.status_code == 404
        assert "does not work any more" in answer.content.decode()
        assert "_auth_user_id" not in client.session

    def test_guessing_is_slowed_down(self, client):
        statuses = [client.post(f"/k/{'y' * 32}/").status_code for _try in range(62)]

        assert statuses[0] == 404
        assert statuses[-1] == 429

    def test_the_button_is_asked_in_the_persons_language(self, client, cleaner, address):
        cleaner.language = "es"
        cleaner.save()

        assert (
            'lang="es"' in client.get(address).content.decode()
            or "Abrir" in client.get(address).content.decode()
        )


class TestPage:
    def address(self, hotel, person):
        return f"/h/{hotel.slug}/cleaning/people/{person.pk}/links/"

    def test_the_new_address_is_shown_once(self, client, hotel, cleaner, housekeeping_manager):
        client.force_login(housekeeping_manager)

        page = client.post(self.address(hotel, cleaner), {"purpose": "sign_in", "action": "make"})

        text = page.content.decode()
        assert "http://testserver/k/" in text
        assert "<svg" in text
        assert "no-store" in page["Cache-Control"]
        again = client.get(self.address(hotel, cleaner)).content.decode()
        assert "/k/" not in again
        assert "Last used" in again

    def test_withdrawing(self, client, hotel, cleaner, housekeeping_manager):
        _link, token = made(cleaner, housekeeping_manager, now=timezone.now())
        client.force_login(housekeeping_manager)

        client.post(self.address(hotel, cleaner), {"purpose": "sign_in", "action": "withdraw"})

        assert find_link(token, LinkPurpose.SIGN_IN, timezone.now()) is None

    def test_a_refusal_is_said(self, client, hotel, owner, housekeeping_manager):
        client.force_login(owner)

        page = client.post(
            self.address(hotel, housekeeping_manager), {"purpose": "sign_in", "action": "make"}
        )

        assert "signs in with a password" in page.content.decode()
        assert not PersonalLink.objects.exists()

    def test_only_for_who_cleans_here(self, client, hotel, housekeeping_manager, stranger, receptionist):
        client.force_login(housekeeping_manager)

        assert client.get(self.address(hotel, stranger)).status_code == 404
        assert client.get(self.address(hotel, receptionist)).status_code == 404

    def test_not_for_who_does_not_plan(self, client, hotel, cleaner, receptionist, stranger):
        for person, status in ((cleaner, 403), (receptionist, 403), (stranger, 404)):
            client.force_login(person)
            assert client.get(self.address(hotel, cleaner)).status_code == status

    def test_a_company_planner_has_the_same_page(self, client, company_cleaner, company_planner):
        client.force_login(company_planner)

        page = client.post(
            f"/company/brisa/people/{company_cleaner.pk}/links/", {"purpose": "sign_in", "action": "make"}
        )

        assert "http://testserver/k/" in page.content.decode()

    def test_and_nobody_else(self, client, cleaner, company_cleaner, company_planner, manager):
        address = f"/company/brisa/people/{company_cleaner.pk}/links/"
        for person in (company_cleaner, manager):
            client.force_login(person)
            assert client.get(address).status_code == 404
        client.force_login(company_planner)
        assert client.get(f"/company/brisa/people/{cleaner.pk}/links/").status_code == 404


class TestSessionsThatALinkOpened:
    """They end with the link, whatever a phone that is signed in already would like."""

    @pytest.fixture
    def phone(self, client, cleaner, housekeeping_manager):
        _link, token = made(cleaner, housekeeping_manager, now=timezone.now())
        client.post(f"/k/{token}/")
        assert client.get("/my/").status_code == 200
        return client

    def test_a_withdrawn_link_signs_the_phone_out(self, phone, cleaner):
        revoke_link(user=cleaner, purpose=LinkPurpose.SIGN_IN, now=timezone.now())

        assert phone.get("/my/")["Location"].startswith("/accounts/login/")
        assert phone.get("/my/day.json").status_code == 401

    def test_a_new_link_ends_the_session_of_the_old_one(self, phone, cleaner, housekeeping_manager):
        made(cleaner, housekeeping_manager, now=timezone.now())

        assert phone.get("/my/").status_code == 302

    def test_it_does_not_lead_into_a_hotel_that_the_person_joins_later(self, phone, cleaner, other_hotel):
        Membership.objects.create(hotel=other_hotel, user=cleaner, role=Role.CLEANER)

        assert phone.get(f"/h/{other_hotel.slug}/cleaning/").status_code == 302
        assert phone.get("/my/day.json").status_code == 401

    def test_it_ends_when_the_person_may_do_more(self, phone, cleaner):
        Membership.objects.filter(user=cleaner).update(role=Role.MANAGER)

        assert phone.get("/admin/").status_code == 302

    def test_it_ends_with_the_time_of_the_link(self, phone):
        with time_machine.travel(timezone.now() + timedelta(days=91)):
            assert phone.get("/my/").status_code == 302

    def test_a_session_by_password_does_not_depend_on_links(self, phone, cleaner):
        phone.logout()
        phone.force_login(cleaner)
        revoke_link(user=cleaner, purpose=LinkPurpose.SIGN_IN, now=timezone.now())

        assert phone.get("/my/").status_code == 200

    def test_it_costs_three_statements(self, phone, cleaner, django_assert_num_queries):
        link = PersonalLink.objects.get()
        with django_assert_num_queries(3):
            assert is_open(link.pk, cleaner, timezone.now())


def test_whoever_only_cleans_begins_with_their_day(client, cleaner, housekeeping_manager):
    client.force_login(cleaner)
    assert client.get("/")["Location"] == "/my/"
    client.force_login(housekeeping_manager)
    assert client.get("/")["Location"] == "/h/paradise/"


def test_logs_do_not_learn_the_address():
    from integrations.redaction import redact_text

    token = "s3cretTokenOfSomebody-with-32-chars"
    assert token not in redact_text(f"GET /k/{token}/")
    assert token not in redact_text(f"GET /my/calendar/{token}.ics")
    assert token not in redact_text(f"GET /q/{token}/")
    assert token not in redact_text(f"GET /accounts/password/reset/key/2-{token}/")


@time_machine.travel(NOW, tick=False)
def test_the_use_is_noted_at_most_every_ten_minutes(client, cleaner, housekeeping_manager):
    _link, token = made(cleaner, housekeeping_manager)
    client.post(f"/k/{token}/")
    with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        client.post(f"/k/{token}/")
    assert PersonalLink.objects.get().used_at == NOW
