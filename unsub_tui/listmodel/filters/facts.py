"""Fields and states that a filter can name, known values of the closed fields, and the interface to the rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol


class FieldKind(StrEnum):
    """The type of a field's values, which determines how they compare."""

    TEXT = "text"
    FUTURE = "ahead"
    """Future time; `<30d` means less than 30 days from now."""
    PAST = "past"
    """Past time; `<30d` means less than 30 days ago."""
    MONEY = "money"
    """Amount; known only for quoted rows."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field that a filter can name."""

    name: str
    kind: FieldKind
    aliases: tuple[str, ...] = ()
    is_closed: bool = False
    """Whether a filter can name known values only."""
    is_never_empty: bool = False
    """Whether a row always has a value, so that `name:` alone matches nothing."""
    is_finding: bool = False
    """Whether the value is a finding of the inventory: unknown for some rows, without meaning for others."""


FIELDS = (
    Field("name", FieldKind.TEXT, is_never_empty=True),
    Field("id", FieldKind.TEXT, is_never_empty=True),
    Field("type", FieldKind.TEXT, ("service",), is_closed=True, is_never_empty=True),
    Field("region", FieldKind.TEXT, is_closed=True),
    Field("spec", FieldKind.TEXT),
    Field("project", FieldKind.TEXT),
    Field("state", FieldKind.TEXT, ("status",), is_closed=True, is_never_empty=True),
    Field("main", FieldKind.TEXT),
    Field("at-expiry", FieldKind.TEXT, is_closed=True),
    Field("order", FieldKind.TEXT, is_never_empty=True),
    Field("expires", FieldKind.FUTURE),
    Field("created", FieldKind.PAST),
    Field("changed", FieldKind.PAST),
    Field("paid", FieldKind.MONEY),
    Field("consumed", FieldKind.MONEY),
    Field("fee", FieldKind.MONEY),
    Field("refund", FieldKind.MONEY),
    Field("tag", FieldKind.TEXT, is_finding=True),
    Field("run", FieldKind.TEXT, is_closed=True, is_never_empty=True, is_finding=True),
    Field("attached", FieldKind.TEXT, is_closed=True, is_never_empty=True, is_finding=True),
    Field("bound", FieldKind.TEXT, is_closed=True, is_never_empty=True, is_finding=True),
    Field("cluster", FieldKind.TEXT, is_finding=True),
    Field("backup", FieldKind.PAST, is_finding=True),
    Field("quiet", FieldKind.TEXT, is_never_empty=True, is_finding=True),
)
"""Fields of resources. The findings are those of the inventory, because Huawei Cloud's list has only the others."""

STATES: Mapping[str, tuple[str, ...]] = {
    "is": ("selected", "eligible", "blocked", "primary", "attached", "auto-renew", "five-day", "quoted"),
    "has": ("attached",),
}
"""Values of `is:` and `has:`."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The fields and states that a filter of one kind of rows can name."""

    fields: tuple[Field, ...]
    states: Mapping[str, tuple[str, ...]]

    def field(self, name: str) -> Field | None:
        """Return the field with this name or alias, or None."""
        return next((each for each in self.fields if name == each.name or name in each.aliases), None)

    @property
    def names(self) -> list[str]:
        """All words that can precede an operator."""
        return [name for each in self.fields for name in (each.name, *each.aliases)] + list(self.states)


RESOURCES = Vocabulary(FIELDS, STATES)
"""Vocabulary of the resource list."""

RECORDS = Vocabulary(
    (
        Field("order", FieldKind.TEXT, ("id",)),
        Field("run", FieldKind.TEXT),
        Field("state", FieldKind.TEXT, ("status",), is_closed=True, is_never_empty=True),
        Field("user", FieldKind.TEXT, ("by",)),
        Field("type", FieldKind.TEXT, ("service",), is_closed=True),
        Field("resource", FieldKind.TEXT, ("name",)),
        Field("reason", FieldKind.TEXT),
        Field("ticket", FieldKind.TEXT),
        Field("date", FieldKind.PAST),
        Field("refund", FieldKind.MONEY),
        Field("consumed", FieldKind.MONEY),
        Field("fee", FieldKind.MONEY),
    ),
    {"is": ("run", "order", "ours", "others", "unsure", "open")},
)
"""Vocabulary of our runs and of unsubscription orders."""


