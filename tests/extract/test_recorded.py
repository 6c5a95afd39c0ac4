"""What a saved notebook says of its run."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import pytest

from provkg.extract.recorded import RecordedOptions, find_recorded, parse_moment, strip_colours
from provkg.facts import Fact
from provkg.facts.definition import Plan, Step
from provkg.facts.deployment import Agent, Environment
from provkg.facts.execution import Attachment, Failure, Output, Run, StepRun
from provkg.identity import digest_bytes, digest_text
from provkg.sources.document import Cell, Document

PLAN = Plan(
    id="nb.ipynb#v1",
    document="nb.ipynb",
    kind="notebook",
    path="nb.ipynb",
    format="nbformat 4.5",
    language="python",
    code_digest="sha256:00",
    file_digest="sha256:00",
    size_bytes=0,
)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


def recorded(
    *cells: Mapping[str, Any], metadata: Mapping[str, Any] | None = None, **options: Any
) -> tuple[list[Fact], list[str]]:
    """The facts of code cells given as keyword dicts, and the problems as "where: message"."""
    read = [
        Cell(**{"index": index, "kind": "code", "source": "x", **cell}) for index, cell in enumerate(cells)
    ]
    steps = [
        Step(
            f"{PLAN.id}.cell-{cell.index}",
            PLAN.id,
            f"nb.ipynb#cell-{cell.index}",
            cell.index,
            cell.kind,
            "x",
            "",
        )
        for cell in read
    ]
    document = Document(
        PLAN.path, "notebook", PLAN.format, "python", tuple(read), PLAN.file_digest, 0, metadata or {}
    )
    facts, problems = find_recorded(document, PLAN, steps, RecordedOptions(**options))
    return facts, [f"{problem.where.rpartition('.')[2]}: {problem.message}" for problem in problems]


def facts_of(kind: type, *cells: Mapping[str, Any], **options: Any) -> list[Any]:
    return [fact for fact in recorded(*cells, **options)[0] if isinstance(fact, kind)]


def stream(text: str | list[str], name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


def shown(**data: Any) -> dict[str, Any]:
    return {
        "output_type": "display_data",
        "data": {mime.replace("__", "/"): value for mime, value in data.items()},
    }


# Nothing


def test_nothing_is_recorded_in_a_cleared_notebook() -> None:
    assert recorded({}, {"kind": "markdown"}) == ([], [])


# Executions


def test_executions_are_in_the_order_of_their_counts() -> None:
    facts, problems = recorded({"execution_count": 7}, {"execution_count": 2}, {})
    run = "nb.ipynb#recorded.run"
    assert facts == [
        Run(run, PLAN.id, status="unknown"),
        StepRun(f"{run}.cell-0", run, "nb.ipynb#v1.cell-0", count=7, sequence=1, status="completed"),
        StepRun(f"{run}.cell-1", run, "nb.ipynb#v1.cell-1", count=2, sequence=0, status="completed"),
    ]
    assert problems == []


@pytest.mark.parametrize(
    ("cells", "status"),
    [
        ([{"execution_count": 1}, {"execution_count": 2}, {"source": " "}], "completed"),
        ([{"execution_count": 1}, {}], "unknown"),
        ([{"execution_count": 1}, {"execution_count": 2, "outputs": ({"output_type": "error"},)}], "failed"),
    ],
)
def test_a_run_is_completed_when_all_its_cells_are(cells: list[dict[str, Any]], status: str) -> None:
    (run,) = facts_of(Run, *cells)
    assert run.status == status


def test_times_decide_where_counts_repeat() -> None:
    late = {"ExecuteTime": {"start_time": "2020-01-02T00:00:00Z", "end_time": "2020-01-02T00:00:01Z"}}
    early = {"ExecuteTime": {"start_time": "2020-01-01T00:00:00Z", "end_time": "2020-01-01T00:00:01Z"}}
    facts, problems = recorded(
        {"execution_count": 1, "metadata": late}, {"execution_count": 1, "metadata": early}
    )
    assert [fact.sequence for fact in facts if isinstance(fact, StepRun)] == [1, 0]
    assert problems == [
        "ipynb: execution counts repeat (1): the cells ran in more than one session, or were copied"
    ]


def test_times_decide_where_no_count_was_saved() -> None:
    whole = {"ExecuteTime": {"start_time": "2020-01-01T00:00:00Z", "end_time": "2020-01-01T00:00:09Z"}}
    half = {"ExecuteTime": {"start_time": "2020-01-01T00:00:00.5Z", "end_time": "2020-01-01T00:00:10Z"}}
    facts, _ = recorded({"metadata": half}, {"metadata": whole})
    assert [fact.sequence for fact in facts if isinstance(fact, StepRun)] == [1, 0]
    (run,) = [fact for fact in facts if isinstance(fact, Run)]
    assert (run.started, run.ended) == ("2020-01-01T00:00:00Z", "2020-01-01T00:00:10Z")


@pytest.mark.parametrize("count", ["3", -1, True, 2.5, [1]])
def test_a_count_that_is_none_is_a_problem(count: object) -> None:
    facts, problems = recorded({"execution_count": count})
    assert facts == []
    assert problems == [f"cell-0: the execution count {count!r} is no number"]


def test_the_count_of_a_result_stands_in_for_the_cells() -> None:
    result = {"output_type": "execute_result", "execution_count": 4, "data": {}}
    (step_run,) = facts_of(StepRun, {"outputs": (result,)})
    assert step_run.count == 4


def test_a_result_of_another_execution_is_a_problem() -> None:
    result = {"output_type": "execute_result", "execution_count": 4, "data": {}}
    _, problems = recorded({"execution_count": 5, "outputs": (result,)})
    assert problems == ["cell-0: the result was saved at execution count 4, the cell at 5"]


def test_outputs_without_a_trace_of_their_execution_are_one_problem() -> None:
    facts, problems = recorded({"outputs": (stream("a"),)}, {"outputs": (stream("b"),)})
    assert [type(fact) for fact in facts] == [Output, Output]
    assert [fact.step_run for fact in facts if isinstance(fact, Output)] == [None, None]
    assert problems == ["ipynb: the outputs of 2 cells are saved without a trace of their execution"]


# Times


@pytest.mark.parametrize(
    ("metadata", "started", "ended", "elapsed_seconds"),
    [
        (
            {
                "execution": {
                    "iopub.execute_input": "2021-05-01T10:00:00.5Z",
                    "shell.execute_reply": "2021-05-01T10:00:02Z",
                }
            },
            "2021-05-01T10:00:00.500000Z",
            "2021-05-01T10:00:02Z",
            1.5,
        ),
        (
            {
                "execution": {
                    "iopub.status.busy": "2021-05-01T10:00:00Z",
                    "iopub.status.idle": "2021-05-01T10:00:02Z",
                }
            },
            "2021-05-01T10:00:00Z",
            "2021-05-01T10:00:02Z",
            2.0,
        ),
        (
            {
                "ExecuteTime": {
                    "start_time": "2018-11-20T12:00:00.000000",
                    "end_time": "2018-11-20T13:00:01+01:00",
                }
            },
            "2018-11-20T12:00:00Z",
            "2018-11-20T12:00:01Z",
            1.0,
        ),
        (
            {"executionInfo": {"status": "ok", "timestamp": 1_600_000_001_000, "elapsed": 1000}},
            "2020-09-13T12:26:40Z",
            "2020-09-13T12:26:41Z",
            1.0,
        ),
        (
            {
                "papermill": {
                    "start_time": "2020-01-01T00:00:00",
                    "end_time": None,
                    "duration": 0.25,
                    "status": "completed",
                }
            },
            "2020-01-01T00:00:00Z",
            None,
            0.25,
        ),
    ],
)
def test_each_tool_has_its_own_way_to_say_when(
    metadata: dict[str, Any], started: str, ended: str | None, elapsed_seconds: float
) -> None:
    (step_run,) = facts_of(StepRun, {"metadata": metadata})
    assert (step_run.started, step_run.ended, step_run.elapsed_seconds) == (started, ended, elapsed_seconds)


@pytest.mark.parametrize(
    "value", ["yesterday", "", 10**30, float("nan"), True, ["2020"], "0001-01-01T00:00:00"]
)
def test_what_is_no_time_is_a_problem(value: object) -> None:
    assert parse_moment(value) is None
    facts, problems = recorded({"execution_count": 1, "metadata": {"ExecuteTime": {"start_time": value}}})
    assert [fact.started for fact in facts if isinstance(fact, StepRun)] == [None]
    assert problems == [f"cell-0: {value!r} is no time"]


def test_an_end_before_the_start_is_a_problem() -> None:
    times = {"start_time": "2020-01-02T00:00:00Z", "end_time": "2020-01-01T00:00:00Z"}
    facts, problems = recorded({"metadata": {"ExecuteTime": times}})
    assert [(fact.started, fact.ended) for fact in facts if isinstance(fact, StepRun)] == [
        ("2020-01-02T00:00:00Z", None)
    ]
    assert problems == ["cell-0: the recorded end lies before the start"]


def test_papermill_tells_of_the_run_and_its_parameters() -> None:
    papermill = {
        "version": "2.4.0",
        "start_time": "2020-01-01T00:00:00",
        "end_time": "2020-01-01T00:01:00",
        "exception": True,
        "parameters": {"alpha": 0.1, "password": "hunter2", "folds": [1, {"k": None}]},
    }
    (run,) = facts_of(Run, {}, metadata={"papermill": papermill})
    assert run == Run(
        "nb.ipynb#recorded.run",
        PLAN.id,
        started="2020-01-01T00:00:00Z",
        ended="2020-01-01T00:01:00Z",
        status="failed",
        tool="papermill 2.4.0",
        parameters=(("alpha", 0.1), ("password", "<redacted>"), ("folds", [1, {"k": None}])),
    )


def test_a_cell_that_papermill_never_reached_did_not_run() -> None:
    pending = {"papermill": {"start_time": None, "end_time": None, "status": "pending"}}
    assert facts_of(StepRun, {"metadata": pending}) == []


# Outputs


def test_a_stream_is_one_output_of_joined_lines() -> None:
    (output,) = facts_of(Output, {"execution_count": 1, "outputs": (stream(["a\n", "b"], "stderr"),)})
    assert output == Output(
        id="nb.ipynb#recorded.cell-0.output-0.text%2Fplain",
        step_run="nb.ipynb#recorded.run.cell-0",
        step="nb.ipynb#v1.cell-0",
        index=0,
        kind="stream",
        mime="text/plain",
        digest=digest_text("a\nb"),
        size_bytes=3,
        preview="a\nb",
        stream="stderr",
    )


@pytest.mark.parametrize("lines", [False, True])
def test_an_image_is_known_by_its_own_bytes(lines: bool) -> None:
    text = base64.encodebytes(PNG).decode()
    content = text.splitlines(keepends=True) if lines else text
    (output,) = facts_of(Output, {"outputs": (shown(image__png=content),)})
    assert (output.digest, output.size_bytes, output.preview) == (digest_bytes(PNG), len(PNG), None)


def test_each_mime_type_is_an_output() -> None:
    outputs = facts_of(
        Output,
        {
            "outputs": (
                shown(
                    text__plain="<Figure>",
                    image__png=base64.b64encode(PNG).decode(),
                    text__html=["<b>", "</b>"],
                ),
            )
        },
    )
    assert [(output.mime, output.preview) for output in outputs] == [
        ("text/plain", "<Figure>"),
        ("image/png", None),
        ("text/html", "<b></b>"),
    ]


def test_json_has_one_form_whatever_the_order_of_its_keys() -> None:
    one, other = ({"b": 1, "a": [2]}, {"a": [2], "b": 1})
    outputs = [facts_of(Output, {"outputs": (shown(application__json=data),)})[0] for data in (one, other)]
    assert outputs[0] == outputs[1]
    assert outputs[0].preview == '{"a":[2],"b":1}'


def test_a_preview_is_cut_and_the_digest_is_not() -> None:
    (output,) = facts_of(Output, {"outputs": (stream("é" * 5000),)})
    assert output.preview == "é" * 2000
    assert (output.digest, output.size_bytes) == (digest_text("é" * 5000), 10_000)


def test_a_preview_holds_neither_colours_nor_secrets() -> None:
    (output,) = facts_of(Output, {"outputs": (stream('\x1b[31mpassword = "hunter2"\x1b[0m'),)})
    assert output.preview == 'password = "<redacted>"'


def test_a_secret_at_the_cut_is_redacted_whole() -> None:
    text = " " * 1990 + 'password = "' + "hunter2" * 10 + '"'
    (output,) = facts_of(Output, {"outputs": (stream(text),)})
    assert "hunter" not in output.preview


def test_patterns_of_the_user_hold_for_outputs() -> None:
    (output,) = facts_of(Output, {"outputs": (stream("patient 17"),)}, redact=(r"\d+",))
    assert output.preview == "patient <redacted>"


def test_an_error_is_a_failure_of_the_execution() -> None:
    error = {
        "output_type": "error",
        "ename": "ValueError",
        "evalue": "bad\x1b[0m token",
        "traceback": ["\x1b[0;31mValueError\x1b[0m", 'api_key = "abc987"'],
    }
    facts, _ = recorded({"execution_count": 1, "outputs": (error,)})
    assert [fact.status for fact in facts if isinstance(fact, StepRun)] == ["failed"]
    assert facts[-1] == Failure(
        "nb.ipynb#recorded.cell-0.output-0.failure",
        "nb.ipynb#recorded.run.cell-0",
        "nb.ipynb#v1.cell-0",
        "ValueError",
        "bad token",
        'ValueError\napi_key = "<redacted>"',
    )


def test_without_outputs_only_the_exceptions_name_is_kept() -> None:
    error = {"output_type": "error", "ename": "E", "evalue": "what", "traceback": ["where"]}
    facts, _ = recorded({"outputs": (error, stream("x"))}, keep_outputs=False)
    assert facts == [
        Failure("nb.ipynb#recorded.cell-0.output-0.failure", None, "nb.ipynb#v1.cell-0", "E", "")
    ]


@pytest.mark.parametrize(
    "output",
    [
        {"output_type": "pyout"},
        {},
        {"output_type": ["x"]},
        {"output_type": "stream", "text": None},
        {"output_type": "display_data", "data": None},
        {"output_type": "display_data", "data": {"image/png": 5, "text/plain": {"a": 1}, "x": None}},
        {"output_type": "display_data", "data": {"image/png": "no base64 é"}},
        {"output_type": "display_data", "data": {"text/plain": ["a", 1, "\ud800"]}},
        {"output_type": "error", "ename": None, "evalue": 3, "traceback": "one text"},
    ],
)
def test_an_odd_output_is_read_around(output: dict[str, Any]) -> None:
    (step_run,) = facts_of(StepRun, {"execution_count": 1, "outputs": (output,)})
    assert step_run.count == 1


def test_a_widget_is_known_by_its_state() -> None:
    view = "application/vnd.jupyter.widget-view+json"
    states = {"application/vnd.jupyter.widget-state+json": {"state": {"m1": {"b": 1, "a": 2}}}}
    cell = {"outputs": ({"output_type": "display_data", "data": {view: {"model_id": "m1"}}},)}
    (attachment,) = facts_of(Attachment, cell, metadata={"widgets": states})
    assert (attachment.name, attachment.digest) == ("m1", digest_text('{"a":2,"b":1}'))


def test_an_attachment_is_known_by_its_own_bytes() -> None:
    bundle = {"plot 1.png": {"image/png": base64.b64encode(PNG).decode()}}
    assert facts_of(Attachment, {"kind": "markdown", "attachments": bundle}) == [
        Attachment(
            "nb.ipynb#recorded.cell-0.attachment-plot%201%2Epng.image%2Fpng",
            "nb.ipynb#v1.cell-0",
            "plot 1.png",
            "image/png",
            digest_bytes(PNG),
            len(PNG),
        )
    ]


# Environment and agents


def test_the_environment_is_what_the_metadata_says() -> None:
    metadata = {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {
            "name": "python",
            "version": "3.8.5",
            "codemirror_mode": {"name": "ipython", "version": 3},
        },
        "authors": [
            {"name": "Ada", "orcid": "https://orcid.org/0000-0002-1825-0097"},
            "Bob",
            {"name": " "},
            "Bob",
            3,
        ],
        "colab": {},
    }
    assert recorded({}, metadata=metadata)[0] == [
        Environment(
            "nb.ipynb#recorded.environment", PLAN.id, "python3", "Python 3", "python", "3.8.5", "ipython"
        ),
        Agent("https://orcid.org/0000-0002-1825-0097", "Ada", PLAN.id, "0000-0002-1825-0097"),
        Agent("nb.ipynb#agent-Bob", "Bob", PLAN.id),
    ]


def test_metadata_holds_no_secrets() -> None:
    secret = "ghp" + "_" + "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zA1bC2"
    metadata = {
        "kernelspec": {"name": secret, "display_name": f"Python {secret}"},
        "authors": [secret],
        "papermill": {"parameters": {"password": "hunter", "token": "aB3xY7zQ9w", "n": 3}},
    }
    picture = {f"{secret}.png": {"image/png": base64.b64encode(PNG).decode()}}
    broken = {"output_type": "error", "ename": secret, "evalue": "password=hunter22", "traceback": [secret]}
    facts, problems = recorded(
        {"kind": "markdown", "attachments": picture},
        {"execution_count": 1, "outputs": [broken]},
        metadata=metadata,
    )
    text = f"{facts} {problems}"
    assert "<redacted>.png" in text
    assert "'Python <redacted>'" in text
    assert not [each for each in (secret, "hunter", "aB3xY7zQ9w") if each in text]


def test_metadata_of_the_wrong_shape_is_read_around() -> None:
    metadata = {
        "kernelspec": 3,
        "language_info": [],
        "papermill": "x",
        "widgets": {"a": 1},
        "authors": {"name": 4},
    }
    assert recorded({}, metadata=metadata)[0] == []


def test_colours_and_links_of_a_terminal_are_taken_out() -> None:
    assert strip_colours("\x1b[1;31ma\x1b[0m \x1b]8;;http://x\x07b\x1b]8;;\x07 \x1b[2Kc") == "a b c"
