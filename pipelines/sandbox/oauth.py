"""The token desks of PDN's reference servers: OAuth2 password grant, Basic header and form body.

Here: issuing, renewing and checking tokens, with the servers' errors: the pilot's (S2, S3, S6) are 401 with the
status as code in text and 422 for scopes; S1's are 401 with codes of their own, and it gives no refresh tokens.
Not here: the data routes (`pdn_services.py`).
"""

import base64
import binascii
import secrets
import threading
import time
from dataclasses import dataclass

from pipelines.sandbox.exchange import LOCAL_CREDENTIALS, Reply, Request, json_reply

REFRESH_SECONDS = 3600


@dataclass
class _Token:
    expires: float
    uses: int = 0


class TokenDesk:
    """Tokens of one source; thread-safe. `is_s1`: S1's desk, else the pilot's."""

    def __init__(self, *, expires_in: int, scope: str | None, is_s1: bool = False) -> None:
        self._expires_in = expires_in
        self._is_s1 = is_s1
        self._scope = scope
        self._tokens: dict[str, _Token] = {}
        self._refresh: dict[str, float] = {}
        self._lock = threading.Lock()

    def issue(self, request: Request) -> Reply:
        """Answer `POST /oauth/token`."""
        form = request.form()
        client = _basic(request.headers.get("authorization", "")) or (
            form.get("client_id", ""),
            form.get("client_secret", ""),
        )
        if client != (LOCAL_CREDENTIALS["client_id"], LOCAL_CREDENTIALS["client_secret"]):
            return self._refused("e_4003", "Cliente no autorizado")
        grant = form.get("grant_type")
        if grant == "refresh_token":
            return self._renew(form)
        if grant != "password":
            return self._refused("e_4005", "Tipo de grant no soportado")
        return self._log_in(form)

    def _renew(self, form: dict[str, str]) -> Reply:
        """A refresh token is good for one use."""
        if self._is_s1:
            return self._refused("e_4008", "Por implementarse")
        with self._lock:
            valid_until = self._refresh.pop(form.get("refresh_token", ""), 0.0)
        if valid_until < time.monotonic():
            return self._refused("e_4001", "Refresh token inválido")
        return self._grant()

    def _log_in(self, form: dict[str, str]) -> Reply:
        user = (form.get("username"), form.get("password"))
        if user != (LOCAL_CREDENTIALS["username"], LOCAL_CREDENTIALS["password"]):
            return self._refused("e_4001", "Usuario o contraseña incorrectos")
        asked = form.get("scope", "").strip()
        if self._scope is not None and not asked:
            return json_reply(422, {"code": "422", "message": "Scope no proporcionado"})
        if self._scope is not None and asked not in self._scope.split():
            return json_reply(422, {"code": "422", "message": "Scope no válido"})
        return self._grant()

    def admits(self, request: Request, *, max_uses: int | None) -> bool:
        """Whether the request carries a token that is still good; a use is counted."""
        kind, _, value = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer":
            return False
        with self._lock:
            token = self._tokens.get(value.strip())
            if token is None or token.expires < time.monotonic():
                return False
            if max_uses is not None and token.uses >= max_uses:
                return False
            token.uses += 1
            return True

    def _grant(self) -> Reply:
        token, refresh = secrets.token_urlsafe(48), secrets.token_hex(128)
        answer = {"token_type": "Bearer", "access_token": token, "expires_in": self._expires_in}
        now = time.monotonic()
        with self._lock:
            self._tokens[token] = _Token(now + self._expires_in)
            if self._is_s1:
                return json_reply(200, answer)
            self._refresh[refresh] = now + REFRESH_SECONDS
        return json_reply(
            200,
            {
                **answer,
                "refresh_token": refresh,
                "refresh_token_expires_in": REFRESH_SECONDS,
                # The reference server leaves a blank at the end.
                "scope": f"{self._scope or 'read'} ",
            },
        )

    def _refused(self, code: str, message: str) -> Reply:
        if self._is_s1:
            return json_reply(401, {"code": code, "message": message, "additionalInfo": ""})
        return json_reply(401, {"code": "401", "message": message})


def _basic(header: str) -> tuple[str, str] | None:
    kind, _, value = header.partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return ("", "")
    return user, password
