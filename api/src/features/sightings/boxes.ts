// Rectangles of longitude and latitude that hold a circle on the earth: what the index can look up.

export interface Box {
  west: number;
  east: number;
  south: number;
  north: number;
}

const kmPerDegree = 111.195;

/** One box, or two where the circle crosses the 180th meridian. All points within `radiusKm` lie in them. */
export function boxesAround(lat: number, lon: number, radiusKm: number): Box[] {
  const dLat = radiusKm / kmPerDegree;
  const south = Math.max(lat - dLat, -90);
  const north = Math.min(lat + dLat, 90);
  // Meridians draw together towards the poles: the widest degree span is at the edge nearer to a pole.
  const narrowest = Math.cos((Math.max(Math.abs(south), Math.abs(north)) * Math.PI) / 180);
  const dLon = narrowest < 1e-6 ? 180 : Math.min(dLat / narrowest, 180);
  const west = lon - dLon;
  const east = lon + dLon;
  if (dLon >= 180) return [{ west: -180, east: 180, south, north }];
  if (west < -180)
    return [
      { west: west + 360, east: 180, south, north },
      { west: -180, east, south, north },
    ];
  if (east > 180)
    return [
      { west, east: 180, south, north },
      { west: -180, east: east - 360, south, north },
    ];
  return [{ west, east, south, north }];
}

/** The same box in such as PostgreSQL knows: two where it crosses the 180th meridian. */
export function boxesOf(box: Box): Box[] {
  if (box.west <= box.east) return [box];
  return [
    { ...box, east: 180 },
    { ...box, west: -180 },
  ];
}

const perDegree = 10;
const perRow = 360 * perDegree;
const row = (lat: number) => Math.floor((lat + 90) * perDegree);
const column = (lon: number) => Math.min(Math.floor((lon + 180) * perDegree), perRow - 1);

/**
 * Numbers of the squares of a tenth of a degree that the boxes touch, as the function `sighting_cell` of the database has
 * them (migrations/0011_sighting_cells.sql); undefined where there are more than an index should be asked for.
 */
export function cellsOf(boxes: Box[], most = 2500): number[] | undefined {
  const ranges = boxes.map(({ west, south, east, north }) => ({
    rows: { from: row(south), to: row(north) },
    columns: { from: column(west), to: column(east) },
  }));
  const length = ({ from, to }: { from: number; to: number }) => to - from + 1;
  const count = ranges.reduce((total, { rows, columns }) => total + length(rows) * length(columns), 0);
  if (count > most) return undefined;
  const cells = ranges.flatMap(({ rows, columns }) =>
    Array.from({ length: length(rows) * length(columns) }, (_, index) => {
      const inRow = index % length(columns);
      return (rows.from + (index - inRow) / length(columns)) * perRow + columns.from + inRow;
    }),
  );
  return [...new Set(cells)];
}
