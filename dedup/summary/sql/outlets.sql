-- ARTICLES, ARTICLE_PROVENANCE, PROVENANCE, notes of the clock audit -> OUTLETS_BY_DAY, and first of each outlet the row
-- over all days, without a day. Dispatches and articles without outlet stand in no row.
with owners as (            -- the owner of an outlet whose articles name two: the first in the alphabet
    select outlet, min(owner_group) as owner_group
    from articles
    where outlet is not null
    group by outlet
),
own as (                    -- outlets' articles; without a date that says the day, none
    select article_id,
           outlet,
           published_at is not null and date_precision in ('second', 'minute', 'day', 'month')        as dated,
           case when date_precision in ('second', 'minute', 'day')
                then date '1970-01-01' + cast(floor(epoch_us(published_at) / 86400000000) as integer) end as day
    from articles
    where outlet is not null and not coalesce(is_wire, false)
),
firsts as (                 -- passages of prose of each article that is dated, and those that it carried first
    select article_id,
           count(*)                                                                                    as n_passages,
           count(*) filter (is_first)                                                                  as n_first
    from provenance
    where is_first is not null and coalesce(share_class, '') not in ('quotation', 'boilerplate')
    group by article_id
),
carried as (                -- an article, its words without boilerplate, and what it carries
    select own.outlet,
           own.day,
           coalesce(p.n_words, 0)                                                                      as words,
           coalesce(p.n_words, 0) * (1 - cast(coalesce(p.share_boilerplate, 0) as double))             as weight,
           -- in whole parts of 2^-40: such sums are the same in any order of the rows
           cast(round(weight * pow(2, 40)) as hugeint)                                                 as weight_parts,
           cast(round(weight * p.share_found * pow(2, 40)) as hugeint)                                 as found_parts,
           cast(round(weight * p.share_estimated * pow(2, 40)) as hugeint)                             as estimated_parts,
           cast(round(weight * p.copy_rate * pow(2, 40)) as hugeint)                                   as copied_parts,
           coalesce(p.derivation in ('wholly', 'partially'), false)                                    as derived,
           derived and coalesce(p.credit_status in ('credited_full', 'credited_partial'), false)       as credited,
           case when derived then p.lag_mid end                                                        as lag,
           case when own.dated then firsts.n_passages end                                              as n_passages,
           case when own.dated then firsts.n_first end                                                 as n_first
    from own
    join article_provenance p using (article_id)
    left join firsts using (article_id)
),
summed as (
    select outlet,
           day,
           grouping(day) = 1                                                                           as every_day,
           count(*)                                                                                    as n_articles,
           sum(words)                                                                                  as n_words,
           sum(found_parts) / nullif(sum(weight_parts) filter (found_parts is not null), 0)            as share_found,
           sum(estimated_parts) / nullif(sum(weight_parts) filter (estimated_parts is not null), 0)    as share_estimated,
           sum(copied_parts) / nullif(sum(weight_parts) filter (copied_parts is not null), 0)          as copy_rate,
           count(*) filter (derived)                                                                   as n_derived,
           count(*) filter (credited) / nullif(count(*) filter (derived), 0)                           as share_credited,
           quantile_cont(lag, 0.25)                                                                    as lag_q25,
           quantile_cont(lag, 0.50)                                                                    as lag_median,
           quantile_cont(lag, 0.75)                                                                    as lag_q75,
           sum(n_first) / nullif(sum(n_passages), 0)                                                   as first_rate
    from carried
    group by grouping sets ((outlet, day), (outlet))
)
select outlet,
       owner_group,
       day,
       n_articles,
       n_words,
       share_found,
       share_estimated,
       copy_rate,
       1 - copy_rate                                                                                   as originality_rate,
       n_derived,
       share_credited,
       lag_q25,
       lag_median,
       lag_q75,
       first_rate,
       clock_note
from summed
join owners using (outlet)
left join notes using (outlet)
where every_day or day is not null                   -- what has no day stands in the row over all days alone
order by outlet, day nulls first
