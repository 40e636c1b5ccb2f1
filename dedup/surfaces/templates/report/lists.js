// The lists: dispatches, passages, articles.

const PAGE_ROWS = 50;

const LISTS = {
  sources: {
    page: "source", file: "wire_pickup", sort: "outlets", searched: "searchSources",
    columns: [
      { key: "title", name: "headline", text: true, main: true, cell: (row) => [link("source", row.id, headline(row)), narrow(row.agency || t("noDispatch"), time(row.at, row.precision))] },
      { key: "agency", name: "agency", text: true, wide: true, cell: (row) => [row.agency || "–", !row.wire && h("small", null, t("noDispatch")), row.revision > 0 && h("small", null, t("revision", { n: row.revision + 1 }))] },
      { key: "at", name: "date", wide: true, cell: (row) => when(row.at, row.precision) },
      { key: "outlets", name: "outlets", number: true },
      { key: "articles", name: "articles", number: true, wide: true, cell: (row, query) => counted(row.articles, { source: row.id, ...threshold(query) }) },
      { key: "owners", name: "owners", number: true, wide: true },
      { key: "in_24h", name: "in24h", number: true, wide: true },
      { key: "kept", name: "kept", share: true, wide: true },
      { key: "first", name: "first", text: true, wide: true, cell: (row) => row.first && [outletName(row.first), row.first_lag !== null && h("small", null, lag(row.first_lag, row.first_lag))] },
      { key: "uncredited", name: "uncredited", number: true, cell: (row, query) => counted(row.uncredited, { source: row.id, credit: "claim", ...threshold(query) }) },
    ],
  },
  passages: {
    page: "passage", file: "clusters", sort: "outlets", searched: "searchPassages",
    columns: [
      { key: "text", name: "passage", text: true, main: true, cell: (row) => [link("passage", row.id, prose(row.text.length < 180 ? row.text : row.text.slice(0, 178) + "…")), narrow(row.wire ? t("dispatchOf", { agency: row.agency || "" }) : row.outlet || t("nobody"), time(row.first, row.precision))] },
      { key: "outlet", name: "earliest", text: true, wide: true, cell: (row) => (row.wire ? t("dispatchOf", { agency: row.agency || "" }) : outletName(row.outlet)) },
      { key: "first", name: "date", wide: true, cell: (row) => when(row.first, row.precision) },
      { key: "outlets", name: "outlets", number: true },
      { key: "articles", name: "articles", number: true, wide: true },
      { key: "owners", name: "owners", number: true, wide: true },
      { key: "agency", name: "agency", text: true },
      { key: "evidence", name: "evidence", text: true, wide: true, cell: (row) => named("evidence", row.evidence) },
      { key: "origin", name: "origin", text: true, wide: true, cell: (row) => named("origin", row.origin) },
    ],
  },
  articles: {
    page: "article", file: "article_provenance", sort: "share", searched: "searchArticles",
    columns: [
      { key: "title", name: "headline", text: true, main: true, cell: (row) => [link("article", row.id, headline(row)), narrow(row.wire ? row.agency : row.outlet || t("nobody"), time(row.at, row.precision))] },
      { key: "outlet", name: "outlet", text: true, wide: true, cell: (row) => (row.wire ? t("dispatchOf", { agency: row.agency || "" }) : outletName(row.outlet)) },
      { key: "at", name: "date", wide: true, cell: (row) => when(row.at, row.precision) },
      { key: "share", name: "shareFound", share: true },
      { key: "evidence", name: "evidence", text: true, wide: true, cell: (row) => named("evidence", row.evidence) },
      { key: "own", name: "copy", share: true, wide: true, cell: (row) => shareBar(row) },
      { key: "agency", name: "agency", text: true, wide: true },
      { key: "credit", name: "credit", text: true, cell: (row) => creditTag(row.credit) },
      { key: "words", name: "words", number: true, wide: true },
    ],
  },
};

// A number that leads to the articles it counts.
function counted(n, asked) {
  return n ? h("a", { href: `#/articles?${new URLSearchParams(asked)}` }, number(n)) : number(n);
}

