"""Alerts leave by a real SMTP server, or wait in the outbox."""

import socket
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message

from pipelines.reports.mail import Alert, MailError, alert_message, deliver

ALERT = Alert(
    source_id="oaxaca_s2",
    title="Servidores públicos",
    agency="SESECC",
    state="retenida",
    reasons=("Cayó de 900 a 45 registros.",),
)


class Mailbox(Message):
    """Keeps what the server accepted."""

    def __init__(self) -> None:
        super().__init__()
        self.received: list[str] = []

    def handle_message(self, message: EmailMessage) -> None:
        payload = message.get_payload(decode=True)
        assert isinstance(payload, bytes)
        self.received.append(payload.decode("utf-8"))


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, str]]:
    handler = Mailbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    yield handler, f"smtp://127.0.0.1:{port}"
    controller.stop()


def _message() -> EmailMessage:
    return alert_message(
        [ALERT], sender="tequio@localhost", recipient="datos@localhost", release="2026-11-21.1"
    )


def test_without_a_server_the_alert_waits_in_the_outbox(tmp_path: Path) -> None:
    path = deliver(_message(), smtp_url=None, outbox=tmp_path)

    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]
    assert b"Subject: Tequio: 1 fuente(s)" in path.read_bytes()


def test_a_real_server_gets_the_alert_once(tmp_path: Path, mailbox: tuple[Mailbox, str]) -> None:
    handler, smtp_url = mailbox

    deliver(_message(), smtp_url=smtp_url, outbox=tmp_path)
    deliver(_message(), smtp_url=smtp_url, outbox=tmp_path)

    assert len(handler.received) == 1
    assert "▲ oaxaca_s2 · Servidores públicos (SESECC) — retenida" in handler.received[0]
    assert "Cayó de 900 a 45 registros." in handler.received[0]


def test_a_dead_server_leaves_the_alert_in_the_outbox(tmp_path: Path) -> None:
    with pytest.raises(MailError, match="did not take"):
        deliver(_message(), smtp_url="smtp://127.0.0.1:1", outbox=tmp_path)

    assert [path.suffix for path in tmp_path.iterdir()] == [".eml"]
