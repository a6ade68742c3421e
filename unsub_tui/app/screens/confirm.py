"""The confirmation screen: a reason, a check box per risk and a typed phrase enable the confirm button."""

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

from unsub_tui.app.commands import bindings, key_of
from unsub_tui.app.options import AppOptions
from unsub_tui.app.screens.base import BaseScreen
from unsub_tui.app.terminal.key_queue import TerminalRead
from unsub_tui.app.widgets.checkbox import Checkbox, RadioSet
from unsub_tui.app.widgets.inputs import NoBlinkInput
from unsub_tui.app.widgets.status import OneLineLabel
from unsub_tui.domain.plan import MAX_REASON_TEXT_LENGTH, Confirmation, Plan, Risk, UnsubscribeReason
from unsub_tui.domain.untrusted_text import UntrustedText
from unsub_tui.engine.engine import Engine
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.labels import button_label
from unsub_tui.present.pages.confirmation import (
    confirmation_lines,
    phrase_explanation,
    plan_title,
    reason_text,
    risk_text,
)

ANSWERING_KEYS = frozenset({"enter", "escape"})
"""Keys that press a button or leave the screen."""


class ReasonFields(TypedDict, total=False):
    """The reason that is sent to Huawei Cloud."""

    reason: UnsubscribeReason
    reason_text: str


SHORT_PHRASE = 4
"""Length below which a phrase is refused only if a single read contained all of it."""


class PhraseInput(NoBlinkInput):
    """The input field for the phrase; accepts typed keys only."""

    def __init__(self, phrase: str) -> None:
        super().__init__(id="phrase", compact=True, select_on_focus=False, placeholder=_("type it here"))
        length = len(phrase)
        self._limit = length - 1 if length < SHORT_PHRASE else length // 2
        self._brought: Counter[TerminalRead] = Counter()
        self.was_refused = False
        """Whether the last characters arrived too many at once."""

    def count_and_check(self, read: TerminalRead) -> bool:
        """Count a character; return whether its terminal read has more of the phrase than anyone types at once.

        Over a slow connection, two or three keys can arrive in one read, so up to half of the phrase is accepted.
        """
        self._brought[read] += 1
        self.was_refused = not read.is_single_key and self._brought[read] > self._limit
        if self.was_refused:
            self.value = ""
        return self.was_refused

    class PasteAttempted(Message):
        """The user tried to paste."""

    def _on_paste(self, event: Paste) -> None:
        event.stop()
        event.prevent_default()
        self.post_message(self.PasteAttempted())


