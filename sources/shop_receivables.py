"""What customers of the simulated shop owe who buy on account: an invoice for each order, and what becomes of it.

Most pay in time; some pay late, in parts, too much, or not at all. Lines that go back are credited, a part is disputed, who is
reminded promises to pay (and does, or does not), fees are charged, and what never comes is written off. Nothing but the
invoices and the lines that go back is decided in advance: each step looks at what is owed by then.
"""

import random
from bisect import insort
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from sources.events import EPOCH, ReceivableEvent
from sources.shop import CANCELLED, CURRENCY, PLACED, RETURNED, Lines
from sources.shop_customers import Customers, customer_id
from sources.simulation import Timed

DAY = 86_400_000  # milliseconds
TERMS, TERMS_SHARES = (14, 30, 60), (0.3, 0.5, 0.2)  # days
# How a customer's invoices end, by its habits: in time, late, in parts, with too much, never.
ENDINGS = ("in time", "late", "in parts", "too much", "never")
HABITS = {
    "prompt": (0.9, 0.05, 0.02, 0.03, 0.0),
    "slow": (0.25, 0.5, 0.2, 0.03, 0.02),
    "poor": (0.05, 0.3, 0.25, 0.0, 0.4),
}
HABIT_SHARES = (0.6, 0.3, 0.1)
# In the mean so many entries follow an invoice, so many days later.
ENTRIES_AFTER, ENTRIES_AFTER_DAYS = 1.5, 28.0
DISPUTED_SHARE, DISPUTE_CREDITED_SHARE, PROMISED_SHARE, KEPT_SHARE, REST_PAID_SHARE = 0.06, 0.5, 0.4, 0.6, 0.75
BOUNCED_SHARE, REFUNDED_SHARE = 0.01, 0.6
# Days past due until a fee is charged; the fee is so much of what is owed, at least so many cents.
PENALISED_AFTER, PENALTY_SHARE, PENALTY_LEAST = 30.0, 0.02, 500
WRITTEN_OFF_AFTER = (120.0, 180.0)
OWED = {"invoiced": 1, "penalised": 1, "reversed": 1, "paid": -1, "credited": -1, "written_off": -1}


@dataclass
class Account:
    """The entries of one invoice: moment (milliseconds since 1970), place, kind, cents, due date; in order of time."""

    customer: int
    invoice_id: str
    entries: list[tuple[int, int, str, int, date | None]] = field(default_factory=list)

    def add(self, at: float, kind: str, cents: int, due: date | None = None) -> None:
        """Enter it, if it says anything."""
        if cents > 0:
            insort(self.entries, (int(at), len(self.entries), kind, cents, due))

    def owed(self, at: float) -> int:
        """The balance by then, in cents."""
        return sum(OWED.get(kind, 0) * cents for when, _, kind, cents, _ in self.entries if when <= at)


