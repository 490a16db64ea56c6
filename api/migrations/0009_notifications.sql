-- Up Migration

-- Who has no row has the defaults.
CREATE TABLE notification_settings (
    user_id uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    enabled boolean NOT NULL DEFAULT true,
    -- By the clocks of the time zone; later than quiet_to where midnight lies between. NULL: none.
    quiet_from time DEFAULT '22:00',
    quiet_to time DEFAULT '07:00',
    -- Of the IANA database, as the service knows it.
    time_zone text NOT NULL DEFAULT 'Asia/Tokyo' CHECK (length(time_zone) BETWEEN 1 AND 64),
    -- Whoever claims a notification for this person locks the row and sets this: one in an hour, whoever sends.
    last_notified_at timestamptz,
    CHECK ((quiet_from IS NULL) = (quiet_to IS NULL)),
    CHECK (quiet_from <> quiet_to)
);

CREATE TABLE notification_devices (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- Of Firebase Cloud Messaging. A device belongs to whoever registered it last.
    token text NOT NULL UNIQUE CHECK (length(token) BETWEEN 1 AND 1024),
    language text NOT NULL DEFAULT 'ja' CHECK (language IN ('ja', 'en')),
    registered_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX notification_devices_user_id_idx ON notification_devices (user_id);

CREATE TABLE notifications (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- NULL: deleted since.
    location_id uuid REFERENCES user_locations (id) ON DELETE SET NULL,
    place_name text NOT NULL,
    threshold double precision NOT NULL,
    probability double precision NOT NULL CHECK (probability BETWEEN 0 AND 1),
    -- Where to look, in degrees; NULL where that was not known.
    look_azimuth double precision,
    look_elevation double precision,
    -- What may be said of the future when it was sent.
    mode text NOT NULL CHECK (mode IN ('present', 'forecast')),
    permit text,
    -- End of the hour that was observed, the clock it was told by, and whom to credit for it.
    observed_at timestamptz NOT NULL,
    time_zone text NOT NULL,
    provider text NOT NULL,
    -- Claimed before anything is sent: whatever stops the service then, nobody sends it again.
    status text NOT NULL DEFAULT 'claimed' CHECK (
        status IN ('claimed', 'sent', 'failed', 'no-device', 'not-configured', 'interrupted')
    ),
    -- Of a failure.
    reason text,
    -- That accepted it.
    devices smallint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz
);

CREATE INDEX notifications_user_id_idx ON notifications (user_id, created_at DESC, id DESC);
CREATE INDEX notifications_created_at_idx ON notifications (created_at);
CREATE INDEX notifications_location_id_idx ON notifications (location_id);
CREATE INDEX notifications_claimed_idx ON notifications (created_at) WHERE status = 'claimed';

-- When work that one task of the fleet does was last begun, and last ended well.
CREATE TABLE fleet_work (
    name text PRIMARY KEY,
    begun_at timestamptz NOT NULL,
    ended_at timestamptz
);

-- Down Migration

DROP TABLE fleet_work;
DROP TABLE notifications;
DROP TABLE notification_devices;
DROP TABLE notification_settings;
