// The pictures, drawn by Observable Plot; each stands over a table with the same figures, whose numbers lead to articles.

const CHARTS = "assets/charts.min.js";
let library = null;

// The library is loaded when the first picture needs it; without it the tables say the same.
function charts() {
  library ??= new Promise((resolve, reject) => {
    const script = h("script", { src: CHARTS });
    script.nonce = NONCE;
    script.onload = () => resolve(window.Charts);
    script.onerror = () => reject(new Error(t("failed", { file: CHARTS })));
    document.head.append(script);
  });
  return library;
}

// `draw(Charts, width)` -> SVG, drawn again when the width changes; under it the figures as a table.
function picture(name, draw, figures, note) {
  const box = h("div", { class: "chart" });
  const table = figures && h("details", { class: "figures" }, h("summary", null, t("asTable")), figures);
  let width = 0;
  const redraw = async () => {
    try {
      const drawn = draw(await charts(), width);
      for (const style of drawn.querySelectorAll("style")) style.remove(); // its rules stand in our sheet: no style without the nonce
      for (const mark of drawn.querySelectorAll("[aria-label]")) { // the name of a mark is a class here: the picture has one name
        mark.setAttribute("class", `m-${mark.getAttribute("aria-label").split(" ")[0]}`);
        mark.removeAttribute("aria-label");
      }
      for (const anchor of drawn.querySelectorAll("a")) pointed(anchor);
      for (const [key, value] of Object.entries({ role: "img", "aria-label": name })) drawn.setAttribute(key, value);
      box.replaceChildren(drawn);
    } catch (error) {
      box.replaceChildren(h("p", { class: "empty" }, error.message));
      if (table) table.open = true;
    }
  };
  new ResizeObserver(() => {
    const now = Math.floor(box.clientWidth);
    if (now && now !== width) {
      width = now;
      redraw();
    }
  }).observe(box);
  return h("figure", null, box, note && h("figcaption", null, note), table);
}

// A link inside a picture is for the mouse; the table below has the same link for everybody.
function pointed(anchor) {
  const address = anchor.getAttribute("href") || anchor.getAttributeNS("http://www.w3.org/1999/xlink", "href");
  const group = svg("g", { class: "go" }, [...anchor.childNodes]);
  group.addEventListener("click", () => (location.hash = address));
  anchor.replaceWith(group);
}

// A label of an axis in so many pixels.
const short = (name, pixels) => (name.length > pixels / 7 ? `${name.slice(0, Math.floor(pixels / 7) - 1)}…` : name);
const frame = (width, height, margins) => ({ width, height, marginTop: 12, marginRight: 12, ...margins, style: { background: "none", color: "inherit", fontFamily: "inherit", fontSize: "12px", overflow: "visible" } });
const keys = (entries) => h("ul", { class: "legend" }, entries.map(([label, colour]) => h("li", null, h("span", { class: "swatch", vars: { background: colour } }), label)));
const SERIES = ["var(--s1)", "var(--s2)", "var(--s3)", "var(--s4)", "var(--s5)", "var(--s6)", "var(--s7)", "var(--s8)"];
const REST = "var(--bar)";

// ------------------------------------------------------------------------------------------------ articles by day

const KIND_OF = { dispatch: "found", attested: "found", credited: "credited", suspected: "suspected", none: "nothing" };
const KIND_COLOURS = { found: "var(--accent)", credited: "var(--s2)", suspected: "var(--s4)", nothing: REST };
const BULK = 0.95; // share of the articles whose days are shown first: one stray date must not flatten all others
const MOST_BARS = 75;

// The shortest run of days that holds most articles, and how many lie outside; all days when that leaves little out.
function bulkOf(timeline) {
  const perDay = new Map();
  for (const [day, , , n] of timeline) perDay.set(day, (perDay.get(day) || 0) + n);
  const days = [...perDay.keys()].sort();
  const total = [...perDay.values()].reduce((sum, n) => sum + n, 0);
  const length = (one, two) => (Date.parse(two) - Date.parse(one)) / 864e5 + 1;
  const all = [days[0], days.at(-1)];
  let [first, last] = all;
  for (let begin = 0, end = 0, held = 0; begin < days.length; held -= perDay.get(days[begin++])) {
    while (end < days.length && held < total * BULK) held += perDay.get(days[end++]);
    if (held < total * BULK) break;
    if (length(days[begin], days[end - 1]) < length(first, last)) [first, last] = [days[begin], days[end - 1]];
  }
  if (days.length && 2 * length(first, last) > length(...all)) [first, last] = all;
  let outside = 0;
  for (const [day, n] of perDay) if (day < first || day > last) outside += n;
  return { first, last, all, outside };
}

