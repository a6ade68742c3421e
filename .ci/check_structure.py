"""Check the rules of structure and wording that keep the code readable (`make check`).

Each rule is one function that yields its violations as `PATH[:LINE]: problem`. Exceptions are listed beside the rule,
each with its reason.
"""

import ast
import collections
import itertools
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = "unsub_tui"
MAX_CLASS_LINES, MAX_CLASS_METHODS, MAX_OWN_BASES = 300, 25, 2
MIN_WORDS_OF_A_SENTENCE = 4

SHARED_MODULE_NAMES: dict[str, str] = {
    "account": "the identity of an account, and the connection to it",
    "app": "the Textual application, and the command that opens it",
    "context": "the shared objects of a run, and the global options of a command",
    "completion": "completion of a filter, and the command of that name",
    "contract": "the assumptions about Huawei Cloud's API, and their page",
    "doctor": "the checks, the command and its page",
    "first_day": "the steps of the first day, and their words",
    "inventory": "the inventory of an account, and its words",
    "leftovers": "resources that keep billing, and their page",
    "money": "amounts, and their words",
    "options": "of the app, and of the command line",
    "order": "an order, and its page",
    "orders": "the orders of an account, and the command",
    "paths": "of the settings, and of the journal",
    "plan": "a plan, and the command",
    "quote": "a quote, and the command",
    "records": "the screen and its page",
    "resource": "a resource, and its page",
    "review": "the screen and its page",
    "run": "a run, its screen and its page",
    "sandbox": "the simulated service, and the command",
}
"""Base names of modules that occur more than once, with the reason."""

TEXT_FREE_LAYERS = ("domain", "listmodel", "api", "journal", "engine")
"""Packages that contain no text which a user reads."""

PROGRAM_CALLS = {
    "debug",
    "info",
    "warning",
    "error",
    "exception",
    "compile",
    "execute",
    "executemany",
    "executescript",
    "Field",
}
"""Calls whose strings no user reads: logging, patterns, SQL, the schema of the rules file."""

RETIRED_WORDS = {
    r"\b(?:un)?mark(?:s|ed|ing)? (?:the|all|it|them|rows?|resources?)\b": "select, deselect",
    r"\btick(?:s|ed|ing)?\b(?! box)": "select, acknowledge",
    r"\bgiv(?:e|es|en|ing) up the renewal": "unsubscribe from renewal period",
    r"\bgo(?:es)? along\b|\bwent along\b": "attached, also unsubscribed",
    r"\bloose ends?\b|\baftermath\b": "pending items, follow-up check",
    r"\bsettle what\b": "check status",
    r"\brenews? by (?:it|them)sel(?:f|ves)\b": "auto-renews",
    r"\bcoupon lost\b|\bcomes? back\b|\bgives? back\b": "coupons not returned, refund",
    r"\btake (?:back|again)\b": "undo, redo",
    r"\bnothing fits\b": "No match",
    r"\bthe vendor(?:'s)?\b": "Huawei Cloud",
}
"""Words that the glossary of the product has replaced, as patterns for texts and docs, with their successors."""

ANY_RETIRED_WORD = re.compile("|".join(f"({pattern})" for pattern in RETIRED_WORDS), re.IGNORECASE)

RETIRED_NAME = re.compile(
    "Tape|Courier|Parcel|Pace|Watcher|Glance|Sight|Desk|Hunt|Shelf|BillShelf|Leaf|Asked|Foreign|Lesson|Outlook|Basis|"
    "Better|Placed|Holder|Person|Departure|Proof|Sharing|Purse|Book|Story|Ware|Plight|Stock|Boards?|Shown|Tick|Hints|"
    "Wish|Verdict"
)
"""Names of former versions that no one could find, as class or function names."""


