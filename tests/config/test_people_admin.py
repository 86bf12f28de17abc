"""People in the admin: an operator adds and edits them, nobody else sees the list."""

from __future__ import annotations

from config.accounts.models import User
from reservations.choices import Role

ADD = "/admin/accounts/user/add/"
LIST = "/admin/accounts/user/"


def person_form(**changes: str) -> dict[str, str]:
    return {
        "email": "New.Person@Example.org",
        "name": "Vera Lindqvist",
        "language": "fr",
        "usable_password": "true",
        "password1": "a-long-password-9",
        "password2": "a-long-password-9",
        "memberships-TOTAL_FORMS": "0",
        "memberships-INITIAL_FORMS": "0",
        **changes,
    }


def test_an_operator_adds_a_person_who_can_then_sign_in(client, operator):
    client.force_login(operator)

    assert client.post(ADD, person_form()).status_code == 302

    client.logout()
    response = client.post(
        "/accounts/login/", {"login": "new.person@example.org", "password": "a-long-password-9"}
    )
    assert response.status_code == 302


def test_an_operator_gives_a_new_person_a_role_on_the_same_page(client, operator, hotel):
    client.force_login(operator)
    membership = {
        "memberships-TOTAL_FORMS": "1",
        "memberships-0-hotel": str(hotel.pk),
        "memberships-0-role": Role.RECEPTIONIST,
    }

    client.post(ADD, person_form(**membership))

    person = User.objects.get(email="new.person@example.org")
    assert [(m.hotel_id, m.role) for m in person.memberships.all()] == [(hotel.pk, Role.RECEPTIONIST)]


def test_a_second_account_for_one_address_is_refused_whatever_the_capitals(client, operator, manager):
    client.force_login(operator)

    response = client.post(ADD, person_form(email="MANAGER@example.org"))

    assert response.status_code == 200
    assert "email" in response.context["adminform"].form.errors
    assert User.objects.filter(email__iexact="manager@example.org").count() == 1


def test_a_short_password_is_refused(client, operator):
    client.force_login(operator)

    response = client.post(ADD, person_form(password1="short-1", password2="short-1"))

    assert "password2" in response.context["adminform"].form.errors


def test_an_operator_edits_a_person_without_touching_the_password(client, operator, manager):
    client.force_login(operator)
    before = manager.password
    form = person_form(email=manager.email, name="Nadia F.", is_active="on")
    form["memberships-TOTAL_FORMS"] = "0"

    assert client.post(f"{LIST}{manager.pk}/change/", form).status_code == 302

    manager.refresh_from_db()
    assert (manager.name, manager.password) == ("Nadia F.", before)


def test_an_owner_of_a_hotel_does_not_see_the_list_of_people(client, owner):
    client.force_login(owner)

    assert client.get(LIST).status_code == 403
    assert client.get(f"{LIST}{owner.pk}/change/").status_code == 403
    assert LIST not in client.get("/admin/").content.decode()