function addDays(day, n) {
  return new Date(Date.parse(day) + n * 864e5).toISOString().slice(0, 10);
}

function timelinePicture(query, redo) {
  const bulk = bulkOf(HOME.timeline);
  const whole = query.get("days") === "all";
  const [first, last] = whole ? bulk.all : [bulk.first, bulk.last];
  const shown = HOME.timeline.filter(([day]) => day >= first && day <= last);
  const byAgency = query.get("by") === "agency";
  const length = (Date.parse(last) - Date.parse(first)) / 864e5 + 1;
  const step = [1, 7, 14, 28, 91, 182, 364, 1820].find((days) => length / days <= MOST_BARS) || 3640; // days a bar
  const starts = Array.from({ length: Math.ceil(length / step) }, (_, i) => addDays(first, i * step));
  const barOf = (day) => starts[Math.floor((Date.parse(day) - Date.parse(first)) / 864e5 / step)];
  const totals = new Map();
  for (const [, agency, rung, n] of shown) if (rung !== "none" && agency) totals.set(agency, (totals.get(agency) || 0) + n);
  const agencies = [...totals.keys()].sort((a, b) => totals.get(b) - totals.get(a) || (a < b ? -1 : 1)).slice(0, 6);
  const kindOf = byAgency ? (agency, rung) => (rung === "none" ? "nothing" : agencies.includes(agency) ? agency : "others") : (agency, rung) => KIND_OF[rung] || "nothing";
  const kinds = byAgency ? [...agencies, "others", "nothing"] : Object.keys(KIND_COLOURS);
  const colours = byAgency ? [...agencies.map((_, i) => SERIES[i]), SERIES[7], REST] : Object.values(KIND_COLOURS);
  const said = (kind) => (agencies.includes(kind) && byAgency ? kind : named("found", kind));
  const sums = new Map();
  for (const [day, agency, rung, n] of shown) {
    const key = JSON.stringify([barOf(day), kindOf(agency, rung)]);
    sums.set(key, (sums.get(key) || 0) + n);
  }
  const data = starts.flatMap((start) => kinds.map((kind) => ({ start, kind, n: sums.get(JSON.stringify([start, kind])) || 0 }))).filter((row) => row.n);
  const asked = ({ start, kind }) => {
    const found = { found: "found", credited: "credited", suspected: "suspected", nothing: "none" }[kind];
    return { from: start, to: addDays(start, step - 1), ...(found ? { evidence: found } : kind === "others" ? {} : { agency: kind }) };
  };
  const label = (start) => (step === 1 ? dayName(start, false) : dayRange(start, addDays(start, step - 1)));
  const toggle = (key, value, text) => h("button", { type: "button", "data-timeline": `${key}=${value}`, "aria-pressed": String((query.get(key) || "") === value), onclick: () => redo(key, value) }, text);
  const rows = starts.map((start) => [start, kinds.map((kind) => data.find((row) => row.start === start && row.kind === kind)?.n || 0)]).filter(([, counts]) => counts.some(Boolean));
  return h("div", { class: "timeline" },
    h("div", { class: "switch", role: "group", "aria-label": t("splitBy") }, toggle("by", "", t("byEvidence")), toggle("by", "agency", t("byAgency")),
      bulk.outside > 0 && [toggle("days", "", t("daysBulk")), toggle("days", "all", t("daysAll"))]),
    keys(kinds.map((kind, i) => [said(kind), colours[i]])),
    picture(t("perDay"), (Charts, width) => Charts.plot({
      ...frame(width, 220, { marginBottom: 30, marginLeft: 40 }),
      x: { type: "band", domain: starts, tickFormat: (start) => dayName(start, false), ticks: [], label: null, padding: starts.length > 40 ? 0.1 : 0.25 },
      y: { label: null, grid: true, tickFormat: (n) => number(n), ticks: 4 },
      color: { type: "ordinal", domain: kinds, range: colours },
      marks: [
        Charts.axisX(starts.filter((_, i) => i % Math.ceil(starts.length / Math.max(2, Math.floor(width / 90))) === 0), { x: (start) => start, tickFormat: (start) => (length > 400 ? monthName(start) : dayName(start, false)), tickSize: 3, label: null }),
        Charts.barY(data, { x: "start", y: "n", fill: "kind", order: kinds, title: (row) => `${label(row.start)} – ${said(row.kind)} – ${tn("nArticles", row.n)}`, href: (row) => `#/articles?${new URLSearchParams(asked(row))}` }),
        Charts.ruleY([0]),
      ],
    }), table(t("perDay"), [{ name: t("date") }, ...kinds.map((kind) => ({ name: said(kind), class: "num" }))],
      rows.map(([start, counts]) => h("tr", null, h("th", { scope: "row" }, label(start)), counts.map((n, i) => h("td", { class: "num" }, kinds[i] === "others" ? number(n) : counted(n, asked({ start, kind: kinds[i] }))))))),
    t("perDayNote") + (bulk.outside && !whole ? ` ${t("outside", { n: tn("nArticles", bulk.outside) })}` : "")));
}

