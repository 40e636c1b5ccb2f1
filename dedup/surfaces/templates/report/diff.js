// Two texts -> their words, each kept, removed or added.

function wordsOf(text) {
  const words = [];
  for (const found of text.matchAll(/[\p{L}\p{N}]+/gu)) {
    words.push({ begin: found.index, end: found.index + found[0].length, text: found[0], key: folded(found[0]) });
  }
  return words;
}

const MOST_CELLS = 25e6;

// -> { left, right }: for each word of a side the place of its partner on the other side, -1 when there is none.
function partners(left, right) {
  const mine = new Int32Array(left.length).fill(-1);
  const theirs = new Int32Array(right.length).fill(-1);
  let begin = 0;
  while (begin < left.length && begin < right.length && left[begin].key === right[begin].key) {
    mine[begin] = theirs[begin] = begin;
    begin++;
  }
  let n = left.length;
  let m = right.length;
  while (n > begin && m > begin && left[n - 1].key === right[m - 1].key) {
    n--;
    m--;
    mine[n] = m;
    theirs[m] = n;
  }
  const rows = n - begin;
  const columns = m - begin;
  if (rows * columns > 0 && rows * columns <= MOST_CELLS) {
    // longest common subsequence; best[i][j]: of what follows word i on the left and word j on the right
    const width = columns + 1;
    const best = new Uint16Array((rows + 1) * width);
    for (let i = rows - 1; i >= 0; i--) {
      for (let j = columns - 1; j >= 0; j--) {
        best[i * width + j] = left[begin + i].key === right[begin + j].key
          ? best[(i + 1) * width + j + 1] + 1
          : Math.max(best[(i + 1) * width + j], best[i * width + j + 1]);
      }
    }
    let i = 0;
    let j = 0;
    while (i < rows && j < columns) {
      if (left[begin + i].key === right[begin + j].key) {
        mine[begin + i] = begin + j;
        theirs[begin + j] = begin + i;
        i++;
        j++;
      } else if (best[(i + 1) * width + j] >= best[i * width + j + 1]) i++;
      else j++;
    }
  }
  withoutStrays(left, right, mine, theirs);
  return { left: mine, right: theirs };
}

// A short word alone between long changes is chance, not something kept: "la", "de" would break every change in two.
function withoutStrays(left, right, mine, theirs) {
  const changedBefore = (i, j) => {
    let a = 0;
    let b = 0;
    while (i - 1 - a >= 0 && mine[i - 1 - a] < 0) a++;
    while (j - 1 - b >= 0 && theirs[j - 1 - b] < 0) b++;
    return [a, b];
  };
  const changedAfter = (i, j) => {
    let a = 0;
    let b = 0;
    while (i + a < left.length && mine[i + a] < 0) a++;
    while (j + b < right.length && theirs[j + b] < 0) b++;
    return [a, b];
  };
  let i = 0;
  while (i < left.length) {
    if (mine[i] < 0) {
      i++;
      continue;
    }
    let end = i + 1;
    while (end < left.length && mine[end] === mine[end - 1] + 1) end++;
    let letters = 0;
    for (let k = i; k < end; k++) letters += left[k].key.length;
    if (end - i <= 2 && letters <= 6) {
      const before = changedBefore(i, mine[i]);
      const after = changedAfter(end, mine[end - 1] + 1);
      const strange = (side) => before[side] + after[side] > 3 * (end - i);
      if (Math.min(...before) + Math.min(...after) > 0 && before[0] + before[1] && after[0] + after[1] && strange(0) && strange(1)) {
        for (let k = i; k < end; k++) {
          theirs[mine[k]] = -1;
          mine[k] = -1;
        }
      }
    }
    i = end;
  }
}

// Both texts as nodes with their differences marked, and the words kept, removed, added.
function compared(leftText, rightText) {
  const left = wordsOf(leftText);
  const right = wordsOf(rightText);
  const found = partners(left, right);
  const inserted = found.right.reduce((sum, partner) => sum + (partner < 0), 0);
  const deleted = found.left.reduce((sum, partner) => sum + (partner < 0), 0);
  return {
    left: marked(leftText, left, found.left, rightText, right, "del"),
    right: marked(rightText, right, found.right, leftText, left, "ins"),
    same: left.length - deleted, deleted, inserted,
  };
}

function marked(text, words, partner, otherText, others, element) {
  const out = document.createDocumentFragment();
  let open = null;
  const put = (piece, kind) => {
    if (!piece) return;
    if (!open || open.kind !== kind) {
      open = { kind, node: kind === "same" ? out : h(kind === "typo" ? "span" : kind, { class: kind === "typo" ? "typo" : null }) };
      if (kind !== "same") out.append(open.node);
    }
    open.node.append(piece);
  };
  const gap = (i) => text.slice(words[i].end, i + 1 < words.length ? words[i + 1].begin : text.length);
  const otherGap = (j) => otherText.slice(others[j].end, j + 1 < others.length ? others[j + 1].begin : otherText.length);
  const plain = (piece) => piece.replace(/\s+/g, "").replaceAll("’", "'"); // spaces and apostrophes: never worth a mark
  put(text.slice(0, words.length ? words[0].begin : text.length), "same");
  words.forEach((word, i) => {
    const kind = partner[i] < 0 ? element : others[partner[i]].text === word.text ? "same" : "typo";
    put(word.text, kind);
    const next = i + 1 < words.length ? partner[i + 1] : -2;
    if (partner[i] < 0) put(gap(i), next === -1 ? element : "same");
    else if (next === partner[i] + 1 && plain(gap(i)) !== plain(otherGap(partner[i]))) put(gap(i), plain(gap(i)) ? "typo" : "same");
    else put(gap(i), "same");
  });
  return out;
}
