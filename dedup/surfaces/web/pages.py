"""``dedup web``: the report of the newest snapshot with full text, look-up and Parquet, and all of it as JSON.

The pages are those that a run writes to the disk; the server adds what needs one. Everything is shown as text nodes
under a content security policy that lets only the page's own program run and nothing load from elsewhere. The server
listens to this machine alone unless told otherwise, has no accounts, and stores nothing of what it is asked.
"""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

from fastapi import FastAPI, HTTPException, Query, Request
from fastapi.responses import (
    FileResponse,
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException as Fault
from starlette.middleware.trustedhost import TrustedHostMiddleware

from dedup import __version__, schemas
from dedup.pipeline.answer import Checked
from dedup.pipeline.lookup import LONGEST, TextError
from dedup.pipeline.reasons import reasons
from dedup.store import disk
from dedup.surfaces import show
from dedup.surfaces.report import files
from dedup.surfaces.web.desk import Busy, Desk, TooSlow
from dedup.surfaces.web.models import Article, Asked, Chosen, Cluster, Holding, Rows
from dedup.surfaces.web.search import search
from dedup.surfaces.web.shelf import Newest
from dedup.surfaces.web.shell import Shell

LIMIT = 500_000
"""Bytes of the longest text that is looked up."""

CHOSEN_LIMIT = 8_000_000
"""Bytes of the longest selection that is taken along."""

SECONDS = 30.0
"""The longest that a request may take, waiting for its turn included."""

LOOPBACK = ("127.0.0.1", "localhost")

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def app(out: Path | str, host: str = LOOPBACK[0]) -> FastAPI:
    """The application over an output folder; a snapshot that a run publishes is taken up with the next request.

    On a loopback ``host`` requests that name another host are refused, so that no page of the web can read from it.
    """
    shelf, desk, shell = Newest(Path(out)), Desk(out), Shell(out)

    @contextlib.asynccontextmanager
    async def alive(_: FastAPI) -> AsyncIterator[None]:
        yield
        desk.close()
        shell.close()

    made = FastAPI(
        title="dedup", version=__version__, docs_url=None, redoc_url=None, description=__doc__, lifespan=alive
    )
    if host in LOOPBACK:
        made.add_middleware(TrustedHostMiddleware, allowed_hosts=list(LOOPBACK))
    _guard(made)
    _add_look_ups(made, shelf, desk)
    _add_selections(made, shelf)
    _add_pages(made, shell)
    return made


def _guard(made: FastAPI) -> None:
    """What holds for every answer: where it may be asked from, how long it may take, how a fault is reported."""

    @made.middleware("http")
    async def guarded(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
        if request.method == "POST" and request.headers.get("sec-fetch-site") in ("cross-site", "same-site"):
            return JSONResponse({"detail": "asked from the page of another site"}, 403, HEADERS)
        try:
            async with asyncio.timeout(SECONDS):
                response = await answer(request)
        except TimeoutError:
            return JSONResponse({"detail": f"no answer within {SECONDS:.0f} seconds"}, 503, HEADERS)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    @made.exception_handler(Fault)
    async def explained(request: Request, fault: Fault) -> Response:
        path = request.url.path
        if (
            fault.status_code == 404
            and request.method == "GET"
            and not path.startswith(("/api/", "/data/", "/assets/", "/record/"))
        ):
            return RedirectResponse("/#/lost", 303)  # a page that says so in the reader's language
        return JSONResponse({"detail": fault.detail}, fault.status_code, fault.headers)

    @made.exception_handler(disk.StorageError)
    async def unreadable(request: Request, fault: disk.StorageError) -> Response:
        """Tables that are damaged, gone or of an older version: the message says what mends them."""
        if request.url.path == "/":
            return PlainTextResponse(str(fault), 503)
        return JSONResponse({"detail": str(fault)}, 503)


def _add_look_ups(made: FastAPI, shelf: Newest, desk: Desk) -> None:
    """Texts, clusters and articles as JSON."""

    @made.post("/api/check", openapi_extra=_body(Asked), responses=_FAULTS)
    async def check_text(request: Request, language: str = show.LANGUAGES[0]) -> Checked:
        """Look up one text; its reasons and faults are said in the ``language``, "en" or "fr"."""
        asked = await _read(request, Asked, "expected a JSON object with the text under 'text'", LIMIT)
        try:
            found = await desk.check(asked.text, asked.title)
        except TextError as error:
            what = ("unusable", {"most": f"{LONGEST:,}"}) if asked.text.strip() else ("empty", {})
            raise HTTPException(422, show.say(what[0], _language(request), **what[1])) from error
        except TooSlow as error:
            raise HTTPException(503, show.say("slow", _language(request))) from error
        except Busy as error:
            raise HTTPException(503, show.say("busy", _language(request)), {"Retry-After": "5"}) from error
        if language not in show.LANGUAGES[1:]:
            return found
        credit = {"credit_status": found.credit_status, "credited_agency": found.credited_agency}
        return found.model_copy(update={"reasons": reasons(found.passages, credit, found.n_words, language)})

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


def _add_selections(made: FastAPI, shelf: Newest) -> None:
    """Full text, and what is taken along."""

    @made.get("/api/search", responses=_FAULTS)
    def search_texts(q: Annotated[str, Query(max_length=200)]) -> Holding:
        """The articles whose text or headline holds every word and every "exact phrase" of ``q``."""
        try:
            found = search(shelf().snapshot, q)
        except TimeoutError as error:
            raise HTTPException(503, str(error)) from error
        return Holding(q=q, total=found.total, ids=found.ids)

    @made.post("/api/export", openapi_extra=_body(Chosen), responses=_FAULTS, response_class=Response)
    async def export_articles(request: Request) -> Response:
        """Rows of ``article_provenance`` as a Parquet file, in the order of the ids."""
        chosen = await _read(request, Chosen, "expected a JSON object with article ids under 'ids'", CHOSEN_LIMIT)
        content = await asyncio.to_thread(_parquet, shelf, chosen.ids)
        headers = {"Content-Disposition": 'attachment; filename="articles.parquet"'}
        return Response(content, media_type="application/vnd.apache.parquet", headers=headers)


def _parquet(shelf: Newest, ids: list[str]) -> bytes:
    columns = schemas.ARTICLE_PROVENANCE.names
    found = shelf().snapshot.where("article_provenance", "article_id", ids, columns)
    place = {article_id: rank for rank, article_id in enumerate(ids)}
    order = sorted(range(found.num_rows), key=lambda row: place[found["article_id"][row].as_py()])
    with tempfile.TemporaryDirectory(prefix="dedup-web-") as folder:
        return disk.write_table(Path(folder) / "articles.parquet", found.take(order)).read_bytes()


def _add_pages(made: FastAPI, shell: Shell) -> None:
    """The pages: one shell, its data, the library of its charts."""

    @made.get("/", include_in_schema=False)
    def start() -> HTMLResponse:
        page, policy = shell.page()
        return HTMLResponse(page, headers={"Content-Security-Policy": policy})

    @made.get("/data/{name}", include_in_schema=False)
    def data(name: str) -> FileResponse:
        return FileResponse(_there(shell.data, name), media_type="text/javascript")

    @made.get("/record/{article_id:path}", include_in_schema=False)
    def record(article_id: str) -> Response:
        return Response(_there(shell.article, article_id), media_type="application/json")

    @made.get(f"/assets/{files.CHARTS}", include_in_schema=False)
    def charts() -> FileResponse:
        return FileResponse(files.ASSETS / files.CHARTS, media_type="text/javascript")


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


Model = TypeVar("Model", bound=BaseModel)

_FAULTS: dict[int | str, dict[str, Any]] = {404: {"description": "there is none"}, 413: {"description": "too long"}}


def _there(find: Callable[..., Any], *key: Any) -> Any:
    try:
        return find(*key)
    except KeyError as error:
        raise HTTPException(404, show.say("not_found")) from error


async def _read(request: Request, model: type[Model], fault: str, limit: int) -> Model:
    """The body of a request; 413 when it is longer than the limit, without reading on."""
    content = b""
    async for chunk in request.stream():
        content += chunk
        if len(content) > limit:
            raise HTTPException(413, show.say("too_long", _language(request), size=limit // 1000))
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        raise HTTPException(422, fault) from error


def _body(model: type[BaseModel]) -> dict[str, Any]:
    """What OpenAPI says of a body that is read here, because of its limit."""
    content = {"application/json": {"schema": model.model_json_schema()}}
    return {"requestBody": {"required": True, "content": content}}


def _language(request: Request) -> str:
    """The language of the page that asks, else that of its browser."""
    asked = request.query_params.get("language", "") or request.headers.get("accept-language", "")[:2].lower()
    return asked if asked in show.LANGUAGES else show.LANGUAGES[0]
