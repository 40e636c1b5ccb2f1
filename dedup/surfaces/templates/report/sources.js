// One dispatch, or one passage: who carried it, and both texts side by side.

const FIRST_CARRIERS = 8;

const carrierCell = (row, ...tags) => h("td", { class: "main" }, h("span", { class: "carrier" }, row.wire ? t("dispatchOf", { agency: row.agency || "" }) : outletName(row.outlet), " ", tags), link("article", row.id, headline(row)));
const compareButton = (row, key, pressed, choose) => h("button", {
  type: "button", class: "compare", "data-compare": key, "aria-pressed": String(pressed), "aria-label": t("compareTo", { outlet: row.outlet || row.id }), onclick: () => choose(row, true),
}, h("span", null, t("compare")));

// The first rows of a table, the others folded away, so that the comparison below is near.
function someRows(name, heads, rows) {
  const rest = rows.slice(FIRST_CARRIERS);
  return [table(name, heads, rows.slice(0, FIRST_CARRIERS)),
    rest.length > 0 && h("details", { class: "rest" }, h("summary", null, t("moreRows", { n: number(rest.length) })), table(t("moreOf", { name }), heads, rest))];
}

// A box with two texts side by side; the choice stands in the address.
function comparison(page, query, keyOf, beside) {
  const box = h("div", { class: "compare-box" });
  const choose = async (row, focus) => {
    const key = keyOf(row);
    query.set("with", key);
    remember(page, query);
    for (const button of document.querySelectorAll("[data-compare]")) button.setAttribute("aria-pressed", String(button.dataset.compare === key));
    try {
      box.replaceChildren(h("h3", { tabindex: "-1" }, t("compareTo", { outlet: row.outlet || t("nobody") })), ...(await beside(row)));
    } catch (error) {
      box.replaceChildren(h("p", { class: "empty" }, error.message));
    }
    if (focus) {
      box.querySelector("h3")?.focus({ preventScroll: true });
      box.scrollIntoView();
    }
  };
  return [box, choose];
}

const mostOf = (rows, of) => rows.reduce((most, row) => (!most || of(row) > of(most) ? row : most), null);

async function sourcePage(id, query) {
  const found = await record("source", id);
  if (!found) return lostPage();
  const all = found.carriers.map((row) => ({ ...row, credit: row.credit_status }));
  const chosen = all.find((row) => row.id === query.get("with")) || mostOf(all, (row) => row.share * row.n_words);
  const page = `source/${encodeURIComponent(id)}`;
  const [box, choose] = comparison(page, query, (row) => row.id, (row) => sideBySide(id, row.id));
  const carriers = h("div");
  const draw = () => {
    const rows = all.filter((row) => row.kept >= (Number(query.get("kept")) || 0) / 100 && row.share >= (Number(query.get("part")) || 0) / 100);
    carriers.replaceChildren(...[
      h("p", { class: "count", role: "status" }, t("carriersShown", { shown: number(rows.length), all: number(all.length) })),
      spreadPicture(rows),
      ...(rows.length ? someRows(t("carriersInOrder"),
        [{ name: t("lag") }, { name: t("carrier") }, { name: t("ofDispatch"), class: "num" }, { name: t("ofArticle"), class: "num wide" }, { name: t("edit"), class: "wide" }, { name: t("credit") }, { name: t("sideBySide") }],
        rows.map((row) => h("tr", null,
          h("td", null, lag(row.low, row.high), h("small", null, time(row.at, row.precision))), carrierCell(row),
          h("td", { class: "num" }, percent(row.kept)), h("td", { class: "num wide" }, percent(row.share)),
          h("td", { class: "wide" }, Object.entries(row.edits).filter(([name]) => name !== "null").slice(0, 3).map(([name, n]) => h("span", { class: "tag" }, named("edit", name), n > 1 ? ` ×${n}` : ""))),
          h("td", null, creditTag(row.credit_status)),
          h("td", null, compareButton(row, row.id, row.id === query.get("with"), choose))))) : []),
    ].filter(Boolean));
  };
  if (chosen) query.set("with", chosen.id);
  draw();
  if (chosen) setTimeout(() => choose(chosen), 0);
  return [
    title(found.title ? prose(found.title) : t("untitled"),
      about(found.wire ? t("dispatchOf", { agency: found.agency || "" }) : t("noDispatch"), found.revision > 0 && t("revision", { n: found.revision + 1 }), !found.wire && outletName(found.outlet), time(found.at, found.precision), all.length ? h("a", { href: `#/articles?${new URLSearchParams({ source: id, ...threshold(query) })}` }, tn("nCarriers", all.length)) : tn("nCarriers", 0)),
      !found.wire && h("p", { class: "note" }, t("noDispatchNote", { guess: found.p === null ? "" : t("guess", { p: percent(found.p) }) })),
      h("p", null, link("article", id, found.wire ? t("readSource") : t("readArticle")))),
    all.length > 0 && sectionOf(t("spread"), thresholds(query, () => { remember(page, query); draw(); }), carriers),
    all.length > 0 && sectionOf(t("sideBySide"), legendOfDifferences(), box),
  ];
}

