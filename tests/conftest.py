"""Options of the test suite, and real servers for all of its folders.

    oxigraph_server     .query_url, .store(): an emptied `EndpointStore`
    virtuoso_server     the same; it gives no more than 1,000 rows at once
    jena_query          (N-Quads, SPARQL) → the rows that Apache Jena finds, the names of variables first

They run on loopback ports, one for each worker; where one is not installed, tests that use it are skipped.
"""

from __future__ import annotations

import csv
import io
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from pyoxigraph import DefaultGraph, Quad, RdfFormat, parse, serialize

from provkg.store.endpoint import EndpointStore

LONGEST_START = 1200
"""Looks, a twentieth of a second apart, until a server that does not answer is given up."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-golden` rewrites what the golden cases expect."""
    parser.addoption("--update-golden", action="store_true", help="write what is found as what is expected")


@dataclass(frozen=True, slots=True)
class Server:
    """A SPARQL server for tests."""

    query_url: str

    def store(self) -> EndpointStore:
        """The store behind it, with nothing in it."""
        store = EndpointStore.open(self.query_url, variables={})
        store.drop(store.graphs())
        return store


@pytest.fixture(scope="session")
def oxigraph_server() -> Iterator[Server]:
    """`oxigraph serve`, in memory."""
    program = find_program("oxigraph")
    port = free_port()
    with running([program, "serve", "--bind", f"127.0.0.1:{port}"], port):
        yield Server(f"http://127.0.0.1:{port}/query")


VIRTUOSO_INI = """
[Database]
DatabaseFile = {folder}/v.db
ErrorLogFile = {folder}/v.log
LockFile = {folder}/v.lck
TransactionFile = {folder}/v.trx
xa_persistent_file = {folder}/v.pxa
FileExtend = 200
Striping = 0
TempStorage = TempDatabase
[TempDatabase]
DatabaseFile = {folder}/temp.db
TransactionFile = {folder}/temp.trx
Striping = 0
[Parameters]
ServerPort = 127.0.0.1:{sql_port}
DisableUnixSocket = 1
NumberOfBuffers = 10000
MaxDirtyBuffers = 6000
DirsAllowed = {folder}
[HTTPServer]
ServerPort = 127.0.0.1:{port}
[SPARQL]
ResultSetMaxRows = 1000
MaxQueryExecutionTime = 60
"""


@pytest.fixture(scope="session")
def virtuoso_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Virtuoso, with updates for everybody; its administrator is dba with the password dba."""
    program, isql = find_program("virtuoso-t"), find_program("isql-vt")
    folder = tmp_path_factory.mktemp("virtuoso")
    port, sql_port = free_port(), free_port()
    (folder / "v.ini").write_text(VIRTUOSO_INI.format(folder=folder, port=port, sql_port=sql_port))
    with running([program, "+foreground", "+configfile", str(folder / "v.ini")], port, folder):
        grant = 'exec=GRANT SPARQL_UPDATE TO "SPARQL";'
        subprocess.run([isql, f"127.0.0.1:{sql_port}", "dba", "dba", grant], check=True, capture_output=True)
        yield Server(f"http://127.0.0.1:{port}/sparql")


JENA_JARS = (
    "jena-{arq,base,cmds,core,iri,shacl,tdb,tdb2,rdfconnection} jena-dboe-* commons-{cli,codec,compress,csv,io,lang3} "
    "dexx.collection guava failureaccess gson httpclient httpcore jackson-{core,databind,annotations} jsonld-java titanium-json-ld "
    "protobuf slf4j-{api,nop} caffeine thrift"
)
JAVA_FOLDER = Path("/usr/share/java")

JenaQuery = Callable[[bytes, str], list[list[str]]]


@pytest.fixture(scope="session")
def jena_query(tmp_path_factory: pytest.TempPathFactory) -> JenaQuery:
    """Asks Apache Jena about the graphs in N-Quads, the default graph being their union."""
    java = find_program("java")
    folder = tmp_path_factory.mktemp("jena")
    # Debian's jar looks for this file under a name that it does not have there, and ends without it.
    messages = folder / "xerces" / "impl" / "xpath" / "regex" / "message.properties"
    messages.parent.mkdir(parents=True)
    messages.touch()
    class_path = f"{folder}:{find_jena()}"

    def query(nquads: bytes, sparql: str) -> list[list[str]]:
        (folder / "data.nq").write_bytes(with_union(nquads))
        (folder / "query.rq").write_text(sparql, encoding="utf-8")
        files = ["--data", str(folder / "data.nq"), "--query", str(folder / "query.rq")]
        command = [java, "-cp", class_path, "arq.arq", *files, "--results", "CSV"]
        done = subprocess.run(command, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return list(csv.reader(io.StringIO(done.stdout.decode(), newline="")))

    return query


def find_jena() -> str:
    """The class path of Jena, as Debian lays it out."""
    patterns = [each for word in JENA_JARS.split() for each in spread(word)]
    jars = [str(jar) for pattern in patterns for jar in sorted(JAVA_FOLDER.glob(f"{pattern}.jar"))]
    if not (JAVA_FOLDER / "jena-arq.jar").exists():
        pytest.skip("Apache Jena is not installed (Debian: libapache-jena-java)")
    return ":".join(jars)


def spread(word: str) -> list[str]:
    """What a shell makes of "a-{b,c}"."""
    head, brace, rest = word.partition("{")
    return [head + each for each in rest.rstrip("}").split(",")] if brace else [word]


def with_union(nquads: bytes) -> bytes:
    """The quads, and all triples in the default graph as well."""
    quads = list(parse(nquads, format=RdfFormat.N_QUADS, lenient=True))
    union = [Quad(*quad.triple, DefaultGraph()) for quad in quads]
    return serialize([*union, *quads], format=RdfFormat.N_QUADS) or b""


# --- processes ----------------------------------------------------------------------------------------------


def find_program(name: str) -> str:
    """The path of a program, beside this Python or on the path; else the test is skipped."""
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def free_port() -> int:
    """A port that nobody listens at just now."""
    with socket.socket() as each:
        each.bind(("127.0.0.1", 0))
        port: int = each.getsockname()[1]
        return port


@contextmanager
def running(command: Sequence[str], port: int, folder: Path | None = None) -> Iterator[None]:
    """A server, from when it answers at the port until the block ends."""
    log = subprocess.DEVNULL
    process = subprocess.Popen(command, cwd=folder, stdin=log, stdout=log, stderr=log)
    try:
        wait_for(process, port)
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(LONGEST_START):
        if process.poll() is not None:
            pytest.fail(f"{process.args!r} ended at once, with {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"{process.args!r} does not answer")