// ------------------------------------------------------------------------------------------------ the spread of a dispatch

const TICKS = [-30 * 86400, -7 * 86400, -86400, -6 * 3600, -3600, -600, 0, 600, 3600, 6 * 3600, 86400, 3 * 86400, 7 * 86400, 30 * 86400, 365 * 86400];
const DRAWN = 40;
const isCredited = (credit) => credit === "credited_full" || credit === "credited_partial";

// One line a carrier: a dot at its lag, or a bar from the least to the greatest possible one; the table stands below.
function spreadPicture(rows) {
  const known = rows.filter((row) => row.low !== null && row.low !== undefined && row.high !== null);
  if (!known.length) return null;
  const drawn = known.slice(0, DRAWN).map((row, i) => ({ ...row, line: String(i) }));
  const [least, most] = [Math.min(0, ...drawn.map((row) => row.low)), Math.max(3600, ...drawn.map((row) => row.high))];
  const told = (row) => `${row.outlet || t("nobody")} – ${lag(row.low, row.high)} – ${named("credit", row.credit)}`;
  const colour = (row) => (isCredited(row.credit) ? "var(--good)" : "var(--bare)");
  const scale = (seconds) => Math.sign(seconds) * Math.log1p(Math.abs(seconds) / 600);
  return picture(t("spreadLabel", { n: number(drawn.length) }), (Charts, width) => {
    const labels = Math.min(180, width * 0.34);
    const place = (seconds) => ((scale(seconds) - scale(least)) / (scale(most) - scale(least))) * (width - labels - 24);
    let at = -99;
    const ticks = TICKS.filter((tick) => tick >= least && tick <= most && (tick === 0 || Math.abs(place(tick) - place(0)) > 34)).filter((tick) => place(tick) - at > 44 && ((at = place(tick)), true));
    return Charts.plot({
      ...frame(width, drawn.length * 22 + 44, { marginLeft: labels, marginBottom: 28 }),
      x: { type: "linear", domain: [scale(least), scale(most)], axis: null },
      y: { type: "band", domain: drawn.map((row) => row.line), axis: null },
      marks: [
        Charts.ruleX(ticks, { x: scale, stroke: "var(--rule)" }),
        Charts.axisX(ticks.map(scale), { ticks: ticks.map(scale), tickFormat: (_, i) => (ticks[i] ? `${ticks[i] < 0 ? "−" : "+"}${duration(ticks[i])}` : "0"), tickSize: 0, label: null }),
        Charts.axisY(drawn.map((row) => row.line), { tickFormat: (line) => short(drawn[Number(line)].outlet || t("nobody"), labels), tickSize: 0, label: null }),
        Charts.link(drawn.filter((row) => row.high > row.low), { x1: (row) => scale(row.low), x2: (row) => scale(row.high), y: "line", stroke: colour, strokeWidth: 7, strokeLinecap: "round", strokeOpacity: 0.55, title: told }),
        Charts.dot(drawn.filter((row) => row.high === row.low), { x: (row) => scale(row.low), y: "line", r: 5, fill: (row) => (isCredited(row.credit) ? "var(--good)" : "var(--paper)"), stroke: colour, strokeWidth: 2, title: told }),
      ],
      color: { type: "identity" },
    });
  }, null, t("spreadNote") + (known.length > DRAWN ? ` ${t("spreadMore", { n: DRAWN })}` : ""));
}

