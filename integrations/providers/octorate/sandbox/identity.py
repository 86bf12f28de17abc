"""Consent, tokens, configuration and subscriptions of the Octorate sandbox."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from integrations.providers.octorate.sandbox.core import LOOPBACK, Code, Grant, OctorateCore, Token
from integrations.providers.octorate.sandbox.pages import consent_page, refusal_page
from integrations.providers.octorate.sandbox.webhooks import EVENTS
from integrations.providers.octorate.sandbox.wire import (
    ApiProblemError,
    bad_parameter,
    missing,
    not_valid,
    write_instant,
)
from integrations.providers.octorate.sandbox.world import CHANNELS
from integrations.sandbox import Request, Response, json_response, page_response, redirect_response, route

AUTHORIZE_PATH = "/octobook/identity/oauth.xhtml"
V1 = "/connect/rest/v1"
LONGEST_ADDRESS = 2000


class IdentityRoutes(OctorateCore):
    # -- consent -------------------------------------------------------------------------------------------

    def issue_code(self, redirect_uri: str, accommodations: Iterable[str] | None = None) -> str:
        """Return a fresh code as if the hotel user had allowed access, to some properties or to all."""
        with self.lock:
            code = secrets.token_urlsafe(18)
            chosen = None if accommodations is None else tuple(accommodations)
            expires = self.clock() + timedelta(seconds=self.code_seconds)
            self.codes[code] = Code(redirect_uri, chosen, expires)
            return code

    @route("GET", AUTHORIZE_PATH, "page")
    def ask_consent(self, request: Request) -> Response:
        values = dict(request.query)
        return self._refused_consent(values) or page_response(
            consent_page(
                client_id=self.client_id,
                redirect_uri=values["redirect_uri"],
                state=values.get("state", ""),
                places=[(place.name, place.city) for place in self.world.places.values()],
            )
        )

    @route("POST", AUTHORIZE_PATH, "page")
    def answer_consent(self, request: Request) -> Response:
        values = request.form()
        if refusal := self._refused_consent(values):
            return refusal
        decision, redirect_uri, state = (values.get("decision"), values["redirect_uri"], values.get("state"))
        if decision == "allow":
            answer = {"code": self.issue_code(redirect_uri)}
        elif decision == "refuse":
            answer = {"error": "access_denied"}
        else:
            return page_response(refusal_page("Choose Allow or Refuse."), 400)
        if state is not None:
            answer["state"] = state
        joint = "&" if urlsplit(redirect_uri).query else "?"
        return redirect_response(redirect_uri + joint + urlencode(answer), 302)

    def _refused_consent(self, values: dict[str, str]) -> Response | None:
        if values.get("client_id") != self.client_id:
            return page_response(refusal_page("This application (client_id) is not known."), 400)
        if not self.redirect_is_allowed(values.get("redirect_uri", "")):
            return page_response(
                refusal_page("This return address (redirect_uri) is not on the application's list."), 400
            )
        return None

    # -- tokens --------------------------------------------------------------------------------------------

    def _require_client(self, form: dict[str, str], *names: str) -> None:
        empty = [name for name in ("client_id", "client_secret", *names) if not form.get(name)]
        if empty:
            nested = [
                {"type": "ApiParamsExemption", "message": "errRequired", "element": name} for name in empty
            ]
            raise ApiProblemError(400, "ApiParamsExemption", "errRequired", empty[0], nested)
        given = f"{form['client_id']}\n{form['client_secret']}".encode()
        if not hmac.compare_digest(given, f"{self.client_id}\n{self.client_secret}".encode()):
            # GUESS: the status for a wrong secret is not documented.
            raise ApiProblemError(401, "ApiKeyInvalid", "Client id or secret are wrong", "client_id")

    def _token_answer(self, token: Token) -> dict[str, Any]:
        return {
            "access_token": token.value,
            "expires_in": self.expires_in,
            "expireDate": write_instant(token.expires).removesuffix("[UTC]"),
            "token_type": "Bearer",
        }

    @route("POST", f"{V1}/identity/token")
    def exchange_code(self, request: Request) -> Response:
        form = request.form()
        self._require_client(form, "code", "redirect_uri", "grant_type")
        if form["grant_type"] != "code":
            raise bad_parameter("errGrantType", "grant_type")
        code = self.codes.pop(form["code"], None)
        if code is None or code.expires <= self.clock():
            raise bad_parameter("errCode", "code")
        if code.redirect_uri != form["redirect_uri"]:
            raise bad_parameter("errRedirectUri", "redirect_uri")
        grant = Grant(secrets.token_urlsafe(32), code.accommodations)
        self.grants.append(grant)
        return json_response(
            {**self._token_answer(self.new_token(grant)), "refresh_token": grant.refresh_token}
        )

    @route("POST", f"{V1}/identity/refresh")
    def refresh_token(self, request: Request) -> Response:
        form = request.form()
        self._require_client(form, "refresh_token")
        grant = next(
            (g for g in self.grants if g.refresh_token == form["refresh_token"] and not g.revoked), None
        )
        if grant is None:
            # GUESS: the answer to a dead refresh token is not documented.
            raise ApiProblemError(401, "ApiKeyInvalid", "The refresh token is not valid", "refresh_token")
        return json_response(self._token_answer(self.new_token(grant)))

    @route("POST", f"{V1}/identity/apilogin")
    def application_login(self, request: Request) -> Response:
        self._require_client(request.form())
        return json_response(self._token_answer(self.new_token(None)))

    # -- application ---------------------------------------------------------------------------------------

    def _configuration(self, request: Request) -> dict[str, Any]:
        return {
            "environment": "SANDBOX",
            "active": True,
            "applicationName": "Llavero",
            "authMethod": "OAUTH",
            "authorizationPages": [request.base_url + AUTHORIZE_PATH],
            "category": "CHANNEL_MANAGER",
            "permissions": dict(self.permissions),
            "quotaLimit": self.quota,
            "quotaStatus": self.quota_left(),
            "redirectUri": list(self.redirect_uris),
            "maintenance": False,
        }

    @route("GET", f"{V1}/api/configuration")
    def read_configuration(self, request: Request) -> Response:
        self.authorize_application(request)
        return json_response(self._configuration(request))

    @route("PATCH", f"{V1}/api/configuration")
    def write_configuration(self, request: Request) -> Response:
        self.authorize_application(request)
        body = self.read_object(request)
        addresses = body.get("redirectUri", self.redirect_uris)
        addresses = [] if addresses is None else addresses
        if not isinstance(addresses, list) or len(addresses) > 50:
            raise not_valid("redirectUri must be a list of addresses", "redirectUri")
        for address in addresses:
            if not isinstance(address, str) or not _is_secure(address):
                raise not_valid("Addresses must start with https://", "redirectUri")
        self.redirect_uris = list(addresses)
        return json_response(self._configuration(request))

    def read_object(self, request: Request) -> dict[str, Any]:
        """Return the JSON object of a body or raise the ApiProblemError for what is not one."""
        try:
            value = request.json()
        except ValueError:
            raise ApiProblemError(400, "JsonParseExemption", "Invalid Json") from None
        if not isinstance(value, dict):
            raise ApiProblemError(400, "JsonParseExemption", "An object was expected")
        return value

    @route("GET", f"{V1}/meta/portals")
    def list_portals(self, request: Request) -> Response:
        self.authorize_application(request)
        return json_response(
            [
                {"id": number, "internalName": re.sub(r"\W+", "_", name).lower(), "externalName": name}
                for number, name in CHANNELS.items()
            ]
        )

    # -- subscriptions -------------------------------------------------------------------------------------

    def _require_endpoint(self, address: str) -> str:
        acceptable = _is_secure(address) or _is_local(address)
        if not acceptable or len(address) > LONGEST_ADDRESS:
            raise not_valid("The address must start with https://", "url")
        return address

    @route("GET", f"{V1}/subscription/list")
    def list_events(self, request: Request) -> Response:
        self.authenticate(request)
        return json_response(list(EVENTS))

    @route("GET", f"{V1}/subscription")
    def list_subscriptions(self, request: Request) -> Response:
        self.authenticate(request)
        return json_response([s.row() for s in self.deliveries.subscriptions.values()])

    @route("POST", f"{V1}/subscription/{{event}}")
    def create_subscription(self, request: Request) -> Response:
        self.authenticate(request)
        event = request.parameters["event"]
        if event not in EVENTS:
            raise bad_parameter("errEvent", "event")
        subscription = self.deliveries.subscribe(event, self._require_endpoint(request.form().get("url", "")))
        if subscription is None:
            raise not_valid("A maximum of 1 subscription is allowed for this event", "event")
        return json_response(subscription.row())

    @route("PUT", f"{V1}/subscription/{{id}}")
    def move_subscription(self, request: Request) -> Response:
        self.authenticate(request)
        subscription = self.deliveries.subscriptions.get(_as_id(request.parameters["id"]))
        if subscription is None:
            raise missing("Subscription")
        subscription.endpoint = self._require_endpoint(request.argument("url"))
        return json_response(subscription.row())

    @route("DELETE", f"{V1}/subscription/{{id}}")
    def delete_subscription(self, request: Request) -> Response:
        self.authenticate(request)
        subscription = self.deliveries.unsubscribe(_as_id(request.parameters["id"]))
        if subscription is None:
            raise missing("Subscription")
        return json_response(subscription.row())

    # -- switches ------------------------------------------------------------------------------------------

    def expire_tokens(self) -> int:
        """Let every access token be expired from now on; refresh tokens stay good. Returns how many."""
        with self.lock:
            for token in self.tokens.values():
                token.expires = self.clock()
            return len(self.tokens)

    def revoke_grants(self) -> int:
        """Take back every consent: its tokens open no property and its refresh token is refused."""
        with self.lock:
            alive = [grant for grant in self.grants if not grant.revoked]
            for grant in alive:
                grant.revoked = True
            return len(alive)


def _is_secure(address: str) -> bool:
    return _is_address(address, "https")


def _is_local(address: str) -> bool:
    return _is_address(address, "http") and urlsplit(address).hostname in LOOPBACK


def _is_address(address: str, scheme: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme == scheme and bool(parts.hostname) and parts.port != 0 and address.isprintable()
    except ValueError:
        return False


def _as_id(text: str) -> int:
    return int(text) if re.fullmatch(r"[0-9]{1,15}", text) else 0