const threshold = (query) => Object.fromEntries(["kept", "part"].filter((key) => Number(query.get(key))).map((key) => [key, query.get(key)]));

// The dispatches, their carriers counted anew where the reader moved the threshold.
function recounted(rows, edges, query) {
  const test = edgeTest(new URLSearchParams(threshold(query)));
  const of = Map.groupBy(edges.filter(test), (edge) => edge.source);
  return rows.map((row) => {
    const carriers = of.get(row.id) || [];
    const distinct = (key) => new Set(carriers.map((edge) => edge[key]).filter(Boolean)).size;
    return { ...row, articles: distinct("id"), outlets: distinct("outlet"), owners: distinct("owner"), uncredited: carriers.filter((edge) => edge.silent).length, in_24h: null, first: null };
  });
}

async function listPage(name, query) {
  const made = LISTS[name];
  const results = h("div", { class: "results" });
  const count = h("p", { class: "count", role: "status" });
  const asked = h("div");
  const beside = h("p", { class: "note", role: "status" });
  const set = (key, value, standard) => {
    if (value === standard || value === "") query.delete(key);
    else query.set(key, value);
    if (key !== "page") query.delete("page");
    remember(name, query);
    if (key === "q") show();
    else leave();
  };
  // a filter changes what is read and what is offered: the page is made anew, the reader stays where he was
  const leave = async () => {
    const focused = document.activeElement?.getAttribute("name");
    await showPage(false);
    if (focused) main.querySelector(`[name="${focused}"]`)?.focus();
    else main.querySelector("#search")?.focus();
  };
  let typed = 0;
  const search = h("input", {
    type: "search", id: "search", name: "q", value: query.get("q") || "", placeholder: t(made.searched), autocomplete: "off", spellcheck: "false",
    oninput: () => {
      clearTimeout(typed);
      typed = setTimeout(() => set("q", search.value.trim(), ""), name === "articles" ? 300 : 120);
    },
  });
  const edges = name !== "passages" && EDGE_KEYS.some((key) => query.get(key)) ? await whole("edges") : null;
  const among = edges && name === "articles" ? new Set(edges.filter(edgeTest(query)).map((edge) => edge.id)) : null;
  const source = query.get("source") && name === "articles" ? await record("source", query.get("source")) : null;
  let rows = [];
  let parts = [0, 1];
  let kept = [];
  let texts = null; // articles whose text holds what is searched for

  function tell() {
    count.textContent = tn("found", kept.length) + (parts[0] < parts[1] ? ` · ${t("loadingMore", { done: parts[0], all: parts[1] })}` : "");
  }

  async function show(focusOn) {
    const q = query.get("q") || "";
    if (name === "articles") texts = await searchTexts(q, beside);
    if (q !== (query.get("q") || "")) return; // the reader typed on
    const needle = terms(q);
    const tests = testsOf(name, query);
    if (among) tests.push((row) => among.has(row.id));
    const said = (row) => needle.every((word) => searched(row).includes(word)) || texts?.has(row.id);
    kept = rows.filter((row) => tests.every((test) => test(row)) && said(row));
    const key = query.get("sort") || made.sort;
    const column = made.columns.find((one) => one.key === key) || made.columns[0];
    const rising = (query.get("dir") || (column.text ? "up" : "down")) === "up";
    if (key !== made.sort || rising || column.text || edges) kept.sort(by(column, rising));
    const pages = Math.max(1, Math.ceil(kept.length / PAGE_ROWS));
    const page = Math.min(pages, Math.max(1, Number(query.get("page")) || 1));
    const shown = kept.slice((page - 1) * PAGE_ROWS, page * PAGE_ROWS);
    tell();
    const turn = (label, to, which) => h("button", { type: "button", "data-turn": which, disabled: to < 1 || to > pages, onclick: () => {
      query.set("page", String(to));
      remember(name, query);
      show(`[data-turn="${which}"]:enabled, .turn button:enabled`);
      results.scrollIntoView();
    } }, label);
    results.replaceChildren(...[
      shown.length ? sorted(name, made.columns, shown, column, rising, query, show) : h("p", { class: "empty" }, parts[0] < parts[1] ? t("loading") : t("nothing")),
      pages > 1 && h("nav", { class: "turn", "aria-label": t("page", { page, pages }) }, turn(t("previous"), page - 1, "previous"), h("span", null, t("page", { page: number(page), pages: number(pages) })), turn(t("next"), page + 1, "next")),
    ].filter(Boolean));
    if (focusOn) results.querySelector(focusOn)?.focus();
  }

  const about = HOME.lists[name];
  list(name, (all, done, of) => {
    rows = edges && name === "sources" ? recounted(all, edges, query) : all;
    parts = [done, of];
    // between the first part and the last only the count moves: what is read or focused stays in place
    if (done <= 1 || done === of) {
      const focused = results.contains(document.activeElement) && document.activeElement.getAttribute("href");
      show(focused && `a[href="${CSS.escape(focused)}"]`);
    } else tell();
  }).catch((error) => results.replaceChildren(h("p", { class: "empty" }, error.message)));
  const chosen = chips(name, query, set, { source: source && (source.title || t("untitled")) });
  if (chosen) asked.append(chosen);
  return [
    title(t(name), h("p", { class: "note" }, t(`${name}Note`))),
    h("form", { class: "filters", role: "search", onsubmit: (event) => event.preventDefault() }, h("label", { class: "search" }, h("span", null, t("search")), search), controls(name, query, set)),
    asked, count, beside,
    about.shown < about.rows && h("p", { class: "note" }, t("limited", { shown: number(about.shown), rows: number(about.rows), file: `${made.file}.parquet` })),
    name === "articles" && takeAlong(query, () => kept),
    results,
  ];
}

