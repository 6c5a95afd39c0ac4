"""Training loops that are written by hand with PyTorch: optimizer steps, data loaders and losses, added up.

Nothing of a single step is recorded. One record of kind `training` tells of each optimizer how many steps it
made, through which loaders, on which network, and the first and the last loss. It is written when the program
ends, and now and then while the loop goes on, so that little is lost where it is killed; the last one counts.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import FrameType, ModuleType
from typing import Any, Protocol
from weakref import ref

from provkg.capture.kinds import ancestors_of, attributes_of, names_of_module, qualified_name
from provkg.capture.models import children_of, defaults_of, is_same
from provkg.capture.values import Summary, summarise
from provkg.capture.watch import watch_method

SECONDS_BETWEEN = 20.0
"""Between two records of a loop that goes on."""
MOST_LOADERS = 10
DEEPEST = 40
"""Frames of the program that are searched for a network."""


class Host(Protocol):
    """Who watches the calls of libraries: it knows what is going on, and how to tell of data and models."""

    def is_inside(self) -> bool:
        """Whether a call that is watched is going on in this thread."""

    def user_frame(self, frame: FrameType | None) -> FrameType | None:
        """The nearest frame of the user's own code."""

    def fields_of(self, frame: FrameType, rule: str) -> dict[str, Any]:
        """What a record says of the place where a frame is."""

    def data(self, value: Any) -> Summary:
        """Data by their content."""

    def model(self, value: Any, *, is_trained: bool) -> Summary:
        """A model by its class, its parameters and what training left."""

    def emit(self, kind: str, **fields: Any) -> None:
        """Write one record."""

    def at_end(self, finish: Callable[[], None]) -> None:
        """Have something told when the program, or a step of it, is over."""


class Loop:
    """The steps of one optimizer."""

    def __init__(self, optimizer: Any, fields: dict[str, Any], network: Any, name: str | None) -> None:
        self.optimizer = ref(optimizer)
        self.fields = fields
        self.network = ref(network) if network is not None else None
        self.name = name
        self.settings = {**summarise(optimizer), "defaults": defaults_left(optimizer)}
        self.steps = 0
        self.loaders: dict[int, dict[str, Any]] = {}
        self.losses: list[float] = []
        self.began = self.told = time.monotonic()
        self.told_steps = 0


class Loops:
    """Follows the training loops of a program."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.loops: dict[int, Loop] = {}
        self.loaders: dict[int, dict[str, Any]] = {}
        """Data loaders that were begun, and not yet by which optimizer's loop."""
        self.loss: Any = None
        """The loss that was last derived; without the graph that led to it."""

    # --- watching -------------------------------------------------------------------------------------------

    def watch_optimizers(self, module: ModuleType) -> None:
        """Be told of every step of every optimizer, by PyTorch's own hook."""
        register: Callable[[Any], Any] | None = names_of_module(module).get(
            "register_optimizer_step_post_hook"
        )
        if register is not None:
            register(self.on_step)
            self.host.at_end(self.finish)

    def watch_loaders(self, module: ModuleType) -> None:
        """Be told when a data loader is begun."""
        kind = names_of_module(module).get("DataLoader")
        if isinstance(kind, type):
            watch_method(kind, "__iter__", None, Begins(self.on_loader))

    def watch_losses(self, module: ModuleType) -> None:
        """Be told of the tensor whose gradient is computed."""
        kind = names_of_module(module).get("Tensor")
        if isinstance(kind, type):
            watch_method(kind, "backward", None, Begins(self.on_backward))

    # --- what happens ---------------------------------------------------------------------------------------

    def on_loader(self, loader: Any) -> None:
        """A loader begins to give batches."""
        if self.host.is_inside() or len(self.loaders) >= MOST_LOADERS:
            return
        known = self.loaders.setdefault(id(loader), {"alive": ref(loader), "count": 0})
        if known["alive"]() is not loader:
            known.update(alive=ref(loader), count=0, batches=0)
            known.pop("told", None)
        if "told" not in known:
            known["told"] = self.host.data(loader)
        known["count"] += 1

    def on_backward(self, loss: Any) -> None:
        """The gradient of a loss is computed."""
        if not self.host.is_inside():
            self.loss = loss.detach()

    def on_step(self, optimizer: Any, *_: Any) -> None:
        """An optimizer made a step."""
        try:
            if not self.host.is_inside():
                self._count(optimizer)
        except Exception:  # noqa: S110 - a step that is not counted is none that fails
            pass

    def _count(self, optimizer: Any) -> None:
        loop = self.loops.get(id(optimizer))
        if loop is None or loop.optimizer() is not optimizer:
            found = self._begin(optimizer)
            if found is None:
                return
            loop = self.loops[id(optimizer)] = found
        loop.steps += 1
        if loop.steps == 1:
            self._note_loss(loop)
        now = time.monotonic()
        if now - loop.told > SECONDS_BETWEEN:
            loop.told = now
            self._tell(loop)

    def _begin(self, optimizer: Any) -> Loop | None:
        frame = self.host.user_frame(sys._getframe(3))
        if frame is None:
            return None
        fields = self.host.fields_of(frame, f"{qualified_name(type(optimizer))}.step")
        network, name = find_network(frame, parameters_of_optimizer(optimizer))
        return Loop(optimizer, fields, network, name)

    def _note_loss(self, loop: Loop) -> None:
        """Keep the loss where it is a number in main memory: to ask for another would wait for a device."""
        loss = self.loss
        if loss is not None and loss.numel() == 1 and loss.device.type == "cpu":
            loop.losses = [*loop.losses[:1], float(loss)]

    # --- what is told ---------------------------------------------------------------------------------------

    def finish(self) -> None:
        """Tell of every loop that went on since it was last told of."""
        for loop in list(self.loops.values()):
            if loop.steps != loop.told_steps:
                self._tell(loop)

    def _tell(self, loop: Loop) -> None:
        self._note_loss(loop)
        loop.told_steps = loop.steps
        network = loop.network() if loop.network is not None else None
        record: Summary = {
            **loop.fields,
            "actions": ["train"],
            "loop": True,
            "steps": loop.steps,
            "seconds": time.monotonic() - loop.began,
            "optimizer": loop.settings,
            "data": [
                {"role": "data", "begun": each["count"], **each["told"]} for each in self.loaders.values()
            ],
        }
        if network is not None:
            record["model"] = {**self.host.model(network, is_trained=True), "name": loop.name}
        if loop.losses:
            record["losses"] = loop.losses
        self.host.emit("training", **record)


