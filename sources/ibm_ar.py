"""IBM's sample of accounts receivable: one CSV file of invoices with their due and settled dates (a vendor's fictional data).

| column | event |
|---|---|
| InvoiceDate, DueDate, InvoiceAmount | invoiced, on the invoice's date |
| SettledDate | paid, the whole amount, on the settled date |
| Disputed `Yes` | disputed, the whole amount, on the invoice's date |
| Disputed `Yes` | dispute_resolved, the whole amount, on the settled date |

The file has dates and no times: each is the beginning of its day in the load's time zone. It does not say when a dispute
began; an invoice that is marked counts as contested while it was open. It names no currency either: the option decides.
"""

from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from crm.errors import CrmError
from sources.events import ReceivableEvent, cents, moment, money
from sources.files import Rejects, Row, rows

# The file's amounts have no currency; its publisher's is the best guess.
CURRENCY = "USD"
COLUMNS = ("customerID", "invoiceNumber", "InvoiceDate", "DueDate", "InvoiceAmount", "Disputed", "SettledDate")


def files(place: Path) -> list[Path]:
    """The file itself, or the CSV files of a folder, in the order of their names; raises CrmError where there are none."""
    found = [place] if place.is_file() else sorted(place.glob("*.csv"), key=lambda file: file.name)
    if not found:
        raise CrmError(f"{place}: no CSV files here; expected is a file with the columns {', '.join(COLUMNS)}")
    return found


def events(
    place: Path, zone: ZoneInfo, rejects: Rejects, *, currency: str = CURRENCY
) -> Iterator[tuple[Row, ReceivableEvent]]:
    """The entries of each invoice, in the order of files and lines."""
    lines: dict[str, str] = {}
    for file in files(place):
        for row in rows(file, COLUMNS, rejects):
            try:
                entries = _entries(row, zone, currency)
            except ValueError as error:
                rejects.add(row, str(error))
                continue
            first = lines.setdefault(entries[0].invoice_id, f"{row.file} line {row.line}")
            if first != f"{row.file} line {row.line}":
                rejects.add(row, f"invoiceNumber: {first} has the same")
                continue
            yield from ((row, entry) for entry in entries)


def _entries(row: Row, zone: ZoneInfo, currency: str) -> list[ReceivableEvent]:
    """The entries of one invoice; raises ValueError, naming the column, for what cannot be read."""
    customer, invoice, invoiced, due, amount_text, disputed, settled = (value.strip() for value in row.values)
    if disputed not in ("Yes", "No"):
        raise ValueError(f"Disputed: neither Yes nor No: {disputed!r}")
    exact = money(amount_text)
    amount = cents(exact)
    if amount != exact:
        raise ValueError(f"InvoiceAmount: more than two decimal places: {amount_text!r}")
    invoiced_on, due_on = _date("InvoiceDate", invoiced), _date("DueDate", due)
    settled_on = _date("SettledDate", settled) if settled else None

    def entry(kind: str, day: date, due_date: date | None = None) -> ReceivableEvent:
        return ReceivableEvent(
            event_id=f"ibm_ar:{invoice}:{kind}",
            kind=kind,
            invoice_id=invoice,
            customer_id=customer,
            due_date=due_date,
            amount=amount,
            currency=currency,
            occurred_at=moment(datetime.combine(day, time(), zone)),
        )

    found = [entry("invoiced", invoiced_on, due_on)]
    if disputed == "Yes":
        found.append(entry("disputed", invoiced_on))
    if settled_on:
        found.append(entry("paid", settled_on))
        if disputed == "Yes":
            found.append(entry("dispute_resolved", settled_on))
    return found


def _date(column: str, text: str) -> date:
    """A date as Americans write it, M/D/YYYY."""
    try:
        return datetime.strptime(text, "%m/%d/%Y").date()
    except ValueError:
        raise ValueError(f"{column}: not a date like 1/31/2013: {text!r}") from None
