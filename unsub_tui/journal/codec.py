"""JSON documents of the journal. Domain types are encoded as they are, and validated whenever they are read.

A run is stored once, as a `RunDocument`, and never changed. Amounts are texts with all digits, times are ISO 8601 in
UTC, Huawei Cloud's codes are as received. A format unknown to this version is rejected, not guessed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import AwareDatetime, BaseModel, ConfigDict, JsonValue

from unsub_tui.domain.account import AccountRef, Actor
from unsub_tui.domain.action import Action
from unsub_tui.domain.fact import Fact
from unsub_tui.domain.leftovers import ExpectedLeftover
from unsub_tui.domain.money import Amounts
from unsub_tui.domain.plan import Confirmation, Plan, PlanFileRef, PlanItem, RecordedRefusal
from unsub_tui.domain.resource import LICENSE_SUFFIX, RDS_SERVICE, is_license_id
from unsub_tui.domain.untrusted_text import UntrustedText

if TYPE_CHECKING:
    from unsub_tui.domain.inventory.plan_findings import PlanFindings

_SURROGATE = re.compile("[\ud800-\udfff]")


class Document(BaseModel):
    """Base class of all documents: frozen, unknown fields are rejected, and the validator is built on first use."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    def encode(self) -> str:
        """Return the document as JSON."""
        text = json.dumps(self.model_dump(mode="json"), ensure_ascii=False, separators=(",", ":"))
        return spell_out_surrogates(text)


class ItemDocument(Document):
    """An item of the plan, with all data needed to check its status later without the plan."""

    resource_id: str
    resource_name: UntrustedText
    service_type_code: UntrustedText
    resource_type_code: UntrustedText
    region_code: UntrustedText
    attached_ids: tuple[str, ...]
    fingerprint: dict[str, JsonValue]
    """State that had to be unchanged when the request was sent."""
    base_order_ids: tuple[str, ...]
    """Purchase and renewal orders, which the refund rows of an unsubscription order name."""
    estimate: Amounts
    """The amounts shown and confirmed."""
    together_ids: tuple[str, ...] = ()
    """Other primary resources in the same request: members of the bundle."""
    other_services: tuple[str, ...] = ()
    """Service types of its attached resources and of the other members of the bundle."""
    together_kinds: tuple[tuple[str, str], ...] = ()
    """Resource type and region of the other members of the bundle, whose orders may be separate ones."""
    attached_kinds: tuple[tuple[UntrustedText, UntrustedText], ...] = ()
    """Service and type of each resource of `attached_ids`, in that order; empty in older records."""
    replica_ids: tuple[str, ...] = ()
    """Read replicas that its database may have; they are no part of the item."""
    missing_backup_days: int = 0
    """Days within which it had no backup as a guard asks for, which was accepted; 0 if nothing was."""
    expected_leftovers: tuple[ExpectedLeftover, ...] | None = None
    """What the services named as staying behind; None if they were not asked, and in older records."""
    leftovers_unknown: Fact | None = None
    """Why more may stay behind than they named; None if they named everything."""

    @classmethod
    def of(cls, item: PlanItem, findings: PlanFindings | None = None) -> ItemDocument:
        """Return the document for this item, with what the services say about its resources."""
        resource = item.resource
        attached = sorted(item.attached, key=lambda each: each.id)
        return cls(
            resource_id=item.id,
            resource_name=resource.resource_name,
            service_type_code=resource.service_type_code,
            resource_type_code=resource.resource_type_code,
            region_code=resource.region_code,
            attached_ids=tuple(each.id for each in attached),
            attached_kinds=tuple((each.service_type_code, each.resource_type_code) for each in attached),
            fingerprint=to_json_values(item.fingerprint),
            base_order_ids=item.quote.order_ids,
            estimate=item.quote.amounts,
            together_ids=tuple(sorted(each.id for each in item.bundled)),
            replica_ids=tuple(each.id for each in item.replicas),
            missing_backup_days=item.missing_backup_days,
            expected_leftovers=None if findings is None else findings.expected_leftovers(item),
            leftovers_unknown=None if findings is None else findings.leftovers_unknown(item),
            together_kinds=tuple(
                sorted({(each.resource_type_code.raw, each.region_code.raw) for each in item.bundled})
            ),
            other_services=tuple(sorted({each.service_type_code.raw for each in (*item.attached, *item.bundled)})),
        )

    @property
    def has_all_orders(self) -> bool:
        """Whether `base_order_ids` contains the orders of all periods that are not over.

        The paid amount is known only if no bill of these periods is missing; zero can mean that no bill was found.
        """
        return bool(self.base_order_ids and self.estimate.paid)

    @property
    def services(self) -> tuple[str, ...]:
        """Service types of all resources of the item."""
        return (self.service_type_code.raw, *self.other_services)

    @property
    def own_kind(self) -> tuple[str, str]:
        """Resource type and region of the resource that represents the item."""
        return (self.resource_type_code.raw, self.region_code.raw)

    @property
    def requested_kinds(self) -> frozenset[tuple[str, str]]:
        """Resource type and region of the primary resources."""
        return frozenset({self.own_kind, *self.together_kinds})

    @property
    def all_ids(self) -> frozenset[str]:
        """Ids of all resources of the item, attached ones included."""
        return frozenset({*self.requested_ids, *self.attached_ids})

    @property
    def server_id(self) -> str:
        """The server of a data disk that is unsubscribed alone; empty for other items."""
        return str(self.fingerprint.get("attached_to", ""))

    @property
    def unplanned_license_ids(self) -> tuple[str, ...]:
        """Ids that licenses of its databases would have, except those of the item itself.

        A SQL Server database cannot be told from another one here, and those of the others do not exist.
        """
        if RDS_SERVICE not in self.services:
            return ()
        databases = (each for each in self.requested_ids if not is_license_id(each))
        return tuple(each + LICENSE_SUFFIX for each in databases if each + LICENSE_SUFFIX not in self.all_ids)

    @property
    def requested_ids(self) -> tuple[str, ...]:
        """Ids that the request contains."""
        return (self.resource_id, *self.together_ids)


