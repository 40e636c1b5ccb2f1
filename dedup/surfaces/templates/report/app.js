// Which page is shown, in which language and colours.

const main = document.getElementById("main");
const SECTIONS = ["home", "sources", "passages", "articles", "outlets", ...(LIVE ? ["check"] : []), "run"];
const PARENT = { source: "sources", passage: "passages", article: "articles", compare: "sources" };
let visit = 0;

// The address as [parts of the path, query]; a broken escape is a page that does not exist.
function address() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split(/\?(.*)/s);
  try {
    return [path.split("/").map(decodeURIComponent), new URLSearchParams(query || "")];
  } catch {
    return [["?"], new URLSearchParams()];
  }
}

// Put the state of a page in the address without visiting it anew.
function remember(path, query) {
  const text = query.toString();
  history.replaceState(null, "", `#/${path}${text ? "?" + text : ""}`);
}

async function showPage(focus = true) {
  const mine = ++visit;
  const [[name, ...ids], query] = address();
  const pages = {
    "": () => homePage(query), home: () => homePage(query), sources: () => listPage("sources", query), passages: () => listPage("passages", query),
    articles: () => listPage("articles", query), outlets: () => outletsPage(query), run: runPage,
    source: () => sourcePage(ids[0], query), passage: () => passagePage(ids[0], query), article: () => articlePage(ids[0]),
    compare: () => comparePage(ids[0], ids[1]), ...(LIVE ? { check: checkPage } : {}),
  };
  document.getElementById("status").textContent = t("loading");
  let nodes;
  try {
    const made = Object.hasOwn(pages, name) ? pages[name] : lostPage;
    nodes = await made();
  } catch (error) {
    nodes = [title(t("lost")), h("p", { class: "empty" }, error.message)];
  }
  if (mine !== visit) return;
  main.replaceChildren(...nodes.flat(9).filter(Boolean));
  const section = PARENT[name] || (name === "" ? "home" : name);
  for (const item of document.querySelectorAll("#nav a")) {
    if (item.dataset.section === section) item.setAttribute("aria-current", "page");
    else item.removeAttribute("aria-current");
  }
  const heading = main.querySelector("h1");
  document.title = `${heading.textContent} – ${t("name")}`;
  document.getElementById("status").textContent = "";
  if (focus) {
    heading.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
}

function speak() {
  document.documentElement.lang = tag();
  for (const node of document.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t);
  for (const node of document.querySelectorAll("[data-label]")) node.setAttribute("aria-label", t(node.dataset.label));
  for (const button of document.querySelectorAll("[data-lang]")) button.setAttribute("aria-pressed", String(button.dataset.lang === tag()));
  document.getElementById("motto").textContent = t("motto");
  document.getElementById("imprint").textContent = t("imprint", { version: HOME.run.manifest?.dedup || "" });
  document.getElementById("nav").replaceChildren(...SECTIONS.map((name) => h("a", { href: name === "home" ? "#/" : `#/${name}`, "data-section": name }, t(name))));
}

// The reader's choices stay, where the browser lets a page from the disk remember.
function kept(key, value) {
  try {
    if (value === undefined) return localStorage.getItem(key);
    localStorage.setItem(key, value);
  } catch {
    // not allowed: the choice holds for this visit
  }
  return null;
}

function paint(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  const dark = theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.getElementById("theme").setAttribute("aria-pressed", String(dark));
}

for (const button of document.querySelectorAll("[data-lang]")) {
  button.addEventListener("click", () => {
    language = button.dataset.lang === "en" ? 1 : 0;
    kept("dedup-language", button.dataset.lang);
    speak();
    showPage(false);
  });
}
document.getElementById("theme").addEventListener("click", (event) => {
  const theme = event.currentTarget.getAttribute("aria-pressed") === "true" ? "light" : "dark";
  kept("dedup-theme", theme);
  paint(theme);
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => paint(document.documentElement.dataset.theme));
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
addEventListener("hashchange", () => showPage());

const wanted = kept("dedup-language") || (navigator.languages || ["fr"])[0] || "fr";
language = wanted.toLowerCase().startsWith("fr") ? 0 : 1;
paint(kept("dedup-theme"));
speak();
showPage(false);
