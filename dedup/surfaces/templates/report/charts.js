// Nodes, and the few charts: drawn as SVG at the width they are shown, or as tables.

function h(name, attributes, ...children) {
  return filledNode(document.createElement(name), attributes, children);
}

function svg(name, attributes, ...children) {
  return filledNode(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function filledNode(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "vars") for (const [key, is] of Object.entries(value)) node.style.setProperty(key, is);
    else node.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat(9)) if (child !== null && child !== undefined && child !== false) node.append(child);
  return node;
}

// A chart is drawn again when its width changes.
function chart(draw) {
  const box = h("div", { class: "chart" });
  let width = 0;
  new ResizeObserver(() => {
    const now = Math.floor(box.clientWidth);
    if (now && now !== width) {
      width = now;
      box.replaceChildren(draw(width));
    }
  }).observe(box);
  return box;
}

const SHARE_NAMES = ["verbatim", "edited", "background", "quotation", "house", "own", "boilerplate"];

// Six shares as one bar; the text says the same.
function shareBar(row, prefix = "") {
  const parts = SHARE_NAMES.filter((name) => name !== "house" && row[prefix + name] > 0.004);
  const said = parts.map((name) => `${named("share", name)} ${percent(row[prefix + name])}`).join(", ");
  return h("span", { class: "sharebar", role: "img", "aria-label": said, title: said },
    parts.map((name) => h("span", { class: `p-${name}`, vars: { "flex-grow": String(row[prefix + name]) } })));
}

function legend(names = SHARE_NAMES) {
  return h("ul", { class: "legend" }, names.map((name) => h("li", null, h("span", { class: `swatch p-${name}` }), named("share", name))));
}

const MOST_DAYS = 62;

function byMonth(days) {
  const months = new Map();
  for (const [day, articles, derived] of days) {
    const month = `${day.slice(0, 7)}-01`;
    const [, all, some] = months.get(month) || [month, 0, 0];
    months.set(month, [month, all + articles, some + derived]);
  }
  return [...months.values()];
}

// One bar a day, or a month when there are many; the derived articles dark.
function daysChart(known) {
  const long = known.length > MOST_DAYS;
  const days = long ? byMonth(known) : known;
  const shown = (day) => (long ? monthName(day) : dayName(day, false));
  return chart((width) => {
    const height = 130;
    const top = Math.max(...days.map(([, articles]) => articles), 1);
    const room = width / days.length;
    const bar = Math.max(2, Math.min(48, room * 0.7));
    const step = Math.ceil((long ? 74 : 56) / room);
    const y = (n) => (n / top) * (height - 44);
    return svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": t("perDay") },
      days.map(([day, articles, derived], i) => {
        const x = i * room + (room - bar) / 2;
        const middle = x + bar / 2;
        const base = height - 22;
        return svg("g", null,
          svg("title", null, t("perDayRow", { day: long ? monthName(day) : dayName(day, true), articles: tn("nArticles", articles), derived: number(derived) })),
          svg("rect", { x, y: base - y(articles), width: bar, height: y(articles), class: "bar-all" }),
          svg("rect", { x, y: base - y(derived), width: bar, height: y(derived), class: "bar-some" }),
          room > 26 && svg("text", { x: middle, y: base - y(articles) - 5, "text-anchor": "middle" }, number(articles)),
          i % step === 0 && svg("text", { x: Math.min(Math.max(middle, 26), width - 26), y: height - 5, "text-anchor": "middle" }, shown(day)));
      }),
      svg("line", { x1: 0, x2: width, y1: height - 22, y2: height - 22, class: "axis" }));
  });
}

const TICKS = [-30 * 86400, -7 * 86400, -86400, -6 * 3600, -3600, -600, 0, 600, 3600, 6 * 3600, 86400, 3 * 86400, 7 * 86400, 30 * 86400, 365 * 86400];
const DRAWN = 40;

