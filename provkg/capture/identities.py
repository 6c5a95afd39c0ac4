"""Numbers for objects, so that the same object is known again as long as it lives; it is not kept alive."""

from __future__ import annotations

from weakref import ref


class Identities:
    """Objects and their numbers."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[ref[object], int]] = {}
        self._last = 0

    def number_of(self, value: object) -> int | None:
        """The number of an object; None of one that cannot be referred to weakly: a list, a number."""
        key = id(value)
        known = self._known.get(key)
        if known is not None and known[0]() is value:
            return known[1]
        try:
            reference = ref(value, lambda gone: self._forget(key, gone))
        except TypeError:
            return None
        self._last += 1
        self._known[key] = (reference, self._last)
        return self._last

    def _forget(self, key: int, gone: ref[object]) -> None:
        known = self._known.get(key)
        if known is not None and known[0] is gone:
            del self._known[key]
