"""What a locator names, and the bytes behind it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pyoxigraph
import pytest
from hypothesis import given
from hypothesis import strategies as st

from provkg.extract.locators import FileContent, Location, change_directory, describe_file, locate


@pytest.mark.parametrize(
    ("locator", "directory", "expected"),
    [
        ("train.csv", "", Location("train.csv", "file", "train.csv", "train.csv")),
        (
            "./data/../train.csv",
            "nb",
            Location("nb/train.csv", "file", "./data/../train.csv", "nb/train.csv"),
        ),
        ("../a b.csv", "nb", Location("a%20b.csv", "file", "../a b.csv", "a b.csv")),
        ("../../x", "nb", Location("_up/x", "file", "../../x", "../x")),
        (r"data\x.csv", "", Location("data/x.csv", "file", "data/x.csv", "data/x.csv")),
        ("out/", "", Location("out", "directory", "out/", "out")),
        (".", "", Location("_root", "directory", ".", ".")),
        (
            "/kaggle/input/x.csv",
            "nb",
            Location("file:///kaggle/input/x.csv", "file", "/kaggle/input/x.csv", None),
        ),
        ("x.csv", "/content", Location("file:///content/x.csv", "file", "x.csv", None)),
        ("~/x.csv", "nb", Location("file:///~/x.csv", "file", "~/x.csv", None)),
        (r"C:\data\x.csv", "", Location("file:///C:/data/x.csv", "file", r"C:\data\x.csv", None)),
        ("s3://bucket/key.csv", "nb", Location("s3://bucket/key.csv", "url", "s3://bucket/key.csv", None)),
        ("https://x.org/ü.csv", "", Location("https://x.org/%C3%BC.csv", "url", "https://x.org/ü.csv", None)),
        ("https://x.org/100%", "", Location("https://x.org/100%25", "url", "https://x.org/100%", None)),
        ("sqlite:///my.db", "nb", Location("nb/my.db", "database", "sqlite:///my.db", "nb/my.db")),
        ("sqlite://", "", Location("urn:provkg:memory", "memory", "sqlite://", None)),
        (
            "postgresql+psycopg2://me:hunter2@host/db",
            "",
            Location(
                "postgresql+psycopg2://me:%3Credacted%3E@host/db",
                "database",
                "postgresql+psycopg2://me:<redacted>@host/db",
                None,
            ),
        ),
    ],
)
def test_a_locator_names_one_thing(locator: str, directory: str, expected: Location) -> None:
    assert locate(locator, directory) == expected


@given(st.text(max_size=60) | st.text(max_size=40).map(lambda text: f"https://{text}"))
def test_every_locator_has_a_valid_id(locator: str) -> None:
    identity = locate(locator, "nb").id
    has_scheme = ":" in identity.partition("/")[0]
    pyoxigraph.NamedNode(identity if has_scheme else f"https://example.org/{identity}")


@pytest.mark.parametrize(
    ("directory", "target", "expected"),
    [
        ("", "data", "data"),
        ("nb", "..", ""),
        ("nb", "/content", "/content"),
        ("nb", "", "~"),
        ("~", "x", "~/x"),
    ],
)
def test_changing_the_directory(directory: str, target: str, expected: str) -> None:
    assert change_directory(directory, target) == expected


def test_a_file_below_the_root_is_described(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"1,2\n")
    digest = "sha256:" + hashlib.sha256(b"1,2\n").hexdigest()
    assert describe_file("a.csv", tmp_path) == FileContent(4, digest)


def test_a_file_over_the_limit_has_a_size_only(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"1,2\n")
    assert describe_file("a.csv", tmp_path, limit_bytes=3) == FileContent(4, None)


def test_what_lies_outside_the_root_is_never_opened(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "secret.csv").write_text("x")
    (root / "link.csv").symlink_to(tmp_path / "secret.csv")
    assert describe_file("../secret.csv", root) is None
    assert describe_file(str(tmp_path / "secret.csv"), root) is None
    assert describe_file("link.csv", root) is None


def test_what_is_no_regular_file_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert [describe_file(name, tmp_path) for name in ("pipe", "loop", ".", "missing", "nul\0")] == [None] * 5
