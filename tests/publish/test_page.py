"""The landing page: whole, without network or script, and safe whatever stands in a notebook."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from provkg.publish.metadata import Metadata
from provkg.publish.packing import write_package

from .conftest import Publish, notebook, text_of

PAGE = "ro-crate-preview.html"


class Elements(HTMLParser):
    """The start tags of a page, with their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def elements(page: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Elements()
    parser.feed(page)
    return parser.found


def test_a_reader_finds_what_was_done_from_which_data_with_which_result(publish: Publish) -> None:
    page = text_of(publish(), PAGE)
    titles = re.findall(r"<h2>(.*?)</h2>", page)
    assert titles == [
        "growth.ipynb: what was done",
        "Data",
        "Models, and which data trained them",
        "Environment",
        "How complete this is",
        "Files",
        "Ask the provenance",
    ]
    assert "<h1>Growth under blue light</h1>" in page
    assert "4 of 4 cells of code are known to have run." in page
    assert '<a href="data/train.csv">data/train.csv</a>' in page
    assert "sklearn.linear_model.LinearRegression" in page


def test_the_drawing_leads_from_the_data_to_the_model_and_the_result(publish: Publish) -> None:
    page = text_of(publish(), PAGE)
    drawing = page[page.index("<svg") : page.index("</svg>")]
    texts = re.findall(r"<text[^>]*>(.*?)</text>", drawing)
    assert {"data/train.csv", "out.csv", "model"} <= set(texts)
    assert drawing.count("<path") == 5  # file to cell, cell to two cells, to the model, to the result


def test_nothing_is_fetched_and_nothing_runs(publish: Publish) -> None:
    for tag, attributes in elements(text_of(publish(), PAGE)):
        assert tag not in ("img", "iframe", "object", "form", "base")
        assert tag != "script" or attributes == {"type": "application/ld+json"}
        assert not any(name.startswith("on") for name in attributes)
        assert tag != "link" or attributes["rel"] not in ("stylesheet", "preload", "icon")


def test_machines_find_their_way_by_signposts(publish: Publish, metadata: Metadata) -> None:
    package = publish(metadata=replace(metadata, doi="10.5281/zenodo.1"))
    links = [attributes for tag, attributes in elements(text_of(package, PAGE)) if tag == "link"]
    by_kind = {str(each["rel"]): each["href"] for each in links}
    assert by_kind["cite-as"] == "https://doi.org/10.5281/zenodo.1"
    assert by_kind["license"] == "https://spdx.org/licenses/CC-BY-4.0"
    assert by_kind["author"] == "https://orcid.org/0000-0002-1825-0097"
    assert {"rel": "describedby", "href": "ro-crate-metadata.json", "type": "application/ld+json"} in links
    assert {"rel": "item", "href": "data/train.csv", "type": "text/csv"} in links


def test_search_engines_find_a_data_set_with_a_context_that_nobody_has_to_fetch(publish: Publish) -> None:
    page = text_of(publish(), PAGE)
    told = json.loads(
        page[page.index('<script type="application/ld+json"') :].partition(">")[2].partition("</script>")[0]
    )
    assert told["@context"]["@vocab"] == "https://schema.org/"
    assert told["@type"][0] == "Dataset"
    assert told["license"] == "https://spdx.org/licenses/CC-BY-4.0"
    assert 50 <= len(told["description"]) <= 5000
    assert {"title": told["name"], "file": told["distribution"][0]["contentUrl"]} == {
        "title": "Growth under blue light",
        "file": "growth.ipynb",
    }
    assert [each["name"] for each in told["variableMeasured"]] == ["height", "light"]
    assert told["isAccessibleForFree"] is True


HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'&lt;"


def test_nothing_in_a_notebook_can_break_out_of_its_place(
    publish: Publish, study: Path, metadata: Metadata
) -> None:
    book = notebook(
        ("markdown", f"# {HOSTILE}\n\n{HOSTILE}"),
        ("code", f"import pandas as pd\nx = pd.read_csv({HOSTILE!r})\nx.to_csv('javascript:alert(1)')"),
    )
    (study / "hostile.ipynb").write_text(book, encoding="utf-8")
    told = replace(metadata, title=HOSTILE, description=HOSTILE, keywords=(HOSTILE,), publisher=HOSTILE)
    page = text_of(publish("hostile.ipynb", metadata=told), PAGE)
    tags = [tag for tag, _ in elements(page)]
    assert tags.count("script") == 1
    assert "img" not in tags
    assert not any(
        (attributes.get("href") or "").startswith("javascript:") for _, attributes in elements(page)
    )


def test_a_page_says_what_it_does_not_know(publish: Publish) -> None:
    page = text_of(publish("plot.py", metadata=Metadata()), PAGE)
    assert "No run is known" in page
    assert "Not said: licence" in page


@pytest.mark.skipif(shutil.which("chromium") is None, reason="Chromium is not installed")
def test_a_browser_shows_the_main_parts(publish: Publish, tmp_path: Path) -> None:
    write_package(publish().items, tmp_path / "crate")
    page = (tmp_path / "crate" / PAGE).as_uri()
    browser = [
        "chromium",
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={tmp_path / 'profile'}",
    ]
    picture = tmp_path / "page.png"
    size = ["--window-size=1000,2400", f"--screenshot={picture}"]
    subprocess.run([*browser, *size, page], check=True, capture_output=True, timeout=300)
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size > 20_000  # an empty page of that size has less than 10,000 bytes
    shown = subprocess.run([*browser, "--dump-dom", page], check=True, capture_output=True, timeout=300)
    assert elements(shown.stdout.decode())[0] == ("html", {"lang": "en"})
    assert shown.stdout.decode().count("<section") == 7
