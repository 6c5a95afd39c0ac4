"""Which distributions modules come from."""

from __future__ import annotations

from pathlib import Path

from provkg.capture.packages import find_distributions, find_providers, normalise


def install(
    folder: Path, name: str, version: str, *, top: str | None = None, record: str | None = None
) -> None:
    metadata = folder / f"{name}-{version}.dist-info"
    metadata.mkdir()
    for file, text in (("top_level.txt", top), ("RECORD", record)):
        if text is not None:
            (metadata / file).write_text(text)


def test_distributions_are_told_from_the_names_of_their_folders(tmp_path: Path) -> None:
    install(tmp_path, "Typing_Extensions", "4.0")
    (tmp_path / "numpy").mkdir()
    assert {name: version for name, (version, _) in find_distributions(str(tmp_path))} == {
        "typing-extensions": "4.0"
    }


def test_a_module_comes_from_the_distribution_that_says_so(tmp_path: Path) -> None:
    install(tmp_path, "numpy", "2.0")
    install(tmp_path, "scikit_learn", "1.5", top="sklearn\n")
    install(tmp_path, "python_dateutil", "2.9", record="dateutil/__init__.py,sha256=x,1\n")
    found = dict(find_distributions(str(tmp_path)))
    assert find_providers(found, {"numpy", "sklearn", "dateutil", "unknown"}) == {
        "numpy": "numpy",
        "sklearn": "scikit-learn",
        "dateutil": "python-dateutil",
    }


def test_names_are_normalised_as_pypi_does() -> None:
    assert normalise("Zope.Interface__x") == "zope-interface-x"
