"""Dependencies: each is bounded and has its reason, the locks are in step, and no lock names an index."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
CI = ROOT / ".ci"
PROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
DEV = [
    line
    for name in ("dev.in", "docs.in")
    for line in (CI / name).read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
_FACTS = tomllib.loads(PROJECT)
RUNTIME = [*_FACTS["project"]["dependencies"], *_FACTS["project"]["optional-dependencies"]["sandbox"]]
EXTRAS = [each for group in _FACTS["project"]["optional-dependencies"].values() for each in group]
ALL = [*RUNTIME, *EXTRAS, *_FACTS["build-system"]["requires"]]


def name_of(requirement: str) -> str:
    """Return the distribution that a requirement is about."""
    found = re.match(r"[A-Za-z0-9.-]+", requirement)
    assert found
    return found[0].lower()


def pins(name: str) -> dict[str, str]:
    """Return the versions that a lock pins."""
    text = (CI / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==([^ \\\n]+)", text, re.MULTILINE))


@pytest.mark.parametrize("requirement", [*ALL, *DEV], ids=name_of)
def test_every_dependency_has_bounds(requirement: str) -> None:
    """No release that nobody has tried is installed by a range, neither a new one nor an old one."""
    assert re.search(r">=\d[^<]*<\d|==\d", requirement)


@pytest.mark.parametrize("requirement", ALL, ids=name_of)
def test_every_dependency_has_its_reason(requirement: str) -> None:
    """Beside each stands what it is for."""
    line = next(line for line in PROJECT.splitlines() if f'"{requirement}"' in line)
    assert re.search(r"#.{10}", line)


@pytest.mark.parametrize("lock", ["app.txt", "dev.txt", "release.txt"])
@pytest.mark.parametrize("requirement", RUNTIME, ids=name_of)
def test_the_locks_pin_every_dependency_by_hash(lock: str, requirement: str) -> None:
    """Each lock has each dependency at the same version, with hashes, within its bounds."""
    assert pins(lock)[name_of(requirement)] == pins("app.txt")[name_of(requirement)]
    block = (CI / lock).read_text(encoding="utf-8").split(f"\n{name_of(requirement)}==")[1]
    assert "--hash=sha256:" in block.splitlines()[1]


def test_the_files_for_users_are_the_lock() -> None:
    """Users get the versions that were tested, and one for each extra; hashes would make pip refuse the program."""
    constraints = pins("constraints.txt")
    assert pins("app.txt").items() <= constraints.items()
    assert pins("release.txt") == constraints
    assert {name_of(each) for each in EXTRAS} <= constraints.keys()
    assert "--hash" not in (CI / "constraints.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["app.txt", "dev.txt", "docs.txt", "release.txt", "constraints.txt"])
def test_no_lock_names_an_index(name: str) -> None:
    """Where packages come from is for the user's own settings to say."""
    assert not re.search(r"://|--index|--find-links|--extra-index", (CI / name).read_text(encoding="utf-8"))


def test_the_address_of_the_repository_is_one() -> None:
    """Project pages and the links of the long description lead to the same repository."""
    address = _FACTS["project"]["urls"]["Repository"]
    assert all(url.startswith(address) for url in _FACTS["project"]["urls"].values())
    for each in _FACTS["tool"]["hatch"]["metadata"]["hooks"]["fancy-pypi-readme"]["substitutions"]:
        assert f"({address}/" in each["replacement"]


def test_workflows_may_only_read() -> None:
    """No workflow can write to the repository, unless one of its jobs says otherwise."""
    paths = list((ROOT / ".github" / "workflows").glob("*.yml"))
    assert paths
    for path in paths:
        assert "permissions:\n  contents: read\n" in path.read_text(encoding="utf-8")
