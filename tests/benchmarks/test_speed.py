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


def test_the_95th_percentile_of_a_hundred_values_is_the_95th() -> None:
    from speed import find_percentile

    assert find_percentile([float(value) for value in range(100, 0, -1)], 95) == 95
