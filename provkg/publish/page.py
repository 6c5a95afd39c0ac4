"""The landing page of a publication: one file of HTML that needs no network and no script.

Everything in it may come from notebooks of others, so every text is escaped, and only web addresses and files
of the crate become links. A content security policy forbids everything but the style.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from html import escape

from provkg.publish.crate import METADATA_FILE, Contents, tell_use
from provkg.publish.entities import is_web, time
from provkg.publish.items import Item
from provkg.publish.metadata import Person, find_missing
from provkg.publish.picture import draw_lineage, first_line, size
from provkg.publish.search import tell_for_search
from provkg.publish.study import Cell, DataFile, Execution, Program, Study
from provkg.query.models import Explanation

STYLE = """
:root{--paper:#fff;--ink:#1b1b1b;--grey:#666;--line:#ccc;--soft:#f3f3f3;--link:#0b62a4}
@media(prefers-color-scheme:dark){
:root{--paper:#161616;--ink:#e8e8e8;--grey:#a0a0a0;--line:#444;--soft:#242424;--link:#7cc4ff}}
body{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:0 auto;padding:1.5rem;
background:var(--paper);color:var(--ink)}
h1{line-height:1.2;margin-bottom:.2em}h2{margin-top:2em;border-bottom:1px solid var(--line)}
a{color:var(--link)}table{border-collapse:collapse;width:100%;font-size:.92rem}
td,th{text-align:left;vertical-align:top;padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--line)}
code{font-family:ui-monospace,monospace;font-size:.88em;overflow-wrap:anywhere}
pre{background:var(--soft);padding:.7rem;overflow-x:auto}
.meta{color:var(--grey)}.failed{color:#c0392b}.scroll{overflow-x:auto}
.card{border:1px solid var(--line);border-radius:.5rem;padding:.2rem 1rem;margin:1rem 0}
svg{width:100%;height:auto;font:13px system-ui,sans-serif}
svg rect{fill:var(--paper);stroke:#888}svg .file rect{stroke:#2a9d8f;stroke-width:2}
svg .model rect{stroke:#c99a1f;stroke-width:2}svg text{fill:var(--ink)}
svg .note{fill:var(--grey);font-size:11px}
svg path{fill:none;stroke:#888}svg .inner{stroke-dasharray:4 3}
"""

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def write_page(contents: Contents, left_out: Sequence[str], version: str) -> bytes:
    """The page, as HTML5; `version` is that of provkg."""
    parts = [*write_head(contents), "<body>", *write_title(contents), "<main>"]
    for program in contents.study.programs:
        parts += write_program(contents, program)
    parts += write_data(contents)
    parts += write_models(contents.study)
    parts += write_environment(contents.study)
    parts += write_completeness(contents, left_out)
    parts += write_files(contents)
    parts += write_questions(contents.study)
    maker = link("https://pypi.org/project/provkg/", "provkg")
    made = f"Made by {maker} {escape(version)}. Nothing was run for it."
    parts += ["</main>", f'<footer class="meta"><p>{made}</p></footer>', "</body>", "</html>"]
    return ("\n".join(parts) + "\n").encode("utf-8", "replace")


# --- pieces ---------------------------------------------------------------------------------------------


def link(address: str | None, text: str) -> str:
    """A link, where the address is one on the web; else the text alone."""
    if address is None or not is_web(address):
        return escape(text)
    return f'<a href="{escape(address)}">{escape(text)}</a>'


def code(text: str) -> str:
    """A text as code."""
    return f"<code>{escape(text)}</code>" if text else ""


def section(identifier: str, title: str, *content: str) -> list[str]:
    """A part of the page."""
    return [f'<section id="{identifier}">', f"<h2>{escape(title)}</h2>", *content, "</section>"]


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table of cells that are HTML already."""
    head = "".join(f'<th scope="col">{escape(each)}</th>' for each in heads)
    body = ["<tr>" + "".join(f"<td>{each}</td>" for each in row) + "</tr>" for row in rows]
    top = f"<thead><tr>{head}</tr></thead>" if heads else ""
    return [f'<div class="scroll"><table>{top}<tbody>', *body, "</tbody></table></div>"]


def items(texts: Iterable[str]) -> list[str]:
    """A list of texts that are HTML already."""
    return ["<ul>", *(f"<li>{text}</li>" for text in texts), "</ul>"]


# --- head and title -------------------------------------------------------------------------------------


def write_head(contents: Contents) -> Iterator[str]:
    """Title, Signposting links, and schema.org for machines."""
    metadata = contents.metadata
    title, description = metadata.title or "Research crate", metadata.description or ""
    yield "<!DOCTYPE html>"
    yield '<html lang="en">'
    yield "<head>"
    yield '<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{escape(title)}</title>"
    yield f'<meta name="description" content="{escape(description)}">'
    yield from signposts(contents)
    yield f"<style>{STYLE}</style>"
    told = json.dumps(tell_for_search(contents), ensure_ascii=False, indent=1)
    safe = told.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    yield f'<script type="application/ld+json">\n{safe}\n</script>'
    yield "</head>"


def signposts(contents: Contents) -> Iterator[str]:
    """What machines follow (FAIR Signposting, level 1), as far as a static page can say it."""
    metadata = contents.metadata
    if metadata.doi:
        yield f'<link rel="cite-as" href="https://doi.org/{escape(metadata.doi)}">'
    yield '<link rel="type" href="https://schema.org/Dataset">'
    yield '<link rel="type" href="https://schema.org/AboutPage">'
    if metadata.licence and " " not in metadata.licence:
        yield f'<link rel="license" href="https://spdx.org/licenses/{escape(metadata.licence)}">'
    for person in metadata.creators:
        if person.orcid:
            yield f'<link rel="author" href="{escape(person.orcid)}">'
    yield f'<link rel="describedby" href="{METADATA_FILE}" type="application/ld+json">'
    for item in contents.items:
        kind = "describedby" if item.path in ("datacite.json", "provenance.trig") else "item"
        yield f'<link rel="{kind}" href="{escape(item.id)}" type="{escape(item.media_type)}">'


def write_title(contents: Contents) -> Iterator[str]:
    """What it is, by whom, under which licence."""
    metadata = contents.metadata
    yield "<header>"
    yield f"<h1>{escape(metadata.title or 'Research crate')}</h1>"
    if metadata.creators:
        yield "<p>" + ", ".join(map(write_person, metadata.creators)) + "</p>"
    facts = [metadata.date, f"version {metadata.version}" if metadata.version else None, metadata.publisher]
    shown = [escape(fact) for fact in facts if fact]
    if metadata.licence:
        shown.append(link(f"https://spdx.org/licenses/{metadata.licence}", metadata.licence))
    if metadata.doi:
        shown.append(link(f"https://doi.org/{metadata.doi}", f"doi:{metadata.doi}"))
    if metadata.paper:
        shown.append("for the paper " + link(f"https://doi.org/{metadata.paper}", f"doi:{metadata.paper}"))
    yield f'<p class="meta">{" · ".join(shown)}</p>'
    if metadata.description:
        yield f"<p>{escape(metadata.description)}</p>"
    if metadata.keywords:
        yield f'<p class="meta">{escape(", ".join(metadata.keywords))}</p>'
    yield "</header>"


def write_person(person: Person) -> str:
    """A creator, with the ORCID where there is one."""
    works = f" ({link(person.ror, person.affiliation)})" if person.affiliation else ""
    return link(person.orcid, person.name) + works


# --- what was done --------------------------------------------------------------------------------------


def write_program(contents: Contents, program: Program) -> list[str]:
    """A program: its drawing, and its cells in their order."""
    study = contents.study
    index = study.programs.index(program) + 1
    ran = {each.cell: each for run in study.runs_of(program.version) for each in study.executions_of(run.iri)}
    cells = [cell for cell in study.cells_of(program.version) if cell.kind == "code"]
    files = {file.iri: file for file in study.files}
    rows = [write_cell(cell, ran.get(cell.iri), files) for cell in cells]
    said = [f"<p>{escape(program.description)}</p>"] if program.description else []
    return section(
        f"program-{index}",
        f"{program.path}: what was done",
        *said,
        f'<p class="meta">{escape(tell_course(study, program))}</p>',
        draw_lineage(study, program),
        *table(("cell", "does", "reads", "writes", "time", "status"), rows),
    )


def tell_course(study: Study, program: Program) -> str:
    """When it ran, and how that is known."""
    runs = study.runs_of(program.version)
    if not runs:
        return "No run is known: what is told is what the code says."
    run = runs[-1]
    started = time(run.started)
    when = f", {started[:19].replace('T', ' ')} UTC" if started else ""
    basis = "as the saved file tells" if run.how == "recorded" else "as observed"
    return f"Ran {run.status or ''}{when}, {basis}; inputs and outputs as the code says them.".replace(
        "  ", " "
    )


def write_cell(cell: Cell, execution: Execution | None, files: dict[str, DataFile]) -> list[str]:
    """A row of the table: a cell, and its last execution."""
    seconds = execution.elapsed_seconds if execution else None
    reads, writes = cell.reads, cell.writes
    if execution and (execution.used or execution.generated):
        reads, writes = execution.used, execution.generated
    phases = f'<br><span class="meta">{escape(", ".join(cell.phases))}</span>' if cell.phases else ""
    return [
        f"{cell.position}",
        code(first_line(cell)) + phases,
        names(reads, files),
        names(writes, files),
        "" if seconds is None else f"{seconds:.2f}\N{NO-BREAK SPACE}s",
        write_status(execution),
    ]


def write_status(execution: Execution | None) -> str:
    """How the last execution of a cell ended."""
    if execution is None:
        return "not run"
    if execution.status == "failed":
        return f'<span class="failed">{escape(execution.error or "failed")}</span>'
    return execution.status or "ran"


def names(iris: Iterable[str], files: dict[str, DataFile]) -> str:
    """Files by name."""
    return "<br>".join(code(files[iri].path or files[iri].locator) for iri in iris if iri in files)


# --- data, models, environment --------------------------------------------------------------------------


def write_data(contents: Contents) -> list[str]:
    """The files that programs read and write."""
    rows = []
    for file in contents.study.files:
        item = contents.item(file.path)
        if not (file.is_read or file.is_written):
            continue
        known = file.path or file.locator
        name = link_to(item) if item else link(file.locator, known)
        digest = item.sha256 if item else file.sha256
        bytes_ = item.size_bytes if item else file.size_bytes
        columns = escape(", ".join(file.columns))
        rows.append([name, escape(tell_use(file)), escape(size(bytes_)), code((digest or "")[:16]), columns])
    if not rows:
        return section("data", "Data", "<p>The programs read and write no files.</p>")
    return section("data", "Data", *table(("file", "use", "size", "sha256 begins", "columns used"), rows))


def link_to(item: Item) -> str:
    """A link to a file of the crate."""
    return f'<a href="{escape(item.id)}">{escape(item.path)}</a>'


def write_models(study: Study) -> list[str]:
    """A card for each trained model."""
    if not study.models:
        return []
    cards = [line for told in study.models for line in write_card(told)]
    return section("models", "Models, and which data trained them", *cards)


def write_card(told: Explanation) -> Iterator[str]:
    """A model: its data, its parameters, how good it is."""
    model = told.model
    columns = {data.role: data.columns for data in told.data if data.columns}
    facts = [
        ("class", code(model.final_estimator or model.class_name or "unknown")),
        ("trained on", ", ".join(code(source.locator) for source in told.sources) or "unknown"),
        ("trained in", escape(f"{model.place.path}, cell {model.place.position}")),
        *((role, escape(", ".join(names))) for role, names in columns.items()),
        ("parameters", ", ".join(code(f"{each.name}={each.value}") for each in told.settings)),
        ("measures", "<br>".join(tell_measures(told))),
        ("saved as", ", ".join(map(code, model.saved_as))),
    ]
    yield f'<div class="card"><h3>{escape(model.variable or "model")}</h3>'
    yield from table((), ((escape(name), value) for name, value in facts if value))
    yield "</div>"


def tell_measures(told: Explanation) -> Iterator[str]:
    """The measures of a model, with their values where they are known."""
    for each in told.measures:
        value = "" if each.value is None else f" = {each.value:g}"
        part = f" on the {each.part} part" if each.part else ""
        yield code((each.scoring or each.name.rpartition(".")[2]) + value) + escape(part)


def write_environment(study: Study) -> list[str]:
    """The language, the kernel and the libraries."""
    lines = []
    for each in study.environments:
        language = " ".join(filter(None, ((each.language or "").capitalize(), each.language_version)))
        path = next((program.path for program in study.programs if program.version == each.program), "")
        lines.append(f"{code(path)}: {escape(', '.join(filter(None, (language, each.kernel_title))))}")
    libraries = [f"{library.name} {library.version or ''}".strip() for library in study.libraries]
    said = [f"<p>Libraries: {escape(', '.join(libraries))}.</p>"] if libraries else []
    return section("environment", "Environment", *(items(lines) if lines else []), *said)


# --- completeness, files, questions ---------------------------------------------------------------------


def write_completeness(contents: Contents, left_out: Sequence[str]) -> list[str]:
    """What is known, and what a reader should know that is not."""
    return section("completeness", "How complete this is", *items(map(escape, tell_gaps(contents, left_out))))


def tell_gaps(contents: Contents, left_out: Sequence[str]) -> Iterator[str]:
    """Each gap as a sentence."""
    study = contents.study
    ran = {each.cell for each in study.executions}
    code_cells = [cell for cell in study.cells if cell.kind == "code"]
    known = sum(cell.iri in ran for cell in code_cells)
    yield f"{known} of {len(code_cells)} cells of code are known to have run."
    read = [file for file in study.files if file.is_read and file.kind != "memory"]
    there = [file for file in read if contents.item(file.path)]
    hashed = [file for file in read if file.sha256]
    yield f"{len(there)} of {len(read)} data sets that are read lie in the crate."
    yield f"{len(hashed)} of {len(read)} data sets that are read are known by digest."
    versions = [library for library in study.libraries if library.version]
    yield f"{len(versions)} of {len(study.libraries)} libraries are known by version."
    for line in left_out:
        yield f"Not in the crate: {line}."
    for missing in find_missing(contents.metadata):
        yield f"Not said: {missing.key} ({missing.why})."
    for problem in study.problems:
        if problem.severity != "info":
            yield f"{problem.message} ({problem.where.rpartition('/')[2]})"


def write_files(contents: Contents) -> list[str]:
    """The files of the crate."""
    rows = [write_item(item, contents) for item in sorted(contents.items, key=lambda each: each.path)]
    return section("files", "Files", *table(("file", "what it is", "size"), rows))


def write_item(item: Item, contents: Contents) -> list[str]:
    """A row of the table of files."""
    about = contents.about.get(item.path, "")
    return [link_to(item), escape(about), escape(size(item.size_bytes))]


def write_questions(study: Study) -> list[str]:
    """What a reader can ask."""
    name = next((told.model.variable for told in study.models if told.model.variable), None)
    lines = [f"provkg trained {name} provenance.trig --explain"] if name else []
    lines += [f"provkg lineage {name} --of provenance.trig"] if name else []
    lines += ["provkg runs list --of provenance.trig", "provkg query --list"]
    query = (
        "SELECT ?model ?file { ?model fair4ml:trainedOn ?file }"
        if study.models
        else "SELECT ?cell ?file { ?cell provkg:reads ?file }"
    )
    lines.append(f"echo '{query}' | provkg query - --of provenance.trig")
    return section(
        "questions",
        "Ask the provenance",
        "<p>The whole graph is in <code>provenance.trig</code>, for every SPARQL engine to ask:</p>",
        f"<pre><code>{escape(chr(10).join(lines))}</code></pre>",
    )
