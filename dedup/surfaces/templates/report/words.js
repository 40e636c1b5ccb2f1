"use strict";
// What the pages say, in French and in English, and how they print numbers, times and lags.

const WORDS = {
  name: ["Le parcours des dépêches", "Where the dispatches went"],
  skip: ["Aller au contenu", "Skip to the content"],
  language: ["Langue", "Language"],
  sections: ["Rubriques", "Sections"],
  dark: ["Sombre", "Dark"],
  home: ["En bref", "At a glance"],
  sources: ["Dépêches", "Dispatches"],
  passages: ["Passages", "Passages"],
  articles: ["Articles", "Articles"],
  outlets: ["Médias", "Outlets"],
  run: ["Le calcul", "The run"],
  imprint: ["Rapport de dedup {version}. Les textes appartiennent à leurs auteurs. Heures de Paris.",
            "Report of dedup {version}. The texts belong to their authors. Times are those of Paris."],
  loading: ["Chargement…", "Loading…"],
  loadingMore: ["Chargement\u202f: {done} parties sur {all}", "Loading: {done} parts of {all}"],
  lost: ["Cette page n’existe pas dans ce rapport.", "There is no such page in this report."],
  failed: ["Le fichier {file} manque à côté de ce rapport\u00a0: copiez le dossier entier, avec «\u00a0data\u00a0».",
           "The file {file} is missing beside this report: copy the whole folder, with “data”."],
  unknown: ["inconnu", "unknown"],
  nobody: ["média inconnu", "unknown outlet"],
  untitled: ["(sans titre)", "(untitled)"],
  none: ["aucun", "none"],
  all: ["Tous", "All"],
  yes: ["oui", "yes"],
  no: ["non", "no"],
  // the first page
  day: ["Journée du {day}", "{day}"],
  motto: ["Qui reprend les agences, avec quelles retouches, en combien de temps, sous quel crédit",
          "Who carries the agencies, how edited, how fast, with what credit"],
  undated: ["Articles sans date", "Undated articles"],
  lead: ["{found} sur {articles} de {outlets} contiennent des mots retrouvés ({least} ou plus) dans une dépêche, ou dans un texte qu’un autre média crédite à une agence. Les mots ainsi retrouvés sont {share} de tous.",
         "{found} of {articles} of {outlets} hold words found ({least} or more) in a dispatch, or in a text that another outlet credits to an agency. Words so found are {share} of all."],
  leadSilent: ["Dans {silent}, {claimed} des mots au moins sont ainsi retrouvés sans que le texte stocké nomme d’agence\u202f; une signature peut manquer au fichier.",
               "In {silent}, at least {claimed} of the words are found so and the stored text names no agency; a by-line may be missing from the file."],
  leadCited: ["Dans {cites}, autant est retrouvé et le texte cite une agence sans la créditer.",
              "In {cites}, as much is found and the text cites an agency without crediting it."],
  leadCredited: ["Partout où {claimed} des mots au moins sont retrouvés, le texte nomme une agence.",
                 "Wherever at least {claimed} of the words are found, the text names an agency."],
  leadNothing: ["Aucune reprise d’agence n’a été trouvée.", "No agency copy was found."],
  nArticles: ["{n} article|{n} articles", "{n} article|{n} articles"],
  nOutlets: ["{n} média|{n} médias", "{n} outlet|{n} outlets"],
  nOwners: ["{n} propriétaire|{n} propriétaires", "{n} owner|{n} owners"],
  nWords: ["{n} mot|{n} mots", "{n} word|{n} words"],
  cardArticles: ["articles lus", "articles read"],
  cardDispatches: ["dépêches d’agence", "agency dispatches"],
  cardShare: ["des mots retrouvés chez une agence", "of the words found to be an agency’s"],
  cardShareNote: ["estimation de tout ce qui est d’agence\u00a0: {estimate}", "estimate of all that is an agency’s: {estimate}"],
  cardFound: ["articles avec des passages retrouvés", "articles with passages found"],
  cardFoundNote: ["{credited} autres créditent une agence", "{credited} more credit an agency"],
  cardSilent: ["retrouvés sans crédit", "found, without credit"],
  cardSilentNote: ["{claimed} des mots au moins, aucune agence nommée\u202f; une signature peut manquer au fichier", "at least {claimed} of the words, no agency named; a by-line may be missing from the file"],
  top: ["Les dépêches les plus reprises", "Most carried dispatches"],
  topNote: ["Une dépêche est le texte d’une agence\u202f; un repreneur, un article qui en contient au moins un passage. Chaque ligne mène aux deux textes, côte à côte.",
            "A dispatch is an agency’s text; a carrier, an article that holds at least one passage of it. Each row leads to both texts, side by side."],
  silent: ["Retrouvés sans crédit", "Found, without credit"],
  silentNote: ["{claimed} des mots au moins se trouvent dans une dépêche, ou dans un texte qu’un autre média crédite, et le texte stocké ne nomme pas d’agence. Une signature peut manquer au fichier\u202f; regardez la page avant d’écrire.",
               "At least {claimed} of the words stand in a dispatch, or in a text that another outlet credits, and the stored text names no agency. A by-line may be missing from the file; look at the page before you write."],
  suspected: ["Semblables à de l’agence, rien de retrouvé", "Like agency copy to read; nothing found"],
  suspectedNote: ["Une supposition statistique\u00a0: ni dépêche ni crédit ne l’appuie. Ce n’est pas une affirmation sur le média.",
                  "A guess by statistics: no dispatch and no credit stands behind it. It is no claim about the outlet."],
  evidence: ["Preuve", "Evidence"],
  evidenceFound: ["Retrouvé", "Found"],
  origin: ["Origine", "Origin"],
  originIs: ["origine\u00a0: {origin}", "origin: {origin}"],
  likely: ["Peut-être", "Perhaps"],
  likelyNote: ["peut-être {agency}\u202f; sans témoin", "perhaps {agency}; without a witness"],
  shareFound: ["Mots retrouvés", "Words found"],
  shareEstimated: ["Estimation", "Estimate"],
  derivationUntold: ["on ne peut le dire", "cannot be told"],
  creditClaim: ["Retrouvé, sans crédit", "Found, without credit"],
  perDay: ["Articles par jour", "Articles a day"],
  perDayNote: ["Jours de Paris. Retrouvé\u00a0: des mots se trouvent dans une dépêche, ou dans un texte qu’un autre média crédite. Choisissez une barre pour voir ses articles.",
               "Days of Paris. Found: words stand in a dispatch, or in a text that another outlet credits. Choose a bar to see its articles."],
  outside: ["{n} d’autres jours ne sont pas montrés.", "{n} of other days are not shown."],
  splitBy: ["Partager les barres", "Split the bars"],
  byEvidence: ["Par preuve", "By evidence"],
  byAgency: ["Par agence", "By agency"],
  daysBulk: ["Les jours principaux", "Most of the articles"],
  daysAll: ["Tous les jours", "All days"],
  asTable: ["Les chiffres en tableau", "The figures as a table"],
  reading: ["Comment lire ce rapport", "How to read this report"],
  reading0: ["Ouvrez une dépêche de la liste\u00a0: elle montre qui l’a reprise, combien de temps après, sous quel crédit, et les deux textes côte à côte, les mots changés marqués. Ouvrez un article\u00a0: chaque mot y est coloré selon sa provenance.",
             "Open a dispatch of the list: it shows who carried it, how long after, under which credit, and both texts side by side with the changed words marked. Open an article: every word is coloured by where it comes from."],
  reading1: ["La preuve est graduée\u00a0: «\u00a0dépêche\u00a0», le texte se trouve dans une dépêche du corpus\u202f; «\u00a0attesté\u00a0», dans un texte qu’un autre média crédite à l’agence\u202f; «\u00a0crédité\u00a0», seul son propre crédit le dit\u202f; «\u00a0soupçonné\u00a0», des statistiques seules. Une agence n’est nommée que par un témoin.",
             "Evidence has rungs: “dispatch”, the text stands in a stored dispatch; “attested”, in a text that another outlet credits to the agency; “credited”, its own credit alone says so; “suspected”, statistics alone. An agency is named only by a witness."],
  reading2: ["Un passage est une suite de mots qui se retrouve dans plusieurs articles\u202f; il est compté une fois, sous son texte le plus ancien.",
             "A passage is a run of words found in several articles; it is counted once, under its earliest text."],
  reading3: ["Un délai est un intervalle quand une date est imprécise. «\u00a0Ordre inconnu\u00a0» veut dire que les dates ne permettent pas de trancher.",
             "A lag is an interval when a date is coarse. “Order unknown” means that the dates do not tell."],
  reading4: ["Un texte commun montre une reprise, pas une faute\u00a0: un abonné a le droit de publier une dépêche, et un crédit peut manquer au texte stocké mais figurer sur la page.",
             "Shared text shows reuse, not a fault: a subscriber may print a dispatch, and a credit may be absent from the stored text yet stand on the page."],
  legend: ["Chaque mot d’un article est compté une fois\u00a0:", "Every word of an article is counted once:"],
  // lists
  search: ["Chercher", "Search"],
  searchSources: ["Titre, média, agence, identifiant", "Headline, outlet, agency, id"],
  searchPassages: ["Mots du passage, média, agence", "Words of the passage, outlet, agency"],
  searchArticles: ["Texte, titre, média, «\u00a0suite exacte\u00a0»", "Text, headline, outlet, \"exact phrase\""],
  searchOutlets: ["Média, propriétaire", "Outlet, owner"],
  outletsShown: ["{shown} médias montrés sur {all}\u202f; triez ou cherchez pour voir les autres.", "{shown} of {all} outlets are shown; sort or search to see the others."],
  found: ["{n} trouvé|{n} trouvés", "{n} found|{n} found"],
  nothing: ["Rien ne correspond. Effacez la recherche ou les filtres.", "Nothing matches. Clear the search or the filters."],
  limited: ["Cette liste montre {shown} lignes sur {rows}, les plus reprises d’abord\u202f; la table entière est dans {file}.",
            "This list shows {shown} of {rows} rows, most carried first; the whole table is in {file}."],
  limitedTexts: ["Les textes de {shown} articles sur {rows} se lisent ici\u00a0: ceux des passages les plus repris.",
                 "The texts of {shown} of {rows} articles can be read here: those in the most carried passages."],
  sourcesNote: ["Une ligne est une dépêche, ou à défaut le plus ancien texte connu. «\u00a0Part gardée\u00a0»\u00a0: part de ses mots que gardent en moyenne ses repreneurs.",
                "A row is a dispatch or, without one, the earliest known text. “Share kept”: the share of its words that its carriers keep on average."],
  passagesNote: ["Une ligne est une même prose où qu’elle se trouve\u202f: son texte le plus ancien et tous ses autres emplacements.",
                 "A row is the same prose wherever it stands: its earliest text and all its other places (a cluster)."],
  articlesNote: ["Une ligne est un article. La barre dit d’où viennent ses mots\u202f; la légende est sur la page de chaque article.",
                 "A row is an article. The bar says where its words come from; the legend is on the page of each article."],
  outletsNote: ["Mots retrouvés\u00a0: dans une dépêche, ou un texte qu’un autre média crédite\u202f; à côté, une estimation de tout ce qui est d’agence. Originalité\u00a0: part des mots qui ne se trouvent chez aucun autre, citations comprises. Délai médian après la source, quartiles dessous. Arrivé premier\u00a0: part de ses passages.",
                "Words found: in a dispatch, or in a text that another outlet credits; beside it an estimate of all that is an agency’s. Originality: share of the words that stand in nobody else’s articles, quotations included. Median lag after the source, quartiles below. Came first: share of its passages."],
  page: ["Page {page} sur {pages}", "Page {page} of {pages}"],
  previous: ["Précédente", "Previous"],
  next: ["Suivante", "Next"],
  sortBy: ["Trier par {column}", "Sort by {column}"],
  scroll: ["{name}, tableau à défilement", "{name}, scrolling table"],
  moreFilters: ["Autres filtres", "More filters"],
  asked: ["Ce qui est demandé", "What is asked for"],
  chip: ["{name}\u00a0: {value}", "{name}: {value}"],
  colon: ["\u00a0: ", ": "],
  drop: ["Enlever «\u00a0{text}\u00a0»", "Remove “{text}”"],
  since: ["Depuis le", "From"],
  until: ["Jusqu’au", "To"],
  country: ["Pays", "Country"],
  shareLeast: ["Mots retrouvés, au moins %", "Words found, at least %"],
  shareMost: ["Mots retrouvés, au plus %", "Words found, at most %"],
  keptLeast: ["Part de la dépêche, au moins %", "Share of the dispatch, at least %"],
  partLeast: ["Part de l’article, au moins %", "Share of the article, at least %"],
  carriersOf: ["Repreneurs de", "Carriers of"],
  firstAt: ["Paru d’abord chez", "First at"],
  thenAt: ["Puis chez", "Then at"],
  textsHere: ["Les textes de {shown} des {rows} articles sont cherchés ici, les titres de tous\u202f; «\u00a0dedup web\u00a0» cherche dans tous les textes.", "The texts of {shown} of the {rows} articles are searched here, the headlines of all; “dedup web” searches all texts."],
  take: ["Cette sélection", "This selection"],
  takeCsv: ["CSV", "CSV"],
  takeParquet: ["Parquet", "Parquet"],
  takeCitations: ["Références", "Citations"],
  takeQuery: ["Requête DuckDB", "DuckDB query"],
  takePrint: ["Imprimer", "Print"],
  titled: ["«\u00a0{title}\u00a0»", "“{title}”"],
  cited: ["Mots retrouvés\u00a0: {share}\u202f; preuve\u00a0: {evidence}{agency}.", "Words found: {share}; evidence: {evidence}{agency}."],
  citedBy: ["Sélection faite avec dedup {version}, calcul {run}, consultée le {date}\u00a0: {asked}", "Selection made with dedup {version}, run {run}, read on {date}: {asked}"],
  kind: ["Genre", "Kind"],
  kindCarried: ["Dépêches reprises", "Carried dispatches"],
  kindWire: ["Toutes les dépêches", "All dispatches"],
  kindNoWire: ["Sans dépêche connue", "No known dispatch"],
  kindAll: ["Tout", "Everything"],
  kindProse: ["Prose", "Prose"],
  kindQuotation: ["Citations seules", "Quotations only"],
  kindBackground: ["Rappels récurrents", "Recurring background"],
  kindBoilerplate: ["Habillage", "Boilerplate"],
  outlet: ["Média", "Outlet"],
  derivationFilter: ["Reprise", "Derivation"],
  creditFilter: ["Crédit", "Credit"],
  headline: ["Titre", "Headline"],
  agency: ["Agence", "Agency"],
  date: ["Date", "Date"],
  nCarriers: ["{n} repreneur|{n} repreneurs", "{n} carrier|{n} carriers"],
  owners: ["Propriétaires", "Owners"],
  in24h: ["En 24 h", "In 24 h"],
  kept: ["Part gardée", "Share kept"],
  uncredited: ["Retrouvés sans crédit", "Found, no credit"],
  first: ["Premier repreneur", "First carrier"],
  passage: ["Passage", "Passage"],
  earliest: ["Texte le plus ancien", "Earliest text"],
  probability: ["Probabilité d’agence", "Probability of agency"],
  probabilityShort: ["Prob. agence", "Prob. agency"],
  copy: ["Partage des mots", "Where the words come from"],
  words: ["Mots", "Words"],
  credit: ["Crédit", "Credit"],
  edit: ["Retouche", "Edit"],
  lag: ["Délai", "Lag"],
  derivation: ["Reprise", "Derivation"],
  text: ["Texte", "Text"],
  // a source
  dispatchOf: ["Dépêche {agency}", "{agency} dispatch"],
  revision: ["version {n}", "version {n}"],
  noDispatch: ["Dépêche absente du corpus", "Dispatch not in the corpus"],
  noDispatchNote: ["Aucune dépêche connue ne contient ce texte. L’article ci-dessous en est le plus ancien repreneur connu\u202f; il tient lieu de source. {guess}",
                   "No known dispatch holds this text. The article below is its earliest known carrier and stands in for the source. {guess}"],
  guess: ["Probabilité que le texte soit d’agence\u00a0: {p}.", "Probability that the text is an agency’s: {p}."],
  spread: ["La diffusion dans le temps", "The spread over time"],
  spreadNote: ["Un point par repreneur, à son délai\u202f; une barre quand la date est imprécise. Cercle plein\u00a0: crédité\u202f; cercle vide\u00a0: sans crédit.",
               "One dot a carrier, at its lag; a bar where the date is coarse. Full circle: credited; empty circle: no credit."],
  spreadLabel: ["Délai de {n} repreneurs après la source\u202f; les mêmes données sont dans le tableau des repreneurs.",
                "Lag of {n} carriers behind the source; the same figures are in the table of carriers."],
  spreadMore: ["Les {n} premiers sont dessinés.", "The first {n} are drawn."],
  carriersInOrder: ["Les repreneurs, dans l’ordre du temps", "The carriers, in order of time"],
  sideBySide: ["Côte à côte", "Side by side"],
  compare: ["Comparer", "Compare"],
  compareTo: ["Comparer avec {outlet}", "Compare with {outlet}"],
  source: ["Source", "Source"],
  carrier: ["Repreneur", "Carrier"],
  differences: ["Dans les paragraphes communs\u00a0: {same} en commun, {deleted} en moins, {inserted} en plus.", "In the paragraphs in common: {same} the same, {deleted} fewer, {inserted} more."],
  passageDifferences: ["{same} en commun, {deleted} en moins, {inserted} en plus.", "{same} the same, {deleted} fewer, {inserted} more."],
  legendDel: ["retiré", "removed"],
  legendIns: ["ajouté", "added"],
  legendTypo: ["typographie changée", "typography changed"],
  leftOut: ["non repris par cet article", "not carried by this article"],
  notFrom: ["pas tiré de cette source", "not from this source"],
  noText: ["Le texte de cet article n’est pas dans ce rapport.", "The text of this article is not in this report."],
  readSource: ["Lire la dépêche", "Read the dispatch"],
  readArticle: ["Lire l’article", "Read the article"],
  ofArticle: ["Part de l’article", "Share of the article"],
  // a passage
  passageTitle: ["Passage repris par {outlets}", "Passage carried by {outlets}"],
  inAgency: ["Donné à {agency} ({basis})", "Given to {agency} ({basis})"],
  inNoAgency: ["Donné à aucune agence (probabilité {p})", "Given to no agency (probability {p})"],
  overlap: ["Les textes se recouvrent à {mean} en moyenne", "The texts overlap by {mean} on average"],
  besideTitle: ["{carrier}, côte à côte avec {source}", "{carrier}, side by side with {source}"],
  allCarriers: ["Tous les repreneurs de cette source", "All carriers of this source"],
  isFirst: ["premier", "first"],
  isTie: ["ex æquo possible", "possible tie"],
  isSource: ["source", "source"],
  sameOwner: ["même propriétaire", "same owner"],
  why: ["Pourquoi", "Why"],
  // an article
  painted: ["Mot par mot", "Word by word"],
  paintedNote: ["Chaque mot est coloré selon sa provenance\u202f; les notes en marge disent d’où viennent les passages.",
                "Every word is coloured by where it comes from; the notes in the margin say where the passages are from."],
  facts: ["En résumé", "In short"],
  bestSource: ["Meilleure source", "Best source"],
  gives: ["{share} des mots", "{share} of the words"],
  reasons: ["Raisons", "Reasons"],
  original: ["Page d’origine", "Original page"],
  mention: ["Mention d’agence\u00a0: {kind}", "Mention of an agency: {kind}"],
  from: ["source\u00a0:", "source:"],
  apart: ["{n} paragraphes sans rien de commun", "{n} paragraphs with nothing in common"],
  silentCount: ["{n} sans crédit", "{n} without credit"],
  inPassage: ["passage", "passage"],
  asSource: ["Qui l’a repris", "Who carried it"],
  dispatchNote: ["C’est une dépêche\u00a0: les couleurs montrent ce que d’autres textes partagent avec elle.",
                 "This is a dispatch: the colours show what other texts share with it."],
  verdict: ["Retrouvé\u00a0: {found} de ses mots. Estimé à une agence en tout\u00a0: {estimated}, à {error} points près en moyenne pour un tel article.",
            "Found: {found} of its words. Estimated to be an agency’s in all: {estimated}, within {error} points on average for an article like this."],
  waterfall: ["Ce qui fait pencher la balance", "What tips the balance"],
  waterfallNote: ["Un article sans aucun indice penche vers «\u00a0non\u00a0». Chaque indice déplace la balance\u00a0: +1 double les chances d’une copie d’agence, −1 les réduit de moitié. À la fin, pour le modèle, «\u00a0repris {kind}\u00a0» est {odds} que «\u00a0non\u00a0». Sans témoin, ce n’est pas une affirmation.",
                  "An article with no evidence at all leans towards “not”. Each piece of evidence moves the balance: +1 doubles the odds of agency copy, −1 halves them. In the end the model holds “derived {kind}” {odds} than “not”. Without a witness this is no claim."],
  oddsFor: ["{n} fois plus probable", "{n} times likelier"],
  oddsAgainst: ["{n} fois moins probable", "{n} times less likely"],
  oddsMost: ["plus de {n} fois plus probable", "more than {n} times likelier"],
  balanceBounded: ["La reprise dite plus haut («\u00a0{kind}\u00a0») tient aussi compte de ce qui est retrouvé et de ce qui est propre à l’article.",
                   "The derivation said above (“{kind}”) also heeds what is found and what is the article’s own."],
  oddsEven: ["à peine plus ou moins probable", "hardly more or less likely"],
  weightBits: ["Poids (bits)", "Weight (bits)"],
  balance: ["Repris {kind}, contre\u00a0: non", "Derived {kind}, against: not"],
  carriersShown: ["{shown} repreneurs sur {all} au-dessus de ces seuils", "{shown} of {all} carriers above these thresholds"],
  ofDispatch: ["Part de la dépêche", "Share of the dispatch"],
  moreRows: ["{n} de plus", "{n} more"],
  moreOf: ["{name}, suite", "{name}, continued"],
  // outlets
  carriedFrom: ["À partir de quand est-ce une reprise\u202f?", "From when is it carried?"],
  carriedFromNote: ["Un passage suffit par défaut. Relevez les seuils pour ne compter que les reprises plus longues, ci-dessous.", "One passage is enough by default. Raise the thresholds to count only longer copies, below."],
  sharesByOutlet: ["Parts d’agence par média", "Agency shares by outlet"],
  sharesByOutletNote: ["Dans l’ordre du tableau ci-dessus, qui donne les mêmes chiffres.", "In the order of the table above, which has the same figures."],
  network: ["Qui publie d’abord les textes communs", "Who has shared texts first"],
  networkOf: ["Textes comptés", "Texts counted"],
  networkNote: ["Une flèche va de celui dont le texte est le plus ancien connu à celui qui l’a ensuite\u202f; sa largeur dit le nombre d’articles. Antériorité n’est pas copie\u00a0: les deux peuvent tenir le texte d’un tiers.",
                "An arrow goes from the holder of the earliest known text to the one that has it later; its width says how many articles. Earlier is not copied from: both may hold a third party’s text."],
  networkMore: ["Les {n} médias les plus liés sur {all}.", "The {n} most linked of {all} outlets."],
  networkLink: ["{from} puis {to}\u00a0: {n}", "{from} then {to}: {n}"],
  otherOwners: ["autres", "others"],
  orderUnknown: ["dont ordre inconnu", "of them in unknown order"],
  lags: ["Délais après la dépêche", "Lags after the dispatch"],
  lagsNote: ["Articles par délai. Un délai qu’une date imprécise étale sur plusieurs lignes est compté à part.", "Articles by lag. A lag that a coarse date spreads over several lines is counted apart."],
  owner: ["Propriétaire", "Owner"],
  originality: ["Originalité", "Originality"],
  creditedShare: ["Reprises créditées", "Carriers credited"],
  reaction: ["Délai médian", "Median lag"],
  firstRate: ["Arrivé premier", "Came first"],
  // look-up of a text, with a server
  check: ["Chercher un texte", "Look up a text"],
  checkNote: ["Collez un article, ou le HTML de sa page\u00a0: ses passages connus sont montrés avec leur source. Rien n’est conservé.", "Paste an article, or the HTML of its page: its known passages are shown with their source. Nothing is stored."],
  checkTitle: ["Titre (non comparé)", "Headline (not compared)"],
  checkText: ["Texte, ou HTML de la page", "Text, or HTML of the page"],
  checkGo: ["Chercher", "Look it up"],
  checkAnswer: ["{share} de {words} sont connus", "{share} of {words} are known"],
  checkProof: ["Une correspondance dit que deux textes partagent des mots dans le même ordre. Elle ne dit pas qui les a écrits.", "A match says that two texts share words in the same order. It does not say who wrote them."],
  nothingKnown: ["Aucun passage de ce texte n’est connu.", "No passage of this text is known."],
  whoPrints: ["Qui l’imprime", "Who prints it"],
  alsoIn: ["Aussi dans\u00a0:", "Also in:"],
  reworded: ["reformulé, souvent à tort", "reworded, often wrong"],
  noAnswer: ["Le serveur ne répond pas.", "The server does not answer."],
  // the run
  runWhen: ["Lancé le {date}", "Started {date}"],
  runNoManifest: ["Le manifeste de ce calcul manque.", "The manifest of this run is missing."],
  steps: ["Étapes", "Steps"],
  step: ["Étape", "Step"],
  seconds: ["Secondes", "Seconds"],
  counts: ["Comptes", "Counts"],
  count: ["Compte", "Count"],
  figure: ["Valeur", "Value"],
  rejects: ["Refusé ou corrigé", "Refused or corrected"],
  noRejects: ["Rien n’a été refusé\u00a0: tout ce qui a été lu est compté.", "Nothing was refused: all that was read is counted."],
  rejectsMore: ["Les {n} premières lignes sur {all}.", "The first {n} of {all} rows."],
  file: ["Fichier", "File"],
  position: ["Ligne", "Line"],
  reason: ["Raison", "Reason"],
  keptReject: ["Article gardé", "Article kept"],
  settings: ["Réglages", "Settings"],
  setting: ["Réglage", "Setting"],
  versions: ["Versions", "Versions"],
  tables: ["Tables", "Tables"],
  tablesNote: ["Toutes les données de ce rapport sont des fichiers Parquet, lisibles avec DuckDB, pandas, polars ou R.",
               "All the data of this report are Parquet files, to be read with DuckDB, pandas, polars or R."],
  rows: ["Lignes", "Rows"],
  learned: ["Lignes reconnues comme habillage", "Lines known as boilerplate"],
};

