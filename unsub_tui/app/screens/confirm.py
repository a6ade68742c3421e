"""The confirmation screen: a reason, a check box per risk and a typed phrase enable the confirm button."""

from __future__ import annotations

from dataclasses import replace

from rich.console import RenderableType
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.events import Key, Paste
from textual.getters import query_one
from textual.widgets import Button, Input, Static

from unsub_tui.app.commands import bindings, key_of
from unsub_tui.app.options import AppOptions
from unsub_tui.app.screens.base import BaseScreen
from unsub_tui.app.terminal.key_queue import TerminalRead
from unsub_tui.app.widgets.inputs import Checkbox, NoBlinkInput, PhraseInput, RadioSet
from unsub_tui.app.widgets.status import OneLineLabel
from unsub_tui.domain.plan import MAX_REASON_TEXT_LENGTH, Confirmation, Plan, UnsubscribeReason
from unsub_tui.domain.untrusted_text import UntrustedText
from unsub_tui.engine.engine import Engine
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.labels import action_title, button_label
from unsub_tui.present.pages.confirmation import (
    FIRST_USE_ADVICE,
    REASON_TEXTS,
    confirmation_lines,
    phrase_explanation,
    risk_text,
)

ANSWERING_KEYS = frozenset({"enter", "escape"})
"""Keys that press a button or leave the screen."""

REASONS = tuple(UnsubscribeReason)


class ConfirmationForm(VerticalScroll):
    """The facts of a plan, followed by the reason and the risks unless the plan is reversible."""

    def __init__(self, plan: Plan, *, is_first: bool) -> None:
        super().__init__(can_focus=False)
        self._plan = plan
        self._is_first = is_first

    def compose(self) -> ComposeResult:
        """Return the facts, the reason and a check box per risk."""
        if self._is_first:
            yield Static(Content(FIRST_USE_ADVICE), classes="advice")
        for line in confirmation_lines(self._plan):
            yield Static(Content(line))
        if not self._plan.action.creates_order:
            return
        yield Static(Content(_("Reason for Huawei Cloud:")), classes="heading")
        yield RadioSet([REASON_TEXTS[each] for each in REASONS], REASONS.index(UnsubscribeReason.OTHER), id="reason")
        yield NoBlinkInput(
            id="reason-text",
            compact=True,
            max_length=MAX_REASON_TEXT_LENGTH,
            placeholder=_("in your words, up to {n} characters (optional)").format(n=MAX_REASON_TEXT_LENGTH),
        )
        if self._plan.risks:
            yield Static(Content(_("Acknowledge each with Space:")), classes="heading")
        for risk in self._plan.risks:
            yield Checkbox(risk_text(risk, self._plan), id=f"risk-{risk.value}")

    def confirmation(self, phrase: str) -> Confirmation:
        """Return the confirmation; the reason of a reversible action stays the default."""
        risks = [risk for risk in self._plan.risks if self.query_one(f"#risk-{risk.value}", Checkbox).value]
        confirmation = Confirmation(digest=self._plan.digest, phrase=phrase, acknowledged=frozenset(risks))
        if not self._plan.action.creates_order:
            return confirmation
        reason = REASONS[self.query_one("#reason", RadioSet).index]
        return replace(confirmation, reason=reason, reason_text=self.query_one("#reason-text", Input).value.strip())


class ConfirmScreen(BaseScreen[Confirmation | None]):
    """Collects the inputs required before a plan is executed; the focus starts on Cancel."""

    BINDINGS = bindings("confirm")
    help_title = _("Confirm")

    form = query_one(ConfirmationForm)
    phrase = query_one("#phrase", PhraseInput)
    confirm_button = query_one("#go", Button)

    def __init__(self, engine: Engine, options: AppOptions, plan: Plan, *, is_first: bool = False) -> None:
        """Create the screen; `is_first` says that no unsubscription has completed on the account yet."""
        super().__init__(engine, options)
        self._plan = plan
        self._is_first = is_first
        self._shown_at: float | None = None
        """Time at which the page was first rendered."""
        self._enabled_at = 0.0
        """Time at which the confirm button was last enabled."""

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
            self.set_status(_("Enter came too fast and was ignored. Read the page, then press it again."))
        return is_early

    def render(self) -> RenderableType:
        """Render the screen and record the time of the first rendering; only later keys can answer the page."""
        if self._shown_at is None:
            self._shown_at = self.options.monotonic()
        return super().render()

    def compose_content(self) -> ComposeResult:
        """Return the plan's facts, the reason, the risks and the phrase, followed by the buttons."""
        plan = self._plan
        title = _("Confirm: {title} · plan {hash}").format(
            title=action_title(plan.action, plan.count), hash=plan.short_hash
        )
        yield OneLineLabel(title, classes="title")
        yield ConfirmationForm(plan, is_first=self._is_first)
        # The phrase is outside the scrolling part, so that it is always visible.
        yield Static(Content(_("Type exactly: {phrase}").format(phrase=UntrustedText(plan.phrase).for_display())))
        if phrase_note := phrase_explanation(plan):
            yield Static(Content(phrase_note))
        yield PhraseInput(plan.phrase)
        with Horizontal(classes="buttons"):
            yield Button(Content(_("Cancel")), id="cancel", compact=True)
            yield Button(Content(button_label(plan.action, plan.count)), id="go", compact=True, disabled=True)

    def on_mount(self) -> None:
        """Focus the Cancel button."""
        # `focus()` is deferred and would override a focus change made by a key in the meantime.
        self.set_focus(self.query_one("#cancel", Button))
        self._update_confirm_button()

    @on(Input.Changed)
    @on(Checkbox.Changed)
    def _update_confirm_button(self) -> None:
        """Enable the confirm button only while all inputs are complete; show what is missing, or the next step."""
        missing = self._missing_inputs()
        if self.confirm_button.disabled and not missing:
            self._enabled_at = self.options.monotonic()
        self.confirm_button.disabled = bool(missing)
        if missing:
            self.set_status(_("Missing: {inputs}").format(inputs=", ".join(missing)))
        else:
            key = key_of(self, "confirm.next")
            button = button_label(self._plan.action, self._plan.count)
            self.set_status(_("Complete: {key} {key} to [{button}], then enter").format(key=key, button=button))

    @on(PhraseInput.PasteAttempted)
    def _refuse_paste(self) -> None:
        self.set_status(_("Pasting is not possible here. Type the phrase, so that you have read it."))

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss_once(None)

    @on(Button.Pressed, "#go")
    def _confirm(self) -> None:
        if self._missing_inputs() or self._is_too_early(TerminalRead(self.options.monotonic()), self._enabled_at):
            return
        self.dismiss_once(self.form.confirmation(self.phrase.value.strip()))

    def _missing_inputs(self) -> list[str]:
        count = sum(not box.value for box in self.query(Checkbox))
        missing = [plural("{n} acknowledgment", "{n} acknowledgments", count)] if count else []
        typed = self.phrase.value.strip()
        if not typed:
            missing.append(
                _("the phrase (it came at once, as if pasted: type it key by key)")
                if self.phrase.was_refused
                else _("the phrase")
            )
        elif typed != self._plan.phrase:
            is_begun = self._plan.phrase.startswith(typed)
            missing.append(_("the rest of the phrase") if is_begun else _("the phrase (the typed text differs)"))
        return missing
