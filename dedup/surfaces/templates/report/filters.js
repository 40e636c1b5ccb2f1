// What the lists can be asked for: every answer stands in the address, so that a selection can be sent and cited.

const ALL = ["all", "all", () => true];
const choices = (kind, of) => [ALL, ...Object.keys(NAMES[kind]).map((name) => [name, () => named(kind, name), of(name)])];

// The rungs of evidence as a filter; the two upper ones are also asked for together.
function rungs() {
  return [ALL, ["found", "evidenceFound", (row) => row.evidence === "dispatch" || row.evidence === "attested"],
    ...choices("evidence", (rung) => (row) => row.evidence === rung).slice(1)];
}

// A filter is a choice (options), a menu of the values of a column (facet), or a bound (input, within).
const KINDS = {
  sources: [["carried", "kindCarried", (row) => row.outlets > 0 || row.articles > 0], ["wire", "kindWire", (row) => row.wire], ["nowire", "kindNoWire", (row) => !row.wire], ["all", "kindAll", () => true]],
  passages: [...[["prose", "kindProse"], ["quotation", "kindQuotation"], ["background", "kindBackground"], ["boilerplate", "kindBoilerplate"]].map(([kind, said]) => [kind, said, (row) => row.kind === kind]), ["all", "kindAll", () => true]],
  articles: [["outlets", "articles", (row) => !row.wire], ["wire", "kindWire", (row) => row.wire], ["all", "kindAll", () => true]],
};
const since = { key: "from", name: "since", input: "date", within: (row, day) => row.day !== null && row.day >= day, sql: (day) => `cast(p.published_at at time zone 'Europe/Paris' as date) >= '${day}'` };
const until = { key: "to", name: "until", input: "date", within: (row, day) => row.day !== null && row.day <= day, sql: (day) => `cast(p.published_at at time zone 'Europe/Paris' as date) <= '${day}'` };
const quoted = (text) => `'${text.replaceAll("'", "''")}'`;
const same = (column) => (value) => `${column} = ${quoted(value)}`;

const FILTERS = {
  sources: [
    { key: "kind", name: "kind", standard: "carried", options: KINDS.sources },
    { key: "agency", name: "agency", facet: "agency", of: (row) => row.agency },
    since, until,
    { key: "kept", name: "keptLeast", input: "percent" },
    { key: "part", name: "partLeast", input: "percent" },
  ],
  passages: [
    { key: "kind", name: "kind", standard: "prose", options: KINDS.passages },
    { key: "evidence", name: "evidence", standard: "all", options: rungs() },
    { key: "origin", name: "origin", standard: "all", options: choices("origin", (origin) => (row) => row.origin === origin) },
    { key: "agency", name: "agency", facet: "agency", of: (row) => row.agency },
  ],
  articles: [
    { key: "outlet", name: "outlet", facet: "outlet", of: (row) => row.outlet, sql: same("p.outlet") },
    { key: "evidence", name: "evidence", standard: "all", options: rungs(), sql: (rung) => (rung === "found" ? "p.evidence in ('dispatch', 'attested')" : same("p.evidence")(rung)) },
    { key: "credit", name: "creditFilter", standard: "all", sql: (credit) => (credit === "claim" ? `p.evidence in ('dispatch', 'attested') and p.share_found >= ${HOME.claimed} and p.agency is not null and p.credit_status not in ('credited_full', 'credited_partial', 'in_text_only')` : same("p.credit_status")(credit)),
      options: [ALL, ["claim", "creditClaim", (row) => row.silent], ...choices("credit", (credit) => (row) => row.credit === credit).slice(1)] },
    { key: "agency", name: "agency", facet: "agency", of: (row) => row.agency || row.likely, sql: (agency) => `coalesce(p.agency, p.likely_agency) = ${quoted(agency)}` },
    since, until,
    { key: "kind", name: "kind", standard: "outlets", more: true, options: KINDS.articles, sql: (kind) => (kind === "wire" ? "p.is_wire" : null) },
    { key: "owner", name: "owner", more: true, facet: "owner", of: (row) => row.owner, sql: same("p.owner_group") },
    { key: "country", name: "country", more: true, facet: "country", of: (row) => row.country, sql: same("a.country") },
    { key: "edit", name: "edit", standard: "all", more: true, options: choices("edit", (edit) => (row) => row.edits !== null && row.edits.split(" ").includes(edit)),
      sql: (edit) => `p.article_id in (select article_id from 'provenance.parquet' where share_class in ('verbatim', 'edited') and edit_class = ${quoted(edit)})` },
    { key: "derivation", name: "derivationFilter", standard: "all", more: true, sql: (kind) => (kind === "untold" ? "p.derivation is null" : same("p.derivation")(kind)),
      options: [...choices("derivation", (kind) => (row) => row.derivation === kind), ["untold", "derivationUntold", (row) => row.derivation === null && !row.wire]] },
    { key: "least", name: "shareLeast", more: true, input: "percent", within: (row, n) => row.share !== null && row.share >= n / 100, sql: (n) => `p.share_found >= ${n / 100}` },
    { key: "most", name: "shareMost", more: true, input: "percent", within: (row, n) => row.share !== null && row.share <= n / 100, sql: (n) => `p.share_found <= ${n / 100}` },
  ],
};

