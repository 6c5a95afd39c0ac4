from pathlib import Path

import pytest


def test_a_section_replaces_what_stood_between_its_markers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tables

    monkeypatch.setattr(tables, "README", tmp_path / "README.md")
    tables.README.write_text("# B\n<!-- begin a -->\nold\n<!-- end a -->\n<!-- begin b -->\n<!-- end b -->\n")
    tables.write_section("a", "| \\1 |")
    expected = "# B\n<!-- begin a -->\n\n| \\1 |\n\n<!-- end a -->\n<!-- begin b -->\n<!-- end b -->\n"
    assert tables.README.read_text() == expected
    with pytest.raises(ValueError, match="the markers of 'c' are there 0 times"):
        tables.write_section("c", "")


@pytest.mark.parametrize("name", ["speed", "accuracy", "headergen", "robustness", "validation"])
def test_the_readme_has_a_place_for_every_section(name: str) -> None:
    import tables

    text = tables.README.read_text()
    assert text.count(f"<!-- begin {name} -->") == text.count(f"<!-- end {name} -->") == 1


def test_a_table_aligns_its_columns() -> None:
    from tables import format_table

    assert format_table(["what", "n"], [["a", 1], ["longer", 12345]]) == (
        "| what   |     n |\n"
        "| ------ | ----: |\n"
        "| a      |     1 |\n"
        "| longer | 12345 |"
    )  # fmt: skip
