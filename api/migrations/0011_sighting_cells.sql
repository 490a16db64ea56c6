-- Up Migration

-- A square of a tenth of a degree, numbered from the south pole and the 180th meridian: about 11 km high, and as broad at the
-- equator. src/features/sightings/boxes.ts counts the same way.
CREATE FUNCTION sighting_cell(place point) RETURNS integer
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN floor((place[1] + 90) * 10)::integer * 3600 + least(floor((place[0] + 180) * 10)::integer, 3599);

-- What was seen around a place since some time, without what was seen there in all the years before, and with all that the
-- distance needs. Reading goes on while it is made, and reports wait: 2 s for each million of sightings.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX sightings_cell_idx ON sightings (sighting_cell(location), seen_at) INCLUDE (id, location);

-- Down Migration

DROP INDEX sightings_cell_idx;
DROP FUNCTION sighting_cell(point);
