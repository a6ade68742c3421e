"""Every fact of the lower layers has a sentence, whatever its values are."""

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

import unsub_tui
from unsub_tui.domain.fact import FACT_CODES, FactCode, fact
from unsub_tui.domain.problem import Problem, ProblemKind
from unsub_tui.present.fact_texts import FACT_PLURALS, FACT_SENTENCES, fact_text, facts_text
from unsub_tui.present.problems import problem_text


def test_a_fact_has_one_sentence() -> None:
    """Every code has a sentence, with or without a plural form, and every sentence has a code."""
    assert sorted([*FACT_SENTENCES, *FACT_PLURALS]) == sorted(FACT_CODES)


def test_every_code_is_used() -> None:
    """A code that nothing states any more is removed with its sentence."""
    package = Path(unsub_tui.__file__).parent
    modules = {*package.rglob("*.py")} - {*(package / "present").rglob("*.py"), package / "domain" / "fact.py"}
    code = "".join(path.read_text(encoding="utf-8") for path in modules)
    assert [each for each in FACT_CODES if f'"{each}"' not in code] == []


def stated_facts() -> Iterator[tuple[str, str, set[str | None]]]:
    """Yield each statement of a fact in the package: the place, the code, and the names of its values."""
    for path in sorted(Path(unsub_tui.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="fact"), args=[ast.Constant(value=str() as code)], keywords=keywords):
                    yield f"{path.name}:{node.lineno}", code, {each.arg for each in keywords}


def placeholders(code: str) -> set[str]:
    """Return the names of the values that the sentence of a fact contains."""
    words = FACT_PLURALS[code](2) if code in FACT_PLURALS else FACT_SENTENCES[code]
    return {name for _, name, _, _ in Formatter().parse(words) if name}


def test_a_fact_is_stated_with_the_values_of_its_sentence() -> None:
    """A value that is missing would be shown as unknown, and one too many would be lost. `**values` is not examined."""
    stated = [each for each in stated_facts() if None not in each[2]]
    assert len(stated) > 100
    assert [(place, code) for place, code, names in stated if names != placeholders(code)] == []


@pytest.mark.parametrize("code", sorted(FACT_CODES))
def test_a_missing_value_is_unknown(code: FactCode) -> None:
    """A sentence never fails for want of a value."""
    values = {"count": 2} if code in FACT_PLURALS else {}
    names = placeholders(code) - values.keys()
    assert fact_text(fact(code, **values)).count("unknown") >= len(names)


def test_a_fact_in_a_fact() -> None:
    """A value that is a fact is replaced by its sentence; the number decides on the plural form."""
    guard = fact("guard_from", name="max_items", value="3", origin="/etc/unsub.toml")
    assert fact_text(fact("max_items", count=1, guard=guard)) == (
        "the plan affects 1 resource, max_items = 3 (/etc/unsub.toml)"
    )
    assert "4 resources" in fact_text(fact("max_items", count=4, guard=guard))


def test_codes_of_fields_have_labels() -> None:
    """Codes and names of compared fields and of parts of credentials are shown in words."""
    changes = [
        fact("field_changed", field="expire_policy", before=3, after=1),
        fact("field_changed", field="attached", before="", after="disk-1"),
        fact("amount_changed", figure="refund", before="1.00", after=None, currency="CNY"),
        fact("credential_malformed", part="secret_key"),
    ]
    assert facts_text(changes) == (
        "action at expiry changed from auto-renews to changes to pay-per-use; "
        "attached resources changed from nothing to disk-1; refund changed from 1.00 to unknown CNY; "
        "the secret key is empty or contains an invalid character"
    )


def test_unprintable_characters_are_escaped() -> None:
    """Values come from outside."""
    found = fact_text(fact("protected", id="a\x1b[2Jb\ud800", guard="x"))
    assert found.isprintable()
    assert found.isascii()


def test_a_problem_states_its_facts_and_the_text_from_outside() -> None:
    """Facts come first, then the text from outside."""
    problem = Problem(kind=ProblemKind.DRIFT, facts=(fact("closed"),), detail="order 1 of others")
    assert "it is closed; order 1 of others." in problem_text(problem)
