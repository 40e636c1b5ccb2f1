// The outlets: their shares, who has shared texts first, how late they are.

const MOST_OUTLETS = 100;

async function outletsPage(query) {
  const columns = [
    { key: "outlet", name: "outlet", text: true, main: true, cell: (row) => [h("a", { href: `#/articles?${new URLSearchParams({ outlet: row.outlet })}`, lang: "fr" }, row.outlet), row.clock_note && h("small", { class: "soft" }, sentence(row.clock_note))] },
    HOME.outlets.some((row) => row.owner_group) && { key: "owner_group", name: "owner", text: true, wide: true, cell: (row) => (row.owner_group ? h("a", { href: `#/articles?${new URLSearchParams({ owner: row.owner_group })}` }, row.owner_group) : "–") },
    { key: "n_articles", name: "articles", number: true, cell: (row) => counted(row.n_articles, { outlet: row.outlet }) },
    { key: "share_found", name: "shareFound", share: true, bar: true, cell: (row) => h("a", { href: `#/articles?${new URLSearchParams({ outlet: row.outlet, evidence: "found" })}` }, percent(row.share_found)) },
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
  const inOrder = () => {
    const needle = folded(query.get("q") || "").split(/\s+/).filter(Boolean);
    const found = HOME.outlets.filter((row) => needle.every((word) => folded(`${row.outlet} ${row.owner_group || ""}`).includes(word)));
    const column = columns.find((one) => one.key === (query.get("sort") || "share_found")) || columns[0];
    const rising = (query.get("dir") || (column.text ? "up" : "down")) === "up";
    return [found.map((row) => ({ ...row, id: row.outlet })).sort(by(column, rising)), column, rising];
  };
  const show = (focusOn) => {
    const [rows, column, rising] = inOrder();
    const shown = rows.slice(0, MOST_OUTLETS);
    box.replaceChildren(many ? h("p", { class: "count", role: "status" }, t("outletsShown", { shown: number(shown.length), all: number(rows.length) })) : "", sorted("outlets", columns, shown, column, rising, query, show));
    if (focusOn) box.querySelector(focusOn)?.focus();
  };
  show();
  const shares = sharesPicture(inOrder()[0]);
  const pictures = h("div");
  whole("edges").then((edges) => pictures.replaceChildren(...aboutCarriers(edges, query)), (error) => pictures.replaceChildren(h("p", { class: "empty" }, error.message)));
  return [
    title(t("outlets"), h("p", { class: "note" }, t("outletsNote"))),
    many && h("form", { class: "filters", role: "search", onsubmit: (event) => event.preventDefault() }, h("label", { class: "search" }, h("span", null, t("search")), search)),
    HOME.outlets.length ? box : h("p", { class: "empty" }, t("nothing")),
    shares && sectionOf(t("sharesByOutlet"), shares),
    pictures,
  ];
}

// The network and the lags, counted with the threshold that the reader sets.
function aboutCarriers(edges, query) {
  if (!edges.length) return [];
  const box = h("div");
  const redo = (key, value) => {
    if (value) query.set(key, value);
    else query.delete(key);
    remember("outlets", query);
    draw();
    box.querySelector(`[data-network="${query.get("text") || ""}"]`)?.focus();
  };
  const draw = () => box.replaceChildren(
    sectionOf(t("network"), networkPicture(edges, query, redo)),
    sectionOf(t("lags"), lagsPicture(edges, query)));
  draw();
  return [sectionOf(t("carriedFrom"), h("p", { class: "note" }, t("carriedFromNote")), thresholds(query, () => { remember("outlets", query); draw(); })), box];
}

// From which share of the dispatch, and of the article, a carrier counts.
function thresholds(query, changed) {
  return h("form", { class: "filters", onsubmit: (event) => event.preventDefault() }, FILTERS.sources.filter((filter) => filter.input === "percent").map((filter) => control(filter, query, (key, value) => {
    if (Number(value)) query.set(key, value);
    else query.delete(key);
    changed();
  })));
}
