"""Failures that PDN services speak of inside an answer of 200.

Real ones answer 200 and `{"error": true}`, `{"error": {"status", "statusText"}}` or `{"code": "500", "message"}`
when what stands behind them fails: taken for data they would count as no records. Not here: failures told by their
status (`answers.py`, `http.py`), pages that aren't JSON (`bodies.py`).
"""

import re
from dataclasses import dataclass
from typing import Any

import orjson

from pipelines.portals.errors import FetchState, PortalError
from pipelines.portals.http import Answer
from pipelines.portals.json_text import quoted

# An error message is short; what is longer is a page of records.
MAX_ERROR_BYTES = 1 << 16
# S1's services number their errors: e_7xx are about the token of a query, the others about what was asked.
_NUMBERED = re.compile(r"e_(\d)\d+", re.IGNORECASE)
_UNAUTHORIZED = frozenset({401, 403})


@dataclass(frozen=True)
class SpokenFailure:
    """A failure inside a 200. `status`: the HTTP status it would have deserved, None when it doesn't tell."""

    status: int | None
    said: str

    @property
    def is_about_token(self) -> bool:
        """Whether another token may help."""
        return self.status in _UNAUTHORIZED

    @property
    def may_pass(self) -> bool:
        """Whether the same request may find the service well again."""
        return self.status is None or self.status >= 500

    def error(self, url: str) -> PortalError:
        """The failure as a fault of the portal: refused, down, or not what was agreed."""
        said = f" Dice: «{self.said}»." if self.said else ""
        state, action = (
            FetchState.CONTRACT_ERROR,
            "Avise a la institución: su servicio no acepta la consulta.",
        )
        if self.is_about_token:
            state = FetchState.UNAUTHORIZED
            action = "Verifique usuario, contraseña y cliente con la institución."
        elif self.may_pass:
            state = FetchState.UNAVAILABLE
            action = "Se reintentará en la siguiente descarga; si continúa, avise a la institución."
        return PortalError(
            state,
            f"El portal respondió 200 pero el contenido es un error suyo.{said}",
            url=url,
            expected="registros, o el error con su código HTTP",
            action=action,
            status=self.status,
        )


def spoken_failure(answer: Answer) -> SpokenFailure | None:
    """The failure that an archived answer of 200 speaks of; None when it looks like data."""
    if answer.status != 200 or answer.path is None or answer.size > MAX_ERROR_BYTES:
        return None
    body = answer.path.read_bytes()
    # Most small answers are pages, which are read once and elsewhere.
    document = None if b'"results"' in body and b'"error"' not in body else _parsed(body)
    if not isinstance(document, dict):
        return None
    error = document.get("error")
    if error:
        detail = error if isinstance(error, dict) else document
        code = next((detail[name] for name in ("code", "status") if detail.get(name) is not None), None)
        return SpokenFailure(_status(code), _said(detail, error))
    if "results" in document or document.get("code") is None:
        return None
    return SpokenFailure(_status(document["code"]), _said(document, document["code"]))


def down_inside_200(answer: Answer) -> PortalError | None:
    """The fault of an answer whose failure may pass, so that it is asked for again."""
    failure = spoken_failure(answer)
    return failure.error(answer.url) if failure is not None and failure.may_pass else None


def _parsed(body: bytes) -> Any:
    """The JSON, None when it is none."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _status(code: Any) -> int | None:
    text = str(code).strip()
    if re.fullmatch(r"[1-5]\d\d", text):
        return int(text)
    numbered = _NUMBERED.fullmatch(text)
    if numbered is None:
        return None
    return 403 if numbered[1] == "7" else 400


def _said(detail: dict[str, Any], otherwise: Any) -> str:
    """What a person may read of it: its message, else its code."""
    for name in ("message", "statusText", "description"):
        if isinstance(detail.get(name), str):
            return quoted(detail[name])
    return quoted(otherwise) if isinstance(otherwise, str) else ""
