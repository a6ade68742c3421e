"""The confirmation: a reason, one tick per risk, the phrase; only then the button."""

from __future__ import annotations

from collections import Counter
from typing import ClassVar, TypedDict

from rich.console import RenderableType
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.events import Key, Paste
from textual.getters import query_one
from textual.message import Message
from textual.widgets import Button, Input, Static

from unsub_tui.app.commands import Command, bindings, key_of
from unsub_tui.app.keys import Arrival
from unsub_tui.app.options import AppOptions
from unsub_tui.app.screens.base import BaseScreen
from unsub_tui.app.widgets.bars import TextLine
from unsub_tui.app.widgets.still import StillInput
from unsub_tui.app.widgets.ticks import Choices, Tick
from unsub_tui.domain.foreign import Foreign
from unsub_tui.domain.plan import REASON_TEXT_LIMIT, Confirmation, Plan, Reason, Risk
from unsub_tui.engine.engine import Engine
from unsub_tui.present.actions import button_word
from unsub_tui.present.plans import plan_title, reason_text, risk_text
from unsub_tui.present.reviews import agreement_lines, phrase_reason
from unsub_tui.present.words import _, plural

COMMANDS = (
    Command(
        id="confirm.next",
        keys="tab",
        action="app.focus_next",
        label=_("Next field"),
        help=_("to the next field"),
        hint=True,
    ),
    Command(
        id="confirm.previous",
        keys="shift+tab",
        action="app.focus_previous",
        label=_("Previous field"),
        help=_("to the previous field"),
        hint=True,
    ),
    Command(id="confirm.down", keys="down", action="app.focus_next", label=_("Next"), help=_("to the next field")),
    Command(id="confirm.up", keys="up", action="app.focus_previous", label=_("Back"), help=_("to the previous field")),
    Command(
        id="confirm.back",
        keys="escape",
        action="back",
        label=_("Cancel"),
        help=_("go back; nothing is sent"),
        hint=True,
    ),
)

ANSWERING_KEYS = frozenset({"enter", "escape"})
"""Keys that press a button or leave."""


class Why(TypedDict, total=False):
    """The reason for the vendor."""

    reason: Reason
    reason_text: str


SHORT_PHRASE = 4
"""A phrase of fewer characters is refused only where all of them came in one read."""


class PhraseField(StillInput):
    """A field that takes typed keys only."""

    def __init__(self, phrase: str) -> None:
        super().__init__(id="phrase", compact=True, select_on_focus=False, placeholder=_("type it here"))
        length = len(phrase)
        self._limit = length - 1 if length < SHORT_PHRASE else length // 2
        self._brought: Counter[Arrival] = Counter()
        self.was_refused = False
        """Whether the last characters came at once."""

    def refuses(self, came: Arrival) -> bool:
        """Count a character and return whether its read brought more of the phrase than a person types at once.

        Over a slow line two or three keys can come in one read, so half of the phrase may.
        """
        self._brought[came] += 1
        self.was_refused = not came.is_alone and self._brought[came] > self._limit
        if self.was_refused:
            self.value = ""
        return self.was_refused

    class Pasted(Message):
        """Somebody tried to paste."""

    def _on_paste(self, event: Paste) -> None:
        event.stop()
        event.prevent_default()
        self.post_message(self.Pasted())


