"""A small web page and JSON interface over the newest snapshot: look up a text, browse the shared passages.

Pages work without scripts: what they show is HTML made here, every value escaped, under a content security policy
that lets no script run and nothing load from elsewhere. The server listens to this machine alone unless told
otherwise, has no accounts, and stores nothing of what it is asked.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Awaitable, Callable
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qs, urlsplit

import pyarrow.compute as pc
from fastapi import FastAPI, HTTPException, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from pydantic import BaseModel, Field, ValidationError
from starlette.exceptions import HTTPException as Fault
from starlette.middleware.trustedhost import TrustedHostMiddleware

from dedup import __version__
from dedup.intake.page import is_page, read_page
from dedup.pipeline.lookup import Checked, Checker, Piece, TextError, difference
from dedup.schemas import SHARES
from dedup.store import disk
from dedup.summary.findings import table_path
from dedup.surfaces import show
from dedup.surfaces.painting import flattened

LIMIT = 500_000
"""Bytes of the longest request."""

CLUSTERS, MEMBERS = 50, 20
"""Clusters on a page, members of a cluster on a page."""

LOOPBACK = ("127.0.0.1", "localhost")

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Asked(BaseModel):
    """A text to look up."""

    text: str = Field(description="the article, or the HTML of its page")
    title: str | None = Field(None, description="its headline, which is not compared")


class Row(BaseModel):
    """A cluster in a list."""

    cluster_id: str
    text: str = Field(description="text of the source passage")
    size: int = Field(description="passages")
    n_articles: int
    n_outlets: int
    first_at: datetime | None
    agency: str | None
    agency_basis: str
    p_agency: float | None


class Rows(BaseModel):
    """A page of the clusters found, those in most outlets first."""

    q: str
    agency: str | None
    total: int
    page: int
    size: int = Field(description="clusters on a page")
    clusters: list[Row]


class Heading(BaseModel):
    """What stands over an article."""

    article_id: str
    outlet: str | None
    title: str | None
    url: str | None
    published_at: datetime | None
    is_wire: bool
    agency: str | None


class Member(Heading):
    """One place of a cluster, beside the cluster's text."""

    credit_status: str
    edit_class: str | None
    paragraph: int
    begin: int
    end: int
    text: str
    differences: list[Piece]


class Cluster(Row):
    """A cluster with its members, the earliest first."""

    page: int
    size_of_page: int
    members: list[Member]


class Stretch(BaseModel):
    """A stretch of a paragraph; in a cluster or in none."""

    text: str
    cluster_id: str | None
    kind: str | None = Field(description="share class of its words")


class Line(BaseModel):
    paragraph: int
    role: str
    stretches: list[Stretch]


class Article(Heading):
    """An article as printed, and where its passages stand too."""

    derivation: str | None
    credit_status: str | None
    reasons: list[str]
    paragraphs: list[Line]


