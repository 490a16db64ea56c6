-- Up Migration

CREATE TABLE sightings (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- (longitude, latitude) in degrees: PostgreSQL's own type, so that no extension is needed on any host.
    location point NOT NULL CHECK (location <@ box '((-180,-90),(180,90))'),
    seen_at timestamptz NOT NULL,
    intensity smallint NOT NULL CHECK (intensity BETWEEN 1 AND 5),
    double_bow boolean NOT NULL DEFAULT false,
    note text NOT NULL DEFAULT '' CHECK (length(note) <= 1000),
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX sightings_seen_at_idx ON sightings (seen_at DESC, id DESC);
CREATE INDEX sightings_location_idx ON sightings USING gist (location);
CREATE INDEX sightings_user_id_idx ON sightings (user_id);

-- Great-circle distance in metres on a sphere of 6371 km: within 0.5 % of the ellipsoid.
CREATE FUNCTION distance_m(a point, b point) RETURNS double precision
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN 2 * 6371000 * asin(least(1, sqrt(
    sin(radians(b[1] - a[1]) / 2) ^ 2 + cos(radians(a[1])) * cos(radians(b[1])) * sin(radians(b[0] - a[0]) / 2) ^ 2
)));

-- Down Migration

DROP FUNCTION distance_m(point, point);
DROP TABLE sightings;