class Begins:
    """Told of calls of a method, passes on the object when they begin."""

    def __init__(self, tell: Callable[[Any], None]) -> None:
        self.tell = tell

    def begin(self, watched: Any, function: Any, given: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """A method is called."""
        with suppress(Exception):
            self.tell(given[0])

    def end(self, begun: Any, result: Any) -> None:
        """It is over."""

    def fail(self, begun: Any, error: BaseException) -> None:
        """It failed."""


def defaults_left(optimizer: Any) -> list[str]:
    """The settings of an optimizer that have their defaults."""
    groups, defaults = attributes_of(optimizer).get("param_groups") or [{}], defaults_of(type(optimizer))
    return sorted(
        name for name, each in groups[0].items() if name in defaults and is_same(each, defaults[name])
    )


def parameters_of_optimizer(optimizer: Any) -> set[int]:
    """The identities of the tensors that an optimizer changes."""
    groups = attributes_of(optimizer).get("param_groups") or ()
    return {id(each) for group in groups for each in group.get("params", ())}


def find_network(frame: FrameType | None, parameters: set[int]) -> tuple[Any, str | None]:
    """The network that has these parameters, and its name, among what the frames of the program hold."""
    depth = 0
    while frame is not None and depth < DEEPEST:
        for name, value in list(frame.f_locals.items()):
            for found, path in networks_at(value, name):
                if owns(found, parameters):
                    return found, path
        frame, depth = frame.f_back, depth + 1
    return None, None


def networks_at(value: Any, name: str) -> Iterator[tuple[Any, str]]:
    """A value that is a network, and the networks that an object holds: `self.model`."""
    if is_network(value):
        yield value, name
        return
    for key, each in list(attributes_of(value).items())[:50]:
        if is_network(each):
            yield each, f"{name}.{key}"


def is_network(value: Any) -> bool:
    """Whether a value is a network of PyTorch."""
    return any(qualified_name(base) == "torch.nn.Module" for base in ancestors_of(type(value)))


def owns(network: Any, parameters: set[int]) -> bool:
    """Whether one of the parameters is the network's own, or of a part of it."""
    waiting = [network]
    for _ in range(10_000):
        if not waiting:
            return False
        module = waiting.pop()
        own = attributes_of(module).get("_parameters") or {}
        if any(id(each) in parameters for each in own.values()):
            return True
        waiting += [child for _, child in children_of(module)]
    return False
