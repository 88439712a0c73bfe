"""The environment Tequio runs in: variables named `TEQUIO_…`, nothing else.

Here: names, defaults and meaning of the variables. Not here: anything about one source (its YAML
under `sources/` names the variables that hold its address and credentials).
"""

from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from pipelines.home import Home

REPOSITORY = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Read once for each process; pass it on, do not read the environment elsewhere."""

    model_config = SettingsConfigDict(env_prefix="TEQUIO_", extra="ignore", frozen=True)

    home_path: Path = Field(default=REPOSITORY / "var", validation_alias="TEQUIO_HOME")
    sources: Path = REPOSITORY / "sources"
    # sandbox | recordings:<folder> | live. No default for production: `make run` says sandbox, a
    # deployment says live.
    portals: str = "sandbox"
    # 127.0.0.1:<port> of the local portal that answers in the modes sandbox and recordings.
    portal_address: str | None = None
    # How much the sandbox's portals hold; 1 is a full set of sample data.
    sandbox_scale: float = Field(default=1.0, gt=0)
    # smtp://user:password@host:port ; without it alerts are written to var/outbox.
    smtp_url: str | None = None
    mail_from: str = "tequio@localhost"
    mail_to: str = "datos@localhost"
    # Hexadecimal key of the pseudonyms; made on the first run when absent (see docs/privacy.md).
    pseudonym_key: str | None = None
    # Seconds that fetching may take in one run; who isn't ready then resumes in the next one.
    fetch_budget_seconds: float = 1800.0
    # Sources fetched side by side. Four keep two cores busy while portals are slow.
    fetch_lanes: int = 4
    # Address under which the publication is served, for links in messages and in Dagster.
    public_url: str | None = None

    @field_validator("portals")
    @classmethod
    def _known_portals(cls, value: str) -> str:
        mode, _, folder = value.partition(":")
        if value in {"sandbox", "live"} or (mode == "recordings" and folder):
            return value
        message = f"TEQUIO_PORTALS is {value!r}; expected sandbox, live or recordings:<folder>"
        raise ValueError(message)

    @field_validator("home_path")
    @classmethod
    def _a_folder(cls, value: Path) -> Path:
        if value.exists() and not value.is_dir():
            message = f"TEQUIO_HOME is {value}, a file; expected a folder, which is made when missing"
            raise ValueError(message)
        return value

    @property
    def home(self) -> Home:
        """The folders of this run."""
        return Home(self.home_path.resolve())

    @property
    def portal_mode(self) -> Literal["sandbox", "recordings", "live"]:
        """Who answers for the portals' hosts."""
        if self.portals.startswith("recordings:"):
            return "recordings"
        return "live" if self.portals == "live" else "sandbox"

    @property
    def recordings_folder(self) -> Path | None:
        """The folder named in `recordings:<folder>`."""
        _, _, folder = self.portals.partition(":")
        return Path(folder).resolve() if folder else None
