from __future__ import annotations

import itertools
import re
import sys
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provkg.errors import MissingExtra
from provkg.report import markdown, pages, scores
from provkg.validate.findings import Finding, Place, Report, Silenced
from provkg.validate.profiles import load_rules

RULES = load_rules()
HOSTILE = (
    '<script>alert(1)</script><img src=x onerror="alert(1)">\'"]]>&amp;{{ 7 * 7 }}{% if %}\u202e\x1b[31m'
)


def make_report(text: str = "birds.ipynb", message: str = "no seed") -> Report:
    rule = RULES["ML304"]
    found = Finding(
        rule.code, rule.name, message, rule.severity, "urn:x", None, None, Place(text, 3, 1), "urn:shape"
    )
    return Report(
        text, "urn:x", "notebook", ("ml",), (rule, RULES["ML305"]), (found,), (Silenced(found, "a comment"),),
        {"ML304": 2, "ML305": 1},
    )  # fmt: skip


class Tags(HTMLParser):
    """Counts the elements of a page, and collects its texts and attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_a_page_says_what_was_found_where_and_how_to_mend_it() -> None:
    page = " ".join("".join(Tags(pages.write_html([make_report()])).texts).split())
    for told in (
        "birds.ipynb",
        "cell 3, line 1",
        "no seed",
        "Give the split a seed",
        "1 warning in 1 document",
    ):
        assert told in page


def test_no_text_of_a_notebook_becomes_markup() -> None:
    plain, hostile = (Tags(pages.write_html([make_report(text, text)])) for text in ("birds", HOSTILE))
    assert hostile.tags == plain.tags
    assert [name for name, _ in hostile.attributes] == [name for name, _ in plain.attributes]
    assert not any(name.startswith("on") for name, _ in hostile.attributes)
    assert "<script>alert(1)</script>" in "".join(hostile.texts)
    assert "{{ 7 * 7 }}" in "".join(hostile.texts)


@settings(max_examples=40, deadline=None)
@given(st.text(min_size=1, max_size=40))
def test_no_text_whatever_changes_the_elements_of_a_page(text: str) -> None:
    assert (
        Tags(pages.write_html([make_report(text, text)])).tags
        == Tags(pages.write_html([make_report("a", "a")])).tags
    )


def test_direction_and_control_characters_are_shown_not_obeyed() -> None:
    page = pages.write_html([make_report(HOSTILE)])
    assert "\u202e" not in page
    assert "\x1b" not in page


def test_a_page_loads_nothing_and_runs_nothing() -> None:
    page = pages.write_html([make_report()])
    tags = Tags(page)
    assert not {"script", "link", "img", "iframe", "object", "form"} & set(tags.tags)
    assert not {"src", "href", "action", "srcset"} & {name for name, _ in tags.attributes}
    assert "url(" not in page
    assert "@import" not in page
    assert "default-src 'none'" in page


def test_a_page_can_be_read_by_machine_voices() -> None:
    """One h1, headings in order, header cells with a scope, a language, names for pictures."""
    page = pages.write_html([make_report()])
    tags = Tags(page)
    levels = [int(tag[1]) for tag in tags.tags if re.fullmatch("h[1-6]", tag)]
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert page.count("<th ") == page.count('<th scope="')
    assert ("lang", "en") in tags.attributes
    assert page.count("<svg") == page.count('role="img"') + page.count('aria-hidden="true"')


@pytest.mark.parametrize("colour", pages.COLOURS.values())
def test_white_text_on_a_badge_has_enough_contrast(colour: str) -> None:
    """WCAG 2.1, success criterion 1.4.3: at least 4.5 : 1."""
    channels = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    assert 1.05 / (luminance + 0.05) >= 4.5


def test_a_page_without_findings_says_that_there_are_none() -> None:
    empty = Report("birds.ipynb", "urn:x", "notebook", ("ml",), (RULES["ML304"],), (), (), {"ML304": 1})
    page = pages.write_html([empty])
    assert "nothing to mend" in page
    assert "Mend first" not in page
    assert "100 %" in page


def test_pages_are_the_same_bytes_each_time() -> None:
    assert pages.write_html([make_report()]) == pages.write_html([make_report()])


def test_a_badge_is_an_image_with_the_score() -> None:
    # the one rule that counts is kept; that of the silenced finding is left out
    badge = ElementTree.fromstring(pages.write_badge([make_report()]))  # noqa: S314 - we wrote it
    assert badge.attrib["aria-label"] == "provenance: 100 %"
    assert [text.text for text in badge.iter("{http://www.w3.org/2000/svg}text")] == ["provenance", "100 %"]


def test_a_badge_without_score_says_so() -> None:
    assert "no score" in pages.write_badge([])


def test_without_jinja_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    pages._find_template.cache_clear()
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(MissingExtra, match="jinja2") as caught:
        pages.write_badge([make_report()])
    assert "provkg[report]" in str(caught.value.hint)


# --- Markdown and text --------------------------------------------------------------------------------------


def test_markdown_says_the_same() -> None:
    text = markdown.write_markdown([make_report()])
    assert text.startswith("# Is the record complete? birds.ipynb\n")
    assert "- **ML304** A random split has a seed (warning)" in text
    assert "  - birds.ipynb:cell 3:line 1: no seed" in text


def test_nothing_in_a_name_is_markup_in_markdown() -> None:
    text = markdown.write_markdown([make_report("[a](http://b.c) <b> *x* @jane | www.d.e\n# title")])
    assert "<b>" not in text
    assert "http://b.c" not in text
    assert "@jane" not in text
    assert "\n# title" not in text
    assert r"\[a\](http&#58;//b.c) &#60;b&#62; \*x\* &#64;jane \| www&#46;d.e\\n# title" in text


def test_scores_as_text_name_what_they_stand_on() -> None:
    told = scores.tell_scores([make_report()])
    assert told.splitlines()[0] == "score      100 % complete (1 of 1 rule kept, 1 silenced)"


def test_without_a_score_there_is_no_text_about_it() -> None:
    assert scores.tell_scores([]) == ""
