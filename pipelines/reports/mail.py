"""Mail: alerts for whoever runs Tequio.

Here: what an alert says, and how a message leaves: by SMTP, or as a file in the outbox when no
server is set. Not here: what is wrong with a source (`pipelines/quality/gate.py`).
"""

import hashlib
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pipelines.home import write_atomic
from pipelines.publication.admission import Judgement
from pipelines.quality import gate

# A mail server that doesn't answer must not hold a publication up.
SMTP_TIMEOUT_SECONDS = 20.0


@dataclass(frozen=True)
class Alert:
    """One source that needs somebody's attention."""

    source_id: str
    title: str
    agency: str
    state: str
    reasons: tuple[str, ...]

    @classmethod
    def of(cls, judgement: Judgement) -> "Alert":
        """What to say of one judged source."""
        source = judgement.source
        return cls(
            source_id=source.id,
            title=source.title,
            agency=source.publisher.name,
            state=_state(judgement),
            reasons=judgement.verdict.reasons_es,
        )


def _state(judgement: Judgement) -> str:
    if judgement.verdict.outcome == "held_back":
        return "retenida"
    if judgement.ledger is None:
        return "nunca se ha descargado"
    return gate.STATES_ES.get(judgement.ledger.state, "sin nada que publicar")


def needs_attention(judgement: Judgement) -> bool:
    """Whether a source is held back, or its last attempt brought nothing that can be used."""
    arrived = all(check.passed for check in judgement.verdict.checks if check.name == "fetched")
    return not judgement.verdict.admitted or not arrived


class MailError(RuntimeError):
    """A message that could not be delivered; it stays in the outbox."""


def alert_message(
    alerts: Sequence[Alert], *, sender: str, recipient: str, release: str | None
) -> EmailMessage:
    """One message about every source held back or without answer, in Spanish.

    The Message-ID depends on the content alone, so that the same news is recognized when sent twice.
    """
    lines = [
        f"{len(alerts)} fuente(s) requieren atención.",
        f"Publicación vigente: {release or 'ninguna'}.",
        "",
    ]
    for alert in alerts:
        lines.append(f"▲ {alert.source_id} · {alert.title} ({alert.agency}) — {alert.state}")
        lines.extend(f"    {reason}" for reason in alert.reasons)
        lines.append("")
    body = "\n".join(lines)
    key = hashlib.sha256("\n".join((recipient, body)).encode("utf-8")).hexdigest()[:32]
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = f"Tequio: {len(alerts)} fuente(s) retenidas o sin respuesta"
    message["Message-ID"] = f"<{key}@tequio.invalid>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(body, charset="utf-8")
    return message


def deliver(message: EmailMessage, *, smtp_url: str | None, outbox: Path) -> Path:
    """Send `message` once; return its file in the outbox.

    Without `smtp_url` (`smtp://`, `smtps://`, with user and password if needed) the file is all there
    is. With it, the file is written first and a `.sent` mark after the server took it: a message that
    failed stays and is tried again, one that was sent is not sent twice.

    Raises:
        MailError: the server refused or did not answer; the message stays in the outbox.
    """
    key = str(message["Message-ID"]).strip("<>").partition("@")[0]
    path = outbox / f"{key}.eml"
    sent = path.with_suffix(".sent")
    if sent.is_file():
        return path
    write_atomic(path, message.as_bytes())
    if smtp_url is None:
        return path
    try:
        _send(message, smtp_url)
    except (OSError, smtplib.SMTPException) as error:
        host = urlsplit(smtp_url).hostname
        problem = (
            f"the mail server {host} did not take {path.name}: {error}; it stays in {outbox} for the next run"
        )
        raise MailError(problem) from error
    write_atomic(sent, b"")
    return path


def _send(message: EmailMessage, smtp_url: str) -> None:
    address = urlsplit(smtp_url)
    host, port = address.hostname or "localhost", address.port or (465 if address.scheme == "smtps" else 25)
    context = ssl.create_default_context()
    if address.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=SMTP_TIMEOUT_SECONDS, context=context)
    else:
        server = smtplib.SMTP(host, port, timeout=SMTP_TIMEOUT_SECONDS)
    with server:
        if address.scheme != "smtps" and server.has_extn("starttls"):
            server.starttls(context=context)
        if address.username:
            server.login(unquote(address.username), unquote(address.password or ""))
        server.send_message(message)
