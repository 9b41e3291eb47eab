"""The event contracts in `contracts/`, read with the Open Data Contract Standard's own package.

A contract states what an event of one topic is. This module gives its columns with their rules; the texts that each engine
needs (Flink's columns, ClickHouse's tables and validity rule, the arrival expectations) are computed where they are used.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, get_args

from open_data_contract_standard.model import CustomProperty, OpenDataContractStandard, SchemaProperty

from crm.errors import CrmError
from crm.settings import ROOT

CONTRACTS = ROOT / "contracts"
LogicalType = Literal["string", "integer", "number", "date", "timestamp"]
Bound = Decimal | date | datetime
# What an erasure leaves of an event: all that is not personal, or nothing. docs/decisions/0006-erasure.md
Erasure = Literal["anonymise", "drop"]


class ContractError(CrmError):
    """A contract file that cannot be used; the message names file and field."""


@dataclass(frozen=True)
class Column:
    """One field of an event.

    `minimum` and `maximum` are inclusive: Decimals for numbers, dates for dates, datetimes for timestamps. Lengths count
    code points. `pattern` is a regular expression that the whole text matches; `scale` the number of decimal places of a
    `number`. What is asked of events of one kind beyond that is `of_kind`.
    """

    name: str
    logical_type: LogicalType
    clickhouse_type: str
    required: bool
    description: str
    personal: bool = False
    min_length: int | None = None
    max_length: int | None = None
    allowed: tuple[str, ...] = ()
    minimum: Bound | None = None
    maximum: Bound | None = None
    scale: int = 0
    pattern: str = ""
    required_by_kind: tuple[str, ...] = ()
    minimum_by_kind: tuple[tuple[str, Bound], ...] = ()

    def of_kind(self, kind: str) -> "Column":
        """The column as it is asked of events of this kind."""
        required = self.required or kind in self.required_by_kind
        return replace(self, required=required, minimum=dict(self.minimum_by_kind).get(kind, self.minimum))


@dataclass(frozen=True)
class Contract:
    """A topic's events.

    `landed` is False where another contract extends this one: every record is forwarded to that one's topic, and only
    there do the layers read it. `max_message_bytes` is the topic's limit for a record, None for the broker's.
    """

    name: str
    topic: str
    partitions: int
    retention: timedelta
    key: str
    horizon: timedelta
    partition_key: tuple[str, ...]
    columns: tuple[Column, ...]
    file: Path
    landed: bool = True
    max_message_bytes: int | None = None
    erasure: Erasure = "anonymise"

    @property
    def subject(self) -> Column | None:
        """The column that names the person an event is about: the first personal one of the partition key; None: there is none."""
        return next((column for name in self.partition_key if (column := self.column(name)).personal), None)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that name an event or what it belongs to, and may be made up of the subject's name."""
        return tuple(dict.fromkeys(name for name in (self.key, *self.partition_key) if not self.column(name).personal))

    def column(self, name: str) -> Column:
        """The column called `name`; raises KeyError where there is none."""
        return next(column for column in self.columns if column.name == name)


def _custom(properties: list[CustomProperty] | None) -> dict[str, Any]:
    return {str(item.property): item.value for item in properties or []}


_BOUNDS: dict[str, Callable[[str], Bound]] = {"date": date.fromisoformat, "timestamp": datetime.fromisoformat}


