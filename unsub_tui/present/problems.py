"""Formats problems as sentences: what happened, Huawei Cloud's message, and the next step."""

from __future__ import annotations

from datetime import datetime

from unsub_tui.domain.lock_owner import LockOwner
from unsub_tui.domain.permissions import PERMISSIONS
from unsub_tui.domain.problem import Problem, ProblemKind
from unsub_tui.present.fact_texts import fact_text
from unsub_tui.present.i18n import _
from unsub_tui.present.time_format import format_datetime


def problem_text(problem: Problem) -> str:
    """Return what happened and the next step on one line.

    The sentence for a known code covers both; Huawei Cloud's message follows it.
    """
    known = "" if problem.detail or problem.facts else _codes().get(problem.code.raw)
    parts = (
        [known, vendor_message(problem)]
        if known
        else [problem_sentence(problem), vendor_message(problem), advice(problem)]
    )
    return " ".join(part for part in parts if part)


def problem_facts(problem: Problem) -> str:
    """Return what happened on one line, without the next step."""
    return " ".join(part for part in (problem_sentence(problem), vendor_message(problem)) if part)


def problem_sentence(problem: Problem) -> str:
    """Return the problem as a sentence, with its facts if it has any."""
    sentence, details = _kind_sentences()[problem.kind], problem_details(problem)
    if not details:
        return f"{sentence}."
    end = "" if details.endswith(("?", ".")) else "."
    return f"{sentence}: {details}{end}"


def problem_details(problem: Problem) -> str:
    """Return the facts of a problem and the text from outside, without the sentence of its kind; may be empty."""
    return "; ".join(part for part in (*map(fact_text, problem.facts), problem.detail) if part)


def vendor_message(problem: Problem) -> str:
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
    return _codes().get(problem.code.raw) or _advice()[problem.kind]


def _permission(problem: Problem) -> str:
    """Return the missing permission: the one that Huawei Cloud names, otherwise the one that the operation needs."""
    known = PERMISSIONS.get(problem.operation)
    named = problem.permission or (known.action if known else "")
    if not named:
        return _("Ask for the billing permissions; `unsub-tui doctor` prints a policy to paste.")
    older = _(" (older policies: {code})").format(code=known.policy_code) if known else ""
    return _(
        "Ask for the permission {named}{older}; `unsub-tui doctor` prints a policy to paste. If it is granted already, "
        "look for a condition on billing:cloudServiceType: it works with the unsubscribe action alone."
    ).format(named=named, older=older)


def _kind_sentences() -> dict[ProblemKind, str]:
    return {
        ProblemKind.CONFIG: _("A setting is wrong"),
        ProblemKind.CREDENTIALS: _("The keys are missing or were refused"),
        ProblemKind.PERMISSION: _("This identity may not do that"),
        ProblemKind.FROZEN: _("The account is frozen"),
        ProblemKind.WRONG_SITE: _("The account belongs to another site"),
        ProblemKind.NETWORK: _("The service could not be reached or did not answer in time"),
        ProblemKind.THROTTLED: _("The service asks to slow down"),
        ProblemKind.SERVICE: _("The service answered with an error"),
        ProblemKind.BAD_RESPONSE: _("The service's answer could not be understood"),
        ProblemKind.CLOCK: _("This machine's clock is too far from the service's"),
        ProblemKind.INCOMPLETE: _("The list is not whole"),
        ProblemKind.GUARD: _("Refused by a guard"),
        ProblemKind.OTHER_ACCOUNT: _("The plan is for another account"),
        ProblemKind.DRIFT: _("The resource is no longer what was confirmed"),
        ProblemKind.JOURNAL: _("The record cannot be written or read"),
        ProblemKind.LOCKED: _("Another process is running a plan for this account"),
        ProblemKind.STOPPED: _("Stopped before it was sent"),
        ProblemKind.FILE: _("The file cannot be used"),
        ProblemKind.INTERNAL: _("Something went wrong inside the program"),
    }


def _advice() -> dict[ProblemKind, str]:
    return {
        ProblemKind.CONFIG: _("Correct it; `unsub-tui config show` tells where each value comes from."),
        ProblemKind.CREDENTIALS: _("Check the keys; `unsub-tui doctor` tells which ones are used, and from where."),
        ProblemKind.PERMISSION: _("Ask for the billing permissions; the README lists them."),
        ProblemKind.FROZEN: _("Settle that first: the console's Billing Center says why."),
        ProblemKind.WRONG_SITE: _(
            "Take `site` out of the profile and UNSUB_SITE out of the environment, and it is found out; or set another "
            "of cn, intl, eu."
        ),
        ProblemKind.NETWORK: _("Check the connection and try again."),
        ProblemKind.THROTTLED: _("Wait a minute and try again."),
        ProblemKind.SERVICE: _("Try again later; keep the request id for a ticket."),
        ProblemKind.BAD_RESPONSE: _("Nothing was assumed from it; try again, or update the program."),
        ProblemKind.CLOCK: _("Set the clock right (NTP), then try again."),
        ProblemKind.INCOMPLETE: _("Nothing is planned from a partial list; load it again."),
        ProblemKind.GUARD: _("Change the plan, or the guard in your configuration."),
        ProblemKind.OTHER_ACCOUNT: _("Nothing was sent; use the profile of that account: --profile NAME."),
        ProblemKind.DRIFT: _("Nothing was sent for it; review it again."),
        ProblemKind.JOURNAL: _("Nothing is sent without a record; check disk space and permissions."),
        ProblemKind.LOCKED: _("Wait for it to end, or stop it there."),
        ProblemKind.STOPPED: _("Mark it again to review it again."),
        ProblemKind.FILE: _("Nothing was sent."),
        ProblemKind.INTERNAL: _("Nothing more was sent; the crash report has the details."),
    }


