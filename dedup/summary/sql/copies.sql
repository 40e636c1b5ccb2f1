-- PROVENANCE -> COPIES: who had the words of whom, agency text set apart.
WITH traced AS (  -- passages of outlets that stand in another outlet's article or in a dispatch
  SELECT
    article_id, n_words, same_owner, lag_mid, outlet, source_outlet,
    credit_status IN ('credited_full', 'credited_partial') AS is_credited,
    -- a dispatch is the source whatever the dates say
    source_is_wire OR direction = 'after' AS directed,
    CASE
      WHEN evidence IN ('dispatch', 'attested', 'credited') THEN 'agency'
      WHEN evidence = 'suspected' THEN 'suspected'
      ELSE origin
    END AS origin
  FROM provenance ANTI JOIN dispatches USING (article_id)
  WHERE source_outlet <> outlet AND share_class NOT IN ('quotation', 'boilerplate')
), named AS (
  SELECT
    * REPLACE (CASE WHEN directed OR source_outlet < outlet THEN outlet ELSE source_outlet END AS outlet),
    CASE WHEN directed OR source_outlet < outlet THEN source_outlet ELSE outlet END AS outlet_from
  FROM traced
)
SELECT
  outlet_from, outlet AS outlet_to, origin, directed, bool_or(same_owner) AS same_owner,
  count(DISTINCT article_id) AS n_articles, count(*) AS n_passages, sum(n_words) AS n_words,
  count(DISTINCT article_id) FILTER (is_credited) / count(DISTINCT article_id) AS share_credited,
  median(lag_mid) FILTER (directed) AS lag_median
FROM named
GROUP BY outlet_from, outlet, origin, directed
ORDER BY outlet_from, outlet_to, origin, directed