class Shelf:
    """The newest snapshot, held in memory as far as every page needs it."""

    def __init__(self, out: Path) -> None:
        self.checker = Checker(out, through_datasketch=True)
        self.snapshot, self.run_id = self.checker.snapshot, self.checker.run_id
        columns = [*Row.model_fields]
        clusters = disk.read_table(self.snapshot / "clusters.parquet", columns)
        order = [("n_outlets", "descending"), ("n_articles", "descending"), ("cluster_id", "ascending")]
        self._clusters = clusters.sort_by(order)
        self.agencies = sorted(name for name in pc.unique(clusters["agency"]).to_pylist() if name)
        self.checker.check("mot")  # loads the compiled loops, so that no reader waits for them

    def clusters(self, q: str, agency: str | None, page: int) -> Rows:
        """Clusters whose text holds every word of ``q``."""
        found = self._clusters
        for word in q.split():
            found = found.filter(pc.match_substring(found["text"], word, ignore_case=True))
        if agency:
            found = found.filter(pc.equal(found["agency"], agency))
        rows = found.slice((page - 1) * CLUSTERS, CLUSTERS).to_pylist()
        return Rows(q=q, agency=agency, total=found.num_rows, page=page, size=CLUSTERS, clusters=rows)

    def cluster(self, cluster_id: str, page: int) -> Cluster:
        """A cluster; a KeyError when there is none of this id."""
        rows = self._clusters.filter(pc.equal(self._clusters["cluster_id"], cluster_id)).to_pylist()
        if not rows:
            raise KeyError(cluster_id)
        columns = ["article_id", "outlet", "published_at", "paragraph", "begin", "end", "credit_status", "edit_class"]
        places = disk.read_where(table_path(self.snapshot, "provenance"), "cluster_id", [cluster_id], columns)
        places = places.sort_by([(name, "ascending") for name in ("published_at", "article_id", "paragraph", "begin")])
        shown = places.slice((page - 1) * MEMBERS, MEMBERS).to_pylist()
        ids = [place["article_id"] for place in shown]
        about = ["article_id", "title", "url", "is_wire", "agency"]
        facts = {row["article_id"]: row for row in self._rows("articles", ids, about)}
        lines = {
            (row["article_id"], row["paragraph"]): row["text"]
            for row in self._rows("paragraphs", ids, ["article_id", "paragraph", "text"])
        }
        members = []
        for place in shown:
            text = lines[place["article_id"], place["paragraph"]][place["begin"] : place["end"]]
            members.append(
                {
                    **place,
                    **facts[place["article_id"]],
                    "text": text,
                    "differences": difference(rows[0]["text"], text),
                }
            )
        return Cluster(**rows[0], page=page, size_of_page=MEMBERS, members=members)

    def article(self, article_id: str) -> Article:
        """An article; a KeyError when there is none of this id."""
        columns = ["article_id", "outlet", "title", "url", "published_at", "is_wire", "agency"]
        found = self._rows("articles", [article_id], columns)
        if not found:
            raise KeyError(article_id)
        derived = self._rows("article_provenance", [article_id], ["derivation", "credit_status", "reasons"])
        places = self._rows("provenance", [article_id], ["paragraph", "begin", "end", "cluster_id", "share_class"])
        lines = []
        for row in self._rows("paragraphs", [article_id], ["paragraph", "role", "text"]):
            here = [place for place in places if place["paragraph"] == row["paragraph"]]
            lines.append(Line(paragraph=row["paragraph"], role=row["role"], stretches=stretches(row["text"], here)))
        told = derived[0] if derived else {"derivation": None, "credit_status": None, "reasons": []}
        return Article(**found[0], **told, paragraphs=lines)

    def _rows(self, name: str, ids: list[str], columns: list[str]) -> list[dict[str, Any]]:
        path = table_path(self.snapshot, name)
        return [] if path is None else disk.read_where(path, "article_id", ids, columns).to_pylist()


def stretches(text: str, places: list[dict[str, Any]]) -> list[Stretch]:
    """A paragraph cut where its passages begin and end; every letter stands in one stretch.

    ``places``: begin, end, cluster_id and share_class of each passage. Where two overlap the greater class is shown,
    of two of one class the shorter.
    """
    ranked = sorted(places, key=lambda place: (SHARES.index(place["share_class"]), place["begin"] - place["end"]))
    spans = flattened((place["begin"], place["end"], rank) for rank, place in enumerate(ranked))
    borders = [0, *(border for begin, end, _ in spans for border in (begin, end)), len(text)]
    held = [None, *(place for _, _, rank in spans for place in (ranked[rank], None))]
    return [
        Stretch(
            text=text[begin:end],
            cluster_id=place and place["cluster_id"],
            kind=place and place["share_class"],
        )
        for (begin, end), place in zip(pairwise(borders), held, strict=True)
        if begin < end
    ]


