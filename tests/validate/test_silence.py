"""Comments silence rules where they stand, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provkg.validate.silence import Comment, find_comments, is_silent

CASES = {
    "x = 1": [],
    "# provkg: ignore NB112": [Comment(("NB112",), None)],
    "#provkg:ignore nb112, RUN213": [Comment(("NB112", "RUN213"), None)],
    "# provkg: ignore": [Comment((), None)],
    "x = 1\n# provkg: ignore RUN\ny = 2": [Comment(("RUN",), None)],
    "x = 1\ny = 2  # provkg: ignore RUN213": [Comment(("RUN213",), (2, 2))],
    "x = f(\n    1,  # provkg: ignore RUN213\n)": [Comment(("RUN213",), (1, 3))],
    "x = f(\n    # provkg: ignore RUN213\n    1)": [Comment(("RUN213",), (1, 3))],
    "if x:\n    # provkg: ignore RUN213\n    y = 1": [Comment(("RUN213",), None)],
    "x = '# provkg: ignore RUN213'": [],
    "# provkg: ignore RUN213 # because it is a server": [Comment(("RUN213",), None)],
    "!pip install a  # provkg: ignore RUN206": [Comment(("RUN206",), (1, 1))],
    "%cd /tmp\n# provkg: ignore RUN213\nx = 'it": [Comment(("RUN213",), None)],
    "A title\n<!-- provkg: ignore NB114 -->": [Comment(("NB114",), None)],
    "# provkg: do not ignore": [],
}


@pytest.mark.parametrize("text", CASES)
def test_comments_are_found_with_what_they_silence(text: str) -> None:
    assert find_comments(text) == CASES[text]


@given(st.text())
def test_no_text_is_too_strange_to_look_for_comments_in(text: str) -> None:
    assert find_comments(text) == [] or "provkg" in text


@given(st.text(alphabet="ab(\n\t '\"\\%!#", max_size=30))
def test_a_comment_at_the_end_of_any_cell_silences_something(text: str) -> None:
    assert any(
        "NB112" in comment.codes
        for comment in find_comments(f"x = 1\n{text}\nprovkg = 1  # provkg: ignore NB112")
    ) or ("'" in text or '"' in text)


def test_a_code_may_be_shortened_and_a_line_counts_only_behind_code() -> None:
    comments = find_comments("# provkg: ignore RUN\nx = 1  # provkg: ignore NB1")
    assert is_silent(comments, "RUN213", None)
    assert is_silent(comments, "NB112", 2)
    assert not is_silent(comments, "NB112", 3)
    assert not is_silent(comments, "NB112", None)
    assert not is_silent([], "NB112", 2)