// One line a carrier: a dot at its lag, or a bar from the least to the greatest possible one.
function spreadChart(rows) {
  const known = rows.filter((row) => row.low !== null && row.low !== undefined && row.high !== null);
  if (!known.length) return null;
  const drawn = known.slice(0, DRAWN);
  const scale = (seconds) => Math.sign(seconds) * Math.log1p(Math.abs(seconds) / 600);
  const least = Math.min(0, ...drawn.map((row) => row.low));
  const most = Math.max(3600, ...drawn.map((row) => row.high));
  return h("figure", { class: "spread" },
    chart((width) => {
      const labels = Math.min(200, width * 0.36);
      const line = 24;
      const height = drawn.length * line + 34;
      const x = (seconds) => labels + 14 + ((scale(seconds) - scale(least)) / (scale(most) - scale(least))) * (width - labels - 34);
      let last = -99;
      const ticks = TICKS.filter((tick) => tick >= least && tick <= most && (tick === 0 || x(tick) - x(0) > 30 || x(tick) < x(0) - 30))
        .filter((tick) => { const fits = x(tick) - last > 44; if (fits) last = x(tick); return fits; });
      const letters = Math.floor(labels / 7.3);
      return svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": t("spreadLabel", { n: number(drawn.length) }) },
        ticks.map((tick) => svg("g", null,
          svg("line", { x1: x(tick), x2: x(tick), y1: 4, y2: height - 24, class: tick ? "grid" : "axis" }),
          svg("text", { x: x(tick), y: height - 6, "text-anchor": "middle" }, tick ? `${tick < 0 ? "−" : "+"}${duration(tick)}` : "0"))),
        drawn.map((row, i) => {
          const y = 16 + i * line;
          const name = row.outlet || t("nobody");
          const credited = row.credit === "credited_full" || row.credit === "credited_partial";
          return svg("g", null,
            svg("title", null, `${name} – ${lag(row.low, row.high)} – ${named("credit", row.credit)}`),
            svg("text", { x: labels, y: y + 4, "text-anchor": "end", class: "label" }, name.length > letters ? name.slice(0, letters - 1) + "…" : name),
            svg("line", { x1: labels + 14, x2: width - 20, y1: y, y2: y, class: "grid" }),
            x(row.high) - x(row.low) > 6
              ? svg("rect", { x: x(row.low), y: y - 5, width: x(row.high) - x(row.low), height: 10, rx: 5, class: credited ? "dot full" : "dot" })
              : svg("circle", { cx: (x(row.low) + x(row.high)) / 2, cy: y, r: 6, class: credited ? "dot full" : "dot" }));
        }));
    }),
    h("figcaption", null, t("spreadNote"), known.length > DRAWN ? " " + t("spreadMore", { n: DRAWN }) : ""));
}

// Who carries whom: a table whose cells are coloured by the number of article pairs.
function heatMap(names, pairs, agencies) {
  const cells = new Map();
  for (const pair of pairs) {
    cells.set(JSON.stringify([pair.outlet_from, pair.outlet_to, pair.directed]), pair);
    if (!pair.directed) cells.set(JSON.stringify([pair.outlet_to, pair.outlet_from, false]), pair);
  }
  const order = [...names].sort((a, b) => agencies.includes(b) - agencies.includes(a) || names.indexOf(a) - names.indexOf(b));
  const columns = order.filter((name) => !agencies.includes(name));
  const most = Math.max(...pairs.map((pair) => pair.edges), 1);
  const detail = h("p", { class: "detail", role: "status" });
  const said = (pair, from, to) => t(pair.directed ? "pairCell" : "pairUnordered", {
    from, to, edges: tn("nEdges", pair.edges), words: tn("nWords", pair.n_words),
    hours: pair.hourdiff_median === null ? "" : t("pairHours", { lag: duration(pair.hourdiff_median * 3600) }),
    owner: pair.same_owner ? t("pairOwner") : "",
  });
  const cell = (from, to) => {
    if (from === to) return h("td", { class: "self" });
    const sure = cells.get(JSON.stringify([from, to, true]));
    const unsure = cells.get(JSON.stringify([from, to, false]));
    if (!sure && !unsure) return h("td", null, h("span", { class: "hidden" }, t("pairEmpty")));
    const told = [sure, unsure].filter(Boolean).map((pair) => said(pair, from, to)).join(" · ");
    const edges = (sure ? sure.edges : 0) + (unsure ? unsure.edges : 0);
    return h("td", { class: "heat", vars: { "--heat": `${Math.round(6 + 38 * Math.sqrt(edges / most))}%` } },
      h("button", { type: "button", title: told, onclick: () => (detail.textContent = told), onfocus: () => (detail.textContent = told) },
        (sure ? "" : "~") + number(edges), h("span", { class: "hidden" }, " " + told)));
  };
  return h("div", null,
    scrolling(t("pairs"), h("table", { class: "pairs" },
      h("caption", { class: "hidden" }, t("pairs")),
      h("thead", null, h("tr", null, h("td"), columns.map((name) => h("th", { scope: "col" }, h("span", null, name))))),
      h("tbody", null, order.map((from) => h("tr", null, h("th", { scope: "row" }, from), columns.map((to) => cell(from, to))))))),
    detail);
}

function scrolling(name, table) {
  return h("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": t("scroll", { name }) }, table);
}
