"""Replaying events as fast as they happened, or so many times as fast."""

import time


class Pace:
    """When an event is due, if event time runs `speed` times as fast as the clock from the first event on."""

    def __init__(self, first: int, speed: float) -> None:
        self._first, self._speed, self._begun = first, speed, time.monotonic()

    def due_in(self, occurred_at: int) -> float:
        """Seconds until the event is due; negative where it is late."""
        return self._begun + (occurred_at - self._first) / 1000 / self._speed - time.monotonic()