@dataclass(frozen=True)
class Module:
    """A module of the package, parsed."""

    path: Path
    tree: ast.Module
    lines: list[str]

    @property
    def layer(self) -> str:
        """The package below `unsub_tui`."""
        return self.path.parts[1]

    def at(self, node: ast.AST, problem: str) -> str:
        """Return a violation with its place."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}: {problem}"


def read_modules() -> list[Module]:
    """Return all modules of the package."""
    found = []
    for path in sorted((ROOT / PACKAGE).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        found.append(Module(path.relative_to(ROOT), ast.parse(text), text.splitlines()))
    return found


def documentation() -> list[Path]:
    """Return the pages of the documentation."""
    pages = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "tests/README.md"]
    return [path for path in (*(ROOT / page for page in pages), *sorted((ROOT / "docs").glob("*.md"))) if path.exists()]


def modules_are_on_the_map(modules: list[Module]) -> Iterator[str]:
    """Each module is named once in the tables of `docs/architecture.md`, and each path there exists."""
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    named = collections.Counter(re.findall(r"^\| `([\w/]+\.py)` \|", text, re.MULTILINE))
    existing = {module.path.relative_to(PACKAGE).as_posix() for module in modules if module.path.name != "__init__.py"}
    for path in sorted(existing - set(named)):
        yield f"docs/architecture.md: {path} is missing"
    for path, count in sorted(named.items()):
        if path not in existing:
            yield f"docs/architecture.md: {path} does not exist"
        elif count > 1:
            yield f"docs/architecture.md: {path} is described {count} times"


def documented_paths_exist(_modules: list[Module]) -> Iterator[str]:
    """Each file that a page names exists, relative to the root, the package or the page."""
    for page in documentation():
        shown = page.relative_to(ROOT)
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
            for path in re.findall(r"`((?:[\w.-]+/)+[\w.-]+\.(?:py|toml|json|md|sh|svg))`", line):
                candidates = (ROOT / path, ROOT / PACKAGE / path, page.parent / path)
                is_placeholder = "NAME" in path or path.startswith(("~", ".config"))
                if not is_placeholder and not any(candidate.exists() for candidate in candidates):
                    yield f"{shown}:{number}: {path} does not exist"
            for target in re.findall(r"\]\(([\w./-]+\.\w+)(?:#[\w-]+)?\)", line):
                if not (page.parent / target).exists():
                    yield f"{shown}:{number}: link to {target}, which does not exist"


def documented_headings_exist(_modules: list[Module]) -> Iterator[str]:
    """Each heading that a link names exists, with the anchor that the repository's pages give it."""
    anchors = {page.resolve(): headings(page) for page in documentation()}
    for page in documentation():
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
            for target, anchor in re.findall(r"\]\(([\w./-]*)#([\w-]+)\)", line):
                there = (page.parent / target).resolve() if target else page.resolve()
                if anchor not in anchors.get(there, {anchor}):
                    yield f"{page.relative_to(ROOT)}:{number}: no heading in {target or 'this page'} is #{anchor}"


def headings(page: Path) -> set[str]:
    """Return the anchors of a page's headings: lower case, without punctuation, with hyphens for spaces."""
    found = re.findall(r"^#+ (.*)", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in found}


def module_names_are_unique(modules: list[Module]) -> Iterator[str]:
    """No two modules of the package share a base name, except those listed with a reason."""
    by_name = collections.defaultdict(list)
    for module in modules:
        if not module.path.stem.startswith("__"):
            by_name[module.path.stem].append(module.path.as_posix())
    for name, paths in sorted(by_name.items()):
        if len(paths) > 1 and name not in SHARED_MODULE_NAMES:
            yield f"{paths[0]}: has the name of {', '.join(paths[1:])}"
    for name in sorted(SHARED_MODULE_NAMES):
        if len(by_name[name]) < 2:
            yield f".ci/check_structure.py: {name!r} is listed as a shared name, but is not shared"


@dataclass(frozen=True)
class Class:
    """A class of the package."""

    module: Module
    node: ast.ClassDef

    @property
    def bases(self) -> list[str]:
        """The names of the bases, without packages and type arguments."""
        return [ast.unparse(base).split("[")[0].split(".")[-1] for base in self.node.bases]

    @property
    def methods(self) -> int:
        """The number of methods."""
        return sum(isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef) for item in self.node.body)

    @property
    def length(self) -> int:
        """The number of lines."""
        return (self.node.end_lineno or 0) - self.node.lineno + 1

    @property
    def has_reason(self) -> bool:
        """Whether a comment beside the class gives a reason for its size."""
        first = min((item.lineno for item in self.node.decorator_list), default=self.node.lineno)
        around = self.module.lines[max(0, first - 3) : self.node.body[0].lineno]
        return any("# reason:" in line for line in around)


def classes_are_small(modules: list[Module]) -> Iterator[str]:
    """No class has more than 300 lines or 25 methods, those of its bases of ours included, without `# reason: …`.

    A class without methods, such as an enumeration, is a table and may be longer.
    """
    classes = [
        Class(module, node) for module in modules for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef)
    ]
    by_name = {item.node.name: item for item in classes}

    def lineage(item: Class, seen: frozenset[str] = frozenset()) -> dict[str, Class]:
        found = {item.node.name: item}
        for base in item.bases:
            if base in by_name and base not in seen:
                found |= lineage(by_name[base], seen | {item.node.name})
        return found

    for item in classes:
        family = lineage(item).values()
        lines, methods = sum(each.length for each in family), sum(each.methods for each in family)
        own_bases = [base for base in item.bases if base in by_name]
        if len(own_bases) > MAX_OWN_BASES:
            yield item.module.at(item.node, f"{item.node.name} has {len(own_bases)} bases of ours")
        is_table = not methods
        if (lines > MAX_CLASS_LINES or methods > MAX_CLASS_METHODS) and not is_table and not item.has_reason:
            yield item.module.at(item.node, f"{item.node.name} has {lines} lines and {methods} methods with its bases")


