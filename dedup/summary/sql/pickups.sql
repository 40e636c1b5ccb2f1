-- PROVENANCE before and now, ARTICLES -> what was picked up since: one row a dispatch and the article that carries it.
-- Carried means verbatim or edited words whose source is this very dispatch, as in WIRE_PICKUP.
with carried as (
    select source_article_id, article_id,
           any_value(outlet)                                                   as outlet,
           min(lag_low)                                                        as lag_low,
           min(lag_high)                                                       as lag_high
    from now
    where share_class in ('verbatim', 'edited') and source_article_id is not null
    group by all
)
select dispatch.article_id                                                     as dispatch,
       dispatch.agency,
       dispatch.title,
       carried.article_id                                                      as article,
       carried.outlet,
       carried.lag_low,                                                        -- seconds; null when a date is missing
       carried.lag_high
from carried
join articles dispatch on dispatch.article_id = carried.source_article_id and dispatch.is_wire
-- a dispatch that carries another is an update, no pick-up
anti join (select article_id as article from articles where is_wire) wire on wire.article = carried.article_id
anti join before on before.source_article_id = carried.source_article_id and before.article_id = carried.article_id
                 and before.share_class in ('verbatim', 'edited')
order by dispatch, carried.lag_low nulls last, article;
