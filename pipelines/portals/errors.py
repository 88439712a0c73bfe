"""The states a fetch can end in, and the one exception that carries a portal's fault.

Here: words and their order of gravity. Not here: who decides them (the protocol modules, `landing/fetch.py`) or what
they do to a publication (`pipelines/quality/gate.py`).
"""

from enum import StrEnum


class FetchState(StrEnum):
    """How one fetch of a source ended. *Unavailable is never zero.*"""

    COMPLETE = "complete"
    PARTIAL = "partial"
    EMPTY = "empty"
    UNAVAILABLE = "unavailable"
    UNAUTHORIZED = "unauthorized"
    CONTRACT_ERROR = "contract_error"
    UNCHANGED = "unchanged"

    @property
    def has_content(self) -> bool:
        """Whether the fetch left pages that can be landed."""
        return self in {FetchState.COMPLETE, FetchState.PARTIAL, FetchState.UNCHANGED}

    @property
    def is_good(self) -> bool:
        """Whether all the portal declared arrived."""
        return self in {FetchState.COMPLETE, FetchState.EMPTY, FetchState.UNCHANGED}


class PortalError(Exception):
    """A fault of the portal (or of what was agreed with it), told so that a person can act.

    `message` says what happened, `expected` what should have come, `action` what to do; Spanish, without
    secrets or personal values. `status`: the HTTP status the portal answered, or the one its body spoke of inside
    a 200; None when no status is the reason.
    """

    def __init__(  # noqa: PLR0913 (the fields of a report, each with its name)
        self,
        state: FetchState,
        message: str,
        *,
        url: str | None = None,
        expected: str | None = None,
        action: str | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.state = state
        self.message = message
        self.url = url
        self.expected = expected
        self.action = action
        self.status = status


class UntrustworthyPages(PortalError):
    """A fault that also discredits the pages read before it."""
