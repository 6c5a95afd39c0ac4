from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from provkg.capture.startup import install_startup, remove_startup, startup_file
from provkg.cli.kernel import kernel


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    return tmp_path


def test_what_is_installed_is_one_file_and_goes_again(home: Path) -> None:
    path = install_startup()
    assert [each for each in home.rglob("*") if each.is_file()] == [path]
    assert path == home / "profile_default" / "startup" / "50-provkg.py"
    assert remove_startup() == path
    assert [each for each in home.rglob("*") if each.is_file()] == []
    assert remove_startup() is None


def test_the_file_leaves_no_names_and_no_error_behind() -> None:
    code = compile(install_startup().read_text(), "startup", "exec")
    names: dict[str, object] = {
        "__builtins__": {
            "__import__": lambda *_, **__: (_ for _ in ()).throw(ImportError),
            "ImportError": ImportError,
        }
    }
    exec(code, names)  # noqa: S102
    assert set(names) == {"__builtins__", "__doc__"}


def test_the_folder_is_that_of_the_user(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IPYTHONDIR")
    monkeypatch.setenv("HOME", str(home))
    assert startup_file("other") == home / ".ipython" / "profile_other" / "startup" / "50-provkg.py"


def test_the_command_says_what_it_wrote_where() -> None:
    runner = CliRunner()
    installed = runner.invoke(kernel, ["install"], standalone_mode=False)
    assert str(startup_file()) in installed.output
    removed = runner.invoke(kernel, ["remove"], standalone_mode=False)
    assert (removed.return_value, f"removed {startup_file()}" in removed.output) == (0, True)
    assert runner.invoke(kernel, ["remove"], standalone_mode=False).return_value == 1
