// The first page, and the run.

// ------------------------------------------------------------------------------------------------ the first page

function period() {
  if (!HOME.timeline.length) return t("undated");
  const { first, last } = bulkOf(HOME.timeline);
  return first === last ? t("day", { day: dayName(first, true) }) : dayRange(first, last);
}

function homePage(query) {
  const { counts, shares } = HOME;
  const own = counts.articles - counts.dispatches;
  const silent = counts.uncredited;
  const claimed = percent(HOME.claimed);
  const found = own && counts.found;
  const lead = found
    ? [t("lead", { articles: tn("nArticles", own), outlets: tn("nOutlets", counts.outlets), share: percent(shares.found), found: number(counts.found), least: percent(HOME.least) }), " ",
       silent ? t("leadSilent", { silent: tn("nArticles", silent), claimed }) : t("leadCredited", { claimed }),
       counts.cites_only > 0 && ` ${t("leadCited", { cites: tn("nArticles", counts.cites_only) })}`]
    : t("leadNothing");
  const card = (figure, text, note, href) => h("li", null, h("a", { href }, h("strong", null, figure), h("span", null, text), note && h("small", null, note)));
  const timeline = h("div");
  const draw = () => timeline.replaceChildren(timelinePicture(query, (key, value) => {
    if (value) query.set(key, value);
    else query.delete(key);
    remember("", query);
    draw();
    timeline.querySelector(`[data-timeline="${key}=${value}"]`)?.focus();
  }));
  if (HOME.timeline.length) draw();
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
    HOME.timeline.length > 1 && sectionOf(t("perDay"), timeline),
    HOME.top.length > 0 && sectionOf(t("top"), h("p", { class: "note" }, t("topNote")),
      h("ol", { class: "ranking" }, HOME.top.map((row) => h("li", null,
        h("div", null, link("source", row.id, headline(row)),
          h("p", { class: "meta" }, [row.wire ? row.agency : t("noDispatch"), time(row.at, row.precision), tn("nOwners", row.owners)].filter(Boolean).join(" · "))),
        h("div", { class: "bar" }, h("span", { vars: { width: `${(100 * row.outlets) / HOME.top[0].outlets}%` } })),
        h("div", { class: "figure" }, tn("nOutlets", row.outlets), h("small", null, h("a", { href: `#/articles?${new URLSearchParams({ source: row.id })}` }, tn("nArticles", row.articles))), row.uncredited > 0 && h("small", null, h("a", { href: `#/articles?${new URLSearchParams({ source: row.id, credit: "claim" })}` }, t("silentCount", { n: number(row.uncredited) })))))))),
    HOME.silent.length > 0 && sectionOf(t("silent"), h("p", { class: "note" }, t("silentNote", { claimed })),
      table(t("silent"), [{ name: t("headline") }, { name: t("outlet") }, { name: t("agency"), class: "wide" }, { name: t("evidence"), class: "wide" }, { name: t("shareFound"), class: "num" }],
        HOME.silent.map((row) => h("tr", null, h("td", { class: "main" }, link("article", row.id, headline(row))), h("td", null, outletName(row.outlet)),
          h("td", { class: "wide" }, row.agency), h("td", { class: "wide" }, named("evidence", row.evidence)), h("td", { class: "num" }, percent(row.share)))))),
    HOME.suspected.length > 0 && sectionOf(t("suspected"), h("p", { class: "note" }, h("a", { href: "#/articles?evidence=suspected" }, tn("nArticles", counts.suspected)), ". ", t("suspectedNote")),
      table(t("suspected"), [{ name: t("headline") }, { name: t("outlet") }, { name: t("likely"), class: "wide" }, { name: t("probabilityShort"), class: "num" }],
        HOME.suspected.map((row) => h("tr", null, h("td", { class: "main" }, link("article", row.id, headline(row))), h("td", null, outletName(row.outlet)),
          h("td", { class: "wide" }, row.likely || "–"), h("td", { class: "num" }, percent(row.p)))))),
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
  const said = (value) => (value === null ? "–" : typeof value === "number" ? number(value, 3) : h("code", null, typeof value === "object" ? JSON.stringify(value) : String(value)));
  const versions = Object.entries(manifest || {}).filter(([key]) => !["config", "counts", "stages", "inputs", "started_at", "digests", "stamps"].includes(key));
  const started = manifest?.started_at && Date.parse(manifest.started_at);
  return [
    title(t("run"), h("p", { class: "lead" }, started ? t("runWhen", { date: time(started / 1000, "second") }) : manifest ? null : t("runNoManifest"))),
    HOME.n_texts < HOME.lists.articles.rows && h("p", { class: "note" }, t("limitedTexts", { shown: number(HOME.n_texts), rows: number(HOME.lists.articles.rows) })),
    sectionOf(t("rejects"), all
      ? [table(t("rejects"), [{ name: t("file") }, { name: t("position"), class: "num" }, { name: t("reason") }, { name: t("keptReject") }],
          rejects.map((row) => h("tr", null, h("td", { class: "path" }, h("code", null, row.file)), h("td", { class: "num" }, number(row.position)), h("td", null, refusalNodes(row.reason), row.article_id && h("small", null, h("code", null, row.article_id))), h("td", null, t(row.kept ? "yes" : "no"))))),
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
