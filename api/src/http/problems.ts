// Everything that this service can refuse or fail with: one code each, its status, and its words in both languages.

export const languages = ["en", "ja"] as const;
export type Language = (typeof languages)[number];
type Words = Record<Language, string>;

interface Problem {
  status: number;
  title: Words;
}

const define = <Code extends string>(problems: Record<Code, Problem>) => problems;

export const problems = define({
  malformed: {
    status: 400,
    title: { en: "The body is not valid JSON.", ja: "本文が正しい JSON ではありません。" },
  },
  "bad-request": {
    status: 400,
    title: { en: "The request could not be read.", ja: "リクエストを読み取れませんでした。" },
  },
  "not-logged-in": {
    status: 401,
    title: {
      en: "Send a valid token from /api/auth/login as `Authorization: Bearer …`.",
      ja: "/api/auth/login で取得した有効なトークンを `Authorization: Bearer …` として送ってください。",
    },
  },
  "wrong-credentials": {
    status: 401,
    title: { en: "E-mail address or password is wrong.", ja: "メールアドレスまたはパスワードが違います。" },
  },
  "refresh-token-refused": {
    status: 401,
    title: {
      en: "This refresh token is not valid any more; log in again.",
      ja: "このリフレッシュトークンは無効です。もう一度ログインしてください。",
    },
  },
  "refresh-token-reused": {
    status: 401,
    title: {
      en: "This refresh token has been used before; its session has been ended. Log in again.",
      ja: "このリフレッシュトークンは使用済みのため、セッションを終了しました。もう一度ログインしてください。",
    },
  },
  "not-yours": {
    status: 403,
    title: { en: "Only its owner may change this.", ja: "変更できるのは所有者だけです。" },
  },
  "needs-permit": {
    status: 403,
    title: {
      en: "Nothing is said of the future here: that needs a permit of the Japan Meteorological Agency. Ask for lead_h 0, the chance in the present weather.",
      ja: "予報業務の許可がないため、将来の予測は提供していません。現在の天気での確率 (lead_h 0) をご利用ください。",
    },
  },
  "not-found": { status: 404, title: { en: "There is no such thing here.", ja: "見つかりません。" } },
  "not-available": {
    status: 404,
    title: {
      en: "This service has none: no weather service that offers it is configured.",
      ja: "提供していません。これを提供する気象サービスが設定されていません。",
    },
  },
  "no-photos": {
    status: 404,
    title: {
      en: "This service keeps no photos: no storage for them is configured.",
      ja: "写真の保存先が設定されていないため、写真は扱えません。",
    },
  },
  "no-weather-there": {
    status: 404,
    title: { en: "The weather service has no weather there.", ja: "その場所の気象データはありません。" },
  },
  "method-not-allowed": {
    status: 405,
    title: {
      en: "This path does not take this method; the header Allow lists those that it takes.",
      ja: "このパスではこのメソッドを使えません。使えるメソッドは Allow ヘッダーにあります。",
    },
  },
  "email-taken": {
    status: 409,
    title: {
      en: "There is an account with this e-mail address.",
      ja: "このメールアドレスのアカウントはすでにあります。",
    },
  },
  "limit-reached": {
    status: 409,
    title: {
      en: "There are as many as there may be; delete one first.",
      ja: "登録できる上限に達しています。先に1つ削除してください。",
    },
  },
  "not-uploaded": {
    status: 409,
    title: {
      en: "Nothing has been uploaded for this photo; send the file to the address that its announcement gave.",
      ja: "この写真のファイルがまだ届いていません。登録時に返された URL へ送ってください。",
    },
  },
  "too-large": { status: 413, title: { en: "The body is too large.", ja: "本文が大きすぎます。" } },
  "unsupported-media-type": {
    status: 415,
    title: {
      en: "The body must be JSON in UTF-8 (Content-Type: application/json).",
      ja: "本文は UTF-8 の JSON にしてください (Content-Type: application/json)。",
    },
  },
  "upload-refused": {
    status: 403,
    title: {
      en: "This is not the file that was announced, or it comes too late; announce the photo again.",
      ja: "登録した内容と異なるファイルか、期限切れです。写真の登録からやり直してください。",
    },
  },
  "not-a-picture": {
    status: 422,
    title: {
      en: "The file is no complete JPEG, PNG or WebP; it has been deleted.",
      ja: "JPEG、PNG、WebP のいずれでもないか、ファイルが壊れています。ファイルは削除しました。",
    },
  },
  "too-many-pixels": {
    status: 422,
    title: {
      en: "The picture has more than 50 megapixels; the file has been deleted.",
      ja: "画像が 5000 万画素を超えています。ファイルは削除しました。",
    },
  },
  invalid: { status: 422, title: { en: "Some values are not accepted.", ja: "受け付けられない値があります。" } },
  "too-many-attempts": {
    status: 429,
    title: {
      en: "Too many attempts; wait as long as Retry-After says.",
      ja: "試行回数が多すぎます。Retry-After の秒数だけ待ってください。",
    },
  },
  "too-many-requests": {
    status: 429,
    title: {
      en: "Too many requests; wait as long as Retry-After says.",
      ja: "リクエストが多すぎます。Retry-After の秒数だけ待ってください。",
    },
  },
  internal: {
    status: 500,
    title: {
      en: "Something went wrong here; the request id leads to it in the log.",
      ja: "サーバー側で問題が起きました。リクエスト ID からログをたどれます。",
    },
  },
  "database-unavailable": {
    status: 503,
    title: {
      en: "The database is not reachable; try again soon.",
      ja: "データベースに接続できません。しばらくしてからもう一度お試しください。",
    },
  },
  "read-only": {
    status: 503,
    title: {
      en: "Nothing can be changed at the moment; reading works.",
      ja: "現在、変更はできません。閲覧はできます。",
    },
  },
  busy: {
    status: 503,
    title: {
      en: "Too many photos are being checked at the moment; try again soon.",
      ja: "写真の確認が混み合っています。しばらくしてからもう一度お試しください。",
    },
  },
  "photos-unavailable": {
    status: 503,
    title: {
      en: "The storage of photos does not answer; try again soon.",
      ja: "写真の保存先が応答しません。しばらくしてからもう一度お試しください。",
    },
  },
  "weather-unavailable": {
    status: 503,
    title: {
      en: "There is no weather of now; try again soon.",
      ja: "現在の気象データを取得できません。しばらくしてからもう一度お試しください。",
    },
  },
  "ml-unavailable": {
    status: 503,
    title: {
      en: "The prediction service does not answer; try again soon.",
      ja: "予測サービスが応答しません。しばらくしてからもう一度お試しください。",
    },
  },
});

export type ProblemCode = keyof typeof problems;

/** Absolute path, so that it leads to the explanation wherever it is read from (RFC 9457, section 3.1.1). */
export const problemType = (code: string) => `/docs#problem-${code}`;
