// The first page, the lists, the outlets, the run.

const PAGE_ROWS = 50;
const MOST_OUTLETS = 100;

const link = (page, id, ...children) => h("a", { href: `#/${page}/${encodeURIComponent(id)}` }, children);
const prose = (text, lang, attributes) => h("span", { lang: lang || "fr", ...attributes }, text);
const headline = (row) => (row.title ? prose(row.title) : h("span", { class: "soft" }, t("untitled"), " ", h("code", null, row.id)));
const outletName = (name) => (name ? h("span", { lang: "fr" }, name) : h("span", { class: "soft" }, t("nobody")));
const when = (at, precision) => [h("span", { class: "nowrap" }, time(at, precision === "month" ? "month" : "day")), clock(at, precision) && h("small", null, clock(at, precision))];
const narrow = (...parts) => h("small", { class: "narrow" }, parts.join(" · "));
const creditTag = (credit) => credit && h("span", { class: `tag ${credit === "credited_full" || credit === "credited_partial" ? "good" : "bare"}` }, named("credit", credit));

function title(text, ...under) {
  return h("div", { class: "title" }, h("h1", { tabindex: "-1" }, text), under);
}

function sectionOf(name, ...children) {
  return h("section", null, h("h2", null, name), children);
}

function table(name, heads, rows, attributes) {
  return scrolling(name, h("table", attributes,
    h("caption", { class: "hidden" }, name),
    h("thead", null, h("tr", null, heads.map((head) => h("th", { scope: "col", class: head.class }, head.name)))),
    h("tbody", null, rows)));
}

// ------------------------------------------------------------------------------------------------ the first page

function period() {
  const days = HOME.days.map(([day]) => day);
  if (!days.length) return t("undated");
  if (days.length === 1) return t("day", { day: dayName(days[0], true) });
  return dayRange(days[0], days.at(-1));
}

function homePage() {
  const { counts, shares } = HOME;
  const own = counts.articles - counts.dispatches;
  const silent = counts.uncredited;
  const claimed = percent(HOME.claimed);
  const found = own && counts.found;
  const lead = found
    ? [t("lead", { articles: tn("nArticles", own), outlets: tn("nOutlets", counts.outlets), share: percent(shares.found), found: number(counts.found) }), " ",
       silent ? t("leadSilent", { silent: tn("nArticles", silent), claimed }) : t("leadCredited")]
    : t("leadNothing");
  const card = (figure, text, note, href) => h("li", null, h("a", { href }, h("strong", null, figure), h("span", null, text), note && h("small", null, note)));
  return [
    title(period(), h("p", { class: "lead" }, lead)),
    h("ul", { class: "cards" },
      card(number(own), t("cardArticles"), tn("nOutlets", counts.outlets), "#/articles"),
      card(number(counts.dispatches), t("cardDispatches"), null, "#/sources?kind=wire"),
      card(percent(shares.found), t("cardShare"), t("cardShareNote", { estimate: percent(shares.estimated) }), "#/outlets"),
      card(number(counts.found), t("cardFound"), counts.credited ? t("cardFoundNote", { credited: number(counts.credited) }) : null, "#/articles?evidence=found"),
      card(number(silent), t("cardSilent"), t("cardSilentNote", { claimed }), "#/articles?credit=claim")),
    h("details", { class: "reading" }, h("summary", null, t("reading")), ["reading0", "reading1", "reading2", "reading3", "reading4"].map((key) => h("p", null, t(key))),
      h("div", null, h("p", null, t("legend")), legend())),
    HOME.top.length > 0 && sectionOf(t("top"), h("p", { class: "note" }, t("topNote")),
      h("ol", { class: "ranking" }, HOME.top.map((row) => h("li", null,
        h("div", null, link("source", row.id, headline(row)),
          h("p", { class: "meta" }, [row.wire ? row.agency : t("noDispatch"), time(row.at, row.precision), tn("nOwners", row.owners)].filter(Boolean).join(" · "))),
        h("div", { class: "bar" }, h("span", { vars: { width: `${(100 * row.outlets) / HOME.top[0].outlets}%` } })),
        h("div", { class: "figure" }, tn("nOutlets", row.outlets), h("small", null, tn("nArticles", row.articles)), row.uncredited > 0 && h("small", null, t("silentCount", { n: number(row.uncredited) }))))))),
    HOME.silent.length > 0 && sectionOf(t("silent"), h("p", { class: "note" }, t("silentNote", { claimed })),
      table(t("silent"), [{ name: t("headline") }, { name: t("outlet") }, { name: t("agency"), class: "wide" }, { name: t("evidence"), class: "wide" }, { name: t("shareFound"), class: "num" }],
        HOME.silent.map((row) => h("tr", null, h("td", { class: "main" }, link("article", row.id, headline(row))), h("td", null, outletName(row.outlet)),
          h("td", { class: "wide" }, row.agency), h("td", { class: "wide" }, named("evidence", row.evidence)), h("td", { class: "num" }, percent(row.share)))))),
    HOME.days.length > 1 && sectionOf(t(HOME.days.length > MOST_DAYS ? "perMonth" : "perDay"), h("p", { class: "note" }, t("perDayNote")), daysChart(HOME.days)),
    HOME.suspected.length > 0 && sectionOf(t("suspected"), h("p", { class: "note" }, t("suspectedNote", { n: tn("nArticles", counts.suspected) })),
      table(t("suspected"), [{ name: t("headline") }, { name: t("outlet") }, { name: t("likely"), class: "wide" }, { name: t("probabilityShort"), class: "num" }],
        HOME.suspected.map((row) => h("tr", null, h("td", { class: "main" }, link("article", row.id, headline(row))), h("td", null, outletName(row.outlet)),
          h("td", { class: "wide" }, row.likely || "–"), h("td", { class: "num" }, percent(row.p)))))),
  ];
}

