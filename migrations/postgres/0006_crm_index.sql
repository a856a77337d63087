-- What is known of a portal's CRM, so that an open card needs no request to the portal; who may see it; settings.

CREATE TABLE crm_items (
    member_id      text        NOT NULL REFERENCES portals ON DELETE CASCADE,
    entity_type    text        NOT NULL CHECK (entity_type IN ('lead', 'deal', 'company')),
    entity_id      bigint      NOT NULL,
    title          text        NOT NULL,
    responsible_id bigint,
    -- Linked companies, the main one first.
    company_ids    bigint[]    NOT NULL DEFAULT '{}',
    -- The portal's time of the last change, where it states one.
    modified_at    timestamptz,
    -- When the reading of this state began. An older reading never replaces a newer one.
    read_at        timestamptz NOT NULL,
    PRIMARY KEY (member_id, entity_type, entity_id)
);
CREATE INDEX crm_items_by_reading ON crm_items (member_id, entity_type, read_at);

CREATE TABLE crm_identifiers (
    member_id   text     NOT NULL,
    entity_type text     NOT NULL,
    entity_id   bigint   NOT NULL,
    position    smallint NOT NULL,
    -- As it stands in the portal.
    value       text     NOT NULL,
    -- Normalised; NULL when the value is no identifier.
    identifier  text COLLATE "C",
    source      text     NOT NULL CHECK (source IN ('requisite', 'field')),
    -- The field's name in the portal.
    source_name text     NOT NULL,
    PRIMARY KEY (member_id, entity_type, entity_id, position),
    FOREIGN KEY (member_id, entity_type, entity_id) REFERENCES crm_items ON DELETE CASCADE
);
CREATE INDEX crm_identifiers_by_identifier ON crm_identifiers (member_id, identifier) WHERE identifier IS NOT NULL;

-- Whose company details are these? The event of a deleted set of details names nothing but its id.
CREATE TABLE crm_requisites (
    member_id    text   NOT NULL,
    requisite_id bigint NOT NULL,
    entity_type  text   NOT NULL,
    entity_id    bigint NOT NULL,
    PRIMARY KEY (member_id, requisite_id),
    FOREIGN KEY (member_id, entity_type, entity_id) REFERENCES crm_items ON DELETE CASCADE
);
CREATE INDEX crm_requisites_by_item ON crm_requisites (member_id, entity_type, entity_id);

-- The portal let this user read this item. Unlogged: what a crash forgets is proved again at the next opening.
CREATE UNLOGGED TABLE crm_access (
    member_id   text        NOT NULL REFERENCES portals ON DELETE CASCADE,
    user_id     bigint      NOT NULL,
    entity_type text        NOT NULL CHECK (entity_type IN ('lead', 'deal', 'company')),
    entity_id   bigint      NOT NULL,
    proved_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (member_id, user_id, entity_type, entity_id)
);
CREATE INDEX crm_access_by_item ON crm_access (member_id, entity_type, entity_id);
CREATE INDEX crm_access_by_age ON crm_access (proved_at);

CREATE TABLE portal_users (
    member_id        text        NOT NULL REFERENCES portals ON DELETE CASCADE,
    user_id          bigint      NOT NULL,
    is_administrator boolean     NOT NULL,
    noted_at         timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (member_id, user_id)
);

CREATE TABLE portal_settings (
    member_id            text        PRIMARY KEY REFERENCES portals ON DELETE CASCADE,
    -- Per type of card: the custom fields that hold identifiers, in their order.
    field_mapping        jsonb       NOT NULL,
    field_mapping_source text        NOT NULL CHECK (field_mapping_source IN ('detected', 'chosen')),
    lead_write_back      boolean     NOT NULL,
    -- Per type of card: the custom fields that the portal has.
    available_fields     jsonb       NOT NULL,
    updated_at           timestamptz NOT NULL DEFAULT now()
);
