// Texts: side by side with their differences, and one article with the classes of its words.

// Offsets count code points; a text with characters of two code units is cut by code point.
function cut(text, begin, end) {
  return /[\ud800-\udfff]/.test(text) ? Array.from(text).slice(begin, end).join("") : text.slice(begin, end);
}

function pieces(text, borders) {
  const units = /[\ud800-\udfff]/.test(text) ? Array.from(text) : text;
  const all = [...new Set([0, ...borders, units.length])].filter((at) => at >= 0 && at <= units.length).sort((a, b) => a - b);
  return all.slice(0, -1).map((begin, i) => ({ begin, end: all[i + 1], text: typeof units === "string" ? units.slice(begin, all[i + 1]) : units.slice(begin, all[i + 1]).join("") }));
}

function why(sentences) {
  if (!sentences || !sentences.length) return null;
  return h("details", { class: "why" }, h("summary", null, t("why")), h("ul", null, sentences.map((text) => h("li", null, sentence(text)))));
}

const about = (...parts) => h("p", { class: "meta" }, parts.filter(Boolean).map((part, i) => [i ? " · " : "", part]));
const legendOfDifferences = () => h("p", { class: "legend inline" }, h("del", null, t("legendDel")), " ", h("ins", null, t("legendIns")), " ", h("span", { class: "typo" }, t("legendTypo")));
const missing = () => h("p", { class: "empty" }, t("noText"));

// Two whole texts: a row holds the paragraphs of both sides that share passages, whatever their order and cut.
async function sideBySide(sourceId, articleId) {
  const [source, article] = await Promise.all([record("article", sourceId), record("article", articleId)]);
  if (!source || !article) return [missing()];
  const head = (found, id, label) => h("div", { class: "side-head" }, h("p", { class: "meta" }, label, " · ", found.wire ? t("dispatchOf", { agency: found.agency || "" }) : outletName(found.outlet), " · ", time(found.at, found.precision)), h("p", { class: "side-title" }, link("article", id, headline({ ...found, id }))));
  const groups = groupsOf(article.pairs[sourceId] || []);
  // lines too short for a match (a signature, a sub-heading) that stand in both texts
  const bare = (text) => folded(text).replace(/[^\p{L}\p{N}]+/gu, " ").trim();
  for (const [here, , text] of article.paragraphs) {
    if (!bare(text) || groups.some((group) => group.here.has(here))) continue;
    const twin = source.paragraphs.find(([there, , line]) => bare(line) === bare(text) && !groups.some((group) => group.there.has(there)));
    if (twin) groups.push({ here: new Set([here]), there: new Set([twin[0]]) });
  }
  const line = (found, numbers) => found.paragraphs.filter(([number]) => numbers.has(number)).map(([, , text]) => text).join("\n");
  const counts = { same: 0, deleted: 0, inserted: 0 };
  const rows = [];
  const shown = new Set();
  const used = new Set(groups.flatMap((group) => [...group.there]));
  let nextSource = 0;
  const leftOutBefore = (limit) => {
    for (; nextSource < limit; nextSource++) {
      const [number, , text] = source.paragraphs[nextSource];
      if (!used.has(number)) rows.push(h("div", { class: "pair alone" }, h("div", { class: "left away", lang: source.lang || "fr" }, h("p", null, text)), h("div", { class: "right blank" }, h("p", { class: "soft" }, t("leftOut")))));
    }
  };
  for (const [number, role, text] of article.paragraphs) {
    const group = groups.find((one) => one.here.has(number));
    if (!group) {
      rows.push(h("div", { class: "pair alone" }, h("div", { class: "left blank" }, h("p", { class: "soft" }, Object.hasOwn(NAMES.role, role) ? named("role", role) : t("notFrom"))), h("div", { class: `right away role-${role}`, lang: article.lang || "fr" }, h("p", null, text))));
      continue;
    }
    if (shown.has(group)) continue;
    shown.add(group);
    leftOutBefore(source.paragraphs.findIndex(([place]) => group.there.has(place)));
    const both = compared(line(source, group.there), line(article, group.here));
    for (const key of Object.keys(counts)) counts[key] += both[key];
    rows.push(h("div", { class: "pair" }, h("div", { class: "left", lang: source.lang || "fr" }, h("p", null, both.left)), h("div", { class: "right", lang: article.lang || "fr" }, h("p", null, both.right))));
  }
  leftOutBefore(source.paragraphs.length);
  return [
    h("p", { class: "note" }, t("differences", { same: tn("nWords", counts.same), deleted: tn("nWords", counts.deleted), inserted: tn("nWords", counts.inserted) })),
    h("div", { class: "pair heads" }, head(source, sourceId, t("source")), head(article, articleId, t("carrier"))),
    h("div", { class: "pairs-of-text" }, foldedAway(rows)),
  ];
}