const NAMES = {
  found: { found: ["retrouvé", "found"], credited: ["crédité seulement", "credited only"], suspected: ["soupçonné", "suspected"], nothing: ["rien", "nothing"], others: ["autres agences", "other agencies"] },
  part: { found: ["mots retrouvés", "words found"], estimated: ["estimés en plus", "estimated besides"], rest: ["le reste", "the rest"] },
  network: { all: ["Tout", "Everything"], wire: ["Les dépêches", "Dispatches"], own: ["Sans agence", "Without agencies"] },
  lag: {
    before: ["avant la dépêche", "before the dispatch"], "10m": ["moins de 10 min", "under 10 min"], "30m": ["10 à 30 min", "10 to 30 min"],
    "1h": ["30 min à 1 h", "30 min to 1 h"], "2h": ["1 à 2 h", "1 to 2 h"], "6h": ["2 à 6 h", "2 to 6 h"], "24h": ["6 à 24 h", "6 to 24 h"],
    "3d": ["1 à 3 jours", "1 to 3 days"], later: ["plus de 3 jours", "over 3 days"], days: ["en deux jours, heure inconnue", "within two days, hour unknown"], unsure: ["pas connu si précisément", "not known so exactly"],
  },
  weight: {
    some: ["une partie est retrouvée", "a part is found"], told: ["propos confiés à l’agence", "said to the agency"],
    cited: ["cite l’agence", "cites the agency"], credit_full: ["crédit complet", "full credit"], credit_partial: ["crédit partiel", "partial credit"],
    habit: ["habitude du média", "habit of the outlet"], scars: ["traces de mise en forme", "traces of formatting"], start: ["sans aucun indice", "with no evidence at all"],
  },
  credit: {
    credited_full: ["crédit complet", "full credit"], credited_partial: ["crédit partiel", "partial credit"],
    in_text_only: ["citée dans le texte", "named in the text only"], photo_only: ["photo seulement", "photo only"],
    none: ["aucun crédit", "no credit"],
  },
  edit: {
    verbatim: ["mot pour mot", "word for word"], light_edit: ["retouche légère", "light edit"],
    heavy_edit: ["retouche forte", "heavy edit"], merged: ["paragraphes fondus", "merged"],
    split: ["paragraphe scindé", "split"], truncated: ["coupé", "truncated"],
    reordered: ["ordre changé", "reordered"], quote_only: ["citation seule", "quotation only"],
  },
  share: {
    verbatim: ["mot pour mot", "word for word"], edited: ["retouché", "edited"], quotation: ["citation", "quotation"],
    background: ["rappel récurrent", "recurring background"], boilerplate: ["habillage", "boilerplate"],
    house: ["propre, partagé dans le groupe", "own, shared within the owner"], own: ["propre à l’article", "the article’s own"],
  },
  derivation: {
    wholly: ["en entier", "wholly"], partially: ["en partie", "in part"], non: ["non", "no"],
  },
  basis: {
    feed: ["la dépêche est là", "the dispatch is there"], credited_member: ["un repreneur la crédite", "a carrier credits it"],
    in_text: ["citée auprès du passage", "named beside the passage"], none: ["rien", "nothing"],
  },
  evidence: {
    dispatch: ["dépêche", "dispatch"], attested: ["attesté", "attested"], credited: ["crédité", "credited"],
    suspected: ["soupçonné", "suspected"], none: ["aucune", "none"],
  },
  rung: {
    dispatch: ["des mots se trouvent dans une dépêche du corpus", "words stand in a stored dispatch"],
    attested: ["des mots se trouvent dans un texte qu’un autre média crédite", "words stand in a text that another outlet credits"],
    credited: ["seul son propre crédit le dit", "its own credit alone says so"],
    suspected: ["se lit comme de l’agence\u202f; rien de retrouvé", "reads like agency copy; nothing found"],
    none: ["rien n’indique une agence", "nothing points to an agency"],
  },
  origin: {
    agency: ["agence", "agency"], statement: ["déclaration publique", "public statement"], house: ["maison", "house"],
    outlet: ["un média", "one outlet"], shared: ["partagée", "shared"], unknown: ["inconnue", "unknown"],
  },
  mention: {
    full: ["crédit complet", "full credit"], partial: ["crédit partiel", "partial credit"],
    in_text: ["source citée dans le texte", "named as source in the text"],
    quote_to_agency: ["propos confiés à l’agence", "said to the agency"], photo: ["crédit photo", "photo credit"],
    other: ["autre mention", "other mention"],
  },
  role: { title: ["titre", "title"], heading: ["intertitre", "heading"], caption: ["légende", "caption"],
          credit: ["signature", "credit"], embed: ["élément intégré", "embed"], boilerplate: ["habillage", "boilerplate"] },
  count: {
    articles: ["articles", "articles"], wires: ["dépêches", "dispatches"], paragraphs: ["paragraphes", "paragraphs"],
    words: ["mots", "words"], credits: ["mentions d’agences", "mentions of agencies"],
    candidate_pairs: ["paires examinées", "pairs looked at"], matches: ["concordances", "matches"], passages: ["passages", "passages"],
    clusters: ["groupes de passages", "clusters of passages"], refined_clusters: ["groupes affinés", "refined clusters"],
    derived_articles: ["articles repris, dépêches comprises", "derived articles, dispatches included"], outlets: ["médias", "outlets"],
    outlet_pairs: ["paires de médias", "pairs of outlets"], rejects: ["refus", "rejects"],
    sparse_buckets: ["regards sur des cases trop pleines", "looks back into overfull buckets"],
    largest_bucket: ["plus grande case de ce passage", "largest bucket of this run"],
    bounded_articles: ["articles aux paires trop nombreuses", "articles with more pairs than they may choose"],
    dropped_pairs: ["paires laissées de côté pour cela", "pairs left out for that"],
    new_articles: ["articles nouveaux", "new articles"], known_articles: ["articles déjà connus", "known articles"],
    reopened_days: ["jours clos rouverts", "settled days reopened"], older_versions: ["versions anciennes", "older versions"], same_text: ["même texte sous un autre identifiant", "same text under another id"],
    new_pairs: ["paires alignées par ce calcul", "pairs aligned by this run"],
    articles_fr: ["articles en français", "articles in French"], articles_en: ["articles en anglais", "articles in English"],
    articles_de: ["articles en allemand", "articles in German"], articles_it: ["articles en italien", "articles in Italian"],
    articles_es: ["articles en espagnol", "articles in Spanish"], articles_nl: ["articles en néerlandais", "articles in Dutch"],
    articles_without_language: ["articles d’une autre langue", "articles in another language"],
    articles_without_day: ["articles sans date", "undated articles"], articles_without_outlet: ["articles sans média", "articles without an outlet"],
    clusters_agency_first: ["groupes dont la dépêche est le premier texte", "clusters whose dispatch is the first text"],
    clusters_outlet_first: ["groupes où un média précède la dépêche", "clusters in which an outlet precedes the dispatch"],
    clusters_unknown: ["groupes dont l’ordre est inconnu", "clusters whose order is unknown"],
    clusters_without_dispatch: ["groupes sans dépêche", "clusters without a dispatch"],
    estimated_recall: ["part estimée des paires trouvées", "estimated share of the pairs found"],
    estimated_noise: ["part estimée des paires dues au hasard", "estimated share of pairs due to chance"],
    sampled_pairs: ["paires tirées pour l’audit", "pairs sampled for the audit"],
    sampled_sharing: ["dont celles à prose commune", "of these with shared prose"],
    sampled_far_pairs: ["paires lointaines tirées", "distant pairs sampled"],
    sampled_far_sharing: ["dont celles à prose commune, lointaines", "distant ones with shared prose"],
    traced_articles: ["articles remontés à leurs sources", "articles traced to their sources"],
  },
  step: {
    read: ["lire les articles", "read the articles"], cut: ["couper en paragraphes et mots", "cut into paragraphs and words"],
    credit: ["trouver les crédits", "find the credits"],
    join: ["rapprocher les articles", "pair the articles"], align: ["aligner mot à mot", "align word by word"],
    cluster: ["grouper les passages", "cluster the passages"], trace: ["remonter aux sources", "trace to the sources"],
    audit: ["contrôler la recherche des paires", "audit the search of pairs"],
    summarise: ["résumer", "sum up"], report: ["écrire le rapport", "write the report"],
  },
};