// ------------------------------------------------------------------------------------------------ the lags of all carriers

function lagsPicture(edges, query) {
  const test = edgeTest(new URLSearchParams(threshold(query)));
  const wires = edges.filter((edge) => edge.wire && test(edge));
  const bins = LAGS.map(([name, belongs]) => ({ name, n: new Set(wires.filter(belongs).map((edge) => edge.id)).size }));
  const asked = (name) => ({ text: "wire", lag: name, ...threshold(query) });
  return picture(t("lags"), (Charts, width) => Charts.plot({
    ...frame(width, 30 * bins.length + 20, { marginLeft: Math.min(190, width * 0.4), marginRight: 44 }),
    x: { axis: null }, y: { type: "band", domain: bins.map((bin) => bin.name), label: null, tickFormat: (name) => short(named("lag", name), Math.min(190, width * 0.4)), tickSize: 0 },
    marks: [
      Charts.barX(bins, { y: "name", x: "n", fill: (bin) => (bin.name === "unsure" ? REST : "var(--accent)"), title: (bin) => `${named("lag", bin.name)} – ${tn("nArticles", bin.n)}`, href: (bin) => `#/articles?${new URLSearchParams(asked(bin.name))}` }),
      Charts.text(bins, { y: "name", x: "n", text: (bin) => number(bin.n), dx: 6, textAnchor: "start" }),
    ],
    color: { type: "identity" },
  }), table(t("lags"), [{ name: t("lag") }, { name: t("articles"), class: "num" }], bins.map((bin) => h("tr", null, h("th", { scope: "row" }, named("lag", bin.name)), h("td", { class: "num" }, counted(bin.n, asked(bin.name))))), { class: "small" }), t("lagsNote"));
}

// ------------------------------------------------------------------------------------------------ shares by outlet

const MOST_SHARES = 40;

function sharesPicture(rows) {
  const shown = rows.filter((row) => row.share_found !== null).slice(0, MOST_SHARES);
  if (!shown.length) return null;
  const kinds = ["found", "estimated", "rest"];
  const colours = ["var(--accent)", "var(--s4)", REST];
  const data = shown.flatMap((row) => {
    const estimated = Math.max(row.share_estimated ?? 0, row.share_found);
    return [row.share_found, estimated - row.share_found, 1 - estimated].map((share, i) => ({ outlet: row.outlet, kind: kinds[i], share }));
  });
  return [keys(kinds.map((kind, i) => [named("part", kind), colours[i]])),
    picture(t("sharesByOutlet"), (Charts, width) => Charts.plot({
      ...frame(width, 22 * shown.length + 34, { marginLeft: Math.min(190, width * 0.4), marginBottom: 24 }),
      x: { domain: [0, 1], label: null, tickFormat: percent, ticks: 4 },
      y: { type: "band", domain: shown.map((row) => row.outlet), label: null, tickFormat: (name) => short(name, Math.min(190, width * 0.4)), tickSize: 0 },
      color: { type: "ordinal", domain: kinds, range: colours },
      marks: [Charts.barX(data, { y: "outlet", x: "share", fill: "kind", order: kinds, title: (row) => `${row.outlet} – ${named("part", row.kind)} – ${percent(row.share)}`, href: (row) => `#/articles?${new URLSearchParams({ outlet: row.outlet, ...(row.kind === "found" ? { evidence: "found" } : {}) })}` })],
    }), null, t("sharesByOutletNote"))];
}

// ------------------------------------------------------------------------------------------------ who has shared texts first

const MOST_NODES = 36;
const MOST_LINKS = 200;
const LAYOUT_TURNS = 240;

// Carriers -> pairs [giver, outlet, articles, of them in unknown order, one owner], the greatest first.
function pairsOf(edges) {
  const pairs = new Map();
  for (const edge of edges) {
    if (!edge.giver || !edge.outlet || edge.giver === edge.outlet) continue;
    const key = JSON.stringify([edge.giver, edge.outlet]);
    if (!pairs.has(key)) pairs.set(key, { from: edge.giver, to: edge.outlet, ids: new Set(), unsure: new Set(), owner: !edge.wire && edge.giver_owner === edge.owner });
    const pair = pairs.get(key);
    pair.ids.add(edge.id);
    if (edge.low === null || edge.high === null || (edge.low < 0 && edge.high >= 0)) pair.unsure.add(edge.id);
  }
  return [...pairs.values()].map((pair) => ({ ...pair, n: pair.ids.size, unsure: pair.unsure.size }))
    .sort((a, b) => b.n - a.n || (a.from + a.to < b.from + b.to ? -1 : 1));
}

