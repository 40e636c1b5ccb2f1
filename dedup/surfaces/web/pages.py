"""A small web page and JSON interface over the newest snapshot: look up a text, browse the shared passages.

Pages work without scripts: what they show is HTML made here, every value escaped, under a content security policy
that lets no script run and nothing load from elsewhere. The server listens to this machine alone unless told
otherwise, has no accounts, and stores nothing of what it is asked.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qs, urlsplit

from fastapi import FastAPI, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException as Fault
from starlette.middleware.trustedhost import TrustedHostMiddleware

from dedup import __version__
from dedup.pipeline.answer import Checked
from dedup.pipeline.lookup import TextError
from dedup.surfaces import show
from dedup.surfaces.web.desk import Busy, Desk, TooSlow
from dedup.surfaces.web.models import Article, Asked, Cluster, Rows
from dedup.surfaces.web.shelf import Newest, Shelf

LIMIT = 500_000
"""Bytes of the longest request."""

SECONDS = 30.0
"""The longest that a request may take, waiting for its turn included."""

LOOPBACK = ("127.0.0.1", "localhost")

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def app(out: Path | str, host: str = LOOPBACK[0]) -> FastAPI:
    """The application over an output folder; a snapshot that a run publishes is taken up with the next request.

    On a loopback ``host`` requests that name another host are refused, so that no page of the web can read from it.
    """
    shelf, desk = Newest(Path(out)), Desk(out)

    @contextlib.asynccontextmanager
    async def alive(_: FastAPI) -> AsyncIterator[None]:
        yield
        desk.close()

    made = FastAPI(
        title="dedup", version=__version__, docs_url=None, redoc_url=None, description=__doc__, lifespan=alive
    )
    if host in LOOPBACK:
        made.add_middleware(TrustedHostMiddleware, allowed_hosts=list(LOOPBACK))
    _guard(made)
    _add_interface(made, shelf, desk)
    _add_pages(made, shelf, desk)
    _add_extras(made)
    return made


def _guard(made: FastAPI) -> None:
    """What holds for every answer: where it may be asked from, how long it may take, how a fault is told."""

    @made.middleware("http")
    async def guarded(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
        if request.method == "POST" and request.headers.get("sec-fetch-site") in ("cross-site", "same-site"):
            return JSONResponse({"detail": "asked from the page of another site"}, 403, HEADERS)
        try:
            async with asyncio.timeout(SECONDS):
                response = await answer(request)
        except TimeoutError:
            return JSONResponse({"detail": f"no answer within {SECONDS:.0f} seconds"}, 503, HEADERS)
        response.headers.update(HEADERS)
        return response

    @made.exception_handler(Fault)
    async def explained(request: Request, fault: Fault) -> Response:
        if request.url.path.startswith("/api/"):
            return JSONResponse({"detail": fault.detail}, fault.status_code)
        return _page(request, "fault", fault=str(fault.detail), status=fault.status_code)


def _add_interface(made: FastAPI, shelf: Newest, desk: Desk) -> None:
    """The JSON interface."""

    @made.post("/api/check", openapi_extra=_body(Asked), responses=_FAULTS)
    async def check_text(request: Request) -> Checked:
        """Look up one text."""
        try:
            asked = Asked.model_validate_json(await _read(request))
        except ValidationError as error:
            raise HTTPException(422, "expected a JSON object with the text under 'text'") from error
        try:
            return await desk.check(asked.text, asked.title)
        except TextError as error:
            raise HTTPException(422, str(error)) from error
        except TooSlow as error:
            raise HTTPException(503, str(error)) from error
        except Busy as error:
            raise HTTPException(503, show.say("busy", _language(request)), {"Retry-After": "5"}) from error

    @made.get("/api/clusters")
    def list_clusters(
        q: Annotated[str, Query(max_length=200)] = "",
        agency: str | None = None,
        page: Annotated[int, Query(ge=1)] = 1,
    ) -> Rows:
        """Clusters whose text holds every word of ``q``, those in most outlets first."""
        return shelf().clusters(q, agency or None, page)

    @made.get("/api/clusters/{cluster_id}", responses=_FAULTS)
    def one_cluster(cluster_id: str, page: Annotated[int, Query(ge=1)] = 1) -> Cluster:
        """A cluster and some of its members, beside the text of its source."""
        return _there(shelf().cluster, cluster_id, page)

    @made.get("/api/articles/{article_id:path}", responses=_FAULTS)
    def one_article(article_id: str) -> Article:
        """An article, its passages with their clusters."""
        return _there(shelf().article, article_id)


def _add_pages(made: FastAPI, shelf: Newest, desk: Desk) -> None:
    """Pages for people."""

    @made.get("/", include_in_schema=False)
    def start(request: Request) -> HTMLResponse:
        return _page(request, "check", shelf(), here="check", checked=None, text="", title="", fault=None)

    @made.post("/check", include_in_schema=False)
    async def checked_page(request: Request) -> HTMLResponse:
        form = parse_qs((await _read(request)).decode("utf-8", "replace"), keep_blank_values=True)
        text, title = (form.get(name, [""])[0] for name in ("text", "title"))
        checked, fault, status = None, None, 422
        try:
            checked, status = await desk.check(text, title or None), 200
        except TextError:
            fault = show.say("empty" if not text.strip() else "too_long", _language(request), size=LIMIT // 1000)
        except TooSlow:
            fault, status = show.say("too_slow", _language(request)), 503
        except Busy:
            fault, status = show.say("busy", _language(request)), 503
        return _page(
            request, "check", shelf(), status, here="check", checked=checked, text=text, title=title, fault=fault
        )

    @made.get("/clusters", include_in_schema=False)
    def clusters_page(
        request: Request,
        q: Annotated[str, Query(max_length=200)] = "",
        agency: str = "",
        page: Annotated[int, Query(ge=1)] = 1,
    ) -> HTMLResponse:
        found = shelf().clusters(q, agency or None, page)
        return _page(request, "clusters", shelf(), here="clusters", found=found, agencies=shelf().agencies)

    @made.get("/clusters/{cluster_id}", include_in_schema=False)
    def cluster_page(request: Request, cluster_id: str, page: Annotated[int, Query(ge=1)] = 1) -> HTMLResponse:
        cluster = _there(shelf().cluster, cluster_id, page, language=_language(request))
        return _page(request, "cluster", shelf(), here="clusters", cluster=cluster)

    @made.get("/articles/{article_id:path}", include_in_schema=False)
    def article_page(request: Request, article_id: str) -> HTMLResponse:
        article = _there(shelf().article, article_id, language=_language(request))
        return _page(request, "article", shelf(), here="", article=article)


def _add_extras(made: FastAPI) -> None:
    """A reader's choices, and the style sheet."""

    @made.get("/set", include_in_schema=False)
    def remember(request: Request, language: str = "", theme: str = "") -> RedirectResponse:
        """Keep a choice in a cookie and go back to the page it was made on."""
        before = urlsplit(request.headers.get("referer", ""))
        home = before.netloc == request.headers.get("host") and before.path.startswith("/")
        # a path that begins with two slashes would lead to another site; a looked-up text is not to be had again
        path = f"/{before.path.lstrip('/')}" if home and before.path != "/check" else "/"
        response = RedirectResponse(f"{path}?{before.query}" if home and before.query else path, 303)
        for name, value, allowed in (("language", language, show.LANGUAGES), ("theme", theme, ("light", "dark"))):
            if value in allowed:
                response.set_cookie(name, value, max_age=31_536_000, samesite="strict", httponly=True)
        return response

    @made.get("/style.css", include_in_schema=False)
    def style() -> Response:
        return Response((show.TEMPLATES / "style.css").read_text("utf-8"), media_type="text/css")


