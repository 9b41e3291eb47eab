"""Order lines as Kafka records, those of other topics between them, with the duplicates and the malformed that are asked for."""

from collections.abc import Sequence

import numpy as np

from sources.malformed import malformed
from sources.shop import CATEGORIES, CURRENCY, KINDS, Lines
from sources.shop_subjects import Arrival
from sources.simulation import Block, Label, Simulation

ORDERS = "orders"  # the topic of order lines
# Records between an event and its duplicate, in the mean: retries come soon, and within the deduplication horizon.
DUPLICATE_DISTANCE = 1000.0


class Spoiler:
    """Writes order lines as records, and adds the duplicates and the malformed ones."""

    def __init__(self, simulation: Simulation) -> None:
        self._random = np.random.default_rng([simulation.seed, 3])
        self._seed = simulation.seed
        valid = 1 - simulation.duplicates - simulation.malformed
        self._duplicates = simulation.duplicates / valid
        self._malformed = simulation.malformed / valid
        self._number = 0
        self._broken = 0
        self._customers = [b"C%06d" % number for number in range(simulation.customers)]
        # Written once, since they are most of a record. The last one, which -1 finds, stands for none.
        self._customer_texts = [f'"C{number:06d}"' for number in range(simulation.customers)] + ["null"]
        self._products = [
            f'"product_id":"P{number:05d}","category":"{CATEGORIES[number % len(CATEGORIES)]}"'
            for number in range(simulation.products)
        ] + ['"product_id":null,"category":null']
        # Duplicates whose place is in a later block: distance into it, topic, key, value.
        self._waiting: list[tuple[float, str, bytes, bytes]] = []

    def spoil(self, lines: Lines, others: Sequence[Arrival] = ()) -> Block:
        """The records of a block of lines. An extra one's place is a fraction, so that it falls between two."""
        topics, keys, values = self._merged(lines, others)
        size = len(keys)
        labels = [int(Label.VALID)] * size
        if not (self._duplicates or self._malformed):
            return Block(topics, keys, values, labels)
        extras = [(record[0], int(Label.DUPLICATE), *record[1:]) for record in self._waiting if record[0] < size]
        self._waiting = [(record[0] - size, *record[1:]) for record in self._waiting if record[0] >= size]
        chosen = np.flatnonzero(self._random.random(size) < self._duplicates)
        places = chosen + 0.5 + np.floor(self._random.exponential(DUPLICATE_DISTANCE, len(chosen)))
        for at, place in zip(chosen.tolist(), places.tolist(), strict=True):
            if place < size:
                extras.append((place, int(Label.DUPLICATE), topics[at], keys[at], values[at]))
            else:
                self._waiting.append((place - size, topics[at], keys[at], values[at]))
        for at in np.flatnonzero(self._random.random(size) < self._malformed).tolist():
            self._broken += 1
            value = malformed(self._broken, f"sim:{self._seed}:malformed:{self._broken}", values[at], topics[at])
            extras.append((at + 0.5, int(Label.MALFORMED), topics[at], keys[at], value))
        order = np.argsort(np.concatenate([np.arange(size), [extra[0] for extra in extras]]), kind="stable").tolist()
        topics += [extra[2] for extra in extras]
        keys += [extra[3] for extra in extras]
        values += [extra[4] for extra in extras]
        labels += [extra[1] for extra in extras]
        return Block(
            [topics[at] for at in order], [keys[at] for at in order], [values[at] for at in order], [labels[at] for at in order]
        )  # fmt: skip

    def _merged(self, lines: Lines, others: Sequence[Arrival]) -> tuple[list[str], list[bytes], list[bytes]]:
        """Topics, keys and values of the lines and of the other records, in the order of their arrival."""
        keys, values = self._write(lines)
        topics = [ORDERS] * len(keys)
        if not others:
            return topics, keys, values
        # Of one moment the others come first: a customer is known before its order.
        arrived = np.concatenate([np.array([other.at for other in others], np.int64), lines["arrives_at"]])
        order = np.argsort(arrived, kind="stable").tolist()
        topics = [other.topic for other in others] + topics
        keys = [other.key for other in others] + keys
        values = [other.value for other in others] + values
        return [topics[at] for at in order], [keys[at] for at in order], [values[at] for at in order]

    def _write(self, lines: Lines) -> tuple[list[bytes], list[bytes]]:
        first, seed, customers, products = self._number, self._seed, self._customers, self._products
        self._number += len(lines)
        moments = np.datetime_as_string(lines["occurred_at"].astype("datetime64[ms]"), unit="ms").tolist()
        orders = lines["order"].tolist()
        buyers = lines["customer"].tolist()
        keys = [
            customers[buyer] if buyer >= 0 else b"sim-%d-%d" % (seed, order)
            for buyer, order in zip(buyers, orders, strict=True)
        ]
        texts = self._customer_texts
        columns = (lines[name].tolist() for name in ("kind", "line_no", "product", "quantity", "cents"))
        values = [
            (
                f'{{"event_id":"sim:{seed}:{number}","kind":"{KINDS[kind]}","order_id":"sim-{seed}-{order}",'
                f'"line_no":{line_no},"customer_id":{buyer},{products[product]},"quantity":{quantity},'
                f'"amount":"{cents // 100}.{cents % 100:02d}","currency":"{CURRENCY}",'
                f'"status":null,"occurred_at":"{at}Z"}}'
            ).encode()
            for number, order, buyer, at, kind, line_no, product, quantity, cents in zip(
                range(first, self._number), orders, (texts[buyer] for buyer in buyers), moments, *columns, strict=True
            )
        ]
        return keys, values
