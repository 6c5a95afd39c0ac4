"""How much a summary may cost, in estimated seconds: so a value gets the same summary on every machine."""

from __future__ import annotations

BYTES_HASHED = 1e9
"""A second."""
BYTES_LOOKED_AT = 4e8
"""A second, to find the least, the greatest and the mean."""
ITEMS_ENCODED = 4e6
"""Python objects that are written as JSON in a second."""


class Budget:
    """Seconds that are left; what is estimated to cost more is not begun."""

    __slots__ = ("seconds",)

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def takes(self, seconds: float) -> bool:
        """Whether so much is left; then it is spent."""
        if seconds > self.seconds:
            return False
        self.seconds -= seconds
        return True