const isSet = (filter, query) => Boolean(query.get(filter.key)) && query.get(filter.key) !== filter.standard;

// The tests of a list's filters as the address asks for them; a bound that is no day and no number asks for nothing.
function testsOf(name, query) {
  return FILTERS[name].map((filter) => {
    const asked = query.get(filter.key) || filter.standard;
    if (filter.options) return (filter.options.find(([value]) => value === asked) || filter.options[0])[2];
    if (!asked) return null;
    if (filter.facet) return (row) => filter.of(row) === asked;
    if (!filter.within) return null;
    const bound = filter.input === "percent" ? Number(asked) : asked;
    return Number.isNaN(bound) ? null : (row) => filter.within(row, bound);
  }).filter(Boolean);
}

// ------------------------------------------------------------------------------------------------ who carried what

// What can be asked of the carriers: their source, who printed first, how late, and from what share they count.
const EDGE_KEYS = ["source", "giver", "lag", "kept", "part", "text"];

function edgeTest(query) {
  const [kept, part] = ["kept", "part"].map((key) => (Number(query.get(key)) || 0) / 100);
  const bin = query.get("lag") && LAGS.find(([name]) => name === query.get("lag"));
  const [source, giver, text] = ["source", "giver", "text"].map((key) => query.get(key));
  return (edge) => edge.kept >= kept && edge.part >= part && (!source || edge.source === source) && (!giver || edge.giver === giver)
    && (!bin || bin[1](edge)) && (text !== "own" || (!edge.wire && !edge.found)) && (text !== "wire" || edge.wire);
}

const within = (low, high) => (edge) => edge.low !== null && edge.high !== null && edge.low >= low && edge.high <= high && (edge.high > low || low === 0);
const LAGS = [
  ["before", (edge) => edge.high !== null && edge.high < 0], ["10m", within(0, 600)], ["30m", within(600, 1800)], ["1h", within(1800, 3600)],
  ["2h", within(3600, 7200)], ["6h", within(7200, 21600)], ["24h", within(21600, 86400)], ["3d", within(86400, 259200)], ["later", within(259200, Infinity)],
  ["days", (edge) => edge.high !== null && edge.high >= 0 && edge.low < edge.high && edge.low >= -172800 && edge.high <= 172800 && !LAGS.slice(0, 9).some(([, test]) => test(edge))],
  ["unsure", (edge) => !LAGS.slice(0, 10).some(([, test]) => test(edge))],
];

// ------------------------------------------------------------------------------------------------ the controls

