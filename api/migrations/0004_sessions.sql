-- Up Migration

-- A login on one device: the family of its refresh tokens.
CREATE TABLE sessions (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);

CREATE INDEX sessions_user_id_idx ON sessions (user_id);

-- Used ones stay as long as their session: one that comes a second time has been stolen.
CREATE TABLE refresh_tokens (
    -- SHA-256: whoever reads this table cannot log in with it.
    token_hash bytea PRIMARY KEY CHECK (length(token_hash) = 32),
    session_id uuid NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    issued_at timestamptz NOT NULL DEFAULT now(),
    used_at timestamptz
);

CREATE INDEX refresh_tokens_session_id_idx ON refresh_tokens (session_id);

-- Access tokens of builds before this one name no session: they end here when a password changes.
ALTER TABLE users ADD COLUMN tokens_valid_from timestamptz NOT NULL DEFAULT '-infinity';

-- Down Migration

ALTER TABLE users DROP COLUMN tokens_valid_from;
DROP TABLE refresh_tokens;
DROP TABLE sessions;
