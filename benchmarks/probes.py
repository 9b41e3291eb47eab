"""Events that are sent at a rate, some of which are probes: when was each acknowledged?"""

import threading
import time
from collections.abc import Callable
from typing import Any

from confluent_kafka import Producer

from crm.errors import CrmError
from crm.settings import settings

LOST_SECONDS = 30
# Of the rate that a figure is stated for, a load must reach so much.
LEAST_LOAD = 0.95
# Key, value, and whether it is a probe, whose key names it.
Sent = tuple[bytes | str, bytes, bool]


def verify_load(reached: float, stated: float) -> None:
    """Raise CrmError where a load (events/s) was less than a figure is stated for: the figure would be too good."""
    if reached < LEAST_LOAD * stated:
        raise CrmError(
            f"the load beside the probes reached {reached:,.0f} events/s of {stated:,.0f}: this machine is too busy, or too slow, for it"
        )


class Probes:
    """Sends what `make` gives, `rate` times a second, until told to stop.

    `acknowledged` is each probe's moment, monotonic; `events` and `sent` count everything and the probes among it.
    """

    def __init__(self, topic: str, rate: float, make: Callable[[], Sent]) -> None:
        self._topic, self._rate, self._make = topic, rate, make
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._send, daemon=True)
        self.acknowledged: dict[str, float] = {}
        self.failures: list[str] = []
        self.sent = self.events = 0
        self._begun = self._ended = 0.0

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Send no more, and wait for the last acknowledgement."""
        self._stop.set()
        self._thread.join()

    def per_second(self) -> float:
        """Events sent a second, from the beginning until now or until it was told to stop."""
        return self.events / ((self._ended or time.monotonic()) - self._begun)

    def _send(self) -> None:
        producer = Producer(
            {
                "bootstrap.servers": settings().bootstrap_servers,
                "acks": "all",
                "enable.idempotence": True,
                "linger.ms": 0,
            }
        )
        self._begun = time.monotonic()
        while not self._stop.is_set():
            key, value, is_probe = self._make()
            if is_probe:
                producer.produce(self._topic, value, key, on_delivery=self._acknowledge)
            else:
                producer.produce(self._topic, value, key)
            self.sent += is_probe
            self.events += 1
            while (pause := self._begun + self.events / self._rate - time.monotonic()) > 0:
                producer.poll(pause)  # returns at the first acknowledgement
        self._ended = time.monotonic()
        producer.flush(LOST_SECONDS)

    def _acknowledge(self, error: Any, message: Any) -> None:
        if error:
            self.failures.append(str(error))
        else:
            self.acknowledged[message.key().decode()] = time.monotonic()
