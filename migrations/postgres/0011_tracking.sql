-- Tracking: who wants to know what of which counterparties, what was found for them, and the items that tell them.

-- A person's wish, given in one card: tell me when the documents of these identifiers change.
CREATE TABLE subscriptions (
    id                bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    member_id         text        NOT NULL REFERENCES portals ON DELETE CASCADE,
    -- The card in which it was given.
    entity_type       text        NOT NULL CHECK (entity_type IN ('lead', 'deal', 'company')),
    entity_id         bigint      NOT NULL CHECK (entity_id > 0),
    -- The subscriber.
    user_id           bigint      NOT NULL CHECK (user_id > 0),
    news              text[]      NOT NULL CHECK (
        cardinality(news) > 0
        AND news <@ ARRAY['new_document', 'suspended', 'terminated', 'expiring', 'rf_territory']),
    -- NULL: all six.
    registries        registry[]  CHECK (cardinality(registries) > 0),
    -- How many days before its end a document is said to expire.
    expiring_days     integer     NOT NULL DEFAULT 30 CHECK (expiring_days BETWEEN 1 AND 365),
    -- Overrides of the portal's settings; NULL: as the portal has it.
    scope             text        CHECK (scope IN ('card', 'all_matching')),
    notification_kind text        CHECK (notification_kind IN ('todo', 'activity', 'task', 'comment', 'im')),
    assignment        jsonb,
    -- No items until then; 'infinity': until somebody says otherwise.
    muted_until       timestamptz,
    state             text        NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'archived')),
    -- Why it is archived.
    reason            text        CHECK (
        reason IN ('unsubscribed', 'user_dismissed', 'handed_over', 'entity_deleted', 'administrator')),
    archived_at       timestamptz,
    -- What was there already is no news: documents written up to this version of the store, and terms that had come
    -- near by this day (UTC).
    since_version     bigint      NOT NULL,
    since_day         date        NOT NULL,
    created_at        timestamptz NOT NULL DEFAULT now(),
    changed_at        timestamptz NOT NULL DEFAULT now(),
    CHECK ((state = 'archived') = (archived_at IS NOT NULL)),
    CHECK ((state = 'archived') = (reason IS NOT NULL))
);
CREATE INDEX subscriptions_by_card ON subscriptions (member_id, entity_type, entity_id);
CREATE INDEX subscriptions_by_user ON subscriptions (member_id, user_id);
CREATE INDEX subscriptions_by_portal ON subscriptions (member_id, state, id);

CREATE TABLE subscription_identifiers (
    subscription_id bigint NOT NULL REFERENCES subscriptions ON DELETE CASCADE,
    identifier      text COLLATE "C" NOT NULL CHECK (identifier <> ''),
    PRIMARY KEY (subscription_id, identifier)
);
CREATE INDEX subscription_identifiers_by_identifier ON subscription_identifiers (identifier, subscription_id);

-- Every recount that was asked for, and how it ended.
CREATE TABLE recounts (
    id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    occasion      text        NOT NULL CHECK (occasion IN ('schedule', 'import', 'command', 'interface')),
    state         text        NOT NULL CHECK (state IN ('requested', 'running', 'done', 'failed')),
    requested_at  timestamptz NOT NULL DEFAULT now(),
    started_at    timestamptz,
    finished_at   timestamptz,
    -- Which process runs it.
    node          text,
    -- Versions of the store that it covers: after the first, up to the second; and the day of the rule of dates.
    from_version  bigint,
    to_version    bigint,
    day           date,
    subscriptions bigint,
    identifiers   bigint,
    found         bigint,
    error         text,
    CHECK ((state IN ('done', 'failed')) = (finished_at IS NOT NULL)),
    CHECK (state <> 'failed' OR error IS NOT NULL)
);
CREATE INDEX recounts_open ON recounts (id) WHERE state IN ('requested', 'running');

-- How far news were looked for. Its lock lets one recount run at a time in all processes.
CREATE TABLE recount_mark (
    single  boolean PRIMARY KEY DEFAULT true CHECK (single),
    version bigint  NOT NULL,
    day     date    NOT NULL
);
INSERT INTO recount_mark (version, day)
SELECT coalesce(max(data_version), 0), (now() AT TIME ZONE 'UTC')::date FROM registry_state;

-- A piece of news: this happened to this document, and this subscription wants to know. Found once, whatever is
-- repeated.
CREATE TABLE news (
    id              bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subscription_id bigint      NOT NULL REFERENCES subscriptions ON DELETE CASCADE,
    member_id       text        NOT NULL,
    kind            text        NOT NULL
        CHECK (kind IN ('new_document', 'suspended', 'terminated', 'expiring', 'rf_territory')),
    registry        registry    NOT NULL,
    document_key    text COLLATE "C" NOT NULL,
    -- Tells one happening of a kind from the next of the same document: the version of the change, the end of the term;
    -- '' for what happens once.
    occurrence      text        NOT NULL DEFAULT '',
    -- Of the subscription's identifiers, those that the document carries.
    identifiers     text[]      NOT NULL,
    recount_id      bigint      NOT NULL,
    found_at        timestamptz NOT NULL DEFAULT now(),
    -- When it was given to items, or dropped.
    settled_at      timestamptz,
    -- Why no item tells it.
    dropped         text        CHECK (dropped IN ('muted', 'archived', 'told_already', 'no_entity')),
    UNIQUE (subscription_id, kind, registry, document_key, occurrence),
    CHECK (dropped IS NULL OR settled_at IS NOT NULL)
);
CREATE INDEX news_unsettled ON news (member_id, id) WHERE settled_at IS NULL;
CREATE INDEX news_of_document ON news (registry, document_key);

