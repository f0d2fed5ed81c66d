"""The line that says whose space this is, until when, and how to keep what is in it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final

import gradio as gr

from studio.errors import StudioError
from studio.sharing.owners import Owner, OwnerKind
from studio.ui.parts.asked import SCRIPT, Asked
from studio.ui.parts.present import error_notice, notice
from studio.ui.sharing.asker import asker
from studio.ui.sharing.who import COOKIE

if TYPE_CHECKING:
    from studio.studio import Studio
    from studio.ui.parts.shared import Shared
    from studio.ui.visitors.studios import Visitors

MOUNT: Final = "window.voiceStudio.visit(element, watch);\n"
ANEW: Final = "() => window.location.assign('{0}')"

FORGET: Final = '<button type="button" data-event="delete" data-what="ask">Forget me now</button>'
SURE: Final = (
    '<button type="button" class="vs-danger" data-event="delete" data-what="all">'
    "Delete everything of mine</button> "
    '<button type="button" data-event="delete" data-what="none">Keep it</button>'
)


def build(*, can_sign_in: bool) -> gr.HTML:
    with gr.Row(elem_classes="vs-visit-row"):
        line = gr.HTML(
            "",
            js_on_load=SCRIPT + MOUNT,
            apply_default_css=False,
            padding=False,
            elem_id="vs-visit",
        )
        if can_sign_in:
            gr.LoginButton(
                "Sign in to keep your voices",
                logout_value="Sign out ({})",
                size="sm",
                scale=0,
                min_width=220,
                elem_id="vs-sign-in",
            )
    return line


def wire(visitors: Visitors, line: gr.HTML, shared: Shared, *, can_sign_in: bool) -> None:
    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}

    def show() -> str:
        return drawn(visitors, asker(), can_sign_in=can_sign_in)

    def arrive(version: int, request: gr.Request) -> tuple[str, Any]:
        owner = asker()
        if owner.kind is not OwnerKind.MEMBER:
            return show(), gr.skip()
        try:
            moved = visitors.take_along(request.cookies.get(COOKIE, ""), owner)
        except StudioError as error:
            return show() + error_notice(error), version + 1
        return show(), version + 1 if moved else gr.skip()

    def stay() -> str:
        visitors.visits.extend(asker().id)
        return show()

    def forget(event: gr.EventData) -> tuple[str, bool]:
        answer = Asked.of(event).what
        if answer == "ask":
            return _ask(), False
        if answer != "all":
            return show(), False
        try:
            visitors.forget(asker().id)
        except StudioError as error:
            return error_notice(error), False
        return notice("Everything of yours is deleted. A new visit begins …", "good"), True

    gone = gr.State(False)
    shared.page.load(arrive, shared.library, [line, shared.library], **quiet)
    shared.library.change(show, None, line, **quiet)
    line.apply(stay, None, line, **quiet)
    line.delete(forget, None, [line, gone], **quiet)
    # Who has signed in is signed out so; the page begins a new visit.
    gone.change(None, js=ANEW.format("/logout" if can_sign_in else "/"))


def drawn(visitors: Visitors, owner: Owner, *, can_sign_in: bool) -> str:
    """What the line says to ``owner``."""
    more = f"{_kept(visitors.studio_of(owner))}<p>{_where_kept(owner)}</p><p>{FORGET}</p>"
    details = f"<details><summary>Your space</summary>{more}</details>"
    if owner.kind is OwnerKind.MEMBER:
        name = f" as <bdi>{escape(owner.name)}</bdi>" if owner.name else ""
        said = f"You are signed in{name}. What you make here is only yours, and kept for you."
        return f'<div class="vs-visit"><p>{said}</p>{details}</div>'
    ways = "sign in, or export it" if can_sign_in else "export it"
    left_s = round(visitors.visits.left_s(owner.id))
    said = (
        f'What you make here is only yours. It is deleted <b data-part="until">in '
        f"{max(1, left_s // 60)} min</b>; to keep it, {ways}."
    )
    stay = '<button type="button" data-event="apply" data-what="longer">Stay longer</button>'
    return f'<div class="vs-visit" data-left-s="{left_s}"><p>{said}</p>{stay}{details}</div>'


def _kept(studio: Studio) -> str:
    kept, most = studio.kept(), studio.limits
    if most is None:
        return ""
    rows = (
        ("Voices", f"{kept.voices} of {most.voices}"),
        ("Clips", f"{kept.minutes:.1f} of {most.minutes:g} min"),
        ("Disk", f"{kept.megabytes:.0f} of {most.megabytes:g} MB"),
    )
    listed = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in rows)
    return f'<dl class="vs-figures">{listed}</dl>'


def _where_kept(owner: Owner) -> str:
    if owner.kind is OwnerKind.MEMBER:
        return "Your voices are found again when you sign in. Nobody else can see or hear them."
    return (
        "Your browser is known by a cookie that lasts as long as the visit. Recordings, voices and "
        "talks are gone when it ends, or when the studio is started anew. Nobody else can see or "
        "hear them."
    )


def _ask() -> str:
    return notice(
        "Delete all your voices, recordings and talks on this page for good? Nothing brings them "
        "back after that.",
        "warn",
        more=SURE,
    )
