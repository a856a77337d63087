-- The list of tracked identifiers, of one portal or of all, page by page over a million of them.

-- The portal of the subscription, beside the identifier: a portal's list is a range of one index.
ALTER TABLE subscription_identifiers ADD COLUMN member_id text;
UPDATE subscription_identifiers AS tracked SET member_id = subscription.member_id
FROM subscriptions AS subscription WHERE subscription.id = tracked.subscription_id;

CREATE FUNCTION portal_of_subscription() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    SELECT member_id INTO NEW.member_id FROM subscriptions WHERE id = NEW.subscription_id;
    RETURN NEW;
END
$$;
-- Whoever writes an identifier need not know of it.
CREATE TRIGGER subscription_identifiers_portal BEFORE INSERT ON subscription_identifiers
    FOR EACH ROW WHEN (NEW.member_id IS NULL) EXECUTE FUNCTION portal_of_subscription();
CREATE INDEX subscription_identifiers_by_portal
    ON subscription_identifiers (member_id, identifier, subscription_id);

-- News as they were found, newest first: of one portal, and of one subscription.
CREATE INDEX news_by_portal ON news (member_id, id DESC);
CREATE INDEX news_by_subscription ON news (subscription_id, id DESC);