def serve(out: Path | str, host: str, port: int, say: Callable[[str], None]) -> None:
    """Serve the pages until stopped."""
    import uvicorn

    from dedup.surfaces.web.guard import GuardedProtocol

    made = app(out, host)
    shown = f"[{host}]" if ":" in host else host
    say(f"dedup web: http://{shown}:{port}/ (stop with Ctrl-C)")
    if host not in (*LOOPBACK, "::1"):
        say(f"dedup web: {host} can be reached by other machines, and whoever reaches it reads the articles")
    uvicorn.run(made, host=host, port=port, log_level="warning", access_log=False, http=GuardedProtocol, ws="none")


# Private


_FAULTS: dict[int | str, dict[str, Any]] = {404: {"description": "there is none"}, 413: {"description": "too long"}}


def _there(find: Callable[..., Any], *key: Any, language: str = "en") -> Any:
    try:
        return find(*key)
    except KeyError as error:
        raise HTTPException(404, show.say("not_found", language)) from error


async def _read(request: Request) -> bytes:
    """The body of a request; 413 when it is longer than LIMIT, without reading on."""
    content = b""
    async for chunk in request.stream():
        content += chunk
        if len(content) > LIMIT:
            raise HTTPException(413, show.say("too_long", _language(request), size=LIMIT // 1000))
    return content


def _body(model: type[BaseModel]) -> dict[str, Any]:
    """What OpenAPI says of a body that is read here, because of its limit."""
    content = {"application/json": {"schema": model.model_json_schema()}}
    return {"requestBody": {"required": True, "content": content}}


def _language(request: Request) -> str:
    chosen = request.cookies.get("language") or request.headers.get("accept-language", "")[:2].lower()
    return chosen if chosen in show.LANGUAGES else show.LANGUAGES[0]


def _page(request: Request, name: str, shelf: Shelf | None = None, status: int = 200, **values: Any) -> HTMLResponse:
    language, theme = _language(request), request.cookies.get("theme")
    html = (
        show.environment()
        .get_template(f"{name}.html.j2")
        .render(
            language=language,
            theme=theme if theme in ("light", "dark") else None,
            limit=LIMIT,
            run_id=shelf.run_id if shelf else None,
            say=functools.partial(show.say, language=language),
            **{"here": "", **values},
        )
    )
    return HTMLResponse(html, status)
