"""Operations of IAM for projects: one for each region, and sub-projects in some."""

from __future__ import annotations

from functools import partial

from unsub_tui.sandbox.account_fixtures import DOMAIN_ID, REGION_PROJECTS
from unsub_tui.sandbox.calls import Call, Operation, Payload
from unsub_tui.sandbox.cloud_services import IAM

_URL = "https://iam.myhuaweicloud.com/v3"
_MOST_ROWS = 5000


@partial(Operation, "GET", "/v3/projects", service=IAM, policy="iam:projects:listProjects")
def keystone_list_projects(call: Call) -> Payload:
    """Return a page of the projects of the account."""
    fields = call.parameters
    name, parent = fields.text("name"), fields.text("parent_id")
    is_enabled, is_domain = fields.boolean("enabled"), fields.boolean("is_domain")
    domain = fields.text("domain_id")
    page, per_page = fields.number("page", 1, 10**6) or 1, fields.number("per_page", 1, _MOST_ROWS) or _MOST_ROWS
    fields.reject_unknown()
    found = [
        {**row, "links": {"self": f"{_URL}/projects/{row['id']}"}}
        for row in _rows()
        if name in (None, row["name"])
        and parent in (None, row["parent_id"])
        and domain in (None, DOMAIN_ID)
        and is_enabled is not False
        and not is_domain
    ]
    links = {"self": f"{_URL}/projects", "previous": None, "next": None}
    return {"links": links, "projects": found[(page - 1) * per_page : page * per_page]}


@partial(Operation, "GET", "/v3/auth/projects", service=IAM)
def keystone_list_auth_projects(call: Call) -> Payload:
    """Return the projects that the caller may use."""
    call.parameters.reject_unknown()
    found = [{**row, "links": {"self": f"{_URL}/projects/{row['id']}"}} for row in _rows()]
    return {"links": {"self": f"{_URL}/auth/projects"}, "projects": found}


def _rows() -> list[Payload]:
    return [
        {
            "id": project_id,
            "name": project.name,
            "description": "",
            "domain_id": DOMAIN_ID,
            "parent_id": project.parent_id,
            "enabled": True,
            "is_domain": False,
        }
        for project_id, project in REGION_PROJECTS.items()
    ]
