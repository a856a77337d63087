-- What people see of a portal and choose for it: how old its tokens are, where it was before, and every change of its
-- settings with its author, so that it can be taken back.

-- When the chain began; NULL: before this column was there.
ALTER TABLE chains ADD COLUMN began_at timestamptz;
ALTER TABLE chains ALTER COLUMN began_at SET DEFAULT now();

ALTER TABLE portals
    -- When the authorization server last vouched for the address; NULL: before this column was there.
    ADD COLUMN address_proved_at  timestamptz,
    -- The host before the present one, and when the portal left it.
    ADD COLUMN former_domain      text,
    ADD COLUMN moved_at           timestamptz,
    -- The application's number on the portal: its page there has this number in its address.
    ADD COLUMN application_number bigint CHECK (application_number > 0),
    ADD CHECK (num_nonnulls(former_domain, moved_at) IN (0, 2));
ALTER TABLE portals ALTER COLUMN address_proved_at SET DEFAULT now();

-- NULL: as a new portal has it.
ALTER TABLE portal_settings
    ADD COLUMN who_may_subscribe jsonb,
    ADD COLUMN item_language     text CHECK (item_language IN ('portal', 'ru', 'en'));

-- Changes of settings, one row for each setting that a change touched. Nothing is ever altered here: taking a change
-- back is another change.
CREATE TABLE settings_changes (
    member_id  text        NOT NULL REFERENCES portals ON DELETE CASCADE,
    id         bigint      GENERATED ALWAYS AS IDENTITY UNIQUE,
    changed_at timestamptz NOT NULL DEFAULT now(),
    -- service: Certlens itself, as the detection of fields does.
    author     text        NOT NULL CHECK (author IN ('service', 'operator', 'user')),
    user_id    bigint,
    -- The name as it was known at that moment.
    user_name  text,
    setting    text        NOT NULL CHECK (setting <> ''),
    before     jsonb       NOT NULL,
    after      jsonb       NOT NULL,
    -- The change that this one takes back.
    reverts    bigint,
    PRIMARY KEY (member_id, id),
    CHECK ((author = 'user') = (user_id IS NOT NULL)),
    CHECK (before <> after)
);
CREATE INDEX settings_changes_of_setting ON settings_changes (member_id, setting, id);