// ------------------------------------------------------------------------------------------------ lists

// The rungs of evidence as a filter; the two upper ones are also asked for together.
function rungs() {
  return [["all", "all", () => true], ["found", "evidenceFound", (row) => row.evidence === "dispatch" || row.evidence === "attested"],
    ...Object.keys(NAMES.evidence).map((rung) => [rung, () => named("evidence", rung), (row) => row.evidence === rung])];
}

const LISTS = {
  sources: {
    page: "source", file: "wire_pickup", sort: "outlets", searched: "searchSources",
    columns: [
      { key: "title", name: "headline", text: true, main: true, cell: (row) => [link("source", row.id, headline(row)), narrow(row.agency || t("noDispatch"), time(row.at, row.precision))] },
      { key: "agency", name: "agency", text: true, wide: true, cell: (row) => [row.agency || "–", !row.wire && h("small", null, t("noDispatch")), row.revision > 0 && h("small", null, t("revision", { n: row.revision + 1 }))] },
      { key: "at", name: "date", wide: true, cell: (row) => when(row.at, row.precision) },
      { key: "outlets", name: "outlets", number: true },
      { key: "articles", name: "articles", number: true, wide: true },
      { key: "owners", name: "owners", number: true, wide: true },
      { key: "in_24h", name: "in24h", number: true, wide: true },
      { key: "kept", name: "kept", share: true, wide: true },
      { key: "first", name: "first", text: true, wide: true, cell: (row) => row.first && [outletName(row.first), row.first_lag !== null && h("small", null, lag(row.first_lag, row.first_lag))] },
      { key: "uncredited", name: "uncredited", number: true },
    ],
    filters: [
      { key: "kind", name: "kind", standard: "carried", options: [["carried", "kindCarried", (row) => row.outlets > 0 || row.articles > 0], ["wire", "kindWire", (row) => row.wire], ["nowire", "kindNoWire", (row) => !row.wire], ["all", "kindAll", () => true]] },
    ],
  },
  passages: {
    page: "passage", file: "clusters", sort: "outlets", searched: "searchPassages",
    columns: [
      { key: "text", name: "passage", text: true, main: true, cell: (row) => [link("passage", row.id, prose(row.text.length < 180 ? row.text : row.text + "…")), narrow(row.outlet || t("nobody"), time(row.first, "second"))] },
      { key: "outlet", name: "earliest", text: true, wide: true, cell: (row) => outletName(row.outlet) },
      { key: "first", name: "date", wide: true, cell: (row) => when(row.first, "second") },
      { key: "outlets", name: "outlets", number: true },
      { key: "articles", name: "articles", number: true, wide: true },
      { key: "owners", name: "owners", number: true, wide: true },
      { key: "agency", name: "agency", text: true },
      { key: "evidence", name: "evidence", text: true, wide: true, cell: (row) => named("evidence", row.evidence) },
      { key: "origin", name: "origin", text: true, wide: true, cell: (row) => named("origin", row.origin) },
    ],
    filters: [
      { key: "kind", name: "kind", standard: "prose", options: [["prose", "kindProse", (row) => row.kind === "prose"], ["quotation", "kindQuotation", (row) => row.kind === "quotation"], ["background", "kindBackground", (row) => row.kind === "background"], ["boilerplate", "kindBoilerplate", (row) => row.kind === "boilerplate"], ["all", "kindAll", () => true]] },
      { key: "evidence", name: "evidence", standard: "all", options: rungs() },
      { key: "origin", name: "origin", standard: "all", options: [["all", "all", () => true], ...Object.keys(NAMES.origin).map((origin) => [origin, () => named("origin", origin), (row) => row.origin === origin])] },
    ],
  },
  articles: {
    page: "article", file: "article_provenance", sort: "share", searched: "searchArticles",
    columns: [
      { key: "title", name: "headline", text: true, main: true, cell: (row) => [link("article", row.id, headline(row)), narrow(row.outlet || t("nobody"), time(row.at, row.precision))] },
      { key: "outlet", name: "outlet", text: true, wide: true, cell: (row) => outletName(row.outlet) },
      { key: "at", name: "date", wide: true, cell: (row) => when(row.at, row.precision) },
      { key: "share", name: "shareFound", share: true },
      { key: "evidence", name: "evidence", text: true, wide: true, cell: (row) => named("evidence", row.evidence) },
      { key: "own", name: "copy", share: true, wide: true, cell: (row) => shareBar(row) },
      { key: "agency", name: "agency", text: true, wide: true },
      { key: "credit", name: "credit", text: true, cell: (row) => creditTag(row.credit) },
      { key: "words", name: "words", number: true, wide: true },
    ],
    filters: [
      { key: "kind", name: "kind", standard: "outlets", options: [["outlets", "articles", (row) => !row.wire], ["wire", "kindWire", (row) => row.wire], ["all", "kindAll", () => true]] },
      { key: "evidence", name: "evidence", standard: "all", options: rungs() },
      { key: "derivation", name: "derivationFilter", standard: "all", options: [["all", "all", () => true], ...["wholly", "partially", "non"].map((kind) => [kind, () => named("derivation", kind), (row) => row.derivation === kind]), ["untold", "derivationUntold", (row) => row.derivation === null && !row.wire]] },
      { key: "credit", name: "creditFilter", standard: "all", options: [["all", "all", () => true], ["claim", "creditClaim", (row) => row.silent],
        ...Object.keys(NAMES.credit).map((credit) => [credit, () => named("credit", credit), (row) => row.credit === credit])] },
      { key: "outlet", name: "outlet", standard: "", of: (row) => row.outlet },
    ],
  },
};

