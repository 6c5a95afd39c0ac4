"""What recording costs: whole processes, beside plain Python and other recorders, in one run.

    python benchmarks/capture/overhead.py [--programs abcde] [--peers PEERS/bin] [--rounds N] [--write]

`--peers` names the scripts of a virtual environment with `noworkflow`, `reprozip`, `pandas` and
`scikit-learn`; its Python then runs the programs for everybody, with provkg on its path. CPU time of a
process and all its children is told (user and system), because elapsed time depends on what else the machine
does; the median of the rounds. A goal is met if CPU time is at most the factor times that of plain Python,
plus the seconds.
"""

from __future__ import annotations

import argparse
import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
README = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- begin overhead -->\n", "<!-- end overhead -->\n"
LONGEST_SECONDS = 60
"""CPU time after which a recorder is stopped."""


@dataclass(frozen=True)
class Program:
    """A program to be recorded, and what that may cost."""

    name: str
    what: str
    source: str
    factor: float
    seconds: float
    needs: tuple[str, ...] = ()


PROGRAMS = (
    Program(
        "a",
        "calls: recursive fib(22), a loop of 100 × 100",
        """
        def fib(n):
            return n if n < 2 else fib(n - 1) + fib(n - 2)
        total = 0
        for i in range(100):
            for j in range(100):
                total += i * j
        print(fib(22), total)
        """,
        2.0,
        0.3,
    ),
    Program(
        "b",
        "pandas and scikit-learn on 100,000 rows",
        """
        import joblib, numpy as np, pandas as pd
        from sklearn.linear_model import LogisticRegression
        from sklearn.metrics import roc_auc_score
        from sklearn.model_selection import train_test_split
        from sklearn.preprocessing import StandardScaler
        rng = np.random.default_rng(0)
        made = pd.DataFrame(rng.normal(size=(100_000, 10)), columns=[f"x{i}" for i in range(10)])
        made["kind"] = rng.choice(list("abc"), len(made)); made["y"] = (made.x0 + made.x1 > 0).astype(int)
        made.to_csv("data.csv", index=False)
        data = pd.get_dummies(pd.read_csv("data.csv"))
        X_train, X_test, y_train, y_test = train_test_split(data.drop(columns="y"), data["y"], random_state=0)
        scaler = StandardScaler().fit(X_train)
        model = LogisticRegression().fit(scaler.transform(X_train), y_train)
        print(round(roc_auc_score(y_test, model.predict_proba(scaler.transform(X_test))[:, 1]), 2))
        joblib.dump(model, "model.joblib")
        """,
        1.05,
        0.3,
        ("pandas", "sklearn"),
    ),
    Program(
        "c",
        "1,000 small files written and read",
        """
        import os
        os.makedirs("files", exist_ok=True)
        for i in range(1000):
            with open(f"files/{i}.txt", "w") as file:
                file.write(f"value {i}\\n" * 10)
        total = 0
        for i in range(1000):
            with open(f"files/{i}.txt") as file:
                total += len(file.read())
        print(total)
        """,
        1.5,
        0.3,
    ),
    Program(
        "d",
        "imports of numpy, pandas, scipy.stats, sklearn.ensemble",
        "import numpy, pandas, scipy.stats, sklearn.ensemble\nprint('imported')\n",
        1.05,
        0.3,
        ("pandas", "sklearn"),
    ),
    Program("e", "one print", "print('x')\n", 1.05, 0.3),
    Program(
        "f",
        "a training loop of PyTorch, 20 s or more",
        """
        import torch
        from torch.utils.data import DataLoader, TensorDataset
        torch.manual_seed(0)
        torch.set_num_threads(1)
        X = torch.randn(20_000, 50)
        y = (X.sum(1, keepdim=True) > 0).float()
        loader = DataLoader(TensorDataset(X, y), batch_size=64, shuffle=True)
        net = torch.nn.Sequential(torch.nn.Linear(50, 256), torch.nn.ReLU(), torch.nn.Linear(256, 1))
        optimizer = torch.optim.Adam(net.parameters())
        measure = torch.nn.BCEWithLogitsLoss()
        for epoch in range(30):
            for rows, labels in loader:
                optimizer.zero_grad()
                loss = measure(net(rows), labels)
                loss.backward()
                optimizer.step()
        torch.save(net.state_dict(), "net.pt")
        """,
        1.05,
        0.3,
        ("torch",),
    ),
)


@dataclass(frozen=True)
class Cost:
    """What a process and its children took."""

    cpu_seconds: float
    peak_mb: float
    kept_mb: float
    """Size of what the recorder left behind."""


