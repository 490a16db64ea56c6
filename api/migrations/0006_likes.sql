-- Up Migration

CREATE TABLE sighting_likes (
    sighting_id uuid NOT NULL REFERENCES sightings (id) ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (sighting_id, user_id)
);

CREATE INDEX sighting_likes_user_id_idx ON sighting_likes (user_id);

-- Null: as it was reported.
ALTER TABLE sightings ADD COLUMN updated_at timestamptz;

-- Down Migration

ALTER TABLE sightings DROP COLUMN updated_at;
DROP TABLE sighting_likes;
