"""The lease: one publisher at a time, and a dead one holds nobody up."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from pipelines.home import Home
from pipelines.publication.lease import LEASE_FILE, PublicationBusyError, publication_lease


def write_lease(home: Home, **facts: object) -> None:
    home.publications.mkdir(parents=True)
    (home.publications / LEASE_FILE).write_bytes(orjson.dumps(facts))


def later() -> str:
    return (datetime.now(UTC) + timedelta(minutes=5)).isoformat()


def test_the_lease_ends_with_its_block(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with publication_lease(home):
        held = orjson.loads((home.publications / LEASE_FILE).read_bytes())
        assert held["pid"] == os.getpid()
        with pytest.raises(PublicationBusyError, match=f"process {os.getpid()} on"), publication_lease(home):
            pass
    assert not (home.publications / LEASE_FILE).exists()


def test_it_ends_with_a_failure_too(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with pytest.raises(ZeroDivisionError), publication_lease(home):
        raise ZeroDivisionError
    with publication_lease(home):
        pass


def test_a_dead_process_of_this_machine_holds_nothing(tmp_path: Path) -> None:
    home = Home(tmp_path)
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    write_lease(home, pid=dead.pid, host=os.uname().nodename, process="1", expires=later())
    with publication_lease(home):
        pass


def test_another_process_with_the_number_of_a_dead_one_holds_nothing(tmp_path: Path) -> None:
    home = Home(tmp_path)
    write_lease(home, pid=os.getpid(), host=os.uname().nodename, process="an earlier start", expires=later())
    with publication_lease(home):
        pass


def test_another_machine_holds_it_until_it_expires(tmp_path: Path) -> None:
    home = Home(tmp_path)
    write_lease(home, pid=1, host="otra-maquina", process="1", expires=later())
    with pytest.raises(PublicationBusyError, match="process 1 on otra-maquina"), publication_lease(home):
        pass
    past = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    (home.publications / LEASE_FILE).write_bytes(
        orjson.dumps({"pid": 1, "host": "otra-maquina", "process": "1", "expires": past})
    )
    with publication_lease(home):
        pass


def test_a_lease_whose_writer_was_killed_midway_holds_nothing(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.publications.mkdir(parents=True)
    (home.publications / LEASE_FILE).write_bytes(b"")
    with publication_lease(home):
        pass
