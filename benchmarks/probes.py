"""Events that are sent at a rate, some of which are probes: when was each acknowledged?"""

import threading
import time
from collections.abc import Callable
from typing import Any

from confluent_kafka import Producer

from crm.settings import settings

LOST_SECONDS = 30
# Key, value, and whether it is a probe, whose key names it.
Sent = tuple[bytes | str, bytes, bool]


class Probes:
    """Sends what `make` gives, `rate` times a second, until told to stop. `acknowledged` is each probe's moment, monotonic."""

    def __init__(self, topic: str, rate: float, make: Callable[[], Sent]) -> None:
        self._topic, self._rate, self._make = topic, rate, make
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._send, daemon=True)
        self.acknowledged: dict[str, float] = {}
        self.failures: list[str] = []
        self.sent = 0

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Send no more, and wait for the last acknowledgement."""
        self._stop.set()
        self._thread.join()

    def _send(self) -> None:
        producer = Producer(
            {
                "bootstrap.servers": settings().bootstrap_servers,
                "acks": "all",
                "enable.idempotence": True,
                "linger.ms": 0,
            }
        )
        begun, events = time.monotonic(), 0
        while not self._stop.is_set():
            key, value, is_probe = self._make()
            if is_probe:
                producer.produce(self._topic, value, key, on_delivery=self._acknowledge)
            else:
                producer.produce(self._topic, value, key)
            self.sent += is_probe
            events += 1
            while (pause := begun + events / self._rate - time.monotonic()) > 0:
                producer.poll(pause)  # returns at the first acknowledgement
        producer.flush(LOST_SECONDS)

    def _acknowledge(self, error: Any, message: Any) -> None:
        if error:
            self.failures.append(str(error))
        else:
            self.acknowledged[message.key().decode()] = time.monotonic()