def app(out: Path | str, host: str = LOOPBACK[0]) -> FastAPI:
    """The application over an output folder; a snapshot that a run publishes is taken up with the next request.

    On a loopback ``host`` requests that name an other host are refused, so that no page of the web can read from it.
    """
    made = FastAPI(title="dedup", version=__version__, docs_url=None, redoc_url=None, description=__doc__)
    if host in LOOPBACK:
        made.add_middleware(TrustedHostMiddleware, allowed_hosts=list(LOOPBACK))
    shelf = _Newest(Path(out))

    @made.middleware("http")
    async def guarded(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
        if request.method == "POST" and request.headers.get("sec-fetch-site") in ("cross-site", "same-site"):
            return JSONResponse({"detail": "asked from the page of an other site"}, 403, HEADERS)
        response = await answer(request)
        response.headers.update(HEADERS)
        return response

    @made.exception_handler(Fault)
    async def explained(request: Request, fault: Fault) -> Response:
        if request.url.path.startswith("/api/"):
            return JSONResponse({"detail": fault.detail}, fault.status_code)
        return _page(request, "fault", fault=str(fault.detail), status=fault.status_code)

    # the JSON interface

    @made.post("/api/check", openapi_extra=_body(Asked), responses=_FAULTS)
    async def check_text(request: Request) -> Checked:
        """Look up one text."""
        try:
            asked = Asked.model_validate_json(await _read(request))
        except ValidationError as error:
            raise HTTPException(422, "expected a JSON object with the text under 'text'") from error
        try:
            return await run_in_threadpool(_checked, shelf(), asked.text, asked.title)
        except TextError as error:
            raise HTTPException(422, str(error)) from error

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

    # the pages

    @made.get("/", include_in_schema=False)
    def start(request: Request) -> HTMLResponse:
        return _page(request, "check", shelf(), here="check", checked=None, text="", title="", fault=None)

    @made.post("/check", include_in_schema=False)
    async def checked_page(request: Request) -> HTMLResponse:
        form = parse_qs((await _read(request)).decode("utf-8", "replace"), keep_blank_values=True)
        text, title = (form.get(name, [""])[0] for name in ("text", "title"))
        checked, fault = None, None
        try:
            checked = await run_in_threadpool(_checked, shelf(), text, title or None)
        except TextError:
            fault = show.say("empty" if not text.strip() else "too_long", _language(request), size=LIMIT // 1000)
        status = 200 if checked else 422
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

    @made.get("/set", include_in_schema=False)
    def remember(request: Request, language: str = "", theme: str = "") -> RedirectResponse:
        """Keep a choice in a cookie and go back to the page it was made on."""
        before = urlsplit(request.headers.get("referer", ""))
        home = before.netloc == request.headers.get("host") and before.path.startswith("/")
        # a path that begins with two slashes would lead to an other site; a looked-up text is not to be had again
        path = f"/{before.path.lstrip('/')}" if home and before.path != "/check" else "/"
        response = RedirectResponse(f"{path}?{before.query}" if home and before.query else path, 303)
        for name, value, allowed in (("language", language, show.LANGUAGES), ("theme", theme, ("light", "dark"))):
            if value in allowed:
                response.set_cookie(name, value, max_age=31_536_000, samesite="strict", httponly=True)
        return response

    @made.get("/style.css", include_in_schema=False)
    def style() -> Response:
        return Response((show.TEMPLATES / "style.css").read_text("utf-8"), media_type="text/css")

    return made


def serve(out: Path | str, host: str, port: int, say: Callable[[str], None]) -> None:
    """Serve the pages until stopped."""
    import uvicorn

    made = app(out, host)
    shown = f"[{host}]" if ":" in host else host
    say(f"dedup web: http://{shown}:{port}/ (stop with Ctrl-C)")
    if host not in (*LOOPBACK, "::1"):
        say(f"dedup web: {host} can be reached by other machines, and whoever reaches it reads the articles")
    uvicorn.run(made, host=host, port=port, log_level="warning", access_log=False)


# Private


class _Newest:
    """The newest snapshot; the one before is let go when a run has published."""

    def __init__(self, out: Path) -> None:
        self._out, self._shelf, self._lock = out, None, threading.Lock()

    def __call__(self) -> Shelf:
        with self._lock:
            if self._shelf is None or self._shelf.snapshot != disk.latest(self._out):
                self._shelf = Shelf(self._out)
            return self._shelf


_FAULTS = {404: {"description": "there is none"}, 413: {"description": "too long"}}

_turn = threading.Lock()
"""One look-up at a time: each uses all cores for a moment."""


def _checked(shelf: Shelf, text: str, title: str | None) -> Checked:
    if is_page(text):
        headline, text = read_page(text)
        title = title or headline
    with _turn:
        return shelf.checker.check(text, title)


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