function networkPicture(edges, query, redo) {
  const asked = new URLSearchParams({ ...threshold(query), ...(query.get("text") ? { text: query.get("text") } : {}) });
  const pairs = pairsOf(edges.filter(edgeTest(asked)));
  const weight = new Map();
  for (const pair of pairs) for (const name of [pair.from, pair.to]) weight.set(name, (weight.get(name) || 0) + pair.n);
  const names = [...weight.keys()].sort((a, b) => weight.get(b) - weight.get(a) || (a < b ? -1 : 1)).slice(0, MOST_NODES);
  const drawn = pairs.filter((pair) => names.includes(pair.from) && names.includes(pair.to)).slice(0, MOST_LINKS);
  const owners = new Map(edges.flatMap((edge) => [[edge.giver, edge.giver_owner], [edge.outlet, edge.owner]]));
  const wires = new Set(edges.filter((edge) => edge.wire).map((edge) => edge.giver));
  const ofOwner = Map.groupBy(names.filter((name) => !wires.has(name)), (name) => owners.get(name));
  const groups = [...ofOwner.keys()].filter((owner) => ofOwner.get(owner).length > 1).slice(0, 7);
  const colour = (name) => (wires.has(name) ? "var(--ink)" : groups.includes(owners.get(name)) ? SERIES[groups.indexOf(owners.get(name))] : REST);
  const leads = (pair) => ({ giver: pair.from, outlet: pair.to, ...Object.fromEntries(asked) });
  const toggle = (value) => h("button", { type: "button", "data-network": value, "aria-pressed": String((query.get("text") || "") === value), onclick: () => redo("text", value) }, named("network", value || "all"));
  return h("div", { class: "network" },
    h("div", { class: "switch", role: "group", "aria-label": t("networkOf") }, ["", "wire", "own"].map(toggle)),
    !drawn.length ? h("p", { class: "empty" }, t("nothing")) : [
      keys([[t("agency"), "var(--ink)"], ...groups.map((owner, i) => [owner, SERIES[i]]), [t("otherOwners"), REST]]),
      picture(t("network"), (Charts, width) => drawnNetwork(Charts, width, names.filter((name) => drawn.some((pair) => pair.from === name || pair.to === name)), drawn, weight, colour, leads),
        table(t("network"), [{ name: t("firstAt") }, { name: t("thenAt") }, { name: t("articles"), class: "num" }, { name: t("orderUnknown"), class: "num" }, { name: t("sameOwner") }],
          pairs.slice(0, MOST_LINKS).map((pair) => h("tr", null, h("th", { scope: "row" }, pair.from), h("td", null, pair.to), h("td", { class: "num" }, counted(pair.n, leads(pair))), h("td", { class: "num" }, number(pair.unsure)), h("td", null, pair.owner ? t("yes") : "")))),
        [t("networkNote"), weight.size > names.length ? ` ${t("networkMore", { n: number(names.length), all: number(weight.size) })}` : ""].join(""))]);
}

