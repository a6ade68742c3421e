from __future__ import annotations

import pytest

from unsub_tui.api.errors import service_problem
from unsub_tui.domain.permissions import PERMISSIONS, policy_texts
from unsub_tui.domain.problem import ProblemKind
from unsub_tui.present.problems import advice, problem_text

CODES = (
    *("CBC.0100", "CBC.0101", "CBC.0150", "CBC.0151", "CBC.0155", "CBC.0156", "CBC.0250", "APIG.0308", "CBC.0999"),
    *("CBC.18000016", "CBC.18000048", "CBC.99000035", "CBC.99000037", "CBC.99000089", "APIGW.0303", "CBC.7281"),
    *("CBC.30000052", "CBC.30000053", "CBC.30000067", "CBC.30010035", "CBC.30000010", "CBC.99003012"),
    *("CBC.99003100", "CBC.99003128", "CBC.99003185", "CBC.99003643", "CBC.99003645", "CBC.99003647"),
    *("CBC.99003649", "CBC.99003650", "CBC.99003651", "CBC.99003652", "CBC.99003654", "CBC.99003656"),
    *("CBC.99006066", "CBC.99005010", "CBC.99005026", "CBC.99003602", "CBC.99003605", "CBC.99003608"),
    *("CBC.99003609", "CBC.99003610", "CBC.99003611", "CBC.99003622", "CBC.99003623", "CBC.99003624"),
    *("CBC.99003625", "CBC.99003626", "CBC.30050007", "CBC.30050008", "CBC.30050009", "CBC.30050010"),
    *("CBC.30050011", "CBC.30050013"),
)
"""Every code that the vendor's pages name for the calls that we make, and for all calls."""


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_a_sentence(code: str) -> None:
    """Each code of the vendor's says what happened, what to do, and keeps what its support asks for."""
    problem = service_problem("unsubscribe", 400, {"error_code": code, "error_msg": "words"}, "request-1", None)
    text = problem_text(problem)
    assert code in text
    assert "request-1" in text
    assert advice(problem).endswith(".")
    assert text.startswith(tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))


def test_most_codes_have_advice_of_their_own() -> None:
    """A person is not sent away with the same words for everything."""
    texts = {
        advice(service_problem("unsubscribe", 400, {"error_code": code, "error_msg": ""}, "", None)) for code in CODES
    }
    assert len(texts) > len(CODES) * 0.7


def test_the_permission_that_the_vendor_names() -> None:
    """Its own word comes before what we know of the call; the trap of the condition key is told."""
    message = "Access denied, the correct permission code is billing:order:view"
    problem = service_problem("bills", 403, {"error_code": "CBC.0151", "error_msg": message}, "", None)
    assert problem.permission == "billing:order:view"
    assert "permission billing:order:view" in advice(problem)
    assert "billing:cloudServiceType" in advice(problem)


def test_a_permission_named_by_its_older_code() -> None:
    """The advice has the action as well as the code that Huawei Cloud names."""
    message = "Access denied, the correct permission code is bss:unsubscribe:update"
    problem = service_problem("unsubscribe", 403, {"error_code": "CBC.0151", "error_msg": message}, "", None)
    assert "billing:subscription:unsubscribe (older policies: bss:unsubscribe:update)" in advice(problem)


@pytest.mark.parametrize("operation", PERMISSIONS)
def test_the_permission_that_a_call_needs(operation: str) -> None:
    """Where the vendor names none, the call tells."""
    problem = service_problem(operation, 403, {"error_code": "CBC.0155", "error_msg": "no"}, "", None)
    assert PERMISSIONS[operation].action in advice(problem)
    assert PERMISSIONS[operation].policy_code in advice(problem)


@pytest.mark.parametrize("message", ["permission code is <script>", "permission code is a:b:c;rm", ""])
def test_a_hostile_permission_is_none(message: str) -> None:
    """Only what looks like a permission is taken for one."""
    problem = service_problem("x", 403, {"error_code": "CBC.0151", "error_msg": message}, "", None)
    assert problem.permission == ""
    assert problem.kind is ProblemKind.PERMISSION


@pytest.mark.parametrize("code", ["CBC.0151", "CBC.0155", "PAP5.0001"])
@pytest.mark.parametrize(
    "message",
    [
        "User: x is not authorized to perform: a:b:c on resource: * with an explicit deny in a service control policy.",
        "access denied: ... because no service control policy allows the billing:order:view action.",
        "The request was denied by SCP p-12345.",
        "操作被组织的服务控制策略拒绝。",
    ],
)
def test_a_policy_of_the_organization_is_no_missing_permission(code: str, message: str) -> None:
    """An IAM permission would not help, so none is asked for; the codes are those of a missing permission."""
    problem = service_problem("list_orders", 403, {"error_code": code, "error_msg": message}, "", None)
    assert problem.kind is ProblemKind.ORGANIZATION
    assert problem.permission == ""
    text = problem_text(problem)
    assert text.startswith("Denied by a service control policy of the organization.")
    assert "Ask the organization's administrator" in text
    assert "Ask for" not in text


def test_other_explicit_denials_are_those_of_the_account() -> None:
    """A policy of IAM denies it: the administrator of the account can change that."""
    message = "User: x is not authorized to perform: a:b:c on resource: * with an explicit deny in an identity policy."
    problem = service_problem("list_orders", 403, {"error_code": "CBC.0151", "error_msg": message}, "", None)
    assert problem.kind is ProblemKind.PERMISSION


def test_policies_to_paste() -> None:
    """Both kinds name what is needed, once."""
    older, newer = policy_texts(["list_orders", "order", "unsubscribe", "no such call"])
    assert '"bss:order:view"' in older
    assert newer.count("billing:order:view") == 1
    assert '"billing:subscription:unsubscribe"' in newer


def test_nobody_at_a_path() -> None:
    """A gateway that knows no such call is told as a wrong endpoint or site."""
    document = {"error_code": "APIGW.0101", "error_msg": "API not exist or not published"}
    assert "endpoint or the site is wrong" in problem_text(service_problem("bills", 404, document, "", None))
