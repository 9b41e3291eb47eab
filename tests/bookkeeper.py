"""Arrears in plain Python: what a bookkeeper finds who reads all entries up to an instant, one invoice after the other.

Independent of both engines and of the views' SQL: it looks at each day by itself. Days are those of the time zone that the instant
is given in.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
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

    def day(self, zone: tzinfo) -> date:
        return self.occurred_at.astimezone(zone).date()

    def dated(self, zone: tzinfo) -> "Entry":
        """The entry where the business is: what names no day has that of the event in UTC, and means no earlier one than here."""
        return self._replace(due_date=max(self.due_date, self.day(zone))) if self.due_date == self.day(UTC) else self

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


def end_of(day: date, zone: tzinfo = UTC) -> datetime:
    """The last instant of a day of a time zone, which may have 23 or 25 hours."""
    return (datetime.combine(day + DAY, time(), zone).astimezone(UTC) - timedelta(milliseconds=1)).astimezone(zone)


class Books:
    """All accounts as of an instant, whose time zone is that of the business."""

    def __init__(self, entries: Iterable[Entry], as_of: datetime) -> None:
        self.as_of, self.today = as_of, as_of.date()
        self.zone = as_of.tzinfo or UTC
        self.accounts: dict[Account, list[Entry]] = defaultdict(list)
        until = as_of.astimezone(UTC)  # of one zone, Python compares what its clocks show
        for entry in entries:
            if entry.occurred_at <= until:
                self.accounts[entry.customer_id, entry.invoice_id, entry.currency].append(entry.dated(self.zone))

    def balance(self, account: Account) -> Decimal:
        return sum((entry.owed for entry in self.accounts[account]), Decimal(0))

    def due(self, account: Account) -> date:
        invoices = [entry for entry in self.accounts[account] if entry.kind == "invoiced"]
        if not invoices:
            return min(entry.day(self.zone) for entry in self.accounts[account])
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

    def owed_on(self, currency: str, day: date) -> tuple[int, Decimal, int, Decimal]:
        """Open and overdue invoices, and their balances, at the end of a day."""
        entries = [entry for account, own in self.accounts.items() if account[2] == currency for entry in own]
        books = Books(entries, self._until(day))
        owed = [a for a in books.accounts if books.balance(a) > 0]
        late = [a for a in owed if books.days_past_due(a)]
        sums = [sum((books.balance(a) for a in accounts), Decimal(0)) for accounts in (owed, late)]
        return len(owed), sums[0], len(late), sums[1]

    def owed_since(self, currency: str) -> date | None:
        """The first day by whose end something was owed."""
        own = [account for account in self.accounts if account[2] == currency]
        return min((day for a in own for day in self.turns(a) if self._on(a, day).balance(a) > 0), default=None)

    def day_by_day(self) -> dict[tuple[str, date], tuple[int, Decimal, int, Decimal]]:
        """For each currency and day with something owed by its end, or later: open and overdue invoices and their balances."""
        found: dict[tuple[str, date], tuple[int, Decimal, int, Decimal]] = {}
        for currency in {account[2] for account in self.accounts}:
            day = self.owed_since(currency)
            while day and day <= self.today:
                found[currency, day] = self.owed_on(currency, day)
                day += DAY
        return found

    def turns(self, account: Account) -> list[date]:
        """The days up to today on which an account can become owed or overdue: those of entries, and those after due dates."""
        entries = self.accounts[account]
        own = {entry.day(self.zone) for entry in entries}
        # what has no invoice yet is due on the day of its first entry
        days = own | {day + DAY for day in own} | {entry.due_date + DAY for entry in entries}
        return sorted(day for day in days if day <= self.today)

    def _on(self, account: Account, day: date) -> "Books":
        return Books(self.accounts[account], self._until(day))

    def _until(self, day: date) -> datetime:
        return self.as_of if day >= self.today else end_of(day, self.zone)

    def first_delinquent_on(self, customer: str, currency: str) -> date | None:
        """The first day that ended with something past due."""
        own = [a for a in self.accounts if (a[0], a[2]) == (customer, currency)]
        firsts = [next((day for day in self.turns(a) if self._on(a, day).days_past_due(a)), None) for a in own]
        return min((day for day in firsts if day), default=None)

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
                until = [entry for entry in entries if entry.day(self.zone) <= by]
                came = sum(
                    (-e.owed for e in until if e.kind in ("paid", "reversed") and e.occurred_at >= at), Decimal(0)
                )
                left = sum((entry.owed for entry in until), Decimal(0))
                # instalments of one plan: what was promised at the same moment until the same day
                plan = sum(part for (moment, day), part in amounts.items() if moment == at and day <= by)
                broken += by < self.today and left > 0 and (amount == 0 or came < plan)
        return promised, broken


def dso(entries: list[Entry], as_of: datetime, currency: str, days: int) -> dict[str, Any]:
    """Receivables at both ends of the period, its sales, and the four ratios."""
    own, last = [entry for entry in entries if entry.currency == currency], as_of.date() - days * DAY
    after = Books(own, as_of)
    before = Books(own, end_of(last, after.zone))
    sign = {"invoiced": 1, "penalised": 1, "credited": -1}
    start = sum((max(before.balance(a), Decimal(0)) for a in before.accounts), Decimal(0))
    end = sum((max(after.balance(a), Decimal(0)) for a in after.accounts), Decimal(0))
    current = sum((after.balance(a) for a in after.accounts if after.bucket(a) == "current"), Decimal(0))
    period = [entry for account in after.accounts.values() for entry in account if entry.day(after.zone) > last]
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
