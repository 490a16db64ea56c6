-- Up Migration

-- Where a person wants to know of rainbows.
CREATE TABLE user_locations (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 40),
    location point NOT NULL CHECK (location <@ box '((-180,-90),(180,90))'),
    -- Least probability that is worth a notification.
    threshold double precision NOT NULL DEFAULT 0.2 CHECK (threshold BETWEEN 0.01 AND 1),
    created_at timestamptz NOT NULL DEFAULT now(),
    -- Null: as it was made.
    updated_at timestamptz
);

CREATE INDEX user_locations_user_id_idx ON user_locations (user_id);

-- Down Migration

DROP TABLE user_locations;