class ConfirmScreen(BaseScreen[Confirmation | None]):
    """Collects the inputs required before a plan is executed; the focus starts on Cancel."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("confirm")

    phrase = query_one("#phrase", PhraseInput)
    reason = query_one("#reason", RadioSet)
    reason_input = query_one("#reason-text", Input)
    cancel_button = query_one("#cancel", Button)
    confirm_button = query_one("#go", Button)

    def __init__(self, engine: Engine, options: AppOptions, plan: Plan) -> None:
        super().__init__(engine, options)
        self._plan = plan
        self._shown_at: float | None = None
        """Time at which the page was first rendered."""
        self._enabled_at = 0.0
        """Time at which the confirm button was last enabled."""
        self.help_title = _("Confirm")

    def should_drop(self, event: Key | Paste, read: TerminalRead) -> bool:
        """Return whether to drop input not meant for this page: it came too early, or too many keys came in one read.

        The time of the terminal read counts, not the time of processing, because queued keys are processed slowly.
        """
        if self._shown_at is None or read.at < self._shown_at:
            return True
        if isinstance(event, Paste):
            return self._is_too_early(read, self._shown_at)
        if event.key in ANSWERING_KEYS and self._is_too_early(read, self._shown_at):
            return True
        if event.key == "enter" and self.confirm_button.has_focus:
            return self._should_drop_enter(read)
        return self.phrase.has_focus and event.is_printable and self.phrase.count_and_check(read)

    def _is_too_early(self, read: TerminalRead, since: float) -> bool:
        return read.at - since < self.options.confirm_delay_seconds

    def _should_drop_enter(self, read: TerminalRead) -> bool:
        """Return whether an Enter on the button came too early or in one read with other input; if so, show why."""
        is_early = not read.is_single_key or self._is_too_early(read, self._enabled_at)
        if is_early:
            self.set_status(_("enter came too fast to be an answer: read the page once more, then press it again"))
        return is_early

    def render(self) -> RenderableType:
        """Render the screen and record the time of the first rendering; only later keys can answer the page."""
        if self._shown_at is None:
            self._shown_at = self.options.monotonic()
        return super().render()

    def compose_content(self) -> ComposeResult:
        """Return the plan's facts, the reason, the risks and the phrase, followed by the buttons."""
        title = _("Confirm: {title} · plan {hash}").format(title=plan_title(self._plan), hash=self._plan.short_hash)
        yield OneLineLabel(title, classes="title")
        with VerticalScroll(can_focus=False):
            yield from self._facts()
            if self._plan.action.creates_order:
                yield from self._reasons()
                yield from self._risks()
        # The phrase is outside the scrolling part, so that it is always visible.
        yield Static(Content(_("Type exactly: {phrase}").format(phrase=UntrustedText(self._plan.phrase).for_display())))
        if phrase_note := phrase_explanation(self._plan):
            yield Static(Content(phrase_note))
        yield PhraseInput(self._plan.phrase)
        with Horizontal(classes="buttons"):
            yield Button(Content(_("Cancel")), id="cancel", compact=True)
            yield Button(Content(self._button_word), id="go", compact=True, disabled=True)

    def on_mount(self) -> None:
        """Focus the Cancel button."""
        # `focus()` is deferred and would override a focus change made by a key in the meantime.
        self.set_focus(self.cancel_button)
        self._update_confirm_button()

    @on(Input.Changed)
    @on(Checkbox.Changed)
    def _update_confirm_button(self) -> None:
        """Enable the confirm button only while all inputs are complete; show what is missing."""
        lacking = self._missing_inputs()
        if self.confirm_button.disabled and not lacking:
            self._enabled_at = self.options.monotonic()
        self.confirm_button.disabled = bool(lacking)
        self.set_status(_("missing: {what}").format(what=", ".join(lacking)) if lacking else self._next_step())

    @property
    def _button_word(self) -> str:
        return button_label(self._plan.action, self._plan.count)

    def _next_step(self) -> str:
        """Return the instruction for pressing the button; shown once all inputs are complete."""
        words = _("all is confirmed: {key} {key} to [{button}], then enter")
        key = key_of(self.active_bindings.values(), "confirm.next")
        return words.format(key=key, button=self._button_word)

    @on(Input.Submitted)
    def _ignore_enter(self, event: Input.Submitted) -> None:
        event.stop()

    @on(PhraseInput.PasteAttempted)
    def _refuse_paste(self) -> None:
        self.set_status(_("pasting is refused here: type the phrase, so that you have read it"))

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss_once(None)

    @on(Button.Pressed, "#go")
    def _confirm(self) -> None:
        if self._missing_inputs() or self._is_too_early(TerminalRead(self.options.monotonic()), self._enabled_at):
            return
        self.dismiss_once(
            Confirmation(
                digest=self._plan.digest,
                phrase=self.phrase.value.strip(),
                acknowledged=frozenset(self._acknowledged_risks()),
                **self._reason_fields(),
            )
        )

    def _reason_fields(self) -> ReasonFields:
        """Return the chosen reason; empty for a reversible action, which needs none."""
        if not self._plan.action.creates_order:
            return ReasonFields()
        return ReasonFields(
            reason=list(UnsubscribeReason)[self.reason.index], reason_text=self.reason_input.value.strip()
        )

    def _facts(self) -> ComposeResult:
        for line in confirmation_lines(self._plan):
            yield Static(Content(line))

    def _reasons(self) -> ComposeResult:
        yield Static(Content(_("Reason for the vendor:")), classes="heading")
        yield RadioSet(
            [reason_text(reason) for reason in UnsubscribeReason],
            list(UnsubscribeReason).index(UnsubscribeReason.OTHER),
            id="reason",
        )
        yield NoBlinkInput(
            id="reason-text",
            compact=True,
            max_length=MAX_REASON_TEXT_LENGTH,
            placeholder=_("in your words, up to {n} characters (may stay empty)").format(n=MAX_REASON_TEXT_LENGTH),
        )

    def _risks(self) -> ComposeResult:
        if self._plan.risks:
            yield Static(Content(_("Tick each with space:")), classes="heading")
        for risk in self._plan.risks:
            yield Checkbox(risk_text(risk, self._plan), id=f"risk-{risk.value}")

    def _acknowledged_risks(self) -> list[Risk]:
        return [risk for risk in self._plan.risks if self.query_one(f"#risk-{risk.value}", Checkbox).value]

    def _missing_inputs(self) -> list[str]:
        unticked = len(self._plan.risks) - len(self._acknowledged_risks())
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
