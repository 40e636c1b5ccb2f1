// Nodes, and the small shapes that every page uses.


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

function scrolling(name, table) {
  return h("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": t("scroll", { name }) }, table);
}

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

