-- Which identifiers had news last: the list of tracked identifiers in that order, page by page over a million of them.

CREATE TABLE latest_news (
    member_id  text             NOT NULL,
    identifier text COLLATE "C" NOT NULL,
    -- The latest of its news: ascending numbers are ascending moments.
    news_id    bigint           NOT NULL,
    found_at   timestamptz      NOT NULL,
    PRIMARY KEY (member_id, identifier)
);

-- Once a statement, however many news it writes; in one order, so that two writers wait and do not lock each other out.
CREATE FUNCTION keep_latest_news() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO latest_news (member_id, identifier, news_id, found_at)
    SELECT inserted.member_id, stated.identifier COLLATE "C", max(inserted.id), max(inserted.found_at)
    FROM inserted CROSS JOIN LATERAL unnest(inserted.identifiers) AS stated (identifier)
    GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (member_id, identifier) DO UPDATE
    SET news_id = greatest(latest_news.news_id, excluded.news_id),
        found_at = greatest(latest_news.found_at, excluded.found_at);
    RETURN NULL;
END
$$;
CREATE TRIGGER news_latest AFTER INSERT ON news
    REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION keep_latest_news();

-- After the trigger: until this is committed nobody else writes news, so that none is missed between the two.
INSERT INTO latest_news (member_id, identifier, news_id, found_at)
SELECT news.member_id, stated.identifier, max(news.id), max(news.found_at)
FROM news CROSS JOIN LATERAL unnest(news.identifiers) AS stated (identifier)
GROUP BY news.member_id, stated.identifier;

CREATE INDEX latest_news_of_portals ON latest_news (member_id, news_id, identifier);
CREATE INDEX latest_news_of_all ON latest_news (news_id, identifier);
-- The same identifier in other portals.
CREATE INDEX latest_news_by_identifier ON latest_news (identifier, news_id);

-- Last, as whoever writes `portals` waits from here on.
ALTER TABLE latest_news ADD FOREIGN KEY (member_id) REFERENCES portals ON DELETE CASCADE;