// Four or more rows with one side alone are folded into one line, to be opened by the reader.
function foldedAway(rows) {
  const out = [];
  for (let i = 0; i < rows.length; ) {
    let end = i;
    while (end < rows.length && rows[end].classList.contains("alone")) end++;
    if (end - i >= 4) out.push(h("details", { class: "alone-rows" }, h("summary", null, t("apart", { n: number(end - i) })), rows.slice(i, end)));
    else out.push(...rows.slice(i, Math.max(end, i + 1)));
    i = Math.max(end, i + 1);
  }
  return out;
}

// Pairs of paragraphs -> groups joined by them: what was merged or split stands in one row.
function groupsOf(pairs) {
  const groups = [];
  for (const [here, there] of pairs) {
    const met = groups.filter((group) => group.here.has(here) || group.there.has(there));
    const group = met[0] || { here: new Set(), there: new Set() };
    if (!met.length) groups.push(group);
    for (const other of met.slice(1)) {
      other.here.forEach((number) => group.here.add(number));
      other.there.forEach((number) => group.there.add(number));
      groups.splice(groups.indexOf(other), 1);
    }
    group.here.add(here);
    group.there.add(there);
  }
  return groups;
}

// ------------------------------------------------------------------------------------------------ an article

async function articlePage(id) {
  const found = await record("article", id);
  if (!found) return [title(t("articles")), missing()];
  found.id = id;
  const asSource = await record("source", id);
  const fact = (name, ...value) => h("div", null, h("dt", null, name), h("dd", null, value));
  const best = found.best_wire || found.best_outlet;
  const safe = found.url && /^https?:\/\//i.test(found.url);
  const shares = Object.fromEntries(SHARE_NAMES.map((name) => [name, found[`share_${name}`] || 0]));
  return [
    title(found.title ? prose(found.title, found.lang) : t("untitled"),
      about(found.wire ? t("dispatchOf", { agency: found.agency || "" }) : outletName(found.outlet), found.owner_group, time(found.at, found.precision), tn("nWords", found.n_words), found.url && (safe ? h("a", { href: found.url, rel: "noopener noreferrer external" }, t("original")) : found.url)),
      found.wire ? h("p", { class: "note" }, t("dispatchNote")) : h("p", { class: "lead verdict" }, t("verdict", { found: percent(found.share_found), estimated: percent(found.share_estimated), error: number(100 * HOME.errors[found.derivation || "untold"]) }))),
    h("div", { class: "article-top" },
      sectionOf(t("facts"),
        shareBar(shares),
        h("ul", { class: "legend" }, SHARE_NAMES.filter((name) => shares[name] > 0.004 && name !== "house").map((name) => h("li", null, h("span", { class: `swatch p-${name}` }), named("share", name), " ", h("strong", null, percent(shares[name]))))),
        h("dl", { class: "facts" },
          !found.wire && fact(t("evidence"), named("evidence", found.evidence), found.agency && ` · ${found.agency}`, h("small", null, named("rung", found.evidence))),
          !found.wire && fact(t("derivation"), found.derivation ? named("derivation", found.derivation) : t("derivationUntold")),
          !found.wire && fact(t("credit"), creditTag(found.credit_status), found.credited_agency && ` ${found.credited_agency}`),
          !found.wire && fact(t("probability"), percent(found.p_agency), found.likely_agency ? h("small", null, t("likelyNote", { agency: found.likely_agency })) : found.agency_basis && found.agency_basis !== "none" && h("small", null, named("basis", found.agency_basis))),
          found.best_source && fact(t("bestSource"), link("article", found.best_source, [best, found.best_title].filter(Boolean).join(" – ") || found.best_source), h("small", null, t("gives", { share: percent(found.best_source_share) }), " · ", lag(found.lag_low, found.lag_high))),
          found.best_source && fact(t("sideBySide"), h("a", { href: `#/compare/${encodeURIComponent(found.best_source)}/${encodeURIComponent(id)}` }, t("compareTo", { outlet: best || found.best_source }))),
          asSource && asSource.carriers.length > 0 && fact(t("asSource"), link("source", id, tn("nCarriers", asSource.carriers.length))),
          !found.wire && found.reasons && found.reasons.length > 0 && h("div", { class: "broad" }, h("dt", null, t("reasons")), h("dd", null, h("ul", null, found.reasons.map((text) => h("li", null, sentence(text)))))))),
      !found.wire && found.weights && sectionOf(t("waterfall"), waterfall(named("derivation", found.weights[0]), found.weights[1], named("derivation", found.derivation)))),
    sectionOf(t("painted"), h("p", { class: "note" }, t("paintedNote")), legend(),
      h("div", { class: "painted", lang: found.lang || "fr" }, found.paragraphs.map((paragraph) => paintedParagraph(found, paragraph)))),
  ];
}

