"""Workers come and go, and there is always one that answers."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from provkg.errors import RequestError
from provkg.serve.pool import Pool
from provkg.serve.worker import Contents, Inventory, Question, Reader, Unanswered, Unreadable, Written
from tests.serve.test_protocol import FOREVER


@pytest.fixture
def pool(folder: Path) -> Iterator[Pool]:
    pool = Pool(folder, seconds=600, size=1)
    yield pool
    pool.close()


@pytest.fixture
def hasty_pool(folder: Path) -> Iterator[Pool]:
    pool = Pool(folder, seconds=2, size=1)
    yield pool
    pool.close()


def answer_of(pool: Pool, sparql: str = "ASK {}") -> bytes:
    reply = pool.ask(Question(sparql, "csv", 10))
    assert isinstance(reply, Written)
    return reply.body


def test_a_worker_that_takes_too_long_is_replaced(hasty_pool: Pool) -> None:
    for _ in range(2):
        with pytest.raises(RequestError, match="stopped"):
            hasty_pool.ask(Question(FOREVER, "csv", 10))
        assert answer_of(hasty_pool) == b"true"


def test_a_worker_that_dies_is_replaced(pool: Pool) -> None:
    assert answer_of(pool) == b"true"
    (worker,) = pool._all
    os.kill(worker._process.pid or 0, signal.SIGKILL)
    with pytest.raises(RequestError, match="ended") as caught:
        pool.ask(Inventory())
    assert caught.value.status == 503
    assert answer_of(pool) == b"true"


def test_many_questions_share_few_workers(pool: Pool) -> None:
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(answer_of, [pool] * 32)) == {b"true"}


def test_a_question_waits_for_its_turn_as_long_as_for_its_answer(hasty_pool: Pool) -> None:
    worker = hasty_pool._take()
    with pytest.raises(RequestError, match="busy") as caught:
        hasty_pool.ask(Inventory())
    assert caught.value.status == 503
    hasty_pool._free.put(worker)
    assert answer_of(hasty_pool) == b"true"


def test_a_closed_pool_answers_nothing(folder: Path) -> None:
    pool = Pool(folder, seconds=0.5, size=2)
    pool.close()
    with pytest.raises(RequestError) as caught:
        pool.ask(Inventory())
    assert caught.value.status == 503


def test_a_reader_says_what_is_there_and_what_is_wrong(folder: Path, tmp_path: Path) -> None:
    reader = Reader(folder)
    assert reader.reply(Inventory()) == Contents(("http://g/1", "http://g/2"), 3)
    assert isinstance(reader.reply(Question("ASK {", "csv", 1)), Unreadable)
    missing = Reader(tmp_path / "none").reply(Inventory())
    assert isinstance(missing, Unanswered)
    assert missing.status == 503


@pytest.mark.parametrize(
    ("format", "sparql"),
    [
        ("rdfxml", "CONSTRUCT { ?s <http://p/1> ?o } { ?s ?p ?o }"),
        ("jsonld", "CONSTRUCT { ?s ?p <<( ?s ?p ?o )>> } { ?s ?p ?o }"),
    ],
)
def test_what_a_format_cannot_say_is_not_acceptable(folder: Path, format: str, sparql: str) -> None:
    reply = Reader(folder).reply(Question(sparql, format, 10))
    assert isinstance(reply, Unanswered)
    assert reply.status == 406


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not limit memory so")
def test_a_query_that_takes_all_memory_ends_and_the_next_one_is_answered(folder: Path) -> None:
    pool = Pool(folder, seconds=600, size=1, memory_bytes=400 << 20)
    try:
        with pytest.raises(RequestError, match="want of memory") as caught:
            pool.ask(Question(FOREVER.replace("(COUNT(*) AS ?n)", "*") + " ORDER BY ?v0", "csv", 10))
        assert caught.value.status == 503
        assert answer_of(pool) == b"true"
    finally:
        pool.close()