function drawnNetwork(Charts, width, names, pairs, weight, colour, leads) {
  const height = Math.max(320, Math.min(620, width * 0.62));
  const most = Math.max(...names.map((name) => weight.get(name)));
  const nodes = names.map((name) => ({ name, r: 5 + 15 * Math.sqrt(weight.get(name) / most) }));
  const links = pairs.map((pair) => ({ ...pair, source: names.indexOf(pair.from), target: names.indexOf(pair.to) }));
  const strongest = Math.max(...pairs.map((pair) => pair.n));
  Charts.forceSimulation(nodes).stop()
    .force("link", Charts.forceLink(links).distance(90).strength((link) => 0.05 + 0.3 * Math.sqrt(link.n / strongest)))
    .force("charge", Charts.forceManyBody().strength(-260)).force("apart", Charts.forceCollide((node) => node.r + 14))
    .force("x", Charts.forceX(0).strength(0.06 * Math.min(1, height / width))).force("y", Charts.forceY(0).strength(0.09)).tick(LAYOUT_TURNS);
  const [xs, ys] = [nodes.map((node) => node.x), nodes.map((node) => node.y)];
  return Charts.plot({
    ...frame(width, height, { marginLeft: 60, marginRight: 60, marginTop: 24, marginBottom: 24 }),
    x: { domain: [Math.min(...xs), Math.max(...xs)], axis: null }, y: { domain: [Math.min(...ys), Math.max(...ys)], axis: null }, r: { type: "identity" }, color: { type: "identity" },
    marks: [
      Charts.arrow(links, { x1: (link) => link.source.x, y1: (link) => link.source.y, x2: (link) => link.target.x, y2: (link) => link.target.y, bend: true, inset: 12, stroke: "var(--soft)", headLength: 5,
        strokeWidth: (link) => 0.6 + 4 * (link.n / strongest), strokeOpacity: 0.5, title: (link) => t("networkLink", { from: link.from, to: link.to, n: tn("nArticles", link.n) }), href: (link) => `#/articles?${new URLSearchParams(leads(link))}` }),
      Charts.dot(nodes, { x: "x", y: "y", r: "r", fill: (node) => colour(node.name), stroke: "var(--paper)", title: (node) => node.name }),
      ...[...nodes].sort((a, b) => b.r - a.r).slice(0, Math.max(8, Math.floor(width / 30))).map((node) => Charts.text([node], { x: "x", y: "y", text: "name", dy: -node.r - 7, fill: "var(--ink)", stroke: "var(--paper)", strokeWidth: 3 })),
    ],
  });
}

// ------------------------------------------------------------------------------------------------ why an article is judged so

// A waterfall: from an article with no evidence, each piece of it moves the balance to where it ends; in powers of two.
function waterfall(kind, weights, verdict) {
  const ends = t("balance", { kind });
  let at = 0;
  const steps = weights.map(([name, value, bits]) => ({ name, value, from: at, to: (at += bits), bits }));
  const last = { name: "sum", from: 0, to: at, bits: at };
  const rows = [...steps, last];
  const drawn = rows.filter((row, i) => i === 0 || row === last || Math.abs(row.bits) >= 0.05);
  const label = (row) => (row.name === "sum" ? ends : named("weight", row.name));
  const signed = (bits) => (Math.abs(bits) < 0.05 ? "0" : `${bits < 0 ? "−" : "+"}${number(Math.abs(bits), 1)}`);
  return picture(t("waterfall"), (Charts, width) => Charts.plot({
    ...frame(width, 24 * drawn.length + 36, { marginLeft: Math.min(230, width * 0.45), marginRight: 44, marginBottom: 24 }),
    x: { label: null, tickFormat: (bits) => (bits ? signed(bits) : "0"), ticks: 5, nice: true }, y: { type: "band", domain: drawn.map((row) => row.name), tickFormat: (name) => short(label(rows.find((row) => row.name === name)), Math.min(230, width * 0.45)), tickSize: 0, label: null },
    marks: [
      Charts.ruleX([0], { stroke: "var(--ink)" }),
      Charts.barX(drawn, { y: "name", x1: "from", x2: "to", fill: (row) => (row.name === "sum" ? "var(--ink)" : row.bits < 0 ? "var(--s2)" : "var(--accent)"), title: (row) => `${label(row)} – ${signed(row.bits)}` }),
      Charts.text(drawn, { y: "name", x: (row) => Math.max(row.from, row.to), text: (row) => signed(row.bits), dx: 5, textAnchor: "start" }),
    ],
    color: { type: "identity" },
  }), table(t("waterfall"), [{ name: t("evidence") }, { name: t("figure"), class: "num" }, { name: t("weightBits"), class: "num" }],
    rows.map((row) => h("tr", null, h("th", { scope: "row" }, label(row)), h("td", { class: "num" }, row.value === undefined ? "" : number(row.value, 2)), h("td", { class: "num" }, signed(row.bits)))), { class: "small" }), `${t("waterfallNote", { kind, odds: oddsOf(at) })}${verdict && verdict !== kind ? ` ${t("balanceBounded", { kind: verdict })}` : ""}`);
}

// "37 times likelier": 2 to the power of the bits, in words.
function oddsOf(bits) {
  if (Math.abs(bits) < 0.5) return t("oddsEven");
  if (bits > 10) return t("oddsMost", { n: number(1000) });
  return t(bits > 0 ? "oddsFor" : "oddsAgainst", { n: number(Number((2 ** Math.abs(bits)).toPrecision(2))) });
}
