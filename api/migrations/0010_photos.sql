-- Up Migration

CREATE TABLE photos (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    sighting_id uuid NOT NULL REFERENCES sightings (id) ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    -- NULL: what was uploaded has not been checked, and nobody sees it.
    ready_at timestamptz,
    -- Of the largest picture that is kept, in pixels.
    width smallint,
    height smallint,
    -- What was uploaded, which may say where and by what it was taken, is gone for good: nothing can be uploaded any more.
    upload_removed boolean NOT NULL DEFAULT false,
    CHECK ((ready_at IS NULL) = (width IS NULL) AND (ready_at IS NULL) = (height IS NULL))
);

CREATE INDEX photos_sighting_id_idx ON photos (sighting_id, created_at, id);
CREATE INDEX photos_user_id_idx ON photos (user_id);
CREATE INDEX photos_upload_idx ON photos (created_at) WHERE NOT upload_removed;

-- Photos that are gone from the table, whichever way, and whose objects have yet to be removed from the storage.
CREATE TABLE photo_removals (
    photo_id uuid PRIMARY KEY,
    requested_at timestamptz NOT NULL DEFAULT now(),
    -- NULL: not tried yet.
    removed_at timestamptz
);

CREATE FUNCTION request_photo_removal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO photo_removals (photo_id) VALUES (OLD.id) ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;

CREATE TRIGGER photos_removal AFTER DELETE ON photos FOR EACH ROW EXECUTE FUNCTION request_photo_removal();

-- Down Migration

DROP TABLE photos;
DROP FUNCTION request_photo_removal();
DROP TABLE photo_removals;
