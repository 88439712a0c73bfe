"""What an HTTP status or a body's shape means, when the protocols agree on it.

Here: from an `Answer` to a fault or a page. Not here: the order of requests (protocol modules), the retries
(`http.py`).
"""

from pipelines.portals.bodies import BodyFault, read_text, sniff
from pipelines.portals.errors import FetchState, PortalError
from pipelines.portals.http import Answer
from pipelines.portals.json_text import json_message


def require_ok(answer: Answer, *, public: bool) -> None:
    """Only 200 brings data.

    `public`: nobody has to identify themselves there, so a 403 is a blocked visitor, not a wrong password.

    Raises:
        PortalError: `unauthorized`, `unavailable` or `contract_error` by status.
    """
    if answer.status == 200:
        return
    said = spoken_message(answer)
    quote = f" Dice: «{said}»." if said else ""
    if answer.status in {401, 407} or (answer.status == 403 and not public):
        raise PortalError(
            FetchState.UNAUTHORIZED,
            f"El portal no acepta las credenciales ({answer.status}).{quote}",
            url=answer.url,
            expected="acceso con el usuario y el cliente acordados",
            action="Verifique usuario, contraseña y cliente con la institución.",
            status=answer.status,
        )
    if answer.status == 403:
        raise PortalError(
            FetchState.UNAVAILABLE,
            f"El portal bloquea la consulta automática (403).{quote}",
            url=answer.url,
            expected="datos abiertos sin restricción de acceso",
            action="Pida a la institución que permita la descarga automática.",
            status=answer.status,
        )
    if answer.status in {404, 410}:
        message = f"La dirección ya no existe en el portal ({answer.status}).{quote}"
    else:
        message = f"El portal respondió {answer.status} en lugar de datos.{quote}"
    raise PortalError(
        FetchState.CONTRACT_ERROR,
        message,
        url=answer.url,
        expected="una respuesta 200 con datos",
        action="Busque la dirección vigente en el portal y actualice la declaración de la fuente.",
        status=answer.status,
    )


def spoken_message(answer: Answer) -> str | None:
    """The portal's own `message` in a JSON error answer."""
    if answer.body is not None:
        return json_message(answer.body.decode("utf-8", "replace"))
    if answer.path is None:
        return None
    try:
        return json_message(read_text(answer.path, sniff(answer.path)))
    except BodyFault:
        return None


def json_text(answer: Answer) -> str:
    """The archived body as text.

    Raises:
        BodyFault: HTML, empty, cut, damaged gzip.
    """
    assert answer.path is not None
    if answer.truncated:
        raise BodyFault("truncated", "llegaron menos bytes de los que el portal anunció")
    return read_text(answer.path, sniff(answer.path))


def body_error(fault: BodyFault, *, url: str, expected: str) -> PortalError:
    """A body that isn't what it should be, as a fault of the contract."""
    return PortalError(
        FetchState.CONTRACT_ERROR,
        f"La respuesta no trae los datos esperados: {fault.reason}.",
        url=url,
        expected=expected,
        action="Abra la dirección en un navegador y avise a la institución de lo que muestra.",
    )