function paintedParagraph(article, [number, role, text, spans]) {
  const passages = article.passages.filter((row) => row.paragraph === number).sort((a, b) => a.begin - b.begin || b.end - a.end);
  const mentions = article.mentions.filter((row) => row.paragraph === number && row.begin < row.end);
  const borders = [...spans.flatMap(([begin, end]) => [begin, end]), ...mentions.flatMap((row) => [row.begin, row.end])];
  const body = pieces(text, borders).map((piece) => {
    const kind = spans.find(([begin, end]) => begin <= piece.begin && piece.end <= end)?.[2] || "own";
    const mention = mentions.find((row) => row.begin <= piece.begin && piece.end <= row.end);
    const label = [named("share", kind), mention && t("mention", { kind: named("mention", mention.kind) })].filter(Boolean).join(" – ");
    return h(kind === "own" ? "span" : "mark", { class: `c-${kind}${mention ? " mention" : ""}`, title: label }, piece.text);
  });
  const notes = passages.map((row) => h("li", { class: `n-${row.class}` },
    h("span", { class: "note-class" }, [...new Set([named("share", row.class), named("edit", row.edit)])].filter(Boolean).join(" · ")), " ",
    row.source ? [t("from"), " ", h("a", { href: `#/compare/${encodeURIComponent(row.source)}/${encodeURIComponent(article.id)}`, title: row.title || row.source }, row.wire ? t("dispatchOf", { agency: row.wire }) : row.outlet || row.source), " · ", lag(row.low, row.high)] : t("isSource"),
    " · ", link("passage", row.cluster, t("inPassage")), why(row.why)));
  return h("div", { class: `paragraph role-${role}` },
    h("p", { class: "words" }, Object.hasOwn(NAMES.role, role) && h("span", { class: "role", lang: tag() }, named("role", role)), body),
    notes.length > 0 && h("ul", { class: "margin", lang: tag() }, notes));
}

async function comparePage(sourceId, articleId) {
  const nodes = await sideBySide(sourceId, articleId);
  const [source, article, listed] = await Promise.all([record("article", sourceId), record("article", articleId), record("source", sourceId)]);
  const name = (found, id) => (found?.wire && found.agency) || found?.outlet || id;
  return [
    title(t("besideTitle", { carrier: name(article, articleId), source: name(source, sourceId) }), listed && h("p", null, link("source", sourceId, t("allCarriers")))),
    legendOfDifferences(), h("div", { class: "compare-box" }, nodes),
  ];
}

function lostPage() {
  return [title(t("lost")), h("p", null, h("a", { href: "#/" }, t("home")))];
}
