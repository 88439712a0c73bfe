"""`python -m pipelines.sandbox` as a process: ready line, faults, stop, errors."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import requests

from pipelines.sandbox.__main__ import main


def test_process_says_its_address_and_stops(repository: Path, tmp_path: Path) -> None:
    """One JSON line when ready; faults from the command line; SIGTERM ends it with 0."""
    command = [sys.executable, "-m", "pipelines.sandbox", "--data", str(tmp_path), "--scale", "0.01"]
    command += ["--fault", "yucatan_inaip=down"]
    with subprocess.Popen(command, cwd=repository, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = json.loads(process.stdout.readline())["address"]
        host, _, port = address.partition(":")
        assert host == "127.0.0.1"
        assert int(port) > 0
        headers = {"Host": "captura.contratacionesabiertas.inaipyucatan.org.mx"}
        answer = requests.get(f"http://{address}/edca/fiscalYears", headers=headers, timeout=10)
        assert answer.status_code == 503
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0


def test_unusable_arguments(tmp_path: Path) -> None:
    """Unknown faults, folders without declarations or index end with 2 before anything is served."""
    data = ["--data", str(tmp_path / "data"), "--scale", "0.01"]
    assert main([*data, "--recordings", str(tmp_path)]) == 2
    assert main([*data, "--sources", str(tmp_path)]) == 2
    assert main([*data, "--fault", "yucatan_inaip=roto"]) == 2