-- What appears in a portal's CRM: one item per card, run and kind, however many news it lists.
CREATE TABLE notification_items (
    -- Also the marker by which the portal's object is found again.
    id             uuid        PRIMARY KEY,
    member_id      text        NOT NULL REFERENCES portals ON DELETE CASCADE,
    entity_type    text        NOT NULL CHECK (entity_type IN ('lead', 'deal', 'company')),
    entity_id      bigint      NOT NULL,
    kind           text        NOT NULL CHECK (kind IN ('todo', 'activity', 'task', 'comment', 'im')),
    -- An override of the portal's assignment, from the earliest subscription that has one.
    assignment     jsonb,
    -- Who subscribed, the earliest first.
    subscriber_ids bigint[]    NOT NULL CHECK (cardinality(subscriber_ids) > 0),
    state          text        NOT NULL DEFAULT 'waiting'
        CHECK (state IN ('waiting', 'sending', 'sent', 'skipped', 'unassignable', 'dead', 'discarded')),
    -- Why it is skipped, unassignable, dead or discarded; why the last attempt failed.
    reason         text,
    due_at         timestamptz NOT NULL DEFAULT now(),
    -- Claims since somebody last gave it a new chance.
    attempts       integer     NOT NULL DEFAULT 0,
    -- A request that may have created the object was sent and its answer is not known: look before sending again.
    is_uncertain   boolean     NOT NULL DEFAULT false,
    lease_id       uuid,
    lease_until    timestamptz,
    -- By which rule to whom.
    assigned_rule  text,
    responsible_id bigint,
    -- The portal's number of the object.
    portal_object  text,
    created_at     timestamptz NOT NULL DEFAULT now(),
    finished_at    timestamptz,
    CHECK ((state = 'sending') = (lease_id IS NOT NULL)),
    CHECK (num_nonnulls(lease_id, lease_until) IN (0, 2)),
    CHECK ((state IN ('sent', 'skipped', 'discarded')) = (finished_at IS NOT NULL)),
    CHECK (state NOT IN ('skipped', 'unassignable', 'dead', 'discarded') OR reason IS NOT NULL)
);
CREATE INDEX notification_items_due ON notification_items (member_id, due_at, id)
    WHERE state IN ('waiting', 'unassignable');
CREATE INDEX notification_items_leased ON notification_items (member_id, lease_until) WHERE state = 'sending';
CREATE INDEX notification_items_by_state ON notification_items (member_id, state, created_at);
CREATE INDEX notification_items_by_card ON notification_items (member_id, entity_type, entity_id);

-- What an item tells. A card is told a piece of news once by each kind of item.
CREATE TABLE item_news (
    item_id      uuid     NOT NULL REFERENCES notification_items ON DELETE CASCADE,
    news_id      bigint   NOT NULL REFERENCES news ON DELETE CASCADE,
    member_id    text     NOT NULL,
    entity_type  text     NOT NULL,
    entity_id    bigint   NOT NULL,
    item_kind    text     NOT NULL,
    kind         text     NOT NULL,
    registry     registry NOT NULL,
    document_key text COLLATE "C" NOT NULL,
    occurrence   text     NOT NULL,
    PRIMARY KEY (item_id, news_id),
    UNIQUE (member_id, entity_type, entity_id, item_kind, kind, registry, document_key, occurrence)
);
CREATE INDEX item_news_by_news ON item_news (news_id);

-- Users who were not taken, or whom the portal refused, in the order in which they were tried.
CREATE TABLE assignment_refusals (
    id        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    item_id   uuid        NOT NULL REFERENCES notification_items ON DELETE CASCADE,
    member_id text        NOT NULL,
    rule      text        NOT NULL,
    user_id   bigint      NOT NULL,
    -- dismissed, absent, unknown: by what we know; refused: by the portal, in its words.
    reason    text        NOT NULL CHECK (reason IN ('dismissed', 'absent', 'unknown', 'refused')),
    words     text,
    at        timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX assignment_refusals_by_item ON assignment_refusals (item_id, id);
CREATE INDEX assignment_refusals_by_portal ON assignment_refusals (member_id, at);

-- What the portal says of its people. NULL: it has not said it yet.
ALTER TABLE portal_users
    ADD COLUMN is_active      boolean,
    ADD COLUMN is_employee    boolean,
    ADD COLUMN department_ids bigint[] NOT NULL DEFAULT '{}',
    -- Somebody said that this person is away until this day, that day included.
    ADD COLUMN absent_until   date,
    ADD COLUMN dismissed_at   timestamptz,
    -- When a reading of the portal's list saw them last.
    ADD COLUMN read_at        timestamptz;
-- Reading the list of users must not claim that anybody is no administrator.
ALTER TABLE portal_users ALTER COLUMN is_administrator SET DEFAULT false;

CREATE TABLE portal_departments (
    member_id     text   NOT NULL REFERENCES portals ON DELETE CASCADE,
    department_id bigint NOT NULL,
    name          text   NOT NULL,
    parent_id     bigint,
    head_id       bigint,
    PRIMARY KEY (member_id, department_id)
);

-- What administrators chose about tracking. NULL: as a new portal has it.
ALTER TABLE portal_settings
    ADD COLUMN notification jsonb,
    ADD COLUMN assignment   jsonb,
    ADD COLUMN notify_scope text CHECK (notify_scope IN ('card', 'all_matching')),
    ADD COLUMN departed     jsonb;