def abstract_methods_are_abstract(modules: list[Module]) -> Iterator[str]:
    """`@abstractmethod` does nothing on a class that is no ABC or protocol."""
    for module in modules:
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.ClassDef) or {"ABC", "Protocol"} & set(Class(module, node).bases):
                continue
            for item in node.body:
                if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef) and any(
                    ast.unparse(decorator).endswith("abstractmethod") for decorator in item.decorator_list
                ):
                    yield module.at(item, f"{node.name}.{item.name} is abstract, but {node.name} is no ABC")


ACTION_IMPLEMENTATIONS = {"unsub_tui/domain/action.py", "unsub_tui/domain/policy_change.py"}
"""Modules that may distinguish particular actions. The others ask the action for a fact, or have a table by action."""


def actions_are_not_compared(modules: list[Module]) -> Iterator[str]:
    """No comparison with a particular `Action` outside of the implementation of actions and of their requests."""
    for module in modules:
        if module.layer == "api" or module.path.as_posix() in ACTION_IMPLEMENTATIONS:
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Compare):
                compared = ast.unparse(node)
                if re.search(r"\bAction\.[A-Z]", compared):
                    yield module.at(node, f"{compared}: ask the action for the fact that matters")


def docstrings(tree: ast.Module) -> set[int]:
    """Return the identities of the expressions that only document: every string that is a statement of its own."""
    return {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def program_texts(tree: ast.Module) -> set[int]:
    """Return the identities of strings for programmers: exceptions, log calls, assertions, patterns, SQL.

    A `Problem` is shown to the user, also within an exception.
    """
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise | ast.Assert) or called_name(node) in PROGRAM_CALLS:
            parts = list(ast.walk(node))
            if not any(called_name(part) == "Problem" for part in parts):
                found |= {id(part) for part in parts}
    return found


def called_name(node: ast.AST) -> str:
    """Return the name of the function or class that an expression calls, without its object."""
    called = node.func if isinstance(node, ast.Call) else None
    return getattr(called, "attr", "") or getattr(called, "id", "")


def lower_layers_have_no_texts(modules: list[Module]) -> Iterator[str]:
    """Words are made in `present`, `app` and `cli`. Below them are codes and facts."""
    for module in modules:
        if module.layer in TEXT_FREE_LAYERS:
            ignored = docstrings(module.tree) | program_texts(module.tree)
            for node in ast.walk(module.tree):
                if isinstance(node, ast.Constant) and id(node) not in ignored and is_sentence(node.value):
                    yield module.at(node, f"text for users: {node.value[:60]!r}")


def is_sentence(value: object) -> bool:
    """Whether a constant has four words or more and is neither SQL nor a list of codes."""
    if not isinstance(value, str) or re.match(r"\W*(SELECT|CREATE|INSERT|PRAGMA|UPDATE|DELETE)", value):
        return False
    if not re.search(r"\b(a|an|the|is|are|it|to|of|or|and|for|not|no|by|with|one|be)\b", value):
        return False
    return len(re.findall(r"(?<!\S)[(\"'`]?[A-Za-z']{2,}(?=[ ,.:;]|$)", value)) >= MIN_WORDS_OF_A_SENTENCE


def words_are_current(modules: list[Module]) -> Iterator[str]:
    """No retired word in a text for users or in a page; no retired name in the code."""
    for module in modules:
        ignored = docstrings(module.tree)
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and RETIRED_NAME.fullmatch(node.name):
                yield module.at(node, f"retired name {node.name}")
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in ignored:
                yield from (module.at(node, problem) for problem in retired_words(node.value))
    for page in documentation():
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
            yield from (f"{page.relative_to(ROOT)}:{number}: {problem}" for problem in retired_words(line))


def retired_words(text: str) -> Iterator[str]:
    """Yield the first retired word of the text, with its successor."""
    if found := ANY_RETIRED_WORD.search(text):
        successor = list(RETIRED_WORDS.values())[(found.lastindex or 1) - 1]
        yield f"{found.group()!r}: write {successor!r}"


def private_textual_stays_in_terminal(modules: list[Module]) -> Iterator[str]:
    """Only `app/terminal/` may import private names of Textual or Rich."""
    for module in modules:
        if module.path.parts[1:3] == ("app", "terminal"):
            continue
        for node in ast.walk(module.tree):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            origin = names[0] if names else ""
            if origin.split(".")[0] in {"textual", "rich"}:
                private = [
                    name
                    for name in names
                    for part in name.split(".")
                    if part.startswith("_") and not part.startswith("__")
                ]
                if private:
                    yield module.at(node, f"private name of Textual: {', '.join(private)}")


RULES = (
    modules_are_on_the_map,
    documented_paths_exist,
    documented_headings_exist,
    module_names_are_unique,
    classes_are_small,
    abstract_methods_are_abstract,
    actions_are_not_compared,
    lower_layers_have_no_texts,
    words_are_current,
    private_textual_stays_in_terminal,
)


def main() -> int:
    """Print the violations; return the exit code."""
    modules = read_modules()
    violations = list(itertools.chain.from_iterable(rule(modules) for rule in RULES))
    print(*violations, sep="\n", end="\n" if violations else "", file=sys.stderr)
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
