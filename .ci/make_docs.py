"""Assemble the documentation site's pages in build/docs, and its configuration beside them (`make docs`).

The pages are written for the repository. Links between them stay, links to other files lead to the repository.
"""

import os
import re
import shutil
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
BUILD = ROOT / "build"
REPOSITORY = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]["Repository"]

NAVIGATION = {
    "Use": ["first-day", "list", "filter", "plans", "records", "alternatives", "money", "inventory", "keys", "lines"],
    "Set up": ["install", "credentials", "files"],
    "Automate": ["automation", "agents", "json", "sandbox", "faults"],
    "Trust": ["reliability", "contract", "console", "performance"],
}
"""Pages by heading, in order; those that no heading names come last."""

CONFIGURATION = """\
site_name: unsub-tui
repo_url: {repository}
docs_dir: docs
site_dir: site
theme:
  name: material
  font: false  # a page about an account's resources asks no other host for anything
  features: [content.code.copy, navigation.sections, navigation.top]
nav:
{navigation}
"""


def site_path(path: str) -> str | None:
    """Return where a file of the repository is on the site, or None."""
    if path == "README.md":
        return "index.md"
    if path.startswith("docs/") or path in {"CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"}:
        return path.removeprefix("docs/") if (ROOT / path).is_file() else None
    return None


def page_text(page: Path) -> str:
    """Return a page as the site needs it."""
    here = page.relative_to(ROOT).parent.as_posix()

    def on_the_site(link: re.Match[str]) -> str:
        target = os.path.normpath(os.path.join(here, link[1]))  # noqa: PTH118 - no path of this machine
        return f"]({site_path(target) or f'{REPOSITORY}/tree/main/{target}'}"

    text = re.sub(r"\]\((?!https?:|#)([^)#]+)", on_the_site, page.read_text(encoding="utf-8"))
    # In a table, GitHub needs the backslash before a bar in code, and this site shows it.
    return re.sub(r"`[^`\n]+`", lambda code: code[0].replace("\\|", "|"), text)


def navigation() -> str:
    """Return the navigation as lines of YAML."""
    pages = sorted(path.stem for path in (ROOT / "docs").glob("*.md"))
    groups = {heading: [name for name in names if name in pages] for heading, names in NAVIGATION.items()}
    placed = {name for names in groups.values() for name in names}
    groups["Develop"] = ["CONTRIBUTING", *(name for name in pages if name not in placed), "SECURITY", "CHANGELOG"]
    lines = ["  - index.md"]
    for heading, names in groups.items():
        lines += [f"  - {heading}:", *(f"      - {name}.md" for name in names)]
    return "\n".join(lines)


def main() -> None:
    """Write build/docs and build/mkdocs.yml."""
    docs = BUILD / "docs"
    shutil.rmtree(docs, ignore_errors=True)
    shutil.copytree(ROOT / "docs", docs, ignore=shutil.ignore_patterns("*.md"))
    for page in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")):
        if target := site_path(page.relative_to(ROOT).as_posix()):
            (docs / target).write_text(page_text(page), encoding="utf-8")
    configuration = CONFIGURATION.format(repository=REPOSITORY, navigation=navigation())
    (BUILD / "mkdocs.yml").write_text(configuration, encoding="utf-8")


if __name__ == "__main__":
    main()