def _column(file: Path, source: SchemaProperty) -> Column:
    options = source.logicalTypeOptions or {}
    logical = source.logicalType
    if logical not in get_args(LogicalType):
        known = ", ".join(get_args(LogicalType))
        raise ContractError(f"{file.name}: {source.name}: logicalType {logical!r} is none of {known}")
    if not source.name or not source.physicalType or not source.description:
        raise ContractError(f"{file.name}: {source.name}: a property needs a name, a physicalType and a description")
    custom, as_bound = _custom(source.customProperties), _BOUNDS.get(str(logical), Decimal)
    bounds = {name: as_bound(str(options[name])) for name in ("minimum", "maximum") if options.get(name) is not None}
    by_kind = custom.get("minimumByKind") or {}
    scale = int(source.physicalType.split(",")[1].strip(" )")) if logical == "number" else 0
    return Column(
        name=source.name,
        logical_type=logical,  # type: ignore[arg-type]
        clickhouse_type=source.physicalType,
        required=bool(source.required),
        description=source.description,
        personal=source.classification == "personal",
        min_length=options.get("minLength"),
        max_length=options.get("maxLength"),
        allowed=tuple(options.get("enum") or ()),
        scale=scale,
        pattern=options.get("pattern") or "",
        required_by_kind=tuple(custom.get("requiredByKind") or ()),
        minimum_by_kind=tuple((kind, as_bound(str(bound))) for kind, bound in by_kind.items()),
        **bounds,
    )


def read(file: Path) -> Contract:
    """Read one contract file; raises ContractError where it lacks what the platform needs.

    The custom property `extends` names a contract of the same folder, which gives the first columns, and each of the
    other custom properties that the file does not state itself.
    """
    contract, _ = _read(file)
    return contract


def _read(file: Path) -> tuple[Contract, dict[str, Any]]:
    try:
        document = OpenDataContractStandard.from_file(str(file))
    except Exception as error:  # the package raises whatever YAML or pydantic raise
        raise ContractError(f"{file}: not an ODCS contract: {error}") from error
    server = next((server for server in document.servers or [] if server.type == "kafka"), None)
    if server is None or not document.schema_ or not document.name:
        raise ContractError(f"{file.name}: needs a name, a server of type kafka and a schema")
    settings, kafka = _custom(document.customProperties), _custom(server.customProperties)
    columns = tuple(_column(file, item) for item in document.schema_[0].properties or [])
    if extended := settings.get("extends"):
        base, inherited = _read(file.with_name(f"{extended}.odcs.yaml"))
        columns, settings = (*base.columns, *columns), inherited | settings
    if twice := [name for name, count in Counter(column.name for column in columns).items() if count > 1]:
        raise ContractError(f"{file.name}: {', '.join(twice)}: stated twice (a contract has what it extends, too)")
    try:
        contract = Contract(
            name=document.name,
            topic=str(kafka["topic"]),
            partitions=int(kafka["partitions"]),
            retention=timedelta(hours=float(kafka["retentionHours"])),
            key=str(settings["deduplicationKey"]),
            horizon=timedelta(hours=float(settings["deduplicationHorizonHours"])),
            partition_key=tuple(settings["partitionKey"]),
            columns=columns,
            file=file,
            max_message_bytes=int(kafka["maxMessageBytes"]) if "maxMessageBytes" in kafka else None,
            erasure=settings.get("erasure", "anonymise"),
        )
        if contract.erasure not in ("anonymise", "drop"):
            raise ContractError(f"{file.name}: erasure: {contract.erasure!r} is neither anonymise nor drop")
        for name in (contract.key, *contract.partition_key):
            contract.column(name)
    except (KeyError, StopIteration) as error:
        raise ContractError(f"{file.name}: missing or unknown: {error}") from error
    return contract, settings


@lru_cache(maxsize=1)
def contracts() -> dict[str, Contract]:
    """Every contract by name, in the order of their files: what topics there are, and what producers may send."""
    found = [_read(file) for file in sorted(CONTRACTS.glob("*.odcs.yaml"))]
    extended = {settings.get("extends") for _, settings in found}
    return {contract.name: replace(contract, landed=contract.name not in extended) for contract, _ in found}


@lru_cache(maxsize=1)
def landed_contracts() -> dict[str, Contract]:
    """The contracts whose topics both layers read, by name: all but those that another one extends."""
    return {name: contract for name, contract in contracts().items() if contract.landed}
