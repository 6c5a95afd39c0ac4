from pathlib import Path

import pytest


def test_the_stages_take_turns_at_going_first() -> None:
    from speed import time_stages

    calls: list[str] = []
    stages = {title: lambda data, name, title=title: calls.append(title) for title in "abc"}
    time_stages(stages, b"", "x.ipynb", rounds=2)
    assert "".join(calls) == "abc" + "bca" + "cab"


def test_the_first_round_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    import speed

    times = iter([0.1, 5.0, 3.0])
    monkeypatch.setattr(speed, "time_stage", lambda stage, data, name: next(times))
    assert speed.time_stages({"a": print}, b"", "x.ipynb", rounds=2) == {"a": 3.0}


def test_the_floor_reads_every_format_and_gives_up_on_magics() -> None:
    from cells import parse_cells

    old = b'{"worksheets": [{"cells": [{"cell_type": "code", "input": ["a = 1\\n", "b = a"]}]}]}'
    new = (
        b'{"cells": [{"cell_type": "code", "source": "%time x"}, {"cell_type": "code", "source": "await x"}]}'
    )
    assert (parse_cells(old), parse_cells(new)) == (1, 1)


def test_a_generated_notebook_has_only_cells_that_parse() -> None:
    from cells import parse_cells
    from generate import make_notebook

    assert parse_cells(make_notebook(40)) == 40


@pytest.mark.parametrize(
    "notebook",
    [
        b'{"cells": [{"cell_type": "markdown", "source": "a"}, {"cell_type": "code", "source": ["a = 1\\n", "b"]}]}',
        b'{"worksheets": [{"cells": [{"cell_type": "code", "input": "a = 1\\nb"}]}]}',
    ],
)
def test_a_changed_notebook_differs_in_its_first_code_cell(notebook: bytes) -> None:
    from cells import read_code
    from generate import change_cell

    assert read_code(change_cell(notebook)) == ["a = 1\nb\nchanged = True"]


def test_the_store_is_filled_and_filled_again(tmp_path: Path) -> None:
    from generate import make_notebook
    from speed import measure_store

    for name in "abc":
        (tmp_path / f"{name}.ipynb").write_bytes(make_notebook(3))
    section = measure_store(sorted(tmp_path.iterdir()), tmp_path, rounds=1)
    assert [row[0] for row in section.rows] == [
        "pyoxigraph bulk load",
        "fresh",
        "again, unchanged",
        "again, one cell changed",
    ]
    assert "3 notebooks" in section.title


def test_the_95th_percentile_of_a_hundred_values_is_the_95th() -> None:
    from speed import find_percentile

    assert find_percentile([float(value) for value in range(100, 0, -1)], 95) == 95
