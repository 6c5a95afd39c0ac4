"""What a program runs on."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from provkg.capture.deployment import Repository, allowed_variables, read_machine

GIT = ("git", "-c", "user.name=Ada", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")


def git(place: Path, *arguments: str) -> str:
    done = subprocess.run([*GIT, *arguments], cwd=place, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_only_variables_that_say_how_a_program_computes_are_told() -> None:
    given = {"OMP_NUM_THREADS": "4", "LC_ALL": "C", "AWS_SECRET_ACCESS_KEY": "x", "HOME": "/home/me",
             "TF_API_TOKEN": "x", "HF_TOKEN": "x", "WANDB_API_KEY": "x", "PYTHONHASHSEED": "0"}  # fmt: skip
    assert allowed_variables(given) == {"LC_ALL": "C", "OMP_NUM_THREADS": "4", "PYTHONHASHSEED": "0"}


def test_the_machine_is_told() -> None:
    machine = read_machine()
    assert machine["cores"] >= 1
    assert machine["python"].count(".") == 2


def test_a_commit_is_told_and_whether_files_differ_from_it(tmp_path: Path) -> None:
    try:
        git(tmp_path, "init", "-q")
    except FileNotFoundError:
        pytest.skip("there is no git")
    (tmp_path / "a.py").write_text("a")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    (tmp_path / "new.txt").write_text("not known to git")
    clean = Repository(str(tmp_path)).read()
    assert (clean["commit"], clean["clean"]) == (git(tmp_path, "rev-parse", "HEAD"), True)
    (tmp_path / "a.py").write_text("b")
    assert Repository(str(tmp_path)).read()["clean"] is False


def test_where_there_is_no_repository_nothing_is_told(tmp_path: Path) -> None:
    assert Repository(str(tmp_path)).read() == {}
