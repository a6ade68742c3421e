"""IAM: projects, on the account's own host."""

from __future__ import annotations

from tests.reference_server.http_server import DroppedError
from tests.reference_server.inventory.estate import Project
from tests.reference_server.inventory.failures import REFUSALS
from tests.reference_server.operations import Call, Json, operation
from tests.reference_server.parameters import RefusedError, flag, number, text

LIST = "iam:projects:listProjects"


@operation(
    "GET",
    "/v3/projects",
    {
        "domain_id": text(),
        "name": text(),
        "parent_id": text(),
        "enabled": flag(),
        "is_domain": flag(),
        "page": number(1, 2147483647),
        "per_page": number(1, 5000),
    },
    rate=20,
    is_billing=False,
)
def projects(call: Call) -> Json:
    """Answer all projects of the account, to those who may list them."""
    _fail(call, "iam.keystone_list_projects")
    if not call.user.may(LIST):
        raise RefusedError(403, "IAM.0002", "You do not have permission to perform the requested action.")
    given = call.parameters
    rows = [
        each
        for each in _rows(call)
        if all(
            given.get(key) in (None, each[key]) for key in ("domain_id", "name", "parent_id", "enabled", "is_domain")
        )
    ]
    size = given.get("per_page", 5000)
    first = (given.get("page", 1) - 1) * size
    return {"projects": rows[first : first + size], "links": {"self": None, "previous": None, "next": None}}


@operation("GET", "/v3/auth/projects", rate=20, is_billing=False)
def auth_projects(call: Call) -> Json:
    """Answer the projects that the caller may use; it needs no permission."""
    _fail(call, "iam.keystone_list_auth_projects")
    rows = [{**each, "links": {"self": each["links"]["self"]}} for each in _rows(call) if each["enabled"]]
    return {"projects": rows, "links": {"self": None}}


@operation("GET", "/v3.0/OS-SECURITYPOLICY/domains/{name}/protect-policy", rate=20, is_billing=False)
def protect_policy(call: Call) -> Json:
    """Answer whether operations of the console ask for a second factor."""
    if not call.user.may("iam:securitypolicies:getProtectPolicy"):
        raise RefusedError(403, "IAM.0002", "You do not have permission to perform the requested action.")
    if call.name != call.account.domain_id:
        raise RefusedError(403, "IAM.0003", "Policy doesn't allow the requested action to be performed.")
    allowed = dict.fromkeys(("manage_accesskey", "manage_email", "manage_mobile", "manage_password"), True)
    return {
        "protect_policy": {
            "operation_protection": call.inventory.estate.has_operation_protection,
            "allow_user": allowed,
            "mobile": "",
            "email": "",
            "admin_check": "off",
            "scene": "",
        }
    }


def _fail(call: Call, operation: str) -> None:
    """Refuse, or drop the connection, where the estate says so; answers of IAM are never spoiled."""
    form = call.inventory.failure(operation, "")
    if form == "dropped":
        raise DroppedError
    if form in REFUSALS:
        error = REFUSALS[form]("iam", LIST)
        raise RefusedError(error.status, str(error), "refused")


def _rows(call: Call) -> list[Json]:
    return [_row(call.account.domain_id, each) for each in call.inventory.estate.projects]


def _row(domain_id: str, project: Project) -> Json:
    return {
        "id": project.id,
        "name": project.name,
        "parent_id": project.parent_id or domain_id,
        "domain_id": domain_id,
        "enabled": project.is_enabled,
        "is_domain": False,
        "description": "",
        "links": {"self": f"https://iam.example.invalid/v3/projects/{project.id}", "next": None, "previous": None},
    }