function control(filter, query, set) {
  const asked = query.get(filter.key) || filter.standard || "";
  const change = (event) => set(filter.key, event.target.value, filter.standard);
  const label = (...inner) => h("label", { class: `f-${filter.key}` }, h("span", null, t(filter.name)), inner);
  if (filter.input === "date") return label(h("input", { type: "date", name: filter.key, value: asked, onchange: change }));
  if (filter.input === "percent") return label(h("input", { type: "number", name: filter.key, min: "0", max: "100", step: "5", value: asked, placeholder: "%", inputmode: "numeric", onchange: change }));
  const options = filter.facet
    ? [h("option", { value: "" }, t("all")), HOME.facets[filter.facet].map((value) => h("option", { value, selected: value === asked }, value))]
    : filter.options.map(([value, said]) => h("option", { value, selected: value === asked }, typeof said === "function" ? said() : t(said)));
  return label(h("select", { name: filter.key, onchange: change }, options));
}

function controls(name, query, set) {
  const offered = FILTERS[name].filter((filter) => !filter.facet || HOME.facets[filter.facet].length > 1 || isSet(filter, query));
  const [first, more] = [offered.filter((filter) => !filter.more), offered.filter((filter) => filter.more)];
  const shown = (filters) => filters.map((filter) => control(filter, query, set));
  return [shown(first), more.length > 0 && h("details", { class: "more", open: more.some((filter) => isSet(filter, query)) }, h("summary", null, t("moreFilters")), h("div", { class: "filters" }, shown(more)))];
}

// What is asked, in words; each with a button that takes it away.
function chips(name, query, set, about = {}) {
  const said = (filter) => {
    const asked = query.get(filter.key);
    const option = filter.options?.find(([value]) => value === asked);
    const value = option ? (typeof option[1] === "function" ? option[1]() : t(option[1])) : filter.input === "percent" ? `${asked}\u00a0%` : filter.input === "date" && Date.parse(asked) ? dayRange(asked, asked) : asked;
    return [filter.key, t("chip", { name: t(filter.name), value })];
  };
  const edges = name !== "articles" ? [] : EDGE_KEYS.filter((key) => query.get(key)).map((key) => {
    const value = key === "lag" ? named("lag", query.get(key)) : key === "source" ? about.source || query.get(key) : key === "text" ? named("network", query.get(key)) : key === "giver" ? query.get(key) : `${query.get(key)}\u00a0%`;
    return [key, t("chip", { name: t({ source: "carriersOf", giver: "firstAt", lag: "lag", kept: "keptLeast", part: "partLeast", text: "networkOf" }[key]), value })];
  });
  const all = [...FILTERS[name].filter((filter) => isSet(filter, query)).map(said), ...edges];
  if (!all.length) return null;
  return h("ul", { class: "chips", "aria-label": t("asked") }, all.map(([key, text]) => h("li", null, h("button", { type: "button", "data-drop": key, "aria-label": t("drop", { text }), onclick: () => set(key, "") }, text, h("span", { "aria-hidden": "true" }, " ×")))));
}

// ------------------------------------------------------------------------------------------------ what can be taken along

// A file made by the page itself.
function download(name, type, text) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const go = h("a", { href: address, download: name });
  document.body.append(go);
  go.click();
  go.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

// A moment as far as it is known: "2025-03-12T08:15Z", "2025-03-12", "2025-03".
function written(row) {
  if (row.at === null) return "";
  if (row.precision === "second" || row.precision === "minute") return new Date(row.at * 1000).toISOString().replace(/:00\.000Z$/, "Z").replace(".000Z", "Z");
  return row.precision === "month" ? new Date((row.at + 43_200) * 1000).toISOString().slice(0, 7) : row.day || "";
}

const EXPORTED = {
  article_id: "id", title: "title", outlet: "outlet", owner_group: "owner", country: "country", published_at: written, date_precision: "precision", url: "url", n_words: "words",
  evidence: "evidence", share_found: "share", share_estimated: "estimated", agency: "agency", likely_agency: "likely", p_agency: "p", derivation: "derivation", credit_status: "credit",
  found_without_credit: "silent", edit_classes: "edits", lag_low: "low", lag_high: "high",
};

