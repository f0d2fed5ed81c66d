"""Who asks: whoever has signed in, else the visitor whose token comes with the request."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import Scope

from studio.sharing.owners import Owner
from studio.sharing.visits import Visits
from studio.ui.sharing.answers import HEADER
from studio.ui.sharing.sign_in import member_of

COOKIE: Final = "voice_studio_visit"
"""Where a browser keeps the token of its visit."""


def owner_of(
    scope: Scope, headers: Headers, visits: Visits, *, sign_in: bool, uses: bool = False
) -> Owner | None:
    """The owner who asks; None for somebody without a visit.

    A header that is there counts alone: a program that shows an old token is told so.
    """
    signed_in = member_of(scope.get("session")) if sign_in else None
    if signed_in is not None:
        return signed_in
    token = headers.get(HEADER)
    if token is None:
        token = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
    return visits.owner_of(token, uses=uses) if token else None


def cookie(token: str, scope: Scope, headers: Headers) -> str:
    """The cookie that keeps ``token``, as long as the browser runs and scripts cannot read it.

    A Space shows the page in a frame of another site. Browsers keep cookies there only if they are
    marked so, and then apart for each site that frames the page.
    """
    proxied = headers.get("x-forwarded-proto", "").partition(",")[0].strip()
    is_https = "https" in (scope.get("scheme"), proxied)
    frame = "; Secure; SameSite=None; Partitioned" if is_https else "; SameSite=Lax"
    return f"{COOKIE}={token}; HttpOnly; Path=/{frame}"


def is_from_elsewhere(headers: Headers) -> bool:
    """Whether a page of another site made a browser ask.

    Gradio lets pages of any site ask, and read the answers. A browser says itself where a request
    comes from, and no page can change that; older ones say it for requests that change something.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    if origin is None:
        return False
    hosts = [headers.get("host", ""), *headers.get("x-forwarded-host", "").split(",")]
    return urlsplit(origin).netloc.lower() not in {host.strip().lower() for host in hosts} - {""}
