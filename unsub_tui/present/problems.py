"""Formats problems as sentences: what happened, Huawei Cloud's message, and the next step."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from unsub_tui.domain.account import LockOwner
from unsub_tui.domain.permissions import PERMISSIONS
from unsub_tui.domain.problem import Problem, ProblemKind
from unsub_tui.present.fact_texts import fact_text
from unsub_tui.present.i18n import _
from unsub_tui.present.time_format import format_datetime


def problem_text(problem: Problem) -> str:
    """Return what happened and the next step on one line.

    The sentence for a known code covers both; Huawei Cloud's message follows it.
    """
    # The sentence of a code replaces the one of the kind, which alone can contain facts.
    known = "" if problem.detail or problem.facts else _CODES.get(problem.code.raw)
    if known and not _may_be_fixed_auto_renewal(problem):
        return " ".join(filter(None, (known, _vendor_message(problem))))
    return f"{problem_facts(problem)} {advice(problem)}"


def problem_facts(problem: Problem) -> str:
    """Return what happened on one line, without the next step."""
    return " ".join(filter(None, (problem_sentence(problem), _vendor_message(problem))))


def problem_sentence(problem: Problem) -> str:
    """Return the problem as a sentence, with its facts if it has any."""
    sentence, details = _KIND_SENTENCES[problem.kind], problem_details(problem)
    if not details:
        return f"{sentence}."
    end = "" if details.endswith(("?", ".")) else "."  # the last detail may end a sentence
    return f"{sentence}: {details}{end}"


def problem_details(problem: Problem) -> str:
    """Return the facts of a problem and the text from outside, without the sentence of its kind; may be empty."""
    return "; ".join(part for part in (*map(fact_text, problem.facts), problem.detail) if part)


def _vendor_message(problem: Problem) -> str:
    """Return code, message, HTTP status and request id from Huawei Cloud, or an empty string."""
    said = " ".join(part for part in (problem.code.for_display(), problem.message.for_display()) if part)
    status = f"HTTP {problem.http_status}" if problem.http_status else ""
    request = _("request {id}").format(id=problem.request_id.for_display()) if problem.request_id else ""
    inside = ", ".join(part for part in (said, status, request) if part)
    return f"[{inside}]" if inside else ""


def advice(problem: Problem) -> str:
    """Return the next step for the user."""
    if problem.kind is ProblemKind.PERMISSION:
        return _permission(problem)
    if _may_be_fixed_auto_renewal(problem):
        return _FIXED_AUTO_RENEWAL
    if any(each.code.startswith("two_people") for each in problem.facts):
        return _("Give the plan file to another IAM user; `w` in the review or `unsub-tui plan` writes one.")
    return _CODES.get(problem.code.raw) or _ADVICE[problem.kind]


def _may_be_fixed_auto_renewal(problem: Problem) -> bool:
    """Return whether an EIP or a read replica that was not recognized may explain the refusal of the change.

    Huawei Cloud publishes no code for it.
    """
    is_change = problem.operation in ("autorenew_on", "autorenew_off") and problem.http_status in range(400, 500)
    is_general = problem.code.raw not in _CODES or problem.code.raw in _GENERAL_REFUSALS
    return is_change and problem.kind is ProblemKind.SERVICE and is_general


def _permission(problem: Problem) -> str:
    """Return the missing permission: the one that Huawei Cloud names, otherwise the one that the operation needs."""
    known = PERMISSIONS.get(problem.operation)
    named = problem.permission
    if known is not None and named in ("", known.policy_code):
        named = known.action  # the sentence names the code of older policies as well
    if not named:
        return _("Ask for the billing permissions; `unsub-tui doctor` prints a policy to paste.")
    words = (
        _(
            "Ask for the permission {named} (older policies: {code}); `unsub-tui doctor` prints a policy to paste. "
            "If it is already granted, look for a condition on billing:cloudServiceType: it works with the unsubscribe "
            "action only. Or a service control policy of the organization denies it."
        )
        if known is not None and known.policy_code
        else _(
            "Ask for the permission {named}; `unsub-tui doctor` prints a policy to paste. If it is already granted, "
            "look for a condition on billing:cloudServiceType: it works with the unsubscribe action only. Or a service "
            "control policy of the organization denies it."
        )
    )
    return words.format(named=named, code=known.policy_code if known else "")


_KIND_SENTENCES: Mapping[ProblemKind, str] = {
    ProblemKind.USAGE: _("An argument is wrong"),
    ProblemKind.CONFIG: _("A setting is wrong"),
    ProblemKind.CREDENTIALS: _("The credentials are missing or were rejected"),
    ProblemKind.PERMISSION: _("The identity lacks a permission"),
    ProblemKind.ORGANIZATION: _("Denied by a service control policy of the organization"),
    ProblemKind.FROZEN: _("The account is frozen"),
    ProblemKind.WRONG_SITE: _("The account belongs to another site"),
    ProblemKind.NETWORK: _("Huawei Cloud could not be reached or did not respond in time"),
    ProblemKind.THROTTLED: _("Huawei Cloud limits the request rate"),
    ProblemKind.SERVICE: _("Huawei Cloud responded with an error"),
    ProblemKind.BAD_RESPONSE: _("The response of Huawei Cloud is invalid"),
    ProblemKind.CLOCK: _("This machine's clock differs too much from Huawei Cloud's"),
    ProblemKind.INCOMPLETE: _("The list is incomplete"),
    ProblemKind.GUARD: _("Not allowed by a guard"),
    ProblemKind.OTHER_ACCOUNT: _("The plan is for another account"),
    ProblemKind.DRIFT: _("The resource no longer matches the confirmed state"),
    ProblemKind.JOURNAL: _("The record cannot be written or read"),
    ProblemKind.LOCKED: _("Another process is running a plan for this account"),
    ProblemKind.STOPPED: _("Stopped before it was submitted"),
    ProblemKind.FILE: _("The file cannot be used"),
    ProblemKind.INTERNAL: _("Internal error"),
}

_ADVICE: Mapping[ProblemKind, str] = {
    ProblemKind.USAGE: _("Correct it; --help explains the arguments of a command."),
    ProblemKind.CONFIG: _("Correct it; `unsub-tui config show` lists the source of each value."),
    ProblemKind.CREDENTIALS: _("Check the keys; `unsub-tui doctor` shows which ones are used and their source."),
    ProblemKind.ORGANIZATION: _("Ask the organization's administrator; an IAM permission does not override it."),
    ProblemKind.FROZEN: _("Resolve that first; the console's Billing Center shows the reason."),
    ProblemKind.WRONG_SITE: _(
        "Remove `site` from the profile and UNSUB_SITE from the environment to detect the site, or set another one "
        "of cn, intl, eu."
    ),
    ProblemKind.NETWORK: _("Check the connection and try again."),
    ProblemKind.THROTTLED: _("Wait a minute and try again."),
    ProblemKind.SERVICE: _("Try again later; keep the request id for a ticket."),
    ProblemKind.BAD_RESPONSE: _("No conclusion was drawn from it. Try again, or update the program."),
    ProblemKind.CLOCK: _("Correct the clock (NTP) and try again."),
    ProblemKind.INCOMPLETE: _("Nothing is planned from an incomplete list; load it again."),
    ProblemKind.GUARD: _("Change the plan, or the guard in your configuration."),
    ProblemKind.OTHER_ACCOUNT: _("Nothing was submitted; use the profile of that account: --profile NAME."),
    ProblemKind.DRIFT: _("Nothing was submitted for it; review it again."),
    ProblemKind.JOURNAL: _("Nothing is submitted without a record; check disk space and permissions."),
    ProblemKind.LOCKED: _("Wait for it to end, or stop it there."),
    ProblemKind.STOPPED: _("Select it again to review it again."),
    ProblemKind.FILE: _("Nothing was submitted."),
    ProblemKind.INTERNAL: _("Nothing more was submitted; the crash report has the details."),
}

_FIXED_AUTO_RENEWAL = _(
    "Auto-renewal of EIPs and of RDS read replicas cannot be changed: if it is one, check it in the console. "
    "Otherwise try again later."
)
_GENERAL_REFUSALS = ("CBC.0100", "CBC.0101", "CBC.30050013")

TRY_AGAIN_LATER = "CBC.99000087"
"""Huawei Cloud is busy. It does not document whether something was done."""

_CODES: Mapping[str, str] = {
    "CBC.99003651": _("Another transaction holds the resource; wait until it is completed and review it again."),
    TRY_AGAIN_LATER: _("Huawei Cloud is busy and asks to try again later; wait some minutes before that."),
    "CBC.99003100": _("It is in an unpaid order; pay or cancel that order first."),
    "CBC.99003185": _("Only possible as a whole, with its bundle."),
    "CBC.99003643": _("An invoice was issued for it; contact Huawei Cloud."),
    "CBC.99003645": _("This kind of service cannot be unsubscribed from; let it expire."),
    "CBC.99003656": _("It is frozen; resolve that in the console first."),
    "CBC.99003128": _("It has no paid renewal period that has not begun."),
    "CBC.99003647": _("A package in use cannot be unsubscribed from; let it expire."),
    "CBC.99003649": _("A trial cannot be unsubscribed from; let it expire."),
    "CBC.99003650": _("This marketplace product cannot be unsubscribed from; ask its seller."),
    "CBC.99003652": _("A DevCloud package cannot be unsubscribed from; let it expire."),
    "CBC.99003654": _("Unsubscribe from its bandwidth add-on package first."),
    "CBC.99006066": _("Huawei Cloud could not calculate the fee; try again later."),
    "CBC.30000052": _("It or the account is frozen; resolve that in the console first."),
    "CBC.30000053": _("It is billed by a savings plan and cannot be unsubscribed from."),
    "CBC.7281": _("The account is frozen; resolve that in the console first."),
    "CBC.99003012": _("Huawei Cloud no longer knows this id; check the orders in the console."),
    "CBC.30000067": _("It may be deleted already, or not yet known to billing; a later status check tells."),
    "CBC.3002": _("It is locked; find the lock in its console, and review it again."),
    "CBC.3006": _("This kind of service cannot be unsubscribed from; let it expire."),
    "CBC.3016": _("It has expired; release it in the console."),
    "CBC.30010035": _("It is already deleted; load the list again."),
    "CBC.0100": _("Huawei Cloud rejected the form of the request; please report it with the request id."),
    "CBC.0101": _("Huawei Cloud rejected the form of the request; please report it with the request id."),
    "CBC.30000010": _("Huawei Cloud does not know this order; check the orders in the console."),
    "CBC.99005010": _("The order's state does not allow it; check it in the console."),
    "CBC.99000035": _("These keys belong to a partner; use keys of the customer account."),
    "CBC.99000037": _("These keys belong to a partner; use keys of the customer account."),
    "CBC.99005026": _("This order is not an unsubscription; it has no refund."),
    "CBC.99003602": _("It has expired or is frozen and cannot be auto-renewed; renew or unfreeze it first."),
    "CBC.99003605": _("Auto-renewal is already off; there is nothing to do."),
    "CBC.99003608": _("This product cannot change to pay-per-use; let it expire."),
    "CBC.99003609": _("This type of product cannot change to pay-per-use; let it expire."),
    "CBC.99003610": _("It is in its grace or retention period; renew it first, or let it expire."),
    "CBC.99003611": _("A package cannot change to pay-per-use; let it expire."),
    "CBC.99003622": _("A product of a bundle cannot change to pay-per-use individually."),
    "CBC.99003623": _("Another transaction holds the resource; wait until it is completed."),
    "CBC.99003624": _("It is frozen for a violation; resolve that in the console first."),
    "CBC.99003625": _("It is frozen by the police; contact Huawei Cloud."),
    "CBC.18000048": _("The account has too many members for one bill; name one in the Huawei Cloud console."),
    "CBC.99000089": _("The order is part of a combined one; use the number of the combined order."),
    "CBC.30050007": _("Only primary resources have a price; attached resources renew with them."),
    "CBC.30050008": _("There is no renewal for this period."),
    "CBC.30050009": _("Huawei Cloud no longer knows it; load the list again."),
    "CBC.30050010": _("It is in an unpaid order; pay or cancel that order first."),
    "CBC.30050011": _("It is being unsubscribed or changed; wait until that is completed."),
    "CBC.30050013": _("It cannot be renewed."),
}
"""Advice for codes of Huawei Cloud that need better advice than their kind; unsubscription codes first."""


def lock_owner_lines(owner: LockOwner) -> list[str]:
    """Return lines about the process that holds the lock, and how to continue it if it is suspended."""
    if not owner.is_known:
        return [_("The process that holds this account's lock does not identify itself.")]
    words = (
        _("Process {pid} of {user} at {host} on {terminal}, since {since}.")
        if owner.terminal
        else _("Process {pid} of {user} at {host}, since {since}.")
    )
    process_text = words.format(
        pid=owner.pid, user=owner.user, host=owner.host, terminal=owner.terminal, since=_local_time(owner.since)
    )
    suspended = _(
        "It is suspended, as after Ctrl+Z: `fg` in that terminal resumes it; it then asks before it continues."
    )
    return [process_text, *([suspended] if owner.is_suspended else [])]


def _local_time(since: str) -> str:
    try:
        return format_datetime(datetime.fromisoformat(since))
    except ValueError:
        return since
