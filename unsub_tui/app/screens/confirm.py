"""The confirmation screen: a check box per risk, a typed phrase and two separate Enters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from rich.console import RenderableType
from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import Key, Paste
from textual.getters import query_one
from textual.timer import Timer
from textual.widgets import Button, Input, Static

from unsub_tui.app.commands import COMMANDS, bindings, key_name
from unsub_tui.app.dialogs.dialog import Prompt
from unsub_tui.app.dialogs.menu import Menu, MenuItem
from unsub_tui.app.options import AppOptions
from unsub_tui.app.screens.base import BaseScreen, account_badge
from unsub_tui.app.screens.page_screens import TextPageScreen
from unsub_tui.app.terminal.key_queue import TerminalRead
from unsub_tui.app.widgets.inputs import Checkbox, PhraseInput
from unsub_tui.app.widgets.status import OneLineLabel
from unsub_tui.app.widgets.text_page import entries_content
from unsub_tui.domain.plan import MAX_REASON_TEXT_LENGTH, Confirmation, Plan, Risk, UnsubscribeReason
from unsub_tui.domain.untrusted_text import UntrustedText
from unsub_tui.engine.engine import Engine
from unsub_tui.present.header import title_line
from unsub_tui.present.i18n import _, plural
from unsub_tui.present.labels import action_title, button_label
from unsub_tui.present.pages.confirmation import (
    FIRST_USE_ADVICE,
    REASON_TEXTS,
    affected_entries,
    confirmation_entries,
    phrase_explanation,
    risk_text,
)

ANSWERING_KEYS = frozenset({"enter", "escape"})
"""Keys that press a button or leave the screen."""

HELD_KEY_SHARE = 0.3
"""Part of `confirm_delay_seconds` that a press of the button waits: longer than the pause between the characters of a
held key."""


class PlanFacts(VerticalScroll):
    """The facts of a plan: what is affected, what is lost, what it costs. Scrolls if they are many."""

    def __init__(self, plan: Plan, *, is_first: bool) -> None:
        super().__init__(can_focus=False)
        self._plan = plan
        self._is_first = is_first

    def compose(self) -> ComposeResult:
        """Return a line per fact."""
        if self._is_first:
            yield Static(Content(FIRST_USE_ADVICE), classes="advice")
        key = next(key_name(each.key) for each in COMMANDS["confirm"] if each.id == "confirm.list")
        yield Static(entries_content(confirmation_entries(self._plan, key)))


class RiskBoxes(Vertical):
    """A check box per risk; none if the plan is reversible. Does not scroll, so that each box is always in sight."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self._plan = plan

    def compose(self) -> ComposeResult:
        """Return the boxes."""
        for risk in self._plan.risks:
            yield Checkbox(risk_text(risk, self._plan), id=f"risk-{risk.value}")

    @property
    def acknowledged(self) -> frozenset[Risk]:
        """The risks whose boxes are checked."""
        return frozenset(risk for risk in self._plan.risks if self.query_one(f"#risk-{risk.value}", Checkbox).value)


class ReasonLine(OneLineLabel):
    """The reason that Huawei Cloud receives, and a comment, on one line."""

    def __init__(self) -> None:
        super().__init__()
        self.reason, self.comment = UnsubscribeReason.OTHER, ""
        self._show()

    async def choose(self) -> None:
        """Let the user choose the reason and write a comment."""
        reasons = [MenuItem(each.name, REASON_TEXTS[each], str(int(each))) for each in UnsubscribeReason]
        menu = Menu(_("Reason for Huawei Cloud"), reasons, initial_id=self.reason.name)
        chosen = await self.app.push_screen_wait(menu)
        if chosen is None:
            return
        self.reason = UnsubscribeReason[chosen]
        words = _("In your words, up to {n} characters (optional).").format(n=MAX_REASON_TEXT_LENGTH)
        too_long = _("At most {n} characters.").format(n=MAX_REASON_TEXT_LENGTH)
        prompt = Prompt(
            _("Comment for Huawei Cloud"),
            [words],
            value=self.comment,
            allow_empty=True,
            validate_text=lambda text: too_long if len(text) > MAX_REASON_TEXT_LENGTH else "",
        )
        comment = await self.app.push_screen_wait(prompt)
        self.comment = self.comment if comment is None else comment
        self._show()

    def _show(self) -> None:
        key = next(key_name(each.key) for each in COMMANDS["confirm"] if each.id == "confirm.reason")
        parts = (REASON_TEXTS[self.reason], UntrustedText(self.comment).for_display())
        words = _("Reason for Huawei Cloud: {reason} ({key} changes it)")
        self.text = words.format(reason=" · ".join(filter(None, parts)), key=key)