class RunDocument(Document):
    """The plan of a run and its confirmation."""

    run_id: str
    started: AwareDatetime
    account: AccountRef
    actor: Actor
    """The local user and Huawei Cloud identity that confirmed and executed the run."""
    confirmation: Confirmation
    plan_file: PlanFileRef | None = None
    action: Action
    one_by_one: bool = False
    sentinel_id: str
    items: tuple[ItemDocument, ...]
    account_resources: int
    """Number of resources of the account when planned; 0 if unknown."""
    refused: tuple[RecordedRefusal, ...] = ()
    """Resources that the plan left out; empty in older records."""

    @property
    def count(self) -> int:
        """Number of resources that the run affects, equal to `Plan.count`."""
        affected = (item.all_ids if self.action.includes_attached else item.requested_ids for item in self.items)
        return len({each for ids in affected for each in ids})

    @classmethod
    def of(cls, plan: Plan, confirmation: Confirmation, *, run_id: str, started: datetime, actor: Actor) -> RunDocument:
        """Return the document for a confirmed plan."""
        findings = plan.findings if plan.action.deletes_resource else None
        return cls(
            run_id=run_id,
            started=started,
            account=plan.account,
            actor=actor,
            confirmation=confirmation,
            plan_file=plan.saved_plan,
            action=plan.action,
            one_by_one=plan.one_by_one,
            sentinel_id=plan.sentinel_id,
            items=tuple(ItemDocument.of(item, findings) for item in plan.items),
            account_resources=plan.account_resource_count,
            refused=tuple(each.recorded for each in plan.refused),
        )


def spell_out_surrogates(text: str) -> str:
    """Return JSON text with lone surrogates escaped twice: SQLite and UTF-8 cannot store them, nor JSON decoders."""
    return _SURROGATE.sub(lambda found: rf"\\u{ord(found[0]):x}", text)


def to_json_values(fingerprint: Mapping[str, object]) -> dict[str, JsonValue]:
    """Return a fingerprint as JSON decoding does, so that it can be compared with one from a journal or a file."""
    text = json.dumps(dict(fingerprint), ensure_ascii=False)
    values: dict[str, JsonValue] = json.loads(spell_out_surrogates(text))
    return values
