"""Order lines as Kafka records, with the duplicates and the malformed records that a simulation asks for."""

import numpy as np

from sources.malformed import malformed
from sources.shop import CATEGORIES, CURRENCY, KINDS, Lines
from sources.simulation import Block, Label, Simulation

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
        # Duplicates whose place is in a later block: distance into it, key, value.
        self._waiting: list[tuple[float, bytes, bytes]] = []

    def spoil(self, lines: Lines) -> Block:
        """The records of a block of lines. An extra one's place is a fraction, so that it falls between two."""
        keys, values = self._write(lines)
        size = len(keys)
        labels = [int(Label.VALID)] * size
        if not (self._duplicates or self._malformed):
            return Block(keys, values, labels)
        extras = [(place, int(Label.DUPLICATE), key, value) for place, key, value in self._waiting if place < size]
        self._waiting = [(place - size, key, value) for place, key, value in self._waiting if place >= size]
        chosen = np.flatnonzero(self._random.random(size) < self._duplicates)
        places = chosen + 0.5 + np.floor(self._random.exponential(DUPLICATE_DISTANCE, len(chosen)))
        for at, place in zip(chosen.tolist(), places.tolist(), strict=True):
            if place < size:
                extras.append((place, int(Label.DUPLICATE), keys[at], values[at]))
            else:
                self._waiting.append((place - size, keys[at], values[at]))
        for at in np.flatnonzero(self._random.random(size) < self._malformed).tolist():
            self._broken += 1
            value = malformed(self._broken, f"sim:{self._seed}:malformed:{self._broken}", values[at])
            extras.append((at + 0.5, int(Label.MALFORMED), keys[at], value))
        order = np.argsort(np.concatenate([np.arange(size), [extra[0] for extra in extras]]), kind="stable").tolist()
        keys += [extra[2] for extra in extras]
        values += [extra[3] for extra in extras]
        labels += [extra[1] for extra in extras]
        return Block([keys[at] for at in order], [values[at] for at in order], [labels[at] for at in order])

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