_SERVICES = """
    ecs ec2 vm evs ebs volume disk rds vpc eip ip bandwidth cce
    aad antiddos aom apig apm as bcs bms bss cbh cbr cci ccm cc cdn cfw ces codearts config csbs css cts dataarts das
    dbss dc dcs ddm dds deh devcloud dew dgc dis dli dms dns drs dsc dws elb er es eps functiongraph ga gaussdb
    gaussdbformysql geip geminidb ges hsscs hss iec ims iotda kafka kms live lts marketplace meeting memcached
    mongodb modelarts mpc mrs mysql nat natgateway nosql obs ocr postgresql rabbitmq redis rocketmq roma rtc sa scm sdrs
    secmaster servicestage sfs sfsturbo smn swr taurusdb ucs vault vbs vod vpcep vpn waf workspace package
"""
SERVICES = tuple(_SERVICES.split())
"""Short names and codes of services and resource types, case-folded."""

_REGIONS = """
    cn-north-1 cn-north-2 cn-north-4 cn-north-9 cn-north-11 cn-north-12 cn-east-2 cn-east-3 cn-east-4 cn-east-5
    cn-south-1 cn-south-2 cn-south-4 cn-southwest-2 cn-northeast-1 ap-southeast-1 ap-southeast-2 ap-southeast-3
    ap-southeast-4 ap-southeast-5 my-kualalumpur-1 af-south-1 af-north-1 me-east-1 ae-ad-1 tr-west-1 eu-west-0
    eu-west-101 la-north-2 la-south-2 na-mexico-1 sa-brazil-1 sa-argentina-1 sa-chile-1 sa-peru-1 ru-moscow-1
    ru-northwest-2 cn-global global
"""
REGIONS = tuple(_REGIONS.split())
"""Region codes."""

STATE_NAMES = ("in-use", "closed", "frozen", "expired", "not-begun")
"""Resource states, as named by `state:`."""


class SearchText:
    """For each row, its own text and a text shared with other rows, which is stored and searched only once."""

    def __init__(self) -> None:
        self._own: list[str] = []
        self._common: list[str] = []
        self._distinct: dict[str, str] = {}
        """The distinct shared texts."""

    def __len__(self) -> int:
        return len(self._own)

    def add_row(self, own: str, common: str = "") -> None:
        """Append a row with its own and its shared text, both case-folded."""
        self._own.append(own)
        self._common.append(self._distinct.setdefault(common, common))

    def match_rows(self, text: str, rows: Sequence[int], *, is_found: bool) -> list[int]:
        """Return the given rows that contain the case-folded `text`, or with `is_found=False` those that do not."""
        own, common = self._own, self._common
        fitting = {each for each in self._distinct if text in each}
        if len(fitting) == len(self._distinct):  # common for a single letter
            return list(rows) if is_found else []
        if not fitting:
            return [row for row in rows if (text in own[row]) is is_found]
        return [row for row in rows if (text in own[row] or common[row] in fitting) is is_found]


class Facts(Protocol):
    """Column-wise access to the rows of a filter, so that 100,000 rows stay fast."""

    def now(self) -> datetime:
        """Return the reference time of relative times."""

    def search_text(self) -> SearchText:
        """Return the texts of the rows that bare words are searched in."""

    def texts(self, field: str) -> Sequence[str]:
        """Return the case-folded text of a field for each row; several values are separated by newlines."""

    def known_values(self, field: str) -> Collection[str]:
        """Return the possible values of a closed field, case-folded: those of this version and of the account."""

    def existing_values(self, field: str) -> Sequence[str]:
        """Return the values of a field in the account, case-folded and sorted; none for a field of a row's own."""

    def timestamps(self, field: str) -> Sequence[float | None]:
        """Return the Unix timestamp of a field for each row, in seconds; None if the row has none."""

    def amount(self, field: str, row: int) -> tuple[Decimal, str] | None:
        """Return the amount and currency of a row, or None if it is not quoted or the amount is unknown."""

    def known_findings(self, field: str) -> Sequence[bool | None]:
        """Return whether the finding of a field is known, for each row; None if it has no meaning for the row."""

    @property
    def outdated_findings(self) -> Collection[str]:
        """The fields whose findings were used since they were last read, although something has changed."""

    def refresh_findings(self, fields: Iterable[str]) -> Iterator[None]:
        """Read these findings from the inventory again, and yield after every few rows."""

    def has_state(self, name: str, row: int) -> bool:
        """Return whether a row has one of the `STATES`, written like `is:selected`."""
