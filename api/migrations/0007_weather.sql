-- Up Migration

-- Where stored weather was measured or modelled: a station, or a point of a model.
CREATE TABLE weather_sites (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    provider text NOT NULL,
    -- The provider's own name of it.
    key text NOT NULL,
    name text,
    name_ja text,
    location point NOT NULL CHECK (location <@ box '((-180,-90),(180,90))'),
    sunshine text NOT NULL CHECK (sunshine IN ('measured', 'estimated', 'none')),
    -- When the weather of this site was last fetched, by whichever task.
    recorded_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (provider, key)
);

-- Sums and durations are those of the hour that ends at observed_at. NULL: not known.
CREATE TABLE weather_data (
    site_id bigint NOT NULL REFERENCES weather_sites (id) ON DELETE CASCADE,
    observed_at timestamptz NOT NULL,
    temperature_c real,
    dew_point_c real,
    humidity_pct real,
    pressure_hpa real,
    rain_mm real CHECK (rain_mm >= 0),
    sunshine_h real CHECK (sunshine_h BETWEEN 0 AND 1),
    cloud_octas real,
    visibility_km real,
    wind_speed_ms real,
    gust_ms real,
    PRIMARY KEY (site_id, observed_at)
);

-- Down Migration

DROP TABLE weather_data;
DROP TABLE weather_sites;
