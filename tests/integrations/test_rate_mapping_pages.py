"""The mapping page's rates: which of our rate plans the other side's rates sell."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from integrations.catalogue import store_catalogue
from integrations.contracts import ExternalProperty, ExternalRoom
from integrations.models import OutboxJob, RateMapping, RoomMapping
from integrations.registry import get_provider
from reservations.models import Property, RatePlan
from tests.integrations.conftest import queries_of


@pytest.fixture
def url(channel):
    return reverse("connection_mapping", args=[channel.hotel.slug, channel.pk])


@pytest.fixture
def signed_in(client, manager):
    client.force_login(manager)
    return client


@pytest.fixture
def house(hotel) -> Property:
    return hotel.properties.get()


@pytest.fixture
def flexible_plan(hotel, house) -> RatePlan:
    return RatePlan.objects.create(hotel=hotel, property=house, name="Flexible")


@pytest.fixture
def advance(hotel, house) -> RatePlan:
    return RatePlan.objects.create(hotel=hotel, property=house, name="Non-refundable")


def offer_rates(channel, *rates: tuple[str, str, str]) -> None:
    """Have the other side sell these rates: reference, name, room type."""
    (place,) = get_provider("noticeboard").discover(None)
    rooms = [room for room in place.rooms if room.kind == "room_type"]
    rooms += [ExternalRoom(ref, name, "rate", parent_ref=parent) for ref, name, parent in rates]
    RateMapping.objects.filter(connection=channel).delete()
    store_catalogue(
        channel,
        [ExternalProperty("p1", "Paradise", timezone="Europe/Madrid", currency="EUR", rooms=tuple(rooms))],
    )


def rate_form(response) -> dict[str, str]:
    """What a browser would send when Save rates is pressed without touching anything."""
    page = response.content.decode()
    form = page[page.index('id="rate-mapping"') :]
    form = form[: form.index("</form>")]
    data = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
    for name, options in re.findall(r'<select [^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        data[name] = chosen.group(1) if chosen else ""
    return data


def chosen(channel) -> dict[tuple[str, str], str | None]:
    rows = RateMapping.objects.filter(connection=channel)
    return {(row.room_ref, row.external_ref): row.rate_plan and row.rate_plan.name for row in rows}


class TestSuggestions:
    def test_an_equal_name_is_filled_in_and_saved_by_one_press(
        self, signed_in, url, channel, flexible_plan, advance
    ):
        page = signed_in.get(url)

        assert "same name" in page.content.decode()
        response = signed_in.post(url, rate_form(page))
        assert response.status_code == 303
        assert chosen(channel) == {("double", "flex"): "Flexible"}

    def test_a_name_that_is_alike_is_called_so(self, signed_in, url, channel, flexible_plan, advance):
        offer_rates(channel, ("nr", "Non refundable rate", "double"))

        (group,) = signed_in.get(url).context["rates"].groups

        assert [(line.value, line.suggestion) for line in group.lines] == [(str(advance.pk), "similar name")]

    def test_a_name_like_none_is_left_to_people(self, signed_in, url, channel, flexible_plan, advance):
        offer_rates(channel, ("x", "Weekend escape", "double"))

        (group,) = signed_in.get(url).context["rates"].groups

        assert [line.value for line in group.lines] == [""]

    def test_one_rate_and_one_plan_are_taken_for_each_other(self, signed_in, url, channel, advance):
        (group,) = signed_in.get(url).context["rates"].groups

        assert [(line.value, line.suggestion) for line in group.lines] == [
            (str(advance.pk), "the only one left")
        ]

    def test_a_plan_that_is_out_of_use_is_not_offered(self, signed_in, url, channel, flexible_plan, advance):
        RatePlan.objects.filter(pk=flexible_plan.pk).update(is_active=False)

        (group,) = signed_in.get(url).context["rates"].groups

        assert [option.label for option in group.options] == ["Non-refundable"]
        assert [line.value for line in group.lines] == [""]


class TestManyRooms:
    @pytest.fixture
    def rates(self, channel, flexible_plan, advance):
        offer_rates(
            channel,
            ("f1", "Flexible", "double"),
            ("f2", "Flexible", "suite"),
            ("n1", "Non-refundable", "double"),
            ("n2", "Non-refundable", "suite"),
        )

    def test_rates_of_one_name_are_one_line(self, signed_in, url, channel, rates):
        page = signed_in.get(url)

        assert len(rate_form(page)) == 2 + 2
        signed_in.post(url, rate_form(page))
        assert chosen(channel) == {
            ("double", "f1"): "Flexible",
            ("suite", "f2"): "Flexible",
            ("double", "n1"): "Non-refundable",
            ("suite", "n2"): "Non-refundable",
        }

    def test_each_room_can_be_chosen_by_itself_and_is_shown_so_from_then_on(
        self, signed_in, url, channel, rates, advance
    ):
        data = rate_form(signed_in.get(f"{url}?rates=each"))
        assert len(data) == 2 + 4
        suite = RateMapping.objects.get(external_ref="f2")

        signed_in.post(f"{url}?rates=each", {**data, f"rate-{suite.pk}": str(advance.pk)})

        assert chosen(channel)["suite", "f2"] == "Non-refundable"
        assert f"rate-{suite.pk}" in rate_form(signed_in.get(url))

    def test_they_cost_no_more_queries(self, signed_in, url, channel, rates):
        few = queries_of(signed_in, url)
        offer_rates(
            channel, *((f"r{n}", f"Rate {n}", room) for n in range(40) for room in ("double", "suite"))
        )

        assert queries_of(signed_in, url) == few


class TestSaving:
    def test_a_rate_can_be_left_to_the_other_side(self, signed_in, url, channel, flexible_plan):
        rate = RateMapping.objects.get(connection=channel)

        signed_in.post(url, {"what": "rates", f"rate-{rate.pk}": "0"})

        rate.refresh_from_db()
        assert rate.ignored
        assert rate_form(signed_in.get(url))[f"rate-{rate.pk}"] == "0"

    def test_prices_are_sent_at_once(self, signed_in, url, channel, flexible_plan):
        signed_in.post(url, rate_form(signed_in.get(url)))

        assert OutboxJob.objects.filter(connection=channel, kind=OutboxJob.Kind.RATES).exists()

    @pytest.mark.parametrize("value", ["999999", "-1", "x", "9" * 40])
    def test_forged_values_are_refused(self, signed_in, url, channel, flexible_plan, value):
        rate = RateMapping.objects.get(connection=channel)

        assert signed_in.post(url, {"what": "rates", f"rate-{rate.pk}": value}).status_code == 400
        assert chosen(channel) == {("double", "flex"): None}

    def test_a_forged_rate_is_refused(self, signed_in, url, channel, flexible_plan):
        for key in ("999999", "1.", "x"):
            assert signed_in.post(url, {"what": "rates", f"rate-{key}": "0"}).status_code == 400

    def test_the_plan_of_another_property_is_refused(self, signed_in, url, channel, other_hotel):
        theirs = RatePlan.objects.create(
            hotel=other_hotel, property=other_hotel.properties.get(), name="Flexible"
        )
        rate = RateMapping.objects.get(connection=channel)

        assert signed_in.post(url, {"what": "rates", f"rate-{rate.pk}": str(theirs.pk)}).status_code == 400

    def test_a_receptionist_looks_and_cannot_change(self, client, receptionist, url, channel, flexible_plan):
        client.force_login(receptionist)

        page = client.get(url)

        assert "Rates and prices" in page.content.decode()
        assert "Save rates" not in page.content.decode()
        assert client.post(url, rate_form(page)).status_code == 403


class TestWhatIsShown:
    def test_without_a_rate_plan_the_way_to_one_is_shown(self, signed_in, url, hotel, house):
        page = signed_in.get(url).content.decode()

        assert "This property has no rate plan yet." in page
        assert f"{reverse('rates', args=[hotel.slug])}?property={house.pk}" in page

    def test_rates_of_rooms_that_are_not_mapped_are_left_out(self, signed_in, url, channel, flexible_plan):
        RoomMapping.objects.filter(external_ref="double").update(room_type=None)

        assert "Rates and prices" not in signed_in.get(url).content.decode()

    def test_a_price_of_the_room_itself_is_not_named_like_the_room(
        self, signed_in, url, channel, flexible_plan
    ):
        room = ExternalRoom("double", "Double", "room_type", quantity=6, priced=True)
        store_catalogue(channel, [ExternalProperty("p1", "Paradise", rooms=(room,))])

        names = [line.name for line in signed_in.get(url).context["rates"].groups[0].lines]

        assert "Price of the room itself" in names