function listPage(name, query) {
  const made = LISTS[name];
  const results = h("div", { class: "results" });
  const count = h("p", { class: "count", role: "status" });
  const set = (key, value, standard) => {
    if (value === standard || value === "") query.delete(key);
    else query.set(key, value);
    if (key !== "page") query.delete("page");
    remember(name, query);
    show();
  };
  let typed = 0;
  const search = h("input", {
    type: "search", id: "search", value: query.get("q") || "", placeholder: t(made.searched), autocomplete: "off", spellcheck: "false",
    oninput: () => {
      clearTimeout(typed);
      typed = setTimeout(() => set("q", search.value.trim(), ""), 120);
    },
  });
  const filters = made.filters.map((filter) => {
    const chosen = query.get(filter.key) || filter.standard;
    const options = filter.of
      ? [h("option", { value: "" }, t("all")), HOME.outlets.map((row) => row.outlet).sort((a, b) => a.localeCompare(b, "fr")).map((outlet) => h("option", { value: outlet, selected: outlet === chosen }, outlet))]
      : filter.options.map(([value, label]) => h("option", { value, selected: value === chosen }, typeof label === "function" ? label() : t(label)));
    return h("label", null, h("span", null, t(filter.name)), h("select", { onchange: (event) => set(filter.key, event.target.value, filter.standard) }, options));
  });
  let rows = [];
  let parts = [0, 1];
  let matching = 0;

  function counted() {
    count.textContent = tn("found", matching) + (parts[0] < parts[1] ? ` · ${t("loadingMore", { done: parts[0], all: parts[1] })}` : "");
  }

  function show(focusOn) {
    const needle = folded(query.get("q") || "").split(/\s+/).filter(Boolean);
    const tests = made.filters.map((filter) => {
      const chosen = query.get(filter.key) || filter.standard;
      if (filter.of) return chosen ? (row) => filter.of(row) === chosen : null;
      return (filter.options.find(([value]) => value === chosen) || filter.options[0])[2];
    }).filter(Boolean);
    const kept = rows.filter((row) => tests.every((test) => test(row)) && needle.every((word) => searched(row).includes(word)));
    const key = query.get("sort") || made.sort;
    const column = made.columns.find((one) => one.key === key) || made.columns[0];
    const rising = (query.get("dir") || (column.text ? "up" : "down")) === "up";
    if (key !== made.sort || rising || column.text) kept.sort(by(column, rising));
    const pages = Math.max(1, Math.ceil(kept.length / PAGE_ROWS));
    const page = Math.min(pages, Math.max(1, Number(query.get("page")) || 1));
    const shown = kept.slice((page - 1) * PAGE_ROWS, page * PAGE_ROWS);
    matching = kept.length;
    counted();
    const head = (one) => h("th", { scope: "col", class: [one.number || one.share ? "num" : "", one.wide ? "wide" : ""].join(" ").trim() || null, "aria-sort": one === column ? (rising ? "ascending" : "descending") : null },
      h("button", { type: "button", "data-sort": one.key, title: t("sortBy", { column: t(one.name) }), onclick: () => {
        const up = one === column ? !rising : Boolean(one.text);
        query.set("sort", one.key);
        query.set("dir", up ? "up" : "down");
        query.delete("page");
        remember(name, query);
        show(`[data-sort="${one.key}"]`);
      } }, t(one.name), h("span", { "aria-hidden": "true", class: "arrow" }, one === column ? (rising ? " ▲" : " ▼") : " ↕")));
    const turn = (label, to, which) => h("button", { type: "button", "data-turn": which, disabled: to < 1 || to > pages, onclick: () => {
      query.set("page", String(to));
      remember(name, query);
      show(`[data-turn="${which}"]:enabled, .turn button:enabled`);
      results.scrollIntoView();
    } }, label);
    results.replaceChildren(...[
      shown.length ? scrolling(t(name), h("table", { class: "list" },
        h("caption", { class: "hidden" }, t(name)),
        h("thead", null, h("tr", null, made.columns.map(head))),
        h("tbody", null, shown.map((row) => h("tr", null, made.columns.map((one) => listCell(one, row)))))))
        : h("p", { class: "empty" }, parts[0] < parts[1] ? t("loading") : t("nothing")),
      pages > 1 && h("nav", { class: "turn", "aria-label": t("page", { page, pages }) }, turn(t("previous"), page - 1, "previous"), h("span", null, t("page", { page: number(page), pages: number(pages) })), turn(t("next"), page + 1, "next")),
    ].filter(Boolean));
    if (focusOn) results.querySelector(focusOn)?.focus();
  }

  const about = HOME.lists[name];
  list(name, (all, done, of) => {
    rows = all;
    parts = [done, of];
    // between the first part and the last only the count moves: what is read or focused stays in place
    if (done <= 1 || done === of) {
      const focused = results.contains(document.activeElement) && document.activeElement.getAttribute("href");
      show(focused && `a[href="${CSS.escape(focused)}"]`);
    } else counted();
  }).catch((error) => results.replaceChildren(h("p", { class: "empty" }, error.message)));
  return [
    title(t(name), h("p", { class: "note" }, t(`${name}Note`))),
    h("form", { class: "filters", role: "search", onsubmit: (event) => event.preventDefault() }, h("label", { class: "search" }, h("span", null, t("search")), search), filters),
    count,
    about.shown < about.rows && h("p", { class: "note" }, t("limited", { shown: number(about.shown), rows: number(about.rows), file: `${made.file}.parquet` })),
    results,
  ];
}

