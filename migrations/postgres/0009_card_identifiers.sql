-- What people decided about the identifiers of a card: shared by all colleagues of a portal, kept when the CRM forgets.

-- One row per card that anybody changed anything at. Its lock lets changes of one card take turns.
CREATE TABLE card_selections (
    member_id       text        NOT NULL REFERENCES portals ON DELETE CASCADE,
    entity_type     text        NOT NULL CHECK (entity_type IN ('lead', 'deal', 'company')),
    entity_id       bigint      NOT NULL,
    -- Grows with each change: pages ask for it alone.
    revision        bigint      NOT NULL CHECK (revision > 0),
    changed_at      timestamptz NOT NULL,
    -- The text that the card's field in the CRM should hold, of which revision it is, and who changed that: it is
    -- written with this user's rights. NULL: nothing was to be written yet.
    mirror_text     text,
    mirror_revision bigint,
    mirror_user     bigint,
    mirror_state    text        CHECK (mirror_state IN ('written', 'waiting', 'delayed', 'not_allowed', 'refused')),
    -- When it was asked for or tried last: what failed goes to the end of the queue.
    mirror_tried_at timestamptz,
    PRIMARY KEY (member_id, entity_type, entity_id),
    CHECK (num_nonnulls(mirror_text, mirror_revision, mirror_user, mirror_state, mirror_tried_at) IN (0, 5))
);
CREATE INDEX card_selections_to_mirror ON card_selections (member_id, mirror_tried_at)
    WHERE mirror_state IN ('waiting', 'delayed');

CREATE TABLE card_identifiers (
    member_id       text        NOT NULL,
    entity_type     text        NOT NULL,
    entity_id       bigint      NOT NULL,
    -- As it is searched.
    value           text COLLATE "C" NOT NULL CHECK (value <> ''),
    label           text        CHECK (label <> ''),
    chosen          boolean     NOT NULL,
    origin          text        NOT NULL
        CHECK (origin IN ('requisite', 'field', 'typed', 'pasted', 'number', 'suggested')),
    origin_note     text        CHECK (origin_note <> ''),
    -- Since when it is remembered.
    added_at        timestamptz NOT NULL,
    -- NULL: nobody added it, the CRM proposed it and somebody changed it.
    added_by        bigint,
    -- Names as they were known at that moment; portal_users may know them since.
    added_by_name   text,
    changed_at      timestamptz,
    changed_by      bigint,
    changed_by_name text,
    -- A removal is kept: what the CRM proposes stays removed, and what was removed can come back.
    removed_at      timestamptz,
    removed_by      bigint,
    removed_by_name text,
    -- Those of one list come at one moment: they keep its order.
    ordinal         bigint      GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (member_id, entity_type, entity_id, value),
    FOREIGN KEY (member_id, entity_type, entity_id) REFERENCES card_selections ON DELETE CASCADE,
    CHECK (num_nonnulls(changed_at, changed_by) IN (0, 2)),
    CHECK (num_nonnulls(removed_at, removed_by) IN (0, 2))
);

-- First and last name, as the portal says.
ALTER TABLE portal_users ADD COLUMN name text CHECK (name <> '');

-- Per type of card: the custom field that repeats the chosen identifiers, where there is one.
ALTER TABLE portal_settings ADD COLUMN mirror_field jsonb NOT NULL DEFAULT '{}';