def measure(
    command: list[str], place: Path, kept: tuple[str, ...], environment: dict[str, str]
) -> Cost | str:
    """The cost of a command; what became of it, where it did not come to its end."""
    pid = os.fork()
    if pid == 0:
        resource.setrlimit(resource.RLIMIT_CPU, (LONGEST_SECONDS, LONGEST_SECONDS))
        os.chdir(place)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        os.execvpe(command[0], command, environment)  # noqa: S606 - our own commands, in a child of ours
    _, status, usage = os.wait4(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    if code in (-signal.SIGXCPU, -signal.SIGKILL, 128 + signal.SIGXCPU):
        return f"stopped after {LONGEST_SECONDS} s"
    if code:
        return f"failed with {code}"
    size = sum(size_of(place / name) for name in kept)
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, size / 2**20)


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files in a folder."""
    if path.is_file():
        return path.stat().st_size
    return sum(each.stat().st_size for each in path.rglob("*") if each.is_file())


def recorders(python: str, peers: Path | None) -> Iterator[tuple[str, list[str], tuple[str, ...]]]:
    """Name, command before the program, and what is left behind."""
    yield "Python", [python], ()
    for granularity in ("run", "call"):
        command = [python, "-m", "provkg", "run", "-q", "--granularity", granularity]
        yield f"provkg run, {granularity}", command, (".provkg",)
    if peers is not None and (peers / "now").exists():
        yield "noWorkflow", [str(peers / "now"), "run"], (".noworkflow",)
    if peers is not None and (peers / "reprozip").exists():
        yield "ReproZip", [str(peers / "reprozip"), "trace", "--overwrite", python], (".reprozip-trace",)


def run(program: Program, python: str, peers: Path | None, rounds: int) -> dict[str, Cost | str]:
    """The median cost of a program under each recorder; the recorders take turns."""
    costs: dict[str, list[Cost | str]] = {}
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "PYTHONDONTWRITEBYTECODE": "1"}
    for _ in range(rounds):
        for name, command, kept in recorders(python, peers):
            if any(isinstance(cost, str) for cost in costs.get(name, ())):
                continue
            with tempfile.TemporaryDirectory() as folder:
                place = Path(folder)
                lines = program.source.strip("\n").split("\n")
                indent = len(lines[0]) - len(lines[0].lstrip())
                (place / "program.py").write_text("\n".join(line[indent:] for line in lines) + "\n")
                (place / ".provkg").mkdir()
                costs.setdefault(name, []).append(measure([*command, "program.py"], place, kept, environment))
    return {name: median(each) for name, each in costs.items()}


def median(all_costs: list[Cost | str]) -> Cost | str:
    """The median of each figure; what became of the command, where it once did not come to its end."""
    for cost in all_costs:
        if isinstance(cost, str):
            return cost
    costs = [cost for cost in all_costs if isinstance(cost, Cost)]
    return Cost(
        statistics.median(cost.cpu_seconds for cost in costs),
        statistics.median(cost.peak_mb for cost in costs),
        statistics.median(cost.kept_mb for cost in costs),
    )


def has_all(python: str, modules: tuple[str, ...]) -> bool:
    """Whether an interpreter finds all the modules."""
    code = f"import importlib.util as u, sys; sys.exit(not all(map(u.find_spec, {modules!r})))"
    return subprocess.run([python, "-c", code]).returncode == 0


def table(names: str, python: str, peers: Path | None, rounds: int) -> tuple[list[str], bool]:
    """The lines of the table of the programs with these names, and whether all goals are met."""
    lines = [
        "| program | recorder | CPU s | × Python | peak MB | left MB | goal | met |",
        "| --- | --- | ---: | ---: | ---: | ---: | --- | ---: |",
    ]
    is_good = True
    for program in PROGRAMS:
        if program.name not in names:
            continue
        if not has_all(python, program.needs):
            print(f"left out: {program.name} needs {', '.join(program.needs)}", file=sys.stderr)
            continue
        costs = run(program, python, peers, rounds)
        plain_cost = costs["Python"]
        if isinstance(plain_cost, str):
            raise SystemExit(f"{program.name}: {plain_cost}")
        plain = plain_cost.cpu_seconds
        for name, cost in costs.items():
            if isinstance(cost, str):
                lines.append(f"|  | {name} | {cost} |  |  |  |  |  |")
                is_good &= not name.startswith("provkg")
                continue
            goal = met = ""
            if name == "provkg run, call":
                is_met = cost.cpu_seconds <= program.factor * plain + program.seconds
                is_good &= is_met
                goal, met = f"{program.factor:g} × + {program.seconds:g} s", "yes" if is_met else "NO"
            ratio = cost.cpu_seconds / plain
            title = f"{program.name}: {program.what}" if name == "Python" else ""
            lines.append(
                f"| {title} | {name} | {cost.cpu_seconds:.2f} | {ratio:.1f} "
                f"| {cost.peak_mb:.0f} | {cost.kept_mb:.2f} | {goal} | {met} |"
            )
            print(lines[-1], file=sys.stderr)
    return lines, is_good


def main() -> int:
    """Measure, tell, and say whether the goals are met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--programs", default="abcde")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    peers = arguments.peers.absolute() if arguments.peers else None
    python = str(peers / "python") if peers else arguments.python
    lines, is_good = table(arguments.programs, python, peers, arguments.rounds)
    text = "\n".join(lines) + "\n"
    print(text)
    if arguments.write:
        before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
        after = rest.partition(END)[2]
        README.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