// A table whose heads sort it; the order stands in the address.
function sorted(name, columns, rows, column, rising, query, show) {
  const head = (one) => h("th", { scope: "col", class: kindOf(one), "aria-sort": one === column ? (rising ? "ascending" : "descending") : null },
    h("button", { type: "button", "data-sort": one.key, title: t("sortBy", { column: t(one.name) }), onclick: () => {
      query.set("sort", one.key);
      query.set("dir", (one === column ? !rising : Boolean(one.text)) ? "up" : "down");
      query.delete("page");
      remember(name, query);
      show(`[data-sort="${one.key}"]`);
    } }, t(one.name), h("span", { "aria-hidden": "true", class: "arrow" }, one === column ? (rising ? " ▲" : " ▼") : " ↕")));
  return scrolling(t(name), h("table", { class: "list" },
    h("caption", { class: "hidden" }, t(name)),
    h("thead", null, h("tr", null, columns.map(head))),
    h("tbody", null, rows.map((row) => h("tr", null, columns.map((one) => listCell(one, row, query)))))));
}

const kindOf = (column) => [column.number || column.share ? "num" : "", column.wide ? "wide" : ""].join(" ").trim() || null;

function listCell(column, row, query) {
  const value = row[column.key];
  const content = column.cell ? column.cell(row, query) : column.share ? percent(value) : column.number ? number(value) : value || "–";
  const cell = h("td", { class: [kindOf(column), column.main ? "main" : ""].filter(Boolean).join(" ") || null }, content);
  if (column.bar && value !== null) cell.append(h("span", { class: "minibar", "aria-hidden": "true" }, h("span", { vars: { width: `${100 * value}%` } })));
  return cell;
}

// Order by a column; what is empty comes last either way, ties by id.
function by(column, rising) {
  const sign = rising ? 1 : -1;
  const compare = column.text ? new Intl.Collator("fr", { numeric: true }).compare : (a, b) => a - b;
  return (one, other) => {
    const a = one[column.key];
    const b = other[column.key];
    const none = (value) => value === null || value === undefined || value === "";
    if (none(a) || none(b)) return none(a) - none(b) || (one.id < other.id ? -1 : 1);
    return sign * compare(a, b) || (one.id < other.id ? -1 : 1);
  };
}
