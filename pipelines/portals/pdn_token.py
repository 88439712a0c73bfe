"""The access token of a PDN v1 service: OAuth2 password grant, sent as the PDN's own aggregators send it.

Client credentials go twice, as `Authorization: Basic` and in the form: services read one or the other. `scope` is
sent only when declared (some refuse a login without it, 422, and some one with it). A refresh token is used where
the service gave one; it is good for one use, and where it isn't taken the password is. Not here: when a page's
answer means that the token ended (`pdn_rest.py`).
"""

import math
import re
import time
from collections.abc import Mapping
from typing import Any

import orjson

from pipelines.portals.answers import body_error, require_ok, spoken_message
from pipelines.portals.bodies import BodyFault
from pipelines.portals.errors import FetchState, PortalError
from pipelines.portals.http import Answer, PortalClient, basic_authorization, credentials

# Renewing at 80 % leaves room for a slow page before the token ends.
RENEW_AT = 0.8
TOKEN_ANSWER = '{"access_token": "…", "token_type": "Bearer", "expires_in": 600}'  # noqa: S105 (a shape)
_REFUSED = frozenset({400, 401, 403, 422})


class Session:
    """The access token of one fetch."""

    def __init__(self, client: PortalClient, base: str) -> None:
        self._client = client
        self._url = base + client.source.parameters["token_path"]
        self._roles = credentials(client.source, client.portals)
        self._token = ""
        self._refresh_token: str | None = None
        # Without `expires_in` a token is used until it is refused.
        self._renew_after = 0.0
        for role in ("password", "client_secret"):
            client.hide(self._roles[role])

    def authorization(self) -> dict[str, str]:
        """The header of the next request.

        Raises:
            PortalError: as `renew`.
        """
        if not self._token or time.monotonic() >= self._renew_after:
            self.renew()
        return {"Authorization": f"Bearer {self._token}"}

    def renew(self) -> None:
        """Get a new token, by the refresh token if there is one, else by the password.

        Raises:
            PortalError: `unauthorized` when the service refuses the credentials, else by what it answered.
        """
        refresh_token, self._refresh_token = self._refresh_token, None
        if refresh_token is not None and self._refreshed(refresh_token):
            return
        roles = self._roles
        login = {"grant_type": "password", "username": roles["username"], "password": roles["password"]}
        self._accept(self._ask(login))

    def _refreshed(self, refresh_token: str) -> bool:
        """Whether the service gave a token for it; one that falls over it may still take the password."""
        try:
            answer = self._ask({"grant_type": "refresh_token", "refresh_token": refresh_token})
            if answer.status == 200:
                self._accept(answer)
        except PortalError as error:
            if error.status is None and error.state is FetchState.UNAVAILABLE:
                raise
            return False
        return answer.status == 200

    def _ask(self, grant: Mapping[str, str]) -> Answer:
        client_id, client_secret = self._roles["client_id"], self._roles["client_secret"]
        form = {**grant, "client_id": client_id, "client_secret": client_secret}
        scope = self._client.source.parameters.get("scope")
        if scope:
            form["scope"] = scope
        basic = basic_authorization(client_id, client_secret)
        self._client.hide(basic)
        return self._client.post_secret_form(self._url, form=form, headers={"Authorization": basic})

    def _accept(self, answer: Answer) -> None:
        if answer.status in _REFUSED:
            said = spoken_message(answer)
            quote = f" Dice: «{said}»." if said else ""
            names = ", ".join(self._client.source.auth.values())
            raise PortalError(
                FetchState.UNAUTHORIZED,
                f"El portal no acepta las credenciales ({answer.status}).{quote}",
                url=self._url,
                expected="un token de acceso (OAuth2, password)",
                action=f"Verifique con la institución los valores de {names} y, si lo pide, el «scope».",
                status=answer.status,
            )
        require_ok(answer, public=True)
        document = _json_object(answer.body or b"")
        token = document.get("access_token")
        if not isinstance(token, str) or not token:
            fault = BodyFault("wrong_shape", "la respuesta no trae «access_token»")
            raise body_error(fault, url=self._url, expected=TOKEN_ANSWER)
        self._client.hide(token)
        self._token = token
        refresh_token = document.get("refresh_token")
        if isinstance(refresh_token, str) and refresh_token:
            self._client.hide(refresh_token)
            self._refresh_token = refresh_token
        life = str(document.get("expires_in"))
        seconds = float(life) if re.fullmatch(r"\d{1,9}(\.\d+)?", life) else math.inf
        self._renew_after = time.monotonic() + RENEW_AT * seconds


def _json_object(body: bytes) -> Mapping[str, Any]:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return document if isinstance(document, dict) else {}
