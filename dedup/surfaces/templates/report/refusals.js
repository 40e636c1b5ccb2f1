// Why a row or a file was refused, or what was said of one that was kept: the table gives it in English.

const REFUSALS = [
  // the text
  [/^the text is missing$/, "le texte manque"],
  [/^the text is empty$/, "le texte est vide"],
  [/^the text is (.+); expected a string$/, "le texte est de type $1\u00a0; une chaîne est attendue"],
  [/^the text is nothing but markup$/, "le texte n’est que du balisage"],
  [/^the text held escaped letters; they were read$/, "le texte contenait des lettres échappées\u00a0; elles ont été lues"],
  [/^the text was quoted-printable, as in mail; it was read$/, "le texte était codé comme dans un courriel (quoted-printable)\u00a0; il a été lu"],
  [/^the text was encoded twice; its letters were repaired$/, "le texte était encodé deux fois\u00a0; ses lettres ont été réparées"],
  [/^the text held markup; its tags and entities were read$/, "le texte contenait du balisage\u00a0; ses balises et entités ont été lues"],
  [/^the text held comments of a page; they were left out$/, "le texte contenait des commentaires de page\u00a0; ils ont été laissés de côté"],
  [/^the text held entities; they were read$/, "le texte contenait des entités\u00a0; elles ont été lues"],
  [/^(?:an article|an entry|a message|a dispatch|a mail) without text$/, "un article, une dépêche ou un message sans texte"],
  [/^an item without text: an index or a list$/, "un élément sans texte\u00a0: un index ou une liste"],
  [/^passed over: (\d+) \w+ without text \(pictures, videos\)$/, "laissés de côté\u00a0: $1 éléments sans texte (photos, vidéos)"],
  [/^a live blog: its entries have times of their own, its date counts as a day$/, "un direct\u00a0: ses entrées ont leurs propres heures, sa date compte comme un jour"],
  [/^no article: (\d+) words of text on the page, fewer than (\d+)$/, "pas d’article\u00a0: $1 mots de texte sur la page, moins de $2"],
  [/^no article: (\d+) words of text on the page, fewer than (\d+) \(readers pay for it\)$/, "pas d’article\u00a0: $1 mots de texte sur la page, moins de $2 (réservée aux abonnés)"],
  [/^duplicate id (.+) with the text of another outlet; the dispatch or the earlier one was kept$/,
   "identifiant en double $1, avec le texte d’un autre média\u00a0; la dépêche, ou le premier, a été gardé"],
  [/^duplicate id (.+) that an article of an outlet has; the dispatch or the earlier one was kept$/,
   "identifiant en double $1, qu’a déjà l’article d’un média\u00a0; la dépêche, ou le premier, a été gardé"],
  [/^duplicate id (.+) with a text that has nothing in common; make ids unique, or give no id; the dispatch or the earlier one was kept$/,
   "identifiant en double $1, avec un texte sans rien de commun\u00a0: donnez un identifiant à chacun, ou aucun\u00a0; la dépêche, ou le premier, a été gardé"],
  // dates
  [/^the number is neither a day \(20240619\) nor a time in seconds since 1970; the article is kept without it$/, "le nombre n’est ni un jour (20240619) ni des secondes depuis 1970\u00a0; l’article est gardé sans date"],
  [/^no date: expected text or a number, got (.+); the article is kept without it$/, "pas de date\u00a0: texte ou nombre attendu, reçu\u00a0: $1\u00a0; l’article est gardé sans date"],
  [/^unreadable date (.+): it has (\d+) characters; the article is kept without it$/, "date illisible $1\u00a0: elle a $2 caractères\u00a0; l’article est gardé sans date"],
  [/^unreadable date (.+): expected a form like (.+) or (.+); the article is kept without it$/, "date illisible $1\u00a0: forme attendue comme $2 ou $3\u00a0; l’article est gardé sans date"],
  [/^impossible date (.+): .+; the article is kept without it$/, "date impossible $1\u00a0; l’article est gardé sans date"],
  [/^the time zone (.+) is not known; the article is kept without it$/, "le fuseau horaire $1 n’est pas connu\u00a0; l’article est gardé sans date"],
  [/^the time zone (.+) is not known or means several; the article is kept without it$/, "le fuseau horaire $1 n’est pas connu, ou en désigne plusieurs\u00a0; l’article est gardé sans date"],
  [/^offset (.+) is out of range; the article is kept without it$/, "le décalage $1 est hors limites\u00a0; l’article est gardé sans date"],
  [/^year (.+) is outside (.+); the article is kept without it$/, "l’année $1 est hors de $2\u00a0; l’article est gardé sans date"],
  // letters
  [/^not UTF-8: byte (\w+) at byte (\d+)(?: of [^;]+)?; save the file as UTF-8$/, "pas en UTF-8\u00a0: octet $1, à l’octet $2\u00a0; enregistrez le fichier en UTF-8"],
  [/^not UTF-8; save the file as UTF-8$/, "pas en UTF-8\u00a0; enregistrez le fichier en UTF-8"],
  [/^not UTF-8: read as (.+); save it as UTF-8 to be sure$/, "pas en UTF-8\u00a0: lu comme $1\u00a0; enregistrez-le en UTF-8 pour être sûr"],
  [/^not UTF-8(?:: byte (\w+) at byte (\d+))?: read as (.+); save it as UTF-8 to be sure$/, "pas en UTF-8\u00a0: lu comme $3\u00a0; enregistrez-le en UTF-8 pour être sûr"],
  [/^not UTF-8(?:: byte (\w+) at byte (\d+))?: damaged letters were replaced$/, "pas en UTF-8\u00a0: des lettres abîmées ont été remplacées"],
  // tables and JSON
  [/^no column for the text \(.+ or another\); the columns are (.+); it holds addresses only: fetch the pages with dedup fetch$/,
   "aucune colonne pour le texte\u00a0; les colonnes sont\u00a0: $1\u00a0; il n’y a que des adresses\u00a0: téléchargez les pages avec dedup fetch"],
  [/^no column for the text \(.+ or another\); the columns are (.+); name it with --columns text=NAME$/,
   "aucune colonne pour le texte\u00a0; les colonnes sont\u00a0: $1\u00a0; nommez-la avec --columns text=NOM"],
  [/^(\d+) cells in the row, (\d+) columns in the header(?: \(lines (\d+) to (\d+)\))?$/, "$1 cellules dans la ligne, $2 colonnes dans l’en-tête"],
  [/^a quotation mark is not closed, or closed too early(?: \(lines (\d+) to (\d+)\))?$/, "un guillemet n’est pas fermé, ou l’est trop tôt"],
  [/^the header once more: passed over$/, "l’en-tête encore une fois\u00a0: laissé de côté"],
  [/^the (?:file|table) is empty: a header and no row$/, "la table est vide\u00a0: un en-tête et aucune ligne"],
  [/^the file is empty: no row$/, "le fichier est vide\u00a0: aucune ligne"],
  [/^the file is empty: a list without articles$/, "le fichier est vide\u00a0: une liste sans articles"],
  [/^a value cannot be read: (.+)$/, "une valeur ne peut être lue\u00a0: \u0001$1"],
  [/^not JSON: (.+)$/, "ce n’est pas du JSON\u00a0: \u0001$1"],
  [/^not a JSON object but (.+); expected (?:an article|one article a line)$/, "pas un objet JSON mais $1\u00a0; un article est attendu"],
  [/^no articles in it: expected a list or an object of articles, got (.+)$/, "pas d’articles\u00a0: une liste ou un objet d’articles est attendu, reçu\u00a0: $1"],
  [/^Parquet inside an archive is not read: unpack it$/, "du Parquet dans une archive n’est pas lu\u00a0: décompressez-la"],
  // files
  [/^the file is empty$/, "le fichier est vide"],
  [/^the row cannot be read: (.+)$/, "la ligne ne peut être lue\u00a0: \u0001$1"],
  [/^the file cannot be read: (.+)$/, "le fichier ne peut être lu\u00a0: \u0001$1"],
  [/^the compressed file is damaged: (.+); what came before was read$/, "le fichier compressé est abîmé\u00a0; ce qui précède a été lu\u00a0; \u0001$1"],
  [/^the (?:archive|document) is damaged: (.+)$/, "le fichier est abîmé\u00a0: \u0001$1"],
  [/^a damaged record: (.+)$/, "un enregistrement abîmé\u00a0: \u0001$1"],
  [/^an archive inside an archive: unpack it$/, "une archive dans une archive\u00a0: décompressez-la"],
  [/^more than (.+) files in the archive; the rest was not read$/, "plus de $1 fichiers dans l’archive\u00a0; le reste n’a pas été lu"],
  [/^packed to less than (.+) of its size, as bombs are: unpack it to be sure$/, "compressé à moins de $1 de sa taille, comme une bombe\u00a0: décompressez-le pour être sûr"],
  [/^longer than (.+) (?:bytes|characters)(?: when unpacked|: cut it into smaller files)?$/, "plus long que $1 octets ou caractères\u00a0: découpez-le en fichiers plus petits"],
  [/^a line is longer than (.+) (?:bytes|characters)$/, "une ligne est plus longue que $1 octets ou caractères"],
  [/^elements are nested more than (\d+) deep \(at (.+)\)$/, "des éléments sont imbriqués à plus de $1 niveaux (à $2)"],
  [/^no page$/, "aucune page"],
  [/^no page in the web archive$/, "aucune page dans l’archive web"],
  [/^no text: the file is binary$/, "pas de texte\u00a0: le fichier est binaire"],
  [/^nothing in it that is read as (.+)$/, "rien n’y est lu comme $1"],
  [/^passed over: (\d+) files? of kind (.+); expected (.+)$/, "laissés de côté\u00a0: $1 fichiers de genre $2\u00a0; attendus\u00a0: $3"],
  [/^passed over: (\d+) files? without a suffix; expected (.+)$/, "laissés de côté\u00a0: $1 fichiers sans extension\u00a0; attendus\u00a0: $2"],
  [/^unknown kind of file (.+?); expected (.+)$/, "genre de fichier inconnu $1\u00a0; attendus\u00a0: $2"],
  [/^unknown kind of file (.+?): (?:save|write) it as (.+)$/, "genre de fichier inconnu $1\u00a0: enregistrez-le en $2"],
  [/^unknown kind of file (.+?): save its (?:mails|text) as (.+)$/, "genre de fichier inconnu $1\u00a0: enregistrez son contenu en $2"],
  [/^unknown kind of file (.+?): unpack it$/, "genre de fichier inconnu $1\u00a0: décompressez-le"],
  [/^unknown kind of file (.+?): a picture: run OCR over it and save the text$/, "genre de fichier inconnu $1\u00a0: une image\u00a0; passez-la à l’OCR et enregistrez le texte"],
  [/^unknown kind of file (.+?): give its name an ending that says what it is, such as (.+)$/, "genre de fichier inconnu $1\u00a0: donnez-lui une extension qui dise ce qu’il est, comme $2"],
  [/^(.+) needs a library: (.+)$/, "$1 demande une bibliothèque\u00a0: $2"],
  [/^the PDF is a scan, without a text layer: run OCR over it \(ocrmypdf\) and read it again$/, "le PDF est une image, sans texte\u00a0: passez-le à l’OCR (ocrmypdf) et relisez-le"],
  [/^the PDF is locked with a password$/, "le PDF est protégé par un mot de passe"],
  [/^no (?:PDF|spreadsheet) that can be read: (.+)$/, "ce PDF ou cette table ne peut être lu\u00a0: \u0001$1"],
  [/^the document has no text$/, "le document n’a pas de texte"],
  [/^an export of Europresse whose articles cannot be separated: export it as HTML$/, "un export d’Europresse dont les articles ne se séparent pas\u00a0: exportez-le en HTML"],
  [/^no article in the (?:export|corpus)(?:: .+)?$/, "aucun article dans l’export"],
  [/^an article whose head is not understood(: no date)?$/, "un article dont l’en-tête n’est pas compris"],
  [/^a feed that defines entities is not read: they may have no end$/, "un flux qui définit des entités n’est pas lu\u00a0: elles peuvent être sans fin"],
  [/^no feed: neither RSS nor Atom$/, "pas un flux\u00a0: ni RSS ni Atom"],
  [/^the feed has no entries$/, "le flux est sans entrées"],
  [/^no news item in the file(?:: a package names others)?$/, "aucune dépêche dans le fichier"],
  [/^XML of an unknown kind: its root is (.+?); expected one of (.+), or a table \(\.csv\) made from it$/,
   "XML d’un genre inconnu\u00a0: sa racine est $1\u00a0; attendue parmi $2, ou une table (.csv) qui en est tirée"],
  [/^no XML that is read: elements are nested more than (\d+) deep$/, "XML qui n’est pas lu\u00a0: des éléments sont imbriqués à plus de $1 niveaux"],
  [/^the database (.+) does not exist$/, "la base de données $1 n’existe pas"],
  [/^the database cannot be read: (.+)$/, "la base de données ne peut être lue\u00a0: \u0001$1"],
  [/^(\w+): say which rows with --query (.+)$/, "$1\u00a0: dites quelles lignes avec --query $2"],
  [/^no (\w[\w ]*): (\w+: .+)$/, "ce n’est pas du $1\u00a0: \u0001$2"],
  [/^no XML: (.+)$/, "ce n’est pas du XML\u00a0: \u0001$1"],
];

// A reason in the language of the page: what is said, then after U+0001 what a library said, which has no French. One of
// a file in an archive begins with its name, or a page's address.
function refusal(text) {
  if (language === 1) return text;
  for (const [pattern, french] of REFUSALS) if (pattern.test(text)) return text.replace(pattern, french);
  const inside = /^(\S.*?): (.+)$/s.exec(text);
  const said = inside ? refusal(inside[2]) : "";
  return inside && said !== inside[2] ? `${inside[1]}\u00a0: ${said}` : text;
}

function refusalNodes(text) {
  const [said, words] = refusal(text).split("\u0001");
  const lang = language === 0 && said === text ? "en" : null;
  return [lang ? h("span", { lang }, said) : said, words && h("span", { lang: "en" }, words)];
}
