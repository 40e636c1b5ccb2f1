// What a server adds to the pages from the disk: full text, look-up of a text, Parquet.

const LIVE = Object.hasOwn(document.documentElement.dataset, "live");

async function asked(path, body) {
  const answer = await fetch(path, body === undefined ? {} : { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
  if (answer.ok) return answer;
  const said = await answer.json().then((found) => found.detail, () => null);
  throw new Error(typeof said === "string" ? said : t("noAnswer"));
}

// Ids of the articles whose text holds the words; null where nothing is searched or nobody answers.
async function searchTexts(q, beside) {
  const words = terms(q);
  beside.replaceChildren();
  if (!words.length) return null;
  try {
    if (!LIVE) {
      const held = (await searchedTexts()).filter(([, text]) => words.every((word) => text.includes(word)));
      if (HOME.n_texts < HOME.lists.articles.rows) beside.replaceChildren(t("textsHere", { shown: number(HOME.n_texts), rows: number(HOME.lists.articles.rows) }));
      return new Set(held.map(([id]) => id));
    }
    const found = await (await asked(`api/search?${new URLSearchParams({ q: words.map((word) => `"${word}"`).join(" ") })}`)).json();
    if (found.ids.length < found.total) beside.replaceChildren(t("limited", { shown: number(found.ids.length), rows: number(found.total), file: "paragraphs.parquet" }));
    return new Set(found.ids);
  } catch (error) {
    beside.replaceChildren(error.message);
    return null;
  }
}

// The selection as Parquet: with a server its whole rows, from the disk the columns of the CSV, written by the page.
async function takeParquet(rows) {
  const type = "application/vnd.apache.parquet";
  if (LIVE) return download("articles.parquet", type, await (await asked("api/export", { ids: rows.map((row) => row.id) })).blob());
  const { parquetWriteBuffer } = await charts();
  return download("articles.parquet", type, parquetWriteBuffer({ columnData: asColumns(rows) }));
}

// ------------------------------------------------------------------------------------------------ look-up of a text

function checkPage() {
  const answer = h("div", { class: "answer" });
  const headlineBox = h("input", { id: "title", name: "title", autocomplete: "off" });
  const text = h("textarea", { id: "body", name: "text", rows: "12", required: true, lang: "fr" });
  const go = h("button", { type: "submit" }, t("checkGo"));
  const submit = async (event) => {
    event.preventDefault();
    go.disabled = true;
    answer.replaceChildren(h("p", { role: "status" }, t("loading")));
    try {
      const found = await (await asked(`api/check?language=${tag()}`, { text: text.value, title: headlineBox.value || null })).json();
      answer.replaceChildren(...checked(found).flat(9).filter(Boolean));
      answer.querySelector("h2").focus();
    } catch (error) {
      answer.replaceChildren(h("p", { role: "alert", class: "empty" }, error.message));
    } finally {
      go.disabled = false;
    }
  };
  return [
    title(t("check"), h("p", { class: "note" }, t("checkNote"))),
    h("form", { class: "check", onsubmit: submit }, h("label", null, h("span", null, t("checkTitle")), headlineBox), h("label", null, h("span", null, t("checkText")), text), go),
    answer,
  ];
}

function checked(found) {
  const kinds = { verbatim: "verbatim", edited: "edited", quotation: "quotation", reworded: "background" };
  const at = (one) => (one.published_at ? time(Date.parse(one.published_at) / 1000, one.date_precision) : t("unknown"));
  const who = (one) => (one.is_wire ? t("dispatchOf", { agency: one.agency || "" }) : outletName(one.outlet));
  const painted = found.paragraphs.map((line) => {
    const here = found.passages.map((row, i) => ({ ...row, number: i + 1 })).filter((row) => row.paragraph === line.paragraph);
    return h("p", { class: "words" }, pieces(line.text, here.flatMap((row) => [row.begin, row.end])).map((piece) => {
      const row = here.find((one) => one.begin <= piece.begin && piece.end <= one.end);
      return row ? h("mark", { class: `c-${kinds[row.kind]}` }, piece.text, piece.end === row.end && h("sup", null, h("button", { type: "button", class: "go", "aria-label": `${t("passage")} ${row.number}`, onclick: () => document.getElementById(`known-${row.number}`).scrollIntoView() }, row.number))) : h("span", null, piece.text);
    }));
  });
  const sources = (row) => {
    const seen = new Set();
    return row.sources.filter((one) => !seen.has(one.article_id) && seen.add(one.article_id));
  };
  const known = found.passages.map((row, i) => {
    const [first, ...others] = sources(row);
    const side = (part, mark) => first.differences.map((piece) => (piece.kind === "same" ? piece[part] : piece[part] ? h(mark, null, piece[part]) : ""));
    return h("section", { class: "known", id: `known-${i + 1}` },
      h("h3", null, `${t("passage")} ${i + 1} · ${tn("nWords", row.n_words)} · ${row.kind === "reworded" ? t("reworded") : named("share", row.kind)}`, row.evidence !== "none" && ` · ${[row.agency, named("evidence", row.evidence)].filter(Boolean).join(", ")}`),
      h("p", { class: "meta" }, who(first), " · ", link("article", first.article_id, headline({ ...first, id: first.article_id })), " · ", at(first), row.cluster_id && [" · ", link("passage", row.cluster_id, t("whoPrints"))]),
      h("div", { class: "pair" }, h("div", { class: "left", lang: "fr" }, h("p", null, side("source", "del"))), h("div", { class: "right", lang: "fr" }, h("p", null, side("text", "ins")))),
      others.length > 0 && h("p", { class: "meta" }, t("alsoIn"), " ", others.map((one, j) => [j ? "; " : "", who(one), " – ", link("article", one.article_id, headline({ ...one, id: one.article_id })), ` (${at(one)})`])));
  });
  return [
    h("h2", { tabindex: "-1" }, t("checkAnswer", { share: percent(found.share_known), words: tn("nWords", found.n_words) })),
    h("ul", null, found.reasons.map((reason) => h("li", null, reason)), h("li", null, t("credit"), t("colon"), named("credit", found.credit_status), found.credited_agency ? ` (${found.credited_agency})` : "")),
    h("div", { class: "painted", lang: "fr" }, painted),
    known.length ? known : h("p", { class: "empty" }, t("nothingKnown")),
    h("p", { class: "note" }, t("checkProof")),
  ];
}
