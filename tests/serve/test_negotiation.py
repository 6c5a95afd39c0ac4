"""The format of an answer is the one that the client likes best."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provkg.errors import RequestError
from provkg.serve.negotiation import GRAPHS, ROWS, choose_offer


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, "application/sparql-results+json"),
        ("", "application/sparql-results+json"),
        ("*/*", "application/sparql-results+json"),
        ("text/csv", "text/csv"),
        ("TEXT/CSV; header=present", "text/csv"),
        ("text/*", "text/csv"),
        ("text/tab-separated-values", "text/tab-separated-values"),
        ("application/json", "application/json"),
        ("application/sparql-results+xml, application/sparql-results+json;q=0.9", "application/sparql-results+xml"),
        ("application/sparql-results+xml;q=0.8, application/sparql-results+json;q=0.9", "application/sparql-results+json"),
        ("application/sparql-results+xml;q=0.8 , */* ; q=0.1", "application/sparql-results+xml"),
        ("application/sparql-results+json;q=0, */*", "application/sparql-results+xml"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/xml"),
        ("text/csv;q=nonsense", "text/csv"),
        ("text/csv;q=7", "text/csv"),
        ("image/png, ,text/csv", "text/csv"),
    ],
)  # fmt: skip
def test_rows_come_as_the_client_likes_them(accept: str | None, media_type: str) -> None:
    assert choose_offer(accept, ROWS).media_type == media_type


@pytest.mark.parametrize("accept", ["text/turtle", "image/*", "text/csv;q=0", "*/*;q=0", "nonsense"])
def test_what_cannot_be_had_is_not_acceptable(accept: str) -> None:
    with pytest.raises(RequestError, match="no such format") as caught:
        choose_offer(accept, ROWS)
    assert caught.value.status == 406
    assert "text/csv" in str(caught.value.hint)


@given(st.text())
def test_every_header_has_an_answer(accept: str) -> None:
    with suppress(RequestError):
        assert choose_offer(accept, GRAPHS) in GRAPHS