// Comma-separated; a text that a spreadsheet would run as a formula begins with an apostrophe.
function asCsv(rows) {
  const cell = (value) => {
    if (value === null || value === undefined) return "";
    const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const line = (row) => Object.values(EXPORTED).map((of) => cell(typeof of === "function" ? of(row) : row[of])).join(",");
  return `\ufeff${[Object.keys(EXPORTED).join(","), ...rows.map(line)].join("\r\n")}\r\n`;
}

// The same columns for Parquet: name, values, type.
function asColumns(rows) {
  const types = { boolean: "BOOLEAN", number: "DOUBLE" };
  return Object.entries(EXPORTED).map(([name, of]) => {
    const data = rows.map((row) => (typeof of === "function" ? of(row) : row[of]) ?? null);
    return { name, data, type: types[typeof data.find((value) => value !== null)] || "STRING", nullable: true };
  });
}

function asCitations(rows) {
  const one = (row) => [
    [row.outlet || t("nobody"), row.title && t("titled", { title: row.title }), time(row.at, row.precision), row.url].filter(Boolean).join(", ") + ".",
    row.wire ? t("dispatchOf", { agency: row.agency || "" }) : t("cited", { share: percent(row.share), evidence: named("evidence", row.evidence), agency: row.agency ? ` (${row.agency})` : "" }),
    `[${row.id}]`,
  ].join(" ");
  return `${t("citedBy", { version: HOME.run.manifest?.dedup || "", run: HOME.run.manifest?.run_id || "", date: dayName(new Date().toISOString().slice(0, 10), true), asked: location.hash })}\n\n${rows.map(one).join("\n")}\n`;
}

function asQuery(query) {
  const asked = FILTERS.articles.filter((filter) => filter.sql && isSet(filter, query)).map((filter) => filter.sql(query.get(filter.key)));
  if (!["wire", "all"].includes(query.get("kind"))) asked.unshift("not p.is_wire");
  const words = terms(query.get("q") || "");
  const all = (test) => words.map((word) => test(`contains(words, ${quoted(word)})`)).join(" and ");
  const holding = words.length > 0 && `p.article_id in (
    select article_id from (
      select article_id, folded(text) as words from 'paragraphs.parquet'
      union all select article_id, folded(title) from 'articles.parquet'
    ) group by article_id having ${all((test) => `bool_or(${test})`)}
    union select article_id from (
      select article_id, folded(concat_ws(' ', title, outlet, agency, article_id)) as words from 'article_provenance.parquet'
    ) where ${all((test) => test)})`;
  const where = [...asked, holding].filter(Boolean);
  const folding = words.length ? `
create or replace temp macro folded(a) as replace(replace(replace(replace(
  strip_accents(lower(translate(a, chr(160) || chr(8239), '  '))), 'œ', 'oe'), 'æ', 'ae'), '’', ''''), 'ʼ', '''');` : "";
  return `import duckdb

duckdb.sql(r"""${folding}
select p.*, a.country
from 'article_provenance.parquet' p join 'articles.parquet' a using (article_id)
${where.length ? `where ${where.join("\n  and ")}` : ""}
order by p.share_found desc, p.article_id
""").df()`;
}

// Buttons over a list of articles; `chosen()` gives its rows as they are filtered and sorted.
function takeAlong(query, chosen) {
  const box = h("pre", { class: "query", hidden: true, tabindex: "0" });
  const button = (key, onclick, attributes) => h("button", { type: "button", "data-take": key, onclick, ...attributes }, t(key));
  return h("div", { class: "take", role: "group", "aria-label": t("take") }, h("span", null, t("take")),
    button("takeCsv", () => download("articles.csv", "text/csv;charset=utf-8", asCsv(chosen()))),
    button("takeParquet", () => takeParquet(chosen())),
    button("takeCitations", () => download("articles.txt", "text/plain;charset=utf-8", asCitations(chosen()))),
    button("takeQuery", (event) => {
      box.hidden = !box.hidden;
      box.textContent = asQuery(query);
      event.currentTarget.setAttribute("aria-expanded", String(!box.hidden));
    }, { "aria-expanded": "false" }),
    h("button", { type: "button", "data-take": "print", onclick: () => print() }, t("takePrint")), box);
}
