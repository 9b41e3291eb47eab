"""UCI Online Retail: invoice lines of a British wholesaler, in one file per day or in one file.

| line | event |
|---|---|
| no `C` in front of the invoice number, quantity and price above 0 | placed |
| `C` in front, quantity below 0 | cancelled, quantity and amount positive |
| everything else (price 0, negative price, negative quantity without `C`) | adjusted, quantity and amount signed |

So placed - cancelled + adjusted is the sum of quantity x price over the file. The data has 5,268 lines that repeat
another one and are meant: an event id is file, line and a checksum of the line's fields. The checksum tells another
file of the same name. Only lines that the contract allows are numbered, since a line with the number 1 counts its order.
"""

import re
import zlib
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from sys import intern
from zoneinfo import ZoneInfo

from crm.contracts import contracts
from crm.errors import CrmError
from sources.events import OrderEvent, cents, local_moment, moment, money, whole
from sources.files import Rejects, Row, rows
from sources.validity import Validity

CURRENCY = "GBP"
COLUMNS = ("InvoiceNo", "StockCode", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID")
# Codes of a charge or a correction: they are in the totals, and their category lets a ranking of products omit them.
NOT_PRODUCTS = frozenset({"POST", "DOT", "C2", "M", "D", "S", "B", "CRUK", "BANK CHARGES", "AMAZONFEE"})
NOT_A_PRODUCT = "not a product"
# Pandas wrote the ids as floats, since some are missing.
FLOAT_ID = re.compile(r"(\d+)\.0+")
# What programs write for no customer; as an id it would be one customer who bought all that the anonymous did.
NO_ONE = frozenset({"", "nan", "null"})


def files(directory: Path) -> list[Path]:
    """The CSV files of `directory`, in the order of their names; raises CrmError where there are none."""
    found = sorted(directory.glob("*.csv"), key=lambda file: file.name)
    if not found:
        raise CrmError(f"{directory}: no CSV files here; expected are files with the columns {', '.join(COLUMNS)}")
    return found


def events(directory: Path, zone: ZoneInfo, rejects: Rejects) -> Iterator[tuple[Row, OrderEvent]]:
    """Each line that the contract allows as an event, in the order of files and lines."""
    valid = Validity(contracts()[OrderEvent.CONTRACT])
    numbers: Counter[tuple[str, str]] = Counter()
    rounded = Decimal(0)
    for file in files(directory):
        for row in rows(file, COLUMNS, rejects):
            invoice, code, quantity_text, date, price_text, customer = row.values
            try:
                quantity, price, occurred_at = whole(quantity_text), money(price_text), _moment(date, zone)
                exact = quantity * price
                amount = cents(exact)
            except ValueError as error:
                rejects.add(row, str(error))
                continue
            rest = exact - amount
            if invoice[:1] in ("C", "c") and quantity < 0 and price >= 0:
                kind, quantity, amount = "cancelled", -quantity, cents(-amount)
            elif invoice[:1] not in ("C", "c") and quantity > 0 and price > 0:
                kind = "placed"
            else:
                kind = "adjusted"
            event = OrderEvent(
                event_id=f"online_retail:{row.file}:{row.line}:{zlib.crc32(chr(31).join(row.all).encode()):08x}",
                kind=kind,
                order_id=intern(invoice),
                line_no=numbers[invoice, kind] + 1,
                customer_id=_customer(customer),
                product_id=intern(code) or None,
                category=NOT_A_PRODUCT if code.upper() in NOT_PRODUCTS else None,
                quantity=quantity,
                amount=amount,
                currency=CURRENCY,
                status=None,
                occurred_at=occurred_at,
            )
            if reason := valid.reason_of(event):
                rejects.add(row, reason)
                continue
            numbers[invoice, kind] += 1
            if rest:
                rejects.notes["lines whose quantity x price was rounded to the cent"] += 1
                rounded += rest
            yield row, event
    if rounded:
        rejects.notes[f"sum of what the rounding took away: {rounded} {CURRENCY}"] += 1


@lru_cache(maxsize=1 << 16)
def _customer(text: str) -> str | None:
    text = text.strip()
    match = FLOAT_ID.fullmatch(text)
    return match[1] if match else None if text.casefold() in NO_ONE else text


@lru_cache(maxsize=1 << 16)
def _moment(text: str, zone: ZoneInfo) -> int:
    if "/" in text:  # as in the file that UCI's spreadsheet is often passed on as: 12/1/2010 8:26
        return moment(datetime.strptime(text, "%m/%d/%Y %H:%M").replace(tzinfo=zone))
    return local_moment(text, zone)
