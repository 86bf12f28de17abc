"""Signing in: by e-mail, with a limit on tries, and without telling strangers who has an account."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse

from tests.people import PASSWORD

LOGIN = "/accounts/login/"
MISMATCH = "The email address and/or password you specified are not correct."
TOO_MANY = "Too many failed login attempts. Try again later."


def sign_in(client: Client, email: str, password: str = PASSWORD, **extra: str):
    return client.post(LOGIN, {"login": email, "password": password, **extra})


def form_errors(response) -> list[str]:
    return response.context["form"].non_field_errors()


def test_a_person_signs_in_with_address_and_password(client, manager):
    response = sign_in(client, manager.email)

    assert response.status_code == 302
    assert response["Location"] == "/"
    assert client.session["_auth_user_id"] == str(manager.pk)


@pytest.mark.parametrize("address", [LOGIN, "/accounts/password/reset/"])
def test_the_address_is_called_as_on_every_other_page(client, db, address):
    page = client.get(address).content.decode()

    assert "E-mail</label>" in page
    assert "Email" not in page


def test_capitals_and_spaces_in_the_address_do_not_matter(client, manager):
    assert sign_in(client, " Manager@Example.ORG ").status_code == 302


def test_the_sign_in_page_returns_to_where_the_person_wanted_to_go(client, manager):
    response = sign_in(client, manager.email, next="/h/paradise/reservations/")

    assert response["Location"] == "/h/paradise/reservations/"


def test_the_sign_in_page_never_leads_to_another_site(client, manager):
    assert sign_in(client, manager.email, next="https://elsewhere.example.org/")["Location"] == "/"


def test_failure_says_the_same_for_a_wrong_password_an_unknown_and_an_inactive_account(
    client, manager, cleaner
):
    cleaner.is_active = False
    cleaner.save()

    wrong = sign_in(client, manager.email, "not-the-password")
    unknown = sign_in(client, "nobody@example.org")
    inactive = sign_in(client, cleaner.email)

    assert form_errors(wrong) == form_errors(unknown) == form_errors(inactive) == [MISMATCH]


def test_after_five_failures_even_the_right_password_waits(client, manager):
    for _ in range(5):
        assert form_errors(sign_in(client, manager.email, "not-the-password")) == [MISMATCH]

    response = sign_in(client, manager.email)

    assert form_errors(response) == [TOO_MANY]
    assert "_auth_user_id" not in client.session


def test_the_limit_is_told_in_the_language_of_the_person(client, manager):
    for _ in range(5):
        sign_in(client, manager.email, "not-the-password")

    response = client.post(
        LOGIN, {"login": manager.email, "password": PASSWORD}, headers={"accept-language": "es"}
    )

    assert form_errors(response) != [TOO_MANY]
    assert response["Content-Language"] == "es"


def test_another_spelling_of_the_host_does_not_start_the_count_anew(client, manager):
    for port in range(1, 6):
        client.post(
            LOGIN,
            {"login": manager.email, "password": "not-the-password"},
            headers={"host": f"localhost:{port}"},
        )

    assert form_errors(sign_in(client, manager.email)) == [TOO_MANY]


def test_another_address_of_the_guesser_does_not_start_the_count_anew(client, manager):
    for number in range(5):
        client.post(
            LOGIN, {"login": manager.email, "password": "not-the-password"}, REMOTE_ADDR=f"192.0.2.{number}"
        )

    assert form_errors(sign_in(client, manager.email)) == [TOO_MANY]


def test_one_locked_account_does_not_lock_a_colleague(client, manager, receptionist):
    for _ in range(6):
        sign_in(client, manager.email, "not-the-password")

    assert sign_in(client, receptionist.email).status_code == 302


def test_guessing_many_accounts_from_one_address_is_stopped(client, manager):
    for number in range(30):
        sign_in(client, f"guess-{number}@example.org", "not-the-password")

    assert form_errors(sign_in(client, manager.email)) == [TOO_MANY]


def test_an_address_that_keeps_posting_gets_429_and_a_page(client, db):
    for _ in range(60):
        client.post(LOGIN, {})

    response = client.post(LOGIN, {})

    assert response.status_code == 429
    assert "Too many tries" in response.content.decode()


def test_a_session_lasts_until_the_browser_closes_unless_asked_otherwise(client, manager):
    sign_in(client, manager.email)
    assert client.session.get_expire_at_browser_close()


def test_remember_me_keeps_the_session_for_thirty_days(client, manager):
    sign_in(client, manager.email, remember="on")
    assert not client.session.get_expire_at_browser_close()
    assert client.session.get_expiry_age() == 30 * 24 * 3600


@pytest.mark.parametrize(
    "address",
    ["signup/", "email/", "confirm-email/", "confirm-email/key/", "login/code/", "reauthenticate/", ""],
)
def test_pages_of_the_sign_in_library_that_llavero_does_not_use_do_not_exist(client, manager, address):
    client.force_login(manager)
    assert client.get(f"/accounts/{address}").status_code == 404


def test_there_is_no_sign_up(client, db):
    with pytest.raises(NoReverseMatch):
        reverse("account_signup")


def test_the_admin_has_no_sign_in_of_its_own(client, manager):
    response = client.post("/admin/login/", {"username": manager.email, "password": PASSWORD})

    assert response.status_code == 302
    assert response["Location"].startswith(LOGIN)
    assert "_auth_user_id" not in client.session


def test_someone_without_a_hotel_may_not_enter_the_admin(client, manager):
    manager.memberships.all().delete()
    client.force_login(manager)

    assert client.get("/admin/", follow=True).status_code == 403


def test_the_answer_to_a_password_reset_does_not_tell_whether_the_account_exists(client, manager, mailoutbox):
    known = client.post("/accounts/password/reset/", {"email": manager.email})
    unknown = client.post("/accounts/password/reset/", {"email": "nobody@example.org"})

    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert [mail.to for mail in mailoutbox] == [[manager.email]]


def test_a_password_can_be_reset_with_the_link_from_the_mail(client, manager, mailoutbox):
    client.post("/accounts/password/reset/", {"email": manager.email})
    link = next(word for word in mailoutbox[0].body.split() if "/password/reset/key/" in word)

    page = client.get(link.removeprefix("http://testserver"), follow=True)
    client.post(
        page.request["PATH_INFO"], {"password1": "a-brand-new-one-7", "password2": "a-brand-new-one-7"}
    )

    manager.refresh_from_db()
    assert manager.check_password("a-brand-new-one-7")
