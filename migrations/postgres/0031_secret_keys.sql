-- Changing the secret key while processes run.

-- Which secret keys a process reads with: a rotation waits until all that live know the new one. NULL: a program that knew one key only.
ALTER TABLE processes ADD COLUMN secret_keys text[];

-- Keys by which application tokens were hashed before a rotation. A hash can't be made anew without its token, which comes with the
-- portal's next event; until then it is recognised by its old key. Sealed with the present secret key.
CREATE TABLE former_fingerprint_keys (
    mark       text        PRIMARY KEY,
    sealed     bytea       NOT NULL,
    retired_at timestamptz NOT NULL DEFAULT now()
);
