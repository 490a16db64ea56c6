// What may be said of the future. In Japan, whoever publishes forecasts of the atmosphere of their own, again and again,
// needs a permit of the Japan Meteorological Agency: Meteorological Service Act, article 17,
// https://www.jma.go.jp/jma/kishou/info/ml-17.html; what a forecast is: https://www.jma.go.jp/jma/kishou/minkan/q_a_m.html
export type PredictionMode =
  /** The chance in the weather that has been observed, and nothing about the future. */
  | { name: "present" }
  /** One to six hours ahead, under a permit, which every answer shows. */
  | { name: "forecast"; permit: string };
