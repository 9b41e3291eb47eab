"""Arrears in plain Python: what a bookkeeper finds who reads all entries up to an instant, one invoice after the other.

Independent of both engines and of the views' SQL: it looks at each day by itself. Days are UTC.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

UP, DOWN = ("invoiced", "penalised", "reversed"), ("paid", "credited", "written_off")
DAY = timedelta(days=1)
Account = tuple[str, str, str]  # customer, invoice, currency


class Entry(NamedTuple):
    """One event of the contract receivables."""

    kind: str
    customer_id: str
    invoice_id: str
    currency: str
    due_date: date
    amount: Decimal
    occurred_at: datetime

    @property
    def day(self) -> date:
        return self.occurred_at.astimezone(UTC).date()

    @property
    def owed(self) -> Decimal:
        return self.amount if self.kind in UP else -self.amount if self.kind in DOWN else Decimal(0)


def bucket(balance: Decimal, due: date, day: date, nothing: str = "settled") -> str:
    """The bucket of a balance on a day."""
    late = (day - due).days
    if balance <= 0:
        return "credit" if balance < 0 else nothing
    return next(
        (name for name, most in (("current", 0), ("1-30", 30), ("31-60", 60), ("61-90", 90)) if late <= most), "over 90"
    )


def end_of(day: date) -> datetime:
    """The last instant of a day."""
    return datetime.combine(day + DAY, time(), UTC) - timedelta(milliseconds=1)


class Books:
    """All accounts as of an instant."""

    def __init__(self, entries: Iterable[Entry], as_of: datetime) -> None:
        self.as_of, self.today = as_of, as_of.date()
        self.accounts: dict[Account, list[Entry]] = defaultdict(list)
        for entry in entries:
            if entry.occurred_at <= as_of:
                self.accounts[entry.customer_id, entry.invoice_id, entry.currency].append(entry)

    def balance(self, account: Account) -> Decimal:
        return sum((entry.owed for entry in self.accounts[account]), Decimal(0))

    def due(self, account: Account) -> date:
        invoices = [entry for entry in self.accounts[account] if entry.kind == "invoiced"]
        if not invoices:
            return min(entry.day for entry in self.accounts[account])
        return max(invoices, key=lambda entry: (entry.occurred_at, entry.due_date)).due_date

    def bucket(self, account: Account) -> str:
        return bucket(self.balance(account), self.due(account), self.today)

    def days_past_due(self, account: Account) -> int:
        return max((self.today - self.due(account)).days, 0) if self.balance(account) > 0 else 0

    def disputed(self, account: Account) -> Decimal:
        sign = {"disputed": 1, "dispute_resolved": -1}
        contested = sum((sign.get(entry.kind, 0) * entry.amount for entry in self.accounts[account]), Decimal(0))
        return max(min(contested, self.balance(account)), Decimal(0))

    def open(self) -> dict[Account, tuple[Decimal, Decimal, date, int, str]]:
        """Accounts that are not settled: balance, disputed, due date, days past due, bucket."""
        return {
            a: (self.balance(a), self.disputed(a), self.due(a), self.days_past_due(a), self.bucket(a))
            for a in self.accounts
            if self.balance(a)
        }

    def day_by_day(self) -> dict[tuple[str, date], tuple[int, Decimal, int, Decimal]]:
        """For each currency and day with something owed by its end, or later: open and overdue invoices and their balances."""
        found: dict[tuple[str, date], tuple[int, Decimal, int, Decimal]] = {}
        everything = [entry for entries in self.accounts.values() for entry in entries]
        for currency in {entry.currency for entry in everything}:
            entries = [entry for entry in everything if entry.currency == currency]
            day, begun = min(entry.day for entry in entries), False
            while day <= self.today:
                books = Books(entries, min(end_of(day), self.as_of))
                owed = [a for a in books.accounts if books.balance(a) > 0]
                late = [a for a in owed if books.days_past_due(a)]
                if begun := begun or bool(owed):
                    sums = (sum((books.balance(a) for a in accounts), Decimal(0)) for accounts in (owed, late))
                    found[currency, day] = (len(owed), next(sums), len(late), next(sums))
                day += DAY
        return found

    def first_delinquent_on(self, customer: str, currency: str) -> date | None:
        own = [e for a, entries in self.accounts.items() if (a[0], a[2]) == (customer, currency) for e in entries]
        return min((day for (_, day), row in Books(own, self.as_of).day_by_day().items() if row[2]), default=None)

    def promises(self, customer: str, currency: str) -> tuple[int, int]:
        """Promises, and those of them that were broken."""
        promised = broken = 0
        for account, entries in self.accounts.items():
            if (account[0], account[2]) != (customer, currency):
                continue
            amounts: dict[tuple[datetime, date], Decimal] = defaultdict(Decimal)
            for entry in entries:
                if entry.kind == "promised":
                    amounts[entry.occurred_at, entry.due_date] += entry.amount
            promised += len(amounts)
            for (at, by), amount in amounts.items():
                until = [entry for entry in entries if entry.day <= by]
                came = sum(
                    (-e.owed for e in until if e.kind in ("paid", "reversed") and e.occurred_at >= at), Decimal(0)
                )
                left = sum((entry.owed for entry in until), Decimal(0))
                broken += by < self.today and left > 0 and (amount == 0 or came < amount)
        return promised, broken


def dso(entries: list[Entry], as_of: datetime, currency: str, days: int) -> dict[str, Any]:
    """Receivables at both ends of the period, its sales, and the four ratios."""
    own = [entry for entry in entries if entry.currency == currency]
    before, after = Books(own, end_of(as_of.date() - days * DAY)), Books(own, as_of)
    sign = {"invoiced": 1, "credited": -1}
    start = sum((max(before.balance(a), Decimal(0)) for a in before.accounts), Decimal(0))
    end = sum((max(after.balance(a), Decimal(0)) for a in after.accounts), Decimal(0))
    current = sum((after.balance(a) for a in after.accounts if after.bucket(a) == "current"), Decimal(0))
    period = [e for e in own if e.occurred_at <= as_of and e.day > as_of.date() - days * DAY]
    sales = sum((sign.get(entry.kind, 0) * entry.amount for entry in period), Decimal(0))
    ratios = [float(amount * days / sales) if sales > 0 else None for amount in (end, current, end - current)]
    due = start + sales - current
    return {
        "money": (start, sales, end, current),
        "ratios": [*ratios, float((start + sales - end) * 100 / due) if due > 0 else None],
    }


def rolls(entries: list[Entry], since: datetime, as_of: datetime) -> dict[tuple[str, str, str], list[Any]]:
    """Invoices and their balances at both instants, by currency, bucket before and bucket after."""
    before, after = Books(entries, since), Books(entries, as_of)
    found: dict[tuple[str, str, str], list[Any]] = defaultdict(lambda: [0, Decimal(0), Decimal(0)])
    for a in after.accounts:
        old = before.balance(a) if a in before.accounts else Decimal(0)
        if old or after.balance(a):
            origin = bucket(old, before.due(a), since.date(), "new") if old else "new"
            row = found[a[2], origin, after.bucket(a)]
            found[a[2], origin, after.bucket(a)] = [row[0] + 1, row[1] + old, row[2] + after.balance(a)]
    return dict(found)
