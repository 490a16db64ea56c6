// What the page says, in the two languages of its readers.

export interface Words {
  language: "en" | "ja";
  title: string;
  updated: (time: string) => string;
  now: string;
  sunAt: (elevation: string, azimuth: string) => string;
  gates: { night: string; "sun-too-high": string; open: string };
  lookTo: (azimuth: string, direction: string, top: string) => string;
  probability: string;
  usual: string;
  shower: string;
  noWeather: string;
  windows: string;
  noWindow: string;
  next: (time: string) => string;
  services: string;
  columns: [string, string, string];
  healthy: string;
  away: string;
  database: string;
  cache: string;
  mlAway: string;
  picture: string;
  legend: string;
  directions: readonly [string, string, string, string];
  compass: readonly string[];
  links: string;
}

const en: Words = {
  language: "en",
  title: "Rainbow Seeker, Shiojiri",
  updated: (time) => `${time} in Japan; the page renews itself every minute.`,
  now: "Now",
  sunAt: (elevation, azimuth) => `The sun stands ${elevation}° high in ${azimuth}°.`,
  gates: {
    night: "It is night: no rainbow.",
    "sun-too-high": "The sun is above 42°: a bow would lie below the horizon.",
    open: "With rain opposite the sun a bow can stand.",
  },
  lookTo: (azimuth, direction, top) => `Look to ${azimuth}° (${direction}), up to ${top}° high.`,
  probability: "Chance in the coming hour",
  usual: "usual, whatever the weather",
  shower: "if a light shower with sunshine has just passed",
  noWeather:
    "No weather service is connected: the first figure knows the sun alone, the second supposes 0.4 mm of rain and " +
    "18 minutes of sunshine in the last hour. The model was trained in the Netherlands and is not validated in Japan.",
  windows: "Windows today",
  noWindow: "none today",
  next: (time) => `The next one opens at ${time}.`,
  services: "What runs",
  columns: ["part", "version", "state"],
  healthy: "answers",
  away: "does not answer",
  database: "database",
  cache: "Redis",
  mlAway: "The prediction service does not answer: no sky and no chances until it does.",
  picture: "The sky over Shiojiri",
  legend: "Dotted: the sun's way today; yellow: when a bow is possible; arrow: where to look.",
  directions: ["N", "E", "S", "W"],
  compass: ["north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west"],
  links: "For programs",
};

const ja: Words = {
  language: "ja",
  title: "塩尻レインボーシーカー",
  updated: (time) => `日本時間 ${time} 現在。1分ごとに自動更新します。`,
  now: "いま",
  sunAt: (elevation, azimuth) => `太陽の高さ ${elevation}°、方位 ${azimuth}°。`,
  gates: {
    night: "夜です。虹は出ません。",
    "sun-too-high": "太陽が42°より高く、虹は地平線の下になります。",
    open: "太陽の反対側に雨があれば、虹が立ちます。",
  },
  lookTo: (azimuth, direction, top) => `${direction}（${azimuth}°）の空、高さ ${top}° までを見てください。`,
  probability: "これから1時間の確率",
  usual: "ふだん（天気を問わない）",
  shower: "日の差す小雨が通り過ぎたばかりなら",
  noWeather:
    "気象サービスは接続されていません。1つ目は太陽の位置だけから、2つ目は直前1時間に雨 0.4 mm・日照 18 分があったと仮定した値です。モデルはオランダの観測で学習し、日本では検証していません。",
  windows: "今日の時間帯",
  noWindow: "今日はありません",
  next: (time) => `次は ${time} からです。`,
  services: "稼働状況",
  columns: ["部分", "バージョン", "状態"],
  healthy: "応答あり",
  away: "応答なし",
  database: "データベース",
  cache: "Redis",
  mlAway: "予測サービスが応答しません。回復するまで空の図と確率は表示できません。",
  picture: "塩尻の空",
  legend: "点線：今日の太陽の道すじ、黄色：虹が立ちうる時間、矢印：見る方向。",
  directions: ["北", "東", "南", "西"],
  compass: ["北", "北東", "東", "南東", "南", "南西", "西", "北西"],
  links: "プログラム向け",
};

/** By the browser's own preference; English where it names neither. */
export const wordsFor = (language: string | false): Words => (language === "ja" ? ja : en);
