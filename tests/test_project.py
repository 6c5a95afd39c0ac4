"""The project that a notebook lies in: root, settings, base."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

import pytest

from provkg.errors import SettingsError, StoreError
from provkg.identity import digest_bytes, named_information
from provkg.project import Project, archive_base, find_project, open_home, parse_base


def write(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def settings_error(folder: Path, text: str) -> SettingsError:
    write(folder / "provkg.toml", text)
    with pytest.raises(SettingsError) as caught:
        find_project(folder)
    return caught.value


def clone(folder: Path, url: str) -> Path:
    write(
        folder / ".git/config", f'[core]\n\tbare = false\n[remote "origin"]\n\turl = {url}\n\tfetch = +refs\n'
    )
    return folder


def base_of(folder: Path) -> str:
    base = open_home(find_project(folder)).base
    assert base is not None
    return base


# --- the root -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("marker", "text", "found_by"),
    [
        (".provkg/project.toml", f'uuid = "{uuid.UUID(int=1)}"', "store"),
        ("provkg.toml", "", "settings"),
        ("pyproject.toml", "[tool.provkg]", "settings"),
        ("pyproject.toml", "[project]", "repository"),
        (".git/config", "", "repository"),
        (".git", "gitdir: elsewhere", "repository"),
    ],
)
def test_the_root_is_the_nearest_folder_that_says_so(
    tmp_path: Path, marker: str, text: str, found_by: str
) -> None:
    write(tmp_path / marker, text)
    notebook = write(tmp_path / "a/b/c.ipynb")
    assert (find_project(notebook).root, find_project(notebook).found_by) == (tmp_path, found_by)


def test_settings_inside_a_repository_make_a_project_of_their_own(tmp_path: Path) -> None:
    clone(tmp_path, "https://example.org/lab/study")
    write(tmp_path / "part/provkg.toml")
    write(tmp_path / "part/deep/pyproject.toml", "[project]\nname = 'x'")
    assert find_project(tmp_path / "part/deep").root == tmp_path / "part"


def test_without_any_sign_the_root_is_where_we_started(tmp_path: Path) -> None:
    project = find_project(tmp_path / "no" / "such.ipynb")
    assert project == Project(tmp_path / "no", "start")


def test_a_broken_pyproject_of_somebody_else_is_nobodys_business(tmp_path: Path) -> None:
    write(tmp_path / "pyproject.toml", "[broken")
    assert find_project(tmp_path).found_by == "repository"


def test_a_pyproject_that_only_mentions_provkg_has_no_settings(tmp_path: Path) -> None:
    write(tmp_path / "pyproject.toml", "[project]\ndependencies = ['provkg']\n")
    assert find_project(tmp_path).found_by == "repository"


# --- the settings -------------------------------------------------------------------------------------------


def test_settings_come_with_their_paths_resolved(tmp_path: Path) -> None:
    write(tmp_path / "calls.toml")
    write(tmp_path / "data/train.csv")
    write(
        tmp_path / "pyproject.toml",
        "[tool.provkg]\nbase = 'https://w3id.org/my/project'\nknowledge = ['calls.toml']\n"
        "redact = ['s3cr\\w+']\ndata_root = 'data'\nsource = false\n",
    )
    project = find_project(tmp_path)
    assert project.base == project.settings.base == "https://w3id.org/my/project/"
    assert project.settings.knowledge == (tmp_path / "calls.toml",)
    assert project.settings.redact == (r"s3cr\w+",)
    assert project.settings.data_root == tmp_path / "data"
    assert (project.settings.source, project.settings.outputs) == (False, True)


def test_a_misspelt_setting_names_the_nearest_one(tmp_path: Path) -> None:
    error = settings_error(tmp_path, "redcat = ['x']")
    assert str(error) == f"{tmp_path / 'provkg.toml'}: there is no setting 'redcat'"
    assert error.hint == "did you mean redact?"


def test_a_setting_like_no_other_lists_those_there_are(tmp_path: Path) -> None:
    assert settings_error(tmp_path, "zzz = 1").hint == (
        "known settings are base, knowledge, redact, data_root, source, outputs, publication, profile, select, ignore, fail_on"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("base = 3", "base must be a text"),
        ("base = 'my/project'", "the base 'my/project' is not an absolute IRI"),
        (
            "base = 'http://e.org/#x'",
            "the base 'http://e.org/#x' is not an absolute IRI",
        ),
        ("knowledge = 'calls.toml'", "knowledge must be a list of texts"),
        ("knowledge = ['calls.toml']", "knowledge names 'calls.toml', and there is no such file"),
        ("redact = ['(']", "redact has '(', which is not a regular expression"),
        ("data_root = 'data'", "data_root names 'data', and there is no such folder"),
        ("data_root = '..'", "data_root names '..', which lies outside the project"),
        ("knowledge = ['/etc/passwd']", "knowledge names '/etc/passwd', which lies outside the project"),
        ("source = 'no'", "source must be true or false"),
        ("a = ", "is not valid TOML"),
    ],
)
def test_a_setting_that_makes_no_sense_says_why(tmp_path: Path, text: str, message: str) -> None:
    error = settings_error(tmp_path, text)
    assert error.message.startswith(message)
    assert error.path == str(tmp_path / "provkg.toml")


def test_a_link_does_not_lead_settings_out_of_the_project(tmp_path: Path) -> None:
    write(tmp_path / "outside/secret.toml")
    (tmp_path / "project").mkdir()
    (tmp_path / "project/calls.toml").symlink_to(tmp_path / "outside/secret.toml")
    assert "outside the project" in settings_error(tmp_path / "project", "knowledge = ['calls.toml']").message


def test_settings_under_pyproject_must_be_a_table(tmp_path: Path) -> None:
    write(tmp_path / "pyproject.toml", "[tool]\nprovkg = 3")
    with pytest.raises(SettingsError, match="not a table"):
        find_project(tmp_path)


@pytest.mark.parametrize(
    "text", ["http://e.org/a b", "http://e.org/<x>", "http:", "//e.org/", "http://e.org/?q="]
)
def test_what_is_no_base_is_refused(text: str) -> None:
    with pytest.raises(SettingsError):
        parse_base(text)


# --- the base -----------------------------------------------------------------------------------------------


def test_a_project_has_a_base_from_its_first_use_on(tmp_path: Path) -> None:
    assert find_project(tmp_path).base is None
    made = open_home(find_project(tmp_path))
    assert made.base is not None
    assert made.base.startswith("arcp://uuid,")
    assert find_project(tmp_path).base == open_home(find_project(tmp_path)).base == made.base
    assert sorted(os.listdir(made.home)) == [".gitignore", "project.toml"]
    assert (made.home / ".gitignore").read_text() == "*\n"


def test_projects_without_an_origin_differ(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(tmp_path / name / "provkg.toml")
    assert base_of(tmp_path / "one") != base_of(tmp_path / "two")


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/lab/study",
        "https://example.org/lab/study.git/",
        "https://me:token@Example.org/lab/study.git",
        "ssh://git@example.org:2222/lab/study.git",
        "git@example.org:lab/study.git",
        "example.org:lab/study",
    ],
)
def test_clones_agree_on_their_base_however_they_were_cloned(tmp_path: Path, url: str) -> None:
    base = base_of(clone(tmp_path, url))
    assert base == f"arcp://uuid,{uuid.uuid5(uuid.NAMESPACE_URL, 'https://example.org/lab/study#')}/"


@pytest.mark.parametrize(
    "url", ["/srv/git/study.git", "../study", "file:///srv/git/study.git", r"C:\git\study"]
)
def test_a_clone_of_a_folder_shares_no_base_with_others(tmp_path: Path, url: str) -> None:
    assert base_of(clone(tmp_path / "one", url)) != base_of(clone(tmp_path / "two", url))


@pytest.mark.parametrize("config", ["not an ini file", '[remote "origin"]', "[remote", "\x00"])
def test_a_broken_git_config_does_not_stop_us(tmp_path: Path, config: str) -> None:
    write(tmp_path / ".git/config", config)
    assert base_of(tmp_path).startswith("arcp://uuid,")


def test_two_projects_in_one_repository_differ(tmp_path: Path) -> None:
    clone(tmp_path, "https://example.org/lab/study")
    for name in ("one", "two"):
        write(tmp_path / name / "provkg.toml")
    assert base_of(tmp_path / "one") != base_of(tmp_path / "two")


def test_a_base_in_the_settings_wins_over_the_uuid(tmp_path: Path) -> None:
    open_home(find_project(tmp_path))
    write(tmp_path / "provkg.toml", "base = 'https://w3id.org/x/'")
    assert base_of(tmp_path) == "https://w3id.org/x/"


@pytest.mark.parametrize("text", ["", "uuid = 3", "uuid = 'x'"])
def test_a_spoilt_uuid_is_an_error_and_not_a_new_base(tmp_path: Path, text: str) -> None:
    write(tmp_path / ".provkg/project.toml", text)
    with pytest.raises(SettingsError, match="does not hold the project's uuid"):
        find_project(tmp_path)


def test_a_home_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    write(tmp_path / ".provkg", "a file where the folder should be")
    with pytest.raises(StoreError, match="cannot keep a store here") as caught:
        open_home(find_project(tmp_path))
    assert caught.value.hint is not None


def test_the_base_of_one_file_is_its_digest() -> None:
    digest = digest_bytes(b"notebook")
    assert (
        archive_base([("anywhere/a.ipynb", digest)])
        == named_information(digest).replace("ni:///", "arcp://ni,") + "/"
    )


def test_the_base_of_several_files_does_not_depend_on_their_order() -> None:
    files = [("a.ipynb", digest_bytes(b"a")), ("b.ipynb", digest_bytes(b"b"))]
    assert archive_base(files) == archive_base(files[::-1]) != archive_base(files[:1])
    assert archive_base(files) != archive_base(
        [("a.ipynb", digest_bytes(b"b")), ("b.ipynb", digest_bytes(b"a"))]
    )


def test_settings_of_validation_are_lists_or_one_name(tmp_path: Path) -> None:
    text = 'profile = "fair"\nignore = ["RUN213", "NB"]\nfail-on = "warning"'
    (tmp_path / "provkg.toml").write_text(text, encoding="utf-8")
    found = find_project(tmp_path).settings
    assert (found.profile, found.ignore, found.fail_on) == (("fair",), ("RUN213", "NB"), "warning")


def test_a_severity_like_no_other_lists_those_there_are(tmp_path: Path) -> None:
    assert "violation, warning, info" in settings_error(tmp_path, 'fail_on = "error"').message
