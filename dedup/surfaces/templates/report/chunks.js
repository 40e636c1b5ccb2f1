// Lists and texts: read from inside the page, or from a script beside it, when they are asked for.

const HOME = JSON.parse(document.getElementById("home").textContent);
const NONCE = document.currentScript.nonce;
const waiting = new Map();
const arrived = new Map();

// Called by the chunk files.
window.dedupChunk = (kind, digest, value) => waiting.get(`${kind}-${digest}`)?.(value);

function chunk(kind, digest) {
  const name = `${kind}-${digest}`;
  if (!arrived.has(name)) {
    arrived.set(name, new Promise((resolve, reject) => {
      const inside = document.getElementById(`chunk-${name}`);
      if (inside) {
        resolve(JSON.parse(inside.textContent));
        return;
      }
      waiting.set(name, resolve);
      const file = `data/${name}.js`;
      const script = document.createElement("script");
      script.nonce = NONCE;
      script.src = file;
      script.onload = () => script.remove();
      script.onerror = () => {
        arrived.delete(name);
        reject(new Error(t("failed", { file })));
      };
      document.head.append(script);
    }));
  }
  return arrived.get(name);
}

// The record of an id: of the report, else of the server where there is one; null when nobody holds it.
async function record(kind, id) {
  return (await held(kind, id)) || (LIVE && kind === "article" ? asked(`record/${encodeURIComponent(id)}`).then((answer) => answer.json(), () => null) : null);
}

async function held(kind, id) {
  const chunks = HOME.texts[kind]; // [first id, digest], sorted by id
  let low = 0;
  let high = chunks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (chunks[middle][0] <= id) low = middle + 1;
    else high = middle;
  }
  if (!low) return null;
  for (const [key, value] of await chunk(kind, chunks[low - 1][1])) if (key === id) return value;
  return null;
}

const lists = new Map();

// The rows of a list, part by part: `onPart(rows so far, parts done)` is called after each.
async function list(name, onPart) {
  if (!lists.has(name)) lists.set(name, { rows: [], done: 0 });
  const held = lists.get(name);
  const digests = HOME.lists[name].chunks;
  const all = digests.length;
  if (held.done) onPart(held.rows, held.done, all);
  while (held.done < all) {
    const number = held.done;
    const columns = await chunk(name, digests[number]);
    if (held.done === number) {
      const rows = Array.from({ length: (Array.isArray(columns.id) ? columns.id : columns.id.at).length }, () => ({}));
      for (const [key, values] of Object.entries(columns)) {
        // of text that repeats the distinct values are given, and the place of each row's among them
        if (Array.isArray(values)) for (let row = 0; row < rows.length; row++) rows[row][key] = values[row];
        else for (let row = 0; row < rows.length; row++) rows[row][key] = values.at[row] === null ? null : values.of[values.at[row]];
      }
      held.rows = held.rows.concat(rows);
      held.done++;
      arrived.delete(`${name}-${digests[number]}`);
    }
    onPart(held.rows, held.done, all);
    await new Promise((resolve) => setTimeout(resolve));
  }
  if (!all) onPart(held.rows, 0, 0);
}

// All rows of a list.
function whole(name) {
  return new Promise((resolve, reject) => list(name, (rows, done, all) => done === all && resolve(rows)).catch(reject));
}

// What a search looks at in a row of a list, worked out when a search first needs it.
function searched(row) {
  row.searched ??= folded([row.title, row.text, row.outlet, row.agency, row.id].filter(Boolean).join(" "));
  return row.searched;
}

// Lower case, no accents, ligatures apart, plain spaces: what a search and a comparison look at.
function folded(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replaceAll("œ", "oe").replaceAll("æ", "ae").replace(/[’ʼ]/g, "'").replace(/[\u00a0\u202f]/g, " ");
}

// The words and "exact phrases" of a question, folded; every way to quote a phrase is one.
function terms(question) {
  const plain = question.replace(/\s*[“”„«»]\s*/g, (mark) => (/[“„«]/.test(mark) ? ' "' : '" '));
  return [...plain.matchAll(/"([^"]+)"|([^\s"]+)/g)].map(([, phrase, word]) => folded((phrase || word).trim()).replace(/\s+/g, " ")).filter(Boolean);
}

// [id, folded headline and lines] of every article whose text the report holds: read when it is first searched.
let allTexts = null;
function searchedTexts() {
  allTexts ??= (async () => {
    const read = [];
    for (let at = 0; at < HOME.searched.length; at += 16) read.push(...(await Promise.all(HOME.searched.slice(at, at + 16).map((digest) => chunk("searched", digest)))));
    return read.flat();
  })().catch((error) => {
    allTexts = null;
    throw error;
  });
  return allTexts;
}
