-- Up Migration

CREATE TABLE users (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    email text NOT NULL,
    display_name text NOT NULL CHECK (length(display_name) BETWEEN 1 AND 80),
    password_hash text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- One account for an address, however its letters are written.
CREATE UNIQUE INDEX users_email_key ON users (lower(email));

-- Down Migration

DROP TABLE users;
