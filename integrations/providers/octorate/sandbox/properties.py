"""Properties, products and physical rooms of the Octorate sandbox."""

from __future__ import annotations

from integrations.providers.octorate.sandbox.identity import V1, IdentityRoutes
from integrations.providers.octorate.sandbox.wire import (
    DEFAULT_PLACE_FIELDS,
    ApiProblemError,
    missing,
    place_row,
    product_row,
    project,
    read_number,
    room_row,
)
from integrations.providers.octorate.sandbox.world import Place, Product
from integrations.sandbox import Request, Response, json_response, route

V3 = "/connect/rest/v3"
PLACES_PER_PAGE = 100


class PropertyRoutes(IdentityRoutes):
    # -- properties ----------------------------------------------------------------------------------------

    def _visible_places(self, request: Request) -> list[Place]:
        token = self.authenticate(request)
        if token.grant is None:
            attached = {number for grant in self.grants for number in self.opened_places(grant)}
        elif token.grant.revoked:
            raise ApiProblemError(403, "ApiSecurityException", "The grant was taken back")
        else:
            attached = set(self.opened_places(token.grant))
        return [place for place in self.world.places.values() if place.id in attached]

    @route("GET", f"{V1}/accommodation")
    def list_places(self, request: Request) -> Response:
        name, mail = request.argument("name").lower(), request.argument("mail")
        page = read_number(request.argument("page") or "0", "page", 0, 1000)
        found = [
            place_row(place)
            for place in self._visible_places(request)
            if name in place.name.lower() and mail in ("", place.owner_email)
        ]
        return json_response(found[page * PLACES_PER_PAGE : (page + 1) * PLACES_PER_PAGE])

    @route("GET", f"{V1}/accommodation/{{accommodation}}")
    def read_place(self, request: Request) -> Response:
        number = request.parameters["accommodation"]
        self.authorize(request, number)
        fields = request.argument("fields") or DEFAULT_PLACE_FIELDS
        return json_response(project(place_row(self.world.places[number]), fields))

    # -- products and rooms --------------------------------------------------------------------------------

    @route("GET", f"{V3}/roomrates/{{accommodation}}")
    def list_products(self, request: Request) -> Response:
        number = request.parameters["accommodation"]
        self.authorize(request, number)
        wanted = set(request.arguments("ids[]"))
        rows = [
            project(product_row(product), request.argument("fields"))
            for product in sorted(self.world.products_of(number), key=lambda product: product.id)
            if not wanted or str(product.id) in wanted
        ]
        if request.argument("size"):
            size = read_number(request.argument("size"), "size", 1, 200, "errPageSize")
            page = read_number(request.argument("page") or "0", "page", 0, 1000)
            rows = rows[page * size : (page + 1) * size]
        return json_response(rows)

    @route("GET", f"{V1}/roomrates/{{accommodation}}/{{id}}")
    def read_product(self, request: Request) -> Response:
        number = request.parameters["accommodation"]
        self.authorize(request, number)
        return json_response(product_row(self._product(number, request.parameters["id"])))

    def _product(self, accommodation: str, text: str) -> Product:
        for product in self.world.products_of(accommodation):
            if str(product.id) == text:
                return product
        raise missing("Product")

    @route("GET", f"{V1}/pms/{{accommodation}}")
    def list_rooms(self, request: Request) -> Response:
        number = request.parameters["accommodation"]
        self.authorize(request, number)
        name, wanted = request.argument("name"), request.argument("id")
        rooms = [
            room_row(room, self.world.places[number])
            for room in self.world.rooms_of(number)
            if name in ("", room.name) and wanted in ("", str(room.id))
        ]
        return json_response({"data": rooms})

    @route("GET", f"{V1}/pms")
    def list_all_rooms(self, request: Request) -> Response:
        places = {place.id: place for place in self._visible_places(request)}
        rooms = [room for room in self.world.rooms.values() if room.accommodation in places]
        return json_response({"data": [room_row(room, places[room.accommodation]) for room in rooms]})