class ConfirmScreen(BaseScreen[Confirmation | None]):
    """Collects the inputs required before a plan is executed.

    The button is enabled by Enter in the complete phrase and pressed by a second Enter, so that no single key, no held
    key and nothing that was typed ahead can confirm.
    """

    BINDINGS = bindings("confirm")
    help_title = _("Confirm")

    facts = query_one(PlanFacts)
    boxes = query_one(RiskBoxes)
    phrase = query_one("#phrase", PhraseInput)
    confirm_button = query_one("#go", Button)

    def __init__(
        self,
        engine: Engine,
        options: AppOptions,
        plan: Plan,
        on_confirmed: Callable[[], object],
        *,
        is_first: bool = False,
    ) -> None:
        """Create the screen; `on_confirmed` is called right before it closes with a confirmation.

        `is_first` says that no unsubscription has completed on the account yet.
        """
        super().__init__(engine, options)
        self._on_confirmed = on_confirmed
        self._plan = plan
        self._is_first = is_first
        self._shown_at: float | None = None
        """Time at which the page was first rendered."""
        self._enter_at = 0.0
        """Time of the last Enter in the phrase or on the button; the next one counts after a pause only."""
        self._pressed: Timer | None = None
        """The press of the button, which another Enter right after it cancels: that is a held key."""

    def should_drop(self, event: Key | Paste, read: TerminalRead) -> bool:
        """Return whether to drop input not meant for this page: it came too early, or too many keys came in one read.

        The time of the terminal read counts, not the time of processing, because queued keys are processed slowly.
        """
        if self._shown_at is None or read.at < self._shown_at:
            return True
        is_too_early = read.at - self._shown_at < self.options.confirm_delay_seconds
        if isinstance(event, Paste):
            return is_too_early
        if event.key in ANSWERING_KEYS and is_too_early:
            return True
        if event.key == "enter" and self.confirm_button.has_focus:
            return self._should_drop_enter(read)
        return self.phrase.has_focus and event.is_printable and self.phrase.count_and_check(read)

    def _should_drop_enter(self, read: TerminalRead) -> bool:
        """Return whether an Enter on the button is of a held key or came with other input; if so, say so."""
        is_held = not read.is_single_key or read.at - self._enter_at < self.options.confirm_delay_seconds
        self._enter_at = read.at
        if is_held:
            self._cancel_press()
            self.set_status(_("Enter came too fast and was ignored. Read the page, then press it again."))
        return is_held

    def render(self) -> RenderableType:
        """Render the screen and record the time of the first rendering; only later keys can answer the page."""
        if self._shown_at is None:
            self._shown_at = self.options.monotonic()
        return super().render()

    def compose_content(self) -> ComposeResult:
        """Return the plan's facts, the risks, the reason and the phrase, followed by the buttons."""
        plan = self._plan
        title = _("Confirm: {title} · plan {hash}").format(
            title=action_title(plan.action, plan.count), hash=plan.short_hash
        )
        yield OneLineLabel(title_line(account_badge(self.engine), title), classes="title")
        yield PlanFacts(plan, is_first=self._is_first)
        yield RiskBoxes(plan)
        if plan.action.unsubscribe_type is not None:
            yield ReasonLine()
        yield Static(Content(_("Type exactly: {phrase}").format(phrase=UntrustedText(plan.phrase).for_display())))
        if phrase_note := phrase_explanation(plan):
            yield Static(Content(phrase_note))
        yield PhraseInput(plan.phrase)
        with Horizontal(classes="buttons"):
            yield Button(Content(_("Cancel")), id="cancel", compact=True)
            button = Button(Content(button_label(plan.action, plan.count)), id="go", compact=True, disabled=True)
            button.active_effect_duration = 0  # while the effect lasts, the button ignores Enter
            yield button

    def on_mount(self) -> None:
        """Focus the first check box, or the phrase if there is none."""
        boxes = self.query(Checkbox)
        # `focus()` is deferred and would override a focus change made by a key in the meantime.
        self.set_focus(boxes.first() if boxes else self.phrase)
        self._show_missing()

    @on(Input.Changed)
    @on(Checkbox.Changed)
    def _show_missing(self) -> None:
        """Show what is still needed, or the next step; any change disables the button again."""
        self._cancel_press()
        self.confirm_button.disabled = True
        if missing := self._missing_inputs():
            self.set_status(_("Still needed: {inputs}").format(inputs=", ".join(missing)))
        else:
            button = button_label(self._plan.action, self._plan.count)
            self.set_status(_("Complete: enter in the phrase, then enter on [{button}]").format(button=button))

    @on(Input.Submitted)
    def _go_to_button(self) -> None:
        """Enable the button and go there if everything is complete."""
        if self._missing_inputs():
            return
        self._enter_at = self.options.monotonic()
        self.confirm_button.disabled = False
        self.set_focus(self.confirm_button)
        self.set_status(_("Enter presses [{button}]; esc cancels").format(button=self.confirm_button.label))

    @on(PhraseInput.PasteAttempted)
    def _refuse_paste(self) -> None:
        self.set_status(_("Pasting is not possible here. Type the phrase, so that you have read it."))

    @on(Button.Pressed)
    def _press(self, event: Button.Pressed) -> None:
        """Cancel, or confirm unless another Enter follows right away."""
        if event.button is not self.confirm_button:
            self.dismiss_once(None)
            return
        if self._missing_inputs():
            return
        confirmation = Confirmation(
            digest=self._plan.digest,
            phrase=self.phrase.value.strip(),
            acknowledged=self.boxes.acknowledged,
        )
        if self._plan.action.unsubscribe_type is not None:
            line = self.query_one(ReasonLine)
            confirmation = replace(confirmation, reason=line.reason, reason_text=line.comment)
        if pause := HELD_KEY_SHARE * self.options.confirm_delay_seconds:
            self._pressed = self.set_timer(pause, partial(self.dismiss_once, confirmation))
        else:
            self.dismiss_once(confirmation)

    def dismiss_once(self, value: Confirmation | None) -> None:
        """Close the screen; with a confirmation, what is on the screen stays until the run is shown."""
        if value is not None and self.is_current:
            self._on_confirmed()
        super().dismiss_once(value)

    def _cancel_press(self) -> None:
        if self._pressed is not None:
            self._pressed.stop()
            self._pressed = None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable the keys of letters while the user types the phrase, and the reason of a reversible action."""
        if action in {"reason", "list_all"} and self.phrase.has_focus:
            return False
        if action == "reason":
            return self._plan.action.unsubscribe_type is not None
        return super().check_action(action, parameters)

    @work(exclusive=True, group="dialog")
    async def action_reason(self) -> None:
        """Choose the reason that Huawei Cloud receives, and a comment."""
        await self.query_one(ReasonLine).choose()

    @work(exclusive=True, group="dialog")
    async def action_list_all(self) -> None:
        """Show all resources that are affected, a line each."""
        page: TextPageScreen[None] = TextPageScreen(
            self.engine, self.options, affected_entries(self._plan), _("All affected resources")
        )
        await self.app.push_screen_wait(page)

    def _missing_inputs(self) -> list[str]:
        count = sum(not box.value for box in self.query(Checkbox))
        missing = [plural("{n} check box", "{n} check boxes", count)] if count else []
        typed = self.phrase.value.strip()
        if not typed:
            missing.append(
                _("the phrase (it came at once, as if pasted: type it key by key)")
                if self.phrase.was_refused
                else _("the phrase")
            )
        elif typed != self._plan.phrase:
            left = len(self._plan.phrase) - len(typed)
            missing.append(
                plural("{n} character of the phrase", "{n} characters of the phrase", left)
                if self._plan.phrase.startswith(typed)
                else _("the phrase (the typed text differs)")
            )
        return missing
