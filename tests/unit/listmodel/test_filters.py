"""The filter's grammar, word by word, and against a plain reading of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsub_tui.domain.money import Amounts
from unsub_tui.domain.quote import Quote, UnsubscriptionKind
from unsub_tui.domain.resource import ExpirePolicy, Resource, Status
from unsub_tui.domain.untrusted_text import UntrustedText
from unsub_tui.listmodel.filters import (
    RECORDS,
    RESOURCES,
    FilterError,
    FilterProblem,
    Query,
    Vocabulary,
    complete,
    parse,
    parse_lenient,
    split_alternatives,
)
from unsub_tui.present.facets import facet_term, facets_page, toggle_term
from unsub_tui.present.filter_facts import ResourceFacts
from unsub_tui.present.filter_messages import (
    RECORD_FILTER_HELP,
    RESOURCE_FILTER_HELP,
    filter_error_text,
    filter_help_lines,
    filter_problem_text,
    filter_with_caret,
)
from unsub_tui.present.pages.records import RecordFacts

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)


def resource(name: str, service: str = "ec2", *, days: int | None = 100, age: int = 50, **more: object) -> Resource:
    """Return a resource as the service would list it."""
    return Resource(
        resource_id=UntrustedText(f"id-{name}"),
        resource_name=UntrustedText(name),
        service_type_code=UntrustedText(f"hws.service.type.{service}"),
        resource_type_code=UntrustedText("hws.resource.type.vm"),
        region_code=UntrustedText("cn-north-4"),
        effective_time=NOW - timedelta(days=age),
        expire_time=None if days is None else NOW + timedelta(days=days),
        **more,  # type: ignore[arg-type]
    )


ROWS = [
    resource("web-1", days=10),
    resource("web-22", "ebs", days=40, is_main_resource=False, parent_resource_id=UntrustedText("id-web-1")),
    resource(
        "db one",
        "rds",
        days=None,
        enterprise_project_name=UntrustedText("Data Team"),
        enterprise_project_id=UntrustedText("7"),
    ),
    resource("API", days=-3, status=Status.EXPIRED, age=400),
    resource("cache", "dcs", expire_policy=ExpirePolicy.AUTO_RENEW, enterprise_project_id=UntrustedText("0")),
]


def quote(refund: str | None, currency: str = "USD") -> Quote:
    """Return a quote with one figure."""
    amounts = Amounts(currency=currency, refund=None if refund is None else Decimal(refund))
    return Quote(kind=UnsubscriptionKind.IN_USE, amounts=amounts)


QUOTES = {"id-web-1": quote("9.99"), "id-cache": quote("250"), "id-API": quote(None)}
FACTS = ResourceFacts(
    ROWS, lambda: NOW, {"is:selected": lambda row: row == 0, "is:eligible": lambda row: row > 2}, QUOTES.get
)


def names(text: str) -> list[str]:
    """Return the names of what a filter finds."""
    return [ROWS[row].resource_name.raw for row in parse(text).match_rows(FACTS, range(len(ROWS)))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["web-1", "web-22", "db one", "API", "cache"]),
        ('"AND"', []),
        ('"(type:ecs)"', []),
        ("type:ec", ["web-1", "API"]),
        ("type:dc* region=cn-north-4", ["cache"]),
        ("-type:dds type:rds", ["db one"]),
        ('region:"" web', []),
        ("WEB", ["web-1", "web-22"]),
        ("web 22", ["web-22"]),
        ('"db one"', ["db one"]),
        ("!web -api", ["db one", "cache"]),
        ("type:ecs", ["web-1", "API"]),
        ("service:ecs,evs", ["web-1", "web-22", "API"]),
        ("type:ecs,rds !web", ["db one", "API"]),
        ("name:web-*", ["web-1", "web-22"]),
        ("name:web-?", ["web-1"]),
        ("name=api", ["API"]),
        ("name=web", []),
        ("name!=api type:ecs", ["web-1"]),
        ("name:/^web-\\d+$/", ["web-1", "web-22"]),
        ("!name:/e/", ["db one", "API"][1:]),
        ('project:"data team"', ["db one"]),
        ("project:", ["web-1", "web-22", "API"]),
        ("project:default", ["cache"]),
        ("region:cn-north", ["web-1", "web-22", "db one", "API", "cache"]),
        ("state:expired", ["API"]),
        ("state:in-use", ["web-1", "web-22", "db one", "cache"]),
        ("main=id-web-1", ["web-22"]),
        ("expires<30d", ["web-1"]),
        ("expires<now", ["API"]),
        ("expires<today", ["API"]),
        ("expires<=today", ["API"]),
        ("expires:today", []),
        ("expires>=today", ["web-1", "web-22", "cache"]),
        ("expires>-5d", ["web-1", "web-22", "API", "cache"]),
        ("expires<-5d", []),
        ("expires:-5d..11d", ["web-1", "API"]),
        ("expires:10d..41d", ["web-1", "web-22"]),
        ("expires:11d..39d", []),
        ("expires!=11..39", ["web-1", "web-22", "API", "cache"]),
        ("expires:..41d", ["web-1", "web-22", "API"]),
        ("expires:40d..", ["web-22", "cache"]),
        ("expires:2026-01..2026-02", ["web-1", "web-22", "API"]),
        ("expires:2026-01-25..2026-02-24", ["web-1", "web-22"]),
        ("expires:today..2026-02", ["web-1", "web-22"]),
        ("expires:today..30d", ["web-1"]),
        ("expires:2026..2027", ["web-1", "web-22", "API", "cache"]),
        ("created:today", []),
        ("created:7d..60d", ["web-1", "web-22", "db one", "cache"]),
        ("created:60d..", ["API"]),
        ("created:..60d", ["web-1", "web-22", "db one", "cache"]),
        ("created:60d..today", ["web-1", "web-22", "db one", "cache"]),
        ("refund:9.99..250", ["web-1", "cache"]),
        ("refund:10..300USD", ["cache"]),
        ("refund=10USD..", ["cache"]),
        ("refund:..10", ["web-1"]),
        ("refund!=10..300", ["web-1"]),
        ("!refund:10..300", ["web-1"]),
        ("at-expiry:auto-renew", ["cache"]),
        ("at-expiry:delete|auto-renew", ["cache"]),
        ("web at-expiry:", ["web-1", "web-22"]),
        ("expires<0d", ["API"]),
        ("expires>=40d", ["web-22", "cache"]),
        ("expires<6w", ["web-1", "web-22"]),
        ("expires>2mo", ["cache"]),
        ("!expires<30d", ["web-22", "API", "cache"]),
        ("expires:", ["db one"]),
        ("expires:2026-01", ["web-1", "API"]),
        ("expires>2026-02-01", ["web-22", "cache"]),
        ("expires<=2026-02", ["web-1", "web-22", "API"]),
        ("expires!=2026-01", ["web-22", "cache"]),
        ("created<60d", ["web-1", "web-22", "db one", "cache"]),
        ("created>1y", ["API"]),
        ("created<2025", ["API"]),
        ("refund<10", ["web-1"]),
        ("refund>=9.99", ["web-1", "cache"]),
        ("refund>1000", []),
        ("!refund<10", ["cache"]),
        ("refund<10EUR", []),
        ("is:quoted", ["web-1", "API", "cache"]),
        ("is:selected", ["web-1"]),
        ("is:eligible !is:auto-renew", ["API"]),
        ("is:auto-renew", ["cache"]),
        ("is:attached", ["web-22"]),
        ("has:attached", ["web-1"]),
        ("is:primary web", ["web-1"]),
        ("expires<30", ["web-1"]),
        ("expires<41", ["web-1", "web-22"]),
        ("expires>=40", ["web-22", "cache"]),
        ("created>365", ["API"]),
        ("created>1000", []),
        ("expires<2027", ["web-1", "web-22", "API", "cache"]),
        ("service:ecs|evs", ["web-1", "web-22", "API"]),
        ("type:ecs|rds !web", ["db one", "API"]),
        ("name:web-?|c*|api", ["web-1", "API", "cache"]),
        ("name=api|cache", ["API", "cache"]),
        ("name!=api|cache type:ecs", ["web-1"]),
        ("!type:ecs|evs", ["db one", "cache"]),
        ('project:"data team"|default', ["db one", "cache"]),
        ("is:attached|auto-renew", ["web-22", "cache"]),
        ("!is:attached,auto-renew", ["web-1", "db one", "API"]),
        ("22|cache", ["web-22", "cache"]),
        ('"db one"|api', ["db one", "API"]),
        ("!web|db", ["API", "cache"]),
        ("type:rds or type:evs", ["web-22", "db one"]),
        ("web is:primary OR cache", ["web-1", "cache"]),
        ("cache or web or web-1", ["web-1", "web-22", "cache"]),
        ("-type:ecs or expires<0", ["web-22", "db one", "API", "cache"]),
        ("refund<10 or is:attached", ["web-1", "web-22"]),
        ("project: or type:rds", ["web-1", "web-22", "db one", "API"]),
        ('"or" db', ["db one"]),
        ("organization", []),
        ("web and", []),
    ],
)
def test_each_form_finds_what_it_says(text: str, expected: list[str]) -> None:
    """Words, fields, lists, globs, regular expressions, comparisons of dates and money, states."""
    assert names(text) == expected


def test_a_colon_in_a_word_is_searched_for_and_a_long_filter_is_cut_nowhere() -> None:
    """An address with a port is a word; more than 500 characters are an error."""
    assert names("a 10.0.0.1:80") == []
    with pytest.raises(FilterError) as caught:
        parse("x" * 501)
    assert (caught.value.start, "at most 500" in filter_problem_text(caught.value)) == (500, True)


def test_a_regular_expression_that_explodes_is_stopped() -> None:
    """A pattern that would take hours takes a moment, and says so."""
    rows = [resource("a" * 200)]
    facts = ResourceFacts(rows, lambda: NOW, {}, lambda _: None)
    with pytest.raises(FilterError) as caught:
        parse("name:/^(a|aa|aaa)+c$/").match_rows(facts, [0])
    assert "takes too long" in filter_problem_text(caught.value)


def test_a_glob_that_explodes_elsewhere_does_not_here() -> None:
    """Many stars over a long name are no exponential search."""
    rows = [resource("a" * 250)]
    assert parse("name:" + "*a" * 40 + "*b").match_rows(ResourceFacts(rows, lambda: NOW, {}, lambda _: None), [0]) == []


def test_amounts_of_two_currencies_are_not_compared() -> None:
    """Unless the filter names one."""
    quotes = {"id-web-1": quote("5", "USD"), "id-cache": quote("5", "CNY")}
    facts = ResourceFacts(ROWS, lambda: NOW, {}, quotes.get)
    with pytest.raises(FilterError) as caught:
        parse("refund<10").match_rows(facts, range(len(ROWS)))
    assert "CNY and USD" in filter_problem_text(caught.value)
    assert parse("refund<10CNY").match_rows(facts, range(len(ROWS))) == [4]


INVALID_FILTERS = {
    "type:ecs OR": ("OR", "a term on both sides of OR"),
    "or type:ecs": ("or", "a term on both sides of or"),
    "web or or db": ("or", "a term on both sides of or"),
    "web -or db": ("or", "a term on both sides of or"),
    "or": ("or", "a term on both sides of or"),
    "type:ecs or bogus:evs": ("bogus:", "a known field"),
    "type:ecs or type:bogus": ("bogus", "a known service"),
    "is:primary or -type:esc": ("esc", '"ecs"'),
    "type:ecs | type:evs": ("|", "between two terms write or"),
    "type:ecs |evs": ("|evs", "without spaces, as in type:ecs|evs"),
    "type:ecs || type:evs": ("||", "between two terms write or"),
    "web| db": ("web|", "on both sides of |"),
    "type:ecs|type:evs": ("type:evs", "type:evs is a term: write or between two terms"),
    "name:web,region:x": ("region:x", "region:x is a term"),
    "web|name:db": ("name:db", "name:db is a term"),
    "type:ecs|": ("type:ecs|", "on both sides of each , or |"),
    "web||db": ("web||db", "on both sides of each , or |"),
    'web|""': ('web|""', "a word"),
    "web|db*": ("web|db*", "name:web|db*"),
    "(web|db)": ("(web|db)", "without parentheses"),
    "/web|db/": ("/web|db/", "name:/web|db/"),
    "is:primary|selectd": ("is:primary|selectd", 'did you mean "selected"'),
    "expires<30|60": ("expires<30|60", "days or a date"),
    "refund<1|2": ("refund<1|2", "an amount"),
    "expires:30": ("expires:30", "expires<30 or expires>30"),
    "web AND prod": ("AND", "a space between them is enough"),
    "web and prod": ("and", "a space between them is enough"),
    "NOT type:ecs": ("NOT", "to negate a term write !type:ecs or -type:ecs"),
    "not type:ecs": ("not", "to negate a term write !type:ecs or -type:ecs"),
    "(type:ecs)": ("(type:ecs)", "without parentheses"),
    "web (type:ecs type:evs)": ("(type:ecs", "without parentheses"),
    "expires < 30d": ("expires < 30d", "no spaces in expires<30d"),
    "expires <30d": ("expires <30d", "no spaces in expires<30d"),
    "expires< 30d": ("expires< 30d", "no space in expires<30d"),
    'name: "two words"': ('name: "two words"', 'no space in name:"two words"'),
    "project: prod": ("project: prod", "no space in project:prod"),
    "<30d": ("<30d", "a field before the comparison"),
    ":": (":", "a field before the comparison"),
    "cost>": ("cost>", "a known field"),
    "-": ("-", "a word after '-'"),
    "--web": ("-web", "only one ! or -"),
    "type:": ("type:", "a value after type:"),
    "name:": ("name:", "a value after name:"),
    "service:": ("service:", "a value after service:"),
    "type:ecs,": ("type:ecs,", "on both sides of each , or |"),
    "paid>": ("paid>", "an amount"),
    'web"': ('"', 'a " only around'),
    '"web"prod': ("p", "a space between"),
    "name:/web/i": ("i", "a space between"),
    "name://": ("name://", "between the slashes"),
    "name~web": ("name~web", "name:/REGEX/"),
    "name=~web": ("~web", "name:/web/"),
    "name==web": ("=web", "name=web"),
    "name:!web": ("!web", "!name:web"),
    "web-*": ("web-*", "name:web-*"),
    "/web/": ("/web/", "name:/web/"),
    "is:selectd": ("is:selectd", 'did you mean "selected"'),
    "type:bogus": ("bogus", "a known service or resource type"),
    "-type:esc": ("esc", '"ecs"'),
    "type:ecs,evx": ("evx", '"evs"'),
    "service=ec": ("ec", '"ecs"'),
    "region:cn-nroth-4": ("cn-nroth-4", 'did you mean "cn-north-4"'),
    "state:2": ("2", "a state: closed, expired, frozen, in-use, not-begun"),
    "-state:frozne": ("frozne", 'did you mean "frozen"'),
}
"""Filters that would find nothing, or everything, without meaning it; the part that is wrong, and what was expected."""


MALFORMED_FILTERS = {
    "web nmae:x": ("nmae:", 'did you mean "name"'),
    "tga:env=prod": ("tga:", 'did you mean "tag"'),
    "run:asleep": ("asleep", "a known run"),
    "!attached:maybe": ("maybe", "one of no, yes"),
    "at-expiry:auto-renwe": ("auto-renwe", 'did you mean "auto-renew"'),
    "at-expiry:renewed": (
        "renewed",
        "auto-renew, delete-after-retention, delete-at-expiry, freeze, grace-period, pay-per-use",
    ),
    "expires:30d..7d": ("expires:30d..7d", "the smaller or earlier value before the two dots"),
    "created:2026-02..2026-01-31": ("created:2026-02..2026-01-31", "the smaller or earlier value"),
    "created:30d..7d": ("created:30d..7d", "the smaller or earlier value"),
    "expires:7d..7d": ("expires:7d..7d", "the smaller or earlier value"),
    "expires:2030..now": ("expires:2030..now", "the smaller or earlier value"),
    "refund:20..10": ("refund:20..10", "the smaller or earlier value"),
    "refund:1USD..2CNY": ("refund:1USD..2CNY", "an amount or a range"),
    "refund<1..2": ("refund<1..2", "refund:10..20"),
    "refund:..": ("refund:..", "an amount"),
    "refund:1..2..3": ("refund:1..2..3", "an amount"),
    "expires<7d..30d": ("expires<7d..30d", "expires:7d..30d"),
    "expires:..": ("expires:..", "days or a date"),
    "expires:1..x": ("expires:1..x", "days or a date"),
    "expires:now": ("expires:now", "expires<now or expires>now"),
    "expires:2026-01|2026-03": ("expires:2026-01|2026-03", "days or a date"),
    "quiet:30d..7d": ("quiet:30d..7d", "the smaller or earlier value"),
    "quiet:7d..12h": ("quiet:7d..12h", "a number of days"),
    "run:": ("run:", "a value after run:"),
    "backup:30d": ("backup:30d", "backup<30d or backup>30d"),
    "backup:older": ("backup:older", "days or a date"),
    "quiet:": ("quiet:", "a number of days"),
    "quiet:12h": ("quiet:12h", "a number of days"),
    "quiet<30": ("quiet<30", "a number of days"),
    "tag<env": ("tag<env", "tag:TEXT"),
    "is:makred": ("is:makred", "is:selected"),
    'name:"web': ('"web', 'a closing "'),
    "name:/web": ("/web", "a closing /"),
    "name:/(/": ("name:/(/", "a regular expression"),
    f"name:/{'x' * 201}/": (f"name:/{'x' * 201}/", "at most 200"),
    "expires<soon": ("expires<soon", "days or a date"),
    "expires:30d": ("expires:30d", "expires<30d"),
    "expires<-": ("expires<-", "days or a date"),
    "expires<1.5": ("expires<1.5", "days or a date"),
    "expires<2026-13": ("expires<2026-13", "a date"),
    "refund<cheap": ("refund<cheap", "an amount"),
    "name<web": ("name<web", "name:TEXT"),
    "web !": ("!", "a word after"),
}
"""Filters that cannot be read; the part that is wrong, and what was expected."""


@pytest.mark.parametrize(
    ("text", "part", "words"), [(text, *wrong) for text, wrong in (INVALID_FILTERS | MALFORMED_FILTERS).items()]
)
def test_what_cannot_mean_anything_is_an_error(text: str, part: str, words: str) -> None:
    """Not an empty result, and with a sign before it not the whole list: the message names place and remedy."""
    with pytest.raises(FilterError) as caught:
        names(text)
    error = caught.value
    assert text[error.start : error.end] == part
    assert words in filter_problem_text(error)
    assert filter_error_text(text, error).startswith(f'at character {error.start + 1}, "{part}": expected ')
    shown, carets = filter_with_caret(text, error).split("\n")
    assert shown == f"  {text}"
    assert carets == " " * (2 + error.start) + "^" * len(part)


def test_a_value_that_only_the_account_has_is_known() -> None:
    """A service and a region newer than this version, also where the rows asked have none of them."""
    newer = resource("q", "quantum")
    facts = ResourceFacts(ROWS, lambda: NOW, {}, QUOTES.get, account_resources=lambda: [*ROWS, newer])
    assert parse("type:quantum").match_rows(facts, range(len(ROWS))) == []
    with pytest.raises(FilterError) as caught:
        names("type:quantum")
    assert filter_problem_text(caught.value).endswith(", or one that the account has: dcs, ecs, evs, rds")
    with pytest.raises(FilterError) as caught:
        parse("type:quantum").match_rows(ResourceFacts([], lambda: NOW, {}, QUOTES.get), [])
    assert filter_problem_text(caught.value).endswith(", or one that the account has")
    many = [resource(f"q{number}", f"quantum{number:02}") for number in range(20)]
    with pytest.raises(FilterError) as caught:
        parse("type:bogus").match_rows(ResourceFacts(many, lambda: NOW, {}, QUOTES.get), [])
    assert filter_problem_text(caught.value).endswith("quantum10, quantum11, …")


@pytest.mark.parametrize("text", ["state:pendign", "-type:esc", "type:ecs,bogus"])
def test_records_have_closed_fields_too(text: str) -> None:
    """What no order and no run can be is an error there as well."""
    with pytest.raises(FilterError) as caught:
        parse(text, RECORDS).match_rows(RecordFacts([], lambda: NOW), [])
    assert "expected a" in filter_problem_text(caught.value)
    assert parse("state:pending type:ecs", RECORDS).match_rows(RecordFacts([], lambda: NOW), []) == []


def outcome(text: str, read: Callable[[str], Query]) -> list[int] | tuple[int, int | None, str]:
    """Return the rows that a text finds, or the place of its mistake and what was expected."""
    try:
        return read(text).match_rows(FACTS, range(len(ROWS)))
    except FilterError as error:
        return error.start, error.end, filter_problem_text(error)


PIECES = st.lists(
    st.one_of(
        st.sampled_from(
            [
                *INVALID_FILTERS,
                "name:",
                "is:",
                "/",
                '"',
                ",",
                " ",
                "expires",
                "<",
                "(",
                "a{9,",
                "region:/",
                "|",
                " or ",
                "..",
                "7d",
                "2026-01",
                "refund:",
            ]
        )
    ),
    max_size=6,
)


@given(st.one_of(st.text(max_size=60), PIECES.map("".join), PIECES.map(" ".join), st.text("x ", min_size=501)))
def test_any_text_is_a_filter_or_says_what_is_wrong(text: str) -> None:
    """Whatever is typed: a query that can be asked, or an error about a part of the text; the app asks the same."""
    found = outcome(text, parse)
    assert found == outcome(text, parse_lenient)
    if isinstance(found, tuple):
        start, end, message = found
        assert 0 <= start < (len(text) if end is None else end) <= len(text)
        assert message.startswith("expected ")


TERMS = st.sampled_from(
    ["web", "-web", "a", "type:ecs", "is:primary", "expires<30d", "refund>1", '"db one"', "is:selected"]
)


@given(st.lists(TERMS, max_size=4), st.lists(TERMS, max_size=4))
def test_terms_are_anded(first: list[str], second: list[str]) -> None:
    """Two filters after each other find what the joined one finds, in the order of the rows."""
    rows = range(len(ROWS))
    once = parse(" ".join([*first, *second])).match_rows(FACTS, rows)
    twice = parse(" ".join(second)).match_rows(FACTS, parse(" ".join(first)).match_rows(FACTS, rows))
    assert once == twice == sorted(once)


@given(st.lists(st.lists(TERMS, min_size=1, max_size=3), min_size=1, max_size=4))
def test_or_finds_what_one_of_its_sides_finds(alternatives: list[list[str]]) -> None:
    """A space binds tighter than `or`: the rows of each side alone, together, in the order of the rows."""
    texts = [" ".join(terms) for terms in alternatives]
    rows = range(len(ROWS))
    joined = parse(" or ".join(texts))
    assert joined.match_rows(FACTS, rows) == sorted(
        {row for text in texts for row in parse(text).match_rows(FACTS, rows)}
    )
    assert split_alternatives(joined.text) == texts
    without = joined.without_money().match_rows(FACTS, rows)
    assert set(joined.match_rows(FACTS, rows)) <= set(without)


VALUES = {
    "type": ["ecs", "evs", "rds", "dcs"],
    "name": ["web", "db", "api", "1"],
    "is": ["primary", "attached", "quoted"],
}


@given(st.sampled_from(sorted(VALUES)), st.data(), st.sampled_from(["|", ","]), st.booleans())
def test_a_list_of_values_finds_what_or_finds(field: str, data: st.DataObject, separator: str, negated: bool) -> None:  # noqa: FBT001
    """With either separator; negated it finds all other rows."""
    values = data.draw(st.lists(st.sampled_from(VALUES[field]), min_size=1, max_size=4))
    found = names(" or ".join(f"{field}:{value}" for value in values))
    listed = f"{field}:{separator.join(values)}"
    expected = [each for each in names("") if (each in found) is not negated]
    assert names(f"!{listed}" if negated else listed) == expected


@given(st.integers(-3_000, 99_999), st.sampled_from(["expires", "created"]), st.sampled_from(["<", "<=", ">", ">="]))
def test_a_bare_number_is_days_unless_it_is_a_year(number: int, field: str, operator: str) -> None:
    """Years are those in which a resource can begin or end."""
    plain, unit = f"{field}{operator}{number}", f"{field}{operator}{number}d"
    if 1970 <= number <= 2200:
        assert names(plain) == names(f"{field}{operator}{number}-{'12' if operator in ('<=', '>') else '01'}")
    else:
        assert names(plain) == names(unit)


@given(
    st.sampled_from(["expires", "created", "changed"]),
    st.lists(
        st.sampled_from(["-5d", "0", "7d", "40d", "2025", "2026-01", "2026-01-25", "today"]), min_size=2, max_size=2
    ),
)
def test_a_range_is_both_comparisons(field: str, ends: list[str]) -> None:
    """With both ends; in the wrong order it is an error. Both ends of a duration ago are in the order of durations."""
    low, high = ends
    is_age = field != "expires"
    at_least = f"{field}>={low}" if not is_age or not low.endswith(("d", "0")) else f"!{field}>{low}"
    at_most = f"!{field}>{high}" if not is_age or not high.endswith(("d", "0")) else f"{field}>={high}"
    expected = names(f"{at_least} {at_most}")
    try:
        found = names(f"{field}:{low}..{high}")
    except FilterError as error:
        if error.problem is not FilterProblem.RANGE_REVERSED or expected:
            raise
        return
    assert found == expected


@given(
    st.lists(st.sampled_from(["web", "type=ecs", "is:primary", '"a or b"', "name:/a or b/"]), min_size=1, max_size=3)
)
def test_a_term_of_the_counts_narrows_every_alternative(texts: list[str]) -> None:
    """It is added to each side of `or`, shown as set, and taken away again."""
    query = " or ".join(texts)
    narrowed = toggle_term(query, "region=cn-north-4")
    assert narrowed == " or ".join(f"{each} region=cn-north-4" for each in texts)
    assert toggle_term(narrowed, "region=cn-north-4") == query
    box = facets_page({"region": Counter(["cn-north-4"])}, narrowed, 40)[1].text
    assert box.startswith("[x] ")


def test_a_term_that_only_one_alternative_has_is_completed_and_then_removed() -> None:
    """Without the term, nothing would be left of that alternative: it would be all rows."""
    narrowed = toggle_term("type=ecs or web", "type=ecs")
    assert narrowed == "type=ecs or web type=ecs"
    assert toggle_term(narrowed, "type=ecs") == ""


@pytest.mark.parametrize("value", ["a|b", "a,b", "/a/", "=a", "two words", "-x", "or", "数据", "a.b-c_d"])
def test_a_value_of_the_counts_finds_itself(value: str) -> None:
    """Whatever characters it has."""
    rows = [resource(value), resource("other")]
    facts = ResourceFacts(rows, lambda: NOW, {}, lambda _: None)
    assert parse(facet_term("name", value)).match_rows(facts, [0, 1]) == [0]


@given(
    st.lists(TERMS, max_size=3),
    st.sampled_from(["w", "we", "web", "-w", "-we", "api", '"d']),
    st.text("web-12a", max_size=3),
)
def test_what_narrows_looks_at_fewer_rows_and_finds_the_same(terms: list[str], word: str, more: str) -> None:
    """Typing on from a filter may look only at what that filter has found."""
    before, after = " ".join([*terms, word]), " ".join([*terms, word + more])
    try:
        old, new = parse(before), parse(after)
    except FilterError:
        return
    rows = range(len(ROWS))
    if new.narrows(old):
        assert new.match_rows(FACTS, old.match_rows(FACTS, rows)) == new.match_rows(FACTS, rows)
    assert not new.narrows(Query())


@pytest.mark.parametrize(
    "terms", ["type:ecs|evs", "-name:/x/", "expires<300", "name:web-*", "region=cn-north-4", "state:in-use !db|x"]
)
def test_typing_on_after_any_term_of_the_list_narrows(terms: str) -> None:
    """Also after a field; not after what depends on the selection, on quotes or on orders, and not in `or`."""
    assert parse(f"{terms} web").narrows(parse(f"{terms} we"))
    assert parse(f"{terms} web type:ecs").narrows(parse(f"{terms} web"))
    assert not parse(f"{terms} web").narrows(parse(f"{terms} wa"))
    assert not parse(f"{terms} web or x").narrows(parse(f"{terms} web"))
    for unstable in ("is:selected", "refund>1", "order:CS1"):
        assert not parse(f"{terms} {unstable} web").narrows(parse(f"{terms} {unstable} we"))


EXISTING = {
    "type": ["ecs", "evs", "rds", "rds disk"],
    "region": ["cn-east-3", "cn-north-1", "cn-north-4", "eu-west-101"],
    "state": ["in-use", "frozen"],
    "project": ["data team", "default", "a|b", "/x/", 'say "hi"'],
}
"""Values of an account, by field."""


@pytest.mark.parametrize(
    ("text", "start", "candidates"),
    [
        ("re", 0, ["region:", "refund<"]),
        ("web -reg", 5, ["region:"]),
        ("type:ecs or ex", 12, ["expires<"]),
        ("SER", 0, ["service:"]),
        ("region:", 7, EXISTING["region"]),
        ("region:cn-n", 7, ["cn-north-1", "cn-north-4"]),
        ("!region=1", 8, ["cn-north-1", "eu-west-101"]),
        ("region:cn-north-1", 7, []),
        ("region:cn-north-1|cn", 18, ["cn-east-3", "cn-north-4"]),
        ("web region:cn-north-1,eu-west-101,", 34, ["cn-east-3", "cn-north-4"]),
        ("service:rds", 8, []),
        ("service:rds ", 12, None),
        ("status:i", 7, ["in-use"]),
        ("project:d", 8, ['"data team"', "default"]),
        ('project:"data t', 8, ['"data team"']),
        ('project:"data team"|', 20, ["default", '"a|b"', '"/x/"', '"say ?hi?"']),
        ("is:att", 3, ["attached"]),
        ("is:primary|blo", 11, ["blocked"]),
        ("has:", 4, ["attached"]),
        ("name:web", 5, []),
        ("expires<", 8, ["7", "30", "60", "90", "1y"]),
        ("web created>=3", 13, ["30"]),
        ("expires:", 8, []),
        ("refund<", 7, []),
        ("project:/d", 10, []),
        ('"re', 0, []),
        ('"two re', 0, []),
        ("zzz", 0, []),
    ],
)
def test_the_end_of_a_filter_is_completed(text: str, start: int, candidates: list[str] | None) -> None:
    """Fields by their beginning; values that exist by a part, without those that are listed already."""
    found = complete(text, RESOURCES, lambda field: EXISTING.get(field, []))
    fields = [
        *(f"{each.name}{':' if each.kind == 'text' or each.is_finding else '<'}" for each in RESOURCES.fields),
        "is:",
        "has:",
    ]
    assert (found.start, list(found.candidates)) == (start, fields if candidates is None else candidates)


@given(
    st.sampled_from(["", "web ", "!", "type:ecs or ", '"a or b" ']),
    st.sampled_from(["type:", "service=", "region:", "project:", "state:", "status!=", "is:", "region:cn-north-4|"]),
    st.text("acdensr1-", max_size=2),
)
def test_every_candidate_is_a_filter_that_finds_something(before: str, head: str, typed: str) -> None:
    """A value that exists is found by what completes it, however it is spelled; it is not completed further."""
    completed = complete(before + head + typed, RESOURCES, FACTS.existing_values)
    for candidate in completed.candidates:
        text = (before + head + typed)[: completed.start] + candidate
        query = parse(text[len(before) :].replace("!=", "="))
        assert head == "is:" or query.match_rows(FACTS, range(len(ROWS)))
        assert not complete(text, RESOURCES, FACTS.existing_values).candidates


@given(PIECES.map(" ".join))
def test_any_text_can_be_completed_or_not(text: str) -> None:
    """The candidates replace the end of the text, and nothing else."""
    found = complete(text, RESOURCES, lambda field: EXISTING.get(field, []))
    assert 0 <= found.start <= len(text)


def test_values_are_those_of_the_account() -> None:
    """Of fields that many resources share; also of resources that another tab shows; new ones come with their page."""
    more = [*ROWS, resource("q", "quantum")]
    facts = ResourceFacts(ROWS, lambda: NOW, {}, QUOTES.get, account_resources=lambda: more)
    assert facts.existing_values("type") == ["dcs", "ecs", "evs", "quantum", "rds"]
    assert facts.existing_values("state") == ["expired", "in-use"]
    assert facts.existing_values("project") == ["data team", "default"]
    assert facts.existing_values("name") == facts.existing_values("order") == []
    more.append(resource("a", "aad"))
    assert "aad" in facts.existing_values("type")


@pytest.mark.parametrize(("lines", "vocabulary"), [(RESOURCE_FILTER_HELP, RESOURCES), (RECORD_FILTER_HELP, RECORDS)])
def test_the_cheat_sheet_is_true_and_fits(lines: list[list[str]], vocabulary: Vocabulary) -> None:
    """Each example is a filter; no line is cut at 60 or 80 columns, and both have a few examples."""
    for examples in lines:
        for each in examples:
            assert parse(each.partition(" (")[0], vocabulary).terms
    for width in (60, 80):
        shown = filter_help_lines(lines, width)
        assert len(shown) == 2
        assert all(30 < len(line) <= width for line in shown)


def test_every_problem_has_a_sentence() -> None:
    """Also with and without similar words."""
    values: dict[str, Any] = dict.fromkeys(
        (
            *("sign", "term", "head", "hint", "word", "field", "value", "limit", "error", "names", "states", "first"),
            "existing",
        ),
        "x",
    )
    for problem in FilterProblem:
        for similar in ((), ("a", "b")):
            text = filter_problem_text(
                FilterError(problem, 0, None, similar=similar, currencies=["CNY", "USD"], **values)
            )
            assert text.isprintable()
            assert "{" not in text
