"""The token desk of PDN's reference server: OAuth2 password grant, Basic header and form body.

Here: issuing, renewing and checking tokens, with that server's errors (401 with a code in text, 422
for scopes). Not here: the data routes (`protocols.py`).
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
    """Tokens of one source; thread-safe."""

    def __init__(self, *, expires_in: int, scope: str | None) -> None:
        self._expires_in = expires_in
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
            return _refused("Cliente no autorizado")
        grant = form.get("grant_type")
        if grant == "refresh_token":
            return self._renew(form)
        return self._log_in(form) if grant == "password" else _refused("Tipo de grant no soportado")

    def _renew(self, form: dict[str, str]) -> Reply:
        """A refresh token is good for one use."""
        with self._lock:
            valid_until = self._refresh.pop(form.get("refresh_token", ""), 0.0)
        return _refused("Refresh token inválido") if valid_until < time.monotonic() else self._grant()

    def _log_in(self, form: dict[str, str]) -> Reply:
        user = (form.get("username"), form.get("password"))
        if user != (LOCAL_CREDENTIALS["username"], LOCAL_CREDENTIALS["password"]):
            return _refused("Usuario o contraseña incorrectos")
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
        now = time.monotonic()
        with self._lock:
            self._tokens[token] = _Token(now + self._expires_in)
            self._refresh[refresh] = now + REFRESH_SECONDS
        return json_reply(
            200,
            {
                "access_token": token,
                "token_type": "Bearer",
                "expires_in": self._expires_in,
                "refresh_token": refresh,
                "refresh_token_expires_in": REFRESH_SECONDS,
                # The reference server leaves a blank at the end.
                "scope": f"{self._scope or 'read'} ",
            },
        )


def _refused(message: str) -> Reply:
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