class ConfirmScreen(BaseScreen[Confirmation | None]):
    """Asks for everything that has to be known before a plan runs; the focus begins on Cancel."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(*COMMANDS)

    phrase = query_one("#phrase", PhraseField)
    reason = query_one("#reason", Choices)
    reason_words = query_one("#reason-text", Input)
    cancel = query_one("#cancel", Button)
    go = query_one("#go", Button)

    def __init__(self, engine: Engine, options: AppOptions, plan: Plan) -> None:
        super().__init__(engine, options)
        self._plan = plan
        self._shown: float | None = None
        """When the page was first shown."""
        self._armed = 0.0
        """When the button was last enabled."""
        self.words = _("Confirm")

    def drops(self, event: Key | Paste, came: Arrival) -> bool:
        """Drop what nobody typed for this page: keys from before it was shown, and what one read brought at once.

        When a key came counts, not when its turn does: what was typed in one go is worked off slowly.
        """
        if self._shown is None or came.at < self._shown:
            return True
        if isinstance(event, Paste):
            return self._is_held(came, self._shown)
        if event.key in ANSWERING_KEYS and self._is_held(came, self._shown):
            return True
        if event.key == "enter" and self.go.has_focus:
            return self._drops_enter(came)
        return self.phrase.has_focus and event.is_printable and self.phrase.refuses(came)

    def _is_held(self, came: Arrival, since: float) -> bool:
        return came.at - since < self.options.hold_seconds

    def _drops_enter(self, came: Arrival) -> bool:
        """Return whether an enter on the button came too early, or in one read with other input; say so."""
        is_early = not came.is_alone or self._is_held(came, self._armed)
        if is_early:
            self.say(_("enter came too fast to be an answer: read the page once more, then press it again"))
        return is_early

    def render(self) -> RenderableType:
        """Note when the page is shown for the first time; a key that answers to what it shows comes later."""
        if self._shown is None:
            self._shown = self.options.monotonic()
        return super().render()

    def content(self) -> ComposeResult:
        """Put the questions over the buttons."""
        title = _("Confirm: {title} · plan {hash}").format(title=plan_title(self._plan), hash=self._plan.short_hash)
        yield TextLine(title, classes="title")
        with VerticalScroll(can_focus=False):
            yield from self._facts()
            if not self._plan.action.is_undoable:
                yield from self._reasons()
                yield from self._risks()
        # Below the part that scrolls: what has to be typed is always on the screen.
        yield Static(Content(_("Type exactly: {phrase}").format(phrase=Foreign(self._plan.phrase).clean())))
        if why := phrase_reason(self._plan):
            yield Static(Content(why))
        yield PhraseField(self._plan.phrase)
        with Horizontal(classes="buttons"):
            yield Button(Content(_("Cancel")), id="cancel", compact=True)
            yield Button(Content(self._button_word), id="go", compact=True, disabled=True)

    def on_mount(self) -> None:
        """Begin on the safe button."""
        # At once: `focus()` comes later, and would take back where a key has gone meanwhile.
        self.set_focus(self.cancel)
        self._judge()

    @on(Input.Changed)
    @on(Tick.Changed)
    def _judge(self) -> None:
        """Let the button be pressed only while everything holds."""
        lacking = self._lacking()
        if self.go.disabled and not lacking:
            self._armed = self.options.monotonic()
        self.go.disabled = bool(lacking)
        self.say(_("missing: {what}").format(what=", ".join(lacking)) if lacking else self._next_step())

    @property
    def _button_word(self) -> str:
        return button_word(self._plan.action, self._plan.count)

    def _next_step(self) -> str:
        """Return how the button is pressed: by then every field is filled, and nothing has happened."""
        words = _("all is confirmed: {key} {key} to [{button}], then enter")
        key = key_of(self.active_bindings.values(), "confirm.next")
        return words.format(key=key, button=self._button_word)

    @on(Input.Submitted)
    def _ignore_enter(self, event: Input.Submitted) -> None:
        event.stop()

    @on(PhraseField.Pasted)
    def _refuse_paste(self) -> None:
        self.say(_("pasting is refused here: type the phrase, so that you have read it"))

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.answer(None)

    @on(Button.Pressed, "#go")
    def _confirm(self) -> None:
        if self._lacking() or self._is_held(Arrival(self.options.monotonic()), self._armed):
            return
        self.answer(
            Confirmation(
                digest=self._plan.digest,
                phrase=self.phrase.value.strip(),
                acknowledged=frozenset(self._ticked()),
                **self._why(),
            )
        )

    def _why(self) -> Why:
        """Return the reason that was given; none is asked for what can be undone."""
        if self._plan.action.is_undoable:
            return Why()
        return Why(reason=list(Reason)[self.reason.index], reason_text=self.reason_words.value.strip())

    def _facts(self) -> ComposeResult:
        for line in agreement_lines(self._plan):
            yield Static(Content(line))

    def _reasons(self) -> ComposeResult:
        yield Static(Content(_("Reason for the vendor:")), classes="heading")
        yield Choices([reason_text(reason) for reason in Reason], list(Reason).index(Reason.OTHER), id="reason")
        yield StillInput(
            id="reason-text",
            compact=True,
            max_length=REASON_TEXT_LIMIT,
            placeholder=_("in your words, up to {n} characters (may stay empty)").format(n=REASON_TEXT_LIMIT),
        )

    def _risks(self) -> ComposeResult:
        if self._plan.risks:
            yield Static(Content(_("Tick each with space:")), classes="heading")
        for risk in self._plan.risks:
            yield Tick(risk_text(risk, self._plan), id=f"risk-{risk.value}")

    def _ticked(self) -> list[Risk]:
        return [risk for risk in self._plan.risks if self.query_one(f"#risk-{risk.value}", Tick).value]

    def _lacking(self) -> list[str]:
        unticked = len(self._plan.risks) - len(self._ticked())
        lacking = [plural("{n} tick", "{n} ticks", unticked)] if unticked else []
        typed = self.phrase.value.strip()
        if not typed:
            lacking.append(
                _("the phrase (it came at once, as if pasted: type it key by key)")
                if self.phrase.was_refused
                else _("the phrase")
            )
        elif typed != self._plan.phrase:
            is_begun = self._plan.phrase.startswith(typed)
            lacking.append(_("the rest of the phrase") if is_begun else _("the phrase (what is typed is another one)"))
        return lacking