// ------------------------------------------------------------------------------------------------ a passage

async function passagePage(id, query) {
  const found = await record("passage", id);
  if (!found) return lostPage();
  const members = found.members;
  const source = members.find((row) => row.passage === id);
  const others = members.filter((row) => row !== source);
  const chosen = others.find((row) => row.passage === query.get("with")) || mostOf(others, (row) => row.end - row.begin);
  const [box, choose] = comparison(`passage/${encodeURIComponent(id)}`, query, (row) => row.passage, (row) => passageBeside(found, source, row));
  if (chosen) setTimeout(() => choose(chosen), 0);
  const kinds = ["background", "boilerplate", "quotation"].filter((name) => found[`is_${name}`]);
  return [
    title(t("passageTitle", { outlets: tn("nOutlets", found.n_outlets) }),
      about(found.agency ? t("inAgency", { agency: found.agency, basis: named("basis", found.agency_basis) }) : t("inNoAgency", { p: percent(found.p_agency) }), found.likely_agency && t("likelyNote", { agency: found.likely_agency }), t("originIs", { origin: named("origin", found.origin) }),
        tn("nArticles", found.n_articles), tn("nOwners", found.n_owner_groups), found.overlap_mean !== null && t("overlap", { mean: percent(found.overlap_mean) }), ...kinds.map((name) => named("share", name))),
      h("blockquote", { lang: "fr" }, found.text)),
    others.length > 0 && sectionOf(t("spread"), spreadPicture(others.filter((row, i) => !row.wire && others.findIndex((one) => one.id === row.id) === i))),
    sectionOf(t("carriersInOrder"), someRows(t("carriersInOrder"),
      [{ name: t("lag") }, { name: t("carrier") }, { name: t("edit"), class: "wide" }, { name: t("credit") }, { name: t("why"), class: "wide" }, { name: t("sideBySide") }],
      members.map((row) => h("tr", null,
        h("td", null, row === source ? [h("strong", null, t("isSource")), h("small", null, time(row.at, row.precision))] : [lag(row.low, row.high), h("small", null, time(row.at, row.precision))]),
        carrierCell(row, row.first && h("span", { class: "tag good" }, t("isFirst")), row.tie && h("span", { class: "tag" }, t("isTie")), row.same_owner && h("span", { class: "tag" }, t("sameOwner"))),
        h("td", { class: "wide" }, row.edit && h("span", { class: "tag" }, named("edit", row.edit))),
        h("td", null, creditTag(row.credit)),
        h("td", { class: "wide" }, why(row.why)),
        h("td", null, row !== source && compareButton(row, row.passage, row === chosen, choose)))))),
    others.length > 0 && sectionOf(t("sideBySide"), legendOfDifferences(), box),
  ];
}

async function passageBeside(cluster, source, row) {
  const article = await record("article", row.id);
  const paragraph = article && article.paragraphs.find(([number]) => number === row.paragraph);
  if (!paragraph) return [missing()];
  const both = compared(cluster.text, cut(paragraph[2], row.begin, row.end));
  const head = (one, label) => h("p", { class: "meta" }, label, " · ", one?.wire ? t("dispatchOf", { agency: one.agency || "" }) : outletName(one?.outlet), " · ", time(one?.at, one?.precision));
  return [
    h("p", { class: "note" }, t("passageDifferences", { same: tn("nWords", both.same), deleted: tn("nWords", both.deleted), inserted: tn("nWords", both.inserted) })),
    h("div", { class: "pair heads" }, head(source, t("source")), head(row, t("carrier"))),
    h("div", { class: "pairs-of-text" }, h("div", { class: "pair" }, h("div", { class: "left", lang: "fr" }, h("p", null, both.left)), h("div", { class: "right", lang: article.lang || "fr" }, h("p", null, both.right)))),
  ];
}