class Receivables:
    """Follows the shop's orders. `day`: milliseconds that a day takes; of less than a real one, old invoices are brought in."""

    def __init__(self, seed: int, customers: Customers, day: float) -> None:
        random = np.random.default_rng([seed, 6])
        size = len(customers.buys_on_account)
        self._seed, self._customers, self._day = seed, customers, day
        self._terms = random.choice(TERMS, size, p=TERMS_SHARES)
        self._habit = random.choice(len(HABITS), size, p=HABIT_SHARES)
        self._is_known = np.zeros(size, bool)
        self._events = 0

    def after(self, made: Lines, draw: random.Random) -> Iterator[Timed]:
        """The ledger of orders on account."""
        on_account = made[(made["customer"] >= 0) & self._customers.buys_on_account[made["customer"]]]
        back: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for line in on_account[np.isin(on_account["kind"], (CANCELLED, RETURNED))].tolist():
            back[line[2]].append((line[1], line[3]))
        placed = on_account[on_account["kind"] == PLACED]
        # The lines of an order lie beside each other.
        orders, first = np.unique(placed["order"], return_index=True)
        amounts = np.add.reduceat(placed["cents"], first).tolist() if len(first) else []
        for order, line, ordered in zip(orders.tolist(), placed[first].tolist(), amounts, strict=True):
            _, ordered_at, _, _, customer, *_ = line
            if not self._is_known[customer] and self._day < DAY:
                yield from self._told(self._brought_in(customer, ordered_at, ordered, draw), ordered_at)
            self._is_known[customer] = True
            account = Account(customer, f"R-{self._seed}-{order}")
            at = ordered_at + draw.uniform(0.3, 1.3) * self._day
            cents = ordered - sum(less for when, less in back[order] if when <= at)
            due_at = at + int(self._terms[customer]) * self._day
            account.add(at, "invoiced", cents, _day_of(due_at))
            for when, less in back[order]:
                if when > at:
                    account.add(when, "credited", less)
            if cents > 0:
                self._ending(account, at, due_at, draw)
            yield from self._told(account, at)

    def _brought_in(self, customer: int, now: int, cents: int, draw: random.Random) -> Account:
        """An invoice from before the simulation, of which the customer has not been heard since: a live ledger is not empty."""
        account = Account(customer, f"R-{self._seed}-before-{customer}")
        invoiced_at = now - draw.uniform(10, 150) * DAY
        account.add(invoiced_at, "invoiced", cents, _day_of(invoiced_at + int(self._terms[customer]) * DAY))
        self._ending(account, now, now + self._day, draw)
        return account

    def _ending(self, account: Account, at: float, due_at: float, draw: random.Random) -> None:
        """What becomes of an invoice from `at` on, step by step."""
        day, time_left = self._day, due_at - at
        if draw.random() < DISPUTED_SHARE:
            self._dispute(account, at + draw.uniform(0.1, 0.5) * time_left, draw)
        [ending] = draw.choices(ENDINGS, list(HABITS.values())[self._habit[account.customer]])
        if ending == "in time":
            self._pay(account, due_at - draw.uniform(0, 0.5) * time_left, 1.0, draw)
        elif ending == "late":
            self._remind(account, due_at, due_at + (1 + draw.expovariate(1 / 15)) * day, draw)
        elif ending == "in parts":
            self._pay(account, due_at - draw.uniform(0, 0.2) * time_left, draw.uniform(0.3, 0.7), draw)
            until = due_at + draw.uniform(10, 60) * day if draw.random() < REST_PAID_SHARE else None
            self._remind(account, due_at, until, draw)
        elif ending == "too much":
            self._pay(account, due_at - draw.uniform(0, 0.3) * time_left, draw.choice((1.1, 1.5, 2.0)), draw)
        else:
            self._remind(account, due_at, None, draw)
        last = account.entries[-1][0]
        if draw.random() < REFUNDED_SHARE:
            account.add(last + draw.uniform(3, 15) * day, "reversed", -account.owed(last))

    def _dispute(self, account: Account, at: float, draw: random.Random) -> None:
        """Part of it is contested, and given up or credited."""
        contested = round(account.owed(at) * draw.uniform(0.1, 0.6))
        account.add(at, "disputed", contested)
        settled_at = at + draw.uniform(3, 20) * self._day
        account.add(settled_at, "dispute_resolved", contested)
        if draw.random() < DISPUTE_CREDITED_SHARE:
            account.add(settled_at, "credited", contested)

    def _remind(self, account: Account, due_at: float, pays_at: float | None, draw: random.Random) -> None:
        """The customer is past due until it pays, or until it is written off."""
        day = self._day
        ends_at = due_at + draw.uniform(*WRITTEN_OFF_AFTER) * day if pays_at is None else pays_at
        if draw.random() < PROMISED_SHARE:
            promised_at = due_at + draw.uniform(0.3, 0.8) * min(ends_at - due_at, 20 * day)
            is_kept = pays_at is not None and draw.random() < KEPT_SHARE
            by = ends_at + day if is_kept else promised_at + 0.5 * min(ends_at - promised_at, 10 * day)
            account.add(promised_at, "promised", account.owed(promised_at), _day_of(by))
        penalised_at = due_at + PENALISED_AFTER * day
        if penalised_at < ends_at and (owed := account.owed(penalised_at)) > 0:
            account.add(penalised_at, "penalised", max(round(owed * PENALTY_SHARE), PENALTY_LEAST))
        if pays_at is None:
            account.add(ends_at, "written_off", account.owed(ends_at))
        else:
            self._pay(account, pays_at, 1.0, draw)

    def _pay(self, account: Account, at: float, share: float, draw: random.Random) -> None:
        """So much of what is owed by then; seldom the bank takes it back, and it is paid again."""
        cents = round(account.owed(at) * share)
        account.add(at, "paid", cents)
        if draw.random() < BOUNCED_SHARE:
            account.add(at + 2 * self._day, "reversed", cents)
            account.add(at + 5 * self._day, "paid", cents)

    def _told(self, account: Account, known_at: float) -> Iterator[Timed]:
        """The account's entries as events; what is older than `known_at` becomes known then."""
        for at, _, kind, cents, due in account.entries:
            self._events += 1
            event = ReceivableEvent(
                event_id=f"sim:{self._seed}:receivables:{self._events}",
                kind=kind,
                invoice_id=account.invoice_id,
                customer_id=customer_id(account.customer),
                due_date=due,
                amount=Decimal(cents).scaleb(-2),
                currency=CURRENCY,
                occurred_at=at,
            )
            yield max(at, int(known_at)), event


def records_per_invoice(days: float) -> float:
    """Entries of an invoice within a simulation of so many days, in the mean: the last invoices' come after it."""
    return 1 + ENTRIES_AFTER * max(1 - ENTRIES_AFTER_DAYS / days, 0.25)


def _day_of(at: float) -> date:
    return (EPOCH + timedelta(milliseconds=at)).date()
