"""The bytes of trained models, kept where the user asks for it: `provkg run --keep model`.

scikit-learn's estimators are written by skops where it is installed, since nothing runs when such a file is
read, else by joblib. Boosters and networks are written in the form of their own library.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from io import BytesIO
from typing import Any

from provkg.capture.contents import keep_content
from provkg.capture.kinds import ancestors_of, find_member

LARGEST_MODEL = 2**30
"""Bytes; a larger model is not kept."""

Kept = dict[str, Any]


def keeper(home: str) -> Callable[[Any], Kept | None]:
    """What keeps a model below the folder `home`, and gives its digest, size and format; None if it can't."""

    def keep(model: Any) -> Kept | None:
        try:
            data, form = write_model(model)
            if len(data) > LARGEST_MODEL:
                return None
            return {"digest": keep_content(home, data), "size": len(data), "format": form}
        except Exception:
            return None

    return keep


def write_model(model: Any) -> tuple[bytes, str]:
    """The bytes of a model, and what they are read with.

    Raises:
        Exception: whatever the library raises that writes it.
    """
    ancestors = ancestors_of(type(model))
    if is_of(ancestors, "torch.nn", "Module"):
        stream = BytesIO()
        find_member("torch", "save")(model.state_dict(), stream)
        return stream.getvalue(), "torch.load (state_dict)"
    if is_of(ancestors, "xgboost", "Booster"):
        return bytes(model.save_raw("ubj")), "xgboost.Booster.load_model"
    if is_of(ancestors, "lightgbm", "Booster"):
        return model.model_to_string().encode(), "lightgbm.Booster(model_str=…)"
    return write_estimator(model)


def is_of(ancestors: tuple[type, ...], module: str, name: str) -> bool:
    """Whether one of the classes is that of a library."""
    kind = find_member(module, name)
    return kind is not None and any(base is kind for base in ancestors)


def write_estimator(model: Any) -> tuple[bytes, str]:
    """The bytes of an estimator of scikit-learn, or of whatever can be pickled."""
    if find_spec("skops") is not None:
        try:
            from skops.io import dumps

            return bytes(dumps(model)), "skops.io.load"
        except Exception:  # noqa: S110 - a class that skops does not know
            pass
    from joblib import dump

    stream = BytesIO()
    dump(model, stream)
    return stream.getvalue(), "joblib.load"