function listCell(column, row) {
  const kinds = [column.number || column.share ? "num" : "", column.wide ? "wide" : "", column.main ? "main" : ""].join(" ").trim() || null;
  const value = row[column.key];
  const content = column.cell ? column.cell(row) : column.share ? percent(value) : column.number ? number(value) : value || "–";
  return h("td", { class: kinds }, content);
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

// ------------------------------------------------------------------------------------------------ outlets

function outletsPage(query) {
  const columns = [
    { key: "outlet", name: "outlet", text: true, main: true, cell: (row) => [h("a", { href: `#/articles?outlet=${encodeURIComponent(row.outlet)}`, lang: "fr" }, row.outlet), row.clock_note && h("small", { class: "soft", lang: "en" }, row.clock_note)] },
    HOME.outlets.some((row) => row.owner_group) && { key: "owner_group", name: "owner", text: true, wide: true },
    { key: "n_articles", name: "articles", number: true },
    { key: "share_found", name: "shareFound", share: true, bar: true },
    { key: "share_estimated", name: "shareEstimated", share: true, wide: true },
    { key: "originality_rate", name: "originality", share: true, wide: true },
    { key: "share_credited", name: "creditedShare", share: true, bar: true },
    { key: "lag_median", name: "reaction", cell: (row) => (row.lag_median === null ? "–" : [(row.lag_median < 0 ? "−" : "") + duration(row.lag_median), row.lag_q25 !== row.lag_q75 && h("small", null, `${duration(row.lag_q25)} – ${duration(row.lag_q75)}`)]), number: true },
    { key: "first_rate", name: "firstRate", share: true, wide: true },
  ].filter(Boolean);
  const box = h("div");
  const many = HOME.outlets.length > MOST_OUTLETS;
  const search = h("input", { type: "search", id: "search", value: query.get("q") || "", placeholder: t("searchOutlets"), autocomplete: "off", spellcheck: "false", oninput: () => {
    if (search.value.trim()) query.set("q", search.value.trim());
    else query.delete("q");
    remember("outlets", query);
    show();
  } });
  const show = (focusOn) => {
    const needle = folded(query.get("q") || "").split(/\s+/).filter(Boolean);
    const found = HOME.outlets.filter((row) => needle.every((word) => folded(`${row.outlet} ${row.owner_group || ""}`).includes(word)));
    const key = query.get("sort") || "share_found";
    const column = columns.find((one) => one.key === key) || columns[0];
    const rising = (query.get("dir") || (column.text ? "up" : "down")) === "up";
    const rows = found.map((row) => ({ ...row, id: row.outlet })).sort(by(column, rising)).slice(0, MOST_OUTLETS);
    box.replaceChildren(many ? h("p", { class: "count", role: "status" }, t("outletsShown", { shown: number(rows.length), all: number(found.length) })) : "", scrolling(t("outlets"), h("table", { class: "list" },
      h("caption", { class: "hidden" }, t("outlets")),
      h("thead", null, h("tr", null, columns.map((one) => h("th", { scope: "col", class: [one.number || one.share ? "num" : "", one.wide ? "wide" : ""].join(" ").trim() || null, "aria-sort": one === column ? (rising ? "ascending" : "descending") : null },
        h("button", { type: "button", "data-sort": one.key, onclick: () => {
          query.set("sort", one.key);
          query.set("dir", (one === column ? !rising : Boolean(one.text)) ? "up" : "down");
          remember("outlets", query);
          show(`[data-sort="${one.key}"]`);
        } }, t(one.name), h("span", { "aria-hidden": "true", class: "arrow" }, one === column ? (rising ? " ▲" : " ▼") : " ↕")))))),
      h("tbody", null, rows.map((row) => h("tr", null, columns.map((one) => {
        const cell = listCell(one, row);
        if (one.bar && row[one.key] !== null) cell.append(h("span", { class: "minibar", "aria-hidden": "true" }, h("span", { vars: { width: `${100 * row[one.key]}%` } })));
        return cell;
      })))))));
    if (focusOn) box.querySelector(focusOn)?.focus();
  };
  show();
  return [
    title(t("outlets"), h("p", { class: "note" }, t("outletsNote"))),
    many && h("form", { class: "filters", role: "search", onsubmit: (event) => event.preventDefault() }, h("label", { class: "search" }, h("span", null, t("search")), search)),
    HOME.outlets.length ? box : h("p", { class: "empty" }, t("nothing")),
    HOME.pairs.length > 0 && sectionOf(t("pairs"), h("p", { class: "note" }, t("pairsNote"), HOME.n_paired > HOME.pair_names.length ? " " + t("pairsMore", { n: HOME.pair_names.length, all: number(HOME.n_paired) }) : ""),
      heatMap(HOME.pair_names, HOME.pairs, HOME.agencies)),
  ];
}

// ------------------------------------------------------------------------------------------------ the run

function runPage() {
  const { manifest, rejects, n_rejects: all, tables, boilerplate, beside } = HOME.run;
  const pairsOf = (name, rows, head) => table(name, [{ name: head }, { name: t("figure"), class: "num" }],
    rows.map(([key, value]) => h("tr", null, h("th", { scope: "row" }, key), h("td", { class: "num" }, value))), { class: "small" });
  const inOrder = (kind, values) => {
    const order = Object.keys(NAMES[kind]);
    return Object.entries(values || {}).sort(([a], [b]) => ((order.indexOf(a) + 1 || 99) - (order.indexOf(b) + 1 || 99)) || (a < b ? -1 : 1));
  };
  const seconds = inOrder("step", manifest?.stages);
  const most = Math.max(...seconds.map(([, value]) => value), 0.001);
  const said = (value) => (value === null ? "–" : typeof value === "number" ? number(value, 3) : typeof value === "object" ? JSON.stringify(value) : String(value));
  const versions = Object.entries(manifest || {}).filter(([key]) => !["config", "counts", "stages", "inputs", "started_at"].includes(key));
  const started = manifest?.started_at && Date.parse(manifest.started_at);
  return [
    title(t("run"), h("p", { class: "lead" }, started ? t("runWhen", { date: time(started / 1000, "second") }) : manifest ? null : t("runNoManifest"))),
    HOME.n_texts < HOME.lists.articles.rows && h("p", { class: "note" }, t("limitedTexts", { shown: number(HOME.n_texts), rows: number(HOME.lists.articles.rows) })),
    sectionOf(t("rejects"), all
      ? [table(t("rejects"), [{ name: t("file") }, { name: t("position"), class: "num" }, { name: t("reason") }, { name: t("keptReject") }],
          rejects.map((row) => h("tr", null, h("td", { class: "path" }, row.file), h("td", { class: "num" }, number(row.position)), h("td", { lang: "en" }, row.reason, row.article_id && h("small", null, h("code", null, row.article_id))), h("td", null, t(row.kept ? "yes" : "no"))))),
         all > rejects.length && h("p", { class: "note" }, t("rejectsMore", { n: number(rejects.length), all: number(all) }))]
      : h("p", null, t("noRejects"))),
    manifest && h("div", { class: "columns" },
      sectionOf(t("counts"), pairsOf(t("counts"), inOrder("count", manifest.counts).map(([key, value]) => [named("count", key), number(value, 3)]), t("count"))),
      sectionOf(t("steps"), table(t("steps"), [{ name: t("step") }, { name: t("seconds"), class: "num" }],
        seconds.map(([key, value]) => h("tr", null, h("th", { scope: "row" }, named("step", key)),
          h("td", { class: "num" }, number(value, 2), h("span", { class: "minibar", "aria-hidden": "true" }, h("span", { vars: { width: `${(100 * value) / most}%` } })))))
          .concat(h("tr", { class: "total" }, h("th", { scope: "row" }, "Σ"), h("td", { class: "num" }, number(seconds.reduce((sum, [, value]) => sum + value, 0), 2)))), { class: "small" }))),
    sectionOf(t("tables"), h("p", { class: "note" }, t("tablesNote")),
      table(t("tables"), [{ name: t("tables") }, { name: t("rows"), class: "num" }], tables.map(([name, rows, file]) => h("tr", null, h("th", { scope: "row" }, beside ? h("a", { href: `../${file}` }, h("code", null, name)) : h("code", null, name)), h("td", { class: "num" }, number(rows)))), { class: "small" })),
    boilerplate.length > 0 && sectionOf(t("learned"), table(t("learned"), [{ name: t("outlet") }, { name: t("text") }, { name: t("articles"), class: "num" }],
      boilerplate.map((row) => h("tr", null, h("td", null, outletName(row.outlet)), h("td", null, prose(row.text)), h("td", { class: "num" }, number(row.n_articles)))))),
    manifest && h("div", { class: "columns" },
      sectionOf(t("settings"), pairsOf(t("settings"), Object.entries(manifest.config || {}).map(([key, value]) => [h("code", null, key), said(value)]), t("setting"))),
      sectionOf(t("versions"), pairsOf(t("versions"), versions.map(([key, value]) => [h("code", null, key), said(value)]), t("versions")))),
  ];
}
