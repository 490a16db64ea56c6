// Japanese.
import type { Words } from "./words.ts";

const side = (degrees: number, [positive, negative]: [string, string]) =>
  `${degrees < 0 ? negative : positive}${Math.abs(degrees).toFixed(2)}°`;

export const ja: Words = {
  language: "ja",
  name: "塩尻レインボーシーカー",
  shortName: "レインボー",
  description: "いま塩尻で虹が見える可能性と、見る方角をお知らせします。",
  skip: "本文へ",
  languageName: "日本語",
  languages: "言語",
  shiojiri: "塩尻",
  comma: "、",
  placeAt: (lat, lon) => `${side(lat, ["北緯", "南緯"])}、${side(lon, ["東経", "西経"])}`,
  asOf: (time) => `${time} 現在（日本時間）`,
  refresh: "更新",
  offline: "ネットワークに接続していません。下の時刻に取得したページを表示しています。",

  verdicts: {
    chance: [
      "いま虹が見える可能性は、ほとんどありません",
      "いま虹が見える可能性は、低めです",
      "いま虹が見える可能性が、あります",
      "いま虹が見える可能性は、高めです",
      "いま虹が見える可能性は、高いです。空を見てください",
    ],
    shut: { night: "夜なので、いま虹は見えません", "sun-too-high": "太陽が高いので、いま虹は見えません" },
    noWeather: "太陽は虹が見える高さです。天気は不明です",
    unknown: "虹が見える可能性を、いま表示できません",
  },
  comparedWithUsual: {
    farBelow: (usual) => `ふだん（${usual}）をかなり下回ります`,
    below: (usual) => `ふだん（${usual}）を下回ります`,
    about: (usual) => `ふだん（${usual}）と同じくらい`,
  },
  timesUsual: (times, usual) => `ふだん（${usual}）の ${times} 倍`,
  usualOnly: (usual) => `太陽がこの高さのときの、ふだんの確率は ${usual} です（天気を問わない平均）。`,
  noUsual: {
    night: "虹には太陽の光が必要です。",
    "sun-too-high": "太陽が42°より高いと、虹は地平線の下に隠れます。",
  },
  mlAway: "太陽の位置と確率を計算するサービスが応答しません。それ以外を表示しています。",
  noChance: "この天気での確率を、時間内に計算できませんでした。",

  ownPlace: {
    button: "現在地で調べる",
    back: "塩尻に戻る",
    privacy: "位置は、送信前に約 1 km 単位に丸めます。",
    asking: "端末の位置を確認しています…",
    refused: "位置情報は共有されませんでした。いまの場所の表示を続けます。",
    unavailable: "端末の位置を確認できませんでした。いまの場所の表示を続けます。",
  },

  picture: "空の様子",
  legend: {
    open: "虹は、太陽の反対側に雨があるときに立つ位置です。黄色は、きょう太陽が虹の見える高さにある間の道すじです。",
    shut: "黄色は、きょう太陽が虹の見える高さにある間の道すじです。",
  },
  directions: ["北", "北東", "東", "南東", "南", "南西", "西", "北西"],
  compass: ["北", "北東", "東", "南東", "南", "南西", "西", "北西"],
  lookLabel: (direction, top) => `${direction}、高さ ${top}° まで`,

  look: "見る方角",
  lookTo: (azimuth, top) => `方位 ${azimuth}°、地平線から高さ ${top}° まで`,
  fists: (fists) => (fists < 1 ? "腕を伸ばしたこぶし1個分未満" : `腕を伸ばしたこぶし約 ${fists} 個分`),
  sunBehind: (direction, azimuth, elevation) =>
    `太陽を背にして立ってください。太陽は${direction}（${azimuth}°）、高さ ${elevation}° にあります。`,
  sunAt: (direction, azimuth, elevation) => `太陽は${direction}（${azimuth}°）、高さ ${elevation}° にあります。`,
  sunBelow: (elevation) => `太陽は地平線の下 ${elevation}° にあります。`,
  noLook: { night: "夜は見えません", "sun-too-high": "太陽が42°より高い間は見えません" },
  lowSunAt: (times) => `きょう太陽が虹の見える高さ（3°〜42°）にある時間：${times}`,
  noLowSun: "きょうは、太陽の高さが3°から42°になる時間がありません。",

  week: "太陽が低い時間帯",
  weekColumns: ["日", "太陽の高さ 3°〜42°"],
  never: "なし",
  aboutWeek: "太陽の位置だけによる7日間の時間帯です。虹には、太陽と反対側の雨も必要です。",

  weather: "天気",
  none: {
    "not-available": "気象サービスは接続されていません。",
    "no-weather-there": "この場所の気象データはありません。",
    "too-many-requests": "短時間に多くの場所が調べられました。1分ほどで、天気の表示が戻ります。",
    "weather-unavailable": "気象サービスが、いま応答しません。",
  },
  quantities: {
    rain_mm: "1時間の雨量",
    sunshine_h: "1時間の日照",
    cloud_octas: "雲量",
    temperature_c: "気温",
    humidity_pct: "湿度",
    wind_speed_ms: "風速",
  },
  estimated: "推定",
  minutes: (minutes) => `${minutes} 分`,
  octas: (octas) => `8分の ${octas}`,
  measuredAt: (station, km) => `観測所：${station}（${km} km 先）`,
  modelledAt: (km) => `気象モデルの計算値（${km} km 先の地点）`,
  observed: (time, minutes) => `${time} の値（${minutes} 分前）`,
  stale: "より新しい値は、まだ取得できていません。",
  terms: "利用条件",

  ahead: "これからの時間",
  aheadColumns: ["時間", "虹が見える確率"],
  permit: (permit) => `気象庁の予報業務許可による予報：${permit}`,
  noAhead: "いま表示できません。",

  map: {
    title: "地図",
    about: (days) => `この${days}日間の目撃（約 1 km 単位）と、虹の方角を示しています。`,
    look: "この方角",
    zoomIn: "拡大",
    zoomOut: "縮小",
    photo: "虹の写真",
    failed: "地図を、いま表示できません。",
  },

  sightings: "近くの目撃",
  sightingCount: (count, days, km) =>
    count === 0
      ? `この${days}日間、${km} km 以内での報告はありません。`
      : `この${days}日間に、${km} km 以内で ${count} 件の報告がありました。`,
  sighting: ({ time, where, km }) => `${time}、${where}（${km} km 先）`,
  brightness: (intensity) => `明るさ 5段階の ${intensity}`,
  doubleBow: "二重の虹",
  photo: (time) => `${time} の写真`,
  roundedPlaces: "場所は約 1 km 単位に丸めています。",
  noSightings: "目撃情報を、いま読み込めません。",

  chance: "確率の意味",
  aboutChance:
    "「1時間のうちに雨と日照があり、太陽の高さが0°から42°」という、虹に必要な条件がそろう確率です。" +
    "モデルはオランダの観測で学習し、日本では検証していません。パーセントよりも、ふだんとの比を目安にしてください。",
  services: "稼働状況",
  columns: ["部分", "バージョン", "状態"],
  healthy: "応答あり",
  away: "応答なし",
  database: "データベース",
  weatherService: "気象サービス",
  noWeatherService: "未接続",
  links: "プログラム向け",
};