def _codes() -> dict[str, str]:
    """Return advice for Huawei Cloud codes that need better advice than their kind; unsubscription codes first."""
    return {
        "CBC.99003651": _("Another transaction holds the resource; wait until it is done and review it again."),
        "CBC.99003100": _("It is in an unpaid order; pay or cancel that order first."),
        "CBC.99003185": _("It can only be unsubscribed as a whole with its solution."),
        "CBC.99003643": _("An invoice was issued for it; ask the vendor."),
        "CBC.99003645": _("This kind of service cannot be unsubscribed."),
        "CBC.99003656": _("It is frozen; settle that in the console first."),
        "CBC.99003128": _("It has no paid renewal that has not begun."),
        "CBC.99003647": _("Packages that are in use cannot be unsubscribed; let it expire."),
        "CBC.99003649": _("Trials cannot be unsubscribed; let it expire."),
        "CBC.99003650": _("This marketplace product cannot be unsubscribed; ask its seller."),
        "CBC.99003652": _("DevCloud packages cannot be unsubscribed; let it expire."),
        "CBC.99003654": _("Unsubscribe its bandwidth add-on package first."),
        "CBC.99006066": _("The vendor could not work out the fee; try again later."),
        "CBC.30000052": _("It or the account is frozen; settle that in the console first."),
        "CBC.30000053": _("It is billed by a savings plan and cannot be unsubscribed."),
        "CBC.7281": _("The account is frozen; settle that in the console first."),
        "CBC.99003012": _("The vendor does not know this id any more; look at the orders in the console."),
        "CBC.30000067": _("It may be gone already, or not yet known to billing; `unsub-tui resume` looks again."),
        "CBC.3002": _("It is locked; find out in its console by what, and review it again."),
        "CBC.3006": _("This kind of service cannot be unsubscribed."),
        "CBC.3016": _("It has expired; release it in the console."),
        "CBC.30010035": _("It is gone already; load the list again."),
        **_codes_of_other_calls(),
    }


def _codes_of_other_calls() -> dict[str, str]:
    return {
        "CBC.0100": _("The request did not suit the service; please report it with the request id."),
        "CBC.0101": _("The request did not suit the service; please report it with the request id."),
        "CBC.30000010": _("The vendor does not know this order; look at the orders in the console."),
        "CBC.99005010": _("The order's state does not allow it; look at it in the console."),
        "CBC.99000035": _("These keys are a partner's; use the customer's own."),
        "CBC.99000037": _("These keys are a partner's; use the customer's own."),
        "CBC.99005026": _("This order is no unsubscription; it has no refund."),
        "CBC.99003602": _("It has expired or is frozen, so it cannot renew itself; renew or settle it first."),
        "CBC.99003605": _("Auto-renewal is off already; there is nothing to do."),
        "CBC.99003608": _("This product cannot become pay-per-use; let it expire."),
        "CBC.99003609": _("This type of product cannot become pay-per-use; let it expire."),
        "CBC.99003610": _("It is in its grace or retention period; renew it first, or let it go."),
        "CBC.99003611": _("Packages cannot become pay-per-use; let it expire."),
        "CBC.99003622": _("Products of a solution cannot become pay-per-use one by one."),
        "CBC.99003623": _("Another transaction holds the resource; wait until it is done."),
        "CBC.99003624": _("It is frozen for a violation; settle that in the console first."),
        "CBC.99003625": _("It is frozen by the police; ask the vendor."),
        "CBC.18000048": _("The account has too many members for one bill; name one with the vendor's console."),
        "CBC.99000089": _("The order is part of a combined one; use that one's number."),
        "CBC.30050007": _("Only main resources have a price; attached ones renew with theirs."),
        "CBC.30050008": _("There is no renewal for such a period."),
        "CBC.30050009": _("The vendor does not know it any more; load the list again."),
        "CBC.30050010": _("It is in an unpaid order; pay or cancel that order first."),
        "CBC.30050011": _("It is being unsubscribed or changed; wait until that is done."),
        "CBC.30050013": _("It cannot be renewed."),
    }


def lock_owner_lines(owner: LockOwner) -> list[str]:
    """Return lines about the process that holds the lock, and how to continue it if it is suspended."""
    if not owner.is_known:
        return [_("The process that holds this account's lock does not say who it is.")]
    where = _(" on {terminal}").format(terminal=owner.terminal) if owner.terminal else ""
    process_text = _("Process {pid} of {user} at {host}{where}, since {since}.").format(
        pid=owner.pid, user=owner.user, host=owner.host, where=where, since=_local_time(owner.since)
    )
    stands_still = _("It stands still, as after ctrl+z: `fg` in that terminal brings it back, and it asks then.")
    return [process_text, *([stands_still] if owner.is_suspended else [])]


def _local_time(since: str) -> str:
    try:
        return format_datetime(datetime.fromisoformat(since))
    except ValueError:
        return since