// Traces of an agency's formatting, as the rules of scars name them -> French.
const SCARS = {
  "a quotation between plus signs": "une citation entre signes plus",
  "a time written like 20H00": "une heure écrite comme 20H00",
  "a time in GMT": "une heure GMT",
  "a place explained by a point of the compass": "un lieu situé par un point cardinal",
  "\"a-t-on appris\" without a subject": "«\u00a0a-t-on appris\u00a0» sans sujet",
  "\"de source judiciaire\" or the like": "«\u00a0de source judiciaire\u00a0» ou semblable",
  "a dateline without its agency": "un lieu d’envoi sans son agence",
  "a heading between dashes": "un intertitre entre tirets",
  "a note to editors": "une note aux rédactions",
  "the names of a desk": "les noms d’un desk",
  "initials of a desk": "les initiales d’un desk",
  "the code of a share": "le code d’une action",
};

// Sentences of the tables (they are in English) -> French.
const SENTENCES = [
  [/^(.+); (dates .+|clock .+)$/, (all, one, other) => `${sentence(one)}\u202f; ${sentence(other)}`],
  [/^dates without a time of day \((\d+) of (\d+)\)$/, "dates sans heure ($1 sur $2)"],
  [/^dates at midnight \((\d+) of (\d+)\): the time of day is not known$/, "dates à minuit ($1 sur $2)\u00a0: l’heure n’est pas connue"],
  [/^clock (\d+) h slow: (\d+) of (\d+) texts stand before the dispatch they carry$/, "horloge en retard de $1\u00a0h\u00a0: $2 textes sur $3 précèdent la dépêche qu’ils reprennent"],
  [/^clock perhaps (\d+) h fast: lags to (\d+) dispatches begin at (\d+) h$/, "horloge peut-être en avance de $1\u00a0h\u00a0: les délais de $2 dépêches commencent à $3\u00a0h"],
  [/^stands in the dispatch (.+)$/, "se trouve dans la dépêche $1"],
  [/^stands in (.+), the earliest known carrier$/, "se trouve dans $1, le plus ancien repreneur connu"],
  [/^is the earliest known text of its cluster$/, "est le plus ancien texte connu du passage"],
  [/^a date is missing, so the direction is not sure$/, "une date manque\u00a0: le sens n’est pas sûr"],
  [/^the dates do not tell which came first$/, "les dates ne disent pas qui fut le premier"],
  [/^printed by several independent owners$/, "publié par plusieurs propriétaires indépendants"],
  [/^another outlet that prints it credits (.+)$/, "un autre média qui le publie crédite $1"],
  [/^recurs over days as background$/, "revient plusieurs jours, comme rappel"],
  [/^only a quotation is shared$/, "seule une citation est partagée"],
  [/^one French wording of a foreign speaker's words points to one translator, hence to one wire$/,
   "une même traduction des mots d’un étranger désigne un seul traducteur, donc une seule agence"],
  [/^(\d+)% of its words are in passages given to an agency$/, "$1\u202f% de ses mots sont dans des passages attribués à une agence"],
  [/^nobody in it speaks to an agency$/, "personne n’y parle à une agence"],
  [/^somebody in it speaks to an agency$/, "quelqu’un y parle à une agence"],
  [/^it cites no agency$/, "il ne cite pas d’agence"],
  [/^it cites an agency as another does$/, "il cite une agence comme le ferait un autre"],
  [/^no full credit$/, "pas de crédit complet"],
  [/^it credits an agency in full$/, "il crédite pleinement une agence"],
  [/^no partial credit$/, "pas de crédit partiel"],
  [/^it credits an agency in part$/, "il crédite une agence en partie"],
  [/^its outlet seldom carries dispatches whole$/, "son média reprend rarement des dépêches entières"],
  [/^hardly any of it is found elsewhere$/, "presque rien ne s’en trouve ailleurs"],
  [/^a part of it is found elsewhere$/, "une partie s’en trouve ailleurs"],
  [/^nobody who prints it credits an agency$/, "aucun de ceux qui le publient ne crédite d’agence"],
  [/^somebody who prints it credits an agency$/, "un de ceux qui le publient crédite une agence"],
  [/^nobody speaks to an agency in the articles that print it$/, "personne ne parle à une agence dans les articles qui le publient"],
  [/^somebody speaks to an agency in an article that prints it$/, "quelqu’un parle à une agence dans un article qui le publie"],
  [/^few independent owners print it$/, "peu de propriétaires indépendants le publient"],
  [/^many independent owners print it$/, "plusieurs propriétaires indépendants le publient"],
  [/^it is more than a quotation$/, "c’est plus qu’une citation"],
  [/^it is short$/, "il est court"],
  [/^it is long$/, "il est long"],
  [/^little else of the articles that print it is printed elsewhere$/, "le reste des articles qui le publient ne se trouve guère ailleurs"],
  [/^the articles that print it are printed elsewhere too$/, "les articles qui le publient se trouvent aussi ailleurs"],
  [/^no institution speaks beside it$/, "aucune institution ne parle à côté"],
  [/^an institution or a person speaks in it or beside it$/, "une institution ou une personne y parle, ou à côté"],
  [/^it is prose$/, "c’est de la prose"],
  [/^the outlets that print it seldom name an agency$/, "les médias qui l’impriment citent rarement une agence"],
  [/^the outlets that print it often name an agency$/, "les médias qui l’impriment citent souvent une agence"],
  [/^it is mostly names and figures$/, "ce sont surtout des noms et des chiffres"],
  [/^it was printed within a short time$/, "il a été publié en peu de temps"],
  [/^it was printed over a long time$/, "il a été publié sur une longue durée"],
  [/^its outlet mostly carries dispatches whole$/, "son média reprend le plus souvent des dépêches entières"],
  [/^it keeps nothing of an agency's formatting$/, "il ne garde rien de la mise en forme d’une agence"],
  [/^it keeps traces of an agency's formatting$/, "il garde des traces de la mise en forme d’une agence"],
  [/^it keeps traces of an agency's formatting: (.+)$/, (all, kept) =>
    `il garde des traces de la mise en forme d’une agence\u00a0: ${kept.split("; ").map((scar) => SCARS[scar] || scar).join(", ")}`],
  [/^the articles that print it keep nothing of an agency's formatting$/, "les articles qui le publient ne gardent rien de la mise en forme d’une agence"],
  [/^articles that print it keep traces of an agency's formatting$/, "des articles qui le publient gardent des traces de la mise en forme d’une agence"],
];

let language = 0; // 0 French, 1 English

function t(key, values) {
  return filled(WORDS[key][language], values);
}

// The form for a number: French has one for 0 and 1, English for 1 alone.
function tn(key, n) {
  const forms = WORDS[key][language].split("|");
  const one = language === 0 ? n < 2 : n === 1;
  return filled(one ? forms[0] : forms[1], { n: number(n) });
}

function filled(text, values) {
  return values ? text.replace(/\{(\w+)\}/g, (all, name) => (name in values ? values[name] : all)) : text;
}

function named(kind, name) {
  if (name === null || name === undefined) return "";
  const found = Object.hasOwn(NAMES[kind], name) ? NAMES[kind][name] : null;
  return found ? found[language] : String(name).replaceAll("_", " ");
}

function sentence(text) {
  if (language === 1) return text;
  for (const [pattern, french] of SENTENCES) if (pattern.test(text)) return text.replace(pattern, french);
  return text;
}

const tag = () => (language === 0 ? "fr" : "en");

const formats = new Map();
function format(name, make) {
  const key = name + language;
  if (!formats.has(key)) formats.set(key, make(language === 0 ? "fr-FR" : "en-GB"));
  return formats.get(key);
}

function number(n, digits = 0) {
  if (n === null || n === undefined) return "–";
  return format("number" + digits, (tag) => new Intl.NumberFormat(tag, { maximumFractionDigits: digits })).format(n);
}

function percent(share) {
  if (share === null || share === undefined) return "–";
  return format("percent", (tag) => new Intl.NumberFormat(tag, { style: "percent", maximumFractionDigits: 0 })).format(share);
}

// A time of Paris: the start of a coarse date falls on its own day there, which it does not in UTC.
function time(seconds, precision) {
  if (seconds === null || seconds === undefined) return t("unknown");
  const shown = { year: "numeric", month: "short" };
  if (precision !== "month") shown.day = "numeric";
  if (precision === "second" || precision === "minute") Object.assign(shown, { hour: "2-digit", minute: "2-digit" });
  const name = Object.keys(shown).join();
  return format(name, (tag) => new Intl.DateTimeFormat(tag, { ...shown, timeZone: "Europe/Paris" })).format(seconds * 1000);
}

function dayName(day, long) {
  const shown = long ? { weekday: "long", day: "numeric", month: "long", year: "numeric" } : { day: "numeric", month: "short" };
  return format("day" + long, (tag) => new Intl.DateTimeFormat(tag, { ...shown, timeZone: "UTC" })).format(Date.parse(day + "T00:00Z"));
}

function monthName(day) {
  return format("month", (tag) => new Intl.DateTimeFormat(tag, { month: "short", year: "numeric", timeZone: "UTC" })).format(Date.parse(day + "T00:00Z"));
}

// "10–15 mars 2025"
function dayRange(first, last) {
  const shown = { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" };
  return format("range", (tag) => new Intl.DateTimeFormat(tag, shown)).formatRange(Date.parse(first + "T00:00Z"), Date.parse(last + "T00:00Z"));
}

// The time of day, where it is known: for a second line under the date.
function clock(seconds, precision) {
  if (seconds === null || seconds === undefined || (precision !== "second" && precision !== "minute")) return null;
  return format("clock", (tag) => new Intl.DateTimeFormat(tag, { hour: "2-digit", minute: "2-digit", timeZone: "Europe/Paris" })).format(seconds * 1000);
}

// "45 min", "3 h 20", "2,5 j": a duration in at most two units.
function duration(seconds) {
  const minutes = Math.round(Math.abs(seconds) / 60);
  if (Math.abs(seconds) < 60) return `${number(Math.round(Math.abs(seconds)))}\u00a0s`;
  if (minutes < 60) return `${minutes}\u00a0min`;
  if (minutes < 48 * 60) {
    const rest = minutes % 60;
    return `${Math.floor(minutes / 60)}\u00a0h${rest ? `\u00a0${String(rest).padStart(2, "0")}` : ""}`;
  }
  return `${number(minutes / 1440, 1)}\u00a0${language === 0 ? "j" : "d"}`;
}

// An interval of lags in words.
function lag(low, high) {
  if (low === null || low === undefined || high === null) return language ? "order unknown" : "ordre inconnu";
  const after = (s) => (language ? `${duration(s)} after` : `${duration(s)} après`);
  const before = (s) => (language ? `${duration(s)} before` : `${duration(s)} avant`);
  if (duration(low) === duration(high) && low * high >= 0) {
    if (!low && !high) return language ? "at the same time" : "en même temps";
    return low < 0 ? before(low) : after(low);
  }
  const between = (one, two) => (language ? `${one} to ${two}` : `entre ${one} et ${two}`);
  if (low >= 0) return between(duration(low), after(high));
  if (high <= 0) return between(duration(high), before(low));
  return between(before(low), after(high));
}
